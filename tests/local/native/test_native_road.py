"""The tutorial's long version: an optimized server that reads S3 itself, whose key is rotated under it."""

import base64
import contextlib
import json
import re
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.report import predictions
from tests.local.rehearsal.conftest import Trial
from tfserving.client import PredictionError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

SERVER = "tfserving-server-1"
BINARY = "/usr/bin/tensorflow_model_server"
LONGEST_SECONDS = 60


def eventually(holds: Callable[[], bool]) -> bool:
    """Tell whether something comes true within a minute; what does not answer yet is asked again."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, PredictionError):
            if holds():
                return True
        time.sleep(0.2)
    return False


def key_of(native: Trial) -> dict[str, str]:
    """Read the access key that the machine uses."""
    secrets: Any = native.endpoints.client("secretsmanager")
    compose = native.on_machine("cat", "/opt/tfserving/docker-compose.yml")[1]
    arn = next(line.strip(" -") for line in compose.splitlines() if "arn:aws:secretsmanager" in line)
    key: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    return key


def client(native: Trial, service: str, key: dict[str, str]) -> Any:
    """Give a client with an access key."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=native.endpoints.aws_url,
        verify=str(native.endpoints.ca_file),
        region_name=native.endpoints.region,
        aws_access_key_id=key["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=key["AWS_SECRET_ACCESS_KEY"],
    )


def works(native: Trial, key: dict[str, str]) -> bool:
    """Tell whether S3 honours an access key."""
    try:
        client(native, "s3", key).get_object(Bucket=native.outputs["configsBucket"], Key="configs/models.config")
    except ClientError:
        return False
    return True


def serves(native: Trial) -> bool:
    """Tell whether every version under every label reads held-out digits."""
    return min(result.accuracy for result in predictions(native.rehearsal)) >= 0.95


def test_both_models_serve_every_version_under_every_label(native: Trial) -> None:
    native.up()
    assert serves(native)
    asked = {(result.model, result.version_or_label) for result in predictions(native.rehearsal)}
    assert asked == {("model_1", which) for which in (0, 1, 2, "retiring", "live", "test")} | {("model_2", 0)}


def test_the_server_was_compiled_as_the_settings_say(native: Trial) -> None:
    code, said = native.on_machine("docker", "exec", SERVER, "grep", "compiled by", BINARY)
    assert code == 0, said
    assert "--copt=-mavx2 --copt=-mfma --local_ram_resources=2048" in said
    assert said.strip().endswith("//tensorflow_serving/model_servers:tensorflow_model_server")


def test_a_second_up_builds_and_pushes_nothing(native: Trial) -> None:
    before = native.said.tell()
    outcome = native.up()
    assert not outcome.changed
    assert "Step " not in native.said.getvalue()[before:]


def test_the_key_is_where_the_server_needs_it_and_nowhere_else_on_the_machine(native: Trial) -> None:
    places = (
        "/opt",
        "/etc",
        "/home",
        "/root",
        "/tmp",
        "/var/log",
        "/var/lib/cloud",
        "/var/lib/docker",
        "/var/lib/tfserving",
    )
    code, said = native.on_machine("grep", "-rlsF", "-e", key_of(native)["AWS_SECRET_ACCESS_KEY"], *places)
    found = set(said.split())
    container = native.on_machine("docker", "inspect", "--format", "{{.Id}}", SERVER)[1].strip()
    # The engine keeps a container's environment beside it, for root only.
    assert code in (0, 2), said
    assert found == {"/opt/tfserving/.env", f"/var/lib/docker/containers/{container}/config.v2.json"}
    assert native.on_machine("stat", "-c", "%a %U", "/opt/tfserving/.env")[1].strip() == "600 root"


def test_the_agent_works_without_the_key(native: Trial) -> None:
    environment = "{{range .Config.Env}}{{println .}}{{end}}"
    agent, server = (
        native.on_machine("docker", "inspect", "--format", environment, name)[1]
        for name in ("tfserving-agent-1", SERVER)
    )
    assert "AWS_ACCESS_KEY_ID" not in agent
    assert f"AWS_ACCESS_KEY_ID={key_of(native)['AWS_ACCESS_KEY_ID']}" in server


