"""Copies of cities: their tables as they were, and another city that is taken up from them."""

from __future__ import annotations

import numpy as np

from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.time.rebuild import load


def as_it_was(city: City) -> dict[str, np.ndarray]:
    """Copies of all tables."""
    return {name: city.table(name).copy() for name in t.TABLES}


def copy_of(city: City, told_before: np.ndarray | None = None) -> City:
    """Another city with the same tables, in which everything else is rebuilt.

    `told_before`: events that `city` itself no longer holds, because it was taken up from stored tables.
    """
    tables = as_it_was(city)
    if told_before is not None:
        tables["events"] = np.concatenate([told_before, tables["events"]])
    other = City(city.scenario, 1)
    load(other, city.day, tables)
    return other
