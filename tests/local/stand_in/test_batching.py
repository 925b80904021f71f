from pathlib import Path

import pytest

from local.stand_in.batching import check_at_load, read_batching
from local.stand_in.status import StatusError


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
        "max_batch_size { value: 0 }",
        "batch_timeout_micros { value: -1 }",
        "max_batch_size { value: 8 } allowed_batch_sizes: 4",
        "allowed_batch_sizes: 4",
    ],
)
def test_only_a_load_refuses(tmp_path: Path, text: str) -> None:
    parameters = read_batching(write(tmp_path, text))
    with pytest.raises(StatusError):
        check_at_load(parameters)


def test_with_splitting_the_last_allowed_size_is_the_one_executed(tmp_path: Path) -> None:
    text = (
        "max_batch_size { value: 64 } enable_large_batch_splitting { value: true } "
        "max_execution_batch_size { value: 16 } allowed_batch_sizes: 16"
    )
    check_at_load(read_batching(write(tmp_path, text)))
