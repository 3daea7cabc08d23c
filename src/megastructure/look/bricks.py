"""Bricks of 4^3 cells: cut from lots, filled from boxes, and how far it is from the empty ones to the next that is not."""
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from ..kernel import NOTHING, i4m, i8, i8m, kernel, types, u1m
from .trace import i4m3

OUTSIDE = -(1 << 20)  # a brick of the border: a ray that comes here has left the window
EMPTY = -1


@kernel(i8(u1m, i8m, i4m3, u1m, i8), entry=True)
def cut_bricks(lots, places, grid, bricks, number):
    """Copy what stands in lots (n, 4096; z, y, x) at `places` (n, 3: X, Y, Z in the window) into bricks.

    number   how many bricks there are already; returns how many there are then
    """
    for i in range(lots.shape[0]):
        for brick in range(64):
            x0 = (brick & 3) << 2
            y0 = ((brick >> 2) & 3) << 2
            z0 = (brick >> 4) << 2
            found = 0
            for k in range(64):
                material = lots[i, ((z0 + (k >> 4)) << 8) | ((y0 + ((k >> 2) & 3)) << 4) | (x0 + (k & 3))]
                bricks[number, k] = material
                found |= int(material)
            grid[(places[i, 2] << 2) + (z0 >> 2), (places[i, 1] << 2) + (y0 >> 2), (places[i, 0] << 2) + (x0 >> 2)] = (
                number if found else EMPTY
            )
            number += 1 if found else 0
    return number


@kernel(i8(i8, i8))
def nearest_plane(at, scale):
    """The plane of coarse cells that is nearest to a plane of cells; of two the even one."""
    plane = at // scale
    twice = 2 * (at - plane * scale)
    return plane + 1 if twice > scale or (twice == scale and plane & 1 == 1) else plane


@kernel(i8(i4m, i8, i8, i8, i8, i8, i8, i8), entry=True)
def coarsen(boxes, x, y, z, scale, end_x, end_y, end_z):
    """Turn boxes (n, 7: corner, size, material) into boxes of coarse cells (low, high, material); returns how many remain.

    x, y, z     the cell at the corner of the window; `end` its sizes in coarse cells, of which the outermost bricks stay free
    Whatever is thick enough to be seen fills one layer at least.
    """
    kept = 0
    for i in range(boxes.shape[0]):
        some = True
        for axis in range(3):
            corner = x if axis == 0 else y if axis == 1 else z
            end = end_x if axis == 0 else end_y if axis == 1 else end_z
            a = boxes[i, axis] - corner
            b = a + boxes[i, 3 + axis]
            low = nearest_plane(a, scale)
            high = nearest_plane(b, scale)
            if high <= low:
                low = (a + b) // (2 * scale)
                high = low + 1
            low = min(max(low, 4), end - 4)
            high = min(max(high, 4), end - 4)
            some = some and high > low
            boxes[kept, axis] = low  # what is overwritten has been read: kept <= i
            boxes[kept, 3 + axis] = high
        boxes[kept, 6] = boxes[i, 6]
        kept += 1 if some else 0
    return kept


@kernel(i8(i4m, i8, i4m3, types.uint8[:, :, ::1]), entry=True)
def number_bricks(boxes, number, grid, wanted):
    """Give every wanted brick that a box (n, 7: low x y z, high x y z, material; cells of the window) meets a number."""
    for i in range(boxes.shape[0]):
        for z in range(boxes[i, 2] >> 2, ((boxes[i, 5] - 1) >> 2) + 1):
            for y in range(boxes[i, 1] >> 2, ((boxes[i, 4] - 1) >> 2) + 1):
                for x in range(boxes[i, 0] >> 2, ((boxes[i, 3] - 1) >> 2) + 1):
                    if wanted[z, y, x] and grid[z, y, x] < 0:
                        grid[z, y, x] = number
                        number += 1
    return number


@kernel(NOTHING(i4m, i4m3, u1m, i8, i8, i8), entry=True)
def fill_bricks(boxes, grid, bricks, cut_x, cut_y, cut_z):
    """Fill the numbered bricks with boxes, the first box of a cell first, but for cells beyond all three planes of a cut."""
    for i in range(boxes.shape[0]):
        material = boxes[i, 6]
        for z in range(boxes[i, 2], boxes[i, 5]):
            for y in range(boxes[i, 1], boxes[i, 4]):
                for x in range(boxes[i, 0], boxes[i, 3]):
                    brick = grid[z >> 2, y >> 2, x >> 2]
                    if brick < 0 or (x >= cut_x and y >= cut_y and z >= cut_z):
                        continue
                    at = ((z & 3) << 4) | ((y & 3) << 2) | (x & 3)
                    if bricks[brick, at] == 0:
                        bricks[brick, at] = material


@kernel(i8(i8, i8))
def one_further(least, there):
    """The least of distances, after a look at a neighbour: 0 where there is matter or the border."""
    return min(least, 1 if there >= 0 or there <= OUTSIDE else 1 - there)


@kernel(NOTHING(i4m3), entry=True)
def measure_air(grid):
    """Mark the border, and write into each empty brick minus the Chebyshev distance to matter or to the border.

    Two sweeps suffice, in each of them a look at the 13 neighbours that came before (Rosenfeld and Pfaltz 1966).
    """
    nz, ny, nx = grid.shape
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                if z == 0 or y == 0 or x == 0 or z == nz - 1 or y == ny - 1 or x == nx - 1:
                    grid[z, y, x] = OUTSIDE
    for z in range(1, nz - 1):
        for y in range(1, ny - 1):
            for x in range(1, nx - 1):
                if grid[z, y, x] >= 0:
                    continue
                least = one_further(1 << 15, grid[z, y, x - 1])
                for i in range(-1, 2):
                    if least == 1:
                        break
                    least = one_further(least, grid[z, y - 1, x + i])
                    for j in range(-1, 2):
                        least = one_further(least, grid[z - 1, y + j, x + i])
                grid[z, y, x] = -least
    for z in range(nz - 2, 0, -1):
        for y in range(ny - 2, 0, -1):
            for x in range(nx - 2, 0, -1):
                if grid[z, y, x] >= 0:
                    continue
                least = one_further(-grid[z, y, x], grid[z, y, x + 1])
                for i in range(-1, 2):
                    if least == 1:
                        break
                    least = one_further(least, grid[z, y + 1, x + i])
                    for j in range(-1, 2):
                        least = one_further(least, grid[z + 1, y + j, x + i])
                grid[z, y, x] = -least
