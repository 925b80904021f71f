from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfserving.server_flags import FLAGS, ConfigSource, check_flags, from_s3, render_flags, server_command


def complaints(flags: Mapping[str, object], server_version: str = "2.20.0") -> list[str]:
    problems = check_flags(flags, server_version=server_version)
    assert all(problem.message.endswith(".") for problem in problems)
    return [str(problem) for problem in problems]


def command(server_version: str = "2.20.0", **options: object) -> list[str]:
    arguments = {"batching": False, "monitoring": False, **options}
    return server_command(server_version=server_version, **arguments)  # type: ignore[arg-type]


class TestTable:
    def test_there_are_as_many_flags_as_the_server_has(self) -> None:
        assert len(FLAGS) == 48

    @pytest.mark.parametrize("name", FLAGS)
    def test_every_default_has_its_flags_type_and_would_be_accepted_by_the_server(self, name: str) -> None:
        flag = FLAGS[name]
        types = {"bool": bool, "int32": int, "int64": int, "float": float, "string": str}
        assert flag.default is None or type(flag.default) is types[flag.kind]
        assert flag.meaning.endswith(".")
        assert bool(flag.below) <= (flag.minimum is not None)


class TestCheck:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("rest_api_num_threads", 2),
            ("rest_api_num_threads", "64"),
            ("grpc_max_threads", 2**31 - 1),
            ("load_retry_interval_micros", 2**63 - 1),
            ("tensorflow_intra_op_parallelism", 0),
            ("tensorflow_inter_op_parallelism", -1),
            ("enable_profiler", True),
            ("enable_profiler", "false"),
            ("per_process_gpu_memory_fraction", 0.5),
            ("per_process_gpu_memory_fraction", 1),
            ("per_process_gpu_memory_fraction", ".5e0"),
            ("mixed_precision", "bfloat16"),
            (
                "grpc_channel_arguments",
                "grpc.max_connection_age_ms=60000,grpc.max_connection_age_grace_ms=5000",
            ),
            ("grpc_channel_arguments", ""),
            ("grpc_channel_arguments", "grpc.max_receive_message_length=-1"),
            ("grpc_channel_arguments", "grpc.some_newer_argument=text"),
            ("grpc_max_threads", 2),
            ("saved_model_tags", "serve,gpu"),
            ("enable_serialization_as_tensor_content", False),
        ],
    )
    def test_a_sound_value_is_accepted(self, name: str, value: object) -> None:
        assert complaints({name: value}) == []

    def test_an_unknown_flag_is_refused_with_the_closest_ones(self) -> None:
        assert complaints({"grpc_max_thread": 4}) == [
            "tfserving:serverFlags.grpc_max_thread: 'grpc_max_thread' is no flag of tensorflow_model_server, "
            "which would ignore it. Perhaps 'grpc_max_threads' was meant.",
        ]

    @pytest.mark.parametrize(
        "name",
        [
            "--enable_profiler",
            "enable-profiler",
            "enable_profiler=true",
            "enableProfiler",
            "EnableProfiler",
            "ENABLE_PROFILER",
            " enable_profiler ",
            "--ENABLE-PROFILER = true",
            "enable_profiler\0",
        ],
    )
    def test_another_spelling_of_a_flag_is_refused_with_the_right_one(self, name: str) -> None:
        [complaint] = complaints({name: True})
        assert complaint.endswith("Perhaps 'enable_profiler' was meant.")

    def test_a_flag_like_no_other_is_refused(self) -> None:
        [complaint] = complaints({"zzz": 1})
        assert complaint.endswith("Remove it.")

    @pytest.mark.parametrize("value", ["True", "yes", 1, 0, None, ""])
    def test_only_lower_case_true_and_false_are_bools(self, value: object) -> None:
        [complaint] = complaints({"enable_profiler": value})
        assert complaint == (
            f"tfserving:serverFlags.enable_profiler: enable_profiler is {value!r}, but must be true or "
            "false, in lower case. Correct the value."
        )

    @pytest.mark.parametrize("value", [2**31, "2147483648", 1.0, "1.0", "1e3", "", "x", True, None, [1], "1_000", "+5"])
    def test_what_is_no_int32_is_refused(self, value: object) -> None:
        [complaint] = complaints({"grpc_max_threads": value})
        assert f"is {value!r}, but must be a whole number that fits int32." in complaint

    def test_what_is_no_int64_is_refused(self) -> None:
        [complaint] = complaints({"load_retry_interval_micros": 2**63})
        assert "but must be a whole number that fits int64." in complaint

    @pytest.mark.parametrize("value", ["half", float("nan"), float("inf"), "", True, None])
    def test_what_is_no_number_is_refused(self, value: object) -> None:
        [complaint] = complaints({"per_process_gpu_memory_fraction": value})
        assert f"is {value!r}, but must be a number." in complaint

    @pytest.mark.parametrize("value", [1, 1.5, True, None])
    def test_text_must_be_text(self, value: object) -> None:
        [complaint] = complaints({"saved_model_tags": value})
        assert f"is {value!r}, but must be text. Put it in quotes." in complaint

    def test_a_single_rest_thread_is_refused_because_rest_would_hang(self) -> None:
        [complaint] = complaints({"rest_api_num_threads": 1})
        assert "must be at least 2" in complaint
        assert "tensorflow/serving#1576" in complaint

    @pytest.mark.parametrize("value", [0, -1])
    def test_switching_the_version_poll_off_is_refused(self, value: int) -> None:
        [complaint] = complaints({"file_system_poll_wait_seconds": value})
        assert "must be at least 1" in complaint
        assert "tensorflow/serving#1519, #1295" in complaint

    def test_a_number_without_harm_below_is_refused_plainly(self) -> None:
        [complaint] = complaints({"max_num_load_retries": -1})
        assert complaint.endswith("max_num_load_retries is -1, but must be at least 0. Raise it.")

    def test_all_three_parallelism_flags_are_refused(self) -> None:
        flags = {f"tensorflow_{kind}_parallelism": "2" for kind in ("session", "intra_op", "inter_op")}
        [complaint] = complaints(flags)
        assert complaint.startswith("tfserving:serverFlags.tensorflow_session_parallelism: ")
        assert complaints({**flags, "tensorflow_inter_op_parallelism": 0}) == []

    @pytest.mark.parametrize("value", ["a=1,b", "a=1,", "=1", "a=", "a=b=c", ","])
    def test_a_channel_argument_without_key_and_value_is_refused(self, value: str) -> None:
        [complaint] = complaints({"grpc_channel_arguments": value})
        assert "is not of the form key=value" in complaint

    @pytest.mark.parametrize(
        ("value", "complaint"),
        [
            (
                "grpc.max_connection_age_ms=1,grpc.max_connection_age_ms=2",
                "it sets 'grpc.max_connection_age_ms' 2 times",
            ),
            ("grpc.max_connection_age_ms=60s", "'60s', but must be a whole number from 1 to 2147483647"),
            ("grpc.max_connection_age_ms=2147483648", "'2147483648', but must be a whole number"),
            ("grpc.max_connection_age_ms=0", "must be a whole number from 1"),
            ("grpc.keepalive_permit_without_calls=true", "from 0 to 1"),
            ("grpc.max_conection_age_ms=1", "Perhaps 'grpc.max_connection_age_ms' was meant."),
            ("max_connection_age_ms=1", "Perhaps 'grpc.max_connection_age_ms' was meant."),
            ("x=1", "their names begin with 'grpc.'"),
            ("grpc.some_newer_argument=99999999999", "does not fit int32"),
            ("grpc.resource_quota=5", "holds an object of the server's own"),
            ("grpc.max_connection_age_ms= 5", "has blanks around it"),
            ("grpc.max_connection_age_ms=1, grpc.dscp=2", "Write 'grpc.max_connection_age_ms=1,grpc.dscp=2'."),
        ],
    )
    def test_a_channel_argument_that_grpc_would_ignore_is_refused(self, value: str, complaint: str) -> None:
        [found] = complaints({"grpc_channel_arguments": value})
        assert complaint in found

    @pytest.mark.parametrize("value", ["serve, gpu", "serve ,gpu", " serve", "serve\t"])
    def test_blanks_around_items_are_refused(self, value: str) -> None:
        assert len(complaints({"saved_model_tags": value})) == 1

    @pytest.mark.parametrize("value", ["", ",", "serve,", "serve,,gpu"])
    def test_an_empty_tag_is_refused(self, value: str) -> None:
        [complaint] = complaints({"saved_model_tags": value})
        assert "has an empty tag" in complaint

    @pytest.mark.parametrize("hidden", ["\0", "\n", "\r\n", "\x1b", "\x7f", "\u2028", "\ud800", "\u200b", "\ufeff"])
    @pytest.mark.parametrize("name", ["saved_model_tags", "grpc_channel_arguments", "mixed_precision"])
    def test_a_character_that_does_not_show_is_refused_in_any_text(self, name: str, hidden: str) -> None:
        [complaint] = complaints({name: f"a{hidden}b"})
        assert f"U+{ord(hidden[0]):04X} at position 2" in complaint
        assert complaint.isprintable()

    @pytest.mark.parametrize("hidden", ["\n", "\0", "\ud800"])
    def test_a_name_that_does_not_show_is_refused_in_one_line(self, hidden: str) -> None:
        [complaint] = complaints({f"a{hidden}b": 1})
        assert complaint.isprintable()

    @pytest.mark.parametrize("name", [flag.name for flag in FLAGS.values() if not flag.reserved])
    @pytest.mark.parametrize("value", [None, [], {}, float("nan"), -(2**70), "\0", b"x", object])
    def test_no_flag_takes_what_is_of_no_kind(self, name: str, value: object) -> None:
        assert complaints({name: value})

    def test_a_number_of_thousands_of_digits_is_refused(self) -> None:
        for number in (10**5000, "9" * 5000):
            flags = {"grpc_max_threads": number, "per_process_gpu_memory_fraction": number}
            assert len(complaints(flags)) == 2

    @pytest.mark.parametrize(
        ("name", "value", "remedy"),
        [
            ("rest_api_timeout_in_ms", "30s", "Write 30000."),
            ("load_retry_interval_micros", "5s", "Write 5000000."),
            ("grpc_max_threads", "1_000", "Write 1000."),
            ("grpc_max_threads", "\uff16\uff14", "Write 64."),
            ("grpc_max_threads", " 64", "Write 64."),
            ("grpc_max_threads", "many", "Correct the value."),
        ],
    )
    def test_the_number_that_was_meant_is_named(self, name: str, value: str, remedy: str) -> None:
        [complaint] = complaints({name: value})
        assert complaint.endswith(remedy)

    @pytest.mark.parametrize(
        ("name", "value", "limit"),
        [
            ("rest_api_num_threads", 0, "at least 2"),
            ("rest_api_num_threads", 16383, "at most 16382"),
            ("grpc_max_threads", 1, "at least 2"),
            ("num_load_threads", 100_000, "at most 16382"),
            ("tensorflow_session_parallelism", -1, "at least 0"),
            ("tensorflow_intra_op_parallelism", "-1", "at least 0"),
            ("tensorflow_inter_op_parallelism", -2, "at least -1"),
            ("tensorflow_inter_op_parallelism", 2**31, "at most 16382"),
            ("per_process_gpu_memory_fraction", 1.5, "at most 1"),
            ("per_process_gpu_memory_fraction", "-0.1", "at least 0"),
            ("rest_api_timeout_in_ms", 0, "at least 1"),
        ],
    )
    def test_a_number_that_would_bring_the_server_down_is_refused(self, name: str, value: object, limit: str) -> None:
        [complaint] = complaints({name: value})
        assert f"must be {limit}" in complaint

    @pytest.mark.parametrize("value", [True, "true"])
    def test_raw_tensors_are_refused_while_rest_would_answer_with_zeros(self, value: object) -> None:
        flags = {"enable_serialization_as_tensor_content": value}
        [complaint] = complaints(flags)
        assert "0.0" in complaint
        assert check_flags(flags, server_version="2.20.0", rest=False) == []

    def test_an_unknown_precision_is_refused(self) -> None:
        [complaint] = complaints({"mixed_precision": "float16"})
        assert "must be 'bfloat16'" in complaint

    @pytest.mark.parametrize(
        ("name", "remedy"),
        [
            ("model_config_file", "edit that file"),
            ("model_name", "name the model there"),
            ("model_base_path", "name the model there"),
            ("port", "remove the flag"),
            ("rest_api_port", "remove the flag"),
            ("model_config_file_poll_wait_seconds", "remove the flag"),
            ("enable_batching", "add or delete that file"),
            ("batching_parameters_file", "edit that file"),
            ("monitoring_config_file", "edit that file"),
            ("allow_version_labels_for_unavailable_models", "remove the flag"),
            ("grpc_socket_path", "remove the flag"),
            ("use_alts_credentials", "use tfserving:tlsSecret"),
            ("tensorflow_session_config_file", "edit that file"),
            ("ssl_config_file", "the secret that tfserving:tlsSecret names; set that"),
            ("platform_config_file", "threads, GPU memory and warmup; use those"),
            ("thread_pool_factory_config_file", "session_inter_op_thread_pool in the stack's session.config"),
            ("version", "remove it"),
        ],
    )
    def test_a_flag_that_would_break_the_machine_is_refused_with_a_way_out(self, name: str, remedy: str) -> None:
        [complaint] = complaints({name: "anything"})
        assert complaint.startswith(f"tfserving:serverFlags.{name}: {name} cannot be set here: ")
        assert complaint.endswith(f"{remedy}.")

    @pytest.mark.parametrize(
        ("name", "before", "since"),
        [
            ("enable_grpc_healthcheck_service", "2.14.1", "2.15.0"),
            ("enable_serialization_as_tensor_content", "2.18.1", "2.19.0"),
        ],
    )
    def test_a_flag_newer_than_the_server_is_refused(self, name: str, before: str, since: str) -> None:
        [complaint] = complaints({name: True}, before)
        assert f"{name} exists from TensorFlow Serving {since} on, and this stack runs {before}" in complaint
        assert complaints({name: False}, since) == []

    def test_every_mistake_comes_at_once(self) -> None:
        found = complaints({"zzz": 1, "port": 1, "grpc_max_threads": 0})
        assert [complaint.split(":")[1] for complaint in found] == [
            "serverFlags.grpc_max_threads",
            "serverFlags.port",
            "serverFlags.zzz",
        ]

    @pytest.mark.parametrize("version", ["2.20", "latest", "2.20.0-gpu", "", "\uff12.20.0", "2.20.0\n"])
    def test_a_version_of_another_form_is_an_error(self, version: str) -> None:
        with pytest.raises(ValueError, match="is not of the form"):
            check_flags({}, server_version=version)


