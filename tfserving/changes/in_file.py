"""A change made to a stack's models.config under version control."""

import os
from dataclasses import dataclass
from pathlib import Path

from tfserving.changes.differences import Difference, differences
from tfserving.changes.steps import Change, ChangeError
from tfserving.errors import ProblemsError, ServerConfigError
from tfserving.server_configs import check_models, find_server_configs, parse_models
from tfserving.server_configs.rewriting import rewritten
from tfserving.stacks.names import CONFIGS, stack_name, stack_problems
from tfserving.stacks.writer import models_config_writer


@dataclass(frozen=True)
class FileEdit:
    """The stack's own file as it is and as it is to be; `source` is another path if the stack had no file yet."""

    root: Path
    path: str
    source: str
    before: str
    after: str
    differences: tuple[Difference, ...]

    @property
    def copied(self) -> bool:
        """Tell whether the text comes from configs/default/."""
        return self.source != self.path

    def write(self) -> None:
        """Write the file in one go; raises ChangeError if it cannot be written."""
        target = self.root / self.path
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # As bytes, so that line ends stay what they are.
            beside.write_bytes(self.after.encode())
            if target.exists():
                beside.chmod(target.stat().st_mode)
            beside.replace(target)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise ChangeError(f"{target} cannot be written: {error.strerror}. Mend its permissions.") from error


def edit_file(root: Path, stack: str, change: Change) -> FileEdit:
    """Work out a change to a stack's models.config below `root`; nothing is written yet.

    Raises ChangeError if the change does not fit or the stack's writer is tfs, ServerConfigError if the file has
    mistakes or would have some afterwards, SettingsError if it cannot be told who the writer is, and ProblemsError if
    there is no such stack.
    """
    name = stack_name(stack)
    _demand_stack(root, name)
    if models_config_writer(root, name) == "tfs":
        raise ChangeError(
            f"The stack {name!r} has modelsConfigWriter 'tfs': machines follow the object in S3, and a change to the "
            "file would reach none of them. Add --apply."
        )
    found, own = find_server_configs(root, name).models, f"{CONFIGS}/{name}/models.config"
    after = changed_text(found.text, found.path, own, change)
    found_differences = differences(parse_models(found.text, found.path), parse_models(after, own))
    return FileEdit(root, own, found.path, found.text, after, tuple(found_differences))


def changed_text(text: str, origin: str, target: str, change: Change) -> str:
    """Make a change to a sound text, so that the result is sound; raises ChangeError or ServerConfigError."""
    if problems := check_models(text, origin):
        raise ServerConfigError(problems)
    after = rewritten(text, change.step(parse_models(text, origin)), origin)
    if problems := check_models(after, target):
        raise ServerConfigError(problems)
    return after


def _demand_stack(root: Path, name: str) -> None:
    try:
        missing = [problem for problem in stack_problems(root, name) if problem.where == "--stack"]
    except OSError as error:
        raise ChangeError(f"{root} cannot be read: {error.strerror}. Name the project's folder.") from error
    if missing:
        raise ProblemsError(missing)
