"""The secret for TLS: JSON with the texts of PEM files, proven whole before a server would die of it."""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import text_format

from tfserving.agent.pem import Certificates, Pair, PemError, host_name, is_issued_by, read_certificates, read_pair
from tfserving.errors import Problem, ProblemsError
from tfserving.protos.ssl_config_pb2 import SSLConfig

REQUIRED: Final = ("server_key", "server_cert")
CLIENT: Final = ("client_key", "client_cert")
TEXTS: Final = (*REQUIRED, "custom_ca", *CLIENT)
VERIFY: Final = "client_verify"
KEYS: Final = (*TEXTS, VERIFY)
# Secrets Manager's console stores every value as text.
_BOOLEANS: Final[Mapping[Any, bool]] = {True: True, False: False, "true": True, "false": False}
_NAME: Final = re.compile(r"\w{1,40}", re.ASCII)


class TlsSecretError(ProblemsError):
    """The secret for TLS was refused; the text has nothing of its values."""


@dataclass(frozen=True)
class TlsMaterial:
    """What server and agent need: the server's pair, and where clients must present certificates, their authorities and
    the agent's own pair.

    `name` is a host the server's certificate is for.
    """

    server: Pair
    name: str
    custom_ca: bytes = b""
    client: Pair | None = None

    @property
    def expires(self) -> datetime.datetime:
        """Say when the first of the certificates that agent and server show each other expires."""
        pairs = (self.server, self.client) if self.client else (self.server,)
        return min(certificate.not_valid_after_utc for pair in pairs for certificate in pair.certificates.each)

    @property
    def ssl_config(self) -> str:
        """Give the text of the file that --ssl_config_file names."""
        message = SSLConfig(
            server_key=self.server.key.decode(),
            server_cert=self.server.chain.decode(),
            custom_ca=self.custom_ca.decode(),
            client_verify=self.client is not None,
        )
        return text_format.MessageToString(message)


def parse_tls_secret(text: str, origin: str, now: datetime.datetime) -> TlsMaterial:
    """Read the secret's text; raises TlsSecretError with every mistake, each under the key it is in."""
    values = _json(text, origin)
    problems = [Problem(f"{origin} {where}", message) for where, message in _shape_mistakes(values)]
    if problems:
        raise TlsSecretError(problems)
    reader = _Reader(values, origin, now)
    server = reader.pair(*REQUIRED)
    verify = _BOOLEANS[values.get(VERIFY, False)]
    authorities = reader.authorities() if verify else None
    client = reader.pair(*CLIENT) if verify else None
    name = host_name(server.leaf) if server else ""
    if server and not name:
        reader.refuse("server_cert", "names no host, so no client can tell whose it is. Give it a subjectAltName.")
    if client and authorities and not is_issued_by(client, authorities):
        reader.refuse("client_cert", "comes from none of custom_ca, so the server would not let the agent in.")
    if reader.problems or server is None:
        raise TlsSecretError(reader.problems)
    return TlsMaterial(server, name, authorities.text if authorities else b"", client)


def _json(text: str, origin: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        message = f"holds no JSON object. Store one with {' and '.join(REQUIRED)}, each the text of a PEM file."
        raise TlsSecretError([Problem(origin, message)])
    return values


def _shape_mistakes(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in values.keys() - set(KEYS):
        # What stands where a name should may be the secret itself.
        shown = name if _NAME.fullmatch(name) else "(a name of other than 1 to 40 letters, digits and '_')"
        yield shown, f"is none of {', '.join(KEYS)}. Rename or remove it."
    for name in TEXTS:
        if name in values and not (isinstance(values[name], str) and values[name].strip()):
            yield name, "must be the text of a PEM file. Write it, or remove it."
    verify = values.get(VERIFY, False)
    if not isinstance(verify, str | bool) or verify not in _BOOLEANS:
        yield VERIFY, "must be true or false. Correct it."
        return
    verifies = _BOOLEANS[verify]
    for name in (*REQUIRED, *(("custom_ca", *CLIENT) if verifies else ())):
        if name not in values:
            why = "" if name in REQUIRED else f" with {VERIFY}, also for the agent on the machine"
            yield name, f"is missing, and needed{why}. Add it: the text of a PEM file."
    for name in () if verifies else sorted({"custom_ca", *CLIENT} & values.keys()):
        yield name, f"is there, but {VERIFY} is not true, so nobody asks for it. Set {VERIFY} to true, or remove it."


class _Reader:
    """Reads the PEM texts, and collects what is wrong with them."""

    def __init__(self, values: Mapping[str, Any], origin: str, now: datetime.datetime) -> None:
        self._values = values
        self._origin = origin
        self._now = now
        self.problems: list[Problem] = []

    def refuse(self, name: str, message: str) -> None:
        self.problems.append(Problem(f"{self._origin} {name}", message))

    def pair(self, key: str, certificate: str) -> Pair | None:
        try:
            return read_pair(self._values[key], self._values[certificate], self._now, (key, certificate))
        except PemError as error:
            for name, message in error.mistakes:
                self.refuse(name, message)
            return None

    def authorities(self) -> Certificates | None:
        try:
            return read_certificates(self._values["custom_ca"], self._now, "custom_ca")
        except PemError as error:
            for name, message in error.mistakes:
                self.refuse(name, message)
            return None
