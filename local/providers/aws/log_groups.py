"""CloudWatch's log groups."""

import contextlib

from local.providers.aws.session import Aws
from local.providers.aws.tags import all_tags, retagged
from local.providers.resource_types import IN_PLACE, REPLACES, AutoName, Change, ResourceType
from local.providers.wire import Values


def _create(aws: Aws, inputs: Values) -> str:
    aws.client("logs").create_log_group(logGroupName=inputs["name"], tags=all_tags(inputs))
    _keep(aws, inputs)
    return str(inputs["name"])


def _keep(aws: Aws, inputs: Values) -> None:
    logs, name = aws.client("logs"), inputs["name"]
    if days := int(inputs.get("retentionInDays", 0)):
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    else:
        logs.delete_retention_policy(logGroupName=name)


def _read(aws: Aws, name: str, _: Values) -> Values | None:
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    for group in groups:
        if group["logGroupName"] == name:
            arn = group["arn"].removesuffix(":*")
            return {
                "id": name,
                "name": name,
                "arn": arn,
                "retentionInDays": group.get("retentionInDays", 0),
                "tagsAll": aws.client("logs").list_tags_for_resource(resourceArn=arn).get("tags", {}),
            }
    return None


def _update(aws: Aws, name: str, change: Change) -> None:
    logs = aws.client("logs")
    if change.of("retentionInDays"):
        _keep(aws, change.new)
    if change.of("tagsAll"):
        written, removed = retagged(change)
        if removed:
            logs.untag_resource(resourceArn=change.state["arn"], tagKeys=removed)
        if written:
            logs.tag_resource(resourceArn=change.state["arn"], tags={tag["Key"]: tag["Value"] for tag in written})


def _delete(aws: Aws, name: str, state: Values) -> None:
    logs = aws.client("logs")
    if not state.get("skipDestroy"):
        with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
            logs.delete_log_group(logGroupName=name)


LOG_GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",  # noqa: S106 (a type's token)
    inputs={"name": REPLACES, "retentionInDays": IN_PLACE, "skipDestroy": IN_PLACE, "tags": IN_PLACE},
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn",),
    name=AutoName("name", longest=512),
)
