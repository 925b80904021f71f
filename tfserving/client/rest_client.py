"""Predictions over REST."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import urllib3

from tfserving.client.choice import Choice, chosen, deadline, left
from tfserving.client.element_types import Array
from tfserving.client.errors import AnswerError, PredictionError
from tfserving.client.inputs import checked_inputs, given_text
from tfserving.client.outputs import outputs_from_json
from tfserving.client.refusals import explained, unknown_version
from tfserving.client.rest_json import first_line, read_answer, request_body
from tfserving.client.signatures import KeptSignatures, Signature, read_signature, signatures_from_json
from tfserving.client.targets import checked_url

# The codes the server maps to these, the other way round; 401, 403 and 502 are a proxy's.
CODES: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
WITHOUT_INPUTS: Final = "REST does not call signatures without inputs; call it over gRPC."


class RestClient:
    """A client of one server's REST API, `http://host:port`; connections are kept.

    Raises TfServingError for a URL that is none.
    """

    def __init__(self, base_url: str) -> None:
        self._base = f"{checked_url(base_url)}/v1/models"
        self._http = urllib3.PoolManager(retries=False)
        self._kept = KeptSignatures(self._signature)

    def predict(
        self,
        model: str,
        inputs: Mapping[str, object],
        *,
        version: int | None = None,
        label: str | None = None,
        signature: str = "serving_default",
        timeout: float = 5.0,
    ) -> dict[str, Array]:
        """Predict with a model: arrays by input name in, arrays by output name out; `timeout` is in seconds.

        Inputs and outputs are what they are over gRPC, types and all: see GrpcClient.predict. Complex numbers have no
        form in JSON and are refused.
        Raises InputsError, with every problem, for inputs that would reach the model as other values or not at all;
        PredictionError if the server refuses or fails, or if something else than a prediction comes back.
        """
        choice, until = chosen(model, version, label), deadline(timeout)

        def question(found: Signature) -> dict[str, Array]:
            arrays = checked_inputs(choice, found, inputs)
            body = request_body(choice, found, arrays)
            with explained(choice, lambda: given_text(arrays, found) if found.inputs else WITHOUT_INPUTS):
                answer = self._ask("POST", f"{_path(choice)}:predict", choice, until, body)
            if "outputs" not in answer:
                raise AnswerError(choice.name, f"the answer has no outputs: {str(answer)[:200]!r}.")
            return outputs_from_json(choice, found, answer["outputs"])

        return self._kept.ask(choice, signature, until, question)

    def status(self, model: str, *, timeout: float = 5.0) -> dict[int, str]:
        """Give the state of each version of a model the server knows, such as `AVAILABLE`."""
        choice = chosen(model)
        answer = self._ask("GET", _path(choice), choice, deadline(timeout))
        try:
            return {int(status["version"]): str(status["state"]) for status in answer["model_version_status"]}
        except (KeyError, TypeError, ValueError) as error:
            raise AnswerError(choice.name, f"the answer tells no states: {str(answer)[:200]!r}.") from error

    def signatures(
        self,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 5.0,
    ) -> dict[str, Any]:
        """Give the signatures of a model by name, in the server's JSON form."""
        choice = chosen(model, version, label)
        answer = self._metadata(choice, deadline(timeout))
        signatures_from_json(choice, answer)
        signatures: dict[str, Any] = answer["metadata"]["signature_def"]["signature_def"]
        return signatures

    def _signature(self, choice: Choice, name: str, until: float) -> Signature:
        return read_signature(choice, name, signatures_from_json(choice, self._metadata(choice, until)))

    def _metadata(self, choice: Choice, until: float) -> dict[str, Any]:
        with unknown_version(choice, lambda: self.status(choice.model, timeout=left(until))):
            return self._ask("GET", f"{_path(choice)}/metadata", choice, until)

    def _ask(self, method: str, path: str, choice: Choice, until: float, body: bytes | None = None) -> dict[str, Any]:
        try:
            response = self._http.request(method, f"{self._base}{path}", body=body, timeout=left(until))
        except urllib3.exceptions.NewConnectionError as error:  # a TimeoutError, too, by urllib3's reckoning
            raise PredictionError(choice.name, "UNAVAILABLE", str(error)) from error
        except urllib3.exceptions.TimeoutError as error:
            raise PredictionError(choice.name, "DEADLINE_EXCEEDED", str(error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise PredictionError(choice.name, "UNAVAILABLE", str(error)) from error
        if response.status != 200:
            code = CODES.get(response.status, "INTERNAL")
            raise PredictionError(choice.name, code, _error_text(choice, response.data))
        return read_answer(choice, response.data)


def _path(choice: Choice) -> str:
    model = f"/{quote(choice.model, safe='')}"
    if choice.version is not None:
        return f"{model}/versions/{choice.version}"
    return f"{model}/labels/{quote(choice.label, safe='')}" if choice.label is not None else model


def _error_text(choice: Choice, body: bytes) -> str:
    try:
        return str(read_answer(choice, body)["error"])
    except (AnswerError, KeyError):
        return f"the answer begins with {first_line(body)}" if body.strip() else "the answer is empty."
