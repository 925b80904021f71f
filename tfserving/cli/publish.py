"""`tfs publish`."""

import contextlib
import json
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfserving.cli.progress import shown
from tfserving.cli.store import Bucket, Root, StackName, Store, Table, open_store

if TYPE_CHECKING:
    from tfserving.registry import Registry


def publish(
    folder: Annotated[Path, typer.Argument(help="The SavedModel: the folder that tf.saved_model.save wrote.")],
    model: Annotated[str, typer.Option(help="The model's name, as in models.config.")],
    bucket: Bucket = None,
    stack: StackName = "",
    registry: Table = "",
    root: Root = Path(),
    version: Annotated[int | None, typer.Option(help="The version's number; the next free one if left out.")] = None,
    note: Annotated[str, typer.Option(help="What the registry says of this version.")] = "",
    warmup: Annotated[
        Path | None,
        typer.Option(help="JSON list of requests, such as [{'inputs': {...}}], that servers replay before they serve."),
    ] = None,
    allow_signature_change: Annotated[
        bool, typer.Option("--allow-signature-change", help="Publish though clients of the live version must change.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the version as JSON.")] = False,
    tags: Annotated[
        str, typer.Option("--saved-model-tags", help="The graph's tags, as in the server's flag saved_model_tags.")
    ] = "serve",
) -> None:
    """Put a SavedModel into the model store as a new version; a published version never changes.

    It is looked into first: what servers could not load, or clients not ask, is refused with every reason.
    Machines serve it once models.config lists it. Interrupted, the same command finishes it.

    Example: tfs publish export/digits --model digits --stack dev
    """
    from tfserving.cli.aws import told_plainly
    from tfserving.model_store import publish as put

    store = open_store(bucket, stack, registry, root)
    chosen = tags.split(",")
    with told_plainly(f"s3://{store.bucket}"):
        if store.registry and not allow_signature_change:
            _demand_same_signatures(store, store.registry, model, folder, chosen)
        with _warmup(model, folder, warmup, chosen) as records, shown(model) as progress:
            published = put(
                store.client,
                store.bucket,
                model,
                version,
                folder,
                progress,
                chosen,
                ledger=store.registry,
                publisher=store.publisher(),
                note=note,
                warmup=records,
            )
    if as_json:
        print(json.dumps({"model": model, "version": published, "bucket": store.bucket}))
    else:
        print(f"Published {model}/{published} to s3://{store.bucket}/models/{model}/{published}/.")


@contextlib.contextmanager
def _warmup(model: str, folder: Path, requests: Path | None, tags: Collection[str]) -> Iterator[Path | None]:
    """Write requests as warm-up records to a file that is there for the while; None without requests."""
    from tfserving.model_store import folder_problems

    # What is no SavedModel is told by publishing it, with every other mistake.
    if requests is None or folder_problems(folder, tags):
        yield None
        return
    from tfserving.cli.json_input import read_json
    from tfserving.warmup import write_warmup

    with tempfile.TemporaryDirectory(prefix="tfs-") as place:
        path = Path(place) / "warmup"
        write_warmup(path, model, folder, read_json(requests), str(requests), tags)
        yield path


def _demand_same_signatures(
    store: Store, registry: "Registry", model: str, folder: Path, tags: Collection[str]
) -> None:
    """Raise TfServingError, with the difference, if clients of the live version would have to change."""
    from tfserving.cli.live import live_signatures
    from tfserving.errors import TfServingError
    from tfserving.model_store import folder_problems, read_signatures
    from tfserving.registry import signature_changes

    # What is no SavedModel is told by publishing it, with every other mistake.
    live = None if folder_problems(folder, tags) else live_signatures(store, registry, model, tags)
    if live and (changes := signature_changes(live.signatures, read_signatures(folder, tags))):
        lines = "\n".join(f"  {line}" for line in changes)
        raise TfServingError(
            f"The signatures differ from those of the live version, {model}/{live.version}:\n{lines}\n"
            "Clients that ask it would fail. If they are ready for that, repeat with --allow-signature-change."
        )
