import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.stand_in.json_text import parse
from local.stand_in.metrics import Metrics
from local.stand_in.rest_api import RestApi, RestOptions
from local.stand_in.service import Service
from local.stand_in.status import StatusError
from tests.local.stand_in.fakes import FakeCore

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NUMBERS = st.floats() | st.integers()
API = RestApi(
    Service(FakeCore().as_core(), Metrics()),
    RestOptions(port=0, num_threads=4, timeout_ms=0, cors=False, metrics_path="/metrics"),
)


@given(VALUES, st.text(), st.booleans())
def test_json_is_read_whatever_follows_it(value: Any, rest: str, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parse(f" \n{text} {rest}".encode()) == value


@pytest.mark.parametrize("body", [b"", b" \n", b"{", b'{"a" 1}', b'{"a": 01x}', b"'a'", b'"\x01"', b'"\\x"', b"nul"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(StatusError, match="JSON Parse error"):
        parse(body)


@pytest.mark.parametrize(("body", "value"), [(b"Infinity", float("inf")), (b"-Infinity", float("-inf"))])
def test_infinity_is_a_number(body: bytes, value: float) -> None:
    assert parse(body) == value


@given(
    st.sampled_from(["predict", "classify", "regress"]),
    st.sampled_from(["", "two", "classes", "sizes"]),
    st.sampled_from(["instances", "inputs", "examples", "context"]),
    VALUES | st.lists(NUMBERS) | st.lists(st.dictionaries(st.sampled_from("axt"), NUMBERS | VALUES)),
)
def test_every_document_gets_an_answer(endpoint: str, signature: str, key: str, value: Any) -> None:
    body = json.dumps({"signature_name": signature, key: value}).encode()
    reply = API.answer("POST", f"/v1/models/m:{endpoint}", body)
    assert reply.status in (200, 400)
    assert isinstance(json.loads(reply.body), dict)


@given(st.sampled_from(["GET", "POST", "OPTIONS", "PUT"]), st.text(), st.binary())
def test_every_request_gets_an_answer(method: str, path: str, body: bytes) -> None:
    assert API.answer(method, f"/v1/{path}", body).status in (200, 400, 404)
    assert API.answer(method, "/v1/models/m:predict", body).status in (200, 400)
