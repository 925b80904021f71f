from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from local.stand_in import official
from local.stand_in.__main__ import main
from local.stand_in.batching import limits_of
from local.stand_in.boot import Listeners, Server, check_flags, listen, metrics_path, read_config
from local.stand_in.config import DEFAULT_METRICS_PATH
from local.stand_in.crash import CrashError
from local.stand_in.flags import Arguments, parse
from local.stand_in.loading import loader_of
from local.stand_in.metrics import Metrics
from local.stand_in.official import config_pb2
from local.stand_in.service import Service
from local.stand_in.small_messages import MonitoringConfig
from local.stand_in.status import Code, StatusError
from tests.local.stand_in.fakes import FakeCore


def arguments(*flags: str) -> Arguments:
    return parse(flags, cpus=2)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ((), "are empty"),
        (("--model_base_path=/m", "--port=0"), "grpc_socket_path must be set"),
        (("--model_base_path=/m", "--batching_parameters_file=/b"), "without setting server_options.enable_batching"),
        (
            (
                "--model_base_path=/m",
                "--tensorflow_session_parallelism=1",
                "--tensorflow_intra_op_parallelism=1",
                "--tensorflow_inter_op_parallelism=1",
            ),
            "not all three",
        ),
    ],
)
def test_boot_refuses_flags_that_do_not_go_together(flags: tuple[str, ...], message: str) -> None:
    with pytest.raises(StatusError, match=message):
        check_flags(arguments(*flags))


def test_the_single_model_flags_are_ignored_beside_a_config_file(tmp_path: Path) -> None:
    file = tmp_path / "models.config"
    file.write_text("model_config_list {}")
    given = arguments(f"--model_config_file={file}", "--model_base_path=/m", "--model_name=m")
    check_flags(given)
    assert read_config(given).models == ()


def test_the_metrics_page_is_where_monitoring_puts_it() -> None:
    assert metrics_path(None) == ""
    assert metrics_path(MonitoringConfig()) == ""
    switched_on = MonitoringConfig()
    switched_on.prometheus_config.enable = True
    assert metrics_path(switched_on) == DEFAULT_METRICS_PATH
    switched_on.prometheus_config.path = "/m"
    assert metrics_path(switched_on) == "/m"


def test_a_malformed_flag_prints_the_usage_and_exits_255(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port=x"]) == 255
    assert "usage: tensorflow_model_server" in capsys.readouterr().out


def single(*flags: str) -> Arguments:
    return arguments("--model_base_path=/m", *flags)


FILE_FLAGS = (
    "tensorflow_session_config_file",
    "platform_config_file",
    "thread_pool_factory_config_file",
    "batching_parameters_file",
)


@pytest.mark.parametrize("flag", FILE_FLAGS)
def test_a_missing_file_is_found_before_any_model_is_loaded(tmp_path: Path, flag: str) -> None:
    with pytest.raises(StatusError) as refused:
        loader_of(single("--enable_batching", f"--{flag}={tmp_path}/missing"), Metrics())
    assert refused.value.code is Code.NOT_FOUND


def test_the_session_is_as_its_file_says_but_for_the_numbers_of_threads(tmp_path: Path) -> None:
    file = tmp_path / "session.config"
    file.write_text("intra_op_parallelism_threads: 7 allow_soft_placement: true")
    loader = loader_of(
        single(f"--tensorflow_session_config_file={file}", "--tensorflow_inter_op_parallelism=2"), Metrics()
    )
    config = config_pb2.ConfigProto.FromString(loader.session_config())
    assert config.allow_soft_placement
    assert (config.intra_op_parallelism_threads, config.inter_op_parallelism_threads) == (0, 2)


def test_batching_without_a_file_has_the_default_parameters() -> None:
    batching = loader_of(single("--enable_batching"), Metrics()).batching
    assert batching is not None
    assert limits_of(batching).pool_name == "model_server_batch_threads"
    assert loader_of(single(), Metrics()).batching is None


def test_with_parameters_per_model_a_version_that_brings_none_is_not_batched(tmp_path: Path) -> None:
    loader = loader_of(single("--enable_batching", "--enable_per_model_batching_parameters"), Metrics())
    assert loader.batching_of(str(tmp_path)) is None
    (tmp_path / "batching_params.pbtxt").write_text("max_batch_size { value: 4 }")
    own = loader.batching_of(str(tmp_path))
    assert own is not None
    assert limits_of(own).max_batch_size == 4


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Callable[..., Listeners]]:
    """Open the ports of a server that has loaded its models; gRPC is a socket under the folder."""
    opened: list[Listeners] = []

    def run(*flags: str) -> Listeners:
        given = single("--port=0", f"--grpc_socket_path={tmp_path}/grpc", *flags)
        core = FakeCore().as_core()
        opened.append(listen(Server(given, Service(core, Metrics()), core)))
        return opened[-1]

    yield run
    for listeners in opened:
        listeners.grpc.stop(None).wait()
        if listeners.rest:
            listeners.rest.shutdown()
            listeners.rest.server_close()


def status_over_grpc(folder: Path) -> Any:
    with grpc.insecure_channel(f"unix:{folder}/grpc") as channel:
        request = official.get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = "m"
        return official.model_service_grpc.ModelServiceStub(channel).GetModelStatus(request, timeout=10)


@pytest.mark.parametrize("text", [None, "", "prometheus { enable: true }", "prometheus_config {"])
def test_a_bad_monitoring_file_leaves_grpc_answering_and_rest_closed_without_a_word(
    tmp_path: Path, listening: Callable[..., Listeners], text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "monitoring.config"
    if text is not None:
        file.write_text(text)
    listeners = listening("--rest_api_port=1", f"--monitoring_config_file={file}")
    assert listeners.rest is None
    assert status_over_grpc(tmp_path).model_version_status[0].version == 3
    assert [record for record in caplog.records if record.levelname != "INFO"] == []


def test_a_bad_monitoring_file_is_not_read_without_rest(tmp_path: Path, listening: Callable[..., Listeners]) -> None:
    listening(f"--monitoring_config_file={tmp_path}/missing")
    assert status_over_grpc(tmp_path).model_version_status[0].version == 3


@pytest.mark.parametrize("threads", [0, -1])
def test_rest_without_threads_kills_the_server(listening: Callable[..., Listeners], threads: int) -> None:
    with pytest.raises(CrashError):
        listening("--rest_api_port=1", f"--rest_api_num_threads={threads}")
