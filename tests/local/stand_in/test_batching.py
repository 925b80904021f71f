from pathlib import Path

import pytest

from local.stand_in.batching import BatchLimits, check_at_load, default_batching, limits_of, read_batching
from local.stand_in.crash import CrashError
from local.stand_in.status import StatusError

SPLITTING = "max_batch_size { value: 8 } enable_large_batch_splitting { value: true }"


def write(folder: Path, text: str) -> str:
    path = folder / "batching.config"
    path.write_text(text)
    return str(path)


def test_good_parameters_pass_boot_and_load(tmp_path: Path) -> None:
    text = "max_batch_size { value: 8 } batch_timeout_micros { value: 0 } allowed_batch_sizes: 4 allowed_batch_sizes: 8"
    check_at_load(read_batching(write(tmp_path, text)))


@pytest.mark.parametrize("text", ["num_batch_threads { value: 0 }", "max_batch_size: 8", "max_bach_size { value: 8 }"])
def test_boot_refuses(tmp_path: Path, text: str) -> None:
    with pytest.raises(StatusError):
        read_batching(write(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "max_batch_size { value: 8 } allowed_batch_sizes: 4",
        "allowed_batch_sizes: 4",
        f"{SPLITTING} max_execution_batch_size {{ value: 4 }} allowed_batch_sizes: 2 allowed_batch_sizes: 4",
    ],
)
def test_only_a_load_refuses_a_last_size_that_is_not_the_largest(tmp_path: Path, text: str) -> None:
    parameters = read_batching(write(tmp_path, text))
    with pytest.raises(StatusError, match="must match max_batch_size"):
        check_at_load(parameters)


@pytest.mark.parametrize(
    "text",
    [
        "max_batch_size { value: 0 }",
        "batch_timeout_micros { value: -1 }",
        f"{SPLITTING} max_execution_batch_size {{ value: 16 }}",
    ],
)
def test_a_load_does_not_survive_what_no_queue_can_have(tmp_path: Path, text: str) -> None:
    parameters = read_batching(write(tmp_path, text))
    with pytest.raises(CrashError):
        check_at_load(parameters)


def test_with_splitting_the_last_allowed_size_is_still_the_largest(tmp_path: Path) -> None:
    text = f"{SPLITTING} max_execution_batch_size {{ value: 4 }} allowed_batch_sizes: 2 allowed_batch_sizes: 8"
    parameters = read_batching(write(tmp_path, text))
    check_at_load(parameters)
    assert limits_of(parameters) == BatchLimits(max_batch_size=8, executed=4, allowed=(2, 8), pool_name="batch_threads")


def test_without_a_file_batches_have_up_to_a_thousand_rows() -> None:
    check_at_load(default_batching())
    limits = limits_of(default_batching())
    assert (limits.max_batch_size, limits.executed, limits.allowed) == (1000, 1000, ())
    assert limits.pool_name == "model_server_batch_threads"
