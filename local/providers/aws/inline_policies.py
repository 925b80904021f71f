"""The policies within an IAM role or user, which are alike but for whose they are."""

import contextlib
from typing import Any

from local.providers.aws.documents import check_json, policy_text
from local.providers.aws.session import Aws, found_or_none
from local.providers.resource_types import JSON, REPLACES, AutoName, Change, ResourceType
from local.providers.wire import Values


def inline_policy(owner: str) -> ResourceType[Aws]:
    """Make the resource type of a `role`'s or a `user`'s policies; a policy's id is `<owner's name>:<its own>`."""
    of_owner = f"{owner.capitalize()}Name"

    def call(aws: Aws, verb: str) -> Any:
        return getattr(aws.client("iam"), f"{verb}_{owner}_policy")

    def create(aws: Aws, inputs: Values) -> str:
        whose, name = inputs[owner], inputs["name"]
        call(aws, "put")(**{of_owner: whose}, PolicyName=name, PolicyDocument=inputs["policy"])
        return f"{whose}:{name}"

    def read(aws: Aws, identity: str, _: Values) -> Values | None:
        whose, name = identity.split(":", 1)
        found = found_or_none(call(aws, "get"), **{of_owner: whose}, PolicyName=name)
        return found and {"id": identity, owner: whose, "name": name, "policy": policy_text(found["PolicyDocument"])}

    def update(aws: Aws, _: str, change: Change) -> None:
        create(aws, change.new)

    def delete(aws: Aws, identity: str, _: Values) -> None:
        whose, name = identity.split(":", 1)
        with contextlib.suppress(aws.client("iam").exceptions.NoSuchEntityException):
            call(aws, "delete")(**{of_owner: whose}, PolicyName=name)

    return ResourceType(
        token=f"aws:iam/{owner}Policy:{owner.capitalize()}Policy",
        inputs={"name": REPLACES, owner: REPLACES, "policy": JSON},
        create=create,
        read=read,
        update=update,
        delete=delete,
        name=AutoName("name", longest=128),
        check=check_json("policy"),
    )
