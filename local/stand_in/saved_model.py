"""Loads SavedModels for real, with TensorFlow."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from . import c_api, metrics
from .batched_model import BatchedModel
from .batching import PER_MODEL_FILE, check_at_load, limits_of, read_batching
from .clock import Stopwatch
from .filesystem import local_copy
from .metrics import Metrics
from .official import config_pb2, meta_graph_pb2
from .predict import Model
from .status import StatusError
from .tensors import Tensor
from .warmup import RECORDS_FILE, replay

log = logging.getLogger("stand_in.saved_model")

INITIALIZER_SIGNATURE: Final = "__saved_model_init_op"


@dataclass(frozen=True)
class Threads:
    """TensorFlow's two thread pools; 0 leaves the size to TensorFlow."""

    intra_op: int = 0
    inter_op: int = 0


class SavedModel:
    """One loaded version: its signatures, and a session to run them in."""

    def __init__(self, loaded: c_api.LoadedGraph) -> None:
        self._loaded = loaded
        meta_graph = meta_graph_pb2.MetaGraphDef.FromString(loaded.meta_graph)
        self.signatures: Mapping[str, Any] = {
            name: signature for name, signature in meta_graph.signature_def.items() if name != INITIALIZER_SIGNATURE
        }

    def run(self, feeds: Sequence[tuple[str, Tensor]], fetches: Sequence[str], timeout_ms: int) -> list[Tensor]:
        """Evaluate the fetches; a timeout of 0 means none. Raises StatusError with TensorFlow's own text."""
        options = config_pb2.RunOptions(timeout_in_ms=timeout_ms)
        return c_api.run_session(self._loaded, feeds, fetches, options.SerializeToString())

    def close(self) -> None:
        """Free what the version holds; nothing may be running in it."""
        c_api.close_session(self._loaded)


@dataclass(frozen=True)
class SavedModelLoader:
    """Loads versions as the flags of this server say."""

    tags: Sequence[str]
    threads: Threads
    batching: Any | None
    warmup: bool
    warmup_repeats: int
    metrics: Metrics
    per_model_batching: bool = False
    session: Any | None = None
    """A ConfigProto; its numbers of threads are overwritten by the flags, even by their defaults."""

    def __call__(self, name: str, version: int, path: str) -> Model:
        """Load one version, and replay its warm-up requests; an error in either fails the load."""
        with local_copy(path) as folder:
            return self._load(path, folder)

    def _load(self, path: str, folder: str) -> Model:
        watch = Stopwatch()
        try:
            model = SavedModel(c_api.load_session(folder, self.tags, self.session_config()))
        except StatusError:
            self.metrics.count(metrics.LOAD_ATTEMPTS, model_path=path, status="fail")
            raise
        self.metrics.count(metrics.LOAD_ATTEMPTS, model_path=path, status="success")
        self.metrics.add(metrics.LOAD_LATENCY, watch.microseconds(), model_path=path)
        try:
            return self._prepared(model, folder)
        except StatusError:
            model.close()
            raise

    def _prepared(self, model: Model, folder: str) -> Model:
        batching = self.batching_of(folder)
        if batching is not None:
            check_at_load(batching)
            model = BatchedModel(model, limits_of(batching), self.metrics)
        if self.warmup:
            self._warm_up(model, folder)
        return model

    def batching_of(self, folder: str) -> Any | None:
        """The parameters a version is batched with, if it is: the server's, or its own, where each brings them."""
        if self.batching is None or not self.per_model_batching:
            return self.batching
        path = Path(folder, PER_MODEL_FILE)
        return read_batching(str(path)) if path.exists() else None

    def _warm_up(self, model: Model, folder: str) -> None:
        records = Path(folder, RECORDS_FILE)
        if not records.exists():
            log.info("No warmup data file found at %s", records)
            return
        watch = Stopwatch()
        count = replay(records, model, self.warmup_repeats)
        self.metrics.observe(metrics.WARMUP_LATENCY, watch.microseconds(), model_path=folder, status="OK")
        self.metrics.add(metrics.WARMUP_RECORDS, count, model_path=folder, status="OK")
        log.info("Finished reading warmup data for model at %s. Number of warmup records read: %d.", records, count)

    def session_config(self) -> bytes:
        """The serialized ConfigProto that sessions are made with."""
        config = config_pb2.ConfigProto()
        if self.session is not None:
            config.CopyFrom(self.session)
        config.intra_op_parallelism_threads = self.threads.intra_op
        config.inter_op_parallelism_threads = self.threads.inter_op
        serialized: bytes = config.SerializeToString()
        return serialized
