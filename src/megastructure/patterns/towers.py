"""Buildings: towers that stand on a plate or hang from one, and facades that close a side of a bay.

    plan of a storey                      side view of a tower (a = 0)       front of a facade with gate and loggia
    p . p b b b p . p     relief               _____                         ####################
    . W W g D D g W .     front              w#_#_#w                         ##|            |####
    b W . . . . . W b                        w#_#_#w                         ##|____________|####
    b g . . . w . g b     rooms            __w#_#_#w__  balcony              ####################
    b D . . H w . D b                     |w#_#_#_#_#w|                      ######/    \\#######
    b D . . . . . D b                     |w#_#_#_#_#w|                      #####|      |#######

From outside to inside: a *relief* one cell deep (pilasters, balconies with rails, service pipes), a *front* with
windows after the mask `windows`, doors, rare lit windows; and *rooms*: a SLAB every `storey` cells, partitions with
openings, ceiling lamps, power plant on storey `machine`, and ladders that pass every floor and the roof. Each
1 + `balcony` storeys a balcony runs round the whole building, and doors open on to it. The ground floor has doors to
the plate. A tower narrows by one cell each 2 + `setback` storeys away from what it is attached to.
In an infected building doors are walls, walls grow FLESH, and no lamp burns.

a    towers: 0 stands, 1 hangs
b    bit 0: pilasters; bit 1: service pipes; bit 2: atria (three storeys of four are open, with galleries and
     walkways); bit 3: the second half of the window mask; bits 4..: shift of the windows from storey to storey
     facades also: bits 0..3: height of the gate; bit 6: a gate; bit 7: a loggia three storeys high
"""

from __future__ import annotations

from ..codes import (
    CATWALK,
    CLADDING,
    DOOR,
    FLESH,
    GLASS,
    K_TOWER,
    LADDER,
    LAMP,
    PIPE,
    PLANT,
    RAIL,
    SLAB,
    VOID,
    WALL,
)
from ..kernel import flag, i8, i8v, kernel
from ..rng import mix
from ..tables import G_BALCONY, G_INFECTED, G_MACHINE, G_PILASTER, G_SETBACK, G_STOREY, G_WINDOWS
from .quotient import quotient

NO_OPENING = -1


