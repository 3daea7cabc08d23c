"""Nominal costs: how many cells a work of given kind, box and charter should need, in closed form.

A plan is charged by these numbers on the day it is made, whatever the site office finds later; so the same history runs
with or without its matter. They lie within a few per cent of the cells that the patterns want (a test counts them).
"""

from __future__ import annotations

from ..ground.codes import K_FACADE, K_PILLAR, K_PLATE, K_RING, K_SPIRAL, K_TOWER, K_VIADUCT, K_ZIGZAG
from ..ground.tables import Charters
from ..words.kernel import kernel


@kernel(entry=True)
def nominal_cells(kind: int, sx: int, sy: int, sz: int, a: int, b: int, genes: Charters) -> int:
    """Cells of a work, from its kind, box (cells), pattern parameters and charter."""
    storey = genes.storey
    if kind == K_PLATE:
        plot = genes.plot
        area = sx * sy
        if a >= 2:  # an open bay: only the ring of the pillar is carried through
            return (24 * (a - 2) - 24) * sz
        ribs = area * 4 // plot + area * 2 * (genes.ribs - 1) // plot
        if a == 1:
            wells = (plot * plot * 3 // 2 if b & 1 else 0) + (plot * plot * 9 // 4 if b & 2 else 0)
            return area * 2 + ribs - 2 * wells
        return area * genes.shell + ribs
    if kind == K_PILLAR:
        inside = 2 * a - 3
        return (sz * (15 * a - 8 + inside * inside // storey) + genes.corbel * genes.corbel * 3 * a) * 8 // 7
    if kind == K_TOWER or kind == K_FACADE:
        cells = 0
        deepest = max(0, min(sx, sy) // 2 - 4)
        for s in range(max(1, sz // storey)):
            inset = min(deepest, s // (2 + genes.setback)) if kind == K_TOWER else 0
            wide = sx - 2 * inset
            long = sy - 2 * inset
            around = 2 * (wide + long) - 12
            floor = max(0, wide - 4) * max(0, long - 4)
            has_balcony = s % (1 + genes.balcony) == 0
            cells += around * storey + (around * 2 if has_balcony else 0) + floor + floor * (storey - 1) // 9
            if b & 1:
                relief = around * storey * 3 // 5 if has_balcony else around * storey
                cells += relief // (2 + genes.pilaster)
        return cells * 4 // 5 if kind == K_FACADE and b & 64 else cells
    if kind == K_RING:
        return sx * sy - (2 * a + 1) * (2 * a + 1) + 4 * sx
    if kind == K_SPIRAL:
        return 3 * sz
    if kind == K_ZIGZAG:
        return sz * 13 // 3
    if kind == K_VIADUCT:
        return max(sx, sy) * (min(sx, sy) + 4 + a // 2) * 5 // 4
    return 1
