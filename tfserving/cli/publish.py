"""`tfs publish`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn


def publish(
    folder: Annotated[Path, typer.Argument(help="The SavedModel: the folder that tf.saved_model.save wrote.")],
    model: Annotated[str, typer.Option(help="The model's name, as in models.config.")],
    bucket: Annotated[str, typer.Option(envvar="TFS_MODELS_BUCKET", help="The stack's output modelsBucket.")],
    version: Annotated[int | None, typer.Option(help="The version's number; the next free one if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the version as JSON.")] = False,
    tags: Annotated[
        str, typer.Option("--saved-model-tags", help="The graph's tags, as in the server's flag saved_model_tags.")
    ] = "serve",
) -> None:
    """Put a SavedModel into the model store as a new version; a published version never changes.

    It is looked into first: what servers could not load, or clients not ask, is refused with every reason.
    Machines serve it once models.config lists it.

    Example: tfs publish export/digits --model digits --bucket $(pulumi stack output modelsBucket)
    """
    from tfserving.cli.aws import s3_client, told_plainly
    from tfserving.model_store import publish as put

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with (
        told_plainly(f"s3://{bucket}"),
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
    ):
        task = progress.add_task(model, total=None)
        published = put(
            s3_client(),
            bucket,
            model,
            version,
            folder,
            lambda done, total: progress.update(task, completed=done, total=total),
            tags.split(","),
        )
    if as_json:
        print(json.dumps({"model": model, "version": published, "bucket": bucket}))
    else:
        print(f"Published {model}/{published} to s3://{bucket}/models/{model}/{published}/.")
