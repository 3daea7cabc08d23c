"""How good a grown city is, measured: can one walk through it, how full is it, how large and varied are its voids.

Everything is measured at the end of one day, on dense windows around a few bays and on samples of lots. What is drawn
is drawn by name (stream SAMPLE), so that the same city always gives the same figures. Nothing here changes the city.

Windows are arrays of materials [z, y, x], one byte a cell; sizes and corners are (x, y, z). A window of 512 x 512 x 320
cells takes 84 MB, twice that while its walks are followed, and some 3 s of CPU time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..codes import (
    CLIMBABLE,
    K_DEMOLITION,
    K_UNBUILDING,
    P_BUILDING,
    P_STANDING,
    PASSABLE,
    R_SAMPLE,
    S_BAY,
    SUPPORTING,
    Material,
)
from ..errors import MegastructureError
from ..kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel, u1m3
from ..ledger import Ledger
from ..lots import BIAS, SECTOR_LOTS, owner_of_lot, sector_key, sectors_in_use
from ..rng import draw, draws
from ..tables import (
    C_DAY,
    F_BORN,
    F_NAME,
    F_PHASE,
    F_SCHOOL,
    F_SITE,
    F_X,
    F_Y,
    F_Z,
    LOT,
    N_LIVING,
    W_FOREMAN,
    W_KIND,
    W_START,
    W_TARGET,
    YEAR,
    Z_SECTORS,
)

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from ..state import City

__all__ = [
    "WANTED", "WINDOW_CELLS", "Dimension", "Estimate", "Judgement", "Pores", "Schools", "Statistics", "Walk", "Window",
    "WindowStatistics", "WorksPerBay", "box_dimension", "chosen_bays", "fill_of_window", "judgements", "owned_lots",
    "pores", "report", "sampled_lots", "schools_around", "standing_cells", "tables", "walk", "walk_components",
    "window", "works_by_century", "works_per_bay",
]  # fmt: skip

Cells = NDArray[np.uint8]
Integers = NDArray[np.int64]
Size = tuple[int, int, int]

WINDOW_CELLS: Size = (512, 512, 320)
SCHOOL_WINDOW_LOTS = 32  # 512 cells
OLD_YEARS = 800  # bays around which windows are laid are older; in young cities older than two thirds of the city
GROWN_YEARS = 300  # works are counted in bays that are older
PORES_SAMPLED = 4000  # void cells of a window whose distance from matter is measured
PORE_PERCENTILES = (10, 50, 90, 99, 100)
BOX_EDGES = (1, 2, 4, 8, 16, 32, 64)
INDEX_BAYS, INDEX_LOTS, INDEX_VOIDS = 0, 1, 3  # what is drawn in stream SAMPLE for these statistics
STANDABLE, CLIMBS, SEEN = 1, 2, 4  # bits of a mark


# ---- walking -----------------------------------------------------------------------------------------------------


@kernel(i8(u1m3, u1m3), entry=True)
def mark_standable(cells, marks):
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


@kernel(i8(u1m3, i8v, i8v), entry=True)
def flood_all(marks, places, ends):
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


@kernel(NOTHING(u1m3, i8v, i8v), entry=True)
def radii(cells, places, into):
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


@kernel(i8(u1m3, i4v, i8, i8, i8v), entry=True)
def draw_voids(cells, owners, seed, name, places):
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


# ---- who owns the ground -----------------------------------------------------------------------------------------


@kernel(NOTHING(i8v, i4v, i4m, i8, i8, i8, i8, i8, i4m), entry=True)
def owners_of_box(keys, slots, owners, lx, ly, lz, wide, deep, into):
    """Serials of the owners of a box of lots into `into` (height x depth, width); -1: wild."""
    for row in range(into.shape[0]):
        for x in range(wide):
            into[row, x] = owner_of_lot(keys, slots, owners, lx + x, ly + row % deep, lz + row // deep)


@kernel(NOTHING(i8, i8, i8m, i8v), entry=True)
def draw_lots(seed, day, coords, into):
    """A draw for each of the lots (n, 3), keyed by its place."""
    for i in range(coords.shape[0]):
        place = sector_key(coords[i, 0] << 2, coords[i, 1] << 2, coords[i, 2] << 2)
        into[i] = (draw(seed, R_SAMPLE, day, place, INDEX_LOTS) << 31) | (draw(seed, R_SAMPLE, day, place, 2) >> 1)


class Ground:
    """Who owned which lot at the end of a day: today's owners are kept, those of other days follow from the claims."""

    def __init__(self, city: City, day: int) -> None:
        from ..rebuild import replay

        self.keys, self.slots, self.owners = city.keys, city.slots, city.owners
        self.sectors = int(city.sizes[Z_SECTORS])
        claims = city.table("claims")
        end = int(np.searchsorted(claims[:, C_DAY], day, side="right"))
        if end < len(claims):
            self.keys, self.slots = np.zeros_like(city.keys), np.zeros_like(city.slots)
            self.owners = np.zeros((len(city.owners) + 64, SECTOR_LOTS), np.int32)
            sizes = np.zeros_like(city.sizes)
            none = np.zeros((1, 16), np.int32)
            got = replay(
                self.keys, self.slots, self.owners, city.foremen, city.claims, none[:, :3].copy(),
                np.zeros(1, np.int64), none, none, sizes, 0, 0, end, 0,
            )  # fmt: skip
            assert int(got) >> 32 == end, "the sectors of an earlier day need more room than today's"
            self.sectors = int(sizes[Z_SECTORS])

    def box(self, corner: Size, size: Size) -> NDArray[np.int32]:
        """Serials of the owners of a box of lots, [z, y, x]; corner and size (x, y, z) in lots; -1: wild."""
        wide, deep, high = size
        into = np.zeros((high * deep, wide), np.int32)
        owners_of_box(self.keys, self.slots, self.owners, *corner, wide, deep, into)
        return into.reshape(high, deep, wide)

    def lots(self) -> Integers:
        """Coordinates (n, 3) of all owned lots, in order of (z, y, x)."""
        key, row = sectors_in_use(self.keys, self.slots)
        sector = np.stack([(key >> 40) - BIAS, ((key >> 20) & 0xFFFFF) - BIAS, (key & 0xFFFFF) - BIAS], 1) * 4
        which, lot = np.nonzero(self.owners[row])
        coords = sector[which] + np.stack([lot & 3, (lot >> 2) & 3, lot >> 4], 1)
        return np.ascontiguousarray(coords[np.lexsort((coords[:, 0], coords[:, 1], coords[:, 2]))])


