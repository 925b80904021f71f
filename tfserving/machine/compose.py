"""The compose project of a machine: the server, and the agent beside it."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from tfserving.agent.settings import GATE
from tfserving.machine.plan import TLS_FOLDER, MachinePlan

ROOT: Final = "/var/lib/tfserving"
GRPC_PORT: Final = 8500
REST_PORT: Final = 8501
AGENT_PORT: Final = 8502

_LOCKED_DOWN: Final[Mapping[str, Any]] = {
    "init": True,
    "read_only": True,
    "tmpfs": ["/tmp"],  # noqa: S108 - the container's own, the root file system is read-only
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
_LONG_RUNNING: Final[Mapping[str, Any]] = {
    "logging": {"driver": "json-file", "options": {"max-size": "10m"}},
    "restart": "unless-stopped",
}
_WITH_GPU: Final[Mapping[str, Any]] = {
    "deploy": {
        "resources": {"reservations": {"devices": [{"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}]}}
    },
}


def render_compose(plan: MachinePlan) -> str:
    """Render docker-compose.yml."""
    services = {"agent": _agent(plan), "server": _server(plan), **_boot_services(plan)}
    project = {"name": "tfserving", "services": services}
    return yaml.dump(project, Dumper=_NoAliases, sort_keys=False, width=1000)


def _agent(plan: MachinePlan) -> dict[str, Any]:
    return {
        "image": plan.agent_image,
        # The metadata service answers only the machine itself (hop limit 1), so the role is out of the server's reach.
        "network_mode": "host",
        "env_file": ["agent.list"],
        "volumes": [f"{ROOT}:{ROOT}", *_tls_volume(plan, "agent")],
        "healthcheck": {
            "test": ["CMD", "test", "-e", str(GATE)],
            # Each look costs the engine a process, for as long as the machine lives.
            "interval": "5s",
            "timeout": "5s",
            # The first state takes as long as the models are large; failures within the start period do not count.
            "start_period": "12h",
        },
        **_LONG_RUNNING,
        **_LOCKED_DOWN,
    }


def _server(plan: MachinePlan) -> dict[str, Any]:
    # Folders, not files: a file mounted alone would hide every later replacement by rename.
    fed = [] if plan.native else [f"{ROOT}/models:/models:ro", f"{ROOT}/config:/config:ro"]
    volumes = [*fed, *_tls_volume(plan, "server")]
    ports = (GRPC_PORT, REST_PORT) if plan.rest else (GRPC_PORT,)
    return {
        "image": plan.server_image,
        # Compose would take a dollar sign for the start of a variable.
        "command": [argument.replace("$", "$$") for argument in plan.server_command],
        # Models or labels that are not there yet would stop the server from starting at all (tensorflow/serving#979).
        "depends_on": {"agent": {"condition": "service_healthy"}},
        "env_file": ["env.list"],
        "ports": [f"{port}:{port}" for port in ports],
        **({"volumes": volumes} if volumes else {}),
        **(_WITH_GPU if plan.gpu else {}),
        **_LONG_RUNNING,
        **_LOCKED_DOWN,
    }


def _tls_volume(plan: MachinePlan, service: str) -> list[str]:
    return [f"./tls/{service}:{TLS_FOLDER}:ro"] if plan.tls_secret else []


def _boot_services(plan: MachinePlan) -> dict[str, Any]:
    services = {}
    if plan.native:
        services["access-key"] = _boot_service(plan, "access_key", plan.access_key)
    if plan.tls_secret:
        services["tls"] = _boot_service(plan, "tls", *filter(None, (plan.tls_secret, plan.tls_version)))
    return services


def _boot_service(plan: MachinePlan, module: str, *arguments: str) -> dict[str, Any]:
    return {
        "image": plan.agent_image,
        # Run once at boot, and only then: it prints what is in a secret.
        "profiles": ["boot"],
        "entrypoint": ["python", "-m", f"tfserving.agent.{module}", *arguments],
        "network_mode": "host",
        "env_file": ["agent.list"],
        "logging": {"driver": "none"},
        **_LOCKED_DOWN,
    }


class _NoAliases(yaml.SafeDumper):
    """Writes shared values out in full, as a person would."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
