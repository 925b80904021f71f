"""The endpoint of the role's credentials."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.utils import ContainerMetadataFetcher

from local.builder.credentials import path_for, serve


def test_credentials_are_found_where_the_sdks_look_and_are_as_fresh_as_the_file(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    server = serve(file, path_for("secret"), ("127.0.0.1", 0))
    url = f"http://127.0.0.1:{server.server_port}"
    for key in ("ASIA1", "ASIA2"):
        file.write_text(f'{{"AccessKeyId": "{key}"}}')
        found = ContainerMetadataFetcher().retrieve_full_uri(f"{url}/v2/credentials/secret")
        assert found == {"AccessKeyId": key}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/v2/credentials/guessed")
    with refused.value:
        assert refused.value.code == 404
    server.shutdown()
    server.server_close()
