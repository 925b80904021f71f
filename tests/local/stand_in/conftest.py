"""Real SavedModels, and real servers in processes of their own."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from local.stand_in import official
from tests.local.stand_in.line_model import save_line

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Versions 1 (`2x + 1`) and 2 (`3x`) of a model, with a second signature of strings."""
    return save_line(tmp_path_factory.mktemp("line"))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s."
        time.sleep(0.05)


@dataclass
class RunningServer:
    """A stand-in in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    rest_port: int
    log: Path

    def listening(self) -> bool:
        """Whether the gRPC port is open."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def wait(self) -> None:
        """Until the REST port is open too."""
        eventually(lambda: self.get("/v1/models")[0] == 400, "The server's start")

    def get(self, path: str, document: object = None) -> tuple[int, Any]:
        """GET, or POST if there is a document; status 0 if nobody listens."""
        body = None if document is None else json.dumps(document).encode()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.rest_port}{path}", body, timeout=10) as reply:
                text = reply.read().decode()
                return reply.status, json.loads(text) if text.startswith("{") else text
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except OSError:
            return 0, None

    def predict(self, *values: float, target: str = "line") -> tuple[int, Any]:
        """Ask over REST, in rows."""
        return self.get(f"/v1/models/{target}:predict", {"instances": list(values)})

    def states(self, name: str = "line") -> dict[str, str]:
        """The states of the model's versions."""
        code, body = self.get(f"/v1/models/{name}")
        return {entry["version"]: entry["state"] for entry in body["model_version_status"]} if code == 200 else {}

    def channel(self) -> grpc.Channel:
        """To its gRPC port."""
        return grpc.insecure_channel(f"127.0.0.1:{self.port}")

    def ask(self, request: Any) -> Any:
        """Predict over gRPC, with the official stub."""
        with self.channel() as channel:
            return official.prediction_service_grpc.PredictionServiceStub(channel).Predict(request, timeout=30)


Start = Callable[..., RunningServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers with flags; they are killed in the end."""
    started: list[RunningServer] = []

    def run(*flags: str) -> RunningServer:
        port, rest_port, log = free_port(), free_port(), tmp_path / f"server-{len(started)}.log"
        command = [sys.executable, "-m", "local.stand_in", f"--port={port}", f"--rest_api_port={rest_port}", *flags]
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        started.append(RunningServer(process, port, rest_port, log))
        return started[-1]

    yield run
    for server in started:
        server.process.kill()
        server.process.wait()
