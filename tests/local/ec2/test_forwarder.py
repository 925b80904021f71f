"""Which machine gets the traffic, and that it arrives."""

import asyncio

import pytest

from local.ec2.forwarder import Candidate, choose, forward, is_ready


def candidate(number: int, *, ready: bool = False) -> Candidate:
    """Give a machine; a higher number was launched later."""
    return Candidate(f"i-{number}", f"2026-11-23T10:0{number}:00", f"10.0.0.{number}", ready)


def test_without_machines_there_is_nothing_to_choose() -> None:
    assert choose([], None) is None


def test_a_new_machine_gets_the_traffic_once_it_is_ready() -> None:
    old, new = candidate(1, ready=True), candidate(2)
    assert choose([old, new], "i-1") == old
    ready = candidate(2, ready=True)
    assert choose([old, ready], "i-1") == ready


def test_while_none_is_ready_the_one_that_had_the_traffic_keeps_it() -> None:
    assert choose([candidate(1), candidate(2)], "i-1") == candidate(1)
    assert choose([candidate(1), candidate(2)], None) == candidate(2)


def test_a_machine_that_does_not_answer_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.ec2.forwarder.READY_PORT", 9)
    assert not is_ready("127.0.0.1")


def port_of(server: asyncio.Server) -> int:
    """Give the port a server listens on."""
    return int(server.sockets[0].getsockname()[1])


def test_what_is_sent_arrives_and_comes_back() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read(100)).upper())
        await writer.drain()
        writer.close()

    async def talk() -> bytes:
        there = await asyncio.start_server(echo, "127.0.0.2", 0)
        async with there, await forward(port_of(there), lambda: "127.0.0.2", "127.0.0.1") as here:
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(here))
            writer.write(b"hello")
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(talk()) == b"HELLO"


def test_without_a_machine_a_connection_is_closed_at_once() -> None:
    async def talk() -> bytes:
        async with await forward(0, lambda: None, "127.0.0.1") as here:
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(here))
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(talk()) == b""
