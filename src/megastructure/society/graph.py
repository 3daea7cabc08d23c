"""The graph of bays, on which people, units and the Wanderer move: nothing is stored, all follows from who owns the lots.

A bay has up to six neighbours: who owns the lot beyond the middle of each side. Where the other bay has another pitch the
relation need not be mutual, as with streets of one way.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import A_SAFEGUARD
from ..land.lots import UNSEEN, owner_of_seat, take_seat
from ..land.survey import is_deck
from ..words.kernel import kernel
from .eyes import has_eye

GATE_DAYS = 2  # days for a hop through an open gate
WALL_DAYS = 6  # where the infected city has walled it up
PLATE_DAYS = 10  # through a shell plate
DETOUR = 16  # hops that somebody looks around in a corner
FARTHEST = 1 << 40  # farther than any two bays are apart


@kernel(entry=True)
def neighbour(city: City, n: int, side: int) -> int:
    """The bay that owns the lot beyond the middle of a side (0..5: +x -x +y -y +z -z), or -1."""
    seen = owner_of_seat(city, n, side)
    if seen != UNSEEN:
        return seen
    bay = city.foremen[n]
    x = bay.x + bay.pitch // 2
    y = bay.y + bay.pitch // 2
    z = bay.z + 8
    if side == 0:
        x = bay.x + bay.pitch + 4
    elif side == 1:
        x = bay.x - 4
    elif side == 2:
        y = bay.y + bay.pitch + 4
    elif side == 3:
        y = bay.y - 4
    elif side == 4:
        z = bay.z + bay.height + 4
    else:
        z = bay.z - 4
    return take_seat(city, n, side, x >> 4, y >> 4, z >> 4)


@kernel
def through_plate(city: City, n: int, side: int, o: int) -> bool:
    """Whether a shell plate parts bay n from its neighbour o beyond a side."""
    if side < 4:
        return False
    upper = city.foremen[o if side == 4 else n]
    return not is_deck(city.charters[upper.charter], upper.z)


@kernel(entry=True)
def hop_days(city: City, n: int, side: int, o: int) -> int:
    """Days from bay n through a side to its neighbour o."""
    if through_plate(city, n, side, o):
        return PLATE_DAYS
    if city.foremen[n].allegiance == A_SAFEGUARD or city.foremen[o].allegiance == A_SAFEGUARD:
        return WALL_DAYS
    return GATE_DAYS


@kernel
def conduit_holds(city: City, n: int, side: int, day: int) -> bool:
    """Whether power and orders can pass a side of bay n."""
    bay = city.foremen[n]
    return day >= bay.mended or (bay.broken >> side) & 1 == 0


@kernel
def forget_marks(city: City) -> None:
    """Begin a new search: what earlier searches have marked counts no longer."""
    city.marks[0] += 1


@kernel
def begin_search(city: City, start: int) -> int:
    """A breadth-first search from a bay that will be widened ring by ring; returns 1, the rows of `reached` in use.

    writes   marks     (1 + foremen,)  which bays this search has seen; marks[0] counts searches
             reached   bay, hops from the start, row of the bay before it (-1 for the start)
    """
    forget_marks(city)
    city.marks[1 + start] = city.marks[0]
    first = city.reached[0]
    first.bay = start
    first.hops = 0
    first.before = -1
    return 1


@kernel
def widen(city: City, by_doors: bool, first: int, found: int) -> int:
    """One more ring: append the neighbours of the last one, rows `first` to `found`; returns the rows in use then.

    by_doors   no hop leads through a shell plate
    The search ends where the rows do.
    """
    stamp = city.marks[0]
    wider = found
    for i in range(first, found):
        here = city.reached[i]
        n = here.bay
        for side in range(6):
            o = neighbour(city, n, side)
            if o < 0 or city.marks[1 + o] == stamp or wider == len(city.reached):
                continue
            if by_doors and through_plate(city, n, side, o):
                continue
            city.marks[1 + o] = stamp
            there = city.reached[wider]
            there.bay = o
            there.hops = here.hops + 1
            there.before = i
            wider += 1
    return wider


@kernel(entry=True)
def within(city: City, start: int, hops: int) -> int:
    """All bays within so many hops of `start`, breadth first (see `begin_search`); returns how many."""
    first = 0
    found = begin_search(city, start)
    for _ in range(hops):
        first, found = found, widen(city, False, first, found)
    return found


@kernel(entry=True)
def path_days(city: City, row: int) -> int:
    """Days of the way on which `within` came to this row."""
    days = 0
    while city.reached[row].before >= 0:
        there = city.reached[row]
        n = city.reached[there.before].bay
        days += hop_days(city, n, side_towards(city, n, there.bay), there.bay)
        row = there.before
    return days


@kernel
def apart(city: City, n: int, o: int) -> int:
    """Twice the distance between the middles of two bays, in cells along the axes."""
    here, there = city.foremen[n], city.foremen[o]
    across = abs(2 * (here.x - there.x) + here.pitch - there.pitch)
    across += abs(2 * (here.y - there.y) + here.pitch - there.pitch)
    return across + abs(2 * (here.z - there.z) + here.height - there.height)


@kernel
def round_the_corner(city: City, corner: int, goal: int) -> int:
    """The row of `reached` with the bay, fewest hops from a corner, that is nearer to the goal; -1 if none is within 16."""
    least = apart(city, corner, goal)
    first = 0
    found = begin_search(city, corner)
    for _ in range(DETOUR):
        first, found = found, widen(city, False, first, found)
        best = -1
        for i in range(first, found):
            far = apart(city, city.reached[i].bay, goal)
            if far < least:
                best = i
                least = far
        if best >= 0:
            return best
    return -1


@kernel
def row_of(city: City, start: int, goal: int) -> int:
    """The row of `reached` with a bay that is within 16 hops of another, on a shortest way; or -1."""
    first = 0
    found = begin_search(city, start)
    for _ in range(DETOUR + 1):
        for i in range(first, found):
            if city.reached[i].bay == goal:
                return i
        first, found = found, widen(city, False, first, found)
    return -1


@kernel
def nearer_side(city: City, n: int, goal: int, wary: int) -> int:
    """The bay beside n that brings one nearest to a goal, or -1; whoever is `wary` goes where no eye is that they know of.

    wary   0: nobody knows the land; 1: what the Wanderer has searched is known; 2: all of it is
    """
    here = apart(city, n, goal)
    best = -1
    least = 0
    for side in range(6):
        o = neighbour(city, n, side)
        if o < 0:
            continue
        far = apart(city, o, goal)
        if far >= here:
            continue
        if wary > 0 and has_eye(city, o) and (wary == 2 or city.foremen[o].searched >= 0):
            far += FARTHEST
        if best < 0 or far < least:
            best = o
            least = far
    return best


@kernel(entry=True)
def step_towards(city: City, at: int, goal: int, detour: int, wary: int) -> tuple[int, int]:
    """The next bay on the way to a goal, and the bay to which one walks round a corner (-1: none); (-1, -1): there is no way.

    By the compass, as `way` goes, one hop. Each hop brings one nearer to the goal, or is one of a shortest way to `detour`,
    which is nearer to it than the corner where the detour began: so every walk ends.
    """
    row = -1
    if detour >= 0 and detour != at:
        row = row_of(city, at, detour)
    if row < 0:
        best = nearer_side(city, at, goal, wary)
        if best >= 0:
            return best, -1
        row = round_the_corner(city, at, goal)
        if row < 0:
            return -1, -1
        detour = city.reached[row].bay
    while city.reached[row].hops > 1:
        row = city.reached[row].before
    return city.reached[row].bay, detour


@kernel
def side_towards(city: City, n: int, o: int) -> int:
    """The side of bay n beyond which bay o is; 5 if it is beyond none."""
    side = 0
    while side < 5 and neighbour(city, n, side) != o:
        side += 1
    return side


@kernel(entry=True)
def way(city: City, start: int, goal: int) -> tuple[int, int]:
    """Hops and days from one bay to another; -1 hops where no way is found.

    By the compass: always through the side that brings one nearest. Where that leads into a corner, to the next bay that is
    nearer than the corner, and on from there. So each leg ends nearer to the goal, and the whole city is never searched.
    """
    n = start
    hops = 0
    days = 0
    while n != goal:
        least = apart(city, n, goal)
        best = -1
        through = 0
        for side in range(6):
            o = neighbour(city, n, side)
            if o >= 0 and apart(city, o, goal) < least:
                least = apart(city, o, goal)
                best = o
                through = side
        if best >= 0:
            hops += 1
            days += hop_days(city, n, through, best)
            n = best
            continue
        row = round_the_corner(city, n, goal)
        if row < 0:
            return -1, 0
        nearer = city.reached[row]
        hops += nearer.hops
        days += path_days(city, row)
        n = nearer.bay
    return hops, days
