"""Where a Wanderer can go: the next bay to look at, the nearest terminal, the ground under his feet.

Both searches go out in rings: one that finds something near need not look far.
"""

from __future__ import annotations

from ...ground.city import City
from ...ground.codes import A_AUTHORITY, P_BUILDING, P_RELEASED, P_STANDING, R_WAY
from ...ground.rng import draws
from ...ground.tables import YEAR
from ...land.lots import owner_of_lot
from ...words.kernel import kernel
from ..graph import apart, begin_search, widen
from ..people import precedence
from ..reigns import reign_of
from .mission import OTHER

EXPLORED_HOPS = 24
TERMINAL_HOPS = 40
REFUGE_HOPS = 8


@kernel
def unknown(city: City, n: int, day: int) -> bool:
    """Whether he has not searched bay n within his memory."""
    searched = city.foremen[n].searched
    return searched < 0 or day - searched > city.knobs.wanderer_memory_years * YEAR


@kernel(entry=True)
def next_bay(city: City, start: int, name: int, day: int) -> int:
    """The row of `reached` with the bay that he explores next, or -1: of the nearest ring with an unknown bay, one of them.

    reads    foremen.searched; who owns the lots
    start    the bay that he is in; name: his
    If there is none within 24 hops, any neighbour will do.
    """
    own = name & 0xFFFF
    best = -1
    least = 0
    first = 0
    found = begin_search(city, start)
    for _ in range(EXPLORED_HOPS + 1):
        for i in range(first, found):
            n = city.reached[i].bay
            bay = city.foremen[n]
            if bay.phase == P_RELEASED or not unknown(city, n, day):
                continue
            rank = precedence(draws(city.knobs.seed, R_WAY, day, bay.name, own)[0], bay.name)
            if best < 0 or rank < least:
                best = i
                least = rank
        if best >= 0:
            return best
        first, found = found, widen(city, False, first, found)
    for i in range(1, found):
        near = city.reached[i]
        if near.hops > 1:
            break
        place = city.foremen[near.bay].name
        rank = precedence(draws(city.knobs.seed, R_WAY, day, place, own)[0], place)
        if best < 0 or rank < least:
            best = i
            least = rank
    return best


@kernel
def terminal_near(city: City, start: int, name: int, day: int, alive: bool) -> int:
    """The row of `reached` with the nearest terminal within 40 hops, or -1. `alive`: only where a node lives.

    Where a reign stands there is nothing to be won.
    """
    best = -1
    least = 0
    first = 0
    found = begin_search(city, start)
    for _ in range(TERMINAL_HOPS + 1):
        for i in range(first, found):
            bay = city.foremen[city.reached[i].bay]
            if bay.terminals == 0 or (alive and bay.node == 0) or reign_of(city, city.reached[i].bay) >= 0:
                continue
            if bay.phase != P_BUILDING and bay.phase != P_STANDING:
                continue
            rank = precedence(draws(city.knobs.seed, R_WAY, day, bay.name, OTHER | (name & 0xFFFF))[0], bay.name)
            if best < 0 or rank < least:
                best = i
                least = rank
        if best >= 0:
            return best
        first, found = found, widen(city, False, first, found)
    return -1


@kernel
def refuge_near(city: City, start: int, name: int, day: int) -> int:
    """The nearest bay within 8 hops that obeys the Authority, one of the nearest ring; -1: there is none."""
    best = -1
    least = 0
    first = 0
    found = begin_search(city, start)
    for _ in range(REFUGE_HOPS + 1):
        for i in range(first, found):
            n = city.reached[i].bay
            bay = city.foremen[n]
            if bay.allegiance != A_AUTHORITY or bay.phase == P_RELEASED:
                continue
            rank = precedence(draws(city.knobs.seed, R_WAY, day, bay.name, OTHER | (name & 0xFFFF))[1], bay.name)
            if best < 0 or rank < least:
                best = n
                least = rank
        if best >= 0:
            break
        first, found = found, widen(city, False, first, found)
    return best


@kernel
def nearest_living(city: City, n: int) -> int:
    """The living bay whose middle is nearest to that of bay n, which is another one; -1 if there is none."""
    best = -1
    least = 0
    for o in range(city.sizes.foremen):
        other = city.foremen[o]
        if o == n or other.phase == P_RELEASED:
            continue
        far = apart(city, n, o)
        if best < 0 or far < least or (far == least and other.name < city.foremen[best].name):
            best = o
            least = far
    return best


@kernel
def footing(city: City, n: int) -> int:
    """The bay where he is who was in bay n: where that is gone, whoever owns its middle now, or the nearest living bay."""
    bay = city.foremen[n]
    if bay.phase != P_RELEASED:
        return n
    x = bay.x + bay.pitch // 2
    y = bay.y + bay.pitch // 2
    z = bay.z + bay.height // 2
    best = owner_of_lot(city, x >> 4, y >> 4, z >> 4)
    if best < 0:
        best = nearest_living(city, n)
    return best if best >= 0 else n
