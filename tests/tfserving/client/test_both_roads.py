"""One model with inputs of many types, asked over gRPC and over REST: the answers are the same."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tests.local.stand_in.conftest import RunningServer, Start, start
from tfserving.client import GrpcClient, InputsError, PredictionError, RestClient

__all__ = ["start"]
pytestmark = pytest.mark.slow

MAKE_MODEL = """
import sys
import tensorflow as tf

def spec(dtype, name, *shape):
    return tf.TensorSpec([None, *shape], dtype, name=name)

class Types(tf.Module):
    @tf.function(input_signature=[
        spec(tf.float32, "f", 2), spec(tf.int32, "i"), spec(tf.int64, "l"), spec(tf.bool, "b"), spec(tf.string, "s")])
    def common(self, f, i, l, b, s):
        text = tf.strings.as_string(i)
        return {"f": f + 0, "i": i + 0, "l": l + 0, "b": tf.logical_not(b), "s_bytes": tf.identity(s), "text": text}

    @tf.function(input_signature=[spec(tf.bfloat16, "bf"), spec(tf.complex64, "c"), spec(tf.float16, "h")])
    def rare(self, bf, c, h):
        return {"bf": bf + bf, "c": c * c, "h": h + h}

    @tf.function(input_signature=[])
    def clock(self):
        return {"time": tf.constant(7, tf.int64)}

types = Types()
signatures = {"serving_default": types.common, "rare": types.rare, "clock": types.clock}
tf.saved_model.save(types, f"{sys.argv[1]}/1", signatures=signatures)
"""

COMMON = {
    "f": [[1, 2.5], [float("nan"), float("-inf")]],
    "i": [1, -2],
    "l": [(1 << 53) + 1, -(1 << 63)],
    "b": [True, False],
    "s": ["ä", {"b64": "/wA="}],
}


@pytest.fixture
def server(tmp_path: Path, start: Start) -> RunningServer:
    """Serve the model."""
    base = tmp_path / "types"
    subprocess.run([sys.executable, "-c", MAKE_MODEL, str(base)], check=True, capture_output=True)
    server = start("--model_name=types", f"--model_base_path={base}")
    server.wait()
    return server


def plain(outputs: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Give outputs as something that compares, NaN and all."""
    return {name: (array.dtype.name, repr(array.tolist())) for name, array in outputs.items()}


def test_answers_are_the_same_over_grpc_and_rest(server: RunningServer) -> None:
    rest = RestClient(f"http://127.0.0.1:{server.rest_port}")
    with GrpcClient(f"127.0.0.1:{server.port}") as client:
        over_grpc = client.predict("types", COMMON, timeout=30)
        assert plain(over_grpc) == plain(rest.predict("types", COMMON, timeout=30))
        assert over_grpc["l"].tolist() == COMMON["l"]
        assert over_grpc["s_bytes"].tolist() == ["ä".encode(), b"\xff\0"]
        rare = {"bf": np.array([1.5], dtype=ml_dtypes.bfloat16), "c": [2j], "h": [0.5]}
        found = client.predict("types", rare, signature="rare", timeout=30)
        assert {name: array.tolist() for name, array in found.items()} == {"bf": [3.0], "c": [-4], "h": [1.0]}
        assert client.predict("types", {}, signature="clock")["time"] == 7
    for refused, inputs, signature in ((InputsError, rare, "rare"), (PredictionError, {}, "clock")):
        with pytest.raises(refused, match="over gRPC"):
            rest.predict("types", inputs, signature=signature)
