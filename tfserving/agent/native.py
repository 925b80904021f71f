"""The agent beside a server that reads S3 itself."""

from collections.abc import Iterator

from tfserving.agent import disk
from tfserving.agent.agent import BOOT_FILES, CONFIG_FILE, Agent
from tfserving.agent.boot_files import prove_boot_file
from tfserving.agent.log import log
from tfserving.agent.rollout import Version
from tfserving.errors import TfServingError
from tfserving.model_store.reading import is_complete


class NativeAgent(Agent):
    """Downloads nothing: it holds the server back until the store has what it wants, and tells how far it is.

    A server that starts before waits for the missing version, and looks again only at its next poll, an hour later.
    """

    def _prove_boot_file(self, name: str, sha256: str) -> None:
        # The server reads the newest version of each file, when it starts; what comes later is for another machine.
        if not self._settings.gate_file.exists():
            origin = f"s3://{self._settings.config_bucket}/configs/{name}"
            prove_boot_file(name, self._bucket.newest(name), sha256, origin)

    def _roll_out(self) -> None:
        wanted = frozenset(self._wanted_versions())
        in_store = self._on_disk()
        self._errors = {version: "is not in the store. Publish it with `tfs publish`." for version in wanted - in_store}
        if not wanted:
            raise TfServingError("No wanted model has a version in the store. Publish one with `tfs publish`.")
        if not self._errors:
            self._offered = wanted

    def _let_the_server_start(self) -> None:
        gate = self._settings.gate_file
        if self._offered and self._object and BOOT_FILES not in self._problems and not gate.exists():
            disk.replace_file(self._settings.config_folder / CONFIG_FILE, self._object.text.encode())
            disk.replace_file(gate, b"")
            log("offered", config=self._object.version_id)

    def _on_disk(self) -> set[Version]:
        bucket = self._settings.models_bucket
        # A version that the server was offered stays what it is: published versions never change.
        known = self._offered & set(self._wanted_versions())
        return {v for v in self._wanted_versions() if v in known or is_complete(self._client, bucket, *v)}

    def _wanted_versions(self) -> Iterator[Version]:
        return ((model, version) for model, versions in self._wanted.items() for version in versions)
