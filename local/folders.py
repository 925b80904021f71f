"""Where the rehearsal keeps things on this host."""

import os
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[1]
# What a second clone finds again: the certificate authority, the trained model.
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tfserving-aws"
# What `make local-down` removes.
STATE: Final = PROJECT / ".rehearsal"
