"""Stairs in the open: spirals round pillars, zigzags along walls.

    spiral, one face     zigzag, its two lanes side by side
    ............S        g.........  .........g   S STAIR
    ..........SSg        g..S======  ........=g   g GIRDER
    ........SSg..        g.Sg......  .........g   = CATWALK: landings
    ......SSg....        g=g.......  ==S......g
    ....SSg......        g.........  ..gS.....g
    ..SSg........        g.........  ...gS....g
    SSg..........        g.........  ....gS...g
                         g.........  .....gS..g
                         g.........  ......gS.g
                         g......S==  .......g=g
                         g.....Sg..  .........g
                         g....Sg...  .........g

A spiral climbs one cell for two along the square of radius a round the pillar, against whose wall it leans; the GIRDER
under the first of two equal steps joins them to the pair before. A landing of a quarter turn ends it.
    a    radius: half width of the pillar + 1; the box is 2 a + 1 square

A zigzag climbs one cell a step, in flights that change between two lanes, with a GIRDER under every step, landings at
both ends, and a post in two of its corners.
    no parameters; the box is 2 cells wide and at least 6 long

Both end HEADROOM cells below the top of their box, so that who stands on the last landing is still inside it.
"""

from __future__ import annotations

from ...ground.codes import CATWALK, GIRDER, STAIR, VOID
from ...words.kernel import kernel

HEADROOM = 2


@kernel(inline=True)
def spiral_place(dx: int, dy: int, a: int) -> int:
    """Place 0 .. 8 a - 1 on the square of radius a, counted from (a, -a) along the face of greatest x."""
    if dx == a and dy < a:
        return dy + a
    if dy == a and dx > -a:
        return 3 * a - dx
    if dx == -a and dy > -a:
        return 5 * a - dy
    return 7 * a + dx


@kernel(inline=True)
def spiral(rx: int, ry: int, rz: int, sx: int, sz: int, a: int) -> int:
    """Material of a spiral stair at (rx, ry, rz) of its box."""
    dx = rx - sx // 2
    dy = ry - sx // 2
    if max(abs(dx), abs(dy)) != a or a == 0:
        return VOID
    top = sz - 1 - HEADROOM
    if rz > top:
        return VOID
    place = spiral_place(dx, dy, a)
    ahead = ((place >> 1) - rz) % (4 * a)  # how much higher than this cell the step of this place is
    if ahead == 0:
        return STAIR
    if rz == top:
        return CATWALK if ahead <= a else VOID
    return GIRDER if ahead == 1 and (place & 1) == 0 else VOID


@kernel(inline=True)
def zigzag(rx: int, ry: int, rz: int, sx: int, sy: int, sz: int) -> int:
    """Material of a zigzag stair at (rx, ry, rz) of its box."""
    if sx > sy:
        u, v, length = rx, ry, sx
    else:
        u, v, length = ry, rx, sy
    if u == (length - 1) * v:  # corners (0, 0) and (length - 1, 1)
        return GIRDER
    top = sz - 1 - HEADROOM
    if rz > top:
        return VOID
    steps = max(1, length - 4)
    flight = rz // steps
    step = rz - flight * steps
    lane = flight & 1
    forward = u - 2 if lane == 0 else length - 3 - u  # -1: landing at the foot, `steps`: landing at the head
    if forward >= steps:
        return CATWALK if step == steps - 1 or rz == top else VOID
    if v == lane:
        if forward == step:
            return STAIR
        if rz == top:
            return CATWALK if forward > step else VOID
        return GIRDER if forward == step + 1 else VOID
    # the GIRDER under the first step of the next flight, which begins where this one ends
    return GIRDER if step == steps - 1 and forward == step and rz < top else VOID
