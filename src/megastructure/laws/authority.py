"""(to be written)"""

from __future__ import annotations

from ..kernel import NOTHING, i8, kernel
from ..world import COMMON
from .law import Law

LAW = Law(name="authority", says="", writes=(), knobs=(), streams=(), source="")


@kernel(NOTHING(*COMMON, i8))
def convene(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The first nodes of the Authority."""
    return


@kernel(NOTHING(*COMMON, i8))
def govern(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The first day of a month: tokens are gained and spent."""
    return


@kernel(NOTHING(*COMMON, i8))
def override(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """A day on which somebody stands at a terminal."""
    return
