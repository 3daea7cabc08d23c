"""The graph of bays, on which people, units and the Wanderer move: nothing is stored, all follows from who owns the lots.

A bay has up to six neighbours: who owns the lot beyond the middle of each side. Where the other bay has another pitch the
relation need not be mutual, as with streets of one way.
"""

from __future__ import annotations

from ..ground.codes import A_SAFEGUARD
from ..ground.tables import F_ALLEGIANCE, F_BROKEN, F_CHARTER, F_HEIGHT, F_MENDED, F_PITCH, F_X, F_Y, F_Z
from ..land.lots import UNSEEN, owner_of_seat, take_seat
from ..land.survey import is_deck
from ..words.kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel, pair

GATE_DAYS = 2  # days for a hop through an open gate
WALL_DAYS = 6  # where the infected city has walled it up
PLATE_DAYS = 10  # through a shell plate
DETOUR = 16  # hops that somebody looks around in a corner


@kernel(i8(i8v, i4v, i4m, i8m, i8, i8), entry=True)
def neighbour(keys, slots, owners, foremen, n, side):
    """The bay that owns the lot beyond the middle of a side (0..5: +x -x +y -y +z -z), or -1."""
    seen = owner_of_seat(keys, slots, owners, n, side)
    if seen != UNSEEN:
        return seen
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    z = foremen[n, F_Z]
    pitch = foremen[n, F_PITCH]
    height = foremen[n, F_HEIGHT]
    px = x + pitch // 2
    py = y + pitch // 2
    pz = z + 8
    if side == 0:
        px = x + pitch + 4
    elif side == 1:
        px = x - 4
    elif side == 2:
        py = y + pitch + 4
    elif side == 3:
        py = y - 4
    elif side == 4:
        pz = z + height + 4
    else:
        pz = z - 4
    return take_seat(keys, slots, owners, n, side, px >> 4, py >> 4, pz >> 4)


@kernel(flag(i8m, i8m, i8, i8, i8))
def through_plate(foremen, charters, n, side, o):
    """Whether a shell plate parts bay n from its neighbour o beyond a side."""
    if side < 4:
        return False
    upper = o if side == 4 else n
    return not is_deck(charters[foremen[upper, F_CHARTER]], foremen[upper, F_Z])


@kernel(i8(i8m, i8m, i8, i8, i8), entry=True)
def hop_days(foremen, charters, n, side, o):
    """Days from bay n through a side to its neighbour o."""
    if through_plate(foremen, charters, n, side, o):
        return PLATE_DAYS
    if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD or foremen[o, F_ALLEGIANCE] == A_SAFEGUARD:
        return WALL_DAYS
    return GATE_DAYS


@kernel(flag(i8m, i8, i8, i8))
def conduit_holds(foremen, n, side, day):
    """Whether power and orders can pass a side of bay n."""
    return day >= foremen[n, F_MENDED] or (foremen[n, F_BROKEN] >> side) & 1 == 0


@kernel(NOTHING(i8v))
def forget_marks(marks):
    """Begin a new search: what earlier searches have marked counts no longer."""
    marks[0] += 1


@kernel(i8(i8v, i8m, i8))
def begin_search(marks, reached, start):
    """A breadth-first search from a bay that will be widened ring by ring; returns 1, the rows of `reached` in use.

    marks     (1 + foremen,)  working memory; marks[0] counts searches
    reached   (rows, 3)       out: bay, hops from the start, row of the bay before it (-1 for the start)
    """
    forget_marks(marks)
    marks[1 + start] = marks[0]
    reached[0, 0] = start
    reached[0, 1] = 0
    reached[0, 2] = -1
    return 1


