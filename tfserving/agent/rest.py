"""Whether the REST API is there at all: the server opens it last, and may hang before without a word."""

import socket
from typing import Final

# libevent answers it with 404 by itself; whatever lies below /v1/ would count as a request in the server's metrics.
_QUESTION: Final = b"GET /tfserving-agent HTTP/1.0\r\n\r\n"
_ANSWER: Final = b"HTTP/"
_SECONDS: Final = 2.0
# A server under load may miss one.
_TRIES: Final = 2


def rest_api_answers(address: str) -> bool:
    """Tell whether a server at `host:port` speaks HTTP.

    An open port is not enough: Docker's proxy accepts connections to a published port that nobody listens on.
    """
    return any(_answers_once(address) for _ in range(_TRIES))


def _answers_once(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=_SECONDS) as connection:
            connection.sendall(_QUESTION)
            return _beginning(connection) == _ANSWER
    except OSError:
        return False


def _beginning(connection: socket.socket) -> bytes:
    received = b""
    while len(received) < len(_ANSWER) and (more := connection.recv(len(_ANSWER) - len(received))):
        received += more
    return received
