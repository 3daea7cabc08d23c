"""Rows of units: which of them hunt, how one ends, and where the matter lies that they are made of.

Units stand in order of manufacture, and nobody hunts for longer than two years, so every search reads the last rows alone.
Matter is conserved: what was taken is rubble, was returned or hunts.
"""

from __future__ import annotations

from ..ground.chronicle import tell
from ..ground.city import City
from ..ground.codes import U_HUNTING, U_KILLED
from ..ground.rng import draws
from ..ground.tables import YEAR
from ..land.survey import pillar_axis, pillar_half_width
from ..words.kernel import kernel
from .people import precedence

RECENT_DAYS = 2 * YEAR  # nobody hunts for longer: a leash is a year at most, and the way to the village some weeks


# ---- who hunts -----------------------------------------------------------------------------------------------------------


@kernel
def first_recent(city: City, day: int) -> int:
    """The first row of the units that may still hunt: they stand in order of manufacture."""
    u = city.sizes.units
    while u > 0 and city.units[u - 1].made >= day - RECENT_DAYS:
        u -= 1
    return u


@kernel
def fights(city: City, u: int, v: int, day: int) -> bool:
    """Whether unit u has arrived at village v and hunts."""
    unit = city.units[u]
    return unit.village == v and unit.fate == U_HUNTING and unit.arrives <= day


@kernel
def is_hunted(city: City, v: int, day: int) -> bool:
    """Whether units are after village v."""
    for u in range(first_recent(city, day), city.sizes.units):
        unit = city.units[u]
        if unit.village == v and unit.fate == U_HUNTING:
            return True
    return False


@kernel
def attackers(city: City, v: int, day: int) -> tuple[int, int]:
    """How many units fight village v, and which of them has the lowest name: its row, or -1."""
    number = 0
    leader = -1
    for u in range(first_recent(city, day), city.sizes.units):
        if fights(city, u, v, day):
            number += 1
            if leader < 0 or city.units[u].name < city.units[leader].name:
                leader = u
    return number, leader


@kernel
def next_to_fall(city: City, stream: int, index: int, v: int, day: int) -> int:
    """Of the units that fight village v the one with the lowest draw, or -1."""
    best = -1
    lowest = 0
    for u in range(first_recent(city, day), city.sizes.units):
        if fights(city, u, v, day):
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
