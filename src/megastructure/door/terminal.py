"""The terminal: what was asked for goes to stdout, progress to stderr, and whoever interrupts is obeyed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = {2: 130, 15: 143}  # exit codes after Ctrl-C and SIGTERM


def console() -> Console:
    """Where results go; plain text when piped."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def console_for_progress() -> Console:
    """Where progress goes: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def show(path: Path) -> str:
    """A path as one would type it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


@contextmanager
def work_shown(words: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar for work in pieces. SIGTERM ends it like Ctrl-C, so that what was half done is swept away."""
    import signal

    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    def end(number: int, _: object) -> None:
        raise SystemExit(INTERRUPTED[number])

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    before = signal.signal(signal.SIGTERM, end)
    try:
        out = console_for_progress()
        with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
            task = bar.add_task(words, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    except KeyboardInterrupt:
        click.echo("megastructure: interrupted; nothing was written", err=True)
        raise SystemExit(INTERRUPTED[signal.SIGINT]) from None
    finally:
        signal.signal(signal.SIGTERM, before)


__all__ = ["INTERRUPTED", "console", "console_for_progress", "show", "work_shown"]
