"""The image resource: built at every change of what it is built from, pushed, known by its digest."""

from typing import Final

from local.providers.docker.engine import DockerEngine, ImageName
from local.providers.resource_types import IN_PLACE, Change, Property, ResourceType
from local.providers.shapes import Shape
from local.providers.wire import Values

CONTEXT_DIGEST: Final = "contextDigest"
_BUILD: Shape = {name: name for name in ("args", "context", "dockerfile", "network", "platform", "target")}
_REGISTRY: Shape = {name: name for name in ("password", "server", "username")}
_RESULT: Final = "repoDigest"


def _create(engine: DockerEngine, inputs: Values) -> str:
    inputs[_RESULT] = _built_and_pushed(engine, inputs)
    return str(inputs["imageName"])


def _built_and_pushed(engine: DockerEngine, inputs: Values) -> str:
    identity = engine.build(inputs)
    # Nothing was pushed, so there is no digest of a registry; the real plugin gives the local id too.
    return identity if inputs.get("skipPush") else engine.push(inputs["imageName"], inputs.get("registry", {}))


def _read(_: DockerEngine, identity: str, known: Values) -> Values | None:
    # As the real plugin does: an image is never looked at again.
    build = known.get("build", {})
    outputs = {
        "id": identity,
        "baseImageName": known["imageName"],
        "context": build.get("context", "."),
        "dockerfile": build.get("dockerfile", "Dockerfile"),
        "registryServer": known.get("registry", {}).get("server", ImageName.parse(known["imageName"]).host),
        "platform": build.get("platform"),
    }
    return {name: value for name, value in outputs.items() if value is not None}


def _update(engine: DockerEngine, _: str, change: Change) -> None:
    change.new[_RESULT] = _built_and_pushed(engine, change.new)


def _delete(_: DockerEngine, __: str, ___: Values) -> None:
    return


IMAGE = ResourceType(
    token="docker:index/image:Image",  # noqa: S106 (a type's token)
    inputs={
        "imageName": IN_PLACE,
        "build": Property(shape=_BUILD),
        # A token that changes with every run is no change of the image.
        "registry": Property(shape=_REGISTRY, without=frozenset({"username", "password"})),
        "skipPush": IN_PLACE,
        "buildOnPreview": IN_PLACE,
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=(_RESULT, "baseImageName", "context", "dockerfile", "registryServer"),
    unsettled=dict.fromkeys(("imageName", "build", CONTEXT_DIGEST, "skipPush"), (_RESULT,)),
)
