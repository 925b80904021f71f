"""How images are compiled."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from tfserving.settings.concern import Concern

# Below this Bazel finds no action that fits, and runs one at a time whatever its size.
LEAST_MEMORY_MIB: Final = 512
# No machine has more than 32 TiB; more is a number in another unit.
MOST_MEMORY_MIB: Final = 1 << 25


class BuildSettings(Concern):
    """Limits of a build from source, and the machine that CodeBuild takes for it."""

    memory_mib: int = Field(
        default=0,
        ge=0,
        le=MOST_MEMORY_MIB,
        alias="buildMemoryMib",
        description="Memory in MiB that Bazel lets its compilers take together, such as 2048 on a small builder; 0 is "
        "two thirds of the builder's.",
    )
    jobs: int = Field(
        default=0,
        ge=0,
        le=1024,
        alias="buildJobs",
        description="Compilers that run at a time; 0 is one per CPU of the builder.",
    )

    code_build: bool = Field(
        default=False,
        alias="codeBuild",
        description="Create a CodeBuild project for `tfs image build --on codebuild`; idle it is free.",
    )
    compute_type: Literal["MEDIUM", "LARGE", "XLARGE", "2XLARGE"] = Field(
        default="XLARGE",
        alias="codeBuildComputeType",
        description="CodeBuild's machine: MEDIUM is 4 vCPU and 8 GiB, LARGE 8 and 16, XLARGE 36 and 72, 2XLARGE 72 "
        "and 144.",
    )
    timeout_minutes: int = Field(
        default=480,
        ge=5,
        le=2160,
        alias="codeBuildTimeoutMinutes",
        description="Minutes after which CodeBuild gives a build up.",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse a cap nothing compiles under."""
        if 0 < self.memory_mib < LEAST_MEMORY_MIB:
            yield (
                "buildMemoryMib",
                f"{self.memory_mib} is less than one compiler takes. Set at least {LEAST_MEMORY_MIB}, or 0 for no cap.",
            )
