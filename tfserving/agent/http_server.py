"""An HTTP server that no client can hold up: waitress, with a deadline a request and a last place that is always free.

Waitress reads and writes all connections in one thread, so a slow client costs a place and no thread. What it lacks is
here: its own time-out counts from the last byte, which a client that sends one now and then outlives, and once
all places are taken it lets nobody in.
"""

import contextlib
import logging
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from tfserving.agent.http_requests import RefusedRequest, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# From a connection's start, or its last answer, to the end of the next answer; so idle connections end, too.
REQUEST_SECONDS: Final = 10.0
# Below the 1024 files that a process may open where nobody raised the limit.
CONNECTIONS: Final = 512
MOST_HEADER_BYTES: Final = 8192
MOST_BODY_BYTES: Final = 8192
# Each answer takes about a millisecond; the second thread is there while the first waits for the interpreter.
_THREADS: Final = 2
_ACCEPTED_AT_ONCE: Final = 64
# What one read hands to the parser, and so the most requests that a client can have queued.
_READ_BYTES: Final = 512
# What a client may still have under way when it is refused.
_DRAINED_BYTES: Final = 1 << 20


class HttpServer:
    """Serves a WSGI application in the background, on a port of every address of the machine (0: any free port)."""

    def __init__(
        self,
        port: int,
        application: "WSGIApplication",
        *,
        request_seconds: float = REQUEST_SECONDS,
        connections: int = CONNECTIONS,
    ) -> None:
        # Its warnings are of queues, limits and clients that went away: what the outside does is no event of the agent.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._map: dict[int, Any] = {}
        # Who may reach the port is for the security group to say.
        settings = Adjustments(
            host="0.0.0.0",  # noqa: S104
            port=port,
            threads=_THREADS,
            ident=None,
            # The map also holds the listener and the trigger; the listener itself makes room before this is reached.
            connection_limit=connections + 2 * _ACCEPTED_AT_ONCE,
            max_request_header_size=MOST_HEADER_BYTES,
            max_request_body_size=MOST_BODY_BYTES,
            recv_bytes=_READ_BYTES,
            cleanup_interval=1,
            log_socket_errors=False,
            asyncore_use_poll=True,
        )
        self._server = _Listener(application, self._map, adj=settings)
        self._server.request_seconds, self._server.connections = request_seconds, connections
        self.server_port = int(self._server.effective_port)
        self._thread = threading.Thread(target=self._server.run, name="endpoints", daemon=True)
        self._thread.start()

    def shutdown(self) -> None:
        """Stop answering and close every connection."""
        # Workers first: each ends with a word to the thread that polls, which must still be there to hear it.
        self._server.task_dispatcher.shutdown()
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._map))
        self._thread.join()

    def server_close(self) -> None:
        """Do nothing more than `shutdown`, which has closed the listener."""


class _Channel(HTTPChannel):
    """A connection: answers one request after another, the next only once the last answer was taken."""

    parser_class = Request
    error_task_class = RefusedRequest

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.waiting_since = time.monotonic()
        # Requests are queued, and answers before them not taken yet.
        self.held = False
        self.refused = False
        # How much is read and thrown away before a refused client's connection is closed; None until it is answered.
        self.drains: int | None = None
        super().__init__(*arguments, **named)

    @property
    def waits_for_client(self) -> bool:
        """Tell whether the next move is the client's."""
        return self.held or not self.requests

    def service(self) -> None:
        """Answer the first request in the queue, in a worker's thread."""
        with self.outbuf_lock:
            self.held = bool(self.total_outbufs_len)
        if self.held:
            # Else a client that sends requests and takes no answers would fill the memory with them.
            self.server.pull_trigger()
            return
        self.refused = self.requests[0].error is not None
        super().service()
        self.waiting_since = time.monotonic()

    def handle_write(self) -> None:
        """Send what there is, and have the next request answered if it waited for that."""
        super().handle_write()
        with self.outbuf_lock:
            resumed = self.held and self.connected and not self.total_outbufs_len
            if resumed:
                self.held = False
        if resumed:
            self.server.add_task(self)

    def handle_close(self) -> None:
        """Close, but let a refused client first end what it sends: a reset would take the answer from it."""
        if self.refused and self.drains is None:
            self.drains, self.will_close = _DRAINED_BYTES, False
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                return
        self.drop()

    def drop(self) -> None:
        """Close at once."""
        super().handle_close()

    def handle_expt(self) -> None:
        """Close at urgent data, which HTTP does not know: it would be reported over and over until somebody read it."""
        self.drop()

    def received(self, data: bytes) -> bool:
        """Take bytes in."""
        if self.drains is None:
            return bool(super().received(data))
        self.drains -= len(data)
        if self.drains < 0:
            self.drop()
        return False


class _Listener(TcpWSGIServer):
    """Takes connections in, and closes those that take too long or stand in the way of others."""

    channel_class = _Channel
    request_seconds: float
    connections: int

    def handle_accept(self) -> None:
        """Take in those who wait, then make room; not before, or a new one could get the number of a closed one."""
        for _ in range(_ACCEPTED_AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                break
        if (excess := len(self.active_channels) - self.connections) > 0:
            for channel in self._waiting()[:excess]:
                channel.drop()

    def maintenance(self, now: float) -> None:
        """Close, once a second, what waits for its client for too long."""
        latest = time.monotonic() - self.request_seconds
        for channel in self._waiting():
            if channel.waiting_since > latest:
                break
            channel.drop()

    def _waiting(self) -> list[_Channel]:
        """List those that wait for their clients, longest first."""
        # A copy: a worker that finds its client gone takes the connection out.
        waiting = [channel for channel in list(self.active_channels.values()) if channel.waits_for_client]
        return sorted(waiting, key=lambda channel: channel.waiting_since)
