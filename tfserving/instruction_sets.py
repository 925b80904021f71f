"""Instruction sets by the names /proc/cpuinfo gives them, and the compiler's option for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class InstructionSet:
    """One instruction set."""

    name: str
    compiler_option: str


_ROWS: Final = (
    InstructionSet("sse4_1", "-msse4.1"),
    InstructionSet("sse4_2", "-msse4.2"),
    InstructionSet("avx", "-mavx"),
    InstructionSet("f16c", "-mf16c"),
    InstructionSet("avx2", "-mavx2"),
    InstructionSet("fma", "-mfma"),
    InstructionSet("avx512f", "-mavx512f"),
    InstructionSet("avx512cd", "-mavx512cd"),
    InstructionSet("avx512bw", "-mavx512bw"),
    InstructionSet("avx512dq", "-mavx512dq"),
    InstructionSet("avx512vl", "-mavx512vl"),
    InstructionSet("avx512_vnni", "-mavx512vnni"),
    InstructionSet("avx512_bf16", "-mavx512bf16"),
)

INSTRUCTION_SETS: Final[Mapping[str, InstructionSet]] = MappingProxyType({row.name: row for row in _ROWS})
# TensorFlow's official binaries and the `release` profile of its builds: every x86_64 server since 2011.
BASELINE: Final = frozenset({"sse4_1", "sse4_2", "avx"})
