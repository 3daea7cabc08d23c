"""Which works touch a lot: every sector keeps its works in the order of the ledger, each with a mask of its 64 lots.

The list is the clip of a work and its precedence at once. It follows from works and claims alone (`rebuild.py`).
"""

from __future__ import annotations

from ..ground.codes import CLIP_OWN, CLIP_SCHOOL, CLIP_TARGET, K_DEMOLITION
from ..ground.tables import F_SCHOOL, W_FOREMAN, W_KIND, W_SCOPE, W_SX, W_SY, W_SZ, W_TARGET, W_X, W_Y, W_Z
from ..land.lots import find_sector, lot_number
from ..words.kernel import flag, i4m, i4v, i8, i8m, i8v, kernel

CHUNK_WORKS = 5  # a chunk is one cache line: next, then 5 x (1 + work, low and high half of the mask of lots)


@kernel(i8(i4m, i8v, i4m, i8, i8, i8, i8))
def enlist(heads, filled, chunks, used, sector, work, mask):
    """Append a work with its mask of lots to a sector's list; returns the number of chunks used."""
    c = int(heads[sector, 1])
    if c == 0 or chunks[c, 1 + 3 * (CHUNK_WORKS - 1)] != 0:
        fresh = used
        used += 1
        if c == 0:
            heads[sector, 0] = fresh
        else:
            chunks[c, 0] = fresh
        heads[sector, 1] = fresh
        c = fresh
    i = 1
    while chunks[c, i] != 0:
        i += 3
    low = mask & 0xFFFFFFFF
    chunks[c, i] = work + 1
    chunks[c, i + 1] = low - ((low & 0x80000000) << 1)
    chunks[c, i + 2] = mask >> 32
    heads[sector, 2] += 1
    filled[sector] |= mask
    return used


@kernel(flag(i4m, i8, i8, i8))
def mask_has(chunks, c, i, lot):
    """Whether entry i of chunk c is registered in that lot of the sector."""
    return ((chunks[c, i + 1 + (lot >> 5)] >> (lot & 31)) & 1) != 0


@kernel(i8(i8v, i4v, i4m, i8v, i4m, i8, i8, i8, i8v))
def works_of_lot(keys, slots, heads, filled, chunks, lx, ly, lz, into):
    """Fill `into` with the works that are registered in a lot, in order; returns how many."""
    s = find_sector(keys, slots, lx, ly, lz)
    if s < 0:
        return 0
    lot = lot_number(lx, ly, lz)
    if (filled[s] >> lot) & 1 == 0:
        return 0
    n = 0
    c = int(heads[s, 0])
    while c > 0:
        for i in range(1, 1 + 3 * CHUNK_WORKS, 3):
            if chunks[c, i] == 0:
                break
            if mask_has(chunks, c, i, lot):
                into[n] = chunks[c, i] - 1
                n += 1
        c = int(chunks[c, 0])
    return n


@kernel(i8(i4m, i4m, i8, i8))
def mask_of_work(heads, chunks, sector, work):
    """The mask of lots in which a work is registered in one sector; 0 if it is not there."""
    c = int(heads[sector, 0])
    while c > 0:
        for i in range(1, 1 + 3 * CHUNK_WORKS, 3):
            if chunks[c, i] == work + 1:
                return (int(chunks[c, i + 1]) & 0xFFFFFFFF) | (int(chunks[c, i + 2]) << 32)
        c = int(chunks[c, 0])
    return 0


@kernel(flag(i8, i8, i8, i8, i8, i8, i4m, i8))
def lot_meets(x, y, z, sx, sy, sz, works, work):
    """Whether the box meets that work's box."""
    return (
        x < works[work, W_X] + works[work, W_SX]
        and works[work, W_X] < x + sx
        and y < works[work, W_Y] + works[work, W_SY]
        and works[work, W_Y] < y + sy
        and z < works[work, W_Z] + works[work, W_SZ]
        and works[work, W_Z] < z + sz
    )


@kernel(i8(i8v, i4v, i4m, i8m, i4m, i8v, i4m, i4m, i8, i8, i8))
def register(keys, slots, owners, foremen, heads, filled, chunks, works, used, work, clip):
    """Enter a work in the lists of the lots that its clip allows. Returns chunks used << 1 | whether it has any lot."""
    x = int(works[work, W_X])
    y = int(works[work, W_Y])
    z = int(works[work, W_Z])
    x1 = (x + int(works[work, W_SX]) - 1) >> 4
    y1 = (y + int(works[work, W_SY]) - 1) >> 4
    z1 = (z + int(works[work, W_SZ]) - 1) >> 4
    x >>= 4
    y >>= 4
    z >>= 4
    me = int(works[work, W_FOREMAN])
    target = int(works[work, W_TARGET]) - 1
    shot = int(works[work, W_SCOPE]) - 1 if works[work, W_KIND] < K_DEMOLITION else -1  # of a repair
    school = foremen[me, F_SCHOOL]
    some = 0
    for sz in range(z >> 2, (z1 >> 2) + 1):
        for sy in range(y >> 2, (y1 >> 2) + 1):
            for sx in range(x >> 2, (x1 >> 2) + 1):
                s = find_sector(keys, slots, sx << 2, sy << 2, sz << 2)
                if s < 0:
                    continue
                mask = 0
                allowed = -1
                if clip == CLIP_TARGET:
                    allowed = mask_of_work(heads, chunks, s, target)
                    if allowed == 0:
                        continue
                for lz in range(max(z, sz << 2), min(z1, (sz << 2) + 3) + 1):
                    for ly in range(max(y, sy << 2), min(y1, (sy << 2) + 3) + 1):
                        for lx in range(max(x, sx << 2), min(x1, (sx << 2) + 3) + 1):
                            i = lot_number(lx, ly, lz)
                            if clip == CLIP_TARGET:
                                if (allowed >> i) & 1 == 0:
                                    continue
                                if shot >= 0 and not lot_meets(lx << 4, ly << 4, lz << 4, 16, 16, 16, works, shot):
                                    continue
                            else:
                                owner = int(owners[s, i]) - 1
                                if owner < 0:
                                    continue
                                if owner != me and (
                                    clip == CLIP_OWN or (clip == CLIP_SCHOOL and foremen[owner, F_SCHOOL] != school)
                                ):
                                    continue
                            mask |= 1 << i if i < 63 else -(1 << 63)
                if mask != 0:
                    used = enlist(heads, filled, chunks, used, s, work, mask)
                    some = 1
    return (used << 1) | some
