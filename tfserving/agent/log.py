"""The agent's log: one line an event, on standard error."""

import sys

from tfserving.agent.status import utc_now


def log(event: str, **details: object) -> None:
    """Log an event with its details, as `time event key=value ...`."""
    words = [
        utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        event,
        *(f"{key}={_word(value)}" for key, value in details.items()),
    ]
    print(" ".join(words), file=sys.stderr, flush=True)


def _word(value: object) -> str:
    text = str(value)
    return repr(text) if any(character.isspace() for character in text) else text
