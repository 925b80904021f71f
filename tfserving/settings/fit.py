"""Whether an image can run on a machine at all: rules that hold two concerns against each other."""

from collections.abc import Iterator
from typing import Final

from tfserving.instance_types import FAMILIES, Family, family_of
from tfserving.settings.images import ImageSettings
from tfserving.settings.machine import LEAST_GPU_DISK_GIB, MachineSettings
from tfserving.settings.server import ServerSettings

_GPU_FLAGS: Final = ("per_process_gpu_memory_fraction", "xla_gpu_compilation_enabled")
_OFF: Final = (False, "false", 0, "0")


def misfits(server: ServerSettings, images: ImageSettings, machine: MachineSettings) -> Iterator[tuple[str, str]]:
    """Yield (configuration key, message) for an image on a machine that lacks what it was built for."""
    family = FAMILIES[family_of(machine.instance_type) or ""]
    yield from _gpu(images, machine, family)
    yield from _instruction_sets(images, machine, family)
    yield from _gpu_memory(server, images)


def _gpu(images: ImageSettings, machine: MachineSettings, family: Family) -> Iterator[tuple[str, str]]:
    if images.kind == "gpu" and family.gpu is None:
        yield (
            "instanceType",
            f"{machine.instance_type!r} has no GPU, which serverImage 'gpu' is built for. "
            f"Families with one: {_names(other for other in FAMILIES.values() if other.gpu)}.",
        )
    elif images.kind != "gpu" and family.gpu:
        yield (
            "serverImage",
            f"{images.kind!r} would leave the {family.gpu} of {machine.instance_type!r} idle. "
            "Set serverImage to 'gpu', or choose a family without a GPU.",
        )
    if images.kind == "gpu" and machine.disk_size_gib and machine.disk_size_gib < LEAST_GPU_DISK_GIB:
        yield (
            "diskSizeGib",
            f"{machine.disk_size_gib} is less than the Deep Learning image and a GPU server image take. "
            f"Set at least {LEAST_GPU_DISK_GIB}, or leave it out.",
        )


def _instruction_sets(images: ImageSettings, machine: MachineSettings, family: Family) -> Iterator[tuple[str, str]]:
    missing = images.needs - family.instruction_sets
    if not missing:
        return
    able = (
        other
        for other in FAMILIES.values()
        if images.needs <= other.instruction_sets and bool(other.gpu) == (images.kind == "gpu")
    )
    yield (
        "instanceType",
        f"{machine.instance_type!r} lacks {', '.join(sorted(missing))}, which the server image is compiled for. "
        f"Families that have it: {_names(able)}. Or remove it from instructionSets.",
    )


def _gpu_memory(server: ServerSettings, images: ImageSettings) -> Iterator[tuple[str, str]]:
    if images.kind == "gpu":
        return
    for key, value in (
        ("gpuMemoryPercent", server.gpu_memory_percent),
        ("gpuMemoryGrowth", server.gpu_memory_growth),
        *((f"serverFlags.{name}", server.flags.get(name) not in (None, *_OFF)) for name in _GPU_FLAGS),
    ):
        if value:
            yield key, f"is set, but serverImage is {images.kind!r}, which uses no GPU. Remove it."


def _names(families: Iterator[Family]) -> str:
    return ", ".join(family.name for family in families) or "none"
