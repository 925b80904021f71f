"""What S3 and EC2 know of a stack's machines, for commands that have its operator's own credentials."""

import datetime
import email.utils
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfserving.fleet.reports import MOST_BYTES, STALE_SECONDS, STATUS_PREFIX, Report, parse_report, status_key
from tfserving.fleet.wanted import MODELS_KEY, Config, Machine, Wanted

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_s3 import S3Client

# Every instance of a stack has these tags of its config bucket, and the image of its server in one of its own.
STACK_TAGS: Final = ("Project", "Stack")
IMAGE_TAG: Final = "ServerImage"
_MISSING: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_LIVING: Final = ["pending", "running", "stopping", "stopped"]
# As many values as EC2 takes in one filter.
_MOST_VALUES: Final = 200


@dataclass(frozen=True)
class Look:
    """One look at a stack: what is wanted, what was reported, at what time of S3's clock, and what to know about it."""

    wanted: Wanted
    reports: Mapping[str, Report]
    now: datetime.datetime
    notes: tuple[str, ...]


def look(
    s3: "S3Client",
    ec2: "EC2Client",
    bucket: str,
    instance_ids: Iterable[str] | None = None,
    stale_seconds: float = STALE_SECONDS,
) -> Look:
    """Look at a stack by its config bucket and, where the stack has named them, its instances.

    Else EC2 is asked for the instances with the bucket's tags. Reports that are neither of those nor of the last
    minutes are not read.
    """
    entries, now = _listed(s3, bucket)
    fresh = {id_ for id_, entry in entries.items() if _age(entry, now) <= stale_seconds}
    machines, notes = _machines(s3, ec2, bucket, instance_ids, fresh, entries.keys() - fresh)
    reports, foreign = _reports(s3, bucket, entries, fresh | {machine.instance_id for machine in machines})
    counted = tuple(machine for machine in machines if instance_ids is not None or machine.instance_id not in foreign)
    wanted = Wanted(wanted_config(s3, bucket), counted)
    return Look(wanted, reports, now, (*notes, *foreign.values()))


def wanted_config(s3: "S3Client", bucket: str) -> Config | None:
    """Tell which models.config lies in S3 now; None if there is none."""
    from botocore.exceptions import ClientError

    try:
        found = s3.head_object(Bucket=bucket, Key=MODELS_KEY)
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return None
        raise
    return Config(found.get("VersionId", ""), found["ETag"])


def _listed(s3: "S3Client", bucket: str) -> tuple[dict[str, Any], datetime.datetime]:
    """List the status objects by what would be their machine, and read S3's clock."""
    now = datetime.datetime.now(tz=datetime.UTC)
    entries: dict[str, Any] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=STATUS_PREFIX):
        entries |= {_machine_of(entry["Key"]): entry for entry in page.get("Contents", ())}
        if date := page["ResponseMetadata"]["HTTPHeaders"].get("date"):
            now = email.utils.parsedate_to_datetime(date)
    return entries, now


def _machine_of(key: str) -> str:
    id_ = key.removeprefix(STATUS_PREFIX).removesuffix(".json")
    return id_ if key == status_key(id_) else key


def _age(entry: Any, now: datetime.datetime) -> float:
    age: datetime.timedelta = now - entry["LastModified"]
    return age.total_seconds()


def _reports(
    s3: "S3Client", bucket: str, entries: Mapping[str, Any], ids: set[str]
) -> tuple[dict[str, Report], dict[str, str]]:
    reports: dict[str, Report] = {}
    foreign: dict[str, str] = {}
    for id_ in sorted(ids & entries.keys()):
        key = entries[id_]["Key"]
        try:
            reports[id_] = _report(s3, bucket, entries[id_])
        except s3.exceptions.NoSuchKey:
            continue
        except ValueError as error:
            where = f"s3://{bucket}/{key}"
            foreign[id_] = f"{where!r} is no machine's status: {error}. Only agents write there; delete it."
    return reports, foreign


def _report(s3: "S3Client", bucket: str, entry: Any) -> Report:
    if entry["Size"] > MOST_BYTES:
        raise ValueError(f"it has {entry['Size']} bytes")
    body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
    return parse_report(entry["Key"], body, entry["LastModified"])


def _machines(
    s3: "S3Client",
    ec2: "EC2Client",
    bucket: str,
    named: Iterable[str] | None,
    fresh: Iterable[str],
    stale: Iterable[str],
) -> tuple[tuple[Machine, ...], tuple[str, ...]]:
    from botocore.exceptions import BotoCoreError, ClientError

    ids = None if named is None else frozenset(named)
    try:
        if ids is not None:
            images = {machine.instance_id: machine.image for machine in _living_by_id(ec2, ids)}
            return tuple(Machine(id_, images.get(id_, "")) for id_ in ids), ()
        if tags := _stack_tags(s3, bucket):
            return tuple(_living(ec2, tags)), ()
        # A bucket without tags: those that report, and those that did and still exist.
        return (*map(Machine, fresh), *_living_by_id(ec2, frozenset(stale))), ()
    except (ClientError, BotoCoreError) as error:
        known = ids if ids is not None else {*fresh, *stale}
        return tuple(map(Machine, known)), (_UNKNOWN.format(error, "have no image here" if ids is not None else _ALL),)


_ALL: Final = "are those that ever reported, replaced ones too, unless --stack names the stack"
_UNKNOWN: Final = "EC2 does not tell which machines there are: {} The machines below {}."


def _stack_tags(s3: "S3Client", bucket: str) -> list[Any]:
    from botocore.exceptions import ClientError

    try:
        found = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return []
        raise
    filters = [{"Name": f"tag:{key}", "Values": [found[key]]} for key in STACK_TAGS if key in found]
    return filters if len(filters) == len(STACK_TAGS) else []


def _living_by_id(ec2: "EC2Client", ids: frozenset[str]) -> list[Machine]:
    # Whatever lies below status/ may be in these names, and EC2 refuses what cannot be an instance's.
    possible = sorted(id_ for id_ in ids if id_.startswith("i-") and id_.isascii())
    found: list[Machine] = []
    for start in range(0, len(possible), _MOST_VALUES):
        found += _living(ec2, [{"Name": "instance-id", "Values": possible[start : start + _MOST_VALUES]}])
    return found


def _living(ec2: "EC2Client", filters: list[Any]) -> list[Machine]:
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[*filters, {"Name": "instance-state-name", "Values": _LIVING}]
    )
    instances = [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]
    return [Machine(one["InstanceId"], _image(one)) for one in instances]


def _image(instance: Any) -> str:
    return next((str(tag["Value"]) for tag in instance.get("Tags", ()) if tag["Key"] == IMAGE_TAG), "")
