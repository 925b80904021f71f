"""How images are compiled, and where."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from tfserving.settings.concern import Concern

# A build of TensorFlow Serving takes some 25 GiB; these are CodeBuild's sizes with the disk for it.
ComputeType = Literal[
    "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_XLARGE", "BUILD_GENERAL1_2XLARGE"
]
# Below this Bazel finds no action that fits, and runs one at a time whatever its size.
LEAST_MEMORY_MIB: Final = 512


class BuildSettings(Concern):
    """Limits of a build from source, and the builder on AWS."""

    memory_mib: int = Field(
        default=0,
        ge=0,
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
        description="Provisions an AWS CodeBuild project, in which `tfs image build --on codebuild` builds images.",
    )
    compute_type: ComputeType = Field(
        default="BUILD_GENERAL1_XLARGE",
        alias="codeBuildComputeType",
        description="Size of CodeBuild's machine: BUILD_GENERAL1_MEDIUM does for stock and agent images, a build from "
        "source wants 36 vCPUs and 73 GB (XLARGE).",
    )
    timeout_minutes: int = Field(
        default=480,
        ge=5,
        le=2160,
        alias="codeBuildTimeoutMinutes",
        description="Minutes after which CodeBuild ends a build.",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse a cap nothing compiles under."""
        if 0 < self.memory_mib < LEAST_MEMORY_MIB:
            yield (
                "buildMemoryMib",
                f"{self.memory_mib} is less than one compiler takes. Set at least {LEAST_MEMORY_MIB}, or 0 for no cap.",
            )
