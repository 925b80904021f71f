"""The agent beside a server that reads S3 itself."""

from collections.abc import Mapping
from typing import Any

from tfserving.agent import disk, rollout
from tfserving.agent.agent import Agent
from tfserving.agent.log import log
from tfserving.agent.rollout import Facts, Offer, ServerState, Version


class NativeAgent(Agent):
    """Downloads nothing: it holds the server back until the store has what it wants, and tells how far it is.

    A server that starts before waits for the missing version, and looks again only at its next poll, an hour later.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._offered: Mapping[str, Offer] | None = None

    def _fetch_boot_files(self) -> None:
        """The server reads them from S3."""

    def _download(self) -> None:
        """The server does."""

    def _ask(self) -> ServerState:
        if self._offered is None:
            return ServerState()
        return self._server.observe(sorted(self._wanted), sorted(rollout.labels_of(self._wanted)))

    def _facts(self, server: ServerState) -> Facts:
        offered = rollout.versions_of(self._offered)
        # A version that the server was offered stays what it is: published versions never change.
        in_store = rollout.versions_of(self._wanted) - (self._missing - offered)
        told = self._offered
        return Facts(wanted=self._wanted, told=told, on_disk=in_store, proven=offered, server=server)

    def _roll_out(self, server: ServerState) -> None:
        wanted = rollout.versions_of(self._wanted)
        if wanted and not self._missing & wanted:
            self._open_the_gate()
            self._offered = self._wanted

    def _open_the_gate(self) -> None:
        # The container's health check looks for this file, and the server waits for the container's health.
        if self._object and not self._told.path.exists():
            disk.replace_file(self._told.path, self._object.text.encode())
            log("offered", config=self._object.version_id)

    def _here(self) -> set[Version]:
        return rollout.versions_of(self._offered)

    def _absences(self) -> dict[Version, str]:
        return dict.fromkeys(self._missing, "is not in the store. Publish it with `tfs publish`.")
