"""Go: the one on PATH, else the toolchain that the module proxy hands out like any other module."""

import os
import platform
import shutil
import zipfile
from pathlib import Path
from typing import Final

from bootstrap import cache, downloads, processes, versions
from bootstrap.downloads import Downloader, download
from bootstrap.errors import SetupError
from bootstrap.reporting import say, step

# From here on Go fetches, through the module proxy, the newer toolchain that a module asks for.
OLDEST: Final = (1, 21)
# Where Go's own installation puts it, which is often not on the PATH of root.
USUAL_FOLDER: Final = "/usr/local/go/bin"


def ensure(downloader: Downloader = download) -> Path:
    """Find a usable Go or install one into the cache; raises SetupError if that is not possible."""
    for path in (shutil.which("go"), shutil.which("go", path=USUAL_FOLDER)):
        if path is not None and _is_usable(path):
            return Path(path)
    toolchain = versions.GO_TOOLCHAIN
    folder = cache.program_folder("go", toolchain.version)
    if not folder.exists():
        _install(folder, downloader)
    return folder / "bin/go"


def _is_usable(go: str) -> bool:
    text = processes.answer([go, "env", "GOVERSION"])[1]
    found = versions.parse(text.removeprefix("go").split(" ")[0])
    if found is not None and found[:2] >= OLDEST:
        return True
    say(f"Go: {go} is {text!r}, older than 1.21, and is left alone.")
    return False


def _install(target: Path, downloader: Downloader) -> None:
    toolchain = versions.GO_TOOLCHAIN
    if platform.machine() != "x86_64" or platform.system() != "Linux":
        raise SetupError("Go is not installed. Install Go 1.21 or newer (https://go.dev/dl/), or the program itself.")
    url = f"{_proxy()}/golang.org/toolchain/@v/{toolchain.module_version}.zip"

    def fill(folder: Path) -> None:
        archive = folder / "toolchain.zip"
        downloader(url, archive)
        downloads.verify(archive, toolchain.sha256)
        _unpack(archive, folder)
        archive.unlink()

    with step(f"Go {toolchain.version} from {url}"):
        cache.install(target, fill)


def _proxy() -> str:
    """Give the first proxy of GOPROXY; entries end in a comma or a bar (go help goproxy)."""
    first = os.environ.get("GOPROXY", "").replace("|", ",").split(",")[0]
    return first.rstrip("/") if first.startswith("https://") else "https://proxy.golang.org"


def _unpack(archive: Path, folder: Path) -> None:
    prefix = f"golang.org/toolchain@{versions.GO_TOOLCHAIN.module_version}/"
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            name = entry.filename.removeprefix(prefix)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(packed.read(entry))
            # Module archives carry no permissions.
            if name.startswith(("bin/", "pkg/tool/")):
                target.chmod(0o755)
