"""An agent on a temporary disk, an S3 in this process, and a server that says what a test tells it to."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving.stores import CONFIGS, MODELS
from tfserving.agent.agent import Agent
from tfserving.agent.rollout import ServerState, Version
from tfserving.agent.settings import AgentSettings
from tfserving.protos.server_config_pb2 import ModelServerConfig

NOW = 1_700_000_000.0
KEY = "configs/models.config"


class TalkingServer:
    """Stands for the model server: loads at once what the agent's config offers, unless told otherwise."""

    def __init__(self) -> None:
        self.silent = False
        self.raises: Exception | None = None
        self.errors: dict[Version, str] = {}
        self.labels: dict[tuple[str, str], int] = {}
        self.available: set[Version] = set()
        self.rest_answers = True

    def reload(self, config: ModelServerConfig) -> None:
        """Leave it to the file, which says the same."""

    def observe(self, models: Collection[str], labels: Collection[tuple[str, str]]) -> ServerState:
        if self.raises is not None:
            raise self.raises
        if self.silent:
            return ServerState()
        states = {version: "AVAILABLE" for version in self.available if version[0] in models}
        placed = {label: self.labels[label] for label in labels if label in self.labels}
        return ServerState(True, states, self.errors, placed, self.rest_answers)


@pytest.fixture
def server() -> TalkingServer:
    return TalkingServer()


@pytest.fixture
def settings(tmp_path: Path) -> AgentSettings:
    return AgentSettings(
        region="eu-central-1",
        models_bucket=MODELS,
        config_bucket=CONFIGS,
        root=tmp_path / "root",
    )


@pytest.fixture
def make_agent(s3: Any, server: Any) -> Callable[[AgentSettings], Agent]:
    """Start an agent, as often as a test wants."""
    return lambda settings: Agent(settings, s3, server, "i-1", clock=lambda: NOW)


def models_config(*versions: int, labels: dict[str, int] | None = None, model: str = "digits") -> str:
    """Write a models.config with one model."""
    listed = " ".join(f"versions: {version}" for version in versions)
    placed = " ".join(
        f'version_labels {{ key: "{label}" value: {version} }}' for label, version in (labels or {}).items()
    )
    return f"""model_config_list {{ config {{
        name: "{model}" base_path: "s3://{MODELS}/models/{model}" model_platform: "tensorflow"
        model_version_policy {{ specific {{ {listed} }} }} {placed}
    }} }}"""


def want(client: Any, text: str) -> None:
    """Write models.config, as Pulumi does."""
    client.put_object(Bucket=CONFIGS, Key=KEY, Body=text.encode())
