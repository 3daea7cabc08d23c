"""The graph of bays, on which people, units and the Wanderer move: nothing is stored, all follows from who owns the lots.

A bay has up to six neighbours: who owns the lot beyond the middle of each side. Where the other bay has another pitch the
relation need not be mutual, as with streets of one way.
"""

from __future__ import annotations

from .codes import A_SAFEGUARD
from .kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from .lots import owner_of_lot
from .survey import is_deck
from .tables import F_ALLEGIANCE, F_CHARTER, F_HEIGHT, F_PITCH, F_X, F_Y, F_Z

GATE_DAYS = 2  # days for a hop through an open gate
WALL_DAYS = 6  # where the infected city has walled it up
PLATE_DAYS = 10  # through a shell plate


@kernel(i8(i8v, i4v, i4m, i8m, i8, i8), entry=True)
def neighbour(keys, slots, owners, foremen, n, side):
    """The bay that owns the lot beyond the middle of a side (0..5: +x -x +y -y +z -z), or -1."""
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
    return owner_of_lot(keys, slots, owners, px >> 4, py >> 4, pz >> 4)


@kernel(i8(i8m, i8m, i8, i8, i8), entry=True)
def hop_days(foremen, charters, n, side, o):
    """Days from bay n through a side to its neighbour o."""
    if side >= 4:
        upper = o if side == 4 else n
        if not is_deck(charters[foremen[upper, F_CHARTER]], foremen[upper, F_Z]):
            return PLATE_DAYS
    if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD or foremen[o, F_ALLEGIANCE] == A_SAFEGUARD:
        return WALL_DAYS
    return GATE_DAYS


@kernel(NOTHING(i8v))
def forget_marks(marks):
    """Begin a new search: what earlier searches have marked counts no longer."""
    marks[0] += 1


@kernel(i8(i8v, i4v, i4m, i8m, i8, i8, i8v, i8m), entry=True)
def within(keys, slots, owners, foremen, start, hops, marks, reached):
    """All bays within so many hops of `start`, breadth first; returns how many.

    marks     (1 + foremen,)  working memory; marks[0] counts searches
    reached   (rows, 3)       out: bay, hops from the start, row of the bay before it (-1 for the start); the search ends
                              when the rows do
    """
    forget_marks(marks)
    stamp = marks[0]
    marks[1 + start] = stamp
    reached[0, 0] = start
    reached[0, 1] = 0
    reached[0, 2] = -1
    found = 1
    i = 0
    while i < found:
        n = reached[i, 0]
        far = reached[i, 1]
        if far < hops:
            for side in range(6):
                o = neighbour(keys, slots, owners, foremen, n, side)
                if o >= 0 and marks[1 + o] != stamp and found < reached.shape[0]:
                    marks[1 + o] = stamp
                    reached[found, 0] = o
                    reached[found, 1] = far + 1
                    reached[found, 2] = i
                    found += 1
        i += 1
    return found
