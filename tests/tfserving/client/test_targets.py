"""Addresses, models and times to wait that are refused before anything is sent."""

from typing import Any

import pytest

from tfserving.client import GrpcClient, RestClient
from tfserving.client.choice import chosen
from tfserving.client.targets import checked_target, checked_url
from tfserving.errors import TfServingError


@pytest.mark.parametrize(
    "target",
    ["10.0.0.5:8500", "host.example:1", "[::1]:8500", "dns:///host:8500", "unix:/run/tfs.sock", "ipv4:10.0.0.5:8500"],
)
def test_what_grpc_connects_to_is_taken(target: str) -> None:
    assert checked_target(target) == target


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("", "not host:port"),
        ("host", "not host:port"),
        ("host:", "not host:port"),
        ("host:0", "not host:port"),
        ("host:65536", "not host:port"),
        ("host:grpc", "not host:port"),
        ("::1:8500", "not host:port"),
        ("a b:8500", "not host:port"),
        ("ftp://host:8500", "not host:port"),
        (None, "not host:port"),
        ("http://host:8500", "is a URL, as REST has"),
    ],
)
def test_other_targets_are_refused_with_the_form_they_have(target: Any, words: str) -> None:
    with pytest.raises(TfServingError, match=words):
        GrpcClient(target)


@pytest.mark.parametrize("url", ["http://10.0.0.5:8501", "https://host/prefix/", "http://[::1]:8501"])
def test_a_url_of_a_server_is_taken(url: str) -> None:
    assert checked_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        *("", None, "10.0.0.5:8501", "host", "ftp://host", "http://", "http://[::1", "http://ho st"),
        *("http://host:99999", "http://host:x", "http://host:0", "http://host:8501?a=b", "http://host:8501#a"),
    ],
)
def test_other_urls_are_refused_with_the_form_they_have(url: Any) -> None:
    with pytest.raises(TfServingError, match=r"no URL|more than an address"):
        RestClient(url)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"model": ""}, "The model '' is no name"),
        ({"model": None}, "The model None is no name"),
        ({"model": "\ud800"}, "cannot be written in UTF-8"),
        ({"model": "m", "label": ""}, "the label '' is no name"),
        ({"model": "m", "version": -1}, "the version -1 is none"),
        ({"model": "m", "version": 1 << 63}, "the version 9223372036854775808 is none"),
        ({"model": "m", "version": True}, "the version True is none"),
        ({"model": "m", "version": "1"}, "the version '1' is none"),
        ({"model": "m", "version": 1.0}, "the version 1.0 is none"),
    ],
)
def test_models_that_cannot_be_asked_for_are_refused(choice: Any, words: str) -> None:
    with pytest.raises(TfServingError, match=words):
        chosen(**choice)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), None, "5", True])
def test_a_timeout_that_is_no_time_is_refused(timeout: Any) -> None:
    for client in (GrpcClient("127.0.0.1:9"), RestClient("http://127.0.0.1:9")):
        with pytest.raises(TfServingError, match="is no time to wait"):
            client.predict("digits", {"images": [1.0]}, timeout=timeout)
