from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements-dev.txt", "requirements-tfs.txt", "requirements.txt", "tfserving/agent/requirements.txt")


def locked(name: str) -> dict[str, Requirement]:
    """Give what a lock file locks here, by canonical name."""
    lines = ((ROOT / name).read_text()).replace("\\\n", " ").splitlines()
    words = (line.partition(" --hash")[0] for line in lines if line[:1].isalnum())
    found = [Requirement(word) for word in words]
    return {canonicalize_name(r.name): r for r in found if not r.marker or r.marker.evaluate()}


def asked(requirement: Requirement) -> Iterator[Requirement]:
    """Give what a locked distribution asks for, with the extras it is locked with."""
    try:
        wanted = [Requirement(line) for line in requires(requirement.name) or ()]
    except PackageNotFoundError:
        return
    for one in wanted:
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in {"", *requirement.extras}):
            yield one


# Without the extras, pip before 23.3 takes the newest version for them and refuses it: pypa/pip#12345.
@pytest.mark.parametrize("name", LOCKS)
def test_what_is_asked_for_with_extras_is_locked_with_them(name: str) -> None:
    lock = locked(name)
    assert len(lock) > 5
    missing = {
        f"{distribution.name} asks for {one}"
        for distribution in lock.values()
        for one in asked(distribution)
        if one.extras - lock[canonicalize_name(one.name)].extras
    }
    assert not missing
