"""The rules of batching.config, which a server checks only at boot or while it loads a model, if at all."""

from collections.abc import Iterator

from tfserving.errors import Problem
from tfserving.protos.server_config_pb2 import BatchingParameters
from tfserving.server_configs.reading import Entry, checked, parsed

# TensorFlow's own, from batching_util/shared_batch_scheduler.h.
DEFAULT_MAX_BATCH_SIZE = 1000
_MINIMUM = {
    "max_batch_size": (1, "every model would fail to load"),
    "batch_timeout_micros": (0, "every model would fail to load"),
    "max_enqueued_batches": (1, "every request would be refused"),
    "num_batch_threads": (1, "the server would not start"),
    "max_execution_batch_size": (1, "every model would fail to load"),
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
    for name, (minimum, effect) in _MINIMUM.items():
        value = _wrapped(root, name)
        if value and isinstance(value.value, int) and value.value < minimum:
            yield Problem(
                value.where,
                f"{name} is {value.value}, but must be at least {minimum}, or {effect}. Raise it, or leave it out.",
            )
    yield from _splitting_rules(root)
    yield from _allowed_sizes_rules(root)


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
    size = _wrapped(root, "max_execution_batch_size")
    if size is None or not isinstance(size.value, int):
        return
    if _splits(root) is False:
        yield Problem(
            size.where,
            f"max_execution_batch_size is {size.value}, but is read only when large batches are split. "
            "Add 'enable_large_batch_splitting { value: true }', or remove it.",
        )
    largest = _size(root, "max_batch_size", DEFAULT_MAX_BATCH_SIZE)
    if size.value > largest:
        yield Problem(
            size.where,
            f"max_execution_batch_size is {size.value}, more than max_batch_size, which is {largest}: every "
            "model would fail to load. Lower the one or raise the other.",
        )


def _size(root: Entry, name: str, default: int) -> int:
    entry = _wrapped(root, name)
    return entry.value if entry and isinstance(entry.value, int) else default


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
    limit, size = ("max_batch_size", _size(root, "max_batch_size", DEFAULT_MAX_BATCH_SIZE))
    if _splits(root) and root.get("max_execution_batch_size"):
        limit, size = ("max_execution_batch_size", _size(root, "max_execution_batch_size", size))
    if sizes and root.whole and sizes[-1].value != size:
        yield Problem(
            sizes[-1].where,
            f"The last of allowed_batch_sizes is {sizes[-1].value!r}, but must equal {limit}, which is "
            f"{size}: every model would fail to load. End the list with {size}, or change {limit}.",
        )
