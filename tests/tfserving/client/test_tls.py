"""A client that speaks TLS."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.tfserving.agent.test_server import Handlers
from tests.tfserving.certificates import certify
from tfserving.client import GrpcClient, PredictionError, Tls
from tfserving.errors import TfServingError

ROOT = certify("root", authority=True)
SERVER = certify("server", ROOT, hosts=["models.example", "127.0.0.1"])
CLIENT = certify("client", ROOT)
CA = ROOT.certificate.encode()
PAIR = (CLIENT.certificate.encode(), CLIENT.key.encode())


def served(hosts_owner: Any, *, mutual: bool) -> Iterator[str]:
    """Serve over TLS; gives the address."""
    with ThreadPoolExecutor(2) as workers:
        server = grpc.server(workers)
        server.add_generic_rpc_handlers((Handlers(),))
        pair = (hosts_owner.key.encode(), hosts_owner.certificate.encode())
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair], CA, mutual))
        server.start()
        yield f"127.0.0.1:{port}"
        server.stop(0).wait()


@pytest.fixture
def address() -> Iterator[str]:
    yield from served(SERVER, mutual=False)


@pytest.fixture
def mutual() -> Iterator[str]:
    yield from served(SERVER, mutual=True)


@pytest.fixture
def by_name() -> Iterator[str]:
    yield from served(certify("named", ROOT, hosts=["models.example"]), mutual=False)


def states(address: str, tls: Tls | None) -> dict[int, str]:
    with GrpcClient(address, tls=tls) as client:
        return client.status("digits", timeout=5)


def unavailable(address: str, tls: Tls | None) -> bool:
    """Tell whether nothing comes of a call."""
    with pytest.raises(PredictionError) as refused:
        states(address, tls)
    return refused.value.code == "UNAVAILABLE"


def test_authorities_come_as_bytes_or_from_a_file(address: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(CA)
    for ca in (CA, tmp_path / "ca.pem", str(tmp_path / "ca.pem")):
        assert states(address, Tls(ca=ca))[2] == "AVAILABLE"


def test_whoever_is_not_certified_is_not_called(address: str) -> None:
    assert unavailable(address, Tls(ca=certify("other", authority=True).certificate.encode()))


def test_in_the_clear_nothing_comes_of_it(address: str) -> None:
    assert unavailable(address, None)


def test_a_server_that_asks_is_shown_the_clients_certificate(mutual: str) -> None:
    assert states(mutual, Tls(CA, *PAIR))[2] == "AVAILABLE"
    assert unavailable(mutual, Tls(CA))


def test_a_server_called_by_its_address_is_known_by_its_name(by_name: str) -> None:
    assert unavailable(by_name, Tls(CA))
    assert states(by_name, Tls(CA, name="models.example"))[2] == "AVAILABLE"


@pytest.mark.parametrize(
    ("tls", "complaint"),
    [
        (Tls(CA, certificate=PAIR[0]), "certificate without its key"),
        (Tls(CA, key=PAIR[1]), "key without its certificate"),
        (Tls(ca=Path("/nowhere/ca.pem")), "/nowhere/ca.pem cannot be read: No such file or directory."),
        (Tls(ca=b""), "holds no certificate of an authority"),
        (Tls(ca=PAIR[1]), "holds no certificate of an authority"),
        (Tls(CA, certificate=PAIR[1], key=PAIR[0]), "holds no private key"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_sent(tls: Tls, complaint: str) -> None:
    with pytest.raises(TfServingError) as refused:
        GrpcClient("127.0.0.1:9", tls=tls)
    assert complaint in str(refused.value)
    assert "BEGIN" not in str(refused.value)
