import pytest

from local.stand_in.flags import FLAGS, MalformedFlagsError, parse, usage


def test_all_48_flags_are_known() -> None:
    assert len({flag.name for flag in FLAGS}) == len(FLAGS) == 48


def test_the_defaults_are_those_of_the_real_server() -> None:
    arguments = parse([], cpus=2)
    assert arguments.integer("port") == 8500
    assert arguments.integer("rest_api_port") == 0
    assert arguments.integer("load_retry_interval_micros") == 60_000_000
    assert arguments.switch("enable_model_warmup")
    assert arguments.text("saved_model_tags") == "serve"


def test_thread_pools_default_to_four_threads_per_cpu() -> None:
    assert parse([], cpus=3).integer("grpc_max_threads") == 12


def test_the_last_occurrence_wins() -> None:
    assert parse(["--port=1", "--port=2"], cpus=1).integer("port") == 2


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("--enable_batching", True),
        *((f"--enable_batching={text}", True) for text in ("true", "True", "TRUE", "1")),
        *((f"--enable_batching={text}", False) for text in ("false", "False", "FALSE", "0")),
    ],
)
def test_a_bool_is_given_bare_as_a_word_in_any_case_or_as_a_digit(argument: str, value: bool) -> None:
    assert parse([argument], cpus=1).switch("enable_batching") is value


@pytest.mark.parametrize(
    "argument",
    [
        *("--enable_batching=yes", "--enable_batching=2", "--enable_batching=", "--enable_batchingX", "--versionX"),
        *("--port=8500x", "--port=", "--port=2147483648", "--port=-2147483649"),
        *("--load_retry_interval_micros=9223372036854775808", "--load_retry_interval_micros=" + "9" * 5000),
    ],
)
def test_a_malformed_value_is_refused(argument: str) -> None:
    with pytest.raises(MalformedFlagsError, match="Couldn't interpret value"):
        parse([argument], cpus=1)


def test_the_largest_integers_of_each_size_are_read() -> None:
    arguments = parse(["--grpc_max_threads=2147483647", "--load_retry_interval_micros=9223372036854775807"], cpus=1)
    assert arguments.integer("grpc_max_threads") == 2**31 - 1
    assert arguments.integer("load_retry_interval_micros") == 2**63 - 1


def test_every_malformed_value_is_named() -> None:
    with pytest.raises(MalformedFlagsError) as refused:
        parse(["--port=x", "--per_process_gpu_memory_fraction=y"], cpus=1)
    assert "flag port" in str(refused.value)
    assert "flag per_process_gpu_memory_fraction" in str(refused.value)


def test_an_unknown_flag_is_no_error() -> None:
    arguments = parse(["--prot=8500", "--model_name=m"], cpus=1)
    assert arguments.unknown == ("--prot=8500",)
    assert arguments.text("model_name") == "m"


def test_a_space_between_name_and_value_is_not_understood() -> None:
    arguments = parse(["--port", "9000"], cpus=1)
    assert arguments.integer("port") == 8500
    assert arguments.unknown == ("--port", "9000")


def test_nothing_after_two_dashes_is_read() -> None:
    arguments = parse(["--", "--port=1"], cpus=1)
    assert arguments.integer("port") == 8500
    assert arguments.unknown == ("--", "--port=1")


def test_a_value_may_hold_equal_signs() -> None:
    arguments = parse(["--grpc_channel_arguments=a=1,b=2"], cpus=1)
    assert arguments.text("grpc_channel_arguments") == "a=1,b=2"


def test_a_fraction_is_read() -> None:
    assert parse(["--per_process_gpu_memory_fraction=.5"], cpus=1).values["per_process_gpu_memory_fraction"] == 0.5


def test_flags_without_effect_are_told_when_given() -> None:
    assert parse(["--enable_profiler=false", "--port=1"], cpus=1).idle() == ("enable_profiler",)


def test_help_is_answered_with_the_usage() -> None:
    with pytest.raises(MalformedFlagsError):
        parse(["--help"], cpus=1)
    assert "--model_config_file=''" in usage("tensorflow_model_server")
