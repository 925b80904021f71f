"""TLS, and closing REST."""

import pytest

from tests.tfserving.settings.test_load import problems_of
from tfserving.server_configs import ServerConfigFile, ServerConfigFiles
from tfserving.settings import load_settings
from tfserving.stacks import file_misfits

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:models/tls-AbCdEf"
VERSION = "a1b2c3d4-0000-1111-2222-333344445555"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def files(**present: str) -> ServerConfigFiles:
    """Give the files of a stack that has these beside its models."""
    made = {name: ServerConfigFile(f"configs/dev/{name}.config", text) for name, text in present.items()}
    models = ServerConfigFile("configs/dev/models.config", "")
    return ServerConfigFiles(models, **{"batching": None, "monitoring": None, **made})


def misfits(files: ServerConfigFiles, **values: str) -> dict[str, str]:
    """Hold files against settings; gives the messages by place."""
    return {problem.where: problem.message for problem in file_misfits(load_settings(values), files)}


def test_there_is_no_tls_by_default_and_rest_is_open() -> None:
    settings = load_settings({})
    assert (settings.tls.secret, settings.server.rest) == ("", True)


def test_a_secret_is_named_with_its_version_and_its_key() -> None:
    tls = load_settings({"tlsSecret": SECRET, "tlsSecretVersion": VERSION, "tlsKmsKey": KEY}).tls
    assert (tls.secret, tls.version, tls.kms_key) == (SECRET, VERSION, KEY)


@pytest.mark.parametrize(
    "value",
    [
        "model-server-tls",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:tls",
        "arn:aws:ssm:eu-central-1:123456789012:parameter/tls-AbCdEf",
        f"{SECRET}*",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_what_is_no_secrets_whole_arn_is_refused(value: str) -> None:
    assert "is not a secret's whole ARN" in problems_of(tlsSecret=value)["tfserving:tlsSecret"]


@pytest.mark.parametrize("value", ["AWSCURRENT", "1", "latest"])
def test_a_version_is_named_by_its_id(value: str) -> None:
    message = problems_of(tlsSecret=SECRET, tlsSecretVersion=value)["tfserving:tlsSecretVersion"]
    assert f"{value!r} is not a version's id" in message


def test_an_alias_is_no_kms_key() -> None:
    alias = "arn:aws:kms:eu-central-1:123456789012:alias/tls"
    assert "is not a KMS key's ARN" in problems_of(tlsSecret=SECRET, tlsKmsKey=alias)["tfserving:tlsKmsKey"]


def test_a_version_and_a_key_of_no_secret_are_refused() -> None:
    problems = problems_of(tlsSecretVersion=VERSION, tlsKmsKey=KEY)
    assert set(problems) == {"tfserving:tlsSecretVersion", "tfserving:tlsKmsKey"}
    assert all("tlsSecret is empty" in message for message in problems.values())


def test_flags_of_a_closed_rest_are_refused() -> None:
    problems = problems_of(rest="false", serverFlags={"rest_api_num_threads": 8})
    assert "rest is false" in problems["tfserving:serverFlags.rest_api_num_threads"]


def test_monitoring_needs_rest() -> None:
    message = misfits(files(monitoring="x"), rest="false")["configs/dev/monitoring.config:1:1"]
    assert "with nothing but a comment" in message
    assert misfits(files(monitoring="x")) == {}
    assert misfits(files(), rest="false") == {}


@pytest.mark.parametrize("version", ["2.6.5", "2.7.0"])
def test_session_settings_need_a_server_that_reads_them(version: str) -> None:
    message = misfits(files(session="x"), serverVersion=version)["configs/dev/session.config:1:1"]
    assert f"tfserving:serverVersion is {version!r}" in message
    assert "from 2.8.0 on" in message
    assert misfits(files(session="x"), serverVersion="2.8.0") == {}
