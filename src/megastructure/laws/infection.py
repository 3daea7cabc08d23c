"""(to be written)"""

from __future__ import annotations

from ..kernel import NOTHING, i8, i8v, kernel
from ..world import COMMON
from .law import Law

LAW = Law(name="infection", says="", writes=(), knobs=(), streams=(), source="")


@kernel(i8(i8v, i8, i8, i8))
def copied_stop_bits(knobs, bits, name, day):
    """The stop bits of a copy."""
    return bits


@kernel(NOTHING(*COMMON, i8))
def strike(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The cult infects a bay, on its day."""
    return


@kernel(NOTHING(*COMMON, i8, i8))
def catch_or_recover(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    p, day,
):  # fmt: skip
    """The infection of person p."""
    return
