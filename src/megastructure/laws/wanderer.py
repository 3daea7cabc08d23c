"""(to be written)"""

from __future__ import annotations

from ..kernel import NOTHING, i8, kernel
from ..world import COMMON
from .law import Law

LAW = Law(name="wanderer", says="", writes=(), knobs=(), streams=(), source="")


@kernel(NOTHING(*COMMON, i8))
def set_out(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The Wanderers come."""
    return


@kernel(NOTHING(*COMMON, i8, i8))
def defend(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """Whoever of them is in village v fires."""
    return


@kernel(NOTHING(*COMMON, i8, i8))
def wander(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    w, day,
):  # fmt: skip
    """The next decision of Wanderer w."""
    return
