"""How a history turns out: the days on which it was restored, relapsed, was purged or ran out of people, and its label.

Nothing here changes what anybody does. Milestones are judged on the first day of a month from counts that stand, so that
every view of a history names the same day.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import V_EXTINCT, V_PURGE, V_RELAPSE, V_RESTORED, Ending
from ..ground.rng import lineage
from ..ground.tables import HOMES_MONTH, MONTH, YEAR
from ..society.reigns import reign_of
from ..words.kernel import kernel
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
SOCIETY_PEOPLE = 100  # a society restored has so many people in so many villages, all under a reign of the Authority,
SOCIETY_VILLAGES = 3
OBEYED = 10 * YEAR  # and lives so for so long
RELAPSED_PART = 3  # it has relapsed when fewer than one village in so many does


@kernel(entry=True)
def ending(city: City) -> int:
    """The label of a history that has come this far: an `Ending`."""
    powers = city.powers
    if powers.restored >= 0:
        return RESTORED
    if powers.extinct >= 0:
        return EXTINCT
    if powers.locked >= 0:
        return LOCKED
    return CONTESTED


@kernel(entry=True)
def society(city: City) -> tuple[int, int, int]:
    """Standing villages; those of them that live under a standing reign of the Authority; people in those."""
    standing = 0
    obeying = 0
    people = 0
    for d in range(MONTH):
        v = int(city.homes[HOMES_MONTH + d])
        while v >= 0:
            standing += 1
            village = city.villages[v]
            if reign_of(city, village.bay) >= 0:
                obeying += 1
                people += village.people
            v = int(city.estates[v, 0])
    return standing, obeying, people


@kernel(entry=True)
def most_people(city: City, rows: int) -> int:
    """The most people at the end of one of the last fifty years."""
    most = 0
    for y in range(max(0, rows - PURGE_YEARS), rows):
        most = max(most, city.series[y].people)
    return most


@kernel(entry=True)
def judge(city: City, day: int) -> None:
    """The first day of a month: milestones and ends.

    reads    counts of the powers, reigns of the bays of villages, people in the series
    writes   the days of EXTINCT, PURGE, RESTORED and RELAPSE in the powers, and their events; `who` is the name of the era
    """
    powers, rows = city.powers, city.sizes.series
    if powers.era_day < 0:
        return
    era = lineage(city.knobs.seed, powers.era_day, 0)
    if powers.people < FEWEST and powers.extinct < 0:
        powers.extinct = day
        tell(city, day, V_EXTINCT, era, 0, 0, powers.people, 0, 0)
    if powers.purged < 0 or day - powers.purged >= PURGE_PAUSE:
        most = most_people(city, rows)
        if most >= PURGE_PEOPLE and 3 * powers.people <= 2 * most:
            powers.purged = day
            tell(city, day, V_PURGE, era, 0, 0, powers.people, 0, 0)
    if powers.overridden < 0 or (powers.restored >= 0 and powers.relapsed >= 0):
        return
    standing, obeying, governed = society(city)
    if powers.restored >= 0:
        if RELAPSED_PART * obeying < standing:
            powers.relapsed = day
            restored = event_name(powers.restored, V_RESTORED, era, 0)
            tell(city, day, V_RELAPSE, era, 0, 0, (day - powers.restored) // YEAR, restored, 0)
        return
    if not (2 * obeying >= standing and obeying >= SOCIETY_VILLAGES and governed >= SOCIETY_PEOPLE):
        powers.obeyed_since = -1
        return
    if powers.obeyed_since < 0:
        powers.obeyed_since = day
    if day - powers.obeyed_since >= OBEYED:
        powers.restored = day
        tell(city, day, V_RESTORED, era, 0, 0, governed, powers.override_event, 0)
