"""What a machine lacks, found before its server would die of it."""

import os
import subprocess
from pathlib import Path

import tfserving.machine

SCRIPT = Path(tfserving.machine.__file__).with_name("missing.sh")
CPUINFO = """\
processor\t: 0
flags\t\t: fpu sse4_1 sse4_2 avx avx2 fma avx512f avx512_vnni
processor\t: 1
flags\t\t: fpu
"""


def missing(tmp_path: Path, *needs: str, driver: str = "") -> list[str]:
    """Run the script on a machine with these CPUs; gives what it says is lacking."""
    (tmp_path / "cpuinfo").write_text(CPUINFO)
    if driver:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{driver}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
    environment = {"CPUINFO": str(tmp_path / "cpuinfo"), "PATH": f"{tmp_path}{os.pathsep}{os.defpath}"}
    done = subprocess.run(["sh", str(SCRIPT), *needs], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_nothing_is_missing_where_every_set_is_there(tmp_path: Path) -> None:
    assert missing(tmp_path, "avx2", "fma", "avx512f", "avx512_vnni") == []


def test_every_missing_set_is_named(tmp_path: Path) -> None:
    assert missing(tmp_path, "avx2", "avx512bw", "avx512_bf16") == ["avx512bw", "avx512_bf16"]


def test_a_set_is_not_taken_for_another_whose_name_begins_alike(tmp_path: Path) -> None:
    assert missing(tmp_path, "avx512", "sse4") == ["avx512", "sse4"]


def test_a_gpu_needs_a_driver_that_answers(tmp_path: Path) -> None:
    assert missing(tmp_path, "nvidia") == ["nvidia"]
    assert missing(tmp_path, "nvidia", driver="exit 9") == ["nvidia"]
    assert missing(tmp_path, "nvidia", driver="echo 'GPU 0: Tesla T4'") == []
