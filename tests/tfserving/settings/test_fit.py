"""Images on machines: what cannot run is refused before it is provisioned."""

import json

import pytest

from tests.tfserving.settings.test_load import problems_of
from tfserving.instance_types import FAMILIES
from tfserving.instruction_sets import INSTRUCTION_SETS
from tfserving.settings import Settings, load_settings


def load(**values: object) -> Settings:
    """Load settings that must be accepted."""
    return load_settings({key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()})


def test_a_machine_without_the_images_instruction_sets_is_refused_with_families_that_have_them() -> None:
    message = problems_of(serverImage="optimized", instructionSets=["avx512f", "avx512_bf16"], instanceType="c6i.large")
    assert "'c6i.large' lacks avx512_bf16" in message["tfserving:instanceType"]
    assert "c7i, " in message["tfserving:instanceType"]
    assert "c6i," not in message["tfserving:instanceType"]
    assert "g5" not in message["tfserving:instanceType"]


def test_an_image_is_accepted_on_every_family_that_has_its_sets() -> None:
    wanted = {"avx2", "fma", "avx512f"}
    able = [f.name for f in FAMILIES.values() if wanted <= f.instruction_sets and not f.gpu]
    for name in able:
        load(serverImage="optimized", instructionSets=sorted(wanted), instanceType=f"{name}.xlarge")
    assert len(able) > 20


def test_every_family_runs_what_an_optimized_image_is_compiled_for_by_default() -> None:
    for family in FAMILIES.values():
        load(serverImage="gpu" if family.gpu else "optimized", instanceType=f"{family.name}.xlarge")


def test_a_gpu_image_on_a_cpu_type_is_refused_with_gpu_families() -> None:
    message = problems_of(serverImage="gpu", instanceType="c7i.large")["tfserving:instanceType"]
    assert "has no GPU" in message
    assert "g4dn" in message


@pytest.mark.parametrize("kind", ["stock", "optimized"])
def test_a_cpu_image_on_a_gpu_type_is_refused(kind: str) -> None:
    message = problems_of(serverImage=kind, instanceType="g5.xlarge")["tfserving:serverImage"]
    assert "NVIDIA A10G" in message
    assert "'gpu'" in message


def test_arm64_is_refused_for_every_image() -> None:
    for kind in ("stock", "optimized", "gpu"):
        assert "arm64" in problems_of(serverImage=kind, instanceType="g5g.xlarge")["tfserving:instanceType"]


def test_a_gpu_machine_has_a_disk_for_its_image_and_refuses_less() -> None:
    assert load(serverImage="gpu", instanceType="g5.xlarge").machine.disk_gib == 120
    assert load().machine.disk_gib == 40
    message = problems_of(serverImage="gpu", instanceType="g5.xlarge", diskSizeGib="60")["tfserving:diskSizeGib"]
    assert "at least 100" in message


def test_gpu_memory_settings_without_a_gpu_are_refused() -> None:
    problems = problems_of(gpuMemoryPercent="50", gpuMemoryGrowth="true")
    assert set(problems) == {"tfserving:gpuMemoryPercent", "tfserving:gpuMemoryGrowth"}


def test_flags_of_a_gpu_without_one_are_refused_unless_they_are_off() -> None:
    flags = {"per_process_gpu_memory_fraction": 0.5, "xla_gpu_compilation_enabled": True}
    assert set(problems_of(serverFlags=flags)) == {f"tfserving:serverFlags.{name}" for name in flags}
    load(serverFlags={"per_process_gpu_memory_fraction": 0, "xla_gpu_compilation_enabled": "false"})
    load(serverImage="gpu", instanceType="g5.xlarge", serverFlags=flags)


def test_the_memory_fraction_is_said_once() -> None:
    problems = problems_of(
        serverImage="gpu",
        instanceType="g5.xlarge",
        gpuMemoryPercent="50",
        serverFlags={"per_process_gpu_memory_fraction": 0.7},
    )
    assert "serverFlags" in problems["tfserving:gpuMemoryPercent"]


def test_an_unknown_instruction_set_is_refused_with_the_known_ones() -> None:
    message = problems_of(serverImage="optimized", instructionSets=["avx3"])["tfserving:instructionSets.0"]
    assert "'avx3'" in message
    assert all(name in message for name in INSTRUCTION_SETS)


def test_compiling_settings_of_an_image_that_is_not_compiled_are_refused() -> None:
    problems = problems_of(
        instructionSets=["avx2"], serverBuildImage="mirror/devel:1", serverSourceUrl="https://m/x.tgz"
    )
    assert set(problems) == {
        "tfserving:instructionSets",
        "tfserving:serverBuildImage",
        "tfserving:serverSourceUrl",
    }


def test_a_ready_image_is_held_against_the_machine_all_the_same() -> None:
    ready = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/server@sha256:{'0' * 64}"
    problems = problems_of(
        serverImage="optimized", serverImageDigest=ready, instructionSets=["avx512f"], instanceType="c6a.large"
    )
    assert "avx512f" in problems["tfserving:instanceType"]


def test_a_native_server_newer_than_2_6_is_refused_with_the_reason() -> None:
    message = problems_of(modelSource="native")["tfserving:modelSource"]
    assert "tensorflow/serving#1963" in message
    assert "'2.6.5'" in message


@pytest.mark.parametrize("seconds", [5, "5", "59"])
def test_a_native_server_looks_once_an_hour_and_may_not_burn_money(seconds: object) -> None:
    assert load(modelSource="native", serverVersion="2.6.5").server.poll_seconds == 3600
    problems = problems_of(
        modelSource="native",
        serverVersion="2.6.5",
        configPollSeconds="1",
        serverFlags={"file_system_poll_wait_seconds": seconds},
    )
    for key in ("configPollSeconds", "serverFlags.file_system_poll_wait_seconds"):
        assert "130 USD" in problems[f"tfserving:{key}"]


def test_an_agent_looks_every_fifteen_seconds_and_at_least_once_an_hour() -> None:
    assert load().server.poll_seconds == 15
    assert "3600" in problems_of(configPollSeconds="7200")["tfserving:configPollSeconds"]


def test_access_keys_are_for_native_servers_and_two_at_most() -> None:
    assert load().server.key_names == ()
    assert load(modelSource="native", serverVersion="2.6.5").server.key_names == ("first",)
    assert "no key" in problems_of(accessKeys=["a"])["tfserving:accessKeys"]
    native = {"modelSource": "native", "serverVersion": "2.6.5"}
    assert "two at most" in problems_of(**native, accessKeys=["a", "b", "c"])["tfserving:accessKeys"]
    assert "twice" in problems_of(**native, accessKeys=["a", "a"])["tfserving:accessKeys"]
