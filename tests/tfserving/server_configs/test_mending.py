"""Broken text: one mistake, one message, at its cause; several mistakes, each its own."""

from collections.abc import Callable, Mapping

import pytest
from google.protobuf import text_format
from google.protobuf.message import Message
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tfserving.errors import Problem, ServerConfigError
from tfserving.protos.server_config_pb2 import BatchingParameters, ModelServerConfig, MonitoringConfig
from tfserving.server_configs import (
    check_batching,
    check_models,
    check_monitoring,
    parse_batching,
    parse_models,
    parse_monitoring,
)
from tfserving.server_configs.tokens import Source, scan

TWO_MODELS = """model_config_list {
  config {
    name: "a"
    base_path: "s3://b/models/a"
    model_version_policy { specific { versions: 1 versions: 2 } }
    version_labels { key: "live" value: 2 }
    version_labels { key: "old" value: 1 }
  }
  config {
    name: "b"
    model_version_policy { latest { num_versions: 2 } }
  }
  config { name: "c" model_platform: "tensorflow" model_version_policy { all { } } }
}
"""
LISTS = """model_config_list: < config: [ { name: "a" 'b', model_platform: "tensorflow";
 model_version_policy: { specific { versions: [1, 4, 3] } }, version_labels [{key: "a" value: 4}, {key: "b", value: 3}]
 }, { name: "c" model_version_policy { latest { num_versions: 0x2 } } } ] >  # end"""
BATCHING = """max_batch_size: { value: 128 }, allowed_batch_sizes: 1 allowed_batch_sizes: [2, 128]
 pad_variable_length_inputs: true thread_pool_name < value: "x" > num_batch_threads { value: 3 }"""
MONITORING = 'prometheus_config { enable: true path: "/metrics" }'

Check = Callable[[str, str], list[Problem]]
Parse = Callable[[str, str], Message]
KINDS: Mapping[str, tuple[type[Message], Check, Parse]] = {
    TWO_MODELS: (ModelServerConfig, check_models, parse_models),
    LISTS: (ModelServerConfig, check_models, parse_models),
    BATCHING: (BatchingParameters, check_batching, parse_batching),
    MONITORING: (MonitoringConfig, check_monitoring, parse_monitoring),
}
PIECES = [*"{}<>[]:,;-5@/\\=(", '"x"', "..", "01", "foo", "true", "name", "config", "versions", "model_config_list"]
PIECES += ["version_labels", "key", "value"]


@st.composite
def one_token_wrong(draw: st.DrawFn) -> tuple[str, str]:
    """A sound text, and the same with one token left out, put in or put in place of another."""
    text = draw(st.sampled_from(sorted(KINDS)))
    tokens, _ = scan(Source(text))
    token = draw(st.sampled_from(tokens[:-1]))
    piece = draw(st.sampled_from(["", *PIECES]))
    keeps = bool(piece) and draw(st.booleans())
    return text, f"{text[: token.start]} {piece} {text[token.start if keeps else token.end :]}"


def problems_of(text: str) -> list[str]:
    return [str(problem) for problem in check_models(text, "m")]


def refused(parse: Parse, text: str) -> bool:
    try:
        parse(text, "m")
    except ServerConfigError:
        return True
    return False


@settings(max_examples=600, deadline=None)
@given(one_token_wrong())
@example((TWO_MODELS, TWO_MODELS.replace("  }\n  config", "  config", 1)))
@example((TWO_MODELS, TWO_MODELS.replace("{ specific", "specific")))
@example((LISTS, LISTS.replace("[1", "1")))
@example((LISTS, LISTS.replace("config: [", "config:")))
@example((LISTS, LISTS.replace("value: 4}", "value: 4")))
def test_one_wrong_token_gives_exactly_one_message(sample: tuple[str, str]) -> None:
    sound, text = sample
    _, check, parse = KINDS[sound]
    if refused(parse, text):
        assert len(check(text, "m")) == 1


@settings(max_examples=400, deadline=None)
@given(one_token_wrong())
def test_protobufs_own_parser_accepts_nothing_that_is_refused_here(sample: tuple[str, str]) -> None:
    sound, text = sample
    message_type, _, parse = KINDS[sound]
    try:
        official = text_format.Parse(text, message_type())
    except text_format.ParseError:
        return
    assert parse(text, "m") == official


@pytest.mark.parametrize("text", sorted(KINDS))
def test_the_sound_texts_are_sound(text: str) -> None:
    assert KINDS[text][1](text, "m") == []


def test_a_missing_bracket_between_models_is_told_where_it_belongs_and_where_it_opened() -> None:
    text = TWO_MODELS.replace("  }\n  config", "  config", 1)
    assert problems_of(text) == [
        "m:8:3: 'config', a field of ModelConfigList, stands before the '{' of 'config' at 2:10 is closed. Add the "
        "missing '}' before it."
    ]


def test_many_missing_brackets_are_each_told_at_their_place() -> None:
    models = "".join(f'  config {{\n    name: "m{number}"\n' for number in range(40))
    found = problems_of(f"model_config_list {{\n{models}  }}\n}}\n")
    assert [problem.split(" ")[0] for problem in found] == [f"m:{line}:3:" for line in range(4, 82, 2)]


