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
from ..ground.tables import YEAR
from ..society.alert import ALERT_OF_STEP, alarm, refresh_alert, village_alert_on
from ..society.allegiance import working_eye
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
def nearest_eye(city: City, v: int, found: int, day: int) -> int:
    """The row of `reached` whose bay's eye notices village v: the lowest draw; -1 where there is none."""
    whom = city.villages[v].name & 0xFFFF
    best = -1
    lowest = 0
    for i in range(found):
        n = city.reached[i].bay
        if working_eye(city, n, day):
            name = city.foremen[n].name
            rank = precedence(draws(city.knobs.seed, R_SENSING, day, name, whom)[0], name)
            if best < 0 or rank < lowest:
                best = i
                lowest = rank
    return best


@kernel
def highest_score(city: City, v: int, found: int, rule: int, day: int) -> int:
    """The highest threat score of eight residents of village v, by the rule of the eye's bay; -1: nobody is at home."""
    village = city.villages[v]
    armed = 1 if 8 * village.arms >= village.people else 0
    terminal = 0
    damage = 0
    for i in range(found):
        near = city.reached[i]
        bay = city.foremen[near.bay]
        if near.hops <= 1 and bay.terminals > 0:
            terminal = 1
        if near.hops <= 1 and bay.damaged >= 0 and day - bay.damaged < YEAR:
            damage = 1
    highest = -1
    turn = -1
    for _ in range(LOOKED_AT):
        p, turn = next_at_home(city, v, R_ASSESSMENT, 0, day, turn)
        if p < 0:
            break
        lacks = rule & ~phenotype(city, p)
        word = draws(city.knobs.seed, R_ASSESSMENT, day, city.persons[p].name, 0)[1]
        highest = max(highest, threat(bits(lacks), armed, terminal, damage, word))
    return highest


@kernel
def dispatch(city: City, i: int, v: int, cause: int, day: int) -> None:
    """The eye's bay, row i of `reached`, makes units out of its own matter and sends them after village v."""
    powers, knobs, sizes = city.powers, city.knobs, city.sizes
    eye = city.reached[i].bay
    foreman = city.foremen[eye]
    name = city.villages[v].name
    seed = knobs.seed
    mean = mean_units(knobs.safeguard_units, village_alert_on(city, v, day), ALERT_OF_STEP[powers.alert_step])
    made = units_made(seed, day, name, mean)
    level = min(4, powers.alert_step // 4 + 1)
    mass = 4 << level
    arrives = day + 1 + path_days(city, i)
    raid = event_name(day, V_DISPATCH, name, foreman.name)
    tell(city, day, V_DISPATCH, name, foreman.name, foreman.name, made, cause, 0)
    for k in range(made):
        unit = city.units[sizes.units]
        sizes.units += 1
        unit.name = lineage(foreman.name, day, (name & 0xFFFF) * RAID + k)
        unit.bay = eye
        unit.village = v
        unit.raid = raid
        unit.level = level
        unit.mass = mass
        unit.made = day
        unit.arrives = arrives
        unit.leash_until = arrives + knobs.safeguard_leash_days
        unit.ended = -1
        unit.fate = U_HUNTING
        tell(city, day, V_UNIT_MADE, unit.name, foreman.name, foreman.name, mass, raid, 0)
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
    powers.raids += 1
    powers.hunting += made
    powers.mass_taken += made * mass
    powers.mass_hunting += made * mass
    alarm(city, day, knobs.safeguard_alert_raid)


@kernel
def sense(city: City, v: int, day: int) -> None:
    """A month in which eyes may notice village v; whoever is noticed is assessed, and may be hunted.

    One draw decides, with a twelfth of the yearly hazard as its chance. A village that is hunted already is not sensed.
    """
    powers, knobs = city.powers, city.knobs
    village = city.villages[v]
    refresh_alert(city, day)
    if village.delayed_until > day or village.sense == 0:
        return
    drawn, seen = hazard(
        powers.raid_ppm, knobs.safeguard_exposure_ppm, village.people, village.capacity,
        village_alert_on(city, v, day), ALERT_OF_STEP[powers.alert_step], village.sense,
    )  # fmt: skip
    if village.barrier_until > day:
        drawn = drawn * knobs.safeguard_barrier_percent // 100
        seen = seen * knobs.safeguard_barrier_percent // 100
    if village.warned_until > day:
        drawn >>= 1
        seen >>= 1
    seen = min(seen // 12, CERTAINLY)
    chance = min(seen + drawn // 12, CERTAINLY)
    ticket = draws(knobs.seed, R_SENSING, day, village.name, 0)[0] * CERTAINLY >> 32
    if ticket >= chance:
        return
    found = within(city, village.bay, SIGHT_HOPS)
    i = nearest_eye(city, v, found, day)
    if i < 0 or is_hunted(city, v, day):
        return
    eye = city.foremen[city.reached[i].bay]
    place = city.foremen[village.bay].name
    noticed = event_name(day, V_SENSED, village.name, eye.name)
    tell(city, day, V_SENSED, village.name, eye.name, place, 1 if ticket < seen else 0, 0, chance)
    score = highest_score(city, v, found, eye.recognition, day)
    if score < knobs.safeguard_threshold:
        tell(city, day, V_SPARED, village.name, eye.name, place, score, noticed, 0)
    else:
        dispatch(city, i, v, noticed, day)


# ---- stand down ----------------------------------------------------------------------------------------------------------


@kernel
def stand_down(city: City, day: int) -> None:
    """Units whose leash has run out, or whose village has ended, give their matter back where it was taken."""
    u = first_recent(city, day)
    while u < city.sizes.units:
        first = city.units[u]
        raid, made, bay = first.raid, first.made, first.bay
        village = city.villages[first.village]
        name = village.name
        ended = village.ended >= 0
        cause = event_name(village.ended, V_VILLAGE_ENDED, name, 0) if ended else raid
        mass = 0
        while u < city.sizes.units and city.units[u].raid == raid:  # the units of a raid stand side by side
            unit = city.units[u]
            if unit.fate == U_HUNTING and (unit.leash_until <= day or ended):
                mass += unit.mass
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
