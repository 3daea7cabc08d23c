"""The city as a pure function of its works.

Everything about a work is decided at its *start*, in the order of the ledger (start day, then a named draw):

1. A *filler* reserves on its start day every cell that its pattern wants and nobody holds; a cell that an earlier work
   holds is forfeited for ever. A reserved cell appears on its own day, `start + scan position * duration // volume`.
2. A *remover* (a box with a mask of materials; one work that is unbuilt; the capsule of a shot) condemns on its start
   day the cells of its scope that are laid (`laid < start`) and not yet condemned. A condemned cell vanishes on the
   remover's own day for it and is free for works that start later than that.
3. A *cut* (flagged cells of a bridge or a ladder) changes the material of a laid, not condemned cell at once; the cell
   stays with its first work and day.
4. A *stop* of work w on day s: cells of w that would appear on day s or later never do and are free for works that start
   later than s; cells that w would have removed on day s or later stay.
5. A work touches only the lots in which it was registered at its start. Each sector keeps its works in order with a mask
   of lots; that list is the clip and the precedence. It is rebuilt from works and claims alone: `reindex`.

So a cell on any day is the fold of a short list, and so are its maker and its history.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .codes import (
    CLIP_OWN,
    CLIP_OWNED,
    CLIP_SCHOOL,
    CLIP_TARGET,
    CUT,
    DRILL,
    K_BRIDGE,
    K_DEMOLITION,
    K_LADDER,
    K_PLATE,
    K_SHOT,
    K_STOP,
    K_UNBUILDING,
    PLATING,
    SOFT,
)
from .errors import MegastructureError
from .kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel, pair, u1m3, u1m4, u1v
from .lots import find_sector, lot_number, owner_of_lot
from .patterns import pattern
from .tables import (
    F_SCHOOL,
    H_AXIS,
    H_LENGTH,
    H_RADIUS,
    H_X,
    H_Y,
    H_Z,
    W_A,
    W_B,
    W_CHARTER,
    W_DURATION,
    W_FLAGS,
    W_FOREMAN,
    W_KIND,
    W_SCOPE,
    W_START,
    W_SX,
    W_SY,
    W_SZ,
    W_TARGET,
    W_X,
    W_Y,
    W_Z,
)

NEVER = 1 << 30  # a day after all days
CHUNK_WORKS = 5  # a chunk is one cache line: next, then 5 x (1 + work, low and high half of the mask of lots)


# ---- lists of works by sector ------------------------------------------------------------------------------------


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
    shot = int(works[work, W_SCOPE]) - 1
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


# ---- one cell ----------------------------------------------------------------------------------------------------


@kernel(i8(i8, i8, i8, i8, i8, i8, i8, i8))
def scan_position(kind, scan, rx, ry, rz, sx, sy, sz):
    """The place of a cell in the order in which its work proceeds: plates away from the parent, the rest up or down."""
    if kind == K_PLATE and (scan & 6) != 0:
        if (scan & 2) != 0:
            return ((sx - 1 - rx if (scan & 8) != 0 else rx) * sy + ry) * sz + rz
        return ((sy - 1 - ry if (scan & 8) != 0 else ry) * sx + rx) * sz + rz
    return ((sz - 1 - rz if (scan & 1) != 0 else rz) * sy + ry) * sx + rx


@kernel(i8(i4m, i8, i8, i8, i8))
def day_of_cell(works, w, rx, ry, rz):
    """The day on which a work reaches a cell of its box."""
    duration = int(works[w, W_DURATION])
    start = int(works[w, W_START])
    if duration == 0:
        return start
    sx = int(works[w, W_SX])
    sy = int(works[w, W_SY])
    sz = int(works[w, W_SZ])
    position = scan_position(int(works[w, W_KIND]), int(works[w, W_FLAGS]) & 255, rx, ry, rz, sx, sy, sz)
    return start + position * duration // (sx * sy * sz)


@kernel(flag(i4m, i8, i8, i8, i8))
def in_capsule(works, w, x, y, z):
    """Whether a cell lies in the straight hole of a shot: nearer than its radius to the box's axis."""
    dx = 2 * int(works[w, W_X]) + int(works[w, W_SX]) - 1 - 2 * x
    dy = 2 * int(works[w, W_Y]) + int(works[w, W_SY]) - 1 - 2 * y
    dz = 2 * int(works[w, W_Z]) + int(works[w, W_SZ]) - 1 - 2 * z
    axis = works[w, W_B]
    if axis == 0:
        dx = 0
    elif axis == 1:
        dy = 0
    else:
        dz = 0
    radius = int(works[w, W_A])
    return dx * dx + dy * dy + dz * dz <= 4 * radius * radius


