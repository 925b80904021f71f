"""The EC2 machine."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from tfserving.instance_types import FAMILIES, family_of, instance_type_mistake
from tfserving.settings.concern import Concern
from tfserving.settings.values import HEX_ID, matching

PINNED: Final = "pinned"
LATEST: Final = "latest"
DISK_GIB: Final = 40
LEAST_DISK_GIB: Final = 20
# What a gp3 volume can have.
MOST_DISK_GIB: Final = 16384
GPU_DISK_GIB: Final = 120
# The Deep Learning image's snapshot has about 75 GiB, a GPU server image about 10, unpacked beside its layers.
LEAST_GPU_DISK_GIB: Final = 100

AmiChoice = Annotated[
    str,
    AfterValidator(matching(rf"pinned|latest|ami-{HEX_ID}", "'pinned', 'latest' or an AMI id, such as 'ami-0abc...'")),
]


def _instance_type(value: str) -> str:
    if mistake := instance_type_mistake(value):
        raise ValueError(mistake)
    return value


InstanceType = Annotated[str, AfterValidator(_instance_type)]


def _disk_size(value: int) -> int:
    if value and not LEAST_DISK_GIB <= value <= MOST_DISK_GIB:
        raise ValueError(
            f"is not a size for images and models. Set {LEAST_DISK_GIB} to {MOST_DISK_GIB}, or leave it out"
        )
    return value


DiskSize = Annotated[int, AfterValidator(_disk_size)]


class MachineSettings(Concern):
    """Type, operating system and disk of the machine."""

    instance_type: InstanceType = Field(
        default="c7i.large",
        alias="instanceType",
        description="EC2 instance type; x86_64 only.",
    )
    ami: AmiChoice = Field(
        default=PINNED,
        alias="ami",
        description="'pinned' keeps the Ubuntu 24.04 image found when the machine was made, 'latest' follows new ones "
        "(each replaces the machine), or an AMI id.",
    )
    disk_size_gib: DiskSize = Field(
        default=0,
        alias="diskSizeGib",
        description="Root volume in GiB: images, plus twice the models that are served; 0 is 40, or 120 with a GPU.",
    )

    @property
    def has_gpu(self) -> bool:
        """Tell whether the instance type has a GPU."""
        return FAMILIES[family_of(self.instance_type) or ""].gpu is not None

    @property
    def disk_gib(self) -> int:
        """Give the root volume's size in GiB."""
        return self.disk_size_gib or (GPU_DISK_GIB if self.has_gpu else DISK_GIB)
