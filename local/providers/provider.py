"""What is common to the local providers: tables of types, configuration, and the values around each operation."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from local.providers.failures import Failure, ProviderError
from local.providers.resource_types import IN_PLACE, Function, ResourceType
from local.providers.sdk_types import check_invoke, check_resource
from local.providers.shapes import project, unmapped
from local.providers.wire import Values

Context = TypeVar("Context")


class Provider(Generic[Context]):
    """A package's resource types and functions, and the context their functions get once it is configured."""

    package: ClassVar[str]
    sdk: ClassVar[str]

    def __init__(
        self,
        resources: Mapping[str, ResourceType[Context]],
        functions: Mapping[str, Function[Context]],
    ) -> None:
        self._resources = resources
        self._functions = functions
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """Give what resource functions work with.

        Raises ProviderError before configuration.
        """
        if self._context is None:
            raise ProviderError(f"The {self.package} provider is not configured.")
        return self._context

    def check_config(self, values: Values) -> Iterator[Failure]:
        """Check the provider's own configuration."""
        raise NotImplementedError

    def configure(self, values: Values) -> Context:
        """Make the context of a checked configuration."""
        raise NotImplementedError

    def set_up(self, values: Values) -> None:
        """Take a checked configuration."""
        self._context = self.configure(values)

    def resource(self, token: str) -> ResourceType[Context]:
        """Find a resource type; raises ProviderError if it is not mapped."""
        _require(self._resources, token, "resource type")
        return self._resources[token]

    def function(self, token: str) -> Function[Context]:
        """Find a function; raises ProviderError if it is not mapped."""
        _require(self._functions, token, "function")
        return self._functions[token]

    def check(self, kind: ResourceType[Context], values: Values) -> list[Failure]:
        """Check a resource's inputs: the SDK's rules, then what is mapped here, then the type's own rules."""
        if failures := list(check_resource(kind.token, values)):
            return failures
        if failures := list(_unmapped(kind, values)):
            return failures
        return list(kind.check(self.complete(kind, values)))

    def check_call(self, function: Function[Context], values: Values) -> list[Failure]:
        """Check a function's arguments."""
        failures = list(check_invoke(function.token, values))
        missing = sorted(function.required - values.keys())
        failures += [Failure(name, f"{name!r} is missing, but {function.token} requires it") for name in missing]
        return failures or [_not_mapped(name, function.token) for name in values if name not in function.arguments]

    def complete(self, kind: ResourceType[Context], inputs: Values) -> Values:
        """Add to inputs what the provider's configuration adds to them."""
        return inputs

    def added(self, kind: ResourceType[Context]) -> tuple[str, ...]:
        """Name what completion adds; it is part of the state, not of the inputs the engine keeps."""
        return ()

    def settle(self, kind: ResourceType[Context], known: Values, found: Values) -> Values:
        """Join what was known of a resource with what was found; a value of the same meaning stays as written."""
        return {**known, **{name: _settled(kind, known, name, value) for name, value in found.items()}}

    def explain(self, error: Exception) -> str | None:
        """Put a client library's error into words, or give None if it is none of these."""
        return None


def _require(table: Iterable[str], token: str, what: str) -> None:
    if token not in table:
        raise ProviderError(
            f"The {what} {token!r} is not mapped by the local providers; it can only be used with the real plugin. "
            f"Mapped are: {', '.join(sorted(table))}."
        )


def _unmapped(kind: ResourceType[Any], values: Values) -> Iterator[Failure]:
    for name, value in values.items():
        if name not in kind.inputs:
            yield _not_mapped(name, kind.token)
        elif (shape := kind.inputs[name].shape) is not None:
            yield from (_not_mapped(path, kind.token) for path in unmapped(value, shape, name))


def _not_mapped(path: str, token: str) -> Failure:
    return Failure(path, f"{path!r} is an input of {token}, but the local provider does not map it and would lose it")


def _settled(kind: ResourceType[Any], known: Values, name: str, found: Any) -> Any:
    if name not in known:
        return found
    rule = kind.inputs.get(name, IN_PLACE)
    actual = project(found, known[name]) if rule.shape is not None else found
    return known[name] if rule.equal(actual, known[name]) else actual
