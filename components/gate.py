"""The update's end: it succeeds once every machine has reported that it serves what is wanted."""

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.fleet_reader import FleetReader
from tfserving.fleet import Outcome, Verdict, lines_of
from tfserving.fleet.unpublished import nothing_published
from tfserving.settings import UpdateSettings

LOOK_AGAIN_SECONDS: Final = 2.0
# A line that stays the same is said again so often, so that nobody takes a long download for a hang.
SAY_AGAIN_SECONDS: Final = 60.0
# The provider has retried before it gives up, so that AWS means what it says.
_MOST_FAILED_LOOKS: Final = 3


class NotServingError(pulumi.RunError):
    """The machines did not come to serve what is wanted in time; the text is what they say."""


@dataclass(frozen=True, kw_only=True)
class GateArgs:
    """Which machines have to serve, what has to be done before they are asked, and how long they may take."""

    update: UpdateSettings
    configs_bucket: pulumi.Input[str]
    instance_ids: Sequence[pulumi.Input[str]]
    config_versions: Mapping[str, pulumi.Input[str]]
    poll_seconds: int = 0
    """How long a server that reads S3 itself takes to look; agents look often enough not to be counted."""

    @property
    def longest_seconds(self) -> int:
        """Give the time after which the update fails."""
        return self.update.ready_seconds + self.poll_seconds


def wait_until_serving(args: GateArgs, server: pulumi.Resource) -> None:
    """Hold the update until every machine has reported the models.config that lies in S3 as served.

    It is a part of the program, not of a resource's life, and so asks in every update. The engine deletes what was
    replaced only after the program has ended well: a machine before its successor serves in none, neither in an
    update that fails here nor in the next one. An empty store ends in a warning that says what to publish.

    Ends the program with NotServingError once `longest_seconds` are over.
    """
    if not args.update.wait_until_ready or pulumi.runtime.is_dry_run():
        return
    known = pulumi.Output.all(
        bucket=args.configs_bucket, ids=list(args.instance_ids), versions=dict(args.config_versions)
    )

    def wait(values: dict[str, Any]) -> Awaitable[None]:
        reader = FleetReader(values["bucket"], values["ids"], server)
        return _Wait(reader, server, args.longest_seconds).until_ready()

    # Nothing uses what comes of it; the SDK waits for every output before the program has ended.
    _: pulumi.Output[None] = known.apply(wait)


class _Wait:
    """Looks, says what it sees, and ends."""

    def __init__(self, reader: FleetReader, server: pulumi.Resource, seconds: int) -> None:
        self._reader = reader
        self._server = server
        self._seconds = seconds
        self._began = time.monotonic()
        self._told: tuple[tuple[str, ...], float] = ((), 0.0)
        self._failed_looks = 0

    @property
    def _passed(self) -> float:
        return time.monotonic() - self._began

    async def until_ready(self) -> None:
        verdict = await self._look()
        if verdict.outcome is not Outcome.READY and (folders := await self._reader.empty_folders()):
            pulumi.log.warn(nothing_published(folders), resource=self._server)
            return
        while verdict.outcome is not Outcome.READY:
            self._say(verdict)
            if self._passed >= self._seconds:
                raise NotServingError(_failure(verdict, self._seconds))
            await asyncio.sleep(min(LOOK_AGAIN_SECONDS, max(self._seconds - self._passed, 0)))
            verdict = await self._look()
        pulumi.log.info(f"Every machine serves what models.config wants ({self._passed:.0f} s).", resource=self._server)

    async def _look(self) -> Verdict:
        while True:
            try:
                verdict = await self._reader.verdict()
            # The SDK raises what a provider says as a bare Exception.
            except Exception as error:
                self._failed_looks += 1
                if self._failed_looks == _MOST_FAILED_LOOKS:
                    raise NotServingError(f"Whether the machines serve cannot be read: {error}") from error
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
            else:
                self._failed_looks = 0
                return verdict

    def _say(self, verdict: Verdict) -> None:
        lines, (told, when) = lines_of(verdict), self._told
        if lines == told and self._passed - when < SAY_AGAIN_SECONDS:
            return
        self._told = (lines, self._passed)
        for line in lines:
            pulumi.log.info(f"{self._passed:.0f} s: {line}", resource=self._server)


def _failure(verdict: Verdict, seconds: int) -> str:
    return "\n  ".join(
        [
            f"The machines do not serve what models.config wants after {seconds} s (tfserving:readySeconds):",
            *verdict.reasons,
            "Nothing that served before was deleted. Mend the cause and run `pulumi up` again, which asks again.",
        ]
    )
