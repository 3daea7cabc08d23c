"""Safeguard senses villages, assesses who lives there, makes units out of the city's matter, and lets them stand down.

A raid is a chain of events linked by cause: SENSED -> DISPATCH -> UNIT_MADE -> a fight (`combat.py`) -> the dead, or the units
that give their matter back. The more raids there are the more alarmed Safeguard is, and the more raids there will be: a process
that excites itself. Its numbers are in `raid.py`.
"""

from __future__ import annotations

from ..ground.arithmetic import bits
from ..ground.chronicle import event_name, tell
from ..ground.codes import (
    E_HARVEST,
    E_MASS,
    K_DEMOLITION,
    K_MASS,
    R_ASSESSMENT,
    R_MANUFACTURE,
    R_SENSING,
    SLAB,
    U_HUNTING,
    U_STOOD_DOWN,
    V_DISPATCH,
    V_SENSED,
    V_SPARED,
    V_UNIT_MADE,
    V_UNIT_STOOD_DOWN,
    V_VILLAGE_ENDED,
)
from ..ground.rng import draws, lineage
from ..ground.scenario import (
    Q_SAFEGUARD_ALERT_RAID,
    Q_SAFEGUARD_BARRIER_PERCENT,
    Q_SAFEGUARD_EXPOSURE_PPM,
    Q_SAFEGUARD_LEASH_DAYS,
    Q_SAFEGUARD_THRESHOLD,
    Q_SAFEGUARD_UNITS,
    Q_SEED,
)
from ..ground.tables import (
    F_DAMAGED,
    F_NAME,
    F_RECOGNITION,
    F_TERMINALS,
    PE_NAME,
    PO_ALERT_STEP,
    PO_HUNTING,
    PO_MASS_HUNTING,
    PO_MASS_TAKEN,
    PO_RAID_PPM,
    PO_RAIDS,
    UN_ARRIVES,
    UN_BAY,
    UN_ENDED,
    UN_FATE,
    UN_LEASH_UNTIL,
    UN_LEVEL,
    UN_MADE,
    UN_MASS,
    UN_NAME,
    UN_RAID,
    UN_VILLAGE,
    VI_ARMS,
    VI_BARRIER_UNTIL,
    VI_BAY,
    VI_CAPACITY,
    VI_DELAYED_UNTIL,
    VI_ENDED,
    VI_NAME,
    VI_PEOPLE,
    VI_SENSE,
    VI_WARNED_UNTIL,
    YEAR,
    Z_UNITS,
)
from ..ground.world import COMMON, RAID
from ..society.alert import ALERT_OF_STEP, alarm, refresh_alert, village_alert_on
from ..society.allegiance import has_eye
from ..society.graph import path_days, within
from ..society.people import next_at_home, phenotype, precedence
from ..society.plans import write_plan
from ..society.raid import hazard, mean_units, threat, units_made
from ..society.units import beside_pillar, block, end_unit, first_recent, is_hunted
from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from .law import Law

LAW = Law(
    name="safeguard",
    says="Eyes notice villages; if a resident's threat score is high, units are made of matter, hunt, and stand down.",
    writes=(
        "units", "events", "plan", "foremen.damaged", "foremen.plan_hash", "foremen.planned", "tally.planned", "powers",
    ),
    knobs=(
        "safeguard", "safeguard_exposure_ppm", "safeguard_units", "safeguard_threshold", "safeguard_alert_raid",
        "safeguard_alert_decay_ppm", "safeguard_barrier_percent", "safeguard_leash_days",
    ),
    streams=("SENSING", "ASSESSMENT", "MANUFACTURE"),
    source="Hawkes (1971), Green and Swets (1966), cited from memory; docs/theory/safeguard.md",
)  # fmt: skip

SIGHT_HOPS = 2  # how far an eye sees
LOOKED_AT = 8  # residents whose score is taken
CERTAINLY = 1_000_000_000  # ppb


# ---- sense, assess, make -------------------------------------------------------------------------------------------------


@kernel(i8(i8m, i8m, i8, i8, i8m, i8, i8))
def nearest_eye(foremen, villages, v, seed, reached, found, day):
    """The row of `reached` whose bay's eye notices village v: the lowest draw; -1 where there is none."""
    best = -1
    lowest = 0
    for i in range(found):
        n = reached[i, 0]
        if has_eye(foremen, n):
            drawn = draws(seed, R_SENSING, day, foremen[n, F_NAME], villages[v, VI_NAME] & 0xFFFF)[0]
            rank = precedence(drawn, foremen[n, F_NAME])
            if best < 0 or rank < lowest:
                best = i
                lowest = rank
    return best


