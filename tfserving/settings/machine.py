"""The EC2 machine."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from tfserving.instance_types import instance_type_mistake
from tfserving.settings.concern import Concern
from tfserving.settings.values import matching

PINNED: Final = "pinned"
LATEST: Final = "latest"

AmiChoice = Annotated[
    str,
    AfterValidator(
        matching(r"pinned|latest|ami-[0-9a-f]{8,17}", "'pinned', 'latest' or an AMI id, such as 'ami-0abc...'")
    ),
]


def _instance_type(value: str) -> str:
    if mistake := instance_type_mistake(value):
        raise ValueError(mistake)
    return value


InstanceType = Annotated[str, AfterValidator(_instance_type)]


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
    disk_size_gib: int = Field(
        default=40,
        ge=20,
        le=16384,
        alias="diskSizeGib",
        description="Root volume in GiB: images, plus twice the models that are served.",
    )
