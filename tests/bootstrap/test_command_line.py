import pytest

from bootstrap import command_line
from bootstrap.command_line import Part
from bootstrap.errors import SetupError


def use(monkeypatch: pytest.MonkeyPatch, **known: Part) -> None:
    monkeypatch.setattr(command_line, "parts", lambda _: known)


def part(look: str | None = "found", ensure: str | BaseException = "ready") -> Part:
    def act() -> str:
        if isinstance(ensure, BaseException):
            raise ensure
        return ensure

    return Part("A part", lambda: look, act)


def test_what_is_ready_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, python=part(), pulumi=part(ensure="3.0"))
    assert command_line.main([]) == 0
    assert capsys.readouterr().out == "A part: ready\nA part: 3.0\n"


def test_only_the_named_parts_are_set_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, python=part(ensure=SetupError("no")), pulumi=part(ensure="3.0"))
    assert command_line.main(["--only", "pulumi"]) == 0
    assert capsys.readouterr().out == "A part: 3.0\n"


def test_an_unknown_part_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        command_line.main(["--only", "pyton"])
    assert exit_.value.code == 2
    assert (
        "'pyton', but the parts are python, pulumi, docker, compose, shellcheck, actionlint." in capsys.readouterr().err
    )


def test_a_failure_is_one_message_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(monkeypatch, python=part(ensure=SetupError("There is no Go.")))
    assert command_line.main([]) == 1
    assert capsys.readouterr().err == "error: There is no Go.\n"


def test_an_interruption_is_exit_code_130_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(monkeypatch, python=part(ensure=KeyboardInterrupt()))
    assert command_line.main([]) == 130
    assert capsys.readouterr().err == "Interrupted. The same command goes on from here.\n"


def test_check_changes_nothing_and_fails_if_something_is_missing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(monkeypatch, python=part(ensure=SetupError("no")), pulumi=part(look=None))
    assert command_line.main(["--check"]) == 1
    assert capsys.readouterr().out == "A part: found\nA part: missing\n"
    assert command_line.main(["--check", "--only", "python"]) == 0
