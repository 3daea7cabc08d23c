"""Whose rule a bay obeys, the rule itself, and the front: the bays that may have a neighbour who obeys another.

`fronts` are lists by name, each looked at once in four years; `borders` (n, 2) holds the links of those lists. A bay stays
in its list until it is looked at and finds that all around it agree with it.
"""

from __future__ import annotations

from .codes import A_AUTHORITY, A_HEALTHY, A_SAFEGUARD
from .kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel
from .lots import owner_of_lot
from .tables import (
    F_ALLEGIANCE,
    F_FRONT,
    F_HEIGHT,
    F_NAME,
    F_PITCH,
    F_RECOGNITION,
    F_X,
    F_Y,
    F_Z,
    HUMAN,
    IMPOSSIBLE,
    PO_AUTHORITY_BAYS,
    PO_FRONT,
    PO_SAFEGUARD_BAYS,
)
from .world import FRONTS


@kernel(i8(i8m, i8))
def front_of(foremen, n):
    """The list that bay n belongs in."""
    return (foremen[n, F_NAME] >> 8) % FRONTS


@kernel(NOTHING(i8m, i4v, i4m, i8))
def link_front(foremen, fronts, borders, n):
    """Put bay n, whose `front` is set, in its list."""
    k = front_of(foremen, n)
    first = int(fronts[k])
    borders[n, 0] = -1
    borders[n, 1] = first
    if first >= 0:
        borders[first, 0] = n
    fronts[k] = n


@kernel(NOTHING(i8m, i8m, i4v, i4m, i8))
def watch(foremen, powers, fronts, borders, n):
    """Enter bay n in the front, if it is not there."""
    if foremen[n, F_FRONT]:
        return
    foremen[n, F_FRONT] = 1
    powers[0, PO_FRONT] += 1
    link_front(foremen, fronts, borders, n)


@kernel(NOTHING(i8m, i8m, i4v, i4m, i8))
def unwatch(foremen, powers, fronts, borders, n):
    """Take bay n out of the front, if it is there."""
    if foremen[n, F_FRONT] == 0:
        return
    foremen[n, F_FRONT] = 0
    powers[0, PO_FRONT] -= 1
    before = int(borders[n, 0])
    after = int(borders[n, 1])
    if before < 0:
        fronts[front_of(foremen, n)] = after
    else:
        borders[before, 1] = after
    if after >= 0:
        borders[after, 0] = before


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i4v, i4m, i8), entry=True)
def watch_around(keys, slots, owners, foremen, powers, fronts, borders, n):
    """Bay n obeys another than before: all who own a lot beside its plot and disagree with it enter the front, and so does it.

    Whoever has n for a neighbour lies beside it, but n need not have them for one (streets of one way): so all lots are
    asked that touch a face of the plot.
    """
    lx = foremen[n, F_X] >> 4
    ly = foremen[n, F_Y] >> 4
    lz = foremen[n, F_Z] >> 4
    w = foremen[n, F_PITCH] >> 4
    h = foremen[n, F_HEIGHT] >> 4
    mine = foremen[n, F_ALLEGIANCE]
    for z in range(lz - 1, lz + h + 1):
        level = lz <= z < lz + h
        for y in range(ly - 1, ly + w + 1):
            abreast = ly <= y < ly + w
            if not level and not abreast:
                continue
            # Level with the plot and abreast of it, only the two ends of the row lie beside it.
            ends = level and abreast
            for x in range(lx - 1 if ends else lx, lx + w + 1 if ends else lx + w, w + 1 if ends else 1):
                o = owner_of_lot(keys, slots, owners, x, y, z)
                if o >= 0 and foremen[o, F_ALLEGIANCE] != mine:
                    watch(foremen, powers, fronts, borders, n)
                    watch(foremen, powers, fronts, borders, o)


@kernel(NOTHING(i8m, i8m, i8, i8))
def count_allegiance(powers, foremen, n, change):
    """Count living bay n in (+1) or out (-1)."""
    if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD:
        powers[0, PO_SAFEGUARD_BAYS] += change
    elif foremen[n, F_ALLEGIANCE] == A_AUTHORITY:
        powers[0, PO_AUTHORITY_BAYS] += change


@kernel(NOTHING(i8m, i8m, i8, i8), entry=True)
def turn(foremen, powers, n, allegiance):
    """Living bay n obeys another from now on, by the rule of that side."""
    count_allegiance(powers, foremen, n, -1)
    foremen[n, F_ALLEGIANCE] = allegiance
    foremen[n, F_RECOGNITION] = IMPOSSIBLE if allegiance == A_SAFEGUARD else HUMAN
    count_allegiance(powers, foremen, n, 1)


@kernel(flag(i8m, i8), entry=True)
def has_eye(foremen, n):
    """Whether bay n has an eye of Safeguard: every second infected bay, by its name."""
    return foremen[n, F_ALLEGIANCE] == A_SAFEGUARD and (foremen[n, F_NAME] >> 4) & 1 == 1


@kernel(flag(i8m, i8, i8), entry=True)
def citizen(foremen, n, phenotype):
    """Whether bay n takes somebody who shows these loci for a citizen: the recognition rule."""
    return foremen[n, F_RECOGNITION] & ~phenotype == 0


__all__ = [
    "A_AUTHORITY", "A_HEALTHY", "citizen", "count_allegiance", "has_eye", "link_front", "turn", "unwatch", "watch",
    "watch_around",
]  # fmt: skip
