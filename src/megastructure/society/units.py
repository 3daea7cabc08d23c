"""Rows of units: which of them hunt, how one ends, and where the matter lies that they are made of.

Units stand in order of manufacture, and nobody hunts for longer than two years, so every search reads the last rows alone.
Matter is conserved: what was taken is rubble, was returned or hunts.
"""

from __future__ import annotations

from ..ground.chronicle import tell
from ..ground.codes import U_HUNTING, U_KILLED
from ..ground.rng import draws
from ..ground.tables import (
    F_CHARTER,
    F_PITCH,
    F_X,
    F_Y,
    F_Z,
    G_RIBS,
    G_SHELL,
    PO_HUNTING,
    PO_MASS_HUNTING,
    PO_MASS_RETURNED,
    PO_MASS_RUBBLE,
    UN_ARRIVES,
    UN_ENDED,
    UN_FATE,
    UN_MADE,
    UN_MASS,
    UN_NAME,
    UN_VILLAGE,
    YEAR,
    Z_UNITS,
)
from ..land.survey import pillar_axis, pillar_half_width
from ..words.kernel import (
    NOTHING,
    flag,
    i8,
    i8m,
    i8v,
    kernel,
    pair,
    three,
)
from .people import precedence

RECENT_DAYS = 2 * YEAR  # nobody hunts for longer: a leash is a year at most, and the way to the village some weeks


# ---- who hunts -----------------------------------------------------------------------------------------------------------


@kernel(i8(i8m, i8v, i8))
def first_recent(units, sizes, day):
    """The first row of the units that may still hunt: they stand in order of manufacture."""
    u = sizes[Z_UNITS]
    while u > 0 and units[u - 1, UN_MADE] >= day - RECENT_DAYS:
        u -= 1
    return u


@kernel(flag(i8m, i8, i8, i8))
def fights(units, u, v, day):
    """Whether unit u has arrived at village v and hunts."""
    return units[u, UN_VILLAGE] == v and units[u, UN_FATE] == U_HUNTING and units[u, UN_ARRIVES] <= day


@kernel(flag(i8m, i8v, i8, i8))
def is_hunted(units, sizes, v, day):
    """Whether units are after village v."""
    for u in range(first_recent(units, sizes, day), sizes[Z_UNITS]):
        if units[u, UN_VILLAGE] == v and units[u, UN_FATE] == U_HUNTING:
            return True
    return False


@kernel(pair(i8m, i8v, i8, i8))
def attackers(units, sizes, v, day):
    """How many units fight village v, and which of them has the lowest name: its row, or -1."""
    number = 0
    leader = -1
    for u in range(first_recent(units, sizes, day), sizes[Z_UNITS]):
        if fights(units, u, v, day):
            number += 1
            if leader < 0 or units[u, UN_NAME] < units[leader, UN_NAME]:
                leader = u
    return number, leader


@kernel(i8(i8m, i8v, i8, i8, i8, i8, i8))
def next_to_fall(units, sizes, seed, stream, index, v, day):
    """Of the units that fight village v the one with the lowest draw, or -1."""
    best = -1
    lowest = 0
    for u in range(first_recent(units, sizes, day), sizes[Z_UNITS]):
        if fights(units, u, v, day):
            name = units[u, UN_NAME]
            rank = precedence(draws(seed, stream, day, name, index)[0], name)
            if best < 0 or rank < lowest:
                best = u
                lowest = rank
    return best


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


# ---- their matter --------------------------------------------------------------------------------------------------------


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
