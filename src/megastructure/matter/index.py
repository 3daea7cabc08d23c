"""Which works touch a lot: every sector keeps its works in the order of the ledger, each with a mask of its 64 lots.

The list is the clip of a work and its precedence at once. It follows from works and claims alone (`rebuild.py`).
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import CLIP_OWN, CLIP_SCHOOL, CLIP_TARGET, K_DEMOLITION
from ..land.lots import find_sector, lot_number
from ..words.kernel import kernel

CHUNK_WORKS = 5  # a chunk is one cache line: next, then 5 x (1 + work, low and high half of the mask of lots)
CHUNK_END = 1 + 3 * CHUNK_WORKS


# ---- looking up ------------------------------------------------------------------------------------------------------------


@kernel
def mask_has(city: City, c: int, i: int, lot: int) -> bool:
    """Whether entry i of chunk c is registered in that lot of the sector."""
    return ((city.chunks[c, i + 1 + (lot >> 5)] >> (lot & 31)) & 1) != 0


@kernel
def works_of_lot(city: City, lx: int, ly: int, lz: int) -> int:
    """The works that are registered in a lot, in order, into `works_here`; returns how many.

    A frozen city shares its lists with the one that lives on: they are read as far as its own sectors, chunks and works go.
    """
    s = find_sector(city, lx, ly, lz)
    if s < 0 or s >= city.sizes.sectors:
        return 0
    lot = lot_number(lx, ly, lz)
    if (city.filled[s] >> lot) & 1 == 0:
        return 0
    works = city.sizes.works
    chunks = city.sizes.chunks
    n = 0
    c = int(city.heads[s, 0])
    while 0 < c < chunks:
        for i in range(1, CHUNK_END, 3):
            if city.chunks[c, i] == 0 or city.chunks[c, i] > works:
                break
            if mask_has(city, c, i, lot):
                city.works_here[n] = city.chunks[c, i] - 1
                n += 1
        c = int(city.chunks[c, 0])
    return n


@kernel
def mask_of_work(city: City, s: int, w: int) -> int:
    """The mask of lots in which a work is registered in sector s; 0 if it is not there."""
    c = int(city.heads[s, 0])
    while c > 0:
        for i in range(1, CHUNK_END, 3):
            if city.chunks[c, i] == w + 1:
                return (int(city.chunks[c, i + 1]) & 0xFFFFFFFF) | (int(city.chunks[c, i + 2]) << 32)
        c = int(city.chunks[c, 0])
    return 0


# ---- entering --------------------------------------------------------------------------------------------------------------


@kernel
def enlist(city: City, s: int, w: int, mask: int) -> None:
    """Append a work with its mask of lots to the list of sector s."""
    c = int(city.heads[s, 1])
    if c == 0 or city.chunks[c, CHUNK_END - 3] != 0:
        fresh = city.sizes.chunks
        city.sizes.chunks += 1
        if c == 0:
            city.heads[s, 0] = fresh
        else:
            city.chunks[c, 0] = fresh
        city.heads[s, 1] = fresh
        c = fresh
    i = 1
    while city.chunks[c, i] != 0:
        i += 3
    low = mask & 0xFFFFFFFF
    city.chunks[c, i] = w + 1
    city.chunks[c, i + 1] = low - ((low & 0x80000000) << 1)
    city.chunks[c, i + 2] = mask >> 32
    city.heads[s, 2] += 1
    city.filled[s] |= mask


@kernel
def meets_lot(city: City, w: int, lx: int, ly: int, lz: int) -> bool:
    """Whether the box of a work meets a lot."""
    work = city.works[w]
    return (
        work.x >> 4 <= lx <= (work.x + work.sx - 1) >> 4
        and work.y >> 4 <= ly <= (work.y + work.sy - 1) >> 4
        and work.z >> 4 <= lz <= (work.z + work.sz - 1) >> 4
    )


@kernel
def may_touch(city: City, w: int, owner: int) -> bool:
    """Whether the clip of a work allows it to touch the lots of an owner (-1: nobody); of a target there is more to ask."""
    work = city.works[w]
    clip = work.flags >> 8
    if owner < 0 or owner == work.foreman:
        return owner >= 0
    if clip == CLIP_SCHOOL:
        return city.foremen[owner].school == city.foremen[work.foreman].school
    return clip != CLIP_OWN


@kernel
def mask_allowed(city: City, w: int, s: int, sx: int, sy: int, sz: int) -> int:
    """Of the lots of sector s, which stands at (sx, sy, sz) in sectors, those that a work meets and its clip allows."""
    work = city.works[w]
    of_target = work.flags >> 8 == CLIP_TARGET
    laid = mask_of_work(city, s, work.target - 1) if of_target else 0
    if of_target and laid == 0:
        return 0
    shot = work.scope - 1 if work.kind < K_DEMOLITION else -1  # of a repair
    mask = 0
    for lz in range(max(work.z >> 4, sz << 2), min((work.z + work.sz - 1) >> 4, (sz << 2) + 3) + 1):
        for ly in range(max(work.y >> 4, sy << 2), min((work.y + work.sy - 1) >> 4, (sy << 2) + 3) + 1):
            for lx in range(max(work.x >> 4, sx << 2), min((work.x + work.sx - 1) >> 4, (sx << 2) + 3) + 1):
                i = lot_number(lx, ly, lz)
                if of_target:
                    allowed = (laid >> i) & 1 == 1 and (shot < 0 or meets_lot(city, shot, lx, ly, lz))
                else:
                    allowed = may_touch(city, w, int(city.owners[s, i]) - 1)
                if allowed:
                    mask |= 1 << i if i < 63 else -(1 << 63)
    return mask


@kernel
def register(city: City, w: int) -> bool:
    """Enter a work in the lists of the lots that its clip allows; whether there is any."""
    work = city.works[w]
    some = False
    for sz in range(work.z >> 6, ((work.z + work.sz - 1) >> 6) + 1):
        for sy in range(work.y >> 6, ((work.y + work.sy - 1) >> 6) + 1):
            for sx in range(work.x >> 6, ((work.x + work.sx - 1) >> 6) + 1):
                s = find_sector(city, sx << 2, sy << 2, sz << 2)
                if s < 0:
                    continue
                mask = mask_allowed(city, w, s, sx, sy, sz)
                if mask != 0:
                    enlist(city, s, w, mask)
                    some = True
    return some
