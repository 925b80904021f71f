"""What `make local` ends with: outputs, endpoints, machines, predictions."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from local.digits.evaluate import Result, evaluate
from local.folders import CACHE
from local.rehearsal import MODEL, Rehearsal
from local.stack.engine import Outcome
from tfserving.errors import TfServingError

LEAST_ACCURACY = 0.95


def show(rehearsal: Rehearsal, outcome: Outcome, console: Console) -> None:
    """Show a rehearsal that is up, and predict with what it serves.

    Raises TfServingError when the predictions are worse than the model is known to be.
    """
    console.print(_outputs(outcome.outputs))
    console.print(_endpoints(rehearsal))
    rehearsal.tfs("status", "--bucket", outcome.outputs["configsBucket"])
    with rehearsal.steps.step("Predictions for held-out images"):
        results = predictions(rehearsal)
    console.print(_predictions(results))
    _demand_accuracy(results)
    console.print(_closing(outcome))


def predictions(rehearsal: Rehearsal) -> list[Result]:
    """Ask for every version and label that the stack wants."""
    return evaluate(
        f"127.0.0.1:{rehearsal.ports.grpc}",
        f"http://127.0.0.1:{rehearsal.ports.rest}",
        CACHE / MODEL,
        {wanted.model: list(wanted.choices) for wanted in rehearsal.models},
    )


def _outputs(outputs: Mapping[str, Any]) -> Table:
    table = Table("output", "value", title="Stack outputs", title_justify="left")
    for name, value in sorted(outputs.items()):
        text = "\n".join(f"{key}: {item}" for key, item in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name, text)
    return table


def _endpoints(rehearsal: Rehearsal) -> Table:
    table = Table("endpoint", "on this machine", title="Endpoints", title_justify="left")
    table.add_row("gRPC", f"127.0.0.1:{rehearsal.ports.grpc}")
    table.add_row("REST", f"http://127.0.0.1:{rehearsal.ports.rest}/v1/models/{rehearsal.models[0].model}")
    table.add_row("agent", f"http://127.0.0.1:{rehearsal.ports.agent}/ready")
    return table


def _predictions(results: list[Result]) -> Table:
    table = Table(
        "API", "model", "version or label", "images", "accuracy", "seconds", title="Predictions", title_justify="left"
    )
    for result in results:
        table.add_row(
            result.api,
            result.model,
            str(result.version_or_label),
            str(result.samples),
            f"{result.accuracy:.1%}",
            f"{result.seconds:.2f}",
        )
    return table


def _demand_accuracy(results: list[Result]) -> None:
    worst = min(results, key=lambda result: result.accuracy)
    if worst.accuracy < LEAST_ACCURACY:
        raise TfServingError(
            f"{worst.api} predictions of {worst.version_or_label} are right for {worst.accuracy:.1%} of the held-out "
            f"images, but the model reaches {LEAST_ACCURACY:.0%}: the server is not running what was published."
        )


def _closing(outcome: Outcome) -> str:
    return "The stack is up." if outcome.changed else "Nothing had to change: the stack was up already."
