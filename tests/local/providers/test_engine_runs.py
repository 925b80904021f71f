"""The real engine over the AWS provider, against moto."""

import gc
import json
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation as auto

from tests.local.providers.conftest import Deployment

Cloud = Callable[[str], Any]

# The SDK leaves its event loop open when an inline program fails.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Collect what the SDK left open within the test that ignores its complaints."""
    yield
    gc.collect()


def stack_of(image: str, *, content: str = "a", user_data: str = "#cloud-config\n") -> Callable[[], None]:
    def program() -> None:
        bucket = _storage(content)
        profile = _identity(bucket)
        group = _network()
        machine = aws.ec2.Instance(
            "server",
            ami=image,
            instance_type="t3.small",
            vpc_security_group_ids=[group.id],
            iam_instance_profile=profile.name,
            user_data=user_data,
            user_data_replace_on_change=True,
            tags={"Name": "server"},
        )
        pulumi.export("instance", machine.id)
        pulumi.export("token", pulumi.Output.secret("hidden"))

    return program


def _storage(content: str) -> aws.s3.Bucket:
    bucket = aws.s3.Bucket("models", force_destroy=True)
    enabled = {"status": "Enabled"}
    versioning = aws.s3.BucketVersioning("models-versioning", bucket=bucket.id, versioning_configuration=enabled)
    options = pulumi.ResourceOptions(depends_on=[versioning])
    aws.s3.BucketObjectv2("config", bucket=bucket.id, key="configs/a", content=content, opts=options)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": bucket.arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.s3.BucketPolicy("models-tls", bucket=bucket.id, policy=policy)
    return bucket


def _identity(bucket: aws.s3.Bucket) -> aws.iam.InstanceProfile:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = aws.iam.Role("machine", assume_role_policy=trust)
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": bucket.arn}
    policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [read]})
    aws.iam.RolePolicy("machine-read", role=role.name, policy=policy)
    return aws.iam.InstanceProfile("machine-profile", role=role.name)


def _network() -> aws.ec2.SecurityGroup:
    group = aws.ec2.SecurityGroup("server", vpc_id=aws.ec2.get_vpc_output(default=True).id)
    aws.vpc.SecurityGroupEgressRule("server-out", security_group_id=group.id, ip_protocol="-1", cidr_ipv4="0.0.0.0/0")
    return group


def _image(cloud: Cloud) -> str:
    return str(cloud("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"])


def test_a_stack_comes_up_changes_and_leaves_nothing(deployment: Deployment, cloud: Cloud) -> None:
    image = _image(cloud)
    assert deployment.preview(stack_of(image)) == {"create": 11}
    assert deployment.up(stack_of(image)) == {"create": 11}
    first = deployment.output("instance")

    assert deployment.up(stack_of(image)) == {}
    deployment.stack.refresh(expect_no_changes=True)
    assert deployment.preview(stack_of(image, content="b")) == {"update": 1}
    assert deployment.up(stack_of(image, content="b")) == {"update": 1}
    assert deployment.up(stack_of(image, content="b", user_data="#cloud-config\n#2\n")) == {"replace": 1}
    assert deployment.output("instance") != first

    deployment.stack.destroy()
    assert cloud("s3").list_buckets()["Buckets"] == []
    assert cloud("iam").list_roles()["Roles"] == []
    assert cloud("iam").list_instance_profiles()["InstanceProfiles"] == []
    groups = cloud("ec2").describe_security_groups()["SecurityGroups"]
    assert {group["GroupName"] for group in groups} == {"default"}
    states = {
        instance["State"]["Name"]
        for reservation in cloud("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    assert states == {"terminated"}


def test_a_misspelt_key_fails_the_preview_with_resource_and_path(deployment: Deployment) -> None:
    def program() -> None:
        rule: Any = {"object_ownershipp": "BucketOwnerEnforced"}
        aws.s3.BucketOwnershipControls("ownership", bucket="b", rule=rule)

    with pytest.raises(auto.CommandError) as refused:
        deployment.preview(program)
    text = str(refused.value)
    assert "'ownership'" in text
    assert "object_ownershipp" in text
    assert "did you mean 'objectOwnership'" in text
