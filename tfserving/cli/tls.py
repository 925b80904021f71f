"""The options of commands that can call a server over TLS."""

from pathlib import Path
from typing import TYPE_CHECKING

from tfserving.errors import Problem, ProblemsError

if TYPE_CHECKING:
    from tfserving.client.tls import Tls


class TlsOptionsError(ProblemsError):
    """Options for TLS that do not go together."""


def tls_options(
    server: str, *, tls: bool, ca: Path | None, cert: Path | None, key: Path | None, name: str
) -> "Tls | None":
    """Make what GrpcClient takes of the options; raises TlsOptionsError with every one that would be ignored."""
    given = {"--ca": ca, "--cert": cert, "--key": key, "--tls-name": name}
    if not tls:
        ignored = [option for option, value in given.items() if value]
        if ignored:
            raise TlsOptionsError(Problem(option, "is for TLS. Add --tls, or remove it.") for option in ignored)
        return None
    if server.startswith(("http://", "https://")):
        raise TlsOptionsError(
            [
                Problem(
                    "--tls", f"is for gRPC, but --server is {server!r}, which is REST. Give HOST:PORT, or remove --tls."
                )
            ]
        )
    from tfserving.client.tls import Tls

    return Tls(ca, cert, key, name)
