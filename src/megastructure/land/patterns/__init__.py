"""What a work looks like: `pattern(work, cell) -> material`, a pure function; one file per family of works.

Families receive the genes that they use as plain numbers, so their signatures say what heredity can change in them.
(Passing the whole row to every family also cost 5 ns a cell.) Why patterns are closed forms: docs/theory/patterns.md.
"""

from __future__ import annotations

from ...ground.codes import (
    DRILL,
    K_BRIDGE,
    K_DWELLING,
    K_FACADE,
    K_LADDER,
    K_MASS,
    K_PILLAR,
    K_PIPE,
    K_PLATE,
    K_RING,
    K_SPIRAL,
    K_TOWER,
    K_VIADUCT,
    K_ZIGZAG,
    LADDER,
    PIPE,
    VOID,
)
from ...ground.tables import Charters
from ...words.kernel import kernel
from .heaps import heap, hut
from .pillars import TERMINALS_MAX, pillar, terminal_cell
from .plates import plate
from .stairs import spiral, zigzag
from .towers import building
from .walks import bridge, ring, viaduct

__all__ = ["TERMINALS_MAX", "pattern", "terminal_cell"]


@kernel(entry=True)
def pattern(
    kind: int, rx: int, ry: int, rz: int, sx: int, sy: int, sz: int, a: int, b: int, genes: Charters, x: int, y: int, z: int
) -> int:
    """What a work wants in one cell of its box.

    kind        WorkKind below DEMOLITION (VOID for the others)
    rx, ry, rz  the cell within the box, 0 <= rx < sx and so on
    sx, sy, sz  size of the box (cells, each below 4,096)
    a, b        parameters of the kind: see the file of its family
    genes       row of the charter
    x, y, z     the cell in the world: only for texture (lamps, lit windows, flesh)
    returns     material; VOID: nothing; + CUT or + DRILL: changes what stands there
    """
    if kind == K_PLATE:
        return plate(rx, ry, rz, sx, sy, a, b, genes.plot, genes.ribs, genes.shell, genes.pillar, x, y)
    if kind == K_PILLAR:
        return pillar(
            rx, ry, rz, sx, sz, a, b,
            genes.storey, genes.rings, genes.corbel, genes.pilaster, genes.pipe_rate,
        )  # fmt: skip
    if kind in (K_TOWER, K_FACADE):
        return building(
            kind, rx, ry, rz, sx, sy, sz, a, b & 0xFFFF,
            genes.storey, genes.setback, genes.balcony, genes.pilaster, genes.windows, genes.machine,
            (b >> 16) & 1, x, y, z,
        )  # fmt: skip
    if kind == K_RING:
        return ring(rx, ry, rz, sx, a, b)
    if kind == K_VIADUCT:
        return viaduct(rx, ry, rz, sx, sy, a)
    if kind == K_BRIDGE:
        return bridge(rx, ry, rz, sx, sy, a, b)
    if kind == K_PIPE:
        return PIPE
    if kind == K_SPIRAL:
        return spiral(rx, ry, rz, sx, sz, a)
    if kind == K_ZIGZAG:
        return zigzag(rx, ry, rz, sx, sy, sz)
    if kind == K_LADDER:
        return LADDER | DRILL
    if kind == K_MASS:
        return heap(rx, ry, rz, sx, sy, sz, a, b)
    if kind == K_DWELLING:
        return hut(rx, ry, rz, sx, sy, sz, b)
    return VOID
