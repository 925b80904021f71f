"""ECR repositories and what expires in them."""

import contextlib
import re
from collections.abc import Iterable
from typing import Any, Final

from local.providers.aws.documents import check_json
from local.providers.aws.session import Aws, found_or_none
from local.providers.aws.tags import all_tags, from_key_value, key_value, retag
from local.providers.failures import Failure
from local.providers.resource_types import IN_PLACE, JSON, REPLACES, AutoName, Change, Property, ResourceType
from local.providers.shapes import Shape, from_aws, to_aws
from local.providers.wire import UNKNOWN, Values

_NAME: Final = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")
_SCANNING: Shape = {"scanOnPush": "scanOnPush"}
_ENCRYPTION: Shape = {"encryptionType": "encryptionType", "kmsKey": "kmsKey"}


def _create(aws: Aws, inputs: Values) -> str:
    more: dict[str, Any] = {}
    if "imageScanningConfiguration" in inputs:
        more["imageScanningConfiguration"] = to_aws(inputs["imageScanningConfiguration"], _SCANNING)
    if inputs.get("encryptionConfigurations"):
        more["encryptionConfiguration"] = to_aws(inputs["encryptionConfigurations"][0], _ENCRYPTION)
    aws.client("ecr").create_repository(
        repositoryName=inputs["name"],
        imageTagMutability=inputs.get("imageTagMutability", "MUTABLE"),
        tags=key_value(all_tags(inputs)),
        **more,
    )
    return str(inputs["name"])


def _read(aws: Aws, name: str, _: Values) -> Values | None:
    ecr = aws.client("ecr")
    found = found_or_none(ecr.describe_repositories, repositoryNames=[name])
    if found is None:
        return None
    (repository,) = found["repositories"]
    tags = ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]
    return {
        "id": name,
        "name": name,
        "arn": repository["repositoryArn"],
        "encryptionConfigurations": [from_aws(repository["encryptionConfiguration"], _ENCRYPTION)],
        "imageScanningConfiguration": from_aws(repository["imageScanningConfiguration"], _SCANNING),
        "imageTagMutability": repository["imageTagMutability"],
        "region": aws.region,
        "registryId": repository["registryId"],
        "repositoryUrl": repository["repositoryUri"],
        "tagsAll": from_key_value(tags),
    }


def _update(aws: Aws, name: str, change: Change) -> None:
    ecr, new = aws.client("ecr"), change.new
    if change.of("imageTagMutability"):
        ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability=new.get("imageTagMutability", "MUTABLE"))
    if change.of("imageScanningConfiguration"):
        scanning = to_aws(new.get("imageScanningConfiguration", {"scanOnPush": False}), _SCANNING)
        ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration=scanning)
    arn = change.state["arn"]
    retag(
        change,
        write=lambda tags: ecr.tag_resource(resourceArn=arn, tags=tags),
        remove=lambda keys: ecr.untag_resource(resourceArn=arn, tagKeys=keys),
    )


def _delete(aws: Aws, name: str, state: Values) -> None:
    ecr = aws.client("ecr")
    with contextlib.suppress(ecr.exceptions.RepositoryNotFoundException):
        ecr.delete_repository(repositoryName=name, force=bool(state.get("forceDelete")))


def _check(inputs: Values) -> Iterable[Failure]:
    name = inputs.get("name", UNKNOWN)
    if name is not UNKNOWN and not _NAME.fullmatch(name):
        yield Failure(
            "name", f"'name' is {name!r}, but a repository's name has lower case letters, digits and . _ - / only"
        )
    if len(inputs.get("encryptionConfigurations", [])) > 1:
        yield Failure("encryptionConfigurations", "'encryptionConfigurations' has more than one element")


def _put_lifecycle(aws: Aws, inputs: Values) -> str:
    aws.client("ecr").put_lifecycle_policy(repositoryName=inputs["repository"], lifecyclePolicyText=inputs["policy"])
    return str(inputs["repository"])


def _read_lifecycle(aws: Aws, name: str, _: Values) -> Values | None:
    found = found_or_none(aws.client("ecr").get_lifecycle_policy, repositoryName=name)
    if found is None:
        return None
    policy = {"policy": found["lifecyclePolicyText"], "registryId": found["registryId"]}
    return {"id": name, "repository": name, "region": aws.region, **policy}


def _update_lifecycle(aws: Aws, _: str, change: Change) -> None:
    _put_lifecycle(aws, change.new)


def _delete_lifecycle(aws: Aws, name: str, _: Values) -> None:
    ecr = aws.client("ecr")
    gone = (ecr.exceptions.LifecyclePolicyNotFoundException, ecr.exceptions.RepositoryNotFoundException)
    with contextlib.suppress(*gone):
        ecr.delete_lifecycle_policy(repositoryName=name)


REPOSITORY = ResourceType(
    token="aws:ecr/repository:Repository",  # noqa: S106 (a type's token)
    inputs={
        "name": REPLACES,
        "encryptionConfigurations": Property(replaces=True, shape=_ENCRYPTION),
        "forceDelete": IN_PLACE,
        "imageScanningConfiguration": Property(shape=_SCANNING),
        "imageTagMutability": IN_PLACE,
        "tags": IN_PLACE,
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn", "region", "registryId", "repositoryUrl"),
    name=AutoName("name", longest=256),
    check=_check,
)
LIFECYCLE_POLICY = ResourceType(
    token="aws:ecr/lifecyclePolicy:LifecyclePolicy",  # noqa: S106 (a type's token)
    inputs={"repository": REPLACES, "policy": JSON},
    create=_put_lifecycle,
    read=_read_lifecycle,
    update=_update_lifecycle,
    delete=_delete_lifecycle,
    computed=("region", "registryId"),
    check=check_json("policy"),
)
