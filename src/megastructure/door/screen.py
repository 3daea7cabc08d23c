"""Where text meets a terminal: nothing that is printed is read as markup, and no text can give the terminal a command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.status import Status
from rich.text import Text

from ..words.shown import shown

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType
    from rich.table import Column, Table


class Screen(Console):
    """A console for texts that may be anybody's: square brackets are brackets, control characters are spelled out."""

    def __init__(self, **how: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, piece by piece. Colours and ways of the cursor come beside the text of a piece, never in it."""
        pieces = (
            piece if piece.control else Segment(shown(piece.text, keep="\n"), piece.style)
            for piece in super().render(renderable, options)
        )
        return pieces if self.is_terminal else _without_blanks_at_ends(pieces)

    def print_whole(self, table: Table) -> None:
        """A table of words without a box, no cell cut short: where the terminal is too narrow, its lines run on.

        Only columns that may wrap are made narrower, to their `min_width`; for another program there is a line a row.
        """
        needed = sum(_least(column, not self.is_terminal) for column in table.columns) + 2 * (len(table.columns) - 1)
        self.width = max(self.width, needed)
        self.print(table)

    def on_broken_pipe(self) -> None:
        """Whoever read the other end has gone: the command ends, as `door.cli.main` says."""
        raise BrokenPipeError


def _without_blanks_at_ends(pieces: Iterable[Segment]) -> Iterator[Segment]:
    """The blanks with which lines of a table are filled up are for a terminal; another program would have to take them off."""
    held: list[Segment] = []
    for piece in pieces:
        text = re.sub(r" +\n", "\n", piece.text)
        if text.startswith("\n"):
            held.clear()
        kept = text.rstrip(" ")
        if kept or piece.control:
            yield from held
            held.clear()
            yield Segment(kept, piece.style, piece.control)
        if len(kept) < len(text):
            held.append(Segment(text[len(kept) :], piece.style))
    yield from held


def _least(column: Column, whole: bool) -> int:
    """How wide a column must be, in cells of a terminal; `whole`: so that nothing in it wraps."""
    if not column.no_wrap and not whole:
        return column.min_width or 0
    return max(cell_len(str(cell)) for cell in (column.header, *column.cells))


class Waiting(Status):
    """A line with a turning mark, for work that cannot tell how much of it is left."""

    def __init__(self, words: str, console: Screen) -> None:
        super().__init__(Text(words), console=console, spinner="dots" if console.encoding.startswith("utf") else "line")

    def __enter__(self) -> Self:
        self.start()
        return self

    def say(self, words: str) -> None:
        """Other words."""
        self.update(Text(words))


def bar(console: Console, *columns: ProgressColumn, **how: Any) -> Progress:
    """A bar for work in pieces. What goes to stdout meanwhile goes there.

    columns   what it says; without: its words, how far it is, how long it may take
    """
    usual = (
        TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )  # fmt: skip
    return Progress(*(columns or usual), console=console, transient=True, redirect_stdout=False, **how)


__all__ = ["Screen", "Waiting", "bar"]
