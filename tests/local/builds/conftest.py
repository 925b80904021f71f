"""A rehearsal whose CodeBuild builds, for all tests of this folder."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import docker
import pytest
import yaml

from local.cloud import Cloud, Endpoints
from local.cloud.cloud import REHEARSAL
from local.cloud.endpoints import ACCOUNT, REGION
from local.cloud.mirror import mirror
from local.data_plane.hosts import BUILD
from tests.local.rehearsal.conftest import Trial
from tests.local.stand_in.conftest import eventually

NAME = "check-builds"
BUCKET = "check-builds-configs"
GROUP = "check-builds"
REPOSITORY = "check-builds-server"
LONGEST_BUILD_SECONDS = 120
LOG: dict[str, Any] = {
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:*",
}
SOURCE = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/builds/*"}
TOKEN = {"Action": "ecr:GetAuthorizationToken", "Resource": "*"}


class Account:
    """An account with a bucket, a log group, and a repository."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.registry = endpoints.registry_host
        self.codebuild, self.ecr, self._iam, self._logs, self._s3 = (
            endpoints.client(service) for service in ("codebuild", "ecr", "iam", "logs", "s3")
        )
        self._s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self._logs.create_log_group(logGroupName=GROUP)
        self.ecr.create_repository(repositoryName=REPOSITORY)

    def send(self, key: str, files: Mapping[str, str]) -> str:
        """Send a source and give its location."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        self._s3.put_object(Bucket=BUCKET, Key=f"builds/{key}.zip", Body=packed.getvalue())
        return f"{BUCKET}/builds/{key}.zip"

    def project(self, name: str, rights: Sequence[Mapping[str, Any]] = (LOG, SOURCE, TOKEN), **phases: Any) -> str:
        """Create a project with a role that has these rights, and give its name."""
        commands = {phase: {"commands": list(said)} for phase, said in phases.items()}
        self.codebuild.create_project(
            name=name,
            source={
                "type": "S3",
                "location": f"{BUCKET}/builds/none.zip",
                "buildspec": yaml.safe_dump({"version": 0.2, "env": {"shell": "bash"}, "phases": commands}),
            },
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_XLARGE",
                "privilegedMode": True,
            },
            serviceRole=self._role(name, rights),
            logsConfig={"cloudWatchLogs": {"status": "ENABLED", "groupName": GROUP}},
        )
        return name

    def _role(self, name: str, rights: Sequence[Mapping[str, Any]]) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
        allowed = ({"Effect": "Allow", **right} for right in rights)
        self._iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document(*allowed))
        return str(role["Arn"])

    def start(self, project: str, source: str, **variables: str) -> str:
        """Start a build and give its id."""
        named = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
        build = self.codebuild.start_build(
            projectName=project, sourceLocationOverride=source, environmentVariablesOverride=named
        )
        return str(build["build"]["id"])

    def build(self, build_id: str) -> Any:
        """Give a build as it is now."""
        (build,) = self.codebuild.batch_get_builds(ids=[build_id])["builds"]
        return build

    def ended(self, build_id: str) -> Any:
        """Give a build once it has ended."""
        eventually(lambda: self.build(build_id)["buildComplete"], "The build's end", LONGEST_BUILD_SECONDS)
        return self.build(build_id)

    def log(self, build_id: str) -> list[str]:
        """Give the lines of a build's log so far."""
        logs = self.build(build_id)["logs"]
        if "streamName" not in logs:
            return []
        events = self._logs.get_log_events(
            logGroupName=logs["groupName"], logStreamName=logs["streamName"], startFromHead=True
        )["events"]
        return [event["message"].rstrip("\n") for event in events]


def document(*statements: Mapping[str, Any]) -> str:
    """Write a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="package")
def client() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="package")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Lay a rehearsal."""
    trial = Trial(tmp_path_factory.mktemp("builds"), NAME)
    trial.rehearsal.cloud.stop()  # what a killed run of the tests left
    yield trial
    trial.rehearsal.cloud.stop()


@pytest.fixture(scope="package")
def cloud(trial: Trial) -> Cloud:
    """Bring its AWS up, with what builds run in."""
    cloud = trial.rehearsal.cloud
    cloud.start()
    cloud.image("builder")
    return cloud


@pytest.fixture(scope="package")
def account(cloud: Cloud) -> Account:
    endpoints = cloud.endpoints()
    assert endpoints is not None
    return Account(endpoints)


@pytest.fixture(scope="package")
def base(cloud: Cloud) -> str:
    """Give the name of a base image that builders can pull."""
    return mirror(cloud, cloud.image("python"))


def builders(client: docker.DockerClient, build_id: str) -> list[Any]:
    """Give what there is of a build on this machine: its container, and its disk."""
    label: dict[str, Any] = {"label": [f"{REHEARSAL}={NAME}", f"{BUILD}={build_id.rpartition(':')[2]}"]}
    return [*client.containers.list(all=True, filters=label, ignore_removed=True), *client.volumes.list(filters=label)]
