"""Requests as they come over the wire, whole and broken."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tfserving.agent.raw_http import connect, read_all, talk
from tfserving.agent.endpoints import serve
from tfserving.agent.http_requests import Request
from tfserving.agent.http_server import HttpServer
from tfserving.agent.metrics import Metrics
from tfserving.agent.status import Status

READY = Status("i-1", ready=True)
LAST = b"GET /live HTTP/1.1\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    server = serve(0, lambda: READY, Metrics(lambda: READY))
    yield server
    server.shutdown()


@pytest.mark.parametrize(
    "line",
    [
        "GET /live?from=balancer&x=%2F",
        "GET /live#part",
        "GET /%6Cive",
        "GET //live",
        "GET http://10.0.0.1:8502/live?x=1",
    ],
)
def test_an_endpoint_is_found_by_each_way_to_write_it(server: HttpServer, line: str) -> None:
    answered = talk(server.server_port, f"{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answered.endswith(b'{\n "live": true\n}\n')


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /live%3Fx HTTP/1.1\r\nConnection: close\r\n\r\n", b"404 Not Found"),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", b"404 Not Found"),
        (b"get /live HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"GET  /live HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"GET http://[ HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"GET /live HTTP/1.1\r\nbroken header\r\n\r\n", b"400 Bad Request"),
        (b"GET /live HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400 Bad Request"),
        (b"GET /live HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"400 Bad Request"),
        (b"POST /live HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400 Bad Request"),
        (b"GET /live HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501 Not Implemented"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"505 HTTP Version Not Supported"),
        (b"GET /live HTTP/0.9\r\n\r\n", b"505 HTTP Version Not Supported"),
        (bytes(range(256)) + b"\r\n\r\n", b"400 Bad Request"),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", b"414 URI Too Long"),
        (b"GET /live HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", b"431 Request Header Fields Too Large"),
        (b"GET /live HTTP/1.1\r\n" + b"X: a\r\n" * 20_000 + b"\r\n", b"431 Request Header Fields Too Large"),
        (b"POST /live HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000, b"413 Request Entity Too Large"),
        (
            b"POST /live HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9999\r\n\r\n",
            b"413 Request Entity Too Large",
        ),
    ],
)
def test_what_cannot_be_served_is_answered_once_in_json_without_a_word_on_the_server(
    server: HttpServer, capfd: pytest.CaptureFixture[str], request_bytes: bytes, status: bytes
) -> None:
    answered = talk(server.server_port, request_bytes)
    assert answered.split(b"\r\n", 1)[0].partition(b" ")[2] == status
    assert answered.count(b"HTTP/1.") == 1
    assert b"Content-Type: application/json\r\n" in answered
    assert b"Connection: close\r\n" in answered
    assert b"\r\nServer:" not in answered
    assert b"waitress" not in answered
    assert capfd.readouterr().err == ""


def test_a_refused_client_that_ends_its_side_gets_the_answer(server: HttpServer) -> None:
    with connect(server.server_port) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        connection.shutdown(1)
        assert read_all(connection).startswith(b"HTTP/1.0 400 Bad Request\r\n")


def test_head_that_is_refused_has_no_body_either(server: HttpServer) -> None:
    answered = talk(server.server_port, b"HEAD /live HTTP/1.1\r\nContent-Length: 9999\r\n\r\n")
    assert answered.startswith(b"HTTP/1.1 413 ")
    assert answered.endswith(b"\r\n\r\n")


def test_bodies_are_read_over_and_the_connection_goes_on(server: HttpServer) -> None:
    bodies = b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    for body in bodies:
        answered = talk(server.server_port, b"GET /live HTTP/1.1\r\n" + body + LAST)
        assert answered.count(b"HTTP/1.1 200 OK") == 2


def test_who_waits_for_leave_to_send_a_body_gets_it_once(server: HttpServer) -> None:
    asked = b"PUT /live HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    with connect(server.server_port) as connection:
        connection.sendall(asked)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ab")
        assert read_all(connection).startswith(b"HTTP/1.1 405 ")


def test_leave_to_send_no_body_at_all_is_not_waited_for(server: HttpServer) -> None:
    asked = b"GET /live HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    assert talk(server.server_port, asked).startswith(b"HTTP/1.1 200 OK\r\n")


def test_requests_sent_together_are_answered_in_order(server: HttpServer) -> None:
    asked = b"".join(b"GET /%s HTTP/1.1\r\n\r\n" % name for name in (b"live", b"nothing", b"ready", b"metrics") * 50)
    answered = talk(server.server_port, asked + LAST)
    codes = [part[:3] for part in answered.split(b"HTTP/1.1 ")[1:]]
    assert codes == [b"200", b"404", b"200", b"200"] * 50 + [b"200"]


def test_http_1_0_closes_unless_it_is_asked_to_stay(server: HttpServer) -> None:
    asked = b"GET /live HTTP/1.0\r\n\r\n"
    assert talk(server.server_port, asked * 2).count(b"200 OK") == 1
    staying = b"GET /live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    answered = talk(server.server_port, staying + asked)
    assert answered.count(b"HTTP/1.0 200 OK") == 2
    assert answered.count(b"Connection: Keep-Alive") == 1


def test_a_request_without_a_version_is_answered_as_1_0(server: HttpServer) -> None:
    assert talk(server.server_port, b"GET /live\r\n\r\n").startswith(b"HTTP/1.0 200 OK\r\n")


class Limits:
    """As much of the server's settings as the parser asks for."""

    max_request_header_size = 8192
    max_request_body_size = 8192
    inbuf_overflow = 8192
    url_scheme = "http"


WORDS = b"GET |/live| HTTP/1.1|Content-Length: |9|Expect: 100-continue|Transfer-Encoding: chunked|http://[|%|:| |\0"
PIECES = st.sampled_from([*WORDS.split(b"|"), b"\r\n", b"\r\n\r\n", b"a" * 3000])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=30), st.integers(1, 1024))
def test_no_bytes_bring_the_parser_down(pieces: list[bytes], size: int) -> None:
    data = b"".join(pieces)
    parser = Request(Limits())
    while data and not parser.completed:
        consumed = parser.received(data[:size])
        assert 0 < consumed <= size
        data = data[consumed:]
    assert not (parser.completed and parser.expect_continue)
    parser.close()
