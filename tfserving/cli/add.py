"""`tfs add`."""

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


def add(
    model: Annotated[str, typer.Argument(help="The model's name, as in models.config.")],
    version: Annotated[int, typer.Argument(help="The version to serve.")],
    label: Annotated[str | None, typer.Option(help="Point this label to it, such as 'test'.")] = None,
    new_model: Annotated[bool, typer.Option("--new-model", help="Add the model if it is not listed yet.")] = False,
    stack: StackOption = None,
    root: RootOption = Path(),
    bucket: BucketOption = None,
    apply: ApplyOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """List a version of a model in the stack's models.config, comments and layout kept, and show the difference.

    The file is written, and never S3, unless --apply is given. What is listed already is no error.

    Example: tfs add digits 3 --label test --stack dev
    """
    from tfserving.changes import add as change

    where = Where(stack, root, bucket, apply, dry_run, as_json)
    make(change(model, version, label, new_model=new_model), where)
