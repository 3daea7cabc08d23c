"""Safeguard senses villages, assesses who lives there, makes units out of the city's matter, and lets them stand down.

A raid is a chain of events linked by cause: SENSED -> DISPATCH -> UNIT_MADE -> a fight (`combat.py`) -> the dead, or the units
that give their matter back. The more raids there are the more alarmed Safeguard is, and the more raids there will be: a process
that excites itself. Its numbers are in `raid.py`.
"""

from __future__ import annotations

from ..ground.arithmetic import bits
from ..ground.chronicle import event_name, tell
from ..ground.city import City
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
from ..ground.tables import (
    YEAR,
)
from ..society.alert import ALERT_OF_STEP, alarm, refresh_alert, village_alert_on
from ..society.allegiance import has_eye
from ..society.graph import path_days, within
from ..society.people import next_at_home, phenotype, precedence
from ..society.plans import begin_work, place_work, write_plan
from ..society.raid import RAID, hazard, mean_units, threat, units_made
from ..society.units import beside_pillar, block, end_unit, first_recent, is_hunted
from ..words.kernel import kernel
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


@kernel
def nearest_eye(city: City, v: int, seed: int, found: int, day: int) -> int:
    """The row of `reached` whose bay's eye notices village v: the lowest draw; -1 where there is none."""
    best = -1
    lowest = 0
    for i in range(found):
        n = city.reached[i].bay
        if has_eye(city, n):
            foreman = city.foremen[n]
            drawn = draws(seed, R_SENSING, day, foreman.name, city.villages[v].name & 0xFFFF)[0]
            rank = precedence(drawn, foreman.name)
            if best < 0 or rank < lowest:
                best = i
                lowest = rank
    return best


@kernel
def highest_score(city: City, found: int, eye: int, v: int, day: int) -> int:
    """The highest threat score of eight residents of village v, by the rule of the eye's bay; -1: nobody is at home."""
    village = city.villages[v]
    armed = 1 if 8 * village.arms >= village.people else 0
    terminal = 0
    damage = 0
    for i in range(found):
        step = city.reached[i]
        n = step.bay
        foreman = city.foremen[n]
        if step.hops <= 1 and foreman.terminals > 0:
            terminal = 1
        if step.hops <= 1 and foreman.damaged >= 0 and day - foreman.damaged < YEAR:
            damage = 1
    rule = city.foremen[eye].recognition
    seed = city.knobs.seed
    highest = -1
    place = -1
    for _ in range(LOOKED_AT):
        p, place = next_at_home(city, seed, v, R_ASSESSMENT, 0, day, place)
        if p < 0:
            break
        lacks = rule & ~phenotype(city, p)
        word = draws(seed, R_ASSESSMENT, day, city.persons[p].name, 0)[1]
        highest = max(highest, threat(bits(lacks), armed, terminal, damage, word))
    return highest


