"""Train the model into a folder, unless it is there already: `python -m local.digits FOLDER`."""

import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

from local.digits.data import HELD_OUT, load, split
from local.digits.versions import TRAININGS

STAMP = "stamp"


def main(folder: Path) -> None:
    """Build the folder with a version in each subfolder and the held-out images beside them."""
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == _recipe():
        print("  trained already")
        return
    building = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    _build(building)
    (building / STAMP).write_text(_recipe())
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)


def _build(folder: Path) -> None:
    print("  starting TensorFlow", flush=True)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import numpy as np

    from local.digits.training import accuracy, save, train

    (images, labels), held_out = split(*load())
    for version, training in TRAININGS.items():
        began = time.monotonic()
        network = train(training, images, labels)
        save(network, folder / str(version))
        seconds = time.monotonic() - began
        print(
            f"  version {version}: {accuracy(network, *held_out):.1%} of held-out images right, {seconds:.1f} s",
            flush=True,
        )
    np.savez(folder / HELD_OUT, images=held_out[0], labels=held_out[1])


def _recipe() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
