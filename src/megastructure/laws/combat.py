"""Units fight for villages: Lanchester's law decides, who falls is drawn.

Where a village holds, all units die and some of its grown people; where it falls, everybody at home dies but those who escape.
The Wanderer, if he is there, has fired before (`gun.py`).
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    D_UNITS,
    R_CASUALTY,
    R_COMBAT,
    R_REFUGE,
    U_HUNTING,
    V_VILLAGE_FELL,
    V_VILLAGE_RESISTED,
)
from ..ground.rng import draws
from ..ground.tables import HOMES_VILLAGE
from ..society.alert import village_alarm
from ..society.allegiance import lacks
from ..society.people import ADULT_DAYS, carries_key, kill_person, next_at_home, phenotype
from ..society.units import attackers, clash, fell_units, first_recent
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

RESISTED = 256  # what a raid that was beaten off adds to the village's alert, /256


# ---- numbers alone -------------------------------------------------------------------------------------------------------


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
        if unit.village < 0 or unit.goal != city.villages[unit.village].bay:
            continue  # they hunt somebody who is on the way
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
def fight(city: City, v: int, day: int) -> int:
    """Units that arrive fight for village v: returns the name of the event of its fall, or 0.

    Where the village holds, the fallen are adults by lot; where it falls, everybody at home dies but those who escape. Who
    is on the way with the Wanderer is not at home.
    """
    knobs = city.knobs
    village = city.villages[v]
    foes, worth, leader = attackers(city, v, -1, village.bay, day)
    people = at_home(city, v)
    if foes == 0 or people == 0:
        return 0
    defenders = max(1, people * knobs.combat_defenders_percent // 100) + village.arms // 4
    if village.warned_until > day:
        defenders = defenders * 5 // 4
    holds, defenders_left, felled = clash(city, defenders, foes, worth)
    killer = city.units[leader]
    place = city.foremen[village.bay].name
    fell_units(city, v, -1, village.bay, felled, village.name, R_COMBAT, day)
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
