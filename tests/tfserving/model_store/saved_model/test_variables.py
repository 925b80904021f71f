"""Variables and their index."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.tfserving import saved_models
from tests.tfserving.stores import FILES, WEIGHTS, saved_model
from tfserving.model_store import folder_problems
from tfserving.model_store.saved_model.variables import parse_index
from tfserving.model_store.saved_model.wire import MalformedError
from tfserving.protos.saved_model_pb2 import BundleEntryProto, BundleHeaderProto

INDEX = "variables/variables.index"
DATA = "variables/variables.data-00000-of-00001"


def complaints(folder: Path, files: Mapping[str, bytes]) -> str:
    """Write a folder, and give all its problems as one text."""
    return "\n".join(map(str, folder_problems(saved_model(folder, files))))


def without(*names: str) -> dict[str, bytes]:
    """Give a model's files but some."""
    return {name: FILES[name] for name in FILES if name not in names}


def test_variables_that_are_not_there_at_all_are_missed(tmp_path: Path) -> None:
    assert f"has no {INDEX}, though its graph has variables" in complaints(tmp_path, without(INDEX, DATA))


def test_variables_without_their_index_are_an_incomplete_copy(tmp_path: Path) -> None:
    assert f"has variables but no {INDEX}" in complaints(tmp_path, without(INDEX))


def test_an_index_without_variables_is_an_incomplete_copy(tmp_path: Path) -> None:
    found = complaints(tmp_path, without(DATA))
    assert f"{INDEX}: counts 1 in all of variables.data, of which '{DATA}' is missing; there is no data at all" in found


def test_a_shard_that_is_missing_is_named(tmp_path: Path) -> None:
    files = {
        **without(DATA),
        INDEX: saved_models.index({"weights": WEIGHTS}, shards=2),
        "variables/variables.data-00000-of-00002": WEIGHTS,
    }
    assert "of which 'variables/variables.data-00001-of-00002' is missing" in complaints(tmp_path, files)
    assert complaints(tmp_path, {"variables/variables.data-00001-of-00002": b""}) == ""


def test_shards_of_another_save_are_told_from_the_right_ones(tmp_path: Path) -> None:
    other = "variables/variables.data-00000-of-00002"
    assert f"'{DATA}' is missing; there is only '{other}'" in complaints(tmp_path, {**without(DATA), other: WEIGHTS})


@pytest.mark.parametrize("length", [0, 1, len(WEIGHTS) - 1])
def test_a_shard_shorter_than_its_index_says_is_cut_off(tmp_path: Path, length: int) -> None:
    found = complaints(tmp_path, {**FILES, DATA: WEIGHTS[:length]})
    assert f"{DATA}: has {length} bytes, but its index needs {len(WEIGHTS)}: the copy was cut off" in found


@pytest.mark.parametrize("content", [bytes(len(WEIGHTS)), WEIGHTS.replace(b"w", b"W", 1)])
def test_values_that_are_not_those_that_were_saved_are_noticed(tmp_path: Path, content: bytes) -> None:
    assert f"{DATA}: holds other values of 'weights' than were saved" in complaints(tmp_path, {**FILES, DATA: content})


def test_the_variables_of_another_model_are_noticed(tmp_path: Path) -> None:
    files = {**FILES, INDEX: saved_models.index({"others": WEIGHTS})}
    assert f"{INDEX}: has no 'weights', which the graph restores" in complaints(tmp_path, files)


def test_a_tensor_in_a_shard_that_is_not_counted_is_named(tmp_path: Path) -> None:
    files = {**FILES, INDEX: saved_models.index({"weights": WEIGHTS}, shard=7)}
    assert "puts 'weights' into shards beyond the 1 that it counts" in complaints(tmp_path, files)


def test_many_names_are_not_all_told(tmp_path: Path) -> None:
    graph = saved_models.graph(variables=map(str, range(9)))
    files = {**without("assets/words.txt"), "saved_model.pb": saved_models.saved_model(graph)}
    assert "has no '0', '1', '2' and 6 more" in complaints(tmp_path, files)


@pytest.mark.parametrize("content", [b"", b"x" * 100, FILES[INDEX][:-1], FILES[INDEX][1:]])
def test_an_index_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    assert f"{INDEX}: " in complaints(tmp_path, {**FILES, INDEX: content})


@pytest.mark.parametrize(
    ("pairs", "complaint"),
    [
        ({b"w": BundleEntryProto(size=1).SerializeToString()}, "has no header"),
        ({b"": b"\xff"}, "has an entry that does not parse"),
        ({b"": BundleHeaderProto(num_shards=-1).SerializeToString()}, "has numbers that no model has"),
        ({b"": BundleHeaderProto(num_shards=1 << 30).SerializeToString()}, "has numbers that no model has"),
        ({b"": b"", b"w": BundleEntryProto(size=-1).SerializeToString()}, "has numbers that no model has"),
        ({b"": b"\x1a\x02\x10\x02"}, "needs a reader of version 2, where 1 is known"),
    ],
)
def test_an_index_of_nonsense_is_refused(pairs: dict[bytes, bytes], complaint: str) -> None:
    with pytest.raises(MalformedError, match=complaint):
        parse_index(saved_models.table(pairs))
