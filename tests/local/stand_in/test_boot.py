from pathlib import Path

import pytest

from local.stand_in.__main__ import main
from local.stand_in.boot import check_flags, metrics_path, read_config
from local.stand_in.config import DEFAULT_METRICS_PATH
from local.stand_in.flags import Arguments, parse
from local.stand_in.small_messages import MonitoringConfig
from local.stand_in.status import StatusError


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
