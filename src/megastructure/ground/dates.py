"""Who decides when. The calendar of foremen is a ring of buckets of days, each a doubly linked list of rows.

`homes` holds the heads of other such lists: of persons by the day of the year on which they act, of villages by the day of the
month on which they are looked at, and of the people of each village; `fronts` those of bays by the month in which they are
asked in the struggle (society/allegiance.py).
"""

from __future__ import annotations

from ..words.kernel import kernel
from .city import City
from .tables import RING


@kernel
def set_due(city: City, n: int, day: int) -> None:
    """Move foreman n to the bucket of its next due day (-1: to none)."""
    foreman = city.foremen[n]
    before = foreman.due
    if before >= 0:
        previous = int(city.links[n, 0])
        following = int(city.links[n, 1])
        if previous < 0:
            city.calendar[before & (RING - 1)] = following
        else:
            city.links[previous, 1] = following
        if following >= 0:
            city.links[following, 0] = previous
    foreman.due = day
    if day >= 0:
        first = int(city.calendar[day & (RING - 1)])
        city.links[n, 0] = -1
        city.links[n, 1] = first
        if first >= 0:
            city.links[first, 0] = n
        city.calendar[day & (RING - 1)] = n
