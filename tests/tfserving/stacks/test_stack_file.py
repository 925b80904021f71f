"""Pulumi.<stack>.yaml, as Pulumi itself reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfserving.stacks import StackFile, read_stack_file


def read(settings: str) -> StackFile:
    return read_stack_file(f"config:\n{settings}", "Pulumi.dev.yaml", "tfserving")


def complaints(text: str) -> list[str]:
    problems = read_stack_file(text, "Pulumi.dev.yaml", "tfserving").problems
    assert all(str(problem).isprintable() and problem.message.endswith(".") for problem in problems)
    return [str(problem) for problem in problems]


# What `pulumi config --json` made of the same text, version 3.250.
@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2.20", "2.2"),
        ("010", "8"),
        ("yes", "yes"),
        ("True", "true"),
        ("0x10", "16"),
        ("1_000", "1000"),
        ("2026-11-01", "2026-11-01 00:00:00 +0000 UTC"),
        ("1:30", "1:30"),
        ("0o17", "15"),
        ("1e3", "1000"),
        ("", ""),
        ("'010'", "010"),
        ("15s", "15s"),
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("[on, 10.0.0.0/16, 1e3]", '["on", "10.0.0.0/16", 1000]'),
        ("{x: yes, y: 2.20, w: 0x10, n: , f: 1.0}", '{"x": "yes", "y": 2.2, "w": 16, "n": null, "f": 1}'),
        ("[&a 1, *a]", "[1, 1]"),
    ],
)
def test_a_value_arrives_as_pulumi_hands_it_over(written: str, text: str) -> None:
    assert read(f"  tfserving:key: {written}\n").values == {"key": text}


def test_settings_of_others_are_left_alone_and_a_bare_name_is_the_projects() -> None:
    found = read("  aws:region: eu-central-1\n  tfserving:ami: latest\n  deletion: force\n")
    assert found.values == {"ami": "latest", "deletion": "force"}
    assert found.places == {"ami": "Pulumi.dev.yaml:3:3", "deletion": "Pulumi.dev.yaml:4:3"}


def test_what_is_encrypted_is_skipped_wherever_it_stands() -> None:
    found = read("  tfserving:ami:\n    secure: v1:abc\n  tfserving:tags:\n    Team: {secure: v1:abc}\n")
    assert (found.values, found.skipped, found.problems) == ({}, ["ami", "tags"], [])


@pytest.mark.parametrize("text", ["", "# nothing\n", "encryptionsalt: v1\n", "config:\n", "config: {}\n"])
def test_a_file_without_settings_has_none(text: str) -> None:
    assert read_stack_file(text, "p", "tfserving") == StackFile()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("config:\n  a: 1\n  b: [1\n", "Pulumi.dev.yaml:4:1: This is not YAML: "),
        ("config:\n\ta: 1\n", "Pulumi.dev.yaml:2:1: This is not YAML: "),
        ("config: 5\n", "Pulumi.dev.yaml:1:9: 'config' must hold settings"),
        ("- a\n", "Pulumi.dev.yaml:1:1: The file must hold 'config:'"),
        ("config:\n  tfserving:a: 1\n  tfserving:a: 2\n", "Pulumi.dev.yaml:3:3: 'tfserving:a' stands here twice; "),
        ("config:\n  tfserving:t: {x: 1, x: 2}\n", "Pulumi.dev.yaml:2:23: 'x' stands here twice; "),
        ("config:\n  tfserving:a:b: 1\n", "Pulumi.dev.yaml:2:3: 'tfserving:a:b' is not of the form project:name."),
        ("config:\n  [a]: 1\n", "Pulumi.dev.yaml:2:3: A setting's name must be text."),
        ("config:\n  a: \0\n", "Pulumi.dev.yaml: This is not YAML: "),
        ("a: 1\n---\nb: 2\n", "Pulumi.dev.yaml:2:1: This is not YAML: "),
        ("config:\n  a: &a [*a]\n", "Pulumi.dev.yaml: This is not YAML: its aliases stand for too many values."),
        ("[" * 5000, "Pulumi.dev.yaml: This is not YAML: it nests too deep."),
    ],
)
def test_a_broken_file_is_refused_at_its_place(text: str, complaint: str) -> None:
    [found] = complaints(text)
    assert found.startswith(complaint)


def test_a_file_whose_aliases_multiply_is_refused_at_once() -> None:
    lines = ["a0: &a0 x"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    [complaint] = complaints("\n".join(lines))
    assert "too many values" in complaint


@given(st.text(alphabet="ab:[]{}&*-'\" \n01.!|>#,~\t%?") | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    complaints(f"config:\n  a: 1\n{text}")
    complaints(text)
