"""Predictions over REST."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import urllib3
from numpy.typing import ArrayLike

from tfserving.client.errors import PredictionError, model_name
from tfserving.client.tensors import Array

# The codes the server maps to these, the other way round.
CODES: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class RestClient:
    """A client of one server's REST API, `http://host:port`; connections are kept."""

    def __init__(self, base_url: str) -> None:
        self._base = f"{base_url.rstrip('/')}/v1/models"
        self._http = urllib3.PoolManager(retries=False)

    def predict(
        self,
        model: str,
        inputs: Mapping[str, ArrayLike],
        *,
        version: int | None = None,
        label: str | None = None,
        signature: str = "serving_default",
        timeout: float = 5.0,
    ) -> dict[str, Array]:
        """Predict with a model: arrays by input name in, arrays by output name out; `timeout` is in seconds.

        A signature with a single output is answered without its name, and comes back as `output`.
        Raises PredictionError if the server refuses or fails.
        """
        columns = {name: _jsonable(np.asarray(values)) for name, values in inputs.items()}
        body = json.dumps({"signature_name": signature, "inputs": columns})
        answer = self._ask(
            "POST", f"{_path(model, version, label)}:predict", model_name(model, version, label), timeout, body
        )
        outputs = answer["outputs"]
        named = outputs if isinstance(outputs, dict) else {"output": outputs}
        return {name: np.asarray(values) for name, values in named.items()}

    def status(self, model: str, *, timeout: float = 5.0) -> dict[int, str]:
        """Give the state of each version of a model the server knows, such as `AVAILABLE`."""
        answer = self._ask("GET", f"/{model}", model, timeout)
        return {int(status["version"]): status["state"] for status in answer["model_version_status"]}

    def signatures(
        self,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 5.0,
    ) -> dict[str, Any]:
        """Give the signatures of a model by name, in the server's JSON form."""
        answer = self._ask(
            "GET", f"{_path(model, version, label)}/metadata", model_name(model, version, label), timeout
        )
        signatures: dict[str, Any] = answer["metadata"]["signature_def"]["signature_def"]
        return signatures

    def _ask(self, method: str, path: str, name: str, timeout: float, body: str | None = None) -> dict[str, Any]:
        try:
            response = self._http.request(method, f"{self._base}{path}", body=body, timeout=timeout)
        except urllib3.exceptions.NewConnectionError as error:  # a TimeoutError, too, by urllib3's reckoning
            raise PredictionError(name, "UNAVAILABLE", str(error)) from error
        except urllib3.exceptions.TimeoutError as error:
            raise PredictionError(name, "DEADLINE_EXCEEDED", str(error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise PredictionError(name, "UNAVAILABLE", str(error)) from error
        if response.status != 200:
            raise PredictionError(name, CODES.get(response.status, "INTERNAL"), _error_text(response.data))
        answer: dict[str, Any] = json.loads(response.data)
        return answer


def _path(model: str, version: int | None, label: str | None) -> str:
    model_name(model, version, label)
    if version is not None:
        return f"/{model}/versions/{version}"
    return f"/{model}/labels/{label}" if label is not None else f"/{model}"


def _jsonable(array: Array) -> Any:
    if array.dtype.kind in "SO":
        encoded = np.empty(array.shape, dtype=object)
        for index, value in np.ndenumerate(array):
            raw = value if isinstance(value, bytes) else str(value).encode()
            encoded[index] = {"b64": base64.b64encode(raw).decode()}
        return encoded.tolist()
    return array.tolist()


def _error_text(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:500]
