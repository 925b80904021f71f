import pytest

from tfserving.server_configs.document import (
    MAX_DEPTH,
    Block,
    DocumentError,
    Field,
    Position,
    Scalar,
    parse_document,
)


def outline(block: Block) -> list[object]:
    """Names, places and values, as short as can be."""
    return [(field.name, str(field.position), [value_of(value) for value in field.values]) for field in block.fields]


def value_of(value: Scalar | Block) -> object:
    return (value.source, str(value.position)) if isinstance(value, Scalar) else outline(value)


def complaint(text: str) -> str:
    with pytest.raises(DocumentError) as caught:
        parse_document(text)
    return str(caught.value)


def test_every_field_and_value_has_its_place() -> None:
    text = "a {\n  b: 1\n}\n# comment\nc: \"x\"  'y' # tail\n"
    assert outline(parse_document(text)) == [
        ("a", "1:1", [[("b", "2:3", [("1", "2:6")])]]),
        ("c", "5:1", [("\"x\"  'y'", "5:4")]),
    ]


@pytest.mark.parametrize(
    "text",
    ["a { b: 1 }", "a: { b: 1 }", "a < b: 1 >", "a:{b:1;};", "a { b: 1, },", "a\n{\r\nb\n:\t1\n}"],
)
def test_both_brackets_and_every_separator_read_alike(text: str) -> None:
    [field] = parse_document(text).fields
    [block] = field.values
    assert isinstance(block, Block)
    [inner] = block.fields
    assert (field.name, inner.name) == ("a", "b")
    assert isinstance(inner.values[0], Scalar)
    assert inner.values[0].source == "1"


def test_a_list_gives_one_field_with_the_place_of_each_value() -> None:
    [field] = parse_document("a: [ 1,\n  2 ]").fields
    assert field == Field(
        Position(1, 1),
        "a",
        (Scalar(Position(1, 6), "1"), Scalar(Position(2, 3), "2")),
        colon=True,
        listed=True,
    )


def test_an_empty_list_has_no_values() -> None:
    assert parse_document("a: []").fields[0].values == ()


def test_a_list_of_groups_needs_no_colon() -> None:
    [field] = parse_document("a [ { b: 1 }, < > ]").fields
    assert [str(value.position) for value in field.values] == ["1:5", "1:15"]


def test_brackets_and_hashes_in_quotes_are_text() -> None:
    [field] = parse_document('a: "} # \\" {"').fields
    assert value_of(field.values[0]) == ('"} # \\" {"', "1:4")


def test_a_tab_counts_as_one_column() -> None:
    assert str(parse_document("\ta: 1").fields[0].position) == "1:2"


def test_a_bracketed_name_is_kept_whole() -> None:
    [field] = parse_document("[type.googleapis.com/x.Y] { }").fields
    assert field.name == "[type.googleapis.com/x.Y]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a {\n  b {\n  }\n", "1:3: This '{' is never closed. Add the missing '}'."),
        ("a {\n  b {\n}\n", "1:3: This '{' is never closed. Add the missing '}', by the indentation before 3:1."),
        ("a { b {", "1:3: '{' of 'b' at 1:7 and '{' of 'a' at 1:3 are never closed. Add the missing '} }'."),
        ("a {\n  b: 1\n>\n", "3:1: '>' does not close the '{' at 1:3. Write '}'."),
        ("a: 1\n}", "2:1: This '}' closes nothing that is open. Remove it."),
        ("a 1", "1:3: Expected ':' between 'a' and its value but found '1'. Add it."),
        ("a: ", "1:2: 'a' has no value before the end of the file. Write one."),
        ("a: , b: 2", "1:2: 'a' has no value before ','. Write one."),
        ("a: 1,, b: 2", "1:6: Expected the name of a field but found ','. Remove it."),
        ("a: [1, 2", "1:4: This '[' is never closed. Add the missing ']'."),
        ("a: [1 2]", "1:7: Expected ',' or ']' of the list at 1:4 but found '2'. Add it."),
        ("a: [1,]", "1:6: ',' has no place before ']'. Remove it."),
        ('a: "x\nb: 1', '1:4: The text begun here with " is not closed on its line. Add the closing ".'),
        ("a: 1 // no", "1:6: Comments begin with '#', not with '//'. Begin each line of the comment with '#'."),
    ],
)
def test_broken_text_is_refused_at_its_place(text: str, message: str) -> None:
    assert complaint(text) == message


def test_bottomless_nesting_is_refused() -> None:
    assert complaint("a {" * (MAX_DEPTH + 1)).startswith(f"1:{3 * MAX_DEPTH + 3}: Nested more than {MAX_DEPTH} deep")
