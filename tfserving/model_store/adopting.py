"""Making a version of what lies in the store already, put there by another tool."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from tfserving.errors import Problem, ProblemsError
from tfserving.model_store.committing import complete, version_problems
from tfserving.model_store.facts import Facts, Ledger, NoLedger
from tfserving.model_store.layout import bucket_mistake, version_prefix
from tfserving.model_store.manifest import (
    MAX_FILES,
    SAVED_MODEL,
    SAVED_MODELS,
    FileEntry,
    Manifest,
    digest_of,
    is_safe,
    parse_manifest,
    render_manifest,
)
from tfserving.model_store.reading import read_manifest
from tfserving.model_store.reservation import new_reservation, release, reserve
from tfserving.model_store.saved_model import SERVE, SavedModelError, Signature
from tfserving.model_store.stored import StoredFile, stored_files, stored_sha256
from tfserving.model_store.stored_graph import stored_problems, stored_signatures
from tfserving.model_store.uploading import Progress

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_WORKERS: Final = 4


class AdoptError(ProblemsError):
    """What lies in the store is no version that servers could load."""


def adopt(
    client: "S3Client",
    bucket: str,
    model: str,
    version: int,
    progress: Progress = lambda done, total: None,
    tags: Collection[str] = SERVE,
    *,
    ledger: Ledger | None = None,
    publisher: str = "",
    note: str = "",
) -> Manifest:
    """Make a complete version of the files that lie below its prefix, as they are; gives its manifest.

    Sizes are the listing's, checksums S3's own where it has them of whole objects; the rest is read once. `progress` is
    told the bytes that are known and the bytes of all. Raises AdoptError if there is no SavedModel there that servers
    can load, if the version is complete or being published, or if a file changes meanwhile.
    """
    _demand_names(bucket, model, version)
    ledger = ledger or NoLedger()
    where = f"{model}/{version}"
    files = _files(client, bucket, model, version)
    found = read_manifest(client, bucket, model, version)
    signatures = _signatures(client, bucket, model, version, files, tags)
    manifest = _manifest(client, bucket, model, version, files, progress)
    facts = Facts(digest_of(manifest), manifest.size, len(files), signatures, publisher=publisher, note=note)
    if found is not None and digest_of(found) != facts.digest:
        raise AdoptError(
            [Problem(where, "is a version already, with a manifest of other files. Adopt another number.")]
        )
    held = reserve(client, bucket, model, version, new_reservation(facts.digest, publisher))
    if held.reservation.digest != facts.digest:
        raise AdoptError([Problem(where, _being_published(held.reservation.publisher, held.reservation.time))])
    try:
        _demand_unchanged(client, bucket, model, version, files)
        if not ledger.reserve(model, version, facts):
            raise AdoptError([Problem(where, "is another content in the registry. Adopt it under another number.")])
        if found is None and not complete(client, bucket, model, version, manifest):
            raise AdoptError([Problem(where, "was made a version by somebody else at the same time.")])
        ledger.complete(model, version, facts)
    finally:
        release(client, bucket, model, version, held)
    return manifest


def _being_published(publisher: str, time: str) -> str:
    return (
        f"is being published, since {time or 'a time unknown'} by {publisher or 'somebody'}. "
        "Repeat that `tfs publish`, or put your files under another number."
    )


def _demand_names(bucket: str, model: str, version: int) -> None:
    problems = list(version_problems(model, version))
    if mistake := bucket_mistake(bucket):
        problems.append(Problem("bucket", mistake))
    if problems:
        raise AdoptError(problems)


def _files(client: "S3Client", bucket: str, model: str, version: int) -> list[StoredFile]:
    where = f"s3://{bucket}/{version_prefix(model, version)}"
    # Consoles make an empty object for a folder.
    files = [file for file in stored_files(client, bucket, model, version) if file.path and file.path[-1] != "/"]
    problems = [
        Problem(where, f"has the file {file.path!r}, whose name no disk can hold. Remove it.")
        for file in files
        if not is_safe(file.path)
    ]
    if not files:
        problems.append(Problem(where, "has no files. Put a SavedModel there, or use `tfs publish`."))
    elif not {file.path for file in files} & SAVED_MODELS:
        problems.append(Problem(where, f"has no {SAVED_MODEL}. Put the SavedModel's own files there, not its folder."))
    if len(files) > MAX_FILES:
        problems.append(Problem(where, f"has {len(files)} files, but a version has at most {MAX_FILES}."))
    if problems:
        raise AdoptError(problems)
    return files


def _signatures(
    client: "S3Client", bucket: str, model: str, version: int, files: list[StoredFile], tags: Collection[str]
) -> dict[str, Signature]:
    if problems := stored_problems(client, bucket, model, version, files, tags):
        raise AdoptError(problems)
    try:
        return stored_signatures(client, bucket, model, version, tags)
    except SavedModelError as error:
        raise AdoptError(error.problems) from error


def _manifest(
    client: "S3Client", bucket: str, model: str, version: int, files: list[StoredFile], progress: Progress
) -> Manifest:
    prefix = version_prefix(model, version)
    total = sum(file.size for file in files)
    entries: list[FileEntry] = []
    done = 0

    def entry(file: StoredFile) -> FileEntry:
        return FileEntry(file.path, file.size, stored_sha256(client, bucket, f"{prefix}{file.path}", file.etag))

    with ThreadPoolExecutor(_WORKERS) as workers:
        for made in workers.map(entry, files):
            entries.append(made)
            done += made.size
            progress(done, total)
    # Read back, because a name may be a file and a folder in S3, and on no disk.
    text = render_manifest(Manifest(tuple(entries)))
    return parse_manifest(text, f"s3://{bucket}/{prefix}")


def _demand_unchanged(client: "S3Client", bucket: str, model: str, version: int, files: list[StoredFile]) -> None:
    now = {file.path: file.etag for file in _files(client, bucket, model, version)}
    then = {file.path: file.etag for file in files}
    if changed := sorted(path for path in now.keys() | then.keys() if now.get(path) != then.get(path)):
        names = ", ".join(repr(path) for path in changed[:5])
        message = f"was written to while it was adopted: {names}. Adopt it when nothing writes to it any more."
        raise AdoptError([Problem(f"{model}/{version}", message)])
