"""What server images are built from."""

from pathlib import Path
from typing import Any

import pytest

from tfserving.images import server_source
from tfserving.images.releases import release_of
from tfserving.images.server import build_options
from tfserving.settings import BuildSettings, ImageSettings

ROOT = Path(__file__).parents[3]


def images(**values: Any) -> ImageSettings:
    """Give image settings."""
    return ImageSettings.model_validate(values)


def build(**values: Any) -> BuildSettings:
    """Give build settings."""
    return BuildSettings.model_validate(values)


def options(version: str = "2.20.0", memory: int = 0, jobs: int = 0, **values: Any) -> list[str]:
    """Give Bazel's options."""
    return build_options(images(**values), build(buildMemoryMib=memory, buildJobs=jobs), version)


@pytest.mark.parametrize("kind", ["stock", "optimized", "gpu"])
def test_each_kind_has_a_dockerfile_whose_arguments_are_all_declared(kind: str) -> None:
    source = server_source(images(serverImage=kind), build(), "2.20.0")
    dockerfile = (ROOT / source.dockerfile).read_text()
    assert all(f"\nARG {name}" in dockerfile for name in source.arguments)


@pytest.mark.parametrize("kind", ["stock", "optimized", "gpu"])
def test_what_a_dockerfile_defaults_to_is_what_the_defaults_build(kind: str) -> None:
    source = server_source(images(serverImage=kind), build(), "2.20.0")
    dockerfile = (ROOT / source.dockerfile).read_text()
    for name, value in source.arguments.items():
        shown = value if name == "VERSION" else value.replace("2.20.0", "${VERSION}" if kind != "stock" else "2.20.0")
        assert f'ARG {name}="{shown}"\n' in dockerfile or f"ARG {name}={shown}\n" in dockerfile, name


def test_an_optimized_image_is_compiled_for_avx2_and_fma_unless_told_otherwise() -> None:
    assert options(serverImage="optimized") == ["--config=release", "--copt=-mavx2", "--copt=-mfma"]


def test_instruction_sets_become_the_compilers_own_names() -> None:
    asked = options(serverImage="optimized", instructionSets=["avx512f", "avx512_vnni"])
    assert asked == ["--config=release", "--copt=-mavx512f", "--copt=-mavx512vnni"]


@pytest.mark.parametrize(
    ("version", "option"),
    [
        ("2.20.0", "--local_resources=memory=2048"),
        ("2.21.0", "--local_resources=memory=2048"),
        ("2.19.1", "--local_ram_resources=2048"),
        ("2.6.5", "--local_ram_resources=2048"),
    ],
)
def test_the_cap_on_memory_has_the_form_the_releases_bazel_takes(version: str, option: str) -> None:
    assert option in options(version, memory=2048, serverImage="optimized")


def test_jobs_are_capped_only_if_asked_for() -> None:
    assert "--jobs=4" in options(jobs=4, serverImage="optimized")
    assert not [option for option in options(serverImage="optimized") if option.startswith(("--jobs", "--local"))]


def test_a_gpu_image_is_compiled_with_the_releases_cuda() -> None:
    assert "--config=cuda_clang" in options("2.20.0", serverImage="gpu")
    assert "--config=cuda" in options("2.19.1", serverImage="gpu")


@pytest.mark.parametrize(
    ("version", "runtime"),
    [("2.20.0", "ubuntu:22.04"), ("2.19.1", "ubuntu:20.04"), ("2.12.2", "ubuntu:20.04"), ("2.6.5", "ubuntu:18.04")],
)
def test_a_binary_runs_on_the_ubuntu_it_was_compiled_on(version: str, runtime: str) -> None:
    assert release_of(version).runtime_image == runtime
    source = server_source(images(serverImage="optimized"), build(), version)
    assert source.arguments["BASE_IMAGE"] == runtime
    assert source.arguments["BUILD_IMAGE"] == f"tensorflow/serving:{version}-devel"


def test_mirrors_take_the_place_of_public_images_and_of_github() -> None:
    mirrored = images(
        serverImage="optimized",
        serverBaseImage="mirror/ubuntu:22.04",
        serverBuildImage="mirror/devel:1",
        serverSourceUrl="https://mirror/2.20.0.tar.gz",
        serverSourceSha256="0" * 64,
    )
    arguments = server_source(mirrored, build(), "2.20.0").arguments
    assert arguments["BASE_IMAGE"] == "mirror/ubuntu:22.04"
    assert arguments["BUILD_IMAGE"] == "mirror/devel:1"
    assert arguments["SOURCE_URL"] == "https://mirror/2.20.0.tar.gz"
    assert arguments["SOURCE_SHA256"] == "0" * 64
    assert (
        not {"SOURCE_URL", "SOURCE_SHA256"}
        & server_source(images(serverImage="gpu"), build(), "2.20.0").arguments.keys()
    )


def test_every_option_that_goes_into_a_build_changes_the_tag() -> None:
    variants = [
        server_source(images(serverImage="stock"), build(), "2.20.0"),
        server_source(images(serverImage="optimized"), build(), "2.20.0"),
        server_source(images(serverImage="optimized"), build(), "2.19.1"),
        server_source(images(serverImage="optimized", instructionSets=["avx2"]), build(), "2.20.0"),
        server_source(images(serverImage="optimized"), build(buildMemoryMib=2048), "2.20.0"),
        server_source(images(serverImage="optimized", serverBaseImage="mirror/ubuntu:22.04"), build(), "2.20.0"),
        server_source(images(serverImage="gpu"), build(), "2.20.0"),
    ]
    assert len({source.tag(ROOT) for source in variants}) == len(variants)
