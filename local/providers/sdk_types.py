"""Checks values against the SDK's own type metadata, at every depth."""

import difflib
import enum
import functools
import importlib
import inspect
import types
import typing
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pulumi
from pulumi import _types as metadata

from local.providers.failures import Failure, ProviderError, shown
from local.providers.wire import UNKNOWN

_SCALARS: Final[Mapping[Any, tuple[tuple[type, ...], str]]] = {
    str: ((str,), "text"),
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
}


def resource_class(token: str) -> type:
    """Find the SDK's class of a resource type, `aws:s3/bucket:Bucket`.

    Raises ProviderError if the SDK has none.
    """
    found = getattr(_sdk_module(token), token.rpartition(":")[2], None)
    if not inspect.isclass(found):
        raise ProviderError(f"{token!r} is not a resource type of the SDK.")
    return found


def check_resource(token: str, values: Mapping[str, Any]) -> Iterator[Failure]:
    """Check a resource's inputs: every name, every type, and that nothing required is missing."""
    return check_object(inputs_class(token), values)


def check_object(inputs: type, values: Mapping[str, Any], path: str = "") -> Iterator[Failure]:
    """Check a value that the SDK describes by an input class; names are those of the wire, in camelCase."""
    known = _input_types(inputs)
    owner = inputs.__name__.removesuffix("Args").removesuffix("Init")
    yield from _unknown_names(known, values, owner, path)
    for name, value in values.items():
        if name in known:
            yield from _check(known[name], value, _join(path, name))
    for name in _required(inputs):
        if name not in values:
            yield Failure(_join(path, name), f"{_join(path, name)!r} is missing, but {owner} requires it")


def check_invoke(token: str, values: Mapping[str, Any]) -> Iterator[Failure]:
    """Check a function's arguments; which are required the SDK does not tell.

    Raises ProviderError if the SDK has no such function.
    """
    known = _invoke_arguments(token)
    yield from _unknown_names(known, values, token, "")
    for name, value in values.items():
        if name in known:
            yield from _check(known[name], value, name)


@functools.cache
def inputs_class(token: str) -> type:
    """Find the class that describes a resource type's inputs."""
    owner = resource_class(token)
    module = importlib.import_module(owner.__module__)
    # `InitArgs` where plain `Args` is the name of another resource's nested value, as for BucketVersioning.
    for suffix in ("InitArgs", "Args"):
        if f"{owner.__name__}{suffix}" in module.__all__:
            return typing.cast(type, getattr(module, f"{owner.__name__}{suffix}"))
    raise ProviderError(f"The SDK describes no inputs of {token!r}.")


@functools.cache
def _input_types(inputs: type) -> Mapping[str, Any]:
    return metadata.input_type_types(inputs)


@functools.cache
def _required(inputs: type) -> tuple[str, ...]:
    parameters = inspect.signature(inputs.__init__).parameters.values()  # type: ignore[misc]
    wire_names = metadata.input_type_py_to_pulumi_names(inputs)
    return tuple(wire_names[p.name] for p in parameters if p.name in wire_names and p.default is p.empty)


@functools.cache
def _invoke_arguments(token: str) -> Mapping[str, Any]:
    name = _snake(token.rpartition(":")[2])
    module = _sdk_module(token)
    if not hasattr(module, name):
        raise ProviderError(f"{token!r} is not a function of the SDK.")
    types_of = typing.get_type_hints(getattr(module, name))
    return {_camel(name): kind for name, kind in types_of.items() if name not in ("opts", "return")}


def _sdk_module(token: str) -> types.ModuleType:
    package, module, _ = token.split(":")
    folder = module.partition("/")[0]
    name = f"pulumi_{package}" if folder == "index" else f"pulumi_{package}.{folder}"
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ProviderError(f"{token!r} is in no module of the SDK: there is no {name!r}.") from None


def _unknown_names(known: Iterable[str], values: Iterable[str], owner: str, path: str) -> Iterator[Failure]:
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"
            yield Failure(_join(path, name), f"{name!r} is not an input of {owner}{hint}")


def _check(expected: Any, value: Any, path: str) -> Iterator[Failure]:
    if value is None or value is UNKNOWN:
        return
    choices = _choices(expected)
    attempts = [list(_check_one(choice, value, path)) for choice in choices]
    if all(attempts):
        # The attempt that got furthest says most: a misspelt key deep inside rather than "must be text".
        yield from max(attempts, key=lambda failures: max(len(failure.property) for failure in failures))


def _check_one(expected: Any, value: Any, path: str) -> Iterator[Failure]:
    origin = typing.get_origin(expected)
    if origin in (Sequence, list):
        yield from _check_list(typing.get_args(expected)[0], value, path)
    elif origin in (Mapping, dict):
        yield from _check_map(typing.get_args(expected)[1], value, path)
    elif inspect.isclass(expected) and (metadata.is_input_type(expected) or metadata.is_output_type(expected)):
        yield from _check_nested(expected, value, path)
    elif inspect.isclass(expected) and issubclass(expected, enum.Enum):
        allowed = [member.value for member in expected]
        if value not in allowed:
            yield _mismatch(path, value, f"one of {', '.join(map(str, allowed))}")
    elif expected in _SCALARS:
        yield from _check_scalar(expected, value, path)
    elif expected is not Any:
        yield _mismatch(path, value, f"a {getattr(expected, '__name__', expected)}")


def _check_scalar(expected: Any, value: Any, path: str) -> Iterator[Failure]:
    accepted, rule = _SCALARS[expected]
    # In Python a bool is an int.
    if not isinstance(value, accepted) or (isinstance(value, bool) and expected is not bool):
        yield _mismatch(path, value, rule)


def _check_list(element: Any, value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, list):
        yield _mismatch(path, value, "a list")
        return
    for index, item in enumerate(value):
        yield from _check(element, item, f"{path}[{index}]")


def _check_map(element: Any, value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield _mismatch(path, value, "a map")
        return
    for key, item in value.items():
        yield from _check(element, item, _join(path, key))


def _check_nested(expected: type, value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield _mismatch(path, value, f"an object of the keys of {expected.__name__}")
    elif metadata.is_input_type(expected):
        yield from check_object(expected, value, path)


def _choices(expected: Any) -> list[Any]:
    if typing.get_origin(expected) not in (typing.Union, types.UnionType):
        return [expected]
    parts = [part for part in typing.get_args(expected) if not _is_plumbing(part)]
    return [choice for part in parts for choice in _choices(part)]


def _is_plumbing(part: Any) -> bool:
    # An Input may also be awaited or an Output; on the wire it is neither. TypedDicts and results are twins of Args.
    origin = typing.get_origin(part) or part
    if origin in (Awaitable, pulumi.Output, type(None)):
        return True
    return typing.is_typeddict(part) or (inspect.isclass(part) and metadata.is_output_type(part))


def _mismatch(path: str, value: Any, rule: str) -> Failure:
    return Failure(path, f"{path!r} is {shown(value)}, but must be {rule}")


def _join(path: str, name: str) -> str:
    if not name.isidentifier():
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
