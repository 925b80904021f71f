"""What images add to an update without changes: `python -m benchmarks.second_up`, while `make local` is up.

Compares an update of the rehearsal's stack, which finds its two images in ECR, with one of the same stack that names
the same images by digest. The stack is as before in the end; its machine serves on.
"""

import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from local.__main__ import operators_rehearsal, told_plainly
from local.rehearsal import Rehearsal

RUNS: Final = 5


def main() -> None:
    """Measure and print."""
    finding = operators_rehearsal()
    outputs = finding.provision().outputs
    with tempfile.TemporaryDirectory() as folder:
        naming = _naming_images(finding, Path(folder), outputs["serverImage"], outputs["agentImage"])
        found, named = _second_ups(finding), _second_ups(naming)
    assert not finding.provision().changed
    print(f"images found  median of {RUNS}: {found:.2f} s")
    print(f"images named  median of {RUNS}: {named:.2f} s")
    print(f"ratio {found / named:.2f}, difference {found - named:.2f} s")


def _naming_images(rehearsal: Rehearsal, folder: Path, server: str, agent: str) -> Rehearsal:
    content = yaml.safe_load(rehearsal.settings.read_text())
    content["config"] |= {"tfserving:serverImageDigest": server, "tfserving:agentImageDigest": agent}
    settings = folder / rehearsal.settings.name
    settings.write_text(yaml.safe_dump(content))
    return replace(rehearsal, settings=settings)


def _second_ups(rehearsal: Rehearsal) -> float:
    rehearsal.provision()
    outcomes = [rehearsal.provision() for _ in range(RUNS)]
    assert not any(outcome.changed for outcome in outcomes)
    return statistics.median(outcome.seconds for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(told_plainly(main))
