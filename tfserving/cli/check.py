"""`tfs check`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tfserving.stacks import Checked


def check(
    stack: Annotated[
        str, typer.Option(help="The stack, as Pulumi names it; of 'organization/project/stack' the last part counts.")
    ],
    root: Annotated[
        Path, typer.Argument(help="The project's folder, with configs/ and Pulumi.<stack>.yaml in it.")
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Check a stack's settings and server configs as a preview would, and list every mistake with its line.

    Needs neither Pulumi nor AWS: Pulumi.<stack>.yaml is read as it stands, except for what is encrypted in it.

    Example: tfs check --stack dev
    """
    from tfserving.cli import FAILED
    from tfserving.errors import ProblemsError
    from tfserving.stacks import check_stack

    checked = check_stack(root, stack)
    if as_json:
        print(json.dumps(_as_json(checked)))
        raise typer.Exit(FAILED if checked.problems else 0)
    if checked.problems:
        raise ProblemsError(checked.problems)
    print(f"No mistakes in {', '.join(checked.files)}.")
    if not any(file.startswith("Pulumi.") for file in checked.files):
        print(f"There is no Pulumi.{checked.stack}.yaml, so no settings were looked at.")
    if checked.skipped:
        print(f"Not looked at, since encrypted: {', '.join(checked.skipped)}.")


def _as_json(checked: "Checked") -> dict[str, object]:
    problems = [{"where": problem.where, "message": problem.message} for problem in checked.problems]
    return {"stack": checked.stack, "files": checked.files, "skipped": checked.skipped, "problems": problems}
