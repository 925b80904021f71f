"""Delete markers that moto can take away with their keys.

It does so in a bucket whose versioning was suspended, as a stack's is while it is destroyed, and ends with an
AttributeError: it closes what each version holds open, and a marker holds nothing and says so in no method.
"""

from moto.s3.models import FakeDeleteMarker


def install() -> None:
    """Let delete markers be closed."""
    FakeDeleteMarker.dispose = _nothing_to_close


def _nothing_to_close(self: FakeDeleteMarker) -> None:
    """Do nothing."""
