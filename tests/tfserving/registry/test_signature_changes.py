"""What of a signature's change a client would notice."""

import json

from tfserving.model_store import Signature, Tensor
from tfserving.registry import signature_changes, signatures_as_json, signatures_from_json

FLOATS = Tensor("DT_FLOAT", (None, 2))
OLD = {"serving_default": Signature({"x": FLOATS}, {"y": FLOATS}, "predict")}


def test_equal_signatures_and_new_ones_change_nothing() -> None:
    assert signature_changes(OLD, OLD) == []
    assert signature_changes(OLD, {**OLD, "more": OLD["serving_default"]}) == []
    assert signature_changes({}, OLD) == []


def test_another_type_or_shape_is_a_line_of_each() -> None:
    new = {"serving_default": Signature({"x": Tensor("DT_DOUBLE", None)}, {"y": FLOATS}, "predict")}
    assert signature_changes(OLD, new) == [
        "- serving_default input 'x' DT_FLOAT [?, 2]",
        "+ serving_default input 'x' DT_DOUBLE of any rank",
    ]


def test_what_is_renamed_removed_or_demanded_is_told() -> None:
    new = {"serving_default": Signature({"x": FLOATS, "z": FLOATS}, {"scores": FLOATS}, "classify")}
    assert signature_changes(OLD, new) == [
        "- serving_default method 'predict'",
        "+ serving_default method 'classify'",
        "+ serving_default input 'z' DT_FLOAT [?, 2]",
        "+ serving_default output 'scores' DT_FLOAT [?, 2]",
        "- serving_default output 'y' DT_FLOAT [?, 2]",
    ]
    assert signature_changes(OLD, {}) == ["- serving_default"]


def test_an_input_that_may_no_longer_be_left_out_is_told() -> None:
    optional = {"serving_default": Signature({"x": FLOATS}, {"y": FLOATS}, "predict", frozenset({"x"}))}
    assert signature_changes(optional, OLD)[0] == "- serving_default input 'x' DT_FLOAT [?, 2], may be left out"


def test_json_keeps_everything() -> None:
    signatures = {"f": Signature({"x": FLOATS}, {"y": Tensor("DT_STRING", None)}, "m", frozenset({"x"}))}
    assert signatures_from_json(json.loads(json.dumps(signatures_as_json(signatures)))) == signatures
