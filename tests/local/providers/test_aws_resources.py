"""Resource types over moto, without the engine."""

import json
from typing import Any

import pytest

from local.providers.wire import UNKNOWN, decode, secret_names
from tests.local.providers.servicing import REGION, Aborted, Engine, client, make_engine

BUCKET = "aws:s3/bucket:Bucket"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
REPOSITORY = "aws:ecr/repository:Repository"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INSTANCE = "aws:ec2/instance:Instance"
READ = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}})
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def test_a_type_that_is_not_mapped_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(Aborted, match="'aws:ec2/eip:Eip' is not mapped"):
        engine.check("aws:ec2/eip:Eip", {})


def test_a_function_that_is_not_mapped_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(Aborted, match="getAmi' is not mapped"):
        engine.invoke("aws:ec2/getAmi:getAmi", {})


def test_an_input_of_the_sdk_that_would_get_lost_is_refused(engine: Engine) -> None:
    (failure,) = engine.check(BUCKET, {"acl": "private"}).failures
    assert failure.property == "acl"
    assert "does not map it" in failure.reason


def test_a_nested_input_that_would_get_lost_is_refused(engine: Engine) -> None:
    news = {"ami": "ami-1", "instanceType": "t3.small", "metadataOptions": {"httpTokens": "required"}, "cpuOptions": {}}
    assert [failure.property for failure in engine.check(INSTANCE, news).failures] == ["cpuOptions"]


def test_a_preview_of_a_creation_knows_the_name_and_not_the_arn(engine: Engine) -> None:
    state = decode(engine.create(BUCKET, {}, preview=True).properties)
    assert state["bucket"].startswith("thing-")
    assert state["arn"] is UNKNOWN
    assert client("s3").list_buckets()["Buckets"] == []


def test_a_secret_input_is_a_secret_output(engine: Engine) -> None:
    created = engine.create(BUCKET, {"tags": {"a": "b"}}, secrets=["tags"])
    assert "tags" in secret_names(created.properties)


def test_default_tags_join_a_resources_own(aws: None) -> None:
    engine = make_engine(defaultTags=json.dumps({"tags": {"Team": "ml", "Name": "default"}}))
    bucket = engine.made(BUCKET, {"tags": {"Name": "own"}})
    assert bucket.state["tagsAll"] == {"Team": "ml", "Name": "own"}
    assert bucket.state["tags"] == {"Name": "own"}


def test_changed_default_tags_are_a_change_of_every_tagged_resource(aws: None) -> None:
    before = make_engine(defaultTags=json.dumps({"tags": {"Team": "ml"}})).made(BUCKET, {"bucket": "fixed-name"})
    before._engine = make_engine(defaultTags=json.dumps({"tags": {"Team": "web"}}))
    assert list(before.diff({"bucket": "fixed-name"}).detailedDiff) == ["tagsAll.Team"]
    assert before.update({"bucket": "fixed-name"})["tagsAll"] == {"Team": "web"}


def test_a_tag_set_by_hand_is_drift(engine: Engine) -> None:
    bucket = engine.made(BUCKET, {"tags": {"Name": "a"}})
    client("s3").put_bucket_tagging(Bucket=bucket.id, Tagging={"TagSet": [{"Key": "Name", "Value": "b"}]})
    assert decode(bucket.read().inputs)["tags"] == {"Name": "b"}


def test_what_is_gone_reads_as_nothing(engine: Engine) -> None:
    bucket = engine.made(BUCKET, {})
    client("s3").delete_bucket(Bucket=bucket.id)
    assert bucket.read().id == ""
    bucket.delete()


def test_a_bucket_with_content_is_deleted_only_if_its_state_says_so(engine: Engine) -> None:
    bucket = engine.made(BUCKET, {})
    engine.made(VERSIONING, {"bucket": bucket.id, "versioningConfiguration": {"status": "Enabled"}})
    for content in (b"1", b"2"):
        client("s3").put_object(Bucket=bucket.id, Key="k", Body=content)
    client("s3").delete_object(Bucket=bucket.id, Key="k")
    with pytest.raises(Aborted, match="BucketNotEmpty"):
        bucket.delete()
    bucket.update({"forceDestroy": True})
    bucket.delete()
    assert client("s3").list_buckets()["Buckets"] == []


def test_new_content_is_a_new_version_and_unknown_before(engine: Engine) -> None:
    bucket = engine.made(BUCKET, {"bucket": "versions"})
    engine.made(VERSIONING, {"bucket": bucket.id, "versioningConfiguration": {"status": "Enabled"}})
    news = {"bucket": bucket.id, "key": "configs/a", "content": "1"}
    config = engine.made(OBJECT, news)
    first = config.state["versionId"]
    assert config.update({**news, "content": "2"}, preview=True)["versionId"] is UNKNOWN
    assert config.update({**news, "content": "2"})["versionId"] != first
    config.delete()
    assert "Versions" not in client("s3").list_object_versions(Bucket=bucket.id)


