"""What a client would notice of another version's signatures."""

from collections.abc import Iterator, Mapping

from tfserving.model_store import Signature, Tensor


def signature_changes(old: Mapping[str, Signature], new: Mapping[str, Signature]) -> list[str]:
    """Give the lines of a difference, `-` for what was and `+` for what is; none if clients of the old are served.

    A signature that is new altogether changes none: nobody asks for it yet.
    """
    return [line for name in sorted(old) for line in _changes(name, old[name], new.get(name))]


def tensor_text(tensor: Tensor) -> str:
    """Show a tensor as `DT_FLOAT [?, 28, 28]`."""
    if tensor.shape is None:
        return f"{tensor.dtype} of any rank"
    return f"{tensor.dtype} [{', '.join('?' if size is None else str(size) for size in tensor.shape)}]"


def _changes(name: str, old: Signature, new: Signature | None) -> Iterator[str]:
    if new is None:
        yield f"- {name}"
        return
    if old.method != new.method:
        yield f"- {name} method {old.method!r}"
        yield f"+ {name} method {new.method!r}"
    yield from _lines(name, _inputs(old), _inputs(new))
    yield from _lines(name, _outputs(old), _outputs(new))


def _lines(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield from (f"{sign} {name} {text}" for sign, text in (("-", old.get(key)), ("+", new.get(key))) if text)


def _inputs(signature: Signature) -> dict[str, str]:
    return {
        name: f"input {name!r} {tensor_text(tensor)}{', may be left out' if name in signature.optional else ''}"
        for name, tensor in signature.inputs.items()
    }


def _outputs(signature: Signature) -> dict[str, str]:
    return {name: f"output {name!r} {tensor_text(tensor)}" for name, tensor in signature.outputs.items()}
