"""`tfs adopt`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tfserving.cli.progress import shown
from tfserving.cli.store import Bucket, Root, StackName, Table, open_store


def adopt(
    model: Annotated[str, typer.Argument(help="The model's name, as in models.config.")],
    version: Annotated[int, typer.Argument(help="The version, whose files lie at models/MODEL/VERSION/ already.")],
    bucket: Bucket = None,
    stack: StackName = "",
    registry: Table = "",
    root: Root = Path(),
    note: Annotated[str, typer.Option(help="What the registry says of this version.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the version as JSON.")] = False,
    tags: Annotated[
        str, typer.Option("--saved-model-tags", help="The graph's tags, as in the server's flag saved_model_tags.")
    ] = "serve",
) -> None:
    """Make a version of what lies in the model store already, put there by `aws s3 sync` or another tool.

    It is looked into first, as by `tfs publish`. Checksums are S3's own where it has them; the rest is read once.

    Example: tfs adopt digits 3 --stack dev
    """
    from tfserving.cli.aws import told_plainly
    from tfserving.model_store import adopt as take

    store = open_store(bucket, stack, registry, root)
    with told_plainly(f"s3://{store.bucket}"), shown(f"{model}/{version}") as progress:
        manifest = take(
            store.client,
            store.bucket,
            model,
            version,
            progress,
            tags.split(","),
            ledger=store.registry,
            publisher=store.publisher(),
            note=note,
        )
    if as_json:
        facts = {"files": len(manifest.files), "size": manifest.size}
        print(json.dumps({"model": model, "version": version, "bucket": store.bucket, **facts}))
    else:
        print(f"Adopted {model}/{version}: {len(manifest.files)} files, {manifest.size} bytes.")
