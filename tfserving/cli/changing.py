"""What the commands that change models.config have in common: where the change goes, and how it is shown."""

import json
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfserving.changes import Change, Difference, ModelsConfig

StackOption = Annotated[
    str | None,
    typer.Option(envvar="TFS_STACK", help="The stack; if left out, the one that is selected."),
]
RootOption = Annotated[Path, typer.Option(help="The project's folder, with configs/ and Pulumi.<stack>.yaml in it.")]
# No variable of the environment: it would lead a change for the stack that is named to another one's bucket.
BucketOption = Annotated[
    str | None,
    typer.Option(help="The stack's output configsBucket; asked of Pulumi if left out."),
]
ApplyOption = Annotated[
    bool, typer.Option("--apply", help="Write to S3; for stacks with modelsConfigWriter 'tfs', and for them alone.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print what changed as JSON.")]


@dataclass(frozen=True)
class Where:
    """Where a change goes: to the stack's file, or with `apply` to its object in S3."""

    stack: str | None
    root: Path
    bucket: str | None
    apply: bool
    dry_run: bool
    as_json: bool

    def named_stack(self) -> str:
        """Give the stack, the selected one if none is named; raises TfServingError if there is none."""
        from tfserving.cli.stack import selected_stack

        return self.stack or selected_stack(self.root)

    def models_config(self) -> "ModelsConfig":
        """Give the stack's object; raises TfServingError if its bucket cannot be told."""
        from tfserving.changes import ModelsConfig
        from tfserving.cli.aws import caller_arn, s3_client

        bucket = configs_bucket(self.stack, self.root, self.bucket)
        return ModelsConfig(s3_client(), bucket, caller_arn() if self.apply else "")


@dataclass(frozen=True)
class Outcome:
    """What became of a change; `target` is a path or an s3:// address."""

    change: str
    target: str
    copied_from: str | None
    before: str
    after: str
    differences: "Sequence[Difference]"
    written: bool
    version_id: str | None = None

    @property
    def diff(self) -> str:
        """Give the difference as lines that `patch` reads."""
        old, new = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        lines = unified_diff(old, new, self.copied_from or self.target, self.target)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def configs_bucket(stack: str | None, root: Path, bucket: str | None) -> str:
    """Give the bucket that is named, else the stack's; raises TfServingError if neither can be told."""
    from tfserving.cli.aws import demand_bucket
    from tfserving.cli.stack import Stack, selected_stack

    if bucket is None:
        return Stack(stack or selected_stack(root), root).output("configsBucket")
    demand_bucket(bucket)
    return bucket


def make(change: "Change", where: Where) -> None:
    """Make a change, and show it; raises TfServingError if it is refused."""
    outcome = _applied(change, where) if where.apply else _edited(change, where)
    if where.as_json:
        print(json.dumps(_as_json(outcome)))
    else:
        _show(outcome, where)


def _edited(change: "Change", where: Where) -> Outcome:
    from tfserving.changes import edit_file

    edit = edit_file(where.root, where.named_stack(), change)
    written = bool(edit.differences) and not where.dry_run
    if written:
        edit.write()
    copied_from = edit.source if edit.copied and edit.differences else None
    return Outcome(change.title, edit.path, copied_from, edit.before, edit.after, edit.differences, written)


def _applied(change: "Change", where: Where) -> Outcome:
    from tfserving.cli.aws import told_plainly

    _demand_tfs(where)
    config = where.models_config()
    with told_plainly(config.where):
        applied = config.apply(change, dry_run=where.dry_run)
    written = applied.version_id is not None
    told = applied.before, applied.after, applied.differences
    return Outcome(change.title, config.where, None, *told, written, applied.version_id)


def _demand_tfs(where: Where) -> None:
    """Refuse what the stack's settings refuse already; the object itself says who writes it, too."""
    from tfserving.changes import ChangeError
    from tfserving.stacks import models_config_writer, stack_name

    stack = where.stack if where.bucket else where.named_stack()
    if stack and (where.root / f"Pulumi.{stack_name(stack)}.yaml").exists():
        name = stack_name(stack)
        if models_config_writer(where.root, name) == "pulumi":
            raise ChangeError(
                f"The stack {name!r} has modelsConfigWriter 'pulumi': the next `pulumi up` would undo what is changed "
                f"in S3. Leave out --apply, and run `pulumi up`; or set modelsConfigWriter to 'tfs' first."
            )


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "change": outcome.change,
        "target": outcome.target,
        "copied_from": outcome.copied_from,
        "differences": [difference.as_json() for difference in outcome.differences],
        "diff": outcome.diff,
        "written": outcome.written,
        "version_id": outcome.version_id,
    }


def _show(outcome: Outcome, where: Where) -> None:
    if not outcome.differences:
        print(f"Nothing to change: {outcome.target} says so already.")
        return
    print(outcome.diff, end="")
    for difference in outcome.differences:
        print(f"{difference}.")
    if outcome.copied_from:
        print(f"The stack has no models.config of its own yet: {outcome.copied_from} is copied to {outcome.target}.")
    if not outcome.written:
        print("Nothing was written, because of --dry-run.")
    elif where.apply:
        print(f"Wrote {outcome.target}, version {outcome.version_id}. Machines follow; `tfs status` shows how far.")
    else:
        print(f"Wrote {outcome.target}. `pulumi up` rolls it out.")
