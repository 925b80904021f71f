import json
from typing import Any

import numpy as np
import pytest

from local.stand_in.json_tensors import to_tensor
from local.stand_in.rest_json import (
    as_read_from_fields,
    parse_object,
    read_request,
    to_json,
    write_response,
)
from local.stand_in.status import Code, StatusError
from local.stand_in.tensors import STRING, Tensor
from tests.local.stand_in.fakes import FLOAT, Doubler

SIGNATURES = Doubler().signatures
INT32 = 3
BOOL = 10


def values(document: dict[str, Any]) -> dict[str, Any]:
    return {alias: tensor.array.tolist() for alias, tensor in read_request(document, SIGNATURES).inputs.items()}


def test_rows_of_plain_values_are_one_tensor() -> None:
    assert values({"instances": [[1, 2], [3, 4]]}) == {"x": [[1.0, 2.0], [3.0, 4.0]]}


def test_rows_of_objects_are_a_tensor_per_name() -> None:
    rows = [{"a": 1, "t": "u"}, {"a": 2, "t": {"b64": "dg=="}}]
    assert values({"signature_name": "two", "instances": rows}) == {"a": [1.0, 2.0], "t": [b"u", b"v"]}


def test_columns_are_tensors_as_they_are() -> None:
    assert values({"inputs": 7}) == {"x": 7.0}
    assert values({"inputs": {"x": [1, 2]}}) == {"x": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "Missing 'inputs' or 'instances' key"),
        ({"inputs": [1], "instances": [1]}, "expecting only one of"),
        ({"instances": []}, "No values in 'instances' array"),
        ({"instances": 1}, "to be an list/array"),
        ({"instances": [1, [2]]}, "unexpected level"),
        ({"instances": [[1], [2, 3]]}, "unexpected size"),
        ({"instances": [[1], 2]}, "incorrect level"),
        ({"instances": ["a"]}, "not of expected type: float"),
        ({"instances": [True]}, "not of expected type: float"),
        ({"signature_name": 1, "instances": [1]}, "must be a string value"),
        ({"signature_name": "nope", "instances": [1]}, '"nope" not found in signature def'),
        ({"signature_name": "two", "instances": [1]}, "expecting list of objects"),
        ({"signature_name": "two", "inputs": [1]}, "expecting an object"),
        ({"signature_name": "two", "inputs": {"a": [1]}}, "Missing named input: t"),
        ({"signature_name": "two", "instances": [{"a": 1}]}, "keys must be equal to: a,t"),
        ({"signature_name": "two", "instances": [{"a": 1, "t": "u"}, 3]}, "Expecting object but got list at item 1"),
        ({"signature_name": "two", "inputs": {"a": [1], "t": [{"b64": "*"}]}}, "Unable to base64 decode"),
        ({"signature_name": "two", "inputs": {"a": [1], "t": [{"b65": "dg=="}]}}, "not of expected type: string"),
    ],
)
def test_a_bad_request_is_an_invalid_argument(document: dict[str, Any], message: str) -> None:
    with pytest.raises(StatusError) as refused:
        read_request(document, SIGNATURES)
    assert refused.value.code is Code.INVALID_ARGUMENT
    assert message in refused.value.message


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_not_a_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(StatusError) as refused:
        parse_object(body)
    assert refused.value.code is Code.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"inputs": 16777217}', 16777216.0),
        (b'{"inputs": 1e39}', float("inf")),
        (b'{"inputs": -1e39}', float("-inf")),
        (b'{"inputs": 1e-40}', 0.0),
        (b'{"inputs": 18446744073709551615}', 18446744073709551616.0),
        (b'{"inputs": 1}, and so on', 1.0),
        (b'{"inputs": 1, "inputs": 2}', 1.0),
        (b'\xef\xbb\xbf {"inputs": {"x": 1, "x": 2}}', 1.0),
    ],
)
def test_floats_are_rounded_the_first_of_two_keys_counts_and_what_follows_does_not(body: bytes, read: float) -> None:
    assert read_request(parse_object(body), SIGNATURES).inputs["x"].array.tolist() == read


