"""The steps in a version's life, each from one models.config to the next."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from tfserving.errors import TfServingError
from tfserving.model_store.layout import MAX_VERSION
from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig

LIVE: Final = "live"
TEST: Final = "test"
RETIRING: Final = "retiring"


class ChangeError(TfServingError):
    """A change does not fit what is served."""


@dataclass(frozen=True)
class Change:
    """One step: what to call it, and what it makes of a config, which it leaves as it is.

    `step` raises ChangeError if the config does not fit it.
    """

    title: str
    step: Callable[[ModelServerConfig], ModelServerConfig]


def add(model: str, version: int, label: str | None = None, *, new_model: bool = False) -> Change:
    """List a version of a model, and point a label to it if one is given; `new_model` allows a name that is new."""

    def step(served: ModelServerConfig) -> ModelServerConfig:
        if not 0 <= version <= MAX_VERSION:
            raise ChangeError(f"{model}: {version} is no version. Versions count from 0 to {MAX_VERSION}.")
        after = _copy(served)
        if new_model and not _find(after, model):
            entry = after.model_config_list.config.add(name=model)
            entry.model_version_policy.specific.SetInParent()
            _placed_like(served, entry)
        entry = _listing(after, model, remedy=f"`tfs add --new-model {model} {version}` adds a model.")
        if version not in entry.model_version_policy.specific.versions:
            entry.model_version_policy.specific.versions.append(version)
        if label is not None:
            entry.version_labels[label] = version
        return after

    return Change(f"add {model} {version}" + (f" --label {label}" if label is not None else ""), step)


def promote(model: str, expected: int | None = None) -> Change:
    """Make test live and live retiring; what was retiring leaves with its version, unless another label needs it.

    With `expected`, only if that is the version under test.
    """

    def step(served: ModelServerConfig) -> ModelServerConfig:
        after = _copy(served)
        entry = _listing(after, model)
        labels = entry.version_labels
        tested = _labelled(entry, TEST, f"`tfs add {model} VERSION --label {TEST}` puts one under test.")
        if expected not in (None, tested):
            raise ChangeError(f"{model}: {TEST!r} is version {tested}, not {expected}. Look at it again first.")
        if labels.get(LIVE) == tested:
            raise ChangeError(f"{model}: version {tested} is {LIVE!r} already. Put another version under test first.")
        leaving = labels.get(RETIRING)
        del labels[TEST]
        if LIVE in labels:
            labels[RETIRING] = labels[LIVE]
        labels[LIVE] = tested
        if leaving is not None and leaving not in labels.values():
            entry.model_version_policy.specific.versions.remove(leaving)
        return after

    return Change(f"promote {model}", step)


def retire(model: str, version: int) -> Change:
    """Let a version go, with the labels test and retiring if they point to it; other labels hold it."""

    def step(served: ModelServerConfig) -> ModelServerConfig:
        after = _copy(served)
        entry = _listing(after, model)
        versions, labels = entry.model_version_policy.specific.versions, entry.version_labels
        if version not in versions:
            raise ChangeError(f"{model}: version {version} is not listed; {_some(versions)} are. Name one of these.")
        holding = [label for label, other in labels.items() if other == version and label not in (TEST, RETIRING)]
        if holding:
            raise ChangeError(
                f"{model}: version {version} is what clients get who ask for {_some(holding)}. Move the label to "
                f"another version first: `tfs promote {model}`, or `tfs add {model} VERSION --label {holding[0]}`."
            )
        if len(versions) == 1:
            raise ChangeError(
                f"{model}: version {version} is the only one, and a model without a version is unloaded. Add another "
                "one first, or remove the model from models.config."
            )
        versions.remove(version)
        for label in [label for label, other in labels.items() if other == version]:
            del labels[label]
        return after

    return Change(f"retire {model} {version}", step)


def roll_back(model: str) -> Change:
    """Swap live and retiring back; doing it again goes forward again."""

    def step(served: ModelServerConfig) -> ModelServerConfig:
        after = _copy(served)
        entry = _listing(after, model)
        back = _labelled(entry, RETIRING, "`tfs history` lists what was served, for `tfs rollback --to VERSION_ID`.")
        ahead = _labelled(entry, LIVE, f"`tfs add {model} {back} --label {LIVE}` sets it.")
        if back == ahead:
            raise ChangeError(f"{model}: {LIVE!r} and {RETIRING!r} are both version {back}. There is no way back.")
        entry.version_labels[LIVE], entry.version_labels[RETIRING] = back, ahead
        return after

    return Change(f"rollback {model}", step)


def restore(earlier: ModelServerConfig, version_id: str) -> Change:
    """Serve what an earlier config served; base paths stay as the later one has them."""

    def step(served: ModelServerConfig) -> ModelServerConfig:
        after = _copy(earlier)
        for entry in after.model_config_list.config:
            _placed_like(served, entry)
        return after

    return Change(f"rollback --to {version_id}", step)


def _copy(served: ModelServerConfig) -> ModelServerConfig:
    after = ModelServerConfig()
    after.CopyFrom(served)
    return after


def _find(served: ModelServerConfig, model: str) -> list[ModelConfig]:
    return [entry for entry in served.model_config_list.config if entry.name == model]


def _placed_like(served: ModelServerConfig, entry: ModelConfig) -> None:
    """Give a model the base path and platform it has, or would have, beside the others."""
    like = (_find(served, entry.name) or served.model_config_list.config)[0]
    base = like.base_path.rstrip("/").removesuffix(like.name)
    entry.base_path = f"{base}{entry.name}" if base else ""
    entry.model_platform = like.model_platform


def _listing(served: ModelServerConfig, model: str, remedy: str = "") -> ModelConfig:
    """Find a model that lists its versions one by one."""
    found = _find(served, model)
    if not found:
        names = [entry.name for entry in served.model_config_list.config]
        close = get_close_matches(model, names, n=1)
        meant = f" Perhaps {close[0]!r} was meant." if close else ""
        raise ChangeError(f"No model is named {model!r}; there are {_some(names)}.{meant} {remedy}".rstrip())
    if not found[0].model_version_policy.HasField("specific"):
        policy = found[0].model_version_policy.WhichOneof("policy_choice") or "latest"
        raise ChangeError(
            f"{model}: its policy is {policy!r}, with which machines take versions as they are published. Write "
            "'model_version_policy { specific { versions: ... } }' into models.config to choose them one by one."
        )
    return found[0]


def _labelled(entry: ModelConfig, label: str, remedy: str) -> int:
    if label not in entry.version_labels:
        known = f"it has {_some(sorted(entry.version_labels))}" if entry.version_labels else "it has no labels"
        raise ChangeError(f"{entry.name}: no version is labelled {label!r}; {known}. {remedy}")
    return entry.version_labels[label]


def _some(values: Iterable[object]) -> str:
    return ", ".join(repr(value) for value in values)
