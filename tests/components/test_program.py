"""The program as a whole: what one stack is made of."""

import json
from typing import Any

import pulumi
import pytest
import yaml

from tests.components.conftest import DIGEST, ECR, Deploy, Recording

READY = {
    "serverImageDigest": f"{ECR}/server@sha256:{'a' * 64}",
    "agentImageDigest": f"{ECR}/agent@sha256:{'b' * 64}",
}


def statements(recording: Recording) -> dict[str, dict[str, Any]]:
    """Give the statements of the machine's policy by their Sid."""
    policy = json.loads(recording.only("iam/rolePolicy:RolePolicy").inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_both_buckets_are_versioned_encrypted_private_and_owned(deploy: Deploy) -> None:
    stack = deploy(**READY)
    assert len(stack.all("s3/bucket:Bucket")) == 2
    assert [v.inputs["versioningConfiguration"]["status"] for v in stack.all(":BucketVersioning")] == ["Enabled"] * 2
    for block in stack.all(":BucketPublicAccessBlock"):
        flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        assert all(block.inputs[flag] is True for flag in flags)
    for ownership in stack.all(":BucketOwnershipControls"):
        assert ownership.inputs["rule"]["objectOwnership"] == "BucketOwnerEnforced"
    for encryption in stack.all(":BucketServerSideEncryptionConfiguration"):
        (rule,) = encryption.inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"


def test_requests_without_tls_are_denied_for_a_bucket_and_all_in_it(deploy: Deploy) -> None:
    for policy in deploy(**READY).all(":BucketPolicy"):
        (statement,) = json.loads(policy.inputs["policy"])["Statement"]
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        arn, everything_in_it = statement["Resource"]
        assert everything_in_it == f"{arn}/*"


def test_old_versions_and_broken_uploads_expire(deploy: Deploy) -> None:
    for lifecycle in deploy(**READY).all(":BucketLifecycleConfiguration"):
        old_versions, broken_uploads = lifecycle.inputs["rules"]
        assert old_versions["noncurrentVersionExpiration"]["noncurrentDays"] == 90
        assert broken_uploads["abortIncompleteMultipartUpload"]["daysAfterInitiation"] == 3


def test_a_protected_stack_keeps_buckets_and_config_history(deploy: Deploy) -> None:
    stack = deploy(**READY)
    assert all(bucket.options.protect for bucket in stack.all("s3/bucket:Bucket"))
    assert not any(bucket.inputs["forceDestroy"] for bucket in stack.all("s3/bucket:Bucket"))
    assert all(config.options.retainOnDelete for config in stack.all(":BucketObjectv2"))


def test_a_stack_to_be_thrown_away_deletes_everything(deploy: Deploy) -> None:
    stack = deploy(**READY, deletion="force")
    assert not any(bucket.options.protect for bucket in stack.all("s3/bucket:Bucket"))
    assert all(bucket.inputs["forceDestroy"] for bucket in stack.all("s3/bucket:Bucket"))
    assert not any(config.options.retainOnDelete for config in stack.all(":BucketObjectv2"))


def test_server_configs_have_stable_keys_and_the_stores_base_path(deploy: Deploy) -> None:
    objects = {config.inputs["key"]: config.inputs["content"] for config in deploy(**READY).all(":BucketObjectv2")}
    assert set(objects) == {"configs/models.config", "configs/batching.config", "configs/monitoring.config"}
    assert 's3://tfserving-dev-models-id/models/digits"' in objects["configs/models.config"]


def test_the_role_reads_two_prefixes_writes_its_status_and_pulls_its_images_only(deploy: Deploy) -> None:
    policy = statements(deploy(**READY))
    assert set(policy) == {
        "ReadModels",
        "ListModels",
        "ReadConfigs",
        "ListConfigs",
        "WriteStatus",
        "EcrToken",
        "EcrPull",
    }
    assert policy["ReadModels"]["Resource"].endswith("models-1a2b3c4/models/*")
    assert policy["ListModels"]["Condition"] == {"StringLike": {"s3:prefix": "models/*"}}
    assert policy["WriteStatus"]["Action"] == "s3:PutObject"
    assert policy["WriteStatus"]["Resource"].endswith("configs-1a2b3c4/status/*")
    assert policy["EcrPull"]["Resource"] == [
        "arn:aws:ecr:eu-central-1:123456789012:repository/tfserving-dev-server-1a2b3c4",
        "arn:aws:ecr:eu-central-1:123456789012:repository/tfserving-dev-agent-1a2b3c4",
        "arn:aws:ecr:eu-central-1:123456789012:repository/server",
        "arn:aws:ecr:eu-central-1:123456789012:repository/agent",
    ]


def test_a_stack_with_ready_images_builds_none_and_keeps_its_repositories(deploy: Deploy) -> None:
    stack = deploy(**READY)
    assert stack.built == {}
    own = {repository.name for repository in deploy().all("ecr/repository:Repository")}
    assert {repository.name for repository in stack.all("ecr/repository:Repository")} == own
    assert len(own) == 2
    assert "aws:ecr/getAuthorizationToken:getAuthorizationToken" not in stack.invokes


def test_images_are_built_from_their_folders_tagged_by_content_and_used_by_digest(deploy: Deploy) -> None:
    stack = deploy()
    built = {source.context: name for name, source in stack.built.items()}
    assert set(built) == {"dockerfiles/server", "tfserving"}
    tags = [name.rsplit(":", 1)[1] for name in built.values()]
    assert all(len(tag) == 16 and int(tag, 16) >= 0 for tag in tags)
    services = compose_of(stack)["services"]
    assert {service["image"] for service in services.values()} == {f"{name}@{DIGEST}" for name in built.values()}


def test_no_resource_and_no_secret_comes_of_building_images(deploy: Deploy) -> None:
    stack = deploy()
    assert not [resource.kind for resource in stack.resources if resource.kind.startswith("docker:")]
    user_data: Any = stack.only("ec2/instance:Instance").options.object["userData"]
    assert isinstance(user_data, str)


def test_repositories_are_immutable_scanned_and_lose_only_untagged_images(deploy: Deploy) -> None:
    stack = deploy()
    for repository in stack.all("ecr/repository:Repository"):
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository.options.protect
    for policy in stack.all("ecr/lifecyclePolicy:LifecyclePolicy"):
        (rule,) = json.loads(policy.inputs["policy"])["rules"]
        assert rule["selection"]["tagStatus"] == "untagged"


def test_the_machine_is_locked_down(deploy: Deploy) -> None:
    machine = deploy(**READY).only("ec2/instance:Instance").inputs
    assert machine["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    assert machine["rootBlockDevice"]["encrypted"] is True
    assert machine["rootBlockDevice"]["volumeType"] == "gp3"
    assert "keyName" not in machine


def test_new_user_data_makes_a_new_machine_and_a_new_ami_does_not(deploy: Deploy) -> None:
    machine = deploy(**READY).only("ec2/instance:Instance")
    assert machine.inputs["userDataReplaceOnChange"] is True
    assert list(machine.options.ignoreChanges) == ["ami"]


@pytest.mark.parametrize("ami", ["latest", "ami-0fedcba9876543210"])
def test_an_ami_that_is_asked_for_is_honoured(deploy: Deploy, ami: str) -> None:
    machine = deploy(**READY, ami=ami).only("ec2/instance:Instance")
    assert list(machine.options.ignoreChanges) == []
    assert machine.inputs["ami"] == ("ami-0123456789abcdef0" if ami == "latest" else ami)


def test_a_given_ami_is_not_looked_up(deploy: Deploy) -> None:
    assert "aws:ssm/getParameter:getParameter" not in deploy(**READY, ami="ami-0fedcba9876543210").invokes


def test_nobody_may_call_by_default(deploy: Deploy) -> None:
    stack = deploy(**READY)
    assert stack.all(":SecurityGroupIngressRule") == []
    group = stack.only("securityGroup:SecurityGroup").inputs
    assert "ingress" not in group
    assert "egress" not in group


def test_each_caller_gets_a_rule_of_its_own(deploy: Deploy) -> None:
    stack = deploy(**READY, callerCidrs=["10.0.0.0/16", "2001:db8::/32"], callerSecurityGroups=["sg-0123456789abcdef0"])
    rules = {rule.name: rule.inputs for rule in stack.all(":SecurityGroupIngressRule")}
    assert rules["tfserving-dev-server-from-10-0-0-0-16"]["cidrIpv4"] == "10.0.0.0/16"
    assert rules["tfserving-dev-server-from-2001-db8-32"]["cidrIpv6"] == "2001:db8::/32"
    by_group = rules["tfserving-dev-server-from-sg-0123456789abcdef0"]
    assert by_group["referencedSecurityGroupId"] == "sg-0123456789abcdef0"
    assert {(rule["fromPort"], rule["toPort"]) for rule in rules.values()} == {(8500, 8502)}


def test_a_given_vpc_and_subnet_are_not_looked_up(deploy: Deploy) -> None:
    stack = deploy(**READY, vpcId="vpc-0123456789abcdef0", subnetIds=["subnet-0123456789abcdef0"])
    assert stack.only("ec2/instance:Instance").inputs["subnetId"] == "subnet-0123456789abcdef0"
    assert not [token for token in stack.invokes if "Vpc" in token or "Subnets" in token]


def test_the_first_subnet_does_not_depend_on_the_order_aws_answers_in(deploy: Deploy) -> None:
    assert deploy(**READY).only("ec2/instance:Instance").inputs["subnetId"] == "subnet-0a"


def test_everything_that_can_carry_tags_carries_the_stacks(deploy: Deploy) -> None:
    untaggable = [
        "BucketVersioning",
        "BucketServerSideEncryptionConfiguration",
        "BucketOwnershipControls",
        "BucketPublicAccessBlock",
        "BucketPolicy",
        "BucketLifecycleConfiguration",
        "RolePolicy",
        "RolePolicyAttachment",
        "LifecyclePolicy",
        "Image",
    ]
    resources = [r for r in deploy(tags={"Team": "vision"}).resources if r.kind.startswith("aws:")]
    for resource in resources:
        if resource.kind.rsplit(":", 1)[1] not in untaggable:
            expected = {"Project": "tfserving", "Stack": "dev", "Team": "vision"}
            assert expected.items() <= resource.inputs["tags"].items(), resource.name


def test_every_mistake_in_settings_ends_the_program_with_one_message(deploy: Deploy) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(instanceType="c7g.large", nonsense="1")
    assert str(refused.value).splitlines()[0] == "2 mistakes in the stack's configuration:"
    assert "tfserving:instanceType" in str(refused.value)
    assert "tfserving:nonsense" in str(refused.value)


def compose_of(recording: Recording) -> dict[str, Any]:
    """Give the compose project in the machine's user-data."""
    user_data = yaml.safe_load(recording.only("ec2/instance:Instance").inputs["userData"])
    files = {entry["path"]: entry["content"] for entry in user_data["write_files"]}
    compose: dict[str, Any] = yaml.safe_load(files["/opt/tfserving/docker-compose.yml"])
    return compose


def test_settings_reach_the_servers_command_line(deploy: Deploy) -> None:
    stack = deploy(**READY, serverFlags={"grpc_max_threads": 64}, configPollSeconds="7")
    services = compose_of(stack)["services"]
    assert "--grpc_max_threads=64" in services["server"]["command"]
    assert "TFSERVING_POLL_SECONDS=7" in stack.only("ec2/instance:Instance").inputs["userData"]


def test_settings_that_do_not_fit_the_server_configs_are_refused(deploy: Deploy) -> None:
    with pytest.raises(pulumi.RunError, match="the stack has no batching"):
        deploy(stack="tutorial-short", serverFlags={"enable_per_model_batching_parameters": True})
