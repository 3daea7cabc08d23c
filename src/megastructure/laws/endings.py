"""How a history turns out: the days on which it was restored, relapsed, was purged or ran out of people, and its label.

Nothing here changes what anybody does. Milestones are judged on the first day of a month from counts that stand, so that
every view of a history names the same day.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.codes import (
    A_AUTHORITY,
    V_EXTINCT,
    V_PURGE,
    V_RELAPSE,
    V_RESTORED,
    Ending,
)
from ..ground.rng import lineage
from ..ground.scenario import Q_SEED
from ..ground.tables import (
    F_ALLEGIANCE,
    PO_ERA_DAY,
    PO_EXTINCT,
    PO_LOCKED,
    PO_OBEYED_SINCE,
    PO_OVERRIDDEN,
    PO_OVERRIDE_EVENT,
    PO_PEOPLE,
    PO_PURGED,
    PO_RELAPSED,
    PO_RESTORED,
    VI_BAY,
    VI_PEOPLE,
    Y_CHARGED,
    Y_PEOPLE,
    Y_YEAR,
    YEAR,
    Z_SERIES,
)
from ..ground.world import COMMON, HOMES_MONTH, MONTH
from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, kernel, three
from .law import Law

LAW = Law(
    name="endings",
    says="A history is restored, extinct, locked or contested; purges and relapses are noted on the way.",
    writes=(
        "powers.extinct", "powers.purged", "powers.obeyed_since", "powers.restored", "powers.relapsed", "events",
    ),
    knobs=(),
    streams=(),
    source="Definitions of this project; docs/theory/endings.md",
)  # fmt: skip

CONTESTED, RESTORED, EXTINCT, LOCKED = int(Ending.CONTESTED), int(Ending.RESTORED), int(Ending.EXTINCT), int(Ending.LOCKED)
FEWEST = 4  # people; fewer are no remnant
PURGE_YEARS = 50  # a third of the people within so many years, from 200 at least
PURGE_PEOPLE = 200
PURGE_PAUSE = 100 * YEAR  # two purges lie at least so far apart
SOCIETY_PEOPLE = 100  # a society restored has so many people in so many villages, all under the Authority,
SOCIETY_VILLAGES = 3
OBEYED = 10 * YEAR  # and obeys for so long
BEFORE = 10  # years before the override with which construction is compared
STOPPED_PERCENT = 1
RESUMED_PERCENT = 10


@kernel(i8(i8m), entry=True)
def ending(powers):
    """The label of a history that has come this far: an `Ending`."""
    if powers[0, PO_RESTORED] >= 0:
        return RESTORED
    if powers[0, PO_EXTINCT] >= 0:
        return EXTINCT
    if powers[0, PO_LOCKED] >= 0:
        return LOCKED
    return CONTESTED


@kernel(three(i8m, i8m, i4m, i4v), entry=True)
def society(foremen, villages, estates, homes):
    """Standing villages; those of them whose bay obeys the Authority; people in those."""
    standing = 0
    obeying = 0
    people = 0
    for d in range(MONTH):
        v = int(homes[HOMES_MONTH + d])
        while v >= 0:
            standing += 1
            if foremen[villages[v, VI_BAY], F_ALLEGIANCE] == A_AUTHORITY:
                obeying += 1
                people += villages[v, VI_PEOPLE]
            v = int(estates[v, 0])
    return standing, obeying, people


@kernel(i8(i8m, i8, i8))
def charged_until(series, rows, year):
    """Power charged for works up to the end of a year of the city that is in the series; 0 before its first row."""
    row = rows - 1 - (series[rows - 1, Y_YEAR] - year)
    return series[row, Y_CHARGED] if row >= 0 else 0


@kernel(i8(i8m, i8, i8), entry=True)
def construction_percent(series, rows, overridden):
    """Power charged for works in the last full year, in percent of the yearly mean of the ten years before the override.

    Rounded up. Huts and what units are made of are charged to nobody. -1 when no full year has passed since the year of the
    override, or nothing was charged before it.
    """
    before = overridden // YEAR  # the last full year before it
    if rows == 0 or series[rows - 1, Y_YEAR] < before + 2:
        return -1
    last = series[rows - 1, Y_YEAR]
    years = min(BEFORE, before)
    planned = charged_until(series, rows, before) - charged_until(series, rows, before - years)
    if planned <= 0:
        return -1
    year = series[rows - 1, Y_CHARGED] - charged_until(series, rows, last - 1)
    return (year * years * 100 + planned - 1) // planned


@kernel(i8(i8m, i8), entry=True)
def most_people(series, rows):
    """The most people at the end of one of the last fifty years."""
    most = 0
    for y in range(max(0, rows - PURGE_YEARS), rows):
        most = max(most, series[y, Y_PEOPLE])
    return most


@kernel(NOTHING(*COMMON, i8m, i8), entry=True)
def judge(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    series, day,
):  # fmt: skip
    """The first day of a month: milestones and ends.

    reads    counts of the powers, allegiance of the bays of villages, the series (`people`, `charged`)
    writes   the days of EXTINCT, PURGE, RESTORED and RELAPSE in the powers, and their events; `who` is the name of the era
    """
    foremen, _, _, villages, _, _, powers, events, _ = world
    if powers[0, PO_ERA_DAY] < 0:
        return
    era = lineage(knobs[Q_SEED], powers[0, PO_ERA_DAY], 0)
    rows = sizes[Z_SERIES]
    people = powers[0, PO_PEOPLE]
    if people < FEWEST and powers[0, PO_EXTINCT] < 0:
        powers[0, PO_EXTINCT] = day
        tell(events, sizes, day, V_EXTINCT, era, 0, 0, people, 0, 0)
    if powers[0, PO_PURGED] < 0 or day - powers[0, PO_PURGED] >= PURGE_PAUSE:
        most = most_people(series, rows)
        if most >= PURGE_PEOPLE and 3 * people <= 2 * most:
            powers[0, PO_PURGED] = day
            tell(events, sizes, day, V_PURGE, era, 0, 0, people, 0, 0)
    if powers[0, PO_OVERRIDDEN] < 0 or (powers[0, PO_RESTORED] >= 0 and powers[0, PO_RELAPSED] >= 0):
        return
    standing, obeying, governed = society(foremen, villages, estates, homes)
    construction = construction_percent(series, rows, powers[0, PO_OVERRIDDEN])
    if powers[0, PO_RESTORED] >= 0:
        if 2 * obeying < standing or construction > RESUMED_PERCENT:
            powers[0, PO_RELAPSED] = day
            restored = event_name(powers[0, PO_RESTORED], V_RESTORED, era, 0)
            years = (day - powers[0, PO_RESTORED]) // YEAR
            tell(events, sizes, day, V_RELAPSE, era, 0, 0, years, restored, 0)
        return
    stopped = 0 <= construction <= STOPPED_PERCENT
    if not (stopped and 2 * obeying >= standing and obeying >= SOCIETY_VILLAGES and governed >= SOCIETY_PEOPLE):
        powers[0, PO_OBEYED_SINCE] = -1
        return
    if powers[0, PO_OBEYED_SINCE] < 0:
        powers[0, PO_OBEYED_SINCE] = day
    if day - powers[0, PO_OBEYED_SINCE] >= OBEYED:
        powers[0, PO_RESTORED] = day
        tell(events, sizes, day, V_RESTORED, era, 0, 0, governed, powers[0, PO_OVERRIDE_EVENT], 0)