def test_flags_are_rendered_sorted_and_with_an_equals_sign() -> None:
    flags = {
        "version": False,
        "grpc_max_threads": 8,
        "saved_model_tags": "x",
        "per_process_gpu_memory_fraction": 0.5,
    }
    assert render_flags(flags) == [
        "--grpc_max_threads=8",
        "--per_process_gpu_memory_fraction=0.5",
        "--saved_model_tags=x",
        "--version=false",
    ]


VALUES = st.one_of(
    st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text()), st.sampled_from(["1", "true"])
)


@given(st.dictionaries(st.sampled_from(sorted(FLAGS)) | st.text(), VALUES, max_size=5))
def test_any_flags_are_accepted_or_refused_in_one_line_each(flags: dict[str, object]) -> None:
    assert all(complaint.isprintable() for complaint in complaints(flags))


class TestCommand:
    def test_the_safe_profile(self) -> None:
        assert command() == [
            "--port=8500",
            "--rest_api_port=8501",
            "--model_config_file=/config/models.config",
            "--model_config_file_poll_wait_seconds=1",
            "--file_system_poll_wait_seconds=1",
            "--allow_version_labels_for_unavailable_models=true",
            "--num_load_threads=2",
            "--num_unload_threads=1",
            "--max_num_load_retries=1",
            "--load_retry_interval_micros=5000000",
            "--enable_grpc_healthcheck_service=true",
            "--enable_profiler=false",
        ]

    def test_each_file_goes_to_its_own_flag(self) -> None:
        assert set(command(batching=True, monitoring=True)) - set(command()) == {
            "--enable_batching=true",
            "--batching_parameters_file=/config/batching.config",
            "--monitoring_config_file=/config/monitoring.config",
        }

    def test_session_settings_and_certificates_are_files_too(self) -> None:
        assert set(command(session=True, tls=True)) - set(command()) == {
            "--tensorflow_session_config_file=/config/session.config",
            "--ssl_config_file=/tls/ssl.config",
        }

    def test_certificates_lie_on_the_machine_even_where_the_rest_is_in_s3(self) -> None:
        arguments = command("2.6.5", tls=True, source=from_s3("bucket", 3600))
        assert "--ssl_config_file=/tls/ssl.config" in arguments

    def test_rest_can_be_closed(self) -> None:
        assert "--rest_api_port=0" in command(rest=False)

    def test_the_files_folder_and_the_poll_can_be_elsewhere(self) -> None:
        arguments = command(source=ConfigSource(root="/etc/tfs", poll_seconds=30))
        assert "--model_config_file=/etc/tfs/models.config" in arguments
        assert "--model_config_file_poll_wait_seconds=30" in arguments

    def test_threads_follow_the_machines_size(self) -> None:
        assert set(command(vcpus=4)) - set(command()) == {
            "--grpc_max_threads=64",
            "--rest_api_num_threads=64",
        }

    def test_the_operators_flags_come_last_and_win(self) -> None:
        arguments = command(vcpus=2, flags={"grpc_max_threads": 7, "enable_profiler": True})
        assert arguments[-2:] == ["--enable_profiler=true", "--grpc_max_threads=7"]
        names = [argument.partition("=")[0] for argument in arguments]
        assert len(names) == len(set(names))

    def test_a_flag_newer_than_the_server_is_left_out(self) -> None:
        assert "--enable_grpc_healthcheck_service=true" not in command("2.14.1")
        assert "--enable_grpc_healthcheck_service=true" in command("2.15.0")

    def test_what_this_project_sets_itself_would_pass_its_own_checks(self) -> None:
        flags = dict(argument.removeprefix("--").split("=", 1) for argument in command(vcpus=1))
        assert complaints({name: value for name, value in flags.items() if not FLAGS[name].reserved}) == []

    def test_the_same_flags_in_another_order_give_the_same_command(self) -> None:
        one = {"enable_profiler": True, "grpc_max_threads": 7}
        assert command(flags=one) == command(flags=dict(reversed(one.items())))
