"""Predictions over gRPC."""

from typing import Any

import grpc
import numpy as np
import pytest

from tests.tfserving.client.conftest import Answering, any_shape, info, signatures
from tfserving.client import AnswerError, GrpcClient, InputsError, PredictionError
from tfserving.client.errors import REMEDIES
from tfserving.errors import TfServingError
from tfserving.protos.serving_api_pb2 import (
    DataType,
    GetModelMetadataRequest,
    GetModelStatusRequest,
    PredictRequest,
    TensorProto,
)

INTEGERS = signatures({"ids": info("DT_INT32", -1)})
FLOATS = signatures({"ids": info("DT_FLOAT", -1)})


def test_inputs_go_out_and_outputs_come_back_by_name(answering: Answering) -> None:
    answering.signatures = signatures({"images": info("DT_FLOAT", -1, 3), "names": info("DT_STRING", -1)})
    images = np.arange(6, dtype=np.float32).reshape(2, 3)
    with GrpcClient(answering.address) as client:
        outputs = client.predict("digits", {"images": images, "names": ["a", "b"]}, label="live", outputs=["images"])
    np.testing.assert_array_equal(outputs["images"], images)
    assert outputs["names"].tolist() == [b"a", b"b"]
    (request,) = answering.predictions
    assert (request.model_spec.name, request.model_spec.version_label) == ("digits", "live")
    assert request.model_spec.signature_name == "serving_default"
    assert list(request.output_filter) == ["images"]


def test_plain_lists_take_the_type_the_signature_has(answering: Answering) -> None:
    with GrpcClient(answering.address) as client:
        client.predict("digits", {"images": [[1, 2.5]]})
    assert answering.predictions[0].inputs["images"].dtype == DataType.DT_FLOAT


def test_a_signature_is_asked_for_once_and_kept(answering: Answering) -> None:
    with GrpcClient(answering.address) as client:
        for label in ("live", "live", "canary", "live"):
            client.predict("digits", {"images": [1.0]}, label=label)
    assert sum(isinstance(request, GetModelMetadataRequest) for request in answering.asked) == 2
    assert len(answering.predictions) == 4


def test_a_label_that_moved_to_another_signature_is_noticed_when_the_server_refuses(answering: Answering) -> None:
    def refuse(request: Any) -> tuple[grpc.StatusCode, str] | None:
        wanted = answering.signatures["serving_default"].inputs["ids"].dtype
        if isinstance(request, PredictRequest) and request.inputs["ids"].dtype != wanted:
            return grpc.StatusCode.INVALID_ARGUMENT, "the types differ"
        return None

    answering.refuse, answering.signatures = refuse, INTEGERS
    with GrpcClient(answering.address) as client:
        client.predict("digits", {"ids": [1]}, label="live")
        answering.signatures = FLOATS
        client.predict("digits", {"ids": [1]}, label="live")
        assert answering.predictions[-1].inputs["ids"].dtype == DataType.DT_FLOAT
        answering.signatures = signatures({"ids": info("DT_STRING", -1)})
        with pytest.raises(InputsError, match="no array of strings"):
            client.predict("digits", {"ids": [1]}, label="live")


def test_inputs_that_only_the_new_signature_takes_are_sent(answering: Answering) -> None:
    answering.signatures = INTEGERS
    with GrpcClient(answering.address) as client:
        client.predict("digits", {"ids": [1]}, label="live")
        answering.signatures = FLOATS
        assert client.predict("digits", {"ids": [1.5]}, label="live")["ids"].tolist() == [1.5]


def test_a_refusal_by_a_signature_that_has_not_changed_stands(answering: Answering) -> None:
    answering.signatures = INTEGERS
    with GrpcClient(answering.address) as client:
        client.predict("digits", {"ids": [1]})
        answering.error = (grpc.StatusCode.UNAVAILABLE, "gone")
        with pytest.raises(PredictionError, match="gone"):
            client.predict("digits", {"ids": [1]})
        answering.error = None
        answering.refuse = lambda request: (
            (grpc.StatusCode.INVALID_ARGUMENT, "no") if isinstance(request, PredictRequest) else None
        )
        with pytest.raises(PredictionError) as refused:
            client.predict("digits", {"ids": [1, 2]})
    assert str(refused.value).endswith("The signature 'serving_default' takes ids: int32 [?], given [2].")
    assert len(answering.predictions) == 3