def test_the_key_is_in_no_user_data_no_state_no_preview_and_no_output(native: Trial) -> None:
    # A preview that deletes the key's secret shows everything the engine knows of it.
    native.configure(accessKeys=["second"])
    preview = native.rehearsal.engine().preview().rendered
    native.configure(accessKeys=None)
    ec2: Any = native.endpoints.client("ec2")
    attribute = ec2.describe_instance_attribute(InstanceId=native.outputs["instanceId"], Attribute="userData")
    state = "".join(
        path.read_text(errors="replace")
        for path in (native.folder / "state").rglob("*")
        if path.is_file() and path.name != "operator.json"
    )
    shown = {
        "user-data": base64.b64decode(attribute["UserData"]["Value"]).decode(),
        "state": state,
        "preview": preview,
        "what the engine said": native.said.getvalue(),
        "outputs": json.dumps(native.outputs),
    }
    secret = key_of(native)["AWS_SECRET_ACCESS_KEY"]
    assert [name for name, text in shown.items() if secret in text] == []
    assert "ciphertext" in state
    assert re.search(r"secretString\s*: \[secret\]", preview)


def test_the_key_opens_the_two_prefixes_for_reading_and_nothing_else(native: Trial) -> None:
    assert works(native, key_of(native))
    key = key_of(native)
    s3, iam = client(native, "s3", key), client(native, "iam", key)
    bucket = native.outputs["configsBucket"]
    calls: list[Callable[[], Any]] = [
        lambda: s3.get_object(Bucket=bucket, Key="status/x.json"),
        lambda: s3.put_object(Bucket=bucket, Key="configs/models.config", Body=b""),
        lambda: s3.list_objects_v2(Bucket=bucket, Prefix="status/"),
        lambda: s3.list_buckets(),
        lambda: iam.list_users(),
    ]
    for call in calls:
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


def test_a_new_key_works_before_the_old_one_goes(native: Trial) -> None:
    old, machine = key_of(native), native.outputs["instanceId"]
    native.configure(accessKeys=["first", "second"])
    native.up()
    assert native.outputs["instanceId"] != machine
    new = key_of(native)
    assert new != old
    assert works(native, old)
    assert works(native, new)
    assert serves(native)


def test_taking_the_old_key_away_leaves_the_machine_serving(native: Trial) -> None:
    iam: Any = native.endpoints.client("iam")
    machine, new = native.outputs["instanceId"], key_of(native)
    native.configure(accessKeys=["second"])
    outcome = native.up()
    assert set(outcome.changes) == {"delete", "update"}  # the key, its secret and value; the role's policy
    assert native.outputs["instanceId"] == machine
    (user,) = (user["UserName"] for user in iam.list_users()["Users"] if user["UserName"] != "operator")
    (left,) = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert left["AccessKeyId"] == new["AWS_ACCESS_KEY_ID"]
    assert serves(native)


def test_a_restarted_server_reads_everything_with_the_key_that_is_left(native: Trial) -> None:
    code, said = native.on_machine("docker", "restart", "--time", "1", SERVER)
    assert code == 0, said
    assert eventually(lambda: serves(native))


def test_a_machine_without_what_the_image_needs_says_so_and_starts_no_server(native: Trial) -> None:
    native.configure(
        serverImage="gpu",
        instanceType="g4dn.xlarge",
        serverVersion="2.20.0",
        modelSource=None,
        accessKeys=None,
        # An update that waits would keep the machine before it.
        waitUntilReady=False,
    )
    native.rehearsal.provision()
    assert eventually(lambda: any("lacks nvidia" in problem for problem in native.status()["problems"]))
    assert not native.status()["ready"]
    (machine,) = native.rehearsal.cloud.machines()
    names = native.rehearsal.cloud.execute(machine.instance_id, ["docker", "ps", "--all", "--format", "{{.Names}}"])[1]
    assert names.split() == ["tfserving-agent-1"]


def test_destroy_leaves_no_user_and_no_secret(native: Trial) -> None:
    iam: Any = native.endpoints.client("iam")
    secrets: Any = native.endpoints.client("secretsmanager")
    native.rehearsal.destroy()
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["operator"]
    assert secrets.list_secrets()["SecretList"] == []
