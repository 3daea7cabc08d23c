"""People on their way without him: daughters of a village, refugees, migrants. They go hop by hop, and may be met.

Whoever sets out arrives on the same day; what befalls them on the way is settled hop by hop. Those on the way are the first
rows of `party`; who is dead in the end is dead.
"""

from __future__ import annotations

from ..ground.chronicle import tell
from ..ground.city import City
from ..ground.codes import D_UNITS, R_COMBAT, R_PATROL, R_REFUGE, V_BEATEN_OFF
from ..ground.rng import draws
from ..words.kernel import kernel
from .allegiance import is_armed, lacks, was_damaged
from .graph import step_towards
from .patrol import intercept
from .people import kill_person, phenotype, precedence
from .units import attackers, clash, fell_units

HOPS_MOST = 64  # a way that does not end is no way
KNOWS_THE_LAND = 2
LOADED = 3  # how much they are looked out for (patrol.SOUGHT)


@kernel
def next_to_die(city: City, number: int, day: int, after: int) -> tuple[int, int]:
    """Who of the living of a party comes next after a place in a drawn order: the person, or -1, and the place."""
    best = -1
    place = after
    for k in range(number):
        p = int(city.party[k])
        person = city.persons[p]
        if person.died >= 0:
            continue
        mine = precedence(draws(city.knobs.seed, R_PATROL, day, person.name, 0)[0], person.name)
        if mine > after and (best < 0 or mine < place):
            best = p
            place = mine
    return best, place


@kernel
def stand(city: City, number: int, v: int, bay: int, met: int, day: int) -> int:
    """A party from village v fights the units that have met it in a bay; returns how many are dead.

    As a village does: where it holds, the fallen are drawn by lot; where it falls, everybody dies but those who escape.
    """
    knobs = city.knobs
    foes, worth, leader = attackers(city, v, -1, bay, day)
    who = city.villages[v].name
    defenders = max(1, number * knobs.combat_defenders_percent // 100)
    holds, left, beaten = clash(city, defenders, foes, worth)
    killer = city.units[leader].name
    rule = city.foremen[city.units[leader].bay].recognition
    fell_units(city, v, -1, bay, beaten, who, R_COMBAT, day)
    if holds:
        tell(city, day, V_BEATEN_OFF, who, killer, city.foremen[bay].name, beaten, met, 0)
    dead = 0
    turn = -1
    while holds == 0 or dead < defenders - left:
        p, turn = next_to_die(city, number, day, turn)
        if p < 0:
            break
        if holds == 0 and draws(knobs.seed, R_REFUGE, day, city.persons[p].name, 1)[0] * 1_000_000 >> 32 < knobs.refuge_ppm:
            continue
        if lacks(rule, phenotype(city, p), 1, 1) == 0:
            continue  # units kill no citizen
        kill_person(city, p, day, D_UNITS, killer, met, 0)
        dead += 1
    return dead


@kernel
def hunted(city: City, number: int, v: int, n: int, day: int) -> bool:
    """Whether the rule of bay n takes anybody of a party from village v for no citizen."""
    rule = city.foremen[n].recognition
    armed = is_armed(city, v)
    damage = was_damaged(city, n, day)
    for k in range(number):
        if lacks(rule, phenotype(city, int(city.party[k])), armed, damage) > 0:
            return True
    return False


@kernel(entry=True)
def walk_party(city: City, number: int, v: int, goal: int, cause: int, day: int) -> tuple[int, int]:
    """The first `number` of `party` walk from the bay of village v to another: how many die, and the event of it, or 0.

    They know the land around and go where no eye is, if they can. They are met once at most: who has got through is careful.
    Where they find no way they are taken to have climbed.
    """
    if city.knobs.safeguard == 0 or number == 0:
        return 0, 0
    village = city.villages[v]
    at = village.bay
    who = village.name
    detour = -1
    for _ in range(HOPS_MOST):
        if at == goal:
            break
        at, detour = step_towards(city, at, goal, detour, KNOWS_THE_LAND)
        if at < 0:
            break
        if not hunted(city, number, v, at, day):
            continue
        met = intercept(city, at, who, number, LOADED, v, -1, cause, day)
        if met != 0:
            return stand(city, number, v, at, met, day), met
    return 0, 0
