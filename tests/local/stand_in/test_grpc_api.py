from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from local.stand_in import official
from local.stand_in.crash import CrashError
from local.stand_in.grpc_api import GrpcOptions, channel_options, start_grpc
from local.stand_in.metrics import Metrics
from local.stand_in.official import predict_pb2
from local.stand_in.service import Service
from local.stand_in.small_messages import HealthCheckRequest, HealthCheckResponse
from local.stand_in.status import StatusError, precondition
from tests.local.stand_in.fakes import FakeCore


class Called:
    """A server on a socket of its own, and the official stubs to call it."""

    def __init__(self, folder: Path, *, health: bool = False, as_content: bool = False) -> None:
        self.core = FakeCore()
        self.metrics = Metrics()
        address = f"{folder}/grpc"
        self.server = start_grpc(
            Service(self.core.as_core(), self.metrics),
            GrpcOptions(
                port=0,
                socket_path=address,
                max_threads=4,
                channel_arguments="",
                tls=None,
                health=health,
                as_content=as_content,
            ),
        )
        self.channel = grpc.insecure_channel(f"unix:{address}")
        self.prediction = official.prediction_service_grpc.PredictionServiceStub(self.channel)
        self.models = official.model_service_grpc.ModelServiceStub(self.channel)

    def close(self) -> None:
        """End both."""
        self.channel.close()
        self.server.stop(None).wait()

    def health(self, service: str) -> Any:
        """Call the health service."""
        check = self.channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=HealthCheckResponse.FromString,
        )
        return check(HealthCheckRequest(service=service))


@pytest.fixture
def called(tmp_path: Path) -> Iterator[Called]:
    made = Called(tmp_path)
    yield made
    made.close()


def request(**spec: Any) -> Any:
    made = predict_pb2.PredictRequest()
    made.model_spec.name = spec.get("name", "m")
    made.model_spec.signature_name = spec.get("signature_name", "")
    if "version" in spec:
        made.model_spec.version.value = spec["version"]
    if "label" in spec:
        made.model_spec.version_label = spec["label"]
    made.inputs["x"].dtype = 1
    made.inputs["x"].float_val.append(4)
    made.inputs["x"].tensor_shape.dim.add(size=1)
    return made


def refused(call: Any, *arguments: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as error:
        call(*arguments)
    return error.value.code(), error.value.details() or ""


def test_predict_answers_with_listed_values_and_the_version_that_answered(called: Called) -> None:
    response = called.prediction.Predict(request(label="stable"))
    assert list(response.outputs["y"].float_val) == [8.0]
    spec = response.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("m", 3, "serving_default")


def test_predict_answers_with_bytes_if_the_flag_says_so(tmp_path: Path) -> None:
    called = Called(tmp_path, as_content=True)
    assert called.prediction.Predict(request()).outputs["y"].tensor_content == b"\0\0\0\x41"
    called.close()


def test_the_clients_deadline_is_the_sessions_timeout(called: Called) -> None:
    called.prediction.Predict(request(), timeout=30)
    assert 20_000 < called.core.model.timeouts[0] < 40_000


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"name": "x"}, grpc.StatusCode.NOT_FOUND),
        ({"version": 9}, grpc.StatusCode.NOT_FOUND),
        ({"label": "nope"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"signature_name": "nope"}, grpc.StatusCode.FAILED_PRECONDITION),
    ],
)
def test_a_failure_has_the_real_servers_code(called: Called, spec: dict[str, Any], code: grpc.StatusCode) -> None:
    assert refused(called.prediction.Predict, request(**spec))[0] is code
    assert 'status="OK"' not in called.metrics.render()


def test_predictions_are_counted(called: Called) -> None:
    called.prediction.Predict(request())
    assert 'request_latency_count{model_name="m",API="Predict",entrypoint="GRPC"} 1' in called.metrics.render()


def test_a_long_error_is_cut(called: Called) -> None:
    called.core.model.failure = StatusError(precondition("").code, "x" * 5000)
    assert len(refused(called.prediction.Predict, request())[1]) == 1024


def examples_request(message_class: Any, signature_name: str, *, context: bool = False) -> Any:
    """Two examples, of one and two features, and one more in their context if there is one."""
    made = message_class()
    if hasattr(made, "model_spec"):
        made.model_spec.name = "m"
        made.model_spec.signature_name = signature_name
    listed = made.input.example_list_with_context if context else made.input.example_list
    if context:
        listed.context.features.feature["context"].int64_list.value.append(1)
    for names in ("a", "ab"):
        example = listed.examples.add()
        for name in names:
            example.features.feature[name].float_list.value.append(1)
    return made


