"""The command line of tensorflow_model_server: 48 flags, parsed by the rules of TensorFlow's own parser."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

FlagValue = bool | int | float | str


class Kind(StrEnum):
    """What a flag's value has to be."""

    BOOL = "bool"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT = "float"
    STRING = "string"


class Effect(Enum):
    """Whether the stand-in does anything with a flag."""

    USED = "used"
    NONE = "accepted without effect"


@dataclass(frozen=True)
class Flag:
    """One flag; the default is the real server's, `None` meaning a multiple of the CPUs at hand."""

    name: str
    kind: Kind
    default: FlagValue | None
    effect: Effect


def _flag(name: str, kind: Kind, default: FlagValue | None = None) -> Flag:
    return Flag(name=name, kind=kind, default=default, effect=Effect.USED)


def _idle(name: str, kind: Kind, default: FlagValue | None = None) -> Flag:
    return Flag(name=name, kind=kind, default=default, effect=Effect.NONE)


FLAGS: Final[tuple[Flag, ...]] = (
    _flag("port", Kind.INT32, 8500),
    _flag("grpc_socket_path", Kind.STRING, ""),
    _flag("rest_api_port", Kind.INT32, 0),
    _flag("rest_api_num_threads", Kind.INT32),
    _flag("rest_api_timeout_in_ms", Kind.INT32, 30_000),
    _flag("rest_api_enable_cors_support", Kind.BOOL, False),
    _flag("enable_batching", Kind.BOOL, False),
    _flag("batching_parameters_file", Kind.STRING, ""),
    _flag("enable_per_model_batching_parameters", Kind.BOOL, False),
    _flag("allow_version_labels_for_unavailable_models", Kind.BOOL, False),
    _flag("model_config_file", Kind.STRING, ""),
    _flag("model_config_file_poll_wait_seconds", Kind.INT32, 0),
    _flag("model_name", Kind.STRING, "default"),
    _flag("model_base_path", Kind.STRING, ""),
    _flag("num_load_threads", Kind.INT32, 0),
    _flag("num_unload_threads", Kind.INT32, 0),
    _flag("max_num_load_retries", Kind.INT32, 5),
    _flag("load_retry_interval_micros", Kind.INT64, 60_000_000),
    _flag("file_system_poll_wait_seconds", Kind.INT32, 1),
    _idle("flush_filesystem_caches", Kind.BOOL, True),
    _flag("tensorflow_session_parallelism", Kind.INT64, 0),
    _flag("tensorflow_intra_op_parallelism", Kind.INT64, 0),
    _flag("tensorflow_inter_op_parallelism", Kind.INT64, 0),
    _flag("tensorflow_session_config_file", Kind.STRING, ""),
    _idle("platform_config_file", Kind.STRING, ""),
    _idle("per_process_gpu_memory_fraction", Kind.FLOAT, 0.0),
    _flag("saved_model_tags", Kind.STRING, "serve"),
    _flag("grpc_channel_arguments", Kind.STRING, ""),
    _flag("grpc_max_threads", Kind.INT32),
    _flag("enable_model_warmup", Kind.BOOL, True),
    _flag("num_request_iterations_for_warmup", Kind.INT32, 0),
    _flag("monitoring_config_file", Kind.STRING, ""),
    _flag("ssl_config_file", Kind.STRING, ""),
    _idle("use_alts_credentials", Kind.BOOL, False),
    _idle("enable_signature_method_name_check", Kind.BOOL, False),
    _idle("remove_unused_fields_from_bundle_metagraph", Kind.BOOL, True),
    _idle("prefer_tflite_model", Kind.BOOL, False),
    _idle("num_tflite_pools", Kind.INT32),
    _idle("num_tflite_interpreters_per_pool", Kind.INT32, 1),
    _idle("xla_cpu_compilation_enabled", Kind.BOOL, False),
    _idle("xla_gpu_compilation_enabled", Kind.BOOL, False),
    _idle("enable_profiler", Kind.BOOL, True),
    _idle("thread_pool_factory_config_file", Kind.STRING, ""),
    _idle("mixed_precision", Kind.STRING, ""),
    _idle("skip_initialize_tpu", Kind.BOOL, False),
    _flag("enable_grpc_healthcheck_service", Kind.BOOL, False),
    _flag("enable_serialization_as_tensor_content", Kind.BOOL, False),
    _flag("version", Kind.BOOL, False),
)