@kernel(i8(i4m, i8m, i8v, i8, i8, i8, i8, i8, i8v), entry=True)
def fold_cell(works, charters, listed, n, x, y, z, day, out):
    """Material of one cell at the end of a day, from the n works listed for its lot.

    out   (4,) int64: work that laid it, day laid, work that will remove it or -1, the day it vanishes or NEVER
    """
    material = 0
    owner = -1
    laid = 0
    gone = NEVER
    remover = -1
    for i in range(n):
        w = listed[i]
        start = int(works[w, W_START])
        if start > day:
            break
        rx = x - int(works[w, W_X])
        ry = y - int(works[w, W_Y])
        rz = z - int(works[w, W_Z])
        if rx < 0 or ry < 0 or rz < 0 or rx >= works[w, W_SX] or ry >= works[w, W_SY] or rz >= works[w, W_SZ]:
            continue
        kind = int(works[w, W_KIND])
        if kind >= K_DEMOLITION:
            if owner < 0:
                continue
            target = int(works[w, W_TARGET]) - 1
            if kind == K_STOP:
                if target == owner and laid >= start and gone == NEVER:
                    gone = start
                elif target == remover and gone >= start and gone != NEVER:
                    gone = NEVER
                    remover = -1
            elif gone == NEVER and laid < start and ((int(works[w, W_SCOPE]) >> material) & 1) != 0:
                if (
                    kind == K_DEMOLITION
                    or (kind == K_UNBUILDING and target == owner)
                    or (kind == K_SHOT and in_capsule(works, w, x, y, z))
                ):
                    gone = day_of_cell(works, w, rx, ry, rz)
                    remover = w
            continue
        if owner >= 0 and gone < start:
            material = 0
            owner = -1
            gone = NEVER
            remover = -1
        if owner >= 0 and not ((kind == K_BRIDGE or kind == K_LADDER) and gone == NEVER and laid < start):
            continue
        wanted = pattern(
            kind, rx, ry, rz, int(works[w, W_SX]), int(works[w, W_SY]), int(works[w, W_SZ]), int(works[w, W_A]),
            int(works[w, W_B]), charters[int(works[w, W_CHARTER])], x, y, z,
        )  # fmt: skip
        if owner < 0:
            if wanted != 0 and (wanted & CUT) == 0:
                material = wanted & 31
                owner = w
                laid = day_of_cell(works, w, rx, ry, rz)
        elif ((wanted & CUT) != 0 and ((SOFT >> material) & 1) != 0) or (
            (wanted & DRILL) != 0 and ((PLATING >> material) & 1) != 0
        ):
            material = wanted & 31
    if owner < 0 or laid > day or gone <= day:
        return 0
    out[0] = owner
    out[1] = laid
    out[2] = remover
    out[3] = gone
    return material


@kernel(i8(i8v, i4v, i4m, i8v, i4m, i4m, i8m, i8, i8, i8, i8, i8v, i8v), entry=True)
def cell_at(keys, slots, heads, filled, chunks, works, charters, x, y, z, day, listed, out):
    """Material of one cell at the end of a day; `listed` is scratch, `out` as in fold_cell."""
    n = works_of_lot(keys, slots, heads, filled, chunks, x >> 4, y >> 4, z >> 4, listed)
    if n == 0:
        return 0
    return fold_cell(works, charters, listed, n, x, y, z, day, out)