@kernel(i8(i8m, i8m, i8m, i4m, i4v, i8v, i8m, i8, i8, i8, i8))
def highest_score(foremen, persons, villages, kin, homes, knobs, reached, found, eye, v, day):
    """The highest threat score of eight residents of village v, by the rule of the eye's bay; -1: nobody is at home."""
    armed = 1 if 8 * villages[v, VI_ARMS] >= villages[v, VI_PEOPLE] else 0
    terminal = 0
    damage = 0
    for i in range(found):
        n = reached[i, 0]
        if reached[i, 1] <= 1 and foremen[n, F_TERMINALS] > 0:
            terminal = 1
        if reached[i, 1] <= 1 and foremen[n, F_DAMAGED] >= 0 and day - foremen[n, F_DAMAGED] < YEAR:
            damage = 1
    rule = foremen[eye, F_RECOGNITION]
    seed = knobs[Q_SEED]
    highest = -1
    place = -1
    for _ in range(LOOKED_AT):
        p, place = next_at_home(persons, kin, homes, seed, v, R_ASSESSMENT, 0, day, place)
        if p < 0:
            break
        lacks = rule & ~phenotype(persons, p)
        word = draws(seed, R_ASSESSMENT, day, persons[p, PE_NAME], 0)[1]
        highest = max(highest, threat(bits(lacks), armed, terminal, damage, word))
    return highest


