"""batching.config, rule by rule."""

import pytest

from tfserving.server_configs import check_batching, parse_batching

TUTORIAL = """
batch_timeout_micros: { value: 0 },
max_batch_size: { value: 128 },
max_enqueued_batches: { value: 1000000 },
num_batch_threads: { value: 8},
"""
SPLITTING = "enable_large_batch_splitting { value: true }\n"


def complaints(text: str) -> list[str]:
    problems = check_batching(text, "b")
    assert all(problem.message.endswith(".") for problem in problems)
    return [str(problem) for problem in problems]


def refused(text: str, place: str, fragment: str) -> bool:
    [complaint] = complaints(text)
    return complaint.startswith(f"b:{place}: ") and fragment in complaint


def test_the_tutorials_file_with_its_commas_is_accepted() -> None:
    assert complaints(TUTORIAL) == []
    assert parse_batching(TUTORIAL, "b").max_enqueued_batches.value == 1_000_000


@pytest.mark.parametrize("text", ["", "# off\n"])
def test_a_file_that_says_nothing_is_refused(text: str) -> None:
    assert refused(text, "1:1", "delete the file to switch batching off")


@pytest.mark.parametrize(
    "name",
    ["max_batch_size", "max_enqueued_batches", "num_batch_threads"],
)
def test_a_number_below_one_is_refused(name: str) -> None:
    assert refused(f"{name} {{\n  value: 0 }}", "2:10", f"{name} is 0, but must be at least 1")


def test_an_empty_wrapper_means_zero() -> None:
    assert refused("\n num_batch_threads { }", "2:2", "the server does not start")


def test_a_negative_timeout_is_refused() -> None:
    assert refused("batch_timeout_micros { value: -1 }", "1:31", "must be at least 0")


def test_sizes_that_end_with_the_largest_batch_are_accepted() -> None:
    assert complaints("max_batch_size { value: 8 } allowed_batch_sizes: [1, 4, 8]") == []


def test_sizes_that_end_elsewhere_are_refused() -> None:
    text = "max_batch_size { value: 8 }\nallowed_batch_sizes: 1 allowed_batch_sizes: 4"
    assert refused(text, "2:45", "must equal max_batch_size, which is 8")


def test_sizes_are_held_against_the_default_largest_batch() -> None:
    assert refused("allowed_batch_sizes: 4", "1:22", "must equal max_batch_size, which is 1000 unless it is set")


def test_sizes_are_held_against_the_largest_batch_when_splitting_too() -> None:
    text = SPLITTING + "max_batch_size { value: 8 } max_execution_batch_size { value: 4 }\nallowed_batch_sizes: "
    assert complaints(text + "[2, 4, 8]") == []
    assert refused(text + "[2, 4]", "3:26", "must equal max_batch_size, which is 8:")


def test_splitting_needs_a_size_that_is_set() -> None:
    assert refused(SPLITTING, "1:39", "into parts of 0 rows")
    assert complaints(SPLITTING + "max_batch_size { value: 8 }") == []
    assert complaints(SPLITTING + "max_execution_batch_size { value: 8 }") == []
    assert complaints("enable_large_batch_splitting { value: false }") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_batch_size", -1),
        ("batch_timeout_micros", -1),
        ("max_enqueued_batches", -5),
        ("num_batch_threads", -(2**63)),
        ("max_batch_size", 2**31),
        ("batch_timeout_micros", 2**31),
        ("max_enqueued_batches", 2**31),
        ("num_batch_threads", 4097),
        ("num_batch_threads", 2**63 - 1),
    ],
)
def test_a_number_beyond_its_bounds_is_refused_once(name: str, value: int) -> None:
    assert refused(f"{name} {{ value: {value} }}", f"1:{len(name) + 11}", f"{name} is {value}, but must be at ")


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "9" * 400])
def test_a_number_beyond_int64_is_refused_once(value: object) -> None:
    assert refused(f"max_batch_size {{ value: {value} }}\nallowed_batch_sizes: 4", "1:25", "must be a whole number")


def test_a_size_that_is_refused_is_not_held_against_others() -> None:
    assert refused("max_batch_size { value: 0 } allowed_batch_sizes: [1, 2]", "1:25", "at least 1")
    text = SPLITTING + "max_batch_size { value: -3 } max_execution_batch_size { value: 4 }"
    assert refused(text, "2:25", "at least 1")


def test_sizes_are_held_against_the_largest_batch_when_splitting_without_a_part_size() -> None:
    text = SPLITTING + "max_batch_size { value: 16 } allowed_batch_sizes: "
    assert complaints(text + "16") == []
    assert refused(text + "8", "2:51", "must equal max_batch_size, which is 16")


@pytest.mark.parametrize(("sizes", "column"), [("[4, 2, 8]", 54), ("[4, 4, 8]", 54), ("[0, 4, 8]", 51)])
def test_sizes_that_do_not_rise_are_refused(sizes: str, column: int) -> None:
    assert refused(f"max_batch_size {{ value: 8 }} allowed_batch_sizes: {sizes}", f"1:{column}", "must be")


def test_a_part_size_without_splitting_is_refused() -> None:
    text = "max_batch_size { value: 8 }\nmax_execution_batch_size { value: 4 }"
    assert refused(text, "2:35", "enable_large_batch_splitting { value: true }")
    assert refused("enable_large_batch_splitting { value: false }\n" + text, "3:35", "read only when")


def test_a_part_size_above_the_largest_batch_is_refused() -> None:
    text = SPLITTING + "max_batch_size { value: 8 } max_execution_batch_size { value: 9 }"
    assert refused(text, "2:63", "more than max_batch_size, which is 8")


def test_a_refused_value_brings_no_second_complaint() -> None:
    text = "enable_large_batch_splitting { value: yes } max_execution_batch_size { value: 4 }"
    assert refused(text, "1:39", "must be true or false")
    assert refused("max_batch_size: 8 allowed_batch_sizes: 8", "1:1", "wraps its value")


def test_every_mistake_comes_at_once_in_the_files_order() -> None:
    text = "num_batch_threads { value: 0 }\nmax_batch_size { value: 4 }\nallowed_batch_sizes: [2, 1]\nnope: 1"
    assert [complaint.split(" ")[0] for complaint in complaints(text)] == ["b:1:28:", "b:3:26:", "b:4:1:"]
