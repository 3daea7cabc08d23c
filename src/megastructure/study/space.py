"""The space of a city, measured on cells alone: how far one walks, how wide the voids are, of what dimension matter is.

What is measured is an array of materials [z, y, x], one byte a cell; places are (x, y, z). A window of 512 x 512 x 320 cells
takes 84 MB, twice that while its walks are followed, and some 3 s of CPU time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import CLIMBABLE, PASSABLE, R_SAMPLE, SUPPORTING
from ..ground.rng import draws
from ..ground.tables import LOT
from ..words.errors import MegastructureError
from ..words.kernel import ByteVolume, Int32Vector, IntVector, kernel

__all__ = ["Cells", "Dimension", "Pores", "Walk", "box_dimension", "pores", "walk", "walk_components"]

Cells = NDArray[np.uint8]
Integers = NDArray[np.int64]

PORES_SAMPLED = 4000  # void cells of a window whose distance from matter is measured
PORE_PERCENTILES = (10, 50, 90, 99, 100)
BOX_EDGES = (1, 2, 4, 8, 16, 32, 64)
INDEX_VOIDS = 3  # what is drawn in stream SAMPLE here; `samples` draws bays and lots
STANDABLE, CLIMBS, SEEN = 1, 2, 4  # bits of a mark


# ---- walking -----------------------------------------------------------------------------------------------------


@kernel(entry=True)
def mark_standable(cells: ByteVolume, marks: ByteVolume) -> int:
    """Mark where a body of 1 x 1 x 2 cells can be; returns how many cells that are.

    cells   (nz, ny, nx) materials
    marks   (nz, ny, nx) zeros; gets STANDABLE, and CLIMBS where the cell is climbed rather than stood on. The lowest
            and the highest layer stay unmarked: what is under or over them is not known.
    """
    found = 0
    for z in range(1, cells.shape[0] - 1):
        for y in range(cells.shape[1]):
            for x in range(cells.shape[2]):
                here = int(cells[z, y, x])
                if (PASSABLE >> here) & 1 == 0 or (PASSABLE >> int(cells[z + 1, y, x])) & 1 == 0:
                    continue
                if (CLIMBABLE >> here) & 1:
                    marks[z, y, x] = STANDABLE | CLIMBS
                    found += 1
                elif (SUPPORTING >> int(cells[z - 1, y, x])) & 1:
                    marks[z, y, x] = STANDABLE
                    found += 1
    return found


@kernel(entry=True)
def flood_all(marks: ByteVolume, places: IntVector, ends: IntVector) -> int:
    """Follow all walks: to the four sides, level or one cell up or down, and straight up and down where one climbs.

    marks    (nz, ny, nx) from mark_standable; gets SEEN
    places   (n,) gets z << 40 | y << 20 | x of every standable cell, component after component
    ends     (n,) gets the end of each component in `places`
    returns  the number of components
    """
    count = 0
    end = 0
    for z0 in range(marks.shape[0]):
        for y0 in range(marks.shape[1]):
            for x0 in range(marks.shape[2]):
                if marks[z0, y0, x0] & (STANDABLE | SEEN) != STANDABLE:
                    continue
                marks[z0, y0, x0] |= SEEN
                places[end] = (z0 << 40) | (y0 << 20) | x0
                at = end
                end += 1
                while at < end:
                    z = places[at] >> 40
                    y = (places[at] >> 20) & 0xFFFFF
                    x = places[at] & 0xFFFFF
                    at += 1
                    climbs = marks[z, y, x] & CLIMBS
                    for side in range(5):
                        nx = x + (1 if side == 0 else (-1 if side == 1 else 0))
                        ny = y + (1 if side == 2 else (-1 if side == 3 else 0))
                        if nx < 0 or ny < 0 or nx >= marks.shape[2] or ny >= marks.shape[1]:
                            continue
                        for nz in range(max(0, z - 1), min(marks.shape[0], z + 2)):
                            mark = marks[nz, ny, nx]
                            if mark & (STANDABLE | SEEN) != STANDABLE:
                                continue
                            if side == 4 and climbs == 0 and mark & CLIMBS == 0:
                                continue
                            marks[nz, ny, nx] = mark | SEEN
                            places[end] = (nz << 40) | (ny << 20) | nx
                            end += 1
                ends[count] = end
                count += 1
    return count


@dataclass(frozen=True)
class Walk:
    """How far people can walk. Shares are of all standable cells of the window."""

    standable: int
    components: int
    largest: float
    top: tuple[float, ...]  # the five largest components
    faces: int  # faces of the window, of six, that the largest component touches: it leads out there


def walk_components(cells: Cells) -> list[Integers]:
    """All walk components of a window [z, y, x], the largest first: places (n, 3) as (x, y, z) within the window."""
    cells = np.ascontiguousarray(cells)
    places, ends = _followed(cells)
    parts = np.split(places, ends[:-1]) if len(ends) else []
    parts.sort(key=len, reverse=True)
    return [np.stack([p & 0xFFFFF, (p >> 20) & 0xFFFFF, p >> 40], 1) for p in parts]


def walk(cells: Cells) -> Walk:
    """The walk components of a window [z, y, x]."""
    cells = np.ascontiguousarray(cells)
    places, ends = _followed(cells)
    if len(ends) == 0:
        return Walk(0, 0, 0.0, (), 0)
    sizes = np.diff(ends, prepend=0)
    best = int(sizes.argmax())
    mine = places[ends[best] - sizes[best] : ends[best]]
    x, y, z = mine & 0xFFFFF, (mine >> 20) & 0xFFFFF, mine >> 40
    nz, ny, nx = cells.shape
    faces = sum(bool(hit.any()) for hit in (x == 0, x == nx - 1, y == 0, y == ny - 1, z == 1, z == nz - 2))
    top = tuple(float(v) / len(places) for v in np.sort(sizes)[::-1][:5])
    return Walk(len(places), len(ends), top[0], top, faces)


def _followed(cells: Cells) -> tuple[Integers, Integers]:
    marks = np.zeros_like(cells)
    places = np.zeros(int(mark_standable(cells, marks)), np.int64)
    ends = np.zeros(len(places), np.int64)
    count = int(flood_all(marks, places, ends))
    return places, ends[:count]


# ---- matter and void ---------------------------------------------------------------------------------------------


@kernel(entry=True)
def radii(cells: ByteVolume, places: IntVector, into: IntVector) -> None:
    """Squares of the distances from void cells to the nearest standing cell of a window.

    places   (n,) z << 40 | y << 20 | x
    into     (n,) gets the squares; the square of the window's longest edge where nothing stands in it
    """
    limit = max(cells.shape[0], max(cells.shape[1], cells.shape[2]))
    for i in range(places.shape[0]):
        z0 = places[i] >> 40
        y0 = (places[i] >> 20) & 0xFFFFF
        x0 = places[i] & 0xFFFFF
        best = limit * limit
        shell = 1  # cubes around the place, one shell of cells after the other
        while shell * shell < best:
            for z in range(max(0, z0 - shell), min(cells.shape[0], z0 + shell + 1)):
                for y in range(max(0, y0 - shell), min(cells.shape[1], y0 + shell + 1)):
                    on_shell = abs(z - z0) == shell or abs(y - y0) == shell
                    x = x0 - shell
                    while x <= x0 + shell:
                        if 0 <= x < cells.shape[2] and cells[z, y, x] != 0:
                            square = (z - z0) * (z - z0) + (y - y0) * (y - y0) + (x - x0) * (x - x0)
                            best = min(best, square)
                        x += 1 if on_shell else 2 * shell
            shell += 1
        into[i] = best


@kernel(entry=True)
def draw_voids(cells: ByteVolume, owners: Int32Vector, seed: int, name: int, places: IntVector) -> int:
    """Draw void cells of owned lots with replacement, as places of `radii`; returns how many were found.

    owners   (lots,) owners of the lots in the order [z, y, x], or empty: then every void cell is drawn from
    """
    wide = cells.shape[2] >> 4
    deep = cells.shape[1] >> 4
    found = 0
    for trial in range(64 * places.shape[0]):
        if found == places.shape[0]:
            break
        r0, r1, r2, _ = draws(seed, R_SAMPLE, trial, name, INDEX_VOIDS)
        x = r0 % cells.shape[2]
        y = r1 % cells.shape[1]
        z = r2 % cells.shape[0]
        if cells[z, y, x] == 0:
            if owners.shape[0] == 0 or owners[((z >> 4) * deep + (y >> 4)) * wide + (x >> 4)] >= 0:
                places[found] = (z << 40) | (y << 20) | x
                found += 1
    return found


@dataclass(frozen=True)
class Pores:
    """Distances of void cells to the nearest standing cell, in cells: percentiles 10, 50, 90, 99 and 100."""

    radius: dict[int, float]

    @property
    def median(self) -> float:
        """Half of the void cells are nearer than this to something solid."""
        return self.radius[50]

    @property
    def wide(self) -> float:
        """Nine tenths of the void cells are nearer than this to something solid."""
        return self.radius[90]


def pores(
    cells: Cells, owners: NDArray[np.int32] | None = None, sample: int = PORES_SAMPLED, seed: int = 0, name: int = 1
) -> Pores:
    """How far the voids of a window [z, y, x] are from matter. What lies outside the window is taken for void.

    owners      by lot [z, y, x]: only void in owned lots (>= 0) is measured; None: all void
    sample      void cells that are drawn, by seed and name; 0: every one
    """
    cells = np.ascontiguousarray(cells)
    if not cells.any():
        raise MegastructureError("nothing stands in this window: its voids have no radius")
    if sample:
        places = np.zeros(sample, np.int64)
        by_lot = np.zeros(0, np.int32) if owners is None else np.ascontiguousarray(owners).ravel()
        places = places[: int(draw_voids(cells, by_lot, seed, name, places))]
    else:
        counted = cells == 0
        if owners is not None:
            counted &= (owners >= 0).repeat(LOT, 0).repeat(LOT, 1).repeat(LOT, 2)
        z, y, x = np.nonzero(counted)
        places = (z << 40) | (y << 20) | x
    if len(places) == 0:
        return Pores(dict.fromkeys(PORE_PERCENTILES, 0.0))
    squares = np.zeros(len(places), np.int64)
    radii(cells, places, squares)
    found = np.percentile(np.sqrt(squares), PORE_PERCENTILES)
    return Pores({p: float(v) for p, v in zip(PORE_PERCENTILES, found)})


@dataclass(frozen=True)
class Dimension:
    """Boxes that hold matter, by their edge in cells, and the local dimension between each edge and its double."""

    counts: tuple[int, ...]
    local: tuple[float, ...]


def box_dimension(cells: Cells) -> Dimension:
    """Box counting on a window [z, y, x] at edges of 1 .. 64 cells; 3 for a block, 2 for a plane, 1 for a line.

    Boxes that do not fit wholly into the window are left out.
    """
    largest = BOX_EDGES[-1]
    nz, ny, nx = (n // largest * largest for n in cells.shape)
    if min(nz, ny, nx) == 0:
        raise MegastructureError(f"a window of {cells.shape} cells (z, y, x): expected at least {largest} each way")
    full = cells[:nz, :ny, :nx] != 0
    counts = [int(np.count_nonzero(full))]
    for _ in BOX_EDGES[1:]:
        full = full[0::2] | full[1::2]
        full = full[:, 0::2] | full[:, 1::2]
        full = full[:, :, 0::2] | full[:, :, 1::2]
        counts.append(int(np.count_nonzero(full)))
    if counts[0] == 0:
        return Dimension(tuple(counts), (0.0,) * (len(counts) - 1))
    return Dimension(tuple(counts), tuple(float(np.log2(a / b)) for a, b in pairwise(counts)))
