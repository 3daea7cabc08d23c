"""Where a village can be, what its place feeds, who is near it, and how one is founded.

Every search goes out over the graph of bays; of several equal answers the one with the lowest draw is taken, keyed by what is
chosen and by who chooses.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    E_MASS,
    K_DWELLING,
    P_BUILDING,
    P_RELEASED,
    P_STANDING,
    R_REFUGE,
    R_SETTLING,
    S_BAY,
    V_SERVICE_MENDED,
    V_VILLAGE_FOUNDED,
    V_VILLAGE_SETTLED,
)
from ..ground.rng import draws
from ..ground.tables import ARMED_OUT
from ..land.survey import pillar_axis, pillar_half_width
from ..words.kernel import kernel
from .eyes import working_eye
from .graph import begin_search, neighbour, through_plate, widen, within
from .parties import walk_party
from .people import add_village, precedence
from .plans import begin_work, place_work, write_plan
from .reigns import reign_of

HOPS_SEEN = 2  # what lies so near feeds a village, and senses it
HUTS_LEAST = 3
HUTS_SPREAD = 4  # 3..6 huts
FIRST_HUT = 16  # index of the draws of the first hut
REFOUND_HOPS = 4
REFUGE_HOPS = 8
PPM = 1_000_000
STORE_MOST = 360  # days of food for as many as the place feeds
ARMED = 5  # one in so many, once there has been time; half as many in a new village
DIM_PERCENT = 10  # of what a place feeds is lost where its bay gives no power at all


@kernel(entry=True)
def habitable(city: City, n: int, day: int) -> bool:
    """Whether people can found a village in bay n: a plate to stand on, no village, no node of the Authority."""
    bay = city.foremen[n]
    built = bay.phase == P_STANDING or (bay.phase == P_BUILDING and day >= bay.shell_done)
    return built and bay.site == S_BAY and bay.village < 0 and bay.node == 0


@kernel(entry=True)
def founding_of(city: City, v: int) -> int:
    """The name of the event with which village v began."""
    village = city.villages[v]
    if village.parent < 0:
        return event_name(village.founded, V_VILLAGE_SETTLED, village.name, 0)
    return event_name(village.founded, V_VILLAGE_FOUNDED, village.name, city.villages[village.parent].name)


@kernel(entry=True)
def look_around(city: City, v: int, day: int) -> int:
    """Bring capacity and sense of village v up to date; returns the nearest bay with services (lowest name), or -1."""
    knobs = city.knobs
    village = city.villages[v]
    found = within(city, village.bay, HOPS_SEEN)
    live = 0
    eyes = 0
    services = 0
    nearest = -1
    hops = 0
    for i in range(found):
        near = city.reached[i]
        bay = city.foremen[near.bay]
        if bay.phase == P_RELEASED:
            continue
        live += 1
        if working_eye(city, near.bay, day):
            eyes += 1
        if bay.services > 0:
            services += 1
            if nearest < 0 or (near.hops == hops and bay.name < city.foremen[nearest].name):
                nearest = near.bay
                hops = near.hops
    village.sense = 256 * eyes // max(1, live)
    village.capacity = min(knobs.capacity_base + knobs.capacity_service * services, knobs.capacity_most)
    if reign_of(city, village.bay) >= 0:
        village.capacity = village.capacity * knobs.reign_capacity_percent // 100
    return nearest


@kernel(entry=True)
def new_services(city: City, name: int) -> int:
    """How many village-years the services of a bay last; 0: it has none. The bay's name decides."""
    return city.knobs.service_village_years if (name >> 20) % city.knobs.service_share == 0 else 0


@kernel(entry=True)
def mend_services(city: City, v: int, day: int) -> None:
    """Where village v lives under a reign, services of bays of a reign within two hops are as good as new, at no cost."""
    village = city.villages[v]
    if reign_of(city, village.bay) < 0:
        return
    found = within(city, village.bay, HOPS_SEEN)
    for i in range(found):
        n = city.reached[i].bay
        bay = city.foremen[n]
        lasts = new_services(city, bay.name)
        r = reign_of(city, n)
        if lasts == 0 or r < 0:
            continue
        if bay.services == 0:
            tell(city, day, V_SERVICE_MENDED, bay.name, village.name, bay.name, 0, city.reigns[r].event, 0)
        bay.services = lasts


