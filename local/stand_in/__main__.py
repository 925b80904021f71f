"""`python -m local.stand_in --port=8500 ...` takes the command line of tensorflow_model_server."""

import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Sequence

from . import NOTICE
from .flags import Arguments, MalformedFlagsError, parse, usage
from .release import release

PROGRAM = "tensorflow_model_server"
FAILED = 255
"""The real server returns -1 from main."""

log = logging.getLogger("stand_in")


def main(command_line: Sequence[str]) -> int:
    """Run the server until it is killed; returns the exit code if it does not get that far."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname).1s %(name)s: %(message)s")
    try:
        arguments = parse(command_line, cpus=len(os.sched_getaffinity(0)))
    except MalformedFlagsError as error:
        print(f"{error}\n{usage(PROGRAM)}", flush=True)
        return FAILED
    if arguments.switch("version"):
        return _print_version()
    if arguments.unknown:
        print(f"unknown argument: {arguments.unknown[0]}\n{usage(PROGRAM)}", flush=True)
    log.warning("This is a %s.", NOTICE)
    for name in arguments.idle():
        log.warning("The stand-in accepts --%s, but it has no effect here.", name)
    return _serve(arguments)


def _serve(arguments: Arguments) -> int:
    # Imported late: --version and malformed flags need neither TensorFlow's protos nor gRPC.
    from .boot import start
    from .crash import deadly
    from .status import StatusError

    try:
        deadly(start)(arguments).wait()
    except (StatusError, RuntimeError) as error:
        log.error("Failed to start server. Error: %s", error)
        return FAILED
    return 0


def _print_version() -> int:
    from .c_library import library

    print(f"TensorFlow ModelServer: {release()}, {NOTICE}\nTensorFlow Library: {library().TF_Version().decode()}")
    return 0


if __name__ == "__main__":
    faulthandler.enable()
    # Python would raise KeyboardInterrupt; the real server knows no signal and dies of it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # Loads that still sleep between retries must not hold up the exit.
    os._exit(code)
