import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from local.stand_in.official import predict_pb2
from tests.local.stand_in.conftest import ROOT, RunningServer, Start, eventually

pytestmark = pytest.mark.slow


def put(line: Path, folder: Path, *versions: int, name: str = "line") -> Path:
    """Copy versions of the model in, as a rename: whole or not at all."""
    base = folder / name
    base.mkdir(exist_ok=True)
    for version in versions:
        shutil.copytree(line / str(version), base / f"{version}.partial")
        (base / f"{version}.partial").rename(base / str(version))
    return base


def config(*models: str) -> str:
    return f"model_config_list {{ {' '.join(models)} }}"


def entry(base: Path, *versions: int, name: str = "line", **labels: int) -> str:
    specific = " ".join(f"versions: {version}" for version in versions)
    labelled = " ".join(f'version_labels {{ key: "{label}" value: {version} }}' for label, version in labels.items())
    return (
        f'config {{ name: "{name}" base_path: "{base}" model_platform: "tensorflow" '
        f"model_version_policy {{ specific {{ {specific} }} }} {labelled} }}"
    )


def write(path: Path, text: str) -> Path:
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)
    return path


@pytest.fixture
def both(line: Path, tmp_path: Path, start: Start) -> RunningServer:
    """A server of versions 1 and 2, with labels, batching and monitoring."""
    base = put(line, tmp_path, 1, 2)
    models = write(tmp_path / "models.config", config(entry(base, 1, 2, stable=1, canary=2)))
    batching = write(tmp_path / "batching.config", "max_batch_size { value: 8 } allowed_batch_sizes: 8")
    monitoring = write(tmp_path / "monitoring.config", "prometheus_config { enable: true }")
    server = start(
        f"--model_config_file={models}",
        "--model_config_file_poll_wait_seconds=1",
        "--allow_version_labels_for_unavailable_models=true",
        "--enable_batching",
        f"--batching_parameters_file={batching}",
        f"--monitoring_config_file={monitoring}",
        "--max_num_load_retries=0",
        "--num_load_threads=2",
        "--enable_grpc_healthcheck_service",
        "--no_such_flag=1",
    )
    server.wait()
    # The ports open as soon as one of a model's versions is there.
    eventually(lambda: server.states() == {"1": "AVAILABLE", "2": "AVAILABLE"}, "The other version's load")
    return server


def line_request(label: str) -> Any:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "line"
    request.model_spec.version_label = label
    request.inputs["x"].dtype = 1
    request.inputs["x"].tensor_content = b"\0\0\x80\x3f" * 3
    request.inputs["x"].tensor_shape.dim.add(size=3)
    return request


def test_both_apis_answer_by_version_and_label(both: RunningServer) -> None:
    assert both.predict(1, 2.5) == (200, {"predictions": [3.0, 7.5]})
    assert both.predict(1, 2.5, target="line/versions/1") == (200, {"predictions": [3.0, 6.0]})
    assert both.predict(1, 2.5, target="line/labels/stable") == (200, {"predictions": [3.0, 6.0]})
    response = both.ask(line_request("canary"))
    assert list(response.outputs["y"].float_val) == [3.0, 3.0, 3.0]
    assert response.model_spec.version.value == 2


def test_strings_and_a_named_signature_are_served(both: RunningServer) -> None:
    document = {"signature_name": "shout", "inputs": ["a" * 100, {"b64": "/w=="}, ""]}
    code, body = both.get("/v1/models/line:predict", document)
    assert code == 200
    assert [item["b64"] for item in body["outputs"]][1:] == ["/yE=", "IQ=="]


def test_a_regression_of_examples_is_served(both: RunningServer) -> None:
    document = {"signature_name": "of_examples", "examples": [{"x": 1.0}, {"x": [2.5]}, {"x": 0.0, "y": "unused"}]}
    assert both.get("/v1/models/line:regress", document) == (200, {"results": [3.0, 7.5, 0.0]})
    document["examples"] = [{"y": 1}]
    code, body = both.get("/v1/models/line:regress", document)
    assert code == 400
    assert "x" in body["error"]


def test_tensorflows_own_errors_come_through(both: RunningServer) -> None:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "line"
    request.inputs["x"].dtype = 9
    request.inputs["x"].int64_val.append(1)
    with pytest.raises(grpc.RpcError) as refused:
        both.ask(request)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_the_metrics_page_has_requests_and_loads(both: RunningServer) -> None:
    both.predict(1)
    code, page = both.get("/monitoring/prometheus/metrics")
    assert code == 200
    assert ':tensorflow:serving:request_count{model_name="line",status="OK"}' in page
    assert ":tensorflow:serving:request_latency_bucket{" in page
    assert page.count(":tensorflow:cc:saved_model:load_attempt_count{") == 2


