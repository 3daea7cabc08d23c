"""Years pass before somebody's eyes: a bar, a line a century, at the end a picture, a page and what to do next."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..ground.digest import digest
from ..ground.tables import YEAR
from ..memory.run import Century, Run, compact, interruptible
from .compiling import compile_camera
from .terminal import INTERRUPTED, console, console_for_progress, show

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from ..memory.fork import Crossroads

PICTURE_SIZE = (1280, 720)


def live_and_show(begun: Run, years: int, picture: bool, view: str) -> int:
    """Let the years pass with a progress bar, then take the picture and say what to do next. returns  the exit code"""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    out = console()
    began = time.monotonic()
    shown = begun.city.day // YEAR
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    with interruptible() as caught, Progress(*columns, console=console_for_progress(), transient=True) as bar:
        task = bar.add_task("year 0", total=years, completed=shown)
        finished = begun.advance(
            years,
            observe=lambda r: show_year(bar, task, r),
            on_century=lambda c: say_century(bar, c),
            stop=lambda: caught() != 0,
        )
    lived = begun.city.day // YEAR
    where = begun.directory
    if not finished:
        click.echo(f"megastructure: stopped in year {lived:,}; `megastructure resume {show(where)}` continues", err=True)
        return INTERRUPTED.get(caught(), 130)
    out.print(
        f"{compact(begun.city.bays)} bays after {lived:,} years, {time.monotonic() - began:.1f} s; "
        f"digest {digest(begun.city)[:12]}; the run is in {show(where)}"
    )
    if picture and begun.scenario.works:
        compile_camera()
        from .pictures import take_picture

        path = take_picture(begun, begun.city.day - 1, view, PICTURE_SIZE, None, 0)
        out.print(f"picture: {show(path)}")
    if begun.city.powers.era_day >= 0:
        tell_history(out, where)
    look = f"megastructure still {show(where)} --view section   |   " if begun.scenario.works else ""
    read = "stories" if begun.city.powers.era_day >= 0 else "info"
    out.print(f"next: {look}megastructure {read} {show(where)}")
    return 0


def show_year(bar: Progress, task: TaskID, r: Run) -> None:
    """Move the progress bar."""
    year = r.city.day // YEAR
    bar.update(task, completed=year, description=f"year {year:,}, {r.city.bays:,} bays")


def say_century(bar: Progress, c: Century) -> None:
    """Print a century's line: to stdout, so that it can be piped."""
    if bar.console.is_terminal and sys.stdout.isatty():
        bar.console.print(c.line())
    else:
        click.echo(c.line())


def tell_history(out: Console, where: Path) -> None:
    """Write the page of a run, and print how it begins."""
    from rich.panel import Panel

    from ..read.page import write

    page = write(where)
    lines = [f"{year:>6,}  {sentence}" for year, sentence in page.history]
    text = "\n".join([page.said, "", *lines])
    out.print(Panel(text, title=page.label, title_align="left", expand=False) if out.is_terminal else f"{page.label}: {text}")
    out.print(f"page: {show(page.path)}")


# ---- other histories -------------------------------------------------------------------------------------------------


def go_back(directory: Path, year: int, changes: Mapping[str, Any], actions: tuple[str, ...]) -> Crossroads:
    """Live a past again up to the end of a year, where other histories begin. errors   as `memory.fork.fork`"""
    from ..memory.fork import Crossroads

    with console_for_progress().status("living the past again") as status:
        return Crossroads(
            directory, year, changes, actions, lambda day: status.update(f"living year {day // YEAR:,} again")
        )  # fmt: skip


def live_fan(here: Crossroads, number: int, years: int | None, out: Path | None, standalone: bool) -> int:
    """Live so many futures with new dice, a line each. returns  the exit code"""
    from ..told.ending import ending_of
    from .side_by_side import fan_line

    first = None
    with interruptible() as caught:
        for k in range(1, number + 1):
            place = None if out is None else out.with_name(f"{out.name}-{k:02d}")
            with here.take("new", place, k, years, standalone) as begun:
                begun.advance(stop=lambda: caught() != 0)
                where, city = begun.directory, begun.city
                first = first or where
                if caught():
                    click.echo(f"megastructure: stopped; `megastructure resume {show(where)}` continues", err=True)
                    return INTERRUPTED.get(caught(), 130)
                people = int(city.powers.people)
                click.echo(fan_line(show(where), ending_of(city.powers.words), people, city.bays, digest(city)))
    if first is not None:
        pattern = show(first.with_name(first.name.rpartition("-")[0] + "-*"))
        click.echo(f"next: megastructure diff {show(here.parent.directory)} '{pattern}'")
    return 0


__all__ = ["go_back", "live_and_show", "live_fan"]
