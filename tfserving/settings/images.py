"""Which container images the machines run, and what they are built from."""

import re
import urllib.parse
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from tfserving.instruction_sets import BASELINE, INSTRUCTION_SETS
from tfserving.settings.concern import Concern
from tfserving.settings.values import matching

# What the tutorial's build adds to the official one: every x86_64 instance AWS offers today has these.
DEFAULT_INSTRUCTION_SETS: Final = ("avx2", "fma")

ImageByDigest = Annotated[
    str,
    AfterValidator(
        matching(
            r"|[a-z0-9.:-]+(?:/[a-z0-9._-]+)+(?::[\w.-]+)?@sha256:[0-9a-f]{64}",
            "an image named by digest, such as '123456789012.dkr.ecr.eu-central-1.amazonaws.com/server@sha256:...'",
        )
    ),
]
_PATH_PART: Final = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
ImageName = Annotated[
    str,
    AfterValidator(
        matching(
            rf"|(?:[a-zA-Z0-9.-]+(?::\d+)?/)?{_PATH_PART}(?:/{_PATH_PART})*(?::\w[\w.-]*)?(?:@sha256:[0-9a-f]{{64}})?",
            "an image name, such as 'mirror.example/tensorflow/serving:2.20.0'",
        )
    ),
]


def _source_url(value: str) -> str:
    if not re.fullmatch(r"|(?:https?://[A-Za-z0-9[]|file:///)[!-~]+", value):
        raise ValueError("is not a URL in ASCII, such as 'https://mirror/2.20.0.tar.gz'")
    try:
        split = urllib.parse.urlsplit(value)
        named = (split.username, split.password, split.port)
    except ValueError as error:
        raise ValueError(f"is not a URL: {error}. Write one such as 'https://mirror/2.20.0.tar.gz'") from error
    if named[:2] != (None, None):
        raise ValueError("carries a user or password, which would stand in the image's history. Use a mirror without")
    return value


Url = Annotated[str, AfterValidator(_source_url)]
Sha256 = Annotated[str, AfterValidator(matching(r"|[0-9a-f]{64}", "a SHA-256 in 64 lower case hexadecimal digits"))]


def _instruction_set(value: str) -> str:
    if value not in INSTRUCTION_SETS:
        raise ValueError(f"is no instruction set known here. Write one of {', '.join(INSTRUCTION_SETS)}")
    return value


InstructionSetName = Annotated[str, AfterValidator(_instruction_set)]


class ImageSettings(Concern):
    """The server's and the agent's image: built into the stack's ECR repositories, or ready ones named by digest."""

    kind: Literal["stock", "optimized", "gpu"] = Field(
        default="stock",
        alias="serverImage",
        description="Kind of server image: 'stock' is the official release with an allocator and a health check, "
        "'optimized' is compiled for instructionSets, 'gpu' is compiled with CUDA.",
    )
    instruction_sets: tuple[InstructionSetName, ...] = Field(
        default=(),
        alias="instructionSets",
        description="What 'optimized' and 'gpu' images are compiled for, by the names in /proc/cpuinfo; empty is "
        "avx2 and fma.",
    )
    server_digest: ImageByDigest = Field(
        default="",
        alias="serverImageDigest",
        description="A ready server image of that kind, repository@sha256:..., as `tfs image build` prints it; empty "
        "builds one. Both digests: no Docker needed.",
    )
    agent_digest: ImageByDigest = Field(
        default="",
        alias="agentImageDigest",
        description="A ready agent image, repository@sha256:...; empty builds one.",
    )
    server_base: ImageName = Field(
        default="",
        alias="serverBaseImage",
        description="What the server runs on, for mirrors of Docker Hub; empty is tensorflow/serving for 'stock' and "
        "'gpu', the release's Ubuntu for 'optimized'.",
    )
    server_build: ImageName = Field(
        default="",
        alias="serverBuildImage",
        description="What compiles 'optimized' and 'gpu' images, for mirrors; empty is "
        "tensorflow/serving:<version>-devel or -devel-gpu.",
    )
    server_source_url: Url = Field(
        default="",
        alias="serverSourceUrl",
        description="Where the release's source archive (.tar.gz) is fetched; empty is its tag on GitHub. What comes "
        "over http:// needs serverSourceSha256.",
    )
    server_source_sha256: Sha256 = Field(
        default="",
        alias="serverSourceSha256",
        description="SHA-256 that the source archive must have, in hexadecimal; empty takes what comes.",
    )
    agent_base: ImageName = Field(
        default="",
        alias="agentBaseImage",
        description="What the agent image is built on; empty is python:3.12-slim-bookworm.",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse settings of a compilation for an image that is not compiled, and a source anybody could change.

        What an image is built from may stand beside a ready one: it is for the next `tfs image build`.
        """
        if self.server_source_url.startswith("http:") and not self.server_source_sha256:
            yield (
                "serverSourceUrl",
                f"{self.server_source_url!r} is fetched without TLS, so anybody on the way could change what is "
                "compiled. Use https://, or set serverSourceSha256 to the archive's SHA-256.",
            )
        if self.kind != "stock":
            return
        for name in ("instruction_sets", "server_build", "server_source_url", "server_source_sha256"):
            if getattr(self, name):
                yield (
                    type(self).model_fields[name].alias or name,
                    "is set, but serverImage is 'stock', which is not compiled. Remove it, or set serverImage to "
                    "'optimized'.",
                )

    @property
    def compiled_for(self) -> tuple[str, ...]:
        """Name the instruction sets the image is compiled for beyond the baseline, as asked for."""
        return () if self.kind == "stock" else self.instruction_sets or DEFAULT_INSTRUCTION_SETS

    @property
    def needs(self) -> frozenset[str]:
        """Name all instruction sets a machine must have to run the image."""
        return BASELINE | set(self.compiled_for)

    @property
    def needs_in_order(self) -> tuple[str, ...]:
        """Name what a machine is looked over for at boot: instruction sets in the table's order, then the GPU."""
        gpu = ("nvidia",) if self.kind == "gpu" else ()
        return (*(name for name in INSTRUCTION_SETS if name in self.needs), *gpu)
