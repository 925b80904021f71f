"""The agent's HTTP endpoints: /ready, /status, /metrics, /live."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from tfserving.agent.metrics import Metrics
from tfserving.agent.status import Status, utc_now

JSON: Final = "application/json"
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
Answer = tuple[int, str, bytes]


def serve(port: int, status: Callable[[], Status], metrics: Metrics) -> ThreadingHTTPServer:
    """Serve in the background; gives the server, which listens on every address of the machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            """Answer one request."""
            code, kind, body = answer(self.path, status(), metrics)
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet: load balancers ask every few seconds."""

    # Who may reach the port is for the security group to say.
    server = ThreadingHTTPServer(("0.0.0.0", port), Handler)  # noqa: S104
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="endpoints", daemon=True).start()
    return server


def answer(path: str, status: Status, metrics: Metrics) -> Answer:
    """Answer a request: status code, content type, body."""
    match path.partition("?")[0]:
        case "/ready":
            return (
                (200 if status.ready else 503),
                JSON,
                _json({"ready": status.ready, "problems": list(status.problems)}),
            )
        case "/status":
            return 200, JSON, _json(status.as_json(utc_now()))
        case "/metrics":
            return 200, TEXT, metrics.render()
        case "/live":
            return 200, JSON, _json({"live": True})
    return 404, JSON, _json({"error": "There are /ready, /status, /metrics and /live."})


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1).encode() + b"\n"
