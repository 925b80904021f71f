"""What the environment tells the agent."""

from pathlib import Path

import pytest

from tfserving.agent.settings import read_settings
from tfserving.errors import SettingsError

LEAST = {"AWS_REGION": "eu-central-1", "TFSERVING_MODELS_BUCKET": "models", "TFSERVING_CONFIG_BUCKET": "configs"}


def test_three_variables_are_enough() -> None:
    settings = read_settings(LEAST)
    assert (settings.poll_seconds, settings.port, settings.server) == (15, 8502, "127.0.0.1:8500")
    assert settings.models_folder == Path("/var/lib/tfserving/models")
    assert settings.boot_files == {}


def test_empty_variables_are_as_good_as_none() -> None:
    empty = dict.fromkeys(("TFSERVING_POLL_SECONDS", "TFSERVING_ROOT", "TFSERVING_BATCHING_SHA256"), "")
    assert read_settings({**LEAST, **empty}) == read_settings(LEAST)


def test_boot_files_are_those_with_a_hash() -> None:
    settings = read_settings({**LEAST, "TFSERVING_BATCHING_SHA256": "a" * 64})
    assert settings.boot_files == {"batching.config": "a" * 64}


def test_rest_can_be_closed_and_grpc_can_have_tls() -> None:
    assert (read_settings(LEAST).rest, read_settings(LEAST).tls) == ("127.0.0.1:8501", None)
    settings = read_settings({**LEAST, "TFSERVING_REST": "off", "TFSERVING_TLS": "/tls"})
    assert (settings.rest, settings.tls) == ("", Path("/tls"))


def test_the_gate_is_not_on_the_disk_where_it_would_outlive_what_it_stands_for() -> None:
    assert read_settings(LEAST).gate_file == Path("/tmp/server-may-start")


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(
            {
                "AWS_REGION": "eu-central-1",
                "TFSERVING_POLL_SECONDS": "0",
                "TFSERVING_PORT": "70000",
                "TFSERVING_MONITORING_SHA256": "abc",
            }
        )
    said = str(refused.value)
    for part in (
        "TFSERVING_MODELS_BUCKET: is not set.",
        "TFSERVING_CONFIG_BUCKET: is not set.",
        "TFSERVING_POLL_SECONDS: '0' is not a number from 1 to 3600.",
        "TFSERVING_PORT: '70000' is not a number from 1 to 65535.",
        "TFSERVING_MONITORING_SHA256: 'abc' is not a sha256 of 64 hex digits.",
    ):
        assert part in said
