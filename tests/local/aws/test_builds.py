"""Builds as moto keeps them: with what they were started with, and in progress until the data plane says otherwise."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.codebuild.models import codebuild_backends
from moto.core import DEFAULT_ACCOUNT_ID

from local.aws import builds
from tests.local.providers.servicing import REGION, client

PHASES = [
    {"phaseType": "PROVISIONING", "startTime": 1e9, "endTime": 1e9 + 4, "phaseStatus": "SUCCEEDED"},
    {"phaseType": "DOWNLOAD_SOURCE", "startTime": 1e9 + 4},
]
LOG = {"groupName": "builds", "streamName": "42"}
UNKNOWN = f"images:{uuid.UUID(int=0)}"


class CodeBuild:
    """CodeBuild's API with one project, and what the data plane sees of it."""

    def __init__(self, trusted: str = "codebuild.amazonaws.com") -> None:
        self.api = client("codebuild")
        statement = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        role = client("iam").create_role(
            RoleName="builder",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        self.project: dict[str, Any] = {
            "name": "images",
            "source": {"type": "S3", "location": "configs/builds/none.zip", "buildspec": "version: 0.2\n"},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_XLARGE",
                "privilegedMode": True,
                "environmentVariables": [{"name": "A", "value": "project"}, {"name": "B", "value": "project"}],
            },
            "serviceRole": role["Role"]["Arn"],
            "timeoutInMinutes": 90,
            "queuedTimeoutInMinutes": 30,
            "logsConfig": {"cloudWatchLogs": {"status": "ENABLED", "groupName": "builds"}},
        }
        self.api.create_project(**self.project)

    @property
    def backend(self) -> Any:
        return codebuild_backends[DEFAULT_ACCOUNT_ID][REGION]

    def start(self, **overrides: Any) -> Any:
        return self.api.start_build(projectName="images", **overrides)["build"]

    def get(self, build_id: str) -> Any:
        (build,) = self.api.batch_get_builds(ids=[build_id])["builds"]
        return build

    def told(self, build_id: str, **told: Any) -> Any:
        builds.report(self.backend, build_id, told)
        return self.get(build_id)


@pytest.fixture
def codebuild(aws: None) -> CodeBuild:
    builds.install()
    return CodeBuild()


def phases(build: Mapping[str, Any]) -> dict[str, str | None]:
    """Give the status of each phase by its type."""
    return {phase["phaseType"]: phase.get("phaseStatus") for phase in build["phases"]}


def test_a_build_has_its_projects_settings_and_what_the_request_overrides(codebuild: CodeBuild) -> None:
    variables = [{"name": "B", "value": "build", "type": "PLAINTEXT"}, {"name": "C", "value": "build"}]
    started = codebuild.start(
        sourceLocationOverride="configs/builds/1.zip",
        environmentVariablesOverride=variables,
        timeoutInMinutesOverride=5,
    )
    build = codebuild.get(started["id"])
    assert build["source"] == {"type": "S3", "location": "configs/builds/1.zip", "buildspec": "version: 0.2\n"}
    found = {variable["name"]: variable["value"] for variable in build["environment"]["environmentVariables"]}
    assert found == {"A": "project", "B": "build", "C": "build"}
    assert build["environment"]["computeType"] == "BUILD_GENERAL1_XLARGE"
    assert (build["timeoutInMinutes"], build["queuedTimeoutInMinutes"]) == (5, 30)
    assert (build["projectName"], build["serviceRole"]) == ("images", codebuild.project["serviceRole"])
    assert build["arn"].endswith(f":build/{build['id']}")


def test_a_build_stays_in_progress_however_often_one_asks(codebuild: CodeBuild) -> None:
    build_id = codebuild.start()["id"]
    for _ in range(2):
        build = codebuild.get(build_id)
        assert (build["buildStatus"], build["buildComplete"], build["currentPhase"]) == ("IN_PROGRESS", False, "QUEUED")
        assert phases(build) == {"SUBMITTED": "SUCCEEDED", "QUEUED": None}
        assert "streamName" not in build["logs"]


