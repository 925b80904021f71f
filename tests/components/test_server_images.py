"""Ready images that are older than what the settings make now."""

import json
from typing import Any

import pulumi
import pytest

from tests.components.conftest import ECR, PROJECT, Deploy
from tests.components.test_program import READY
from tfserving.images import server_source
from tfserving.settings import load_settings

DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what the program warns of."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: said.append(text))
    return said


def tag_of(**config: str) -> str:
    """Give the tag of the server image that a configuration makes."""
    settings = load_settings(config)
    return server_source(settings.images, settings.build, settings.server.version).tag(PROJECT)


def ready(tag: str) -> dict[str, Any]:
    """Name a ready server image by tag and digest."""
    return {**READY, "serverImageDigest": f"{ECR}/server:{tag}@{DIGEST}", "serverImage": "optimized"}


def test_an_image_of_other_settings_is_warned_of_with_the_command_that_builds_theirs(
    deploy: Deploy, warnings: list[str]
) -> None:
    older, now = tag_of(serverImage="optimized"), tag_of(serverImage="optimized", buildJobs="8")
    stack = deploy(**ready(older), buildJobs="8")
    (warning,) = warnings
    assert repr(older) in warning
    assert repr(now) in warning
    assert "`tfs image build --stack dev --image server --set`" in warning
    assert stack.built == {}


def test_a_machine_may_pull_each_repository_once_wherever_its_image_is_from(deploy: Deploy) -> None:
    own, other = f"{ECR}/tfserving-dev-server-1a2b3c4", f"{ECR}/agent"
    stack = deploy(serverImageDigest=f"{own}@{DIGEST}", agentImageDigest=f"{other}@{DIGEST}")
    (pull,) = (
        statement
        for policy in stack.all("iam/rolePolicy:RolePolicy")
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        if statement["Sid"] == "EcrPull"
    )
    names = [arn.rpartition("/")[2] for arn in pull["Resource"]]
    assert sorted(names) == ["agent", "tfserving-dev-agent-1a2b3c4", "tfserving-dev-server-1a2b3c4"]


def test_an_image_of_the_settings_and_one_that_says_nothing_are_no_matter(deploy: Deploy, warnings: list[str]) -> None:
    deploy(**ready(tag_of(serverImage="optimized")))
    deploy(**READY)
    assert warnings == []
