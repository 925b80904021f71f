import numpy as np
import pytest

from local.stand_in.predict import predict
from local.stand_in.status import Code, StatusError
from local.stand_in.tensors import Tensor, to_proto
from tests.local.stand_in.fakes import FLOAT, Doubler

X = Tensor(FLOAT, np.array([1.0, 2.0], dtype="<f4"))


def test_the_default_signature_is_used_if_none_is_named() -> None:
    assert predict(Doubler(), "", {"x": X})["y"].array.tolist() == [2.0, 4.0]


def test_only_the_filtered_outputs_are_computed() -> None:
    assert list(predict(Doubler(), "two", {"a": X, "t": X}, ["a2"])) == ["a2"]


def test_an_unknown_signature_is_a_failed_precondition() -> None:
    with pytest.raises(StatusError, match='Serving signature key "nope" not found') as refused:
        predict(Doubler(), "nope", {"x": X})
    assert refused.value.code is Code.FAILED_PRECONDITION


def test_a_missing_input_is_named() -> None:
    with pytest.raises(StatusError, match=r"Missing but required: \{t\}"):
        predict(Doubler(), "two", {"a": X})


def test_a_surplus_input_is_named() -> None:
    with pytest.raises(StatusError, match=r"Sent extra: \{z\}"):
        predict(Doubler(), "", {"x": X, "z": X})


def test_a_wrong_input_name_is_refused() -> None:
    with pytest.raises(StatusError, match="input tensor alias not found in signature: z"):
        predict(Doubler(), "", {"z": X})


def test_an_unknown_output_is_refused() -> None:
    with pytest.raises(StatusError, match="output tensor alias not found in signature: z"):
        predict(Doubler(), "", {"x": X}, ["z"])


def test_an_output_asked_for_twice_is_refused() -> None:
    with pytest.raises(StatusError, match="duplicate output tensor alias: y"):
        predict(Doubler(), "", {"x": X}, ["y", "y"])


def test_a_sparse_input_is_beyond_the_stand_in() -> None:
    model = Doubler()
    model.signatures["serving_default"].inputs["x"].coo_sparse.SetInParent()
    with pytest.raises(StatusError) as refused:
        predict(model, "", {"x": X})
    assert refused.value.code is Code.UNIMPLEMENTED


def test_an_input_with_a_default_may_be_left_out() -> None:
    model = Doubler()
    model.signatures["two"].defaults["t"].CopyFrom(to_proto(X, as_content=False))
    assert predict(model, "two", {"a": X}, ["a2"])["a2"].array.tolist() == [2.0, 4.0]
    with pytest.raises(StatusError, match=r"without a default: \{a\}"):
        predict(model, "two", {"t": X})
