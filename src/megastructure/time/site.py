"""The building site: works that were planned for today are entered in the ledger, in the order of a named draw."""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import R_OFFICE
from ..ground.order import sort_rows
from ..ground.rng import draw, mix
from ..ground.tables import RING
from ..laws.office import release
from ..words.kernel import kernel


@kernel
def list_planned(city: City, day: int) -> int:
    """Take the works of today out of their bucket: rows to `acting`, the order of the ledger to `rank`; returns how many."""
    bucket = day & (RING - 1)
    m = 0
    keep = 0
    i = int(city.ring[bucket])
    while i > 0:
        planned = city.plan[i]
        following = int(planned.next)
        if planned.day == day:
            # The order of the ledger within a day: a named draw, then what the work is.
            what = mix(planned.x, planned.y, planned.z, (planned.errand << 20) ^ planned.item)
            drawn = draw(city.knobs.seed, R_OFFICE, day, city.foremen[int(planned.foreman)].name, 0)
            city.rank[m] = (mix(drawn, what, planned.roll, 0) << 31) | (what >> 1)
            city.acting[m] = i
            m += 1
        else:
            planned.next = keep
            keep = i
        i = following
    city.ring[bucket] = keep
    return m


@kernel
def build(city: City, day: int) -> None:
    """The site office takes the works planned for today, sounds, and enters or voids them."""
    m = list_planned(city, day)
    sort_rows(city.rank, city.acting, m)
    for k in range(m):
        i = city.acting[k]
        city.sizes.offered += 1
        if not release(city, i):
            city.sizes.voided += 1
        planned = city.plan[i]
        planned.next = city.sizes.plan_free
        planned.day = -1
        city.sizes.plan_free = i