def test_the_log_says_what_it_is_and_what_it_does_not_do(both: RunningServer) -> None:
    log = both.log.read_text()
    assert "stand-in for tensorflow_model_server, not the real one" in log
    assert "unknown argument: --no_such_flag=1" in log
    assert "does not join several" in log


def test_config_polling_promotes_in_two_steps_and_survives_bad_files(
    line: Path, tmp_path: Path, both: RunningServer
) -> None:
    models = tmp_path / "models.config"
    base = tmp_path / "line"
    write(models, "model_config_list {")
    eventually(lambda: "Failed to read ModelServerConfig file" in both.log.read_text(), "The refusal of bad text")
    assert both.states() == {"2": "AVAILABLE", "1": "AVAILABLE"}
    shutil.copytree(line / "1", base / "3")
    write(models, config(entry(base, 1, 2, 3, stable=3)))
    eventually(lambda: "Request to assign label to version 3" in both.log.read_text(), "The label's refusal")
    assert "3" not in both.states()
    write(models, config(entry(base, 1, 2, 3, stable=1)))
    eventually(lambda: both.states().get("3") == "AVAILABLE", "The load of version 3")
    write(models, config(entry(base, 2, 3, stable=3)))
    eventually(lambda: both.states()["1"] == "END", "The unload of version 1")
    assert both.predict(1, target="line/labels/stable") == (200, {"predictions": [3.0]})
    # gRPC closes a port whose server object was dropped only after a while: this far into the test it has.
    assert both.ask(line_request("stable")).model_spec.version.value == 3
    write(models, "model_config_list {}")
    eventually(lambda: set(both.states().values()) == {"END"}, "The unload of everything")
    assert both.predict(1)[0] == 404


def test_a_version_without_its_variables_loads_and_answers_with_errors_only(
    line: Path, tmp_path: Path, start: Start
) -> None:
    base = put(line, tmp_path, 1)
    server = start("--model_name=line", f"--model_base_path={base}", "--max_num_load_retries=0")
    server.wait()
    (base / "2").mkdir()
    shutil.copy(line / "2" / "saved_model.pb", base / "2")
    eventually(lambda: server.states() == {"2": "AVAILABLE", "1": "END"}, "The broken version's going live")
    code, body = server.predict(1)
    assert code == 400
    assert "uninitialized" in body["error"]


def test_a_version_without_saved_model_pb_ends_and_leaves_the_old_one(line: Path, tmp_path: Path, start: Start) -> None:
    base = put(line, tmp_path, 1)
    server = start("--model_name=line", f"--model_base_path={base}", "--max_num_load_retries=0")
    server.wait()
    (base / "2").mkdir()
    eventually(lambda: server.states() == {"2": "END", "1": "AVAILABLE"}, "The failure of version 2")
    _, body = server.get("/v1/models/line/versions/2")
    status = body["model_version_status"][0]["status"]
    assert status["error_code"] == "NOT_FOUND"
    assert "Could not find SavedModel .pb" in status["error_message"]
    assert server.predict(1) == (200, {"predictions": [3.0]})


def test_no_port_is_open_while_a_model_is_missing(line: Path, tmp_path: Path, start: Start) -> None:
    base = put(line, tmp_path, 1)
    late = tmp_path / "late"
    models = write(tmp_path / "models.config", config(entry(base, 1), entry(late, 1, name="late")))
    server = start(f"--model_config_file={models}")
    eventually(lambda: "Could not find base path" in server.log.read_text(), "The failing poll")
    assert not server.listening()
    put(line, tmp_path, 1, name="late")
    server.wait()
    assert server.predict(1, target="late") == (200, {"predictions": [3.0]})


def exit_code(server: RunningServer) -> int:
    return server.process.wait(timeout=60)


def test_one_model_that_does_not_load_keeps_the_server_down(line: Path, tmp_path: Path, start: Start) -> None:
    base = put(line, tmp_path, 1)
    (base / "2").mkdir()
    models = write(tmp_path / "models.config", config(entry(base, 1), entry(base, 2, name="bad")))
    server = start(f"--model_config_file={models}", "--max_num_load_retries=1", "--load_retry_interval_micros=1000")
    assert exit_code(server) == 255
    log = server.log.read_text()
    assert log.count("Loading servable: {name: bad version: 2} failed") == 2
    assert "1 servable(s) did not become available" in log


def test_labels_without_the_flag_keep_the_server_down(line: Path, tmp_path: Path, start: Start) -> None:
    models = write(tmp_path / "models.config", config(entry(put(line, tmp_path, 1), 1, stable=1)))
    server = start(f"--model_config_file={models}")
    assert exit_code(server) == 255
    assert "not currently available for inference" in server.log.read_text()


