"""`tfs retire`."""

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


def retire(
    model: Annotated[str, typer.Argument(help="The model's name, as in models.config.")],
    version: Annotated[int, typer.Argument(help="The version that leaves.")],
    stack: StackOption = None,
    root: RootOption = Path(),
    bucket: BucketOption = None,
    apply: ApplyOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let a version go, with the labels test and retiring if they point to it; any other label holds it.

    The stack's models.config is written, and never S3, unless --apply is given.

    Example: tfs retire digits 1 --stack dev
    """
    from tfserving.changes import retire as change

    make(change(model, version), Where(stack, root, bucket, apply, dry_run, as_json))
