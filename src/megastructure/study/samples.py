"""What is looked at in a city: whose ground it is, windows around a few bays, samples of lots.

Everything is as of the end of one day. What is drawn is drawn by name (stream SAMPLE), so that the same city is always looked
at in the same places. Windows are arrays of materials [z, y, x], one byte a cell; sizes and corners are (x, y, z).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..ground.city import City
from ..ground.codes import P_STANDING, R_SAMPLE, S_BAY
from ..ground.rng import draw
from ..ground.tables import LOT, YEAR, Claims, Foremen
from ..land.lots import owner_of_lot, sector_key, sectors_in_use
from ..matter.ledger import Ledger
from ..words.errors import MegastructureError
from ..words.kernel import Int32Matrix, IntMatrix, IntVector, kernel
from .space import Cells

if TYPE_CHECKING:
    from ..ground.city import City

__all__ = [
    "WINDOW_CELLS", "Estimate", "Ground", "Window", "chosen_bays", "estimated", "fill_of_window", "last_day", "owned_lots",
    "sampled_lots", "standing_cells", "window",
]  # fmt: skip

Integers = NDArray[np.int64]
Size = tuple[int, int, int]

WINDOW_CELLS: Size = (512, 512, 320)
OLD_YEARS = 800  # bays around which windows are laid are older; in young cities older than two thirds of the city
INDEX_BAYS, INDEX_LOTS = 0, 1  # what is drawn in stream SAMPLE here; `space` draws voids


# ---- who owns the ground -----------------------------------------------------------------------------------------


@kernel(entry=True)
def owners_of_box(city: City, lx: int, ly: int, lz: int, wide: int, deep: int, into: Int32Matrix) -> None:
    """Serials of the owners of a box of lots into `into` (height x depth, width); -1: wild."""
    for row in range(into.shape[0]):
        for x in range(wide):
            into[row, x] = owner_of_lot(city, lx + x, ly + row % deep, lz + row // deep)


@kernel(entry=True)
def draw_lots(seed: int, day: int, coords: IntMatrix, into: IntVector) -> None:
    """A draw for each of the lots (n, 3), keyed by its place."""
    for i in range(coords.shape[0]):
        place = sector_key(coords[i, 0] << 2, coords[i, 1] << 2, coords[i, 2] << 2)
        into[i] = (draw(seed, R_SAMPLE, day, place, INDEX_LOTS) << 31) | (draw(seed, R_SAMPLE, day, place, 2) >> 1)


class Ground:
    """Who owned which lot at the end of a day: today's owners are kept, those of other days follow from the claims."""

    def __init__(self, city: City, day: int) -> None:
        from ..time.rebuild import replay

        self.city = city
        claims = city.table("claims")
        end = int(np.searchsorted(claims[:, Claims.day], day, side="right"))
        if end < len(claims):
            self.city = still = city.frozen()
            still.sizes.sectors = 0
            still.blank("keys", len(city.keys))
            still.blank("slots", len(city.keys))
            still.blank("owners", len(city.owners) + 64)
            assert replay(still, 0, 0, end, 0) == (end, 0), "the sectors of an earlier day need more room than today's"

    def box(self, corner: Size, size: Size) -> NDArray[np.int32]:
        """Serials of the owners of a box of lots, [z, y, x]; corner and size (x, y, z) in lots; -1: wild."""
        wide, deep, high = size
        into = np.zeros((high * deep, wide), np.int32)
        x, y, z = corner
        owners_of_box(self.city, x, y, z, wide, deep, into)
        return into.reshape(high, deep, wide)

    def lots(self) -> Integers:
        """Coordinates (n, 3) of all owned lots, in order of (z, y, x)."""
        place, row = sectors_in_use(self.city.keys, self.city.slots)
        sector = place * 4
        which, lot = np.nonzero(self.city.owners[row])
        coords = sector[which] + np.stack([lot & 3, (lot >> 2) & 3, lot >> 4], 1)
        return np.ascontiguousarray(coords[np.lexsort((coords[:, 0], coords[:, 1], coords[:, 2]))])


def owned_lots(city: City, day: int | None = None) -> Integers:
    """Coordinates (n, 3) of the lots that were owned at the end of a day, in order of (z, y, x)."""
    return Ground(city, last_day(city, day)).lots()


def sampled_lots(city: City, coords: Integers, count: int, day: int) -> Integers:
    """A simple random sample of the lots (n, 3), without replacement, in their order; all when there are no more."""
    if count >= len(coords):
        return coords
    keys = np.zeros(len(coords), np.int64)
    draw_lots(city.scenario.seed, day, coords, keys)
    picked: Integers = coords[np.sort(np.argpartition(keys, count)[:count])]
    return picked


