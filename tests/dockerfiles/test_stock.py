import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "dockerfiles" / "stock.Dockerfile"
SCRIPTS = sorted((ROOT / "dockerfiles" / "server").glob("*.sh"))


def check(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scripts_are_there_and_executable() -> None:
    assert [script.name for script in SCRIPTS] == ["entrypoint.sh", "healthcheck.sh", "install.sh"]
    assert all(script.stat().st_mode & 0o111 for script in SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_the_scripts_pass_shellcheck(script: Path) -> None:
    assert shutil.which("shellcheck"), "shellcheck is not installed; apt-get install shellcheck."
    check("shellcheck", str(script))


def test_the_dockerfile_passes_hadolint() -> None:
    check(str(Path(sys.executable).with_name("hadolint")), str(DOCKERFILE))


def test_the_default_base_is_the_official_image_by_version() -> None:
    assert "ARG BASE_IMAGE=tensorflow/serving:2.20.0\n" in DOCKERFILE.read_text()
