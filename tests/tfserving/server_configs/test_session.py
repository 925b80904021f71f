"""session.config, rule by rule."""

from typing import Any

import pytest

from tfserving.protos.session_config_pb2 import ConfigProto
from tfserving.server_configs import check_session, parse_session

EVERY_KIND = """
device_count { key: "GPU" value: 0 }
session_inter_op_thread_pool { num_threads: 4 global_name: "shared" }
allow_soft_placement: true
operation_timeout_in_ms: 5000
gpu_options { allow_growth: true experimental { use_cuda_malloc_async: true } }
graph_options {
  optimizer_options { global_jit_level: ON_1 }
  rewrite_options { constant_folding: OFF meta_optimizer_iterations: ONE optimizers: ["function", "layout"] }
}
experimental { disable_thread_spinning: true }
"""


def refused(text: str, place: str, fragment: str) -> bool:
    [problem] = check_session(text, "se")
    return problem.where == f"se:{place}" and fragment in problem.message and problem.message.endswith(".")


def test_a_sound_file_is_accepted() -> None:
    assert check_session(EVERY_KIND, "se") == []


def test_the_message_is_parsed() -> None:
    assert parse_session(EVERY_KIND, "se").session_inter_op_thread_pool[0].num_threads == 4


@pytest.mark.parametrize("text", ["", "# nothing"])
def test_a_file_that_says_nothing_is_refused(text: str) -> None:
    assert refused(text, "1:1", "sets nothing")


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("intra_op_parallelism_threads: 4", "1:31", "Set tensorflow_intra_op_parallelism in tfserving:serverFlags"),
        ("inter_op_parallelism_threads: 4", "1:31", "Set tensorflow_inter_op_parallelism in tfserving:serverFlags"),
        ("gpu_options {\n per_process_gpu_memory_fraction: 0.5 }", "2:35", "Set tfserving:gpuMemoryPercent"),
    ],
)
def test_what_the_servers_flags_overwrite_is_refused_with_the_flag(text: str, place: str, remedy: str) -> None:
    assert refused(text, place, remedy)


@pytest.mark.parametrize(
    "text",
    [
        'device_filters: "/job:ps"',
        "rpc_options { compression_level: 1 }",
        'cluster_def { job { name: "a" tasks { key: 0 value: "h:1" } } }',
        "isolate_session_state: true",
        "share_cluster_devices_in_session: true",
    ],
)
def test_what_sessions_across_machines_need_is_refused(text: str) -> None:
    [problem] = check_session(text, "se")
    assert problem.message.endswith("is for sessions that span machines, and a model server's never do. Remove it.")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('device_count { key: "CPU" value: -1 }', "1:34"),
        ("operation_timeout_in_ms: -1", "1:26"),
        ("session_inter_op_thread_pool { num_threads: 1 } session_inter_op_thread_pool { num_threads: -2 }", "1:93"),
    ],
)
def test_a_negative_number_is_refused_where_it_stands(text: str, place: str) -> None:
    assert refused(text, place, "must be at least 0")


def test_a_field_that_not_every_server_knows_is_refused_with_those_that_all_do() -> None:
    assert refused("experimental { use_tfrt: true }", "1:16", "Known here: disable_output_partition_graphs")


def test_every_mistake_comes_at_once() -> None:
    found = check_session("placement_period: 1\nallow_soft_placement: 2\nloging: 1", "se")
    assert [problem.where for problem in found] == ["se:1:19", "se:2:23", "se:3:1"]


def test_every_field_is_tensorflows_own() -> None:
    from local.stand_in.official import config_pb2

    theirs = config_pb2.ConfigProto.DESCRIPTOR
    assert list(_differences(ConfigProto.DESCRIPTOR, theirs)) == []


def _differences(ours: Any, theirs: Any) -> Any:
    for field in ours.fields:
        other = theirs.fields_by_name.get(field.name)
        if other is None or (field.number, field.type, field.is_repeated) != (
            other.number,
            other.type,
            other.is_repeated,
        ):
            yield f"{ours.name}.{field.name}"
        elif field.message_type:
            yield from _differences(field.message_type, other.message_type)
        elif field.enum_type:
            numbers = {value.name: value.number for value in other.enum_type.values}
            yield from (
                f"{field.enum_type.name}.{value.name}"
                for value in field.enum_type.values
                if numbers.get(value.name) != value.number
            )
