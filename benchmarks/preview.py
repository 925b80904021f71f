"""How much the program adds to a preview: `python -m benchmarks.preview`, while `make local` is up.

Compares a preview without changes of the rehearsal's stack with one of a stack of as many security groups without
rules, in turn, through the same engine and Automation API. Prints the medians and their ratio.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local.__main__ import operators_rehearsal, told_plainly
from local.cloud import Endpoints
from local.stack.engine import Engine, Outcome
from local.stack.workspace import Workspace
from tfserving.errors import TfServingError

RUNS: Final = 5
TRIVIAL: Final = """
import pulumi_aws as aws

for number in range({count}):
    aws.ec2.SecurityGroup(f"trivial-{{number}}")
"""


def main() -> None:
    """Measure and print."""
    rehearsal = operators_rehearsal()
    endpoints = rehearsal.cloud.endpoints()
    if endpoints is None:
        raise TfServingError("The rehearsal is not up. Run `make local`.")
    ours = rehearsal.engine()
    count = ours.resource_count()
    with tempfile.TemporaryDirectory() as folder:
        trivial = _trivial_engine(Path(folder), endpoints, count)
        trivial.up()
        measured = _measure({"this project": ours.preview, "trivial": trivial.preview})
        trivial.destroy()
    for name, seconds in measured.items():
        print(f"{name:12}  {count} resources  median of {RUNS}: {statistics.median(seconds):.2f} s")
    ratio = statistics.median(measured["this project"]) / statistics.median(measured["trivial"])
    print(f"ratio {ratio:.2f}")


def _trivial_engine(folder: Path, endpoints: Endpoints, count: int) -> Engine:
    program = folder / "program.py"
    # The stack itself and its provider are resources, too.
    program.write_text(TRIVIAL.format(count=count - 2))
    settings = folder / "settings.yaml"
    settings.write_text("config: {}\n")
    workspace = Workspace(folder / "stack", "trivial", settings)
    workspace.prepare(endpoints, {})
    return Engine(workspace, endpoints, lambda _: None, program)


def _measure(previews: dict[str, Callable[[], Outcome]]) -> dict[str, list[float]]:
    measured: dict[str, list[float]] = {name: [] for name in previews}
    for run in range(RUNS + 1):
        for name, preview in previews.items():
            outcome = preview()
            if run:  # the first pays for imports
                measured[name].append(outcome.seconds)
    return measured


if __name__ == "__main__":
    sys.exit(told_plainly(main))