@kernel(entry=True)
def hunted_by_arms(city: City, v: int, day: int) -> bool:
    """Whether most of the eyes around village v hunt by arms alone: whoever lays them down is left in peace there."""
    eyes = 0
    by_arms = 0
    found = within(city, city.villages[v].bay, HOPS_SEEN)
    for i in range(found):
        n = city.reached[i].bay
        if working_eye(city, n, day):
            eyes += 1
            if city.foremen[n].recognition & ARMED_OUT:
                by_arms += 1
    return 2 * by_arms > eyes


@kernel(entry=True)
def feeds(city: City, v: int) -> int:
    """How many people the place of village v feeds; before anybody has looked around, what a bare bay does.

    Where the bay could not give the power that was wanted, up to a tenth fewer: nothing grows in the dark.
    """
    village = city.villages[v]
    lit = village.capacity if village.capacity > 0 else city.knobs.capacity_base
    return max(1, lit - lit * DIM_PERCENT * village.dark // 10_000)


@kernel
def is_open(city: City, n: int, side: int, o: int, day: int) -> bool:
    """Whether people can leave bay n over a side for its neighbour o: through no shell plate, past no eye that sees."""
    return not through_plate(city, n, side, o) and not working_eye(city, o, day)


@kernel(entry=True)
def ways_out(city: City, n: int, day: int) -> tuple[int, int, int]:
    """How many ways lead out of bay n; how many are open; and who decides: the row of a neighbour, or -1 where none is.

    The neighbour is the one with the lowest name of those to whom a way is open or, where all are closed, of those whose eye
    closes it, else of all.
    """
    ways = 0
    opened = 0
    best = -1
    standing = -1  # of the best: 0 behind a plate, 1 an eye, 2 open
    for side in range(6):
        o = neighbour(city, n, side)
        if o < 0 or o == n:
            continue
        ways += 1
        kind = 1 if working_eye(city, o, day) else 0
        if is_open(city, n, side, o, day):
            kind = 2
            opened += 1
        if kind > standing or (kind == standing and city.foremen[o].name < city.foremen[best].name):
            standing = kind
            best = o
    return ways, opened, best


@kernel(entry=True)
def free_bay(city: City, start: int, hops: int, chooser: int, stream: int, day: int) -> int:
    """A habitable bay within so many hops of bay `start`: the lowest draw; -1: none. `chooser`: the name of who looks."""
    found = within(city, start, hops)
    best = -1
    lowest = 0
    for i in range(1, found):
        n = city.reached[i].bay
        if habitable(city, n, day):
            name = city.foremen[n].name
            rank = precedence(draws(city.knobs.seed, stream, day, name, 1 + (chooser & 0xFFFF))[0], name)
            if best < 0 or rank < lowest:
                best = n
                lowest = rank
    return best


@kernel
def nearest_of(city: City, start: int, hops: int, chooser: int, stream: int, day: int, ruled: bool) -> int:
    """`nearest_village`; `ruled`: of those alone that live under a reign of the Authority."""
    best = -1
    lowest = 0
    first = 0
    found = begin_search(city, start)
    for _ in range(hops):
        first, found = found, widen(city, False, first, found)
        for i in range(first, found):
            n = city.reached[i].bay
            bay = city.foremen[n]
            if bay.village < 0 or bay.phase == P_RELEASED or city.villages[bay.village].walled_in:
                continue
            if not ruled or reign_of(city, n) >= 0:
                rank = precedence(draws(city.knobs.seed, stream, day, bay.name, 1 + (chooser & 0xFFFF))[0], bay.name)
                if best < 0 or rank < lowest:
                    best = n
                    lowest = rank
        if best >= 0:
            break
    return city.foremen[best].village if best >= 0 else -1


@kernel(entry=True)
def nearest_village(city: City, start: int, hops: int, chooser: int, stream: int, day: int) -> int:
    """The village nearest to bay `start`, not in it and not farther than so many hops: the lowest draw; -1: none."""
    return nearest_of(city, start, hops, chooser, stream, day, False)


@kernel(entry=True)
def nearest_ruled_village(city: City, start: int, hops: int, chooser: int, stream: int, day: int) -> int:
    """The same of villages under a reign of the Authority."""
    if city.powers.reigns == 0:
        return -1
    return nearest_of(city, start, hops, chooser, stream, day, True)


@kernel(entry=True)
def plan_huts(city: City, n: int, name: int, day: int) -> None:
    """Three to six huts of village `name` on the floor of bay n, around its pillar, with their doors towards it."""
    foreman, draft = city.foremen[n], city.draft
    genes = city.charters[foreman.charter]
    x = foreman.x
    y = foreman.y
    pitch = foreman.pitch
    floor = foreman.z + genes.ribs + genes.shell
    axis_x, axis_y = pillar_axis(genes, x, y)
    half = pillar_half_width(genes, x, y)
    huts = HUTS_LEAST + draws(city.knobs.seed, R_SETTLING, day, name, FIRST_HUT - 1)[0] % HUTS_SPREAD
    for k in range(huts):
        r0, r1, r2, r3 = draws(city.knobs.seed, R_SETTLING, day, name, FIRST_HUT + k)
        wide = 5 + r0 % 3
        deep = 5 + (r0 >> 8) % 3
        side = (k + (name >> 8)) & 3
        # The first four stand around the pillar, one on each side; the others behind them.
        away = half + 4 + (r1 & 3) + 9 * (k >> 2)
        aside = (r1 >> 8) % (2 * half + 9) - half - 4
        hut_x = axis_x + aside - wide // 2
        hut_y = axis_y + aside - deep // 2
        if side == 0:
            hut_x = axis_x + away
        elif side == 1:
            hut_x = axis_x - away - wide
        elif side == 2:
            hut_y = axis_y + away
        else:
            hut_y = axis_y - away - deep
        hut_x = min(max(hut_x, x + 1), x + pitch - 1 - wide)
        hut_y = min(max(hut_y, y + 1), y + pitch - 1 - deep)
        begin_work(city, n, day + 1 + k, E_MASS, K_DWELLING)
        place_work(city, hut_x, hut_y, floor, wide, deep, 4 + (r2 & 1))
        draft.b = side ^ 1
        draft.duration = 3 + (r2 >> 8) % 4
        draft.item = k
        draft.roll = r3
        write_plan(city)


@kernel(entry=True)
def found_village(city: City, founder: int, ordinal: int, parent: int, bay: int, day: int) -> int:
    """A village without people in a habitable bay: its row, what it sees and feeds, its huts. Returns the serial."""
    v = add_village(city, founder, ordinal, parent, bay, day)
    look_around(city, v, day)
    plan_huts(city, bay, city.villages[v].name, day)
    return v


@kernel(entry=True)
def find_refuge(city: City, v: int, ordinal: int, chance: int, people: int, cause: int, day: int) -> tuple[int, bool, int]:
    """Where the first `people` of `party` go, who must leave village v: a village or -1, whether they founded it, their dead.

    They go on foot and may be met on the way; where nobody comes through nothing is founded.

    ordinal   by what a village that they found is named
    chance    in ppm: that they look for a free bay, before they look for a village
    cause     name of the event that drives them out
    """
    village = city.villages[v]
    name, bay, known = village.name, village.bay, village.known
    founds, remembered, _, _ = draws(city.knobs.seed, R_REFUGE, day, name, 0)
    free = -1
    to = -1
    if people >= 2 and founds * PPM >> 32 < chance:
        free = free_bay(city, bay, REFOUND_HOPS, name, R_REFUGE, day)
    if free < 0:
        to = nearest_village(city, bay, REFUGE_HOPS, name, R_REFUGE, day)
    if free < 0 and to < 0:
        return -1, False, 0
    dead, _ = walk_party(city, people, v, free if free >= 0 else city.villages[to].bay, cause, day)
    if dead == people:
        return -1, False, dead
    if free >= 0:
        to = found_village(city, name, ordinal, v, free, day)
    if remembered & 1:
        city.villages[to].known = max(city.villages[to].known, known)
    return to, free >= 0, dead
