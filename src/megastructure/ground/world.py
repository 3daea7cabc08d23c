"""What every law of people and powers is handed: the same arguments in the same order, named once.

    keys, slots, owners   who owns a lot (lots.py)
    world                 nine tables: foremen, charters, persons, villages, units, wanderers, powers, events, shots
    plan, ring            planned works and their calendar (plans.py)
    sizes, knobs, tally   rows in use; the scenario; what laws have counted
    kin, estates, homes   lists of people and villages, and their heads (people.py)
    fronts, borders       lists of bays by the month in which they are asked in the struggle (allegiance.py)
    marks, reached        working memory of a search in the graph of bays (graph.py)

A law unpacks `world` at its top. Everything from `kin` on follows from the tables and is rebuilt from them (rebuild.py).
"""

from __future__ import annotations

from typing import Any

from ..words.kernel import four, i4m, i4v, i8, i8m, i8v, kernel, types
from .scenario import Q_PEOPLE, Q_VILLAGES
from .tables import PO_PEOPLE, PO_VILLAGES, Z_FOREMEN

WORLD: Any = types.UniTuple(i8m, 9)  # type: ignore[no-untyped-call]
COMMON = (i8v, i4v, i4m, WORLD, i4m, i4v, i8v, i8v, i8v, i4m, i4m, i4v, i4v, i4m, i8v, i8m)

MONTH = 30  # days
FRONTS = 768  # lists of bays that are asked in the struggle: one for each month of 64 years, and as many counts of bays
# `homes` holds the heads of the lists: of persons by the day of the year on which they act, of villages by the day of the
# month on which they are looked at, and of the people of each village.
HOMES_MONTH = 360
HOMES_VILLAGE = HOMES_MONTH + MONTH
CROWD = 160  # at most so many people live in a village on the first day
TOLD_A_PERSON = 12  # events that one person can bring about on one day
RAID = 64  # units of one raid at most
PLANNED_BY_PEOPLE = 4096  # works that people and powers may plan on one day


@kernel(four(i8m, i8v, i8v, i4v, i8), entry=True)
def headroom(powers, knobs, sizes, fronts, day):
    """The most rows that people and powers can add on one day: of events, persons, villages, units."""
    if knobs[Q_PEOPLE] == 0:
        return 0, 0, 0, 0
    villages = powers[0, PO_VILLAGES] + knobs[Q_VILLAGES] + 8
    persons = powers[0, PO_PEOPLE] + CROWD * knobs[Q_VILLAGES] + 64
    told = TOLD_A_PERSON * persons + (4 * RAID + 16) * villages + sizes[Z_FOREMEN] // 16 + 1024
    told += int(fronts[FRONTS + day // MONTH % FRONTS])
    return told, persons, villages, RAID * villages
