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

from tests.tfserving.machine.plans import DEFAULT, PLANS
from tfserving.errors import TfServingError
from tfserving.machine import render_compose, render_user_data


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


def test_env_list_holds_names_only_and_dot_env_a_value_for_each() -> None:
    files = files_of(render_user_data(DEFAULT))
    names = files["env.list"].split()
    values = dict(line.split("=", 1) for line in files[".env"].splitlines())
    assert "=" not in files["env.list"]
    assert names == list(values)
    assert {"AWS_REGION", "AWS_ENDPOINT", "S3_ENDPOINT", "AWS_LOG_LEVEL", "TF_CPP_MIN_LOG_LEVEL"} <= set(names)


def test_no_variable_carries_a_credential() -> None:
    assert not [name for name in DEFAULT.environment if "KEY" in name or "SECRET" in name or "TOKEN" in name]


def test_only_ecr_registries_get_the_credential_helper() -> None:
    assert [json.loads(files_of(render_user_data(plan))["docker/config.json"]) for plan in PLANS.values()] == [
        {"credHelpers": {"123456789012.dkr.ecr.eu-central-1.amazonaws.com": "ecr-login"}},
        {"credHelpers": {}},
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
        assert service["env_file"] == ["env.list"]


def test_the_server_waits_for_the_agents_first_state() -> None:
    server = yaml.safe_load(render_compose(DEFAULT))["services"]["server"]
    assert server["depends_on"] == {"agent": {"condition": "service_healthy"}}


@pytest.mark.parametrize("plan", PLANS)
def test_docker_compose_understands_the_project_and_resolves_every_variable(plan: str, tmp_path: Path) -> None:
    for name, content in files_of(render_user_data(PLANS[plan])).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    command = ["docker", "compose", "--env-file", ".env", "-f", "docker-compose.yml", "config", "--format", "json"]
    bare = {name: os.environ[name] for name in ("HOME", "PATH")}
    shown = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=True)
    services = json.loads(shown.stdout)["services"]
    expected = {name: value for name, value in PLANS[plan].environment.items()}
    assert {name: services[name]["environment"] for name in services} == {"agent": expected, "server": expected}


def test_a_dollar_sign_in_a_flag_reaches_the_server_as_it_is() -> None:
    files = files_of(render_user_data(replace(DEFAULT, server_command=("--ssl_config_file=/config/$HOME",))))
    assert yaml.safe_load(files["docker-compose.yml"])["services"]["server"]["command"] == [
        "--ssl_config_file=/config/$$HOME"
    ]
