"""The agent's image, as far as it can be seen without building it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from docker.utils import exclude_paths

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "dockerfiles/agent.Dockerfile").read_text()
CONTEXT = ROOT / "tfserving"
LOCK = (CONTEXT / "agent/requirements.txt").read_text()
# Installed distributions by the names they are imported under.
DISTRIBUTIONS = {
    "boto3": "boto3",
    "google": "protobuf",
    "grpc": "grpcio",
    "prometheus_client": "prometheus-client",
    "waitress": "waitress",
}
MODULES = "tfserving.agent.agent, tfserving.agent.endpoints, tfserving.agent.identity, tfserving.agent.__main__"


def patterns() -> list[str]:
    """Read .dockerignore."""
    lines = (CONTEXT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def python(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder, with nothing of the project but what lies there."""
    return subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {script}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the build copies."""
    folder = tmp_path_factory.mktemp("image")
    for name in exclude_paths(str(CONTEXT), patterns()):
        if (CONTEXT / name).is_file():
            target = folder / "tfserving" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((CONTEXT / name).read_bytes())
    return folder


def test_the_agent_is_not_root_and_gets_signals_itself() -> None:
    assert re.search(r"^USER 10500:10500$", DOCKERFILE, re.MULTILINE)
    assert 'ENTRYPOINT ["python", "-m", "tfserving.agent"]' in DOCKERFILE


def test_every_package_is_locked_by_version_and_hash() -> None:
    assert "--require-hashes" in DOCKERFILE
    packages = re.findall(r"^([a-z0-9-]+)==\S+", LOCK, re.MULTILINE)
    assert set(DISTRIBUTIONS.values()) <= set(packages)
    assert LOCK.count("--hash=sha256:") >= len(packages)


def test_what_the_build_copies_is_all_the_agent_imports(image_folder: Path) -> None:
    ran = python(f"import {MODULES}; print(sys.modules['tfserving'].__file__)", image_folder)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == str(image_folder / "tfserving/__init__.py")


def test_the_agent_imports_only_what_its_lock_names(image_folder: Path) -> None:
    ran = python(
        f"import {MODULES}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}"
        " - set(sys.stdlib_module_names)))",
        image_folder,
    )
    imported = {name for name in ran.stdout.split() if not name.startswith(("_", "sitecustomize"))} - {"tfserving"}
    assert imported - set(DISTRIBUTIONS) <= {"cython_runtime", "typing_extensions", "grpc_tools"}


def test_nothing_but_the_agent_is_copied() -> None:
    folders = {name.partition("/")[0] for name in exclude_paths(str(CONTEXT), patterns())}
    assert not folders & {"cli", "client", "settings", "machine", "server_flags", "instance_types.py"}
