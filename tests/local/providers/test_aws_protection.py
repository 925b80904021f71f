"""VPC endpoints, access logs, keys and addresses over moto, without the engine."""

import json
from typing import Any

import pytest
from moto.logs.responses import LogsResponse

from local.aws import log_keys
from local.providers.wire import decode
from tests.local.providers.servicing import REGION, Aborted, Engine, client
from tests.local.providers.test_aws_accounts import LOG_GROUP, SECRET
from tests.local.providers.test_aws_resources import BUCKET, GROUP, INSTANCE, REPOSITORY, instance_inputs
from tests.tfserving.settings.test_storage import KEY

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
OPEN = json.dumps({"Version": "2012-10-17", "Statement": []})
OTHER_KEY = KEY.replace("1234abcd", "9876abcd")


def gateway_inputs() -> dict[str, Any]:
    """Give what a gateway to S3 in the default VPC is made of."""
    (vpc,) = client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    tables = client("ec2").describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])
    return {
        "vpcId": vpc["VpcId"],
        "serviceName": f"com.amazonaws.{REGION}.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": [tables["RouteTables"][0]["RouteTableId"]],
        "policy": OPEN,
    }


def interface_inputs(engine: Engine) -> dict[str, Any]:
    """Give what an interface to ECR in one subnet is made of."""
    group = engine.made(GROUP, {})
    subnet = client("ec2").describe_subnets()["Subnets"][0]
    return {
        "vpcId": subnet["VpcId"],
        "serviceName": f"com.amazonaws.{REGION}.ecr.api",
        "vpcEndpointType": "Interface",
        "subnetIds": [subnet["SubnetId"]],
        "securityGroupIds": [group.id],
        "privateDnsEnabled": True,
        "policy": OPEN,
    }


def test_a_gateway_lives_from_creation_to_deletion(engine: Engine) -> None:
    news = gateway_inputs()
    gateway = engine.made(ENDPOINT, {**news, "tags": {"Name": "a"}})
    assert gateway.state["state"] == "available"
    read = gateway.read()
    assert decode(read.inputs) == {**news, "tags": {"Name": "a"}}
    assert decode(read.properties) == gateway.state
    gateway.delete()
    assert gateway.read().id == ""
    gateway.delete()


def test_an_interface_changes_subnets_policy_and_tags_in_place(engine: Engine) -> None:
    news = interface_inputs(engine)
    interface = engine.made(ENDPOINT, news)
    other = client("ec2").describe_subnets()["Subnets"][1]["SubnetId"]
    stricter = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]})
    changed = {**news, "subnetIds": [other], "policy": stricter, "tags": {"Name": "b"}}
    assert list(interface.diff(changed).replaces) == []
    state = interface.update(changed)
    assert state["subnetIds"] == [other]
    assert json.loads(state["policy"]) == json.loads(stricter)
    assert state["tagsAll"] == {"Name": "b"}


@pytest.mark.parametrize("name", ["vpcId", "serviceName", "vpcEndpointType"])
def test_what_an_endpoint_is_for_replaces_it(engine: Engine, name: str) -> None:
    news = gateway_inputs()
    gateway = engine.made(ENDPOINT, {**news, "routeTableIds": []})
    assert list(gateway.diff({**news, "routeTableIds": [], name: "Interface"}).replaces) == [name]


def test_a_list_of_the_other_kind_of_endpoint_is_refused(engine: Engine) -> None:
    news = {"vpcId": "vpc-1", "serviceName": "s3", "subnetIds": ["subnet-1"]}
    (failure,) = engine.check(ENDPOINT, news).failures
    assert failure.property == "subnetIds"
    assert "'Gateway'" in failure.reason


def test_an_endpoints_policy_must_be_json_and_its_other_inputs_are_not_mapped(engine: Engine) -> None:
    news = {"vpcId": "vpc-1", "serviceName": "s3"}
    assert [failure.property for failure in engine.check(ENDPOINT, {**news, "policy": "x"}).failures] == ["policy"]
    (failure,) = engine.check(ENDPOINT, {**news, "autoAccept": True}).failures
    assert "does not map it" in failure.reason


def test_route_tables_are_found_by_what_they_are_associated_with(engine: Engine) -> None:
    def ask(name: str, value: str) -> list[str]:
        arguments = {"vpcId": vpc, "filters": [{"name": name, "values": [value]}]}
        found: list[str] = decode(getattr(engine.invoke("aws:ec2/getRouteTables:getRouteTables", arguments), "return"))[
            "ids"
        ]
        return found

    subnet = client("ec2").describe_subnets()["Subnets"][0]
    vpc = subnet["VpcId"]
    (main,) = ask("association.main", "true")
    assert ask("association.subnet-id", subnet["SubnetId"]) == []
    own = client("ec2").create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    client("ec2").associate_route_table(RouteTableId=own, SubnetId=subnet["SubnetId"])
    assert ask("association.subnet-id", subnet["SubnetId"]) == [own]
    assert ask("association.main", "true") == [main]


