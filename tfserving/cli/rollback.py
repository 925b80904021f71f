"""`tfs rollback`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from tfserving.changes import Change


def rollback(
    model: Annotated[str | None, typer.Argument(help="The model's name, as in models.config.")] = None,
    to: Annotated[
        str | None, typer.Option(metavar="VERSION_ID", help="Serve what this version of the object in S3 says.")
    ] = None,
    stack: StackOption = None,
    root: RootOption = Path(),
    bucket: BucketOption = None,
    apply: ApplyOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Swap the labels live and retiring of a model back; or, with --to, serve all that was served then.

    The stack's models.config is written, and never S3, unless --apply is given. `tfs history` lists what --to takes.

    Example: tfs rollback digits --stack dev
    """
    from tfserving.changes import roll_back

    where = Where(stack, root, bucket, apply, dry_run, as_json)
    if (model is None) == (to is None):
        raise typer.BadParameter("Name a model, or a version of models.config with --to, and not both.")
    make(roll_back(model) if model is not None else _restore(str(to), where), where)


def _restore(version_id: str, where: Where) -> "Change":
    from tfserving.changes import restore
    from tfserving.cli.aws import told_plainly

    config = where.models_config()
    with told_plainly(config.where):
        return restore(config.earlier(version_id), version_id)
