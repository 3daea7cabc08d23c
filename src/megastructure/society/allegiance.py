"""Whose rule a bay obeys, the rule itself, and the day on which it next meets a neighbour of the other side.

A link between two bays that obey different powers is asked at random times, like a clock that rings with a constant chance. Of
the two ends of such a link one is the Authority's; while the code spreads, one is healthy. Only these have clocks, one for
each bay: whoever turns sets or stops its own and need tell nobody. `fronts` has a list of bays for each month of 64 years, and
after the heads the number of bays in each; `borders` (n, 2) holds the links.
"""

from __future__ import annotations

from ..ground.arithmetic import bits
from ..ground.city import City, Knobs
from ..ground.codes import A_AUTHORITY, A_HEALTHY, A_SAFEGUARD, R_CONTAGION, R_COPYING_RULE
from ..ground.rng import draw, draws
from ..ground.tables import ARMED_OUT, DAMAGE_OUT, FRONTS, HUMAN, IMPOSSIBLE, MONTH, YEAR
from ..words.kernel import kernel
from .bases import destroy_base
from .people import phenotype
from .reigns import build_on, leave_reign

PPM = 1_000_000
PPB = 1_000_000_000
SHOWN = IMPOSSIBLE | (IMPOSSIBLE - 1)  # bits of a rule that somebody shows or does not show
LOCI = HUMAN - 1  # those of them that are loci of the key
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


# ---- the rule itself -------------------------------------------------------------------------------------------------


@kernel(entry=True)
def lacks(rule: int, shows: int, armed: int, damage: int) -> int:
    """How many of the things that a rule asks for somebody lacks; 0: a citizen.

    shows    mask of the loci that they show
    armed    1: they live in an armed village
    damage   1: they live beside what was damaged
    """
    return bits(rule & SHOWN & ~shows) + (armed if rule & ARMED_OUT else 0) + (damage if rule & DAMAGE_OUT else 0)


@kernel(entry=True)
def is_armed(city: City, v: int) -> int:
    """1 where village v has a weapon for eight people, else 0."""
    village = city.villages[v]
    return 1 if 8 * village.arms >= village.people else 0


@kernel(entry=True)
def was_damaged(city: City, n: int, day: int) -> int:
    """1 where bay n was shot at, or matter was taken from it, within a year; else 0."""
    bay = city.foremen[n]
    return 1 if bay.damaged >= 0 and day - bay.damaged < YEAR else 0


@kernel(entry=True)
def citizen(city: City, n: int, p: int, day: int) -> bool:
    """Whether bay n takes person p, as they live on this day, for a citizen."""
    v = city.persons[p].village
    near = was_damaged(city, city.villages[v].bay, day)
    return lacks(city.foremen[n].recognition, phenotype(city, p), is_armed(city, v), near) == 0


@kernel(entry=True)
def erred_rule(city: City, rule: int, name: int, day: int) -> int:
    """What a rule has become in a copy that errs.

    The cult's rule loses the locus that nobody has, and asks for one locus of the key (half of them), two or three, or hunts
    by arms or by damage alone. Any other has one locus more or less; or comes to hunt by arms or by damage alone; or asks
    again for what nobody has.
    """
    loci = city.knobs.gene_loci
    kind, number, one, _ = draws(city.knobs.seed, R_COPYING_RULE, day, name, 1)
    first, second, third, _ = draws(city.knobs.seed, R_COPYING_RULE, day, name, 2)
    sort = kind & 15
    asked = 1 << (first * loci >> 32)
    if number & 3 > 1:
        asked |= 1 << (second * loci >> 32)
    if number & 3 > 2:
        asked |= 1 << (third * loci >> 32)
    if sort < 3 and rule != ARMED_OUT:
        return ARMED_OUT
    if sort < 6 and rule != DAMAGE_OUT:
        return DAMAGE_OUT
    if rule & IMPOSSIBLE:
        return asked
    if sort < 11:
        return IMPOSSIBLE
    changed = (rule & (HUMAN | LOCI)) ^ (1 << (one * loci >> 32))
    return changed if changed & LOCI else asked  # no rule asks for nothing


@kernel(entry=True)
def error_rate(city: City, rule: int) -> int:
    """How often a copy of a rule errs, in ppm."""
    return city.knobs.recognition_healthy_ppm if rule == HUMAN else city.knobs.recognition_error_ppm


@kernel(entry=True)
def copied_rule(city: City, rule: int, name: int, day: int) -> int:
    """The rule of the bay of this name, which copies another's on this day."""
    rate = error_rate(city, rule)
    if rate == 0 or draws(city.knobs.seed, R_COPYING_RULE, day, name, 0)[0] * PPM >> 32 >= rate:
        return rule
    return erred_rule(city, rule, name, day)


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
    """Living bay n obeys another from this day on, by the rule of that side; `event`: the name of the event that tells it.

    Who is won over by a bay of Safeguard copies the rule of that bay afterwards: this is the cult's.
    """
    count_allegiance(city, n, -1)
    bay = city.foremen[n]
    if allegiance != A_AUTHORITY:
        leave_reign(city, n, event, day)
    if allegiance == A_SAFEGUARD:
        build_on(city, n, day)  # it is the Authority that tells a bay to stop
    else:
        destroy_base(city, n, 0, event, day)
    bay.allegiance = allegiance
    bay.recognition = IMPOSSIBLE if allegiance == A_SAFEGUARD else HUMAN
    bay.turned_by = event
    count_allegiance(city, n, 1)
    if city.powers.spread_since >= 0:  # before, nobody has a clock
        watch(city, n, day)


__all__ = [
    "A_AUTHORITY",
    "A_HEALTHY",
    "citizen",
    "copied_rule",
    "count_allegiance",
    "is_armed",
    "lacks",
    "link_front",
    "turn",
    "unwatch",
    "was_damaged",
    "watch",
]  # fmt: skip
