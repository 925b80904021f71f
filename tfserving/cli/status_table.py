"""The table of `tfs status`."""

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tfserving.fleet import Judged, Row, Verdict
from tfserving.fleet.document import config_word

_COLUMNS: Final = ("machine", "image", "config", "model", "version", "labels", "state", "step", "last error", "age")
# What is no terminal has no width; a script's log takes long lines.
_WIDTH: Final = 200
# Of a digest's 64 characters, as Docker shows them.
_SHORT: Final = 12


def show(verdict: Verdict) -> None:
    """Print a row for each model version of each machine, and below why what is not ready is not."""
    console = Console(width=None if Console().is_terminal else _WIDTH)
    if verdict.machines:
        table = Table()
        for column in _COLUMNS:
            table.add_column(column, overflow="fold")
        for judged in verdict.machines:
            for cells in _rows(judged):
                # As text, because what machines write is no markup.
                table.add_row(*map(Text, cells))
        console.print(table)
    for reason in verdict.reasons:
        console.print(reason, markup=False, highlight=False, soft_wrap=True)


def _rows(judged: Judged) -> Iterator[tuple[str, ...]]:
    machine = (judged.machine.instance_id, _image(judged.machine.image), config_word(judged))
    age = "" if judged.age is None else f"{max(judged.age, 0):.0f} s"
    for row in judged.report.rows if judged.report else ():
        yield (*machine, *_model(row), age)
    if judged.report is None or not judged.report.rows:
        yield (*machine, "", "", "", str(judged.standing), "", "", age)


def _model(row: Row) -> tuple[str, ...]:
    return (row.model, str(row.version), ", ".join(row.labels), row.state, row.waits_for, row.error)


def _image(image: str) -> str:
    name, _, digest = image.partition("@sha256:")
    return digest[:_SHORT] or name
