"""What the transfers are held against: an S3 server on loopback, and the tools that others move files with."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Final

from bootstrap import go_toolchain
from tfserving.errors import TfServingError

BUCKET: Final = "benchmark"
MODULES: Final = Path(__file__).parent / "go"
PACKAGES: Final = {"s5cmd": "github.com/peak/s5cmd/v2", "versitygw": "github.com/versity/versitygw/cmd/versitygw"}
AWSCLI: Final = "awscli==1.46.3"


@dataclass(frozen=True)
class Peer:
    """A tool and its command for copying between a folder and a prefix, with many requests at a time."""

    name: str
    up: tuple[str, ...]
    down: tuple[str, ...]

    def command(self, way: str, folder: Path, prefix: str) -> list[str]:
        """Fill in what is copied."""
        words = self.up if way == "up" else self.down
        return [word.format(folder=folder, prefix=prefix, bucket=BUCKET) for word in words]


def install(tools: Path) -> list[Peer]:
    """Build and install what is not there yet; raises TfServingError without rclone (apt-get install rclone)."""
    tools.mkdir(parents=True, exist_ok=True)
    for name, package in PACKAGES.items():
        if not (tools / name).exists():
            options = ["-mod=readonly", "-ldflags", "-s -w", "-o", str(tools / name)]
            command = [str(go_toolchain.ensure()), "build", *options, package]
            subprocess.run(command, cwd=MODULES, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
    aws = tools / "venv/bin/aws"
    if not aws.exists():
        subprocess.run([sys.executable, "-m", "venv", tools / "venv"], check=True)
        subprocess.run([tools / "venv/bin/pip", "install", "--quiet", AWSCLI], check=True)
    rclone = which("rclone")
    if rclone is None:
        raise TfServingError("rclone is not on PATH. Install it: apt-get install rclone")
    return _peers(str(tools / "s5cmd"), str(aws), rclone)


def _peers(s5cmd: str, aws: str, rclone: str) -> list[Peer]:
    remote = ":s3,provider=Other,env_auth=true,chunk_size=8Mi,upload_concurrency=8:{bucket}/{prefix}"
    cp = (s5cmd, "--log=error", "--numworkers=32", "cp", "--concurrency=8", "--part-size=8")
    clone = (rclone, "copy", "--transfers=16", "--multi-thread-streams=8", "--ignore-times")
    return [
        Peer(
            "s5cmd",
            (*cp, "{folder}/*", "s3://{bucket}/{prefix}/"),
            (*cp, "s3://{bucket}/{prefix}/*", "{folder}/"),
        ),
        Peer("rclone", (*clone, "{folder}", remote), (*clone, remote, "{folder}")),
        Peer(
            "aws",
            (aws, "s3", "cp", "--recursive", "--only-show-errors", "{folder}", "s3://{bucket}/{prefix}/"),
            (aws, "s3", "cp", "--recursive", "--only-show-errors", "s3://{bucket}/{prefix}/", "{folder}"),
        ),
    ]


@contextlib.contextmanager
def s3_server(tools: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Run versitygw on a folder and a free port of loopback; gives the environment in which clients find it."""
    folder.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, secret = f"http://127.0.0.1:{port}", secrets.token_hex(16)
    # S3 keeps connections; this server does so only when asked.
    options = ["--port", f"127.0.0.1:{port}", "--quiet", "--keep-alive", "posix", str(folder)]
    keys = {"ROOT_ACCESS_KEY": "benchmark", "ROOT_SECRET_KEY": secret}
    server = subprocess.Popen([tools / "versitygw", *options], env={**os.environ, **keys}, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield {
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url,
            "S3_ENDPOINT_URL": url,
            "RCLONE_S3_ENDPOINT": url,
        }
    finally:
        server.terminate()
        server.wait(10)


def _wait(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TfServingError("versitygw does not answer.")
