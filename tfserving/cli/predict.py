"""`tfs predict`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tfserving.cli.json_input import read_json
from tfserving.cli.tls import tls_options
from tfserving.errors import TfServingError


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

    Bytes go as {"b64": "<base64>"}; they come so where they are no text, or the output's name ends in _bytes.

    NaN, Infinity and -Infinity are bare words, as in the server's own REST API.

    Complex numbers come as pairs of real and imaginary part.
    """
    security = tls_options(server, tls=tls, ca=ca, cert=cert, key=key, name=tls_name)
    inputs = _read_inputs(source)
    chosen: dict[str, Any] = {"version": version, "label": label, "signature": signature, "timeout": timeout}
    if server.startswith(("http://", "https://")):
        from tfserving.client import RestClient

        outputs = RestClient(server).predict(model, inputs, **chosen)
    else:
        from tfserving.client import GrpcClient

        with GrpcClient(server, tls=security) as client:
            outputs = client.predict(model, inputs, **chosen)
    print(json.dumps({name: _jsonable(name, array) for name, array in sorted(outputs.items())}))


def _read_inputs(source: Path | None) -> dict[str, Any]:
    inputs = read_json(source)
    if not isinstance(inputs, dict):
        raise TfServingError(
            f"{source or 'Standard input'} must hold a JSON object of input names and arrays, such as "
            "{'images': [[0.0]]}."
        )
    return inputs


def _jsonable(name: str, array: Any) -> Any:
    if array.dtype.kind == "O":
        return _map(array.tolist(), lambda value: _text_or_base64(value, encoded=name.endswith("_bytes")))
    if array.dtype.kind == "c":
        return _map(array.tolist(), lambda value: [value.real, value.imag])
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        # By its own shortest text: as a double, the float 0.1 would be 0.10000000149011612.
        return array.astype("U32").astype(float).tolist()
    return array.tolist()


def _map(value: Any, convert: Any) -> Any:
    return [_map(item, convert) for item in value] if isinstance(value, list) else convert(value)


def _text_or_base64(value: bytes, *, encoded: bool) -> Any:
    from tfserving.client.leaves import to_base64

    try:
        return to_base64(value) if encoded else value.decode()
    except UnicodeDecodeError:
        return to_base64(value)