def test_new_tags_leave_an_objects_version_alone(engine: Engine) -> None:
    bucket = engine.made(BUCKET, {"bucket": "versions"})
    engine.made(VERSIONING, {"bucket": bucket.id, "versioningConfiguration": {"status": "Enabled"}})
    news = {"bucket": bucket.id, "key": "a", "content": "1"}
    config = engine.made(OBJECT, news)
    before = config.state["versionId"]
    after = config.update({**news, "tags": {"a": "b"}})
    assert after["versionId"] == before
    assert after["tagsAll"] == {"a": "b"}


def test_an_object_with_more_than_ten_tags_is_refused(engine: Engine) -> None:
    tags = {f"t{number}": "x" for number in range(11)}
    (failure,) = engine.check(OBJECT, {"bucket": "b", "key": "k", "content": "", "tags": tags}).failures
    assert "10 is the most" in failure.reason


def test_a_policy_that_is_no_json_is_refused(engine: Engine) -> None:
    (failure,) = engine.check(POLICY, {"bucket": "b", "policy": "not json"}).failures
    assert failure.property == "policy"


def test_an_error_of_aws_keeps_its_code_and_text(engine: Engine) -> None:
    with pytest.raises(Aborted, match="thing: PutBucketPolicy: NoSuchBucket: The specified bucket does not exist"):
        engine.create(POLICY, {"bucket": "missing", "policy": TRUST})


def test_a_role_is_made_changed_and_deleted(engine: Engine) -> None:
    role = engine.made(ROLE, {"assumeRolePolicy": TRUST, "description": "a", "tags": {"x": "1"}})
    changed = role.update({"assumeRolePolicy": TRUST, "description": "b", "tags": {"y": "2"}})
    assert changed["description"] == "b"
    assert changed["tagsAll"] == {"y": "2"}
    inline = engine.made(ROLE_POLICY, {"role": role.id, "policy": READ})
    assert inline.id == f"{role.id}:{inline.state['name']}"
    with pytest.raises(Aborted, match="DeleteConflict"):
        role.delete()
    inline.delete()
    role.delete()
    assert role.read().id == ""


def test_an_instance_profile_changes_its_role(engine: Engine) -> None:
    first = engine.made(ROLE, {"name": "first", "assumeRolePolicy": TRUST})
    engine.made(ROLE, {"name": "second", "assumeRolePolicy": TRUST})
    profile = engine.made(PROFILE, {"name": "p", "role": "first"})
    assert profile.update({"name": "p", "role": "second"})["role"] == "second"
    first.delete()
    profile.delete()


def test_a_repository_keeps_what_it_was_told(engine: Engine) -> None:
    news = {
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "AES256"}],
    }
    repository = engine.made(REPOSITORY, news)
    found = client("ecr").describe_repositories(repositoryNames=[repository.id])["repositories"][0]
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert repository.state["repositoryUrl"].endswith(f".dkr.ecr.{REGION}.amazonaws.com/{repository.id}")
    assert not repository.diff(news).detailedDiff


def test_a_repository_with_images_is_deleted_only_if_its_state_says_so(engine: Engine) -> None:
    repository = engine.made(REPOSITORY, {})
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": "sha256:0", "size": 1}, "layers": []}
    )
    client("ecr").put_image(repositoryName=repository.id, imageManifest=manifest, imageTag="a")
    with pytest.raises(Aborted, match="RepositoryNotEmptyException"):
        repository.delete()
    repository.update({"forceDelete": True})
    repository.delete()
    assert repository.read().id == ""


def test_a_repository_name_in_upper_case_is_refused(engine: Engine) -> None:
    (failure,) = engine.check(REPOSITORY, {"name": "Images"}).failures
    assert "lower case" in failure.reason


def test_a_security_group_lets_nothing_out_by_itself(engine: Engine) -> None:
    group = engine.made(GROUP, {"description": "x"})
    assert client("ec2").describe_security_groups(GroupIds=[group.id])["SecurityGroups"][0]["IpPermissionsEgress"] == []


