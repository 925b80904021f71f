"""The rules of batching.config, which a server checks only at boot or while it loads a model, if at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tfserving.errors import Problem
from tfserving.protos.server_config_pb2 import BatchingParameters
from tfserving.server_configs.reading import Entry, checked, parsed

# TensorFlow's own, from batching_util/shared_batch_scheduler.h.
DEFAULT_MAX_BATCH_SIZE = 1000
_INT32_MAX = (1 << 31) - 1
_NO_MODEL = "no model loads, or the server crashes"
_INT32 = "the server computes with sizes as int32"


@dataclass(frozen=True)
class _Bounds:
    """What a number has to keep to, and what the server makes of less and of more."""

    least: int
    below: str
    most: int
    above: str


# Below: SharedBatchScheduler's Create and AddQueue, and what was seen on 2.20.0.
_BOUNDS: Final[Mapping[str, _Bounds]] = {
    "max_batch_size": _Bounds(1, _NO_MODEL, _INT32_MAX, _INT32),
    "batch_timeout_micros": _Bounds(0, _NO_MODEL, _INT32_MAX, "a call would wait for half an hour until it is batched"),
    "max_enqueued_batches": _Bounds(
        1,
        "the server takes 0 for 1, or loads no model if it splits batches, and takes less for no limit",
        _INT32_MAX,
        "the queue's capacity in rows would overflow",
    ),
    "num_batch_threads": _Bounds(
        1,
        "the server does not start",
        4096,
        "each is a thread that runs from the start on, and few batches at a time are best (tensorflow/serving#1529)",
    ),
    "max_execution_batch_size": _Bounds(1, _NO_MODEL, _INT32_MAX, _INT32),
}


def parse_batching(text: str, origin: str) -> BatchingParameters:
    """The message of a batching.config; raises ServerConfigError for mistakes of form."""
    return parsed(text, origin, BatchingParameters)


def check_batching(text: str, origin: str) -> list[Problem]:
    """Every mistake of a batching.config, in its order."""
    return checked(text, origin, BatchingParameters, _rules)


def _rules(root: Entry) -> Iterator[Problem]:
    if not root.fields and root.whole:
        yield Problem(
            root.where,
            "The file sets nothing, and a file of zero bytes keeps the server from starting. "
            "Set at least 'max_batch_size { value: 128 }', or delete the file to switch batching off.",
        )
    for name, bounds in _BOUNDS.items():
        value = _wrapped(root, name)
        if value and isinstance(value.value, int):
            yield from _bound_rule(name, value.where, value.value, bounds)
    yield from _splitting_rules(root)
    yield from _allowed_sizes_rules(root)


def _bound_rule(name: str, where: str, value: int, bounds: _Bounds) -> Iterator[Problem]:
    if value < bounds.least:
        yield Problem(
            where,
            f"{name} is {value}, but must be at least {bounds.least}: below it {bounds.below}. "
            "Raise it, or leave it out.",
        )
    elif value > bounds.most:
        yield Problem(where, f"{name} is {value}, but must be at most {bounds.most}: {bounds.above}. Lower it.")


def _wrapped(root: Entry, name: str) -> Entry | None:
    wrapper = root.get(name)
    if wrapper is None or wrapper.refused or not wrapper.whole:
        return None
    # An empty wrapper is set, and holds its type's zero.
    return wrapper.get("value") or Entry(wrapper.where, value=0)


def _splits(root: Entry) -> bool | None:
    """Whether large batches are split; None if that was written in a way already refused."""
    splitting = _wrapped(root, "enable_large_batch_splitting")
    if splitting is None and root.get("enable_large_batch_splitting"):
        return None
    return bool(splitting and splitting.value)


def _splitting_rules(root: Entry) -> Iterator[Problem]:
    size, switch = _wrapped(root, "max_execution_batch_size"), _wrapped(root, "enable_large_batch_splitting")
    if switch and switch.value and not root.get("max_execution_batch_size") and not root.get("max_batch_size"):
        # GetQueueOptions in bundle_factory_util.h takes max_batch_size for it, whether or not that is set.
        yield Problem(
            switch.where,
            "enable_large_batch_splitting is on, but neither max_batch_size nor max_execution_batch_size is set, and "
            "the server would split into parts of 0 rows. Set 'max_batch_size { value: 1000 }'.",
        )
    if size is None or not isinstance(size.value, int):
        return
    if _splits(root) is False:
        yield Problem(
            size.where,
            f"max_execution_batch_size is {size.value}, but is read only when large batches are split. "
            "Add 'enable_large_batch_splitting { value: true }', or remove it.",
        )
    largest = _size(root, "max_batch_size", DEFAULT_MAX_BATCH_SIZE)
    if largest is not None and size.value > largest:
        yield Problem(
            size.where,
            f"max_execution_batch_size is {size.value}, more than max_batch_size, which is "
            f"{_largest(root, largest)}: {_NO_MODEL}. Lower the one or raise the other.",
        )


def _largest(root: Entry, size: int) -> str:
    return str(size) if root.get("max_batch_size") else f"{size} unless it is set"


def _size(root: Entry, name: str, default: int) -> int | None:
    """The number in a wrapper; None if it was refused or breaks its bounds, so that nothing else is held against it."""
    if root.get(name) is None:
        return default
    entry, bounds = _wrapped(root, name), _BOUNDS[name]
    value = entry.value if entry else None
    return value if isinstance(value, int) and bounds.least <= value <= bounds.most else None


def _allowed_sizes_rules(root: Entry) -> Iterator[Problem]:
    sizes = [entry for entry in root.all("allowed_batch_sizes") if isinstance(entry.value, int)]
    for before, size in zip([None, *sizes], sizes, strict=False):
        previous = before.value if before else 0
        if isinstance(size.value, int) and isinstance(previous, int) and size.value <= previous:
            rule = f"more than {previous}, the one before it" if before else "at least 1"
            yield Problem(
                size.where,
                f"allowed_batch_sizes has {size.value}, which must be {rule}; the server does not verify "
                "that and forms wrong batches. Sort the sizes, each once.",
            )
    yield from _last_size_rule(root, sizes)


def _last_size_rule(root: Entry, sizes: list[Entry]) -> Iterator[Problem]:
    # Batches that are split, too, are held against max_batch_size, not against the size of the parts (seen on 2.20.0).
    size = _size(root, "max_batch_size", DEFAULT_MAX_BATCH_SIZE)
    if sizes and root.whole and size is not None and sizes[-1].value != size:
        yield Problem(
            sizes[-1].where,
            f"The last of allowed_batch_sizes is {sizes[-1].value!r}, but must equal max_batch_size, which is "
            f"{_largest(root, size)}: every model would fail to load. End the list with {size}, or set "
            f"'max_batch_size {{ value: {sizes[-1].value!r} }}'.",
        )
