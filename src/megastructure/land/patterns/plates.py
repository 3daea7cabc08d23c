"""Plates: the floors of bays, hung with ribs, pierced by ladders.

    deck from above, a light well     deck from the side             SHELL plate from the side
    _______H____                      ________g.......g_________     XXXcXXXXX*XXXHXXX   X SHELL
    __ggggggggg_                      ________g.......g_________     XXXXXXXXXXXXXHXXX   c CONDUIT
    __g.......g_                      gg......g.......gg......gg     XXXXXXXXXXXXXHXXX   g GIRDER
    __g.......g_                      gg..............gg........     gg......gg...H..g   H LADDER
    __ggggggggg_                      gg..............gg........     gg...........H..g

The box is the plot, `ribs` + `shell` cells high. Under the plate ribs of GIRDER follow the grid of building sites,
every second one in full depth. A ladder passes at the axis of the pillar and at the centre of every building site.
A SHELL plate carries conduits every 32 cells and a few lamps. A deck is two cells of SLAB; its ribs touch it, and
its light wells have a kerb of GIRDER and keep clear of the pillar.

a    0: SHELL plate; 1: deck; >= 2: open bay: no plate, only the pillar of half width a - 2 is carried through
b    bits 0, 1: light wells (decks only); bits 2..7: half width of the pillar on the axis, which is then carried
     through the ribs so that it meets the pillar below (0: none is); bits 8..15 and 16..23: jitter of the axis + 64

A box that is one cell higher has a RAIL on the kerbs of its light wells.
"""

from __future__ import annotations

from ...ground.codes import CONDUIT, GIRDER, LADDER, LAMP, PILLAR, RAIL, SHELL, SLAB, VOID
from ...ground.rng import mix
from ...words.kernel import kernel
from .quotient import quotient


@kernel(inline=True)
def light_well(rx: int, ry: int, sx: int, sy: int, plot: int, b: int, clear: int) -> int:
    """0: whole floor, 1: kerb, 2: opening; `clear`: how far the cell is outside the ground that a pillar needs."""
    if clear <= 0:
        return 0
    for number in range(2):
        if (b >> number) & 1:
            if number == 0:
                x0 = plot
                x1 = min(2 * plot, sx - 2)
                y0 = plot
                y1 = min(2 * plot + plot // 2, sy - 2)
            else:
                x0 = max(sx - 2 * plot, 1)
                x1 = sx - plot // 2
                y0 = plot // 2
                y1 = min(2 * plot, sy - 2)
            if rx >= x0 and rx <= x1 and ry >= y0 and ry <= y1:
                inside = min(rx - x0, x1 - rx, ry - y0, y1 - ry)
                return 1 if inside == 0 or clear == 1 else 2
    return 0


@kernel(inline=True)
def plate(
    rx: int, ry: int, rz: int, sx: int, sy: int, a: int, b: int,
    plot: int, ribs: int, shell: int, half_pillar: int, x: int, y: int,
) -> int:  # fmt: skip
    """Material of a plate at (rx, ry, rz) of its box; x, y: the cell in the world, for the texture of lamps."""
    from_axis_x = rx - (sx // 2 + ((b >> 8) & 255) - 64)
    from_axis_y = ry - (sy // 2 + ((b >> 16) & 255) - 64)
    if from_axis_x == -1 and from_axis_y == 0:
        return LADDER
    d = max(abs(from_axis_x), abs(from_axis_y))
    if a >= 2:
        if d <= a - 2 and d >= a - 4:
            return PILLAR
        return CONDUIT if from_axis_x == 1 and from_axis_y == 0 else VOID
    top = ribs + shell - 1
    below = ribs  # where the plate begins
    if a == 1:
        below = top - 1
        if b & 3:
            carried = (b >> 2) & 63
            well = light_well(rx, ry, sx, sy, plot, b, d - 2 - (carried if carried > 0 else half_pillar))
            if well == 2:
                return VOID
            if well == 1:
                if rz > top:
                    return RAIL
                if rz >= below - 1:
                    return GIRDER
    if rz > top:
        return VOID
    sites_x = quotient(sx, plot)
    margin = (sx - sites_x * plot) // 2
    px = rx - margin
    py = ry - margin
    if px >= 0 and py >= 0 and px < sites_x * plot and py < sites_x * plot:
        half = plot // 2
        if px - quotient(px, plot) * plot == half and py - quotient(py, plot) * plot == half:
            return LADDER
    if rz < below:
        carried = (b >> 2) & 63
        if d <= carried:
            return PILLAR if d >= carried - 1 else VOID
        i = quotient(rx, plot)
        j = quotient(ry, plot)
        rib_x = rx - i * plot < 2
        rib_y = ry - j * plot < 2
        if rib_x or rib_y:
            if rz == below - 1 or (rz >= below - ribs and ((rib_x and (i & 1) == 0) or (rib_y and (j & 1) == 0))):
                return GIRDER
        return VOID
    if a == 1:
        return SLAB
    if rz == top:
        if (rx & 31) == 0 or (ry & 31) == 0:
            return CONDUIT
        if (py & 3) == 0 and px == quotient(px, plot) * plot and (mix(x, y, 1, 2) & 15) == 0:
            return LAMP
    return SHELL
