"""`tfs signature`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from tfserving.cli.store import Bucket, Root, StackName, Store, Table, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfserving.model_store import Signature


def signature(
    model: Annotated[str, typer.Argument(help="The model's name.")],
    version: Annotated[int | None, typer.Option(help="This version; the highest if left out.")] = None,
    label: Annotated[str, typer.Option(help="The version with this label in models.config; needs --stack.")] = "",
    bucket: Bucket = None,
    stack: StackName = "",
    registry: Table = "",
    root: Root = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print the signatures as JSON.")] = False,
    tags: Annotated[
        str, typer.Option("--saved-model-tags", help="The graph's tags, where the registry has no signatures.")
    ] = "serve",
) -> None:
    """Show what a version can be asked: its signatures, with the types and shapes of inputs and outputs.

    In a shape, ? is any size. They are the registry's, and without one are read from the SavedModel in the store.

    Example: tfs signature digits --label live --stack dev
    """
    from tfserving.cli.aws import told_plainly
    from tfserving.registry import signatures_as_json

    if label and version is not None:
        raise typer.BadParameter("Ask for a version or for a label, not for both.")
    store = open_store(bucket, stack, registry, root)
    with told_plainly(f"s3://{store.bucket}"):
        chosen = _version(store, model, version, label)
        found = _signatures(store, model, chosen, tags)
    if as_json:
        print(json.dumps({"model": model, "version": chosen, "signatures": signatures_as_json(found)}, indent=1))
    else:
        print(f"{model}/{chosen}")
        _show(found)


def _version(store: Store, model: str, version: int | None, label: str) -> int:
    from tfserving.errors import TfServingError
    from tfserving.model_store import list_versions

    if label:
        if store.registry is None:
            raise TfServingError("A label is looked up by the stack's registry. Name --stack or --registry.")
        version = store.registry.version_of_label(model, label)
    there = list_versions(store.client, store.bucket, model)
    if not there or (version is not None and version not in there):
        name = model if version is None else f"{model}/{version}"
        beside = f" Its versions are {', '.join(map(str, there[-10:]))}." if there else ""
        raise TfServingError(f"There is no complete {name} in s3://{store.bucket}.{beside} `tfs publish` makes one.")
    return there[-1] if version is None else version


def _signatures(store: Store, model: str, version: int, tags: str) -> "Mapping[str, Signature]":
    from tfserving.model_store import stored_signatures

    entry = store.registry.entry(model, version) if store.registry else None
    if entry and entry.state == "complete" and entry.signatures is not None:
        return entry.signatures
    return stored_signatures(store.client, store.bucket, model, version, tags.split(","))


def _show(signatures: "Mapping[str, Signature]") -> None:
    from tfserving.registry.signature_changes import tensor_text

    grid = Grid("signature", "", "name", "type and shape", box=None, pad_edge=False)
    for name, found in signatures.items():
        rows = [("input", key, tensor) for key, tensor in found.inputs.items()]
        rows += [("output", key, tensor) for key, tensor in found.outputs.items()]
        for way, key, tensor in rows:
            optional = ", may be left out" if way == "input" and key in found.optional else ""
            grid.add_row(Text(name), way, Text(key), Text(f"{tensor_text(tensor)}{optional}"))
    Console().print(grid)