def last_day(city: City, day: int | None) -> int:
    """The day, or the last that was lived. errors   MegastructureError: it is none of those that were lived"""
    last = city.day - 1
    if day is None:
        return last
    if not 0 <= day <= last:
        raise MegastructureError(f"day {day}: expected a day from 0 to {last}, the last that was lived")
    return day


# ---- windows -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """A part of the city at the end of a day. `corner` in cells (x, y, z); `owners` by lot, serials or -1."""

    bay: int  # serial of the foreman around whose bay it is laid
    corner: Size
    cells: Cells
    owners: NDArray[np.int32]


def window(ledger: Ledger, bay: int, day: int | None = None, size: Size = WINDOW_CELLS) -> Window:
    """The window around a bay: the bay's corner stands at 7/16 of its width and depth and at 2/5 of its height.

    size    cells (x, y, z), multiples of 16
    """
    if any(n < LOT or n % LOT for n in size):
        raise MegastructureError(f"a window of {size} cells: expected multiples of {LOT}")
    city = ledger.city
    day = last_day(city, day)
    place = (int(v) >> 4 for v in city.foremen[bay, [Foremen.x, Foremen.y, Foremen.z]])
    lots = (size[0] // LOT, size[1] // LOT, size[2] // LOT)
    x, y, z = (at - part for at, part in zip(place, (lots[0] * 7 // 16, lots[1] * 7 // 16, lots[2] * 2 // 5)))
    owners = Ground(city, day).box((x, y, z), lots)
    x, y, z = x * LOT, y * LOT, z * LOT
    cells = ledger.materialise(((x, x + size[0]), (y, y + size[1]), (z, z + size[2])), day)
    return Window(bay, (x, y, z), cells, owners)


def chosen_bays(city: City, count: int, day: int | None = None) -> list[int]:
    """The founder and `count` drawn old ordinary bays, as serials: standing, older than 800 years.

    In a city younger than 1,200 years two thirds of its age are old enough; fewer are returned where there are fewer.
    """
    day = last_day(city, day)
    foremen = city.table("foremen")
    old = min(OLD_YEARS * YEAR, (day + 1) * 2 // 3)
    fit = (
        (foremen[:, Foremen.site] == S_BAY) & (foremen[:, Foremen.phase] == P_STANDING) & (foremen[:, Foremen.born] < day - old)
    )
    fit[0] = False
    serials = np.nonzero(fit)[0]
    keys = [draw(city.scenario.seed, R_SAMPLE, day, int(foremen[n, Foremen.name]), INDEX_BAYS) for n in serials]
    order = np.argsort(np.array(keys, np.int64), kind="stable")
    return [0, *(int(n) for n in serials[order[:count]])]


def fill_of_window(seen: Window) -> float:
    """Share of the cells of owned lots in which something stands."""
    owned = seen.owners >= 0
    if not owned.any():
        return 0.0
    nz, ny, nx = owned.shape
    by_lot = (seen.cells.reshape(nz, LOT, ny, LOT, nx, LOT) != 0).sum(axis=(1, 3, 5))
    return float(by_lot[owned].sum() / (int(owned.sum()) * LOT**3))


# ---- samples of lots ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """A mean or a sum from a simple random sample, with its standard error; 0 where everything was counted."""

    value: float
    error: float
    sample: int
    population: int


def estimated(values: Integers, population: int, scale: float) -> Estimate:
    """Mean of the values times `scale`, with the standard error for sampling without replacement."""
    n = len(values)
    if n == 0:
        return Estimate(0.0, 0.0, 0, population)
    spread = float(values.std(ddof=1)) if n > 1 else 0.0
    error = spread * ((1 - n / population) / n) ** 0.5
    return Estimate(float(values.sum()) * (scale / n), error * scale, n, population)


def standing_cells(city: City, day: int | None = None, sample: int = 20_000) -> Estimate:
    """Standing cells of the whole city at the end of a day, from a sample of the lots that ever held a work.

    sample    lots that are counted, about 50 us each; 0, or as many as there are: all, and the error is 0
    """
    day = last_day(city, day)
    ledger = Ledger(city)
    lots = ledger.lots()
    picked = sampled_lots(city, lots, sample or len(lots), day)
    return estimated(ledger.count(picked, day), len(lots), len(lots))
