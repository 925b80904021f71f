"""A stack whose gRPC has TLS, and one whose REST is closed."""

import json

import pulumi
import pytest

from tests.components.conftest import Deploy
from tests.components.test_program import READY, compose_of, statements

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:tls-AbCdEf"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
VERSION = "a1b2c3d4-0000-1111-2222-333344445555"
# Nothing of the project's own monitoring.config, which needs REST.
CLOSED = {**READY, "rest": "false"}


@pytest.fixture
def without_monitoring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave monitoring.config out of the stack, as a file of comments does."""
    from tfserving.server_configs import files

    monkeypatch.setattr(files, "_switches_off", lambda path, text, stack: path.name == "monitoring.config")


def test_a_stack_without_tls_reads_no_secret_for_it(deploy: Deploy) -> None:
    stack = deploy(**READY)
    assert "ReadTlsSecret" not in statements(stack)
    assert "tls" not in compose_of(stack)["services"]


def test_the_machine_reads_exactly_that_secret(deploy: Deploy) -> None:
    policy = statements(deploy(**READY, tlsSecret=SECRET))
    assert policy["ReadTlsSecret"] == {
        "Sid": "ReadTlsSecret",
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": SECRET,
    }
    assert "DecryptTlsSecret" not in policy
    # It is not the access key of a native server: the machine still reads its models itself.
    assert "ReadModels" in policy


def test_a_named_kms_key_decrypts_that_secret_and_nothing_else(deploy: Deploy) -> None:
    statement = statements(deploy(**READY, tlsSecret=SECRET, tlsKmsKey=KEY))["DecryptTlsSecret"]
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", KEY)
    assert statement["Condition"] == {"StringEquals": {"kms:EncryptionContext:SecretARN": SECRET}}


def test_user_data_names_the_secret_and_its_version_and_another_version_makes_a_new_machine(deploy: Deploy) -> None:
    stack = deploy(**READY, tlsSecret=SECRET, tlsSecretVersion=VERSION)
    services = compose_of(stack)["services"]
    assert services["tls"]["entrypoint"][-2:] == [SECRET, VERSION]
    assert "--ssl_config_file=/tls/ssl.config" in services["server"]["command"]
    later = deploy(**READY, tlsSecret=SECRET, tlsSecretVersion=VERSION.upper())
    old, new = (made.only("ec2/instance:Instance").inputs["userData"] for made in (stack, later))
    assert old != new


@pytest.mark.usefixtures("without_monitoring")
def test_closing_rest_closes_its_port_everywhere(deploy: Deploy) -> None:
    stack = deploy(**CLOSED, callerCidrs=["10.0.0.0/16"], callerSecurityGroups=["sg-0123456789abcdef0"])
    rules = stack.all(":SecurityGroupIngressRule")
    ports = sorted((rule.inputs["fromPort"], rule.inputs["toPort"]) for rule in rules)
    assert ports == [(8500, 8500), (8500, 8500), (8502, 8502), (8502, 8502)]
    assert len({rule.name for rule in rules}) == 4
    server = compose_of(stack)["services"]["server"]
    assert server["ports"] == ["8500:8500"]
    assert "--rest_api_port=0" in server["command"]
    assert "TFSERVING_REST=off" in stack.only("ec2/instance:Instance").inputs["userData"]


def test_a_file_that_only_rest_would_show_is_refused(deploy: Deploy) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(**CLOSED)
    assert "configs/default/monitoring.config:1:1: tfserving:rest is false" in str(refused.value)


def test_nothing_of_tls_is_a_resource_of_the_state(deploy: Deploy) -> None:
    kinds = {resource.kind for resource in deploy(**READY, tlsSecret=SECRET).resources}
    assert not [kind for kind in kinds if "secretsmanager" in kind]
    assert json.dumps(sorted(kinds)) == json.dumps(sorted({r.kind for r in deploy(**READY).resources}))


@pytest.mark.usefixtures("without_monitoring")
def test_a_preview_warns_of_a_rest_that_goes_round_tls(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: said.append(text))
    deploy(**READY, tlsSecret=SECRET)
    deploy(**CLOSED, tlsSecret=SECRET, callerCidrs=["10.0.0.0/16"])
    assert said == []
    deploy(**READY, tlsSecret=SECRET, callerCidrs=["10.0.0.0/16"])
    (warning,) = said
    assert "reaches the same models over REST in the clear" in warning
