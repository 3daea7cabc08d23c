"""The matter that a picture needs, as a sparse map of small bricks that rays leap over.

A city is mostly air. Lots of 16^3 cells come from the ledger; of each only the bricks of 4^3 cells that hold matter are
kept (2.4 times smaller than the lots, and a ray meets its neighbours in the cache). One dense grid over the window says
for each brick either where its cells are, or how far it is to the nearest brick with matter, so that a ray crosses an
empty hall in a few leaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..codes import LAMP, PLANT, SAFEGUARD, TERMINAL

LOT = 16  # cells along the side of a lot
BRICK = 4  # cells along the side of a brick
SIDE = LOT // BRICK  # bricks along the side of a lot
OUTSIDE = -(1 << 20)  # a brick of the border: whoever comes here has left the window
LOTS_AT_ONCE = 2048  # lots asked for in one call: 8 MB

Ints = npt.NDArray[np.int64]
Cells = npt.NDArray[np.uint8]


class Source(Protocol):
    """Where matter comes from: the ledger of a run, or a small world in a test."""

    def lots(self) -> Ints:
        """Coordinates (X, Y, Z) of all lots that contain works: int64 (n, 3), in lots of 16 cells, of either sign."""

    def materialise_lots(self, coords: Ints, day: int) -> Cells:
        """What stands in lots (k, 3) at the end of a day: uint8 (k, 16, 16, 16), ordered lot, z, y, x; 0 is air."""


class Matter(NamedTuple):
    """A window of the city, ready for rays. Positions inside are in cells from the window's own corner."""

    corner: Ints  # (3,) x, y, z in the world of cell (0, 0, 0) of the window
    grid: npt.NDArray[np.int32]  # (nz, ny, nx) of bricks: >= 0 number of the brick, < 0 minus the distance to matter
    bricks: Cells  # (n, 64) materials, ordered z, y, x
    lamps: npt.NDArray[np.float64]  # (m, 5) fixtures: x, y, z in the window, power in lamps, material
    lamp_first: npt.NDArray[np.int32]  # (lots + 1) where the fixtures that reach a lot begin in `lamp_list`
    lamp_list: npt.NDArray[np.int32]  # numbers of fixtures, lot by lot
    cells: int  # cells of matter


