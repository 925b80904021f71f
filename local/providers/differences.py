"""What changed between two sets of inputs, path by path, and whether it replaces the resource."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2 as pb

from local.providers.naming import DEFAULTS, is_auto_named
from local.providers.resource_types import IN_PLACE, ResourceType
from local.providers.wire import Values

_KINDS = {
    (True, False): pb.PropertyDiff.ADD,
    (True, True): pb.PropertyDiff.ADD_REPLACE,
    (False, False): pb.PropertyDiff.UPDATE,
    (False, True): pb.PropertyDiff.UPDATE_REPLACE,
}


@dataclass(frozen=True)
class Difference:
    """One changed property: its name, and the path and kind of each change within it."""

    name: str
    replaces: bool
    paths: Mapping[str, Any]


def differences(kind: ResourceType[Any], old: Values, new: Values) -> list[Difference]:
    """Compare completed inputs."""
    also = frozenset(kind.also_replaces(old, new))
    return [
        _difference(name, kind.update is None or kind.inputs.get(name, IN_PLACE).replaces or name in also, old, new)
        for name in sorted((old.keys() | new.keys()) - {DEFAULTS})
        if not kind.inputs.get(name, IN_PLACE).equal(old.get(name), new.get(name))
    ]


def diff_response(kind: ResourceType[Any], old: Values, new: Values) -> pb.DiffResponse:
    """Compare completed inputs, in the engine's words."""
    found = differences(kind, old, new)
    replaces = [difference.name for difference in found if difference.replaces]
    paths = {path: change for difference in found for path, change in difference.paths.items()}
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE,
        diffs=[difference.name for difference in found],
        replaces=replaces,
        detailedDiff={path: pb.PropertyDiff(kind=change, inputDiff=True) for path, change in paths.items()},
        hasDetailedDiff=True,
        # Two resources cannot have one fixed name at a time.
        deleteBeforeReplace=bool(replaces) and _keeps_fixed_name(kind, old, new),
    )


def _keeps_fixed_name(kind: ResourceType[Any], old: Values, new: Values) -> bool:
    return (
        kind.name is not None
        and not is_auto_named(kind.name, new)
        and old.get(kind.name.property) == new.get(kind.name.property)
    )


def _difference(name: str, replaces: bool, old: Values, new: Values) -> Difference:
    return Difference(name, replaces, dict(_paths(old.get(name), new.get(name), name, replaces)))


def _paths(old: Any, new: Any, path: str, replaces: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _paths(old.get(key), new.get(key), _below(path, key), replaces)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _paths(_at(old, index), _at(new, index), f"{path}[{index}]", replaces)
    elif old != new:
        yield path, _kind(old, new, replaces)


def _kind(old: Any, new: Any, replaces: bool) -> Any:
    if new is None:
        return pb.PropertyDiff.DELETE_REPLACE if replaces else pb.PropertyDiff.DELETE
    return _KINDS[old is None, replaces]


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else None
