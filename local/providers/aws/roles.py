"""IAM roles, their policies, and instance profiles."""

import contextlib
from typing import Any, Final

from local.providers.aws.documents import check_json, policy_text
from local.providers.aws.inline_policies import inline_policy
from local.providers.aws.session import Aws, found_or_none
from local.providers.aws.tags import all_tags, from_key_value, key_value, retag
from local.providers.resource_types import IN_PLACE, JSON, REPLACES, AutoName, Change, ResourceType
from local.providers.wire import Values

_SETTINGS: Final = {
    "description": "Description",
    "maxSessionDuration": "MaxSessionDuration",
}
_FIXED: Final = {"path": "Path", "permissionsBoundary": "PermissionsBoundary"}


def _create_role(aws: Aws, inputs: Values) -> str:
    settings = {name: inputs[key] for key, name in {**_SETTINGS, **_FIXED}.items() if key in inputs}
    aws.client("iam").create_role(
        RoleName=inputs["name"],
        AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
        Tags=key_value(all_tags(inputs)),
        **settings,
    )
    return str(inputs["name"])


def _read_role(aws: Aws, name: str, _: Values) -> Values | None:
    found = found_or_none(aws.client("iam").get_role, RoleName=name)
    if found is None:
        return None
    role = found["Role"]
    return {
        "id": name,
        "name": name,
        "arn": role["Arn"],
        "assumeRolePolicy": policy_text(role["AssumeRolePolicyDocument"]),
        "createDate": role["CreateDate"].isoformat(),
        "description": role.get("Description", ""),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "path": role["Path"],
        "tagsAll": from_key_value(role.get("Tags", [])),
        "uniqueId": role["RoleId"],
    }


def _update_role(aws: Aws, name: str, change: Change) -> None:
    iam = aws.client("iam")
    if change.of("assumeRolePolicy"):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=change.new["assumeRolePolicy"])
    if change.of(*_SETTINGS):
        settings = {aws_name: change.new[key] for key, aws_name in _SETTINGS.items() if key in change.new}
        iam.update_role(RoleName=name, **settings)
    retag(
        change,
        write=lambda tags: iam.tag_role(RoleName=name, Tags=tags),
        remove=lambda keys: iam.untag_role(RoleName=name, TagKeys=keys),
    )


def _delete_role(aws: Aws, name: str, _: Values) -> None:
    iam = aws.client("iam")
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_role(RoleName=name)


def _attach(aws: Aws, inputs: Values) -> str:
    aws.client("iam").attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
    return f"{inputs['role']}/{inputs['policyArn']}"


def _read_attachment(aws: Aws, identity: str, _: Values) -> Values | None:
    role, arn = identity.split("/", 1)
    found = found_or_none(aws.client("iam").list_attached_role_policies, RoleName=role)
    arns = [policy["PolicyArn"] for policy in found["AttachedPolicies"]] if found else []
    return {"id": identity, "role": role, "policyArn": arn} if arn in arns else None


def _detach(aws: Aws, identity: str, _: Values) -> None:
    role, arn = identity.split("/", 1)
    iam = aws.client("iam")
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)


def _create_profile(aws: Aws, inputs: Values) -> str:
    iam, name = aws.client("iam"), str(inputs["name"])
    path = {"Path": inputs["path"]} if "path" in inputs else {}
    iam.create_instance_profile(InstanceProfileName=name, Tags=key_value(all_tags(inputs)), **path)
    if "role" in inputs:
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=inputs["role"])
    return name


def _read_profile(aws: Aws, name: str, _: Values) -> Values | None:
    found = found_or_none(aws.client("iam").get_instance_profile, InstanceProfileName=name)
    if found is None:
        return None
    profile = found["InstanceProfile"]
    roles = [role["RoleName"] for role in profile["Roles"]]
    return {
        "id": name,
        "name": name,
        "arn": profile["Arn"],
        "createDate": profile["CreateDate"].isoformat(),
        "path": profile["Path"],
        "role": roles[0] if roles else "",
        "tagsAll": from_key_value(profile.get("Tags", [])),
        "uniqueId": profile["InstanceProfileId"],
    }


def _update_profile(aws: Aws, name: str, change: Change) -> None:
    iam = aws.client("iam")
    if change.of("role"):
        _take_role(iam, name, change.old.get("role"))
        if "role" in change.new:
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=change.new["role"])
    retag(
        change,
        write=lambda tags: iam.tag_instance_profile(InstanceProfileName=name, Tags=tags),
        remove=lambda keys: iam.untag_instance_profile(InstanceProfileName=name, TagKeys=keys),
    )


def _delete_profile(aws: Aws, name: str, state: Values) -> None:
    iam = aws.client("iam")
    _take_role(iam, name, state.get("role"))
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_instance_profile(InstanceProfileName=name)


def _take_role(iam: Any, profile: str, role: str | None) -> None:
    if role:
        with contextlib.suppress(iam.exceptions.NoSuchEntityException):
            iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)


ROLE = ResourceType(
    token="aws:iam/role:Role",  # noqa: S106 (a type's token)
    inputs={
        "name": REPLACES,
        "assumeRolePolicy": JSON,
        **dict.fromkeys(_SETTINGS, IN_PLACE),
        **dict.fromkeys(_FIXED, REPLACES),
        "tags": IN_PLACE,
    },
    create=_create_role,
    read=_read_role,
    update=_update_role,
    delete=_delete_role,
    computed=("arn", "createDate", "description", "maxSessionDuration", "path", "uniqueId"),
    name=AutoName("name", longest=64),
    check=check_json("assumeRolePolicy"),
)
ROLE_POLICY = inline_policy("role")
ROLE_POLICY_ATTACHMENT = ResourceType(
    token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",  # noqa: S106 (a type's token)
    inputs={"role": REPLACES, "policyArn": REPLACES},
    create=_attach,
    read=_read_attachment,
    delete=_detach,
)
INSTANCE_PROFILE = ResourceType(
    token="aws:iam/instanceProfile:InstanceProfile",  # noqa: S106 (a type's token)
    inputs={"name": REPLACES, "path": REPLACES, "role": IN_PLACE, "tags": IN_PLACE},
    create=_create_profile,
    read=_read_profile,
    update=_update_profile,
    delete=_delete_profile,
    computed=("arn", "createDate", "path", "uniqueId"),
    name=AutoName("name", longest=128),
)