INTEGER = re.compile(r"\s*[+-]?0*[0-9]{1,20}")
INTEGERS: Final = {Kind.INT32: range(-(2**31), 2**31), Kind.INT64: range(-(2**63), 2**63)}
BOOLEANS: Final = {"": True, "=true": True, "=1": True, "=false": False, "=0": False}
"""What may follow the name of a boolean flag, in any case of letters (seen on 2.20.0)."""
FLOAT = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class MalformedFlagsError(Exception):
    """The real server prints its usage and exits 255; so does the stand-in."""


@dataclass(frozen=True)
class Arguments:
    """A parsed command line: every flag has a value, `unknown` holds what nothing understood."""

    values: Mapping[str, FlagValue]
    given: frozenset[str]
    unknown: tuple[str, ...]

    def integer(self, name: str) -> int:
        """The value of an integer flag."""
        return int(self.values[name])

    def text(self, name: str) -> str:
        """The value of a string flag."""
        return str(self.values[name])

    def switch(self, name: str) -> bool:
        """The value of a boolean flag."""
        return bool(self.values[name])

    def idle(self) -> tuple[str, ...]:
        """Flags that were given but have no effect here, in the table's order."""
        return tuple(flag.name for flag in FLAGS if flag.name in self.given and flag.effect is Effect.NONE)


def parse(arguments: Sequence[str], *, cpus: int) -> Arguments:
    """Read the arguments after the program's name.

    Raises MalformedFlagsError for a value that does not fit its flag. A flag nobody knows is no error: the real
    server names it and starts all the same. The last occurrence of a flag wins.
    """
    values = {flag.name: 4 * cpus if flag.default is None else flag.default for flag in FLAGS}
    problems: list[str] = []
    unknown: list[str] = []
    given: set[str] = set()
    for index, argument in enumerate(arguments):
        if argument == "--":
            unknown += arguments[index:]
            break
        flag = next((flag for flag in FLAGS if _matches(flag, argument)), None)
        if flag is None:
            unknown.append(argument)
            continue
        given.add(flag.name)
        try:
            values[flag.name] = _value(flag, argument)
        except ValueError as error:
            problems.append(str(error))
    if problems or unknown[:1] == ["--help"]:
        raise MalformedFlagsError("\n".join(problems))
    return Arguments(values=MappingProxyType(values), given=frozenset(given), unknown=tuple(unknown))


def _matches(flag: Flag, argument: str) -> bool:
    # A bool claims whatever starts with its name, so --enable_batchingX is malformed and not merely unknown.
    return argument.startswith(f"--{flag.name}" if flag.kind is Kind.BOOL else f"--{flag.name}=")


def _value(flag: Flag, argument: str) -> FlagValue:
    text = argument.removeprefix(f"--{flag.name}")
    match flag.kind:
        case Kind.BOOL if text.lower() in BOOLEANS:
            return BOOLEANS[text.lower()]
        case Kind.STRING:
            return text[1:]
        case Kind.FLOAT if FLOAT.fullmatch(text[1:]):
            return float(text[1:])
        case Kind.INT32 | Kind.INT64 if INTEGER.fullmatch(text[1:]) and int(text[1:]) in INTEGERS[flag.kind]:
            return int(text[1:])
    raise ValueError(f"Couldn't interpret value {text} for flag {flag.name}.")


def usage(program: str) -> str:
    """The text printed for malformed and for unknown arguments alike."""
    lines = [f"usage: {program}", "Flags:"]
    lines += [f"\t--{flag.name}={_shown(flag):32}\t{flag.kind}, {flag.effect.value}" for flag in FLAGS]
    return "\n".join(lines)


def _shown(flag: Flag) -> str:
    if isinstance(flag.default, bool):
        return str(flag.default).lower()
    return "4 x CPUs" if flag.default is None else repr(flag.default)
