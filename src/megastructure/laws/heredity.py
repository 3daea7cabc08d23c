"""(to be written)"""

from __future__ import annotations

from ..kernel import NOTHING, i8, kernel
from ..world import COMMON
from .law import Law

LAW = Law(name="heredity", says="", writes=(), knobs=(), streams=(), source="")


@kernel(NOTHING(*COMMON, i8, i8, i8))
def bear_child(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    mother, father, day,
):  # fmt: skip
    """A child is born."""
    return
