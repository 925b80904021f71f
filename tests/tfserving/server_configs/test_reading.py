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


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        ("1.0", "Write 1"),
        ('"1"', "Write 1"),
        ("'-2'", "Write -2"),
        ("08", "Write 8"),
        ("1_000", "Write 1000"),
        ("+1", "Write 1"),
        ("1e3", "Write 1000"),
        *((number, "Correct the value") for number in ("one", "0b1", "1.5", "15s", "1e99", "9223372036854775808")),
    ],
)
def test_what_is_no_int64_is_refused_with_the_number_that_was_meant(number: str, remedy: str) -> None:
    without_quotes = ", without quotes" if number[0] in "\"'" else ""
    assert model_complaints("model_version_policy { specific { versions: " + number + " } }") == [
        f"m:2:45: 'versions' is {number}, but must be a whole number from -9223372036854775808 to "
        f"9223372036854775807{without_quotes}. {remedy}.",
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


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("PYTORCH", "Correct the value"), ("tensorflow", "Write TENSORFLOW"), ('"OTHER"', "Write OTHER")],
)
def test_an_unknown_enum_name_is_refused(name: str, remedy: str) -> None:
    assert model_complaints(f"model_type: {name}") == [
        f"m:2:13: 'model_type' is {name}, but must be one of MODEL_TYPE_UNSPECIFIED, TENSORFLOW, OTHER, without "
        f"quotes. {remedy}.",
    ]


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("yes", "Write true"),
        ("TRUE", "Write true"),
        ('"true"', "Write true"),
        ("off", "Write false"),
        ("2", "Correct the value"),
        ("-1", "Correct the value"),
    ],
)
def test_what_is_no_boolean_is_refused_with_the_one_that_was_meant(word: str, remedy: str) -> None:
    assert batching_complaints(f"pad_variable_length_inputs: {word}") == [
        f"b:1:29: 'pad_variable_length_inputs' is {word}, but must be true or false. {remedy}.",
    ]


@pytest.mark.parametrize("word", ["true", "True", "t", "1", "01", "0x1", "0X01"])
def test_every_boolean_of_the_server_is_read(word: str) -> None:
    assert parsed(f"pad_variable_length_inputs: {word}", "b", BatchingParameters).pad_variable_length_inputs


@pytest.mark.parametrize("number", ["- 5", "-5", "-\n5", "- # five\n 5", "-05", "-0x5"])
def test_a_sign_may_stand_apart_from_its_number(number: str) -> None:
    assert parsed(f"allowed_batch_sizes: {number}", "b", BatchingParameters).allowed_batch_sizes == [-5]


def test_every_field_of_a_logging_config_is_read() -> None:
    model = """logging_config {
      log_collector_config { type: "a" filename_prefix: "b" }
      sampling_config {
        sampling_rate: .5 attributes: 3 per_task_sampling_configs { dc: "c" task_index: 0 sampling_rate: 1e-2f }
      }
      custom_logging_config { [type.googleapis.com/google.protobuf.StringValue] { value: "d" } }
    }"""
    config = parsed("model_config_list { config { " + model + " } }", "m", ModelServerConfig)
    logging = config.model_config_list.config[0].logging_config
    [task] = logging.sampling_config.per_task_sampling_configs
    assert (task.dc, task.HasField("task_index"), task.sampling_rate) == ("c", True, 0.01)
    assert logging.custom_logging_config.type_url == "type.googleapis.com/google.protobuf.StringValue"


def test_a_bare_value_for_a_wrapped_field_is_refused_with_the_wrapper() -> None:
    assert batching_complaints("num_batch_threads {value: 2}\nmax_batch_size: 128") == [
        "b:2:1: 'max_batch_size' wraps its value. Write 'max_batch_size { value: 128 }'.",
    ]


def test_a_value_for_a_group_is_refused() -> None:
    assert model_complaints("model_version_policy: 1") == [
        "m:2:1: 'model_version_policy' is a group of fields. Write it as 'model_version_policy { ... }'.",
    ]


def test_a_group_for_a_value_is_refused() -> None:
    assert model_complaints("name { }") == ["m:2:1: 'name' is a single value. Write it as 'name: ...'."]


def test_a_list_of_values_without_a_colon_is_refused_once() -> None:
    assert model_complaints("model_version_policy { specific { versions [1, 2] } }") == [
        "m:2:35: Between 'versions' and its value stands ':'. Add it.",
    ]


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


def test_a_packed_message_of_an_unknown_type_is_refused_at_its_place() -> None:
    text = "custom_model_config {\n  [type.googleapis.com/no.Such] { } }"
    [problem] = read(text, "m", ModelServerConfig).problems
    assert problem.message.startswith("[type.googleapis.com/no.Such] names no message that a server knows.")
    assert problem.where == "m:2:3"


def test_parsed_raises_every_mistake_of_form() -> None:
    with pytest.raises(ServerConfigError) as caught:
        parsed("a: 1\nb: 2", "m", ModelServerConfig)
    assert [problem.where for problem in caught.value.problems] == ["m:1:1", "m:2:1"]


def test_parsed_returns_the_message() -> None:
    assert parsed("allowed_batch_sizes: [1, 0x10]", "b", BatchingParameters).allowed_batch_sizes == [1, 16]
