"""Users, keys, secrets, log groups and build projects over moto, without the engine."""

import json

import pytest

from local.providers.wire import UNKNOWN, decode, secret_names
from tests.local.providers.servicing import Engine, client
from tests.local.providers.test_aws_resources import READ

USER = "aws:iam/user:User"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
PROJECT = "aws:codebuild/project:Project"
BUILD = {
    "serviceRole": "arn:aws:iam::123456789012:role/builder",
    "buildTimeout": 60,
    "artifacts": {"type": "NO_ARTIFACTS"},
    "environment": {
        "computeType": "BUILD_GENERAL1_LARGE",
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "type": "LINUX_CONTAINER",
        "privilegedMode": True,
    },
    "source": {"type": "S3", "location": "bucket/builds/context.zip", "buildspec": "version: 0.2"},
    "logsConfig": {"cloudwatchLogs": {"status": "ENABLED", "groupName": "builds"}},
}


def test_a_users_policy_is_made_changed_and_deleted(engine: Engine) -> None:
    user = engine.made(USER, {"tags": {"a": "1"}})
    policy = engine.made(USER_POLICY, {"user": user.id, "policy": READ})
    name = policy.state["name"]
    assert client("iam").get_user_policy(UserName=user.id, PolicyName=name)["PolicyDocument"] == json.loads(READ)
    assert list(policy.diff({"user": user.id, "policy": READ.replace(" ", "  ")}).detailedDiff) == []
    changed = READ.replace("Get", "List")
    assert json.loads(policy.update({"user": user.id, "policy": changed})["policy"]) == json.loads(changed)
    policy.delete()
    assert client("iam").list_user_policies(UserName=user.id)["PolicyNames"] == []
    assert user.update({"tags": {"b": "2"}})["tagsAll"] == {"b": "2"}
    user.delete()
    assert user.read().id == ""


def test_an_access_keys_secret_is_unknown_before_and_marked_after(engine: Engine) -> None:
    user = engine.made(USER, {})
    assert decode(engine.create(ACCESS_KEY, {"user": user.id}, preview=True).properties)["secret"] is UNKNOWN
    created = engine.create(ACCESS_KEY, {"user": user.id})
    assert "secret" in secret_names(created.properties)
    assert decode(created.properties)["secret"]


def test_a_read_keeps_the_secret_that_aws_never_tells_again(engine: Engine) -> None:
    user = engine.made(USER, {})
    key = engine.made(ACCESS_KEY, {"user": user.id})
    found = key.read()
    assert decode(found.properties)["secret"] == key.state["secret"]
    assert "secret" in secret_names(found.properties)
    assert key.update({"user": user.id, "status": "Inactive"})["status"] == "Inactive"
    key.delete()
    assert client("iam").list_access_keys(UserName=user.id)["AccessKeyMetadata"] == []


def test_a_user_with_keys_made_by_hand_is_deleted_only_if_its_state_says_so(engine: Engine) -> None:
    user = engine.made(USER, {"forceDestroy": True})
    client("iam").create_access_key(UserName=user.id)
    user.delete()
    assert client("iam").list_users()["Users"] == []


def test_a_secrets_value_is_never_an_open_output(engine: Engine) -> None:
    secret = engine.made(SECRET, {"description": "a key", "recoveryWindowInDays": 0})
    created = engine.create(VERSION, {"secretId": secret.id, "secretString": "value"})
    assert "secretString" in secret_names(created.properties)
    stored = client("secretsmanager").get_secret_value(SecretId=secret.id)
    assert stored["SecretString"] == "value"
    assert decode(created.properties)["versionId"] == stored["VersionId"]


def test_a_new_value_replaces_a_secrets_version(engine: Engine) -> None:
    secret = engine.made(SECRET, {})
    version = engine.made(VERSION, {"secretId": secret.id, "secretString": "one"})
    diff = version.diff({"secretId": secret.id, "secretString": "two"})
    assert list(diff.replaces) == ["secretString"]


@pytest.mark.parametrize(("days", "left"), [(0, 0), (7, 1)])
def test_a_deleted_secret_can_be_had_back_for_its_recovery_window(engine: Engine, days: int, left: int) -> None:
    secret = engine.made(SECRET, {"recoveryWindowInDays": days})
    secret.delete()
    assert secret.read().id == ""
    assert len(client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]) == left


def test_a_log_group_keeps_its_lines_as_long_as_asked(engine: Engine) -> None:
    group = engine.made(LOG_GROUP, {"name": "/builds", "retentionInDays": 30})
    assert group.state["arn"].endswith(":log-group:/builds")
    assert group.update({"name": "/builds", "retentionInDays": 7})["retentionInDays"] == 7
    assert group.update({"name": "/builds"})["retentionInDays"] == 0
    group.delete()
    assert group.read().id == ""


def test_a_build_project_is_made_changed_and_deleted(engine: Engine) -> None:
    project = engine.made(PROJECT, BUILD)
    assert list(project.diff(BUILD).detailedDiff) == []
    changed = {**BUILD, "buildTimeout": 90, "source": {**BUILD["source"], "buildspec": "version: 0.2\nphases: {}"}}  # type: ignore[dict-item]
    assert project.update(changed)["buildTimeout"] == 90
    (found,) = client("codebuild").batch_get_projects(names=[project.state["name"]])["projects"]
    assert found["source"]["buildspec"].endswith("phases: {}")
    assert found["logsConfig"]["cloudWatchLogs"]["groupName"] == "builds"
    project.delete()
    assert project.read().id == ""
