"""(to be written)"""

from __future__ import annotations

from ..kernel import NOTHING, i8, i8m, kernel
from ..world import COMMON
from .law import Law

LAW = Law(name="endings", says="", writes=(), knobs=(), streams=(), source="")


@kernel(NOTHING(*COMMON, i8m, i8))
def judge(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    series, day,
):  # fmt: skip
    """The first day of a month: milestones and ends."""
    return
