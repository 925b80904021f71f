"""CodeBuild's projects."""

from typing import Any, Final

from local.providers.aws.session import Aws
from local.providers.aws.tags import all_tags
from local.providers.resource_types import IN_PLACE, REPLACES, AutoName, Change, Property, ResourceType
from local.providers.shapes import Shape, from_aws, to_aws
from local.providers.wire import Values

_ARTIFACTS: Final[Shape] = {"type": "type"}
_VARIABLE: Final[Shape] = {"name": "name", "value": "value", "type": "type"}
_ENVIRONMENT: Final[Shape] = {
    "computeType": "computeType",
    "image": "image",
    "type": "type",
    "privilegedMode": "privilegedMode",
    "imagePullCredentialsType": "imagePullCredentialsType",
    "environmentVariables": ("environmentVariables", _VARIABLE),
}
_SOURCE: Final[Shape] = {"type": "type", "location": "location", "buildspec": "buildspec"}
_LOGS: Final[Shape] = {
    "cloudwatchLogs": ("cloudWatchLogs", {"status": "status", "groupName": "groupName", "streamName": "streamName"}),
}
_SHAPES: Final = {"artifacts": _ARTIFACTS, "environment": _ENVIRONMENT, "source": _SOURCE, "logsConfig": _LOGS}
_PLAIN: Final = {
    "description": "description",
    "serviceRole": "serviceRole",
    "buildTimeout": "timeoutInMinutes",
    "queuedTimeout": "queuedTimeoutInMinutes",
}


def _create(aws: Aws, inputs: Values) -> str:
    plain = {name: _whole(inputs[key]) for key, name in _PLAIN.items() if key in inputs}
    nested = {key: to_aws(inputs[key], shape) for key, shape in _SHAPES.items() if key in inputs}
    tags = [{"key": key, "value": value} for key, value in sorted(all_tags(inputs).items())]
    answer = aws.client("codebuild").create_project(name=inputs["name"], tags=tags, **plain, **nested)
    return str(answer["project"]["arn"])


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) else value


def _read(aws: Aws, arn: str, _: Values) -> Values | None:
    found = aws.client("codebuild").batch_get_projects(names=[_name(arn)])["projects"]
    if not found:
        return None
    (project,) = found
    plain = {key: project[name] for key, name in _PLAIN.items() if name in project}
    nested = {key: from_aws(project[key], shape) for key, shape in _SHAPES.items() if key in project}
    tags = {tag["key"]: tag["value"] for tag in project.get("tags") or []}
    return {"id": arn, "arn": arn, "name": project["name"], "tagsAll": tags, **plain, **nested}


def _update(aws: Aws, arn: str, change: Change) -> None:
    # moto has no UpdateProject; a project has no state of its own but its builds, which it keeps by name.
    aws.client("codebuild").delete_project(name=_name(arn))
    _create(aws, {**change.new, "name": _name(arn)})


def _delete(aws: Aws, arn: str, _: Values) -> None:
    aws.client("codebuild").delete_project(name=_name(arn))


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


BUILD_PROJECT = ResourceType(
    token="aws:codebuild/project:Project",  # noqa: S106 (a type's token)
    inputs={
        "name": REPLACES,
        **dict.fromkeys(_PLAIN, IN_PLACE),
        **{key: Property(shape=shape) for key, shape in _SHAPES.items()},
        "tags": IN_PLACE,
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn",),
    name=AutoName("name", longest=150),
)
