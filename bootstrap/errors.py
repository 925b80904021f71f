"""What goes wrong in the set-up, said to the person at the keyboard."""

from tfserving.errors import TfServingError


class SetupError(TfServingError):
    """The set-up cannot go on; the text says what was tried and what to do."""


class UnreachableError(SetupError):
    """A server could not be reached, which another way may get around."""


class ChecksumError(SetupError):
    """A download is not what was published; it is deleted and nothing else is tried in its place."""
