"""`megastructure sql`: any question to a run."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from .library import Library

if TYPE_CHECKING:
    from rich.console import Console


def show(directory: Path, console: Console, sql: str) -> None:
    """Print the answer to one SELECT: a table in a terminal, CSV when piped. errors   BadRun, MegastructureError"""
    with Library(directory) as library:
        heads, rows = library.query(sql)
    if not console.is_terminal:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)
        console.out(text.getvalue(), end="", highlight=False)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column, head in enumerate(heads):
        numbers = all(isinstance(row[column], int | float) for row in rows)
        table.add_column(head, justify="right" if rows and numbers else "left")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


__all__ = ["show"]
