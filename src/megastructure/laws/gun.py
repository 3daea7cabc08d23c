"""Where units attack the village that a Wanderer stays in, he fires, before they fight.

A shot kills units, makes a hole in the city, and kills whoever stands in its line. It costs him energy; the units that it
leaves hurt him.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.codes import (
    D_SHOT,
    E_MASS,
    K_MASS,
    M_DORMANT,
    R_DORMANCY,
    R_SIGHT,
    RUBBLE,
    U_KILLED,
    V_SHOT,
    V_UNIT_KILLED,
    V_WANDERER_WOUNDED,
)
from ..ground.rng import draws
from ..ground.scenario import Q_GUN_LEVEL, Q_SEED
from ..ground.tables import (
    F_CHARTER,
    F_HEIGHT,
    F_NAME,
    F_PITCH,
    F_VILLAGE,
    F_X,
    F_Y,
    F_Z,
    G_RIBS,
    G_SHELL,
    H_AXIS,
    H_DAY,
    H_LENGTH,
    H_RADIUS,
    H_WANDERER,
    H_X,
    H_Y,
    H_Z,
    PE_LED_BY,
    PE_NAME,
    UN_BAY,
    UN_MASS,
    UN_RAID,
    VI_BAY,
    WA_BAY,
    WA_ENERGY,
    WA_GOAL,
    WA_HITS,
    WA_MISSION,
    WA_NAME,
    Z_SHOTS,
    Z_WANDERERS,
)
from ..ground.world import COMMON, WORLD
from ..land.lots import owner_of_lot
from ..society.people import kill_person, next_resident
from ..society.plans import write_plan
from ..society.quest.mission import OTHER, break_down, mend, short_sleep
from ..society.units import attackers, end_unit, next_to_fall
from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from .law import Law

LAW = Law(
    name="gun",
    says="He fires once at the units that attack the village he is in; the beam goes through city and people alike.",
    writes=(
        "wanderers", "shots", "units.fate", "units.ended", "foremen.village", "foremen.plan_hash", "foremen.planned",
        "villages.people", "villages.carriers",
        "villages.infected", "villages.ended", "persons.led_by", "persons.died", "powers", "plan",
        "events", "tally.planned",
    ),
    knobs=("gun_level",),
    streams=("SIGHT", "DORMANCY"),
    source="a rule of this world; docs/theory/gun.md",
)  # fmt: skip

WOUND = 20  # hits that each unit left over costs him
WOUNDED = 100  # hits lost at once that are told


# ---- numbers alone -------------------------------------------------------------------------------------------------------


@kernel(i8(i8, i8, i8), entry=True)
def gun_level(most, energy, foes):
    """The least level that can hit all foes, at most `most` and what the energy pays for; 0: he cannot fire."""
    level = 0
    while level < most and energy >= 10 << 2 * level and (level == 0 or 2 << 2 * (level - 1) < foes):
        level += 1
    return level


@kernel(i8(i8m, i8, i8), entry=True)
def hit_ppm(foremen, n, level):
    """Chance (ppm) that somebody who lives in bay n stands in a beam of this level: its section to that of the ways there."""
    wide = 2 * level + 1
    return min(1_000_000, wide * wide * 16_000_000 // (foremen[n, F_PITCH] * foremen[n, F_PITCH]))


# ---- the beam ------------------------------------------------------------------------------------------------------------


@kernel(NOTHING(WORLD, i8v, i8v, i4m, i4m, i4v, i8, i8, i8, i8, i8))
def hit_village(world, sizes, knobs, kin, estates, homes, n, name, ppm, shot, day):
    """Whoever of the village of bay n stands in the line of the shot dies, in order of name."""
    foremen, _, persons, _, _, _, _, _, _ = world
    v = foremen[n, F_VILLAGE]
    p = next_resident(persons, kin, homes, v, 0)
    while p >= 0:
        who = persons[p, PE_NAME]
        stands = draws(knobs[Q_SEED], R_SIGHT, day, who, name & 0xFFFF)[0] * 1_000_000 >> 32 < ppm
        if stands and persons[p, PE_LED_BY] < 0:
            kill_person(world, sizes, knobs, kin, estates, homes, p, day, D_SHOT, name, shot, ppm * 1000)
        p = next_resident(persons, kin, homes, v, who)


@kernel(NOTHING(i8v, i4v, i4m, WORLD, i8v, i8v, i4m, i4m, i4v, i8, i8, i8, i8, i8))
def fire(keys, slots, owners, world, sizes, knobs, kin, estates, homes, w, level, towards, shot, day):
    """A beam from the middle of his bay towards another: the hole is made tomorrow, people in line die today."""
    foremen, _, _, _, _, wanderers, _, _, shots = world
    bay = wanderers[w, WA_BAY]
    x = foremen[bay, F_X] + foremen[bay, F_PITCH] // 2
    y = foremen[bay, F_Y] + foremen[bay, F_PITCH] // 2
    z = foremen[bay, F_Z] + foremen[bay, F_HEIGHT] // 2
    dx = foremen[towards, F_X] + foremen[towards, F_PITCH] // 2 - x
    dy = foremen[towards, F_Y] + foremen[towards, F_PITCH] // 2 - y
    dz = foremen[towards, F_Z] + foremen[towards, F_HEIGHT] // 2 - z
    axis = 0
    ahead = dx >= 0
    if abs(dy) > abs(dx) and abs(dy) >= abs(dz):
        axis = 1
        ahead = dy >= 0
    elif abs(dz) > abs(dx) and abs(dz) > abs(dy):
        axis = 2
        ahead = dz >= 0
    length = 16 << 2 * level
    back = 0 if ahead else length - 1
    i = sizes[Z_SHOTS]
    sizes[Z_SHOTS] = i + 1
    shots[i, H_DAY] = day + 1
    shots[i, H_X] = x - (back if axis == 0 else level)
    shots[i, H_Y] = y - (back if axis == 1 else level)
    shots[i, H_Z] = z - (back if axis == 2 else level)
    shots[i, H_AXIS] = axis
    shots[i, H_LENGTH] = length
    shots[i, H_RADIUS] = level
    shots[i, H_WANDERER] = w
    last = -1
    for step in range(0, length, 16):
        far = step if ahead else -step
        lx = (x + (far if axis == 0 else 0)) >> 4
        ly = (y + (far if axis == 1 else 0)) >> 4
        lz = (z + (far if axis == 2 else 0)) >> 4
        n = owner_of_lot(keys, slots, owners, lx, ly, lz)
        if n >= 0 and n != last and foremen[n, F_VILLAGE] >= 0:
            ppm = hit_ppm(foremen, n, level)
            if n == bay:
                ppm //= 2  # half of them stand behind him
            hit_village(world, sizes, knobs, kin, estates, homes, n, wanderers[w, WA_NAME], ppm, shot, day)
        last = n


@kernel(NOTHING(WORLD, i4m, i4v, i8v, i8v, i8v, i8, i8, i8, i8))
def heap_rubble(world, plan, ring, sizes, knobs, tally, n, mass, name, day):
    """Plan a heap of at least so many cells of rubble on the floor of bay n, for the units that he has killed there."""
    foremen, charters, _, _, _, _, _, _, _ = world
    side = 1
    while side * (side + 1) * (side + 2) // 6 < mass and side < 31:
        side += 2
    genes = charters[foremen[n, F_CHARTER]]
    drawn_x, drawn_y, roll, _ = draws(knobs[Q_SEED], R_SIGHT, day, name, OTHER)
    ground = foremen[n, F_PITCH] - side - 8
    x = foremen[n, F_X] + 4 + drawn_x % ground
    y = foremen[n, F_Y] + 4 + drawn_y % ground
    z = foremen[n, F_Z] + genes[G_RIBS] + genes[G_SHELL]
    write_plan(
        plan, ring, sizes, knobs, foremen, tally, n, day + 1, E_MASS, K_MASS, x, y, z, side, side, (side + 1) // 2, 0,
        RUBBLE, 1, 1, 0, roll,
    )  # fmt: skip


# ---- who fires -----------------------------------------------------------------------------------------------------------


@kernel(NOTHING(*COMMON, i8, i8, i8))
def stand_by(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, w, day,
):  # fmt: skip
    """Wanderer w stands by village v, where he is: he fires once at the units that attack it, and is hurt by the others."""
    foremen, _, _, villages, units, wanderers, powers, events, _ = world
    foes, _ = attackers(units, sizes, v, day)
    if foes == 0:
        return
    mend(wanderers, w, day)
    his = wanderers[w, WA_NAME]
    bay = villages[v, VI_BAY]
    place = foremen[bay, F_NAME]
    target = next_to_fall(units, sizes, knobs[Q_SEED], R_SIGHT, his & 0xFFFF, v, day)
    raid = units[target, UN_RAID]
    level = gun_level(knobs[Q_GUN_LEVEL], wanderers[w, WA_ENERGY], foes)
    if level > 0:
        wanderers[w, WA_ENERGY] -= 10 << 2 * (level - 1)
        towards = units[target, UN_BAY]
        shot = event_name(day + 1, V_SHOT, sizes[Z_SHOTS] + 1, his)
        mass = 0
        for _ in range(min(foes, 2 << 2 * (level - 1))):
            u = next_to_fall(units, sizes, knobs[Q_SEED], R_SIGHT, his & 0xFFFF, v, day)
            end_unit(units, powers, events, sizes, u, day, U_KILLED, V_UNIT_KILLED, his, place, shot)
            mass += units[u, UN_MASS]
            foes -= 1
        heap_rubble(world, plan, ring, sizes, knobs, tally, bay, mass, his, day)
        fire(keys, slots, owners, world, sizes, knobs, kin, estates, homes, w, level, towards, shot, day)
    lost = min(wanderers[w, WA_HITS], level * level + WOUND * foes)
    wanderers[w, WA_HITS] -= lost
    if lost >= WOUNDED:
        tell(events, sizes, day, V_WANDERER_WOUNDED, his, 0, place, lost, raid, 0)
    if wanderers[w, WA_HITS] == 0:
        days = short_sleep(draws(knobs[Q_SEED], R_DORMANCY, day, his, 0)[0])
        hurt = event_name(day, V_WANDERER_WOUNDED, his, 0) if lost >= WOUNDED else raid
        break_down(world, sizes, w, days, hurt, day)


@kernel(NOTHING(*COMMON, i8, i8))
def defend(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """Whoever of them is in village v, awake and not on his way, fires; in order of name."""
    _, _, _, villages, _, wanderers, _, _, _ = world
    last = 0
    while True:
        best = -1
        for w in range(sizes[Z_WANDERERS]):
            name = wanderers[w, WA_NAME]
            if name <= last or wanderers[w, WA_BAY] != villages[v, VI_BAY]:
                continue
            if wanderers[w, WA_GOAL] >= 0 or wanderers[w, WA_MISSION] == M_DORMANT:
                continue
            if best < 0 or name < wanderers[best, WA_NAME]:
                best = w
        if best < 0:
            return
        last = wanderers[best, WA_NAME]
        stand_by(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, v, best, day,
        )  # fmt: skip