def test_a_missing_monitoring_file_leaves_grpc_answering_and_rest_closed_for_ever(
    line: Path, tmp_path: Path, start: Start
) -> None:
    base = put(line, tmp_path, 1)
    absent = tmp_path / "absent.config"
    server = start("--model_name=line", f"--model_base_path={base}", f"--monitoring_config_file={absent}")
    eventually(server.listening, "The gRPC port's opening")
    request = line_request("")
    request.model_spec.ClearField("version_label")
    assert list(server.ask(request).outputs["y"].float_val) == [3.0, 3.0, 3.0]
    assert server.get("/v1/models/line") == (0, None)
    assert "absent.config" not in server.log.read_text()


def test_batches_keep_their_limits(both: RunningServer) -> None:
    assert both.predict(*range(8))[0] == 200
    code, body = both.predict(*range(9))
    assert (code, body) == (400, {"error": "Task size 9 is larger than maximum input batch size 8"})
    assert both.get("/v1/models/line:predict", {"inputs": 1})[0] == 400
    assert both.predict(1, 2, 3) == (200, {"predictions": [3.0, 6.0, 9.0]})


def test_bad_batching_parameters_fail_the_load(line: Path, tmp_path: Path, start: Start) -> None:
    base = put(line, tmp_path, 1)
    bad = write(tmp_path / "batching.config", "max_batch_size { value: 8 } allowed_batch_sizes: 4")
    server = start(
        "--model_name=line",
        f"--model_base_path={base}",
        "--enable_batching",
        f"--batching_parameters_file={bad}",
        "--max_num_load_retries=0",
    )
    assert exit_code(server) == 255
    assert "Last entry in allowed_batch_sizes" in server.log.read_text()


@pytest.mark.parametrize(
    ("flags", "parameters", "code"),
    [
        ((), "max_batch_size { value: 0 }", -6),
        (("--grpc_channel_arguments=foo",), "", -6),
        (("--rest_api_num_threads=0",), "", -6),
        (("--port=-1",), "", 255),
        (("--tensorflow_session_config_file=/missing",), "", 255),
    ],
)
def test_what_the_real_server_dies_of(
    line: Path, tmp_path: Path, start: Start, flags: tuple[str, ...], parameters: str, code: int
) -> None:
    base = put(line, tmp_path, 1)
    batching = write(tmp_path / "batching.config", f"# {code}\n{parameters}")
    server = start(
        *("--model_name=line", f"--model_base_path={base}", "--enable_batching"),
        *(f"--batching_parameters_file={batching}", *flags),
    )
    assert exit_code(server) == code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_kills_at_once(tmp_path: Path, start: Start, number: signal.Signals) -> None:
    # Whoever started the tests may have them ignore it, as nohup does, and a process inherits that.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        server = start(f"--model_base_path={tmp_path}/missing")
    finally:
        signal.signal(number, before)
    eventually(lambda: "Could not find base path" in server.log.read_text(), "The failing poll")
    server.process.send_signal(number)
    assert exit_code(server) == -number


def test_an_unload_takes_its_time(both: RunningServer, tmp_path: Path) -> None:
    write(tmp_path / "models.config", config(entry(tmp_path / "line", 2, canary=2)))
    eventually(lambda: both.states()["1"] == "UNLOADING", "The unload's beginning")
    began = time.monotonic()
    eventually(lambda: both.states()["1"] == "END", "The unload's end")
    assert time.monotonic() - began > 1


def test_a_zero_byte_config_keeps_the_server_down_and_a_custom_one_kills_it(tmp_path: Path, start: Start) -> None:
    empty = tmp_path / "models.config"
    empty.touch()
    assert exit_code(start(f"--model_config_file={empty}")) == 255
    custom = write(tmp_path / "custom.config", "custom_model_config {}")
    assert exit_code(start(f"--model_config_file={custom}")) == -6


def run(*arguments: str) -> Any:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_version_is_that_of_a_stand_in() -> None:
    shown = run("-m", "local.stand_in", "--version")
    assert shown.returncode == 0
    assert "stand-in for tensorflow_model_server, not the real one" in shown.stdout


def test_the_official_protos_come_without_tensorflow_which_can_still_be_imported() -> None:
    code = (
        "import sys\n"
        "from local.stand_in import official\n"
        "assert 'tensorflow' not in sys.modules\n"
        "import tensorflow as tf\n"
        "assert int(tf.constant(3) * 2) == 6\n"
        "assert tf.make_tensor_proto(1.5).float_val == [1.5]\n"
    )
    shown = run("-c", code)
    assert shown.returncode == 0, shown.stderr