@pytest.mark.parametrize(("value", "dtype", "read"), [(300, 4, 44), (-1, 4, 255), (2**63 - 1, 9, 2**63 - 1)])
def test_small_integers_are_cut_to_size(value: int, dtype: int, read: int) -> None:
    assert to_tensor([value], dtype).array.tolist() == [read]


def test_bytes_that_are_no_utf_8_come_through_as_they_are() -> None:
    document = parse_object(b'{"signature_name": "two", "inputs": {"a": [1], "t": ["\xff\xc3\xa9"]}}')
    assert read_request(document, SIGNATURES).inputs["t"].array.tolist() == [b"\xff\xc3\xa9"]


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(StatusError, match="surrogate pair"):
        to_tensor(["\ud800"], STRING)


def test_a_list_nested_beyond_what_a_tensor_has_of_dimensions_is_refused() -> None:
    value: Any = 1
    for _ in range(255):
        value = [value]
    with pytest.raises(StatusError, match="over the limit of 254"):
        to_tensor(value, FLOAT)


@pytest.mark.parametrize(("value", "dtype"), [(1.5, INT32), (2**31, INT32), (1, BOOL), (1, STRING), (None, FLOAT)])
def test_a_value_of_another_type_is_refused(value: Any, dtype: int) -> None:
    with pytest.raises(StatusError, match="not of expected type"):
        to_tensor([value], dtype)


def test_types_json_cannot_say_are_unimplemented() -> None:
    with pytest.raises(StatusError) as refused:
        to_tensor([1], 8)
    assert refused.value.code is Code.UNIMPLEMENTED


def floats(*numbers: float) -> Tensor:
    return Tensor(FLOAT, np.array(numbers, dtype="<f4"))


def test_the_answer_has_the_form_of_the_question() -> None:
    assert json.loads(write_response({"y": floats(1, 2)}, rows=True)) == {"predictions": [1.0, 2.0]}
    assert json.loads(write_response({"y": floats(1, 2)}, rows=False)) == {"outputs": [1.0, 2.0]}


def test_several_outputs_are_named() -> None:
    outputs = {"y": floats(1, 2), "z": floats(3, 4)}
    assert json.loads(write_response(outputs, rows=True)) == {"predictions": [{"y": 1, "z": 3}, {"y": 2, "z": 4}]}
    assert json.loads(write_response(outputs, rows=False)) == {"outputs": {"y": [1, 2], "z": [3, 4]}}


def test_rows_need_outputs_of_one_batch_size() -> None:
    with pytest.raises(StatusError, match="inconsistent batch size: 1 expecting: 2"):
        write_response({"y": floats(1, 2), "z": floats(3)}, rows=True)


def test_rows_need_outputs_with_a_batch_dimension() -> None:
    with pytest.raises(StatusError, match="has no shape information"):
        write_response({"y": Tensor(FLOAT, np.array(1, dtype="<f4"))}, rows=True)


def test_a_float_has_no_more_digits_than_it_needs() -> None:
    assert write_response({"y": floats(0.2)}, rows=False) == '{"outputs": [0.2]}'


def test_a_float_that_six_digits_do_not_tell_is_shown_with_nine() -> None:
    assert write_response({"y": floats(1.1234567, 1e38)}, rows=False) == '{"outputs": [1.12345672, 1e+38]}'


def test_numbers_written_as_bytes_are_read_as_zeros() -> None:
    strings = Tensor(STRING, np.array([b"v"], dtype=object))
    outputs = as_read_from_fields({"y": floats(1.5), "t": strings})
    assert {alias: tensor.array.tolist() for alias, tensor in outputs.items()} == {"y": [0.0], "t": [b""]}


def test_what_is_not_a_number_appears_bare() -> None:
    body = write_response({"y": floats(float("nan"), float("inf"), float("-inf"))}, rows=False)
    assert body == '{"outputs": [NaN, Infinity, -Infinity]}'


def test_strings_are_base64_only_under_a_name_that_ends_in_bytes() -> None:
    tensor = Tensor(STRING, np.array([b"v"], dtype=object))
    assert to_json("t", tensor) == ["v"]
    assert to_json("t_bytes", tensor) == [{"b64": "dg=="}]
