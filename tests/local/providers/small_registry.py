"""A registry of images in memory, as much of it as a push needs."""

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_MANIFEST = re.compile(r"/v2/(?P<repository>.+)/manifests/(?P<reference>[^/]+)")
_TAGS = re.compile(r"/v2/(?P<repository>.+)/tags/list")
_BLOB = re.compile(r"/v2/.+/blobs/(?P<digest>sha256:[0-9a-f]+)")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    blobs: dict[str, bytes]
    manifests: dict[tuple[str, str], tuple[str, bytes]]
    uploads: dict[str, bytes]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/v2/":
            self._answer(200)
        elif (match := _MANIFEST.fullmatch(path)) and (found := self.manifests.get((match[1], match[2]))):
            self._answer(200, found[1], {"Content-Type": found[0], "Docker-Content-Digest": _digest(found[1])})
        elif match := _TAGS.fullmatch(path):
            named = [tag for repository, tag in self.manifests if repository == match[1] and ":" not in tag]
            self._answer(200, json.dumps({"name": match[1], "tags": named}).encode())
        elif (match := _BLOB.fullmatch(path)) and match[1] in self.blobs:
            self._answer(200, self.blobs[match[1]])
        else:
            unknown = b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}'
            self._answer(404, unknown, {"Content-Type": "application/json"})

    do_HEAD = do_GET

    def do_POST(self) -> None:
        location = f"{urlsplit(self.path).path}{len(self.uploads)}"
        self.uploads[location] = b""
        self._answer(202, headers={"Location": location, "Range": "0-0"})

    def do_PATCH(self) -> None:
        location = urlsplit(self.path).path
        self.uploads[location] += self._body()
        self._answer(202, headers={"Location": location, "Range": f"0-{len(self.uploads[location]) - 1}"})

    def do_PUT(self) -> None:
        address = urlsplit(self.path)
        body = self._body()
        if match := _MANIFEST.fullmatch(address.path):
            kept = (self.headers["Content-Type"], body)
            self.manifests[match[1], match[2]] = self.manifests[match[1], _digest(body)] = kept
            self._answer(201, headers={"Docker-Content-Digest": _digest(body)})
        else:
            (digest,) = parse_qs(address.query)["digest"]
            self.blobs[digest] = self.uploads.pop(address.path) + body
            self._answer(201, headers={"Docker-Content-Digest": digest})

    def log_message(self, *_: object) -> None:
        return

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> None:
        self.send_response(status)
        for name, value in {"Docker-Distribution-Api-Version": "registry/2.0", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextlib.contextmanager
def small_registry() -> Iterator[str]:
    """Serve an empty registry on loopback, where Docker engines take HTTP; yields its address."""
    handler = type("Handler", (_Handler,), {"blobs": {}, "manifests": {}, "uploads": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
