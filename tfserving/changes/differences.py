"""What one models.config serves and another does not."""

from collections.abc import Iterator
from dataclasses import dataclass

from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs.rewriting import served


@dataclass(frozen=True)
class Difference:
    """One difference: the model, what became of what, and the versions it concerns.

    `what` is 'model', 'version', 'label' or 'other fields'; `how` is 'added', 'removed', 'moved' or 'changed'. `was` is
    the version that a label pointed to before.
    """

    model: str
    what: str
    how: str
    version: int | None = None
    label: str | None = None
    was: int | None = None

    def __str__(self) -> str:
        if self.what == "version":
            return f"{self.model}: version {self.version} {self.how}"
        if self.what != "label":
            return f"{self.model}: {self.what} {self.how}"
        to = {"moved": f"moved from {self.was} to {self.version}", "added": f"added at {self.version}"}
        return f"{self.model}: label {self.label} {to.get(self.how, f'removed from {self.was}')}"

    def as_json(self) -> dict[str, object]:
        """Give the difference for JSON, without what does not concern it."""
        return {name: value for name, value in vars(self).items() if value is not None}


def differences(before: ModelServerConfig, after: ModelServerConfig) -> list[Difference]:
    """List what differs between two configs, whatever their order and base paths, model by model."""
    return list(_differences(before, after))


def _differences(before: ModelServerConfig, after: ModelServerConfig) -> Iterator[Difference]:
    olds, news = served(_placeless(before)), served(_placeless(after))
    for model in sorted(olds.keys() - news.keys()):
        yield Difference(model, "model", "removed")
    for model, (others, versions, labels) in news.items():
        if model not in olds:
            yield Difference(model, "model", "added")
        old_others, old_versions, old_labels = olds.get(model, (others, frozenset(), {}))
        if others != old_others:
            yield Difference(model, "other fields", "changed")
        yield from (Difference(model, "version", "added", each) for each in sorted(versions - old_versions))
        yield from _of_labels(model, old_labels, labels)
        yield from (Difference(model, "version", "removed", each) for each in sorted(old_versions - versions))


def _of_labels(model: str, before: dict[str, int], after: dict[str, int]) -> Iterator[Difference]:
    for label in sorted(before.keys() | after.keys()):
        old, new = before.get(label), after.get(label)
        if old != new:
            how = "added" if old is None else "removed" if new is None else "moved"
            yield Difference(model, "label", how, new, label, old)


def _placeless(config: ModelServerConfig) -> ModelServerConfig:
    placeless = ModelServerConfig()
    placeless.CopyFrom(config)
    for model in placeless.model_config_list.config:
        model.ClearField("base_path")
        model.ClearField("model_platform")
    return placeless
