"""The stack, as the operator's own `pulumi` command knows it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfserving.errors import TfServingError


@dataclass(frozen=True)
class Stack:
    """One stack of the project in a folder."""

    name: str
    folder: Path

    def configuration(self) -> dict[str, str]:
        """Give the project's configuration values by key; arrays and objects are JSON text.

        Raises TfServingError with what `pulumi` said.
        """
        values: dict[str, dict[str, Any]] = json.loads(self._pulumi("config", "--json"))
        plain = {key.partition(":"): entry.get("value", "") for key, entry in values.items() if not entry.get("secret")}
        return {key: value for (namespace, _, key), value in plain.items() if namespace == "tfserving"}

    def outputs(self) -> dict[str, Any]:
        """Give the stack's outputs; raises TfServingError with what `pulumi` said."""
        outputs: dict[str, Any] = json.loads(self._pulumi("stack", "output", "--json"))
        return outputs

    def output(self, name: str) -> str:
        """Give one output; raises TfServingError if the stack has none of that name yet, or as `outputs` does."""
        outputs = self.outputs()
        if name not in outputs:
            raise TfServingError(f"The stack {self.name!r} has no output {name!r}. `pulumi up` makes it.")
        return str(outputs[name])

    def set(self, key: str, value: str) -> None:
        """Set a value of the stack's configuration; raises TfServingError with what `pulumi` said."""
        self._pulumi("config", "set", f"tfserving:{key}", value)

    def _pulumi(self, *arguments: str) -> str:
        return _run(self.folder, *arguments, "--stack", self.name)


def selected_stack(folder: Path) -> str:
    """Name the stack that `pulumi stack select` chose in a folder; raises TfServingError if there is none."""
    try:
        return _run(folder, "stack", "--show-name").strip()
    except TfServingError as error:
        raise TfServingError(f"No stack is named, and none is selected. Name it with --stack. {error}") from error


def _run(folder: Path, *arguments: str) -> str:
    command = ["pulumi", *arguments, "--non-interactive"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise TfServingError(
            "The pulumi command is not on PATH. Run `make setup`, which finds or installs it."
        ) from None
    if done.returncode:
        raise TfServingError(f"`{' '.join(command)}` failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
