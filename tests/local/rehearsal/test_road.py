"""The whole road, in the order an operator walks it: up, up again, changes, down."""

import contextlib
import json
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.__main__ import INTERRUPTED
from local.cloud.cloud import REHEARSAL
from local.digits.evaluate import evaluate
from local.folders import CACHE
from local.rehearsal import MODEL
from local.report import predictions
from local.stack.engine import EngineError
from tests.local.rehearsal.bringing_up import NAME
from tests.local.rehearsal.conftest import Ended, Trial
from tests.tfserving.agent.test_tls_secret import CLIENT, MUTUAL, ROOT, SERVER
from tfserving.client import GrpcClient, PredictionError, RestClient, Tls
from tfserving.errors import TfServingError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

IN_AGENT = ("docker", "exec", "tfserving-agent-1", "python", "-c")
METADATA = "http://169.254.169.254/latest/"
AS_MACHINE = (
    "import boto3, os; boto3.setup_default_session(region_name=os.environ['AWS_REGION']); s3 = boto3.client('s3');"
    "models = os.environ['TFSERVING_MODELS_BUCKET']; configs = os.environ['TFSERVING_CONFIG_BUCKET']"
)
LONGEST_SECONDS = 60


def eventually(holds: Callable[[], bool]) -> bool:
    """Tell whether something comes true within a minute."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.2)
    return False


def labels(trial: Trial) -> dict[str, int]:
    """Give the version each label has on the machine."""
    return {label: row["version"] for row in trial.status()["models"] for label in row["labels"]}


@contextlib.contextmanager
def asking(trial: Trial) -> Iterator[list[str]]:
    """Have a client ask for a prediction again and again; yields what failed."""
    asked: list[int] = []
    failures: list[str] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(0.05):
            asked.append(1)
            # A new connection each time: one that is kept leads to the machine that goes, and goes with it.
            client = RestClient(f"http://127.0.0.1:{trial.rehearsal.ports.rest}")
            try:
                client.predict(MODEL, {"images": [[0.0] * 64]}, label="live")
            except TfServingError as error:
                failures.append(str(error))

    worker = threading.Thread(target=ask)
    worker.start()
    try:
        yield failures
    finally:
        ended.set()
        worker.join()
    assert len(asked) > 100


def ended_plainly(ended: Ended) -> bool:
    """Tell whether Ctrl-C ended a run as operators expect it."""
    told = "`make local` goes on from here" in ended.last_words and "Traceback" not in ended.last_words
    return ended.code == INTERRUPTED and told


def test_ctrl_c_ends_a_run_while_the_aws_starts_over_a_half_started_one(trial: Trial) -> None:
    trial.leave_half_started_container()
    ended = trial.up_until("The AWS on this machine")
    assert ended_plainly(ended), ended


def test_ctrl_c_ends_a_run_while_the_engine_works(trial: Trial) -> None:
    ended = trial.up_until("created  aws:s3/bucket:Bucket")
    assert ended_plainly(ended), ended


def test_a_run_that_is_killed_while_the_engine_works_is_begun_anew(trial: Trial) -> None:
    killed = trial.up_until("created  ", signal.SIGKILL)
    assert killed.code == -signal.SIGKILL
    assert "An earlier run was killed" not in killed.said
    ended = trial.up_until("$ tfs publish")
    assert "An earlier run was killed" in ended.said
    assert ended_plainly(ended), ended


def test_ctrl_c_ends_a_run_while_the_update_waits_for_the_machine(trial: Trial) -> None:
    # The machine was made by the run before; it cannot be ready as soon as its models are published.
    ended = trial.up_until("info: 0 s: i-")
    assert ended_plainly(ended), ended


def test_up_goes_on_where_runs_were_interrupted_and_the_machine_serves(trial: Trial) -> None:
    assert set(trial.up().changes) <= {"create"}
    assert trial.status()["ready"]
    assert labels(trial) == {"live": 2, "retiring": 1}


def test_every_version_and_label_reads_held_out_digits_over_both_apis(trial: Trial) -> None:
    results = predictions(trial.rehearsal)
    assert {(result.api, result.version_or_label) for result in results} == {
        (api, which) for api in ("gRPC", "REST") for which in (1, 2, "live", "retiring")
    }
    assert min(result.accuracy for result in results) >= 0.95
    assert {result.samples for result in results} == {360}


def test_a_second_up_changes_nothing_and_says_so(trial: Trial) -> None:
    machines = trial.rehearsal.cloud.machines()
    outcome = trial.up()
    assert not outcome.changed
    assert "no changes" in trial.said.getvalue()
    assert trial.rehearsal.cloud.machines() == machines


def test_cloud_init_takes_the_user_data_without_a_complaint(trial: Trial) -> None:
    code, said = trial.on_machine("cloud-init", "schema", "--config-file", "/var/lib/cloud/instance/user-data.txt")
    assert code == 0, said
    assert "Valid" in said


def test_compose_takes_the_project_with_its_variables(trial: Trial) -> None:
    code, said = trial.on_machine(
        "sh", "-c", "cd /opt/tfserving && docker compose --env-file .env -f docker-compose.yml config --quiet"
    )
    assert (code, said) == (0, "")


def test_the_machine_needs_a_session_token_for_its_metadata(trial: Trial) -> None:
    code, said = trial.on_machine(
        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://169.254.169.254/latest/"
    )
    assert (code, said) == (0, "401")


def test_the_server_cannot_reach_the_machines_role(trial: Trial) -> None:
    ask = (
        "import urllib.request as u; r = u.Request('http://169.254.169.254/latest/api/token', method='PUT',"
        "headers={'X-aws-ec2-metadata-token-ttl-seconds': '60'}); print(u.urlopen(r, timeout=3).status)"
    )
    on_host = trial.on_machine(*IN_AGENT, ask)
    in_bridge = trial.on_machine("docker", "exec", "tfserving-server-1", "python3", "-c", ask)
    assert on_host == (0, "200\n")
    assert in_bridge[0] != 0


@pytest.mark.parametrize(
    "call",
    [
        "s3.put_object(Bucket=models, Key='models/digits/9/saved_model.pb', Body=b'x')",
        "s3.delete_object(Bucket=models, Key='models/digits/1/saved_model.pb')",
        "s3.put_object(Bucket=configs, Key='configs/models.config', Body=b'x')",
        "s3.list_buckets()",
        "boto3.client('ec2').describe_instances()",
    ],
)
def test_the_machines_role_is_refused_what_it_does_not_need(trial: Trial, call: str) -> None:
    code, said = trial.on_machine(*IN_AGENT, f"{AS_MACHINE}; {call}")
    assert code != 0
    assert "AccessDenied" in said or "UnauthorizedOperation" in said


def test_a_changed_models_config_is_one_update_and_the_machine_follows(trial: Trial) -> None:
    machine = trial.outputs["instanceId"]
    trial.edit("configs/default/models.config", 'key: "live" value: 2', 'key: "live" value: 1')
    trial.edit("configs/default/models.config", 'key: "retiring" value: 1', 'key: "retiring" value: 2')
    before = trial.outputs["configVersions"]
    outcome = trial.up()
    assert outcome.changes == Counter(update=1)
    assert outcome.outputs["instanceId"] == machine
    assert {name for name, version in outcome.outputs["configVersions"].items() if before[name] != version} == {
        "models.config"
    }
    assert eventually(lambda: trial.status()["ready"] and labels(trial) == {"live": 1, "retiring": 2})


def test_a_version_is_added_promoted_and_taken_back_while_a_client_keeps_asking(trial: Trial) -> None:
    bucket, table = trial.outputs["modelsBucket"], trial.outputs["registryTable"]
    folder, where = str(CACHE / MODEL / "2"), ("--stack", NAME, "--root", str(trial.program))
    trial.rehearsal.tfs("publish", folder, "--model", MODEL, "--version", "3", "--bucket", bucket, "--registry", table)
    steps: tuple[tuple[tuple[str, ...], dict[str, int]], ...] = (
        # A version and its label in one change: the server refuses such a file whole, and for ever.
        (("add", MODEL, "3", "--label", "test"), {"live": 1, "retiring": 2, "test": 3}),
        (("promote", MODEL), {"live": 3, "retiring": 1}),
        (("rollback", MODEL), {"live": 1, "retiring": 3}),
    )
    with asking(trial) as failures:
        for command, wanted in steps:
            trial.rehearsal.tfs(*command, *where)
            assert trial.up().changes == Counter(update=1)
            assert labels(trial) == wanted
        shutil.rmtree(trial.program / "configs" / NAME)
        trial.up()
    assert failures == []
    assert labels(trial) == {"live": 1, "retiring": 2}


def test_a_config_that_wants_what_is_not_published_is_refused_with_the_command_that_mends_it(trial: Trial) -> None:
    trial.edit("configs/default/models.config", "versions: 2\n", "versions: 2\n versions: 7\n")
    with pytest.raises(EngineError) as refused:
        trial.rehearsal.provision()
    said = str(refused.value)
    assert "configs/default/models.config:" in said
    assert "Version 7 of the model 'digits' is not in the model store" in said
    assert f"tfs publish DIRECTORY --model digits --version 7 --bucket {trial.outputs['modelsBucket']}" in said
    assert "Traceback" not in said
    trial.edit("configs/default/models.config", " versions: 7\n", "")
    assert not trial.rehearsal.provision().changed


def test_an_object_that_wants_what_is_not_published_leaves_the_old_state_serving(trial: Trial) -> None:
    s3 = trial.endpoints.client("s3")
    where = {"Bucket": trial.outputs["configsBucket"], "Key": "configs/models.config"}
    before = s3.get_object(**where)["Body"].read()
    s3.put_object(**where, Body=before.replace(b"versions: 2\n", b"versions: 2\nversions: 7\n"))
    assert eventually(lambda: any("digits/7" in problem for problem in trial.status()["problems"]))
    assert not trial.status()["ready"]
    served: dict[str, list[Mapping[str, int | str]]] = {MODEL: [{"version": 1}, {"version": 2}, {"label": "live"}]}
    ports = trial.rehearsal.ports
    results = evaluate(f"127.0.0.1:{ports.grpc}", f"http://127.0.0.1:{ports.rest}", CACHE / MODEL, served)
    assert min(result.accuracy for result in results) >= 0.95
    s3.put_object(**where, Body=before)
    assert eventually(lambda: bool(trial.status()["ready"]))


def test_a_changed_batching_config_makes_a_new_machine(trial: Trial) -> None:
    machine = trial.outputs["instanceId"]
    trial.edit("configs/default/batching.config", "max_batch_size { value: 128 }", "max_batch_size { value: 64 }")
    with asking(trial) as failures:
        outcome = trial.up()
    assert failures == []
    assert outcome.changes["update"] == 1
    assert outcome.changes["create-replacement"] == outcome.changes["delete-replaced"] == 1
    assert outcome.outputs["instanceId"] != machine
    assert [found.instance_id for found in trial.rehearsal.cloud.machines()] == [outcome.outputs["instanceId"]]
    assert trial.status()["instance_id"] == outcome.outputs["instanceId"]
    assert trial.status()["ready"]


def test_a_stack_with_tls_serves_grpc_to_those_its_secret_knows_and_nothing_over_rest(trial: Trial) -> None:
    own = trial.program / "configs" / NAME
    own.mkdir()
    (own / "monitoring.config").write_text("# The metrics need REST.\n")
    (own / "session.config").write_text("session_inter_op_thread_pool { num_threads: 2 }\n")
    secrets: Any = trial.endpoints.client("secretsmanager")
    secret = secrets.create_secret(Name="model-server-tls", SecretString=json.dumps(MUTUAL))
    trial.configure(tlsSecret=secret["ARN"], tlsSecretVersion=secret["VersionId"], rest=False)
    assert "restEndpoint" not in trial.up().outputs
    target = f"127.0.0.1:{trial.rehearsal.ports.grpc}"
    trusted = Tls(ROOT.certificate.encode(), CLIENT.certificate.encode(), CLIENT.key.encode(), "any.models.example")
    with GrpcClient(target, tls=trusted) as known, GrpcClient(target) as unknown:
        assert set(known.status(MODEL)) == {1, 2}
        with pytest.raises(PredictionError, match="UNAVAILABLE"):
            unknown.status(MODEL)
    command = trial.on_machine("docker", "inspect", "--format", "{{json .Args}}", "tfserving-server-1")[1]
    assert "--tensorflow_session_config_file=/config/session.config" in command
    line = SERVER.key.splitlines()[1]
    places = (
        "/opt",
        "/etc",
        "/root",
        "/tmp",
        "/run",
        "/var/lib/cloud",
        "/var/lib/docker",
        "/var/lib/tfserving",
        "/var/log",
    )
    found = trial.on_machine("grep", "-rlsF", "-e", line, *places)[1]
    assert found.split() == ["/opt/tfserving/tls/server/ssl.config"]
    assert trial.on_machine("stat", "-c", "%a %u", found.strip())[1].split() == ["400", "10501"]


def test_bad_input_is_refused_at_once_with_every_mistake_and_nothing_changes(trial: Trial) -> None:
    trial.configure(instanceType="c7g.large", callerCidrs=["0.0.0.0/0"], diskSizeGb=30)
    trial.edit("configs/default/models.config", 'key: "live" value: 1', 'key: "live" value: 9')
    with pytest.raises(EngineError) as refused:
        trial.rehearsal.provision()
    said = str(refused.value)
    for part in (
        "tfserving:instanceType",
        "arm64",
        "tfserving:callerCidrs",
        "allowWholeWorld",
        "tfserving:diskSizeGb",
        "configs/default/models.config:",
    ):
        assert part in said
    assert "Traceback" not in said
    trial.configure(instanceType="c7i.large", callerCidrs=["10.0.0.0/8"], diskSizeGb=None)
    trial.edit("configs/default/models.config", 'key: "live" value: 9', 'key: "live" value: 1')
    assert not trial.up().changed


def test_destroy_leaves_nothing_in_aws(trial: Trial) -> None:
    endpoints, outputs = trial.endpoints, trial.outputs
    trial.rehearsal.destroy()
    assert left_in_aws(endpoints.client, outputs) == []


def left_in_aws(client: Callable[[str], Any], outputs: Any) -> list[str]:
    """Name what is left of a stack, by asking AWS."""
    left = [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]
    left += [repository["repositoryName"] for repository in client("ecr").describe_repositories()["repositories"]]
    left += [role["RoleName"] for role in client("iam").list_roles()["Roles"] if "tfserving" in role["RoleName"]]
    left += [profile["InstanceProfileName"] for profile in client("iam").list_instance_profiles()["InstanceProfiles"]]
    groups = client("ec2").describe_security_groups()["SecurityGroups"]
    left += [group["GroupId"] for group in groups if group["GroupName"] != "default"]
    for reservation in client("ec2").describe_instances()["Reservations"]:
        left += [i["InstanceId"] for i in reservation["Instances"] if i["State"]["Name"] != "terminated"]
    try:
        client("s3").head_bucket(Bucket=outputs["modelsBucket"])
        left.append("the models' bucket")
    except ClientError:
        pass
    return left


def docker_names(kind: str, *options: str) -> list[str]:
    """Name what the Docker engine has of the rehearsal."""
    command = ["docker", kind, "ls", *options, "--quiet", "--filter", f"label={REHEARSAL}={NAME}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_down_leaves_no_container_volume_network_or_file(trial: Trial) -> None:
    trial.rehearsal.down()
    assert docker_names("container", "--all") == []
    assert docker_names("volume") == docker_names("network") == []
    assert not trial.rehearsal.folder.exists()


def test_down_removes_what_a_killed_run_left_and_may_be_said_twice(trial: Trial) -> None:
    trial.leave_half_started_container()
    trial.rehearsal.down()
    assert docker_names("container", "--all") == []
    trial.rehearsal.down()
