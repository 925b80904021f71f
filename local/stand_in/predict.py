"""What Predict means, whichever way the request came in: aliases to graph tensors, and back."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Protocol

from .status import invalid, precondition, unimplemented
from .tensors import Tensor, from_proto

DEFAULT_SIGNATURE: Final = "serving_default"


class Model(Protocol):
    """A loaded version that can be asked."""

    @property
    def signatures(self) -> Mapping[str, Any]:
        """SignatureDef messages by name."""

    def run(self, feeds: Sequence[tuple[str, Tensor]], fetches: Sequence[str], timeout_ms: int) -> list[Tensor]:
        """Evaluate graph tensors; a timeout of 0 means none."""

    def close(self) -> None:
        """Free what the version holds."""


def predict(
    model: Model,
    signature_name: str,
    inputs: Mapping[str, Tensor],
    output_filter: Sequence[str] = (),
    timeout_ms: int = 0,
) -> dict[str, Tensor]:
    """Run one signature, for the outputs in the filter or all; raises StatusError as the real server does."""
    name = signature_name or DEFAULT_SIGNATURE
    if name not in model.signatures:
        raise precondition(f'Serving signature key "{name}" not found.')
    signature = model.signatures[name]
    check_inputs(inputs, signature)
    feeds = _feeds(inputs, signature)
    aliases = _output_aliases(signature, output_filter)
    fetches = [_tensor_name(signature.outputs, alias, "output") for alias in aliases]
    return dict(zip(aliases, model.run(feeds, fetches, timeout_ms), strict=True))


def check_inputs(inputs: Collection[str], signature: Any) -> None:
    """Refuse a request with too many inputs, or too few for a signature that has no defaults."""
    given, wanted = set(inputs), set(signature.inputs)
    if len(given) > len(wanted) or (len(given) < len(wanted) and not signature.defaults):
        raise invalid(
            f"input size does not match signature: {len(given)}!={len(wanted)} len({_set(given)}) != "
            f"len({_set(wanted)}). Sent extra: {_set(given - wanted)}. "
            f"Missing but required: {_set(wanted - given)}."
        )


def _feeds(inputs: Mapping[str, Tensor], signature: Any) -> list[tuple[str, Tensor]]:
    defaults = {alias: from_proto(default) for alias, default in signature.defaults.items()}
    complete = {**defaults, **inputs}
    feeds = [(_tensor_name(signature.inputs, alias, "input"), tensor) for alias, tensor in complete.items()]
    if missing := set(signature.inputs) - complete.keys():
        raise invalid(f"Missing but required, and without a default: {_set(missing)}.")
    return feeds


def _output_aliases(signature: Any, output_filter: Sequence[str]) -> list[str]:
    for position, alias in enumerate(output_filter):
        if alias in output_filter[:position]:
            raise invalid(f"duplicate output tensor alias: {alias}")
    return list(output_filter) or sorted(signature.outputs)


def _tensor_name(infos: Any, alias: str, side: str) -> str:
    if alias not in infos:
        raise invalid(
            f"{side} tensor alias not found in signature: {alias}. "
            f"{side.capitalize()}s expected to be in the set {_set(infos)}."
        )
    info = infos[alias]
    if info.WhichOneof("encoding") != "name":
        raise unimplemented(f"The stand-in carries dense tensors only; {side} {alias} is not one.")
    name: str = info.name
    return name


def _set(names: Collection[str]) -> str:
    return f"{{{','.join(sorted(names))}}}"
