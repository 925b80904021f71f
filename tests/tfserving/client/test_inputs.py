"""A request's inputs against a signature."""

from typing import Any

import numpy as np
import pytest

from tests.tfserving.client.conftest import info, signatures
from tfserving.client.choice import chosen
from tfserving.client.errors import InputsError
from tfserving.client.inputs import checked_inputs
from tfserving.client.signatures import read_signature

DIGITS = chosen("digits", label="live")
TWO = signatures({"images": info("DT_FLOAT", -1, 2, 3), "count": info("DT_INT32")})


def refusal(inputs: Any, told: Any = TWO) -> str:
    """Give the words inputs are refused with."""
    with pytest.raises(InputsError) as refused:
        checked_inputs(DIGITS, read_signature(DIGITS, "serving_default", told), inputs)
    return str(refused.value)


def test_every_mistake_in_every_input_is_told_at_once() -> None:
    assert refusal({"images": [[[0, 1, None]]], "number": 1}).splitlines() == [
        "digits/live: The signature 'serving_default' has no input 'number'. It has count, images.",
        "digits/live: The input 'count' is missing. Give count: int32 [].",
        "The input 'images' is no array of float32: images[0][0][2] is None (null in JSON), which is no float32. "
        "Leave the row out, or give the value that stands for a missing one.",
    ]


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        ((2, 3), "[2, 3], the signature takes [?, 2, 3], where ? is any size. Put it in a list"),
        (
            (1, 5, 2, 3),
            "[1, 5, 2, 3], the signature takes [?, 2, 3], where ? is any size. Leave out the outermost list",
        ),
        ((5, 2, 4), "[5, 2, 4], the signature takes [?, 2, 3], where ? is any size. Reshape it"),
        ((), "[], the signature takes [?, 2, 3], where ? is any size. Reshape it"),
    ],
)
def test_a_wrong_rank_or_size_is_shown_beside_the_signatures(shape: tuple[int, ...], remedy: str) -> None:
    assert f"its shape is {remedy}" in refusal({"images": np.zeros(shape), "count": 1})


@pytest.mark.parametrize("wrapper", ["instances", "inputs"])
def test_the_body_of_a_rest_request_is_recognised(wrapper: str) -> None:
    assert "give its inputs alone" in refusal({"signature_name": "serving_default", wrapper: []})


@pytest.mark.parametrize("inputs", [[[1.0]], None, np.zeros(2), "images"])
def test_inputs_without_names_are_refused_with_the_names_there_are(inputs: Any) -> None:
    assert "Inputs come by name" in refusal(inputs)
    assert "count, images" in refusal(inputs)


def test_an_input_may_be_called_inputs() -> None:
    told = signatures({"inputs": info("DT_FLOAT", -1)})
    found = checked_inputs(DIGITS, read_signature(DIGITS, "serving_default", told), {"inputs": [1]})
    assert found["inputs"].tolist() == [1.0]
