"""Requests as waitress parses them, and how those are refused that no application gets to see."""

import json
from typing import Final

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask
from waitress.utilities import BadRequest, RequestHeaderFieldsTooLarge

JSON: Final = "application/json"
# Of every answer: all of them say how things are at this moment.
HEADERS: Final = (("Cache-Control", "no-store"),)
# Without a version it is a request as before 1.0, which is answered as 1.0.
SUPPORTED_VERSIONS: Final = frozenset({"1", ""})


class UriTooLong(BadRequest):
    """The request line alone is longer than headers may be."""

    code = 414
    reason = "URI Too Long"


class VersionNotSupported(BadRequest):
    """Another major version of HTTP than 1; waitress would answer it as 1.0."""

    code = 505
    reason = "HTTP Version Not Supported"


class Request(HTTPRequestParser):
    """A request, from its first byte."""

    error: BadRequest | None
    # What waitress leaves unset until it has parsed a request line.
    command = ""

    def received(self, data: bytes) -> int:
        """Take bytes in; gives how many belong to this request."""
        in_request_line = not self.headers_finished and b"\r\n" not in (self.header_plus + data).lstrip()
        consumed: int = super().received(data)
        if in_request_line and isinstance(self.error, RequestHeaderFieldsTooLarge):
            self.error = UriTooLong(self.error.body)
        if self.completed and not self.error and self.version[:1] not in SUPPORTED_VERSIONS:
            self.error = VersionNotSupported(f"HTTP/{self.version} is not spoken here")
        if self.completed:
            # Waitress would ask for a body that is too large or not there, and wait for it (3.0.2).
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Parse request line and headers; raises ParsingError."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            # A URI such as http://[, or a length of 5000 digits: waitress logs these as faults of its own (3.0.2).
            raise ParsingError("URI or Content-Length is invalid") from error


class RefusedRequest(ErrorTask):
    """Answers a request that was refused, and closes the connection."""

    def execute(self) -> None:
        """Answer as the endpoints do: JSON."""
        error = self.request.error
        content = json.dumps({"error": f"{error.reason}: {error.body.rstrip('.')}."}, indent=1).encode() + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", JSON), *HEADERS]
        self.content_length = len(content)
        self.set_close_on_finish()
        self.write(b"" if self.request.command == "HEAD" else content)
