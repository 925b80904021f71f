"""The loop: look at S3, bring what is missing, tell the server one step at a time, watch it, say how it is."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tfserving.agent import disk, rollout
from tfserving.agent.boot_files import incomplete_versions, prove_boot_file, prove_each
from tfserving.agent.channel import expiry
from tfserving.agent.complaints import reasons_not_started, silences
from tfserving.agent.config_bucket import ConfigBucket, ConfigObject
from tfserving.agent.downloads import Downloads, Inline
from tfserving.agent.failures import explain
from tfserving.agent.log import log
from tfserving.agent.metrics import Metrics
from tfserving.agent.report import Report
from tfserving.agent.rollout import Facts, Label, Offer, ServerState, Version
from tfserving.agent.server import Server
from tfserving.agent.settings import AgentSettings
from tfserving.agent.shelf import Shelf
from tfserving.agent.status import Status, utc_now
from tfserving.agent.store import Store
from tfserving.agent.told import ToldFile
from tfserving.agent.watch import Watch
from tfserving.errors import ServerConfigError, TfServingError
from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs import check_models, parse_models

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG_FILE: Final = "models.config"
BOOT_FILES: Final = "boot files"


class Agent:
    """One machine's agent; `look` is one look at S3, `observe` one at the server, `status` what they found.

    What it keeps between two looks is only what a restart finds again: on disk, in S3, from the server.
    """

    def __init__(
        self,
        settings: AgentSettings,
        client: "S3Client",
        server: Server,
        instance_id: str,
        clock: Callable[[], float] = time.time,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        executor: Executor | None = None,
    ) -> None:
        self._settings = settings
        self._server = server
        self._clock = clock
        self._bucket = ConfigBucket(client, settings.config_bucket)
        self.status = Status(instance_id, problems=("The agent has just started.",))
        self.metrics = Metrics(lambda: self.status)
        self.metrics.watch_certificate(lambda: expiry(settings.tls))
        self._store = Store(client, settings.models_bucket, settings.models_folder, self.metrics.downloaded_bytes.inc)
        self._downloads = Downloads(self._store.fetch, executor or Inline(), self.metrics, monotonic)
        self._shelf = Shelf(settings.models_folder)
        self._told = ToldFile(settings.config_folder / CONFIG_FILE, settings.server_models)
        self._watch = Watch(monotonic)
        self._object: ConfigObject | None = None
        self._config: ModelServerConfig | None = None
        self._wanted: Mapping[str, Offer] = {}
        self._missing: frozenset[Version] = frozenset()
        self._monotonic = monotonic
        self._accepted_at: float | None = None
        self._labels: frozenset[Label] = frozenset()
        self._problems: dict[str, str] = {}

    def look(self) -> None:
        """Look at S3 and do what follows from it; whatever fails is reported and tried again with the next look."""
        self._attempt(BOOT_FILES, self._prove_boot_files)
        self._attempt("models.config", self._read_config)
        if self._config is not None:
            self._attempt("store", self._resolve)
        self.metrics.last_look.set(self._clock())
        self.observe()

    def observe(self) -> None:
        """Ask the server how far it is, and take the step that follows."""
        seen = ServerState()

        def ask() -> None:
            nonlocal seen
            seen = self._ask()

        self._attempt("download", self._download)
        if self._told.read() is None:
            # The first state is for a server that is not there to be asked.
            self._attempt("rollout", lambda: self._roll_out(seen))
        self._attempt("server", ask)
        self._attempt("rollout", lambda: self._roll_out(seen))
        self._attempt("start", self._let_the_server_start)
        self._attempt("status", lambda: self._publish(seen))
        if "status" in self._problems:
            self.status = replace(self.status, ready=False, problems=tuple(self._problems.values()))

    def write_status(self) -> bool:
        """Write the status object to the config bucket; tells whether it could."""
        self._attempt(
            "status object",
            lambda: self._bucket.write_status(self.status.instance_id, self.status.as_json(utc_now())),
        )
        return "status object" not in self._problems

    def _attempt(self, step: str, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:
            # Whatever it was, the machine goes on serving, so its agent has to go on, too.
            message = explain(error)
            if self._problems.get(step) != message:
                log("failed", step=step, error=message)
            self.metrics.failures.labels(step=step).inc()
            self._problems[step] = message
        else:
            self._problems.pop(step, None)

    def _prove_boot_files(self) -> None:
        prove_each(self._settings.boot_files, self._prove_boot_file)

    def _prove_boot_file(self, name: str, sha256: str) -> None:
        path = self._settings.config_folder / name
        if disk.sha256_of(path) == sha256:
            prove_boot_file(name, path.read_bytes(), sha256, str(path))
            return
        content = self._bucket.boot_file(name, sha256)
        prove_boot_file(name, content, sha256, f"s3://{self._settings.config_bucket}/configs/{name}")
        disk.replace_file(path, content)
        log("fetched", file=name)

    def _let_the_server_start(self) -> None:
        """Open the gate once everything the server will read is on the disk and whole, also if S3 is out of reach."""
        gate, config = self._settings.gate_file, self._settings.config_folder / CONFIG_FILE
        if gate.exists() or BOOT_FILES in self._problems or not config.exists():
            return
        if incomplete := list(incomplete_versions(config, self._settings.models_folder)):
            raise TfServingError(
                f"{config} offers {', '.join(incomplete)}, not whole on this disk; the server would hang."
            )
        disk.replace_file(gate, b"")

    def _read_config(self) -> None:
        found = self._bucket.models_config(self._object)
        if found is self._object:
            # What was wrong with it still is.
            if "models.config" in self._problems:
                raise TfServingError(self._problems["models.config"])
            return
        self._object = found
        origin = f"s3://{self._settings.config_bucket}/configs/{CONFIG_FILE}"
        if problems := check_models(found.text, origin, bucket=self._settings.models_bucket):
            raise ServerConfigError(problems)
        self._config = parse_models(found.text, origin)
        self._accepted_at = self._monotonic()
        log("accepted", config=found.version_id or found.etag)

    def _resolve(self) -> None:
        assert self._config is not None
        self._wanted = rollout.wanted_offers(self._config, self._store.published)
        absent = rollout.versions_of(self._wanted) - self._here()
        self._missing = frozenset(v for v in absent if not self._store.has(*v))
        self.metrics.failures.labels(step="download").inc(len(self._missing))
        if not rollout.versions_of(self._wanted):
            raise TfServingError("No wanted model has a version in the store. Publish one with `tfs publish`.")

    def _here(self) -> set[Version]:
        return self._shelf.versions()

    def _download(self) -> None:
        self._downloads.gather()
        wanted = rollout.versions_of(self._wanted)
        self._shelf.tidy(self._downloads.running)
        self._downloads.failures.keep(wanted)
        self._downloads.start(wanted - self._shelf.versions() - self._missing)
        self._downloads.gather()

    def _ask(self) -> ServerState:
        told = self._told.read()
        if told is None:
            return ServerState()
        # A label that was taken back is asked for until the server has followed.
        labels = {*rollout.labels_of(self._wanted), *rollout.labels_of(told), *self._labels}
        seen = self._server.observe(sorted({*self._wanted, *told}), sorted(labels))
        self._labels = frozenset(seen.labels)
        for version in sorted(rollout.versions_of(told) - self._shelf.proven()):
            if seen.loaded(*version):
                self._shelf.prove(version)
        for seconds in self._watch.see(seen, rollout.versions_of(told)):
            self.metrics.load_seconds.observe(seconds)
        return seen

    def _facts(self, server: ServerState) -> Facts:
        told = self._told.read()
        return Facts(
            # Until S3 has said what is wanted, it is what was wanted before the restart.
            wanted=self._wanted or told or {},
            told=told,
            on_disk=self._shelf.versions(),
            proven=self._shelf.proven(),
            held=self._watch.held(),
            server=server,
            patient=self._watch.patient,
        )

    def _roll_out(self, server: ServerState) -> None:
        facts = self._facts(server)
        offers = rollout.next_offers(facts)
        if offers is None or BOOT_FILES in self._problems:
            return
        if self._told.write(offers, alive=server.answers):
            if server.answers:
                self._server.reload(self._told.config(offers))
            self._watch.told(rollout.versions_of(offers) - rollout.versions_of(facts.told))
            log("offered", config=self._object.version_id if self._object else "")
        if self._watch.settled and "server" not in self._problems:
            for version in sorted(rollout.removable(replace(facts, told=offers)) if self._wanted else ()):
                self._shelf.remove(version)
                log("removed", model=version[0], version=version[1])

    def _publish(self, server: ServerState) -> None:
        facts = self._facts(server)
        told = facts.told is not None
        report = Report(
            facts=facts,
            config=self._config,
            downloading=self._downloads.running,
            failures={**_words(self._watch.failures), **_words(self._downloads.failures), **self._absences()},
            problems=tuple(problem for step, problem in self._problems.items() if step != "status"),
            not_started=tuple(reasons_not_started(self._settings)),
            silences=tuple(silences(self._settings, server)) if told else (),
        )
        ready = report.ready
        if ready and self._accepted_at is not None:
            seconds, self._accepted_at = self._monotonic() - self._accepted_at, None
            self.metrics.rollout_seconds.observe(seconds)
            log("ready", models=len(report.models), seconds=f"{seconds:.1f}")
        self.status = Status(
            self.status.instance_id, ready, report.lines, self._object, report.models, serving=report.serving
        )

    def _absences(self) -> dict[Version, str]:
        missing = self._missing - self._shelf.versions()
        return {version: self._store.absence(*version) for version in missing}


def _words(failures: rollout.Failures) -> dict[Version, str]:
    return {version: failure.words for version, failure in failures.known.items()}
