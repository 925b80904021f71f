"""What there is to say of a machine: a row for each version, and why it is not ready."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from tfserving.agent import rollout
from tfserving.agent.rollout import Facts, Version, progress_of
from tfserving.agent.status import VersionStatus
from tfserving.protos.server_config_pb2 import ModelServerConfig


@dataclass(frozen=True, kw_only=True)
class Report:
    """Derived from the facts of one moment.

    `problems` are those of whole steps, `failures` those of versions; `not_started` is what kept the boot from starting
    the server, `silences` which of its APIs a server that was started does not answer on.
    """

    facts: Facts
    config: ModelServerConfig | None
    downloading: AbstractSet[Version]
    failures: Mapping[Version, str]
    problems: tuple[str, ...]
    not_started: tuple[str, ...]
    silences: tuple[str, ...]

    @cached_property
    def models(self) -> tuple[VersionStatus, ...]:
        """Give every version that is wanted, or still told."""
        versions = rollout.versions_of(self.facts.wanted if self.config else {}) | rollout.versions_of(self.facts.told)
        return tuple(self._row(version) for version in sorted(versions))

    @cached_property
    def ready(self) -> bool:
        """Tell whether exactly what models.config wants is served, under its labels."""
        told = {model: offer for model, offer in (self.facts.told or {}).items() if offer.versions}
        in_place = dict(self.facts.server.labels) == rollout.labels_of(self.facts.wanted)
        return (
            self.config is not None
            and not self._reasons
            and not self.not_started
            and told == self.facts.wanted
            and rollout.complete(self.facts)
            and in_place
        )

    @cached_property
    def serving(self) -> bool:
        """Tell whether the server answers for all that it has been brought to serve."""
        return rollout.serving(self.facts)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Say why the machine is not ready; empty if it is."""
        if self.not_started:
            return (*self.problems, *self.not_started)
        if self._reasons or self.ready:
            return self._reasons
        waiting = [row for row in self.models if row.waits_for]
        return tuple(f"{row.model}/{row.version}: {row.state}, waits for {row.waits_for}." for row in waiting) or (
            "The agent has not seen what models.config wants yet.",
        )

    @cached_property
    def _reasons(self) -> tuple[str, ...]:
        rows = [f"{row.model}/{row.version}: {row.error}" for row in self.models if row.error]
        refusal = self.facts.server.refusal
        refused = [f"The server refuses its config: {refusal}"] if refusal and not rows else []
        return (*self.problems, *self._stray_labels(), *self._empty_models(), *rows, *refused, *self.silences)

    def _row(self, version: Version) -> VersionStatus:
        model, number = version
        wanted = self.facts.wanted.get(model, rollout.Offer()).labels
        labels = tuple(sorted(label for label, led_to in wanted.items() if led_to == number))
        error = self.failures.get(version) or self.facts.server.errors.get(version, "")
        progress = progress_of(version, self.facts, downloading=self.downloading, failed=version in self.failures)
        return VersionStatus(model, number, labels, progress.state, error, progress.waits_for)

    def _stray_labels(self) -> tuple[str, ...]:
        if self.config is None or not set(rollout.names_of(self.config)) <= set(self.facts.wanted):
            return ()
        stray = rollout.stray_labels(self.config, self.facts.wanted)
        return tuple(
            f"{model}: the label {label!r} points to version {version}, which the model's version policy does not "
            "pick. It stays where it is."
            for (model, label), version in sorted(stray.items())
        )

    def _empty_models(self) -> tuple[str, ...]:
        if self.config is None or not rollout.versions_of(self.facts.wanted):
            return ()
        empty = sorted(model for model, offer in self.facts.wanted.items() if not offer.versions)
        return tuple(f"{model}: no version is in the store. Publish one with `tfs publish`." for model in empty)
