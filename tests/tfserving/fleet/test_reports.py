"""Status objects: what is one, and what is none."""

import datetime
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tfserving.fleet.machines import NOW, status
from tfserving.fleet import parse_report, status_key


def parsed(content: Any, key: str = "status/i-1.json") -> Any:
    return parse_report(key, json.dumps(content), NOW)


def test_a_report_says_what_the_agent_wrote() -> None:
    report = parsed(status("i-1", ready=False, problems=["Late."]))
    assert (report.instance_id, report.ready, report.serving, report.problems) == ("i-1", False, True, ("Late.",))
    assert (report.config_version_id, report.config_etag, report.written) == ("v2", "e2", NOW)
    (row,) = report.rows
    assert (row.name, row.labels, row.state, row.waits_for) == ("digits/3", ("test",), "downloading", "its download")


def test_an_agent_that_does_not_know_serving_and_waits_for_is_understood() -> None:
    content = status("i-1")
    del content["serving"], content["models"][0]["waits_for"], content["models"][0]["error"]
    report = parsed(content)
    assert report.serving is None
    assert (report.rows[0].waits_for, report.rows[0].error) == ("", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ready": "yes"}, "its 'ready' is no bool"),
        ({"serving": "yes"}, "its 'serving' is no bool"),
        ({"problems": [1]}, "no list of texts"),
        ({"config": []}, "its 'config' is no dict"),
        ({"config": {"version_id": 1}}, "its 'config' is wrong: its 'version_id' is no str"),
        ({"models": ["digits"]}, "it is no object"),
        ({"models": [{"model": "digits", "version": 1, "labels": [], "state": "", "waits_for": 1}]}, "'waits_for'"),
        ({"models": [{"model": "digits", "version": 1, "state": ""}]}, "its 'labels' is missing"),
        ({"instance_id": "i-2"}, "it is a copy of the machine 'i-2'"),
        ({"instance_id": "\ud800"}, "it is not JSON"),
    ],
)
def test_an_object_of_another_shape_is_refused_with_the_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parsed({**status("i-1"), **change})


@settings(deadline=None)
@given(st.one_of(st.binary(), st.text().map(str.encode), st.recursive(st.none() | st.text(), st.lists).map(json.dumps)))
def test_whatever_lies_there_is_a_report_or_refused(body: Any) -> None:
    with pytest.raises(ValueError, match="it "):
        parse_report(status_key("i-1"), body, datetime.datetime.now(tz=datetime.UTC))
