"""People take power and matter from the city, and break the conduits of the eyes that hunt them.

Who lives in a machine lives on it. A village taps the power of its bay, which then builds and breeds later; breaks blocks
out of pillars, which their owners fill again; and, when it has arms and has been raided, blinds an eye. So a city with people
is not the same city, and the more people the less.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    P_BUILDING,
    P_STANDING,
    R_SABOTAGE,
    R_SALVAGE,
    S_BAY,
    S_OPEN_BAY,
    V_CONDUITS_BROKEN,
    V_SALVAGED,
)
from ..ground.rng import draws
from ..ground.tables import UNIT, YEAR
from ..land.survey import has_pillar
from ..society.alert import village_alarm, village_alert_on
from ..society.energy import take_power
from ..society.eyes import ALL_SIDES, working_eye
from ..society.graph import begin_search, neighbour, widen
from ..society.people import precedence
from ..society.settlement import ARMED, STORE_MOST, feeds, founding_of, look_around
from ..society.units import harvest, refill
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="salvage",
    says="People tap the power of their bay, break matter out of the city, and blind the eyes of bays that have raided them.",
    writes=(
        "villages.dark", "villages.arms", "villages.store", "villages.alert", "villages.alert_day", "villages.sense",
        "villages.capacity", "foremen.energy", "foremen.damaged", "foremen.broken", "foremen.mended", "foremen.plan_hash",
        "foremen.planned", "powers.mass_salvaged", "tally.planned", "tally.charged", "events", "plan",
    ),
    knobs=("village_tap", "salvage", "conduit_breaking", "power_cap", "capacity_base", "capacity_service", "capacity_most"),
    streams=("SALVAGE", "SABOTAGE"),
    source="a rule of this world; docs/theory/salvage.md",
)  # fmt: skip

PPM = 1_000_000
CROWDED_PERCENT = 85  # of what its place feeds: from there on a village is in need of more
CROWDED_FULL = 115  # there its need is as great as it gets
CELLS_LEAST = 8  # of a block, and one more for four people
ARMS_GAINED = 3  # weapons that are made of a block
STORE_GAINED = 20  # days of food that are had for one, where there are weapons enough
REFILLED_AFTER = YEAR  # the owner fills the hole so long after
EYE_HOPS = 2
ARMED_EIGHTH = 8  # a weapon for so many people: then Safeguard, too, takes them for armed
RAIDED = 192  # local alert (/256) from which a village breaks conduits: for some three years after it beat off a raid
RAID_RECALLED = 20 * YEAR  # it remembers a raid so long
BLIND_LEAST, BLIND_SPREAD = 2 * YEAR, 4 * YEAR  # days until broken conduits are mended
SABOTAGE_ALARMS = 64  # what it adds to the alert about the village, /256
SEEN_PPM = 300_000  # it is seen, and units come at once


# ---- power -----------------------------------------------------------------------------------------------------------


@kernel(entry=True)
def tap(city: City, v: int, day: int) -> None:
    """Village v takes its year's power out of its bay, as much as there is; where there is none it lives in the dark."""
    village = city.villages[v]
    wanted = city.knobs.village_tap * village.people * UNIT
    village.dark = 0
    if wanted > 0:
        taken = take_power(city, village.bay, wanted, day)
        village.dark = 100 * (wanted - taken) // wanted


# ---- matter ----------------------------------------------------------------------------------------------------------


@kernel(entry=True)
def need_percent(city: City, v: int) -> int:
    """How much village v needs what it does not have, 0..100: half of it weapons, half of it room."""
    village = city.villages[v]
    wanted = village.people // ARMED
    short = 50 * max(0, wanted - village.arms) // max(1, wanted)
    over = village.people * 100 // feeds(city, v) - CROWDED_PERCENT
    return short + 50 * min(max(0, over), CROWDED_FULL - CROWDED_PERCENT) // (CROWDED_FULL - CROWDED_PERCENT)


@kernel
def has_matter(city: City, n: int, day: int) -> bool:
    """Whether a pillar stands in bay n, and an owner who will fill what is broken out of it."""
    bay = city.foremen[n]
    if bay.site != S_BAY and bay.site != S_OPEN_BAY:
        return False
    built = bay.phase == P_STANDING or (bay.phase == P_BUILDING and day >= bay.shell_done)
    return built and has_pillar(city.charters[bay.charter], bay.x, bay.y, bay.z)


