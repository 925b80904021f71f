"""Publishing: a number reserved first, then files, the manifest last."""

from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfserving.errors import Problem
from tfserving.model_store.committing import complete, version_problems
from tfserving.model_store.conditions import is_absent
from tfserving.model_store.facts import Facts, Ledger, NoLedger
from tfserving.model_store.layout import MAX_VERSION, bucket_mistake, version_prefix
from tfserving.model_store.leftovers import clear
from tfserving.model_store.manifest import Manifest, digest_of
from tfserving.model_store.reading import is_complete, list_uploads, read_manifest
from tfserving.model_store.reservation import Held, new_reservation, read_reservation, release, reserve
from tfserving.model_store.saved_model import SERVE, folder_problems, read_signatures
from tfserving.model_store.saved_model.warmup import RECORDS
from tfserving.model_store.sources import PublishError as PublishError
from tfserving.model_store.sources import Source, demand_short, read_sources
from tfserving.model_store.stored import stored_files, stored_sha256
from tfserving.model_store.uploading import Progress, upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# An interrupted upload is among the newest; each costs a request to look at.
_LOOKED_BACK: Final = 20
_ROUNDS: Final = 5


class TakenError(PublishError):
    """A version is somebody else's, or published already."""


def publish(
    client: "S3Client",
    bucket: str,
    model: str,
    version: int | None,
    folder: Path,
    progress: Progress = lambda done, total: None,
    tags: Collection[str] = SERVE,
    *,
    ledger: Ledger | None = None,
    publisher: str = "",
    note: str = "",
    warmup: Path | None = None,
) -> int:
    """Publish a folder as a version of a model, the next one if none is named; gives the version.

    `progress` is told the bytes that are up and the bytes of all; `tags` are those by which servers choose the graph;
    `ledger` is where the steps are written down; `warmup` is a file of warm-up records for a folder that has none
    (see `tfserving.warmup`). Raises PublishError if the folder is no SavedModel that servers can
    load, a name does not fit, a file changes meanwhile, or the version is another's: published, or reserved for another
    content. What an interrupted run left is finished by a run with the same content, which takes the same number.
    """
    problems = folder_problems(folder, tags)
    if mistake := bucket_mistake(bucket):
        problems.append(Problem("bucket", mistake))
    problems += version_problems(model, version)
    if problems:
        raise PublishError(problems)
    sources = read_sources(folder, {RECORDS: warmup} if warmup else {})
    manifest = Manifest(tuple(source.entry for source in sources))
    facts = Facts(
        digest_of(manifest), manifest.size, len(sources), read_signatures(folder, tags), publisher=publisher, note=note
    )
    run = _Run(client, bucket, model, sources, manifest, facts, ledger or NoLedger(), progress)
    return run.publish(version)


