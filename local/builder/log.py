"""The log of a build: everything its commands print, on its way to CloudWatch while they run."""

import os
import select
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

Send = Callable[[Sequence[str]], None]
_SEND_EVERY_SECONDS: Final = 0.5
_CHUNK: Final = 65536
# A hundred lines of 8 KiB stay below what CloudWatch takes at once.
_MOST_LINES: Final = 100
_LONGEST_LINE: Final = 8192
# Somebody whom a command left in the background may hold the log open.
_LONGEST_END_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Stream:
    """A stream of a log group in CloudWatch."""

    logs: Any
    group: str
    name: str

    def create(self) -> None:
        """Create the stream, and its group unless it is there."""
        try:
            self.logs.create_log_stream(logGroupName=self.group, logStreamName=self.name)
        except self.logs.exceptions.ResourceNotFoundException:
            self.logs.create_log_group(logGroupName=self.group)
            self.logs.create_log_stream(logGroupName=self.group, logStreamName=self.name)

    def send(self, lines: Sequence[str]) -> None:
        """Send lines; those that are refused are told to the machine's journal instead."""
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines]
        try:
            self.logs.put_log_events(logGroupName=self.group, logStreamName=self.name, logEvents=events)
        except (BotoCoreError, ClientError) as error:
            print(error, *lines, file=sys.stderr, sep="\n")


class Log:
    """A pipe that commands write to, and a thread that sends what comes out of it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pending = b""
        self._reading, self.output = os.pipe()
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Write a line in the build's own name."""
        now = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime())
        os.write(self.output, f"[Container] {now} {text}\n".encode())

    def close(self) -> None:
        """Send what has been written so far."""
        os.close(self.output)
        self._thread.join(_LONGEST_END_SECONDS)

    def _pass_on(self) -> None:
        due = time.monotonic()
        while True:
            readable, _, _ = select.select([self._reading], [], [], _SEND_EVERY_SECONDS)
            chunk = os.read(self._reading, _CHUNK) if readable else b""
            ended = bool(readable) and not chunk
            self._pending += chunk
            if ended or time.monotonic() >= due:
                self._send_pending(everything=ended)
                due = time.monotonic() + _SEND_EVERY_SECONDS
            if ended:
                os.close(self._reading)
                return

    def _send_pending(self, *, everything: bool) -> None:
        *lines, rest = self._pending.split(b"\n")
        # What follows the last line's end is a line to be.
        self._pending = b"" if everything else rest
        ended = [line + b"\n" for line in lines] + ([rest] if everything and rest else [])
        parts = [part for line in ended for part in _cut(line)]
        for first in range(0, len(parts), _MOST_LINES):
            self._send(parts[first : first + _MOST_LINES])


def _cut(line: bytes) -> list[str]:
    parts = (line[first : first + _LONGEST_LINE] for first in range(0, len(line), _LONGEST_LINE))
    return [part.decode(errors="replace") for part in parts]
