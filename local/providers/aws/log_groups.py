"""CloudWatch's log groups."""

import contextlib
from typing import Any

from local.providers.aws.session import Aws
from local.providers.aws.tags import all_tags, from_key_value, retag
from local.providers.resource_types import IN_PLACE, REPLACES, AutoName, Change, ResourceType
from local.providers.wire import Values


def _create(aws: Aws, inputs: Values) -> str:
    key = {"kmsKeyId": inputs["kmsKeyId"]} if "kmsKeyId" in inputs else {}
    aws.client("logs").create_log_group(logGroupName=inputs["name"], tags=all_tags(inputs), **key)
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
                **({"kmsKeyId": group["kmsKeyId"]} if group.get("kmsKeyId") else {}),
                "tagsAll": aws.client("logs").list_tags_for_resource(resourceArn=arn).get("tags", {}),
            }
    return None


def _update(aws: Aws, name: str, change: Change) -> None:
    logs = aws.client("logs")
    if change.of("retentionInDays"):
        _keep(aws, change.new)
    if change.of("kmsKeyId"):
        _encrypt(logs, name, change.new)
    arn = change.state["arn"]
    retag(
        change,
        write=lambda tags: logs.tag_resource(resourceArn=arn, tags=from_key_value(tags)),
        remove=lambda keys: logs.untag_resource(resourceArn=arn, tagKeys=keys),
    )


def _encrypt(logs: Any, name: str, inputs: Values) -> None:
    if "kmsKeyId" in inputs:
        logs.associate_kms_key(logGroupName=name, kmsKeyId=inputs["kmsKeyId"])
    else:
        logs.disassociate_kms_key(logGroupName=name)


def _delete(aws: Aws, name: str, state: Values) -> None:
    logs = aws.client("logs")
    if not state.get("skipDestroy"):
        with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
            logs.delete_log_group(logGroupName=name)


LOG_GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",  # noqa: S106 (a type's token)
    inputs={
        "name": REPLACES,
        **dict.fromkeys(("kmsKeyId", "retentionInDays", "skipDestroy", "tags"), IN_PLACE),
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn",),
    name=AutoName("name", longest=512),
)