def test_classify_pairs_classes_with_scores(called: Called) -> None:
    request_class = official.classification_pb2.ClassificationRequest
    answer = called.prediction.Classify(examples_request(request_class, "classes"))
    shown = [[(each.label, each.score) for each in row.classes] for row in answer.result.classifications]
    assert shown == [[("few", 1), ("many", 1)], [("few", 1), ("many", 2)]]
    assert (answer.model_spec.version.value, answer.model_spec.signature_name) == (3, "classes")


@pytest.mark.parametrize(("context", "values"), [(False, [1, 2]), (True, [2, 3])])
def test_regress_answers_a_value_for_each_example_with_the_context_in_it(
    called: Called, context: bool, values: list[float]
) -> None:
    request_class = official.regression_pb2.RegressionRequest
    answer = called.prediction.Regress(examples_request(request_class, "sizes", context=context))
    assert [each.value for each in answer.result.regressions] == values


def multi_request(*tasks: tuple[str, str]) -> Any:
    made = examples_request(official.inference_pb2.MultiInferenceRequest, "")
    for signature_name, method in tasks:
        task = made.tasks.add(method_name=f"tensorflow/serving/{method}")
        task.model_spec.name = "m"
        task.model_spec.signature_name = signature_name
    return made


def test_multi_inference_answers_each_task_from_one_run(called: Called) -> None:
    answer = called.prediction.MultiInference(multi_request(("classes", "classify"), ("sizes", "regress")))
    first, second = answer.results
    assert [each.label for each in first.classification_result.classifications[0].classes] == ["few", "many"]
    assert [each.value for each in second.regression_result.regressions] == [1, 2]
    assert second.model_spec.signature_name == "sizes"
    assert len(called.core.model.timeouts) == 1


@pytest.mark.parametrize(
    ("tasks", "code", "message"),
    [
        ((), grpc.StatusCode.INVALID_ARGUMENT, "no model name"),
        ((("sizes", "regress"), ("sizes", "regress")), grpc.StatusCode.INVALID_ARGUMENT, "Duplicate evaluation"),
        ((("nope", "regress"),), grpc.StatusCode.INVALID_ARGUMENT, "Requested signature not found"),
        ((("sizes", "predict"),), grpc.StatusCode.UNIMPLEMENTED, "Unsupported signature method_name"),
        ((("sizes", "classify"),), grpc.StatusCode.INVALID_ARGUMENT, "method_name to be tensorflow/serving/classify"),
    ],
)
def test_multi_inference_refuses_what_one_run_cannot_serve(
    called: Called, tasks: tuple[tuple[str, str], ...], code: grpc.StatusCode, message: str
) -> None:
    given, words = refused(called.prediction.MultiInference, multi_request(*tasks))
    assert given is code
    assert message in words


@pytest.mark.parametrize(
    ("signature_name", "message"),
    [
        ("nope", "No signature was found with the name"),
        ("sizes", "method_name to be tensorflow/serving/classify"),
    ],
)
def test_a_signature_of_another_method_is_refused(called: Called, signature_name: str, message: str) -> None:
    request_class = official.classification_pb2.ClassificationRequest
    code, words = refused(called.prediction.Classify, examples_request(request_class, signature_name))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert message in words


def test_a_request_without_examples_or_model_is_refused(called: Called) -> None:
    empty = official.classification_pb2.ClassificationRequest()
    assert refused(called.prediction.Classify, empty)[1] == "Missing ModelSpec"
    empty.model_spec.name = "m"
    assert refused(called.prediction.Classify, empty) == (grpc.StatusCode.INVALID_ARGUMENT, "Input is empty.")


def test_examples_and_their_requests_are_counted_but_not_those_of_multi_inference(called: Called) -> None:
    called.prediction.Regress(examples_request(official.regression_pb2.RegressionRequest, "sizes"))
    called.prediction.MultiInference(multi_request(("sizes", "regress")))
    page = called.metrics.render()
    assert ':tensorflow:serving:request_count{model_name="m",status="OK"} 1\n' in page
    assert 'request_latency_count{model_name="m",API="Regress",entrypoint="GRPC"} 1\n' in page
    assert ':tensorflow:serving:request_example_count_total{model="m"} 4\n' in page
    assert ':tensorflow:serving:request_example_counts_count{model="m"} 2\n' in page
    for api in ("Regress", "MultiInference"):
        assert f'runtime_latency_count{{model_name="m",API="{api}",runtime="TF1"}} 1\n' in page


def status_request(name: str = "m", version: int | None = None, label: str = "") -> Any:
    made = official.get_model_status_pb2.GetModelStatusRequest()
    made.model_spec.name = name
    if version is not None:
        made.model_spec.version.value = version
    if label:
        made.model_spec.version_label = label
    return made


