"""Docker's Compose plugin, version 2: the one Docker finds, else a package, else the release, else its Go module."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bootstrap import cache, debian_packages, downloads, go_modules, processes, versions
from bootstrap.downloads import Downloader, download
from bootstrap.errors import SetupError, UnreachableError
from bootstrap.reporting import say, step

NAME: Final = "docker-compose"
PACKAGE: Final = "docker-compose-v2"
# Where Docker's CLI looks for plugins, besides the user's own folder (docker/cli, cli-plugins/manager).
SYSTEM_FOLDERS: Final = (
    Path("/usr/local/lib/docker/cli-plugins"),
    Path("/usr/local/libexec/docker/cli-plugins"),
    Path("/usr/lib/docker/cli-plugins"),
    Path("/usr/libexec/docker/cli-plugins"),
)


def binary() -> Path:
    """Find the plugin's own file, behind any link; raises SetupError if there is none."""
    found = find()
    if found is None:
        raise SetupError("Docker has no Compose plugin. `python3 -m bootstrap --only compose` gets one.")
    return found


def find(system_folders: Iterable[Path] = SYSTEM_FOLDERS) -> Path | None:
    """Find the plugin that Docker would use, if it runs and is version 2 or later."""
    for folder in (user_folder(), *_configured_folders(), *system_folders):
        plugin = folder / NAME
        if os.access(plugin, os.X_OK) and _works(plugin):
            return plugin.resolve()
    return None


def ensure(downloader: Downloader = download) -> Path:
    """Find or install the plugin; one that is installed is linked into the user's plugin folder."""
    found = find()
    if found is None and _installed_package():
        found = find()
    if found is None:
        found = _cached() or _install(downloader)
        cache.link(found, user_folder() / NAME)
    return found


def user_folder() -> Path:
    """Name the user's own plugin folder."""
    return _config_folder() / "cli-plugins"


def _config_folder() -> Path:
    configured = os.environ.get("DOCKER_CONFIG")
    return Path(configured) if configured else Path.home() / ".docker"


def _configured_folders() -> list[Path]:
    try:
        config = json.loads((_config_folder() / "config.json").read_text())
        return [Path(folder) for folder in config.get("cliPluginsExtraDirs", [])]
    except (OSError, ValueError):
        return []


def _works(plugin: Path) -> bool:
    code, text = processes.answer([plugin, "version", "--short"])
    version = versions.parse(text) if code == 0 else None
    return version is not None and version >= (2,)


def _installed_package() -> bool:
    if not (debian_packages.is_installable() and debian_packages.is_offered(PACKAGE)):
        return False
    debian_packages.ensure(PACKAGE)
    return True


def _cached() -> Path | None:
    program = cache.program_folder(NAME, versions.COMPOSE_RELEASE.version) / NAME
    return program if os.access(program, os.X_OK) and _works(program) else None


def _install(downloader: Downloader) -> Path:
    target = cache.program_folder(NAME, versions.COMPOSE_RELEASE.version)
    try:
        _install_release(target, downloader)
    except UnreachableError as error:
        say(f"Compose plugin: no release, {error}")
        cache.install(target, lambda folder: go_modules.build(versions.COMPOSE_MODULE, folder / NAME))
    return target / NAME


def _install_release(target: Path, downloader: Downloader) -> None:
    release = versions.COMPOSE_RELEASE

    def fill(folder: Path) -> None:
        program = downloads.fetch_release(release, folder, downloader)
        program.chmod(0o755)
        program.rename(folder / NAME)

    with step(f"Compose plugin {release.version} from {release.download_url}"):
        cache.install(target, fill)
