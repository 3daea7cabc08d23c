"""Whose rule a bay obeys, the rule itself, and the day on which a neighbour next tries to win the bay over.

A bay is asked over each of its six sides at random times, like a clock that rings with a constant chance. So the law draws
when the next ring comes, and looks at nobody until then. `fronts` has a list of bays for each month of 64 years, and after
the heads the number of bays in each; `borders` (n, 2) holds the links.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .codes import A_AUTHORITY, A_HEALTHY, A_SAFEGUARD, R_CONTAGION
from .kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel
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
    F_NAME,
    F_RECOGNITION,
    F_TURNED_BY,
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


@kernel(NOTHING(i8m, i8v, i4v, i4m, i8, i8), entry=True)
def watch(foremen, knobs, fronts, borders, n, day):
    """Draw the month, after this day, in which bay n is asked next: years by the chance of a ring, any month of the last."""
    unwatch(foremen, fronts, borders, n)
    quiet = stays(ring_chance(knobs, foremen[n, F_ALLEGIANCE]), SIDES)
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


__all__ = [
    "A_AUTHORITY", "A_HEALTHY", "citizen", "count_allegiance", "has_eye", "link_front", "turn", "unwatch", "watch",
]  # fmt: skip
