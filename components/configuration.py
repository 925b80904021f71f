"""From the stack's configuration and the configs folder to checked values."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pulumi
from pulumi.runtime import config as runtime_config

from components.refusal import Refusal
from tfserving.errors import ProblemsError, ServerConfigError
from tfserving.server_configs import ServerConfigFiles, check_server_configs, find_server_configs
from tfserving.settings import Settings, config_misfits, load_settings

Checked = TypeVar("Checked")


def read_configuration(folder: Path) -> tuple[Settings, ServerConfigFiles]:
    """Read the stack's settings and its server configs below a folder.

    Raises Refusal with the mistakes of both.
    """
    errors: list[ProblemsError] = []
    settings = _collect(lambda: load_settings(_configuration_values()), errors)
    configs = _collect(lambda: _checked_configs(folder, pulumi.get_stack()), errors)
    if settings is None or configs is None:
        raise Refusal(*errors)
    if problems := tuple(config_misfits(settings, configs)):
        raise Refusal(ServerConfigError(problems))
    return settings, configs


def _configuration_values() -> dict[str, str]:
    # pulumi.Config answers only for keys one asks for, but a misspelt key is one nobody asks for.
    values = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    prefix = f"{pulumi.get_project()}:"
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}


def _checked_configs(folder: Path, stack: str) -> ServerConfigFiles:
    configs = find_server_configs(folder, stack)
    if problems := check_server_configs(configs):
        raise ServerConfigError(problems)
    return configs


def _collect(read: Callable[[], Checked], errors: list[ProblemsError]) -> Checked | None:
    try:
        return read()
    except ProblemsError as error:
        errors.append(error)
        return None
