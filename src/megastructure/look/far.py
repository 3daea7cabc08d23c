"""What is too far to be materialised: the boxes of works, as bricks of coarse cells that rays leap over as they do over matter.

A city of billions of cells is a million works. From a few hundred cells away a work is its box; its windows are painted on
(`skin.far_windows`). So a picture sees as far as its fog lets it, and costs what is near.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..boxes import shapes
from ..codes import K_DEMOLITION, K_STOP, K_UNBUILDING, SHELL
from ..tables import LOT, W_A, W_DURATION, W_FOREMAN, W_KIND, W_SCOPE, W_START, W_SX, W_SZ, W_TARGET, W_X
from .bricks import EMPTY, fill_bricks, measure_air, number_bricks
from .lots import BRICK, Cells, Corner, Ints, Ints32, Source
from .trace import Eye

Mask = npt.NDArray[np.bool_]
THIN = 2  # cells: works that are thinner than that are not drawn as boxes
HARVEST = 1 << 14  # cells: a demolition of less takes matter for a unit and ends no work
EDGE = 1 << 20  # a plane of a cut beyond every window


class Far(NamedTuple):
    """Works as boxes, ready for rays. Its cells are `scale` times as large as those of the city."""

    corner: Ints  # (3,) x, y, z in the world of the window's cell (0, 0, 0)
    scale: int
    grid: Ints32  # see `lots.Matter`
    bricks: Cells


NOTHING_FAR = Far(np.zeros(3, np.int64), 4, np.full((1, 1, 1), EMPTY, np.int32), np.zeros((0, BRICK**3), np.uint8))


def boxes_within(source: Source, day: int, low: Ints, high: Ints) -> tuple[Ints, Ints, Ints]:
    """Corners (n, 3), sizes (n, 3) and materials (n,) of the boxes that stand within a box of cells at the end of a day."""
    city = getattr(source, "city", None)
    none = np.zeros((0, 3), np.int64)
    if city is None:
        return none, none, none[:, 0]
    works = city.table("works")
    kind, start = works[:, W_KIND], works[:, W_START]
    gone = np.zeros(len(works), bool)
    begun = start <= day
    over = begun & (start + works[:, W_DURATION] // 2 <= day)
    gone[works[over & (kind == K_UNBUILDING) & (works[:, W_TARGET] > 0), W_TARGET] - 1] = True  # as `boxes` has it
    stands = begun & (kind < K_DEMOLITION)
    for axis in range(3):
        stands &= (works[:, W_X + axis] < high[axis]) & (works[:, W_X + axis] + works[:, W_SX + axis] > low[axis])
    stands &= ~gone
    stopped = np.full(len(works), 1 << 30, np.int64)
    stops = works[begun & (kind == K_STOP) & (works[:, W_TARGET] > 0)]
    np.minimum.at(stopped, stops[:, W_TARGET] - 1, stops[:, W_START])
    torn = works[over & (kind == K_DEMOLITION) & (works[:, W_SX : W_SZ + 1].astype(np.int64).prod(axis=1) > HARVEST)]
    rows = np.flatnonzero(stands & ~_torn_down(works, stands, torn))
    mine = works[rows].astype(np.int64)
    corner, size, material, work = shapes(mine, city.charters)
    # What is being built, or was stopped, stands to its share, from below or from above.
    end = np.minimum(day + 1, stopped[rows])[work]
    days = np.maximum(mine[work, W_DURATION], 1)
    share = np.clip((end - mine[work, W_START]) * size[:, 2] // days, 0, size[:, 2])
    share = np.where(mine[work, W_DURATION] == 0, size[:, 2], share)
    size[:, 2] = share
    seen = (size >= THIN).all(axis=1) & (corner < high).all(axis=1) & (corner + size > low).all(axis=1)
    return corner[seen], size[seen], material[seen]


def _torn_down(works: Ints32, stands: Mask, torn: Ints32) -> Mask:
    """Which works went with their bay; its SHELL plates stay where the demolition spares them."""
    ends = np.full(int(works[:, W_FOREMAN].max(initial=0)) + 1, -1, np.int64)
    np.maximum.at(ends, torn[:, W_FOREMAN], torn[:, W_START])
    spares = np.zeros(len(ends), bool)
    spares[torn[(torn[:, W_SCOPE] >> SHELL & 1) == 0, W_FOREMAN]] = True
    foreman = np.maximum(works[:, W_FOREMAN], 0)
    down = stands & (works[:, W_FOREMAN] >= 0) & (works[:, W_START] < ends[foreman])
    plates = (works[:, W_KIND] == 1) & (works[:, W_A] == 0)
    torn_down: Mask = down & ~(plates & spares[foreman])
    return torn_down


def distant(
    source: Source, day: int, low: Ints, high: Ints, scale: int, near: Ints, cut: Corner | None = None, eye: Eye | None = None
) -> Far:
    """The boxes of works between the cells `low` and `high`, in coarse cells.

    scale   4, 8, 16 ...: cells of the city along a coarse cell
    near    (n, 3) lots that are materialised: they are left out
    cut     see `lots.gather`
    eye     whose frame alone is wanted; its place is in the world
    """
    brick = scale * BRICK
    first = np.floor_divide(low, brick) - 1
    count = -np.floor_divide(-high, brick) + 1 - first
    origin = first * brick
    corner, size, material = boxes_within(source, day, low, high)
    if not len(corner):
        return NOTHING_FAR
    grid = np.full(count[::-1].tolist(), EMPTY, np.int32)
    wanted = np.zeros(grid.shape, np.uint8)
    wanted[1:-1, 1:-1, 1:-1] = 1 if eye is None else in_frame(eye, origin + brick, count - 2, brick)
    if brick == LOT:
        x, y, z = (near - first).T
        inside = ((near >= first) & (near < first + count)).all(axis=1)
        wanted[z[inside], y[inside], x[inside]] = 0
    # The nearest planes of coarse cells; whatever is thick enough to be seen fills one layer at least.
    a = (corner - origin) / scale
    b = (corner + size - origin) / scale
    starts, ends = np.round(a).astype(np.int64), np.round(b).astype(np.int64)
    flat = ends <= starts
    starts = np.where(flat, np.floor((a + b) / 2).astype(np.int64), starts)
    ends = np.where(flat, starts + 1, ends)
    starts = np.clip(starts, BRICK, (count - 1) * BRICK)
    ends = np.clip(ends, BRICK, (count - 1) * BRICK)
    kept = (ends > starts).all(axis=1)
    table = np.ascontiguousarray(np.concatenate([starts, ends, material[:, None]], axis=1)[kept])
    planes = [EDGE] * 3 if cut is None else np.floor_divide(np.array(cut) - origin, scale).tolist()
    x, y, z = (max(0, -(-plane // BRICK)) for plane in planes)
    wanted[z:, y:, x:] = 0  # nothing is left of these
    number = number_bricks(table, 0, grid, wanted)
    bricks = np.zeros((number, BRICK**3), np.uint8)
    fill_bricks(table, grid, bricks, *planes)
    measure_air(grid)
    return Far(origin, scale, grid, bricks)


def in_frame(eye: Eye, low: Ints, count: Ints, side: int) -> Mask:
    """Which cubes of `side` cells, from the corner `low` on (count: x, y, z), an eye in the world may see: [z, y, x]."""
    centre = [(low[i] + (np.arange(count[i]) + 0.5) * side).astype(np.float32) for i in range(3)]
    place = (eye.x, eye.y, eye.z)

    def along(axis: tuple[float, float, float]) -> npt.NDArray[np.float32]:
        x, y, z = ((centre[i] - np.float32(place[i])) * np.float32(axis[i]) for i in range(3))
        sums: npt.NDArray[np.float32] = z[:, None, None] + y[None, :, None] + x[None, None, :]
        return sums

    ahead = along((eye.ahead_x, eye.ahead_y, eye.ahead_z))
    radius = np.float32(0.87 * side)
    seen = ahead > -radius
    for axis, samples in (
        ((eye.across_x, eye.across_y, eye.across_z), eye.columns), ((eye.up_x, eye.up_y, eye.up_z), eye.rows),
    ):  # fmt: skip
        step = float(np.linalg.norm(axis))
        half = step * samples / 2
        off = np.abs(along((axis[0] / step, axis[1] / step, axis[2] / step)))
        if eye.spread > 0.0:
            seen &= off < np.maximum(ahead, 0) * np.float32(half) + radius * np.float32(np.hypot(1.0, half))
        else:
            seen &= off < np.float32(half) + radius
    return seen