def gather(
    source: Source,
    day: int,
    coords: Ints,
    carve: Callable[[Ints, Cells], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Matter:
    """Materialise the lots `coords` (n, 3) and make them ready for rays.

    `carve` may take matter away from the lots (k, 3), (k, 16, 16, 16) of a chunk, in place: a picture that is cut open.
    """
    low = coords.min(axis=0) - 1
    lots = coords.max(axis=0) + 2 - low
    shape = tuple(int(n) for n in lots[::-1] * SIDE)
    grid = np.full(shape, -1, np.int32)
    by_lot = grid.reshape(int(lots[2]), SIDE, int(lots[1]), SIDE, int(lots[0]), SIDE)
    kept: list[Cells] = []
    lights: list[Ints] = []
    number = cells = 0
    for first, chunk, block in _chunks(source, day, coords, carve):
        if progress:
            progress(first / len(coords))
        words = block.view(np.uint32).reshape(-1, SIDE, BRICK, SIDE, BRICK, SIDE)
        solid = np.bitwise_or.reduce(np.bitwise_or.reduce(words, axis=4), axis=2) != 0
        n = int(np.count_nonzero(solid))
        numbers = np.full(solid.shape, -1, np.int32)
        numbers[solid] = np.arange(number, number + n)
        number += n
        x, y, z = (chunk - low).T
        by_lot[z, :, y, :, x, :] = numbers
        bricks = block.reshape(-1, SIDE, BRICK, SIDE, BRICK, SIDE, BRICK).transpose(0, 1, 3, 5, 2, 4, 6)
        kept.append(bricks[solid].reshape(n, BRICK**3))
        cells += int(np.count_nonzero(kept[-1]))
        lights.append(_lights(chunk - low, block))
    _measure_air(grid)
    lamps = _fixtures(np.concatenate(lights))
    first_of, items = _reach(lamps, lots)
    bricks = np.concatenate(kept) if number else np.zeros((1, BRICK**3), np.uint8)
    return Matter(low * LOT, grid, bricks, lamps, first_of, items, cells)


def _chunks(
    source: Source, day: int, coords: Ints, carve: Callable[[Ints, Cells], None] | None
) -> Iterator[tuple[int, Ints, Cells]]:
    """The lots, a few thousand at a time, so that whole lots never fill the memory."""
    for first in range(0, len(coords), LOTS_AT_ONCE):
        chunk = np.ascontiguousarray(coords[first : first + LOTS_AT_ONCE], np.int64)
        block = np.ascontiguousarray(source.materialise_lots(chunk, day), np.uint8)
        if carve:
            block = block.copy()
            carve(chunk, block)
        yield first, chunk, block


def _measure_air(grid: npt.NDArray[np.int32]) -> None:
    """Write into each empty brick minus the Chebyshev distance, in bricks, to matter or to the border of the window."""
    from scipy.ndimage import distance_transform_cdt

    for axis in range(3):
        end = np.moveaxis(grid, axis, 0)
        end[0] = end[-1] = OUTSIDE
    air = grid == -1
    np.copyto(grid, -distance_transform_cdt(air, metric="chessboard"), where=air)


POWER = np.zeros(32)
POWER[[LAMP, TERMINAL, PLANT, SAFEGUARD]] = 1.0, 0.4, 0.6, 0.8
REACH = 28.0  # cells that the light of a fixture reaches
FIXTURE = 8  # lamps nearer to each other than about this many cells shine as one


def _lights(lots: Ints, block: Cells) -> Ints:
    """Where a chunk shines: (n, 4) x, y, z in the window and material."""
    lot, z, y, x = np.nonzero(POWER[block & 31] > 0)
    at = lots[lot] * LOT + np.stack([x, y, z], axis=1)
    return np.concatenate([at, block[lot, z, y, x][:, None].astype(np.int64)], axis=1)


def _fixtures(lights: Ints) -> npt.NDArray[np.float64]:
    """Lamps that stand together, as one: (m, 5) x, y, z of the middle of a lamp, power, material."""
    groups = np.concatenate([lights[:, :3] // FIXTURE, lights[:, 3:]], axis=1)
    _, first, count = np.unique(groups, axis=0, return_index=True, return_counts=True)
    chosen = lights[first]
    power = POWER[chosen[:, 3]] * np.sqrt(count)
    return np.concatenate([chosen[:, :3] + 0.5, power[:, None], chosen[:, 3:].astype(float)], axis=1)


def _reach(lamps: npt.NDArray[np.float64], lots: Ints) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """For each lot of the window the fixtures whose light reaches it: (first, list), lots in order of z, y, x."""
    near = int(np.ceil(REACH / LOT))
    steps = np.arange(-near, near + 1)
    home = np.floor(lamps[:, :3] / LOT).astype(np.int64)
    keys: list[Ints] = []
    items: list[Ints] = []
    for step in np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3):
        lot = home + step
        gap = np.maximum(np.maximum(lot * LOT - lamps[:, :3], lamps[:, :3] - (lot + 1) * LOT), 0)
        reached = (np.square(gap).sum(axis=1) < REACH**2) & (lot >= 0).all(axis=1) & (lot < lots).all(axis=1)
        keys.append(((lot[:, 2] * lots[1] + lot[:, 1]) * lots[0] + lot[:, 0])[reached])
        items.append(np.nonzero(reached)[0])
    key = np.concatenate(keys)
    item = np.concatenate(items)
    first = np.searchsorted(np.sort(key), np.arange(int(lots.prod()) + 1))
    return first.astype(np.int32), item[np.lexsort((item, key))].astype(np.int32)
