"""How tables, genes and knobs are declared: once, with dtype, unit and meaning; everything else is derived.

A table is a matrix of integers with one row per thing and one column per declared field. Kernels use the plain column
numbers that stand beside each declaration (`F_X` for `Foremen.x`); a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_type_hints


@dataclass(frozen=True)
class Col:
    """One column: dtype in the archive, unit, meaning, and the register that its serials point into."""

    dtype: str
    unit: str
    says: str
    refers: str = ""


@dataclass(frozen=True)
class Gene(Col):
    """A heritable column of a charter: range and the founder's value."""

    low: int = 0
    high: int = 0
    founder: int = 0


@dataclass(frozen=True)
class Column:
    """A declared column with its name and number."""

    name: str
    number: int
    col: Col


class Table:
    """Base of table declarations; never made into objects."""


_KNOWN: dict[type[Table], tuple[Column, ...]] = {}


def columns(table: type[Table]) -> tuple[Column, ...]:
    """The declared columns in order."""
    if table not in _KNOWN:
        hints: dict[str, Any] = get_type_hints(table, include_extras=True)
        found = []
        for name, hint in hints.items():
            _, col = get_args(hint)
            found.append(Column(name, len(found), col))
        _KNOWN[table] = tuple(found)
    return _KNOWN[table]


def column(table: type[Table], name: str) -> Column:
    """The column of that name."""
    return next(c for c in columns(table) if c.name == name)


__all__ = ["Annotated", "Col", "Column", "Gene", "Table", "column", "columns"]
