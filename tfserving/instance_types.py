"""EC2 instance families a model server may run on: architecture, instruction sets, GPU.

The EC2 API knows architecture and GPU but not the instruction sets, and a preview must not need the API to refuse
an arm64 machine, so the facts stand here. Adding a family is one row.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from tfserving.instruction_sets import BASELINE

AVX2: Final = BASELINE | {"avx2", "fma", "f16c"}
AVX512: Final = AVX2 | {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
VNNI: Final = AVX512 | {"avx512_vnni"}
BF16: Final = VNNI | {"avx512_bf16"}


@dataclass(frozen=True)
class Family:
    """What every size of one x86_64 instance family has."""

    name: str
    instruction_sets: frozenset[str]
    gpu: str | None = None


# A family whose sizes run on more than one generation of CPUs counts as the oldest of them.
_CPU_FAMILIES: Final[Mapping[frozenset[str], str]] = {
    # Intel before Skylake and AMD before Zen 4.
    AVX2: "c4 m4 r4 t2 i3 c5a c5ad m5a m5ad r5a r5ad t3a c6a m6a r6a",
    # Intel Skylake, and families that mix it with Cascade Lake.
    AVX512: "c5 c5d c5n m5 m5d r5 r5d t3 z1d i3en",
    # Intel Cascade Lake and Ice Lake.
    VNNI: """
        m5n m5dn m5zn r5b r5n r5dn x2iezn
        c6i c6id c6in m6i m6id m6idn m6in r6i r6id r6idn r6in x2idn x2iedn i4i
    """,
    # Intel from Sapphire Rapids on, AMD from Zen 4 on.
    BF16: """
        c7i c7i-flex m7i m7i-flex r7i r7iz i7i i7ie c8i c8i-flex m8i m8i-flex r8i r8i-flex
        c7a m7a r7a c8a m8a r8a
    """,
}

_GPU_FAMILIES: Final = (
    Family("g4dn", VNNI, "NVIDIA T4"),
    Family("g5", AVX2, "NVIDIA A10G"),
    Family("g6", AVX2, "NVIDIA L4"),
    Family("g6f", AVX2, "NVIDIA L4"),
    Family("gr6", AVX2, "NVIDIA L4"),
    Family("g6e", AVX2, "NVIDIA L40S"),
    Family("p3", AVX2, "NVIDIA V100"),
    Family("p4d", VNNI, "NVIDIA A100"),
    Family("p4de", VNNI, "NVIDIA A100"),
    Family("p5", AVX2, "NVIDIA H100"),
    Family("p5e", BF16, "NVIDIA H200"),
    Family("p5en", BF16, "NVIDIA H200"),
)


def _all_families() -> Iterator[Family]:
    for instruction_sets, names in _CPU_FAMILIES.items():
        yield from (Family(name, instruction_sets) for name in names.split())
    yield from _GPU_FAMILIES


FAMILIES: Final[Mapping[str, Family]] = MappingProxyType({family.name: family for family in _all_families()})

_INSTANCE_TYPE: Final = re.compile(r"(?P<family>[a-z0-9]+(?:-[a-z0-9]+)?)\.(?P<size>[a-z0-9-]+)")
# AWS puts a "g" among the letters after the generation number when the CPU is Graviton: c7g, m6gd, im4gn, x2gd, g5g.
_GRAVITON: Final = re.compile(r"a1|[a-z]+\d+[a-z]*g[a-z]*")

_LARGER: Final = re.compile(r"(?:metal-)?(?P<times>\d*)xl(?:arge)?")
_UP_TO_LARGE: Final = frozenset({"nano", "micro", "small", "medium", "large"})
# Every size that some family here has; which family has which is for EC2 to say.
_SIZES: Final = (
    _UP_TO_LARGE
    | {"xlarge", "metal"}
    | {f"{times}xlarge" for times in (2, 3, 4, 6, 8, 9, 10, 12, 16, 18, 24, 32, 48, 96)}
    | {f"metal-{times}xl" for times in (16, 24, 32, 48, 96)}
)
# The first burstable family is the only one whose small sizes have a single vCPU.
_SINGLE: Final = frozenset({"t2.nano", "t2.micro", "t2.small"})


def family_of(instance_type: str) -> str | None:
    """Give the family part of an instance type (`c7i` of `c7i.xlarge`), or None if it is not one at all."""
    match = _INSTANCE_TYPE.fullmatch(instance_type)
    return match["family"] if match else None


def is_arm64(family: str) -> bool:
    """Tell whether a family has Graviton CPUs, by AWS's naming rule."""
    return _GRAVITON.fullmatch(family) is not None


def vcpus_of(instance_type: str) -> int | None:
    """Give the vCPUs by AWS's naming rule, or None for a whole machine (`m5.metal`), whose name does not tell."""
    match = _INSTANCE_TYPE.fullmatch(instance_type)
    if match is None:
        return None
    if larger := _LARGER.fullmatch(match["size"]):
        return 4 * int(larger["times"] or 1)
    if match["size"] in _UP_TO_LARGE:
        return 1 if instance_type in _SINGLE else 2
    return None


def instance_type_mistake(instance_type: str) -> str | None:
    """Say why a server cannot run on an instance type, or None if it can."""
    family = family_of(instance_type)
    if family is None:
        return f"{instance_type!r} is not an EC2 instance type. Write family and size, such as 'c7i.large'."
    if is_arm64(family):
        return (
            f"{instance_type!r} is arm64, but TensorFlow Serving's images exist only for x86_64 "
            "(tensorflow/serving#1948). Choose an x86_64 type, such as 'c7i.large'."
        )
    if family not in FAMILIES:
        return (
            f"{instance_type!r} is of a family that tfserving/instance_types.py does not list. "
            "Choose a listed family, or add a row with its instruction sets."
        )
    if (size := instance_type.partition(".")[2]) not in _SIZES:
        close = get_close_matches(size, sorted(_SIZES), n=1)
        remedy = f"Perhaps '{family}.{close[0]}' was meant." if close else f"Write one such as '{family}.xlarge'."
        return f"{instance_type!r} is of no size that EC2 has. {remedy}"
    return None
