"""The model config file: reading it, and the rules of the real server, each at the time it is applied there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from google.protobuf import text_format
from google.protobuf.message import Message
from tensorflow_serving.config import model_server_config_pb2

from .filesystem import read_bytes
from .status import invalid

TENSORFLOW = "tensorflow"
DEFAULT_METRICS_PATH = "/monitoring/prometheus/metrics"


class ConfigKind(Enum):
    """Which of its two alternatives a ModelServerConfig holds, if any."""

    NOT_SET = None
    MODELS = "model_config_list"
    CUSTOM = "custom_model_config"


@dataclass(frozen=True)
class VersionPolicy:
    """Which of the versions on disk a model wants."""

    kind: Literal["latest", "all", "specific"] = "latest"
    count: int = 1
    versions: tuple[int, ...] = ()


@dataclass(frozen=True)
class Model:
    """One entry of the model config list."""

    name: str
    base_path: str
    platform: str = TENSORFLOW
    type: int = 0
    policy: VersionPolicy = VersionPolicy()
    labels: Mapping[str, int] = field(default_factory=dict)
    logged: bool = False


@dataclass(frozen=True)
class ServerConfig:
    """A ModelServerConfig, as far as the stand-in looks into it."""

    kind: ConfigKind = ConfigKind.NOT_SET
    models: tuple[Model, ...] = ()


def read_text(path: str, message: Message) -> None:
    """Fill the message from a text-format file.

    Raises StatusError for an unreadable file, for bad syntax, and for a file of zero bytes: the real server maps the
    file into memory, and a map of length zero fails.
    """
    content = read_bytes(path)
    if not content:
        raise invalid(f"{path}; Invalid argument")
    try:
        text_format.Parse(content, message)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        # Neither line nor column: so does the real server (seen on 2.20.0).
        raise invalid(f"Invalid protobuf file: '{path}'") from error


def read_models(path: str) -> ServerConfig:
    """Read a model config file, with the errors of `read_text`."""
    message = model_server_config_pb2.ModelServerConfig()
    read_text(path, message)
    return from_message(message)


def single_model(name: str, base_path: str) -> ServerConfig:
    """The config that --model_name and --model_base_path stand for."""
    return ServerConfig(kind=ConfigKind.MODELS, models=(Model(name=name, base_path=base_path),))


def from_message(message: Any) -> ServerConfig:
    """Take over what a ModelServerConfig message says."""
    kind = ConfigKind(message.WhichOneof("config"))
    return ServerConfig(kind=kind, models=tuple(_model(entry) for entry in message.model_config_list.config))


def _model(entry: Any) -> Model:
    return Model(
        name=entry.name,
        base_path=entry.base_path,
        platform=entry.model_platform,
        type=entry.model_type,
        policy=_policy(entry.model_version_policy),
        labels=dict(entry.version_labels),
        logged=entry.HasField("logging_config"),
    )


def _policy(message: Any) -> VersionPolicy:
    match message.WhichOneof("policy_choice"):
        case "all":
            return VersionPolicy(kind="all")
        case "specific":
            return VersionPolicy(kind="specific", versions=tuple(message.specific.versions))
    return VersionPolicy(count=max(1, message.latest.num_versions))


def platform_of(model: Model) -> str:
    """The model's platform; raises INVALID_ARGUMENT if it has none, or says it in both ways."""
    if model.type and model.platform:
        raise invalid("Illegal setting both ModelServerConfig::model_type (deprecated) and model_platform.")
    if model.type == 1:
        return TENSORFLOW
    if model.type:
        raise invalid(f"ModelServerConfig::model_type choice {model.type} not supported.")
    if not model.platform:
        raise invalid("Illegal setting neither ModelServerConfig::model_type (deprecated) nor model_platform.")
    return model.platform


def check_models(models: Iterable[Model]) -> None:
    """Refuse what the real server refuses before anything is stored: duplicate names, relative base paths."""
    seen: set[str] = set()
    for model in models:
        if model.name in seen:
            raise invalid(f"Illegal to list model {model.name} multiple times in config list")
        if not (model.base_path.startswith("/") or "://" in model.base_path):
            raise invalid(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )
        seen.add(model.name)


def check_platforms_unchanged(old: Iterable[Model], new: Iterable[Model]) -> None:
    """Refuse a served model's change of platform.

    Walks the old config first, so an entry without a platform that once became current fails every later reload,
    the corrected file's included.
    """
    platforms = {model.name: platform_of(model) for model in old}
    for model in new:
        if model.name in platforms and platform_of(model) != platforms[model.name]:
            raise invalid(
                f"Illegal to change a model's platform. For model {model.name} platform was {platforms[model.name]} "
                f"and new platform requested is {platform_of(model)}"
            )


def check_platforms_known(models: Iterable[Model]) -> None:
    """Refuse platforms the server has no adapter for; only after the config has become current."""
    for model in models:
        if platform_of(model) != TENSORFLOW:
            raise invalid(f"Model {model.name} requests unsupported platform {platform_of(model)}")
