"""The canonical status codes that both of the server's APIs answer with."""

from enum import IntEnum


class Code(IntEnum):
    """The numbers shared by gRPC, TensorFlow and StatusProto."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class StatusError(Exception):
    """A failed operation with its code; the text is what the caller gets to read."""

    def __init__(self, code: Code, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code.name}: {message}")


def invalid(message: str) -> StatusError:
    """The caller's input is wrong, whatever the server's state."""
    return StatusError(Code.INVALID_ARGUMENT, message)


def precondition(message: str) -> StatusError:
    """The input may be right, but not in the server's present state."""
    return StatusError(Code.FAILED_PRECONDITION, message)


def not_found(message: str) -> StatusError:
    """What was asked for is unknown here."""
    return StatusError(Code.NOT_FOUND, message)


def unimplemented(message: str) -> StatusError:
    """The real server may do this; the stand-in does not."""
    return StatusError(Code.UNIMPLEMENTED, message)
