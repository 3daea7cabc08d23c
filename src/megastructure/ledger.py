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

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .codes import (
    CLIP_OWN,
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
    R_SAMPLE,
    SOFT,
    Material,
    WorkKind,
)
from .errors import MegastructureError
from .kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel, pair, u1m, u1v
from .lots import BIAS, find_sector, lot_number
from .patterns import pattern
from .rng import draws
from .tables import (
    F_NAME,
    F_PARENT,
    F_SCHOOL,
    N_FOUNDED,
    N_NAME,
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
    Z_SECTORS,
)

if TYPE_CHECKING:
    from .state import City

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


@kernel(NOTHING(i8v, i4v, i4m, i8v, i4m, i4m, i8m, i8m, i8, i8v, i8v, u1v), entry=True)
def cells_at(keys, slots, heads, filled, chunks, works, charters, points, day, listed, out, into):
    """Materials of many cells (n, 3) at the end of a day; neighbours in the list that share a lot share its look-up."""
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
    """First cell along an axis that is not void: (distance, material), or (reach, 0). Folds the works that the ray meets."""
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


@kernel(i8(i4m, i8m, i8v, i8, i8, i8, i8, i8, u1v, u1v, i4v, i4v, i4v, i4v))
def fold_lot(works, charters, listed, n, lx, ly, lz, day, into, material, owner, laid, gone, remover):
    """All cells of a lot at the end of a day into `into` (4096,); returns how many stand. The rest is scratch."""
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
    for p in range(4096):
        owner[p] = -1
        gone[p] = NEVER
        remover[p] = -1
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
                            elif gone[p] == NEVER and laid[p] < start and ((scope >> int(material[p])) & 1) != 0:
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
                    elif ((wanted & CUT) != 0 and ((SOFT >> int(material[p])) & 1) != 0) or (
                        (wanted & DRILL) != 0 and ((PLATING >> int(material[p])) & 1) != 0
                    ):
                        material[p] = wanted & 31
    count = 0
    for p in range(4096):
        if owner[p] >= 0 and laid[p] <= day and (not removed or gone[p] > day):
            into[p] = material[p]
            count += 1
        else:
            into[p] = 0
    return count


@kernel(NOTHING(i8v, i4v, i4m, i8v, i4m, i4m, i8m, i8m, i8, i8v, u1m, i8v, u1v, i4v, i4v, i4v, i4v), entry=True)
def fold_lots(
    keys, slots, heads, filled, chunks, works, charters, coords, day, listed, into, counts, material, owner, laid, gone,
    remover,
):  # fmt: skip
    """Materialise lots (n, 3) at the end of a day.

    into     (n, 4096) uint8 in the order z, y, x; with one row alone, every lot overwrites it
    counts   (n,) int64: standing cells of each lot
    """
    for i in range(coords.shape[0]):
        row = into[i if into.shape[0] > 1 else 0]
        lx = coords[i, 0]
        ly = coords[i, 1]
        lz = coords[i, 2]
        n = works_of_lot(keys, slots, heads, filled, chunks, lx, ly, lz, listed)
        counts[i] = fold_lot(works, charters, listed, n, lx, ly, lz, day, row, material, owner, laid, gone, remover)


# ---- for Python --------------------------------------------------------------------------------------------------


class Provenance(NamedTuple):
    """Where one cell comes from. Names are lineage names; days count from the founding."""

    material: Material
    work: int
    kind: WorkKind
    day_laid: int
    vanishes_on: int | None
    foreman: int
    ancestors: tuple[int, ...]
    school: int
    founded_on: int