@kernel(NOTHING(*COMMON[:9], i8m, i8, i8, i8, i8))
def dispatch(keys, slots, owners, world, plan, ring, sizes, knobs, tally, reached, i, v, cause, day):
    """The eye's bay, row i of `reached`, makes units out of its own matter and sends them after village v."""
    foremen, charters, _, villages, units, _, powers, events, _ = world
    eye = reached[i, 0]
    eye_name = foremen[eye, F_NAME]
    name = villages[v, VI_NAME]
    step = powers[0, PO_ALERT_STEP]
    seed = knobs[Q_SEED]
    mean = mean_units(knobs[Q_SAFEGUARD_UNITS], village_alert_on(villages, v, day), ALERT_OF_STEP[step])
    made = units_made(seed, day, name, mean)
    level = min(4, step // 4 + 1)
    mass = 4 << level
    arrives = day + 1 + path_days(keys, slots, owners, foremen, charters, reached, i)
    raid = event_name(day, V_DISPATCH, name, eye_name)
    tell(events, sizes, day, V_DISPATCH, name, eye_name, eye_name, made, cause, 0)
    for k in range(made):
        u = sizes[Z_UNITS]
        sizes[Z_UNITS] = u + 1
        units[u, UN_NAME] = lineage(eye_name, day, (name & 0xFFFF) * RAID + k)
        units[u, UN_BAY] = eye
        units[u, UN_VILLAGE] = v
        units[u, UN_RAID] = raid
        units[u, UN_LEVEL] = level
        units[u, UN_MASS] = mass
        units[u, UN_MADE] = day
        units[u, UN_ARRIVES] = arrives
        units[u, UN_LEASH_UNTIL] = arrives + knobs[Q_SAFEGUARD_LEASH_DAYS]
        units[u, UN_ENDED] = -1
        units[u, UN_FATE] = U_HUNTING
        tell(events, sizes, day, V_UNIT_MADE, units[u, UN_NAME], eye_name, eye_name, mass, raid, 0)
    sx, sy, sz = block(made * mass)
    _, place, roll, _ = draws(seed, R_MANUFACTURE, day, name, 0)
    x, y, z = beside_pillar(foremen, charters, eye, sx, sy, 0, place)
    write_plan(
        plan, ring, sizes, knobs, foremen, tally, eye, day + 1, E_HARVEST, K_DEMOLITION, x, y, z, sx, sy, sz, 1, 0, 0, 1,
        0, roll,
    )  # fmt: skip
    foremen[eye, F_DAMAGED] = day
    powers[0, PO_RAIDS] += 1
    powers[0, PO_HUNTING] += made
    powers[0, PO_MASS_TAKEN] += made * mass
    powers[0, PO_MASS_HUNTING] += made * mass
    alarm(powers, knobs, day, knobs[Q_SAFEGUARD_ALERT_RAID])


@kernel(NOTHING(*COMMON, i8, i8))
def sense(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """A month in which eyes may notice village v; whoever is noticed is assessed, and may be hunted.

    One draw decides, with a twelfth of the yearly hazard as its chance. A village that is hunted already is not sensed.
    """
    foremen, _, persons, villages, units, _, powers, events, _ = world
    refresh_alert(powers, knobs, day)
    if villages[v, VI_DELAYED_UNTIL] > day or villages[v, VI_SENSE] == 0:
        return
    drawn, seen = hazard(
        powers[0, PO_RAID_PPM], knobs[Q_SAFEGUARD_EXPOSURE_PPM], villages[v, VI_PEOPLE], villages[v, VI_CAPACITY],
        village_alert_on(villages, v, day), ALERT_OF_STEP[powers[0, PO_ALERT_STEP]], villages[v, VI_SENSE],
    )  # fmt: skip
    if villages[v, VI_BARRIER_UNTIL] > day:
        drawn = drawn * knobs[Q_SAFEGUARD_BARRIER_PERCENT] // 100
        seen = seen * knobs[Q_SAFEGUARD_BARRIER_PERCENT] // 100
    if villages[v, VI_WARNED_UNTIL] > day:
        drawn >>= 1
        seen >>= 1
    seen = min(seen // 12, CERTAINLY)
    chance = min(seen + drawn // 12, CERTAINLY)
    name = villages[v, VI_NAME]
    seed = knobs[Q_SEED]
    ticket = draws(seed, R_SENSING, day, name, 0)[0] * CERTAINLY >> 32
    if ticket >= chance:
        return
    found = within(keys, slots, owners, foremen, villages[v, VI_BAY], SIGHT_HOPS, marks, reached)
    i = nearest_eye(foremen, villages, v, seed, reached, found, day)
    if i < 0 or is_hunted(units, sizes, v, day):
        return
    eye = reached[i, 0]
    eye_name = foremen[eye, F_NAME]
    place = foremen[villages[v, VI_BAY], F_NAME]
    noticed = event_name(day, V_SENSED, name, eye_name)
    tell(events, sizes, day, V_SENSED, name, eye_name, place, 1 if ticket < seen else 0, 0, chance)
    score = highest_score(foremen, persons, villages, kin, homes, knobs, reached, found, eye, v, day)
    if score < knobs[Q_SAFEGUARD_THRESHOLD]:
        tell(events, sizes, day, V_SPARED, name, eye_name, place, score, noticed, 0)
        return
    dispatch(keys, slots, owners, world, plan, ring, sizes, knobs, tally, reached, i, v, noticed, day)


# ---- stand down ----------------------------------------------------------------------------------------------------------


@kernel(NOTHING(*COMMON, i8))
def stand_down(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """Units whose leash has run out, or whose village has ended, give their matter back where it was taken."""
    foremen, charters, _, villages, units, _, powers, events, _ = world
    u = first_recent(units, sizes, day)
    while u < sizes[Z_UNITS]:
        raid = units[u, UN_RAID]
        made = units[u, UN_MADE]
        bay = units[u, UN_BAY]
        v = units[u, UN_VILLAGE]
        name = villages[v, VI_NAME]
        cause = raid
        if villages[v, VI_ENDED] >= 0:
            cause = event_name(villages[v, VI_ENDED], V_VILLAGE_ENDED, name, 0)
        mass = 0
        while u < sizes[Z_UNITS] and units[u, UN_RAID] == raid:  # the units of a raid stand side by side
            if units[u, UN_FATE] == U_HUNTING and (units[u, UN_LEASH_UNTIL] <= day or villages[v, VI_ENDED] >= 0):
                mass += units[u, UN_MASS]
                end_unit(
                    units, powers, events, sizes, u, day, U_STOOD_DOWN, V_UNIT_STOOD_DOWN, name, foremen[bay, F_NAME], cause
                )
            u += 1
        if mass > 0:
            sx, sy, sz = block(mass)
            _, place, roll, _ = draws(knobs[Q_SEED], R_MANUFACTURE, made, name, 0)  # the place of the hole
            x, y, z = beside_pillar(foremen, charters, bay, sx, sy, 0, place)
            write_plan(
                plan, ring, sizes, knobs, foremen, tally, bay, day + 1, E_MASS, K_MASS, x, y, z, sx, sy, sz, 0, SLAB, 0, 1,
                0, roll,
            )  # fmt: skip
