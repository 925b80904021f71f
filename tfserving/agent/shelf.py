"""The versions on this machine's disk: which are whole, which have been served, and taking them away."""

import contextlib
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from tfserving.agent import disk
from tfserving.agent.rollout import Version
from tfserving.model_store.layout import version_of

# Within the version's folder, so that it goes with it; the server looks at no such name.
PROOF: Final = ".served"
_LEAVING: Final = ".removed"


class Shelf:
    """The folder with `<model>/<version>/`; a look costs a stat for each version that has been looked at before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._whole: dict[Version, tuple[int, int]] = {}

    def versions(self) -> set[Version]:
        """Give the versions that are whole."""
        found = dict(self._folders())
        self._whole = {version: known for version, known in self._whole.items() if version in found}
        return {version for version, path in found.items() if self._is_whole(version, path)}

    def proven(self) -> set[Version]:
        """Give the versions that the server has loaded on this machine."""
        return {version for version, path in self._folders() if (path / PROOF).exists()}

    def prove(self, version: Version) -> None:
        """Take note that the server has loaded a version, for as long as its files are here."""
        # What vanished meanwhile has nothing to prove.
        with contextlib.suppress(FileNotFoundError):
            (self.path(version) / PROOF).touch()

    def remove(self, version: Version) -> None:
        """Remove a version in one step, then its files."""
        path = self.path(version)
        leaving = path.with_name(f".{path.name}{_LEAVING}")
        shutil.rmtree(leaving, ignore_errors=True)
        path.rename(leaving)
        shutil.rmtree(leaving)
        # A model's folder goes with its last version.
        with contextlib.suppress(OSError):
            path.parent.rmdir()

    def tidy(self, downloading: Collection[Version]) -> None:
        """Remove what interrupted downloads and removals have left."""
        keep = {disk.partial_of(self.path(version)) for version in downloading}
        for left in self._folder.glob("*/.*"):
            if left.is_dir() and left not in keep and left.suffix in (disk.PARTIAL, _LEAVING):
                shutil.rmtree(left, ignore_errors=True)

    def path(self, version: Version) -> Path:
        """Name a version's folder."""
        return self._folder / version[0] / str(version[1])

    def _folders(self) -> Iterator[tuple[Version, Path]]:
        for model in self._folder.iterdir() if self._folder.is_dir() else ():
            for path in model.iterdir() if model.is_dir() else ():
                if (number := version_of(path.name)) is not None:
                    yield (model.name, number), path

    def _is_whole(self, version: Version, path: Path) -> bool:
        state = os.stat(path)
        seen = (state.st_ino, state.st_mtime_ns)
        if self._whole.get(version) != seen:
            if not disk.is_complete(path):
                return False
            self._whole[version] = seen
        return True
