"""Programs built from Go modules, for where the releases cannot be reached but the module proxy can."""

from pathlib import Path
from typing import Final

from bootstrap import cache, go_toolchain, processes
from bootstrap.reporting import step
from bootstrap.versions import GoModule

MODULES: Final = Path(__file__).parent / "go"


def build(module: GoModule, program: Path) -> None:
    """Build a module's program into a file; go.sum verifies every module that goes into it.

    Raises SetupError if there is no Go or the build fails.
    """
    go = go_toolchain.ensure()
    log = cache.log_file(f"go-build-{module.folder}")
    log.unlink(missing_ok=True)
    flags = f"-s -w -X {module.version_variable}=v{module.version}"
    options: list[str | Path] = ["-mod=readonly", "-ldflags", flags, "-o", program]
    # Without cgo the program is static, so that it also runs in an image with another C library.
    with step(f"Building {module.package} {module.version} from its Go module (up to minutes; log: {log})"):
        processes.run(
            "building",
            [go, "build", *options, module.package],
            log,
            cwd=MODULES / module.folder,
            environment={"CGO_ENABLED": "0"},
        )
