"""Who holds a version that is not complete yet: an object that S3 writes for one publisher only.

A reservation binds a version's number to one content. Whoever comes with the same content goes on where an earlier run
stopped, and writes the same bytes as anybody else who does; whoever comes with another content is refused. So bytes
need no owner, and a run that was thought dead can do no harm when it wakes up.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tfserving.errors import TfServingError
from tfserving.model_store.conditions import is_denied, is_refused
from tfserving.model_store.layout import reservation_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FORMAT: Final = 1
_MOST_BYTES: Final = 64 << 10
_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class Reservation:
    """The content a version is reserved for, by its digest, by whom and since when.

    `given_up` says that what was uploaded is removed and the number is not to be used for any other content.
    """

    digest: str
    publisher: str = ""
    time: str = ""
    given_up: bool = False


@dataclass(frozen=True)
class Held:
    """A reservation as S3 has it."""

    reservation: Reservation
    etag: str


def new_reservation(digest: str, publisher: str) -> Reservation:
    """Make a reservation of now."""
    return Reservation(digest, publisher, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def reserve(client: "S3Client", bucket: str, model: str, version: int, wanted: Reservation) -> Held:
    """Reserve a version by one conditional write; gives the reservation that holds, which may be an earlier one."""
    from botocore.exceptions import ClientError

    for _ in range(_ATTEMPTS):
        try:
            return _put(client, bucket, model, version, wanted, {"IfNoneMatch": "*"})
        except ClientError as error:
            if not is_refused(error):
                raise
        # None if its holder has finished in this moment.
        if held := read_reservation(client, bucket, model, version):
            return held
    raise TfServingError(f"{model}/{version} is reserved and released all the time. Publish it again.")


def read_reservation(client: "S3Client", bucket: str, model: str, version: int) -> Held | None:
    """Read who holds a version, or None; what cannot be read holds it for a content nobody has."""
    try:
        answer = client.get_object(Bucket=bucket, Key=reservation_key(model, version))
    except client.exceptions.NoSuchKey:
        return None
    return Held(_parse(answer["Body"].read(_MOST_BYTES)), answer["ETag"])


def release(client: "S3Client", bucket: str, model: str, version: int, held: Held) -> None:
    """Remove a reservation, if it is still this one; without the right to delete it stays, which does no harm."""
    from botocore.exceptions import ClientError

    try:
        client.delete_object(Bucket=bucket, Key=reservation_key(model, version), IfMatch=held.etag)
    except client.exceptions.NoSuchKey:
        return
    except ClientError as error:
        if not is_refused(error) and not is_denied(error):
            raise


def give_up(client: "S3Client", bucket: str, model: str, version: int, held: Held) -> Held:
    """Mark a reservation as given up, if it is still this one; raises TfServingError if it is not."""
    from botocore.exceptions import ClientError

    wanted = replace(held.reservation, given_up=True)
    try:
        return _put(client, bucket, model, version, wanted, {"IfMatch": held.etag})
    except ClientError as error:
        if not is_refused(error) and not isinstance(error, client.exceptions.NoSuchKey):
            raise
        raise TfServingError(f"{model}/{version} is being published right now. Leave it alone.") from error


def _put(
    client: "S3Client", bucket: str, model: str, version: int, reservation: Reservation, condition: dict[str, Any]
) -> Held:
    body = json.dumps({"format": FORMAT, **asdict(reservation)}, indent=1).encode() + b"\n"
    key = reservation_key(model, version)
    answer = client.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json", **condition)
    return Held(reservation, answer["ETag"])


def _parse(body: bytes) -> Reservation:
    try:
        content = json.loads(body)
        digest, publisher, time = (str(content[key]) for key in ("digest", "publisher", "time"))
        return Reservation(digest, publisher, time, given_up=content["given_up"] is True)
    except (ValueError, TypeError, KeyError, RecursionError):
        return Reservation("")
