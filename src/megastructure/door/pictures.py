"""Stills and films of a run, taken while somebody waits. The camera should be compiled before (`compiling`)."""

from __future__ import annotations

from pathlib import Path

from ..ground.tables import YEAR
from ..look.still import Scene
from ..look.still import still as render
from ..look.subject import Subject, find, find_event, scene
from ..memory.output import new_file
from ..memory.run import Run
from ..words.errors import MegastructureError
from .terminal import console_for_progress, waiting


def take_still(
    directory: Path, year: int | None, view: str, size: tuple[int, int], out: Path | None, shot: int, at: str | None, ink: bool
) -> Path:
    """Open a run and take a still of a year, or of the day of the event that is looked at. returns  where the PNG is

    errors   BadRun; CannotWrite; MegastructureError: a year that was not lived, a name that is not there, nothing to be seen
    """
    with Run.open(directory, to_look=True) as there:
        day = day_of_year(there, year)
        subject = None if at is None else find(there, at, day)
        if subject is not None and subject.day is not None and year is None:
            day = min(subject.day, day)
        return take_picture(there, day, view, size, out, shot, subject, ink)


def take_picture(
    there: Run, day: int, view: str, size: tuple[int, int], out: Path | None, shot: int, subject: Subject | None = None,
    ink: bool = False,
) -> Path:  # fmt: skip
    """Render a still of one day and write it. returns  where the PNG is"""
    words = f"{view}{'-ink' if ink else ''}-year-{(day + 1) // YEAR}{f'-{shot}' if shot else ''}"
    if subject is not None:
        words += "-" + "-".join(subject.called.lower().replace(",", "").split())
    path = out or there.directory / "pictures" / f"{words}.png"
    seen = view == "walk" or view == "auto"
    # Where nothing can be written, that is told before the work.
    with new_file(path, "choose another with --out") as part, waiting("looking for a view") as status:
        image = render(
            there.ledger, day, view, size, seed=there.scenario.seed + shot, inked=ink,
            scene=scene(there, day, subject) if seen and (shot == 0 or subject is not None) else Scene(),
            progress=lambda words, share: status.say(f"{words} {share:.0%}"),
        )  # fmt: skip
        image.save(part, "PNG")
    return path


def take_film(
    directory: Path, out: Path, event: str | None, kind: str, years: tuple[int, int] | None, year: int | None, at: str | None,
    seconds: float, fps: int, size: tuple[int, int], shot: int, ink: bool,
) -> None:  # fmt: skip
    """Open a run and film a way through it, its years, or an event.

    errors   BadRun; CannotWrite; MegastructureError: a year that was not lived, a name that is not there, nothing to be seen
    """
    from ..look import film
    from .screen import bar

    with Run.open(directory, to_look=True) as there:
        day = day_of_year(there, year)
        subject = find_event(there, event) if event is not None else None if at is None else find(there, at, day)
        planned = film.plan(
            there, kind=kind, seconds=seconds, fps=fps, size=size, years=years, day=day, subject=subject,
            event=event is not None, seed=there.scenario.seed + shot,
        )  # fmt: skip
        with bar(console_for_progress()) as moving:
            task = moving.add_task(planned.called, total=planned.frames)
            film.write(planned, out, fps, ink, told=lambda done: moving.update(task, completed=done))


def day_of_year(there: Run, year: int | None) -> int:
    """The last day of a year; of the last one that the run has lived where none is asked for. errors   MegastructureError"""
    lived = there.city.day // YEAR
    if year is not None and not 0 <= year <= lived:
        raise MegastructureError(f"--year {year}: expected a year in 0..{lived}, which this run has lived")
    return max(0, there.city.day - 1 if year is None else min(year * YEAR, there.city.day) - 1)


__all__ = ["take_film", "take_picture", "take_still"]
