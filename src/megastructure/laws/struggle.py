"""(to be written)"""

from __future__ import annotations

from ..kernel import NOTHING, i8, kernel
from ..world import COMMON
from .law import Law

LAW = Law(name="struggle", says="", writes=(), knobs=(), streams=(), source="")


@kernel(NOTHING(*COMMON, i8))
def struggle(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The first day of a month: bays of the front that are due are looked at."""
    return
