"""Where a Wanderer can go: the next bay to look at, the nearest terminal, the ground under his feet.

Both searches go out in rings: one that finds something near need not look far.
"""

from __future__ import annotations

from ...ground.codes import P_BUILDING, P_RELEASED, P_STANDING, R_WAY
from ...ground.rng import draws
from ...ground.scenario import Q_SEED, Q_WANDERER_MEMORY_YEARS
from ...ground.tables import (
    F_HEIGHT,
    F_NAME,
    F_NODE,
    F_PHASE,
    F_PITCH,
    F_SEARCHED,
    F_TERMINALS,
    F_X,
    F_Y,
    F_Z,
    YEAR,
    Z_FOREMEN,
)
from ...land.lots import owner_of_lot
from ...words.kernel import flag, i4m, i4v, i8, i8m, i8v, kernel
from ..graph import apart, begin_search, widen
from ..people import precedence
from .mission import OTHER

EXPLORED_HOPS = 24
TERMINAL_HOPS = 40


@kernel(flag(i8m, i8v, i8, i8))
def unknown(foremen, knobs, n, day):
    """Whether he has not searched bay n within his memory."""
    searched = foremen[n, F_SEARCHED]
    return searched < 0 or day - searched > knobs[Q_WANDERER_MEMORY_YEARS] * YEAR


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8, i8, i8, i8v, i8m), entry=True)
def next_bay(keys, slots, owners, foremen, knobs, start, name, day, marks, reached):
    """The row of `reached` with the bay that he explores next, or -1: of the nearest ring with an unknown bay, one of them.

    reads    foremen.searched; who owns the lots
    start    the bay that he is in; name: his
    If there is none within 24 hops, any neighbour will do.
    """
    stream = name & 0xFFFF
    best = -1
    least = 0
    first = 0
    found = begin_search(marks, reached, start)
    for _ in range(EXPLORED_HOPS + 1):
        for i in range(first, found):
            n = reached[i, 0]
            if foremen[n, F_PHASE] == P_RELEASED or not unknown(foremen, knobs, n, day):
                continue
            rank = precedence(draws(knobs[Q_SEED], R_WAY, day, foremen[n, F_NAME], stream)[0], foremen[n, F_NAME])
            if best < 0 or rank < least:
                best = i
                least = rank
        if best >= 0:
            return best
        first, found = found, widen(keys, slots, owners, foremen, foremen, False, marks, reached, first, found)
    for i in range(1, found):
        if reached[i, 1] > 1:
            break
        n = reached[i, 0]
        rank = precedence(draws(knobs[Q_SEED], R_WAY, day, foremen[n, F_NAME], stream)[0], foremen[n, F_NAME])
        if best < 0 or rank < least:
            best = i
            least = rank
    return best


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8, i8, i8, flag, i8v, i8m))
def terminal_near(keys, slots, owners, foremen, knobs, start, name, day, alive, marks, reached):
    """The row of `reached` with the nearest terminal within 40 hops, or -1. `alive`: only where a node lives."""
    best = -1
    least = 0
    first = 0
    found = begin_search(marks, reached, start)
    for _ in range(TERMINAL_HOPS + 1):
        for i in range(first, found):
            n = reached[i, 0]
            if foremen[n, F_TERMINALS] == 0 or (alive and foremen[n, F_NODE] == 0):
                continue
            if foremen[n, F_PHASE] != P_BUILDING and foremen[n, F_PHASE] != P_STANDING:
                continue
            drawn = draws(knobs[Q_SEED], R_WAY, day, foremen[n, F_NAME], OTHER | (name & 0xFFFF))[0]
            rank = precedence(drawn, foremen[n, F_NAME])
            if best < 0 or rank < least:
                best = i
                least = rank
        if best >= 0:
            return best
        first, found = found, widen(keys, slots, owners, foremen, foremen, False, marks, reached, first, found)
    return -1


@kernel(i8(i8m, i8v, i8))
def nearest_living(foremen, sizes, n):
    """The living bay whose middle is nearest to that of bay n, which is another one; -1 if there is none."""
    best = -1
    least = 0
    for o in range(sizes[Z_FOREMEN]):
        if o == n or foremen[o, F_PHASE] == P_RELEASED:
            continue
        far = apart(foremen, n, o)
        if best < 0 or far < least or (far == least and foremen[o, F_NAME] < foremen[best, F_NAME]):
            best = o
            least = far
    return best


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8))
def footing(keys, slots, owners, foremen, sizes, n):
    """The bay where he is who was in bay n: where that is gone, whoever owns its middle now, or the nearest living bay."""
    if foremen[n, F_PHASE] != P_RELEASED:
        return n
    x = foremen[n, F_X] + foremen[n, F_PITCH] // 2
    y = foremen[n, F_Y] + foremen[n, F_PITCH] // 2
    z = foremen[n, F_Z] + foremen[n, F_HEIGHT] // 2
    best = owner_of_lot(keys, slots, owners, x >> 4, y >> 4, z >> 4)
    if best < 0:
        best = nearest_living(foremen, sizes, n)
    return best if best >= 0 else n
