"""Which build specifications are run, and what is said of the others."""

import pytest
import yaml

from local.builder.buildspec import BuildspecError, parse
from local.folders import PROJECT


def test_every_phase_has_its_commands_and_a_phase_that_is_not_there_has_none() -> None:
    spec = parse("version: 0.2\nphases: {build: {commands: ['make', 'make check']}}")
    assert spec.commands == {"install": (), "pre_build": (), "build": ("make", "make check"), "post_build": ()}
    assert (spec.shell, spec.variables) == ("sh", {})


def test_variables_become_texts_and_the_shell_is_the_one_asked_for() -> None:
    spec = parse("version: '0.2'\nenv: {shell: bash, variables: {A: x y, B: 1, C: true}}\nphases: {}")
    assert spec.variables == {"A": "x y", "B": "1", "C": "true"}
    assert spec.shell == "bash"


def test_the_projects_own_specification_is_run() -> None:
    text = (PROJECT / "dockerfiles/buildspec.yml").read_text()
    phases = yaml.safe_load(text)["phases"]
    assert {name: len(phase["commands"]) for name, phase in phases.items()} == {
        name: len(commands) for name, commands in parse(text).commands.items() if commands
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("version: 0.2\nphases: [", "YAML is malformed"),
        ("just words", "Expected buildspec to be of mapping type"),
        ("version: 0.1\nphases: {}", "Invalid buildspec version: 0.1. Expecting: 0.2"),
        ("version: 0.2", "Expected phases to be of mapping type"),
        (
            "version: 0.2\nphases: {prebuild: {commands: []}}",
            "Invalid buildspec phase name: prebuild. Expecting: build,",
        ),
        ("version: 0.2\nphases: {build: {commands: make}}", "Expected Commands to be of sequence type"),
        (
            "version: 0.2\nphases: {build: {commands: [make, {echo: hello}]}}",
            r"Expected Commands\[1\] to be of string type: found dict",
        ),
        ("version: 0.2\nenv: {shell: fish}\nphases: {}", "Invalid shell: fish. Expecting: bash,sh"),
        ("version: 0.2\nphases: {build: {finally: [x]}}", "The rehearsal knows no finally in build"),
        ("version: 0.2\nenv: {secrets-manager: {}}\nphases: {}", "The rehearsal knows no secrets-manager in env"),
        ("version: 0.2\nphases: {}\nreports: {}", "The rehearsal knows no reports in buildspec"),
    ],
)
def test_what_cannot_be_run_or_would_have_no_effect_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BuildspecError, match=reason):
        parse(text)
