"""From configuration values to settings."""

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tfserving.errors import Problem, SettingsError
from tfserving.settings.build import BuildSettings
from tfserving.settings.concern import Concern
from tfserving.settings.fit import misfits
from tfserving.settings.images import ImageSettings
from tfserving.settings.machine import MachineSettings
from tfserving.settings.network import NetworkSettings
from tfserving.settings.reach import cut_off
from tfserving.settings.server import ServerSettings
from tfserving.settings.stack import StackSettings
from tfserving.settings.storage import StorageSettings
from tfserving.settings.update import UpdateSettings

NAMESPACE: Final = "tfserving"


class Settings(BaseModel, frozen=True):
    """Everything an operator can set."""

    server: ServerSettings = ServerSettings()
    images: ImageSettings = ImageSettings()
    build: BuildSettings = BuildSettings()
    machine: MachineSettings = MachineSettings()
    network: NetworkSettings = NetworkSettings()
    storage: StorageSettings = StorageSettings()
    stack: StackSettings = StackSettings()
    update: UpdateSettings = UpdateSettings()


CONCERNS: Final[Mapping[str, type[Concern]]] = {
    "server": ServerSettings,
    "images": ImageSettings,
    "build": BuildSettings,
    "machine": MachineSettings,
    "network": NetworkSettings,
    "storage": StorageSettings,
    "stack": StackSettings,
    "update": UpdateSettings,
}
KEYS: Final = frozenset(key for concern in CONCERNS.values() for key in concern.fields_by_key())


def load_settings(values: Mapping[str, str]) -> Settings:
    """Make settings of configuration values by key; arrays and objects are JSON text, as Pulumi hands them over.

    Raises SettingsError with every mistake of every concern.
    """
    problems = list(_unknown_keys(values))
    concerns: dict[str, Any] = {}
    for name, concern in CONCERNS.items():
        try:
            concerns[name] = concern.model_validate(_decoded(values, concern))
        except ValidationError as error:
            problems += [_problem(details) for details in error.errors()]
        else:
            problems += [Problem(_qualified(key), message) for key, message in concerns[name].mistakes()]
    if {"server", "images", "machine"} <= concerns.keys():
        found = misfits(concerns["server"], concerns["images"], concerns["machine"])
        problems += [Problem(_qualified(key), message) for key, message in found]
    if {"machine", "network"} <= concerns.keys():
        found = cut_off(concerns["machine"], concerns["network"])
        problems += [Problem(_qualified(key), message) for key, message in found]
    if problems:
        raise SettingsError(problems)
    return Settings(**concerns)


def _unknown_keys(values: Mapping[str, str]) -> Iterator[Problem]:
    for key in sorted(set(values) - KEYS):
        close = difflib.get_close_matches(key, KEYS, n=1)
        remedy = f"Did you mean {close[0]!r}?" if close else "Pulumi.yaml lists every setting."
        yield Problem(_qualified(key), f"is not a setting. {remedy}")


def _decoded(values: Mapping[str, str], concern: type[Concern]) -> dict[str, Any]:
    return {
        key: _from_json(values[key]) if _is_container(field.default) else values[key]
        for key, field in concern.fields_by_key().items()
        if key in values
    }


def _is_container(default: object) -> bool:
    return isinstance(default, tuple | dict)


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _problem(details: ErrorDetails) -> Problem:
    key = ".".join(str(part) for part in details["loc"])
    message = details["msg"].removeprefix("Value error, ")
    # A rule of ours that begins with the value needs no second mention of it.
    value = "" if message.startswith(repr(details["input"])) else f"{details['input']!r} "
    return Problem(_qualified(key), f"{value}{_sentence(message)}")


def _sentence(message: str) -> str:
    return message if message.endswith(".") else f"{message}."


def _qualified(key: str) -> str:
    return key if key.startswith(f"{NAMESPACE}:") else f"{NAMESPACE}:{key}"
