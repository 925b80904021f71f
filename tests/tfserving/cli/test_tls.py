"""`tfs predict` over TLS."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.tfserving.certificates import certify
from tfserving import cli
from tfserving.cli.tls import TlsOptionsError, tls_options
from tfserving.protos.serving_api_pb2 import (
    DataType,
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    PredictRequest,
    PredictResponse,
    SignatureDefMap,
)

ROOT = certify("root", authority=True)
SERVER = certify("server", ROOT, hosts=["models.example"])
CLIENT = certify("client", ROOT)


class Echo(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """A model of one float input, which it gives back."""

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        if str(details.method).endswith("Predict"):
            return grpc.unary_unary_rpc_method_handler(
                lambda request, _: PredictResponse(outputs=dict(request.inputs)),
                PredictRequest.FromString,
                PredictResponse.SerializeToString,
            )
        return grpc.unary_unary_rpc_method_handler(
            lambda _, __: signatures(), GetModelMetadataRequest.FromString, GetModelMetadataResponse.SerializeToString
        )


def signatures() -> GetModelMetadataResponse:
    found = SignatureDefMap()
    signature = found.signature_def["serving_default"]
    signature.inputs["x"].dtype = signature.outputs["x"].dtype = DataType.DT_FLOAT
    for info in (signature.inputs["x"], signature.outputs["x"]):
        info.tensor_shape.dim.add(size=-1)
    answer = GetModelMetadataResponse()
    answer.metadata["signature_def"].value = found.SerializeToString()
    return answer


@pytest.fixture
def server() -> Iterator[str]:
    """Serve to clients with certificates only."""
    with ThreadPoolExecutor(2) as workers:
        listening = grpc.server(workers)
        listening.add_generic_rpc_handlers((Echo(),))
        pair = (SERVER.key.encode(), SERVER.certificate.encode())
        keys = grpc.ssl_server_credentials([pair], ROOT.certificate.encode(), require_client_auth=True)
        port = listening.add_secure_port("127.0.0.1:0", keys)
        listening.start()
        yield f"127.0.0.1:{port}"
        listening.stop(0).wait()


def predict(monkeypatch: pytest.MonkeyPatch, *options: str) -> object:
    monkeypatch.setattr(sys, "argv", ["tfs", "predict", "--model", "echo", *options])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0


def test_a_prediction_goes_over_tls_with_the_operators_files(
    server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    texts = {"ca": ROOT.certificate, "cert": CLIENT.certificate, "key": CLIENT.key, "input": '{"x": [1.5]}'}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    files = [part for name in texts for part in (f"--{name}", str(tmp_path / name))]
    code = predict(monkeypatch, "--server", server, "--tls", "--tls-name", "models.example", *files)
    captured = capsys.readouterr()
    assert (code, captured.err) == (0, "")
    assert json.loads(captured.out) == {"x": [1.5]}


def test_options_that_nothing_would_read_are_refused_all_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict(monkeypatch, "--server", "127.0.0.1:9", "--ca", "ca.pem", "--tls-name", "x") == 1
    said = capsys.readouterr().err
    assert "--ca: is for TLS. Add --tls, or remove it." in said
    assert "--tls-name: is for TLS." in said


@pytest.mark.parametrize("server", ["http://127.0.0.1:8501", "https://models.example"])
def test_tls_is_for_grpc(server: str) -> None:
    with pytest.raises(TlsOptionsError, match=r"--tls: is for gRPC, but --server is "):
        tls_options(server, tls=True, ca=None, cert=None, key=None, name="")


def test_without_the_options_there_is_no_tls() -> None:
    assert tls_options("127.0.0.1:8500", tls=False, ca=None, cert=None, key=None, name="") is None