def test_a_missing_opening_bracket_is_told_where_it_belongs() -> None:
    assert problems_of('model_config_list {\n  config\n    name: "a"\n  }\n}') == [
        "m:3:5: 'config' is a group of fields, but found 'name' where it begins. Add the missing '{'."
    ]


def test_an_extra_bracket_is_told_where_it_closes_too_early() -> None:
    assert problems_of('model_config_list { config {\nname: "a" }\nmodel_platform: "tensorflow" } }') == [
        "m:2:11: This '}' closes 'config', opened at 1:28, before 'model_platform' at 3:1, which does not fit behind "
        "it. Remove it."
    ]
    assert problems_of(MODEL % "" + "}") == ["m:3:4: This '}' closes nothing that is open. Remove it."]


MODEL = 'model_config_list { config { name: "a"\n%s\n} }'
SPECIFIC = "model_version_policy { specific { versions: 1 versions: 2 } } "


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("base_path:", "2:10: 'base_path' has no value before '}'. Write one."),
        (
            "model_version_policy { specific { versions: 1, 2 } }",
            "2:45: Several values of 'versions' stand here without brackets. Write 'versions: [1, 2]', or name the "
            "field before each.",
        ),
        (
            "model_version_policy { latest: num_versions: 2 }",
            "2:32: 'latest' is a group of fields. Write it as 'latest { num_versions: 2 }'.",
        ),
        (
            SPECIFIC + "version_labels:\n  live: 1\n  old: 2",
            "3:3: Each pair stands in a block of its own, as 'key' and 'value'. Write version_labels { key: \"live\" "
            'value: 1 } version_labels { key: "old" value: 2 }.',
        ),
        (
            SPECIFIC + 'version_labels: {"live": 1, "old": 2}',
            "2:80: Each pair stands in a block of its own, as 'key' and 'value'. Write version_labels { key: \"live\" "
            'value: 1 } version_labels { key: "old" value: 2 }.',
        ),
        (
            SPECIFIC + 'version_labels { key: "live" value: 1 key: "old" value: 2 }',
            "2:101: A block of 'version_labels' holds one pair; here begins another. Write version_labels { key: "
            '"live" value: 1 } version_labels { key: "old" value: 2 }.',
        ),
        (
            "- base_path: 's3://b/models/a'",
            "2:1: Expected the name of a field but found '-'. Lists have no dashes; name the field before each value.",
        ),
        (
            "basePath: 's3://b/models/a'",
            "2:1: 'basePath' is not a field of ModelConfig. Perhaps 'base_path' was meant.",
        ),
        (
            "base-path: 's3://b/models/a'",
            "2:1: 'base-path' is not a field of ModelConfig. Perhaps 'base_path' was meant.",
        ),
        ('"base_path": "s3://b/models/a"', "2:1: Names of fields stand without quotes. Write base_path."),
        (
            "specific { versions: 1 }",
            "2:1: 'specific' is not a field of ModelConfig, but of its 'model_version_policy'. Write "
            "'model_version_policy { specific ... }'.",
        ),
        (
            "base_path: s3://b/models/a",
            "2:12: 'base_path' is s3://b/models/a, but must be text in quotes. Write \"s3://b/",
        ),
        (
            "model_platform: tensorflow",
            "2:17: 'model_platform' is tensorflow, but must be text in quotes. Write \"tens",
        ),
        (
            "tensorflow",
            "2:1: 'tensorflow' stands alone: a field goes on with ':' or '{'. Give it a value, or remove it.",
        ),
        ("%", "2:1: '%' means nothing here; outside of quotes and comments only letters, digits and the signs "),
    ],
)
def test_what_people_write_is_told_with_what_to_write(line: str, message: str) -> None:
    [problem] = problems_of(MODEL.replace("%s", line))
    assert problem.startswith(f"m:{message}")


def test_all_mistakes_of_a_file_are_told_though_some_break_it() -> None:
    text = """model_config_list {
  config {
    name: "a
    bas_path: "x"
    model_version_policy { specific { versions: "1" }
  }
  config
    name: 'b',,
    model_platform = "tf"
  }
  config { name: "c" version_labels { key: "live" value: } }
}
"""
    places = [problem.split(" ")[0] for problem in problems_of(text)]
    assert places == ["m:3:11:", "m:4:5:", "m:5:49:", "m:7:3:", "m:8:5:", "m:8:15:", "m:9:20:", "m:9:22:", "m:11:56:"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*"{}<>[]:,;-\"'\\#=$/ \n\u00a0\u201c\ufeff\0", "config ", "name", "1", "é", "live"])))
def test_nothing_crashes_the_reader(pieces: list[str]) -> None:
    for _, check, _ in KINDS.values():
        check("".join(pieces), "m")


@pytest.mark.parametrize(
    "piece", ["{", "[", "}", "a{", '"', '"a\n', "//", "/*", "${", "-", "=", "a b ", "\u201c", "\u00a0"]
)
def test_a_long_file_of_nonsense_is_refused_in_no_time(piece: str) -> None:
    assert check_models(piece * 20000, "m")
