"""Where text meets a terminal: nothing that is printed is read as markup, and no text can give the terminal a command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.status import Status
from rich.text import Text

from ..words.shown import shown

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType


class Screen(Console):
    """A console for texts that may be anybody's: square brackets are brackets, control characters are spelled out."""

    def __init__(self, **how: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, piece by piece. Colours and ways of the cursor come beside the text of a piece, never in it."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else Segment(shown(piece.text, keep="\n"), piece.style)

    def on_broken_pipe(self) -> None:
        """Whoever read the other end has gone: the command ends, as `door.cli.main` says."""
        raise BrokenPipeError


class Waiting(Status):
    """A line with a turning mark, for work that cannot tell how much of it is left."""

    def __init__(self, words: str, console: Screen) -> None:
        super().__init__(Text(words), console=console, spinner="dots" if console.encoding.startswith("utf") else "line")

    def say(self, words: str) -> None:
        """Other words."""
        self.update(Text(words))


def bar(console: Screen, **how: Any) -> Progress:
    """A bar for work in pieces: its words, how far it is, how long it may take. What goes to stdout meanwhile goes there."""
    percent = TextColumn("{task.percentage:>3.0f} %")
    words = TextColumn("{task.description}", markup=False)
    return Progress(
        words, BarColumn(), percent, TimeRemainingColumn(), console=console, transient=True, redirect_stdout=False, **how
    )


__all__ = ["Screen", "Waiting", "bar"]
