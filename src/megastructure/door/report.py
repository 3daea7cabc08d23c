"""What `megastructure info` and `megastructure verify` print."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.table import Table

from ..ground.city import APPENDED
from ..ground.tables import YEAR, Series
from ..memory.archive import Archive
from ..memory.run import Run, compact, noted_centuries, verify
from ..told.ending import Watched, watched
from ..words.counts import counted
from ..words.errors import MegastructureError
from . import records
from .screen import Screen
from .terminal import say, say_json, show

ROW_OF = {"foremen": "foreman", "series": "series"}  # what one row of a register is, where its name does not say it


def print_info(directory: Path, console: Screen, statistics: bool, windows: int) -> None:
    """Scenario, days, digests, sizes and centuries of a run; with `statistics` also the measured goodness of its city."""
    with Archive.open_to_read(directory) as there:
        last = there.last_commit
        if last is None:
            raise MegastructureError(f"{directory}: nothing was committed yet")
        facts = Table.grid(padding=(0, 2))
        facts.add_column(no_wrap=True)
        facts.add_column(overflow="fold")
        facts.add_row("run", show(directory))
        facts.add_row("seed", str(there.scenario.seed))
        facts.add_row("lived", f"{last.day // YEAR:,} of {counted('year', there.scenario.years)} (day {last.day:,})")
        if (why := watched_in(there)) is not None:
            facts.add_row("ended", why.words(there.scenario.years))
        facts.add_row("matter", "full" if there.scenario.works else "outline: a history without its works")
        facts.add_row("digest", last.digest)
        facts.add_row("laws", f"{there.laws_digest} (version {there.version})")
        if there.parent:
            parent = Path(os.path.normpath(there.directory / there.parent[0]))
            facts.add_row("forked", f"from {show(parent)} at day {there.parent[1]:,}")
        facts.add_row("written", last.written)
        facts.add_row("rows", rows_in_words({name: n for name, n in last.lengths.items() if n}))
        facts.add_row(
            "on disk",
            f"{compact(size_of(directory))}B, {counted('commit', len(there.commits))}, {counted('frame', len(there.frames()))}",
        )
        console.print_whole(facts)
        series = there.read("series")
        lines = [c.line() for c in noted_centuries(there)]
    table = Table(box=None, pad_edge=False)
    for head in ("to year", "bays", "schools", "works planned", "renovations", "power charged"):
        table.add_column(head, justify="right", no_wrap=True)
    before = np.zeros(series.shape[1], np.int64)
    for row in series[99::100]:
        new = row - before
        table.add_row(
            f"{row[Series.year]:,}", f"{row[Series.bays]:,}", f"{row[Series.schools]:,}", f"{new[Series.planned]:,}",
            f"{new[Series.renovations]:,}", compact(int(new[Series.charged])),
        )  # fmt: skip
        before = row
    if len(series) >= 100:
        console.print()
        console.print_whole(table)
    for line in lines:
        console.print(line)
    if statistics:
        from ..study.statistics import report

        with Run.open(directory) as run:
            console.print()
            console.print(report(run.city, windows=windows))


def print_info_as_json(directory: Path, statistics: bool, windows: int) -> None:
    """The same as a record."""
    measured = None
    if statistics:
        from ..study.statistics import report

        with Run.open(directory) as run:
            measured = asdict(report(run.city, windows=windows))
    with Archive.open_to_read(directory) as there:
        say_json(records.info(there, size_of(directory), measured, watched_in(there)))


def watched_in(there: Archive) -> Watched | None:
    """Why a run ended before its years were over; None where it did not, or for another reason."""
    powers = there.frame(None, ("powers",)).get("powers") if there.last_commit else None
    return watched(powers, there.scenario, there.commits[-1].day) if powers is not None and powers.size else None


def rows_in_words(rows: dict[str, int]) -> str:
    """How many rows registers have: `12 works, 1 charter`."""
    return ", ".join(counted(f"{ROW_OF.get(name, name.removesuffix('s'))}|{name}", n) for name, n in rows.items())


def size_of(directory: Path) -> int:
    """Bytes of a run on disk, without its pictures."""
    return sum(f.stat().st_size for f in directory.rglob("*") if f.is_file() and f.parent.name != "pictures")


def print_verification(directory: Path, intervals: int, as_json: bool = False) -> None:
    """Check every part of a run, and live so many stored intervals again; a line for each, as soon as it is known.

    errors   BadRun; MegastructureError: an interval came out differently
    """
    with Archive.open_to_read(directory) as there:
        rows = {name: len(there.read(name)) for name in (*APPENDED, "shots")}
    if not as_json:
        say("parts    " + rows_in_words(rows) + ": as committed")
    lived = []
    for interval in verify(directory, intervals):
        lived.append(interval)
        if not as_json:
            word = "same bits" if interval.same else "DIFFERENT"
            say(f"lived    day {interval.first_day:>9,} to {interval.last_day:>9,}: {word}")
    if as_json:
        say_json(records.verification(directory, rows, lived))
    wrong = sum(not interval.same for interval in lived)
    if wrong:
        raise MegastructureError(f"{directory}: {counted('interval', wrong)} came out differently")
