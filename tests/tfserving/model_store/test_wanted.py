"""What a models.config wants, held against what the store has."""

import pytest

from tfserving.model_store.wanted import Shortage, StoredModel, shortage, wanted_models

FILE = "configs/dev/models.config"
TEXT = """model_config_list {
  config {
    name: "digits"
    model_version_policy { specific { versions: 1 versions: 3 } }
    version_labels { key: "live" value: 3 }
  }
  config { name: "words" }
}
"""
NOTHING = StoredModel()


def complete(*versions: int, begun: tuple[int, ...] = ()) -> StoredModel:
    """Give a model with complete versions, and others that are begun."""
    return StoredModel(frozenset({*versions, *begun}), frozenset(versions))


def held(digits: StoredModel, words: StoredModel) -> Shortage:
    """Hold the text against a store."""
    return shortage(wanted_models(TEXT, FILE), {"digits": digits, "words": words}, "models-1a2b")


def test_each_listed_version_is_known_by_its_place() -> None:
    digits, words = wanted_models(TEXT, FILE)
    assert digits.versions == {1: f"{FILE}:4:49", 3: f"{FILE}:4:61"}
    assert (words.name, words.where, words.versions) == ("words", f"{FILE}:7:18", {})


def test_a_store_that_has_everything_lacks_nothing() -> None:
    assert held(complete(1, 2, 3), complete(7)) == Shortage()


def test_every_missing_and_every_incomplete_version_is_a_mistake_with_the_command_that_mends_it() -> None:
    lacks = held(complete(2, begun=(3,)), complete(7))
    missing, broken = lacks.problems
    assert str(missing) == (
        f"{FILE}:4:49: Version 1 of the model 'digits' is not in the model store: there is nothing at "
        "s3://models-1a2b/models/digits/1/. `tfs publish DIRECTORY --model digits --version 1 --bucket models-1a2b` "
        "puts it there; or list another one, such as 2."
    )
    assert broken.where == f"{FILE}:4:61"
    assert "is incomplete in the model store: s3://models-1a2b/models/digits/3/ has files" in broken.message
    assert "--version 3" in broken.message
    assert lacks.warnings == ()


@pytest.mark.parametrize("digits", [NOTHING, complete(begun=(1,))])
def test_a_model_of_which_nothing_is_complete_is_a_mistake_once_the_store_has_others(digits: StoredModel) -> None:
    problems = held(digits, complete(7)).problems
    assert [problem.where for problem in problems] == [f"{FILE}:4:49", f"{FILE}:4:61"]
    assert all("or leave it out of the list." in problem.message for problem in problems)


@pytest.mark.parametrize("words", [NOTHING, complete(begun=(1, 2))])
def test_a_model_without_a_list_and_without_a_version_is_a_warning(words: StoredModel) -> None:
    lacks = held(complete(1, 3), words)
    (warning,) = lacks.warnings
    assert lacks.problems == ()
    assert warning.startswith(f"{FILE}:7:18: ")
    assert "`tfs publish DIRECTORY --model words --bucket models-1a2b`" in warning


def test_a_store_nobody_has_published_to_is_a_warning_with_a_command_for_each_version() -> None:
    lacks = held(NOTHING, NOTHING)
    assert lacks.problems == ()
    (warning,) = lacks.warnings
    assert warning.splitlines()[1:] == [
        "  tfs publish DIRECTORY --model digits --version 1 --bucket models-1a2b",
        "  tfs publish DIRECTORY --model digits --version 3 --bucket models-1a2b",
        "  tfs publish DIRECTORY --model words --bucket models-1a2b",
    ]


def test_an_interrupted_first_upload_is_told_as_such() -> None:
    assert len(held(complete(begun=(1,)), NOTHING).problems) == 2
