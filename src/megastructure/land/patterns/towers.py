"""Buildings: towers that stand on a plate or hang from one, and facades that close a side of a bay.

    plan at the ground     side view through the middle     facade with gate and loggia, cut along its middle
    rrrrrr..rrrrr          =_____H_____=                    .W..W.HW.........................W....W.
    rWWWWWDDWWWWr          .W..W.H....W.                    .W....HW.........................W....W.
    rW.........Wr          .o....H....o.                    =_____HW.........................W_____=
    rW..W......Wr          .W....H....W.                    .W....HD.........................D....W.
    rW..W......Wr          ._____H_____.                    .W....HD.........................D....W.
    .D.........D.          .W..W.H....W.                    ._____H________________________________.
    .D....H....D.          .D....H....D.   r RAIL           .W....H..........................H....W.
    rW..W......Wr          rD....H....Dr   o GLASS          ._____H________WWWWWWWWWWW_______H_____.
    rW..W......Wr          =_____H_____=   = CATWALK        .W..W.H....W..WW.........WW.....WH....W.
    rW..W......Wr          .W..W.H....W.   _ SLAB           .W....H......WW...........WW.....H....W.
    rW.........Wr          .D....H....D.                    .W..W.H....WWW.............WW...WH....W.
    rWWWWWDDWWWWr          .D....H....D.                    .W....H.....D...............D....H....W.
    rrrrrr..rrrrr          =_____H_____=                    =_____H_____W...............W____H_____=

From outside to inside: a *relief* one cell deep (pilasters of CLADDING, balconies with rails, service pipes); a *front*
with windows after the mask `windows`, doors, and one window in 128 lit; *rooms*: a SLAB every `storey` cells, partitions
with openings, ceiling lamps, the power plant on storey `machine`, and ladders that pass every floor and the roof.
Each 1 + `balcony` storeys a balcony runs round the whole building, and doors open on to it. The ground floor has doors
to the plate. A tower narrows by one cell each 2 + `setback` storeys away from what it is attached to.
In a building of an infected bay doors are walls, walls grow FLESH, and some lamps are sensors of Safeguard.

a    towers: 0 stands, 1 hangs
b    bit 0: pilasters; bit 1: service pipes; bit 2: atria (three storeys of four are open, with galleries and
     walkways); bit 3: the second half of the window mask; bits 4..: shift of the windows from storey to storey
     facades also: bits 0..3: height of the gate; bit 6: a gate; bit 7: a loggia three storeys high

A facade has a ladder at 6 cells from either end, and doors at 9 and 10 of every 20 cells; a tower has its ladder in the
middle and two doors in the middle of each side. Doors of a gate lead into both halves of the facade.
"""

from __future__ import annotations

from ...ground.codes import (
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
    SAFEGUARD,
    SLAB,
    VOID,
    WALL,
)
from ...ground.rng import mix
from ...words.kernel import kernel
from .quotient import quotient

NO_OPENING = -1


