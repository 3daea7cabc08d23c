"""Safeguard senses villages, assesses who lives there, makes units out of the city's matter, hunts and stands down.

A raid is a chain of events linked by cause: SENSED -> DISPATCH -> UNIT_MADE -> a fight -> the dead, or the units that give
their matter back. The more raids there are the more alarmed Safeguard is, and the more raids there will be: a process that
excites itself. Matter is conserved: what was taken is rubble, was returned or hunts.
"""

from __future__ import annotations

from math import factorial

from ..alert import ALERT_OF_STEP, alarm, refresh_alert, village_alarm, village_alert_on
from ..allegiance import has_eye
from ..chronicle import event_name, tell
from ..codes import (
    D_UNITS,
    E_HARVEST,
    E_MASS,
    K_DEMOLITION,
    K_MASS,
    R_ASSESSMENT,
    R_CASUALTY,
    R_COMBAT,
    R_MANUFACTURE,
    R_REFUGE,
    R_SENSING,
    RUBBLE,
    SLAB,
    U_HUNTING,
    U_KILLED,
    U_STOOD_DOWN,
    V_DISPATCH,
    V_SENSED,
    V_SPARED,
    V_UNIT_KILLED,
    V_UNIT_MADE,
    V_UNIT_STOOD_DOWN,
    V_VILLAGE_ENDED,
    V_VILLAGE_FELL,
    V_VILLAGE_RESISTED,
)
from ..graph import path_days, within
from ..kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel, pair, three
from ..people import carries_key, kill_person, phenotype
from ..plans import write_plan
from ..rng import draws, lineage
from ..scenario import (
    Q_COMBAT_DEFENDERS_PERCENT,
    Q_COMBAT_EFFECTIVENESS_PERCENT,
    Q_COMBAT_SQUARE,
    Q_REFUGE_PPM,
    Q_SAFEGUARD_ALERT_RAID,
    Q_SAFEGUARD_BARRIER_PERCENT,
    Q_SAFEGUARD_EXPOSURE_PPM,
    Q_SAFEGUARD_LEASH_DAYS,
    Q_SAFEGUARD_SPARES_CARRIERS,
    Q_SAFEGUARD_THRESHOLD,
    Q_SAFEGUARD_UNITS,
    Q_SEED,
)
from ..survey import pillar_axis, pillar_half_width
from ..tables import (
    F_CHARTER,
    F_DAMAGED,
    F_NAME,
    F_PITCH,
    F_RECOGNITION,
    F_TERMINALS,
    F_X,
    F_Y,
    F_Z,
    G_RIBS,
    G_SHELL,
    PE_BORN,
    PE_LED_BY,
    PE_NAME,
    PO_ALERT_STEP,
    PO_HUNTING,
    PO_MASS_HUNTING,
    PO_MASS_RETURNED,
    PO_MASS_RUBBLE,
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
from ..world import COMMON, HOMES_VILLAGE, RAID
from .law import Law

LAW = Law(
    name="safeguard",
    says="Eyes notice villages; if a resident's threat score is high, units are made of matter, hunt, fight and stand down.",
    writes=(
        "units", "events", "plan", "foremen.damaged", "foremen.plan_hash", "foremen.planned", "foremen.village",
        "tally.planned", "persons.died", "persons.led_by", "villages.people", "villages.infected", "villages.ended",
        "villages.alert", "villages.alert_day", "powers",
    ),
    knobs=(
        "safeguard", "safeguard_exposure_ppm", "safeguard_units", "safeguard_threshold", "safeguard_alert_raid",
        "safeguard_alert_decay_ppm", "safeguard_barrier_percent", "safeguard_leash_days", "safeguard_spares_carriers",
        "refuge_ppm", "combat_defenders_percent", "combat_effectiveness_percent", "combat_square",
    ),
    streams=("SENSING", "ASSESSMENT", "MANUFACTURE", "COMBAT", "CASUALTY", "REFUGE"),
    source="Hawkes (1971), Lanchester (1916), Green and Swets (1966), cited from memory; docs/theory/safeguard.md",
)  # fmt: skip

SIGHT_HOPS = 2  # how far an eye sees
LOOKED_AT = 8  # residents whose score is taken
MISSING_SCORE = 64  # for each locus of the rule that somebody does not show
ARMED_SCORE = 16
TERMINAL_SCORE = 32
DAMAGE_SCORE = 16
ADULT_DAYS = 15 * YEAR
RECENT_DAYS = 2 * YEAR  # nobody hunts for longer: a leash is a year at most, and the way to the village some weeks
CERTAINLY = 1_000_000_000  # ppb
RESISTED = 256  # what a raid that was beaten off adds to the village's alert, /256
ALERT_MATTERS = 32 << 16
HAZARD_MOST = 1 << 40  # ppb a year; keeps the products below 2^62


def poisson_cutoffs(mean: int, length: int) -> tuple[int, ...]:
    """floor(2^32 P(X <= k)) for k below `length`, in whole numbers, from 400 terms of the exponential series."""
    common = factorial(400)
    weights = [mean**k * (common // factorial(k)) for k in range(401)]
    total = sum(weights)
    return tuple((sum(weights[: k + 1]) << 32) // total for k in range(length))


POISSON_MOST = 64
POISSON = poisson_cutoffs(POISSON_MOST, 128)


# ---- numbers alone: the arithmetic of the law, which theory is compared with ---------------------------------------------


@kernel(i8(i8), entry=True)
def root(n):
    """The square root of a whole number, rounded down, bit by bit."""
    found = 0
    bit = 1 << 60
    while bit > n:
        bit >>= 2
    while bit > 0:
        if n >= found + bit:
            n -= found + bit
            found = (found >> 1) + bit
        else:
            found >>= 1
        bit >>= 2
    return found


@kernel(pair(i8, i8, i8, i8, i8, i8, i8), entry=True)
def hazard(raid_ppm, exposure_ppm, people, capacity, village_alert, alert, sense):
    """Raids a year (ppb) on a village: those it draws on itself, and those that its expeditions bring on.

    [raid (people/100)^1/2 (1 + a), exposure (people/capacity)^2], both times (1 + G) s

    raid_ppm, exposure_ppm   ppm a year
    village_alert, sense     /256
    alert                    of the city, /65536: the law hands over the least alert of the step; at most 32
    """
    size = root((people << 24) // 100)  # in 1/4096
    drawn = min(min(raid_ppm * 1000, HAZARD_MOST) * size >> 12, HAZARD_MOST)
    drawn = min(drawn * (256 + village_alert) >> 8, HAZARD_MOST)
    crowd = min((people << 12) // max(1, capacity), 1 << 14)
    seen = exposure_ppm * 1000 * (crowd * crowd >> 12) >> 12
    alarmed = 65536 + min(alert, ALERT_MATTERS)
    return (drawn * alarmed >> 16) * sense >> 8, (seen * alarmed >> 16) * sense >> 8


@kernel(i8(i8), entry=True)
def threat_noise(word):
    """What a score is out by: the sum of four bytes, scaled to mean 0 and a standard deviation of 12; at most 41."""
    total = (word & 255) + ((word >> 8) & 255) + ((word >> 16) & 255) + ((word >> 24) & 255)
    if total < 510:
        return -(((510 - total) * 83 + 512) >> 10)
    return ((total - 510) * 83 + 512) >> 10


@kernel(i8(i8, i8, i8, i8, i8), entry=True)
def threat(missing, armed, terminal, damage, word):
    """The threat score of somebody. For a citizen it is noise alone, which stays below the score of one missing locus."""
    score = threat_noise(word)
    if missing > 0:
        score += MISSING_SCORE * missing + ARMED_SCORE * armed + TERMINAL_SCORE * terminal + DAMAGE_SCORE * damage
    return score


@kernel(i8(i8, i8, i8), entry=True)
def mean_units(units, village_alert, alert):
    """Units that come on top of the first, on average: in 1/65536, at most 64."""
    mean = units * (256 + village_alert) * (131072 + min(alert, ALERT_MATTERS)) >> 9
    return min(mean, POISSON_MOST << 16)


@kernel(i8(i8, i8, i8, i8), entry=True)
def units_made(seed, day, name, mean):
    """1 + Poisson(mean / 65536), at most 64: of Poisson(64), by inversion, each counts with chance mean / 64."""
    word = draws(seed, R_MANUFACTURE, day, name, 0)[0]
    most = 0
    while most < len(POISSON) and POISSON[most] <= word:
        most += 1
    made = 1
    for k in range(0, most, 4):
        words = draws(seed, R_MANUFACTURE, day, name, 1 + k // 4)
        for i in range(min(4, most - k)):
            if words[i] < mean << 10:
                made += 1
    return min(made, RAID)


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


@kernel(three(i8), entry=True)
def block(cells):
    """The box with the fewest cells that has room for so many (at most 4,096): no side above 16, the most compact one."""
    sx = 16
    sy = 16
    sz = 16
    best = 1 << 40
    for x in range(1, 17):
        for y in range(x, 17):
            z = (cells + x * y - 1) // (x * y)
            if y <= z <= 16 and (x * y * z << 8) + x + y + z < best:
                best = (x * y * z << 8) + x + y + z
                sx = y
                sy = z
                sz = x
    return sx, sy, sz


@kernel(three(i8), entry=True)
def heap_box(cells):
    """The box of a heap (patterns/heaps.py) that has room for so many cells: of the fewest too many, the most compact one."""
    sx = 32
    sy = 32
    sz = 16
    best = 1 << 40
    for x in range(1, 33):
        for y in range(x, min(x + 4, 33)):
            held = 0
            z = 0
            while held < cells and 2 * z < x:
                held += (x - 2 * z) * (y - 2 * z)
                z += 1
            if held >= cells and ((held - cells) << 2) + x + y < best:
                best = ((held - cells) << 2) + x + y
                sx = x
                sy = y
                sz = z
    return sx, sy, sz


# ---- who and where -------------------------------------------------------------------------------------------------------


@kernel(i8(i8m, i8v, i8))
def first_recent(units, sizes, day):
    """The first row of the units that may still hunt: they stand in order of manufacture."""
    u = sizes[Z_UNITS]
    while u > 0 and units[u - 1, UN_MADE] >= day - RECENT_DAYS:
        u -= 1
    return u


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


@kernel(flag(i8m, i8v, i8, i8))
def is_hunted(units, sizes, v, day):
    """Whether units are after village v."""
    for u in range(first_recent(units, sizes, day), sizes[Z_UNITS]):
        if units[u, UN_VILLAGE] == v and units[u, UN_FATE] == U_HUNTING:
            return True
    return False


@kernel(i8(i8, i8, i8, i8, i8))
def drawn_place(seed, stream, day, name, index):
    """Where somebody stands in a drawn order: the draw, then the name."""
    return (draws(seed, stream, day, name, index)[0] << 30) | (name & 0x3FFFFFFF)


@kernel(pair(i8m, i4m, i4v, i8, i8, i8, i8, i8, i8))
def next_person(persons, kin, homes, seed, v, stream, least_age, day, after):
    """Who of the people at home in village v comes next after a place in a drawn order: the row, or -1, and the place."""
    best = -1
    place = 1 << 62
    p = int(homes[HOMES_VILLAGE + v])
    while p >= 0:
        if persons[p, PE_LED_BY] < 0 and day - persons[p, PE_BORN] >= least_age:
            mine = drawn_place(seed, stream, day, persons[p, PE_NAME], 0)
            if after < mine < place:
                best = p
                place = mine
        p = int(kin[p, 0])
    return best, place


@kernel(i8(i8m, i8m, i8, i8, i8m, i8, i8))
def nearest_eye(foremen, villages, v, seed, reached, found, day):
    """The row of `reached` whose bay's eye notices village v: the lowest draw; -1 where there is none."""
    best = -1
    lowest = 1 << 62
    for i in range(found):
        n = reached[i, 0]
        if has_eye(foremen, n):
            place = drawn_place(seed, R_SENSING, day, foremen[n, F_NAME], villages[v, VI_NAME] & 0xFFFF)
            if place < lowest:
                best = i
                lowest = place
    return best


@kernel(three(i8m, i8m, i8, i8, i8, i8, i8))
def beside_pillar(foremen, charters, n, sx, sy, gap, word):
    """The corner of a box on the floor of bay n, on a drawn side of its pillar; with gap 0 it takes in the pillar's face."""
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    pitch = foremen[n, F_PITCH]
    genes = charters[foremen[n, F_CHARTER]]
    axis_x, axis_y = pillar_axis(genes, x, y)
    half = pillar_half_width(genes, x, y)
    along = (word >> 2) % (2 * half + 1) - half
    out = half + gap
    side = word & 3
    if side == 0:
        px = axis_x + out
        py = axis_y + along - sy // 2
    elif side == 1:
        px = axis_x - out - sx + 1
        py = axis_y + along - sy // 2
    elif side == 2:
        px = axis_x + along - sx // 2
        py = axis_y + out
    else:
        px = axis_x + along - sx // 2
        py = axis_y - out - sy + 1
    px = min(max(px, x), x + pitch - sx)
    py = min(max(py, y), y + pitch - sy)
    return px, py, foremen[n, F_Z] + genes[G_RIBS] + genes[G_SHELL]


# ---- sense, assess, make -------------------------------------------------------------------------------------------------


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
        p, place = next_person(persons, kin, homes, seed, v, R_ASSESSMENT, 0, day, place)
        if p < 0:
            break
        lacks = rule & ~phenotype(persons, p)
        missing = 0
        while lacks > 0:
            missing += lacks & 1
            lacks >>= 1
        word = draws(seed, R_ASSESSMENT, day, persons[p, PE_NAME], 0)[1]
        highest = max(highest, threat(missing, armed, terminal, damage, word))
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


# ---- fight and stand down ------------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8m, i8m, i8v, i8, i8, i8, i8, i8, i8, i8))
def end_unit(units, powers, events, sizes, u, day, fate, kind, whom, place, cause):
    """Unit u hunts no more."""
    units[u, UN_ENDED] = day
    units[u, UN_FATE] = fate
    mass = units[u, UN_MASS]
    powers[0, PO_HUNTING] -= 1
    powers[0, PO_MASS_HUNTING] -= mass
    if fate == U_KILLED:
        powers[0, PO_MASS_RUBBLE] += mass
    else:
        powers[0, PO_MASS_RETURNED] += mass
    tell(events, sizes, day, kind, units[u, UN_NAME], whom, place, mass, cause, 0)


@kernel(NOTHING(*COMMON[3:9], i8, i8, i8))
def kill_units(world, plan, ring, sizes, knobs, tally, v, number, day):
    """So many of the units that fight village v are killed, the lowest draws; their rubble is a heap on its bay's floor."""
    foremen, charters, _, villages, units, _, powers, events, _ = world
    bay = villages[v, VI_BAY]
    name = villages[v, VI_NAME]
    seed = knobs[Q_SEED]
    first = first_recent(units, sizes, day)
    mass = 0
    for _ in range(number):
        best = -1
        lowest = 1 << 62
        for u in range(first, sizes[Z_UNITS]):
            if units[u, UN_VILLAGE] == v and units[u, UN_FATE] == U_HUNTING and units[u, UN_ARRIVES] <= day:
                place = drawn_place(seed, R_COMBAT, day, units[u, UN_NAME], 0)
                if place < lowest:
                    best = u
                    lowest = place
        if best >= 0:
            mass += units[best, UN_MASS]
            end_unit(
                units, powers, events, sizes, best, day, U_KILLED, V_UNIT_KILLED, name, foremen[bay, F_NAME],
                units[best, UN_RAID],
            )  # fmt: skip
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
    attackers = 0
    leader = -1
    for u in range(first_recent(units, sizes, day), sizes[Z_UNITS]):
        if units[u, UN_VILLAGE] == v and units[u, UN_FATE] == U_HUNTING and units[u, UN_ARRIVES] <= day:
            attackers += 1
            if leader < 0 or units[u, UN_NAME] < units[leader, UN_NAME]:
                leader = u
    at_home = 0
    p = int(homes[HOMES_VILLAGE + v])
    while p >= 0:
        if persons[p, PE_LED_BY] < 0:
            at_home += 1
        p = int(kin[p, 0])
    if attackers == 0 or at_home == 0:
        return 0
    defenders = max(1, at_home * knobs[Q_COMBAT_DEFENDERS_PERCENT] // 100) + villages[v, VI_ARMS] // 4
    if villages[v, VI_WARNED_UNTIL] > day:
        defenders = defenders * 5 // 4
    holds, defenders_left, units_left = lanchester(
        defenders, attackers, knobs[Q_COMBAT_EFFECTIVENESS_PERCENT], knobs[Q_COMBAT_SQUARE]
    )
    seed = knobs[Q_SEED]
    name = villages[v, VI_NAME]
    bay_name = foremen[villages[v, VI_BAY], F_NAME]
    raid = units[leader, UN_RAID]
    killer = units[leader, UN_NAME]
    kill_units(world, plan, ring, sizes, knobs, tally, v, attackers - units_left, day)
    dead = 0
    place = -1
    least_age = ADULT_DAYS if holds else 0
    while holds == 0 or dead < defenders - defenders_left:
        p, place = next_person(persons, kin, homes, seed, v, R_CASUALTY, least_age, day, place)
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