@kernel(NOTHING(i8v, i4v, i4m, i8v, i4m, i4m, i8m, i8m, i8, i8v, u1v), entry=True)
def cells_at(keys, slots, heads, filled, chunks, works, charters, points, day, listed, into):
    """Materials of many cells (n, 3) at the end of a day; neighbours in the list that share a lot share its look-up."""
    out = np.zeros(4, np.int64)
    n = 0
    last_x = 1 << 40
    last_y = 0
    last_z = 0
    for i in range(points.shape[0]):
        x = points[i, 0]
        y = points[i, 1]
        z = points[i, 2]
        if x >> 4 != last_x or y >> 4 != last_y or z >> 4 != last_z:
            last_x = x >> 4
            last_y = y >> 4
            last_z = z >> 4
            n = works_of_lot(keys, slots, heads, filled, chunks, last_x, last_y, last_z, listed)
        into[i] = fold_cell(works, charters, listed, n, x, y, z, day, out) if n > 0 else 0


# ---- soundings ---------------------------------------------------------------------------------------------------


@kernel(pair(i8v, i4v, i4m, i8v, i4m, i4m, i8m, i8v, i8v, i8, i8, i8, i8, i8, i8, i8, i8))
def sound(keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z, dx, dy, dz, reach, day):
    """First cell that is not void along an axis: (distance, material), or (reach, 0). Only works that the ray meets are folded."""
    out = near[:4]
    near = near[4:]
    i = 0
    n = 0
    last_x = 1 << 40
    last_y = 0
    last_z = 0
    while i < reach:
        px = x + dx * i
        py = y + dy * i
        pz = z + dz * i
        if px >> 4 != last_x or py >> 4 != last_y or pz >> 4 != last_z:
            last_x = px >> 4
            last_y = py >> 4
            last_z = pz >> 4
            n = 0
            found = works_of_lot(keys, slots, heads, filled, chunks, last_x, last_y, last_z, listed)
            for k in range(found):
                w = listed[k]
                if (
                    (dx != 0 or (works[w, W_X] <= px < works[w, W_X] + works[w, W_SX]))
                    and (dy != 0 or (works[w, W_Y] <= py < works[w, W_Y] + works[w, W_SY]))
                    and (dz != 0 or (works[w, W_Z] <= pz < works[w, W_Z] + works[w, W_SZ]))
                    and works[w, W_START] <= day
                ):
                    near[n] = w
                    n += 1
            if n == 0:
                p = px if dx != 0 else (py if dy != 0 else pz)
                i += 16 - (p & 15) if dx + dy + dz > 0 else (p & 15) + 1
                continue
        material = fold_cell(works, charters, near, n, px, py, pz, day, out)
        if material != 0:
            return i, material
        i += 1
    return reach, 0


# ---- a lot of 16^3 -----------------------------------------------------------------------------------------------


