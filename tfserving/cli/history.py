"""`tfs history`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfserving.cli.changing import BucketOption, RootOption, StackOption, configs_bucket

if TYPE_CHECKING:
    from tfserving.changes import Version


def history(
    stack: StackOption = None,
    root: RootOption = Path(),
    bucket: BucketOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many versions to list at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the versions as JSON.")] = False,
) -> None:
    """List the versions of a stack's models.config in S3, the newest first: when, by whom, and what changed.

    Who it was is known of what `tfs` wrote.

    Example: tfs history --stack dev
    """
    from tfserving.changes import ModelsConfig
    from tfserving.cli.aws import s3_client, told_plainly

    config = ModelsConfig(s3_client(), configs_bucket(stack, root, bucket))
    with told_plainly(config.where):
        versions = config.history(limit)
    if as_json:
        print(json.dumps([_as_json(version) for version in versions]))
    elif not versions:
        print(f"There is no version of {config.where} yet. `pulumi up` writes the first.")
    for version in () if as_json else versions:
        _show(version)


def _show(version: "Version") -> None:
    time = version.time.astimezone().isoformat(sep=" ", timespec="seconds")
    by = version.author or version.writer or "somebody else"
    print(f"{time}  {version.version_id}  {by}{'  (what machines follow now)' if version.newest else ''}")
    if version.change:
        print(f"    tfs {version.change}")
    lines = [version.problem] if version.problem else version.differences or ["nothing changed in what is served"]
    for line in lines:
        print(f"    {line}")


def _as_json(version: "Version") -> dict[str, object]:
    return {
        "version_id": version.version_id,
        "time": version.time.isoformat(),
        "newest": version.newest,
        "writer": version.writer,
        "author": version.author,
        "change": version.change,
        "differences": [difference.as_json() for difference in version.differences],
        "problem": version.problem,
    }
