"""User-data: what a machine is told at boot."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tfserving.machine.plans import BARE, DEFAULT, NATIVE, PLANS, TLS
from tfserving.errors import TfServingError
from tfserving.machine import MachinePlan, render_compose, render_user_data


def files_of(user_data: str) -> dict[str, str]:
    """Give the files that user-data writes, by their name below /opt/tfserving."""
    written = yaml.safe_load(user_data)["write_files"]
    return {entry["path"].removeprefix("/opt/tfserving/"): entry["content"] for entry in written}


@pytest.mark.parametrize("plan", PLANS)
def test_user_data_is_as_reviewed(plan: str, golden: Callable[[str, str], None]) -> None:
    golden(f"user_data_{plan}.yaml", render_user_data(PLANS[plan]))


@pytest.mark.parametrize("plan", PLANS)
def test_the_compose_project_is_as_reviewed(plan: str, golden: Callable[[str, str], None]) -> None:
    golden(f"docker-compose_{plan}.yml", render_compose(PLANS[plan]))


def test_the_default_stack_stays_far_below_the_limit() -> None:
    assert len(render_user_data(DEFAULT).encode()) <= 8192


def test_user_data_that_ec2_would_not_take_is_refused_with_its_size() -> None:
    with pytest.raises(TfServingError, match=r"has \d{5} bytes, but EC2 takes at most 16384"):
        render_user_data(replace(DEFAULT, server_command=("--grpc_channel_arguments=" + "x" * 16000,)))


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_each_list_holds_names_only_and_dot_env_a_value_for_each_but_the_key(plan: MachinePlan) -> None:
    files = files_of(render_user_data(plan))
    values = dict(line.split("=", 1) for line in files[".env"].splitlines())
    names = {*files["env.list"].split(), *files["agent.list"].split()}
    assert "=" not in files["env.list"] + files["agent.list"]
    assert names - values.keys() == set(plan.secret_variables)
    assert values.keys() <= names


def test_the_server_gets_the_tutorials_variables_and_the_one_tensorflow_reads() -> None:
    names = files_of(render_user_data(NATIVE))["env.list"].split()
    assert names == [
        "AWS_REGION",
        "AWS_ENDPOINT",
        "S3_ENDPOINT",
        "AWS_LOG_LEVEL",
        "TF_CPP_MIN_LOG_LEVEL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ]


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_user_data_holds_no_value_of_a_credential(plan: MachinePlan) -> None:
    values = files_of(render_user_data(plan))[".env"]
    assert not [line for line in values.splitlines() if "KEY" in line or "SECRET" in line or "TOKEN" in line]


def test_the_agent_never_gets_the_servers_key() -> None:
    assert "AWS_ACCESS_KEY_ID" not in files_of(render_user_data(NATIVE))["agent.list"]


def test_only_root_reads_dot_env() -> None:
    written = yaml.safe_load(render_user_data(NATIVE))["write_files"]
    assert {entry["permissions"] for entry in written if entry["path"].endswith("/.env")} == {"0600"}


def test_only_ecr_registries_get_the_credential_helper() -> None:
    assert [json.loads(files_of(render_user_data(plan))["docker/config.json"]) for plan in PLANS.values()] == [
        {"credHelpers": {} if plan is BARE else {"123456789012.dkr.ecr.eu-central-1.amazonaws.com": "ecr-login"}}
        for plan in PLANS.values()
    ]


def test_a_change_of_the_batching_file_changes_user_data() -> None:
    assert render_user_data(replace(DEFAULT, batching_sha256="e" * 64)) != render_user_data(DEFAULT)


def test_the_monitoring_file_is_not_passed_as_the_batching_file() -> None:
    command: list[str] = yaml.safe_load(render_compose(DEFAULT))["services"]["server"]["command"]
    assert "--batching_parameters_file=/config/batching.config" in command
    assert "--monitoring_config_file=/config/monitoring.config" in command


def test_logs_are_capped_and_services_restart() -> None:
    services: dict[str, Any] = yaml.safe_load(render_compose(DEFAULT))["services"]
    assert set(services) == {"agent", "server"}
    for service in services.values():
        assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m"}}
        assert service["restart"] == "unless-stopped"
    assert (services["agent"]["env_file"], services["server"]["env_file"]) == (["agent.list"], ["env.list"])


def test_the_server_waits_for_the_agents_first_state() -> None:
    for plan in (DEFAULT, NATIVE):
        server = yaml.safe_load(render_compose(plan))["services"]["server"]
        assert server["depends_on"] == {"agent": {"condition": "service_healthy"}}


@pytest.mark.parametrize("plan", PLANS)
def test_docker_compose_understands_the_project_and_resolves_every_variable(plan: str, tmp_path: Path) -> None:
    for name, content in files_of(render_user_data(PLANS[plan])).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    with (tmp_path / ".env").open("a") as values:
        values.writelines(f"{name}=fetched\n" for name in PLANS[plan].secret_variables)
    command = ["docker", "compose", "--env-file", ".env", "-f", "docker-compose.yml", "config", "--format", "json"]
    bare = {name: os.environ[name] for name in ("HOME", "PATH")}
    shown = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=True)
    services = json.loads(shown.stdout)["services"]
    expected = {"agent": PLANS[plan].agent_environment, "server": PLANS[plan].server_environment}
    key = dict.fromkeys(PLANS[plan].secret_variables, "fetched")
    assert {name: services[name]["environment"] for name in services} == {
        "agent": expected["agent"],
        "server": {**expected["server"], **key},
    }


def test_only_a_gpu_machine_reserves_a_gpu_for_its_server() -> None:
    services = {name: yaml.safe_load(render_compose(plan))["services"] for name, plan in PLANS.items()}
    (device,) = services["gpu"]["server"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    assert [name for name in services if "deploy" in services[name]["server"]] == ["gpu"]
    assert "deploy" not in services["gpu"]["agent"]


def test_a_native_server_reads_everything_from_s3_once_an_hour() -> None:
    server = yaml.safe_load(render_compose(NATIVE))["services"]["server"]
    root = "s3://tfserving-dev-configs-1a2b3c4/configs"
    assert {
        f"--model_config_file={root}/models.config",
        f"--batching_parameters_file={root}/batching.config",
        f"--monitoring_config_file={root}/monitoring.config",
        "--model_config_file_poll_wait_seconds=3600",
        "--file_system_poll_wait_seconds=3600",
    } <= set(server["command"])
    assert "volumes" not in server


def test_the_key_is_printed_where_no_log_keeps_it_and_only_at_boot() -> None:
    service = yaml.safe_load(render_compose(NATIVE))["services"]["access-key"]
    assert service["logging"] == {"driver": "none"}
    assert service["profiles"] == ["boot"]
    assert "access-key" not in yaml.safe_load(render_compose(DEFAULT))["services"]


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_start_is_told_what_the_server_image_needs(plan: MachinePlan) -> None:
    assert yaml.safe_load(render_user_data(plan))["runcmd"] == [["/opt/tfserving/start.sh", *plan.needs]]


def test_a_dollar_sign_in_a_flag_reaches_the_server_as_it_is() -> None:
    files = files_of(render_user_data(replace(DEFAULT, server_command=("--ssl_config_file=/config/$HOME",))))
    assert yaml.safe_load(files["docker-compose.yml"])["services"]["server"]["command"] == [
        "--ssl_config_file=/config/$$HOME"
    ]


def test_each_container_sees_its_own_files_for_tls_only() -> None:
    services = yaml.safe_load(render_compose(TLS))["services"]
    assert "./tls/server:/tls:ro" in services["server"]["volumes"]
    assert "./tls/agent:/tls:ro" in services["agent"]["volumes"]
    assert services["tls"]["logging"] == {"driver": "none"}
    assert "TFSERVING_TLS=/tls" in files_of(render_user_data(TLS))[".env"]


def test_a_server_that_reads_s3_itself_has_tls_too() -> None:
    plan = replace(NATIVE, tls_secret=TLS.tls_secret)
    services = yaml.safe_load(render_compose(plan))["services"]
    assert services["server"]["volumes"] == ["./tls/server:/tls:ro"]
    assert {"access-key", "tls"} <= set(services)
    assert services["tls"]["entrypoint"][-1] == TLS.tls_secret


def test_the_server_starts_once_the_running_agent_has_proven_what_it_will_read() -> None:
    agent = yaml.safe_load(render_compose(DEFAULT))["services"]["agent"]
    gate = agent["healthcheck"]["test"][-1]
    assert any(gate.startswith(f"{folder}/") for folder in agent["tmpfs"])


def test_a_change_of_the_session_file_changes_user_data() -> None:
    assert render_user_data(replace(DEFAULT, session_sha256="e" * 64)) != render_user_data(DEFAULT)
