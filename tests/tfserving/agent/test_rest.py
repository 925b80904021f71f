"""Whether REST is there."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tfserving.agent import rest
from tfserving.agent.rest import rest_api_answers

Behaviour = Callable[[socket.socket], None]
Listen = Callable[[Behaviour], str]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Listen on a port of its own, and treat every connection as told."""
    listeners: list[socket.socket] = []

    def start(behave: Behaviour) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    behave(connection)

        threading.Thread(target=accept, daemon=True).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def asked(connection: socket.socket) -> bytes:
    return connection.recv(4096)


def test_a_404_is_an_answer(listen: Listen) -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        seen.append(asked(connection))
        connection.sendall(b"HT")
        time.sleep(0.01)
        connection.sendall(b"TP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    assert rest_api_answers(listen(behave))
    # Below /v1/ it would count as a request in the server's metrics.
    assert seen == [b"GET /tfserving-agent HTTP/1.0\r\n\r\n"]


def test_a_proxy_that_accepts_and_closes_is_none(listen: Listen) -> None:
    tries: list[bytes] = []
    assert not rest_api_answers(listen(lambda connection: tries.append(asked(connection))))
    assert len(tries) == 2


def test_a_port_that_says_nothing_is_none(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "_SECONDS", 0.05)
    assert not rest_api_answers(listen(lambda connection: time.sleep(0.2)))


def test_what_is_not_http_is_none(listen: Listen) -> None:
    assert not rest_api_answers(listen(lambda connection: connection.sendall(b"\x00\x00\x12\x04\x00")))


def test_a_closed_port_is_none() -> None:
    assert not rest_api_answers("127.0.0.1:9")


def test_one_missed_answer_is_not_taken_for_silence(listen: Listen) -> None:
    seen: list[int] = []

    def behave(connection: socket.socket) -> None:
        asked(connection)
        seen.append(1)
        if len(seen) > 1:
            connection.sendall(b"HTTP/1.1 404 Not Found\r\n\r\n")

    assert rest_api_answers(listen(behave))
