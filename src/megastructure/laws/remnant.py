"""(to be written)"""

from __future__ import annotations

from ..kernel import NOTHING, i8, i8v, kernel
from ..world import COMMON
from .law import Law

LAW = Law(name="remnant", says="", writes=(), knobs=(), streams=(), source="")


@kernel(i8(i8v, i8), entry=True)
def new_services(knobs, name):
    """How many village-years the services of a bay last; 0: it has none."""
    return 0


@kernel(NOTHING(*COMMON, i8))
def settle(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The dawn of the era."""
    return


@kernel(i8(*COMMON, i8, i8))
def live_year(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    p, day,
):  # fmt: skip
    """A year in the life of person p: returns the father of a child that is born now, or -1."""
    return -1


@kernel(NOTHING(*COMMON, i8, i8))
def keep_village(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """A month in the life of village v."""
    return


@kernel(NOTHING(*COMMON, i8, i8, i8))
def flee(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, cause, day,
):  # fmt: skip
    """Whoever escapes from a fallen village."""
    return
