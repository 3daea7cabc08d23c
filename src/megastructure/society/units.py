"""Rows of units: how they are made, which of them hunt, how one ends, and where the matter lies that they are made of.

Units stand in order of manufacture, and nobody hunts for longer than two years, so every search reads the last rows alone.
Matter is conserved: what was taken is rubble, was returned or hunts.
"""

from __future__ import annotations

from ..ground.chronicle import tell
from ..ground.city import City
from ..ground.codes import (
    E_HARVEST,
    E_MASS,
    K_DEMOLITION,
    K_MASS,
    R_MANUFACTURE,
    RUBBLE,
    SLAB,
    U_HUNTING,
    U_KILLED,
    V_UNIT_KILLED,
    V_UNIT_MADE,
)
from ..ground.rng import draws, lineage
from ..ground.tables import YEAR
from ..land.survey import pillar_axis, pillar_half_width
from ..words.kernel import kernel
from .people import precedence
from .plans import begin_work, place_work, write_plan
from .raid import RAID, lanchester

RECENT_DAYS = 2 * YEAR  # nobody hunts for longer: a leash is a year at most, and the way to the village some weeks
# What a unit of each level is worth in a fight, in percent of one of the first.
WORTH = (0, 100, 150, 250, 400)


# ---- how they are made ---------------------------------------------------------------------------------------------------


