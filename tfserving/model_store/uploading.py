"""Sending files to keys at which nothing is yet: small ones whole, large ones in parts, side by side."""

import base64
import contextlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tfserving.model_store.pipeline import in_order
from tfserving.model_store.sources import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Progress = Callable[[int, int], None]

WORKERS: Final = 8
# Up to here one request is quicker than the three or more that parts take.
WHOLE_BYTES: Final = 16 << 20
PART_BYTES: Final = 8 << 20
# What is read and not sent yet; a part that is larger than all of it goes alone.
BUDGET_BYTES: Final = 96 << 20
# S3's own limit for one file.
_MOST_PARTS: Final = 10_000
# Something is at the key; or is just being put there by somebody else.
_TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@dataclass
class _Upload:
    """A file on its way; without an id it goes in one request."""

    source: Source
    key: str
    id: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Part:
    upload: _Upload
    number: int
    offset: int
    length: int

    @property
    def is_last(self) -> bool:
        return self.offset + self.length == self.upload.source.entry.size


def upload(
    client: "S3Client", bucket: str, prefix: str, sources: Sequence[Source], progress: Callable[[int], None]
) -> list[Source]:
    """Upload files below a prefix, each under its path; gives those at whose key there was something already.

    `progress` is told the bytes that went up since. S3 holds every request's bytes against a checksum: the sha256 of a
    small file, the CRC-32 of each part of a large one. At most 96 MiB are in memory at once, or one part of a file
    above 960 GB. Raises PublishError for a file that changes meanwhile; parts of a file that was not finished are
    removed.
    """
    sending = _Sending(client, bucket)
    taken = []
    try:
        with ThreadPoolExecutor(WORKERS) as workers:
            parts = sending.parts(prefix, sources)
            for part, free in in_order(workers, sending.send, parts, lambda part: part.length, BUDGET_BYTES):
                if free and part.is_last:
                    free = sending.finish(part.upload)
                if free:
                    progress(part.length)
                else:
                    taken.append(part.upload.source)
    except BaseException as error:
        sending.abort()
        # What S3 or the disk says of a file that changes is not what helps.
        if isinstance(error, Exception):
            _demand_unchanged(sources, error)
        raise
    _demand_unchanged(sources)
    return taken


class _Sending:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._begun: list[_Upload] = []

    def parts(self, prefix: str, sources: Sequence[Source]) -> Iterator[_Part]:
        for source in sources:
            size = source.entry.size
            upload = _Upload(source, f"{prefix}{source.entry.path}")
            if size <= WHOLE_BYTES:
                yield _Part(upload, 1, 0, size)
                continue
            self._begin(upload)
            each = part_bytes(size)
            for number, offset in enumerate(range(0, size, each), 1):
                yield _Part(upload, number, offset, min(each, size - offset))

    def send(self, part: _Part) -> tuple[_Part, bool]:
        upload, content = part.upload, part.upload.source.read(part.offset, part.length)
        place = {"Bucket": self._bucket, "Key": upload.key}
        if not upload.id:
            checksum = _base64(bytes.fromhex(upload.source.entry.sha256))
            put = self._client.put_object
            return part, _unless_taken(put, **place, Body=content, ChecksumSHA256=checksum, IfNoneMatch="*")
        checksum = _base64(zlib.crc32(content).to_bytes(4, "big"))
        sent = self._client.upload_part(
            Bucket=self._bucket,
            Key=upload.key,
            UploadId=upload.id,
            PartNumber=part.number,
            Body=content,
            ChecksumCRC32=checksum,
        )
        upload.parts.append({"PartNumber": part.number, "ETag": sent["ETag"], "ChecksumCRC32": checksum})
        return part, True

    def finish(self, upload: _Upload) -> bool:
        """Make a file of its parts; tells whether nothing was at its key."""
        if not upload.id:
            return True
        if upload.source.is_changed():
            # What has gone up is then not what the entry says, and a file that is there can never be taken back.
            raise upload.source.changed()
        # Parts are sent side by side, and have to be listed in order.
        listed = {"Parts": sorted(upload.parts, key=lambda part: part["PartNumber"])}
        place = {"Bucket": self._bucket, "Key": upload.key, "UploadId": upload.id}
        complete = self._client.complete_multipart_upload
        if free := _unless_taken(complete, **place, MultipartUpload=listed, IfNoneMatch="*"):
            self._begun.remove(upload)
        else:
            self._abort(upload)
        return free

    def abort(self) -> None:
        """Remove the parts of all that is not finished."""
        for upload in list(self._begun):
            self._abort(upload)

    def _abort(self, upload: _Upload) -> None:
        self._begun.remove(upload)
        # What failed before is what is told; the bucket's own rule takes parts that stay.
        with contextlib.suppress(Exception):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=upload.key, UploadId=upload.id)

    def _begin(self, upload: _Upload) -> None:
        begun = self._client.create_multipart_upload(Bucket=self._bucket, Key=upload.key, ChecksumAlgorithm="CRC32")
        upload.id = begun["UploadId"]
        self._begun.append(upload)


def part_bytes(size: int) -> int:
    """Give the size of a file's parts, all but the last, so that S3 takes as many."""
    return max(PART_BYTES, -(-size // _MOST_PARTS))


def _unless_taken(write: Callable[..., Any], **arguments: Any) -> bool:
    from botocore.exceptions import ClientError

    try:
        write(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _TAKEN:
            raise
        return False
    return True


def _demand_unchanged(sources: Sequence[Source], cause: Exception | None = None) -> None:
    for source in sources:
        if source.is_changed():
            raise source.changed() from cause


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
