"""Keys and certificates as PEM text: read, held against each other, and written again without anything else in them."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

LEAST_RSA_BITS: Final = 2048
# Those that gRPC's TLS library signs with.
CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class PemError(Exception):
    """Texts were refused: under which name, and why; what they hold is not repeated."""

    def __init__(self, mistakes: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name} {message}" for name, message in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Certificates:
    """One or more certificates, in their order."""

    each: tuple[x509.Certificate, ...]

    @property
    def text(self) -> bytes:
        """Give them as PEM."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.each)


@dataclass(frozen=True)
class Pair:
    """A private key as PEM, and the chain of certificates for it, the owner's first."""

    key: bytes
    certificates: Certificates

    @property
    def chain(self) -> bytes:
        """Give the chain as PEM."""
        return self.certificates.text

    @property
    def leaf_text(self) -> bytes:
        """Give the owner's certificate as PEM."""
        return Certificates((self.leaf,)).text

    @property
    def leaf(self) -> x509.Certificate:
        """Give the owner's certificate."""
        return self.certificates.each[0]


def read_pair(key: str, certificates: str, now: datetime.datetime, names: tuple[str, str]) -> Pair:
    """Read a key and its chain, called by these names; raises PemError with every mistake of both."""
    mistakes: list[tuple[str, str]] = []
    found, chain = None, None
    try:
        found = _read_key(key, names[0])
    except PemError as error:
        mistakes += error.mistakes
    try:
        chain = read_certificates(certificates, now, names[1])
    except PemError as error:
        mistakes += error.mistakes
    if found and chain:
        mistakes += [(names[1], message) for message in _chain_mistakes(found, chain, names[0])]
    if mistakes or found is None or chain is None:
        raise PemError(mistakes)
    return Pair(found.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), chain)


def read_certificates(text: str, now: datetime.datetime, name: str) -> Certificates:
    """Read certificates that are valid now; raises PemError."""
    try:
        found = Certificates(tuple(x509.load_pem_x509_certificates(text.encode())))
    except ValueError:
        raise PemError([(name, "holds no certificate that can be read. Write the text of a PEM file.")]) from None
    mistakes = [
        (name, f"{message}{f' (number {number})' if len(found.each) > 1 else ''}. Renew it.")
        for number, certificate in enumerate(found.each, start=1)
        for message in _times(certificate, now)
    ]
    if mistakes:
        raise PemError(mistakes)
    return found


def is_issued_by(pair: Pair, authorities: Certificates) -> bool:
    """Tell whether a chain ends at one of these authorities, or below one."""
    last = pair.certificates.each[-1]
    return any(last == authority or _issued(last, authority) for authority in authorities.each)


def host_name(certificate: x509.Certificate) -> str:
    """Give a host that a certificate is for, or nothing; `*` stands for any name, so it is given one."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(common[0].value) if common else ""
    hosts = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return hosts[0].replace("*", "machine", 1) if hosts else ""


def _read_key(text: str, name: str) -> PrivateKey:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise PemError([(name, "is encrypted, and nobody is there to give its password. Decrypt it.")]) from None
    except Exception:
        # The library raises more than it names, and its words might repeat the key.
        raise PemError([(name, "holds no private key that can be read. Write the text of a PEM file.")]) from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return key
    message = f"must be an RSA key of {LEAST_RSA_BITS} bits or more, or an EC key on {', '.join(CURVES)}. Make another."
    raise PemError([(name, message)])


def _chain_mistakes(key: PrivateKey, chain: Certificates, key_name: str) -> Iterator[str]:
    own = _public(key)
    matching = [index for index, certificate in enumerate(chain.each) if _public(certificate) == own]
    if not matching:
        yield f"is for another key than {key_name}. Store the two that belong together."
    elif matching[0]:
        yield f"has the certificate of {key_name} as number {matching[0] + 1}. Put it first, then its issuers."
    elif not all(_issued(one, next_one) for one, next_one in pairwise(chain.each)):
        yield "is no chain: each certificate must be issued by the one after it. Put them in order."


def _times(certificate: x509.Certificate, now: datetime.datetime) -> Iterator[str]:
    if certificate.not_valid_after_utc <= now:
        yield f"has a certificate that expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if certificate.not_valid_before_utc > now:
        yield f"has a certificate that is valid only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on"


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _public(owner: PrivateKey | x509.Certificate) -> bytes:
    return owner.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
