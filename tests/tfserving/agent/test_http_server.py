"""Clients that are slow, many, greedy or broken."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.tfserving.agent.raw_http import connect, read_all, reset, talk
from tfserving.agent.http_server import HttpServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

HELLO = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
BEGUN = b"GET / HTTP/1.1\r\nX: "
LARGE = 4 << 20
Start = Callable[..., HttpServer]


def application(request: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer `hello`, or megabytes at /large, or with a fault at /fault."""
    if request["PATH_INFO"] == "/fault":
        raise ZeroDivisionError("the application's own")
    body = b"x" * LARGE if request["PATH_INFO"] == "/large" else b"hello"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def start() -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def serve(**limits: float) -> HttpServer:
            server = HttpServer(0, application, **limits)  # type: ignore[arg-type]
            stack.callback(server.shutdown)
            return server

        yield serve


def seconds(port: int) -> float:
    """Give how long an answer to a new client takes."""
    began = time.monotonic()
    assert talk(port, HELLO).endswith(b"hello")
    return time.monotonic() - began


def drip(connections: Iterable[socket.socket]) -> int:
    """Send a byte on each, and give how many the server has closed."""
    closed = 0
    for connection in connections:
        try:
            connection.sendall(b"a")
        except OSError:
            closed += 1
    return closed


@contextlib.contextmanager
def clients(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Begin a request on each of many connections."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(port)) for _ in range(count)]
        for connection in connections:
            connection.sendall(BEGUN)
        yield connections


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, and fail if it does not come true in time."""
    deadline = time.monotonic() + 4
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_closed(connection: socket.socket) -> bool:
    """Wait for what comes; a connection with bytes that nobody read is closed by a reset."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_hundreds_who_send_a_byte_now_and_then_neither_take_threads_nor_make_others_wait(start: Start) -> None:
    server = start()
    threads = threading.active_count()
    with clients(server.server_port, 300) as connections:
        waits = []
        for _ in range(10):
            drip(connections)
            waits.append(seconds(server.server_port))
        assert threading.active_count() == threads
    # A tenth of a second, where nothing else wants the processor.
    assert sorted(waits)[5] < 0.1
    assert max(waits) < 1


def test_who_is_not_done_in_time_is_closed_though_it_goes_on_sending(start: Start) -> None:
    server = start(request_seconds=0.3)
    with clients(server.server_port, 3) as connections:
        until(lambda: drip(connections) == 3)


def test_an_idle_connection_is_closed_as_well_and_a_busy_one_is_not(start: Start) -> None:
    server = start(request_seconds=1.2)
    with connect(server.server_port) as idle, connect(server.server_port) as busy:
        for _ in range(10):
            busy.sendall(b"GET / HTTP/1.1\r\n\r\n")
            until(lambda: busy.recv(4096).endswith(b"hello"))
            time.sleep(0.25)
        assert is_closed(idle)


def test_when_all_places_are_taken_the_one_that_waits_longest_goes(start: Start) -> None:
    server = start(connections=4)
    before = open_files()
    with clients(server.server_port, 4) as connections:
        for _ in range(3):
            assert seconds(server.server_port) < 1
        assert is_closed(connections[0])
        connections[3].sendall(b"a\r\nConnection: close\r\n\r\n")
        assert read_all(connections[3]).endswith(b"hello")
    with clients(server.server_port, 40) as connections:
        assert seconds(server.server_port) < 1
        # Here and there: an end each of 40 clients, and of those the server kept.
        assert open_files() <= before + 40 + 4


def test_three_hundred_at_once_are_all_answered_within_a_second(start: Start) -> None:
    server = start()
    answers: list[bytes] = []
    go = threading.Barrier(301)

    def ask() -> None:
        go.wait()
        answers.append(talk(server.server_port, HELLO))

    threads = [threading.Thread(target=ask) for _ in range(300)]
    for thread in threads:
        thread.start()
    go.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    assert len(answers) == 300
    assert all(answer.endswith(b"hello") for answer in answers)
    # On a busy machine, most of this is the 300 threads of this test.
    assert took < 3


def test_who_takes_no_answers_gets_no_more_of_them(start: Start) -> None:
    server = start(request_seconds=1)
    with connect(server.server_port) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\n\r\n" * 20)
        time.sleep(0.3)
        (channel,) = server._server.active_channels.values()
        assert channel.total_outbufs_len <= LARGE + 200
        assert len(channel.requests) > 10
        assert seconds(server.server_port) < 1
        until(lambda: not server._server.active_channels)


def test_who_takes_large_answers_slowly_gets_them_whole_and_in_order(start: Start) -> None:
    server = start()
    with connect(server.server_port) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\n\r\n" * 3 + HELLO)
        time.sleep(0.1)
        answered = read_all(connection)
    assert answered.count(b"HTTP/1.1 200 OK") == 4
    assert answered.count(b"x" * LARGE) == 3
    assert answered.endswith(b"hello")


@pytest.mark.parametrize(
    "request_bytes", [b"", BEGUN, b"GET /large HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n" + b"x" * 9000]
)
def test_who_breaks_off_leaves_nothing_behind_and_no_line_in_the_log(
    start: Start, capfd: pytest.CaptureFixture[str], request_bytes: bytes
) -> None:
    server = start()
    for pause in (0, 0.001, 0.01) * 5:
        connection = connect(server.server_port)
        connection.sendall(request_bytes)
        time.sleep(pause)
        reset(connection)
    assert seconds(server.server_port) < 1
    until(lambda: not server._server.active_channels)
    assert capfd.readouterr().err == ""


def test_urgent_data_ends_a_connection_and_keeps_nobody_busy(start: Start) -> None:
    server = start()
    with connect(server.server_port) as connection:
        connection.send(b"!", socket.MSG_OOB)
        assert is_closed(connection)
    assert seconds(server.server_port) < 1


def test_who_sends_on_and_on_after_a_refusal_is_closed(start: Start) -> None:
    server = start()
    with connect(server.server_port) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            connection.sendall(b"x" * 50_000_000)


def test_a_fault_of_the_application_is_a_500_and_its_traceback_stays_on_this_side(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    server = start()
    answered = talk(server.server_port, b"GET /fault HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answered.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"ZeroDivisionError" not in answered
    assert "ZeroDivisionError" in caplog.text


def test_a_server_that_is_shut_down_has_closed_everything(start: Start) -> None:
    before = open_files()
    server = HttpServer(0, application)
    assert seconds(server.server_port) < 1
    with clients(server.server_port, 1) as (client,):
        time.sleep(0.05)
        server.shutdown()
        assert is_closed(client)
    with pytest.raises(ConnectionRefusedError):
        connect(server.server_port)
    assert open_files() <= before
