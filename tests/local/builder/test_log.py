"""The log of a build on its way out."""

import os
import subprocess
import time

import pytest

from local.builder import log
from local.builder.log import Log
from tests.local.stand_in.conftest import eventually


def test_a_line_is_sent_while_the_build_goes_on() -> None:
    sent: list[str] = []
    writing = Log(sent.extend)
    os.write(writing.output, b"one\ntwo\nhal")
    eventually(lambda: sent == ["one\n", "two\n"], "The first lines")
    os.write(writing.output, b"f\n")
    writing.close()
    assert sent == ["one\n", "two\n", "half\n"]


def test_what_is_left_in_the_end_is_sent_without_an_end_of_line() -> None:
    sent: list[str] = []
    writing = Log(sent.extend)
    writing.say("Entering phase BUILD")
    subprocess.run(["printf", "last"], stdout=writing.output, check=True)
    writing.close()
    assert sent[0].startswith("[Container] ")
    assert sent[0].endswith(" Entering phase BUILD\n")
    assert sent[1:] == ["last"]


def test_many_lines_and_long_ones_are_sent_in_parts_that_are_taken() -> None:
    parts: list[list[str]] = []
    writing = Log(lambda lines: parts.append(list(lines)))
    os.write(writing.output, b"x\n" * 250 + b"y" * 9000 + b"\n")
    writing.close()
    assert max(len(part) for part in parts) <= 100
    assert max(len(line) for part in parts for line in part) == 8192
    assert "".join(line for part in parts for line in part) == "x\n" * 250 + "y" * 9000 + "\n"


def test_who_holds_the_log_open_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_LONGEST_END_SECONDS", 0.1)
    writing = Log(lambda _: None)
    with subprocess.Popen(["sleep", "60"], stdout=writing.output) as left_over:
        began = time.monotonic()
        writing.close()
        assert time.monotonic() - began < 5
        left_over.kill()
