"""What TensorFlow Serving's releases are compiled with, and what their binaries run on.

From the Dockerfiles of each release in tensorflow/serving (tensorflow_serving/tools/docker). A row holds from its
release on until the next row.
"""

from dataclasses import dataclass
from typing import Final

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Release:
    """One range of releases: where its binaries run, and how its Bazel is told limits and CUDA."""

    since: Version
    runtime_image: str
    memory_option: str
    cuda_options: tuple[str, ...]


# Bazel 7.1 put --local_resources=memory= in the place of --local_ram_resources (bazelbuild/bazel#20398).
_OLD_MEMORY: Final = "--local_ram_resources="
_NEW_MEMORY: Final = "--local_resources=memory="

_RELEASES: Final = (
    Release((2, 20, 0), "ubuntu:22.04", _NEW_MEMORY, ("--config=cuda_clang", "--copt=-fPIC")),
    Release((2, 12, 0), "ubuntu:20.04", _OLD_MEMORY, ("--config=cuda", "--copt=-fPIC")),
    Release((0, 0, 0), "ubuntu:18.04", _OLD_MEMORY, ("--config=cuda", "--copt=-fPIC")),
)


def release_of(version: str) -> Release:
    """Give the row of a release 'X.Y.Z'; raises ValueError for other text."""
    major, minor, patch = (int(part) for part in version.split("."))
    return next(release for release in _RELEASES if release.since <= (major, minor, patch))
