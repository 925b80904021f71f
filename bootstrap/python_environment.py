"""The virtual environment of a checkout, as requirements-dev.txt locks it."""

import hashlib
import json
import os
import shutil
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bootstrap import cache, debian_packages, processes
from bootstrap.reporting import say, step

PROJECT: Final = Path(__file__).parents[1]
LOCKS: Final = ("requirements-dev.txt", "requirements-dev-no-deps.txt")
STAMP: Final = "set-up-complete"


class PythonEnvironment:
    """The folder .venv of one checkout."""

    def __init__(self, project: Path = PROJECT) -> None:
        self._project = project
        self.folder = project / ".venv"
        self._stamp = self.folder / STAMP

    @property
    def bin(self) -> Path:
        """Name the folder with its commands."""
        return self.folder / "bin"

    def problem(self) -> str:
        """Say what is wrong with the environment; empty if it is as locked."""
        if not self._stamp.exists():
            return "is incomplete" if self.folder.exists() else "does not exist"
        if not (self.bin / "python").exists():
            return "has lost its Python interpreter"
        return "" if self._stamp.read_text() == self._wanted() else "is older than the lock files"

    def ensure(self) -> None:
        """Bring the environment to what the lock files say; raises SetupError if that fails."""
        if not (problem := self.problem()):
            return
        say(f"Python environment: {self.folder} {problem}.")
        log = cache.log_file("pip")
        log.unlink(missing_ok=True)
        with step(f"Installing what {LOCKS[0]} locks, with {_version()} (about a minute; log: {log})"):
            self._prepare()
            self._install(log)
        _write_whole(self._stamp, self._wanted())

    def _prepare(self) -> None:
        """Make a fresh folder unless the last installation into it was complete; from here on it is not."""
        usable = self._stamp.exists() and (self.bin / "python").exists() and self._stamped_python() == _version()
        self._stamp.unlink(missing_ok=True)
        if usable:
            return
        _ensure_venv_module()
        shutil.rmtree(self.folder, ignore_errors=True)
        processes.run(
            "making the virtual environment",
            # The interpreter behind the environment, should the set-up itself run in the one that was just removed.
            [getattr(sys, "_base_executable", sys.executable), "-m", "venv", self.folder],
            cache.log_file("venv"),
        )

    def _install(self, log: Path) -> None:
        # Python compiles what is imported; compiling all of TensorFlow here would take longer than the rest.
        environment = _pip_environment()
        for options in (
            ["--require-hashes", "--requirement", LOCKS[0]],
            ["--require-hashes", "--no-deps", "--requirement", LOCKS[1]],
            ["--no-deps", "--no-build-isolation", "--editable", "."],
        ):
            command = [str(self.bin / "python"), "-m", "pip", "install", "--quiet", "--no-compile", *options]
            processes.run("installing", command, log, cwd=self._project, environment=environment)

    def _stamped_python(self) -> object:
        try:
            return json.loads(self._stamp.read_text()).get("python")
        except ValueError:
            return None

    def _wanted(self) -> str:
        digest = hashlib.sha256()
        for name in LOCKS:
            digest.update((self._project / name).read_bytes())
        # The commands are written by the installation of the project itself; the rest of its metadata is not used.
        with (self._project / "pyproject.toml").open("rb") as file:
            scripts = tomllib.load(file)["project"].get("scripts", {})
        return json.dumps({"python": _version(), "locks": digest.hexdigest(), "scripts": scripts})


def _version() -> str:
    return f"Python {sys.version_info.major}.{sys.version_info.minor}"


def _pip_environment() -> Mapping[str, str]:
    # pip brings its own certificates and does not look at SSL_CERT_FILE, where a TLS-inspecting proxy's CA is.
    bundle = os.environ.get("SSL_CERT_FILE")
    certificates = {"PIP_CERT": bundle} if bundle and "PIP_CERT" not in os.environ else {}
    return {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", **certificates}


def _ensure_venv_module() -> None:
    """Debian's Python comes without the module that puts pip into a new environment."""
    try:
        import ensurepip  # noqa: F401 - only whether it is there
    except ImportError:
        debian_packages.ensure(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text)
    part.replace(path)
