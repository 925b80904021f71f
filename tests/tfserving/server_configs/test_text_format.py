"""Random configs in random formatting: positions, round trips, and the verdict of TensorFlow's own parser."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from google.protobuf import any_pb2, text_format, wrappers_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import Message
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tfserving.errors import ServerConfigError
from tfserving.protos import server_config_pb2
from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig
from tfserving.server_configs import (
    check_models,
    local_models_config,
    parse_batching,
    parse_models,
    store_models_config,
)
from tfserving.server_configs.reading import Entry, read

NAMES = st.from_regex(r"[a-z0-9_.-]{0,4}[a-zA-Z][a-zA-Z0-9_.-]{0,6}", fullmatch=True)
VERSIONS = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=4, unique=True)
LABELS = st.from_regex(r"[A-Za-z0-9_]{1,8}", fullmatch=True)
BLANKS = st.sampled_from([" ", "\n", "\t", "\r\n", " # note {\n", "\n#\n", "  "])


@st.composite
def models(draw: st.DrawFn, name: str) -> ModelConfig:
    model = ModelConfig(name=name)
    policy = draw(st.sampled_from(["unset", "latest", "all", "specific"]))
    if policy == "latest":
        model.model_version_policy.latest.num_versions = draw(st.integers(1, 2**32 - 1))
    if policy == "all":
        model.model_version_policy.all.SetInParent()
    if policy == "specific":
        versions = draw(VERSIONS)
        model.model_version_policy.specific.versions.extend(versions)
        labels = draw(st.dictionaries(LABELS, st.sampled_from(versions), max_size=3))
        model.version_labels.update(labels)
    return model


@st.composite
def configs(draw: st.DrawFn) -> ModelServerConfig:
    config = ModelServerConfig()
    for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        config.model_config_list.config.append(draw(models(name)))
    return config


@dataclass
class Formatter:
    """Writes a message with whatever freedom text format leaves, and notes where each value begins."""

    draw: st.DrawFn

    def __post_init__(self) -> None:
        self.text = self.draw(st.sampled_from(["", "# first line\n"]))
        self.places: list[tuple[str, str]] = []

    def message(self, message: Message) -> None:
        for field, value in message.ListFields():
            if field.message_type and field.message_type.GetOptions().map_entry:
                for key in value:
                    self._fields(field.name, partial(self._map_entry, key, value[key]))
            elif field.is_repeated and self.draw(st.booleans()):
                self._list(field.name, value)
            else:
                for single in value if field.is_repeated else [value]:
                    self._single(field.name, single)

    def _single(self, name: str, value: Any) -> None:
        if isinstance(value, Message):
            self._fields(name, partial(self.message, value))
            return
        self._put(name)
        self._put(":")
        self._scalar(name, value)
        self._put(self.draw(st.sampled_from(["", ",", ";"])), " ")

    def _list(self, name: str, values: Sequence[Any]) -> None:
        self._put(name)
        self._put(":")
        self._put("[")
        for index, value in enumerate(values):
            if index:
                self._put(",")
            if isinstance(value, Message):
                self._note(name)
                self._block(partial(self.message, value))
            else:
                self._scalar(name, value)
        self._put("]")

    def _fields(self, name: str, inner: Callable[[], None]) -> None:
        self._note(name)
        self._put(name)
        self._put(self.draw(st.sampled_from(["", ":"])))
        self._block(inner)
        self._put(self.draw(st.sampled_from(["", ",", ";"])))

    def _block(self, inner: Callable[[], None]) -> None:
        opening, closing = self.draw(st.sampled_from([("{", "}"), ("<", ">")]))
        self._put(opening)
        inner()
        self._put(closing)

    def _map_entry(self, key: str, value: int) -> None:
        self._single("key", key)
        self._single("value", value)

    def _scalar(self, name: str, value: int | str | bool) -> None:
        self._note(name)
        if isinstance(value, str):
            cut = self.draw(st.integers(0, len(value)))
            for part in (value[:cut], value[cut:]):
                quote = self.draw(st.sampled_from(["'", '"']))
                self._put(f"{quote}{part}{quote}")
        else:
            self._put(str(value).lower())

    def _note(self, name: str) -> None:
        line = self.text.count("\n") + 1
        self.places.append((name, f"m:{line}:{len(self.text.rpartition(chr(10))[2]) + 1}"))

    def _put(self, piece: str, blank: str = "") -> None:
        self.text += piece + (blank or "") + self.draw(st.one_of(st.just(""), BLANKS))


@st.composite
def written(draw: st.DrawFn) -> tuple[ModelServerConfig, str, list[tuple[str, str]]]:
    """A config, a text for it, and the place of every field in the text."""
    config = draw(configs())
    formatter = Formatter(draw)
    formatter.message(config)
    return config, formatter.text, formatter.places


def places_of(entries: Mapping[str, Sequence[Entry]]) -> list[tuple[str, str]]:
    found = []
    for name, each in entries.items():
        for entry in each:
            found += [(name, entry.where), *places_of(entry.fields)]
    return found


@settings(max_examples=40, deadline=None)
@given(written())
def test_every_field_is_found_where_it_stands(
    sample: tuple[ModelServerConfig, str, list[tuple[str, str]]],
) -> None:
    _, text, places = sample
    reading = read(text, "m", ModelServerConfig)
    assert reading.problems == ()
    assert reading.root
    assert sorted(places_of(reading.root.fields)) == sorted(places)


@settings(max_examples=40, deadline=None)
@given(written())
def test_any_formatting_gives_the_same_message_and_no_complaint(
    sample: tuple[ModelServerConfig, str, list[tuple[str, str]]],
) -> None:
    config, text, _ = sample
    assert parse_models(text, "m") == config
    assert check_models(text, "m") == []


@settings(max_examples=40, deadline=None)
@given(configs())
def test_the_store_object_reads_back_as_the_filled_in_config(config: ModelServerConfig) -> None:
    text = store_models_config(config, "store")
    assert check_models(text, "m", bucket="store") == []
    again = parse_models(text, "m")
    for model in again.model_config_list.config:
        assert (model.base_path, model.model_platform) == (f"s3://store/models/{model.name}", "tensorflow")
        model.ClearField("base_path")
        model.ClearField("model_platform")
    assert again == config
    assert store_models_config(again, "store") == text


@settings(max_examples=40, deadline=None)
@given(configs(), VERSIONS)
def test_the_local_file_reads_back_with_the_versions_given(config: ModelServerConfig, more: list[int]) -> None:
    versions = {
        model.name: [*model.model_version_policy.specific.versions, *more] for model in config.model_config_list.config
    }
    again = parse_models(local_models_config(config, versions, "/models"), "m")
    for model, before in zip(again.model_config_list.config, config.model_config_list.config, strict=True):
        assert model.name == before.name
        assert model.base_path == f"/models/{model.name}"
        assert list(model.model_version_policy.specific.versions) == sorted(set(versions[model.name]))
        assert model.version_labels == before.version_labels


# From here on: TensorFlow's own C++ parser, the one that tensorflow_model_server is built with.

FRAGMENTS = [
    *"{}<>[]:,;\"'#\\-+.0179_ax \n\t\r/",
    "\0",
    "\x0b",
    "\x1b",
    "\u00a0",
    "\u00e9",
    "\ufeff",
    "\u2028",
]
FRAGMENTS += [
    "0x",
    "1e3",
    "inf",
    "true",
    "versions",
    "[a.b]",
    "[type.googleapis.com/x.Y]",
    "//",
    "/*",
    r"\u00e9",
    r"\q",
]
SEEDS: Sequence[tuple[str, str]] = (
    (
        "ModelServerConfig",
        """model_config_list: < config: [ { name: "a" 'b', base_path: "s3://x"; model_type: TENSORFLOW
        version_labels [{key: "a" value: 007}] model_version_policy: { specific { versions: [1, -2, 3] } } },
        { name: "c\\x41\\n" logging_config { sampling_config { sampling_rate: 1.5e3f attributes: -3 } }
        model_version_policy { latest { num_versions: 0x2 } } } ] >  # end""",
    ),
    ("ModelServerConfig", 'custom_model_config { type_url: "a" value: "b" }'),
    (
        "BatchingParameters",
        """max_batch_size: { value: 128 }, allowed_batch_sizes: 1 allowed_batch_sizes: [2, 3]
        pad_variable_length_inputs: true enable_large_batch_splitting { value: 1 }
        thread_pool_name < value: "x" > """,
    ),
)
PARSERS: Mapping[str, Callable[[str, str], Message]] = {
    "ModelServerConfig": parse_models,
    "BatchingParameters": parse_batching,
}


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A message type and a text that was sound before up to three small accidents."""
    name, text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 1, 2, 5])))
        text = text[:start] + draw(st.sampled_from(["", *FRAGMENTS])) + text[end:]
    return name, text


@pytest.fixture(scope="module")
def tensorflow_accepts() -> Callable[[str, str], bool]:
    """Whether the C++ text format parser in TensorFlow accepts a text for a message type."""
    import tensorflow as tf

    files = FileDescriptorSet()
    for module in (any_pb2, wrappers_pb2, server_config_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    source = b"bytes://" + files.SerializeToString()

    def accepts(name: str, text: str) -> bool:
        try:
            tf.io.decode_proto(
                text.encode(),
                f"tfserving_aws.{name}",
                field_names=[],
                output_types=[],
                descriptor_source=source,
                message_format="text",
            )
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError):
            return False
        return True

    return accepts


# Refused here though TensorFlow's parser reads it: text that is not UTF-8, which no message may hold, and escapes that
# its parser cuts short; and messages packed in an Any, of which it knows more types than this project.
NAMED_REFUSALS = ("must be UTF-8 text with valid escapes", "names no message that a server knows", "must stand alone")


def one_model(fields: str) -> str:
    return f"model_config_list {{ config {{ {fields} }} }}"


def refusals(name: str, text: str) -> list[str]:
    try:
        PARSERS[name](text, "m")
    except ServerConfigError as error:
        return [problem.message for problem in error.problems]
    return []


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=mutated())
@example(sample=("BatchingParameters", "allowed_batch_sizes: 1_000"))
@example(sample=("BatchingParameters", "allowed_batch_sizes: - # one\n 1"))
@example(sample=("BatchingParameters", "pad_variable_length_inputs: 0x1"))
@example(sample=("BatchingParameters", "pad_variable_length_inputs: 01"))
@example(sample=("BatchingParameters", 'thread_pool_name { value: "\\q" }'))
@example(sample=("BatchingParameters", "# \0\nallowed_batch_sizes: 1"))
@example(sample=("BatchingParameters", "\ufeffallowed_batch_sizes: 1"))
@example(
    sample=(
        "ModelServerConfig",
        "model_config_list { config { model_version_policy { latest { num_versions: -0 } } } }",
    )
)
@example(sample=("ModelServerConfig", one_model("model_type: 01")))
@example(
    sample=(
        "ModelServerConfig",
        "model_config_list { config { logging_config { sampling_config { sampling_rate: 010 } } } }",
    )
)
def test_what_passes_here_passes_in_the_server_and_the_other_way_round(
    sample: tuple[str, str],
    tensorflow_accepts: Callable[[str, str], bool],
) -> None:
    found = refusals(*sample)
    if not any(reason in message for message in found for reason in NAMED_REFUSALS):
        assert tensorflow_accepts(*sample) == (not found)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=written())
def test_the_server_accepts_every_sound_text(
    sample: tuple[ModelServerConfig, str, list[tuple[str, str]]],
    tensorflow_accepts: Callable[[str, str], bool],
) -> None:
    assert tensorflow_accepts("ModelServerConfig", sample[1])


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(sample=written())
def test_the_official_message_reads_the_same(
    sample: tuple[ModelServerConfig, str, list[tuple[str, str]]],
) -> None:
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig as OfficialConfig

    _, text, _ = sample
    official = text_format.Parse(text, OfficialConfig()).SerializeToString(deterministic=True)
    assert official == parse_models(text, "m").SerializeToString(deterministic=True)
