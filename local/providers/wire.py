"""What the engine sends and gets: protobuf structs that carry unknown and secret values beside plain ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.struct_pb2 import ListValue, Struct, Value

# Fixed by the engine's protocol (sdk/go/common/resource).
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a marker, it guards nothing)

Values = dict[str, Any]


@dataclass(frozen=True)
class Unknown:
    """A value the engine learns only when it really creates what gives it."""


UNKNOWN: Final = Unknown()


class WireError(Exception):
    """The engine sent a kind of value these providers did not ask for."""


def decode(struct: Struct) -> Values:
    """Give a struct's plain values: secrets unwrapped, unknowns as UNKNOWN, absent ones left out, whole numbers as int.

    Raises WireError for assets, archives and resource references.
    """
    return {key: plain for key, value in struct.fields.items() if (plain := _plain(value)) is not None}


def secret_names(struct: Struct) -> frozenset[str]:
    """Name the properties that hold a secret at any depth."""
    return frozenset(key for key, value in struct.fields.items() if _holds_secret(value))


def encode(values: Mapping[str, Any], secrets: Iterable[str] = ()) -> Struct:
    """Make a struct, with the named properties marked as secret."""
    hidden = frozenset(secrets)
    struct = Struct()
    for key, plain in values.items():
        if plain is not None:
            struct.fields[key].CopyFrom(_secret(plain) if key in hidden else _value(plain))
    return struct


def holds_unknown(plain: Any) -> bool:
    """Tell whether a plain value is unknown, or anything within it."""
    if isinstance(plain, dict):
        return any(map(holds_unknown, plain.values()))
    if isinstance(plain, list):
        return any(map(holds_unknown, plain))
    return plain is UNKNOWN


def _plain(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _plain_struct(value.struct_value)
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
    return value.bool_value if kind == "bool_value" else None


def _plain_struct(struct: Struct) -> Any:
    if SIGNATURE not in struct.fields:
        return decode(struct)
    if not _is_secret(struct):
        signature = struct.fields[SIGNATURE].string_value
        raise WireError(
            f"A value of kind {signature!r} arrived; the local providers take text, numbers and secrets only."
        )
    return _plain(struct.fields["value"])


def _is_secret(struct: Struct) -> bool:
    return SIGNATURE in struct.fields and struct.fields[SIGNATURE].string_value == SECRET


def _holds_secret(value: Value) -> bool:
    if value.HasField("struct_value"):
        return _is_secret(value.struct_value) or any(map(_holds_secret, value.struct_value.fields.values()))
    return value.HasField("list_value") and any(map(_holds_secret, value.list_value.values))


def _value(plain: Any) -> Value:
    if plain is UNKNOWN:
        return Value(string_value=UNKNOWN_TEXT)
    if isinstance(plain, bool):
        return Value(bool_value=plain)
    if isinstance(plain, int | float):
        return Value(number_value=plain)
    if isinstance(plain, str):
        return Value(string_value=plain)
    if isinstance(plain, Mapping):
        return Value(struct_value=encode(plain))
    if isinstance(plain, list | tuple):
        return Value(list_value=ListValue(values=[_value(item) for item in plain]))
    raise TypeError(f"{plain!r} cannot be sent to the engine.")


def _secret(plain: Any) -> Value:
    wrapped = Struct()
    wrapped.fields[SIGNATURE].string_value = SECRET
    wrapped.fields["value"].CopyFrom(_value(plain))
    return Value(struct_value=wrapped)
