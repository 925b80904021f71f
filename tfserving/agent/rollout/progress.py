"""How far one version has come, and what it waits for."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from tfserving.agent.rollout.facts import Facts, Version

WANTED: Final = "wanted"
DOWNLOADING: Final = "downloading"
ON_DISK: Final = "on disk"
OFFERED: Final = "offered"
AVAILABLE: Final = "AVAILABLE"
LABELLED: Final = "labelled"
RETIRING: Final = "retiring"
FAILED: Final = "failed"


@dataclass(frozen=True)
class Progress:
    """A state of the list above, and what the version waits for; empty if it is where it shall be."""

    state: str
    waits_for: str = ""


def progress_of(version: Version, facts: Facts, *, downloading: Collection[Version], failed: bool) -> Progress:
    """Say how far a wanted version has come, or one that is told and no longer wanted."""
    model, number = version
    told = facts.told or {}
    offered = model in told and number in told[model].versions
    if model not in facts.wanted or number not in facts.wanted[model].versions:
        return Progress(RETIRING, "what replaces it to be served under its labels")
    if failed or facts.server.failed(model, number):
        return Progress(FAILED, "its next try")
    if offered and facts.server.loaded(model, number):
        return _loaded(version, facts)
    if version not in facts.on_disk:
        return Progress(DOWNLOADING, "its download") if version in downloading else Progress(WANTED, "its download")
    if not offered:
        return Progress(ON_DISK, _start(facts))
    return Progress(OFFERED, "the server to load it" if facts.server.answers else "the server to answer")


def _start(facts: Facts) -> str:
    if facts.told is None:
        return "every wanted version to be on disk, before the server is started"
    return "its turn" if facts.server.answers else "the server to answer"


def _loaded(version: Version, facts: Facts) -> Progress:
    model, number = version
    labels = [label for label, wanted in facts.wanted[model].labels.items() if wanted == number]
    missing = sorted(label for label in labels if facts.server.labels.get((model, label)) != number)
    if missing:
        return Progress(AVAILABLE, f"the label {', '.join(map(repr, missing))} to lead to it")
    return Progress(LABELLED if labels else AVAILABLE)
