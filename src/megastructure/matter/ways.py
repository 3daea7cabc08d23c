"""Where a body of 1 x 1 x 2 cells can stand, and whether it can walk away from there: asked of single cells, on any day.

The same body is followed through whole windows by study/space.py. Here it also needs a free cell over its head where it
steps up or down, so whatever leads away here does so there.
"""

from __future__ import annotations

from ..ground.city import COLUMNS, City
from ..ground.codes import CLIMBABLE, PASSABLE, SUPPORTING
from ..words.kernel import kernel
from .fold import NEVER, cell_at

AWAY = 12  # cells to one side, along x or y: who comes so far has left
ACROSS = 2 * AWAY + 1  # columns of a search, each way
assert ACROSS * ACROSS == COLUMNS


@kernel(entry=True)
def can_pass(city: City, x: int, y: int, z: int, day: int) -> bool:
    """Whether a cell does not stop a body at the end of a day."""
    return (PASSABLE >> cell_at(city, x, y, z, day)) & 1 == 1


@kernel(entry=True)
def can_stand(city: City, x: int, y: int, z: int, day: int) -> bool:
    """Whether a body can be with its feet in a cell at the end of a day."""
    here = cell_at(city, x, y, z, day)
    if (PASSABLE >> here) & 1 == 0 or not can_pass(city, x, y, z + 1, day):
        return False
    return ((CLIMBABLE >> here) | (SUPPORTING >> cell_at(city, x, y, z - 1, day))) & 1 == 1


@kernel(entry=True)
def is_free(city: City, x: int, y: int, z: int, day: int) -> bool:
    """Whether nothing stands in a cell at the end of a day, and no work that has begun by then will lay it."""
    return cell_at(city, x, y, z, day) == 0 and cell_at(city, x, y, z, NEVER - 1) == 0


@kernel(entry=True)
def leads_away(city: City, x: int, y: int, z: int, day: int, bx: int, by: int, bz: int, sx: int, sy: int, sz: int) -> bool:
    """Whether a body that stands in a cell can walk AWAY cells from it, if a box (corner, size) were solid.

    It goes to the four sides, level or one cell up or down, through each column once; ladders are not climbed.
    """
    for i in range(COLUMNS):
        city.walked[i].seen = 0
    first = AWAY * ACROSS + AWAY
    city.walked[first].seen = 1
    begins = city.walked[0]
    begins.column = first
    begins.height = 0
    end = 1
    while end > 0:
        end -= 1  # it goes on from the newest, for that is mostly the farthest
        column = city.walked[end].column
        height = z + city.walked[end].height
        i = column % ACROSS
        j = column // ACROSS
        if i == 0 or j == 0 or i == ACROSS - 1 or j == ACROSS - 1:
            return True
        for side in range(4):
            ni = i + (1 if side == 0 else (-1 if side == 1 else 0))
            nj = j + (1 if side == 2 else (-1 if side == 3 else 0))
            beside = nj * ACROSS + ni
            if city.walked[beside].seen:
                continue
            nx = x + ni - AWAY
            ny = y + nj - AWAY
            for step in range(3):
                nz = height + (0 if step == 0 else (1 if step == 1 else -1))
                if bx <= nx < bx + sx and by <= ny < by + sy and bz - 2 < nz < bz + sz:
                    continue
                if not can_stand(city, nx, ny, nz, day):
                    continue
                if step == 1 and not can_pass(city, x + i - AWAY, y + j - AWAY, height + 2, day):
                    continue
                if step == 2 and not can_pass(city, nx, ny, nz + 2, day):
                    continue
                city.walked[beside].seen = 1
                open_end = city.walked[end]
                open_end.column = beside
                open_end.height = nz - z
                end += 1
                break
    return False


__all__ = ["AWAY", "can_pass", "can_stand", "is_free", "leads_away"]
