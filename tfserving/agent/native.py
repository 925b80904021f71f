"""The agent beside a server that reads S3 itself."""

from collections.abc import Mapping
from typing import Any

from tfserving.agent import disk, rollout
from tfserving.agent.agent import BOOT_FILES, Agent
from tfserving.agent.boot_files import prove_boot_file
from tfserving.agent.log import log
from tfserving.agent.rollout import Facts, Offer, ServerState, Version


class NativeAgent(Agent):
    """Downloads nothing: it holds the server back until the store has what it wants, and tells how far it is.

    A server that starts before waits for the missing version, and looks again only at its next poll, an hour later.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._offered: Mapping[str, Offer] | None = None

    def _prove_boot_file(self, name: str, sha256: str) -> None:
        # The server reads the newest version of each file, when it starts; what comes later is for another machine.
        if not self._settings.gate_file.exists():
            origin = f"s3://{self._settings.config_bucket}/configs/{name}"
            prove_boot_file(name, self._bucket.newest(name), sha256, origin)

    def _download(self) -> None:
        """The server does."""

    def _ask(self) -> ServerState:
        if self._offered is None:
            return ServerState()
        return self._server.observe(sorted(self._wanted), sorted(rollout.labels_of(self._wanted)))

    def _facts(self, server: ServerState) -> Facts:
        offered = rollout.versions_of(self._offered)
        in_store = rollout.versions_of(self._wanted) - (self._missing - offered)
        return Facts(wanted=self._wanted, told=self._offered, on_disk=in_store, proven=offered, server=server)

    def _roll_out(self, server: ServerState) -> None:
        wanted = rollout.versions_of(self._wanted)
        if wanted and not self._missing & wanted:
            self._offered = self._wanted

    def _let_the_server_start(self) -> None:
        gate = self._settings.gate_file
        if self._offered and self._object and BOOT_FILES not in self._problems and not gate.exists():
            disk.replace_file(self._told.path, self._object.text.encode())
            disk.replace_file(gate, b"")
            log("offered", config=self._object.version_id)

    def _here(self) -> set[Version]:
        # A version that the server was offered stays what it is: published versions never change.
        return rollout.versions_of(self._offered)

    def _absences(self) -> dict[Version, str]:
        return dict.fromkeys(self._missing, "is not in the store. Publish it with `tfs publish`.")