def owned_lots(city: City, day: int | None = None) -> Integers:
    """Coordinates (n, 3) of the lots that were owned at the end of a day, in order of (z, y, x)."""
    return Ground(city, _last(city, day)).lots()


def sampled_lots(city: City, coords: Integers, count: int, day: int) -> Integers:
    """A simple random sample of the lots (n, 3), without replacement, in their order; all when there are no more."""
    if count >= len(coords):
        return coords
    keys = np.zeros(len(coords), np.int64)
    draw_lots(city.scenario.seed, day, coords, keys)
    picked: Integers = coords[np.sort(np.argpartition(keys, count)[:count])]
    return picked


def _last(city: City, day: int | None) -> int:
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
    day = _last(city, day)
    place = (int(v) >> 4 for v in city.foremen[bay, [F_X, F_Y, F_Z]])
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
    day = _last(city, day)
    foremen = city.table("foremen")
    old = min(OLD_YEARS * YEAR, (day + 1) * 2 // 3)
    fit = (foremen[:, F_SITE] == S_BAY) & (foremen[:, F_PHASE] == P_STANDING) & (foremen[:, F_BORN] < day - old)
    fit[0] = False
    serials = np.nonzero(fit)[0]
    keys = [draw(city.scenario.seed, R_SAMPLE, day, int(foremen[n, F_NAME]), INDEX_BAYS) for n in serials]
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


@dataclass(frozen=True)
class WindowStatistics:
    """What was measured in one window."""

    bay: int  # lineage name of the foreman
    corner: Size
    walk: Walk
    fill: float
    pores: Pores
    dimension: Dimension
    owned: float  # share of the window's lots that somebody owns


def _measured(ledger: Ledger, bay: int, day: int, size: Size) -> WindowStatistics:
    seen = window(ledger, bay, day, size)
    name = int(ledger.city.foremen[bay, F_NAME])
    voids = pores(seen.cells, seen.owners, seed=ledger.city.scenario.seed, name=name)
    return WindowStatistics(
        name, seen.corner, walk(seen.cells), fill_of_window(seen), voids, box_dimension(seen.cells),
        float((seen.owners >= 0).mean()),
    )  # fmt: skip


# ---- schools and works -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Schools:
    """Schools in a cube of 512 cells around a bay, by the lots that their bays own."""

    bay: int  # lineage name of the foreman
    schools: int
    largest: float  # share of the largest in the volume of the cube
    effective: float  # exp of the entropy of the shares: as many equal schools would be as varied


def schools_around(city: City, bay: int, day: int | None = None, lots: int = SCHOOL_WINDOW_LOTS) -> Schools:
    """How many schools share a cube of `lots` lots whose middle is the corner of a bay."""
    corner = [(int(v) >> 4) - lots // 2 for v in city.foremen[bay, [F_X, F_Y, F_Z]]]
    owners = Ground(city, _last(city, day)).box((corner[0], corner[1], corner[2]), (lots, lots, lots))
    _, counts = np.unique(city.foremen[owners[owners >= 0], F_SCHOOL], return_counts=True)
    name = int(city.foremen[bay, F_NAME])
    return Schools(name, len(counts), float(counts.max(initial=0)) / lots**3, _variety(counts))


def _variety(counts: Integers) -> float:
    """The exponential of the entropy of the shares; 0 where there are none."""
    if len(counts) == 0:
        return 0.0
    share = counts / counts.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


@dataclass(frozen=True)
class WorksPerBay:
    """Works of the ordinary living bays that are older than 300 years (in young cities: than a quarter of the city)."""

    bays: int
    median: float  # works that fill, ever
    least: float  # percentile 10
    most: float  # percentile 90
    standing_median: float  # without those that were unbuilt


def works_per_bay(city: City) -> WorksPerBay:
    """How many works the grown ordinary bays have received, at the end of the last day lived."""
    foremen, works = city.table("foremen"), city.table("works")
    fills = (works[:, W_KIND] < K_DEMOLITION) & (works[:, W_TARGET] == 0)  # a repair is no new work
    filled = np.bincount(works[fills, W_FOREMAN], minlength=len(foremen))
    unbuilt = np.bincount(works[works[:, W_KIND] == K_UNBUILDING, W_FOREMAN], minlength=len(foremen))
    age = min(GROWN_YEARS * YEAR, city.day // 4)
    lives = (foremen[:, F_PHASE] == P_BUILDING) | (foremen[:, F_PHASE] == P_STANDING)
    grown = lives & (foremen[:, F_SITE] == S_BAY) & (foremen[:, F_BORN] < city.day - age)
    if not grown.any():
        return WorksPerBay(0, 0.0, 0.0, 0.0, 0.0)
    least, median, most = (float(v) for v in np.percentile(filled[grown], (10, 50, 90)))
    return WorksPerBay(int(grown.sum()), median, least, most, float(np.median((filled - unbuilt)[grown])))


def works_by_century(city: City) -> tuple[int, ...]:
    """Works that began in each century, the last one perhaps unfinished."""
    starts = city.table("works")[:, W_START] // (100 * YEAR)
    return tuple(int(v) for v in np.bincount(starts, minlength=(city.day - 1) // (100 * YEAR) + 1))


# ---- samples of lots ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """A mean or a sum from a simple random sample, with its standard error; 0 where everything was counted."""

    value: float
    error: float
    sample: int
    population: int


def _estimated(values: Integers, population: int, scale: float) -> Estimate:
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
    day = _last(city, day)
    ledger = Ledger(city)
    lots = ledger.lots()
    picked = sampled_lots(city, lots, sample or len(lots), day)
    return _estimated(ledger.count(picked, day), len(lots), len(lots))


# ---- the report --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statistics:
    """The measured goodness of a city at the end of a day."""

    seed: int
    day: int
    bays: int
    schools: int
    effective_schools: float
    cells: Estimate
    fill: Estimate  # share of the cells of owned lots in which something stands
    windows: tuple[WindowStatistics, ...]
    neighbourhoods: tuple[Schools, ...]
    works_per_bay: WorksPerBay
    works_by_century: tuple[int, ...]
    materials: dict[str, float]  # share of the standing cells, from the sample of owned lots

    @property
    def walk_median(self) -> float:
        """Median over the windows of the share of the largest walk component."""
        return float(np.median([w.walk.largest for w in self.windows]))

    @property
    def walk_worst(self) -> float:
        """The least of them."""
        return min(w.walk.largest for w in self.windows)

    def __rich__(self) -> Group:
        from rich.console import Group

        return Group(*tables(self))


def report(
    city: City, *, windows: int = 4, size: Size = WINDOW_CELLS, sample: int = 4000, sample_cells: int = 20_000
) -> Statistics:
    """All statistics of a city at the end of the last day it has lived.

    windows         drawn windows beside the founder's; each costs some 3 s
    size            cells (x, y, z) of a window
    sample          owned lots in which fill and materials are measured
    sample_cells    lots in which standing cells are counted
    errors          MegastructureError in outline mode, or before the first day
    """
    if city.day == 0:
        raise MegastructureError("this city has not lived a day yet")
    ledger = Ledger(city)
    day = city.day - 1
    ground = owned_lots(city)
    picked = sampled_lots(city, ground, sample, day)
    lots = ledger.materialise_lots(picked, day)
    by_material = np.bincount(lots.ravel(), minlength=32)[: max(Material) + 1]
    by_material[0] = 0
    chosen = chosen_bays(city, windows)
    living = city.table("schools")[:, N_LIVING]
    return Statistics(
        seed=city.scenario.seed,
        day=day,
        bays=city.bays,
        schools=int((living > 0).sum()),
        effective_schools=_variety(living[living > 0]),
        cells=standing_cells(city, day, sample_cells),
        fill=_estimated((lots != 0).sum(axis=(1, 2, 3), dtype=np.int64), len(ground), LOT**-3),
        windows=tuple(_measured(ledger, bay, day, size) for bay in chosen),
        neighbourhoods=tuple(schools_around(city, bay) for bay in chosen),
        works_per_bay=works_per_bay(city),
        works_by_century=works_by_century(city),
        materials={Material(m).name: float(n / max(1, by_material.sum())) for m, n in enumerate(by_material) if n > 0},
    )


@dataclass(frozen=True)
class Judgement:
    """One figure against what is wanted of it; `least` and `most` both allowed."""

    name: str
    value: float
    least: float
    most: float

    @property
    def good(self) -> bool:
        """Whether the figure is as wanted."""
        return self.least <= self.value <= self.most


INFINITY = float("inf")
WANTED: dict[str, tuple[float, float]] = {
    "walk, median of windows": (0.80, 1.0),
    "walk, worst window": (0.65, 1.0),
    "faces reached by the largest walk, least": (1, 6),
    "fill of the owned lots": (0.05, 0.10),
    "pore radius, 50 %, median of windows": (8, INFINITY),
    "pore radius, 90 %, median of windows": (28, INFINITY),
    "box dimension at its least edge": (2.2, 2.7),
    "box dimension at its greatest edge": (2.2, 2.7),
    "schools in 512 cells cubed, least": (6, INFINITY),
    "share of the largest school there, most": (0.0, 0.60),
    "works of an ordinary bay, median": (12, INFINITY),
    "works begun in the poorest century": (1, INFINITY),
}


def judgements(found: Statistics) -> list[Judgement]:
    """Every figure for which a range is wanted. Box dimensions are medians of the windows at each edge."""
    windows = found.windows
    dimensions = np.median([w.dimension.local for w in windows], axis=0)
    values = (
        found.walk_median,
        found.walk_worst,
        min(w.walk.faces for w in windows),
        found.fill.value,
        np.median([w.pores.median for w in windows]),
        np.median([w.pores.wide for w in windows]),
        dimensions.min(),
        dimensions.max(),
        min(s.schools for s in found.neighbourhoods),
        max(s.largest for s in found.neighbourhoods),
        found.works_per_bay.median,
        min(found.works_by_century),
    )
    return [Judgement(name, float(v), *WANTED[name]) for name, v in zip(WANTED, values, strict=True)]


def tables(found: Statistics) -> list[Table]:
    """The report as tables to print on a `rich` console."""
    from rich.table import Table

    city = Table(title=f"City of seed {found.seed} at the end of year {(found.day + 1) // YEAR}", show_header=False)
    error = f" +- {found.cells.error:.2g}" if found.cells.error else ""
    for name, text in (
        ("standing cells", f"{found.cells.value:.4g}{error}"),
        ("bays", f"{found.bays:,}"),
        ("schools", f"{found.schools:,} (as varied as {found.effective_schools:.1f} equal ones)"),
        ("works of a grown ordinary bay", f"{found.works_per_bay.median:.0f} "
         f"(10 %: {found.works_per_bay.least:.0f}, 90 %: {found.works_per_bay.most:.0f}; "
         f"{found.works_per_bay.standing_median:.0f} stand)"),
        ("works begun by century", " ".join(f"{n:,}" for n in found.works_by_century)),
        ("materials", ", ".join(
            f"{name.lower()} {100 * share:.1f} %"
            for name, share in sorted(found.materials.items(), key=lambda m: -m[1])
        )),
    ):  # fmt: skip
        city.add_row(name, text)

    places = Table(title="Windows")
    headings = ("bay", "walk", "next four", "faces", "fill", "pores 50 / 90 %", "box dimension", "schools", "largest")
    for heading in headings:
        places.add_column(heading, justify="left" if heading == "bay" else "right")
    for w, s in zip(found.windows, found.neighbourhoods):
        places.add_row(
            f"{w.bay:016x}"[:8], f"{w.walk.largest:.3f}", " ".join(f"{v:.3f}" for v in w.walk.top[1:]),
            f"{w.walk.faces}", f"{w.fill:.3f}", f"{w.pores.median:.0f} / {w.pores.wide:.0f}",
            f"{min(w.dimension.local):.2f}-{max(w.dimension.local):.2f}", f"{s.schools}", f"{s.largest:.2f}",
        )  # fmt: skip

    verdicts = Table(title="Measured against what is wanted")
    for heading in ("figure", "measured", "wanted", ""):
        verdicts.add_column(heading, justify="left" if heading == "figure" else "right")
    for j in judgements(found):
        span = f">= {j.least:g}" if j.most == INFINITY else f"{j.least:g} .. {j.most:g}"
        verdicts.add_row(j.name, f"{j.value:.3g}", span, "good" if j.good else "[bold]missed[/bold]")
    return [city, places, verdicts]
