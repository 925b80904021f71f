"""The rehearsal's own certificate authority, and the certificate its servers show."""

import datetime
import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS: Final = 3650
NAMES: Final = (
    "localhost",
    "*.amazonaws.com",
    "*.{region}.amazonaws.com",
    "*.s3.{region}.amazonaws.com",
    "*.ecr.{region}.amazonaws.com",
    "*.dkr.ecr.{region}.amazonaws.com",
)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that only this user's rehearsals trust; kept, as are the images that trust it."""

    folder: Path

    @property
    def certificate_file(self) -> Path:
        """Name the file with the authority's certificate."""
        return self.folder / "ca.crt"

    @property
    def _key_file(self) -> Path:
        return self.folder / "ca.key"

    def ensure(self) -> "Authority":
        """Make the authority if there is none."""
        if not self.certificate_file.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            key = ec.generate_private_key(ec.SECP256R1())
            name = _name("tfserving-aws rehearsal")
            builder = _builder(name, name, key.public_key()).add_extension(
                x509.BasicConstraints(True, 0), critical=True
            )
            builder = builder.add_extension(_ca_usage(), critical=True)
            _write(self._key_file, _key_pem(key))
            # The certificate last: with it the authority is complete.
            _write(self.certificate_file, _certificate_pem(builder.sign(key, hashes.SHA256())))
        return self

    def server_certificate(self, region: str, addresses: Iterable[str]) -> tuple[bytes, bytes]:
        """Give certificate and key, as PEM, for AWS's names and these addresses."""
        authority = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        authority_key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
        assert isinstance(authority_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(name.format(region=region)) for name in NAMES]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", *addresses)]
        builder = _builder(_name("rehearsal"), authority.subject, key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return _certificate_pem(builder.sign(authority_key, hashes.SHA256())), _key_pem(key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(tz=datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
    )


def _ca_usage() -> x509.KeyUsage:
    unused = dict.fromkeys(
        (
            "content_commitment",
            "data_encipherment",
            "decipher_only",
            "digital_signature",
            "encipher_only",
            "key_agreement",
            "key_encipherment",
        ),
        False,
    )
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **unused)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_bytes(content)
    temporary.replace(path)
