"""The row of an event. An event has a name, which says nothing but (day, kind, who, whom): so whoever was led to something by
it can name it without having seen its row, and a fork names the same event alike.
"""

from __future__ import annotations

from ..words.kernel import NOTHING, flag, i8, i8m, i8v, kernel
from .rng import lineage
from .tables import (
    V_CAUSE,
    V_CHANCE,
    V_DAY,
    V_KIND,
    V_MAGNITUDE,
    V_NAME,
    V_PLACE,
    V_WHO,
    V_WHOM,
    Z_EVENTS,
)

CERTAIN = 1_000_000_000  # the chance of what was drawn and could not fail, in ppb


@kernel(i8(i8, i8, i8, i8), entry=True)
def event_name(day, kind, who, whom):
    """The name of an event."""
    return lineage(who, day, (kind << 24) ^ (whom & 0xFFFFFF) ^ ((whom >> 24) & 0xFFFFFFFF))


@kernel(NOTHING(i8m, i8v, i8, i8, i8, i8, i8, i8, i8, i8), entry=True)
def tell(events, sizes, day, kind, who, whom, place, magnitude, cause, chance):
    """Write an event. `cause`: the name of the event that led to it, or 0; `chance`: in ppb, 0 if it was not drawn."""
    i = sizes[Z_EVENTS]
    sizes[Z_EVENTS] = i + 1
    events[i, V_DAY] = day
    events[i, V_KIND] = kind
    events[i, V_WHO] = who
    events[i, V_WHOM] = whom
    events[i, V_PLACE] = place
    events[i, V_MAGNITUDE] = magnitude
    events[i, V_CAUSE] = cause
    events[i, V_CHANCE] = chance
    events[i, V_NAME] = event_name(day, kind, who, whom)


@kernel(flag(i8m, i8, i8))
def later(events, a, b):
    """Whether event row a stands after row b in the order of their day."""
    if events[a, V_KIND] != events[b, V_KIND]:
        return events[a, V_KIND] > events[b, V_KIND]
    if events[a, V_WHO] != events[b, V_WHO]:
        return events[a, V_WHO] > events[b, V_WHO]
    return events[a, V_WHOM] > events[b, V_WHOM]


@kernel(NOTHING(i8m, i8, i8))
def order_events(events, first, end):
    """Put the events of one day in order of (kind, who, whom); there are few."""
    for i in range(first + 1, end):
        j = i
        while j > first and later(events, j - 1, j):
            for c in range(events.shape[1]):
                events[j - 1, c], events[j, c] = events[j, c], events[j - 1, c]
            j -= 1
