"""What people, editors and chats put in place of text format's own characters."""

import pytest

from tfserving.server_configs import check_models
from tfserving.server_configs.lookalikes import PLAIN
from tfserving.server_configs.tokens import MAX_MISTAKES, Source, scan

MODEL = 'model_config_list {\n  config {\n    name: "a"\n  }\n}\n'


def the_problem(text: str) -> str:
    [problem] = check_models(text, "m")
    return str(problem)


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        (":", "=", "m:3:9: Between a field and its value stands ':', not '='. Write ':'."),
        (":", ":=", "m:3:9: Between a field and its value stands ':', not ':='. Write ':'."),
        ('"a"', "\u201ca\u201d", 'm:3:11: Text stands in straight quotes, not between \u201c and \u201d. Write "a".'),
        ('"a"', "\u2018a\u2019", 'm:3:11: Text stands in straight quotes, not between \u2018 and \u2019. Write "a".'),
        ('"a"', "\u00aba\u00bb", 'm:3:11: Text stands in straight quotes, not between \u00ab and \u00bb. Write "a".'),
        ('"a"', "`a`", 'm:3:11: Text stands in straight quotes, not between ` and `. Write "a".'),
        (
            '"a"',
            "\u201ca",
            "m:3:11: The text begun here with \u201c is not closed on its line. Add the closing",
        ),
        ('"a"', '"a', 'm:3:11: The text begun here with " is not closed on its line. Add the closing ".'),
        ('"a"', 'a"', 'm:3:11: The text that ends here in " has no " at its beginning. Add it.'),
        (
            '"a"',
            '"a\nb"',
            "m:3:11: The text begun here goes on to 4:2, but a text ends on its line. Join the lines, or write \\n.",
        ),
        (
            '"a"',
            "${MODEL}_a",
            "m:3:11: '${MODEL}_a' would be taken as it is: nothing fills in variables here. Write the value itself.",
        ),
        ('"a"', "{{ model }}", "m:3:11: '{{ model }}' would be taken as it is: nothing fills in variables here. Write"),
        ('"a"', '"a" // b', "m:3:15: Comments begin with '#', not with '//'. Begin each line of the comment with '#'."),
        ('"a"', '"a" /* b\n } */', "m:3:15: Comments begin with '#', not with '/*'. Begin each line of the comment"),
        (
            "name",
            "\u00a0name",
            "m:3:5: U+00A0 (NO-BREAK SPACE) looks like a blank, but the server's parser refuses it.",
        ),
        ("name", "na\u200bme", "m:3:7: U+200B (ZERO WIDTH SPACE) is invisible, and the server's parser refuses it."),
        (":", "\uff1a", "m:3:9: '\uff1a' is U+FF1A (FULLWIDTH COLON), which only looks like ':'. Write ':'."),
        (
            "name",
            "\0name",
            "m:3:5: U+0000 (a control character) does not belong in a text file, and the server's",
        ),
        ("name", "# \0\nname", "m:3:7: U+0000 (a control character) does not belong in a text file, and the server's"),
        (
            "model",
            "\ufeffmodel",
            "m:1:1: The file begins with a byte order mark, an invisible character that the",
        ),
    ],
)
def test_it_is_told_with_what_to_write(written: str, instead: str, message: str) -> None:
    assert the_problem(MODEL.replace(written, instead, 1)).startswith(message)


def test_every_look_alike_is_read_as_what_it_looks_like_and_told() -> None:
    for code, plain in PLAIN.items():
        if plain in "\u200b " or plain.isalnum() or plain in "{}:":
            old, new = ("name", f"name{chr(code)}") if plain in "\u200b " else (plain, chr(code))
            if old in MODEL:
                assert f"U+{code:04X}" in the_problem(MODEL.replace(old, new, 1))


def test_in_quotes_and_comments_they_are_text() -> None:
    text = MODEL.replace("{\n", "{ # \u201cit\u2019s\u201d\u00a0\uff1a // = ${x}\n").replace('"a"', '"a" # \ufeff')
    assert check_models(text, "m") == []


def test_windows_line_ends_and_tabs_are_blanks() -> None:
    assert check_models(MODEL.replace("\n", "\r\n").replace(" ", "\t"), "m") == []


def test_a_character_that_comes_again_is_counted() -> None:
    assert the_problem(MODEL.replace("  ", "\u00a0")).endswith("It stands here 3 times more.")


def test_a_file_full_of_them_is_told_of_the_first() -> None:
    _, mistakes = scan(Source("a = 1\n" * 1000))
    assert len(mistakes) == MAX_MISTAKES + 1
    assert mistakes[-1].message == "Here and behind are 950 more such mistakes. Correct the others first."
