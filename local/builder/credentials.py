"""The credentials of the build's role, where the SDKs look for a container's."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

ADDRESS: Final = ("169.254.170.2", 80)
# The SDKs put the address before it.
VARIABLE: Final = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"


def path_for(uuid: str) -> str:
    """Give the path of a build's credentials, which only the build knows."""
    return f"/v2/credentials/{uuid}"


def serve(file: Path, path: str, address: tuple[str, int] = ADDRESS) -> ThreadingHTTPServer:
    """Answer with a file's content, which the data plane keeps fresh, at one path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == path
            body = file.read_bytes() if known else b""
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet: the console belongs to the machine."""

    server = ThreadingHTTPServer(address, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
