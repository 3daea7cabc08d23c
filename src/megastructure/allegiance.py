"""Whose rule a bay obeys, the rule itself, and the day on which a neighbour next tries to win the bay over.

A bay is asked over each side where a rival stands at random times, like a clock that rings with a constant chance. So the
law draws when the next ring comes, and looks at nobody until then; a bay without a rival has no clock. Whenever somebody is
born, turns or goes, those who see it beside them have their clocks set anew. `fronts` has a list of bays for each month of
64 years, and after the heads the number of bays in each; `borders` (n, 2) holds the links.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .codes import A_AUTHORITY, A_HEALTHY, A_SAFEGUARD, P_RELEASED, R_CONTAGION
from .graph import neighbour
from .kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel, pair, six
from .lots import find_sector, lot_number
from .rng import draws
from .scenario import (
    Q_INFECTION_LINK_PPM,
    Q_SEED,
    Q_STRUGGLE,
    Q_STRUGGLE_ALERT_PERCENT,
    Q_STRUGGLE_CARRIER_PERCENT,
    Q_STRUGGLE_FLIP_PPM,
    Q_STRUGGLE_SAFEGUARD_PERCENT,
)
from .tables import (
    F_ALLEGIANCE,
    F_ASKED,
    F_HEIGHT,
    F_LOTS,
    F_NAME,
    F_PHASE,
    F_PITCH,
    F_RECOGNITION,
    F_TURNED_BY,
    F_X,
    F_Y,
    F_Z,
    HUMAN,
    IMPOSSIBLE,
    PO_AUTHORITY_BAYS,
    PO_SAFEGUARD_BAYS,
    YEAR,
)
from .world import FRONTS, MONTH

PPB = 1_000_000_000
MILLION = 1_000_000
SIDES = 6
WAIT_MOST = 4096  # years; who would wait longer is not asked at all


# ---- whose rule ------------------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8m, i8, i8))
def count_allegiance(powers, foremen, n, change):
    """Count living bay n in (+1) or out (-1)."""
    if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD:
        powers[0, PO_SAFEGUARD_BAYS] += change
    elif foremen[n, F_ALLEGIANCE] == A_AUTHORITY:
        powers[0, PO_AUTHORITY_BAYS] += change


@kernel(NOTHING(i8m, i8m, i8, i8, i8), entry=True)
def turn(foremen, powers, n, allegiance, event):
    """Living bay n obeys another from now on, by the rule of that side; `event`: the name of the event that tells it."""
    count_allegiance(powers, foremen, n, -1)
    foremen[n, F_ALLEGIANCE] = allegiance
    foremen[n, F_RECOGNITION] = IMPOSSIBLE if allegiance == A_SAFEGUARD else HUMAN
    foremen[n, F_TURNED_BY] = event
    count_allegiance(powers, foremen, n, 1)


@kernel(flag(i8m, i8), entry=True)
def has_eye(foremen, n):
    """Whether bay n has an eye of Safeguard: every second infected bay, by its name."""
    return foremen[n, F_ALLEGIANCE] == A_SAFEGUARD and (foremen[n, F_NAME] >> 4) & 1 == 1


@kernel(flag(i8m, i8, i8), entry=True)
def citizen(foremen, n, phenotype):
    """Whether bay n takes somebody who shows these loci for a citizen: the recognition rule."""
    return foremen[n, F_RECOGNITION] & ~phenotype == 0


@kernel(flag(i8m, i8, i8))
def rivals(foremen, n, o):
    """Whether bay o may win bay n over: Safeguard the healthy and those of the Authority, the Authority those of Safeguard."""
    return foremen[o, F_ALLEGIANCE] == (A_AUTHORITY if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD else A_SAFEGUARD)


@kernel(pair(i8v, i4v, i4m, i8m, i8, i8), entry=True)
def rivals_beside(keys, slots, owners, foremen, n, word):
    """Over how many sides of bay n a rival stands, and which rival a word of 32 bits draws; 0 and -1 if there is none."""
    beside = 0
    where = 0
    for side in range(SIDES):
        o = neighbour(keys, slots, owners, foremen, n, side)
        if o >= 0 and rivals(foremen, n, o):
            beside += 1
            where |= 1 << side
    if beside == 0:
        return 0, -1
    drawn = word * beside >> 32
    side = 0
    while True:
        if (where >> side) & 1:
            if drawn == 0:
                return beside, neighbour(keys, slots, owners, foremen, n, side)
            drawn -= 1
        side += 1


# ---- when a bay is asked ---------------------------------------------------------------------------------------------


def empty_fronts() -> NDArray[np.int32]:
    """Lists without bays."""
    return np.concatenate([np.full(FRONTS, -1, np.int32), np.zeros(FRONTS, np.int32)])


@kernel(i8(i8, i8), entry=True)
def stays(chance, times):
    """In ppb: the chance that something with this chance (ppb) happens at none of so many independent times."""
    left = PPB
    for _ in range(times):
        left = left * (PPB - chance) // PPB
    return left


@kernel(i8(i8), entry=True)
def heed(beta):
    """In ppm: how often a bay that obeys Safeguard is won over when the Authority asks; `beta` in ppm.

    An Authority bay that Safeguard asks is won over in all other cases: their ratio is beta.
    """
    return MILLION * beta // (beta + MILLION)


@kernel(i8(i8v), entry=True)
def most_heeded(knobs):
    """In ppm: the most that `heed` can be for either side, whatever the alert and whoever lives near."""
    least = 100_000_000 // knobs[Q_STRUGGLE_SAFEGUARD_PERCENT]
    most = max(least + knobs[Q_STRUGGLE_ALERT_PERCENT] * 10_000, knobs[Q_STRUGGLE_CARRIER_PERCENT] * 10_000)
    return max(heed(most), MILLION - heed(least))


@kernel(i8(i8v, i8), entry=True)
def ring_chance(knobs, allegiance):
    """In ppb a year and side: how often a bay of this allegiance is asked in a way that it might heed."""
    if allegiance == A_HEALTHY:
        return knobs[Q_INFECTION_LINK_PPM] * 1000
    if knobs[Q_STRUGGLE] == 0:
        return 0
    return min(PPB, knobs[Q_STRUGGLE_FLIP_PPM] * 2000 * most_heeded(knobs) // MILLION)


@kernel(NOTHING(i8m, i4v, i4m, i8))
def link_front(foremen, fronts, borders, n):
    """Put bay n, whose `asked` is set, in the list of that month."""
    k = foremen[n, F_ASKED] // MONTH % FRONTS
    first = int(fronts[k])
    borders[n, 0] = -1
    borders[n, 1] = first
    if first >= 0:
        borders[first, 0] = n
    fronts[k] = n
    fronts[FRONTS + k] += 1


@kernel(NOTHING(i8m, i4v, i4m, i8))
def unwatch(foremen, fronts, borders, n):
    """Bay n is asked no more."""
    if foremen[n, F_ASKED] < 0:
        return
    k = foremen[n, F_ASKED] // MONTH % FRONTS
    before = int(borders[n, 0])
    after = int(borders[n, 1])
    if before < 0:
        fronts[k] = after
    else:
        borders[before, 1] = after
    if after >= 0:
        borders[after, 0] = before
    fronts[FRONTS + k] -= 1
    foremen[n, F_ASKED] = -1


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8v, i4v, i4m, i8, i8), entry=True)
def watch(keys, slots, owners, foremen, knobs, fronts, borders, n, day):
    """Draw the month, after this day, in which bay n is asked next: years by the chance of a ring, any month of the last."""
    unwatch(foremen, fronts, borders, n)
    beside, _ = rivals_beside(keys, slots, owners, foremen, n, 0)
    if beside == 0:
        return
    quiet = stays(ring_chance(knobs, foremen[n, F_ALLEGIANCE]), beside)
    if quiet == PPB:
        return
    r0, r1, _, _ = draws(knobs[Q_SEED], R_CONTAGION, day, foremen[n, F_NAME], 0)
    word = r0 * PPB >> 32
    left = quiet
    years = 0
    while word < left:
        left = left * quiet // PPB
        years += 1
        if years == WAIT_MOST:
            return
    foremen[n, F_ASKED] = day - day % MONTH + years * YEAR + MONTH * (1 + (r1 * 12 >> 32))
    link_front(foremen, fronts, borders, n)


@kernel(six(i8m, i8, i8))
def beyond(foremen, n, side):
    """The lots that touch a side of bay n from outside: their corner and how many along each axis."""
    wide = foremen[n, F_PITCH] >> 4
    high = foremen[n, F_HEIGHT] >> 4
    x = foremen[n, F_X] >> 4
    y = foremen[n, F_Y] >> 4
    z = foremen[n, F_Z] >> 4
    if side < 2:
        return (x + wide if side == 0 else x - 1), y, z, 1, wide, high
    if side < 4:
        return x, (y + wide if side == 2 else y - 1), z, wide, 1, high
    return x, y, (z + high if side == 4 else z - 1), wide, wide, 1


@kernel(flag(i8m, i8, i8, i8))
def fills(foremen, n, side, o):
    """Whether bay o, beyond the middle of a side of bay n, owns every lot there."""
    wide = foremen[n, F_PITCH]
    high = foremen[n, F_HEIGHT]
    pitch = foremen[o, F_PITCH]
    height = foremen[o, F_HEIGHT]
    if foremen[o, F_LOTS] != (pitch >> 4) * (pitch >> 4) * (height >> 4):
        return False
    x = foremen[n, F_X] - foremen[o, F_X]
    y = foremen[n, F_Y] - foremen[o, F_Y]
    z = foremen[n, F_Z] - foremen[o, F_Z]
    return (
        (side < 2 or (x >= 0 and x + wide <= pitch))
        and (side == 2 or side == 3 or (y >= 0 and y + wide <= pitch))
        and (side >= 4 or (z >= 0 and z + high <= height))
    )


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8v, i4v, i4m, i8, i8, i8, i8))
def rouse_beside(keys, slots, owners, foremen, knobs, fronts, borders, n, side, o, day):
    """Bay o owns a lot beyond a side of bay n: if it sees n, or the wild ground that n leaves, it gets a new clock."""
    if foremen[o, F_ASKED] < 0 and not rivals(foremen, o, n):
        return
    seen = neighbour(keys, slots, owners, foremen, o, side ^ 1)
    if seen == n or (foremen[n, F_PHASE] == P_RELEASED and seen < 0):
        watch(keys, slots, owners, foremen, knobs, fronts, borders, o, day)


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8v, i4v, i4m, i8, i8), entry=True)
def rouse(keys, slots, owners, foremen, knobs, fronts, borders, n, day):
    """Bay n was born, has turned or is gone: those who see it beside them, or wild ground instead, get new clocks.

    Who sees it owns a lot beyond one of its sides, and not always beyond the middle. So all lots around it are looked at,
    unless one bay fills a side.
    """
    for side in range(SIDES):
        o = neighbour(keys, slots, owners, foremen, n, side)
        if o >= 0 and fills(foremen, n, side, o):
            rouse_beside(keys, slots, owners, foremen, knobs, fronts, borders, n, side, o, day)
            continue
        x, y, z, wide, deep, high = beyond(foremen, n, side)
        last = -1
        for sz in range(z >> 2, ((z + high - 1) >> 2) + 1):
            for sy in range(y >> 2, ((y + deep - 1) >> 2) + 1):
                for sx in range(x >> 2, ((x + wide - 1) >> 2) + 1):
                    s = find_sector(keys, slots, sx << 2, sy << 2, sz << 2)
                    if s < 0:
                        continue
                    for k in range(max(z, sz << 2), min(z + high, (sz << 2) + 4)):
                        for j in range(max(y, sy << 2), min(y + deep, (sy << 2) + 4)):
                            for i in range(max(x, sx << 2), min(x + wide, (sx << 2) + 4)):
                                o = int(owners[s, lot_number(i, j, k)]) - 1
                                if o >= 0 and o != last:
                                    last = o
                                    rouse_beside(keys, slots, owners, foremen, knobs, fronts, borders, n, side, o, day)


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8v, i4v, i4m, i8, i8), entry=True)
def ask_around(keys, slots, owners, foremen, knobs, fronts, borders, n, day):
    """Bay n was born or has turned: it and those beside it are asked anew."""
    watch(keys, slots, owners, foremen, knobs, fronts, borders, n, day)
    rouse(keys, slots, owners, foremen, knobs, fronts, borders, n, day)


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8v, i4v, i4m, i8m, i8, i8), entry=True)
def ask_anew(keys, slots, owners, foremen, knobs, fronts, borders, listed, number, day):
    """The first `number` bays of a list (rows, 3) have turned, all at once: they and those beside them are asked anew."""
    for i in range(number):
        watch(keys, slots, owners, foremen, knobs, fronts, borders, listed[i, 0], day)
    for i in range(number):
        rouse(keys, slots, owners, foremen, knobs, fronts, borders, listed[i, 0], day)


__all__ = [
    "A_AUTHORITY", "A_HEALTHY", "ask_anew", "ask_around", "citizen", "count_allegiance", "has_eye", "link_front", "rivals",
    "rivals_beside", "rouse", "turn", "unwatch", "watch",
]  # fmt: skip
