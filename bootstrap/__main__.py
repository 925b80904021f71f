"""`python3 -m bootstrap`; this file alone must be readable by every Python 3."""

import os
import shutil
import sys

# TensorFlow, which the rehearsal and the tests need, has no builds for later ones.
SUPPORTED = ("python3.11", "python3.12", "python3.13")


def _use_supported_python() -> None:
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return
    for name in SUPPORTED:
        path = shutil.which(name)
        if path:
            os.execv(path, [path, "-m", "bootstrap", *sys.argv[1:]])  # noqa: S606 - the same command, newer Python
    sys.exit(
        "error: This is Python %s.%s, but 3.11, 3.12 or 3.13 is needed. "  # noqa: UP031 - f-strings are newer than 3.5
        "Install one of them (Debian and Ubuntu: apt-get install python3 python3-venv)." % sys.version_info[:2]
    )


if __name__ == "__main__":
    _use_supported_python()
    from bootstrap.command_line import main

    sys.exit(main(sys.argv[1:]))
