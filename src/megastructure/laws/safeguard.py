"""(to be written)"""

from __future__ import annotations

from ..kernel import NOTHING, i8, i8m, i8v, kernel
from ..world import COMMON
from .law import Law

LAW = Law(name="safeguard", says="", writes=(), knobs=(), streams=(), source="")


@kernel(i8(i8m, i8m, i8v, i8v, i8v, i8))
def villages_attacked(units, villages, sizes, rows, order, day):
    """Villages at which units arrive today: serials to `rows`, names to `order`; returns how many."""
    return 0


@kernel(NOTHING(*COMMON, i8, i8))
def sense(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """A month in which eyes may notice village v."""
    return


@kernel(i8(*COMMON, i8, i8))
def fight(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """Units that arrive fight for village v: returns the name of the event of its fall, or 0."""
    return 0


@kernel(NOTHING(*COMMON, i8))
def stand_down(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """Units whose leash has run out."""
    return
