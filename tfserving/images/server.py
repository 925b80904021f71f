"""The server's image, of whichever kind."""

from collections.abc import Callable, Mapping
from typing import Final

from tfserving.images.releases import release_of
from tfserving.images.source import ImageSource
from tfserving.instruction_sets import INSTRUCTION_SETS
from tfserving.settings.build import BuildSettings
from tfserving.settings.images import ImageSettings

SERVER_REPOSITORY: Final = "tensorflow/serving"
CONTEXT: Final = "dockerfiles/server"


def server_source(images: ImageSettings, build: BuildSettings, version: str) -> ImageSource:
    """Give the source of the stack's server image for a release 'X.Y.Z'."""
    return ImageSource(
        dockerfile=f"dockerfiles/{images.kind}.Dockerfile",
        context=CONTEXT,
        arguments=_ARGUMENTS[images.kind](images, build, version),
    )


def build_options(images: ImageSettings, build: BuildSettings, version: str) -> list[str]:
    """Give what Bazel is told: the release's own profile, instruction sets, CUDA, and the limits of the build."""
    release = release_of(version)
    options = ["--config=release"]
    options += [f"--copt={INSTRUCTION_SETS[name].compiler_option}" for name in images.compiled_for]
    options += release.cuda_options if images.kind == "gpu" else ()
    options += [f"{release.memory_option}{build.memory_mib}"] if build.memory_mib else []
    return options + ([f"--jobs={build.jobs}"] if build.jobs else [])


def _stock(images: ImageSettings, _: BuildSettings, version: str) -> dict[str, str]:
    return {"BASE_IMAGE": images.server_base or f"{SERVER_REPOSITORY}:{version}"}


def _optimized(images: ImageSettings, build: BuildSettings, version: str) -> dict[str, str]:
    return {
        "BUILD_IMAGE": images.server_build or f"{SERVER_REPOSITORY}:{version}-devel",
        "BASE_IMAGE": images.server_base or release_of(version).runtime_image,
        **_compilation(images, build, version),
    }


def _gpu(images: ImageSettings, build: BuildSettings, version: str) -> dict[str, str]:
    return {
        "BUILD_IMAGE": images.server_build or f"{SERVER_REPOSITORY}:{version}-devel-gpu",
        "BASE_IMAGE": images.server_base or f"{SERVER_REPOSITORY}:{version}-gpu",
        **_compilation(images, build, version),
    }


def _compilation(images: ImageSettings, build: BuildSettings, version: str) -> dict[str, str]:
    source = {"SOURCE_URL": images.server_source_url, "SOURCE_SHA256": images.server_source_sha256}
    options = " ".join(build_options(images, build, version))
    return {"VERSION": version, "BUILD_OPTIONS": options, **{name: text for name, text in source.items() if text}}


_ARGUMENTS: Final[Mapping[str, Callable[[ImageSettings, BuildSettings, str], dict[str, str]]]] = {
    "stock": _stock,
    "optimized": _optimized,
    "gpu": _gpu,
}
