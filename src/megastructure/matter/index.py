"""Which works touch a lot: every sector keeps its works in the order of the ledger, each with a mask of its 64 lots.

The list is the clip of a work and its precedence at once. It follows from works and claims alone (`rebuild.py`).
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import CLIP_OWN, CLIP_SCHOOL, CLIP_TARGET, K_DEMOLITION
from ..land.lots import find_sector, lot_number
from ..words.kernel import kernel

CHUNK_WORKS = 5  # a chunk is one cache line: next, then 5 x (1 + work, low and high half of the mask of lots)


@kernel
def enlist(city: City, used: int, sector: int, work: int, mask: int) -> int:
    """Append a work with its mask of lots to a sector's list; returns the number of chunks used."""
    c = int(city.heads[sector, 1])
    if c == 0 or city.chunks[c, 1 + 3 * (CHUNK_WORKS - 1)] != 0:
        fresh = used
        used += 1
        if c == 0:
            city.heads[sector, 0] = fresh
        else:
            city.chunks[c, 0] = fresh
        city.heads[sector, 1] = fresh
        c = fresh
    i = 1
    while city.chunks[c, i] != 0:
        i += 3
    low = mask & 0xFFFFFFFF
    city.chunks[c, i] = work + 1
    city.chunks[c, i + 1] = low - ((low & 0x80000000) << 1)
    city.chunks[c, i + 2] = mask >> 32
    city.heads[sector, 2] += 1
    city.filled[sector] |= mask
    return used


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
        for i in range(1, 1 + 3 * CHUNK_WORKS, 3):
            if city.chunks[c, i] == 0 or city.chunks[c, i] > works:
                break
            if mask_has(city, c, i, lot):
                city.works_here[n] = city.chunks[c, i] - 1
                n += 1
        c = int(city.chunks[c, 0])
    return n


@kernel
def mask_of_work(city: City, sector: int, work: int) -> int:
    """The mask of lots in which a work is registered in one sector; 0 if it is not there."""
    c = int(city.heads[sector, 0])
    while c > 0:
        for i in range(1, 1 + 3 * CHUNK_WORKS, 3):
            if city.chunks[c, i] == work + 1:
                return (int(city.chunks[c, i + 1]) & 0xFFFFFFFF) | (int(city.chunks[c, i + 2]) << 32)
        c = int(city.chunks[c, 0])
    return 0


@kernel
def lot_meets(city: City, x: int, y: int, z: int, sx: int, sy: int, sz: int, work: int) -> bool:
    """Whether the box meets that work's box."""
    laid = city.works[work]
    return (
        x < laid.x + laid.sx
        and laid.x < x + sx
        and y < laid.y + laid.sy
        and laid.y < y + sy
        and z < laid.z + laid.sz
        and laid.z < z + sz
    )


@kernel
def register(city: City, used: int, work: int, clip: int) -> int:
    """Enter a work in the lists of the lots that its clip allows. Returns chunks used << 1 | whether it has any lot."""
    laid = city.works[work]
    x = int(laid.x)
    y = int(laid.y)
    z = int(laid.z)
    x1 = (x + int(laid.sx) - 1) >> 4
    y1 = (y + int(laid.sy) - 1) >> 4
    z1 = (z + int(laid.sz) - 1) >> 4
    x >>= 4
    y >>= 4
    z >>= 4
    me = int(laid.foreman)
    target = int(laid.target) - 1
    shot = int(laid.scope) - 1 if laid.kind < K_DEMOLITION else -1  # of a repair
    school = city.foremen[me].school
    some = 0
    for sz in range(z >> 2, (z1 >> 2) + 1):
        for sy in range(y >> 2, (y1 >> 2) + 1):
            for sx in range(x >> 2, (x1 >> 2) + 1):
                s = find_sector(city, sx << 2, sy << 2, sz << 2)
                if s < 0:
                    continue
                mask = 0
                allowed = -1
                if clip == CLIP_TARGET:
                    allowed = mask_of_work(city, s, target)
                    if allowed == 0:
                        continue
                for lz in range(max(z, sz << 2), min(z1, (sz << 2) + 3) + 1):
                    for ly in range(max(y, sy << 2), min(y1, (sy << 2) + 3) + 1):
                        for lx in range(max(x, sx << 2), min(x1, (sx << 2) + 3) + 1):
                            i = lot_number(lx, ly, lz)
                            if clip == CLIP_TARGET:
                                if (allowed >> i) & 1 == 0:
                                    continue
                                if shot >= 0 and not lot_meets(city, lx << 4, ly << 4, lz << 4, 16, 16, 16, shot):
                                    continue
                            else:
                                owner = int(city.owners[s, i]) - 1
                                if owner < 0:
                                    continue
                                if owner != me and (
                                    clip == CLIP_OWN or (clip == CLIP_SCHOOL and city.foremen[owner].school != school)
                                ):
                                    continue
                            mask |= 1 << i if i < 63 else -(1 << 63)
                if mask != 0:
                    used = enlist(city, used, s, work, mask)
                    some = 1
    return (used << 1) | some
