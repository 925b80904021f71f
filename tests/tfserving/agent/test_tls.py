"""The secret for TLS on its way from Secrets Manager to the two containers."""

import io
import json
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import grpc
import pytest

from tests.tfserving.agent.test_server import Handlers
from tests.tfserving.agent.test_tls_secret import CHAIN, CLIENT, MUTUAL, PAIR, ROOT, SERVER, parse
from tests.tfserving.certificates import certify
from tfserving.agent import tls
from tfserving.agent.server import Server
from tfserving.agent.tls import agent_files, archive, shake_hands
from tfserving.agent.tls_secret import TlsMaterial
from tfserving.errors import TfServingError


def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: Any, *arguments: str) -> bytes:
    """Run the program; gives what it prints."""
    monkeypatch.setattr(sys, "argv", ["tls", *arguments])
    tls.main()
    printed: bytes = capsysbinary.readouterr().out
    return printed


def members(packed: bytes) -> dict[str, tuple[int, int, bytes]]:
    """Read an archive: owner, mode and content by path."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return {
            entry.name: (entry.uid, entry.mode, b"" if entry.isdir() else read(tar, entry))
            for entry in tar.getmembers()
        }


def read(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(entry)
    assert file
    return file.read()


def test_each_file_is_its_containers_users_alone() -> None:
    packed = members(archive(parse(MUTUAL)))
    assert {name: entry[:2] for name, entry in packed.items()} == {
        "server": (10501, 0o500),
        "agent": (10500, 0o500),
        "server/ssl.config": (10501, 0o400),
        "agent/roots.pem": (10500, 0o400),
        "agent/name": (10500, 0o400),
        "agent/expires": (10500, 0o400),
        "agent/client.pem": (10500, 0o400),
        "agent/client_key.pem": (10500, 0o400),
    }
    assert SERVER.key.encode() not in b"".join(
        content for name, (_, _, content) in packed.items() if name.startswith("agent/")
    )


def test_the_agent_trusts_the_servers_certificate_and_not_whoever_issued_it() -> None:
    files = agent_files(parse(PAIR))
    assert (files["roots.pem"], files["name"]) == (SERVER.certificate.encode(), b"machine.models.example")
    assert set(files) == {"roots.pem", "name", "expires"}


def test_the_secret_becomes_an_archive(s3: Any, monkeypatch: pytest.MonkeyPatch, capsysbinary: Any) -> None:
    secrets: Any = boto3.client("secretsmanager")
    arn = secrets.create_secret(Name="tls", SecretString=json.dumps(PAIR))["ARN"]
    assert "server/ssl.config" in members(run(monkeypatch, capsysbinary, arn))


def test_a_version_is_read_by_its_id(s3: Any, monkeypatch: pytest.MonkeyPatch, capsysbinary: Any) -> None:
    secrets: Any = boto3.client("secretsmanager")
    made = secrets.create_secret(Name="tls", SecretString=json.dumps(PAIR))
    secrets.put_secret_value(SecretId=made["ARN"], SecretString=json.dumps(MUTUAL))
    assert "agent/client.pem" not in members(run(monkeypatch, capsysbinary, made["ARN"], made["VersionId"]))
    assert "agent/client.pem" in members(run(monkeypatch, capsysbinary, made["ARN"]))


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ({"SecretString": "{}"}, ["tls server_key: is missing", "tls server_cert: is missing"]),
        ({"SecretBinary": b"x"}, ["tls: holds bytes, but must hold text."]),
        (None, ["tls: reading the secret for TLS was refused: ResourceNotFoundException."]),
    ],
)
def test_every_reason_is_told_in_a_line_that_the_boot_looks_for(
    s3: Any, monkeypatch: pytest.MonkeyPatch, capsysbinary: Any, secret: Any, said: list[str]
) -> None:
    secrets: Any = boto3.client("secretsmanager")
    if secret:
        secrets.create_secret(Name="tls", **secret)
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, capsysbinary, "tls")
    lines = str(ended.value.code).splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith(f"error: {start}") for line, start in zip(lines, said, strict=True))


@pytest.mark.parametrize("values", [PAIR, MUTUAL], ids=["tls", "mutual"])
def test_what_was_proven_shakes_hands(values: Any) -> None:
    shake_hands(parse(values), "tls")


def test_an_agent_that_the_server_does_not_let_in_is_found_before_the_server_starts() -> None:
    stranger = certify("stranger")
    material = parse(MUTUAL)
    other = parse({**PAIR, "server_key": stranger.key, "server_cert": stranger.certificate}).server
    with pytest.raises(TfServingError, match="do not trust each other"):
        shake_hands(TlsMaterial(material.server, material.name, material.custom_ca, other), "tls")


@pytest.fixture(params=[PAIR, MUTUAL], ids=["tls", "mutual"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve over TLS; gives the address, and the folder of the agent's files."""
    material = parse(request.param)
    for name, content in agent_files(material).items():
        (tmp_path / name).write_bytes(content)
    with ThreadPoolExecutor(2) as workers:
        listening = grpc.server(workers)
        listening.add_generic_rpc_handlers((Handlers(),))
        keys = grpc.ssl_server_credentials(
            [(SERVER.key.encode(), CHAIN.encode())],
            ROOT.certificate.encode(),
            require_client_auth=bool(material.client),
        )
        port = listening.add_secure_port("127.0.0.1:0", keys)
        listening.start()
        yield f"127.0.0.1:{port}", tmp_path
        listening.stop(0).wait()


def test_the_agent_speaks_tls_to_its_server_by_a_loopback_address(served: tuple[str, Path]) -> None:
    address, folder = served
    state = Server(address, tls=folder).observe(["digits"], [("digits", "live")])
    assert (state.answers, state.labels) == (True, {("digits", "live"): 2})


def test_another_server_under_the_same_name_is_not_believed(served: tuple[str, Path]) -> None:
    address, folder = served
    twin = certify("twin", hosts=["machine.models.example"])
    (folder / "roots.pem").write_text(twin.certificate)
    assert not Server(address, tls=folder).observe(["digits"], []).answers


def test_without_its_files_the_agent_says_which_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"roots\.pem"):
        Server("127.0.0.1:9", tls=tmp_path).observe(["digits"], [])


def test_the_agents_own_pair_is_the_clients() -> None:
    files = agent_files(parse(MUTUAL))
    assert (files["client.pem"].decode(), files["client_key.pem"].decode()) == (CLIENT.certificate, CLIENT.key)
