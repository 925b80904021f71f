"""A model without TensorFlow behind the real APIs: `y = 2x`, with the signatures of a real one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np

from local.stand_in.core import ServerCore
from local.stand_in.official import example_pb2, meta_graph_pb2
from local.stand_in.predict import Model
from local.stand_in.states import Event, State
from local.stand_in.status import StatusError, invalid, not_found
from local.stand_in.tensors import STRING, Tensor

FLOAT = 1


def signature(inputs: Mapping[str, int], outputs: Mapping[str, int], method: str = "predict") -> Any:
    """A SignatureDef whose tensors are called as its aliases."""
    signature = meta_graph_pb2.SignatureDef(method_name=f"tensorflow/serving/{method}")
    for side, aliases in ((signature.inputs, inputs), (signature.outputs, outputs)):
        for alias, dtype in aliases.items():
            side[alias].name = f"{alias}:0"
            side[alias].dtype = dtype
    return signature


class Doubler:
    """Doubles floats, echoes strings, counts the features of tf.Examples, and notes what it was asked."""

    signatures: Mapping[str, Any]

    def __init__(self) -> None:
        self.signatures = {
            "serving_default": signature({"x": FLOAT}, {"y": FLOAT}),
            "two": signature({"a": FLOAT, "t": STRING}, {"a2": FLOAT, "t_bytes": STRING}),
            "classes": signature({"inputs": STRING}, {"classes": STRING, "scores": FLOAT}, "classify"),
            "sizes": signature({"inputs": STRING}, {"outputs": FLOAT}, "regress"),
        }
        self.timeouts: list[int] = []
        self.failure: StatusError | None = None

    def run(self, feeds: Sequence[tuple[str, Tensor]], fetches: Sequence[str], timeout_ms: int) -> list[Tensor]:
        """Answer the fetches from the feeds."""
        self.timeouts.append(timeout_ms)
        if self.failure:
            raise self.failure
        given = dict(feeds)
        if "inputs:0" in given:
            return [self._of_examples(given["inputs:0"], name) for name in fetches]
        source = {"y:0": "x:0", "a2:0": "a:0", "t_bytes:0": "t:0"}
        return [self._doubled(given[source[name]]) for name in fetches]

    def close(self) -> None:
        """Nothing to free."""

    def _of_examples(self, examples: Tensor, fetch: str) -> Tensor:
        # Two classes for each example, and as its value the number of features it has.
        counts = [len(example_pb2.Example.FromString(example).features.feature) for example in examples.array]
        match fetch:
            case "classes:0":
                return Tensor(STRING, np.array([[b"few", b"many"]] * len(counts), dtype=object))
            case "scores:0":
                return Tensor(FLOAT, np.array([[1.0, count] for count in counts], dtype="<f4"))
        return Tensor(FLOAT, np.array(counts, dtype="<f4"))

    def _doubled(self, tensor: Tensor) -> Tensor:
        return tensor if tensor.dtype == STRING else Tensor(tensor.dtype, tensor.array * 2)


class FakeCore:
    """A core with version 3 of the model `m`, labelled `stable`, and version 2 unloaded."""

    def __init__(self) -> None:
        self.model = Doubler()
        self.reloaded: list[Any] = []
        self.refusal: StatusError | None = None

    @contextmanager
    def borrow(self, name: str, version: int | None = None, label: str | None = None) -> Iterator[tuple[int, Model]]:
        """Lend version 3."""
        if label not in (None, "stable"):
            raise invalid(f"Unrecognized servable version label: {label}")
        if not name:
            raise invalid("ModelSpec has no model name specified.")
        if name != "m" or version not in (None, 3):
            raise not_found(f"Servable not found for request: {name}")
        yield 3, self.model

    def versions(self, name: str, version: int | None) -> Mapping[int, Event]:
        """Versions 3 and 2."""
        known = {3: Event("m", 3, State.AVAILABLE), 2: Event("m", 2, State.END, invalid("broken"))}
        if name != "m":
            raise not_found(f"Could not find any versions of model {name}")
        return known if version is None else {version: known[version]}

    def reload(self, config: Any) -> None:
        """Note the config."""
        if self.refusal:
            raise self.refusal
        self.reloaded.append(config)

    def as_core(self) -> ServerCore[Model]:
        """Pass for the real one."""
        return cast("ServerCore[Model]", self)
