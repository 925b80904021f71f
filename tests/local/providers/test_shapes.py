"""Nested keys, here and at AWS."""

from local.providers.shapes import Shape, from_aws, project, to_aws, unmapped

SHAPE: Shape = {"id": "ID", "filter": ("Filter", {"prefix": "Prefix"})}


def test_keys_are_renamed_at_every_depth_and_back() -> None:
    value = [{"id": "x", "filter": {"prefix": "p"}}]
    assert to_aws(value, SHAPE) == [{"ID": "x", "Filter": {"Prefix": "p"}}]
    assert from_aws(to_aws(value, SHAPE), SHAPE) == value


def test_what_aws_adds_is_left_out() -> None:
    assert from_aws({"ID": "x", "Owner": "o"}, SHAPE) == {"id": "x"}


def test_keys_that_are_not_mapped_are_named_with_their_path() -> None:
    assert list(unmapped([{"id": "x", "filter": {"tag": {}}}], SHAPE, "rules")) == ["rules[0].filter.tag"]


def test_a_default_of_aws_is_no_drift_but_another_value_is() -> None:
    assert project({"a": 1, "added": 2}, {"a": 1}) == {"a": 1}
    assert project({"a": 3, "added": 2}, {"a": 1}) == {"a": 3}


def test_a_key_that_does_not_come_back_is_kept() -> None:
    assert project([{"a": 1}], [{"a": 1, "forgotten": 2}]) == [{"a": 1, "forgotten": 2}]
