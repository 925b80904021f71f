"""What lies below a version's prefix and is no version: found, made room for, and removed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tfserving.errors import Problem, ProblemsError
from tfserving.model_store.layout import MODEL_NAME, version_prefix
from tfserving.model_store.manifest import SAVED_MODELS, FileEntry, Manifest
from tfserving.model_store.reading import is_complete, list_models, list_uploads
from tfserving.model_store.reservation import Reservation, give_up, new_reservation, read_reservation, release, reserve
from tfserving.model_store.sources import PublishError
from tfserving.model_store.stored import StoredFile, remove, stored_files, stored_sha256
from tfserving.model_store.stored_graph import is_saved_model

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_WORKERS: Final = 4
QUIET: Final = timedelta(hours=1)
"""How long nothing must have been written below a prefix that is cleaned: somebody may still be uploading."""


class CleanError(ProblemsError):
    """What an upload left was not removed."""


@dataclass(frozen=True)
class Leftover:
    """An upload that is no version: its files, when one was last written, and its reservation, if it has one."""

    model: str
    version: int
    files: tuple[StoredFile, ...]
    reservation: Reservation | None

    @property
    def size(self) -> int:
        """Give the size of all files in bytes."""
        return sum(file.size for file in self.files)

    @property
    def modified(self) -> datetime | None:
        """Tell when a file was last written; None without files."""
        return max((file.modified for file in self.files), default=None)


def leftovers(client: "S3Client", bucket: str, model: str | None = None) -> Iterator[Leftover]:
    """Find the uploads of a model, or of every model, that are no versions and still take a place."""
    for name in [model] if model is not None else list_models(client, bucket):
        for version in list_uploads(client, bucket, name):
            if not is_complete(client, bucket, name, version):
                found = leftover(client, bucket, name, version)
                if found.files or not (found.reservation and found.reservation.given_up):
                    yield found


def leftover(client: "S3Client", bucket: str, model: str, version: int) -> Leftover:
    """Look at one upload."""
    held = read_reservation(client, bucket, model, version)
    files = tuple(stored_files(client, bucket, model, version))
    return Leftover(model, version, files, held.reservation if held else None)


def clean(client: "S3Client", bucket: str, model: str, version: int, quiet: timedelta = QUIET) -> Leftover:
    """Remove the files of an upload that is no version; gives what was there.

    A number that was reserved stays bound to its content: whoever was interrupted can still publish just that.
    Raises CleanError for a complete version, and for an upload to which something was written in the last `quiet`.
    """
    where = f"{model}/{version}"
    if not MODEL_NAME.fullmatch(model):
        raise CleanError([Problem(where, f"{model!r} is no model's name.")])
    if is_complete(client, bucket, model, version):
        raise CleanError([Problem(where, "is complete. Only what is no version yet is removed.")])
    found = leftover(client, bucket, model, version)
    if not found.files and not found.reservation:
        raise CleanError([Problem(where, "has nothing in the store.")])
    _demand_quiet(found, quiet)
    held = reserve(client, bucket, model, version, new_reservation("", "tfs models --clean"))
    if held.reservation.digest:
        held = give_up(client, bucket, model, version, held)
    with ThreadPoolExecutor(_WORKERS) as workers:
        list(workers.map(lambda file: remove(client, bucket, model, version, file), found.files))
    if not held.reservation.digest:
        release(client, bucket, model, version, held)
    return found


def _demand_quiet(found: Leftover, quiet: timedelta) -> None:
    since = found.reservation.time if found.reservation else ""
    began = datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if since else None
    times = [time for time in (found.modified, began) if time]
    if times and datetime.now(UTC) - max(times) < quiet:
        raise CleanError(
            [
                Problem(
                    f"{found.model}/{found.version}",
                    f"was written to at {max(times):%Y-%m-%d %H:%M:%S} UTC, and may still be uploaded. Clean it later, "
                    "or with --quiet-minutes 0 when you know that nobody does.",
                )
            ]
        )


def clear(client: "S3Client", bucket: str, model: str, version: int, manifest: Manifest) -> frozenset[str]:
    """Make room for a reserved version: gives the paths whose content is there already, and removes the rest.

    What is there and is another SavedModel is not removed: somebody put it there who does not publish with this
    project, and a server may read it. Raises PublishError for that.
    """
    wanted = {entry.path: entry for entry in manifest.files}
    found = list(stored_files(client, bucket, model, version))
    with ThreadPoolExecutor(_WORKERS) as workers:
        fits = list(workers.map(lambda file: _fits(client, bucket, model, version, file, wanted.get(file.path)), found))
    wrong = [file for file, fit in zip(found, fits, strict=True) if not fit]
    if wrong and _holds_model(client, bucket, model, version, found):
        message = (
            f"holds another SavedModel already, which was not put there by `tfs publish`. `tfs adopt {model} "
            f"{version}` makes a version of it, `tfs models {model} --clean {version}` removes it; or publish under "
            "another number."
        )
        raise PublishError([Problem(f"{model}/{version}", message)])
    with ThreadPoolExecutor(_WORKERS) as workers:
        list(workers.map(lambda file: remove(client, bucket, model, version, file), wrong))
    return frozenset(file.path for file, fit in zip(found, fits, strict=True) if fit)


def _fits(client: "S3Client", bucket: str, model: str, version: int, file: StoredFile, entry: FileEntry | None) -> bool:
    if entry is None or entry.size != file.size:
        return False
    key = f"{version_prefix(model, version)}{file.path}"
    return stored_sha256(client, bucket, key, file.etag) == entry.sha256


def _holds_model(client: "S3Client", bucket: str, model: str, version: int, found: list[StoredFile]) -> bool:
    graphs = [file for file in found if file.path in SAVED_MODELS]
    return any(is_saved_model(client, bucket, model, version, file) for file in graphs)
