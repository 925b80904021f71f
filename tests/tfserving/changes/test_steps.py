"""Each step in a version's life, and what holds it up."""

import pytest

from tfserving.changes import Change, ChangeError, add, differences, promote, restore, retire, roll_back
from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs import parse_models


def config(labels: str = "live: 2, retiring: 1", versions: str = "1, 2", base: str = "") -> ModelServerConfig:
    """Give a config of one model."""
    pairs = (label.split(": ") for label in labels.split(", ") if label)
    written = " ".join(f'version_labels {{ key: "{key}" value: {value} }}' for key, value in pairs)
    place = f'base_path: "{base}" model_platform: "tensorflow"' if base else ""
    policy = f"model_version_policy {{ specific {{ versions: [{versions}] }} }}"
    return parse_models(f'model_config_list {{ config {{ name: "digits" {place} {policy} {written} }} }}', "f")


def told(change: Change, before: ModelServerConfig) -> list[str]:
    """Make a change, and tell what it changed; the config it was made of stays as it was."""
    copy = before.SerializeToString(deterministic=True)
    after = change.step(before)
    assert before.SerializeToString(deterministic=True) == copy
    return [str(difference) for difference in differences(before, after)]


def refusal(change: Change, before: ModelServerConfig) -> str:
    with pytest.raises(ChangeError) as refused:
        change.step(before)
    return str(refused.value)


def test_add_lists_a_version_under_a_label() -> None:
    assert told(add("digits", 3, "test"), config()) == ["digits: version 3 added", "digits: label test added at 3"]


def test_add_moves_a_label_that_is_elsewhere_and_repeats_nothing() -> None:
    before = config("live: 1, test: 1")
    assert told(add("digits", 2, "test"), before) == ["digits: label test moved from 1 to 2"]
    assert told(add("digits", 2), before) == []


def test_add_of_a_model_that_is_not_there_asks_whether_it_is_meant() -> None:
    said = refusal(add("digit", 3), config())
    assert said == (
        "No model is named 'digit'; there are 'digits'. Perhaps 'digits' was meant. "
        "`tfs add --new-model digit 3` adds a model."
    )
    assert told(add("faces", 0, "live", new_model=True), config()) == [
        "faces: model added",
        "faces: version 0 added",
        "faces: label live added at 0",
    ]


def test_a_new_model_lies_where_the_others_lie() -> None:
    after = add("faces", 1, new_model=True).step(config(base="s3://bucket/models/digits"))
    new = after.model_config_list.config[1]
    assert (new.base_path, new.model_platform) == ("s3://bucket/models/faces", "tensorflow")
    assert add("faces", 1, new_model=True).step(config()).model_config_list.config[1].base_path == ""


@pytest.mark.parametrize("version", [-1, 1 << 63])
def test_a_number_that_is_no_version_is_refused(version: int) -> None:
    assert f"{version} is no version" in refusal(add("digits", version), config())


@pytest.mark.parametrize("policy", ["all", "latest"])
def test_a_policy_that_lists_no_versions_is_left_alone(policy: str) -> None:
    text = f'model_config_list {{ config {{ name: "digits" model_version_policy {{ {policy} {{}} }} }} }}'
    before = parse_models(text, "f")
    for change in (add("digits", 3), promote("digits"), retire("digits", 1), roll_back("digits")):
        assert f"its policy is {policy!r}" in refusal(change, before)


def test_promote_makes_test_live_and_live_retiring_and_lets_the_old_retiring_go() -> None:
    before = config("retiring: 1, live: 2, test: 3", "1, 2, 3")
    assert told(promote("digits"), before) == [
        "digits: label live moved from 2 to 3",
        "digits: label retiring moved from 1 to 2",
        "digits: label test removed from 3",
        "digits: version 1 removed",
    ]


def test_promote_keeps_a_version_that_another_label_needs() -> None:
    before = config("retiring: 1, live: 2, test: 3, canary: 1", "1, 2, 3")
    assert list(promote("digits").step(before).model_config_list.config[0].model_version_policy.specific.versions) == [
        1,
        2,
        3,
    ]


def test_the_first_promotion_retires_nothing() -> None:
    assert told(promote("digits"), config("test: 1")) == [
        "digits: label live added at 1",
        "digits: label test removed from 1",
    ]


def test_promote_without_anything_under_test_is_refused() -> None:
    assert "no version is labelled 'test'; it has 'live', 'retiring'." in refusal(promote("digits"), config())
    assert "it has no labels." in refusal(promote("digits"), config(""))


def test_promote_is_refused_for_what_is_live_or_not_what_was_expected() -> None:
    assert "version 2 is 'live' already" in refusal(promote("digits"), config("live: 2, test: 2"))
    assert "'test' is version 2, not 1" in refusal(promote("digits", 1), config("live: 1, test: 2"))
    assert told(promote("digits", 2), config("live: 1, test: 2"))


def test_retire_takes_the_labels_of_what_leaves_along() -> None:
    assert told(retire("digits", 1), config()) == [
        "digits: label retiring removed from 1",
        "digits: version 1 removed",
    ]


def test_retire_is_refused_while_clients_ask_for_the_version() -> None:
    assert "clients get who ask for 'live'" in refusal(retire("digits", 2), config())
    assert "clients get who ask for 'canary'" in refusal(retire("digits", 1), config("live: 2, canary: 1"))


def test_retire_is_refused_for_the_only_version_and_for_one_that_is_not_there() -> None:
    assert "the only one" in refusal(retire("digits", 1), config("", "1"))
    assert "version 9 is not listed; 1, 2 are" in refusal(retire("digits", 9), config())


def test_rollback_swaps_back_and_forth() -> None:
    before = config()
    once = roll_back("digits").step(before)
    assert dict(once.model_config_list.config[0].version_labels) == {"live": 1, "retiring": 2}
    assert differences(before, roll_back("digits").step(once)) == []


def test_rollback_after_a_promotion_serves_what_was_served() -> None:
    promoted = promote("digits").step(config("live: 2, test: 3", "2, 3"))
    assert roll_back("digits").step(promoted).model_config_list.config[0].version_labels["live"] == 2


def test_rollback_without_a_way_back_is_refused() -> None:
    assert "no version is labelled 'retiring'" in refusal(roll_back("digits"), config("live: 2"))
    assert "no version is labelled 'live'" in refusal(roll_back("digits"), config("retiring: 2"))
    assert "There is no way back" in refusal(roll_back("digits"), config("live: 2, retiring: 2"))


def test_restore_serves_what_was_served_where_models_lie_now() -> None:
    earlier = add("faces", 1, new_model=True).step(config("live: 1", "1", base="s3://bucket/models/digits"))
    after = restore(earlier, "v1").step(config())
    assert differences(after, earlier) == []
    assert {model.base_path for model in after.model_config_list.config} == {""}


def test_other_fields_and_models_that_leave_are_told() -> None:
    before = config()
    after = parse_models('model_config_list { config { name: "digits" model_version_policy { all {} } } }', "f")
    assert "digits: other fields changed" in [str(difference) for difference in differences(before, after)]
    gone = add("faces", 1, new_model=True).step(before)
    assert [str(difference) for difference in differences(gone, before)] == ["faces: model removed"]
    [difference] = differences(gone, before)
    assert difference.as_json() == {"model": "faces", "what": "model", "how": "removed"}
