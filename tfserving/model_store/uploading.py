"""Sending files to keys at which nothing is yet; no object is ever written over."""

import base64
import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Any, Final

from tfserving.model_store.conditions import is_refused
from tfserving.model_store.sources import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Progress = Callable[[int, int], None]
WORKERS: Final = 4
_PART_BYTES: Final = 8 << 20
# S3's own limit.
_MOST_PARTS: Final = 10_000


def upload(
    client: "S3Client",
    bucket: str,
    prefix: str,
    sources: Sequence[Source],
    progress: Callable[[int], None],
) -> list[Source]:
    """Upload files below a prefix, each under its path; gives those at whose key there was something already.

    `progress` is told the bytes that went up since. Raises PublishError for a file that changes meanwhile: nothing is
    written that is not what the entry says.
    """
    lock = threading.Lock()

    def tell(count: int) -> None:
        with lock:
            progress(count)

    def send(source: Source) -> Source | None:
        return None if _sent(client, bucket, f"{prefix}{source.entry.path}", source, tell) else source

    workers = ThreadPoolExecutor(WORKERS)
    try:
        return [source for source in workers.map(send, sources) if source]
    finally:
        # What has not begun is not begun any more once one has failed.
        workers.shutdown(cancel_futures=True)


def _sent(client: "S3Client", bucket: str, key: str, source: Source, tell: Callable[[int], None]) -> bool:
    from botocore.exceptions import ClientError

    try:
        with source.path.open("rb") as file:
            if source.entry.size <= _PART_BYTES:
                _put(client, bucket, key, source, file)
                tell(source.entry.size)
            else:
                _put_in_parts(client, bucket, key, source, file, tell)
    except ClientError as error:
        if is_refused(error):
            return False
        # What S3 says of a file that changes is not what helps.
        if source.is_changed():
            raise source.changed() from error
        raise
    except OSError as error:
        raise source.changed() from error
    if source.is_changed():
        raise source.changed()
    return True


def _put(client: "S3Client", bucket: str, key: str, source: Source, file: IO[bytes]) -> None:
    body = file.read(source.entry.size + 1)
    if hashlib.sha256(body).hexdigest() != source.entry.sha256:
        raise source.changed()
    checksum = _base64(bytes.fromhex(source.entry.sha256))
    client.put_object(Bucket=bucket, Key=key, Body=body, ChecksumSHA256=checksum, IfNoneMatch="*")


def _put_in_parts(
    client: "S3Client", bucket: str, key: str, source: Source, file: IO[bytes], tell: Callable[[int], None]
) -> None:
    made = client.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256")
    place: Any = {"Bucket": bucket, "Key": key, "UploadId": made["UploadId"]}
    try:
        parts = _parts(client, place, source, file, tell)
        client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
    except BaseException:
        client.abort_multipart_upload(**place)
        raise


def _parts(client: "S3Client", place: Any, source: Source, file: IO[bytes], tell: Callable[[int], None]) -> list[Any]:
    size = max(_PART_BYTES, -(-source.entry.size // _MOST_PARTS))
    whole = hashlib.sha256()
    parts: list[Any] = []
    while body := file.read(size):
        whole.update(body)
        checksum = _base64(hashlib.sha256(body).digest())
        number = len(parts) + 1
        sent = client.upload_part(**place, PartNumber=number, Body=body, ChecksumSHA256=checksum)
        parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": checksum})
        tell(len(body))
    # S3 cannot check the whole of a file in parts.
    if whole.hexdigest() != source.entry.sha256:
        raise source.changed()
    return parts


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
