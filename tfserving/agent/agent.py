"""The loop: look at S3, bring what is missing, tell the server, watch it, say how it is."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tfserving.agent import disk, rollout
from tfserving.agent.boot_files import incomplete_versions, prove_boot_file, prove_each
from tfserving.agent.channel import expiry
from tfserving.agent.complaints import reasons_not_started, silences
from tfserving.agent.config_bucket import ConfigBucket, ConfigObject
from tfserving.agent.failures import explain
from tfserving.agent.log import log
from tfserving.agent.metrics import Metrics
from tfserving.agent.mirror import Mirror
from tfserving.agent.rollout import Plan, ServerState, Version
from tfserving.agent.server import Server
from tfserving.agent.settings import AgentSettings
from tfserving.agent.status import Status, VersionStatus, utc_now
from tfserving.errors import ServerConfigError, TfServingError
from tfserving.model_store.reading import list_versions
from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs import check_models, local_models_config, parse_models

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG_FILE: Final = "models.config"
BOOT_FILES: Final = "boot files"


class Agent:
    """One machine's agent; `look` is one round, `status` what it found."""

    def __init__(
        self,
        settings: AgentSettings,
        client: "S3Client",
        server: Server,
        instance_id: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._client = client
        self._server = server
        self._clock = clock
        self._bucket = ConfigBucket(client, settings.config_bucket)
        self.status = Status(instance_id, problems=("The agent has just started.",))
        self.metrics = Metrics(lambda: self.status)
        self.metrics.watch_certificate(lambda: expiry(settings.tls))
        self._mirror = Mirror(client, settings.models_bucket, settings.models_folder, self.metrics.downloaded_bytes.inc)
        self._object: ConfigObject | None = None
        self._config: ModelServerConfig | None = None
        self._wanted: Mapping[str, tuple[int, ...]] = {}
        self._downloading: Version | None = None
        self._offered: frozenset[Version] = frozenset()
        self._errors: dict[Version, str] = {}
        self._problems: dict[str, str] = {}

    def look(self) -> None:
        """Look at S3 and do what follows from it; whatever fails is reported and tried again with the next look."""
        self._attempt(BOOT_FILES, self._prove_boot_files)
        self._attempt("models.config", self._read_config)
        if self._config is not None:
            self._attempt("store", self._resolve)
            self._attempt("rollout", self._roll_out)
        self._attempt("start", self._let_the_server_start)
        self.metrics.last_look.set(self._clock())
        self.observe()

    def observe(self) -> None:
        """Ask the server how far it is."""
        labels = rollout.wanted_labels(self._config) if self._config else {}
        seen = ServerState()

        def ask() -> None:
            nonlocal seen
            seen = self._server.observe(list(self._wanted), list(labels))

        if self._offered:
            self._attempt("server", ask)
        self._attempt("status", lambda: self._publish(seen, labels))
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
        self._errors.clear()
        log("accepted", config=found.version_id or found.etag)

    def _resolve(self) -> None:
        assert self._config is not None
        bucket = self._settings.models_bucket
        self._wanted = rollout.wanted_versions(self._config, lambda model: list_versions(self._client, bucket, model))

    def _roll_out(self) -> None:
        plan = self._plan()
        for version in plan.download:
            self._download(version)
        if BOOT_FILES not in self._problems and self._plan().write_config:
            self._write_config()

    def _plan(self) -> Plan:
        on_disk = self._on_disk()
        return rollout.plan(
            [(model, version) for model, versions in self._wanted.items() for version in versions], on_disk
        )

    def _on_disk(self) -> set[Version]:
        folder = self._settings.models_folder
        return {(model, version) for model in self._wanted for version in disk.complete_versions(folder, model)}

    def _download(self, version: Version) -> None:
        self._downloading = version
        self._publish(ServerState(), {})
        began = self._clock()
        try:
            manifest = self._mirror.fetch(*version)
        except Exception as error:
            # One version that cannot be had must not keep the others from being downloaded.
            message = explain(error)
            if self._errors.get(version) != message:
                log("failed", model=version[0], version=version[1], error=message)
            self.metrics.failures.labels(step="download").inc()
            self._errors[version] = message
        else:
            seconds = self._clock() - began
            self.metrics.download_seconds.inc(max(0.0, seconds))
            self._errors.pop(version, None)
            log("on disk", model=version[0], version=version[1], bytes=manifest.size, seconds=f"{seconds:.1f}")
        finally:
            self._downloading = None

    def _write_config(self) -> None:
        assert self._config is not None
        if not any(self._wanted.values()):
            raise TfServingError("No wanted model has a version in the store. Publish one with `tfs publish`.")
        text = local_models_config(self._config, self._wanted, self._settings.server_models).encode()
        path = self._settings.config_folder / CONFIG_FILE
        if not path.exists() or path.read_bytes() != text:
            disk.replace_file(path, text)
            log("offered", config=self._object.version_id if self._object else "")
        self._offered = frozenset((model, version) for model, versions in self._wanted.items() for version in versions)

    def _publish(self, server: ServerState, labels: Mapping[tuple[str, str], int]) -> None:
        models = tuple(self._version_statuses(server, labels))
        problems = tuple(self._all_problems(server, models))
        done = all(version.state in (rollout.AVAILABLE, rollout.LABELLED) for version in models)
        in_place = all(server.labels.get(label) == version for label, version in labels.items())
        ready = bool(models) and done and in_place and not problems
        if ready and not self.status.ready:
            log("ready", models=len(models))
        self.status = Status(self.status.instance_id, ready, problems, self._object, models)

    def _version_statuses(self, server: ServerState, labels: Mapping[tuple[str, str], int]) -> list[VersionStatus]:
        on_disk = self._on_disk()
        return [
            self._version_status((model, version), on_disk, server, labels)
            for model, versions in sorted(self._wanted.items())
            for version in versions
        ]

    def _version_status(
        self,
        version: Version,
        on_disk: set[Version],
        server: ServerState,
        labels: Mapping[tuple[str, str], int],
    ) -> VersionStatus:
        own = tuple(label for (model, label), number in sorted(labels.items()) if (model, number) == version)
        state = rollout.state_of(
            version,
            on_disk=version in on_disk,
            offered=version in self._offered,
            labels=own,
            server=server,
        )
        error = self._errors.get(version) or server.errors.get(version, "")
        if version in self._errors:
            state = rollout.FAILED
        if version == self._downloading:
            state = rollout.DOWNLOADING
        return VersionStatus(*version, own, state, error)

    def _all_problems(self, server: ServerState, models: tuple[VersionStatus, ...]) -> list[str]:
        # Whoever gets here is putting the status together, whatever kept the last one from it.
        problems = [problem for step, problem in self._problems.items() if step != "status"]
        if reasons := list(reasons_not_started(self._settings)):
            return [*problems, *reasons]
        problems += [f"{version.model}/{version.version}: {version.error}" for version in models if version.error]
        if self._offered and self._downloading is None:
            problems += silences(self._settings, server)
        return problems
