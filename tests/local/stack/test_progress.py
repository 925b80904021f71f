"""What the operator sees of the engine's events."""

from types import SimpleNamespace
from typing import Any

from pulumi.automation import OpType

from local.stack.progress import Progress

URN = "urn:pulumi:local::tfserving::tfserving:aws:ModelStore$aws:s3/bucket:Bucket::tfserving-local-models"


def event(**parts: Any) -> Any:
    """Give an engine event with these parts."""
    absent = dict.fromkeys(("res_outputs_event", "resource_pre_event", "diagnostic_event"))
    return SimpleNamespace(**{**absent, **parts})


def done(operation: OpType) -> Any:
    """Give the event of a finished operation."""
    return event(res_outputs_event=SimpleNamespace(metadata=SimpleNamespace(op=operation, urn=URN)))


def said(severity: str, message: str, *, ephemeral: bool = False) -> Any:
    """Give a diagnostic."""
    return event(diagnostic_event=SimpleNamespace(severity=severity, message=message, ephemeral=ephemeral))


def test_a_change_is_one_line_and_counted_by_its_plain_name() -> None:
    lines: list[str] = []
    progress = Progress(lines.append)
    progress(done(OpType.CREATE))
    progress(done(OpType.CREATE))
    assert lines == ["  created  aws:s3/bucket:Bucket  tfserving-local-models"] * 2
    assert progress.changes == {"create": 2}
    assert [type(operation) for operation in progress.changes] == [str]


def test_what_stays_the_same_is_no_news() -> None:
    lines: list[str] = []
    progress = Progress(lines.append)
    progress(done(OpType.SAME))
    assert (lines, progress.changes) == ([], {})


def test_planned_changes_are_counted_in_a_preview_only() -> None:
    progress = Progress(print)
    for planning in (True, False):
        metadata = SimpleNamespace(op=OpType.UPDATE, urn=URN)
        progress(event(resource_pre_event=SimpleNamespace(planning=planning, metadata=metadata)))
    assert progress.changes == {"update": 1}


def test_errors_are_kept_for_the_end_and_warnings_shown_at_once() -> None:
    lines: list[str] = []
    progress = Progress(lines.append)
    for severity, message in (("error", "Bad key.\n"), ("warning", "Old key.\n"), ("error", "update failed")):
        progress(said(severity, message))
    assert lines == ["  warning: Old key."]
    assert progress.errors == ["Bad key."]


def test_of_what_passes_by_only_the_steps_of_a_build_are_shown() -> None:
    lines: list[str] = []
    progress = Progress(lines.append)
    progress(said("info", "Building the server image 'a1'.\n"))
    for line in ("server: Step 1/9 : FROM ubuntu", "server: Get:1 http://archive", "server:  ---> 0123456789ab"):
        progress(said("info", line, ephemeral=True))
    assert lines == ["  info: Building the server image 'a1'.", "  server: Step 1/9 : FROM ubuntu"]
