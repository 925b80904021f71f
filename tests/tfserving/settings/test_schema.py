"""Pulumi.yaml describes exactly the settings there are."""

import json
from pathlib import Path

import yaml

from tfserving.settings import load_settings
from tfserving.settings.schema import config_block

PROJECT = Path(__file__).parents[3]


def test_pulumi_yaml_describes_every_setting_with_its_type_default_and_description() -> None:
    described = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    assert described == config_block()


def test_every_setting_says_what_it_is() -> None:
    assert all(entry["description"].endswith(".") for entry in config_block().values())


def test_the_stack_files_in_the_repository_are_accepted() -> None:
    stack_files = sorted(PROJECT.glob("Pulumi.*.yaml"))
    for path in stack_files:
        config = yaml.safe_load(path.read_text())["config"]
        own = {key.removeprefix("tfserving:"): value for key, value in config.items() if key.startswith("tfserving:")}
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in own.items()}
        assert load_settings(texts), path.name
    assert stack_files
