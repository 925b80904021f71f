"""How fast versions go up and come down, beside rclone, s5cmd and the AWS CLI: `python -m benchmarks.transfers`.

One S3 server (versitygw) on loopback, every tool in turn, run after run. Checksums are part of every figure: this
project's own make and check the manifest's sha256; for the others `sha256sum` of the same files is added, since none of
them holds a file against a sha256 that somebody else made. Downloads end with the files on the disk, for all (`sync`).
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3

from benchmarks.s3_peers import BUCKET, Peer, install, s3_server
from local.__main__ import told_plainly
from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

TOOLS: Final = Path.home() / ".cache/tfserving-aws/benchmarks"
# Files and bytes of each.
SHAPES: Final = {"one": (1, 2 << 30), "two hundred": (200, (2 << 30) // 200), "small": (20_000, 1024)}
OURS: Final = "this project"


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    peers = install(TOOLS)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        with s3_server(TOOLS, folder / "store") as environment:
            os.environ.update(environment)
            # Debian's rclone does not start with one, and there is no TLS on loopback.
            os.environ.pop("AWS_CA_BUNDLE", None)
            _client().create_bucket(Bucket=BUCKET)
            for shape in arguments.shapes:
                data = _written(folder / "data", *SHAPES[shape])
                _compare(shape, peers, folder, data, arguments.runs)
                shutil.rmtree(data)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare transfers with rclone, s5cmd and the AWS CLI.")
    parser.add_argument("--runs", type=int, default=3, help="how often each is run; the medians are printed")
    parser.add_argument("--folder", type=Path, default=None, help="where 8 GB are free; else the temporary folder")
    parser.add_argument("shapes", nargs="*", choices=[*SHAPES, []], default=list(SHAPES))
    return parser.parse_args()


def _compare(shape: str, peers: list[Peer], folder: Path, data: Path, runs: int) -> None:
    for way in ("up", "down"):
        seconds: dict[str, list[float]] = {name: [] for name in (OURS, *(peer.name for peer in peers))}
        memory: dict[str, int] = {}
        for _ in range(runs):
            for name, took in seconds.items():
                peer = next((peer for peer in peers if peer.name == name), None)
                time_taken, kib = _run(way, peer, folder, data)
                took.append(time_taken)
                memory[name] = max(memory.get(name, 0), kib)
        _print(shape, way, seconds, memory)


def _run(way: str, peer: Peer | None, folder: Path, data: Path) -> tuple[float, int]:
    """Copy once, with checksums; gives the seconds and the most memory that the tool had, in KiB."""
    target = folder / "target"
    place = data if way == "up" else target
    prefix = "models/benchmark/1"
    if way == "up":
        _empty(prefix)
    else:
        target.mkdir()
    began = time.monotonic()
    ours = [sys.executable, "-m", "benchmarks.transfer", way, str(place)]
    kib = _peak(ours if peer is None else peer.command(way, place, prefix))
    if peer is not None:
        _sha256sum(place)
    if way == "down":
        subprocess.run(["sync", "-f", target], check=True)
    took = time.monotonic() - began
    shutil.rmtree(target, ignore_errors=True)
    return took, kib


def _peak(command: list[str]) -> int:
    process = subprocess.Popen(command)
    # Linux counts what this process had when it made the other: the figure is never below that, so not too low.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise TfServingError(f"{command} ended with {process.returncode}.")
    return usage.ru_maxrss


def _sha256sum(folder: Path) -> None:
    command = ["find", str(folder), "-type", "f", "-exec", "sha256sum", "{}", "+"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _written(folder: Path, count: int, size: int) -> Path:
    folder.mkdir()
    block = 8 << 20
    for number in range(count):
        with (folder / f"{number:05}").open("wb") as file:
            for offset in range(0, size, block):
                file.write(os.urandom(min(block, size - offset)))
    return folder


def _empty(prefix: str) -> None:
    client = _client()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        keys: list[ObjectIdentifierTypeDef] = [{"Key": found["Key"]} for found in page.get("Contents", ())]
        if keys:
            client.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})


def _print(shape: str, way: str, seconds: dict[str, list[float]], memory: dict[str, int]) -> None:
    medians = {name: statistics.median(took) for name, took in seconds.items()}
    best = min(medians[name] for name in medians if name != OURS)
    for name, median in medians.items():
        print(f"{shape:12} {way:5} {name:13} {median:7.2f} s {memory[name] >> 10:5} MiB")
    print(f"{shape:12} {way:5} ratio to the best of the others: {medians[OURS] / best:.2f}", flush=True)


def _client() -> "S3Client":
    client: S3Client = boto3.client("s3")
    return client


if __name__ == "__main__":
    sys.exit(told_plainly(main))
