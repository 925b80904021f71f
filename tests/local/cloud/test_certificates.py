"""Clients that trust the rehearsal's authority, and only they, trust its servers."""

import ssl
from pathlib import Path

import pytest

from local.cloud.certificates import Authority

REGION = "eu-central-1"


def connect(authority: Authority, tmp_path: Path, name: str, ca_file: Path | None = None) -> None:
    """Shake hands in memory with a server that shows a certificate of the authority."""
    certificate, key = authority.server_certificate(REGION, ["10.213.0.10"])
    (tmp_path / "server.crt").write_bytes(certificate)
    (tmp_path / "server.key").write_bytes(key)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    asking = ssl.create_default_context(cafile=str(ca_file or authority.certificate_file))
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(down, up, server_hostname=name)
    server = serving.wrap_bio(up, down, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "127.0.0.1",
        "10.213.0.10",
        "iam.amazonaws.com",
        "ec2.eu-central-1.amazonaws.com",
        "bucket.s3.eu-central-1.amazonaws.com",
        "api.ecr.eu-central-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
    ],
)
def test_the_certificate_is_good_for_every_name_of_aws_that_is_used(tmp_path: Path, name: str) -> None:
    connect(Authority(tmp_path / "ca").ensure(), tmp_path, name)


def test_it_is_good_for_no_other_name(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(Authority(tmp_path / "ca").ensure(), tmp_path, "example.com")


def test_another_authority_is_not_trusted(tmp_path: Path) -> None:
    other = Authority(tmp_path / "other").ensure()
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(Authority(tmp_path / "ca").ensure(), tmp_path, "localhost", other.certificate_file)


def test_the_authority_is_made_once_and_its_key_is_for_its_owner_only(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca").ensure()
    certificate = authority.certificate_file.read_bytes()
    assert authority.ensure().certificate_file.read_bytes() == certificate
    assert (tmp_path / "ca/ca.key").stat().st_mode & 0o777 == 0o600
