"""`tfs predict`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfserving.cli.tls import tls_options
from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from tfserving.client import GrpcClient


def predict(
    server: Annotated[str, typer.Option(envvar="TFS_SERVER", help="HOST:PORT for gRPC, http://HOST:PORT for REST.")],
    model: Annotated[str, typer.Option(help="The model's name.")],
    label: Annotated[str | None, typer.Option(help="The version with this label.")] = None,
    version: Annotated[int | None, typer.Option(help="This version.")] = None,
    signature: Annotated[str, typer.Option(help="The signature to call.")] = "serving_default",
    source: Annotated[Path | None, typer.Option("--input", help="JSON inputs; standard input if left out.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the answer.")] = 5.0,
    tls: Annotated[bool, typer.Option("--tls", help="Call gRPC over TLS.")] = False,
    ca: Annotated[Path | None, typer.Option(help="With --tls: PEM file of whom to trust.")] = None,
    cert: Annotated[Path | None, typer.Option(help="With --tls: PEM file of your own certificate.")] = None,
    key: Annotated[Path | None, typer.Option(help="With --tls: PEM file of your own key.")] = None,
    tls_name: Annotated[str, typer.Option(help="With --tls: the host the server's certificate is for.")] = "",
) -> None:
    """Predict: inputs are a JSON object of input names and arrays, outputs are printed as one.

    Example: echo '{"images": [[0, 0, 5, 13]]}' | tfs predict --server 10.0.0.5:8500 --model digits --label live
    """
    security = tls_options(server, tls=tls, ca=ca, cert=cert, key=key, name=tls_name)
    inputs = _read_inputs(source)
    chosen: dict[str, Any] = {"version": version, "label": label, "timeout": timeout}
    if server.startswith(("http://", "https://")):
        from tfserving.client import RestClient

        outputs = RestClient(server).predict(model, inputs, signature=signature, **chosen)
    else:
        from tfserving.client import GrpcClient

        with GrpcClient(server, tls=security) as client:
            typed = _typed(inputs, _input_types(client, model, signature, chosen))
            outputs = client.predict(model, typed, signature=signature, **chosen)
    print(json.dumps({name: _jsonable(array) for name, array in outputs.items()}))


def _read_inputs(source: Path | None) -> dict[str, Any]:
    where = str(source or "Standard input")
    try:
        inputs = json.loads(source.read_text() if source else sys.stdin.read())
    except OSError as error:
        raise TfServingError(f"{where} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise TfServingError(f"{where} is not JSON: {error}.") from error
    if not isinstance(inputs, dict) or not inputs:
        raise TfServingError(
            f"{where} must hold a JSON object of input names and arrays, such as {{'images': [[0.0]]}}."
        )
    return inputs


def _input_types(client: "GrpcClient", model: str, signature: str, chosen: dict[str, Any]) -> dict[str, int]:
    signatures = client.signatures(model, **chosen)
    if signature not in signatures:
        names = ", ".join(sorted(signatures))
        raise TfServingError(f"{model} has no signature {signature!r}. It has {names}.")
    return {name: info.dtype for name, info in signatures[signature].inputs.items()}


def _typed(inputs: dict[str, Any], types: dict[str, int]) -> dict[str, Any]:
    """Give JSON's numbers the types the signature wants: JSON has only one kind of number, TensorFlow has many."""
    from tfserving.client.tensors import BY_NUMBER

    unknown = sorted(set(inputs) - set(types))
    if unknown:
        raise TfServingError(f"The signature has no input {unknown[0]!r}. It has {', '.join(sorted(types))}.")
    numbers = {name: BY_NUMBER[types[name]].dtype for name in inputs if types[name] in BY_NUMBER}
    return {name: _array(name, values, numbers.get(name)) for name, values in inputs.items()}


def _array(name: str, values: Any, dtype: str | None) -> Any:
    import numpy as np

    try:
        return np.asarray(values, dtype=dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise TfServingError(f"The input {name!r} is no array of {dtype or 'strings'}: {error}.") from error


def _jsonable(array: Any) -> Any:
    values = array.tolist()
    return json.loads(json.dumps(values, default=lambda value: value.decode(errors="replace")))
