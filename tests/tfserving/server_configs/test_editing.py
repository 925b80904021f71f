"""models.config changed in place."""

import re
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tfserving.server_configs.test_text_format import LABELS, written
from tfserving.errors import ServerConfigError
from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig
from tfserving.server_configs import check_models, parse_models
from tfserving.server_configs.editing import add_version, remove_label, remove_version, set_label

TEXT = """# The models.
model_config_list {
    config {
        name: "a"  # the first
        model_version_policy {
            specific {
                versions: 1  # good
                versions: 2,  # better
            }
        }
        # What clients ask for.
        version_labels { key: "live" value: 1 }  # moved by hand
    }
    config: { name: 'b' model_version_policy { specific { versions: [3, # old
      0x4] } } version_labels [{key: "x", value: 3}] }
    config { name: "c" }
}
"""

Sample = tuple[ModelServerConfig, str, list[tuple[str, str]]]


def without(text: str, *pieces: str) -> str:
    for piece in pieces:
        assert piece in text
        text = text.replace(piece, "", 1)
    return text


def test_a_version_is_added_on_a_line_of_its_own_behind_the_others_comment() -> None:
    line = "                versions: 3\n"
    edited = add_version(TEXT, "a", 3)
    assert edited.splitlines(keepends=True)[8] == line
    assert without(edited, line) == TEXT


def test_a_version_is_added_to_a_list() -> None:
    assert without(add_version(TEXT, "b", 7), ", 7") == TEXT


def test_a_version_is_added_and_the_label_moved_at_once() -> None:
    edited = add_version(TEXT, "a", 3, "live")
    assert 'version_labels { key: "live" value: 3 }  # moved by hand' in edited
    assert "versions: 3" in edited


def test_windows_line_ends_are_kept() -> None:
    edited = add_version(TEXT.replace("\n", "\r\n"), "a", 3)
    assert edited.replace("\r\n", "\n") == add_version(TEXT, "a", 3)
    assert not re.search("(?<!\r)\n", edited)


def test_a_label_is_moved_by_its_number_alone() -> None:
    assert set_label(TEXT, "a", "live", 2) == TEXT.replace('"live" value: 1', '"live" value: 2')


def test_a_new_label_stands_behind_the_others() -> None:
    edited = set_label(TEXT, "a", "old", 1)
    assert without(edited, '        version_labels { key: "old" value: 1 }\n') == TEXT
    assert without(set_label(TEXT, "b", "y", 4), ', { key: "y" value: 4 }') == TEXT


def test_the_first_label_stands_behind_the_policy() -> None:
    edited = set_label(remove_label(TEXT, "a", "live"), "a", "live", 2)
    assert '        }\n        version_labels { key: "live" value: 2 }\n        # What clients ask for.' in edited


def test_a_version_and_a_label_are_taken_out_and_their_comments_stay() -> None:
    assert remove_version(TEXT, "a", 2) == without(TEXT, "versions: 2,  ")
    assert remove_version(TEXT, "b", 4) == TEXT.replace("[3, # old\n      0x4]", "[3 # old\n      ]")
    assert remove_label(TEXT, "a", "live") == without(TEXT, 'version_labels { key: "live" value: 1 }  ')


def test_what_is_as_wanted_already_stays() -> None:
    assert add_version(TEXT, "a", 2) == set_label(TEXT, "a", "live", 1) == TEXT


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda: add_version(TEXT, "z", 1), "The model 'z' cannot be changed so: the file names 'a', 'b', 'c'."),
        (lambda: add_version(TEXT, "c", 1), "its policy lists no versions. Write model_version_policy { specific {"),
        (lambda: add_version(TEXT, "a", -1), "-1 is no version: versions count from 0 to 9223372036854775807."),
        (lambda: set_label(TEXT, "a", "live", 9), "it does not list version 9, but 1, 2. List the version first."),
        (lambda: set_label(TEXT, "a", "a-b", 1), "'a-b' is no label: use letters, digits and underscores only."),
        (lambda: remove_version(TEXT, "a", 1), "'live' still points to version 1. Move or remove that label first."),
        (lambda: remove_version(TEXT, "a", 9), "it does not list version 9, but 1, 2."),
        (lambda: remove_version(remove_version(TEXT, "a", 2).replace("live", "b"), "a", 2), "does not list version 2"),
        (lambda: remove_label(TEXT, "a", "old"), "it has no label 'old', but 'live'."),
        (lambda: add_version("model_config_list {", "a", 1), "models.config:1:19: This '{' is never closed."),
    ],
)
def test_what_cannot_be_is_refused(edit: Callable[[], str], reason: str) -> None:
    with pytest.raises(ServerConfigError) as caught:
        edit()
    assert reason in str(caught.value)


def test_the_last_version_is_not_taken_out() -> None:
    text = remove_version(remove_label(TEXT, "a", "live"), "a", 1)
    with pytest.raises(ServerConfigError, match=r"version 2 is its only one, and without any it would be unloaded\."):
        remove_version(text, "a", 2)


def comments(text: str) -> list[str]:
    return re.findall(r"#[^\n]*", text)


def listing(config: ModelServerConfig) -> list[ModelConfig]:
    return [model for model in config.model_config_list.config if model.model_version_policy.specific.versions]


@settings(max_examples=40, deadline=None)
@given(written(), st.integers(0, 2**63 - 1), LABELS, st.data())
def test_adding_gives_the_message_with_the_addition_and_leaves_every_other_byte(
    sample: Sample, version: int, label: str, data: st.DataObject
) -> None:
    config, text, _ = sample
    assume(listing(config))
    model = data.draw(st.sampled_from(listing(config)))
    edited = add_version(text, model.name, version, label)
    if version not in model.model_version_policy.specific.versions:
        model.model_version_policy.specific.versions.append(version)
    moved = label in model.version_labels
    model.version_labels[label] = version
    assert parse_models(edited, "m") == config
    assert check_models(edited, "m") == []
    assert comments(edited) == comments(text)
    rest = iter(edited)
    assert moved or all(character in rest for character in text)


@settings(max_examples=40, deadline=None)
@given(written(), st.data())
def test_removing_gives_the_message_without_it_and_puts_nothing_in(sample: Sample, data: st.DataObject) -> None:
    config, text, _ = sample
    assume(listing(config))
    model = data.draw(st.sampled_from(listing(config)))
    versions = model.model_version_policy.specific.versions
    edited = text
    for label in sorted(model.version_labels):
        edited = remove_label(edited, model.name, label)
    model.version_labels.clear()
    while len(versions) > 1:
        version = data.draw(st.sampled_from(list(versions)))
        edited = remove_version(edited, model.name, version)
        versions.remove(version)
    assert parse_models(edited, "m") == config
    assert check_models(edited, "m") == []
    rest = iter(text)
    assert all(character in rest for character in edited)
    untouched = iter(comments(edited))
    outside = [comment for comment in comments(text) if comment == "# first line"]
    assert all(comment in untouched for comment in outside)
