"""What the status says of a server that was not started, or does not answer as it should."""

from collections.abc import Iterator
from typing import Final

from tfserving.agent import disk
from tfserving.agent.channel import expiry
from tfserving.agent.rollout import ServerState
from tfserving.agent.settings import AgentSettings
from tfserving.agent.status import utc_now

_LACKING: Final = (
    "This machine lacks {}, which the server image is built for, so the server was not started. "
    "Change tfserving:instanceType, or tfserving:serverImage and tfserving:instructionSets."
)
# The hang: seen on 2.20.0.
_NO_REST: Final = (
    "The server answers over gRPC on {}, but not over REST on {}. REST opens last: with a monitoring file it cannot "
    "read the server hangs before, without a word in its log, and a port it cannot open it only logs. Look at "
    "`docker logs tfserving-server-1` on the machine, then `docker restart` it."
)

_EXPIRED: Final = (
    "A certificate of tfserving:tlsSecret expired on {:%Y-%m-%d %H:%M} UTC, so nobody trusts the server. Store a new "
    "version of the secret, and name it in tfserving:tlsSecretVersion."
)


def reasons_not_started(settings: AgentSettings) -> Iterator[str]:
    """Yield what kept the boot from starting the server."""
    if lacking := disk.lines_of(settings.missing_file):
        yield _LACKING.format(", ".join(lacking))
    for reason in disk.lines_of(settings.refused_file):
        yield f"The server was not started: {reason}"


def silences(settings: AgentSettings, server: ServerState) -> Iterator[str]:
    """Yield which of its APIs a server that was started does not answer on."""
    expires = expiry(settings.tls)
    if not server.answers and expires and expires <= utc_now():
        yield _EXPIRED.format(expires)
    elif not server.answers:
        yield f"The server does not answer on {settings.server} yet."
    elif not server.rest_answers:
        yield _NO_REST.format(settings.server, settings.rest)
