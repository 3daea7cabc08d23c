"""A planned work: hashed into its foreman's plan in both modes, queued for its start day when works are wanted."""

from __future__ import annotations

from ..ground.rng import mix
from ..ground.scenario import Q_WORKS
from ..ground.tables import (
    F_EPOCH,
    F_PLAN_HASH,
    F_PLANNED,
    L_A,
    L_B,
    L_DAY,
    L_DURATION,
    L_EPOCH,
    L_ERRAND,
    L_FOREMAN,
    L_ITEM,
    L_KIND,
    L_NEXT,
    L_ROLL,
    L_SCAN,
    L_SX,
    L_SY,
    L_SZ,
    L_X,
    L_Y,
    L_Z,
    RING,
    T_PLANNED,
    Z_PLAN,
    Z_PLAN_FREE,
)
from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel


@kernel(NOTHING(i4m, i4v, i8v, i8v, i8m, i8v, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8))
def write_plan(
    plan, ring, sizes, knobs, foremen, tally, n, day, errand, kind, x, y, z, sx, sy, sz, scan, a, b, duration, item, roll
):
    """Add one planned work to the foreman's plan: to its hash in both modes, to the queue when works are wanted."""
    roll &= 0x7FFFFFFF
    epoch = foremen[n, F_EPOCH]
    h = mix(day, (errand << 8) | kind, x, y)
    h = mix(h, z, (sx << 16) ^ sy, sz)
    h = mix(h, scan, a, b)
    h = mix(h, duration, (item << 16) ^ epoch, roll)
    foremen[n, F_PLAN_HASH] = (foremen[n, F_PLAN_HASH] + h) & 0x7FFFFFFFFFFF
    foremen[n, F_PLANNED] += 1
    tally[T_PLANNED] += 1
    if knobs[Q_WORKS] == 0:
        return
    i = sizes[Z_PLAN_FREE]
    if i > 0:
        sizes[Z_PLAN_FREE] = plan[i, L_NEXT]
    else:
        sizes[Z_PLAN] += 1
        i = sizes[Z_PLAN]
    plan[i, L_DAY] = day
    plan[i, L_FOREMAN] = n
    plan[i, L_ERRAND] = errand
    plan[i, L_KIND] = kind
    plan[i, L_X] = x
    plan[i, L_Y] = y
    plan[i, L_Z] = z
    plan[i, L_SX] = sx
    plan[i, L_SY] = sy
    plan[i, L_SZ] = sz
    plan[i, L_SCAN] = scan
    plan[i, L_A] = a
    plan[i, L_B] = b
    plan[i, L_DURATION] = duration
    plan[i, L_ITEM] = item
    plan[i, L_EPOCH] = epoch
    plan[i, L_ROLL] = roll
    plan[i, L_NEXT] = ring[day & (RING - 1)]
    ring[day & (RING - 1)] = i
