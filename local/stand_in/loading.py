"""What the command line says about loading models: session, batching, warm-up; read before any model is looked at."""

import logging
from typing import Any, Final

from .batching import default_batching, read_batching
from .config import read_text
from .filesystem import read_bytes
from .flags import Arguments
from .metrics import Metrics
from .official import config_pb2
from .saved_model import SavedModelLoader, Threads

log = logging.getLogger("stand_in.loading")

UNREAD_FILES: Final = ("platform_config_file", "thread_pool_factory_config_file")
"""Flags whose file has to be there, though the stand-in makes nothing of it: without, the real server exits."""


def loader_of(arguments: Arguments, metrics: Metrics) -> SavedModelLoader:
    """The loader the flags describe; raises StatusError for files that cannot be read (exit 255, seen on 2.20.0)."""
    for name in UNREAD_FILES:
        if path := arguments.text(name):
            read_bytes(path)
    return SavedModelLoader(
        tags=arguments.text("saved_model_tags").split(","),
        threads=_threads(arguments),
        batching=_batching(arguments),
        warmup=arguments.switch("enable_model_warmup"),
        warmup_repeats=arguments.integer("num_request_iterations_for_warmup"),
        metrics=metrics,
        per_model_batching=arguments.switch("enable_per_model_batching_parameters"),
        session=_session(arguments),
    )


def _session(arguments: Arguments) -> Any | None:
    path = arguments.text("tensorflow_session_config_file")
    if not path:
        return None
    config = config_pb2.ConfigProto()
    read_text(path, config)
    return config


def _threads(arguments: Arguments) -> Threads:
    both = arguments.integer("tensorflow_session_parallelism")
    return Threads(
        intra_op=arguments.integer("tensorflow_intra_op_parallelism") or both,
        inter_op=arguments.integer("tensorflow_inter_op_parallelism") or both,
    )


def _batching(arguments: Arguments) -> Any | None:
    if not arguments.switch("enable_batching"):
        return None
    log.warning("The stand-in splits and pads requests as the batching parameters say, but does not join several.")
    path = arguments.text("batching_parameters_file")
    return read_batching(path) if path else default_batching()
