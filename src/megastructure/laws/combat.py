"""Units fight for villages: Lanchester's law decides, who falls is drawn.

Where a village holds, all units die and some of its grown people; where it falls, everybody at home dies but those who escape.
The Wanderer, if he is there, has fired before (`gun.py`).
"""

from __future__ import annotations

from ..ground.arithmetic import root
from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    D_UNITS,
    E_MASS,
    K_MASS,
    R_CASUALTY,
    R_COMBAT,
    R_REFUGE,
    RUBBLE,
    U_HUNTING,
    U_KILLED,
    V_UNIT_KILLED,
    V_VILLAGE_FELL,
    V_VILLAGE_RESISTED,
)
from ..ground.rng import draws
from ..ground.tables import HOMES_VILLAGE, YEAR
from ..society.alert import village_alarm
from ..society.allegiance import lacks
from ..society.people import carries_key, kill_person, next_at_home, phenotype
from ..society.plans import begin_work, place_work, write_plan
from ..society.units import attackers, beside_pillar, end_unit, first_recent, heap_box, next_to_fall
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="combat",
    says="Units that arrive fight the village to the end; where it falls, who does not escape dies.",
    writes=(
        "units.fate", "units.ended", "events", "plan", "foremen.plan_hash", "foremen.planned", "foremen.village",
        "tally.planned", "persons.died", "persons.led_by", "villages.people", "villages.carriers", "villages.infected",
        "villages.ended", "villages.alert", "villages.alert_day", "powers",
    ),
    knobs=(
        "combat_defenders_percent", "combat_effectiveness_percent", "combat_square", "refuge_ppm",
        "safeguard_spares_carriers",
    ),
    streams=("COMBAT", "CASUALTY", "REFUGE"),
    source="Lanchester (1916), cited from memory; docs/theory/combat.md",
)  # fmt: skip

ADULT_DAYS = 15 * YEAR
RESISTED = 256  # what a raid that was beaten off adds to the village's alert, /256


# ---- numbers alone -------------------------------------------------------------------------------------------------------


@kernel(entry=True)
def lanchester(defenders: int, units: int, percent: int, square: int) -> tuple[int, int, int]:
    """A fight to the end between defenders, each worth `percent` of a unit, and units.

    returns  1 if the village holds, else 0; defenders left; units left (to the nearest whole number)
    """
    if square:
        x = percent * defenders * defenders - 100 * units * units
        if x > 0:
            return 1, min(defenders, (root(4 * x // percent) + 1) >> 1), 0
        return 0, 0, min(units, (root(4 * -x // 100) + 1) >> 1)
    x = percent * defenders - 100 * units
    if x > 0:
        return 1, (2 * x + percent) // (2 * percent), 0
    return 0, 0, (50 - x) // 100


@kernel(entry=True)
def duel(seed: int, name: int, a: int, b: int) -> int:
    """The square law as a game of chance, for equals: the next to fall is one of b with chance a / (a + b).

    returns  those left of side a, or less the number of those left of side b
    """
    k = 0
    while a > 0 and b > 0:
        if draws(seed, R_COMBAT, 0, name, k)[0] * (a + b) >> 32 < a:
            b -= 1
        else:
            a -= 1
        k += 1
    return a - b


# ---- the fight -----------------------------------------------------------------------------------------------------------


@kernel
def villages_attacked(city: City, day: int) -> int:
    """Villages at which units arrive today: serials to `acting`, names to `rank`; returns how many."""
    found = 0
    for u in range(first_recent(city, day), city.sizes.units):
        unit = city.units[u]
        if unit.fate != U_HUNTING or unit.arrives != day or unit.leash_until <= day:
            continue
        k = 0
        while k < found and city.acting[k] != unit.village:
            k += 1
        if k == found:
            city.acting[found] = unit.village
            city.rank[found] = city.villages[unit.village].name
            found += 1
    return found


@kernel
def at_home(city: City, v: int) -> int:
    """How many of village v are not on the way with the Wanderer."""
    number = 0
    p = int(city.homes[HOMES_VILLAGE + v])
    while p >= 0:
        if city.persons[p].led_by < 0:
            number += 1
        p = int(city.kin[p, 0])
    return number


@kernel
def kill_units(city: City, v: int, number: int, day: int) -> None:
    """So many of the units that fight village v are killed, the lowest draws; their rubble is a heap on its bay's floor."""
    village = city.villages[v]
    bay = village.bay
    name = village.name
    seed = city.knobs.seed
    mass = 0
    for _ in range(number):
        u = next_to_fall(city, R_COMBAT, 0, v, day)
        unit = city.units[u]
        mass += unit.mass
        end_unit(city, u, day, U_KILLED, V_UNIT_KILLED, name, city.foremen[bay].name, unit.raid)
    if mass > 0:
        sx, sy, sz = heap_box(mass)
        gap, place, roll, _ = draws(seed, R_COMBAT, day, name, 1)
        x, y, z = beside_pillar(city, bay, sx, sy, 4 + (gap & 7), place)
        begin_work(city, bay, day + 1, E_MASS, K_MASS)
        place_work(city, x, y, z, sx, sy, sz)
        city.draft.a = RUBBLE
        city.draft.b = 1  # a heap
        city.draft.duration = 1
        city.draft.roll = roll
        write_plan(city)


@kernel
def fight(city: City, v: int, day: int) -> int:
    """Units that arrive fight for village v: returns the name of the event of its fall, or 0.

    Where the village holds, the fallen are adults by lot; where it falls, everybody at home dies but those who escape. Who
    is on the way with the Wanderer is not at home.
    """
    knobs = city.knobs
    village = city.villages[v]
    foes, leader = attackers(city, v, day)
    people = at_home(city, v)
    if foes == 0 or people == 0:
        return 0
    defenders = max(1, people * knobs.combat_defenders_percent // 100) + village.arms // 4
    if village.warned_until > day:
        defenders = defenders * 5 // 4
    holds, defenders_left, units_left = lanchester(defenders, foes, knobs.combat_effectiveness_percent, knobs.combat_square)
    killer = city.units[leader]
    place = city.foremen[village.bay].name
    kill_units(city, v, foes - units_left, day)
    dead = 0
    turn = -1
    least_age = ADULT_DAYS if holds else 0
    while holds == 0 or dead < defenders - defenders_left:
        p, turn = next_at_home(city, v, R_CASUALTY, least_age, day, turn)
        if p < 0:
            break
        if holds == 0:
            if draws(knobs.seed, R_REFUGE, day, city.persons[p].name, 0)[0] * 1_000_000 >> 32 < knobs.refuge_ppm:
                continue
            if knobs.safeguard_spares_carriers and carries_key(city, p):
                continue
            if lacks(city.foremen[killer.bay].recognition, phenotype(city, p), 1, 1) == 0:  # units kill no citizen
                continue
        kill_person(city, p, day, D_UNITS, killer.name, killer.raid, 0)
        dead += 1
    if holds:
        village_alarm(city, v, day, RESISTED)
        tell(city, day, V_VILLAGE_RESISTED, village.name, 0, place, dead, killer.raid, 0)
        return 0
    tell(city, day, V_VILLAGE_FELL, village.name, 0, place, dead, killer.raid, 0)
    return event_name(day, V_VILLAGE_FELL, village.name, 0)
