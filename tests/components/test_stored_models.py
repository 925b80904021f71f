"""What models.config wants and the store lacks."""

from typing import Any

import pulumi
import pytest

from components.refusal import Refusal
from tests.components import conftest
from tests.components.conftest import Deploy
from tests.components.test_program import READY

GET_OBJECTS = "aws:s3/getObjects:getObjects"
MODELS = "models/digits/"


def store(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    """Let the models' bucket have these keys and no others."""

    def listed(inputs: dict[str, Any]) -> dict[str, Any]:
        prefix = inputs["prefix"]
        found = [key for key in keys if key.startswith(prefix)]
        folders = {f"{prefix}{key.removeprefix(prefix).partition('/')[0]}/" for key in found}
        return {"commonPrefixes": sorted(folders) if inputs.get("delimiter") else [], "keys": found}

    monkeypatch.setitem(conftest.INVOKES, GET_OBJECTS, listed)


def version(number: int, *files: str) -> list[str]:
    """Give the keys of a version's files."""
    return [f"{MODELS}{number}/{file}" for file in files or ("manifest.json", "saved_model.pb")]


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what the program warns of."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: said.append(text))
    return said


def test_a_store_with_all_that_is_wanted_is_no_matter(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    store(monkeypatch, *version(1), *version(2, "manifest.json", "saved_model.pbtxt", "saved_model.pb.bak"))
    deploy(**READY)
    assert warnings == []


@pytest.mark.parametrize(
    "second",
    [
        [],
        version(2, "saved_model.pb"),
        version(2, "manifest.json"),
        version(2, "manifest.json.part", "saved_model.pb"),
        version(2, "manifest.json", "saved_model.pb.bak"),
        version(20),
    ],
)
def test_a_listed_version_that_is_not_complete_is_refused_at_its_place(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, second: list[str]
) -> None:
    store(monkeypatch, *version(1), *second)
    with pytest.raises(Refusal) as refused:
        deploy(**READY)
    mistakes, problem = str(refused.value).splitlines()
    assert mistakes == "1 mistake in the stack's configuration:"
    assert problem.strip().startswith("configs/default/models.config:")
    assert "--model digits --version 2 --bucket tfserving-dev-models-id`" in problem


def test_an_empty_store_is_warned_of_with_what_to_publish(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    store(monkeypatch, "models/other/1/manifest.json")
    stack = deploy(**READY)
    (warning,) = warnings
    assert "tfs publish DIRECTORY --model digits --version 1 --bucket tfserving-dev-models-id\n" in warning
    assert len(stack.all(":BucketObjectv2")) == 3