@kernel(inline=True)
def opening(aside: int, across: int, rz: int, length: int, thickness: int, sz: int, b: int, storey: int, infected: int) -> int:
    """Material where the gate or the loggia of a facade decides it, else NO_OPENING; `aside`: from the middle."""
    if b & 64:
        reach = length // 5
        height = quotient(sz // 3 + (b & 15), storey) * storey
        if aside <= reach and rz <= height:
            if aside < reach and rz < height - 2 * max(0, aside - reach + 4):
                return VOID
            if rz <= height - 2 * max(0, aside - reach + 3):  # the lining
                if across <= 1 or across >= thickness - 2:
                    return CLADDING
                if aside == reach and across == thickness >> 1 and (rz == 1 or rz == 2) and infected == 0:
                    return DOOR
                return WALL
    if b & 128:
        reach = length // 3
        v = rz - quotient(sz * 2 // 3, storey) * storey
        if v >= 0 and v < 3 * storey and aside <= reach:
            if v == 0:  # its floor, also where an atrium would be
                return SLAB if across >= 2 and across <= thickness - 3 else NO_OPENING
            if aside == reach:
                if across == 0 or across == thickness - 1:
                    return NO_OPENING
                return DOOR if v <= 2 and across == thickness >> 1 and infected == 0 else WALL
            return RAIL if v == 1 and (across == 1 or across == thickness - 2) else VOID
    return NO_OPENING


@kernel(inline=True)
def relief(
    u: int, level: int, lv: int, corner: bool, at_door: bool, standing: bool, b: int, balcony_every: int, pilaster: int
) -> int:
    """Material of the outermost layer; u runs along the face, lv is the height above the floor of storey `level`."""
    balcony = quotient(level, balcony_every) * balcony_every == level
    if at_door and level == 0 and standing:
        return CATWALK if lv == 0 else VOID  # a door to the plate needs no rail
    if balcony and lv <= 2:
        if lv == 2:
            return VOID
        return CATWALK if lv == 0 else RAIL
    if corner or at_door:
        return VOID
    if b & 1:
        pitch = 2 + pilaster
        if quotient(u, pitch) * pitch == u:
            return CLADDING
    if (b & 2) and u % 9 == 4:
        return PIPE
    return VOID


@kernel(inline=True)
def front(
    u: int, level: int, lv: int, at_door: bool, b: int,
    storey: int, balcony_every: int, windows: int, infected: int, x: int, y: int, z: int,
) -> int:  # fmt: skip
    """Material of the outer wall."""
    if lv == 0:
        return SLAB
    if at_door and lv <= 2 and infected == 0:
        if quotient(level, balcony_every) * balcony_every == level:
            return DOOR
    if lv == 2 or (lv > 2 and lv <= storey - 2):
        window = (u + (b >> 4) * level) & 7
        if (windows >> (window + (b & 8))) & 1:
            if (mix(x, y, z - lv, 77) & 127) == 0:  # z - lv: a window is lit in its whole height
                return SAFEGUARD if infected != 0 and mix(x, y, z - lv, 78) & 3 == 0 else LAMP
            return GLASS
    if infected != 0 and (mix(x >> 1, y >> 1, z >> 1, 6) & 7) < 2:
        return FLESH
    return WALL


@kernel(inline=True)
def building(
    kind: int, rx: int, ry: int, rz: int, sx: int, sy: int, sz: int, a: int, b: int,
    storey: int, setback: int, balcony: int, pilaster: int, windows: int, machine: int,
    infected: int, x: int, y: int, z: int,
) -> int:  # fmt: skip
    """Material of a tower or a facade at (rx, ry, rz) of its box; x, y, z: the cell in the world, for the texture."""
    if sy > sx:  # a facade along y is one along x, turned
        rx, ry, sx, sy = ry, rx, sy, sx
    middle_x = sx >> 1
    middle_y = sy >> 1
    tower = kind == K_TOWER
    level = quotient(rz, storey)
    lv = rz - level * storey
    inset = 0
    if tower:
        steps = level if a == 0 else quotient(sz - 1 - rz, storey)
        inset = max(0, min(quotient(steps, 2 + setback), middle_y - 4))
    elif b & 192:
        aside = abs(rx - middle_x)
        if 3 * aside <= sx:
            material = opening(aside, ry, rz, sx, sy, sz, b, storey, infected)
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
            u = ly
            door = ny >> 1
        else:
            u = lx
            door = nx >> 1
        if not tower:
            u_in_bay = u % 20
            at_door = (u_in_bay == 9 or u_in_bay == 10) and ex != ey
        else:
            at_door = u == door or u == door + 1
        if depth == 0:
            return relief(u, level, lv, ex == ey, at_door, a == 0, b, 1 + balcony, pilaster)
        return front(u, level, lv, at_door, b, storey, 1 + balcony, windows, infected, x, y, z)
    if ry == middle_y and (rx == middle_x if tower else (rx == 6 or rx == sx - 7)):
        return LADDER
    if rz == sz - 1:
        return SLAB
    if (b & 4) and depth > 3:
        walkway = ry == middle_y or (tower and rx == middle_x)
        if depth > 4:
            return SLAB if lv == 0 and (walkway or (level & 3) == 0) else VOID
        if lv > 0 and (level & 3) != 0:
            return RAIL if lv == 1 and not walkway else VOID
    if lv == 0:
        return SLAB
    if lx % 7 == 4 and not (tower and abs(rx - middle_x) <= 1):
        return VOID if lv <= 2 and (ey == 2 or ry == middle_y or ly % 5 == 2) else WALL
    if lv == 1:
        if level == machine and lx % 3 == 1 and ly % 3 == 1:
            return PLANT
    elif lv == storey - 1:
        if lx % 6 == 2 and ly % 6 == 2 and depth != 4 and (mix(x, y, z, 3) & 7) == 0:
            return SAFEGUARD if infected != 0 and mix(x, y, z, 4) & 3 == 0 else LAMP
    return VOID
