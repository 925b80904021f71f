"""models.config as it is written: for the config bucket, and for the server on a machine."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from google.protobuf import text_encoding, text_format
from google.protobuf.message import Message

from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig
from tfserving.server_configs.models import PLATFORM
from tfserving.server_configs.paths import store_base_path

ModelsConfigWriter = Literal["pulumi", "tfs"]
_STORE_HEADER: Final = "# Written by Pulumi from the stack's models.config; change that file, not this object.\n"
_TFS_HEADER: Final = "# Written by Pulumi once; `tfs` writes it from then on.\n"
_LOCAL_HEADER: Final = "# Written by the agent on this machine from the stack's models.config; do not edit.\n"


def store_models_config(config: ModelServerConfig, bucket: str, *, writer: ModelsConfigWriter = "pulumi") -> str:
    """The text of the S3 object: the config with base paths in `bucket` and platforms filled in.

    `writer` is who writes the object after this, which its first line says.
    """
    filled = ModelServerConfig()
    filled.CopyFrom(config)
    for model in filled.model_config_list.config:
        model.base_path = store_base_path(bucket, model.name)
        model.model_platform = PLATFORM
    return (_STORE_HEADER if writer == "pulumi" else _TFS_HEADER) + _text(filled)


def local_models_config(config: ModelServerConfig, versions: Mapping[str, Sequence[int]], root: str) -> str:
    """The text a machine's server reads: local folders, and exactly the versions that are complete in them.

    Models without a version are left out, because a server waits for ever for a base path that is not there
    (tensorflow/serving#2189). Raises ValueError if nothing would be left, or for a label on a version not
    given: either file would do harm.
    """
    local = ModelServerConfig()
    for model in config.model_config_list.config:
        if versions.get(model.name):
            local.model_config_list.config.append(_local_model(model, versions[model.name], root))
    if not local.model_config_list.config:
        raise ValueError("no model has a version, and an empty list would unload everything")
    return _LOCAL_HEADER + _text(local)


def model_lines(model: ModelConfig) -> list[str]:
    """A model's block as a person would write it, line by line, with a tab for each level."""
    printed = text_format.MessageToString(model, as_utf8=True, message_formatter=_label).splitlines()
    # protobuf's own two blanks for a level; none of its lines begins with the content of a text.
    levels = [(len(line) - len(line.lstrip(" "))) // 2 + 1 for line in printed]
    return ["{", *("\t" * level + line.lstrip(" ") for level, line in zip(levels, printed, strict=True)), "}"]


def _text(config: ModelServerConfig) -> str:
    return text_format.MessageToString(config, as_utf8=True, message_formatter=_label)


def _label(message: Message, _indent: int, _as_one_line: bool) -> str | None:
    # protobuf prints a label on version 0 without its value, which reads, and is refused, as a forgotten one.
    if not isinstance(message, ModelConfig.VersionLabelsEntry):
        return None
    key = text_encoding.CEscape(message.key.encode(), as_utf8=True)
    return f'key: "{key}" value: {message.value}'


def _local_model(model: ModelConfig, versions: Sequence[int], root: str) -> ModelConfig:
    local = ModelConfig(
        name=model.name,
        base_path=f"{root.rstrip('/')}/{model.name}",
        model_platform=PLATFORM,
        version_labels=dict(model.version_labels),
    )
    local.model_version_policy.specific.versions.extend(sorted(set(versions)))
    for label, version in local.version_labels.items():
        if version not in versions:
            raise ValueError(f"label {label!r} of model {model.name!r} points to version {version}, which is not given")
    return local
