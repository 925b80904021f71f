"""Programs built from Go modules, for where the releases cannot be reached but the module proxy can."""

import shutil
from pathlib import Path
from typing import Final

from bootstrap import cache, processes, versions
from bootstrap.errors import SetupError
from bootstrap.reporting import step
from bootstrap.versions import GoModule

MODULES: Final = Path(__file__).parent / "go"
# From here on Go fetches, through the module proxy, the newer toolchain that a module asks for.
OLDEST: Final = (1, 21)


def build(module: GoModule, program: Path) -> None:
    """Build a module's program into a file; go.sum verifies every module that goes into it.

    Raises SetupError if there is no Go or the build fails.
    """
    go = _find_go()
    log = cache.log_file(f"go-build-{module.folder}")
    log.unlink(missing_ok=True)
    flags = f"-s -w -X {module.version_variable}=v{module.version}"
    options: list[str | Path] = ["-mod=readonly", "-ldflags", flags, "-o", program]
    # Without cgo the program is static, so that it also runs in an image with another C library.
    with step(f"Building {module.package} {module.version} from its Go module (minutes; log: {log})"):
        processes.run(
            "building",
            [go, "build", *options, module.package],
            log,
            cwd=MODULES / module.folder,
            environment={"CGO_ENABLED": "0"},
        )


def _find_go() -> str:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise SetupError("Go is not installed. Install Go 1.21 or newer (https://go.dev/dl/), or the program itself.")
    text = processes.answer([go, "env", "GOVERSION"])[1]
    found = versions.parse(text.removeprefix("go").split(" ")[0])
    if found is None or found[:2] < OLDEST:
        raise SetupError(f"{go} is {text!r}, but Go 1.21 or newer is needed. Install one from https://go.dev/dl/.")
    return go
