"""Addresses of servers, checked before a connection hangs on them."""

import re
from typing import Final
from urllib.parse import urlsplit

from tfserving.errors import TfServingError

HOST_AND_PORT: Final = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):(?P<port>[0-9]{1,5})")
# gRPC's own schemes; what follows them is gRPC's to judge.
SCHEMES: Final = ("dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "vsock:", "xds:")
LARGEST_PORT: Final = 65535


def checked_target(target: str) -> str:
    """Give a gRPC target back; raises TfServingError if it is neither host:port nor of one of gRPC's schemes."""
    text = target if isinstance(target, str) else ""
    if text.startswith(("http://", "https://")):
        raise TfServingError(
            f"The server {target!r} is a URL, as REST has. Give gRPC host:port, such as 10.0.0.5:8500."
        )
    if text.startswith(SCHEMES) and not re.fullmatch(r"[a-z0-9]+:[0-9]+", text):
        return text
    found = HOST_AND_PORT.fullmatch(text)
    if found is None or not 0 < int(found["port"]) <= LARGEST_PORT:
        raise TfServingError(f"The server {target!r} is not host:port. Give both, such as 10.0.0.5:8500.")
    return text


def checked_url(url: str) -> str:
    """Give the URL of a REST API without a slash at its end; raises TfServingError for what is none."""
    remedy = "Give http://host:port, such as http://10.0.0.5:8501."
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        port = parts.port
    except ValueError as error:
        raise TfServingError(f"The server {url!r} is no URL: {error}. {remedy}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or re.search(r"\s", url):
        raise TfServingError(f"The server {url!r} is no URL of a server. {remedy}")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise TfServingError(f"The server {url!r} has more than an address. {remedy}")
    return url.rstrip("/")
