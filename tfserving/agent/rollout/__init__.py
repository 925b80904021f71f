"""From what a machine serves to what models.config wants, one safe step at a time.

Everything here is a pure function of what is wanted, what is on disk, what the server was told and what it says, so an
agent that was killed at any moment goes on from what it finds.
"""

from tfserving.agent.rollout.facts import Facts, Label, Offer, Offers, ServerState, Version, labels_of, versions_of
from tfserving.agent.rollout.failures import Failures
from tfserving.agent.rollout.next_step import complete, next_offers, removable, serving
from tfserving.agent.rollout.progress import (
    AVAILABLE,
    DOWNLOADING,
    FAILED,
    LABELLED,
    OFFERED,
    ON_DISK,
    RETIRING,
    WANTED,
    Progress,
    progress_of,
)
from tfserving.agent.rollout.wanted import names_of, stray_labels, wanted_offers

__all__ = [
    "AVAILABLE",
    "DOWNLOADING",
    "FAILED",
    "LABELLED",
    "OFFERED",
    "ON_DISK",
    "RETIRING",
    "WANTED",
    "Facts",
    "Failures",
    "Label",
    "Offer",
    "Offers",
    "Progress",
    "ServerState",
    "Version",
    "complete",
    "labels_of",
    "names_of",
    "next_offers",
    "progress_of",
    "removable",
    "serving",
    "stray_labels",
    "versions_of",
    "wanted_offers",
]
