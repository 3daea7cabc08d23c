"""A planned work: hashed into its foreman's plan in both modes, queued for its start day when works are wanted."""

from __future__ import annotations

from ..ground.city import City
from ..ground.rng import mix
from ..ground.tables import (
    RING,
)
from ..words.kernel import kernel


@kernel
def write_plan(
    city: City,
    n: int,
    day: int,
    errand: int,
    kind: int,
    x: int,
    y: int,
    z: int,
    sx: int,
    sy: int,
    sz: int,
    scan: int,
    a: int,
    b: int,
    duration: int,
    item: int,
    roll: int,
) -> None:
    """Add one planned work to the foreman's plan: to its hash in both modes, to the queue when works are wanted."""
    roll &= 0x7FFFFFFF
    foreman = city.foremen[n]
    epoch = foreman.epoch
    h = mix(day, (errand << 8) | kind, x, y)
    h = mix(h, z, (sx << 16) ^ sy, sz)
    h = mix(h, scan, a, b)
    h = mix(h, duration, (item << 16) ^ epoch, roll)
    foreman.plan_hash = (foreman.plan_hash + h) & 0x7FFFFFFFFFFF
    foreman.planned += 1
    city.tally.planned += 1
    if city.knobs.works == 0:
        return
    i = city.sizes.plan_free
    if i > 0:
        city.sizes.plan_free = city.plan[i].next
    else:
        city.sizes.plan += 1
        i = city.sizes.plan
    planned = city.plan[i]
    planned.day = day
    planned.foreman = n
    planned.errand = errand
    planned.kind = kind
    planned.x = x
    planned.y = y
    planned.z = z
    planned.sx = sx
    planned.sy = sy
    planned.sz = sz
    planned.scan = scan
    planned.a = a
    planned.b = b
    planned.duration = duration
    planned.item = item
    planned.epoch = epoch
    planned.roll = roll
    planned.next = city.ring[day & (RING - 1)]
    city.ring[day & (RING - 1)] = i
