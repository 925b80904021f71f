"""Loopback endpoints that lead to the current machine, whichever that is."""

import asyncio
import contextlib
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

PORTS: Final = (8500, 8501, 8502)
READY_PORT: Final = 8502
# In the data plane's container, which publishes the ports on loopback only.
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104
_CHUNK: Final = 65536


@dataclass(frozen=True)
class Candidate:
    """A machine that runs: when its instance was launched, where it is, whether it serves what is wanted."""

    instance_id: str
    launched: str
    address: str
    ready: bool


def choose(candidates: Sequence[Candidate], current: str | None) -> Candidate | None:
    """Choose the machine that gets the traffic: the newest ready one, else the one that had it, else the newest."""
    newest_first = sorted(candidates, key=lambda candidate: (candidate.launched, candidate.instance_id), reverse=True)
    ready = [candidate for candidate in newest_first if candidate.ready]
    unchanged = [candidate for candidate in newest_first if candidate.instance_id == current]
    return next(iter([*ready, *unchanged, *newest_first]), None)


def is_ready(address: str) -> bool:
    """Ask a machine's agent."""
    try:
        with urllib.request.urlopen(f"http://{address}:{READY_PORT}/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


async def forward(port: int, target: Callable[[], str | None], address: str = EVERYWHERE) -> asyncio.Server:
    """Pass connections on to the same port of the target's address; without a target they are closed at once."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = target()
        with contextlib.suppress(OSError), contextlib.closing(writer):
            if machine is not None:
                answers, questions = await asyncio.open_connection(machine, port)
                with contextlib.closing(questions):
                    await asyncio.gather(_pump(reader, questions), _pump(answers, writer))

    return await asyncio.start_server(connected, address, port)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    # One side may be done speaking and still listen.
    writer.write_eof()