def test_the_status_tells_state_and_error_of_every_version(called: Called) -> None:
    answer = called.models.GetModelStatus(status_request())
    shown = [(entry.version, entry.state, entry.status.error_code) for entry in answer.model_version_status]
    assert shown == [(3, 30, 0), (2, 50, 3)]
    assert answer.model_version_status[1].status.error_message == "broken"


def test_the_status_of_a_label_is_that_of_every_version(called: Called) -> None:
    assert len(called.models.GetModelStatus(status_request(label="nope")).model_version_status) == 2


def test_the_status_of_an_unknown_model_is_not_found(called: Called) -> None:
    assert refused(called.models.GetModelStatus, status_request("x"))[0] is grpc.StatusCode.NOT_FOUND


def test_a_status_request_without_spec_is_refused(called: Called) -> None:
    empty = official.get_model_status_pb2.GetModelStatusRequest()
    assert refused(called.models.GetModelStatus, empty) == (grpc.StatusCode.INVALID_ARGUMENT, "Missing ModelSpec")


def metadata_request(*fields: str) -> Any:
    made = official.get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
    made.model_spec.name = "m"
    return made


def test_the_metadata_hold_the_signatures(called: Called) -> None:
    answer = called.prediction.GetModelMetadata(metadata_request("signature_def"))
    signatures = official.get_model_metadata_pb2.SignatureDefMap()
    assert answer.metadata["signature_def"].Unpack(signatures)
    assert sorted(signatures.signature_def) == ["classes", "serving_default", "sizes", "two"]
    assert answer.model_spec.version.value == 3


@pytest.mark.parametrize("fields", [(), ("signatures",)])
def test_only_signature_def_is_a_metadata_field(called: Called, fields: tuple[str, ...]) -> None:
    code, _ = refused(called.prediction.GetModelMetadata, metadata_request(*fields))
    assert code is grpc.StatusCode.INVALID_ARGUMENT


def reload_request(*names: str) -> Any:
    made = official.model_management_pb2.ReloadConfigRequest()
    made.config.model_config_list.SetInParent()
    for name in names:
        made.config.model_config_list.config.add(name=name)
    return made


def test_a_reload_request_hands_the_list_on(called: Called) -> None:
    answer = called.models.HandleReloadConfigRequest(reload_request("a", "b"))
    assert answer.status.error_code == 0
    assert [model.name for model in called.core.reloaded[0].models] == ["a", "b"]


def test_a_reload_request_takes_a_list_only(called: Called) -> None:
    empty = official.model_management_pb2.ReloadConfigRequest()
    assert refused(called.models.HandleReloadConfigRequest, empty)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_a_refused_reload_tells_why(called: Called) -> None:
    called.core.refusal = precondition("label on nothing")
    answer = refused(called.models.HandleReloadConfigRequest, reload_request("a"))
    assert answer == (grpc.StatusCode.FAILED_PRECONDITION, "label on nothing")


@pytest.mark.parametrize("name", ["", "ModelService", "PredictionService"])
def test_health_is_serving_under_its_three_names(tmp_path: Path, name: str) -> None:
    called = Called(tmp_path, health=True)
    assert called.health(name).status == 1
    called.close()


def test_health_knows_no_full_service_names(tmp_path: Path) -> None:
    called = Called(tmp_path, health=True)
    assert refused(called.health, "tensorflow.serving.PredictionService")[0] is grpc.StatusCode.NOT_FOUND
    called.close()


def test_health_is_off_by_default(called: Called) -> None:
    assert refused(called.health, "")[0] is grpc.StatusCode.UNIMPLEMENTED


def test_channel_arguments_are_integers_where_they_can_be() -> None:
    assert channel_options("grpc.max_connection_age_ms=30000,grpc.primary_user_agent=x,grpc.a=-1") == [
        ("grpc.max_connection_age_ms", 30_000),
        ("grpc.primary_user_agent", "x"),
        ("grpc.a", -1),
    ]
    assert channel_options("") == []
    assert channel_options("grpc.a=,grpc.b=2147483648,grpc.c=x=y") == [
        ("grpc.a", ""),
        ("grpc.b", "2147483648"),
        ("grpc.c", "x"),
    ]


@pytest.mark.parametrize("arguments", ["foo", "grpc.a=1,foo", "grpc.a=1,"])
def test_a_channel_argument_without_a_value_kills_the_server(arguments: str) -> None:
    with pytest.raises(CrashError):
        channel_options(arguments)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    options = GrpcOptions(port, "", max_threads=1, channel_arguments="", tls=None, health=False, as_content=False)
    with pytest.raises(RuntimeError, match="Failed to BuildAndStart gRPC server"):
        start_grpc(Service(FakeCore().as_core(), Metrics()), options)
