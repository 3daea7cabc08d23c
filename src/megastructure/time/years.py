"""Time passes: days are lived in compiled calls of many, and arrays are made longer between two calls."""

from __future__ import annotations

from ..ground.city import City
from ..ground.tables import YEAR
from ..words.errors import NoMemory
from .room import make_room, measure_room


def advance(city: City, end: int) -> int:
    """Live all days before `end`. Returns the day reached, which is `end`.

    errors   NoMemory: an array cannot be made as long as a day needs it; the city is as it was before that day
    """
    assert len(city.owners), "this city can only be looked at"
    while city.day < end:
        city.day = attempt(city, end)
        if city.day < end:
            try:
                make_room(city)
            except MemoryError as problem:
                held = sum(city.memory().values()) // 1_000_000
                when = f"day {city.day:,} (year {city.day // YEAR:,})"
                raise NoMemory(f"{when}: not enough memory: {problem}; the city holds {held:,} MB already") from None
    return city.day


def attempt(city: City, end: int) -> int:
    """Live days until `end` or until an array is too short; returns the day reached."""
    from .tick import days  # a run that is only read never compiles the laws

    measure_room(city)
    return int(days(city, city.day, end))


__all__ = ["advance", "attempt"]
