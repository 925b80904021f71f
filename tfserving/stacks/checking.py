"""Everything a stack has in its project folder, checked at once."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfserving.errors import Problem, ServerConfigError, SettingsError
from tfserving.server_configs import ServerConfigFiles, check_server_configs, find_server_configs
from tfserving.settings import NAMESPACE, Settings, load_settings
from tfserving.settings.load import KEYS
from tfserving.settings.messages import unknown_key
from tfserving.stacks.fit import file_misfits
from tfserving.stacks.names import project_name, stack_file, stack_name, stack_problems
from tfserving.stacks.stack_file import StackFile, places_of, read_stack_file, without_skipped


@dataclass(frozen=True)
class Checked:
    """What was looked at, by path below the folder, and every mistake in it.

    `skipped` names settings that are encrypted, whose values only Pulumi can tell.
    """

    stack: str
    files: tuple[str, ...]
    skipped: tuple[str, ...]
    problems: tuple[Problem, ...]


def check_stack(root: Path, stack: str) -> Checked:
    """Check a stack's settings and server configs below `root`, as a preview would; `stack` may be its full name.

    Raises TfServingError for text that can be no stack's name.
    """
    name = stack_name(stack)
    if not root.is_dir():
        what = "is no folder" if root.exists() else "does not exist"
        return Checked(name, (), (), (Problem(str(root), f"The project's folder {what}. Name the one with configs/."),))
    problems: list[Problem] = list(_readable(stack_problems(root, name), root))
    project = project_name(root)
    configs = _configs(root, name, problems)
    settings, found = _settings(root, name, project, problems)
    if settings and configs:
        problems += without_skipped(file_misfits(settings, configs), found.skipped)
    return Checked(name, (*_paths(configs), *_settings_path(root, name)), tuple(found.skipped), tuple(problems))


def _readable(problems: Iterator[Problem], root: Path) -> Iterator[Problem]:
    try:
        yield from problems
    except OSError as error:
        yield _unreadable(error, root)


def _unreadable(error: OSError, fallback: Path) -> Problem:
    where = str(error.filename or fallback)
    return Problem(where, f"This cannot be read: {error.strerror or error}. Mend its permissions.")


def _configs(root: Path, stack: str, problems: list[Problem]) -> ServerConfigFiles | None:
    try:
        files = find_server_configs(root, stack)
    except ServerConfigError as error:
        problems += error.problems
    except OSError as error:
        problems.append(_unreadable(error, root))
    else:
        mistakes = check_server_configs(files)
        problems += mistakes
        return None if mistakes else files
    return None


def _paths(files: ServerConfigFiles | None) -> tuple[str, ...]:
    found = (getattr(files, field.name) for field in dataclasses.fields(files)) if files else ()
    return tuple(file.path for file in found if file is not None)


def _settings_path(root: Path, stack: str) -> tuple[str, ...]:
    return (stack_file(stack),) if (root / stack_file(stack)).exists() else ()


def _settings(root: Path, stack: str, project: str, problems: list[Problem]) -> tuple[Settings | None, StackFile]:
    origin, found = stack_file(stack), StackFile()
    if not (root / origin).exists():
        return Settings(), found
    try:
        found = read_stack_file((root / origin).read_text("utf-8"), origin, project)
    except OSError as error:
        found.problems.append(_unreadable(error, root / origin))
    except UnicodeDecodeError:
        found.problems.append(Problem(origin, "The file is not UTF-8. Save it as UTF-8."))
    problems += found.problems
    problems += (Problem(f"{NAMESPACE}:{key}", unknown_key(key, KEYS)) for key in found.skipped if key not in KEYS)
    try:
        return load_settings(found.values), found
    except SettingsError as error:
        told = without_skipped(error.problems, found.skipped)
        problems += (places_of(found, origin, problem) for problem in told)
        return None, found
