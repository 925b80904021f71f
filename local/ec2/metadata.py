"""The instance metadata service, version 2 only; runs in the machine and needs nothing but Python.

The data plane keeps /etc/rehearsal/metadata.json up to date: a path of the service to each text.
"""

import json
import os
import secrets
import socket
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

ADDRESS = ("169.254.169.254", 80)
DOCUMENTS = Path("/etc/rehearsal/metadata.json")
TOKEN_PATH = "/latest/api/token"  # noqa: S105 - a path
TOKEN_TTL = "X-aws-ec2-metadata-token-ttl-seconds"  # noqa: S105 - a header
TOKEN = "X-aws-ec2-metadata-token"  # noqa: S105 - a header
LONGEST_TTL = 21600


class Tokens:
    """Tokens that were handed out, with the time they end."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}

    def issue(self, ttl: str | None, now: float) -> str | None:
        """Give a token for 1 to 21600 seconds, or None for another wish."""
        if ttl is None or not ttl.isdecimal() or not 1 <= int(ttl) <= LONGEST_TTL:
            return None
        token = secrets.token_urlsafe(32)
        self._ends[token] = now + int(ttl)
        return token

    def accepts(self, token: str | None, now: float) -> bool:
        """Tell whether a token was issued and has not ended."""
        return token is not None and self._ends.get(token, 0.0) > now


def document(path: str, documents: Mapping[str, str]) -> str | None:
    """Give the text at a path of the service; a folder gives the names in it."""
    wanted = path.strip("/")
    if wanted in documents:
        return documents[wanted]
    children = {name.removeprefix(f"{wanted}/").split("/")[0] for name in documents if name.startswith(f"{wanted}/")}
    return "\n".join(sorted(children)) or None


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    tokens = Tokens()

    def do_PUT(self) -> None:
        """Issue a token."""
        if self.path != TOKEN_PATH:
            return self._answer(404)
        ttl = self.headers.get(TOKEN_TTL)
        token = self.tokens.issue(ttl, time.monotonic())
        if token is None or ttl is None:
            return self._answer(400)
        # Some SDKs throw away a token whose lifetime the answer does not repeat.
        return self._answer(200, token, {TOKEN_TTL: ttl})

    def do_GET(self) -> None:
        """Answer with a document, for whoever has a token."""
        if not self.tokens.accepts(self.headers.get(TOKEN), time.monotonic()):
            return self._answer(401)
        text = document(self.path, json.loads(DOCUMENTS.read_text()))
        return self._answer(404) if text is None else self._answer(200, text)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the console belongs to the machine."""

    def _answer(self, status: int, text: str = "", headers: Mapping[str, str] = MappingProxyType({})) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def tell_systemd(message: str) -> None:
    """Tell systemd that the service answers, so that cloud-init does not begin before."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(message.encode(), address.replace("@", "\0", 1))


def main() -> None:
    """Serve."""
    server = ThreadingHTTPServer(ADDRESS, Handler)
    tell_systemd("READY=1")
    server.serve_forever()


if __name__ == "__main__":
    main()
