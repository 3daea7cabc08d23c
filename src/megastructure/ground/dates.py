"""Who decides when: a calendar is a ring of buckets of days, each a doubly linked list of rows."""

from __future__ import annotations

from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, kernel
from .tables import F_DUE, RING


@kernel(NOTHING(i8m, i4v, i4m, i8, i8))
def set_due(foremen, calendar, links, n, day):
    """Move foreman n to the bucket of its next due day (-1: to none)."""
    before = foremen[n, F_DUE]
    if before >= 0:
        previous = int(links[n, 0])
        following = int(links[n, 1])
        if previous < 0:
            calendar[before & (RING - 1)] = following
        else:
            links[previous, 1] = following
        if following >= 0:
            links[following, 0] = previous
    foremen[n, F_DUE] = day
    if day >= 0:
        first = int(calendar[day & (RING - 1)])
        links[n, 0] = -1
        links[n, 1] = first
        if first >= 0:
            links[first, 0] = n
        calendar[day & (RING - 1)] = n