@kernel
def dispatch(city: City, i: int, v: int, cause: int, day: int) -> None:
    """The eye's bay, row i of `reached`, makes units out of its own matter and sends them after village v."""
    eye = city.reached[i].bay
    foreman = city.foremen[eye]
    eye_name = foreman.name
    name = city.villages[v].name
    step = city.powers.alert_step
    seed = city.knobs.seed
    mean = mean_units(city.knobs.safeguard_units, village_alert_on(city, v, day), ALERT_OF_STEP[step])
    made = units_made(seed, day, name, mean)
    level = min(4, step // 4 + 1)
    mass = 4 << level
    arrives = day + 1 + path_days(city, i)
    raid = event_name(day, V_DISPATCH, name, eye_name)
    tell(city, day, V_DISPATCH, name, eye_name, eye_name, made, cause, 0)
    for k in range(made):
        u = city.sizes.units
        city.sizes.units = u + 1
        unit = city.units[u]
        unit.name = lineage(eye_name, day, (name & 0xFFFF) * RAID + k)
        unit.bay = eye
        unit.village = v
        unit.raid = raid
        unit.level = level
        unit.mass = mass
        unit.made = day
        unit.arrives = arrives
        unit.leash_until = arrives + city.knobs.safeguard_leash_days
        unit.ended = -1
        unit.fate = U_HUNTING
        tell(city, day, V_UNIT_MADE, unit.name, eye_name, eye_name, mass, raid, 0)
    sx, sy, sz = block(made * mass)
    _, place, roll, _ = draws(seed, R_MANUFACTURE, day, name, 0)
    x, y, z = beside_pillar(city, eye, sx, sy, 0, place)
    begin_work(city, eye, day + 1, E_HARVEST, K_DEMOLITION)
    place_work(city, x, y, z, sx, sy, sz)
    city.draft.scan = 1
    city.draft.duration = 1
    city.draft.roll = roll
    write_plan(city)
    foreman.damaged = day
    city.powers.raids += 1
    city.powers.hunting += made
    city.powers.mass_taken += made * mass
    city.powers.mass_hunting += made * mass
    alarm(city, day, city.knobs.safeguard_alert_raid)


@kernel
def sense(city: City, v: int, day: int) -> None:
    """A month in which eyes may notice village v; whoever is noticed is assessed, and may be hunted.

    One draw decides, with a twelfth of the yearly hazard as its chance. A village that is hunted already is not sensed.
    """
    refresh_alert(city, day)
    village = city.villages[v]
    if village.delayed_until > day or village.sense == 0:
        return
    drawn, seen = hazard(
        city.powers.raid_ppm, city.knobs.safeguard_exposure_ppm, village.people, village.capacity,
        village_alert_on(city, v, day), ALERT_OF_STEP[city.powers.alert_step], village.sense,
    )  # fmt: skip
    if village.barrier_until > day:
        drawn = drawn * city.knobs.safeguard_barrier_percent // 100
        seen = seen * city.knobs.safeguard_barrier_percent // 100
    if village.warned_until > day:
        drawn >>= 1
        seen >>= 1
    seen = min(seen // 12, CERTAINLY)
    chance = min(seen + drawn // 12, CERTAINLY)
    name = village.name
    seed = city.knobs.seed
    ticket = draws(seed, R_SENSING, day, name, 0)[0] * CERTAINLY >> 32
    if ticket >= chance:
        return
    found = within(city, village.bay, SIGHT_HOPS)
    i = nearest_eye(city, v, seed, found, day)
    if i < 0 or is_hunted(city, v, day):
        return
    eye = city.reached[i].bay
    eye_name = city.foremen[eye].name
    place = city.foremen[village.bay].name
    noticed = event_name(day, V_SENSED, name, eye_name)
    tell(city, day, V_SENSED, name, eye_name, place, 1 if ticket < seen else 0, 0, chance)
    score = highest_score(city, found, eye, v, day)
    if score < city.knobs.safeguard_threshold:
        tell(city, day, V_SPARED, name, eye_name, place, score, noticed, 0)
        return
    dispatch(city, i, v, noticed, day)


# ---- stand down ----------------------------------------------------------------------------------------------------------


@kernel
def stand_down(city: City, day: int) -> None:
    """Units whose leash has run out, or whose village has ended, give their matter back where it was taken."""
    u = first_recent(city, day)
    while u < city.sizes.units:
        unit = city.units[u]
        raid = unit.raid
        made = unit.made
        bay = unit.bay
        v = unit.village
        village = city.villages[v]
        name = village.name
        cause = raid
        if village.ended >= 0:
            cause = event_name(village.ended, V_VILLAGE_ENDED, name, 0)
        mass = 0
        while u < city.sizes.units and city.units[u].raid == raid:  # the units of a raid stand side by side
            machine = city.units[u]
            if machine.fate == U_HUNTING and (machine.leash_until <= day or village.ended >= 0):
                mass += machine.mass
                end_unit(city, u, day, U_STOOD_DOWN, V_UNIT_STOOD_DOWN, name, city.foremen[bay].name, cause)
            u += 1
        if mass > 0:
            sx, sy, sz = block(mass)
            _, place, roll, _ = draws(city.knobs.seed, R_MANUFACTURE, made, name, 0)  # the place of the hole
            x, y, z = beside_pillar(city, bay, sx, sy, 0, place)
            begin_work(city, bay, day + 1, E_MASS, K_MASS)
            place_work(city, x, y, z, sx, sy, sz)
            city.draft.a = SLAB
            city.draft.duration = 1
            city.draft.roll = roll
            write_plan(city)
