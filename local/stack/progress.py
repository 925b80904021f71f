"""What the operator sees while the engine works: a line for each resource that changes, and every diagnostic."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from pulumi.automation import DiagnosticEvent, EngineEvent, OpType

Report = Callable[[str], None]

_DONE: Final = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created again",
    "delete-replaced": "deleted the old",
    "discard": "forgotten",
    "discard-replaced": "forgotten the old",
}
_SHOWN_SEVERITIES: Final = frozenset({"info", "warning", "info#err"})
# Of what passes by, such as all that a build says, the rehearsal shows a Dockerfile's steps.
_SHOWN_PASSING: Final = ": Step "
_LONGEST_PASSING: Final = 80
# What the engine says of every operation that failed, whatever the reason.
_SAYS_NOTHING: Final = frozenset({"update failed", "preview failed", "destroy failed"})


class Progress:
    """Reports engine events, counts what was done to the resources, and keeps the errors for whoever ends the run."""

    def __init__(self, report: Report) -> None:
        self.changes: Counter[str] = Counter()
        self.errors: list[str] = []
        self._report = report

    def __call__(self, event: EngineEvent) -> None:
        """Take one engine event."""
        if event.res_outputs_event is not None:
            self._resource(event.res_outputs_event.metadata.op, event.res_outputs_event.metadata.urn)
        elif event.resource_pre_event is not None and event.resource_pre_event.planning:
            self._planned(event.resource_pre_event.metadata.op)
        elif event.diagnostic_event is not None:
            self._diagnostic(event.diagnostic_event)

    def _resource(self, operation: OpType, urn: str) -> None:
        if operation not in _DONE:
            return
        self.changes[operation.value] += 1
        _, _, kind, name = urn.rsplit("::", 3)
        self._report(f"  {_DONE[operation]}  {kind.rsplit('$', 1)[-1]}  {name}")

    def _planned(self, operation: OpType) -> None:
        if operation in _DONE:
            self.changes[operation.value] += 1

    def _diagnostic(self, event: DiagnosticEvent) -> None:
        text = event.message.strip()
        if event.severity == "error" and text not in _SAYS_NOTHING:
            self.errors.append(text)
        if event.severity == "info" and event.ephemeral:
            self._passing(text)
        elif event.severity in _SHOWN_SEVERITIES and text:
            self._report(f"  {event.severity}: {text}")

    def _passing(self, text: str) -> None:
        if _SHOWN_PASSING in text:
            self._report(f"  {text[:_LONGEST_PASSING]}")
