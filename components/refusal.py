"""How the program ends when the operator's input is refused: the message, and no traceback."""

import pulumi

from tfserving.errors import ProblemsError


class Refusal(pulumi.RunError):
    """The stack's configuration or server configs were refused; the text lists every problem."""

    def __init__(self, *errors: ProblemsError) -> None:
        problems = [problem for error in errors for problem in error.problems]
        mistakes = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__("\n  ".join([f"{mistakes} in the stack's configuration:", *map(str, problems)]))
