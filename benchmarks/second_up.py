"""What images add to an update without changes: `python -m benchmarks.second_up`, while `make local` is up.

Compares an update of the rehearsal's stack, which builds its two images, with one of the same stack that names the same
images by digest. The stack is as before in the end; its machine serves on. A repository would refuse what it has
already, so the engine's state of before is laid back.
"""

import shutil
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
    building = operators_rehearsal()
    outputs = building.provision().outputs
    with tempfile.TemporaryDirectory() as folder:
        naming = _naming_images(building, Path(folder), outputs["serverImage"], outputs["agentImage"])
        built = _second_ups(building)
        state, kept = building.workspace.folder / "state", Path(folder, "state")
        shutil.copytree(state, kept)
        try:
            named = _second_ups(naming)
        finally:
            shutil.rmtree(state)
            shutil.copytree(kept, state)
    assert not building.provision().changed
    print(f"images built  median of {RUNS}: {built:.2f} s")
    print(f"images named  median of {RUNS}: {named:.2f} s")
    print(f"ratio {built / named:.2f}, difference {built - named:.2f} s")


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
