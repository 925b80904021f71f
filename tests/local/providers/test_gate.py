"""The real engine on the update's gate: machines are faked by what they would write into the config bucket."""

import contextlib
import datetime
import gc
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation as auto

from components import gate
from components.gate import GateArgs, wait_until_serving
from components.model_server import ModelServer, ModelServerArgs
from tests.local.providers.conftest import REGION, Deployment
from tfserving.settings import MachineSettings, NetworkSettings, UpdateSettings

# The SDK leaves its event loop open when an inline program fails.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

TAGS = {"Project": "p", "Stack": "s"}


@pytest.fixture(autouse=True)
def swept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Collect what the SDK left open within the test that ignores its complaints."""
    monkeypatch.setattr(gate, "LOOK_AGAIN_SECONDS", 0.1)
    yield
    gc.collect()


@dataclass
class Fleet:
    """Machines that boot in an AWS without machines: what each says, and in which order things happened."""

    client: Callable[[str], Any]
    events: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    stubborn: bool = False
    """Whether machines that are made from now on never serve."""
    _known: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def living(self) -> list[str]:
        """Name the machines that run."""
        running = [{"Name": "instance-state-name", "Values": ["running"]}]
        found = self.client("ec2").describe_instances(Filters=running)["Reservations"]
        return [instance["InstanceId"] for reservation in found for instance in reservation["Instances"]]

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """Have the machines report twice a second or so."""
        worker = threading.Thread(target=self._run)
        worker.start()
        try:
            yield
        finally:
            self._stop.set()
            worker.join()
            self._stop.clear()

    def take(self, event: auto.EngineEvent) -> None:
        """Note when the engine deletes a machine, and what it is told."""
        if event.resource_pre_event and "ec2/instance:" in event.resource_pre_event.metadata.urn:
            self.events.append(event.resource_pre_event.metadata.op.value)
        if event.diagnostic_event and event.diagnostic_event.severity in ("warning", "info"):
            self.events.append(event.diagnostic_event.message)

    def _run(self) -> None:
        while not self._stop.wait(0.3):
            for instance in self.living():
                with contextlib.suppress(Exception):  # before the bucket has its config
                    self._report(instance)

    def _report(self, instance: str) -> None:
        s3 = self.client("s3")
        (bucket,) = (one["Name"] for one in s3.list_buckets()["Buckets"])
        config = s3.head_object(Bucket=bucket, Key="configs/models.config")
        if instance not in self._known:
            self._known.add(instance)
            if self.stubborn:
                self.broken[instance] = "digits/3: no graph"
        problem = self.broken.get(instance)
        row = {"model": "digits", "version": 3, "labels": [], "state": "failed" if problem else "AVAILABLE"}
        said = {
            "instance_id": instance,
            "updated_at": datetime.datetime.now(tz=datetime.UTC).isoformat(),
            "ready": not problem,
            "problems": [problem] if problem else [],
            "config": {"version_id": config["VersionId"], "etag": config["ETag"]},
            "models": [{**row, "error": problem or ""}],
        }
        body = json.dumps(said).encode()
        s3.put_object(Bucket=bucket, Key=f"status/{instance}.json", Body=body, ContentType="application/json")
        if not problem and f"serves {instance}" not in self.events:
            self.events.append(f"serves {instance}")


@pytest.fixture
def fleet(cloud: Callable[[str], Any]) -> Fleet:
    return Fleet(cloud)


def stack(
    fleet: Fleet,
    *,
    user_data: str = "1",
    version: int = 3,
    seconds: int = 60,
    wait: bool = True,
    published: bool = True,
) -> Callable[[], None]:
    """Make a program of a config bucket that is its own model store, a machine, and the gate."""
    image = str(fleet.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"])

    def program() -> None:
        bucket = aws.s3.Bucket("bucket", force_destroy=True)
        enabled = {"status": "Enabled"}
        on = aws.s3.BucketVersioning("versions", bucket=bucket.id, versioning_configuration=enabled)
        written = pulumi.ResourceOptions(depends_on=[on])
        config = aws.s3.BucketObjectv2(
            "config",
            bucket=bucket.id,
            key="configs/models.config",
            content=bucket.id.apply(lambda id_: models_config(id_, version)),
            content_type="text/plain; charset=utf-8",
            opts=written,
        )
        if published:
            aws.s3.BucketObjectv2("m", bucket=bucket.id, key="models/digits/3/m", content="m", opts=written)
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = aws.iam.Role("machine", assume_role_policy=trust)
        server = ModelServer(
            "server",
            ModelServerArgs(
                machine=MachineSettings(ami=image),
                network=NetworkSettings(),
                instance_profile=aws.iam.InstanceProfile("machine", role=role.name).name,
                user_data=user_data,
                region=REGION,
                account="123456789012",
                tags=TAGS,
            ),
        )
        update = UpdateSettings(readySeconds=seconds, waitUntilReady=wait)
        versions = {"models.config": config.version_id}
        wait_until_serving(
            GateArgs(
                update=update, configs_bucket=bucket.id, instance_ids=[server.instance.id], config_versions=versions
            ),
            server,
        )
        pulumi.export("instanceId", server.instance.id)

    return program


def models_config(bucket: str, version: int) -> str:
    """Want one version of one model."""
    policy = f"model_version_policy {{ specific {{ versions: {version} }} }}"
    model = f'name: "digits" base_path: "s3://{bucket}/models/digits" model_platform: "tensorflow" {policy}'
    return f"model_config_list {{ config {{ {model} }} }}"


def up(deployment: Deployment, fleet: Fleet, program: Callable[[], None]) -> None:
    """Bring the stack up and note the events."""
    deployment.stack.workspace.program = program
    deployment.stack.up(on_event=fleet.take)


def test_a_replaced_machine_is_deleted_after_its_successor_serves_in_whichever_update(
    deployment: Deployment, fleet: Fleet
) -> None:
    with fleet.alive():
        up(deployment, fleet, stack(fleet))
        first = deployment.output("instanceId")
        assert f"serves {first}" in fleet.events
        assert any("Every machine serves" in event for event in fleet.events)

        up(deployment, fleet, stack(fleet, user_data="2"))
        second = deployment.output("instanceId")
        assert fleet.events.index(f"serves {second}") < fleet.events.index("delete-replaced")
        assert fleet.living() == [second]

        # The successor does not serve: the update fails in its words, and the next one does not delete either.
        fleet.events.clear()
        fleet.stubborn = True
        for _ in range(2):
            with pytest.raises(auto.CommandError, match="digits/3: no graph") as refused:
                up(deployment, fleet, stack(fleet, user_data="3", seconds=3))
            assert "Traceback" not in str(refused.value)
            assert "after 3 s (tfserving:readySeconds)" in str(refused.value)
        third = deployment.output("instanceId")
        assert set(fleet.living()) == {second, third}
        assert "delete-replaced" not in fleet.events
        assert any("digits/3 failed (digits/3: no graph)" in event for event in fleet.events)

        # It serves in the end, and an update of the same program deletes the one before it.
        fleet.broken.clear()
        fleet.events.clear()
        up(deployment, fleet, stack(fleet, user_data="3"))
        assert fleet.living() == [third]
        assert fleet.events.index(f"serves {third}") < fleet.events.index("delete-replaced")
        assert deployment.preview(stack(fleet, user_data="3")) == {}


def test_a_changed_config_is_waited_for_and_an_update_without_a_change_asks_again(
    deployment: Deployment, fleet: Fleet
) -> None:
    with fleet.alive():
        up(deployment, fleet, stack(fleet))
        machine = deployment.output("instanceId")
        fleet.broken[machine] = "digits/4: half of it is missing"
        for _ in range(2):
            with pytest.raises(auto.CommandError, match="half of it is missing"):
                up(deployment, fleet, stack(fleet, version=4, seconds=2))
        fleet.broken.clear()
        up(deployment, fleet, stack(fleet, version=4))
        assert fleet.living() == [machine]


def test_an_empty_store_ends_in_a_warning_that_names_what_to_publish(deployment: Deployment, fleet: Fleet) -> None:
    up(deployment, fleet, stack(fleet, published=False))
    (warning,) = (event for event in fleet.events if "tfs publish" in event)
    assert "tfs publish DIRECTORY --model digits --version 3 --bucket bucket-" in warning
    # No machine reports here at all.
    up(deployment, fleet, stack(fleet, wait=False))
    with pytest.raises(auto.CommandError, match="It has not reported yet"):
        up(deployment, fleet, stack(fleet, seconds=1))
