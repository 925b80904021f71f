"""actionlint, which checks GitHub's workflows: the one on PATH, else the release, else built from its Go module."""

import os
import shutil
from pathlib import Path
from typing import Final

from bootstrap import cache, downloads, go_modules, processes, versions
from bootstrap.downloads import Downloader, download
from bootstrap.errors import UnreachableError
from bootstrap.python_environment import PythonEnvironment
from bootstrap.reporting import say, step

NAME: Final = "actionlint"


def find() -> Path | None:
    """Find a recent enough actionlint: on PATH, else in the cache."""
    on_path = shutil.which(NAME)
    for program in (Path(on_path) if on_path else None, _folder() / NAME):
        if program is not None and _works(program):
            return program.resolve()
    return None


def ensure(environment: PythonEnvironment, downloader: Downloader = download) -> Path:
    """Find or install actionlint; an installed one is linked into the virtual environment."""
    found = find() or _install(downloader)
    if cache.folder().resolve() in found.resolve().parents and environment.bin.is_dir():
        cache.link(found, environment.bin / NAME)
    return found


def _folder() -> Path:
    return cache.program_folder(NAME, versions.ACTIONLINT_RELEASE.version)


def _works(program: Path) -> bool:
    if not os.access(program, os.X_OK):
        return False
    code, text = processes.answer([program, "-version"])
    version = versions.parse(text.splitlines()[0]) if code == 0 and text else None
    return version is not None and version >= versions.ACTIONLINT_OLDEST


def _install(downloader: Downloader) -> Path:
    try:
        _install_release(downloader)
    except UnreachableError as error:
        say(f"actionlint: no release, {error}")
        cache.install(_folder(), lambda folder: go_modules.build(versions.ACTIONLINT_MODULE, folder / NAME))
    return _folder() / NAME


def _install_release(downloader: Downloader) -> None:
    release = versions.ACTIONLINT_RELEASE

    def fill(folder: Path) -> None:
        archive = downloads.fetch_release(release, folder, downloader)
        unpack: list[str | Path] = ["tar", "-xzf", archive, "-C", folder, "--no-same-owner", NAME]
        processes.run("unpacking", unpack, cache.log_file("tar"))
        archive.unlink()

    with step(f"actionlint {release.version} from {release.download_url}"):
        cache.install(_folder(), fill)
