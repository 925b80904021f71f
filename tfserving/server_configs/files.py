"""The server configs of a stack: its own files where it has them, configs/default/ for the rest."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from tfserving.errors import Problem, ServerConfigError
from tfserving.server_configs.batching import check_batching
from tfserving.server_configs.foreign import UTF_16
from tfserving.server_configs.models import check_models
from tfserving.server_configs.monitoring import check_monitoring
from tfserving.server_configs.session import check_session

_FOLDER: Final = "configs"
_DEFAULT: Final = "default"
_MODELS: Final = "models.config"
_BATCHING: Final = "batching.config"
_MONITORING: Final = "monitoring.config"
_SESSION: Final = "session.config"
_NAMES: Final = (_MODELS, _BATCHING, _MONITORING, _SESSION)

BOOT_FILES: Final[Mapping[str, Callable[[str, str], list[Problem]]]] = {
    _BATCHING: check_batching,
    _MONITORING: check_monitoring,
    _SESSION: check_session,
}
"""The files a server reads only when it starts, each with the check of its text and origin."""


@dataclass(frozen=True)
class ServerConfigFile:
    """One file: its path from the project's root, as the operator knows it, and its text."""

    path: str
    text: str


@dataclass(frozen=True)
class ServerConfigFiles:
    """The files of one stack; None for a file that is absent, which switches its feature off."""

    models: ServerConfigFile
    batching: ServerConfigFile | None
    monitoring: ServerConfigFile | None
    session: ServerConfigFile | None = None


def find_server_configs(root: Path, stack: str) -> ServerConfigFiles:
    """Read a stack's files below `root`; raises ServerConfigError for missing or misnamed ones."""
    problems = list(_layout_problems(root, stack))
    found: dict[str, ServerConfigFile] = {}
    for name in _NAMES:
        path = next((path for path in _candidates(stack, name) if (root / path).is_file()), None)
        text = _read(root, path, problems) if path else None
        if path and text is not None and not _switches_off(path, text, stack):
            found[name] = ServerConfigFile(str(path), text)
    if problems:
        raise ServerConfigError(problems)
    return ServerConfigFiles(found[_MODELS], found.get(_BATCHING), found.get(_MONITORING), found.get(_SESSION))


def check_server_configs(files: ServerConfigFiles, *, bucket: str | None = None) -> list[Problem]:
    """Every mistake of all files; base paths are held against `bucket` where it is known."""
    problems = check_models(files.models.text, files.models.path, bucket=bucket)
    for file, check in zip((files.batching, files.monitoring, files.session), BOOT_FILES.values(), strict=True):
        if file:
            problems += check(file.text, file.path)
    return problems


def _switches_off(path: Path, text: str, stack: str) -> bool:
    """Tell whether a stack's own file has nothing but comments: its way to leave out what configs/default/ has."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return path.name != _MODELS and path.parent.name == stack and bool(lines) and all(map(_is_comment, lines))


def _is_comment(line: str) -> bool:
    return line.startswith("#")


def _candidates(stack: str, name: str) -> tuple[Path, Path]:
    return Path(_FOLDER, stack, name), Path(_FOLDER, _DEFAULT, name)


def _layout_problems(root: Path, stack: str) -> Iterator[Problem]:
    if not (root / _FOLDER).is_dir():
        yield Problem(f"{_FOLDER}/", f"The folder is missing. Create {_FOLDER}/{_DEFAULT}/{_MODELS} in it.")
        return
    for folder in sorted({Path(_FOLDER, stack), Path(_FOLDER, _DEFAULT)}):
        yield from _misnamed(root, folder)
    if not any((root / path).is_file() for path in _candidates(stack, _MODELS)):
        own, default = _candidates(stack, _MODELS)
        yield Problem(str(own), f"The file is missing, and so is {default}. Create one of them and name a model in it.")


def _misnamed(root: Path, folder: Path) -> Iterator[Problem]:
    if not (root / folder).is_dir():
        return
    for path in sorted((root / folder).iterdir()):
        if path.name in _NAMES and path.is_file():
            continue
        if path.name.startswith(".") or path.suffix == ".md":
            continue
        close = get_close_matches(path.name.lower(), _NAMES, n=1)
        remedy = f"Perhaps {close[0]!r} was meant." if close else "Rename or remove it."
        yield Problem(
            str(folder / path.name),
            f"Nothing reads this; a stack's folder holds the files {', '.join(_NAMES)} only. {remedy}",
        )


def _read(root: Path, path: Path, problems: list[Problem]) -> str | None:
    try:
        content = (root / path).read_bytes()
    except OSError as error:
        problems.append(Problem(str(path), f"The file cannot be read: {error.strerror}. Mend its permissions."))
        return None
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        problems.append(Problem(f"{path}:1:1", UTF_16))
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        problems.append(Problem(f"{path}:{line}:{column}", "This byte is not UTF-8. Save the file as UTF-8."))
        return None
