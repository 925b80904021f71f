"""The `tfs` command."""

import sys

from tfserving.errors import TfServingError

FAILED = 1
INTERRUPTED = 130


def main() -> None:
    """Run `tfs`: mistakes end in their message and exit code 1, wrong usage in exit code 2."""
    from tfserving.cli.app import app

    try:
        app()
    except TfServingError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