@kernel(i8(i8, i8, i8, i8, i8, i8, i8, i8v))
def opening(rx, ry, rz, sx, sy, sz, b, genes):
    """Material where the gate or the loggia of a facade decides it, else NO_OPENING."""
    if sx >= sy:
        length, thickness, along, across = sx, sy, rx, ry
    else:
        length, thickness, along, across = sy, sx, ry, rx
    from_face = min(across, thickness - 1 - across)
    aside = abs(along - length // 2)
    if b & 64:
        reach = length // 5
        height = sz // 3 + (b & 15)
        if aside < reach and rz < height - 2 * max(0, aside - reach + 4):
            return VOID
        if aside <= reach and rz <= height - 2 * max(0, aside - reach + 3):
            if from_face <= 1:
                return CLADDING
            if aside == reach and across == thickness // 2 and (rz == 1 or rz == 2) and genes[G_INFECTED] == 0:
                return DOOR
            return WALL
    if b & 128:
        reach = length // 3
        storey = genes[G_STOREY]
        v = rz - quotient(sz * 2 // 3, storey) * storey
        if aside <= reach and v >= 1 and v < 3 * storey:
            if aside == reach:
                if from_face == 0:
                    return NO_OPENING
                return DOOR if v <= 2 and across == thickness // 2 and genes[G_INFECTED] == 0 else WALL
            return RAIL if v == 1 and from_face == 1 else VOID
    return NO_OPENING


@kernel(i8(i8, i8, i8, flag, flag, i8, i8v))
def relief(u, level, lv, corner, at_door, b, genes):
    """Material of the outermost layer; u runs along the face, lv is the height above the floor of storey `level`."""
    every = 1 + genes[G_BALCONY]
    balcony = quotient(level, every) * every == level
    if at_door and level == 0:
        return CATWALK if lv == 0 else VOID
    if balcony and lv <= 2:
        if lv == 2:
            return VOID
        return CATWALK if lv == 0 else RAIL
    if corner or at_door:
        return VOID
    if b & 1:
        pitch = 2 + genes[G_PILASTER]
        if quotient(u, pitch) * pitch == u:
            return CLADDING
    if (b & 2) and u % 9 == 4:
        return PIPE
    return VOID


@kernel(i8(i8, i8, i8, flag, i8, i8v, i8, i8, i8))
def front(u, level, lv, at_door, b, genes, x, y, z):
    """Material of the outer wall."""
    if lv == 0:
        return SLAB
    infected = genes[G_INFECTED] != 0
    if at_door and lv <= 2 and not infected:
        every = 1 + genes[G_BALCONY]
        if quotient(level, every) * every == level:
            return DOOR
    storey = genes[G_STOREY]
    if lv == 2 or (lv > 2 and lv <= storey - 2):
        window = (u + (b >> 4) * level) & 7
        if (genes[G_WINDOWS] >> (window + (b & 8))) & 1:
            if (mix(x, y, z - lv, 77) & 127) == 0:  # z - lv: one lamp for the whole height of a window
                return FLESH if infected else LAMP
            return GLASS
    if infected and (mix(x >> 1, y >> 1, z >> 1, 6) & 7) < 2:
        return FLESH
    return WALL


@kernel(i8(i8, i8, i8, i8, i8, flag, i8, i8v, i8, i8, i8))
def room(along, across, level, lv, depth, core, b, genes, x, y, z):
    """Material behind the front, ladders and roof apart; `core`: next to the ladder of a tower, where no wall stands."""
    if (b & 4) and (level & 3) != 0:
        if depth > 4:
            return VOID
        if depth == 4 and lv == 1:
            return RAIL
    if lv == 0:
        return SLAB
    if along % 7 == 4 and not core:
        return VOID if across % 5 == 2 and lv <= 2 else WALL
    if lv == 1:
        if level == genes[G_MACHINE] and along % 3 == 1 and across % 3 == 1:
            return PLANT
    elif lv == genes[G_STOREY] - 1:
        if along % 6 == 2 and across % 6 == 2 and (mix(x, y, z, 3) & 7) == 0 and genes[G_INFECTED] == 0:
            return LAMP
    return VOID


@kernel(i8(i8, i8, i8, i8, i8, i8, i8, i8, i8, i8v, i8, i8, i8))
def building(kind, rx, ry, rz, sx, sy, sz, a, b, genes, x, y, z):
    """Material of a tower or a facade at (rx, ry, rz) of its box; x, y, z: the cell in the world, for the texture."""
    storey = genes[G_STOREY]
    level = quotient(rz, storey)
    lv = rz - level * storey
    tower = kind == K_TOWER
    inset = 0
    if tower:
        steps = level if a == 0 else quotient(sz - 1 - rz, storey)
        inset = max(0, min(quotient(steps, 2 + genes[G_SETBACK]), min(sx, sy) // 2 - 4))
    elif b & 192:
        material = opening(rx, ry, rz, sx, sy, sz, b, genes)
        if material != NO_OPENING:
            return material
    lx = rx - inset
    ly = ry - inset
    nx = sx - 2 * inset
    ny = sy - 2 * inset
    ex = min(lx, nx - 1 - lx)
    ey = min(ly, ny - 1 - ly)
    depth = min(ex, ey)
    if depth < 0:
        return VOID
    if depth <= 1:
        if ex <= ey:
            u, length = ly, ny
        else:
            u, length = lx, nx
        if tower:
            at_door = u == length >> 1 or u == (length >> 1) + 1
        else:
            at_door = (u % 20 == 9 or u % 20 == 10) and ex != ey
        if depth == 0:
            return relief(u, level, lv, ex == ey, at_door, b, genes)
        return front(u, level, lv, at_door, b, genes, x, y, z)
    from_middle_x = rx - sx // 2
    from_middle_y = ry - sy // 2
    if tower:
        if from_middle_x == 0 and from_middle_y == 0:
            return LADDER
        if rz == sz - 1:
            return SLAB
        if from_middle_x == 0 or from_middle_y == 0:
            depth = 2  # a walkway leads through every atrium to the ladder
        return room(lx, ly, level, lv, depth, abs(from_middle_x) <= 1, b, genes, x, y, z)
    if sx >= sy:
        if from_middle_y == 0:
            if rx == 6 or rx == sx - 7:
                return LADDER
            depth = 2
        if rz == sz - 1:
            return SLAB
        return room(lx, ly, level, lv, depth, False, b, genes, x, y, z)
    if from_middle_x == 0:
        if ry == 6 or ry == sy - 7:
            return LADDER
        depth = 2
    if rz == sz - 1:
        return SLAB
    return room(ly, lx, level, lv, depth, False, b, genes, x, y, z)