@kernel(entry=True)
def quarry(city: City, v: int, day: int) -> int:
    """The bay, its own or a neighbour, out of which village v breaks a block: the lowest draw; -1: there is none."""
    village = city.villages[v]
    best = -1
    lowest = 0
    for side in range(-1, 6):
        n = village.bay if side < 0 else neighbour(city, village.bay, side)
        if n < 0 or not has_matter(city, n, day):
            continue
        name = city.foremen[n].name
        rank = precedence(draws(city.knobs.seed, R_SALVAGE, day, name, 1 + (village.name & 0xFFFF))[0], name)
        if best < 0 or rank < lowest:
            best = n
            lowest = rank
    return best


@kernel(entry=True)
def break_out(city: City, v: int, n: int, day: int) -> None:
    """Village v breaks a block out of bay n and makes weapons of it, or has food for it; its owner fills the hole in a year."""
    village, bay = city.villages[v], city.foremen[n]
    cells = CELLS_LEAST + village.people // 4
    chance = city.knobs.salvage * need_percent(city, v) // 100 * 1000
    if village.arms < village.people // ARMED:
        village.arms = min(village.arms + ARMS_GAINED, village.people // ARMED)
    else:
        village.store = min(village.store + STORE_GAINED * village.people, STORE_MOST * feeds(city, v))
    _, place, roll, again = draws(city.knobs.seed, R_SALVAGE, day, village.name, 0)
    harvest(city, n, cells, place, roll, day)
    refill(city, n, cells, place, again, day + REFILLED_AFTER)
    bay.energy -= cells * UNIT
    city.tally.charged += cells
    city.powers.mass_salvaged += cells
    tell(city, day, V_SALVAGED, village.name, bay.name, bay.name, cells, founding_of(city, v), chance)


# ---- eyes ------------------------------------------------------------------------------------------------------------


@kernel
def last_raid(city: City, v: int, day: int) -> int:
    """The name of the event that last sent units against village v within twenty years, or 0."""
    u = city.sizes.units - 1
    while u >= 0 and city.units[u].made >= day - RAID_RECALLED:
        if city.units[u].village == v:
            return city.units[u].raid
        u -= 1
    return 0


@kernel(entry=True)
def eye_within_reach(city: City, v: int, day: int) -> int:
    """The bay with an eye that sees, fewest hops from village v and at most two: the lowest name; -1: there is none."""
    first = 0
    found = begin_search(city, city.villages[v].bay)
    for hops in range(EYE_HOPS + 1):
        best = -1
        for i in range(first, found):
            n = city.reached[i].bay
            if working_eye(city, n, day) and (best < 0 or city.foremen[n].name < city.foremen[best].name):
                best = n
        if best >= 0 or hops == EYE_HOPS:
            return best
        first, found = found, widen(city, False, first, found)
    return -1


@kernel(entry=True)
def break_conduits(city: City, v: int, day: int) -> int:
    """Village v, that has arms and was raided, may blind the nearest eye. Returns the name of the deed if it was seen."""
    village = city.villages[v]
    if ARMED_EIGHTH * village.arms < village.people or village_alert_on(city, v, day) < RAIDED:
        return 0
    will, long, seen, _ = draws(city.knobs.seed, R_SABOTAGE, day, village.name, 0)
    if will * PPM >> 32 >= city.knobs.conduit_breaking:
        return 0
    raid = last_raid(city, v, day)
    n = eye_within_reach(city, v, day)
    if raid == 0 or n < 0:
        return 0
    bay = city.foremen[n]
    blind = BLIND_LEAST + (long * BLIND_SPREAD >> 32)
    cells = 2 * bay.pitch + bay.height  # from its middle to the middles of its six sides
    bay.broken = ALL_SIDES
    bay.mended = max(bay.mended, day + blind)
    bay.energy -= cells * UNIT
    bay.damaged = day
    city.tally.charged += cells
    tell(city, day, V_CONDUITS_BROKEN, village.name, bay.name, bay.name, blind, raid, city.knobs.conduit_breaking * 1000)
    village_alarm(city, v, day, SABOTAGE_ALARMS)
    look_around(city, v, day)
    return event_name(day, V_CONDUITS_BROKEN, village.name, bay.name) if seen * PPM >> 32 < SEEN_PPM else 0


@kernel(entry=True)
def take_from_city(city: City, v: int, day: int) -> int:
    """What village v takes from the city in a year. Returns the name of the event for which it is hunted at once, or 0."""
    knobs = city.knobs
    tap(city, v, day)
    ticket = draws(knobs.seed, R_SALVAGE, day, city.villages[v].name, 1 << 20)[0] * PPM >> 32
    if ticket < knobs.salvage * need_percent(city, v) // 100:
        n = quarry(city, v, day)
        if n >= 0:
            break_out(city, v, n, day)
    return break_conduits(city, v, day)