@kernel(i8(i4m, i8m, i8v, i8, i8, i8, i8, i8, u1m3, u1v, i4v, i4v, i4v, i4v))
def fold_lot(works, charters, listed, n, lx, ly, lz, day, into, material, owner, laid, gone, remover):
    """All cells of a lot at the end of a day into `into` (z, y, x); returns how many stand. The arrays are scratch."""
    removed = False
    cuts = False
    last = 0
    for i in range(n):
        w = listed[i]
        if works[w, W_START] > day:
            break
        kind = int(works[w, W_KIND])
        removed = removed or kind >= K_DEMOLITION
        cuts = cuts or kind == K_BRIDGE or kind == K_LADDER
        last = i + 1
    x0 = lx << 4
    y0 = ly << 4
    z0 = lz << 4
    owner[:] = -1
    if removed:
        gone[:] = NEVER
        remover[:] = -1
    for i in range(last):
        w = listed[i]
        start = int(works[w, W_START])
        kind = int(works[w, W_KIND])
        wx = int(works[w, W_X])
        wy = int(works[w, W_Y])
        wz = int(works[w, W_Z])
        sx = int(works[w, W_SX])
        sy = int(works[w, W_SY])
        sz = int(works[w, W_SZ])
        a = int(works[w, W_A])
        b = int(works[w, W_B])
        target = int(works[w, W_TARGET]) - 1
        scope = int(works[w, W_SCOPE])
        genes = charters[int(works[w, W_CHARTER])]
        cutting = kind == K_BRIDGE or kind == K_LADDER
        # When nothing is removed or cut and the work is over, the day of a cell does not matter.
        quick = not removed and not cuts and start + works[w, W_DURATION] <= day
        for z in range(max(z0, wz), min(z0 + 16, wz + sz)):
            for y in range(max(y0, wy), min(y0 + 16, wy + sy)):
                row = ((z & 15) << 8) | ((y & 15) << 4)
                for x in range(max(x0, wx), min(x0 + 16, wx + sx)):
                    p = row | (x & 15)
                    if owner[p] >= 0:
                        if kind >= K_DEMOLITION:
                            if kind == K_STOP:
                                if target == owner[p] and laid[p] >= start and gone[p] == NEVER:
                                    gone[p] = start
                                elif target == remover[p] and gone[p] >= start and gone[p] != NEVER:
                                    gone[p] = NEVER
                                    remover[p] = -1
                            elif gone[p] == NEVER and laid[p] < start and ((scope >> material[p]) & 1) != 0:
                                if (
                                    kind == K_DEMOLITION
                                    or (kind == K_UNBUILDING and target == owner[p])
                                    or (kind == K_SHOT and in_capsule(works, w, x, y, z))
                                ):
                                    gone[p] = day_of_cell(works, w, x - wx, y - wy, z - wz)
                                    remover[p] = w
                            continue
                        if removed and gone[p] < start:
                            owner[p] = -1
                            gone[p] = NEVER
                            remover[p] = -1
                        elif not (cutting and (not removed or gone[p] == NEVER) and laid[p] < start):
                            continue
                    elif kind >= K_DEMOLITION:
                        continue
                    wanted = pattern(kind, x - wx, y - wy, z - wz, sx, sy, sz, a, b, genes, x, y, z)
                    if wanted == 0:
                        continue
                    if owner[p] < 0:
                        if (wanted & CUT) == 0:
                            material[p] = wanted & 31
                            owner[p] = w
                            laid[p] = 0 if quick else day_of_cell(works, w, x - wx, y - wy, z - wz)
                    elif ((wanted & CUT) != 0 and ((SOFT >> material[p]) & 1) != 0) or (
                        (wanted & DRILL) != 0 and ((PLATING >> material[p]) & 1) != 0
                    ):
                        material[p] = wanted & 31
    count = 0
    for p in range(4096):
        if owner[p] >= 0 and laid[p] <= day and (not removed or gone[p] > day):
            into[p >> 8, (p >> 4) & 15, p & 15] = material[p]
            count += 1
        else:
            into[p >> 8, (p >> 4) & 15, p & 15] = 0
    return count


@kernel(i8(i8v, i4v, i4m, i8v, i4m, i4m, i8m, i8m, i8, i8v, u1m4), entry=True)
def fold_lots(keys, slots, heads, filled, chunks, works, charters, coords, day, listed, into):
    """Materialise lots (n, 3) at the end of a day into `into` (n, 16, 16, 16); returns how many cells stand."""
    material = np.empty(4096, np.uint8)
    owner = np.empty(4096, np.int32)
    laid = np.empty(4096, np.int32)
    gone = np.empty(4096, np.int32)
    remover = np.empty(4096, np.int32)
    count = 0
    for i in range(coords.shape[0]):
        lx = coords[i, 0]
        ly = coords[i, 1]
        lz = coords[i, 2]
        n = works_of_lot(keys, slots, heads, filled, chunks, lx, ly, lz, listed)
        if n == 0:
            into[i] = 0
        else:
            count += fold_lot(
                works, charters, listed, n, lx, ly, lz, day, into[i], material, owner, laid, gone, remover
            )
    return count
