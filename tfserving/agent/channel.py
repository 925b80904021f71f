"""How the agent reaches its server: in the clear, or with what it got for TLS."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import grpc

SECONDS: Final = 5.0
FILES: Final = ("roots.pem", "name", "client.pem", "client_key.pem")
EXPIRES: Final = "expires"
# While the server loads its models nothing listens, for minutes; it must be found soon after it does.
_OPTIONS: Final = (("grpc.max_reconnect_backoff_ms", 1000), ("grpc.max_receive_message_length", 64 << 20))


def open_channel(address: str, tls: Path | None) -> grpc.Channel:
    """Open a channel to the server; `tls` is the folder of the agent's files for it.

    Raises OSError if they are not there.
    """
    if tls is None:
        return grpc.insecure_channel(address, options=_OPTIONS)
    files = {name: (tls / name).read_bytes() for name in FILES[:2]}
    files |= {name: (tls / name).read_bytes() for name in FILES[2:] if (tls / name).exists()}
    return grpc.secure_channel(address, credentials(files), options(files))


def expiry(tls: Path | None) -> datetime.datetime | None:
    """Say when the server's certificate expires, if it has one."""
    if tls is None or not (tls / EXPIRES).exists():
        return None
    return datetime.datetime.fromisoformat((tls / EXPIRES).read_text())


def credentials(files: Mapping[str, bytes]) -> grpc.ChannelCredentials:
    """Trust what is in these files and nobody else, and show the agent's certificate if there is one."""
    return grpc.ssl_channel_credentials(files["roots.pem"], files.get("client_key.pem"), files.get("client.pem"))


def options(files: Mapping[str, bytes]) -> list[tuple[str, str | int]]:
    """Give a channel's options: the server is called by a loopback address, which no certificate is for."""
    return [*_OPTIONS, ("grpc.ssl_target_name_override", files["name"].decode())]
