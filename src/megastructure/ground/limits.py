"""What a stored table may hold: each number against the declaration of its column, rows against those before them.

A run directory may come from a stranger, and its seal says only that nothing changed by accident. So every table is compared
with its declaration when it is read, before a kernel or anybody else is handed a row (memory/archive.py); what several tables
must agree in, before a city is made of them, is `ground/sound.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..words.declare import Col, Column, columns
from . import codes
from .tables import TABLES, YEAR

ASCENDING = {"works": "start", "charters": "born", "claims": "day", "shots": "day", "events": "day", "series": "year"}
ALONE = ("powers", "tally")  # tables of one row
TOMORROW = 1  # a hole is entered on the day before; an intervention is told on the day that has not been lived yet


class Fault(NamedTuple):
    """What may not be: in which column, at which row, the number there, and what is allowed."""

    column: str
    row: int
    value: int
    allowed: str

    def words(self) -> str:
        """On one line."""
        return f"{self.column}[{self.row}] = {self.value}: expected {self.allowed}"


def counts_at(day: int, rows: Mapping[str, int], orders: int) -> dict[str, int]:
    """What references of a stored state are counted against: rows of tables, days, years, and shots of the scenario."""
    return {**rows, "days": day + TOMORROW, "years": day // YEAR + 1, "orders": orders}


def codes_of(col: Col) -> tuple[int, ...]:
    """The numbers of the enumeration that a column is declared with, and `low` where that is allowed too; none for others."""
    known = getattr(codes, col.unit, None) if col.unit.isidentifier() else None
    if known is None:
        return ()
    return tuple(sorted({*(int(code) for code in known), *(() if col.low is None else (col.low,))}))


def range_of(col: Col, counts: Mapping[str, int] | None = None) -> tuple[int, int] | None:
    """The least and the greatest number that a column may hold; None where its declaration does not say it.

    counts   as of `counts_at`; without it, or for a table that it lacks, a reference is bounded by its dtype alone
    """
    room = np.iinfo(col.dtype)
    if col.refers or col.until:
        if col.low is None:
            return None
        rows = None if counts is None else counts.get(col.refers or col.until)
        if rows is None:
            return col.low, int(room.max)
        return col.low, rows if col.until else rows - 1
    known = codes_of(col)
    if known:
        return known[0], known[-1]
    return None if col.low is None or col.high is None else (col.low, col.high)


@cache
def _gaps(col: Col) -> NDArray[np.bool_] | None:
    """For codes between which numbers are missing: which of 0..255 are codes."""
    known = codes_of(col)
    if not known or known[-1] - known[0] + 1 == len(known):
        return None
    there = np.zeros(256, bool)
    there[list(known)] = True
    return there


@cache
def _ranges(table: str) -> tuple[tuple[Column, tuple[int, int] | None], ...]:
    """Each column of a table with its range, as far as it is the same in every state."""
    return tuple((c, None if c.col.refers or c.col.until else range_of(c.col)) for c in columns(TABLES[table]))


class Limits:
    """What the rows of one table may hold in one stored state; fed with its columns, in order of rows."""

    def __init__(self, table: str, counts: Mapping[str, int]) -> None:
        self.table = table
        self._ascends = ASCENDING.get(table)
        self._last: int | None = None  # of the column that ascends
        self._columns = [(c, fixed or range_of(c.col, counts)) for c, fixed in _ranges(table)]

    def fault(self, number: int, values: NDArray[Any], first: int) -> Fault | None:
        """What is wrong with column `number` in the rows from `first` on; None: nothing. Groups are given in order of rows."""
        if not len(values):
            return None
        column, between = self._columns[number]
        if between is not None:
            low, high = between
            room = np.iinfo(values.dtype)
            if (room.min < low and int(values.min()) < low) or (room.max > high and int(values.max()) > high):
                return self._found(column, first, values, (values < low) | (values > high), self._allowed(column, low, high))
        gaps = _gaps(column.col)
        if gaps is not None and not gaps[values].all():
            return self._found(column, first, values, ~gaps[values], self._allowed(column, 0, 0))
        if column.col.earlier and int(values.max()) >= first:
            later = values >= np.arange(first, first + len(values))
            if later.any():
                return self._found(column, first, values, later, "a row before its own")
        if column.name == self._ascends:
            falls = np.flatnonzero(values[1:] < values[:-1])
            if len(falls) or (self._last is not None and int(values[0]) < self._last):
                at = int(falls[0]) + 1 if len(falls) else 0
                before = int(values[at - 1]) if at else self._last
                return Fault(column.name, first + at, int(values[at]), f"at least {before}, as in the row before")
            self._last = int(values[-1])
        return None

    def check(self, matrix: NDArray[Any]) -> Fault | None:
        """The same for a whole table (n, columns)."""
        for column, _ in self._columns:
            found = self.fault(column.number, matrix[:, column.number], 0)
            if found is not None:
                return found
        return None

    @staticmethod
    def _found(column: Column, first: int, values: NDArray[Any], wrong: NDArray[np.bool_], allowed: str) -> Fault:
        at = int(np.argmax(wrong))
        return Fault(column.name, first + at, int(values[at]), allowed)

    @staticmethod
    def _allowed(column: Column, low: int, high: int) -> str:
        known = codes_of(column.col)
        if known:
            return f"a number of {column.col.unit}" + (f" or {column.col.low}" if column.col.low is not None else "")
        if column.col.refers:
            rows = f"a row of {column.col.refers} in 0..{high}" if high >= 0 else f"no row of {column.col.refers}"
            return f"{low} or {rows}" if low < 0 else rows
        return f"{low}..{high}"


def named_twice(table: str, matrix: NDArray[Any]) -> Fault | None:
    """The second of two rows with one name, in a table whose rows have names."""
    named = next((c for c in columns(TABLES[table]) if c.name == "name"), None) if table in TABLES else None
    if named is None or not len(matrix):
        return None
    names = matrix[:, named.number]
    if (np.diff(np.sort(names)) > 0).all():
        return None
    order = np.argsort(names, kind="stable")
    again = order[1:][names[order][1:] == names[order][:-1]]
    return Fault("name", int(again[0]), int(names[again[0]]), "a name that no row before has")


__all__ = ["ALONE", "ASCENDING", "Fault", "Limits", "codes_of", "counts_at", "named_twice", "range_of"]
