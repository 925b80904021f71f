"""What the agent is told by its environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tfserving.errors import Problem, SettingsError

REQUIRED: Final = ("AWS_REGION", "TFSERVING_MODELS_BUCKET", "TFSERVING_CONFIG_BUCKET")
SOURCES: Final = ("agent", "native")
CLOSED: Final = "off"
# In the container's own memory: it is gone when the container starts again, and nothing has been proven then.
GATE: Final = Path("/tmp/server-may-start")  # noqa: S108
_HASHES: Final = ("TFSERVING_BATCHING_SHA256", "TFSERVING_MONITORING_SHA256", "TFSERVING_SESSION_SHA256")
_SHA256: Final = re.compile(r"|[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """Buckets, paths, addresses; `poll_seconds` is the time between two looks at S3.

    `rest` is empty where REST is closed, `tls` is the folder of the agent's files for TLS, `gate` another place for the
    file whose presence lets the server start.
    """

    region: str
    models_bucket: str
    config_bucket: str
    native: bool = False
    poll_seconds: int = 15
    batching_sha256: str = ""
    monitoring_sha256: str = ""
    session_sha256: str = ""
    server: str = "127.0.0.1:8500"
    root: Path = Path("/var/lib/tfserving")
    server_models: str = "/models"
    port: int = 8502
    rest: str = "127.0.0.1:8501"
    tls: Path | None = None
    gate: Path | None = None

    @property
    def models_folder(self) -> Path:
        """Name the folder the server's models lie in."""
        return self.root / "models"

    @property
    def config_folder(self) -> Path:
        """Name the folder of the files the server reads."""
        return self.root / "config"

    @property
    def missing_file(self) -> Path:
        """Name the file in which the boot says what this machine lacks, a name a line."""
        return self.root / "missing"

    @property
    def gate_file(self) -> Path:
        """Name the file whose presence lets the server start."""
        return self.gate or self.root / GATE.name

    @property
    def refused_file(self) -> Path:
        """Name the file in which the boot says why it could not fetch a secret, a reason a line."""
        return self.root / "refused"

    @property
    def boot_files(self) -> Mapping[str, str]:
        """Give the files the server reads only at boot, each with the sha256 this machine was made for."""
        wanted = {
            "batching.config": self.batching_sha256,
            "monitoring.config": self.monitoring_sha256,
            "session.config": self.session_sha256,
        }
        return {name: sha256 for name, sha256 in wanted.items() if sha256}


def read_settings(environment: Mapping[str, str]) -> AgentSettings:
    """Read the settings; raises SettingsError with every mistake."""
    problems = [Problem(name, "is not set.") for name in REQUIRED if not environment.get(name)]
    numbers = {
        "poll_seconds": _number(environment, "TFSERVING_POLL_SECONDS", 15, 3600, problems),
        "port": _number(environment, "TFSERVING_PORT", 8502, 65535, problems),
    }
    for name in _HASHES:
        if not _SHA256.fullmatch(environment.get(name, "")):
            problems.append(Problem(name, f"{environment[name]!r} is not a sha256 of 64 hex digits."))
    rest = environment.get("TFSERVING_REST") or AgentSettings.rest
    source = environment.get("TFSERVING_MODEL_SOURCE") or "agent"
    if source not in SOURCES:
        problems.append(Problem("TFSERVING_MODEL_SOURCE", f"{source!r} is none of {', '.join(SOURCES)}."))
    if problems:
        raise SettingsError(problems)
    return AgentSettings(
        native=source == "native",
        region=environment["AWS_REGION"],
        models_bucket=environment["TFSERVING_MODELS_BUCKET"],
        config_bucket=environment["TFSERVING_CONFIG_BUCKET"],
        batching_sha256=environment.get("TFSERVING_BATCHING_SHA256", ""),
        monitoring_sha256=environment.get("TFSERVING_MONITORING_SHA256", ""),
        session_sha256=environment.get("TFSERVING_SESSION_SHA256", ""),
        gate=GATE,
        rest="" if rest == CLOSED else rest,
        tls=Path(environment["TFSERVING_TLS"]) if environment.get("TFSERVING_TLS") else None,
        server=environment.get("TFSERVING_SERVER") or AgentSettings.server,
        root=Path(environment.get("TFSERVING_ROOT") or AgentSettings.root),
        server_models=environment.get("TFSERVING_SERVER_MODELS") or AgentSettings.server_models,
        **numbers,
    )


def _number(environment: Mapping[str, str], name: str, default: int, most: int, problems: list[Problem]) -> int:
    text = environment.get(name) or str(default)
    if text.isdecimal() and 1 <= int(text) <= most:
        return int(text)
    problems.append(Problem(name, f"{text!r} is not a number from 1 to {most}."))
    return default
