"""The matter of a city for whoever looks: cells, lots and boxes on any day, and where each cell comes from."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.city import City
from ..ground.codes import CUT, EVERYTHING, K_BRIDGE, K_DEMOLITION, K_LADDER, K_STOP, K_UNBUILDING, R_SAMPLE, Material, WorkKind
from ..ground.rng import draws
from ..land.lots import sectors_in_use
from ..land.patterns import pattern
from ..words.errors import MegastructureError
from ..words.kernel import ByteMatrix, ByteVector, IntMatrix, IntVector, kernel
from .fold import NEVER, cell_at, changes, day_of_cell, fold_cell, takes
from .index import works_of_lot

MANY_WORKS = 2  # lots with more works are searched for pairs that leave no trace


@kernel(entry=True)
def cells_at(city: City, points: IntMatrix, day: int, into: ByteVector) -> None:
    """Materials of many cells (n, 3) at the end of a day; neighbours in the list that share a lot share its look-up."""
    n = 0
    last_x, last_y, last_z = 1 << 40, 0, 0
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        lx, ly, lz = x >> 4, y >> 4, z >> 4
        if lx != last_x or ly != last_y or lz != last_z:
            last_x, last_y, last_z = lx, ly, lz
            n = works_of_lot(city, lx, ly, lz)
        into[i] = fold_cell(city, city.works_here, n, x, y, z, day) if n > 0 else 0


@kernel
def meet_in_lot(city: City, v: int, w: int, x0: int, y0: int, z0: int) -> bool:
    """Whether the boxes of two works meet within the lot with this corner."""
    one, other = city.works[v], city.works[w]
    return (
        max(x0, one.x, other.x) < min(x0 + 16, one.x + one.sx, other.x + other.sx)
        and max(y0, one.y, other.y) < min(y0 + 16, one.y + one.sy, other.y + other.sy)
        and max(z0, one.z, other.z) < min(z0 + 16, one.z + one.sz, other.z + other.sz)
    )


@kernel
def covers(city: City, r: int, v: int) -> bool:
    """Whether the box of work r holds that of work v."""
    holder, held = city.works[r], city.works[v]
    for c in range(3):
        low = held.corner[c]
        if holder.corner[c] > low or holder.corner[c] + holder.size[c] < low + held.size[c]:
            return False
    return True


@kernel
def place_among(city: City, w: int, n: int) -> int:
    """The place of a work among the first n of `works_here`; n: it is not there."""
    i = 0
    while i < n and city.works_here[i] != w:
        i += 1
    return i


@kernel
def left_alone(city: City, j: int, i: int, n: int, x0: int, y0: int, z0: int) -> bool:
    """Whether nothing else began on the box of work j of `works_here`, in this lot, until its unbuilding i was over."""
    unbuilding = city.works[city.works_here[i]]
    v = city.works_here[j]
    for k in range(j + 1, n):
        w = city.works_here[k]
        if k == i or w < 0:
            continue
        work = city.works[w]
        if work.start > unbuilding.start + unbuilding.duration:
            break
        if work.kind == K_UNBUILDING and work.target - 1 != v:
            continue  # it takes nothing but its own target
        if meet_in_lot(city, v, w, x0, y0, z0):
            return False
    return True


@kernel
def forget_unbuilt(city: City, n: int, x0: int, y0: int, z0: int, day: int) -> int:
    """Drop the pairs of a work and its unbuilding that leave no trace in this lot; returns how many works remain.

    Both must be over, the unbuilding must take all of the work, and between the start of the one and the end of the other
    nothing else may have begun on the work's box in this lot: it might have forfeited cells to it, cut it, or removed a part
    of it. Houses that were renewed fifty times are not evaluated fifty times.
    """
    listed = city.works_here
    for i in range(n):
        r = listed[i]
        if r < 0:
            continue
        unbuilding = city.works[r]
        if unbuilding.kind != K_UNBUILDING or unbuilding.start + unbuilding.duration > day or unbuilding.scope != EVERYTHING:
            continue
        v = unbuilding.target - 1
        j = place_among(city, v, i)
        if j == i or city.works[v].start + city.works[v].duration >= unbuilding.start:
            continue
        if covers(city, r, v) and left_alone(city, j, i, n, x0, y0, z0):
            listed[i] = -1
            listed[j] = -1
    kept = 0
    for i in range(n):
        if listed[i] >= 0:
            listed[kept] = listed[i]
            kept += 1
    return kept


@kernel
def fold_lot(city: City, n: int, lx: int, ly: int, lz: int, day: int, into: ByteVector) -> int:
    """All cells of a lot at the end of a day, from the n works listed for it, into `into` (4096,); returns how many stand."""
    listed, material = city.works_here, city.lot_material
    owner, laid, gone, remover = city.lot_work, city.lot_laid, city.lot_gone, city.lot_remover
    x0, y0, z0 = lx << 4, ly << 4, lz << 4
    last = 0
    while last < n and city.works[listed[last]].start <= day:
        last += 1
    if last > MANY_WORKS:
        last = forget_unbuilt(city, last, x0, y0, z0, day)
    removed = False
    cuts = False
    for i in range(last):
        kind = city.works[listed[i]].kind
        removed = removed or kind >= K_DEMOLITION
        cuts = cuts or kind == K_BRIDGE or kind == K_LADDER
    for p in range(4096):
        owner[p] = -1
        gone[p] = NEVER
        remover[p] = -1
    for i in range(last):
        w = listed[i]
        work = city.works[w]
        # What every cell asks for, read once.
        kind, start, target = work.kind, work.start, work.target - 1
        wx, wy, wz = work.x, work.y, work.z
        sx, sy, sz = work.sx, work.sy, work.sz
        a, b = work.a, work.b
        genes = city.charters[work.charter]
        cutting = kind == K_BRIDGE or kind == K_LADDER
        # When nothing is removed or cut and the work is over, the day of a cell does not matter.
        quick = not removed and not cuts and start + work.duration <= day
        for z in range(max(z0, wz), min(z0 + 16, wz + sz)):
            for y in range(max(y0, wy), min(y0 + 16, wy + sy)):
                row = ((z & 15) << 8) | ((y & 15) << 4)
                for x in range(max(x0, wx), min(x0 + 16, wx + sx)):
                    p = row | (x & 15)
                    if kind >= K_DEMOLITION:
                        if owner[p] < 0:
                            continue
                        if kind == K_STOP:
                            if target == owner[p] and laid[p] >= start and gone[p] == NEVER:
                                gone[p] = start
                            elif target == remover[p] and gone[p] >= start and gone[p] != NEVER:
                                gone[p] = NEVER
                                remover[p] = -1
                        elif gone[p] == NEVER and laid[p] < start and takes(city, w, owner[p], int(material[p]), x, y, z):
                            gone[p] = day_of_cell(city, w, x - wx, y - wy, z - wz)
                            remover[p] = w
                        continue
                    if owner[p] >= 0:
                        if removed and gone[p] < start:
                            owner[p] = -1
                            gone[p] = NEVER
                            remover[p] = -1
                        elif not (cutting and (not removed or gone[p] == NEVER) and laid[p] < start):
                            continue
                    wanted = pattern(kind, x - wx, y - wy, z - wz, sx, sy, sz, a, b, genes, x, y, z)
                    if owner[p] >= 0:
                        if changes(wanted, int(material[p])):
                            material[p] = wanted & 31
                    elif wanted != 0 and (wanted & CUT) == 0:
                        material[p] = wanted & 31
                        owner[p] = w
                        laid[p] = 0 if quick else day_of_cell(city, w, x - wx, y - wy, z - wz)
    count = 0
    for p in range(4096):
        if owner[p] >= 0 and laid[p] <= day and (not removed or gone[p] > day):
            into[p] = material[p]
            count += 1
        else:
            into[p] = 0
    return count


@kernel(entry=True)
def fold_lots(city: City, coords: IntMatrix, day: int, into: ByteMatrix, counts: IntVector) -> None:
    """Materialise lots (n, 3) at the end of a day.

    into     (n, 4096) uint8 in the order z, y, x; with one row alone, every lot overwrites it
    counts   (n,) int64: standing cells of each lot
    """
    for i in range(coords.shape[0]):
        lx, ly, lz = coords[i, 0], coords[i, 1], coords[i, 2]
        n = works_of_lot(city, lx, ly, lz)
        counts[i] = fold_lot(city, n, lx, ly, lz, day, into[i if into.shape[0] > 1 else 0])


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


class Trace(NamedTuple):
    """What stands in one cell at the end of a day, and the works that bring it there and away. Void: material 0."""

    material: int
    work: int  # serial
    day_laid: int
    remover: int  # serial; -1: nobody
    vanishes_on: int  # `NEVER` if nobody takes it away


class Ledger:
    """The matter of a city, read only. Boxes are ((x0, x1), (y0, y1), (z0, z1)), ends not included; arrays are [z, y, x].

    Days may be any day from 0 to the last day lived; the past is as exact, as fast and as cheap as the present.
    """

    def __init__(self, city: City) -> None:
        if not city.scenario.works:
            raise MegastructureError("this run was made in outline mode (works = 0): it has a history, but no matter")
        self.city = city
        self._of_thread = threading.local()

    @property
    def still(self) -> City:
        """The city as this thread sees it, with working memory of its own; taken anew when the city has lived on."""
        known: City | None = getattr(self._of_thread, "still", None)
        if known is None or known.day != self.city.day:
            known = self._of_thread.still = self.city.frozen()
        return known

    def cell(self, x: int, y: int, z: int, day: int) -> int:
        """The material of one cell at the end of a day."""
        return int(cell_at(self.still, x, y, z, day))

    def trace(self, x: int, y: int, z: int, day: int) -> Trace:
        """What stands in one cell at the end of a day, and where it comes from."""
        still = self.still
        material = int(cell_at(still, x, y, z, day))
        return Trace(material, *(int(v) for v in still.folded)) if material else Trace(0, -1, -1, -1, NEVER)

    def cells(self, points: NDArray[np.int64], day: int) -> NDArray[np.uint8]:
        """Materials of many cells, (n, 3) -> (n,), at the end of a day. Fastest when neighbours follow each other."""
        points = np.ascontiguousarray(points, np.int64).reshape(-1, 3)
        into = np.zeros(len(points), np.uint8)
        cells_at(self.still, points, day, into)
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
        fold_lots(self.still, coords, day, into, np.zeros(len(coords), np.int64))
        return into.reshape(-1, 16, 16, 16)

    def count(self, coords: NDArray[np.int64], day: int) -> NDArray[np.int64]:
        """Standing cells of each of the lots (n, 3) at the end of a day."""
        coords = np.ascontiguousarray(coords, np.int64).reshape(-1, 3)
        counts = np.zeros(len(coords), np.int64)
        fold_lots(self.still, coords, day, np.empty((1, 4096), np.uint8), counts)
        return counts

    def lots(self, low: NDArray[np.int64] | None = None, high: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Coordinates (n, 3) of all lots in which some work was ever registered, in order of (z, y, x).

        low, high   (3,) ends of a box of lots, `high` not included: only lots in it. A small box of a great city is cheap.
        """
        place, slots = sectors_in_use(self.city.keys, self.city.slots)
        sector = place * 4
        if low is not None and high is not None:
            near = ((sector + 3 >= low) & (sector < high)).all(axis=1)
            sector, slots = sector[near], slots[near]
        masks = self.city.filled[slots].view(np.uint64)
        number = np.arange(64)
        has = (masks[:, None] >> number.astype(np.uint64)) & np.uint64(1) != 0
        which, lot = np.nonzero(has)
        coords = sector[which] + np.stack([lot & 3, (lot >> 2) & 3, lot >> 4], 1)
        if low is not None and high is not None:
            coords = coords[((coords >= low) & (coords < high)).all(axis=1)]
        return np.ascontiguousarray(coords[np.lexsort((coords[:, 0], coords[:, 1], coords[:, 2]))])

    def sample(self, n: int, day: int) -> NDArray[np.int64]:
        """Coordinates of n lots drawn, with replacement, from those that have works; the draw is named by seed and day."""
        city = self.city
        masks = city.filled[: city.sizes.sectors].view(np.uint64)
        ends = np.cumsum(np.bitwise_count(masks).astype(np.int64))
        corners = np.zeros((len(masks), 3), np.int64)
        place, rows = sectors_in_use(city.keys, city.slots)
        corners[rows] = place * 4
        into = np.zeros((n, 3), np.int64)
        for i in range(n):
            a, b, _, _ = draws(city.scenario.seed, R_SAMPLE, day, 0, i)
            rank = ((a << 32) | b) % int(ends[-1])
            s = int(np.searchsorted(ends, rank, side="right"))
            bits = np.nonzero((masks[s] >> np.arange(64, dtype=np.uint64)) & np.uint64(1))[0]
            lot = int(bits[rank - (int(ends[s - 1]) if s else 0)])
            into[i] = corners[s] + (lot & 3, (lot >> 2) & 3, lot >> 4)
        return into

    def estimate(self, n: int, day: int) -> tuple[int, int]:
        """Standing cells at the end of a day and their standard error, from n drawn lots."""
        lots = int(np.bitwise_count(self.city.filled[: self.city.sizes.sectors].view(np.uint64)).sum())
        if lots == 0:
            return 0, 0
        counts = self.count(self.sample(n, day), day)
        return int(counts.mean() * lots), int(counts.std() / n**0.5 * lots)

    def provenance(self, x: int, y: int, z: int, day: int) -> Provenance | None:
        """Who laid the cell that stands there at the end of a day, when, for which school; None where nothing stands."""
        material, work, laid, _, gone = self.trace(x, y, z, day)
        if material == 0:
            return None
        city = self.city
        maker = city.foremen[city.works[work].foreman]
        ancestors = []
        n = maker.parent
        while n >= 0:
            ancestors.append(city.foremen[n].name)
            n = city.foremen[n].parent
        school = city.schools[maker.school]
        return Provenance(
            Material(material), work, WorkKind(city.works[work].kind), laid, gone if gone < NEVER else None, maker.name,
            tuple(ancestors), school.name, school.founded,
        )  # fmt: skip


Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
