import pytest

from tfserving.errors import ServerConfigError
from tfserving.protos.server_config_pb2 import BatchingParameters, ModelServerConfig
from tfserving.server_configs.reading import parsed, read


def model_complaints(model: str) -> list[str]:
    text = "model_config_list { config {\n" + model + "\n} }"
    return [str(problem) for problem in read(text, "m", ModelServerConfig).problems]


def batching_complaints(text: str) -> list[str]:
    return [str(problem) for problem in read(text, "b", BatchingParameters).problems]


def test_a_misspelt_field_is_refused_with_the_name_that_was_meant() -> None:
    assert model_complaints('base_pth: "x"') == [
        "m:2:1: 'base_pth' is not a field of ModelConfig. Perhaps 'base_path' was meant.",
    ]


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    assert model_complaints("model_config_list { config { } } zzz: 1")[1] == (
        "m:2:34: 'zzz' is not a field of ModelConfig. Known here: base_path, logging_config, model_platform, "
        "model_type, model_version_policy, name, version_labels."
    )


def test_a_number_given_for_text_is_refused_with_the_quotes() -> None:
    assert model_complaints("name: digits") == [
        "m:2:7: 'name' is digits, but must be text in quotes. Write \"digits\".",
    ]


@pytest.mark.parametrize("escape", [r"\q", r"\x", r"\xff", r"\u12", r"\400", r"\U00200000"])
def test_an_escape_that_means_nothing_is_refused(escape: str) -> None:
    assert model_complaints(f'name: "{escape}"') == [
        f"m:2:7: 'name' is \"{escape}\", but must be UTF-8 text with valid escapes. Write a backslash as two.",
    ]


@pytest.mark.parametrize("number", ["1.0", '"1"', "one", "08", "1_000", "+1", "0b1", "9223372036854775808", "1e3"])
def test_what_is_no_int64_is_refused(number: str) -> None:
    assert model_complaints("model_version_policy { specific { versions: " + number + " } }") == [
        f"m:2:45: 'versions' is {number}, but must be a whole number from -9223372036854775808 to "
        "9223372036854775807. Correct the value.",
    ]


def test_a_negative_count_is_refused() -> None:
    assert model_complaints("model_version_policy { latest { num_versions: -1 } }") == [
        "m:2:47: 'num_versions' is -1, but must be a whole number from 0 to 4294967295. Correct the value.",
    ]


@pytest.mark.parametrize("text", ["+1", "1_0.0", "one"])
def test_what_is_no_floating_point_number_is_refused(text: str) -> None:
    assert model_complaints("logging_config { sampling_config { sampling_rate: " + text + " } }") == [
        f"m:2:51: 'sampling_rate' is {text}, but must be a number. Correct the value.",
    ]


def test_an_unknown_enum_name_is_refused() -> None:
    assert model_complaints("model_type: PYTORCH") == [
        "m:2:13: 'model_type' is PYTORCH, but must be a name of its enum. Correct the value.",
    ]


def test_yes_is_no_bool() -> None:
    assert batching_complaints("pad_variable_length_inputs: yes") == [
        "b:1:29: 'pad_variable_length_inputs' is yes, but must be true or false. Correct the value.",
    ]


def test_a_bare_value_for_a_wrapped_field_is_refused_with_the_wrapper() -> None:
    assert batching_complaints("num_batch_threads {value: 2}\nmax_batch_size: 128") == [
        "b:2:1: 'max_batch_size' wraps its value. Write 'max_batch_size { value: 128 }'.",
    ]


def test_a_value_for_a_group_is_refused() -> None:
    assert model_complaints("model_version_policy: 1") == [
        "m:2:1: 'model_version_policy' is a group of fields. Write it as 'model_version_policy { ... }'.",
    ]


@pytest.mark.parametrize("text", ["name { }", "model_version_policy { specific { versions [1] } }"])
def test_a_group_or_a_missing_colon_for_a_value_is_refused(text: str) -> None:
    [complaint] = model_complaints(text)
    assert "is a single value. Write it as '" in complaint


def test_a_field_given_twice_is_refused_with_the_first_place() -> None:
    assert model_complaints('name: "a"\nname: ""') == [
        "m:3:1: 'name' may stand here once; the first is at m:2:7. Remove one of them.",
    ]


def test_a_group_given_twice_is_refused() -> None:
    assert model_complaints("model_version_policy { }\nmodel_version_policy { }") == [
        "m:3:1: 'model_version_policy' may stand here once; the first is at m:2:1. Remove one of them.",
    ]


def test_two_policies_are_refused() -> None:
    assert model_complaints("model_version_policy { latest { num_versions: 1 }\nall { } }") == [
        "m:3:1: 'all' and 'latest' exclude each other. Remove one of them.",
    ]


def test_a_list_for_a_single_value_is_refused() -> None:
    assert model_complaints('name: ["a"]') == [
        "m:2:1: 'name' takes one value, not a list. Write it without the brackets.",
    ]


def test_all_mistakes_of_form_come_at_once() -> None:
    complaints = model_complaints('nmae: "x"\nbase_path: 5\nmodel_version_policy { specific { versions: [x, 2, y] } }')
    assert [complaint.split(" ")[0] for complaint in complaints] == [
        "m:2:1:",
        "m:3:12:",
        "m:4:46:",
        "m:4:52:",
    ]


def test_what_only_protobuf_refuses_is_reported_with_its_place() -> None:
    text = "custom_model_config {\n  [type.googleapis.com/no.Such] { } }"
    [problem] = read(text, "m", ModelServerConfig).problems
    assert problem.message.startswith("protobuf refuses this: ")
    assert problem.where == "m:1:1"


def test_parsed_raises_every_mistake_of_form() -> None:
    with pytest.raises(ServerConfigError) as caught:
        parsed("a: 1\nb: 2", "m", ModelServerConfig)
    assert [problem.where for problem in caught.value.problems] == ["m:1:1", "m:2:1"]


def test_parsed_returns_the_message() -> None:
    assert parsed("allowed_batch_sizes: [1, 0x10]", "b", BatchingParameters).allowed_batch_sizes == [1, 16]
