"""JSON documents, such as policies, as programs write them and AWS gives them."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from local.providers.failures import Failure
from local.providers.wire import Values


def policy_text(document: Any) -> str:
    """Give a policy as JSON text; boto3 decodes some and leaves others as they are."""
    return unquote(document) if isinstance(document, str) else json.dumps(document)


def check_json(name: str) -> Callable[[Values], Iterable[Failure]]:
    """Make the rule that an input is a JSON object."""

    def check(inputs: Values) -> Iterable[Failure]:
        value = inputs.get(name)
        if not isinstance(value, str):
            return
        try:
            fine = isinstance(json.loads(value), dict)
        except ValueError:
            fine = False
        if not fine:
            yield Failure(name, f"{name!r} is {value!r}, but must be a JSON object")

    return check
