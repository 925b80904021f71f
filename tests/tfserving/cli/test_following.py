"""What a terminal, or a log that is none, shows of a build on AWS."""

from collections.abc import Callable
from typing import Any

import pytest

from tfserving.cli.following import follow
from tfserving.images import code_build

Tell = Callable[[str], None]


def shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tell: Callable[[Tell, Tell], None]
) -> str:
    """Give what is shown of a build that tells its lines and its phases."""
    monkeypatch.setattr(code_build, "follow", lambda _, __, say, phase: tell(say, phase))
    clients: Any = None
    follow(clients, "builder:1")
    return capsys.readouterr().err


def test_a_log_line_is_shown_as_it_is_without_colours_in_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["[Container] [bold] Running command", "\x1b[91mc\x1b[0m\x1b[91murl: (37) No file\x1b[0m", "", "x" * 500]

    def tell(say: Tell, _: Tell) -> None:
        for line in lines:
            say(line)

    assert shown(monkeypatch, capsys, tell).splitlines() == [lines[0], "curl: (37) No file", "", lines[3]]


def test_where_there_is_no_terminal_each_phase_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(_: Tell, phase: Tell) -> None:
        for name in ("QUEUED", "QUEUED", "BUILD"):
            phase(name)

    assert shown(monkeypatch, capsys, tell).splitlines() == ["QUEUED, 0 min", "BUILD, 0 min"]