def log_bucket_policy(name: str) -> str:
    """Give the policy of a bucket to which S3 may write access logs."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_access_logs_are_turned_on_moved_and_turned_off(engine: Engine) -> None:
    for name in ("first-logs", "second-logs"):
        engine.made(BUCKET, {"bucket": name})
        client("s3").put_bucket_policy(Bucket=name, Policy=log_bucket_policy(name))
    bucket = engine.made(BUCKET, {"bucket": "models"})
    news = {"bucket": bucket.id, "targetBucket": "first-logs", "targetPrefix": "models/"}
    logging = engine.made(LOGGING, news)
    assert decode(logging.read().properties) == logging.state
    assert logging.update({**news, "targetBucket": "second-logs"})["targetBucket"] == "second-logs"
    found = client("s3").get_bucket_logging(Bucket="models")["LoggingEnabled"]
    assert (found["TargetBucket"], found["TargetPrefix"]) == ("second-logs", "models/")
    logging.delete()
    assert "LoggingEnabled" not in client("s3").get_bucket_logging(Bucket="models")
    assert logging.read().id == ""


def test_a_bucket_that_admits_no_logs_is_refused_in_the_words_of_aws(engine: Engine) -> None:
    for name in ("models", "closed"):
        engine.made(BUCKET, {"bucket": name})
    with pytest.raises(Aborted, match="InvalidTargetBucketForLogging"):
        engine.create(LOGGING, {"bucket": "models", "targetBucket": "closed", "targetPrefix": "models/"})


def test_a_bucket_goes_under_a_key_and_back(engine: Engine) -> None:
    bucket = engine.made(BUCKET, {})

    def rules(default: dict[str, str]) -> dict[str, Any]:
        rule = {"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}
        return {"bucket": bucket.id, "rules": [rule]}

    encryption = engine.made(ENCRYPTION, rules({"sseAlgorithm": "AES256"}))
    encryption.update(rules({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}))
    found = client("s3").get_bucket_encryption(Bucket=bucket.id)["ServerSideEncryptionConfiguration"]["Rules"]
    assert found[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    encryption.update(rules({"sseAlgorithm": "AES256"}))
    assert decode(encryption.read().properties) == encryption.state


def test_a_repositorys_key_is_kept_and_another_replaces_it(engine: Engine) -> None:
    news = {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}]}
    repository = engine.made(REPOSITORY, news)
    found = client("ecr").describe_repositories(repositoryNames=[repository.id])["repositories"][0]
    assert found["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": KEY}
    other = {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": OTHER_KEY}]}
    assert list(repository.diff(other).replaces) == ["encryptionConfigurations"]


def test_a_secret_changes_its_key_in_place_and_goes_back_to_aws_own(engine: Engine) -> None:
    secret = engine.made(SECRET, {"description": "a", "kmsKeyId": KEY})
    assert client("secretsmanager").describe_secret(SecretId=secret.id)["KmsKeyId"] == KEY
    assert secret.update({"description": "a", "kmsKeyId": OTHER_KEY})["kmsKeyId"] == OTHER_KEY
    secret.update({"description": "a"})
    assert client("secretsmanager").describe_secret(SecretId=secret.id).get("KmsKeyId") in (
        None,
        "alias/aws/secretsmanager",
    )


@pytest.fixture
def keyed_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let moto's log groups change their key, for this test."""
    for name in ("associate_kms_key", "disassociate_kms_key"):
        monkeypatch.setattr(LogsResponse, name, None, raising=False)
    log_keys.install()


@pytest.mark.usefixtures("keyed_logs")
def test_a_log_group_changes_its_key_in_place_and_loses_it(engine: Engine) -> None:
    group = engine.made(LOG_GROUP, {"kmsKeyId": KEY})
    assert client("logs").describe_log_groups()["logGroups"][0]["kmsKeyId"] == KEY
    assert list(group.diff({"kmsKeyId": OTHER_KEY}).replaces) == []
    assert group.update({"kmsKeyId": OTHER_KEY})["kmsKeyId"] == OTHER_KEY
    group.update({})
    assert "kmsKeyId" not in client("logs").describe_log_groups()["logGroups"][0]


@pytest.mark.parametrize("public", [True, False])
def test_a_machine_has_a_public_address_exactly_if_it_was_said(engine: Engine, public: bool) -> None:
    news = {**instance_inputs(engine), "associatePublicIpAddress": public}
    machine = engine.made(INSTANCE, news)
    assert bool(machine.state["publicIp"]) is public
    assert machine.state["privateIp"]
    assert machine.state["vpcSecurityGroupIds"] == news["vpcSecurityGroupIds"]
    assert list(machine.diff({**news, "associatePublicIpAddress": not public}).replaces) == ["associatePublicIpAddress"]


def test_a_machines_volume_lies_under_the_key_it_was_told_and_another_replaces_it(engine: Engine) -> None:
    news = instance_inputs(engine)
    volume = {**news["rootBlockDevice"], "kmsKeyId": KEY}
    machine = engine.made(INSTANCE, {**news, "rootBlockDevice": volume})
    (found,) = client("ec2").describe_volumes()["Volumes"]
    assert found["KmsKeyId"] == KEY
    other = {**news, "rootBlockDevice": {**volume, "kmsKeyId": OTHER_KEY}}
    assert list(machine.diff(other).replaces) == ["rootBlockDevice"]
