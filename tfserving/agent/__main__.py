"""Run the agent: `python -m tfserving.agent`, told everything by its environment."""

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from tfserving.agent.log import log
from tfserving.agent.settings import AgentSettings, read_settings
from tfserving.errors import SettingsError, TfServingError

if TYPE_CHECKING:
    from tfserving.agent.agent import Agent
    from tfserving.agent.status import Status

BAD_SETTINGS: Final = 2
HEARTBEAT_SECONDS: Final = 60.0
# While something is under way, the server is asked this often; S3 only at its period.
WATCH_SECONDS: Final = 0.5
# How late a server that has crashed is noticed on a machine that is ready.
REST_SECONDS: Final = 5.0
# S3 answers late or not at all on a bad day; the server is watched by the same thread.
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 20


def main() -> None:
    """Run until the machine stops."""
    # Every state on disk is one to go on from, so there is nothing to wait for.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    try:
        settings = read_settings(os.environ)
        agent = _agent(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(BAD_SETTINGS)
    except TfServingError as error:
        log("failed", step="start", error=error)
        sys.exit(1)
    Loop(agent, settings).run()


class Loop:
    """Looks at S3 at its period, watches the server in between, reports each change and a heartbeat."""

    def __init__(self, agent: "Agent", settings: AgentSettings, clock: Any = time) -> None:
        self._agent = agent
        self._period = settings.poll_seconds
        self._clock = clock
        self._reported: Status | None = None
        self._reported_at = float("-inf")
        self._refused_at = float("-inf")

    def run(self) -> None:
        """Run for ever."""
        while True:
            began = self._clock.monotonic()
            self._agent.look()
            self.report()
            while (left := began + self._period - self._clock.monotonic()) > 0:
                self._clock.sleep(min(left, REST_SECONDS if self._agent.status.ready else WATCH_SECONDS))
                self._agent.observe()
                self.report()

    def report(self) -> None:
        """Write the status object if anything changed, or the last one is a minute old."""
        status, now = self._agent.status, self._clock.monotonic()
        fresh = status == self._reported and now - self._reported_at < HEARTBEAT_SECONDS
        if fresh or now - self._refused_at < REST_SECONDS:
            return
        if self._agent.write_status():
            self._reported, self._reported_at = status, now
        else:
            self._refused_at = now


def _agent(settings: AgentSettings) -> "Agent":
    # These take a second; a mistake in the environment is told before.
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    from botocore.config import Config

    from tfserving.agent.agent import Agent
    from tfserving.agent.downloads import WORKERS
    from tfserving.agent.endpoints import serve
    from tfserving.agent.identity import instance_id
    from tfserving.agent.native import NativeAgent
    from tfserving.agent.server import Server

    config = Config(
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        # Several versions at once have all their workers connected; one more would connect anew for each request.
        max_pool_connections=32,
        # Every file is held against its manifest's sha256: no second checksum is needed.
        response_checksum_validation="when_required",
    )
    client = boto3.client("s3", region_name=settings.region, config=config)
    kind = NativeAgent if settings.native else Agent
    downloads = ThreadPoolExecutor(WORKERS, thread_name_prefix="download")
    server = Server(settings.server, settings.rest, settings.tls)
    agent = kind(settings, client, server, instance_id(), executor=downloads)
    serve(settings.port, lambda: agent.status, agent.metrics)
    log("started", instance=agent.status.instance_id, config=settings.config_bucket, models=settings.models_bucket)
    return agent


if __name__ == "__main__":
    main()
