"""Which instance this is."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from local.ec2 import metadata
from tfserving.agent.identity import ENDPOINT, instance_id
from tfserving.errors import TfServingError


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the rehearsal's metadata service on loopback."""
    documents = tmp_path / "metadata.json"
    documents.write_text('{"latest/meta-data/instance-id": "i-0abc"}')
    monkeypatch.setattr(metadata, "DOCUMENTS", documents)
    with ThreadingHTTPServer(("127.0.0.1", 0), metadata.Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_instance_id_comes_from_the_metadata_service_with_a_token(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINT, service)
    assert instance_id() == "i-0abc"


def test_a_silent_metadata_service_is_told_with_the_likely_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    with pytest.raises(TfServingError, match=r"metadata service at http://127.0.0.1:9 did not answer.*host network"):
        instance_id()
