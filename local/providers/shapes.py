"""Nested values: which keys are mapped, and what AWS calls them."""

from collections.abc import Iterator, Mapping
from typing import Any

# A key's name at AWS, or that name and the shape below it.
Shape = Mapping[str, "str | tuple[str, Shape]"]


def to_aws(value: Any, shape: Shape) -> Any:
    """Rename keys as AWS knows them; lists are taken element by element."""
    if isinstance(value, list):
        return [to_aws(item, shape) for item in value]
    return {
        name: to_aws(value[key], below) if below else value[key] for key, name, below in _entries(shape) if key in value
    }


def from_aws(value: Any, shape: Shape) -> Any:
    """Rename keys as the SDK knows them; keys the shape does not name are left out."""
    if isinstance(value, list):
        return [from_aws(item, shape) for item in value]
    entries = [entry for entry in _entries(shape) if value.get(entry[1]) is not None]
    return {key: from_aws(value[name], below) if below else value[name] for key, name, below in entries}


def unmapped(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Give the path of every key that is set but not in the shape."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from unmapped(item, shape, f"{path}[{index}]")
    elif isinstance(value, dict):
        yield from (f"{path}.{key}" for key in value if key not in shape)
        for key, _, below in _entries(shape):
            if below and key in value:
                yield from unmapped(value[key], below, f"{path}.{key}")


def project(actual: Any, stored: Any) -> Any:
    """Reduce what AWS tells to the keys that were stored, for AWS adds its defaults to what it was told.

    A stored key that does not come back is kept: moto forgets some, such as `NewerNoncurrentVersions`.
    """
    if isinstance(actual, dict) and isinstance(stored, dict):
        return {key: project(actual.get(key, stored[key]), stored[key]) for key in stored}
    if isinstance(actual, list) and isinstance(stored, list) and len(actual) == len(stored):
        return [project(one, other) for one, other in zip(actual, stored, strict=True)]
    return actual


def _entries(shape: Shape) -> Iterator[tuple[str, str, Shape | None]]:
    for key, entry in shape.items():
        if isinstance(entry, str):
            yield key, entry, None
        else:
            yield key, *entry
