"""One exception base, and the way every mistake is reported: all at once, one line each."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where it is (a configuration key or file:line:column) and what to do about it."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class TfServingError(Exception):
    """Base of everything this project raises on purpose; its text is meant for the operator."""


class ProblemsError(TfServingError):
    """Input was refused; carries every problem found, in the order they were found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SettingsError(ProblemsError):
    """The stack's configuration was refused."""


class ServerConfigError(ProblemsError):
    """A server config file (models, batching, monitoring or session) was refused."""
