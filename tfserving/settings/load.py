"""From configuration values to settings."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from tfserving.errors import Problem, SettingsError
from tfserving.settings.build import BuildSettings
from tfserving.settings.concern import Concern
from tfserving.settings.fit import misfits
from tfserving.settings.images import ImageSettings
from tfserving.settings.machine import MachineSettings
from tfserving.settings.messages import refusal, unknown_key
from tfserving.settings.network import NetworkSettings
from tfserving.settings.reach import cut_off
from tfserving.settings.reading import NotRead, read_value
from tfserving.settings.server import ServerSettings
from tfserving.settings.stack import StackSettings
from tfserving.settings.storage import StorageSettings
from tfserving.settings.tls import TlsSettings
from tfserving.settings.update import UpdateSettings
from tfserving.spelling import shown

NAMESPACE: Final = "tfserving"


class Settings(BaseModel, frozen=True):
    """Everything an operator can set."""

    server: ServerSettings = ServerSettings()
    images: ImageSettings = ImageSettings()
    build: BuildSettings = BuildSettings()
    machine: MachineSettings = MachineSettings()
    network: NetworkSettings = NetworkSettings()
    storage: StorageSettings = StorageSettings()
    tls: TlsSettings = TlsSettings()
    stack: StackSettings = StackSettings()
    update: UpdateSettings = UpdateSettings()


CONCERNS: Final[Mapping[str, type[Concern]]] = {
    "server": ServerSettings,
    "images": ImageSettings,
    "build": BuildSettings,
    "machine": MachineSettings,
    "network": NetworkSettings,
    "storage": StorageSettings,
    "tls": TlsSettings,
    "stack": StackSettings,
    "update": UpdateSettings,
}
KEYS: Final = frozenset(key for concern in CONCERNS.values() for key in concern.fields_by_key())


def load_settings(values: Mapping[str, str]) -> Settings:
    """Make settings of configuration values by key; arrays and objects are JSON text, as Pulumi hands them over.

    What is no text yet is taken as the JSON it stands for.

    Raises SettingsError with every mistake of every concern.
    """
    problems = [Problem(_qualified(key), unknown_key(key, KEYS)) for key in sorted(set(values) - KEYS)]
    concerns: dict[str, Any] = {}
    for name, concern in CONCERNS.items():
        read, unread = _read(values, concern)
        problems += unread
        try:
            checked = concern.model_validate(read)
        except ValidationError as error:
            problems += [Problem(_qualified(*details["loc"]), refusal(details)) for details in error.errors()]
            continue
        # What could not be read has its default now, and rules between settings would speak of that.
        if not unread:
            concerns[name] = checked
            found = [*_repeated(checked), *checked.mistakes()]
            problems += [Problem(_qualified(key), message) for key, message in found]
    if {"server", "images", "machine"} <= concerns.keys():
        found = list(misfits(concerns["server"], concerns["images"], concerns["machine"]))
        problems += [Problem(_qualified(key), message) for key, message in found]
    if {"machine", "network"} <= concerns.keys():
        found = list(cut_off(concerns["machine"], concerns["network"]))
        problems += [Problem(_qualified(key), message) for key, message in found]
    if problems:
        raise SettingsError(problems)
    return Settings(**concerns)


def _read(values: Mapping[str, str], concern: type[Concern]) -> tuple[dict[str, Any], list[Problem]]:
    """Read a concern's values from their text; what cannot be read is left out and told."""
    read: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, field in concern.fields_by_key().items():
        if key not in values:
            continue
        try:
            value: object = values[key]
            text = value if isinstance(value, str) else json.dumps(value)
            read[key] = read_value(key, text, type(field.default))
        except NotRead as refused:
            problems += [Problem(f"{_qualified(key)}{mistake.below}", mistake.message) for mistake in refused.mistakes]
    return read, problems


def _repeated(concern: Concern) -> Iterator[tuple[str, str]]:
    """Find what a list names twice: most would become two resources of one name."""
    for name, field in type(concern).model_fields.items():
        value = getattr(concern, name)
        for entry, count in Counter(value).items() if isinstance(value, tuple) else ():
            if count > 1:
                places = " and ".join(str(index) for index, other in enumerate(value) if other == entry)
                times = "twice" if count == 2 else f"{count} times"
                yield field.alias or name, f"names {entry!r} {times}, as entries {places}. Keep one of them."


def _qualified(*location: str | int) -> str:
    key = ".".join(str(part) if str(part).isprintable() else shown(part) for part in location)
    return key if key.startswith(f"{NAMESPACE}:") else f"{NAMESPACE}:{key}"