class Ledger:
    """The matter of a city, read only. Boxes are ((x0, x1), (y0, y1), (z0, z1)), ends not included; arrays are [z, y, x].

    Days may be any day from 0 to the last day lived; the past is as exact, as fast and as cheap as the present.
    """

    def __init__(self, city: City) -> None:
        if not city.scenario.works:
            raise MegastructureError("this run was made in outline mode (works = 0): it has a history, but no matter")
        self.city = city
        self._listed = np.zeros(max(64, int(city.heads[:, 2].max()) + 8), np.int64)
        self._out = np.zeros(4, np.int64)
        self._scratch = (np.zeros(4096, np.uint8), *(np.zeros(4096, np.int32) for _ in range(4)))
        self._index = (city.keys, city.slots, city.heads, city.filled, city.chunks, city.works, city.charters)

    def cell(self, x: int, y: int, z: int, day: int) -> int:
        """The material of one cell at the end of a day."""
        return int(cell_at(*self._index, x, y, z, day, self._listed, self._out))

    def cells(self, points: NDArray[np.int64], day: int) -> NDArray[np.uint8]:
        """Materials of many cells, (n, 3) -> (n,), at the end of a day. Fastest when neighbours follow each other."""
        points = np.ascontiguousarray(points, np.int64).reshape(-1, 3)
        into = np.zeros(len(points), np.uint8)
        cells_at(*self._index, points, day, self._listed, self._out, into)
        return into

    def materialise(self, box: Box, day: int) -> NDArray[np.uint8]:
        """All cells of a box at the end of a day, as [z, y, x]."""
        (x0, x1), (y0, y1), (z0, z1) = box
        if not (x0 <= x1 and y0 <= y1 and z0 <= z1):
            raise MegastructureError(f"box {box}: expected ((x0, x1), (y0, y1), (z0, z1)) with each end not below its start")
        lots = [range(a >> 4, ((b - 1) >> 4) + 1) if b > a else range(0) for a, b in (box[2], box[1], box[0])]
        nz, ny, nx = (len(r) for r in lots)
        z, y, x = (g.ravel() for g in np.meshgrid(*(np.array(r, np.int64) for r in lots), indexing="ij"))
        cells = self.materialise_lots(np.stack([x, y, z], 1), day).reshape(nz, ny, nx, 16, 16, 16)
        dense = cells.transpose(0, 3, 1, 4, 2, 5).reshape(nz * 16, ny * 16, nx * 16)
        at = [a - r.start * 16 if len(r) else 0 for (a, _), r in zip((box[2], box[1], box[0]), lots)]
        return dense[at[0] : at[0] + z1 - z0, at[1] : at[1] + y1 - y0, at[2] : at[2] + x1 - x0]

    def materialise_lots(self, coords: NDArray[np.int64], day: int) -> NDArray[np.uint8]:
        """Lots (n, 3) -> cells (n, 16, 16, 16) as [lot, z, y, x] at the end of a day."""
        coords = np.ascontiguousarray(coords, np.int64).reshape(-1, 3)
        into = np.empty((len(coords), 4096), np.uint8)
        fold_lots(*self._index, coords, day, self._listed, into, np.zeros(len(coords), np.int64), *self._scratch)
        return into.reshape(-1, 16, 16, 16)

    def count(self, coords: NDArray[np.int64], day: int) -> NDArray[np.int64]:
        """Standing cells of each of the lots (n, 3) at the end of a day."""
        coords = np.ascontiguousarray(coords, np.int64).reshape(-1, 3)
        counts = np.zeros(len(coords), np.int64)
        fold_lots(*self._index, coords, day, self._listed, np.empty((1, 4096), np.uint8), counts, *self._scratch)
        return counts

    def lots(self) -> NDArray[np.int64]:
        """Coordinates (n, 3) of all lots in which some work was ever registered, in order of (z, y, x)."""
        keys = self.city.keys
        used = keys != 0
        slots = self.city.slots[used].astype(np.int64)
        key = keys[used]
        sector = np.stack([(key >> 40) - BIAS, ((key >> 20) & 0xFFFFF) - BIAS, (key & 0xFFFFF) - BIAS], 1) * 4
        masks = self.city.filled[slots].view(np.uint64)
        number = np.arange(64)
        has = (masks[:, None] >> number.astype(np.uint64)) & np.uint64(1) != 0
        which, lot = np.nonzero(has)
        coords = sector[which] + np.stack([lot & 3, (lot >> 2) & 3, lot >> 4], 1)
        return np.ascontiguousarray(coords[np.lexsort((coords[:, 0], coords[:, 1], coords[:, 2]))])

    def sample(self, n: int, day: int) -> NDArray[np.int64]:
        """Coordinates of n lots drawn, with replacement, from those that have works; the draw is named by seed and day."""
        city = self.city
        masks = city.filled[: city.sizes[Z_SECTORS]].view(np.uint64)
        ends = np.cumsum(np.bitwise_count(masks).astype(np.int64))
        keys = np.zeros(len(masks), np.int64)
        used = city.keys != 0
        keys[city.slots[used]] = city.keys[used]
        into = np.zeros((n, 3), np.int64)
        for i in range(n):
            a, b, _, _ = draws(city.scenario.seed, R_SAMPLE, day, 0, i)
            rank = ((a << 32) | b) % int(ends[-1])
            s = int(np.searchsorted(ends, rank, side="right"))
            bits = np.nonzero((masks[s] >> np.arange(64, dtype=np.uint64)) & np.uint64(1))[0]
            lot = int(bits[rank - (int(ends[s - 1]) if s else 0)])
            key = int(keys[s])
            corner = ((key >> 40) - BIAS, ((key >> 20) & 0xFFFFF) - BIAS, (key & 0xFFFFF) - BIAS)
            into[i] = [4 * corner[0] + (lot & 3), 4 * corner[1] + ((lot >> 2) & 3), 4 * corner[2] + (lot >> 4)]
        return into

    def estimate(self, n: int, day: int) -> tuple[int, int]:
        """Standing cells at the end of a day and their standard error, from n drawn lots."""
        lots = int(np.bitwise_count(self.city.filled[: self.city.sizes[Z_SECTORS]].view(np.uint64)).sum())
        if lots == 0:
            return 0, 0
        counts = self.count(self.sample(n, day), day)
        return int(counts.mean() * lots), int(counts.std() / n**0.5 * lots)

    def provenance(self, x: int, y: int, z: int, day: int) -> Provenance | None:
        """Who laid the cell that stands there at the end of a day, when, for which school; None where nothing stands."""
        material = self.cell(x, y, z, day)
        if material == 0:
            return None
        work, laid, _, gone = (int(v) for v in self._out)
        city = self.city
        foreman = int(city.works[work, W_FOREMAN])
        names = []
        n = int(city.foremen[foreman, F_PARENT])
        while n >= 0:
            names.append(int(city.foremen[n, F_NAME]))
            n = int(city.foremen[n, F_PARENT])
        school = city.schools[city.foremen[foreman, F_SCHOOL]]
        return Provenance(
            Material(material), work, WorkKind(int(city.works[work, W_KIND])), laid, gone if gone < NEVER else None,
            int(city.foremen[foreman, F_NAME]), tuple(names), int(school[N_NAME]), int(school[N_FOUNDED]),
        )  # fmt: skip


Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
