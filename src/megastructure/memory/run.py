"""A simulated history on disk: run, resume, verify; what observers see between days.

Storage is a cache: any day can be recomputed. A commit names everything up to one day; a resume continues from the last
commit to the same bits, and a verification recomputes what was stored.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.check import check, check_changed
from ..ground.city import APPENDED, FRAMED, MATTER_TABLES, City
from ..ground.codes import WorkKind
from ..ground.digest import digest, forget_events
from ..ground.limits import Limits, counts_at
from ..ground.scenario import Scenario
from ..ground.sound import first_fault
from ..ground.tables import TABLES, YEAR, Foremen, Schools, Series
from ..land.lots import forget_owners
from ..matter.ledger import Ledger
from ..time.genesis import found
from ..time.rebuild import load
from ..time.years import advance
from ..words.counts import counted
from ..words.errors import BadRun, MegastructureError, NoMemory
from ..words.names import spoken, spoken_place
from .archive import Archive
from .disk import give_back_memory, one_line
from .sources import go_on_under, laws_digest, other_laws, refuse_other_laws, same_laws
from .writer import Writer

COMMIT_SECONDS = 2.0  # of wall time between two commits
COMMIT_ROWS = 250_000  # or so many new rows
CALL_SECONDS = 0.15  # of wall time that one compiled call should take
CENTURY = 100 * YEAR
NAME_MOST = 100  # characters of a name in the line of a century
SAMPLED_LOTS = 512  # lots that are materialised to estimate how many cells stand


@dataclass(frozen=True)
class Century:
    """One line a century: what there is and the greatest work begun in it. `cells` is None in outline mode."""

    year: int
    bays: int
    schools: int
    renovations: int
    cells: int | None
    greatest_kind: str
    greatest_cells: int
    greatest_foreman: str
    greatest_school: str
    people: int = 0  # alive; before the era nobody
    villages: int = 0
    alert_percent: int = 0  # of Safeguard

    def line(self) -> str:
        """The line as people read it."""
        cells = f"{compact(self.cells):>7} cells" if self.cells is not None else "  in outline"
        return (
            f"year {self.year:>5,}  {counted('bay |bays', self.bays):>11}  "
            f"{counted('school |schools', self.schools):>13}  {cells}   {self.remarkable()}"
        )

    def remarkable(self) -> str:
        """Who lives there; before anybody does, the greatest work of the century."""
        if self.people:
            people = f"{counted('person|people', self.people):>13} in {counted('village', self.villages)}"
            return f"{people}, alert {self.alert_percent / 100:.1f}"
        return (
            f"greatest: a {self.greatest_kind} of {compact(self.greatest_cells)} by {self.greatest_foreman} of "
            f"{self.greatest_school}"
        )


def compact(number: float) -> str:
    """A number in at most four figures: 3.38 G, 26.0 M, 812."""
    for unit in ("", "k", "M", "G", "T"):
        if abs(number) < 1000:
            return f"{number:.3g} {unit}".strip() if unit else f"{int(number)}"
        number /= 1000
    return f"{number:.3g} P"


class Run:
    """One run directory, its city in memory, and time.

    `Run.create(scenario, directory)` begins one, `Run.open(directory)` reads one (`write=True` to continue it).
    """

    def __init__(self, archive: Archive, city: City) -> None:
        self.archive = archive
        self.city = city
        self._events: tuple[int, NDArray[Any]] | None = None
        self.centuries = [c for c in noted_centuries(archive) if c.year * YEAR <= city.day]

    # ---- opening -----------------------------------------------------------------------------------------------------

    @staticmethod
    def create(scenario: Scenario, directory: str | Path) -> Run:
        """Begin a run in a new or empty directory, and make its first day durable."""
        return Run._begin(Archive.create(directory, scenario, laws_digest()))

    @staticmethod
    def _begin(archive: Archive) -> Run:
        """The first day of a run without a commit. The directory is given back when it cannot be made durable."""
        try:
            run = Run(archive, found(archive.scenario))
            archive.commit(0, digest(run.city), *run._unwritten(archive.lengths))
        except BaseException:
            archive.close()
            raise
        forget_events(run.city)
        return run

    @staticmethod
    def open(
        directory: str | Path, day: int | None = None, write: bool = False, to_look: bool = False, mixed: bool = False
    ) -> Run:
        """The city as of the last commit, or of the newest frame at or before `day` (to read only).

        write     to live on: the stored state is compared with the digest of its commit. A run that was cut short before
                  its first commit is begun again
        to_look   only its matter and its tables are wanted: takes a tenth less memory
        mixed     to live on under today's laws a run that was made under others; it is noted since when
        errors    BadRun (also a run of other laws that is to be lived on, where it was not said that it may be mixed),
                  CannotRead, CannotWrite
        """
        if write and day is not None:
            raise MegastructureError(f"{directory}: a day of the past can be read, but only the last commit can be continued")
        archive = Archive.open_to_write(directory) if write else Archive.open_to_read(directory)
        if write and archive.last_commit is None:
            return Run._begin_again(archive)
        try:
            if write:
                refuse_mixture(archive, mixed)
            city = load_city(archive, day, compare=write)
            if write:
                go_on_under(archive, city.day)
            if to_look and not write:
                forget_owners(city)
                give_back_memory()
        except BaseException:
            archive.close()
            raise
        return Run(archive, city)

    @staticmethod
    def _begin_again(archive: Archive) -> Run:
        if archive.parent is None and same_laws(archive.laws_digest):
            return Run._begin(archive)
        where, (parent, day) = archive.directory, archive.parent or ("", 0)
        archive.close()
        if parent:
            again = f"megastructure fork {os.path.normpath(where / parent)} --at {day // YEAR} --out {where}"
            raise BadRun(f"{where}: was cut short before this fork had begun; begin it again, as with {again}")
        raise BadRun(
            f"{where}: was cut short before it had begun, under other laws; begin it again with megastructure run --out"
        )

    def close(self) -> None:
        """Give the directory back."""
        self.archive.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- reading -----------------------------------------------------------------------------------------------------

    @property
    def scenario(self) -> Scenario:
        """The scenario as resolved."""
        return self.city.scenario

    @property
    def directory(self) -> Path:
        """The run directory."""
        return self.archive.directory

    @property
    def ledger(self) -> Ledger:
        """The matter of the city, for reading; make a new one after time has passed."""
        return Ledger(self.city)

    def table(self, name: str) -> NDArray[Any]:
        """The rows of a table; those of the chronicle are read from the disk, for a city keeps only the newest of them."""
        if name != "events":
            return self.city.table(name)
        if self._events is None or self._events[0] != self.city.day:
            self._events = self.city.day, self.archive.read("events", 0, self.archive.lengths["events"])
        return self._events[1]

    # ---- time --------------------------------------------------------------------------------------------------------

    def advance(
        self,
        years: int | None = None,
        observe: Callable[[Run], None] | None = None,
        on_century: Callable[[Century], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> bool:
        """Live up to the end of year `years` (default: the scenario's), committing on the way.

        observe     called about seven times a second between days
        on_century  called with each century's line
        stop        asked between days; when it says so, the run commits and returns False
        """
        if not self.archive.writable:
            raise MegastructureError(f"{self.directory}: was opened to read; open it with write=True to continue it")
        end = (self.scenario.years if years is None else years) * YEAR
        if end < self.city.day:
            raise MegastructureError(
                f"{self.directory}: already lived {counted('year', self.city.day // YEAR)}; expected --years of at least that"
            )
        stopped = False
        with telling_what_is_kept(self.archive), Writer(self.archive) as writer:
            committed = time.monotonic()
            stride = YEAR
            while self.city.day < (end := self._end(end)) and not stopped:
                began = time.monotonic()
                border = min(end, self.city.day - self.city.day % CENTURY + CENTURY)
                advance(self.city, min(border, self.city.day + stride))
                took = time.monotonic() - began
                # No stride may pass the day on which a restored history ends.
                longest = (self.scenario.after_restored_years or 100) * YEAR
                stride = max(1, min(stride * 2, int(stride * CALL_SECONDS / max(took, 1e-4)), 100 * YEAR, longest))
                if self.city.day % CENTURY == 0:
                    self.centuries.append(self._century())
                    if on_century:
                        on_century(self.centuries[-1])
                stopped = stop() if stop else False
                due = time.monotonic() - committed > COMMIT_SECONDS or self._new_rows(writer.lengths) > COMMIT_ROWS
                if due or stopped or self.city.day == end:
                    self._commit(writer)
                    committed = time.monotonic()
                if observe:
                    observe(self)
            writer.wait()
        return not stopped

    def _noted(self) -> str:
        return json.dumps([asdict(c) for c in self.centuries])

    def _end(self, end: int) -> int:
        """The day to live up to: earlier than `end` where the history was restored and has been watched long enough."""
        restored = int(self.city.powers.restored)
        enough = restored + self.scenario.after_restored_years * YEAR
        return min(end, enough) if restored >= 0 < self.scenario.after_restored_years and self.city.day < enough else end

    def _unwritten(self, lengths: Mapping[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the archive does not have yet: rows of the registers beyond `lengths`, and the tables of a frame."""
        city = self.city
        rows = {name: city.table(name)[lengths[name] :] for name in APPENDED if name != "events"}
        rows["events"] = city.table("events")
        frame = {name: city.table(name).astype(np.int64, copy=False) for name in FRAMED}  # whoever keeps them copies them
        return rows, frame

    def _new_rows(self, lengths: Mapping[str, int]) -> int:
        return len(self.city.table("works")) - lengths["works"] + len(self.city.table("events"))

    def _commit(self, writer: Writer) -> None:
        rows, frame = self._unwritten(writer.lengths)
        check_changed(self.city)
        writer.submit(self.city.day, digest(self.city), rows, frame, {"centuries": self._noted()})
        forget_events(self.city)

    def _century(self) -> Century:
        city = self.city
        last = city.series[max(0, int(city.sizes.series) - 100) : int(city.sizes.series)]
        best = last[np.argmax(last[:, Series.greatest])] if len(last) else None
        kind = who = where = ""
        cells = 0
        if best is not None and best[Series.greatest] > 0:
            kind = WorkKind(int(best[Series.greatest_kind])).name.lower()
            cells = int(best[Series.greatest])
            foreman = city.table("foremen")[city.table("foremen")[:, Foremen.name] == best[Series.greatest_foreman]][0]
            who = spoken(int(foreman[Foremen.name]))
            where = spoken_place(int(city.schools[foreman[Foremen.school], Schools.name]))
        standing = self.ledger.estimate(SAMPLED_LOTS, city.day - 1)[0] if self.scenario.works else None
        return Century(
            city.day // YEAR, city.bays, int(city.tally.schools), int(city.tally.renovations), standing, kind, cells,
            who, where, int(city.powers.people), int(city.powers.villages),
            int(city.powers.alert) * 100 >> 16,
        )  # fmt: skip


def refuse_mixture(archive: Archive, mixed: bool) -> None:
    """errors   BadRun: a run of other laws, and nobody has said that the rest of it may be lived under today's"""
    how = other_laws(archive)
    if how and not mixed:
        raise BadRun(
            f"{archive.directory}: {how}: what is left would be lived under today's, and nobody could verify or fork it; "
            "--other-laws goes on all the same"
        )


def noted_centuries(archive: Archive) -> list[Century]:
    """The lines that were kept, one a century. errors   BadRun: they are no such lines"""
    try:
        return [_century_of(noted) for noted in json.loads(archive.notes.get("centuries", "[]"))]
    except (ValueError, TypeError, RecursionError) as problem:
        raise BadRun(f"{archive.directory}: the lines of the centuries are damaged: {one_line(problem)}") from None


def _century_of(noted: dict[str, Any]) -> Century:
    """A line as it was kept; whoever kept it may be a stranger. errors   TypeError, ValueError"""
    for field in fields(Century):
        value = noted.get(field.name, field.default) if isinstance(noted, dict) else None
        if field.name == "cells" and value is None:
            continue
        if field.type == "str":
            right = isinstance(value, str) and value.isprintable() and len(value) <= NAME_MOST
        else:
            right = type(value) is int and 0 <= value < 2**63
        if not right:
            raise ValueError(f"{field.name} is no {'name' if field.type == 'str' else 'number'}")
    return Century(**noted)


def load_city(archive: Archive, day: int | None = None, in_outline: bool = False, compare: bool = False) -> City:
    """A city from the newest frame (at or before `day`) of an archive.

    in_outline   without its works
    compare      what was loaded with the digest of its commit: a file that was changed, and all that names it made to fit
    errors       BadRun; Replaced: a writer has replaced that frame meanwhile
    """
    days = [d for d in archive.frames() if day is None or d <= day]
    if archive.last_commit is None:
        raise BadRun(f"{archive.directory}: nothing was committed yet; megastructure resume begins it again")
    if not days:
        raise BadRun(f"{archive.directory}: nothing is stored {'' if day is None else f'at or before day {day:,}'}".rstrip())
    at = days[-1]
    frame = archive.frame(at)
    lengths = archive.lengths_at(at)
    tables = {name: archive.read(name, 0, lengths[name]) for name in APPENDED if name != "events"}
    tables.update(frame)
    if in_outline:
        tables.update({name: tables[name][:0] for name in MATTER_TABLES})
    city = City(archive.scenario.with_knobs(works=0) if in_outline else archive.scenario)
    try:
        _refuse_unsound(archive, city.scenario, at, tables)
        load(city, at, tables, archive.pieces("events", 0, lengths["events"]))
        del frame, tables
        check(city, named=True)
        if compare and not in_outline and digest(city) != archive.digest_at(at):
            raise ValueError("its digest is not that of its commit")
    except (AssertionError, IndexError, KeyError, ValueError) as problem:
        raise BadRun(f"{archive.directory}: the stored state of day {at:,} contradicts itself: {problem}") from None
    give_back_memory()
    return city


def _refuse_unsound(archive: Archive, scenario: Scenario, day: int, tables: Mapping[str, NDArray[Any]]) -> None:
    """Nothing that kernels rely on is taken from a stranger: what tables of a day disagree in is a BadRun before any runs."""
    found = None
    last = archive.last_commit
    if last is None or last.day != day:  # parts may hold later rows: those were compared with what there was later
        counts = counts_at(day, {name: len(rows) for name, rows in tables.items()}, len(scenario.shots))
        faults = ((name, Limits(name, counts).fault(rows)) for name, rows in tables.items() if name in TABLES and len(rows))
        found = next(((name, fault) for name, fault in faults if fault is not None), None)
    found = found or first_fault(scenario, day, tables)
    if found is not None:
        raise BadRun(f"{archive.directory}: day {day:,}: {found[0]}.{found[1].words()}")


@dataclass(frozen=True)
class Verified:
    """One interval that was lived again."""

    first_day: int
    last_day: int
    same: bool


def verify(directory: str | Path, intervals: int = 3, progress: Callable[[int], None] | None = None) -> Iterator[Verified]:
    """Live stored intervals again, from a frame to the next commit, and compare digests.

    Before, every file is read and compared, and the newest state with the digest of its commit. The intervals are spread
    over the history; at most `intervals` of them.

    errors   BadRun: a file is missing or damaged, or a state is not the one that was committed
    """
    with Archive.open_to_read(directory) as archive:
        if archive.last_commit is None:
            raise BadRun(f"{directory}: nothing was committed yet; megastructure resume begins it again")
        refuse_other_laws(archive, "live it again")
        _read_all(archive)
        load_city(archive, compare=True)
        digests = {c.day: c.digest for c in archive.commits}
        days = sorted(digests)
        starts = [d for d in archive.frames() if d < days[-1]] or days[-1:]
        step = max(1, -(-len(starts) // max(1, intervals)))
        for start in starts[::-1][::step][::-1]:
            city = load_city(archive, start, compare=True)
            following = next((d for d in days if d > start), start)
            while city.day < following:
                advance(city, min(following, city.day + YEAR))
                if progress:
                    progress(city.day)
            check(city)
            yield Verified(start, following, digest(city) == digests[following])


def _read_all(archive: Archive) -> None:
    """errors   BadRun: a file of a register or of a frame is missing, or not what was committed"""
    for table, rows in archive.lengths.items():
        for _ in archive.pieces(table, 0, rows):
            pass
    for day in archive.frames():
        archive.frame(day)


@contextmanager
def telling_what_is_kept(archive: Archive) -> Iterator[None]:
    """Within it, whoever runs out of memory says so in one line, and up to which day the run is kept. errors   NoMemory"""
    try:
        yield
    except (MemoryError, NoMemory) as problem:
        what = str(problem) if isinstance(problem, NoMemory) else f"not enough memory: {problem or 'it is all in use'}"
        kept = archive.commits[-1].day if archive.commits else 0
        raise NoMemory(
            f"{archive.directory}: {what}; kept: all until day {kept:,} (year {kept // YEAR:,}), where `resume` goes on"
        ) from None


@contextmanager
def interruptible() -> Iterator[Callable[[], int]]:
    """Within it, Ctrl-C and SIGTERM are noted: the given function tells the signal's number, 0 for none. A second Ctrl-C
    ends the process at once."""
    caught = 0

    def note(number: int, _: FrameType | None) -> None:
        nonlocal caught
        if caught:
            raise KeyboardInterrupt
        caught = number

    if threading.current_thread() is not threading.main_thread():
        yield lambda: 0
        return
    before = {s: signal.signal(s, note) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: caught
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)


__all__ = ["Century", "Run", "Verified", "compact", "interruptible", "load_city", "refuse_mixture", "verify"]
