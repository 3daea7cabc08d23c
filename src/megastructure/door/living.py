"""Years pass before somebody's eyes: a bar, a line a century, at the end a picture, a page and what to do next."""

from __future__ import annotations

import glob
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..ground.digest import digest
from ..ground.tables import YEAR
from ..memory.run import Century, Run, interruptible
from ..told.ending import watched
from ..words.counts import counted
from .compiling import compile_camera
from .terminal import INTERRUPTED, complain, console, console_for_progress, say, show, to_type, typed, waiting

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ..memory.fork import Crossroads
    from .screen import Screen

PICTURE_SIZE = (1280, 720)


def live_and_show(begun: Run, years: int, picture: bool, view: str) -> int:
    """Let the years pass with a progress bar, then take the picture and say what to do next. returns  the exit code"""
    from .screen import bar

    out = console()
    began = time.monotonic()
    with interruptible() as caught, bar(console_for_progress()) as moving:
        task = moving.add_task("year 0", total=years, completed=begun.city.day // YEAR)
        finished = begun.advance(
            years,
            observe=lambda r: show_year(moving, task, r),
            on_century=lambda c: say_century(out, moving, c),
            stop=lambda: caught() != 0,
        )
    lived = begun.city.day // YEAR
    where = begun.directory
    if not finished:
        complain(f"megastructure: stopped in year {lived:,}; `{to_type('resume', typed(where))}` continues")
        return INTERRUPTED.get(caught(), 130)
    if (why := watched(begun.city.powers.words, begun.scenario, begun.city.day)) is not None:
        say(f"ended {counted('year', begun.scenario.years - lived)} early: {why.words(begun.scenario.years)}")
    out.print(
        f"{counted('bay', begun.city.bays)} after {counted('year', lived)}, {time.monotonic() - began:.1f} s; "
        f"digest {digest(begun.city)[:12]}; the run is in {show(where)}"
    )
    if picture and begun.scenario.works:
        compile_camera()
        from .pictures import take_picture

        path = take_picture(begun, begun.city.day - 1, view, PICTURE_SIZE, None, 0)
        out.print(f"picture: {show(path)}")
    if begun.city.powers.era_day >= 0:
        tell_history(out, where)
    look = f"{to_type('still', typed(where), '--view', 'section')}   |   " if begun.scenario.works else ""
    read = "stories" if begun.city.powers.era_day >= 0 else "info"
    say(f"next: {look}{to_type(read, typed(where))}")
    return 0


def show_year(moving: Progress, task: TaskID, r: Run) -> None:
    """Move the progress bar."""
    year = r.city.day // YEAR
    moving.update(task, completed=year, description=f"year {year:,}, {counted('bay', r.city.bays)}")


def say_century(out: Screen, moving: Progress, c: Century) -> None:
    """Print a century's line: to stdout, so that it can be piped."""
    if moving.console.is_terminal and out.is_terminal:
        moving.console.print(c.line())
    else:
        say(c.line())


def tell_history(out: Screen, where: Path) -> None:
    """Write the page of a run, and print how it begins."""
    from rich.panel import Panel
    from rich.text import Text

    from ..read.page import write

    page = write(where)
    lines = [f"{year:>6,}  {sentence}" for year, sentence in page.history]
    text = "\n".join([page.said, "", *lines])
    out.print(
        Panel(text, title=Text(page.label), title_align="left", expand=False) if out.is_terminal else f"{page.label}: {text}"
    )
    out.print(f"page: {show(page.path)}")


# ---- other histories -------------------------------------------------------------------------------------------------


def go_back(directory: Path, year: int, changes: Mapping[str, Any], actions: tuple[str, ...]) -> Crossroads:
    """Live a past again up to the end of a year, where other histories begin. errors   as `memory.fork.fork`"""
    from ..memory.fork import Crossroads

    with waiting("living the past again") as status:
        return Crossroads(directory, year, changes, actions, lambda day: status.say(f"living year {day // YEAR:,} again"))


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
                    complain(f"megastructure: stopped; `{to_type('resume', typed(where))}` continues")
                    return INTERRUPTED.get(caught(), 130)
                people = int(city.powers.people)
                say(fan_line(show(where), ending_of(city.powers.words), people, city.bays, digest(city)))
    if first is not None:
        fan = typed(first)
        pattern = Path(glob.escape(str(fan.with_name(fan.name.rpartition("-")[0] + "-"))) + "*")
        say(f"next: {to_type('diff', typed(here.parent.directory), pattern)}")
    return 0


__all__ = ["go_back", "live_and_show", "live_fan"]
