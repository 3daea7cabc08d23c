"""The row of an event. An event has a name, which says nothing but (day, kind, who, whom): so whoever was led to something by
it can name it without having seen its row, and a fork names the same event alike.
"""

from __future__ import annotations

from ..words.kernel import kernel
from .city import City
from .rng import lineage

CERTAIN = 1_000_000_000  # the chance of what was drawn and could not fail, in ppb


@kernel(entry=True)
def event_name(day: int, kind: int, who: int, whom: int) -> int:
    """The name of an event."""
    return lineage(who, day, (kind << 24) ^ (whom & 0xFFFFFF) ^ ((whom >> 24) & 0xFFFFFFFF))


@kernel(entry=True)
def tell(city: City, day: int, kind: int, who: int, whom: int, place: int, magnitude: int, cause: int, chance: int) -> None:
    """Write an event. `cause`: the name of the event that led to it, or 0; `chance`: in ppb, 0 if it was not drawn."""
    i = city.sizes.events
    city.sizes.events = i + 1
    event = city.events[i]
    event.day = day
    event.kind = kind
    event.who = who
    event.whom = whom
    event.place = place
    event.magnitude = magnitude
    event.cause = cause
    event.chance_ppb = chance
    event.name = event_name(day, kind, who, whom)


@kernel
def later(city: City, a: int, b: int) -> bool:
    """Whether event row a stands after row b in the order of their day."""
    event = city.events[a]
    told = city.events[b]
    if event.kind != told.kind:
        return event.kind > told.kind
    if event.who != told.who:
        return event.who > told.who
    return event.whom > told.whom


@kernel
def order_events(city: City, first: int, end: int) -> None:
    """Put the events of one day in order of (kind, who, whom); there are few."""
    for i in range(first + 1, end):
        j = i
        while j > first and later(city, j - 1, j):
            one, other = city.events[j - 1].words, city.events[j].words
            for c in range(len(one)):
                one[c], other[c] = other[c], one[c]
            j -= 1
