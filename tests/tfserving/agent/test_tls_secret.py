"""What a secret for TLS must hold, mistake by mistake."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from google.protobuf import text_format

from tests.tfserving.certificates import DAY, NOW, certify
from tfserving.agent.tls_secret import TlsMaterial, TlsSecretError, parse_tls_secret
from tfserving.protos.ssl_config_pb2 import SSLConfig

ROOT = certify("root", authority=True)
MIDDLE = certify("middle", ROOT, authority=True)
SERVER = certify("server", MIDDLE, hosts=["*.models.example", "10.0.0.5"])
CLIENT = certify("agent", ROOT)
CHAIN = SERVER.certificate + MIDDLE.certificate
PAIR = {"server_key": SERVER.key, "server_cert": CHAIN}
MUTUAL = {
    **PAIR,
    "custom_ca": ROOT.certificate,
    "client_verify": True,
    "client_key": CLIENT.key,
    "client_cert": CLIENT.certificate,
}


def parse(values: Any) -> TlsMaterial:
    return parse_tls_secret(values if isinstance(values, str) else json.dumps(values), "arn", NOW)


def mistakes(values: Any) -> dict[str, str]:
    """Parse what must be refused; gives the messages by the key they are about, none of which repeats a value."""
    with pytest.raises(TlsSecretError) as refused:
        parse(values)
    said = str(refused.value)
    assert "BEGIN" not in said
    assert "MII" not in said
    assert all(problem.message.endswith(".") for problem in refused.value.problems)
    return {problem.where.removeprefix("arn").strip(): problem.message for problem in refused.value.problems}


def test_a_pair_is_enough() -> None:
    material = parse(PAIR)
    config = text_format.Parse(material.ssl_config, SSLConfig())
    assert (config.server_key, config.server_cert) == (SERVER.key, CHAIN)
    assert (config.custom_ca, config.client_verify) == ("", False)
    assert material.name == "machine.models.example"


@pytest.mark.parametrize("verify", [True, "true"])
def test_clients_can_be_asked_for_certificates_and_the_agent_has_one(verify: object) -> None:
    material = parse({**MUTUAL, "client_verify": verify})
    config = text_format.Parse(material.ssl_config, SSLConfig())
    assert (config.custom_ca, config.client_verify) == (ROOT.certificate, True)
    assert material.client
    assert material.client.chain.decode() == CLIENT.certificate


def test_windows_line_ends_and_text_around_the_blocks_are_no_mistake() -> None:
    noisy = {"server_key": SERVER.key.replace("\n", "\r\n"), "server_cert": f"subject=x\n{CHAIN}\n"}
    assert parse(noisy).ssl_config == parse(PAIR).ssl_config


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (certify("", hosts=["10.0.0.5"]), "10.0.0.5"),
        (certify("old.example"), "old.example"),
        (certify("x", hosts=["a.example", "b.example"]), "a.example"),
    ],
)
def test_the_agent_calls_the_server_by_a_name_of_its_certificate(owner: Any, name: str) -> None:
    assert parse({"server_key": owner.key, "server_cert": owner.certificate}).name == name


@pytest.mark.parametrize("text", ["", "x", "[1]", '"text"', "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    assert "holds no JSON object" in mistakes(text)[""]


def test_every_missing_key_is_named_at_once() -> None:
    assert set(mistakes({})) == {"server_key", "server_cert"}
    assert set(mistakes({**PAIR, "client_verify": True})) == {"custom_ca", "client_key", "client_cert"}


def test_an_unknown_key_is_named_unless_it_may_be_the_secret_itself() -> None:
    found = mistakes({**PAIR, "serverKey": "x", SERVER.key: ""})
    assert set(found) == {"serverKey", "(a name of other than 1 to 40 letters, digits and '_')"}
    assert "is none of server_key, server_cert" in found["serverKey"]


@pytest.mark.parametrize("value", [None, 1, "", "  ", ["x"]])
def test_a_value_that_is_no_text_is_refused(value: object) -> None:
    assert "must be the text of a PEM file" in mistakes({**PAIR, "server_key": value})["server_key"]


@pytest.mark.parametrize("value", [1, 0, "yes", None, [], {}])
def test_the_switch_is_true_or_false(value: object) -> None:
    assert "must be true or false" in mistakes({**PAIR, "client_verify": value})["client_verify"]


def test_what_nobody_asks_for_is_refused() -> None:
    found = mistakes({**MUTUAL, "client_verify": False})
    assert set(found) == {"custom_ca", "client_key", "client_cert"}
    assert "client_verify is not true" in found["custom_ca"]


def test_texts_that_are_no_pem_are_refused_each_under_its_key() -> None:
    cut = CHAIN[:300]
    found = mistakes({"server_key": "not a key", "server_cert": cut})
    assert "holds no private key" in found["server_key"]
    assert "holds no certificate" in found["server_cert"]


def test_swapped_texts_are_refused() -> None:
    assert set(mistakes({"server_key": CHAIN, "server_cert": SERVER.key})) == {"server_key", "server_cert"}


def test_an_encrypted_key_is_refused() -> None:
    key = SERVER.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()
    assert "is encrypted" in mistakes({**PAIR, "server_key": key})["server_key"]


WEAK = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what must be refused


@pytest.mark.parametrize("private", [ed25519.Ed25519PrivateKey.generate(), WEAK], ids=["ed25519", "rsa1024"])
def test_a_key_grpc_does_not_take_is_refused(private: Any) -> None:
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert "must be an RSA key of 2048 bits or more" in mistakes({**PAIR, "server_key": key})["server_key"]


def test_a_certificate_of_another_key_is_refused() -> None:
    assert "is for another key" in mistakes({**PAIR, "server_key": CLIENT.key})["server_cert"]


def test_a_chain_in_the_wrong_order_is_refused() -> None:
    upside_down = MIDDLE.certificate + SERVER.certificate
    assert "as number 2. Put it first" in mistakes({**PAIR, "server_cert": upside_down})["server_cert"]


def test_a_chain_with_a_stranger_in_it_is_refused() -> None:
    assert "is no chain" in mistakes({**PAIR, "server_cert": SERVER.certificate + ROOT.certificate})["server_cert"]


def test_an_expired_certificate_is_refused_with_its_day_wherever_it_is_in_the_chain() -> None:
    old = certify("old", ROOT, authority=True, begins=NOW - 3 * DAY, ends=NOW - DAY)
    leaf = certify("leaf", old, hosts=["a.example"])
    message = mistakes({"server_key": leaf.key, "server_cert": leaf.certificate + old.certificate})["server_cert"]
    assert f"expired on {NOW - DAY:%Y-%m-%d %H:%M} UTC (number 2). Renew it." in message


def test_a_certificate_of_the_future_is_refused() -> None:
    early = certify("early", hosts=["a.example"], begins=NOW + DAY, ends=NOW + 2 * DAY)
    found = mistakes({"server_key": early.key, "server_cert": early.certificate})
    assert "is valid only from" in found["server_cert"]


def test_a_certificate_without_a_name_is_refused() -> None:
    nameless = certify("")
    found = mistakes({"server_key": nameless.key, "server_cert": nameless.certificate})
    assert "names no host" in found["server_cert"]


def test_a_client_that_the_server_would_not_let_in_is_refused() -> None:
    stranger = certify("stranger")
    values = {**MUTUAL, "client_key": stranger.key, "client_cert": stranger.certificate}
    assert "comes from none of custom_ca" in mistakes(values)["client_cert"]


def test_mistakes_of_both_pairs_come_at_once() -> None:
    found = mistakes({**MUTUAL, "server_key": CLIENT.key, "client_key": SERVER.key, "custom_ca": "x"})
    assert set(found) == {"server_cert", "client_cert", "custom_ca"}
