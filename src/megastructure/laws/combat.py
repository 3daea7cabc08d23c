"""Units fight for villages: Lanchester's law decides, who falls is drawn.

Where a village holds, all units die and some of its grown people; where it falls, everybody at home dies but those who escape.
The Wanderer, if he is there, has fired before (`gun.py`).
"""

from __future__ import annotations

from ..ground.arithmetic import root
from ..ground.chronicle import event_name, tell
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
from ..ground.scenario import (
    Q_COMBAT_DEFENDERS_PERCENT,
    Q_COMBAT_EFFECTIVENESS_PERCENT,
    Q_COMBAT_SQUARE,
    Q_REFUGE_PPM,
    Q_SAFEGUARD_SPARES_CARRIERS,
    Q_SEED,
)
from ..ground.tables import (
    F_NAME,
    PE_LED_BY,
    PE_NAME,
    UN_ARRIVES,
    UN_FATE,
    UN_LEASH_UNTIL,
    UN_MASS,
    UN_NAME,
    UN_RAID,
    UN_VILLAGE,
    VI_ARMS,
    VI_BAY,
    VI_NAME,
    VI_WARNED_UNTIL,
    YEAR,
    Z_UNITS,
)
from ..ground.world import COMMON, HOMES_VILLAGE
from ..society.alert import village_alarm
from ..society.people import carries_key, kill_person, next_at_home
from ..society.plans import write_plan
from ..society.units import attackers, beside_pillar, end_unit, first_recent, heap_box, next_to_fall
from ..words.kernel import NOTHING, i8, i8m, i8v, kernel, three
from .law import Law

LAW = Law(
    name="combat",
    says="Units that arrive fight the village to the end; where it falls, who does not escape dies.",
    writes=(
        "units.fate", "units.ended", "events", "plan", "foremen.plan_hash", "foremen.planned", "foremen.village",
        "tally.planned", "persons.died", "persons.led_by", "villages.people", "villages.carriers",
        "villages.infected", "villages.ended",
        "villages.alert", "villages.alert_day", "powers",
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


@kernel(three(i8, i8, i8, i8), entry=True)
def lanchester(defenders, units, percent, square):
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


@kernel(i8(i8, i8, i8, i8), entry=True)
def duel(seed, name, a, b):
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


@kernel(i8(i8m, i8m, i8v, i8v, i8v, i8))
def villages_attacked(units, villages, sizes, rows, order, day):
    """Villages at which units arrive today: serials to `rows`, names to `order`; returns how many."""
    found = 0
    for u in range(first_recent(units, sizes, day), sizes[Z_UNITS]):
        recalled = units[u, UN_LEASH_UNTIL] <= day
        if units[u, UN_FATE] != U_HUNTING or units[u, UN_ARRIVES] != day or recalled:
            continue
        v = units[u, UN_VILLAGE]
        k = 0
        while k < found and rows[k] != v:
            k += 1
        if k == found:
            rows[found] = v
            order[found] = villages[v, VI_NAME]
            found += 1
    return found


@kernel(NOTHING(*COMMON[3:9], i8, i8, i8))
def kill_units(world, plan, ring, sizes, knobs, tally, v, number, day):
    """So many of the units that fight village v are killed, the lowest draws; their rubble is a heap on its bay's floor."""
    foremen, charters, _, villages, units, _, powers, events, _ = world
    bay = villages[v, VI_BAY]
    name = villages[v, VI_NAME]
    seed = knobs[Q_SEED]
    mass = 0
    for _ in range(number):
        u = next_to_fall(units, sizes, seed, R_COMBAT, 0, v, day)
        mass += units[u, UN_MASS]
        end_unit(units, powers, events, sizes, u, day, U_KILLED, V_UNIT_KILLED, name, foremen[bay, F_NAME], units[u, UN_RAID])
    if mass > 0:
        sx, sy, sz = heap_box(mass)
        gap, place, roll, _ = draws(seed, R_COMBAT, day, name, 1)
        x, y, z = beside_pillar(foremen, charters, bay, sx, sy, 4 + (gap & 7), place)
        write_plan(
            plan, ring, sizes, knobs, foremen, tally, bay, day + 1, E_MASS, K_MASS, x, y, z, sx, sy, sz, 0, RUBBLE, 1, 1, 0,
            roll,
        )  # fmt: skip


@kernel(i8(*COMMON, i8, i8))
def fight(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """Units that arrive fight for village v: returns the name of the event of its fall, or 0.

    Where the village holds, the fallen are adults by lot; where it falls, everybody at home dies but those who escape. Who
    is on the way with the Wanderer is not at home.
    """
    foremen, _, persons, villages, units, _, _, events, _ = world
    foes, leader = attackers(units, sizes, v, day)
    at_home = 0
    p = int(homes[HOMES_VILLAGE + v])
    while p >= 0:
        if persons[p, PE_LED_BY] < 0:
            at_home += 1
        p = int(kin[p, 0])
    if foes == 0 or at_home == 0:
        return 0
    defenders = max(1, at_home * knobs[Q_COMBAT_DEFENDERS_PERCENT] // 100) + villages[v, VI_ARMS] // 4
    if villages[v, VI_WARNED_UNTIL] > day:
        defenders = defenders * 5 // 4
    holds, defenders_left, units_left = lanchester(
        defenders, foes, knobs[Q_COMBAT_EFFECTIVENESS_PERCENT], knobs[Q_COMBAT_SQUARE]
    )
    seed = knobs[Q_SEED]
    name = villages[v, VI_NAME]
    bay_name = foremen[villages[v, VI_BAY], F_NAME]
    raid = units[leader, UN_RAID]
    killer = units[leader, UN_NAME]
    kill_units(world, plan, ring, sizes, knobs, tally, v, foes - units_left, day)
    dead = 0
    place = -1
    least_age = ADULT_DAYS if holds else 0
    while holds == 0 or dead < defenders - defenders_left:
        p, place = next_at_home(persons, kin, homes, seed, v, R_CASUALTY, least_age, day, place)
        if p < 0:
            break
        if holds == 0:
            if draws(seed, R_REFUGE, day, persons[p, PE_NAME], 0)[0] * 1_000_000 >> 32 < knobs[Q_REFUGE_PPM]:
                continue
            if knobs[Q_SAFEGUARD_SPARES_CARRIERS] and carries_key(persons, knobs, p):
                continue
        kill_person(world, sizes, knobs, kin, estates, homes, p, day, D_UNITS, killer, raid, 0)
        dead += 1
    if holds:
        village_alarm(villages, v, day, RESISTED)
        tell(events, sizes, day, V_VILLAGE_RESISTED, name, 0, bay_name, dead, raid, 0)
        return 0
    tell(events, sizes, day, V_VILLAGE_FELL, name, 0, bay_name, dead, raid, 0)
    return event_name(day, V_VILLAGE_FELL, name, 0)
