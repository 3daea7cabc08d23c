"""Bases of Safeguard: bays that no neighbour wins over, from which it storms what obeys the Authority.

They are to Safeguard what nodes are to the Authority. Rows and counts are kept true here; where bases are founded and what
they do is a law (`laws/bases.py`).
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import V_BASE_DESTROYED, V_BASE_FOUNDED
from ..words.kernel import kernel
from .graph import begin_search, neighbour, widen


@kernel(entry=True)
def found_base(city: City, n: int, whom: int, cause: int, chance: int, day: int) -> None:
    """Bay n, which obeys Safeguard, is its base from this day. `whom`: name of the village it is founded against, or 0."""
    bay = city.foremen[n]
    bay.base = 1
    bay.base_event = event_name(day, V_BASE_FOUNDED, bay.name, whom)
    city.powers.bases += 1
    tell(city, day, V_BASE_FOUNDED, bay.name, whom, bay.name, 0, cause, chance)


@kernel(entry=True)
def destroy_base(city: City, n: int, by: int, cause: int, day: int) -> None:
    """Bay n is a base no more; it obeys whom it obeys. `by`: the name of the Wanderer or the carrier who did it, or 0."""
    bay = city.foremen[n]
    if bay.base == 0:
        return
    bay.base = 0
    bay.base_event = 0
    city.powers.bases -= 1
    tell(city, day, V_BASE_DESTROYED, bay.name, by, bay.name, 0, cause, 0)


@kernel(entry=True)
def base_near(city: City, bay: int, hops: int) -> int:
    """The nearest base within so many hops of a bay, or -1: of several the one with the lowest name."""
    if city.powers.bases == 0:
        return -1
    best = -1
    first = 0
    found = begin_search(city, bay)
    for _ in range(hops + 1):
        for i in range(first, found):
            n = city.reached[i].bay
            near = city.foremen[n]
            if near.base != 0 and (best < 0 or near.name < city.foremen[best].name):
                best = n
        if best >= 0:
            break
        first, found = found, widen(city, False, first, found)
    return best


@kernel(entry=True)
def beside_base(city: City, n: int) -> bool:
    """Whether bay n is a base, or one lives within two bays of it. No search: those who ask may be in the midst of one."""
    if city.foremen[n].base != 0:
        return True
    for side in range(6):
        o = neighbour(city, n, side)
        if o < 0:
            continue
        if city.foremen[o].base != 0:
            return True
        for beyond in range(6):
            q = neighbour(city, o, beyond)
            if q >= 0 and city.foremen[q].base != 0:
                return True
    return False


__all__ = ["base_near", "beside_base", "destroy_base", "found_base"]