@dataclass
class _Run:
    """One publication of one content."""

    client: "S3Client"
    bucket: str
    model: str
    sources: list[Source]
    manifest: Manifest
    facts: Facts
    ledger: Ledger
    progress: Progress
    _done: int = field(default=0, init=False)

    def publish(self, version: int | None) -> int:
        """Publish as a version, or as the first that is free."""
        if version is not None:
            self._publish_as(version)
            return version
        for number in self._candidates():
            try:
                self._publish_as(number)
            except TakenError:
                continue
            return number
        raise AssertionError("there is always a next number or an error")

    def _candidates(self) -> Iterator[int]:
        """Give the numbers to try: what an earlier run of the same content left, then each that follows the highest."""
        uploads = list_uploads(self.client, self.bucket, self.model)
        for number in reversed(uploads[-_LOOKED_BACK:]):
            held = read_reservation(self.client, self.bucket, self.model, number)
            if held and held.reservation.digest == self.facts.digest:
                yield number
        highest = uploads[-1] if uploads else -1
        while True:
            highest = max(highest, *list_uploads(self.client, self.bucket, self.model), -1)
            if highest == MAX_VERSION:
                message = f"has the highest version there can be, {MAX_VERSION}. Name a lower one."
                raise PublishError([Problem(self.model, message)])
            highest += 1
            yield highest

    def _publish_as(self, version: int) -> None:
        demand_short(self.sources, version_prefix(self.model, version))
        held = self._reserved(version)
        if not is_complete(self.client, self.bucket, self.model, version):
            self._fill(version, held)
            self.ledger.uploaded(self.model, version, self.facts)
            if not complete(self.client, self.bucket, self.model, version, self.manifest):
                # Whoever was quicker may still need the reservation, to finish after a crash.
                message = "was published by somebody else at the same time. Publish this one under another number."
                raise TakenError([Problem(f"{self.model}/{version}", message)])
        # Again, for what somebody cleaned away who took the upload for dead.
        self._upload(version, {file.path for file in stored_files(self.client, self.bucket, self.model, version)})
        self.ledger.complete(self.model, version, self.facts)
        release(self.client, self.bucket, self.model, version, held)

    def _reserved(self, version: int) -> Held:
        earlier = read_reservation(self.client, self.bucket, self.model, version)
        ours = earlier is not None and earlier.reservation.digest == self.facts.digest
        # Before anything is written: a version that is complete is not touched by a mistake in its number.
        if is_complete(self.client, self.bucket, self.model, version) and not ours:
            raise self._is_published(version)
        wanted = new_reservation(self.facts.digest, self.facts.publisher)
        held = reserve(self.client, self.bucket, self.model, version, wanted)
        if held.reservation.digest != self.facts.digest:
            raise self._is_reserved(version, held)
        # Again: whoever was about to finish before has released it only then.
        if not self._may_finish(version) or not self.ledger.reserve(self.model, version, self.facts):
            release(self.client, self.bucket, self.model, version, held)
            raise self._is_published(version)
        return held

    def _may_finish(self, version: int) -> bool:
        """Tell whether a version is not complete, or was completed with this content by a run that then stopped."""
        found = read_manifest(self.client, self.bucket, self.model, version)
        return found is None or digest_of(found) == self.facts.digest

    def _is_published(self, version: int) -> TakenError:
        return self._taken(version, "is in the store already, and a published version never changes.")

    def _is_reserved(self, version: int, held: Held) -> TakenError:
        since = f"since {held.reservation.time} by {held.reservation.publisher or 'somebody'}"
        if held.reservation.given_up:
            return self._taken(version, f"was begun with another content, reserved {since}, and given up.")
        return self._taken(version, f"is reserved for another content, {since}; the same content would finish it.")

    def _taken(self, version: int, message: str) -> TakenError:
        highest = max(list_uploads(self.client, self.bucket, self.model), default=version)
        remedy = f" Publish as {highest + 1}." if highest < MAX_VERSION else " Publish under a number that is free."
        return TakenError([Problem(f"{self.model}/{version}", message + remedy)])

    def _fill(self, version: int, held: Held) -> None:
        try:
            there = clear(self.client, self.bucket, self.model, version, self.manifest)
        except PublishError:
            release(self.client, self.bucket, self.model, version, held)
            raise
        self._tell(sum(source.entry.size for source in self.sources if source.entry.path in there))
        self._upload(version, there)

    def _upload(self, version: int, there: Set[str]) -> None:
        missing = [source for source in self.sources if source.entry.path not in there]
        prefix = version_prefix(self.model, version)
        for _ in range(_ROUNDS):
            held = upload(self.client, self.bucket, prefix, missing, self._tell)
            missing = [source for source in held if not self._is_there(f"{prefix}{source.entry.path}", source)]
            if not missing:
                return
        message = "is being written by somebody else all the time. Publish it again."
        raise PublishError(Problem(f"s3://{self.bucket}/{prefix}{source.entry.path}", message) for source in missing)

    def _is_there(self, key: str, source: Source) -> bool:
        """Tell whether a key holds a file's content; raises PublishError if somebody wrote another meanwhile."""
        from botocore.exceptions import ClientError

        try:
            sha256 = stored_sha256(self.client, self.bucket, key)
        except ClientError as error:
            # S3 refuses the one of two writes at once, and the other may have failed.
            if is_absent(error):
                return False
            raise
        if sha256 != source.entry.sha256:
            message = "was written by somebody else meanwhile, with another content. Publish under another number."
            raise PublishError([Problem(f"s3://{self.bucket}/{key}", message)])
        self._tell(source.entry.size)
        return True

    def _tell(self, count: int) -> None:
        self._done += count
        self.progress(self._done, self.manifest.size)
