"""The Pulumi CLI: the one on PATH, else the official release, else built from its Go module."""

import platform
import shutil
from pathlib import Path
from typing import Final

from bootstrap import cache, downloads, go_modules, processes, versions
from bootstrap.downloads import Downloader, download
from bootstrap.errors import SetupError, UnreachableError
from bootstrap.python_environment import PythonEnvironment
from bootstrap.reporting import say, step

NAME: Final = "pulumi"
# As in the release's archive: one folder, with the CLI and the language hosts side by side.
PROGRAM: Final = Path("pulumi/pulumi")
OLDEST: Final = ".".join(map(str, versions.PULUMI_OLDEST))


def binary() -> Path:
    """Find a recent enough Pulumi: on PATH, else in the cache; raises SetupError if there is none."""
    found = _on_path() or cached()
    if found is None:
        raise SetupError(f"There is no Pulumi CLI {OLDEST} or newer. `python3 -m bootstrap --only pulumi` gets one.")
    return found


def cached() -> Path | None:
    """Find the Pulumi that an earlier set-up installed, the release before the one built here."""
    for version in (versions.PULUMI_RELEASE.version, versions.PULUMI_MODULE.version):
        program = cache.program_folder(NAME, version) / PROGRAM
        if program.exists():
            return program
    return None


def ensure(environment: PythonEnvironment, downloader: Downloader = download) -> Path:
    """Find or install Pulumi; an installed one is linked into the virtual environment, so that both share a PATH."""
    found = _on_path() or cached() or _install(downloader)
    if cache.folder() in found.parents:
        _link(found.parent, environment)
    return found


def _on_path() -> Path | None:
    path = shutil.which(NAME)
    if path is None:
        return None
    program = Path(path).resolve()
    if cache.folder().resolve() in program.parents:
        return program  # its folder names a version that was chosen here
    text = processes.answer([program, "version"])[1]
    version = versions.parse(text.splitlines()[-1] if text else "")
    if version is not None and version >= versions.PULUMI_OLDEST:
        return program
    say(f"Pulumi CLI: {program} is {text!r}, older than {OLDEST}, and is left alone.")
    return None


def _install(downloader: Downloader) -> Path:
    try:
        return _install_release(downloader)
    except UnreachableError as error:
        say(f"Pulumi CLI: no release, {error}")
    return _build_module()


def _install_release(downloader: Downloader) -> Path:
    release = versions.PULUMI_RELEASE
    target = cache.program_folder(NAME, release.version)

    def fill(folder: Path) -> None:
        archive = downloads.fetch_release(release, folder, downloader)
        processes.run("unpacking", ["tar", "-xzf", archive, "-C", folder, "--no-same-owner"], cache.log_file("tar"))
        archive.unlink()

    with step(f"Pulumi CLI {release.version} from {release.download_url}"):
        cache.install(target, fill)
    return target / PROGRAM


def _build_module() -> Path:
    module = versions.PULUMI_MODULE
    if platform.system() != "Linux":
        raise SetupError(f"Install the Pulumi CLI {OLDEST} or newer: https://www.pulumi.com/docs/install/.")
    target = cache.program_folder(NAME, module.version)
    cache.install(target, lambda folder: go_modules.build(module, folder / PROGRAM))
    return target / PROGRAM


def _link(programs: Path, environment: PythonEnvironment) -> None:
    if environment.bin.is_dir():
        for program in programs.iterdir():
            cache.link(program, environment.bin / program.name)
