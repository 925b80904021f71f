"""A change made to models.config in S3, where the application decides what is served."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tfserving.changes.differences import Difference, differences
from tfserving.changes.history import HEADER, MODELS_KEY, Version, history, version_text
from tfserving.changes.in_file import changed_text
from tfserving.changes.steps import Change, ChangeError, add, promote, restore, retire, roll_back
from tfserving.errors import Problem, ProblemsError
from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs import parse_models

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WRITER: Final = "writer"
TFS: Final = "tfs"
# Who loses as often against others who change a file every few hours has another problem.
TRIES: Final = 5
# S3 says the one when another version is there, the other while somebody is writing it.
_LOST: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_MISSING: Final = frozenset({"NoSuchKey", "404"})
_HEADERS: Final = re.compile(r"\A(?:# Written by [^\n]*\n)*")
_PLACE: Final = re.compile(r"s3://(?P<bucket>[^/]+)/")
_NO_PLACE: Final = (
    "cannot be looked for, since {where} has no base_path for {model!r}. Somebody else wrote it; let Pulumi write it "
    "anew, with modelsConfigWriter 'pulumi' for one `pulumi up`."
)
_UNPRINTABLE: Final = re.compile(r"[^\x21-\x7e]+")


@dataclass(frozen=True)
class Applied:
    """What a change made of the object; `version_id` is None if nothing was written."""

    before: str
    after: str
    differences: tuple[Difference, ...]
    version_id: str | None


@dataclass(frozen=True)
class _Object:
    text: str
    etag: str
    version_id: str
    writer: str
    kept: dict[str, Any]


class ModelsConfig:
    """What a stack with `modelsConfigWriter: tfs` serves, read and changed; `author` is who it says made a change.

    `client` needs the rights to get, tag and put `configs/models.config` in the stack's config bucket, and to list the
    model store. Each change is one new version of the object, written only if nobody wrote another one meanwhile;
    otherwise it is made anew of what they wrote. Machines follow within their poll time.
    """

    def __init__(self, client: "S3Client", configs_bucket: str, author: str = "") -> None:
        self._client = client
        self._bucket = configs_bucket
        self._author = _UNPRINTABLE.sub("_", author)

    @property
    def where(self) -> str:
        """Name the object."""
        return f"s3://{self._bucket}/{MODELS_KEY}"

    def read(self) -> ModelServerConfig:
        """Read what is wanted now; raises ServerConfigError for mistakes in it, ChangeError if there is no object."""
        return parse_models(self._read().text, self.where)

    def add(self, model: str, version: int, label: str | None = None, *, new_model: bool = False) -> Applied:
        """List a version, and point a label to it if one is given; raises as `apply`."""
        return self.apply(add(model, version, label, new_model=new_model))

    def promote(self, model: str, expected: int | None = None) -> Applied:
        """Make test live and live retiring, if `expected` is under test or None is given; raises as `apply`."""
        return self.apply(promote(model, expected))

    def retire(self, model: str, version: int) -> Applied:
        """Let a version go; raises as `apply`."""
        return self.apply(retire(model, version))

    def roll_back(self, model: str) -> Applied:
        """Swap live and retiring back; raises as `apply`."""
        return self.apply(roll_back(model))

    def roll_back_to(self, version_id: str) -> Applied:
        """Serve what an earlier version of the object says; raises as `apply`."""
        return self.apply(restore(self.earlier(version_id), version_id))

    def earlier(self, version_id: str) -> ModelServerConfig:
        """Read an earlier version of the object; raises ChangeError if there is no such version."""
        return parse_models(version_text(self._client, self._bucket, version_id), f"{self.where}@{version_id}")

    def history(self, limit: int = 20) -> list[Version]:
        """List the object's versions, the newest first, and what changed with each."""
        return history(self._client, self._bucket, limit)

    def apply(self, change: Change, *, dry_run: bool = False) -> Applied:
        """Make a change, or only work it out.

        Raises ChangeError if it does not fit, if Pulumi is the object's writer, or if others keep writing;
        ServerConfigError if the object has mistakes or would have some; ProblemsError for every version that is not
        complete in the store.
        """
        sent: Applied | None = None
        for _ in range(TRIES):
            now = self._read()
            if sent and now.text == sent.after:
                # It was written after all, and only the answer was lost.
                return replace(sent, version_id=now.version_id)
            worked_out = self._worked_out(now, change)
            if dry_run or not worked_out.differences:
                return worked_out
            sent = replace(worked_out, after=self._signed(worked_out.after, change))
            if version_id := self._write(sent.after, now):
                return replace(sent, version_id=version_id)
        raise ChangeError(
            f"{self.where} was written by somebody else each of {TRIES} times. Nothing was changed; look at "
            "`tfs history`, and try again."
        )

    def _worked_out(self, now: _Object, change: Change) -> Applied:
        self._demand_writer(now)
        after = changed_text(now.text, self.where, self.where, change)
        wanted = parse_models(after, self.where)
        found = tuple(differences(parse_models(now.text, self.where), wanted))
        self._demand_complete(wanted, found)
        return Applied(now.text, after, found, None)

    def _signed(self, text: str, change: Change) -> str:
        header = HEADER.format(change=change.title, author=self._author or "-")
        return header + _HEADERS.sub("", text, count=1)

    def _read(self) -> _Object:
        from botocore.exceptions import ClientError

        try:
            found = self._client.get_object(Bucket=self._bucket, Key=MODELS_KEY)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                raise ChangeError(f"{self.where} is missing. `pulumi up` writes it the first time.") from error
            raise
        metadata = dict(found["Metadata"])
        # A new version has what the one before had, or the next `pulumi refresh` would see a difference to mend.
        kept = {"Metadata": metadata, "ContentType": found["ContentType"]}
        text, writer = found["Body"].read().decode(errors="replace"), metadata.get(WRITER, "pulumi")
        return _Object(text, found["ETag"], found.get("VersionId", ""), writer, kept)

    def _demand_writer(self, now: _Object) -> None:
        if now.writer != TFS:
            raise ChangeError(
                f"{self.where} is written by Pulumi, from a file under review, and the next `pulumi up` would undo "
                "what is changed here. Leave out --apply and run `pulumi up`; or set modelsConfigWriter to 'tfs', run "
                "`pulumi up`, and apply changes from then on."
            )

    def _demand_complete(self, after: ModelServerConfig, found: tuple[Difference, ...]) -> None:
        from tfserving.model_store.reading import is_complete

        needed = sorted(
            {(each.model, each.version) for each in found if each.version is not None and each.how != "removed"}
        )
        places = {model.name: _PLACE.match(model.base_path) for model in after.model_config_list.config}
        problems = []
        for model, version in needed:
            place = places[model]
            if place is None:
                problems.append(Problem(f"{model}/{version}", _NO_PLACE.format(where=self.where, model=model)))
            elif not is_complete(self._client, place["bucket"], model, version):
                problems.append(Problem(f"{model}/{version}", _incomplete(model, version, place["bucket"])))
        if problems:
            raise ProblemsError(problems)

    def _write(self, text: str, before: _Object) -> str | None:
        """Write the next version; None if the one before is no longer the newest."""
        from botocore.exceptions import ClientError

        tags = self._client.get_object_tagging(Bucket=self._bucket, Key=MODELS_KEY)["TagSet"]
        headers = {
            **before.kept,
            **({"Tagging": urlencode({tag["Key"]: tag["Value"] for tag in tags})} if tags else {}),
        }
        try:
            written = self._client.put_object(
                Bucket=self._bucket, Key=MODELS_KEY, Body=text.encode(), IfMatch=before.etag, **headers
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _LOST:
                return None
            raise
        return written["VersionId"]


def _incomplete(model: str, version: int, bucket: str) -> str:
    return (
        f"is not complete in s3://{bucket}, and machines would wait for it. Publish it first: "
        f"tfs publish DIRECTORY --model {model} --version {version} --bucket {bucket}"
    )
