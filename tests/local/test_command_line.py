"""`python -m local`, as `make local` calls it, where something is missing."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.cloud import Ports
from local.cloud.loopback import VARIABLES, PortsInUseError, demand_free
from local.folders import PROJECT

pytestmark = pytest.mark.slow


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=PROJECT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_without_a_docker_engine_up_says_what_to_do(tmp_path: Path) -> None:
    ran = run("up", DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert ran.returncode == 1
    assert "No Docker engine answers" in ran.stderr
    assert "make setup" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("port", ["http", "0", "65536"])
def test_a_port_that_is_none_is_refused_with_its_variable(port: str) -> None:
    ran = run("up", LOCAL_REST_PORT=port)
    assert ran.returncode == 1
    assert ran.stderr == f"error: LOCAL_REST_PORT is {port!r}, but a port is a number from 1 to 65535.\n"


def test_an_unknown_command_is_a_mistake_of_use() -> None:
    ran = run("sideways")
    assert ran.returncode == 2
    assert "No such command 'sideways'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_help_teaches() -> None:
    ran = run("up", "--help")
    assert ran.returncode == 0
    assert "LOCAL_SERVER_IMAGE" in ran.stdout


def test_a_port_in_use_is_named_with_the_variable_that_moves_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortsInUseError, match=rf"port {port}: .*{VARIABLES['grpc']}=\d+"):
            demand_free(Ports(grpc=port, rest=1, agent=2))
