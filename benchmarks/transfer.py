"""One transfer of this project's in a process of its own, so that its memory can be read: see benchmarks.transfers."""

import sys
from pathlib import Path
from typing import Final

import boto3
from botocore.config import Config

from benchmarks.s3_peers import BUCKET
from tfserving.agent.arriving import Arrivals
from tfserving.model_store.manifest import FileEntry, Manifest
from tfserving.model_store.sources import read_sources
from tfserving.model_store.uploading import upload

PREFIX: Final = "models/benchmark/1/"


def main(way: str, folder: Path) -> None:
    """Send a folder as `tfs publish` does, or bring it as the agent does."""
    config = Config(max_pool_connections=32, response_checksum_validation="when_required")
    client = boto3.client("s3", config=config)
    listed = folder.parent / "listed"
    if way == "up":
        sources = read_sources(folder)
        upload(client, BUCKET, PREFIX, sources, lambda count: None)
        lines = (f"{source.entry.sha256} {source.entry.size} {source.entry.path}\n" for source in sources)
        listed.write_text("".join(lines))
        return
    entries = (line.split(" ", 2) for line in listed.read_text().splitlines())
    manifest = Manifest(tuple(FileEntry(path, int(size), sha256) for sha256, size, path in entries))
    Arrivals(client, BUCKET, lambda count: None).bring(PREFIX, manifest, folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
