"""Room: a day begins only when every array is long enough for all that can happen on it, so no day has to be undone.

What can happen is reckoned once, by `has_room` for the compiled days and by `make_room` for Python, which makes longer what is
too short. How long arrays are decides nothing.
"""

from __future__ import annotations

from ..ground.city import City, power_of_two
from ..ground.codes import K_DEMOLITION, P_BUILDING, P_CLAIMED, P_STANDING
from ..ground.tables import FRONTS, HOMES_VILLAGE, LOT, MONTH, RING, YEAR, Shots
from ..land.lots import SEATS, find_sector, rehash
from ..matter.index import CHUNK_END
from ..society.raid import PATROL, RAID
from ..words.kernel import kernel

# The most that one foreman who plans, one due foreman, one planned work or one hole can add on one day:
PLANNED_AT_ONCE = 1280
BEGUN_AT_ONCE = 8  # planned works that begin on the day of the plan: the crew's first, and ladders
SECTORS_AT_ONCE = 48
WORKS_AT_ONCE = 8
CHUNKS_AT_ONCE = 64  # sectors in whose lists the works of one planned work are entered
EVENTS_AT_ONCE = 6
# People and powers:
CROWD = 160  # at most so many people live in a village on the first day
TOLD_A_PERSON = 12  # events that one person can bring about on one day
SHOTS_AT_ONCE = 32  # that one Wanderer can fire on one day: a shot in each round of a fight, and there are few fights
PARTIES = 3  # that can leave one village on one day, each met once at most
HUNTS = 4  # times that one Wanderer can be met, or hunted, on one day
TOLD_A_BASE = 8  # events of a base: it is founded or destroyed, storms, takes a bay with its node
PLANNED_BY_PEOPLE = 4096  # works that people and powers may plan on one day, and for each village,
PLANNED_BY_A_VILLAGE = 16  # that is driven out, builds again elsewhere and where it was, and takes matter
MEASURED_AFTER = 4096  # works that may be added to a list before the lists are measured again


# ---- what a day may bring --------------------------------------------------------------------------------------------------


@kernel
def longest_list(city: City) -> int:
    """The length of the longest list of works of a sector."""
    longest = 0
    if city.knobs.works:
        for s in range(city.sizes.sectors):
            longest = max(longest, int(city.heads[s, 2]))
    return longest


@kernel
def may_plan(city: City, n: int, day: int) -> bool:
    """Whether foreman n may make the plan of an epoch on a day on which it is due."""
    foreman = city.foremen[n]
    if foreman.phase == P_CLAIMED:
        return True
    period = city.charters[foreman.charter].renovation * city.knobs.renovation_unit_days
    return (foreman.phase == P_BUILDING or foreman.phase == P_STANDING) and day >= foreman.plan_day + period


