"""`tfs promote`."""

from pathlib import Path
from typing import Annotated

import typer

from tfserving.cli.changing import (
    ApplyOption,
    BucketOption,
    DryRunOption,
    JsonOption,
    RootOption,
    StackOption,
    Where,
    make,
)


def promote(
    model: Annotated[str, typer.Argument(help="The model's name, as in models.config.")],
    expected: Annotated[
        int | None, typer.Option("--version", help="Promote only if this is the version under test.")
    ] = None,
    stack: StackOption = None,
    root: RootOption = Path(),
    bucket: BucketOption = None,
    apply: ApplyOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make the version labelled test live, and the live one retiring; what was retiring leaves with its version.

    The stack's models.config is written, and never S3, unless --apply is given.

    Example: tfs promote digits --stack dev
    """
    from tfserving.changes import promote as change

    make(change(model, expected), Where(stack, root, bucket, apply, dry_run, as_json))
