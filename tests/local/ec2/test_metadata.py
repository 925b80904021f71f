"""The metadata service: version 2 only."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from local.ec2 import metadata
from local.ec2.metadata import TOKEN, TOKEN_TTL, Tokens, document

DOCUMENTS = {
    "latest/meta-data/instance-id": "i-1",
    "latest/meta-data/iam/security-credentials/machine": "{}",
    "latest/meta-data/placement/region": "eu-central-1",
}


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve on loopback."""
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps(DOCUMENTS))
    monkeypatch.setattr(metadata, "DOCUMENTS", file)
    with ThreadingHTTPServer(("127.0.0.1", 0), metadata.Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """Give the answer's code and text."""
    request = urllib.request.Request(url, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize("ttl", [None, "0", "21601", "x", "-1"])
def test_a_token_lasts_from_a_second_to_six_hours(ttl: str | None) -> None:
    assert Tokens().issue(ttl, 0.0) is None


def test_a_token_ends() -> None:
    tokens = Tokens()
    token = tokens.issue("10", 100.0)
    assert tokens.accepts(token, 109.0)
    assert not tokens.accepts(token, 110.0)
    assert not tokens.accepts("invented", 109.0)
    assert not tokens.accepts(None, 109.0)


def test_a_folder_lists_what_is_in_it() -> None:
    assert document("/latest/meta-data/", DOCUMENTS) == "iam\ninstance-id\nplacement"
    assert document("latest/meta-data/iam/security-credentials/", DOCUMENTS) == "machine"
    assert document("latest/meta-data/instance-id", DOCUMENTS) == "i-1"
    assert document("latest/nothing", DOCUMENTS) is None


def test_who_has_no_token_is_told_nothing(url: str) -> None:
    assert ask(f"{url}/latest/meta-data/instance-id") == (401, "")


def test_with_a_token_documents_are_read(url: str) -> None:
    code, token = ask(f"{url}/latest/api/token", "PUT", **{TOKEN_TTL: "60"})
    assert code == 200
    assert ask(f"{url}/latest/meta-data/instance-id", **{TOKEN: token}) == (200, "i-1")
    assert ask(f"{url}/latest/absent", **{TOKEN: token})[0] == 404


def test_a_token_is_given_for_a_right_wish_at_its_own_path_only(url: str) -> None:
    assert ask(f"{url}/latest/api/token", "PUT")[0] == 400
    assert ask(f"{url}/latest/other", "PUT", **{TOKEN_TTL: "60"})[0] == 404
