"""Rows of a table by hand."""

from __future__ import annotations

import numpy as np

from megastructure.ground.tables import TABLES
from megastructure.words.declare import columns


def rows(table: str, count: int, **values: object) -> np.ndarray:
    """A table of `count` rows; columns that are not given are 0."""
    made = np.zeros((count, len(columns(TABLES[table]))), np.int64)
    for c in columns(TABLES[table]):
        if c.name in values:
            made[:, c.number] = values.pop(c.name)
    assert not values, f"{table}: no columns {list(values)}"
    return made