def test_a_build_shows_its_phases_and_its_log_once_the_data_plane_tells_them(codebuild: CodeBuild) -> None:
    build = codebuild.told(codebuild.start()["id"], phases=PHASES, log=LOG)
    assert build["currentPhase"] == "DOWNLOAD_SOURCE"
    assert list(phases(build)) == ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"]
    assert phases(build)["QUEUED"] == "SUCCEEDED"
    assert build["phases"][2]["durationInSeconds"] == 4
    assert (build["logs"]["groupName"], build["logs"]["streamName"]) == ("builds", "42")


def test_a_build_ends_as_the_data_plane_says_and_stays_so(codebuild: CodeBuild) -> None:
    context = {"statusCode": "BUILD_TIMED_OUT", "message": "Build has timed out."}
    build_id = codebuild.start()["id"]
    build = codebuild.told(build_id, phases=PHASES, buildStatus="TIMED_OUT", context=context)
    assert (build["buildStatus"], build["buildComplete"], build["currentPhase"]) == ("TIMED_OUT", True, "COMPLETED")
    assert phases(build)["DOWNLOAD_SOURCE"] == "TIMED_OUT"
    assert build["phases"][3]["contexts"] == [context]
    assert "endTime" in build
    assert codebuild.told(build_id, buildStatus="SUCCEEDED")["buildStatus"] == "TIMED_OUT"
    assert builds.unfinished(codebuild.backend) == []


def test_a_build_that_is_stopped_ends_at_once_and_stopping_it_again_changes_nothing(codebuild: CodeBuild) -> None:
    build_id = codebuild.start()["id"]
    codebuild.told(build_id, phases=PHASES)
    assert codebuild.api.stop_build(id=build_id)["build"]["buildStatus"] == "STOPPED"
    assert phases(codebuild.get(build_id))["DOWNLOAD_SOURCE"] == "STOPPED"
    ended = codebuild.get(build_id)["endTime"]
    assert codebuild.api.stop_build(id=build_id)["build"]["endTime"] == ended


def test_a_build_nobody_started_cannot_be_stopped_and_is_not_found(codebuild: CodeBuild) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        codebuild.api.stop_build(id=UNKNOWN)
    assert codebuild.api.batch_get_builds(ids=[UNKNOWN]) | {"ResponseMetadata": None} == {
        "builds": [],
        "buildsNotFound": [UNKNOWN],
        "ResponseMetadata": None,
    }


def test_builds_are_listed_newest_first_and_survive_their_project(codebuild: CodeBuild) -> None:
    ids = [codebuild.start()["id"] for _ in range(3)]
    codebuild.api.delete_project(name="images")
    codebuild.api.create_project(**codebuild.project)
    assert codebuild.api.list_builds_for_project(projectName="images")["ids"] == ids[::-1]
    ascending = codebuild.api.list_builds_for_project(projectName="images", sortOrder="ASCENDING")
    assert ascending["ids"] == ids
    assert codebuild.start()["buildNumber"] == 4


def test_a_project_that_is_not_there_builds_nothing(codebuild: CodeBuild) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        codebuild.api.start_build(projectName="absent")


@pytest.mark.parametrize(
    "unknown",
    [
        {"imageOverride": "debian"},
        {"environmentVariablesOverride": [{"name": "A", "value": "x", "type": "SECRETS_MANAGER"}]},
    ],
)
def test_an_override_that_would_have_no_effect_is_refused(codebuild: CodeBuild, unknown: Any) -> None:
    with pytest.raises(ClientError, match="The rehearsal knows no"):
        codebuild.start(**unknown)


def test_a_role_that_does_not_trust_the_service_is_refused(aws: None) -> None:
    builds.install()
    with pytest.raises(ClientError, match="CodeBuild is not authorized to perform: sts:AssumeRole"):
        CodeBuild(trusted="ec2.amazonaws.com")
