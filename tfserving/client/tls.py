"""TLS to a server: whom to trust, what to show, by which name to call."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc

from tfserving.errors import TfServingError

# A file that lacks it would only show much later, as a server that cannot be reached.
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_KEY: Final = b"PRIVATE KEY-----"
Pem = Path | str | bytes


@dataclass(frozen=True)
class Tls:
    """PEM texts as bytes, or the paths of files with them.

    `ca` is what to trust, the system's authorities unless given. `certificate` and `key` are the client's own, for
    servers that ask for them. `name` is the host the server's certificate is for, where it is called by another.
    """

    ca: Pem | None = None
    certificate: Pem | None = None
    key: Pem | None = None
    name: str = ""

    def channel(self, target: str, options: list[tuple[str, int]]) -> grpc.Channel:
        """Open a channel; raises TfServingError for files that cannot be read, are no PEM, or lack their other half."""
        named = [("grpc.ssl_target_name_override", self.name)] if self.name else []
        return grpc.secure_channel(target, self._credentials(), options=[*options, *named])

    def _credentials(self) -> grpc.ChannelCredentials:
        if (self.certificate is None) != (self.key is None):
            given, missing = ("key", "certificate") if self.certificate is None else ("certificate", "key")
            raise TfServingError(f"TLS has the client's {given} without its {missing}. Give both, or neither.")
        return grpc.ssl_channel_credentials(
            _read(self.ca, "certificate of an authority", _CERTIFICATE),
            _read(self.key, "private key", _KEY),
            _read(self.certificate, "certificate", _CERTIFICATE),
        )


def _read(pem: Pem | None, what: str, mark: bytes) -> bytes | None:
    if pem is None:
        return None
    where = "The bytes given for TLS" if isinstance(pem, bytes) else str(pem)
    try:
        text = pem if isinstance(pem, bytes) else Path(pem).read_bytes()
    except OSError as error:
        raise TfServingError(f"{where} cannot be read: {error.strerror}.") from error
    if mark not in text:
        raise TfServingError(f"{where} holds no {what}. Give a PEM file with one.")
    return text