@kernel
def make_units(
    city: City, eye: int, number: int, v: int, w: int, goal: int, ordinal: int, raid: int, arrives: int, day: int
) -> None:
    """The bay of an eye makes units out of its own matter. They hunt village v, or Wanderer w (the other is -1), at bay `goal`.

    ordinal   tells those apart whom one bay hunts on one day: their names and the place of the hole follow from it
    raid      name of the event that sends them
    """
    powers, knobs, sizes = city.powers, city.knobs, city.sizes
    foreman = city.foremen[eye]
    level = min(4, powers.alert_step // 4 + 1)
    mass = 4 << level
    for k in range(number):
        unit = city.units[sizes.units]
        sizes.units += 1
        unit.name = lineage(foreman.name, day, ordinal * RAID + k)
        unit.bay = eye
        unit.village = v
        unit.hunts = w
        unit.goal = goal
        unit.raid = raid
        unit.level = level
        unit.mass = mass
        unit.made = day
        unit.arrives = arrives
        unit.leash_until = arrives + knobs.safeguard_leash_days
        unit.ended = -1
        unit.fate = U_HUNTING
        tell(city, day, V_UNIT_MADE, unit.name, foreman.name, foreman.name, mass, raid, 0)
    _, place, roll, _ = draws(knobs.seed, R_MANUFACTURE, day, raid, 0)
    harvest(city, eye, number * mass, place, roll, day)
    powers.hunting += number
    powers.mass_taken += number * mass
    powers.mass_hunting += number * mass


# ---- who hunts -----------------------------------------------------------------------------------------------------------


@kernel
def first_recent(city: City, day: int) -> int:
    """The first row of the units that may still hunt: they stand in order of manufacture."""
    u = city.sizes.units
    while u > 0 and city.units[u - 1].made >= day - RECENT_DAYS:
        u -= 1
    return u


@kernel
def fights(city: City, u: int, v: int, w: int, bay: int, day: int) -> bool:
    """Whether unit u has arrived in a bay, where it hunts village v or Wanderer w."""
    unit = city.units[u]
    return unit.village == v and unit.hunts == w and unit.goal == bay and unit.fate == U_HUNTING and unit.arrives <= day


@kernel
def is_hunted(city: City, v: int, day: int) -> bool:
    """Whether units are after village v."""
    for u in range(first_recent(city, day), city.sizes.units):
        unit = city.units[u]
        if unit.village == v and unit.goal == city.villages[v].bay and unit.fate == U_HUNTING:
            return True
    return False


@kernel
def attackers(city: City, v: int, w: int, bay: int, day: int) -> tuple[int, int, int]:
    """How many units fight there for village v or Wanderer w, what they are worth together, who has the lowest name, or -1."""
    number = 0
    worth = 0
    leader = -1
    for u in range(first_recent(city, day), city.sizes.units):
        if fights(city, u, v, w, bay, day):
            number += 1
            worth += WORTH[city.units[u].level]
            if leader < 0 or city.units[u].name < city.units[leader].name:
                leader = u
    return number, worth, leader


@kernel
def next_to_fall(city: City, stream: int, index: int, v: int, w: int, bay: int, day: int) -> int:
    """Of the units that fight there the one with the lowest draw, or -1."""
    best = -1
    lowest = 0
    for u in range(first_recent(city, day), city.sizes.units):
        if fights(city, u, v, w, bay, day):
            name = city.units[u].name
            rank = precedence(draws(city.knobs.seed, stream, day, name, index)[0], name)
            if best < 0 or rank < lowest:
                best = u
                lowest = rank
    return best


@kernel
def end_unit(city: City, u: int, day: int, fate: int, kind: int, whom: int, place: int, cause: int) -> None:
    """Unit u hunts no more."""
    powers = city.powers
    unit = city.units[u]
    unit.ended = day
    unit.fate = fate
    powers.hunting -= 1
    powers.mass_hunting -= unit.mass
    if fate == U_KILLED:
        powers.mass_rubble += unit.mass
    else:
        powers.mass_returned += unit.mass
    tell(city, day, kind, unit.name, whom, place, unit.mass, cause, 0)


@kernel
def clash(city: City, defenders: int, foes: int, worth: int) -> tuple[int, int, int]:
    """Lanchester's fight against units that are worth so much: 1 if defenders hold, else 0; defenders left; units that fall.

    Units fall in proportion to what is left of their strength, which is counted as so many of the first level.
    """
    knobs = city.knobs
    strength = (worth + 50) // 100
    holds, left, remains = lanchester(defenders, strength, knobs.combat_effectiveness_percent, knobs.combat_square)
    return holds, left, foes - (remains * foes + strength - 1) // strength


@kernel
def fell_units(city: City, v: int, w: int, bay: int, number: int, by: int, stream: int, day: int) -> None:
    """So many of the units that fight there are brought down, the lowest draws; their rubble is a heap on the bay's floor.

    by   the name of the village, or of the Wanderer, that brings them down
    """
    mass = 0
    for _ in range(number):
        u = next_to_fall(city, stream, 0, v, w, bay, day)
        unit = city.units[u]
        mass += unit.mass
        end_unit(city, u, day, U_KILLED, V_UNIT_KILLED, by, city.foremen[bay].name, unit.raid)
    heap_rubble(city, bay, mass, by, stream, day)


@kernel
def heap_rubble(city: City, bay: int, mass: int, by: int, stream: int, day: int) -> None:
    """Plan a heap of so many cells of rubble beside the pillar of a bay."""
    if mass == 0:
        return
    gap, place, roll, _ = draws(city.knobs.seed, stream, day, by, 1)
    heap_up(city, bay, mass, gap, place, roll, day)


# ---- their matter --------------------------------------------------------------------------------------------------------


@kernel(entry=True)
def block(cells: int) -> tuple[int, int, int]:
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


@kernel(entry=True)
def heap_box(cells: int) -> tuple[int, int, int]:
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


@kernel
def beside_pillar(city: City, n: int, sx: int, sy: int, gap: int, word: int) -> tuple[int, int, int]:
    """The corner of a box on the floor of bay n, on a drawn side of its pillar; with gap 0 it takes in the pillar's face."""
    bay = city.foremen[n]
    genes = city.charters[bay.charter]
    axis_x, axis_y = pillar_axis(genes, bay.x, bay.y)
    half = pillar_half_width(genes, bay.x, bay.y)
    along = (word >> 2) % (2 * half + 1) - half
    out = half + gap
    side = word & 3
    if side == 0:
        x = axis_x + out
        y = axis_y + along - sy // 2
    elif side == 1:
        x = axis_x - out - sx + 1
        y = axis_y + along - sy // 2
    elif side == 2:
        x = axis_x + along - sx // 2
        y = axis_y + out
    else:
        x = axis_x + along - sx // 2
        y = axis_y - out - sy + 1
    x = min(max(x, bay.x), bay.x + bay.pitch - sx)
    y = min(max(y, bay.y), bay.y + bay.pitch - sy)
    return x, y, bay.z + genes.ribs + genes.shell


@kernel
def harvest(city: City, n: int, cells: int, place: int, roll: int, day: int) -> None:
    """Plan for tomorrow that so many cells are taken out beside the pillar of bay n, on the side that `place` draws."""
    sx, sy, sz = block(cells)
    x, y, z = beside_pillar(city, n, sx, sy, 0, place)
    begin_work(city, n, day + 1, E_HARVEST, K_DEMOLITION)
    place_work(city, x, y, z, sx, sy, sz)
    city.draft.scan = 1
    city.draft.duration = 1
    city.draft.roll = roll
    write_plan(city)
    city.foremen[n].damaged = day


@kernel
def refill(city: City, n: int, cells: int, place: int, roll: int, start: int) -> None:
    """Plan that so many cells are laid, from day `start` on, where `harvest` takes them with the same `place`."""
    sx, sy, sz = block(cells)
    x, y, z = beside_pillar(city, n, sx, sy, 0, place)
    begin_work(city, n, start, E_MASS, K_MASS)
    place_work(city, x, y, z, sx, sy, sz)
    city.draft.a = SLAB
    city.draft.duration = 1
    city.draft.roll = roll
    write_plan(city)


@kernel
def heap_up(city: City, n: int, cells: int, gap: int, place: int, roll: int, day: int) -> None:
    """Plan for tomorrow a heap of so many cells of rubble on the floor of bay n, some cells from its pillar."""
    sx, sy, sz = heap_box(cells)
    x, y, z = beside_pillar(city, n, sx, sy, 4 + (gap & 7), place)
    begin_work(city, n, day + 1, E_MASS, K_MASS)
    place_work(city, x, y, z, sx, sy, sz)
    city.draft.a = RUBBLE
    city.draft.b = 1  # a heap
    city.draft.duration = 1
    city.draft.roll = roll
    write_plan(city)
