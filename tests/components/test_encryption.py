"""A stack under a KMS key of the operator's own, roles bound to the account, and access logs."""

import json
from typing import Any

import pulumi
import pytest

from tests.components import conftest
from tests.components.conftest import Deploy, Recording
from tests.components.test_native import NATIVE
from tests.components.test_program import READY
from tests.tfserving.settings.test_storage import KEY

EVERYTHING = {**NATIVE, "codeBuild": "true", "kmsKeyArn": KEY}
PLAIN = {**NATIVE, "codeBuild": "true"}


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what the program warns of."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: said.append(text))
    return said


def rights(stack: Recording, kind: str, ending: str) -> dict[str, dict[str, Any]]:
    """Give the statements of a policy by Sid."""
    (policy,) = (one for one in stack.all(kind) if one.name.endswith(ending))
    return {statement["Sid"]: statement for statement in json.loads(policy.inputs["policy"])["Statement"]}


def test_everything_that_can_lie_under_the_key_does(deploy: Deploy) -> None:
    stack = deploy(**EVERYTHING)
    for encryption in stack.all(":BucketServerSideEncryptionConfiguration"):
        (rule,) = encryption.inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
        assert rule["bucketKeyEnabled"] is True
    for repository in stack.all("ecr/repository:Repository"):
        assert repository.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]
    assert stack.only("ec2/instance:Instance").inputs["rootBlockDevice"]["kmsKeyId"] == KEY
    assert stack.only("cloudwatch/logGroup:LogGroup").inputs["kmsKeyId"] == KEY
    assert stack.only("secretsmanager/secret:Secret").inputs["kmsKeyId"] == KEY


def test_a_key_of_another_region_is_refused_before_anything_is_made(deploy: Deploy) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(**READY, kmsKeyArn=KEY, **{"aws:region": "us-east-1"})
    assert f"tfserving:kmsKeyArn: {KEY!r} is a key of eu-central-1, but aws:region is 'us-east-1'" in str(refused.value)
    assert deploy(**READY, kmsKeyArn=KEY, **{"aws:region": "eu-central-1"}).resources


def test_without_a_key_nothing_names_one_and_no_role_may_use_one(deploy: Deploy) -> None:
    for resource in deploy(**PLAIN).resources:
        assert "kms" not in json.dumps(resource.inputs), resource.name


def test_each_identity_may_use_the_key_through_the_services_it_calls_and_for_what_it_does(deploy: Deploy) -> None:
    stack = deploy(**EVERYTHING)
    machine = rights(stack, "iam/rolePolicy:RolePolicy", "machine-access")
    assert machine["KeyS3"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert machine["KeySecretsmanager"]["Action"] == ["kms:Decrypt"]
    assert machine["KeySecretsmanager"]["Condition"]["StringEquals"] == {
        "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"
    }
    for kind, ending in (("iam/rolePolicy:RolePolicy", "build-access"), ("iam/userPolicy:UserPolicy", "server-read")):
        key = rights(stack, kind, ending)["KeyS3"]
        assert key["Action"] == ["kms:Decrypt"]
        assert key["Resource"] == KEY
        assert key["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}


def test_an_agents_machine_reads_no_secret_and_so_no_secrets_key(deploy: Deploy) -> None:
    machine = rights(deploy(**READY, kmsKeyArn=KEY), "iam/rolePolicy:RolePolicy", "machine-access")
    assert "KeyS3" in machine
    assert "KeySecretsmanager" not in machine


@pytest.mark.parametrize("deletion", ["protect", "force"])
def test_a_key_never_replaces_a_repository_that_exists(deploy: Deploy, deletion: str) -> None:
    for repository in deploy(**READY, kmsKeyArn=KEY, deletion=deletion).all("ecr/repository:Repository"):
        assert list(repository.options.ignoreChanges) == ["encryptionConfigurations"]


def test_a_repository_that_keeps_another_encryption_is_warned_of(
    deploy: Deploy, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = conftest._outputs

    def older(kind: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        found = outputs(kind, name, inputs)
        kept = {"encryptionConfigurations": [{"encryptionType": "AES256", "kmsKey": ""}]}
        return {**found, **(kept if kind == "aws:ecr/repository:Repository" else {})}

    monkeypatch.setattr(conftest, "_outputs", older)
    deploy(**READY, kmsKeyArn=KEY)
    assert len(warnings) == 2
    for warning in warnings:
        assert KEY in warning
        assert "ECR cannot change" in warning
        assert "`pulumi refresh`" in warning


def test_a_repository_with_the_encryption_that_is_wanted_is_no_matter(deploy: Deploy, warnings: list[str]) -> None:
    deploy(**READY, kmsKeyArn=KEY)
    deploy(**READY)
    assert warnings == []


def test_roles_are_taken_for_resources_of_the_account_only(deploy: Deploy) -> None:
    trusts = {}
    for role in deploy(**PLAIN).all("iam/role:Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        trusts[statement["Principal"]["Service"]] = statement["Condition"]
    account = {"aws:SourceAccount": "123456789012"}
    assert trusts == {
        "codebuild.amazonaws.com": {"StringEquals": account},
        "ec2.amazonaws.com": {"StringEqualsIfExists": account},
    }


def test_requests_for_each_bucket_are_logged_under_its_name_to_the_bucket_that_is_named(deploy: Deploy) -> None:
    logs = deploy(**READY, accessLogsBucket="access-logs").all("s3/bucketLogging:BucketLogging")
    assert {log.inputs["targetBucket"] for log in logs} == {"access-logs"}
    assert {log.inputs["bucket"]: log.inputs["targetPrefix"] for log in logs} == {
        "tfserving-dev-models-id": "tfserving-dev-models-id/",
        "tfserving-dev-configs-id": "tfserving-dev-configs-id/",
    }


def test_no_request_is_logged_unless_a_bucket_is_named(deploy: Deploy) -> None:
    assert deploy(**READY).all("s3/bucketLogging:BucketLogging") == []
