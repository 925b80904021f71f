"""The directory poll: which versions of each model are wanted, judged by the names under its base path."""

import logging
import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from . import filesystem
from .config import Model
from .status import StatusError, invalid

log = logging.getLogger("stand_in.source")

NUMBER = re.compile(r"\s*[+-]?[0-9]+\s*")
INT64: Final = range(-(2**63), 2**63)

Aspired = Mapping[int, str]
"""Version number to the path it loads from."""


class DirectorySource:
    """Tells a callback, model by model, which versions are wanted now; thread-safe."""

    def __init__(self, aspire: Callable[[str, Aspired], None]) -> None:
        self._aspire = aspire
        self._lock = threading.Lock()
        self._models: tuple[Model, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of the models polled now."""
        with self._lock:
            return frozenset(model.name for model in self._models)

    def replace(self, models: Sequence[Model]) -> None:
        """Poll these models from now on; those no longer named are unwanted at once, new ones at the next poll."""
        with self._lock:
            left_out = {model.name for model in self._models} - {model.name for model in models}
            self._models = tuple(models)
            for name in sorted(left_out):
                self._aspire(name, {})

    def poll(self) -> None:
        """Look once.

        One model that cannot be looked at hides the changes of all (tensorflow/serving#2189): nothing is reported
        then, and an error is logged.
        """
        with self._lock:
            try:
                found = {model.name: wanted_versions(model) for model in self._models}
            except StatusError as error:
                log.error("FileSystemStoragePathSource encountered a filesystem access error: %s", error.message)
                return
            for name, versions in found.items():
                self._aspire(name, versions)


def wanted_versions(model: Model) -> Aspired:
    """The versions the model's policy picks from its base path.

    Raises StatusError if the base path does not exist. An existing one without versions yields none, which unloads
    the model (tensorflow/serving#1480).
    """
    _demand_base_path(model)
    versions = _specific(model) if model.policy.kind == "specific" else _listed(model)
    if not versions:
        log.warning(
            "No versions of servable %s found under base path %s. Did you forget to name your leaf directory as a "
            "number (eg. '/1/')?",
            model.name,
            model.base_path,
        )
    return versions


def _demand_base_path(model: Model) -> None:
    missing = f"Could not find base path {model.base_path} for servable {model.name} with error"
    try:
        found = filesystem.exists(model.base_path)
    except StatusError as error:
        raise invalid(f"{missing} {error}") from error
    if not found:
        raise invalid(f"{missing} not found")


def _listed(model: Model) -> Aspired:
    children = children_by_version(model)
    keep = len(children) if model.policy.kind == "all" else model.policy.count
    return {version: children[version] for version in sorted(children, reverse=True)[:keep]}


def _specific(model: Model) -> Aspired:
    direct = {version: os.path.join(model.base_path, str(version)) for version in model.policy.versions}
    if all(filesystem.exists(path) for path in direct.values()):
        return direct
    children = children_by_version(model)
    for version in sorted(direct.keys() - children.keys()):
        log.warning(
            "Version %d of servable %s, which was requested to be served as a 'specific' version in the servable's "
            "version policy, was not found in the file system",
            version,
            model.name,
        )
    return {version: children[version] for version in direct if version in children}


def children_by_version(model: Model) -> dict[int, str]:
    """Every child whose name is an int64, `007` being 7; other names are ignored without a word (#1250)."""
    children: dict[int, str] = {}
    for name in sorted(filesystem.names_under(model.base_path)):
        version = parse_version(name)
        if version is None:
            continue
        if version in children:
            log.warning("Duplicate version directories detected. %s will be ignored.", children[version])
        children[version] = os.path.join(model.base_path, name)
    return children


def parse_version(name: str) -> int | None:
    """The number a directory name stands for, if any."""
    if not (name.isascii() and NUMBER.fullmatch(name)):
        return None
    number = int(name)
    return number if number in INT64 else None
