"""Which stacks a project folder has, and which of them somebody means."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import yaml

from tfserving.errors import Problem, TfServingError
from tfserving.settings import NAMESPACE

_PROJECT_FILE: Final = "Pulumi.yaml"
CONFIGS: Final = "configs"
DEFAULT: Final = "default"
# Pulumi's own rule for stacks.
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_STACK_FILE: Final = re.compile(r"Pulumi\.(?P<stack>[A-Za-z0-9_.-]{1,100})\.(?P<ending>yaml|yml|json)")
_MOST_PARTS: Final = 3


def stack_name(text: str) -> str:
    """Give the stack of 'stack', 'organization/stack' or 'organization/project/stack'.

    Raises TfServingError for text that names none.
    """
    parts = text.split("/")
    if len(parts) > _MOST_PARTS or not all(_NAME.fullmatch(part) and part.strip(".") for part in parts):
        raise TfServingError(
            f"{text!r} names no stack. Write its name, such as 'dev', or 'organization/project/dev' in full; names "
            "have letters, digits, '_', '.' and '-'."
        )
    return parts[-1]


def project_name(root: Path) -> str:
    """Give the project's name, which stands before its settings, from its Pulumi.yaml; the usual one if it has none."""
    try:
        described = yaml.safe_load((root / _PROJECT_FILE).read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return NAMESPACE
    name = described.get("name") if isinstance(described, dict) else None
    return name if isinstance(name, str) else NAMESPACE


def stack_file(stack: str) -> str:
    """Give the name of the file that holds a stack's settings."""
    return f"Pulumi.{stack}.yaml"


def known_stacks(root: Path) -> tuple[str, ...]:
    """Name the stacks that have a settings file or a folder of server configs; raises OSError."""
    files = (_STACK_FILE.fullmatch(path.name) for path in root.iterdir())
    by_file = {match["stack"] for match in files if match and match["ending"] == "yaml"}
    configs = root / CONFIGS
    folders = configs.iterdir() if configs.is_dir() else ()
    by_folder = {path.name for path in folders if path.is_dir() and _NAME.fullmatch(path.name)}
    return tuple(sorted(name for name in by_file | by_folder if name != DEFAULT and not name.startswith(".")))


def stack_problems(root: Path, stack: str) -> Iterator[Problem]:
    """Find out that a folder has no such stack, and what lies there for nobody; raises OSError."""
    stacks = known_stacks(root)
    if stack not in stacks and not (root / CONFIGS / stack).is_dir():
        yield Problem("--stack", _no_such_stack(stack, stacks))
    yield from _other_cases(root, (stack, DEFAULT))
    yield from _stray_files(root)


def _no_such_stack(stack: str, stacks: tuple[str, ...]) -> str:
    folded = {name.lower(): name for name in stacks}
    close = get_close_matches(stack.lower(), folded, n=1)
    meant = f"Perhaps {folded[close[0]]!r} was meant. " if close else ""
    there = f"The stacks there are: {', '.join(stacks)}." if stacks else "There is no stack: run `pulumi stack init`."
    neither = f"it has neither {stack_file(stack)} nor {CONFIGS}/{stack}/"
    return f"{stack!r} is no stack of this folder: {neither}. {meant}{there}"


def _other_cases(root: Path, names: tuple[str, ...]) -> Iterator[Problem]:
    configs = root / CONFIGS
    meant = {name.lower(): name for name in names}
    for path in sorted(configs.iterdir()) if configs.is_dir() else ():
        name = meant.get(path.name.lower(), path.name)
        if path.is_dir() and path.name != name and not (root / stack_file(path.name)).is_file():
            yield Problem(
                f"{CONFIGS}/{path.name}/",
                f"Nothing reads this: the folder of {name!r} is {CONFIGS}/{name}/. Rename it.",
            )


def _stray_files(root: Path) -> Iterator[Problem]:
    for path in sorted(root.iterdir()):
        match = _STACK_FILE.fullmatch(path.name)
        if match and match["ending"] != "yaml":
            yield Problem(
                path.name,
                f"Nothing reads this: Pulumi looks for {stack_file(match['stack'])}, as the project file is "
                "Pulumi.yaml. Rename it.",
            )
    configs = root / CONFIGS
    for path in sorted(configs.iterdir()) if configs.is_dir() else ():
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".md":
            yield Problem(
                f"{CONFIGS}/{path.name}",
                f"Nothing reads this; server configs lie in {CONFIGS}/{DEFAULT}/ and {CONFIGS}/<stack>/. "
                "Move it there, or remove it.",
            )
