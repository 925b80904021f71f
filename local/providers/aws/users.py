"""IAM users, their policies and access keys."""

import contextlib
from typing import Any

from local.providers.aws.inline_policies import inline_policy
from local.providers.aws.session import Aws, found_or_none
from local.providers.aws.tags import all_tags, from_key_value, key_value, retag
from local.providers.resource_types import IN_PLACE, REPLACES, AutoName, Change, ResourceType
from local.providers.wire import Values


def _create_user(aws: Aws, inputs: Values) -> str:
    fixed = {"path": "Path", "permissionsBoundary": "PermissionsBoundary"}
    settings = {name: inputs[key] for key, name in fixed.items() if key in inputs}
    aws.client("iam").create_user(UserName=inputs["name"], Tags=key_value(all_tags(inputs)), **settings)
    return str(inputs["name"])


def _read_user(aws: Aws, name: str, _: Values) -> Values | None:
    found = found_or_none(aws.client("iam").get_user, UserName=name)
    if found is None:
        return None
    user = found["User"]
    tags = aws.client("iam").list_user_tags(UserName=name)["Tags"]
    return {
        "id": name,
        "name": name,
        "arn": user["Arn"],
        "path": user["Path"],
        "tagsAll": from_key_value(tags),
        "uniqueId": user["UserId"],
    }


def _update_user(aws: Aws, name: str, change: Change) -> None:
    iam = aws.client("iam")
    retag(
        change,
        write=lambda tags: iam.tag_user(UserName=name, Tags=tags),
        remove=lambda keys: iam.untag_user(UserName=name, TagKeys=keys),
    )


def _delete_user(aws: Aws, name: str, state: Values) -> None:
    iam = aws.client("iam")
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        if state.get("forceDestroy"):
            _empty(iam, name)
        iam.delete_user(UserName=name)


def _empty(iam: Any, name: str) -> None:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)


def _create_key(aws: Aws, inputs: Values) -> str:
    iam = aws.client("iam")
    key = iam.create_access_key(UserName=inputs["user"])["AccessKey"]
    # AWS tells the secret this once; the state keeps it, encrypted.
    inputs["secret"] = key["SecretAccessKey"]
    if inputs.get("status", "Active") != "Active":
        iam.update_access_key(UserName=inputs["user"], AccessKeyId=key["AccessKeyId"], Status=inputs["status"])
    return str(key["AccessKeyId"])


def _read_key(aws: Aws, identity: str, known: Values) -> Values | None:
    found = found_or_none(aws.client("iam").list_access_keys, UserName=known["user"])
    for key in found["AccessKeyMetadata"] if found else []:
        if key["AccessKeyId"] == identity:
            return {
                "id": identity,
                "user": known["user"],
                "status": key["Status"],
                "createDate": key["CreateDate"].isoformat(),
                "secret": known["secret"],
            }
    return None


def _update_key(aws: Aws, identity: str, change: Change) -> None:
    status = change.new.get("status", "Active")
    aws.client("iam").update_access_key(UserName=change.new["user"], AccessKeyId=identity, Status=status)


def _delete_key(aws: Aws, identity: str, state: Values) -> None:
    iam = aws.client("iam")
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_access_key(UserName=state["user"], AccessKeyId=identity)


USER = ResourceType(
    token="aws:iam/user:User",  # noqa: S106 (a type's token)
    inputs={
        "name": REPLACES,
        "path": REPLACES,
        "permissionsBoundary": REPLACES,
        "forceDestroy": IN_PLACE,
        "tags": IN_PLACE,
    },
    create=_create_user,
    read=_read_user,
    update=_update_user,
    delete=_delete_user,
    computed=("arn", "path", "uniqueId"),
    name=AutoName("name", longest=64),
)
USER_POLICY = inline_policy("user")
ACCESS_KEY = ResourceType(
    token="aws:iam/accessKey:AccessKey",  # noqa: S106 (a type's token)
    inputs={"user": REPLACES, "status": IN_PLACE},
    create=_create_key,
    read=_read_key,
    update=_update_key,
    delete=_delete_key,
    computed=("createDate", "secret", "status"),
    secrets=frozenset({"secret"}),
)
