"""Settings as they are typed by hand: every mistake ends in the command to run."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tfserving.settings.test_load import problems_of
from tfserving.errors import SettingsError
from tfserving.settings import load_settings
from tfserving.settings.load import KEYS


@pytest.mark.parametrize(
    ("key", "text", "command"),
    [
        ("callerCidrs", "10.0.0.0/16", "pulumi config set --path 'callerCidrs[0]' 10.0.0.0/16"),
        ("callerCidrs", "", "pulumi config set --path 'callerCidrs[0]' '<value>'"),
        ("callerCidrs", '"10.0.0.0/16"', "pulumi config set --path 'callerCidrs[0]' 10.0.0.0/16"),
        ("callerCidrs", "10.0.0.0/16,10.1.0.0/16", "'callerCidrs[0]' 10.0.0.0/16` and `pulumi config set"),
        ("callerCidrs", "10.0.0.0/16 10.1.0.0/16", "--path 'callerCidrs[1]' 10.1.0.0/16"),
        ("callerCidrs", "['10.0.0.0/16']", "pulumi config set --path 'callerCidrs[0]' 10.0.0.0/16"),
        ("callerCidrs", '{"0": "10.0.0.0/16"}', "--path 'callerCidrs[0]'"),
        ("accessKeys", "2026-11", "pulumi config set --path 'accessKeys[0]' 2026-11"),
        ("accessKeys", "2026", "pulumi config set --path 'accessKeys[0]' 2026"),
        ("serverFlags", "grpc_max_threads=8", "pulumi config set --path serverFlags.grpc_max_threads 8"),
        ("serverFlags", "{grpc_max_threads: 8}", "pulumi config set --path serverFlags.grpc_max_threads 8"),
        ("serverFlags", "--grpc_max_threads=8", "--path serverFlags.grpc_max_threads 8"),
        ("serverFlags", "enable_profiler", "pulumi config set --path serverFlags.name value"),
        ("serverFlags", '["enable_profiler"]', "pulumi config set --path serverFlags.name value"),
        ("tags", "Team=vision", "pulumi config set --path tags.Team vision"),
        ("tags", "Team: 'computer vision'", "pulumi config set --path tags.Team 'computer vision'"),
        ("tags", '[{"Key": "Team", "Value": "vision"}]', "pulumi config set --path tags.Team vision"),
        ("tags", "cost.center=42", "pulumi config set --path 'tags[\"cost.center\"]' 42"),
        ("configPollSeconds", "15s", "pulumi config set configPollSeconds 15"),
        ("configPollSeconds", "5m", "pulumi config set configPollSeconds 300"),
        ("configPollSeconds", "15.0", "pulumi config set configPollSeconds 15"),
        ("configPollSeconds", "\uff11\uff15", "pulumi config set configPollSeconds 15"),
        ("buildMemoryMib", "2 GiB", "pulumi config set buildMemoryMib 2048"),
        ("buildMemoryMib", "2_048", "pulumi config set buildMemoryMib 2048"),
        ("buildMemoryMib", "2,048", "pulumi config set buildMemoryMib 2048"),
        ("diskSizeGib", "100GB", "pulumi config set diskSizeGib 100"),
        ("gpuMemoryPercent", "50%", "pulumi config set gpuMemoryPercent 50"),
        ("allowWholeWorld", "yes", "pulumi config set allowWholeWorld true"),
        ("allowWholeWorld", "True", "pulumi config set allowWholeWorld true"),
        ("allowWholeWorld", "1", "pulumi config set allowWholeWorld true"),
        ("codeBuild", "off", "pulumi config set codeBuild false"),
        ("codeBuild", "", "pulumi config set codeBuild true"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_with_what_to_type(key: str, text: str, command: str) -> None:
    message = problems_of(**{key: text})[f"tfserving:{key}"]
    assert command in message
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("key", "text", "fragment"),
    [
        ("callerCidrs", '["10.0.0.0/16"', "JSON with a mistake at line 1, column 15"),
        ("callerCidrs", '["10.0.0.0/16",]', "JSON with a mistake at line 1, column 1"),
        ("serverFlags", '{"a": 1, "a": 2}', "names 'a' twice"),
        ("tags", '{" Team": "x"}', "Write 'Team'."),
        ("tags", '{"Team": 42}', "42 is not text. Put it in quotes."),
        ("configPollSeconds", "often", "Write digits only."),
        ("configPollSeconds", "", "Write digits only."),
        ("configPollSeconds", "-5", "is less than 0"),
        ("configPollSeconds", "9" * 30, "is more than 86400"),
        ("configPollSeconds", "9" * 5000, "Write digits only."),
        ("serverFlags", "[" * 100_000, "nests too deep"),
        ("serverFlags", '{"grpc_max_threads": ' + "9" * 5000 + "}", "thousands of digits"),
        ("deletion", "Protect", "Perhaps 'protect' was meant."),
        ("serverImage", "cpu", "is not 'stock', 'optimized' or 'gpu'"),
        ("codeBuildComputeType", "xlarge", "Perhaps 'XLARGE' was meant."),
        ("serverVersion", "\uff12.20.0", "such as '2.20.0'"),
        ("serverVersion", "2.20.\u0660", "such as '2.20.0'"),
        ("serverVersion", "02.20.0", "such as '2.20.0'"),
        ("instanceType", "c7i.large\0", "U+0000 at position 10"),
        ("serverBaseImage", "mirror/a\u200bb", "U+200B at position 9"),
        ("serverBaseImage", "mirror/\u00fcbung", "is not an image name"),
        ("serverBaseImage", "Mirror Image", "is not an image name"),
    ],
)
def test_what_is_wrong_is_said(key: str, text: str, fragment: str) -> None:
    [message] = problems_of(**{key: text}).values()
    assert fragment in message


@pytest.mark.parametrize("hidden", ["\0", "\n", "\x1b", "\u2028", "\\ud800"])
def test_text_within_a_map_has_no_character_that_does_not_show(hidden: str) -> None:
    text = json.dumps({"saved_model_tags": f"a{hidden}b"}).replace("\\\\u", "\\u")
    [(where, message)] = problems_of(serverFlags=text).items()
    assert where == "tfserving:serverFlags.saved_model_tags"
    assert "does not show" in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("key", "fragment"),
    [
        ("callerCidrs[0]", "`pulumi config set --path 'callerCidrs[0]' <value>`"),
        ("serverFlags.grpc_max_threads", "`pulumi config rm 'serverFlags.grpc_max_threads'`"),
        ("grpc_max_threads", "`pulumi config set --path serverFlags.grpc_max_threads value`"),
        ("region", "`pulumi config set aws:region value`"),
        ("instance_type", "Did you mean 'instanceType'?"),
        ("INSTANCETYPE", "Did you mean 'instanceType'?"),
        ("callerCidr", "Did you mean 'callerCidrs'?"),
        ("", "Pulumi.yaml lists every setting."),
        ("a\nb", "Pulumi.yaml lists every setting."),
    ],
)
def test_a_key_that_is_no_setting_is_refused_with_what_was_meant(key: str, fragment: str) -> None:
    [(where, message)] = problems_of(**{key: "1"}).items()
    assert fragment in message
    assert where.isprintable()


def test_a_value_that_was_not_read_brings_no_second_message_of_what_stands_in_its_place() -> None:
    problems = problems_of(vpcId="vpc-0\0", subnetIds=["subnet-0123abcd"])
    assert set(problems) == {"tfserving:vpcId"}


def test_values_that_are_no_text_are_taken_for_what_they_are() -> None:
    values: dict[str, Any] = {"configPollSeconds": 30, "codeBuild": True, "callerCidrs": ["10.0.0.0/8"]}
    assert load_settings(values) == load_settings({key: json.dumps(value) for key, value in values.items()})


def test_blanks_around_a_value_are_no_mistake() -> None:
    settings = load_settings({"configPollSeconds": " 30\n", "codeBuild": " true ", "callerCidrs": ' ["10.0.0.0/8"] '})
    assert (settings.server.config_poll_seconds, settings.build.code_build) == (30, True)
    assert settings.network.caller_cidrs == ("10.0.0.0/8",)


JSON = st.recursive(st.none() | st.text(), st.lists).map(json.dumps)


@given(st.sampled_from(sorted(KEYS)), st.text() | JSON)
def test_any_text_of_any_setting_is_accepted_or_refused_in_full_sentences(key: str, text: str) -> None:
    try:
        load_settings({key: text})
    except SettingsError as refused:
        for problem in refused.problems:
            assert str(problem).isprintable()
            assert problem.where.startswith("tfserving:")
            assert problem.message.endswith((".", "?"))