def test_a_signature_without_inputs_is_called(answering: Answering) -> None:
    answering.signatures = signatures({}, {"time": info("DT_INT64")})
    answering.outputs = {"time": TensorProto(dtype="DT_INT64", int64_val=[7])}
    with GrpcClient(answering.address) as client:
        assert client.predict("clock", {})["time"] == 7


def test_optional_inputs_may_be_left_out_and_others_may_not(answering: Answering) -> None:
    inputs = {"image": info("DT_FLOAT"), "scale": info("DT_FLOAT")}
    answering.signatures = signatures(inputs, defaults={"scale": TensorProto(dtype="DT_FLOAT", float_val=[2])})
    with GrpcClient(answering.address) as client:
        client.predict("digits", {"image": 1.0})
        assert list(answering.predictions[0].inputs) == ["image"]
        with pytest.raises(InputsError, match=r"The input 'image' is missing. Give image: float32 \[\]."):
            client.predict("digits", {"scale": 1.0})


def test_an_output_the_signature_lacks_is_refused_with_those_it_has(answering: Answering) -> None:
    with (
        GrpcClient(answering.address) as client,
        pytest.raises(InputsError, match=r"no output 'score'. It has images."),
    ):
        client.predict("digits", {"images": [1.0]}, outputs=["score"])


def test_no_signature_at_all_is_the_default_one(answering: Answering) -> None:
    with GrpcClient(answering.address) as client:
        client.predict("digits", {"images": [1.0]}, signature="")
    assert answering.predictions[0].model_spec.signature_name == "serving_default"


def test_an_unknown_signature_is_refused_with_those_there_are(answering: Answering) -> None:
    with GrpcClient(answering.address) as client, pytest.raises(InputsError, match=r"'raw'. It has serving_default."):
        client.predict("digits", {"images": [1.0]}, signature="raw")


def test_an_unknown_version_is_refused_with_those_there_are(answering: Answering) -> None:
    answering.refuse = lambda request: (
        None if isinstance(request, GetModelStatusRequest) else (grpc.StatusCode.NOT_FOUND, "no such version")
    )
    with GrpcClient(answering.address) as client, pytest.raises(PredictionError) as refused:
        client.predict("digits", {"images": [1.0]}, version=7)
    assert "Nothing answers for version 7. The server has version 2 (AVAILABLE)" in str(refused.value)


def test_version_0_is_a_version(answering: Answering) -> None:
    with GrpcClient(answering.address) as client:
        client.predict("digits", {"images": [1.0]}, version=0)
    (request,) = answering.predictions
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


def test_a_client_that_was_closed_says_so(answering: Answering) -> None:
    client = GrpcClient(answering.address)
    client.close()
    with pytest.raises(TfServingError, match="Make a new client"):
        client.status("digits")


def test_an_answer_that_is_damaged_is_named(answering: Answering) -> None:
    answering.outputs = {"images": TensorProto(dtype="DT_FLOAT", tensor_content=b"\0\0\0")}
    with GrpcClient(answering.address) as client, pytest.raises(AnswerError, match="damaged tensor"):
        client.predict("digits", {"images": [1.0]})


def test_states_and_signatures_are_read(answering: Answering) -> None:
    with GrpcClient(answering.address) as client:
        assert client.status("digits") == {2: "AVAILABLE"}
        assert client.signatures("digits")["serving_default"].inputs["images"].dtype == DataType.DT_FLOAT


def test_types_no_client_can_send_are_named(answering: Answering) -> None:
    answering.signatures = signatures({"table": any_shape("DT_RESOURCE")})
    with (
        GrpcClient(answering.address) as client,
        pytest.raises(InputsError, match="no array of DT_RESOURCE: no client"),
    ):
        client.predict("digits", {"table": [1]})
