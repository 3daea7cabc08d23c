"""Pillars: hollow shafts that carry the plates, with a ladder and a conduit in the core.

    plan of the foot (a = 4)     side view of the foot through the axis, with fins
    ...............              .......######.H.c.######.......   # PILLAR
    ...............              .......######_H_c_######.......   _ SLAB
    ..####...####..              .......######.H.c.######.......   H LADDER
    ..####DDD####..              ......#######.H.c.#######......   c CONDUIT
    ..####DDD####..              ......#######.H.c.#######......   D DOOR
    ..###T....###..              ......#....##.H.c.##....#......   T TERMINAL
    ...DD.....DD...              .....##....##_H_c_##....##.....
    ...DD.H.c.DD...              .....##....##.H.c.##....##.....
    ...DD.....DD...              .....##....##.H.c.##....##.....
    ..###T...T###..              ....###....DD.H.c.DD....###....
    ..####DDD####..              ....###....DD.H.c.DD....###....
    ..####DDD####..              ....###....DD.H.c.DD....###....
    ..####...####..

The wall is two cells thick; `pilaster` > 2 flutes it, `pipe_rate` > 60 lays pipes up two of its faces. There is a SLAB
every `storey` cells, a door on each face at every ring level (`storey` x (2 + `rings`) cells), and a portal through the
stepped base on each face. The capital is `corbel` cells high; the top is closed but for the ladder. Fins are
buttresses on all four faces: people walk under their arches at the foot and through them at ring levels, and where a
fin stands before the middle of a face the ring door is beside it.

a    half width
b    low byte: how far the fins reach at the foot (0: no fins); next byte: number of Authority terminals, 0..4

Terminals stand in the inner corners of the foot, at breast height on a plinth of GIRDER, a few steps from the portals.
The box is square and odd, wide enough for the capital and the fins.
"""

from __future__ import annotations

from ...ground.codes import CONDUIT, DOOR, GIRDER, LADDER, LAMP, PILLAR, PIPE, SLAB, TERMINAL, VOID
from ...words.kernel import kernel
from .quotient import quotient

TERMINALS_MAX = 4


@kernel(entry=True)
def terminal_cell(number: int, sx: int, a: int) -> tuple[int, int, int]:
    """Where in the box of a pillar its terminal `number` (0..3) stands: an inner corner of the foot, on a plinth."""
    inner = a - 2
    return sx // 2 + (inner if number & 1 else -inner), sx // 2 + (inner if number & 2 else -inner), 1


@kernel(inline=True)
def pillar(
    rx: int, ry: int, rz: int, sx: int, sz: int, a: int, b: int,
    storey: int, rings: int, corbel: int, pilaster: int, pipe_rate: int,
) -> int:  # fmt: skip
    """Material of a pillar at (rx, ry, rz) of its box."""
    c = sx // 2
    dx = abs(rx - c)
    dy = abs(ry - c)
    d = max(dx, dy)  # distance from the axis
    u = min(dx, dy)  # distance from the middle of the face
    under_top = sz - 1 - rz
    w = a  # half width at this height
    if under_top < corbel:
        w = a + ((corbel - under_top) >> 1) * 2 - ((corbel - under_top) >> 2)
    if rz < corbel >> 1:
        w = max(w, a + (corbel >> 1) - rz)
    fin = b & 255
    beside_fin = 2 + (a >> 3)
    if d > w:
        offset = d - a
        if u >= beside_fin or offset > fin or (fin - offset) * 3 <= rz:
            return VOID
        if rz <= 6:
            return PILLAR if offset > fin >> 1 and fin > 6 else VOID
        if offset <= 3:
            ring = storey * (2 + rings)
            above_ring = rz - quotient(rz, ring) * ring
            if rz >= ring and above_ring >= 1 and above_ring <= 3:
                return VOID
        return PILLAR
    if d >= a - 1:
        if rz <= 2 and u <= 1:
            return VOID if d > a else DOOR
        if d <= a and w == a:
            if u == (beside_fin if (fin - 1) * 3 > rz else 0) and rz > 2:
                ring = storey * (2 + rings)
                above_ring = rz - quotient(rz, ring) * ring
                if above_ring == 1 or above_ring == 2:
                    return DOOR
            if d == a:
                if (u & 3) == 0 and u > 0 and u < a - 1 and pilaster > 2:
                    return VOID
                if u == 2 and dx > dy and pipe_rate > 60:
                    return PIPE
                if u == 1 and rz % 24 == 23:
                    return LAMP
        return PILLAR
    if ry == c:
        if rx == c - 1:
            return LADDER
        if rx == c + 1:
            return CONDUIT
    if rz <= 1:
        if u == a - 2 and (rx > c) + 2 * (ry > c) < (b >> 8) & 255:
            return TERMINAL if rz == 1 else GIRDER
        return VOID
    if under_top == 0:
        return SLAB
    return SLAB if quotient(rz, storey) * storey == rz else VOID
