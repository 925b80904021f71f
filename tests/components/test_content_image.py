"""Images that are known by their content: found in ECR, or built by the update."""

import pulumi
import pytest

from components.content_image import ImageNotBuilt
from tests.components.conftest import DIGEST, Deploy, Recording
from tests.components.test_program import compose_of
from tfserving.images import content_tag

GET_TOKEN = "aws:ecr/getAuthorizationToken:getAuthorizationToken"


def names_of(stack: Recording) -> list[str]:
    """Name what of a stack is in AWS."""
    return sorted(resource.name for resource in stack.resources if resource.kind.startswith("aws:"))


def test_what_ecr_has_is_neither_built_nor_pushed_and_makes_the_same_machine(deploy: Deploy) -> None:
    first = deploy()
    second = deploy(pushed=first.built, fails_at="build")
    assert GET_TOKEN in first.invokes
    assert GET_TOKEN not in second.invokes
    machines = [stack.only("ec2/instance:Instance").inputs["userData"] for stack in (first, second)]
    assert machines[0] == machines[1]
    assert names_of(first) == names_of(second)


def test_one_image_of_two_may_be_there_already(deploy: Deploy) -> None:
    both = deploy().built
    agent = {name: source for name, source in both.items() if "-agent-" in name}
    assert deploy(pushed=agent).built == both


def test_a_preview_builds_nothing_and_says_what_the_update_builds(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda text, **_: said.append(text))
    stack = deploy(preview=True, fails_at="build", codeBuild="true")
    assert stack.built == {}
    assert GET_TOKEN not in stack.invokes
    server, agent = sorted(said, key=lambda text: "agent" in text)
    assert server.startswith("The server image '")
    assert "`tfs image build --stack dev --image server --on codebuild`" in server
    assert "`tfs image build --stack dev --image agent --on codebuild`" in agent


def test_an_image_that_cannot_be_built_here_is_told_with_the_command_that_builds_it_elsewhere(deploy: Deploy) -> None:
    with pytest.raises(ImageNotBuilt) as refused:
        deploy(fails_at="build")
    said = str(refused.value)
    assert "`docker build` ended with exit code 1." in said
    assert "`tfs image build --stack dev --image" in said


def test_a_push_that_another_one_forestalled_takes_what_ecr_has(deploy: Deploy) -> None:
    stack = deploy(fails_at="push")
    assert all("@sha256:" in service["image"] for service in compose_of(stack)["services"].values())


def test_naming_the_image_that_was_found_makes_no_other_machine(deploy: Deploy) -> None:
    found = deploy()
    (server,) = (f"{name}@{DIGEST}" for name in found.built if "-server-" in name)
    assert content_tag(server)
    named = deploy(pushed=found.built, serverImageDigest=server)
    machines = [stack.only("ec2/instance:Instance").inputs["userData"] for stack in (found, named)]
    assert machines[0] == machines[1]
