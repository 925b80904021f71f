"""`tfs check`."""

from pathlib import Path
from typing import Annotated

import typer


def check(
    stack: Annotated[str, typer.Option(help="The stack whose overrides in configs/<stack>/ apply.")],
    root: Annotated[Path, typer.Argument(help="The project's folder, in which configs/ lies.")] = Path(),
) -> None:
    """Check a stack's server configs as a preview would, and list every mistake with its line.

    Example: tfs check --stack dev
    """
    from tfserving.errors import ServerConfigError
    from tfserving.server_configs import check_server_configs, find_server_configs

    files = find_server_configs(root, stack)
    if problems := check_server_configs(files):
        raise ServerConfigError(problems)
    found = [file.path for file in (files.models, files.batching, files.monitoring, files.session) if file is not None]
    print(f"No mistakes in {', '.join(map(str, found))}.")
