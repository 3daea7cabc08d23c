"""Whose rule a bay obeys, the rule itself, and the day on which it next meets a neighbour of the other side.

A link between two bays that obey different powers is asked at random times, like a clock that rings with a constant chance. Of
the two ends of such a link one is the Authority's; while the code spreads, one is healthy. Only these have clocks, one for
each bay: whoever turns sets or stops its own and need tell nobody. `fronts` has a list of bays for each month of 64 years, and
after the heads the number of bays in each; `borders` (n, 2) holds the links.
"""

from __future__ import annotations

from ..ground.city import City, Knobs
from ..ground.codes import A_AUTHORITY, A_HEALTHY, A_SAFEGUARD, R_CONTAGION
from ..ground.rng import draw
from ..ground.tables import FRONTS, HUMAN, IMPOSSIBLE, MONTH
from ..words.kernel import kernel

PPB = 1_000_000_000
SIDES = 6
MONTHS = 12
WAIT_MOST = 4096  # years; who would wait longer is not asked at all
ALL_SIDES = (1 << SIDES) - 1


# ---- whose rule ------------------------------------------------------------------------------------------------------


@kernel
def count_allegiance(city: City, n: int, change: int) -> None:
    """Count living bay n in (+1) or out (-1)."""
    allegiance = city.foremen[n].allegiance
    if allegiance == A_SAFEGUARD:
        city.powers.safeguard_bays += change
    elif allegiance == A_AUTHORITY:
        city.powers.authority_bays += change


@kernel(entry=True)
def has_eye(city: City, n: int) -> bool:
    """Whether bay n has an eye of Safeguard: every second infected bay, by its name."""
    bay = city.foremen[n]
    return bay.allegiance == A_SAFEGUARD and (bay.name >> 4) & 1 == 1


@kernel(entry=True)
def working_eye(city: City, n: int, day: int) -> bool:
    """Whether bay n has an eye that sees: while all its conduits are broken it has no power, and is blind."""
    bay = city.foremen[n]
    return has_eye(city, n) and (bay.broken != ALL_SIDES or day >= bay.mended)


@kernel(entry=True)
def citizen(city: City, n: int, phenotype: int) -> bool:
    """Whether bay n takes somebody who shows these loci for a citizen: the recognition rule."""
    return city.foremen[n].recognition & ~phenotype == 0


# ---- when a bay is asked ---------------------------------------------------------------------------------------------


@kernel(entry=True)
def ring_chance(knobs: Knobs, allegiance: int) -> int:
    """In ppb a year: how often a bay of this allegiance is asked over each of its sides; 0: it has no clock."""
    if allegiance == A_HEALTHY:
        return knobs.infection_link_ppm * 1000
    if allegiance == A_AUTHORITY and knobs.struggle:
        return min(PPB, knobs.struggle_flip_ppm * 2000)
    return 0


@kernel(entry=True)
def stays(left: int, times: int) -> int:
    """`left` (ppb) to the power of `times`, rounded down at each step."""
    product = PPB
    for _ in range(times):
        product = product * left // PPB
    return product


@kernel(entry=True)
def months_until(chance: int, word: int) -> int:
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


@kernel
def link_front(city: City, n: int) -> None:
    """Put bay n, whose `asked` is set, in the list of that month."""
    k = city.foremen[n].asked // MONTH % FRONTS
    first = int(city.fronts[k])
    city.borders[n, 0] = -1
    city.borders[n, 1] = first
    if first >= 0:
        city.borders[first, 0] = n
    city.fronts[k] = n
    city.fronts[FRONTS + k] += 1


@kernel
def unwatch(city: City, n: int) -> None:
    """Bay n is asked no more."""
    bay = city.foremen[n]
    if bay.asked < 0:
        return
    k = bay.asked // MONTH % FRONTS
    before = int(city.borders[n, 0])
    after = int(city.borders[n, 1])
    if before < 0:
        city.fronts[k] = after
    else:
        city.borders[before, 1] = after
    if after >= 0:
        city.borders[after, 0] = before
    city.fronts[FRONTS + k] -= 1
    bay.asked = -1


@kernel(entry=True)
def watch(city: City, n: int, day: int) -> None:
    """Set the clock of bay n anew, if it has one: draw the month, after that of this day, in which it is asked next."""
    unwatch(city, n)
    bay = city.foremen[n]
    chance = ring_chance(city.knobs, bay.allegiance)
    if chance == 0:
        return
    months = months_until(chance, draw(city.knobs.seed, R_CONTAGION, day, bay.name, 0))
    if months > 0:
        bay.asked = day - day % MONTH + MONTH * months
        link_front(city, n)


# ---- who turns -------------------------------------------------------------------------------------------------------


@kernel(entry=True)
def turn(city: City, n: int, allegiance: int, event: int, day: int) -> None:
    """Living bay n obeys another from this day on, by the rule of that side; `event`: the name of the event that tells it."""
    count_allegiance(city, n, -1)
    bay = city.foremen[n]
    bay.allegiance = allegiance
    bay.recognition = IMPOSSIBLE if allegiance == A_SAFEGUARD else HUMAN
    bay.turned_by = event
    count_allegiance(city, n, 1)
    if city.powers.spread_since >= 0:  # before, nobody has a clock
        watch(city, n, day)


__all__ = [
    "ALL_SIDES", "A_AUTHORITY", "A_HEALTHY", "citizen", "count_allegiance", "has_eye", "link_front", "turn", "unwatch",
    "watch", "working_eye",
]  # fmt: skip
