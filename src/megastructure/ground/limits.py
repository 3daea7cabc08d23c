"""What a stored table may hold: each number against the declaration of its column, rows against those before them.

A run directory may come from a stranger, and its seal says only that nothing changed by accident. So every table is compared
with its declaration when it is read, before a kernel or anybody else is handed a row (memory/archive.py); what several tables
must agree in, before a city is made of them, is `ground/sound.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..words.declare import Col, Column, columns
from . import codes
from .tables import TABLES, YEAR

ASCENDING = {"works": "start", "charters": "born", "claims": "day", "shots": "day", "events": "day", "series": "year"}
ALONE = ("powers", "tally")  # tables of one row
FEW = 2048  # rows up to which all columns are compared at once
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


class _Asked(NamedTuple):
    """What is asked of the columns of a table: the ranges that are the same in every state, and what else."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    bound: tuple[Column, ...]  # whose range depends on what there is
    narrow: tuple[tuple[int, bool, bool], ...]  # number of the column, whether its low and its high are not those of its dtype
    coded: tuple[tuple[int, NDArray[np.bool_]], ...]
    earlier: tuple[int, ...]
    ascends: int  # -1: none


@cache
def _asked(table: str) -> _Asked:
    declared = columns(TABLES[table])
    ranges, narrow = [], []
    for c in declared:
        room = np.iinfo(c.col.dtype)
        low, high = range_of(c.col) or (int(room.min), int(room.max))
        ranges.append((low, high))
        narrow.append((c.number, low > room.min, high < room.max or bool(c.col.refers or c.col.until)))
    gaps = ((c.number, _gaps(c.col)) for c in declared)
    return _Asked(
        np.array([low for low, _ in ranges]), np.array([high for _, high in ranges]),
        tuple(c for c in declared if c.col.refers or c.col.until), tuple(narrow),
        tuple((number, there) for number, there in gaps if there is not None),
        tuple(c.number for c in declared if c.col.earlier),
        next((c.number for c in declared if c.name == ASCENDING.get(table)), -1),
    )  # fmt: skip


class Limits:
    """What the rows of one table may hold in one stored state; fed with them in order."""

    def __init__(self, table: str, counts: Mapping[str, int]) -> None:
        self.table = table
        self._last: int | None = None  # of the column that ascends
        self._asked = _asked(table)
        self._low, self._high = self._asked.low, self._asked.high
        if self._asked.bound:
            self._high = self._high.copy()
            for c in self._asked.bound:
                self._high[c.number] = (range_of(c.col, counts) or (0, 0))[1]

    def fault(self, matrix: NDArray[Any], first: int = 0, values: Sequence[NDArray[Any]] | None = None) -> Fault | None:
        """What is wrong in these rows (n, columns), the rows from `first` on; None: nothing.

        values   the same column by column, where they are at hand in whole and narrow arrays: many rows are compared faster
        """
        if not len(matrix):
            return None
        asked, at = self._asked, matrix.T if values is None else values
        number = self._beyond(matrix, at)
        if number >= 0:
            column, low, high = self._column(number), int(self._low[number]), int(self._high[number])
            wide = matrix[:, number].astype(np.int64)
            return _found(column, first, wide, (wide < low) | (wide > high), self._allowed(column, low, high))
        for number, there in asked.coded:
            if not there[at[number]].all():
                column = self._column(number)
                return _found(column, first, at[number], ~there[at[number]], self._allowed(column, 0, 0))
        for number in asked.earlier:
            if int(np.maximum.reduce(at[number])) >= first:
                later = at[number] >= np.arange(first, first + len(matrix))
                if later.any():
                    return _found(self._column(number), first, at[number], later, "a row before its own")
        return self._falls(at[asked.ascends], first) if asked.ascends >= 0 else None

    def _beyond(self, matrix: NDArray[Any], at: Any) -> int:
        """The first column with a number beyond its range, or -1."""
        if len(matrix) <= FEW:
            wrong = (matrix < self._low) | (matrix > self._high)
            return int(np.argmax(wrong.any(axis=0))) if wrong.any() else -1
        for number, from_below, from_above in self._asked.narrow:
            if from_below and np.minimum.reduce(at[number]) < self._low[number]:
                return number
            if from_above and np.maximum.reduce(at[number]) > self._high[number]:
                return number
        return -1

    def _falls(self, days: NDArray[Any], first: int) -> Fault | None:
        """The first row of the column that ascends which is below the row before it."""
        falls = days[1:] < days[:-1]
        if falls.any() or (self._last is not None and int(days[0]) < self._last):
            at = int(np.argmax(falls)) + 1 if falls.any() else 0
            before = int(days[at - 1]) if at else self._last
            return Fault(self._column(self._asked.ascends).name, first + at, int(days[at]), f"at least {before}, as before it")
        self._last = int(days[-1])
        return None

    def _column(self, number: int) -> Column:
        return columns(TABLES[self.table])[number]

    @staticmethod
    def _allowed(column: Column, low: int, high: int) -> str:
        known = codes_of(column.col)
        if known:
            return f"a number of {column.col.unit}" + (f" or {column.col.low}" if column.col.low is not None else "")
        if column.col.refers:
            rows = f"a row of {column.col.refers} in 0..{high}" if high >= 0 else f"no row of {column.col.refers}"
            return f"{low} or {rows}" if low < 0 else rows
        return f"{low}..{high}"


def _found(column: Column, first: int, values: NDArray[Any], wrong: NDArray[np.bool_], allowed: str) -> Fault:
    at = int(np.argmax(wrong))
    return Fault(column.name, first + at, int(values[at]), allowed)


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
