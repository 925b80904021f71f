"""The CodeBuild project of a stack that wants one."""

import json
from typing import Any

from tests.components.conftest import ECR, PROJECT, Deploy, Recording
from tests.components.test_program import READY

BUILDING = {**READY, "codeBuild": "true"}


def project(stack: Recording) -> dict[str, Any]:
    """Give the project's inputs."""
    return stack.only("codebuild/project:Project").inputs


def rights(stack: Recording) -> dict[str, Any]:
    """Give the builder's policy statements by Sid."""
    (policy,) = (policy for policy in stack.all("iam/rolePolicy:RolePolicy") if policy.name.endswith("build-access"))
    return {statement["Sid"]: statement for statement in json.loads(policy.inputs["policy"])["Statement"]}


def test_a_stack_that_does_not_ask_has_no_builder(deploy: Deploy) -> None:
    assert not [one.kind for one in deploy(**READY).resources if "codebuild" in one.kind or "cloudwatch" in one.kind]


def test_the_project_builds_what_the_config_bucket_holds_as_the_buildspec_says(deploy: Deploy) -> None:
    inputs = project(deploy(**BUILDING))
    assert inputs["source"]["type"] == "S3"
    assert inputs["source"]["location"].endswith("/builds/none.zip")
    assert inputs["source"]["buildspec"] == (PROJECT / "dockerfiles/buildspec.yml").read_text()
    assert inputs["environment"]["privilegedMode"] is True
    assert inputs["logsConfig"]["cloudwatchLogs"]["groupName"] == "tfserving-dev-build-1a2b3c4"


def test_the_builders_size_and_patience_are_settings(deploy: Deploy) -> None:
    inputs = project(deploy(**BUILDING, codeBuildComputeType="2XLARGE", codeBuildTimeoutMinutes="600"))
    assert inputs["environment"]["computeType"] == "BUILD_GENERAL1_2XLARGE"
    assert inputs["buildTimeout"] == 600


def test_the_builder_reads_builds_pushes_to_two_repositories_and_writes_one_log(deploy: Deploy) -> None:
    stack = deploy(**BUILDING)
    by_sid = rights(stack)
    assert by_sid["Source"]["Resource"].endswith("/builds/*")
    assert set(by_sid["Source"]["Action"]) == {"s3:GetObject", "s3:GetObjectVersion"}
    assert len(by_sid["EcrPush"]["Resource"]) == 2
    assert by_sid["Log"]["Resource"].endswith("tfserving-dev-build-1a2b3c4:*")
    assert [sid for sid, statement in by_sid.items() if statement["Resource"] == "*"] == ["EcrToken"]


def test_the_builder_pulls_bases_from_ecr_and_from_nowhere_else(deploy: Deploy) -> None:
    assert "EcrBases" not in rights(deploy(**BUILDING))
    mirrored = deploy(**BUILDING, serverBaseImage=f"{ECR}/mirror/serving:2.20.0", agentBaseImage="python:3.12")
    assert rights(mirrored)["EcrBases"]["Resource"] == [
        "arn:aws:ecr:eu-central-1:123456789012:repository/mirror/serving"
    ]


def test_the_log_is_kept_for_a_month(deploy: Deploy) -> None:
    assert deploy(**BUILDING).only("cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 30


def test_the_project_comes_after_what_its_role_may(deploy: Deploy) -> None:
    request = deploy(**BUILDING).only("codebuild/project:Project").options
    assert any("RolePolicy" in urn for urn in request.dependencies)
