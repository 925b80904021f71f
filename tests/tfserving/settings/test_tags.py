"""Tags that every service of AWS takes."""

import pytest

from tests.tfserving.settings.test_load import problems_of
from tfserving.settings import load_settings
from tfserving.settings.tags import tag_mistakes


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"Team": "vision"},
        {"cost:center": "a/b=c+d-e_f.g@h i"},
        {"Größe": "模型 7"},
        {"x" * 128: "y" * 256},
        {"empty": ""},
        {"laws:a": "no prefix", "named": "Named"},
        {f"tag{number}": "x" for number in range(6)},
    ],
)
def test_a_tag_that_aws_takes_is_accepted(tags: dict[str, str]) -> None:
    assert list(tag_mistakes(tags)) == []


@pytest.mark.parametrize(
    ("tags", "fragment"),
    [
        ({"AWS:team": "x"}, "begins with 'aws:'"),
        ({"aWs:": "x"}, "begins with 'aws:'"),
        ({"team": "Aws:x"}, "begins with 'aws:'"),
        ({"Name": "x"}, "a tag that this project sets itself, 'Name'"),
        ({"project": "x"}, "a tag that this project sets itself, 'Project'"),
        ({"STACK": "x"}, "a tag that this project sets itself, 'Stack'"),
        ({"x" * 129: "y"}, "has 129 characters"),
        ({"\U0001d49c" * 65: "y"}, "has 130 characters"),
        ({"x": "y" * 257}, "has 257 characters"),
        ({"": "y"}, "without a name"),
        ({"a&b": "y"}, "'&' at position 2"),
        ({"a": "b;c"}, "';' at position 2"),
        ({"a": "e\u0301"}, "at position 2"),
        ({"a": "\U0001f600"}, "at position 1"),
        ({"Team": "x", "team": "y"}, "2 times in different case"),
        ({f"tag{number}": "x" for number in range(51)}, "has 51 tags"),
    ],
)
def test_a_tag_that_aws_would_refuse_is_refused(tags: dict[str, str], fragment: str) -> None:
    [mistake] = tag_mistakes(tags)
    assert fragment in mistake
    assert mistake.endswith(".")
    assert problems_of(tags=tags)["tfserving:tags"] == mistake


def test_every_mistake_of_a_tag_is_told() -> None:
    assert len(list(tag_mistakes({"aws:" + "&" * 200: ";" * 300}))) == 5


def test_tags_arrive_as_they_were_written() -> None:
    assert load_settings({"tags": '{"Team": "computer vision"}'}).stack.tags == {"Team": "computer vision"}
