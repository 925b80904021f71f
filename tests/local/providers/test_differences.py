"""What a preview says of changed inputs."""

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from local.providers.aws.instances import INSTANCE
from local.providers.aws.objects import OBJECT
from local.providers.aws.roles import ROLE, ROLE_POLICY_ATTACHMENT
from local.providers.aws.security_groups import INGRESS_RULE, SECURITY_GROUP
from local.providers.differences import diff_response
from local.providers.naming import DEFAULTS
from local.providers.resource_types import ResourceType
from local.providers.wire import UNKNOWN

KINDS = pb.PropertyDiff


@pytest.mark.parametrize(
    ("kind", "old", "new", "replaces"),
    [
        (OBJECT, {"content": "a"}, {"content": "b"}, []),
        (OBJECT, {"key": "a"}, {"key": "b"}, ["key"]),
        (ROLE, {"path": "/a/"}, {"path": "/b/"}, ["path"]),
        (SECURITY_GROUP, {"description": "a"}, {"description": "b"}, ["description"]),
        (INGRESS_RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv4": "10.0.0.0/16"}, []),
        (INSTANCE, {"ami": "a"}, {"ami": "b"}, ["ami"]),
        (INSTANCE, {"userData": "a"}, {"userData": "b"}, []),
        (INSTANCE, {"userData": "a"}, {"userData": "b", "userDataReplaceOnChange": True}, ["userData"]),
        (INSTANCE, {"rootBlockDevice": {"volumeSize": 8}}, {"rootBlockDevice": {"volumeSize": 9}}, []),
        (INSTANCE, {"rootBlockDevice": {"encrypted": True}}, {"rootBlockDevice": {}}, ["rootBlockDevice"]),
        (ROLE_POLICY_ATTACHMENT, {"policyArn": "a"}, {"policyArn": "b"}, ["policyArn"]),
    ],
)
def test_a_change_replaces_what_the_table_says(
    kind: ResourceType[Any],
    old: dict[str, Any],
    new: dict[str, Any],
    replaces: list[str],
) -> None:
    answer = diff_response(kind, old, new)
    assert answer.changes == pb.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == replaces


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (ROLE, {"assumeRolePolicy": '{"a": 1, "b": 2}'}, {"assumeRolePolicy": '{"b":2,"a":1}'}),
        (INSTANCE, {"vpcSecurityGroupIds": ["a", "b"]}, {"vpcSecurityGroupIds": ["b", "a"]}),
        (OBJECT, {"key": "a", DEFAULTS: []}, {"key": "a"}),
    ],
)
def test_what_means_the_same_is_no_change(kind: ResourceType[Any], old: dict[str, Any], new: dict[str, Any]) -> None:
    assert diff_response(kind, old, new).changes == pb.DiffResponse.DIFF_NONE


def test_the_detailed_diff_names_paths_and_kinds() -> None:
    old = {"tags": {"Name": "a", "gone": "x"}, "vpcSecurityGroupIds": ["a"]}
    new = {"tags": {"Name": "b", "a.b": "y"}, "vpcSecurityGroupIds": ["a", "b"]}
    paths = {path: change.kind for path, change in diff_response(INSTANCE, old, new).detailedDiff.items()}
    assert paths == {
        "tags.Name": KINDS.UPDATE,
        "tags.gone": KINDS.DELETE,
        'tags["a.b"]': KINDS.ADD,
        "vpcSecurityGroupIds[1]": KINDS.ADD,
    }


def test_a_value_that_becomes_unknown_is_a_change() -> None:
    answer = diff_response(INSTANCE, {"ami": "a"}, {"ami": UNKNOWN})
    assert answer.detailedDiff["ami"].kind == KINDS.UPDATE_REPLACE


def test_a_fixed_name_is_freed_before_its_replacement_takes_it() -> None:
    old = {"name": "fixed", "path": "/a/"}
    assert diff_response(ROLE, old, {**old, "path": "/b/"}).deleteBeforeReplace


def test_a_made_up_name_lets_the_replacement_come_first() -> None:
    old = {"name": "role-1234567", "path": "/a/", DEFAULTS: ["name"]}
    assert not diff_response(ROLE, old, {**old, "path": "/b/"}).deleteBeforeReplace
