"""Predictions over gRPC."""

import grpc
import numpy as np
import pytest

from tests.tfserving.client.conftest import Answering
from tfserving.client import GrpcClient, PredictionError
from tfserving.client.errors import REMEDIES
from tfserving.errors import TfServingError


def test_inputs_go_out_and_outputs_come_back_by_name(answering: Answering) -> None:
    images = np.arange(6, dtype=np.float32).reshape(2, 3)
    with GrpcClient(answering.address) as client:
        outputs = client.predict("digits", {"images": images, "names": ["a", "b"]}, label="live", outputs=["images"])
    np.testing.assert_array_equal(outputs["images"], images)
    assert outputs["names"].tolist() == [b"a", b"b"]
    (request,) = answering.asked
    assert (request.model_spec.name, request.model_spec.version_label) == ("digits", "live")
    assert request.model_spec.signature_name == "serving_default"
    assert list(request.output_filter) == ["images"]


def test_version_0_is_a_version(answering: Answering) -> None:
    with GrpcClient(answering.address) as client:
        client.predict("digits", {"images": [1.0]}, version=0)
    (request,) = answering.asked
    assert request.model_spec.HasField("version")
    assert request.model_spec.version.value == 0


def test_a_version_and_a_label_are_not_both_taken(answering: Answering) -> None:
    with GrpcClient(answering.address) as client, pytest.raises(TfServingError, match="not for both"):
        client.predict("digits", {"images": [1.0]}, version=1, label="live")


def test_a_batch_beyond_grpcs_own_limit_goes_both_ways(answering: Answering) -> None:
    batch = np.zeros(2 << 20, dtype=np.float32)
    with GrpcClient(answering.address) as client:
        assert client.predict("digits", {"images": batch}, timeout=30)["images"].nbytes == 8 << 20


@pytest.mark.parametrize("code", [getattr(grpc.StatusCode, name) for name in REMEDIES])
def test_every_refusal_comes_with_what_it_usually_means(answering: Answering, code: grpc.StatusCode) -> None:
    answering.error = (code, "the server's words")
    with GrpcClient(answering.address) as client, pytest.raises(PredictionError) as refused:
        client.predict("digits", {"images": [1.0]}, version=2)
    assert refused.value.code == code.name
    assert str(refused.value) == f"digits/2: {code.name}: the server's words {REMEDIES[code.name]}"


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with GrpcClient("127.0.0.1:9") as client, pytest.raises(PredictionError) as refused:
        client.predict("digits", {"images": [1.0]})
    assert refused.value.code == "UNAVAILABLE"


def test_states_and_signatures_are_read(answering: Answering) -> None:
    with GrpcClient(answering.address) as client:
        assert client.status("digits") == {2: "AVAILABLE"}
        assert client.signatures("digits")["serving_default"].inputs["images"].dtype == 1
