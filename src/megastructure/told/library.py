"""A run as tables that can be asked in SQL: in memory, read only, and only what the run's database names and has sealed.

Registers come from their parts, the rest from the newest frame, all through the archive, which believes nothing. A table is
loaded when a statement first mentions it. No statement can reach a file, the network or the settings of the database.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from ..ground.codes import EventKind
from ..ground.tables import TABLES, YEAR, Events, Powers, Wanderers
from ..memory.archive import Archive
from ..memory.book import REGISTERS
from ..words.declare import columns
from ..words.errors import BadRun, MegastructureError
from ..words.names import CODAS, ONSETS, VOWELS
from .sentences import KINDS, VOCABULARY, Speaker

NAME_MOST = 200  # characters of a name that is looked for
MARKER = re.compile(
    r"\n*LINE \d+:.*\n *\^+\s*", re.DOTALL
)  # points at a place of the line above it: there is but one line here
THREADS = 1  # with more, rows without an order of their own come in another order each time
PLACES = ("villages", "schools", "foremen")  # those that are spoken of with one word; a foreman has a name of its own besides
VIEWS = {  # in any order: whoever asks them says in which
    "persons_named": """
        SELECT p.serial, p.name, spoken(p.name) AS called, m.name AS mother_name, spoken(m.name) AS mother_called,
               f.name AS father_name, spoken(f.name) AS father_called, p.born, p.died, p.female, v.name AS village_name,
               spoken_place(v.name) AS village_called, p.tested, p.shown, p.health, p.infected_day, p.haplotype_a, p.haplotype_b
        FROM persons p LEFT JOIN persons m ON m.serial = p.mother LEFT JOIN persons f ON f.serial = p.father
        LEFT JOIN villages v ON v.serial = p.village""",
    "villages_named": """
        SELECT v.serial, v.name, spoken_place(v.name) AS called, u.name AS parent_name, spoken_place(u.name) AS parent_called,
               f.name AS bay_name, spoken_place(f.name) AS bay_called, v.founded, v.ended, v.people, v.capacity, v.sanctuary,
               v.known, v.mask_seen
        FROM villages v LEFT JOIN villages u ON u.serial = v.parent LEFT JOIN foremen f ON f.serial = v.bay""",
    "units_named": """
        SELECT u.serial, u.name, spoken(u.name) AS called, f.name AS bay_name, spoken_place(f.name) AS bay_called,
               v.name AS village_name, spoken_place(v.name) AS village_called, u.level, u.mass, u.made, u.ended, u.fate
        FROM units u LEFT JOIN foremen f ON f.serial = u.bay LEFT JOIN villages v ON v.serial = u.village""",
    "foremen_named": """
        SELECT f.serial, f.name, spoken(f.name) AS called, spoken_place(f.name) AS bay_called, p.name AS parent_name,
               spoken(p.name) AS parent_called, s.name AS school_name, spoken_place(s.name) AS school_called, f.born, f.phase,
               f.x, f.y, f.z, f.pitch, f.height, f.allegiance, f.node
        FROM foremen f LEFT JOIN foremen p ON p.serial = f.parent LEFT JOIN schools s ON s.serial = f.school""",
    "events_named": """
        SELECT e.serial, e.day, e.day // 360 AS year, k.name AS kind, spoken(nullif(e.who, 0)) AS who_called,
               spoken_place(nullif(e.who, 0)) AS who_place, spoken(nullif(e.whom, 0)) AS whom_called,
               spoken_place(nullif(e.whom, 0)) AS whom_place, spoken_place(nullif(e.place, 0)) AS place_called, e.magnitude,
               e.who, e.whom, e.place, e.cause, e.chance_ppb, e.name
        FROM events e JOIN kinds k ON k.number = e.kind""",
}  # fmt: skip
NEEDS = {
    "persons_named": ("persons", "villages"), "villages_named": ("villages", "foremen"),
    "units_named": ("units", "foremen", "villages"), "foremen_named": ("foremen", "schools"),
    "events_named": ("events", "kinds"),
}  # fmt: skip
# What only an observer who knows everything knows. That a tested carrier died is no secret.
HIDDEN = tuple(int(k) for k, told in KINDS.items() if told.spoiler)
SECRET = f"(kind IN {HIDDEN} AND NOT (kind = {int(EventKind.CARRIER_DIED)} AND magnitude > 0))"


def secret(events: np.ndarray) -> np.ndarray:
    """Which events are told with spoilers only: `SECRET` for a matrix."""
    known = (events[:, Events.kind] == EventKind.CARRIER_DIED) & (events[:, Events.magnitude] > 0)
    return np.asarray(np.isin(events[:, Events.kind], HIDDEN) & ~known)


class Found(NamedTuple):
    """Somebody or something with a name: the table, the row, the name."""

    table: str
    serial: int
    name: int


class Library:
    """A run opened for reading. Use it in a `with`."""

    def __init__(self, directory: str | Path, words: str = "seed") -> None:
        """errors   BadRun: no run, damaged, or nothing committed yet; MegastructureError: unknown words"""
        if words not in VOCABULARY:
            raise MegastructureError(f"--words {words}: expected {' or '.join(VOCABULARY)}")
        self.directory = Path(directory)
        self.archive = Archive.open_to_read(directory)
        last = self.archive.last_commit
        if last is None:
            raise BadRun(f"{directory}: nothing was committed yet")
        self.day = last.day
        self.lengths = self.archive.lengths_at(last.day)
        self.frame = self.archive.frame(last.day)
        self.words = words
        self._loaded: set[str] = set()
        self.base = duckdb.connect(
            ":memory:", config={"python_enable_replacements": "false", "temp_directory": "", "threads": str(THREADS)}
        )
        self.base.execute(MACROS)
        self.base.execute("SET enable_external_access = false")
        self.base.execute("SET lock_configuration = true")
        self._tables: dict[str, np.ndarray] = {}

    def close(self) -> None:
        """Give everything back."""
        self.base.close()
        self.archive.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # ---- tables ------------------------------------------------------------------------------------------------------

    def table(self, name: str) -> np.ndarray:
        """A table as a matrix of integers; empty where the run has none."""
        if name not in self._tables:
            width = len(columns(TABLES[name]))
            if name in REGISTERS:
                rows = self.archive.read(name, 0, self.lengths[name])
            else:
                rows = self.frame.get(name, np.empty((0, width), np.int64))
            if rows.ndim != 2 or rows.shape[1] != width:
                raise BadRun(f"{self.directory}: {name}: {rows.shape} is not a table of {width} columns")
            self._tables[name] = rows
        return self._tables[name]

    def load(self, *names: str) -> None:
        """Make tables and views known to the database."""
        for name in names:
            if name in self._loaded:
                continue
            self._loaded.add(name)
            if name == "kinds":
                self._enter("kinds", _kinds())
            elif name in VIEWS:
                self.load(*NEEDS[name])
                self.base.execute(f"CREATE VIEW {name} AS {VIEWS[name]}")
            else:
                rows = self.table(name)
                made = {c.name: pa.array(np.ascontiguousarray(rows[:, c.number]), pa.int64()) for c in columns(TABLES[name])}
                self._enter(name, pa.table({"serial": pa.array(np.arange(len(rows)), pa.int64()), **made}))

    def _enter(self, name: str, rows: Any) -> None:
        self.base.register("_incoming", rows)
        self.base.execute(f"CREATE TABLE {name} AS SELECT * FROM _incoming")  # in any order: rows keep their serials
        self.base.unregister("_incoming")

    # ---- asking ------------------------------------------------------------------------------------------------------

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement of our own, with the tables it names loaded."""
        self.load(*_mentioned(sql))
        return list(self.base.execute(sql, values).fetchall())

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Heads and rows of somebody else's statement: one SELECT, which cannot write, nor reach anything outside.

        errors   MegastructureError: not one SELECT, or the database refuses it
        """
        sql = _sayable(sql)
        self.load(*_mentioned(sql))
        try:
            statements = self.base.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise MegastructureError(f"sql: {_begun(sql)}: expected one SELECT; a run is read, never written")
            self.base.execute("BEGIN TRANSACTION READ ONLY")
            try:
                answer = self.base.execute(sql)
                return [d[0] for d in answer.description or ()], list(answer.fetchall())
            finally:
                self.base.execute("ROLLBACK")
        except (duckdb.Error, RuntimeError) as problem:
            said = MARKER.sub("", str(problem))
            raise MegastructureError(f"sql: {' '.join(said.split())[:300]}") from None

    # ---- what every reader needs -------------------------------------------------------------------------------------

    @cached_property
    def speaker(self) -> Speaker:
        """Tells events in the chosen words."""
        return Speaker(self.words, [int(n) for n in self.table("wanderers")[:, Wanderers.name]])

    @property
    def era_day(self) -> int:
        """Day on which the era of people began; -1: it has not."""
        powers = self.table("powers")
        return int(powers[0, Powers.era_day]) if len(powers) else -1

    @property
    def ending(self) -> tuple[str, int]:
        """The label of the history so far, and the day on which it was earned (CONTESTED: the last)."""
        powers = self.table("powers")
        if len(powers) and self.era_day >= 0:
            for label, column in (("RESTORED", Powers.restored), ("EXTINCT", Powers.extinct), ("LOCKED", Powers.locked)):
                if powers[0, column] >= 0:
                    return label, int(powers[0, column])
        return "CONTESTED", self.day

    @property
    def known_ending(self) -> tuple[str, int]:
        """The same as far as somebody in the city can know it: that a locus is in nobody alive, nobody can."""
        label, day = self.ending
        return ("CONTESTED", self.day) if label == "LOCKED" else (label, day)

    def when(self, day: int) -> str:
        """A day as people say it: `year 612, day 40 (year 12 of the era)`."""
        era = f" ({(day - self.era_day) // YEAR} of the era)" if 0 <= self.era_day <= day else ""
        return f"year {day // YEAR:,}{era}, day {day % YEAR + 1}"

    def find(
        self, text: str, tables: Sequence[str] = ("wanderers", "persons", "villages", "units", "foremen", "schools")
    ) -> Found:
        """Whoever is called so, or has this number for a name; the first of `tables` in which there is one.

        errors   MegastructureError: nobody, with the nearest names
        """
        wanted = " ".join(_sayable(text).split()).lower()[:NAME_MOST]
        first = self.speaker.words["first_wanderer"].lower()
        there = self.table("wanderers")
        if "wanderers" in tables and first and wanted == first and len(there):
            return Found("wanderers", 0, int(there[0, Wanderers.name]))
        self.load(*tables)
        for table in tables:
            number = re.fullmatch(r"-?[0-9]{1,20}", wanted)
            this_one = "name = ?" if number else f"list_contains([{_called(table)}], ?)"
            value = int(wanted) % 2**63 if number else wanted
            rows = self.ask(f"SELECT serial, name FROM {table} WHERE {this_one} ORDER BY serial LIMIT 1", [value])
            if rows:
                return Found(table, int(rows[0][0]), int(rows[0][1]))
        # In any order: the likeness and the name order the answer.
        known = " UNION ALL ".join(f"SELECT unnest([{_called(table)}]) AS called FROM {table}" for table in tables)
        if "wanderers" in tables and first and len(there):
            known += f" UNION ALL SELECT '{first}' AS called"
        near = self.ask(
            f"SELECT DISTINCT called, jaro_winkler_similarity(called, ?) AS likeness FROM ({known}) "
            "WHERE likeness > 0.75 ORDER BY likeness DESC, called LIMIT 3", [wanted],
        )  # fmt: skip
        hint = f"; did you mean {', '.join(str(n[0]).title() for n in near)}?" if near else ""
        raise MegastructureError(f"{text}: nobody and nothing here has this name{hint}")


def _begun(sql: str) -> str:
    """How a statement begins."""
    return " ".join(sql.split()[:3]) or "nothing"


ALL = ("kinds", *TABLES, *VIEWS)


def _sayable(text: str) -> str:
    """A text that the database takes: what came as bytes that are no text is a question mark in it."""
    return text.encode("utf-8", "replace").decode()


def _mentioned(sql: str) -> list[str]:
    """The tables and views whose names occur in a statement."""
    words = set(re.findall(r"[a-z_]+", sql.lower()))
    return [name for name in ALL if name in words]


def _called(table: str) -> str:
    """What rows of a table are called, as SQL: one name or two, in small letters."""
    names = ["lower(spoken_place(name))"] if table in PLACES else []
    return ", ".join(names + (["lower(spoken(name))"] if table not in ("villages", "schools") else []))


def _kinds() -> Any:
    """The declared kinds of events as a table."""
    return pa.table(
        {
            "number": pa.array([int(k) for k in EventKind], pa.int64()),
            "name": [k.name for k in EventKind],
            "caption": [KINDS[k].caption for k in EventKind],
            "unit": [KINDS[k].unit for k in EventKind],
            "spoiler": [KINDS[k].spoiler for k in EventKind],
            "weight": [KINDS[k].weight for k in EventKind],
        }
    )


def _syllables(value: str, count: int) -> str:
    """names._syllables as SQL over a huge integer."""
    parts, divisor = [], 1
    for i in range(count):
        for part in (ONSETS, VOWELS, CODAS if i == count - 1 else ("", "", "n", "r")):
            parts.append(f"{list(part)}[(({value} // {divisor}) % {len(part)})::INTEGER + 1]")
            divisor *= len(part)
    word = " || ".join(parts)
    return f"(upper(substr({word}, 1, 1)) || substr({word}, 2))"


def _spoken_macros() -> str:
    """`spoken` and `spoken_place` of names.py as SQL, so that a million names are spoken in a second."""
    mixed = "(CAST(name AS HUGEINT) * {}::HUGEINT % 18446744073709551616::HUGEINT)"
    two, one = mixed.format(0x9E3779B97F4A7C15), mixed.format(0xBF58476D1CE4E5B9)
    high, low = _syllables(f"({two} // 1099511627776)", 2), _syllables(f"({two} % 4294967296)", 2)
    return (
        f"CREATE MACRO spoken(name) AS ({high} || ' ' || {low});"
        f"CREATE MACRO spoken_place(name) AS ({_syllables(f'({one} // 65536)', 3)});"
    )


MACROS = _spoken_macros()

__all__ = ["ALL", "SECRET", "VIEWS", "Found", "Library", "secret"]
