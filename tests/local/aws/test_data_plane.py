"""What the data plane, and nobody else, is told behind the curtain."""

import io
import json
from typing import Any

import pytest

from local.aws import builds
from local.aws.server import Application
from tests.local.aws.test_builds import CodeBuild
from tests.local.providers.servicing import REGION

SECRET = "the operator's"


class Door:
    """Requests to the application."""

    def __init__(self) -> None:
        self._application = Application(REGION, SECRET)

    def ask(self, path: str, body: Any = None, secret: str = SECRET) -> tuple[str, Any]:
        """Give an answer's status and content."""
        sent = b"" if body is None else json.dumps(body).encode()
        statuses: list[str] = []
        answer = self._application(
            {
                "REQUEST_METHOD": "GET" if body is None else "POST",
                "PATH_INFO": path,
                "CONTENT_LENGTH": str(len(sent)),
                "HTTP_X_REHEARSAL_SECRET": secret,
                "wsgi.input": io.BytesIO(sent),
            },
            lambda status, _: statuses.append(status),
        )
        content = b"".join(answer)
        return statuses[0], json.loads(content) if statuses[0].startswith("200") else None


@pytest.fixture
def codebuild(aws: None) -> CodeBuild:
    builds.install()
    return CodeBuild()


def test_builds_in_progress_are_listed_and_end_as_is_reported(codebuild: CodeBuild) -> None:
    door, build_id = Door(), codebuild.start()["id"]
    assert [build["id"] for build in door.ask("/rehearsal/builds")[1]] == [build_id]
    door.ask(f"/rehearsal/builds/{build_id}", {"buildStatus": "SUCCEEDED"})
    assert door.ask("/rehearsal/builds") == ("200 OK", [])
    assert codebuild.get(build_id)["buildStatus"] == "SUCCEEDED"


def test_a_build_takes_its_projects_role(codebuild: CodeBuild) -> None:
    build_id = codebuild.start()["id"]
    _, credentials = Door().ask(f"/rehearsal/builds/{build_id}/credentials")
    assert credentials["RoleArn"] == codebuild.project["serviceRole"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert credentials.keys() == {"RoleArn", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"}


def test_an_instance_takes_its_role_in_the_metadata_services_form(aws: None) -> None:
    _, credentials = Door().ask("/rehearsal/instance-credentials/machine")
    assert (credentials["Code"], credentials["Type"]) == ("Success", "AWS-HMAC")


def test_whoever_does_not_know_the_secret_is_told_nothing(aws: None) -> None:
    assert Door().ask("/rehearsal/builds", secret="guessed") == ("403 Forbidden", None)


def test_what_is_not_there_is_not_found(aws: None) -> None:
    assert Door().ask("/rehearsal/builds/images:1/logs") == ("404 Not Found", None)
