"""The config file that the server on this machine reads, written and read back by the agent."""

from pathlib import Path
from typing import Final

from tfserving.agent import disk
from tfserving.agent.rollout import Offer, Offers
from tfserving.errors import ServerConfigError
from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig
from tfserving.server_configs import local_models_config, parse_models

# The real server takes a file without a config at boot, and refuses it, changing nothing, once it has one.
_NOTHING: Final = "# No model is offered: the server comes up without any, and is told of each once it answers.\n"
# Unlike a file with nothing, this unloads what is left.
_EMPTY: Final = f"{_NOTHING}model_config_list {{}}\n"


class ToldFile:
    """models.config below a folder; `root` is where the server finds its models."""

    def __init__(self, path: Path, root: str) -> None:
        self.path = path
        self._root = root
        self._known: tuple[bytes, Offers] = (b"", {})

    def read(self) -> Offers | None:
        """Give what the server is told; None before there is a file, nothing for one that cannot be read."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        if content != self._known[0]:
            self._known = (content, self._parsed(content))
        return self._known[1]

    def _parsed(self, content: bytes) -> Offers:
        try:
            config = parse_models(content.decode(), str(self.path))
        except (ServerConfigError, UnicodeDecodeError):
            return {}
        return {model.name: _offer(model) for model in config.model_config_list.config}

    def write(self, offers: Offers, *, alive: bool) -> bool:
        """Tell the server; `alive` says whether it answers. Gives whether anything changed."""
        text = self.render(offers, alive=alive).encode()
        if self.path.exists() and self.path.read_bytes() == text:
            return False
        disk.replace_file(self.path, text)
        return True

    def render(self, offers: Offers, *, alive: bool) -> str:
        """Give the file's text."""
        if not any(offer.versions for offer in offers.values()):
            return _EMPTY if alive else _NOTHING
        config = ModelServerConfig()
        for model, offer in sorted(offers.items()):
            config.model_config_list.config.append(ModelConfig(name=model, version_labels=dict(offer.labels)))
        versions = {model: sorted(offer.versions) for model, offer in offers.items()}
        return local_models_config(config, versions, self._root)

    def config(self, offers: Offers) -> ModelServerConfig:
        """Give what the file says to a server that answers."""
        return parse_models(self.render(offers, alive=True), str(self.path))


def _offer(model: ModelConfig) -> Offer:
    return Offer(frozenset(model.model_version_policy.specific.versions), dict(model.version_labels))
