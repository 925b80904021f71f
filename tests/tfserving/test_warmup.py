"""Warm-up requests, from JSON to the records that servers replay."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving.cli.test_commands import tfs, wide
from tests.tfserving.stores import FILES, MODELS, keys, saved_model
from tfserving.model_store import publish
from tfserving.model_store.saved_model.records import read_records
from tfserving.model_store.saved_model.warmup import RECORDS
from tfserving.protos.prediction_log_pb2 import PredictionLog
from tfserving.warmup import WarmupError, write_warmup

__all__ = ["tfs", "wide"]
GOOD = {"inputs": {"x": [[1, 2.5]]}}


def written(tmp_path: Path, requests: Any) -> list[PredictionLog]:
    path = tmp_path / "records"
    write_warmup(path, "digits", saved_model(tmp_path / "model"), requests, "requests.json")
    return [PredictionLog.FromString(record) for record in read_records(path)]


def test_each_request_becomes_a_record_that_the_publish_check_takes(s3: Any, tmp_path: Path) -> None:
    first, _ = written(tmp_path, [GOOD, {**GOOD, "signature_name": "serving_default"}])
    request = first.predict_log.request
    assert (request.model_spec.name, request.model_spec.signature_name) == ("digits", "serving_default")
    assert [dim.size for dim in request.inputs["x"].tensor_shape.dim] == [1, 2]
    folder = tmp_path / "model"
    (folder / RECORDS).parent.mkdir()
    (tmp_path / "records").rename(folder / RECORDS)
    assert publish(s3, MODELS, "digits", 1, folder) == 1


def test_one_request_needs_no_list(tmp_path: Path) -> None:
    assert len(written(tmp_path, GOOD)) == 1


@pytest.mark.parametrize(
    ("requests", "complaint"),
    [
        ([], "requests.json: holds no request"),
        ([GOOD] * 1001, "has 1001 requests, but a server takes 1000 at most"),
        ([GOOD, 1], "requests.json, request 1: has no object 'inputs'"),
        ([{"inputs": [[1, 2]]}], "has no object 'inputs'"),
        ([{"instances": [1]}], "has no object 'inputs'"),
        ([{**GOOD, "signature": "f"}], "has 'signature', which no request has"),
        ([{**GOOD, "signature_name": "f"}], "asks for the signature 'f', but the model has serving_default"),
        ([{"inputs": {"x": [["a", 1]]}}], "request 0: .*'x'"),
        ([{"inputs": {"x": [[1, 2, 3]]}}], "the signature takes"),
        ([{"inputs": {"y": [[1, 2]]}}], "has no input 'y'"),
        ([{"inputs": {"x": [[1, 1e300]]}}], "request 0: .*'x'"),
    ],
)
def test_what_a_server_could_not_replay_is_refused(tmp_path: Path, requests: Any, complaint: str) -> None:
    with pytest.raises(WarmupError, match=complaint):
        written(tmp_path, requests)
    assert not (tmp_path / "records").exists()


def test_every_mistake_is_told_and_many_are_counted(tmp_path: Path) -> None:
    with pytest.raises(WarmupError) as refused:
        written(tmp_path, [1, GOOD, 2])
    assert [problem.where for problem in refused.value.problems] == [
        "requests.json, request 0",
        "requests.json, request 2",
    ]
    with pytest.raises(WarmupError, match="has 10 more mistakes like these"):
        written(tmp_path, [1] * 30)


def test_a_model_that_has_warm_up_requests_keeps_them(tmp_path: Path) -> None:
    saved_model(tmp_path / "model", {RECORDS: b"x"})
    with pytest.raises(WarmupError, match="is there already"):
        written(tmp_path, GOOD)


def test_publishing_adds_the_records_and_leaves_the_folder_as_it_is(s3: Any, tfs: Any, tmp_path: Path) -> None:
    folder, requests = saved_model(tmp_path / "model"), tmp_path / "requests.json"
    requests.write_text(json.dumps([GOOD]))
    arguments = ("publish", str(folder), "--model", "digits", "--bucket", MODELS, "--warmup", str(requests))
    ran = tfs(*arguments)
    assert ran.code == 0, ran.err
    assert f"models/digits/0/{RECORDS}" in keys(s3, MODELS)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == len(FILES)
    requests.write_text("[{]")
    assert "is not JSON" in tfs(*arguments).err
    requests.write_text(json.dumps([{"inputs": {}}]))
    ran = tfs(*arguments)
    assert ran.code == 1
    assert "The input 'x' is missing" in ran.err
