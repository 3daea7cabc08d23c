"""Whose rule a bay obeys, the rule itself, and the day on which it next meets a neighbour of the other side.

A link between two bays that obey different powers is asked at random times, like a clock that rings with a constant chance. Of
the two ends of such a link one is the Authority's; while the code spreads, one is healthy. Only these have clocks, one for
each bay: whoever turns sets or stops its own and need tell nobody. `fronts` has a list of bays for each month of 64 years, and
after the heads the number of bays in each; `borders` (n, 2) holds the links.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import A_AUTHORITY, A_HEALTHY, A_SAFEGUARD, R_CONTAGION
from ..ground.rng import draw
from ..ground.scenario import Q_INFECTION_LINK_PPM, Q_SEED, Q_STRUGGLE, Q_STRUGGLE_FLIP_PPM
from ..ground.tables import (
    F_ALLEGIANCE,
    F_ASKED,
    F_NAME,
    F_RECOGNITION,
    F_TURNED_BY,
    HUMAN,
    IMPOSSIBLE,
    PO_AUTHORITY_BAYS,
    PO_SAFEGUARD_BAYS,
    PO_SPREAD_SINCE,
)
from ..ground.world import FRONTS, MONTH
from ..words.kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel

PPB = 1_000_000_000
SIDES = 6
MONTHS = 12
WAIT_MOST = 4096  # years; who would wait longer is not asked at all


# ---- whose rule ------------------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8m, i8, i8))
def count_allegiance(powers, foremen, n, change):
    """Count living bay n in (+1) or out (-1)."""
    if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD:
        powers[0, PO_SAFEGUARD_BAYS] += change
    elif foremen[n, F_ALLEGIANCE] == A_AUTHORITY:
        powers[0, PO_AUTHORITY_BAYS] += change


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


@kernel(i8(i8v, i8), entry=True)
def ring_chance(knobs, allegiance):
    """In ppb a year: how often a bay of this allegiance is asked over each of its sides; 0: it has no clock."""
    if allegiance == A_HEALTHY:
        return knobs[Q_INFECTION_LINK_PPM] * 1000
    if allegiance == A_AUTHORITY and knobs[Q_STRUGGLE]:
        return min(PPB, knobs[Q_STRUGGLE_FLIP_PPM] * 2000)
    return 0


@kernel(i8(i8, i8), entry=True)
def stays(left, times):
    """`left` (ppb) to the power of `times`, rounded down at each step."""
    product = PPB
    for _ in range(times):
        product = product * left // PPB
    return product


@kernel(i8(i8, i8), entry=True)
def months_until(chance, word):
    """The months, 1 or more, until a clock of six sides rings that a word of 32 bits draws; -1: more than WAIT_MOST years.

    chance   in ppb: that one side rings in a year; in a month it is a twelfth, and months are independent
    """
    calm = stays(PPB - chance // MONTHS, SIDES)  # no side rings in a month
    calm_year = stays(calm, MONTHS)
    drawn = word * PPB >> 32
    left = PPB
    following = calm_year
    months = 0
    while drawn < following:
        left = following
        following = left * calm_year // PPB
        months += MONTHS
        if months == WAIT_MOST * MONTHS:
            return -1
    for _ in range(MONTHS):
        months += 1
        left = left * calm // PPB
        if drawn >= left:
            break
    return months


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
    """Set the clock of bay n anew, if it has one: draw the month, after that of this day, in which it is asked next."""
    unwatch(foremen, fronts, borders, n)
    chance = ring_chance(knobs, foremen[n, F_ALLEGIANCE])
    if chance == 0:
        return
    months = months_until(chance, draw(knobs[Q_SEED], R_CONTAGION, day, foremen[n, F_NAME], 0))
    if months > 0:
        foremen[n, F_ASKED] = day - day % MONTH + MONTH * months
        link_front(foremen, fronts, borders, n)


# ---- who turns -------------------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8m, i8v, i4v, i4m, i8, i8, i8, i8), entry=True)
def turn(foremen, powers, knobs, fronts, borders, n, allegiance, event, day):
    """Living bay n obeys another from this day on, by the rule of that side; `event`: the name of the event that tells it."""
    count_allegiance(powers, foremen, n, -1)
    foremen[n, F_ALLEGIANCE] = allegiance
    foremen[n, F_RECOGNITION] = IMPOSSIBLE if allegiance == A_SAFEGUARD else HUMAN
    foremen[n, F_TURNED_BY] = event
    count_allegiance(powers, foremen, n, 1)
    if powers[0, PO_SPREAD_SINCE] >= 0:  # before, nobody has a clock
        watch(foremen, knobs, fronts, borders, n, day)


__all__ = ["A_AUTHORITY", "A_HEALTHY", "citizen", "count_allegiance", "has_eye", "link_front", "turn", "unwatch", "watch"]
