"""Files that are something else as a whole."""

import json
from pathlib import Path

import pytest

from tfserving.errors import ServerConfigError
from tfserving.server_configs import check_batching, check_models, check_monitoring, find_server_configs

MODEL = {
    "name": "digits",
    "model_version_policy": {"specific": {"versions": [1, 2]}},
    "version_labels": {"live": 2},
}
IN_TEXT_FORMAT = (
    'model_config_list { config { name: "digits" model_version_policy { specific { versions: 1 versions: 2 } } '
)
YAML = """# models
model_config_list:
  config:
    - name: digits
      model_version_policy:
        specific:
          versions:
            - 1
            - 2
"""


def the_problem(text: str) -> str:
    [problem] = check_models(text, "m")
    return str(problem)


def test_json_is_told_with_the_first_model_in_text_format() -> None:
    text = json.dumps({"model_config_list": {"config": [MODEL, {"name": "other"}]}}, indent=2)
    assert the_problem(text) == (
        "m:1:1: The file is written in JSON, but TensorFlow Serving reads protobuf's text format. Write it as, for "
        f'instance, {IN_TEXT_FORMAT}version_labels {{ key: "live" value: 2 }} }} }}.'
    )


@pytest.mark.parametrize(
    "text", ['[{"name": "digits",}]', '\ufeff{"model_config_list": [{"config": {"name": "digits"}}]}']
)
def test_json_that_is_none_is_told_with_its_first_name(text: str) -> None:
    assert the_problem(text).endswith('instance, model_config_list { config { name: "digits" } }.')


def test_yaml_is_told_with_the_first_model_in_text_format() -> None:
    assert the_problem(YAML) == (
        "m:1:1: The file is written in YAML, but TensorFlow Serving reads protobuf's text format. Write it as, for "
        f"instance, {IN_TEXT_FORMAT}}} }}."
    )


def test_text_format_that_looks_a_little_like_yaml_is_read() -> None:
    assert check_models('model_config_list:\n{\n  config:\n  { name: "a" }\n}', "m") == []


def test_the_other_files_are_told_with_their_own_example() -> None:
    [batching] = check_batching('{"max_batch_size": 64}', "b")
    [monitoring] = check_monitoring("prometheus_config:\n  enable: true\n", "p")
    assert batching.message.endswith("for instance, max_batch_size { value: 64 }.")
    assert monitoring.message.endswith("for instance, prometheus_config { enable: true }.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\0:\0 \0001\0", "m:1:1: The file is UTF-16"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "m:1:1: This is Git LFS's pointer to the file."),
        ("<!DOCTYPE html>\n<html></html>", "m:1:1: The file is a web page or XML, not a server config."),
        ("# a\n<<<<<<< HEAD\na: 1\n=======\nb: 1\n>>>>>>> b\n", "m:2:1: '<<<<<<<' marks a merge conflict."),
    ],
)
def test_what_is_no_config_at_all_is_told_once(text: str, message: str) -> None:
    assert the_problem(text).startswith(message)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"a": {"name": {"a": 1}}}'])
def test_no_json_crashes_the_reader(text: str) -> None:
    assert check_models(text, "m")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_told_of_as_such(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "configs" / "default" / "models.config"
    path.parent.mkdir(parents=True)
    path.write_bytes('model_config_list { config { name: "a" } }'.encode(encoding))
    try:
        found = find_server_configs(tmp_path, "dev").models
        [problem] = check_models(found.text, found.path)
    except ServerConfigError as error:
        [problem] = error.problems
    assert str(problem).startswith("configs/default/models.config:1:1: The file is UTF-16, as Windows PowerShell's '>'")
