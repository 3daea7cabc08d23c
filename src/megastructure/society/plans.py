"""A planned work: hashed into its foreman's plan in both modes, queued for its start day when works are wanted.

There is one draft. Whoever plans begins it, says by name what the work is, and has it written; until then nobody else plans.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.rng import mix
from ..ground.tables import RING
from ..words.kernel import kernel


@kernel
def begin_work(city: City, n: int, day: int, errand: int, kind: int) -> None:
    """A clean draft of a work that foreman n will begin on a day, or that may begin from then on."""
    draft = city.draft
    for i in range(len(draft.words)):
        draft.words[i] = 0
    draft.foreman = n
    draft.day = day
    draft.errand = errand
    draft.kind = kind


@kernel
def place_work(city: City, x: int, y: int, z: int, sx: int, sy: int, sz: int) -> None:
    """The box of the draft: its corner and size in cells. Of a sounding: where it begins, its direction, the width."""
    draft = city.draft
    draft.x, draft.y, draft.z = x, y, z
    draft.sx, draft.sy, draft.sz = sx, sy, sz


@kernel
def write_plan(city: City) -> None:
    """The draft is one more planned work of its foreman: hashed in both modes, queued when works are wanted."""
    draft, sizes = city.draft, city.sizes
    foreman = city.foremen[draft.foreman]
    draft.epoch = foreman.epoch
    draft.roll &= 0x7FFFFFFF
    h = mix(draft.day, (draft.errand << 8) | draft.kind, draft.x, draft.y)
    h = mix(h, draft.z, (draft.sx << 16) ^ draft.sy, draft.sz)
    h = mix(h, draft.scan, draft.a, draft.b)
    h = mix(h, draft.duration, (draft.item << 16) ^ draft.epoch, draft.roll)
    foreman.plan_hash = (foreman.plan_hash + h) & 0x7FFFFFFFFFFF
    foreman.planned += 1
    city.tally.planned += 1
    if city.knobs.works == 0:
        return
    i = sizes.plan_free
    if i > 0:
        sizes.plan_free = city.plan[i].next
    else:
        sizes.plan += 1
        i = sizes.plan
    planned = city.plan[i]
    for c in range(len(draft.words)):
        planned.words[c] = draft.words[c]
    bucket = draft.day & (RING - 1)
    planned.next = city.ring[bucket]
    city.ring[bucket] = i
