"""Forged runs: one number of a small run is changed and all digests and the seal are made to fit, as a stranger would.

A forged run must be refused with one line, or be answered like any other; never end in a signal, hang, ask for more memory than
a run of its size needs, or show a traceback. Each case runs in a child that is forked once all kernels are there.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from megastructure.ground.city import APPENDED
from megastructure.ground.limits import codes_of, counts_at, range_of
from megastructure.ground.scenario import Scenario, knobs
from megastructure.ground.tables import TABLES
from megastructure.memory.archive import Archive
from megastructure.memory.book import FramePart, Meta, Part, file_digest, open_database, transact
from megastructure.memory.parts import pack
from megastructure.memory.run import Run
from megastructure.words.declare import columns

YEARS = 380
SCENARIO = replace(
    Scenario.load("quick").with_knobs(
        seed=44, gene_founders=1, years=YEARS, world_radius_lots=14,
        growth_income=2000, tower_income=60, era_year=300, strike_lead_years=60, villages=14,
        safeguard_raid_ppm=200_000, wanderers=2, terminal_share=2, authority_node_share=8, service_share=3,
        wanderer_search_days=20, gene_frequency_ppm=300_000, copy_error_ppm=200_000, renovation_unit_days=8, life_unit_days=30,
    ),
    shots=((250 * 360, -150, 20, 20, 0, 300, 12), (YEARS * 360 - 400, 10, -100, 30, 1, 200, 4)),
)  # fmt: skip
SECONDS = 40.0  # for one command; the slowest takes 2 on an honest run
MEMORY = 3 << 29  # bytes that a child may map beyond what it begins with
ENDS = (-1, -2, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 0, 1)
NOTES = ("", "[", "[" * 900, "[]", "{}", "null", "[1]", '[{"year": 1}]', '[{"year": 1e999}]', '{"day": 1}', "9" * 5000)
LINES_MOST = 1

Answer = tuple[str, str]  # how a command ended, and what it said


class Forged(NamedTuple):
    """One change: of a number of a table, or of its rows, or of a line of the book (`row` < 0)."""

    table: str
    column: str
    row: int
    value: Any
    newest: bool  # of the newest frame, or of the one before

    def words(self) -> str:
        value = repr(self.value)
        return f"{self.table}.{self.column}[{self.row}] = {value if len(value) < 60 else value[:57] + '...'}"


def make(directory: Path) -> Path:
    """The honest run: a few decades of a small city with people, units, wanderers and holes; two years are left to live."""
    with Run.create(SCENARIO, directory) as run:
        for years in (YEARS - 4, YEARS - 3, YEARS - 2):
            run.advance(years)
    return directory


class Forge:
    """An honest run, and copies of it in which something is changed."""

    def __init__(self, honest: Path) -> None:
        self.honest = honest
        with Archive.open_to_read(honest) as archive:
            self.book = archive._book
            self.days = archive.frames()[-2:]
            last = archive.last_commit
            assert last is not None
            rows = {**last.lengths, **{f.table: f.rows for f in self.book.frames if f.day == last.day}}
            self.counts = counts_at(last.day, rows, len(archive.scenario.shots))
            self.tables = {name: archive.read(name).astype(np.int64) for name in APPENDED}
            self.frames = [archive.frame(day) for day in self.days]

    def rows_of(self, change: Forged) -> np.ndarray:
        """The table as it was before a change."""
        return self.tables[change.table] if change.table in APPENDED else self.frames[change.newest][change.table]

    def into(self, directory: Path, changes: Sequence[Forged]) -> Path:
        """A copy with these changes, sealed anew."""
        directory.mkdir()
        (directory / "lock").touch()
        for path in self.honest.rglob("*.parquet"):
            to = directory / path.relative_to(self.honest)
            to.parent.mkdir(exist_ok=True)
            try:
                os.link(path, to)
            except OSError:  # another disk
                shutil.copy(path, to)
        shutil.copy(self.honest / "run.db", directory / "run.db")
        database, book = open_database(directory)
        try:
            seal = book.seal
            for change in changes:
                if change.table == "meta":
                    old = [Meta(change.column, book.meta[change.column])] if change.column in book.meta else []
                    seal = transact(database, seal, old, [Meta(change.column, change.value)])
                    continue
                old_part, rows = self._changed(change)
                data = pack(change.table, rows.shape[1], [rows])
                path = directory / old_part.path
                path.unlink()
                path.write_bytes(data)
                fits: dict[str, Any] = {"bytes": len(data), "blake2b": file_digest(data)}
                if isinstance(old_part, FramePart):
                    fits["rows"] = len(rows)
                seal = transact(database, seal, [old_part], [old_part._replace(**fits)])
        finally:
            database.close()
        return directory

    def _changed(self, change: Forged) -> tuple[Part | FramePart, np.ndarray]:
        """The file that a change is in, and its rows after it."""
        rows = self.rows_of(change)
        part: Part | FramePart
        if change.table in APPENDED:
            part = next(p for p in self.book.parts[change.table] if p.first_row <= change.row < p.first_row + p.rows)
            rows, at = rows[part.first_row : part.first_row + part.rows].copy(), change.row - part.first_row
        else:
            day = self.days[change.newest]
            part = next(f for f in self.book.frames if f.day == day and f.table == change.table)
            rows, at = rows.copy(), change.row
        if change.column == "rows":
            rows = {"none": rows[:0], "fewer": rows[:-1], "twice": np.concatenate([rows, rows[-1:]])}[change.value]
        elif change.column == "order":
            rows[[0, -1]] = rows[[-1, 0]]
        else:
            number = next(c.number for c in columns(TABLES[change.table]) if c.name == change.column)
            rows[at, number] = change.value
        return part, rows


# ---- what is forged --------------------------------------------------------------------------------------------------


def changes(forge: Forge, rng: random.Random) -> Iterator[Forged]:
    """Every column of every table, at both ends of its rows and in between, with numbers that may not be and some that may."""
    for table, declared in TABLES.items():
        newest = rng.random() < 0.7
        rows = forge.tables[table] if table in APPENDED else forge.frames[newest][table]
        count = len(rows)
        if not count:
            continue
        for column in columns(declared):
            room = np.iinfo(column.col.dtype)
            low, high = range_of(column.col, forge.counts) or (int(room.min), int(room.max))
            known = codes_of(column.col)
            near = {low - 1, low, high, high + 1, high + 2, (low + high) // 2, *ENDS, rng.randint(low, max(low, high))}
            near |= {rng.randint(int(room.min), int(room.max)), *(known and {known[-1] + 1, rng.choice(known)})}
            near |= {int(rows[rng.randrange(count), column.number]) for _ in range(3)}  # what stands in other rows
            for value in sorted(v for v in near if room.min <= v <= room.max):
                row = rng.choice((0, count - 1, rng.randrange(count)))
                yield Forged(table, column.name, row, value, newest)
        if table not in APPENDED:
            for value in ("none", "fewer", "twice"):
                yield Forged(table, "rows", 0, value, newest)
        yield Forged(table, "order", 0, "", newest)
    text = forge.book.meta["scenario"]
    for knob in knobs():
        for number in (knob.low, knob.high):
            if knob.name != "seed":
                said = re.sub(rf"^{knob.name} = .*$", f"{knob.name} = {number}", text, flags=re.MULTILINE)
                yield Forged("meta", "scenario", -1, said, True)
    for note in ("centuries", "fork"):
        for said in NOTES:
            yield Forged("meta", f"note.{note}", -1, said, True)


def beyond(forge: Forge, change: Forged) -> bool:
    """Whether a change makes a number that no column of its kind may hold: such a run is refused when it is read."""
    declared = next((c for c in columns(TABLES[change.table]) if c.name == change.column), None) if change.row >= 0 else None
    if declared is None:
        return False
    low, high = range_of(declared.col, forge.counts) or (0, 0)
    known = codes_of(declared.col)
    return not low <= change.value <= high or bool(known and change.value not in known)


# ---- what is asked of a forged run -----------------------------------------------------------------------------------

SELECTS = (
    "SELECT * FROM persons_named, (SELECT count(*) FROM villages_named) LIMIT 5",
    "SELECT count(*), max(called) FROM units_named",
    "SELECT e.year, e.kind, e.who_called, f.bay_called FROM events_named e, foremen_named f WHERE f.name = e.place LIMIT 5",
    "SELECT (SELECT max(start) FROM works), (SELECT sum(lots) FROM claims), (SELECT max(day) FROM plan), "
    "(SELECT max(key) FROM charters), (SELECT max(people) FROM powers), (SELECT max(year) FROM series)",
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "info": ("info", "{run}"),
    "verify": ("verify", "{run}", "--intervals", "2"),
    "resume": ("resume", "{run}", "--no-picture"),
    "fork": ("fork", "{run}", "--at", str(YEARS - 2), "--years", str(YEARS - 1), "--dice", "new", "--out", "{out}"),
    "section": ("still", "{run}", "--view", "section", "--size", "96x64", "--out", "{out}.png"),
    "iso": ("still", "{run}", "--view", "iso", "--size", "96x64", "--out", "{out}.png", "--year", str(YEARS - 30)),
    "walk": ("still", "{run}", "--view", "walk", "--size", "96x64", "--out", "{out}.png"),
    "killy": ("still", "{run}", "--view", "walk", "--size", "96x64", "--out", "{out}.png", "--at", "Killy"),
    "film": ("film", "{run}", "{out}.gif", "--path", "years", "--seconds", "0.2", "--fps", "10", "--size", "64x48"),
    "chronicle": ("chronicle", "{run}", "--by", "generation", "--spoilers"),
    "biography": ("biography", "{run}", "Killy", "--spoilers"),
    "locus": ("biography", "{run}", "--locus", "1", "--spoilers"),
    "eras": ("eras", "{run}", "--spoilers"),
    "stories": ("stories", "{run}", "--spoilers"),
    "report": ("report", "{run}", "--out", "{out}.html", "--spoilers"),
    **{f"sql {i}": ("sql", "{run}", select) for i, select in enumerate(SELECTS)},
    **{suffix: ("export", "{run}", "{out}" + suffix) for suffix in (".parquet", ".sqlite", ".json", ".nwk")},
    **{f".nwk {tree}": ("export", "{run}", "{out}.nwk", "--tree", tree) for tree in ("villages", "persons-mothers")},
    **{
        suffix: ("export", "{run}", "{out}" + suffix, "--box", "-40:40,-40:40,-40:40")
        for suffix in (".glb", ".vox", ".schem", ".zarr")
    },
    "diff": ("diff", "{run}", "{honest}"),
    "runs": ("runs", "{folder}"),
    "watch": (),
}


def look(run: Path) -> None:
    """What the server of `watch` reads for its page."""
    from megastructure.ground.codes import EventKind
    from megastructure.watch.info import Shown
    from megastructure.watch.overlays import KINDS
    from megastructure.watch.view import View

    with contextlib.closing(View(run)) as view:
        shown = Shown(view)
        start = shown.info()["start"]["eye"]
        x, y, z = (int(v) for v in start)
        told = shown.events.chosen(0, view.last, (), 0, 0, 200, True)
        shown.events.chosen(0, view.last, (int(EventKind.PERSON_DIED),), 0, 0, 20, False)
        shown.events.curves(True)
        names = {int(str(e[key]), 16) for e in told[:40] for key in ("who", "whom", "place") if e.get(key)}
        for name in sorted(names)[:60]:
            shown.cards.thing(name, True)
            shown.places.path(name, 0, view.last, True)
        shown.cards.search("a")
        for kind in KINDS:
            shown.overlays.classes(kind, view.last)
            shown.overlays.classes(kind, view.last // 2)
            shown.overlays.legend(kind)
        shown.overlays.known(view.last)
        shown.places.figures(view.last, x, y, z, 2048)
        shown.places.pick(view.last, (x, y, z), (0.3, 0.5, -0.4), 2000.0)
        view.chunks.spans([(level, x >> 5 + level, y >> 5 + level, z >> 5 + level) for level in range(3)], view.last)
        view.chunks.solid(np.array([[x >> 5, y >> 5, z >> 5]]), view.last)
        for tx, ty, tz, _ in view.tiles.list()[:4]:
            view.tiles.raw((tx, ty, tz))


def ask(command: str, run: Path, honest: Path, out: Path) -> Answer:
    """Give one command in this process; how it ended: "answered", "refused", or what is at fault, and its words."""
    from megastructure.door.cli import main

    said, heard = io.StringIO(), io.StringIO()
    words = [w.format(run=run, out=out, honest=honest, folder=run.parent) for w in COMMANDS[command]]
    code: Any = 0
    before = sys.argv
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(heard):
            if words:
                sys.argv = ["megastructure", *words]
                main()
            else:
                from megastructure.words.errors import MegastructureError

                try:
                    look(run)
                except MegastructureError as problem:
                    heard.write(f"megastructure: {problem}\n")
                    code = problem.exit_code
    except SystemExit as end:
        code = end.code or 0
    except BaseException as problem:
        where = traceback.extract_tb(problem.__traceback__)
        inside = next((f for f in reversed(where) if "megastructure" in f.filename), where[-1])
        return "traceback", f"{type(problem).__name__}: {str(problem)[:200]} ({Path(inside.filename).name}:{inside.lineno})"
    finally:
        sys.argv = before
    lines = [line for line in heard.getvalue().splitlines() if line.startswith("megastructure: ")]
    if code == 0 or (command == "verify" and code == 1 and not lines):
        return "answered", ""
    if len(lines) != LINES_MOST or not lines[0].isprintable() or len(lines[0]) > 700:
        return "many words", f"exit {code}: {heard.getvalue()[-300:]!r} {said.getvalue()[-100:]!r}"
    return "refused", lines[0]


# ---- children --------------------------------------------------------------------------------------------------------


def in_child(commands: Iterable[str], answer: Callable[[str], Answer], seconds: float = SECONDS) -> dict[str, Answer]:
    """Each command in one child, until something ends it; what is left then in another one."""
    waiting, told = list(commands), {}
    while waiting:
        reading, writing = os.pipe()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _live(waiting, answer, writing)
        os.close(writing)
        with open(reading, "rb") as pipe:
            for command in list(waiting):
                if not select.select([pipe], [], [], seconds)[0]:
                    told[command] = "hang", f"no answer within {seconds:.0f} s"
                    os.kill(child, signal.SIGKILL)
                    waiting.remove(command)
                    break
                line = pipe.readline().decode()
                waiting.remove(command)
                if not line:
                    told[command] = "signal", ""
                    break
                how, _, words = line.rstrip("\n").partition("\t")
                told[command] = how, words
        _, status = os.waitpid(child, 0)
        for command, (how, _) in told.items():
            if how == "signal":
                told[command] = "died", signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"{status}"
    return told


def _live(commands: list[str], answer: Callable[[str], Answer], pipe: int) -> None:
    """A child's life. Never returns."""
    try:
        with open("/proc/self/statm") as mapped:
            size = int(mapped.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        for command in commands:
            how, words = answer(command)
            os.write(pipe, f"{how}\t{' '.join(words.split())[:600]}\n".encode())
    finally:
        os._exit(0)


class Soak:
    """Forges again and again, and counts how each command ended."""

    def __init__(self, honest: Path, folder: Path) -> None:
        self.forge, self.folder = Forge(honest), folder
        self.ended: Counter[tuple[str, str]] = Counter()
        self.faults: list[str] = []
        self.cases = 0

    def warm(self, commands: Iterable[str] = COMMANDS) -> None:
        """Commands on a copy of the honest run, here: from then on children find every kernel. They must all answer."""
        for command in commands:
            run = self._forged(())
            began = time.perf_counter()
            how, words = ask(command, run, self.forge.honest, self._out())
            assert how == "answered", f"an honest run: {command}: {how}: {words}"
            if os.environ.get("MEGASTRUCTURE_FORGE_TIMES"):
                print(f"{command:16}{time.perf_counter() - began:8.2f} s")
        self._sweep()

    def case(self, change: Sequence[Forged], commands: Iterable[str]) -> dict[str, Answer]:
        """One forged run, asked by some commands; each by a fresh copy if it writes."""
        self.cases += 1

        def answer(command: str) -> Answer:
            run = self._forged(change) if command in ("resume",) else shared
            return ask(command, run, self.forge.honest, self._out())

        shared = self._forged(change)
        told = in_child(commands, answer)
        for command, (how, words) in told.items():
            self.ended[command, how] += 1
            if how not in ("answered", "refused"):
                self.faults.append(f"{' and '.join(c.words() for c in change)}: {command}: {how}: {words}")
        self._sweep()
        return told

    def _forged(self, change: Sequence[Forged]) -> Path:
        place = Path(tempfile.mkdtemp(dir=self.folder))
        return self.forge.into(place / "run", change)

    def _out(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder)) / "out"

    def _sweep(self) -> None:
        for place in self.folder.iterdir():
            shutil.rmtree(place, ignore_errors=True)

    def table(self) -> str:
        """What was counted, as text."""
        hows = ("answered", "refused", "traceback", "many words", "hang", "died")
        lines = [f"{'command':18}" + "".join(f"{how:>12}" for how in hows)]
        for command in COMMANDS:
            counts = [self.ended[command, how] for how in hows]
            if any(counts):
                lines.append(f"{command:18}" + "".join(f"{n:12,}" for n in counts))
        totals = [sum(n for (_, h), n in self.ended.items() if h == how) for how in hows]
        return "\n".join([*lines, f"{'all':18}" + "".join(f"{n:12,}" for n in totals)])
