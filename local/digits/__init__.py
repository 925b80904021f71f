"""The rehearsal's model: a small network that reads handwritten digits, in two versions."""

from local.digits.data import HELD_OUT, held_out
from local.digits.versions import VERSIONS

__all__ = ["HELD_OUT", "VERSIONS", "held_out"]
