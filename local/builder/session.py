"""The shell of a build: what a command leaves in the environment, and where it leaves the shell, the next one finds.

A command is a process of its own, as in CodeBuild: one that says `exit` ends itself and not the build.
"""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_RUN: Final = """\
. {carried}/environment
cd "$(cat {carried}/folder)" || exit
export CODEBUILD_BUILD_SUCCEEDING={succeeding}
set -a
. {carried}/command
set -- "$?"
set +a
export -p >{carried}/environment
pwd >{carried}/folder
exit "$1"
"""


class Session:
    """Runs commands one after the other."""

    def __init__(self, shell: str, carried: Path, folder: Path, environment: Mapping[str, str], output: int) -> None:
        self._shell = shell
        self._carried = carried
        self._environment = dict(environment)
        self._output = output
        carried.mkdir(parents=True, exist_ok=True)
        (carried / "environment").write_text("")
        (carried / "folder").write_text(f"{folder}\n")

    def run(self, command: str, *, succeeding: bool) -> int:
        """Run a command and give its exit code."""
        (self._carried / "command").write_text(f"{command}\n")
        script = _RUN.format(carried=shlex.quote(str(self._carried)), succeeding=int(succeeding))
        done = subprocess.run(
            [self._shell, "-c", script],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            check=False,
        )
        return done.returncode
