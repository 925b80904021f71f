"""GPU machines, and images compiled from source."""

import pulumi
import pytest

from tests.components.conftest import Deploy
from tests.components.test_program import READY, compose_of

GPU = {"serverImage": "gpu", "instanceType": "g5.xlarge"}


def test_a_gpu_machine_boots_from_the_deep_learning_image_with_a_disk_for_it(deploy: Deploy) -> None:
    stack = deploy(**READY, **GPU)
    machine = stack.only("ec2/instance:Instance")
    assert machine.inputs["rootBlockDevice"]["volumeSize"] == 120
    (asked,) = stack.parameters
    assert asked == "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"
    assert deploy(**READY).parameters != stack.parameters


def test_a_pinned_image_is_never_taken_over_by_a_machine_of_the_other_kind(deploy: Deploy) -> None:
    names = {deploy(**READY, **settings).only("ec2/instance:Instance").name for settings in ({}, GPU)}
    assert len(names) == 2


def test_gpu_memory_settings_reach_the_server(deploy: Deploy) -> None:
    stack = deploy(**READY, **GPU, gpuMemoryPercent="50", gpuMemoryGrowth="true")
    assert "--per_process_gpu_memory_fraction=0.5" in compose_of(stack)["services"]["server"]["command"]
    assert "TF_FORCE_GPU_ALLOW_GROWTH=true" in stack.only("ec2/instance:Instance").inputs["userData"]


def test_instruction_sets_reach_the_build_and_the_check_at_boot(deploy: Deploy) -> None:
    stack = deploy(serverImage="optimized", instructionSets=["avx2", "avx512f"], buildMemoryMib="2048")
    (source,) = (source for name, source in stack.built.items() if "-server-" in name)
    assert source.dockerfile == "dockerfiles/optimized.Dockerfile"
    assert (
        source.arguments["BUILD_OPTIONS"]
        == "--config=release --copt=-mavx2 --copt=-mavx512f --local_resources=memory=2048"
    )
    assert "- avx512f\n" in stack.only("ec2/instance:Instance").inputs["userData"]


def test_another_option_is_another_tag(deploy: Deploy) -> None:
    tags = set()
    for sets in (["avx2"], ["avx2", "fma"]):
        tags |= {name for name in deploy(serverImage="optimized", instructionSets=sets).built if "-server-" in name}
    assert len(tags) == 2


def test_another_instance_type_is_another_machine(deploy: Deploy) -> None:
    assert list(deploy(**READY).only("ec2/instance:Instance").options.replaceOnChanges) == ["instanceType"]


def test_an_image_that_cannot_run_there_is_refused(deploy: Deploy) -> None:
    with pytest.raises(pulumi.RunError, match="has no GPU"):
        deploy(serverImage="gpu")