@kernel
def bays_met(city: City, shot: Shots) -> int:
    """How many bays can have lots in the box of a hole, at most."""
    across = shot.radius // 8 + 2
    return min(1 + (shot.length // LOT + 2) * across * across, city.sizes.foremen + city.today.due)


@kernel
def look_into_lists(city: City, shot: Shots, of_works: bool) -> int:
    """How many sectors there are that a hole meets, or, `of_works`, how many works are in their lists that were not laid as
    repairs and whose box meets its box: a work that lies in three sectors counts three times."""
    wide = 2 * shot.radius + 1
    sx = shot.length if shot.axis == 0 else wide
    sy = shot.length if shot.axis == 1 else wide
    sz = shot.length if shot.axis == 2 else wide
    found = 0
    for kz in range(shot.z >> 6, ((shot.z + sz - 1) >> 6) + 1):
        for ky in range(shot.y >> 6, ((shot.y + sy - 1) >> 6) + 1):
            for kx in range(shot.x >> 6, ((shot.x + sx - 1) >> 6) + 1):
                s = find_sector(city, kx << 2, ky << 2, kz << 2)
                if s < 0:
                    continue
                if not of_works:
                    found += 1
                    continue
                c = int(city.heads[s, 0])
                while c > 0:
                    for i in range(1, CHUNK_END, 3):
                        w = int(city.chunks[c, i]) - 1
                        if w < 0:
                            break
                        work = city.works[w]
                        if (
                            work.kind < K_DEMOLITION
                            and work.target == 0
                            and work.x < shot.x + sx
                            and shot.x < work.x + work.sx
                            and work.y < shot.y + sy
                            and shot.y < work.y + work.sy
                            and work.z < shot.z + sz
                            and shot.z < work.z + work.sz
                        ):
                            found += 1
                    c = int(city.chunks[c, 0])
    return found


@kernel
def look_for_holes(city: City, day: int) -> None:
    """Holes of today: those of the Wanderer are there since yesterday, those of the scenario are still among the orders."""
    today = city.today
    today.fired = city.sizes.shots
    today.pierced = 0
    while today.fired > 0 and city.shots[today.fired - 1].day == day:
        today.fired -= 1
        if city.knobs.works:
            today.pierced += look_into_lists(city, city.shots[today.fired], False)
    today.shooting = city.sizes.shots - today.fired
    k = city.tally.ordered
    while k < len(city.orders) and city.orders[k].day == day:
        if city.knobs.works:
            today.pierced += look_into_lists(city, city.orders[k], False)
        today.shooting += 1
        k += 1
    today.pierced += today.shooting * SECTORS_AT_ONCE * today.due  # in sectors that are claimed today
    today.answering = 0
    today.struck = 0
    today.holed = 0
    while today.answering < today.fired and city.shots[today.fired - 1 - today.answering].day == day - 1:
        shot = city.shots[today.fired - 1 - today.answering]
        today.struck += bays_met(city, shot)
        if city.knobs.works:
            today.holed += look_into_lists(city, shot, True)
        today.answering += 1


@kernel
def look_ahead(city: City, day: int) -> None:
    """Count what is due: foremen, planned works, holes of today and of yesterday."""
    today = city.today
    today.due = 0
    today.planning = 0
    n = int(city.calendar[day & (RING - 1)])
    while n >= 0:
        if city.foremen[n].due == day:
            today.due += 1
            if may_plan(city, n, day):
                today.planning += 1
        n = int(city.links[n, 1])
    today.planned = 0
    if city.knobs.works:
        i = int(city.ring[day & (RING - 1)])
        while i > 0:
            planned = city.plan[i]
            if planned.day == day:
                today.planned += 1
            i = int(planned.next)
        today.planned += BEGUN_AT_ONCE * today.planning + today.due  # a demolition begins on the day of its plan
    look_for_holes(city, day)


@kernel
def reckon(city: City, day: int) -> None:
    """How long each array must be for a day that `look_ahead` has looked at."""
    today, sizes, needs = city.today, city.sizes, city.needs
    needs.foremen = sizes.foremen + today.due
    needs.charters = sizes.charters + today.due
    needs.schools = sizes.schools + today.due
    needs.claims = sizes.claims + 2 * today.due
    needs.shots = sizes.shots + len(city.orders) + SHOTS_AT_ONCE * len(city.wanderers)
    needs.series = sizes.series + 1
    needs.reigns = sizes.reigns + 1
    needs.proposals = today.due
    needs.sectors = sizes.sectors + SECTORS_AT_ONCE * today.due
    needs.persons = sizes.persons
    needs.villages = sizes.villages
    needs.units = sizes.units
    needs.events = sizes.events + EVENTS_AT_ONCE * today.due + today.shooting + today.struck
    if city.knobs.people:
        villages = city.powers.villages + city.knobs.villages + 8
        persons = city.powers.people + 64
        if city.powers.era_day < 0 and day >= city.knobs.era_year * YEAR:
            persons += CROWD * city.knobs.villages  # they all come today
        needs.persons += persons
        needs.villages += villages
        needs.units += (RAID + PARTIES * PATROL) * villages + HUNTS * RAID * len(city.wanderers)
        needs.events += TOLD_A_PERSON * persons + (4 * RAID + 3 * PARTIES * PATROL + 16) * villages + sizes.foremen // 16 + 1024
        needs.events += int(city.fronts[FRONTS + day // MONTH % FRONTS])
        needs.events += TOLD_A_BASE * (city.powers.bases + 1) + sizes.reigns
        if city.powers.override_since >= 0:
            needs.events += 3 * sizes.foremen  # each bay may be told to stop
    needs.acting = max(sizes.persons + sizes.villages + 8, 2 * (today.due + today.planned + today.struck))
    if city.knobs.works:
        # Each bay that was holed lays each work that the hole can have met once more, in the sectors in which it lies already.
        more = today.planned * WORKS_AT_ONCE + today.shooting + today.holed
        grown = today.longest + sizes.works - today.laid_before
        needs.plan = sizes.plan + PLANNED_AT_ONCE * today.planning + today.due + today.struck + PLANNED_BY_PEOPLE + 2
        needs.plan += PLANNED_BY_A_VILLAGE * city.powers.villages
        needs.works = sizes.works + more
        needs.chunks = sizes.chunks + CHUNKS_AT_ONCE * today.planned + today.pierced + today.holed
        needs.works_here = grown + more + 8
        needs.works_holed = today.holed


@kernel
def has_room(city: City, day: int) -> bool:
    """Whether all arrays are long enough for a day."""
    look_ahead(city, day)
    reckon(city, day)
    for k in range(len(city.needs.words)):
        if city.needs.words[k] > city.room.words[k]:
            return False
    return True


@kernel(entry=True)
def reckon_anew(city: City, day: int) -> None:
    """`reckon`, with the lists of works measured again."""
    city.today.longest = longest_list(city)
    city.today.laid_before = city.sizes.works
    look_ahead(city, day)
    reckon(city, day)


# ---- which arrays must be how long -----------------------------------------------------------------------------------------

# Array -> which need it serves, and its length for a need of so many rows: times, and more.
SERVES = {
    **{name: (name, 1, 0) for name in (
        "foremen", "charters", "schools", "claims", "shots", "persons", "villages", "units", "events", "series", "works",
        "plan", "chunks", "proposals", "acting", "works_here", "works_holed", "reigns",
    )},
    "links": ("foremen", 1, 0), "borders": ("foremen", 1, 0), "marks": ("foremen", 1, 1), "reached": ("foremen", 1, 0),
    "candidates": ("foremen", 1, 0), "turning": ("foremen", 1, 0), "carried": ("villages", 1, 0),
    "kin": ("persons", 1, 0), "estates": ("villages", 1, 0), "homes": ("villages", 1, HOMES_VILLAGE),
    "keys": ("sectors", 2, 0), "owners": ("sectors", 1, 0), "heads": ("sectors", 1, 0), "filled": ("sectors", 1, 0),
    "gifts": ("proposals", 6, 0), "ranked": ("proposals", 1, 0), "rank": ("acting", 1, 0),
    "party": ("acting", 1, 0), "works_met": ("works_here", 1, 8),
}  # fmt: skip
OF_MATTER = (
    "works",
    "plan",
    "heads",
    "filled",
    "chunks",
    "works_here",
    "works_met",
    "works_holed",
)  # not asked for in outline mode


def measure_room(city: City) -> None:
    """How many rows each need could have as the arrays are; compiled days compare with it."""
    city.room.words[:] = 1 << 62
    for array, (need, times, more) in SERVES.items():
        if city.scenario.works or array not in OF_MATTER:
            rows = (len(city.array(array)) - more) // times
            setattr(city.room, need, min(rows, getattr(city.room, need)))


def make_room(city: City) -> None:
    """Make longer whatever may be too short for the day that is due."""
    reckon_anew(city, city.day)
    needs = city.needs
    needs.works_here += MEASURED_AFTER
    for array, (need, times, more) in SERVES.items():
        least = int(getattr(needs, need)) * times + more
        if array == "keys":
            if least > len(city.keys):
                rehash(city, power_of_two(3 * int(needs.sectors)))
        elif city.scenario.works or array not in OF_MATTER:
            city.grow(array, least)
    city.grow("slots", len(city.keys) + SEATS * len(city.foremen))


__all__ = ["has_room", "longest_list", "make_room", "measure_room"]
