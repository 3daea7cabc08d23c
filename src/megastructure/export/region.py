"""The matter of a box on one day, a piece at a time, so that memory does not grow with the box.

Pieces are blocks of at most 128 cells a side, counted from the corner of the box, in order of z, y, x. Those in which nobody
ever built are left out unread. On level L a cell stands for 2^L cells a side, halved again and again as the viewer does.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..ledger import Box, Ledger
from ..lots import BIAS, sectors_in_use
from ..mesh import halve

SIDE = 128  # cells along the edge of a piece
SECTOR = 64  # cells along the edge of a sector, the unit in which the ledger knows where works are
PIECE = 64  # cells of a coarser level that are halved at once
Cells = NDArray[np.uint8]
Ints = NDArray[np.int64]


class Matter:
    """What an export writes: the cells of a box at the end of a day, on one level of detail.

    box      ((x0, x1), (y0, y1), (z0, z1)) in cells of the world, ends not included
    shape    (x, y, z) cells of the level
    """

    def __init__(self, ledger: Ledger, box: Box, day: int, lod: int = 0) -> None:
        self.ledger, self.box, self.day, self.lod = ledger, box, day, lod
        nx, ny, nz = (-(-(high - low) >> lod) for low, high in box)
        self.shape = (nx, ny, nz)

    @cached_property
    def sectors(self) -> Ints:
        """Corners (n, 3) x, y, z in cells of all sectors with works that touch the box."""
        corners = sectors(self.ledger)
        low, high = np.array(self.box, np.int64).T
        return np.asarray(corners[((corners + SECTOR > low) & (corners < high)).all(axis=1)])

    def pieces(self, side: tuple[int, int, int] = (SIDE, SIDE, SIDE)) -> Ints:
        """Numbers (n, 3) x, y, z of the pieces that may hold matter, in order of z, y, x."""
        low, high = np.array(self.box, np.int64).T
        size = np.array(side, np.int64) << self.lod
        first = (np.maximum(self.sectors, low) - low) // size
        last = (np.minimum(self.sectors + SECTOR, high) - 1 - low) // size
        spans = [first + step for step in np.ndindex(*((last - first).max(axis=0, initial=0) + 1).tolist())]
        found = np.concatenate([s[(s <= last).all(axis=1)] for s in spans])
        return np.unique(found[:, ::-1], axis=0)[:, ::-1]

    def region(self, x: int, y: int, z: int, side: tuple[int, int, int], pad: int = 0) -> Cells:
        """The piece that begins at a cell of the level; it ends where the box ends."""
        size = [min(s, n - c) + 2 * pad for s, n, c in zip(side, self.shape, (x, y, z))]
        return self.read(self.lod, (x - pad, y - pad, z - pad), (size[0], size[1], size[2]))

    def read(self, level: int, at: tuple[int, int, int], size: tuple[int, int, int]) -> Cells:
        """Any cells of a level as [z, y, x]; `at` counts from the corner of the box. Outside of the box nothing stands."""
        into = np.zeros(size[::-1], np.uint8)
        ends = [-(-(high - low) >> level) for low, high in self.box]
        x0, y0, z0 = (max(0, a) for a in at)
        x1, y1, z1 = (min(n, a + s) for n, a, s in zip(ends, at, size))
        if level == 0:
            if x0 < x1 and y0 < y1 and z0 < z1:
                (bx, _), (by, _), (bz, _) = self.box
                there = ((bx + x0, bx + x1), (by + y0, by + y1), (bz + z0, bz + z1))
                into[z0 - at[2] : z1 - at[2], y0 - at[1] : y1 - at[1], x0 - at[0] : x1 - at[0]] = self.ledger.materialise(
                    there, self.day
                )
            return into
        for z in range(z0, z1, PIECE):
            for y in range(y0, y1, PIECE):
                for x in range(x0, x1, PIECE):
                    n = (min(PIECE, x1 - x), min(PIECE, y1 - y), min(PIECE, z1 - z))
                    if not self.built(level, (x, y, z), n):
                        continue
                    fine = self.read(level - 1, (2 * x, 2 * y, 2 * z), (2 * n[0], 2 * n[1], 2 * n[2]))
                    a, b, c = x - at[0], y - at[1], z - at[2]
                    into[c : c + n[2], b : b + n[1], a : a + n[0]] = halve(fine)
        return into

    @cached_property
    def _map(self) -> tuple[Ints, NDArray[np.bool_]]:
        """The first sector of the box, and for each from there on, as [z, y, x], whether anybody ever built in it."""
        if not len(self.sectors):
            return np.zeros(3, np.int64), np.zeros((1, 1, 1), np.bool_)
        numbers = self.sectors // SECTOR
        first = numbers.min(axis=0)
        built = np.zeros((numbers.max(axis=0) - first + 1)[::-1], np.bool_)
        x, y, z = (numbers - first).T
        built[z, y, x] = True
        return first, built

    def built(self, level: int, at: tuple[int, int, int], size: tuple[int, int, int]) -> bool:
        """Whether anybody ever built among these cells of a level."""
        first, built = self._map
        low = np.array(self.box, np.int64)[:, 0] + (np.array(at, np.int64) << level)
        high = low + (np.array(size, np.int64) << level)
        x0, y0, z0 = np.maximum(low // SECTOR - first, 0)
        x1, y1, z1 = np.maximum((high - 1) // SECTOR + 1 - first, 0)
        return bool(built[z0:z1, y0:y1, x0:x1].any())


def sectors(ledger: Ledger) -> Ints:
    """Corners (n, 3) x, y, z in cells of all sectors of 64^3 cells in which some work was ever registered."""
    city = ledger.city
    key, row = sectors_in_use(city.keys, city.slots)
    key = key[city.filled[row] != 0]
    corners = np.stack([(key >> 40) - BIAS, ((key >> 20) & 0xFFFFF) - BIAS, (key & 0xFFFFF) - BIAS], 1) * SECTOR
    return np.ascontiguousarray(corners[np.lexsort(corners.T)])


__all__ = ["SIDE", "Cells", "Matter", "sectors"]