@pytest.mark.parametrize("token", [INGRESS, EGRESS])
def test_a_rule_is_made_changed_and_deleted(engine: Engine, token: str) -> None:
    group = engine.made(GROUP, {})
    news = {"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 80, "toPort": 80, "cidrIpv4": "10.0.0.0/8"}
    rule = engine.made(token, {**news, "description": "a", "tags": {"Name": "r"}})
    assert rule.state["tagsAll"] == {"Name": "r"}
    assert rule.update({**news, "description": "b", "cidrIpv4": "10.1.0.0/16"})["cidrIpv4"] == "10.1.0.0/16"
    rule.delete()
    assert rule.read().id == ""
    group.delete()


@pytest.mark.parametrize(
    ("news", "message"),
    [
        ({"ipProtocol": "tcp", "fromPort": 1, "toPort": 2}, "exactly one of"),
        ({"ipProtocol": "tcp", "cidrIpv4": "0.0.0.0/0"}, "must both be set"),
        ({"ipProtocol": "-1", "fromPort": 1, "cidrIpv4": "0.0.0.0/0"}, "must not be set"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(engine: Engine, news: dict[str, Any], message: str) -> None:
    (failure,) = engine.check(INGRESS, {"securityGroupId": "sg-1", **news}).failures
    assert message in failure.reason


def instance_inputs(engine: Engine) -> dict[str, Any]:
    group = engine.made(GROUP, {})
    image = client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    subnet = client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    return {
        "ami": image,
        "instanceType": "t3.small",
        "subnetId": subnet,
        "vpcSecurityGroupIds": [group.id],
        "userData": "#cloud-config\n",
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 40, "encrypted": True, "tags": {"Name": "root"}},
        "tags": {"Name": "server"},
    }


def test_a_machine_lives_from_creation_to_termination(engine: Engine) -> None:
    news = instance_inputs(engine)
    machine = engine.made(INSTANCE, news)
    assert machine.state["instanceState"] == "running"
    assert machine.state["privateIp"]
    assert machine.state["userData"] == "#cloud-config\n"
    read = machine.read()
    assert decode(read.inputs) == {**news, "rootBlockDevice": news["rootBlockDevice"]}
    assert decode(read.properties) == machine.state
    machine.delete()
    assert machine.read().id == ""


def test_a_machine_changes_in_place(engine: Engine) -> None:
    news = instance_inputs(engine)
    machine = engine.made(INSTANCE, news)
    options = {"httpTokens": "required", "httpPutResponseHopLimit": 2}
    changed = machine.update({**news, "instanceType": "t3.large", "tags": {"Name": "b"}, "metadataOptions": options})
    assert changed["instanceType"] == "t3.large"
    assert changed["tagsAll"] == {"Name": "b"}
    assert changed["metadataOptions"] == options
    assert changed["instanceState"] == "running"


def test_user_data_above_what_ec2_takes_is_refused(engine: Engine) -> None:
    news = {"ami": "ami-1", "instanceType": "t3.small", "userData": "x" * 16385}
    (failure,) = engine.check(INSTANCE, news).failures
    assert "16385 bytes" in failure.reason


def test_functions_answer(engine: Engine) -> None:
    def ask(token: str, **arguments: Any) -> dict[str, Any]:
        answer = engine.invoke(token, arguments)
        assert not answer.failures
        return decode(getattr(answer, "return"))

    vpc = ask("aws:ec2/getVpc:getVpc", default=True)["id"]
    assert ask("aws:ec2/getSubnets:getSubnets", filters=[{"name": "vpc-id", "values": [vpc]}])["ids"]
    assert ask("aws:index/getRegion:getRegion")["region"] == REGION
    assert ask("aws:index/getPartition:getPartition")["partition"] == "aws"
    assert ask("aws:index/getCallerIdentity:getCallerIdentity")["accountId"] == "123456789012"
    assert ask("aws:ecr/getAuthorizationToken:getAuthorizationToken")["userName"] == "AWS"
    parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    assert ask("aws:ssm/getParameter:getParameter", name=parameter)["insecureValue"].startswith("ami-")
    assert "x86_64" in ask("aws:ec2/getInstanceType:getInstanceType", instanceType="c5.large")["supportedArchitectures"]


def test_a_missing_argument_of_a_function_is_named(engine: Engine) -> None:
    (failure,) = engine.invoke("aws:ssm/getParameter:getParameter", {}).failures
    assert failure.property == "name"


def test_the_password_of_a_registry_is_secret(engine: Engine) -> None:
    answer = engine.invoke("aws:ecr/getAuthorizationToken:getAuthorizationToken", {})
    assert secret_names(getattr(answer, "return")) == {"authorizationToken", "password"}


def test_objects_are_listed_below_a_prefix_up_to_as_many_as_asked_for(engine: Engine) -> None:
    bucket = engine.made(BUCKET, {}).id
    for key in ("a/1/x", "a/1/y", "a/2/x", "b"):
        client("s3").put_object(Bucket=bucket, Key=key, Body=b"")

    def listed(**arguments: Any) -> tuple[list[str], list[str]]:
        answer = engine.invoke("aws:s3/getObjects:getObjects", {"bucket": bucket, **arguments})
        found = decode(getattr(answer, "return"))
        return found["keys"], found["commonPrefixes"]

    assert listed() == (["a/1/x", "a/1/y", "a/2/x", "b"], [])
    assert listed(prefix="a/1/") == (["a/1/x", "a/1/y"], [])
    assert listed(prefix="a/1/", maxKeys=1) == (["a/1/x"], [])
    assert listed(prefix="a/", delimiter="/") == ([], ["a/1/", "a/2/"])
    assert listed(prefix="c") == ([], [])


def test_the_images_of_a_repository_are_known_by_tag_and_digest(engine: Engine) -> None:
    repository = engine.made(REPOSITORY, {}).id
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": "sha256:0", "size": 1}, "layers": []}
    )
    pushed = client("ecr").put_image(repositoryName=repository, imageManifest=manifest, imageTag="a")["image"][
        "imageId"
    ]
    answer = engine.invoke("aws:ecr/getImages:getImages", {"repositoryName": repository})
    assert decode(getattr(answer, "return"))["imageIds"] == [pushed]
