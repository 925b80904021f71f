"""HTTP byte by byte, for clients that no library imitates."""

import socket
import struct

TIMEOUT_SECONDS = 5


def connect(port: int) -> socket.socket:
    """Connect over loopback."""
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)


def read_all(connection: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def talk(port: int, request: bytes) -> bytes:
    """Send bytes, and give all that comes back until the server closes the connection."""
    with connect(port) as connection:
        connection.sendall(request)
        return read_all(connection)


def reset(connection: socket.socket) -> None:
    """Break a connection off without a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
