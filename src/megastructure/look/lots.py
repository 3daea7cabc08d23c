"""The matter that a picture needs, as a sparse map of small bricks that rays leap over.

A city is mostly air. Lots of 16^3 cells come from the ledger; of each only the bricks of 4^3 cells that hold matter are
kept (less than half of the lots' bytes, and what a ray needs next is near in memory). One dense grid over the window
says of each brick either where its cells are, or how far it is to the nearest brick with matter, so that a ray crosses
an empty hall in a few leaps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..codes import LAMP, PLANT, SAFEGUARD, TERMINAL
from .bricks import EMPTY, cut_bricks, find_lights, measure_air

LOT = 16  # cells along the side of a lot
BRICK = 4  # cells along the side of a brick
SIDE = LOT // BRICK  # bricks along the side of a lot
LOTS_AT_ONCE = 1024  # lots that are asked for in one call: 4 MB
REACH = 28.0  # cells that the light of a fixture reaches
FIXTURE = 8  # lamps in one cube of so many cells shine as one fixture

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Cells = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Corner = tuple[int, int, int]

UNKNOWN = 255  # the material of lots that are not known yet

POWER = np.zeros(32)
POWER[[LAMP, TERMINAL, PLANT, SAFEGUARD]] = 1.0, 0.2, 0.5, 0.8


class Source(Protocol):
    """Where matter comes from: the ledger of a run, or a small world in a test."""

    def lots(self, low: Ints | None = None, high: Ints | None = None) -> Ints:
        """Coordinates (X, Y, Z), of either sign, of all lots that contain works, of those in a box: int64 (n, 3)."""

    def materialise_lots(self, coords: Ints, day: int) -> Cells:
        """What stands in lots (k, 3) at the end of a day: materials, uint8 (k, 16, 16, 16), ordered lot, z, y, x."""


class Matter(NamedTuple):
    """A window of the city, ready for rays. Its positions are in cells from its own corner, so they are never negative."""

    corner: Ints  # (3,) x, y, z in the world of the window's cell (0, 0, 0)
    grid: Ints32  # (nz, ny, nx) of bricks: >= 0 number of the brick, < 0 minus the distance in bricks to matter
    bricks: Cells  # (n, 64) materials, ordered z, y, x
    lamps: Floats  # (m, 5) fixtures: x, y, z, power, material
    lamp_first: Ints32  # (lots + 1,) where in `lamp_list` the fixtures begin that reach a lot; lots in order z, y, x
    lamp_list: Ints32  # numbers of fixtures, lot by lot
    cells: int  # cells of matter
    known: Ints  # (n, 3) the lots that were materialised


class Window:
    """A part of the city that becomes known lot by lot.

    Lots that may hold matter and are not known yet are whole blocks of `UNKNOWN`: a ray that meets one must ask for it.
    """

    def __init__(self, source: Source, day: int, coords: Ints, cut: Corner | None = None) -> None:
        self.source, self.day, self.cut, self.coords = source, day, cut, coords
        self.low = coords.min(axis=0) - 1
        self.lots = coords.max(axis=0) + 2 - self.low
        self.grid = np.full([int(n) * SIDE for n in self.lots[::-1]], EMPTY, np.int32)
        # Room for every brick; what is never written takes no memory. The first one is that of what is not known.
        self.bricks = np.empty((len(coords) * SIDE**3 + 2, BRICK**3), np.uint8)
        self.bricks[0] = UNKNOWN
        self.number = 1
        self.lights = [np.zeros((0, 4), np.int64)]
        self.known: list[Ints] = [np.zeros((0, 3), np.int64)]

    def hide(self) -> None:
        """Forget all lots, so that they are asked for."""
        x, y, z = (self.coords - self.low).T
        self._by_lot()[z, :, y, :, x, :] = 0
        measure_air(self.grid)

    def lay(self, coords: Ints) -> None:
        """Materialise lots (n, 3)."""
        for first in range(0, len(coords), LOTS_AT_ONCE):
            chunk = np.ascontiguousarray(coords[first : first + LOTS_AT_ONCE])
            block = np.ascontiguousarray(self.source.materialise_lots(chunk, self.day), np.uint8)
            if self.cut:
                block = _without(chunk, block, self.cut)
            block = block.reshape(-1, LOT**3)
            self.lights.append(_lights((chunk - self.low) * LOT, block))
            self.number = cut_bricks(block, np.ascontiguousarray(chunk - self.low), self.grid, self.bricks, self.number)
            self.known.append(chunk)

    def done(self) -> Matter:
        """What is known, ready for rays; the rest is air."""
        self.grid[self.grid == 0] = EMPTY
        self.bricks[0] = 0
        measure_air(self.grid)
        lamps = _fixtures(np.concatenate(self.lights))
        bricks = self.bricks[: self.number]
        assert bricks.max() < len(POWER), "a material above 31"
        lit, fixtures = _reached(lamps, self.lots)
        order = np.argsort(lit, kind="stable")
        lamp_first = np.searchsorted(lit[order], np.arange(int(self.lots.prod()) + 1)).astype(np.int32)
        cells = int(np.count_nonzero(bricks))
        return Matter(
            self.low * LOT, self.grid, bricks, lamps, lamp_first, fixtures[order].astype(np.int32), cells,
            np.concatenate(self.known),
        )  # fmt: skip

    def _by_lot(self) -> Ints32:
        """The grid as [lot z, brick z, lot y, brick y, lot x, brick x]."""
        nx, ny, nz = self.lots.tolist()
        return self.grid.reshape(nz, SIDE, ny, SIDE, nx, SIDE)


def gather(
    source: Source,
    day: int,
    coords: Ints,
    cut: Corner | None = None,
    progress: Callable[[float], None] | None = None,
) -> Matter:
    """Materialise the lots `coords` (n, 3) and make them ready for rays.

    `cut` (x, y, z) leaves out all matter beyond three planes: cells at x or more, and y or more, and z or more.
    """
    window = Window(source, day, coords, cut)
    for first in range(0, len(coords), LOTS_AT_ONCE):
        if progress:
            progress(first / len(coords))
        window.lay(coords[first : first + LOTS_AT_ONCE])
    return window.done()


def _without(chunk: Ints, block: Cells, cut: Corner) -> Cells:
    """Lots without the cells beyond the three planes of a cut."""
    cells = np.arange(LOT)
    x, y, z = (chunk[:, axis, None] * LOT + cells >= cut[axis] for axis in range(3))
    return np.where(z[:, :, None, None] & y[:, None, :, None] & x[:, None, None, :], np.uint8(0), block)


def _lights(corners: Ints, lots: Cells) -> Ints:
    """What shines in lots (n, 4096) with the given corners: (m, 4) x, y, z, material."""
    corners, shines = np.ascontiguousarray(corners), np.zeros(256, np.uint8)
    shines[: len(POWER)] = POWER > 0
    found = np.empty((8 * len(lots), 4), np.int64)
    count = find_lights(lots, corners, shines, found)
    if count > len(found):
        found = np.empty((count, 4), np.int64)
        find_lights(lots, corners, shines, found)
    return found[:count].copy()


def _fixtures(lights: Ints) -> Floats:
    """Lamps that are close together, as one: (m, 5) the middle of one of them, power, material."""
    groups = np.concatenate([lights[:, :3] // FIXTURE, lights[:, 3:]], axis=1)
    _, first, count = np.unique(groups, axis=0, return_index=True, return_counts=True)
    chosen = lights[first]
    power = POWER[chosen[:, 3]] * np.sqrt(count)
    return np.concatenate([chosen[:, :3] + 0.5, power[:, None], chosen[:, 3:].astype(np.float64)], axis=1)


def _reached(lamps: Floats, lots: Ints) -> tuple[Ints, Ints]:
    """Pairs (lot, fixture) of a window of `lots` (3,) lots in which the light of the fixture reaches the lot."""
    steps = np.arange(-int(np.ceil(REACH / LOT)), int(np.ceil(REACH / LOT)) + 1)
    home = lamps[:, :3].astype(np.int64) // LOT
    reached_lots = []
    fixtures = []
    for step in np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3):
        lot = home + step
        gap = np.maximum(np.maximum(lot * LOT - lamps[:, :3], lamps[:, :3] - (lot + 1) * LOT), 0)
        reached = (np.square(gap).sum(axis=1) < REACH**2) & (lot >= 0).all(axis=1) & (lot < lots).all(axis=1)
        reached_lots.append(((lot[:, 2] * lots[1] + lot[:, 1]) * lots[0] + lot[:, 0])[reached])
        fixtures.append(np.nonzero(reached)[0])
    return np.concatenate(reached_lots), np.concatenate(fixtures)
