"""A fleet as S3 knows it, asked through the AWS provider and so with the stack's own credentials."""

import dataclasses
import datetime
import email.utils
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

import pulumi

from tfserving.fleet import (
    MODELS_KEY,
    STATUS_PREFIX,
    Config,
    Machine,
    Report,
    Verdict,
    Wanted,
    judge,
    parse_report,
    status_key,
)
from tfserving.fleet.unpublished import ModelFolder, model_folders

# Machines that are gone leave their status objects behind.
_ALL: Final = 100_000
_OBJECT: Final = "aws:s3/getObject:getObject"
_KEYS: Final = "aws:s3/getObjects:getObjects"


class FleetReader:
    """Judges the machines of a stack by what lies in its config bucket."""

    def __init__(self, bucket: str, instance_ids: Sequence[str], parent: pulumi.Resource) -> None:
        self._bucket = bucket
        self._machines = tuple(map(Machine, instance_ids))
        # Of the SDK's version, or the engine would make another default provider for it.
        self._options = pulumi.InvokeOptions(parent=parent, version=version("pulumi_aws"))
        self._first_seen: dict[str, str] = {}
        self._models_config = ""

    async def verdict(self) -> Verdict:
        """Look once; raises a bare Exception with what AWS said, as the SDK does."""
        config = await self._ask(_OBJECT, bucket=self._bucket, key=MODELS_KEY)
        self._models_config = config["body"]
        now = datetime.datetime.now(tz=datetime.UTC)
        reports = {report.instance_id: self._dated(report, now) for report in await self._reports()}
        return judge(Wanted(Config(config.get("versionId", ""), config["etag"]), self._machines), reports, now)

    async def empty_folders(self) -> tuple[ModelFolder, ...]:
        """Give the places of the models that the last look saw wanted, if not one of them is known to hold anything."""
        try:
            folders = model_folders(self._models_config)
            found = [await self._keys(folder.bucket, folder.prefix, 1) for folder in folders]
        # Whoever writes models.config by other means may have broken it or named a bucket that others own, and the SDK
        # raises what AWS says as a bare Exception; the machines then say in their own words what is wrong.
        except Exception:
            return ()
        return () if any(found) else folders

    async def _reports(self) -> list[Report]:
        wanted = {status_key(machine.instance_id) for machine in self._machines}
        # Asked for first, because a function that finds nothing fails.
        found = wanted.intersection(await self._keys(self._bucket, STATUS_PREFIX, _ALL))
        return [report for key in sorted(found) if (report := await self._report(key))]

    async def _report(self, key: str) -> Report | None:
        found = await self._ask(_OBJECT, bucket=self._bucket, key=key)
        try:
            return parse_report(key, found["body"], email.utils.parsedate_to_datetime(found["lastModified"]))
        except ValueError:
            return None

    def _dated(self, report: Report, now: datetime.datetime) -> Report:
        # A machine that reports while one waits is there, however far this computer's clock is from S3's.
        first = self._first_seen.setdefault(report.instance_id, report.updated_at)
        return report if report.updated_at == first else dataclasses.replace(report, written=now)

    async def _keys(self, bucket: str, prefix: str, most: int) -> list[str]:
        return list((await self._ask(_KEYS, bucket=bucket, prefix=prefix, maxKeys=most)).get("keys") or ())

    async def _ask(self, function: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await pulumi.runtime.invoke_async(function, arguments, self._options)
        return answer
