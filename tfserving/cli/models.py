"""`tfs models`."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from tfserving.cli.store import Bucket, Root, StackName, Store, Table, open_store

if TYPE_CHECKING:
    from tfserving.model_store import Leftover


def models(
    model: Annotated[str, typer.Argument(help="One model; every one if left out.")] = "",
    bucket: Bucket = None,
    stack: StackName = "",
    registry: Table = "",
    root: Root = Path(),
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Show what interrupted uploads left, in place of the versions.")
    ] = False,
    clean: Annotated[
        list[int] | None,
        typer.Option("--clean", help="Remove what an interrupted upload of this version of MODEL left; repeatable."),
    ] = None,
    quiet: Annotated[
        int, typer.Option("--quiet-minutes", min=0, help="With --clean: only where nothing was written for so long.")
    ] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print the versions as JSON.")] = False,
) -> None:
    """List the versions in the model store, with what the registry knows of them.

    An interrupted `tfs publish` is finished by the same command, or shown by --incomplete and removed by --clean; its
    number is then not used for any other content.

    Example: tfs models digits --stack dev
    """
    from tfserving.cli.aws import told_plainly

    if clean and not model:
        raise typer.BadParameter("--clean needs a model: `tfs models MODEL --clean VERSION`.")
    store = open_store(bucket, stack, registry, root)
    with told_plainly(f"s3://{store.bucket}"):
        if clean:
            rows = [_leftover(left) for left in _cleaned(store, model, clean, quiet)]
        elif incomplete:
            from tfserving.model_store import leftovers

            rows = [_leftover(left) for left in leftovers(store.client, store.bucket, model or None)]
        else:
            rows = list(_versions(store, model))
    if as_json:
        print(json.dumps(rows, indent=1))
    elif clean:
        print(f"Removed {', '.join(_name(row) for row in rows)}.")
    else:
        _show(rows, model, incomplete)


def _cleaned(store: Store, model: str, versions: Sequence[int], quiet: int) -> "list[Leftover]":
    from tfserving.model_store import clean

    patience = timedelta(minutes=quiet)
    return [clean(store.client, store.bucket, model, version, patience) for version in versions]


def _versions(store: Store, model: str) -> Iterable[dict[str, Any]]:
    from tfserving.model_store import list_models, list_versions

    for name in [model] if model else list_models(store.client, store.bucket):
        known = {entry.version: entry for entry in store.registry.versions(name)} if store.registry else {}
        for version in list_versions(store.client, store.bucket, name):
            entry = known.get(version)
            yield {
                "model": name,
                "version": version,
                "size": entry.size if entry else None,
                "files": entry.files if entry else None,
                "signatures": sorted(entry.signatures) if entry and entry.signatures is not None else None,
                "digest": entry.digest if entry else None,
                "publisher": entry.publisher if entry else None,
                "time": entry.time if entry else None,
                "note": entry.note if entry else None,
            }


def _leftover(left: "Leftover") -> dict[str, Any]:
    reserved = left.reservation
    return {
        "model": left.model,
        "version": left.version,
        "size": left.size,
        "files": len(left.files),
        "modified": f"{left.modified:%Y-%m-%dT%H:%M:%SZ}" if left.modified else None,
        "publisher": reserved.publisher if reserved else None,
        "reserved": reserved.time if reserved else None,
    }


def _name(row: dict[str, Any]) -> str:
    return f"{row['model']}/{row['version']} ({row['files']} files, {row['size']} bytes)"


def _show(rows: list[dict[str, Any]], model: str, incomplete: bool) -> None:
    if not rows:
        of = f" of {model}" if model else ""
        print(f"No upload{of} is incomplete." if incomplete else f"There is no version{of}. `tfs publish` makes one.")
        return
    # What every row lacks, such as a registry's columns without one, is no column.
    columns = [name for name in rows[0] if name != "digest" and any(row[name] not in (None, "") for row in rows)]
    grid = Grid(*columns, box=None, pad_edge=False)
    for row in rows:
        grid.add_row(*(Text(_text(row[name])) for name in columns))
    Console().print(grid)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)
