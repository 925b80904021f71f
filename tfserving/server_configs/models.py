"""The rules of models.config: what makes a server refuse, crash, hang or unload."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tfserving.errors import Problem
from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs.paths import base_path_rules, model_name_rules
from tfserving.server_configs.reading import Entry, checked, parsed

PLATFORM: Final = "tensorflow"
_EXAMPLE = 'model_config_list { config { name: "digits" } }'
_CHOICES: Final = ("latest", "all", "specific")
# Labels appear in REST URLs, where TensorFlow Serving matches word characters only.
LABEL = re.compile(r"[A-Za-z0-9_]+")


def parse_models(text: str, origin: str) -> ModelServerConfig:
    """The message of a models.config; raises ServerConfigError for mistakes of form."""
    return parsed(text, origin, ModelServerConfig)


def check_models(text: str, origin: str, *, bucket: str | None = None) -> list[Problem]:
    """Every mistake of a models.config, in its order; base paths are held against `bucket` if it is known."""
    return checked(text, origin, ModelServerConfig, lambda root: _rules(root, bucket))


def _rules(root: Entry, bucket: str | None) -> Iterator[Problem]:
    yield from _file_rules(root)
    models = [model for models in root.all("model_config_list") for model in models.all("config")]
    yield from _duplicates(models)
    for model in models:
        yield from model_name_rules(model)
        yield from base_path_rules(model, bucket)
        yield from _platform_rules(model)
        for policy in model.all("model_version_policy"):
            yield from _policy_rules(policy)
        yield from _label_rules(model)


def _file_rules(root: Entry) -> Iterator[Problem]:
    if not root.fields and root.whole:
        yield Problem(
            root.where,
            "The file names no model; a server refuses it when it has zero bytes, and otherwise serves "
            f"nothing. Name at least one: {_EXAMPLE}.",
        )
    for custom in root.all("custom_model_config"):
        yield Problem(
            custom.where,
            f"custom_model_config crashes a server that was not built for it. Remove it and write {_EXAMPLE}.",
        )
    for models in root.all("model_config_list"):
        if models.whole and not models.refused and not models.all("config"):
            yield Problem(
                models.where,
                "model_config_list is empty, which a running server takes for the order to unload every "
                f"model. Name at least one: {_EXAMPLE}.",
            )


def _duplicates(models: Sequence[Entry]) -> Iterator[Problem]:
    first: dict[str, Entry] = {}
    for name in (name for model in models for name in model.all("name")[:1] if isinstance(name.value, str)):
        known = first.setdefault(str(name.value), name)
        if known is not name:
            yield Problem(
                name.where,
                f"The model {name.value!r} is named twice, first at {known.where}, and TensorFlow Serving "
                "refuses such a file as a whole. Give each model its own name, or join the two.",
            )


def _platform_rules(model: Entry) -> Iterator[Problem]:
    platform = model.get("model_platform")
    if platform and not platform.refused and platform.value != PLATFORM:
        yield Problem(
            platform.where,
            f"model_platform is {platform.value!r}, but must be {PLATFORM!r}: a server that once read "
            "another one refuses every later config until it is restarted. Correct it, or leave it out; it "
            "is filled in.",
        )
    for deprecated in model.all("model_type"):
        yield Problem(
            deprecated.where,
            "model_type is deprecated, and TensorFlow Serving refuses it beside model_platform, which is "
            "always written. Remove it.",
        )
    for logging in model.all("logging_config"):
        yield Problem(
            logging.where,
            "logging_config needs a request logger, and tensorflow_model_server is built without one: it "
            "would not start. Remove it.",
        )


def _policy_rules(policy: Entry) -> Iterator[Problem]:
    for latest in policy.all("latest"):
        for count in latest.all("num_versions"):
            if count.value == 0 and not count.refused:
                yield Problem(
                    count.where,
                    "num_versions is 0, which TensorFlow Serving takes for 1. Say 1, or how many versions are wanted.",
                )
    for specific in policy.all("specific"):
        yield from _specific_rules(specific)


def _specific_rules(specific: Entry) -> Iterator[Problem]:
    versions = specific.all("versions")
    if not versions and specific.whole and not specific.refused:
        yield Problem(
            specific.where,
            "specific lists no version, which unloads the model (tensorflow/serving#1480). List at least "
            "one, such as 'versions: 1', or remove the model.",
        )
    first: dict[int, Entry] = {}
    for version in versions:
        if not isinstance(version.value, int):
            continue
        yield from _notation_rules(version)
        if version.value < 0:
            message = f"Version {version.value} is negative; versions count from 0. Name the version's folder."
            yield Problem(version.where, message)
        known = first.setdefault(version.value, version)
        if known is not version:
            message = f"Version {version.value} is listed twice, first at {known.where}. Remove one of them."
            yield Problem(version.where, message)


def _notation_rules(number: Entry) -> Iterator[Problem]:
    if number.source not in (str(number.value), "-0"):
        yield Problem(
            number.where,
            f"{number.source} is octal or hexadecimal in text format and means {number.value!r}. "
            "Write the version in decimal, without leading zeros.",
        )


def _label_rules(model: Entry) -> Iterator[Problem]:
    labels = model.all("version_labels")
    policies = model.all("model_version_policy")
    listed = _listed_versions(policies)
    if labels and all(label.sound for label in labels) and not _may_list_versions(policies or (model,)):
        yield Problem(
            labels[0].where,
            "version_labels need the policy 'specific': a label on a version that is not loaded makes the "
            "server refuse the whole file (tensorflow/serving#1608). List the versions: "
            "model_version_policy { specific { versions: 1 } }.",
        )
    first: dict[str, Entry] = {}
    for label in labels:
        yield from _label_name_rules(label, first)
        yield from _label_version_rules(label, listed)


def _may_list_versions(holders: Sequence[Entry]) -> bool:
    """Whether 'specific' is there, or may be what a mistake in the policy stands for."""
    choices = [choice for holder in holders for name in _CHOICES for choice in holder.all(name)]
    return any(holder.get("specific") for holder in holders) or not all(each.sound for each in (*holders, *choices))


def _listed_versions(policies: Sequence[Entry]) -> set[int] | None:
    """The versions a label may name; None where the policy lists none, or in a way that was already refused."""
    specifics = [specific for policy in policies for specific in policy.all("specific")]
    if not specifics or not all(each.sound for each in (*policies, *specifics)):
        return None
    versions = (version.value for specific in specifics for version in specific.all("versions"))
    return {version for version in versions if isinstance(version, int)}


def _label_name_rules(label: Entry, first: dict[str, Entry]) -> Iterator[Problem]:
    key = label.get("key")
    if key is None and label.sound:
        yield Problem(label.where, "This label has no key. Add one, such as 'key: \"live\"'.")
    if key is None or not isinstance(key.value, str):
        return
    if not LABEL.fullmatch(key.value):
        yield Problem(
            key.where,
            f"The label {key.value!r} cannot be part of a URL. Use letters, digits and underscores only.",
        )
    known = first.setdefault(key.value, key)
    if known is not key:
        yield Problem(
            key.where,
            f"The label {key.value!r} is set twice, first at {known.where}; a label names one version. "
            "Remove one of them.",
        )


def _label_version_rules(label: Entry, listed: set[int] | None) -> Iterator[Problem]:
    version = label.get("value")
    if version is None and label.sound:
        yield Problem(label.where, "This label has no value, which would mean version 0. Add 'value: ...'.")
    if version is None or not isinstance(version.value, int):
        return
    yield from _notation_rules(version)
    if listed is not None and version.value not in listed:
        choice = ", ".join(map(str, sorted(listed))) or "none"
        yield Problem(
            version.where,
            f"The label points to version {version.value}, which the policy does not list (it lists "
            f"{choice}); the server would refuse the whole file. Add the version to 'specific', or choose a "
            "listed one.",
        )