@kernel(i8(i8v, i4v, i4m, i8m, i8m, flag, i8v, i8m, i8, i8))
def widen(keys, slots, owners, foremen, charters, by_doors, marks, reached, first, found):
    """One more ring: append the neighbours of the last one, rows `first` to `found`; returns the rows in use then.

    by_doors   no hop leads through a shell plate (without it `charters` are not read)
    The search ends where the rows do.
    """
    stamp = marks[0]
    wider = found
    for i in range(first, found):
        n = reached[i, 0]
        for side in range(6):
            o = neighbour(keys, slots, owners, foremen, n, side)
            if o < 0 or marks[1 + o] == stamp or wider == reached.shape[0]:
                continue
            if by_doors and through_plate(foremen, charters, n, side, o):
                continue
            marks[1 + o] = stamp
            reached[wider, 0] = o
            reached[wider, 1] = reached[i, 1] + 1
            reached[wider, 2] = i
            wider += 1
    return wider


@kernel(i8(i8v, i4v, i4m, i8m, i8, i8, i8v, i8m), entry=True)
def within(keys, slots, owners, foremen, start, hops, marks, reached):
    """All bays within so many hops of `start`, breadth first (see `begin_search`); returns how many."""
    first = 0
    found = begin_search(marks, reached, start)
    for _ in range(hops):
        first, found = found, widen(keys, slots, owners, foremen, foremen, False, marks, reached, first, found)
    return found


@kernel(i8(i8v, i4v, i4m, i8m, i8m, i8m, i8), entry=True)
def path_days(keys, slots, owners, foremen, charters, reached, row):
    """Days of the way on which `within` came to this row."""
    days = 0
    while reached[row, 2] >= 0:
        before = reached[row, 2]
        n = reached[before, 0]
        o = reached[row, 0]
        side = 0
        while side < 5 and neighbour(keys, slots, owners, foremen, n, side) != o:
            side += 1
        days += hop_days(foremen, charters, n, side, o)
        row = before
    return days


@kernel(i8(i8m, i8, i8))
def apart(foremen, n, o):
    """Twice the distance between the middles of two bays, in cells along the axes."""
    across = abs(2 * (foremen[n, F_X] - foremen[o, F_X]) + foremen[n, F_PITCH] - foremen[o, F_PITCH])
    across += abs(2 * (foremen[n, F_Y] - foremen[o, F_Y]) + foremen[n, F_PITCH] - foremen[o, F_PITCH])
    return across + abs(2 * (foremen[n, F_Z] - foremen[o, F_Z]) + foremen[n, F_HEIGHT] - foremen[o, F_HEIGHT])


@kernel(i8(i8v, i4v, i4m, i8m, i8, i8, i8v, i8m))
def round_the_corner(keys, slots, owners, foremen, corner, goal, marks, reached):
    """The row of `reached` with the bay, fewest hops from a corner, that is nearer to the goal; -1 if none is within 16."""
    least = apart(foremen, corner, goal)
    first = 0
    found = begin_search(marks, reached, corner)
    for _ in range(DETOUR):
        first, found = found, widen(keys, slots, owners, foremen, foremen, False, marks, reached, first, found)
        best = -1
        for i in range(first, found):
            far = apart(foremen, reached[i, 0], goal)
            if far < least:
                best = i
                least = far
        if best >= 0:
            return best
    return -1


@kernel(pair(i8v, i4v, i4m, i8m, i8m, i8, i8, i8v, i8m), entry=True)
def way(keys, slots, owners, foremen, charters, start, goal, marks, reached):
    """Hops and days from one bay to another; -1 hops where no way is found.

    By the compass: always through the side that brings one nearest. Where that leads into a corner, to the next bay that is
    nearer than the corner, and on from there. So each leg ends nearer to the goal, and the whole city is never searched.
    """
    n = start
    hops = 0
    days = 0
    while n != goal:
        least = apart(foremen, n, goal)
        best = -1
        through = 0
        for side in range(6):
            o = neighbour(keys, slots, owners, foremen, n, side)
            if o >= 0 and apart(foremen, o, goal) < least:
                least = apart(foremen, o, goal)
                best = o
                through = side
        if best >= 0:
            hops += 1
            days += hop_days(foremen, charters, n, through, best)
            n = best
            continue
        row = round_the_corner(keys, slots, owners, foremen, n, goal, marks, reached)
        if row < 0:
            return -1, 0
        hops += reached[row, 1]
        days += path_days(keys, slots, owners, foremen, charters, reached, row)
        n = reached[row, 0]
    return hops, days
