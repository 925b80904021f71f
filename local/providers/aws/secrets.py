"""Secrets Manager's secrets and their values."""

import contextlib
from typing import Any, Final

from local.providers.aws.session import Aws, found_or_none
from local.providers.aws.tags import all_tags, from_key_value, key_value, retag
from local.providers.resource_types import IN_PLACE, REPLACES, AutoName, Change, ResourceType
from local.providers.wire import Values

_RECOVERY_DAYS: Final = 30
_SETTINGS: Final = {"description": "Description", "kmsKeyId": "KmsKeyId"}
_UNSET: Final = {"description": "", "kmsKeyId": "alias/aws/secretsmanager"}


def _create_secret(aws: Aws, inputs: Values) -> str:
    settings = {name: inputs[key] for key, name in _SETTINGS.items() if key in inputs}
    tags = key_value(all_tags(inputs))
    answer = aws.client("secretsmanager").create_secret(Name=inputs["name"], Tags=tags, **settings)
    return str(answer["ARN"])


def _read_secret(aws: Aws, arn: str, known: Values) -> Values | None:
    found = found_or_none(aws.client("secretsmanager").describe_secret, SecretId=arn)
    if found is None or found.get("DeletedDate"):
        return None
    return {
        "id": arn,
        "arn": arn,
        "name": found["Name"],
        "description": found.get("Description", ""),
        **({"kmsKeyId": found["KmsKeyId"]} if found.get("KmsKeyId") else {}),
        "recoveryWindowInDays": known.get("recoveryWindowInDays", _RECOVERY_DAYS),
        "tagsAll": from_key_value(found.get("Tags", [])),
    }


def _update_secret(aws: Aws, arn: str, change: Change) -> None:
    client = aws.client("secretsmanager")
    if change.of(*_SETTINGS):
        settings = {name: change.new.get(key, _UNSET[key]) for key, name in _SETTINGS.items()}
        client.update_secret(SecretId=arn, **settings)
    retag(
        change,
        write=lambda tags: client.tag_resource(SecretId=arn, Tags=tags),
        remove=lambda keys: client.untag_resource(SecretId=arn, TagKeys=keys),
    )


def _delete_secret(aws: Aws, arn: str, state: Values) -> None:
    client = aws.client("secretsmanager")
    days = state.get("recoveryWindowInDays", _RECOVERY_DAYS)
    window: dict[str, Any] = {"RecoveryWindowInDays": int(days)} if days else {"ForceDeleteWithoutRecovery": True}
    # AWS refuses to schedule a deletion twice, but forces one that is scheduled.
    if days and _read_secret(aws, arn, state) is None:
        return
    with contextlib.suppress(client.exceptions.ResourceNotFoundException):
        client.delete_secret(SecretId=arn, **window)


def _create_version(aws: Aws, inputs: Values) -> str:
    client = aws.client("secretsmanager")
    answer = client.put_secret_value(SecretId=inputs["secretId"], SecretString=inputs["secretString"])
    return f"{inputs['secretId']}|{answer['VersionId']}"


def _read_version(aws: Aws, identity: str, known: Values) -> Values | None:
    arn, version = identity.split("|")
    # AWS refuses to tell the value of a secret whose deletion is scheduled.
    if _read_secret(aws, arn, known) is None:
        return None
    found = found_or_none(aws.client("secretsmanager").get_secret_value, SecretId=arn, VersionId=version)
    if found is None:
        return None
    return {
        "id": identity,
        "arn": found["ARN"],
        "secretId": arn,
        "secretArn": found["ARN"],
        "secretString": found["SecretString"],
        "versionId": version,
        "versionStages": found["VersionStages"],
    }


def _delete_version(_: Aws, __: str, ___: Values) -> None:
    """Secrets Manager deletes versions with their secret only; an older one loses its stage to the next."""


SECRET = ResourceType(
    token="aws:secretsmanager/secret:Secret",  # noqa: S106 (a type's token)
    inputs={
        "name": REPLACES,
        **dict.fromkeys(_SETTINGS, IN_PLACE),
        "recoveryWindowInDays": IN_PLACE,
        "tags": IN_PLACE,
    },
    create=_create_secret,
    read=_read_secret,
    update=_update_secret,
    delete=_delete_secret,
    computed=("arn",),
    name=AutoName("name", longest=512),
)
SECRET_VERSION = ResourceType(
    token="aws:secretsmanager/secretVersion:SecretVersion",  # noqa: S106 (a type's token)
    inputs={"secretId": REPLACES, "secretString": REPLACES},
    create=_create_version,
    read=_read_version,
    delete=_delete_version,
    computed=("arn", "secretArn", "versionId", "versionStages"),
    secrets=frozenset({"secretString"}),
)
