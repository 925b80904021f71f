"""grpc_channel_arguments: gRPC takes an argument it does not know, or of the wrong kind, for none at all, and goes on.

Names and kinds are those of include/grpc/impl/channel_arg_names.h (grpc/grpc) that matter to a server.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

_INT32: Final = range(-(1 << 31), 1 << 31)
_LARGEST: Final = _INT32[-1]
_ITEM: Final = re.compile(r"[^=]+=[^=]+")
_KEY: Final = re.compile(r"grpc(\.[A-Za-z0-9_-]+)+")
_INTEGER: Final = re.compile(r"-?[0-9]{1,20}")


@dataclass(frozen=True)
class _Argument:
    """One argument and the whole numbers it takes."""

    name: str
    least: int
    most: int = _LARGEST


_SWITCHES: Final = (
    "grpc.census",
    "grpc.enable_channelz",
    "grpc.expand_wildcard_addrs",
    "grpc.http2.bdp_probe",
    "grpc.http2.true_binary",
    "grpc.keepalive_permit_without_calls",
    "grpc.minimal_stack",
    "grpc.per_message_compression",
    "grpc.per_message_decompression",
    "grpc.server_call_metric_recording",
    "grpc.so_reuseport",
)
_ROWS: Final = (
    *(_Argument(name, 0, 1) for name in _SWITCHES),
    _Argument("grpc.absolute_max_metadata_size", 1),
    _Argument("grpc.default_compression_algorithm", 0, 2),
    _Argument("grpc.default_compression_level", 0, 3),
    _Argument("grpc.dscp", 0, 63),
    _Argument("grpc.http2.hpack_table_size.decoder", 0),
    _Argument("grpc.http2.hpack_table_size.encoder", 0),
    _Argument("grpc.http2.lookahead_bytes", 1),
    _Argument("grpc.http2.max_frame_size", 1 << 14, (1 << 24) - 1),
    _Argument("grpc.http2.max_ping_strikes", 0),
    _Argument("grpc.http2.max_pings_without_data", 0),
    _Argument("grpc.http2.min_ping_interval_without_data_ms", 0),
    _Argument("grpc.http2.min_time_between_pings_ms", 0),
    _Argument("grpc.http2.write_buffer_size", 0),
    _Argument("grpc.keepalive_time_ms", 1),
    _Argument("grpc.keepalive_timeout_ms", 1),
    _Argument("grpc.max_allowed_incoming_connections", 1),
    _Argument("grpc.max_channel_trace_event_memory_per_node", 0),
    _Argument("grpc.max_concurrent_streams", 1),
    _Argument("grpc.max_connection_age_grace_ms", 0),
    _Argument("grpc.max_connection_age_ms", 1),
    _Argument("grpc.max_connection_idle_ms", 1),
    _Argument("grpc.max_metadata_size", 1),
    _Argument("grpc.max_receive_message_length", -1),
    _Argument("grpc.max_send_message_length", -1),
    _Argument("grpc.server_handshake_timeout_ms", 1),
    _Argument("grpc.server_max_unrequested_time_in_server", 1),
    _Argument("grpc.tcp_receive_buffer_size", 1),
)
_ARGUMENTS: Final[Mapping[str, _Argument]] = {argument.name: argument for argument in _ROWS}
# These hold addresses of objects inside the process, which no text can give.
_OBJECTS: Final = frozenset(
    {
        "grpc.authorization_policy_provider",
        "grpc.event_engine_use_memory_allocator_factory",
        "grpc.experimental.stats_plugins",
        "grpc.resource_quota",
        "grpc.socket_factory",
        "grpc.socket_mutator",
        "grpc.ssl_session_cache",
    }
)


def channel_argument_mistakes(value: str) -> Iterator[str]:
    """Say what is wrong with 'key=value,key=value', in full sentences without the flag's name; '' has no mistakes.

    An item of another form stops the looking: what it was meant to be is not known.
    """
    items = value.split(",") if value else []
    wrong = [item for item in items if not _ITEM.fullmatch(item)]
    if wrong:
        yield (
            f"its item {wrong[0]!r} is not of the form key=value, and the server would read past the item's end. "
            "Write items such as grpc.max_connection_age_ms=60000, with commas between them."
        )
        return
    pairs = [(key, text) for key, _, text in (item.partition("=") for item in items)]
    for key, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            yield f"it sets {key!r} {count} times, and only one of them counts. Keep one."
    for key, text in pairs:
        yield from _mistake(key, text)


def _mistake(key: str, text: str) -> Iterator[str]:
    if key != key.strip() or text != text.strip():
        yield (
            f"its item {f'{key}={text}'!r} has blanks around it, which gRPC takes for part of the name or the value "
            f"and then ignores. Write {f'{key.strip()}={text.strip()}'!r}."
        )
    elif key in _OBJECTS:
        yield f"{key!r} holds an object of the server's own, not a number or text. Remove it."
    elif key in _ARGUMENTS:
        yield from _number_mistake(_ARGUMENTS[key], text)
    elif not _KEY.fullmatch(key):
        close = get_close_matches(f"grpc.{key}", _ARGUMENTS, n=1)
        remedy = f"Perhaps {close[0]!r} was meant." if close else "Write one such as grpc.max_connection_age_ms."
        yield f"{key!r} is no argument of gRPC, which would ignore it: their names begin with 'grpc.'. {remedy}"
    elif close := get_close_matches(key, _ARGUMENTS, n=1, cutoff=0.9):
        yield f"{key!r} is no argument of gRPC, which would ignore it. Perhaps {close[0]!r} was meant."
    elif _INTEGER.fullmatch(text) and int(text) not in _INT32:
        yield f"{key!r} is {text}, which does not fit int32, so gRPC would get text. Write a smaller number."


def _number_mistake(argument: _Argument, text: str) -> Iterator[str]:
    if not _INTEGER.fullmatch(text) or not argument.least <= int(text) <= argument.most:
        yield (
            f"{argument.name!r} is {text!r}, but must be a whole number from {argument.least} to {argument.most}; "
            "gRPC would keep its own value. Correct it."
        )
