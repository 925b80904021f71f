"""Users, keys, secrets, log groups and build projects over moto, without the engine."""

import json
from typing import Any

import pytest

from local.providers.wire import UNKNOWN, decode, secret_names
from tests.local.providers.servicing import Aborted, Engine, client
from tests.local.providers.test_aws_resources import READ

USER = "aws:iam/user:User"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
PROJECT = "aws:codebuild/project:Project"
BUILD: dict[str, Any] = {
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
    assert decode(found.properties) == key.state
    assert key.state["secret"]
    assert "secret" in secret_names(found.properties)
    assert key.update({"user": user.id, "status": "Inactive"})["status"] == "Inactive"
    key.delete()
    assert client("iam").list_access_keys(UserName=user.id)["AccessKeyMetadata"] == []


def test_a_user_with_a_policy_made_by_hand_is_deleted_only_if_its_state_says_so(engine: Engine) -> None:
    user = engine.made(USER, {})
    client("iam").put_user_policy(UserName=user.id, PolicyName="by-hand", PolicyDocument=READ)
    with pytest.raises(Aborted, match="DeleteConflict"):
        user.delete()
    user.update({"forceDestroy": True})
    user.delete()
    assert client("iam").list_users()["Users"] == []


def test_a_user_that_is_deleted_by_force_loses_its_keys_first(engine: Engine) -> None:
    iam, user = client("iam"), engine.made(USER, {"forceDestroy": True})
    iam.create_access_key(UserName=user.id)
    # moto, unlike AWS, deletes a user that has keys; an attached policy holds it while they are looked for.
    attached = iam.create_policy(PolicyName="attached", PolicyDocument=READ)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=user.id, PolicyArn=attached)
    with pytest.raises(Aborted, match="must detach all policies first"):
        user.delete()
    assert iam.list_access_keys(UserName=user.id)["AccessKeyMetadata"] == []


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


def test_a_read_of_a_secrets_version_changes_nothing_and_marks_its_value(engine: Engine) -> None:
    secret = engine.made(SECRET, {})
    news = {"secretId": secret.id, "secretString": "value"}
    version = engine.made(VERSION, news)
    assert version.id == f"{secret.state['arn']}|{version.state['versionId']}"
    found = version.read()
    assert decode(found.properties) == version.state
    assert "secretString" in secret_names(found.properties)
    assert not version.diff(news).detailedDiff


def test_a_secret_changes_in_place(engine: Engine) -> None:
    secret = engine.made(SECRET, {"description": "a", "tags": {"x": "1"}})
    news = {"description": "b", "recoveryWindowInDays": 0, "tags": {"y": "2"}}
    assert not secret.diff(news).replaces
    changed = secret.update(news)
    assert (changed["description"], changed["recoveryWindowInDays"], changed["tagsAll"]) == ("b", 0, {"y": "2"})


def test_a_secret_whose_deletion_is_scheduled_is_gone_and_so_is_its_version(engine: Engine) -> None:
    secret = engine.made(SECRET, {})
    version = engine.made(VERSION, {"secretId": secret.id, "secretString": "value"})
    client("secretsmanager").delete_secret(SecretId=secret.id, RecoveryWindowInDays=7)
    assert version.read().id == ""
    assert secret.read().id == ""
    version.delete()
    secret.delete()


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


def test_a_log_group_that_shall_stay_outlives_its_resource(engine: Engine) -> None:
    group = engine.made(LOG_GROUP, {"name": "/builds", "skipDestroy": True})
    group.delete()
    assert len(client("logs").describe_log_groups()["logGroups"]) == 1


def test_a_build_project_is_made_changed_and_deleted(engine: Engine) -> None:
    project = engine.made(PROJECT, BUILD)
    assert list(project.diff(BUILD).detailedDiff) == []
    changed = {**BUILD, "buildTimeout": 90, "source": {**BUILD["source"], "buildspec": "version: 0.2\nphases: {}"}}
    assert project.update(changed)["buildTimeout"] == 90
    (found,) = client("codebuild").batch_get_projects(names=[project.state["name"]])["projects"]
    assert found["source"]["buildspec"].endswith("phases: {}")
    assert found["logsConfig"]["cloudWatchLogs"]["groupName"] == "builds"
    project.delete()
    assert project.read().id == ""


@pytest.mark.parametrize(
    ("token", "news"),
    [
        (USER, {"path": "/servers/"}),
        (SECRET, {"description": "a key", "recoveryWindowInDays": 7}),
        (LOG_GROUP, {"retentionInDays": 30}),
        (PROJECT, BUILD),
    ],
)
def test_what_was_made_is_read_as_it_was_and_changes_by_tag_and_name(
    engine: Engine, token: str, news: dict[str, Any]
) -> None:
    made = engine.made(token, {**news, "tags": {"x": "1"}})
    assert made.state["name"].startswith("thing-")
    assert decode(made.read().properties) == made.state
    assert not made.diff({**news, "tags": {"x": "1"}}).detailedDiff
    assert made.update({**news, "tags": {"y": "2"}})["tagsAll"] == {"y": "2"}
    assert list(made.diff({**news, "tags": {"y": "2"}, "name": "other"}).replaces) == ["name"]


@pytest.mark.parametrize(("token", "more"), [(USER_POLICY, {"policy": READ}), (ACCESS_KEY, {})])
def test_what_belongs_to_a_user_is_replaced_for_another(engine: Engine, token: str, more: dict[str, Any]) -> None:
    news = {"user": engine.made(USER, {}).id, **more}
    belonging = engine.made(token, news)
    assert not belonging.diff(news).detailedDiff
    assert list(belonging.diff({**news, "user": "another"}).replaces) == ["user"]


def test_a_build_projects_variables_reach_its_builds_and_change_in_place(engine: Engine) -> None:
    def inputs(value: str) -> dict[str, Any]:
        variables = [{"name": "JOBS", "value": value, "type": "PLAINTEXT"}]
        return {**BUILD, "environment": {**BUILD["environment"], "environmentVariables": variables}}

    project = engine.made(PROJECT, inputs("1"))
    assert not project.diff(inputs("2")).replaces
    project.update(inputs("2"))
    (found,) = client("codebuild").batch_get_projects(names=[project.state["name"]])["projects"]
    assert [variable["value"] for variable in found["environment"]["environmentVariables"]] == ["2"]
