"""Builds of CodeBuild that run for real: a source in S3, a builder with an engine of its own, an image in ECR."""

import docker
import pytest

from local.cloud import Cloud
from tests.local.builds.conftest import LOG, NAME, REPOSITORY, TOKEN, Account, builders
from tests.local.stand_in.conftest import eventually

pytestmark = pytest.mark.slow

LOGIN = (
    'aws ecr get-login-password --region "$AWS_REGION" '
    '| docker login --username AWS --password-stdin "$(echo "$IMAGE" | cut -d/ -f1)"'
)
# Names only: what a builder's nested containers reach by name, AWS and the world alike.
DOCKERFILE = """\
FROM {base}
COPY greeting /greeting
RUN getent hosts deb.debian.org sts.amazonaws.com
"""


def test_an_image_is_built_on_a_mirrored_base_pushed_and_known_to_ecr(
    account: Account, base: str, client: docker.DockerClient
) -> None:
    image = f"{account.registry}/{REPOSITORY}:1"
    source = account.send("image", {"Dockerfile": DOCKERFILE.format(base=base), "greeting": "hello\n"})
    build = ["docker build --tag=$IMAGE .", "docker run --rm $IMAGE cat /greeting"]
    project = account.project("images", pre_build=[LOGIN], build=build, post_build=["docker push $IMAGE"])
    build_id = account.start(project, source, IMAGE=image)
    assert account.ended(build_id)["buildStatus"] == "SUCCEEDED", account.log(build_id)
    log = account.log(build_id)
    assert "hello" in log
    (pushed,) = account.ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": "1"}])["imageDetails"]
    assert any(f"1: digest: {pushed['imageDigest']} size:" in line for line in log)
    eventually(lambda: not builders(client, build_id), "The builder's removal")


def test_a_command_that_fails_fails_the_build_while_another_build_runs_until_it_is_stopped(
    account: Account, client: docker.DockerClient
) -> None:
    source = account.send("words", {"words": "here I am"})
    lasting = account.start(account.project("lasting", build=["cat words && echo && sleep 600"]), source)
    failing = account.start(account.project("failing", build=["exit 3"]), source)
    ended = account.ended(failing)
    (context,) = (c for phase in ended["phases"] for c in phase.get("contexts", ()) if c["statusCode"])
    assert (ended["buildStatus"], context["statusCode"]) == ("FAILED", "COMMAND_EXECUTION_ERROR")
    assert context["message"] == "Error while executing command: exit 3. Reason: exit status 3"
    eventually(lambda: "here I am" in account.log(lasting), "The first line of a build that goes on")
    assert account.build(lasting)["buildStatus"] == "IN_PROGRESS"
    account.codebuild.stop_build(id=lasting)
    assert account.build(lasting)["buildStatus"] == "STOPPED"
    eventually(lambda: not builders(client, lasting), "The removal of the stopped build's builder")


def test_a_role_that_may_not_read_the_source_fails_the_download(account: Account) -> None:
    project = account.project("blind", rights=(LOG, TOKEN), build=["true"])
    build = account.ended(account.start(project, account.send("unseen", {"x": ""})))
    (failed,) = (phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    assert (build["buildStatus"], failed["phaseType"]) == ("FAILED", "DOWNLOAD_SOURCE")
    assert "AccessDenied" in failed["contexts"][0]["message"]


def test_a_role_that_may_not_write_the_log_fails_before_the_source(account: Account) -> None:
    others = {**LOG, "Resource": LOG["Resource"].replace(":*", "-others:*")}
    build = account.ended(account.start(account.project("mute", rights=(others,), build=["true"]), "x/y.zip"))
    (failed,) = (phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    assert (failed["phaseType"], failed["contexts"][0]["statusCode"]) == ("PROVISIONING", "ACCESS_DENIED")
    assert "streamName" not in build["logs"]


def test_a_build_outlives_a_data_plane_that_starts_again_but_not_its_builder(
    account: Account, cloud: Cloud, client: docker.DockerClient
) -> None:
    source = account.send("words", {"words": "here I am"})
    build_id = account.start(account.project("enduring", build=["cat words && echo && sleep 600"]), source)
    eventually(lambda: account.build(build_id)["currentPhase"] != "QUEUED", "The build's start")
    client.containers.get(f"tfserving-aws-{NAME}-ec2").restart(timeout=1)
    eventually(lambda: account.build(build_id)["currentPhase"] == "BUILD", "The build's progress")
    assert cloud.machines() == []
    builders(client, build_id)[0].remove(force=True, v=True)
    assert account.ended(build_id)["buildStatus"] == "FAULT"
