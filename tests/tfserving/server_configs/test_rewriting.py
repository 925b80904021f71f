"""A whole models.config brought to what is wanted, by examples and by properties."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig
from tfserving.server_configs import parse_models
from tfserving.server_configs.rewriting import rewritten, served

COMMENTED = """\
# What is served.
model_config_list {
    config {
        name: "digits"  # reads digits
        model_version_policy {
            specific {
                # The first one.
                versions: 1
                versions: 2  # better
            }
        }
        # Labels.
        version_labels { key: "live" value: 2 }
    }
}
"""


def with_models(**models: tuple[set[int], dict[str, int]]) -> ModelServerConfig:
    """Give a config of models with versions and labels."""
    config = ModelServerConfig()
    for name, (versions, labels) in models.items():
        model = ModelConfig(name=name, version_labels=labels)
        model.model_version_policy.specific.versions.extend(sorted(versions))
        config.model_config_list.config.append(model)
    return config


def edited(text: str, **models: tuple[set[int], dict[str, int]]) -> str:
    return rewritten(text, with_models(**models), "models.config")


def test_a_version_and_a_label_are_two_lines_more() -> None:
    after = edited(COMMENTED, digits=({1, 2, 3}, {"live": 2, "test": 3}))
    assert after == COMMENTED.replace("# better\n", "# better\n                versions: 3\n").replace(
        "value: 2 }\n", 'value: 2 }\n        version_labels { key: "test" value: 3 }\n'
    )


def test_what_leaves_takes_its_line_along_and_no_comment() -> None:
    after = edited(COMMENTED, digits=({1}, {}))
    assert after == COMMENTED.replace("versions: 2  # better\n", "# better\n").replace(
        '        version_labels { key: "live" value: 2 }\n', ""
    )


def test_a_moved_label_changes_its_number_alone() -> None:
    assert edited(COMMENTED, digits=({1, 2}, {"live": 1})) == COMMENTED.replace("value: 2 }", "value: 1 }")


def test_the_first_label_stands_behind_the_policy() -> None:
    bare = COMMENTED.replace('        version_labels { key: "live" value: 2 }\n', "")
    after = edited(bare, digits=({1, 2}, {"live": 1}))
    assert '        }\n        version_labels { key: "live" value: 1 }\n        # Labels.\n' in after


def test_a_new_model_stands_last_and_one_that_leaves_takes_its_block_along() -> None:
    both = edited(COMMENTED, digits=({1, 2}, {"live": 2}), faces=({7}, {"test": 7}))
    assert both.startswith(COMMENTED[: -len("}\n")])
    assert both.endswith('        version_labels {\n            key: "test" value: 7\n        }\n    }\n}\n')
    assert edited(both, digits=({1, 2}, {"live": 2})) == COMMENTED


def test_a_model_of_another_policy_is_written_anew_within_its_brackets() -> None:
    wanted = with_models(digits=(set(), {}))
    wanted.model_config_list.config[0].model_version_policy.latest.num_versions = 2
    after = rewritten(COMMENTED, wanted, "models.config")
    assert after.startswith("# What is served.\nmodel_config_list {\n    config {\n")
    assert "latest {\n                num_versions: 2\n" in after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("{versions:1 versions:2}", "{versions:2 versions: 3}"),
        ("< versions: 1, versions: 2; >", "< versions: 2 versions: 3; >"),
        ("{ versions: [1, 2] }", "{ versions: [2, 3] }"),
        ("{ versions: [ # both\n 1, # one, the first\n 2 ] }", "{ versions: [ # both\n # one, the first\n 2, 3 ] }"),
        ("{ versions: 1 versions: [2] }", "{ versions: [2, 3] }"),
        ("{ versions: # why\n 1\n versions: # whom\n 2 }", "{ \n versions: # whom\n 2 versions: 3 }"),
    ],
)
def test_every_way_to_list_versions_is_kept(text: str, after: str) -> None:
    def whole(specific: str) -> str:
        return f'model_config_list {{ config {{ name: "a" model_version_policy {{ specific {specific} }} }} }}'

    assert edited(whole(text), a=({2, 3}, {})) == whole(after)


def test_line_ends_stay_what_they_are() -> None:
    after = edited(COMMENTED.replace("\n", "\r\n"), digits=({1, 2, 3}, {"live": 3, "test": 2}), b=({1}, {}))
    assert not re.search(r"(?<!\r)\n", after)


def test_a_label_of_several_lines_keeps_them() -> None:
    label = 'version_labels: {\n        key: "live"\n        value: 2\n    }\n'
    policy = "model_version_policy: { specific: { versions: [2, 3] } }"
    text = f'model_config_list: {{\n  config: {{\n    name: "a"\n    {policy}\n    {label}  }}\n}}\n'
    assert edited(text, a=({2, 3}, {"live": 3})) == text.replace("value: 2", "value: 3")
    after = edited(text, a=({2, 3}, {"live": 2, "test": 3}))
    assert after == text.replace(label, f'{label}    version_labels {{ key: "test" value: 3 }}\n')


VERSIONS = st.sets(st.integers(0, 6), min_size=1)
MODELS = st.dictionaries(
    st.sampled_from("abc"),
    VERSIONS.flatmap(
        lambda versions: st.tuples(
            st.just(versions),
            st.dictionaries(st.sampled_from(["live", "test", "retiring"]), st.sampled_from(sorted(versions))),
        )
    ),
    min_size=1,
)


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, ModelServerConfig]:
    """Write a config in one of many layouts, with a comment that is not to be lost behind what may stay."""
    config = with_models(**draw(MODELS))
    blank = draw(st.sampled_from([" ", "\n", "\r\n", "\n    ", "\n# kept\n"]))
    colon, end = draw(st.sampled_from(["", ":"])), draw(st.sampled_from(["", ",", ";"]))
    opening, closing = draw(st.sampled_from([("{", "}"), ("<", ">")]))
    listed = draw(st.booleans())

    def block(*fields: str) -> str:
        return f"{opening}{blank}{blank.join(f'{field}{end}' for field in fields)}{blank}{closing}"

    def group(name: str, *blocks: str) -> list[str]:
        if listed and blocks:
            return [f"{name}{colon} [{f',{blank}'.join(blocks)}]"]
        return [f"{name}{colon} {each}" for each in blocks]

    def model(each: ModelConfig) -> str:
        versions = [str(version) for version in each.model_version_policy.specific.versions]
        labels = [block(f'key: "{key}"', f"value: {value}") for key, value in each.version_labels.items()]
        inner = [f"versions: [{', '.join(versions)}]"] if listed else [f"versions:{version}" for version in versions]
        policy = block(f"specific{colon} {block(*inner)}")
        return block(f"name: '{each.name}'", f"model_version_policy{colon} {policy}", *group("version_labels", *labels))

    models = group("config", *(model(each) for each in config.model_config_list.config))
    return f"# top\nmodel_config_list{colon} {block(*models)}{blank}", config


@settings(deadline=None, max_examples=50)
@given(texts(), MODELS)
def test_an_edited_text_means_what_is_wanted_whatever_its_layout(
    written: tuple[str, ModelServerConfig], models: dict[str, tuple[set[int], dict[str, int]]]
) -> None:
    text, before = written
    assert served(parse_models(text, "f")) == served(before)
    after = edited(text, **models)
    assert served(parse_models(after, "f")) == served(with_models(**models))
    assert after.startswith("# top\n")


@settings(deadline=None, max_examples=50)
@given(texts())
def test_a_text_that_says_so_already_stays_byte_for_byte(written: tuple[str, ModelServerConfig]) -> None:
    text, config = written
    assert rewritten(text, config, "f") == text


@settings(deadline=None, max_examples=50)
@given(texts(), st.integers(10, 20))
def test_a_version_that_comes_and_goes_leaves_every_comment(written: tuple[str, ModelServerConfig], new: int) -> None:
    text, config = written
    more = ModelServerConfig()
    more.CopyFrom(config)
    more.model_config_list.config[0].model_version_policy.specific.versions.append(new)
    grown = rewritten(text, more, "f")
    # Nothing of the text is lost, only something is put in.
    letters = iter(grown)
    assert all(letter in letters for letter in text)
    assert rewritten(grown, config, "f").count("# kept") == text.count("# kept")
