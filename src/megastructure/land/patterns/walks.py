"""Walks in the open: rings round pillars, viaducts from pillar to pillar, bridges from door to door.

    ring (a = 2)   viaduct, its edge and an arch     bridge, its edge and its middle
    *rrrrrrr*      ...........*............          ....................   r RAIL
    r=======r      ...........g............          ..rrrrrrrrrrrrrrrr..   = CATWALK
    r=.....=r      rrrgrrrrrrrgrrrrrrrgrrrr          ..================..   _ SLAB
    r=.....=r      ________________________          ....g...g...g...g...   g GIRDER
    r=.....=r      g...g...g...g...g...g...                                 # PILLAR
    r=.....=r      gggggggggggggggggggggggg          DD................DD   * LAMP
    r=.....=r      ########.........#######          Dr................rD   D DOOR, where a wall stood
    r=======r      ######.............#####          ..==================
    *rrrrrrr*      #####...............####          ....g...*...g...g...

A ring is two cells of CATWALK with a RAIL and four lamps on its outer edge; its box is 2 a + 5 square and 2 high.
    a    half width of what it goes round
    b    0; or 1 + the height of its floor above the foot of a spiral of radius a + 1: then the ring leaves a well where
         the spiral passes, and its box is 2 a + 7 square

A viaduct is a deck of SLAB with parapets and lamp posts on two arches, with a pipe hung under its middle.
    a    level of the deck within the box

A bridge is a catwalk 3 or 5 cells wide with a RAIL on both edges. Cross girders every four cells carry a narrow one, a
spine with cross girders every eight a wide one; below every sixteenth cell hangs a lamp. It opens the walls at both
ends. The box is 4 cells high: girders, deck, and the height of a person.
    a    cells of own wall at the near end
    b    bits 0..3: cells of wall at the far end; bit 4: wide; bit 5: the near end is at the high coordinate;
         bit 6: it runs along x
"""

from __future__ import annotations

from ...ground.codes import CATWALK, CUT, DOOR, GIRDER, LAMP, PILLAR, PIPE, RAIL, SLAB, VOID
from ...words.kernel import kernel
from .stairs import spiral_place


@kernel(inline=True)
def ring(rx: int, ry: int, rz: int, sx: int, a: int, b: int) -> int:
    """Material of a ring walk at (rx, ry, rz) of its box."""
    c = sx // 2
    dx = rx - c
    dy = ry - c
    d = max(abs(dx), abs(dy))
    if d <= a:
        return VOID
    if rz == 0:
        if b > 0 and d == a + 1:
            above_step = (b - 1 - (spiral_place(dx, dy, d) >> 1)) % (4 * d)
            return VOID if above_step <= 2 else CATWALK
        return CATWALK
    if d == c and rz == 1:
        return LAMP if abs(dx) == abs(dy) else RAIL
    return VOID


@kernel(inline=True)
def viaduct(rx: int, ry: int, rz: int, sx: int, sy: int, a: int) -> int:
    """Material of a viaduct at (rx, ry, rz) of its box."""
    if sx > sy:
        u, v, length, width = rx, ry, sx, sy
    else:
        u, v, length, width = ry, rx, sy, sx
    if rz == a:
        return SLAB
    from_edge = min(v, width - 1 - v)
    if rz > a:
        if from_edge > 0:
            return VOID
        if rz == a + 1:
            return GIRDER if (u & 7) == 3 else RAIL
        if rz <= a + 3 and u % 24 == 11:
            return LAMP if rz == a + 3 else GIRDER
        return VOID
    if rz == a - 1:
        return GIRDER if from_edge == 1 or (u & 3) == 0 else VOID
    if from_edge == 1:
        half = length // 2
        du = u - half
        if (a - 1 - rz) * (half * half + 1) <= du * du * (a + 2):
            return PILLAR
    return PIPE if rz == a - 2 and v == width >> 1 else VOID


@kernel(inline=True)
def bridge(rx: int, ry: int, rz: int, sx: int, sy: int, a: int, b: int) -> int:
    """Material of a bridge at (rx, ry, rz) of its box; + CUT where it opens a wall."""
    if b & 64:
        u, v, length, width = rx, ry, sx, sy
    else:
        u, v, length, width = ry, rx, sy, sx
    if b & 32:
        u = length - 1 - u
    aside = abs(v - (width >> 1))
    cut = b & 15
    if u < a or u >= length - cut:
        if aside != 0 or rz == 0:
            return VOID
        if rz == 1:
            return VOID if u < a else CATWALK
        balcony = u == a - 1 if u < a else (u == length - cut and cut > 1)  # the outermost layer of a house
        return RAIL | CUT if balcony and rz == 2 else DOOR | CUT
    wide = (b >> 4) & 1
    if rz == 1:
        return CATWALK
    if rz == 2:
        return RAIL if aside == 1 + wide else VOID
    if rz == 0:
        if aside == 0:
            if (u & 15) == 8:
                return LAMP
            return GIRDER if wide or (u & 3) == 0 else VOID
        return GIRDER if (u & (7 if wide else 3)) == 0 else VOID
    return VOID
