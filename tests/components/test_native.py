"""A stack whose server reads S3 itself."""

import json
from typing import Any

import pytest

from tests.components.conftest import Deploy, Recording
from tests.components.test_program import READY, compose_of, statements

NATIVE = {**READY, "modelSource": "native", "serverVersion": "2.6.5"}


def test_an_agents_stack_has_no_user_no_key_and_no_secret(deploy: Deploy) -> None:
    kinds = {resource.kind for resource in deploy(**READY).resources}
    assert not [kind for kind in kinds if "User" in kind or "AccessKey" in kind or "secretsmanager" in kind]


def test_the_user_reads_two_prefixes_and_can_do_nothing_else(deploy: Deploy) -> None:
    policy = json.loads(deploy(**NATIVE).only("iam/userPolicy:UserPolicy").inputs["policy"])
    assert {action for statement in policy["Statement"] for action in _list(statement["Action"])} == {
        "s3:GetObject",
        "s3:ListBucket",
    }
    read = [s["Resource"] for s in policy["Statement"] if "s3:GetObject" in s["Action"]]
    assert [resource.rpartition("-1a2b3c4")[2] for resource in read] == ["/models/*", "/configs/*"]
    listing = [s["Condition"] for s in policy["Statement"] if "s3:ListBucket" in s["Action"]]
    assert [condition["StringLikeIfExists"]["s3:prefix"] for condition in listing] == ["models/*", "configs/*"]


def test_the_machine_reads_the_key_and_leaves_the_models_to_it(deploy: Deploy) -> None:
    policy = statements(deploy(**NATIVE))
    assert "ReadModels" not in policy
    assert policy["ListModels"]["Action"] == ["s3:ListBucket"]
    assert policy["ReadAccessKey"]["Action"] == "secretsmanager:GetSecretValue"
    assert policy["ReadAccessKey"]["Resource"] == ["arn:aws:mock:::tfserving-dev-server-first-1a2b3c4"]


def test_the_secrets_value_is_a_secret_of_the_state(deploy: Deploy) -> None:
    request: Any = deploy(**NATIVE).only("secretsmanager/secretVersion:SecretVersion").options
    assert request.object["secretString"]["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"


def test_user_data_names_the_secret_and_not_what_is_in_it(deploy: Deploy) -> None:
    stack = deploy(**NATIVE)
    entrypoint = compose_of(stack)["services"]["access-key"]["entrypoint"]
    assert entrypoint[-1] == "arn:aws:mock:::tfserving-dev-server-first-1a2b3c4"
    user_data = stack.only("ec2/instance:Instance").inputs["userData"]
    assert not [word for word in ("secret-of-first", "id-of-first") if word in user_data]


def test_new_machines_use_the_last_key_while_the_others_live_on(deploy: Deploy) -> None:
    stack = deploy(**NATIVE, accessKeys=["old", "new"])
    assert [key.name for key in stack.all("iam/accessKey:AccessKey")] == [
        "tfserving-dev-server-old",
        "tfserving-dev-server-new",
    ]
    assert secret_in(stack) == "arn:aws:mock:::tfserving-dev-server-new-1a2b3c4"
    assert len(statements(stack)["ReadAccessKey"]["Resource"]) == 2


def test_taking_the_old_key_away_leaves_the_machine_as_it_is(deploy: Deploy) -> None:
    both, new = (deploy(**NATIVE, accessKeys=keys).only("ec2/instance:Instance") for keys in (["old", "new"], ["new"]))
    assert both.inputs["userData"] == new.inputs["userData"]


@pytest.mark.parametrize(("deletion", "days"), [("protect", 7), ("force", 0)])
def test_a_removed_keys_secret_can_be_had_back_in_protected_stacks(deploy: Deploy, deletion: str, days: int) -> None:
    secret = deploy(**NATIVE, deletion=deletion).only("secretsmanager/secret:Secret")
    assert secret.inputs["recoveryWindowInDays"] == days


def test_the_server_reads_its_files_from_s3_once_an_hour(deploy: Deploy) -> None:
    command = compose_of(deploy(**NATIVE))["services"]["server"]["command"]
    assert "--model_config_file=s3://tfserving-dev-configs-id/configs/models.config" in command
    assert "--model_config_file_poll_wait_seconds=3600" in command


def secret_in(stack: Recording) -> str:
    """Give the ARN of the secret that machines read."""
    return str(compose_of(stack)["services"]["access-key"]["entrypoint"][-1])


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value
