"""The ports on loopback."""

import errno
import socket
from dataclasses import asdict
from typing import Final

from local.cloud.endpoints import Ports
from tfserving.errors import Problem, ProblemsError

VARIABLES: Final = {"grpc": "LOCAL_GRPC_PORT", "rest": "LOCAL_REST_PORT", "agent": "LOCAL_AGENT_PORT"}


class PortsInUseError(ProblemsError):
    """Ports of the rehearsal belong to somebody else."""


def demand_free(ports: Ports) -> None:
    """Raise PortsInUseError, naming every port somebody listens on, and the remedy."""
    taken = {name: port for name, port in asdict(ports).items() if not is_free(port)}
    if taken:
        raise PortsInUseError(
            Problem(
                f"port {port}",
                f"is in use on 127.0.0.1. Stop what listens there, or choose another: "
                f"{VARIABLES[name]}={_another(port)}.",
            )
            for name, port in taken.items()
        )


def _another(port: int) -> int:
    return port + 10000 if port < 50000 else port - 10000


def is_free(port: int) -> bool:
    """Tell whether a port of loopback can be bound."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def free_ports() -> Ports:
    """Give three ports nobody listens on, for a rehearsal beside others."""
    sockets = [socket.socket() for _ in range(3)]
    try:
        for attempt in sockets:
            attempt.bind(("127.0.0.1", 0))
        return Ports(*(int(attempt.getsockname()[1]) for attempt in sockets))
    finally:
        for attempt in sockets:
            attempt.close()
