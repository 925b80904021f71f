"""Requests to the AWS container that are not AWS's API: what its services know of each other."""

import json
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

_TIMEOUT_SECONDS: Final = 10


@dataclass(frozen=True)
class Curtain:
    """The other side of `local.aws.data_plane`."""

    url: str
    secret: str
    ca_file: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Curtain":
        """Read where it is, and the word that opens it."""
        return cls(environment["AWS_ENDPOINT_URL"], environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_CA_BUNDLE"])

    def instance_credentials(self, role: str) -> dict[str, str]:
        """Take the role of an instance."""
        credentials: dict[str, str] = self._ask(f"instance-credentials/{role}")
        return credentials

    def unfinished_builds(self) -> list[dict[str, Any]]:
        """List the builds in progress."""
        builds: list[dict[str, Any]] = self._ask("builds")
        return builds

    def build_credentials(self, build_id: str) -> dict[str, str]:
        """Take the role of a build."""
        credentials: dict[str, str] = self._ask(f"builds/{quote(build_id)}/credentials")
        return credentials

    def report_build(self, build_id: str, told: Mapping[str, Any]) -> None:
        """Tell how far a build has come, or how it ended."""
        self._ask(f"builds/{quote(build_id)}", json.dumps(told).encode())

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - always https
            f"{self.url}/rehearsal/{path}", data=body, headers={"X-Rehearsal-Secret": self.secret}
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=self._context) as answer:  # noqa: S310
            return json.load(answer)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        # Reading a bundle of authorities takes 20 ms, and builds are asked for twice a second.
        return ssl.create_default_context(cafile=self.ca_file)
