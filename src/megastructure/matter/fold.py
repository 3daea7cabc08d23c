"""The city as a pure function of its works.

Everything about a work is decided at its *start*, in the order of the ledger (start day, then a named draw):

1. A *filler* reserves on its start day every cell that its pattern wants and nobody holds; a cell that an earlier work
   holds is forfeited for ever. A reserved cell appears on its own day, `start + scan position * duration // volume`.
2. A *remover* (a box with a mask of materials; one work that is unbuilt, with its repairs; the capsule of a shot)
   condemns on its start day the cells of its scope that are laid (`laid < start`) and not yet condemned. A condemned
   cell vanishes on the remover's own day for it and is free for works that start later than that.
3. A *cut* (flagged cells of a bridge or a ladder) changes the material of a laid, not condemned cell at once; the cell
   stays with its first work and day.
4. A *stop* of work w on day s: cells of w that would appear on day s or later never do and are free for works that start
   later than s; cells that w would have removed on day s or later stay.
5. A work touches only the lots in which it was registered at its start. Each sector keeps its works in order with a mask
   of lots; that list is the clip and the precedence. It is rebuilt from works and claims alone: `reindex`.

So a cell on any day is the fold of a short list, and so are its maker and its history.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import CUT, DRILL, K_BRIDGE, K_DEMOLITION, K_LADDER, K_PLATE, K_SHOT, K_STOP, K_UNBUILDING, PLATING, SOFT
from ..land.patterns import pattern
from ..words.kernel import IntVector, kernel
from .index import works_of_lot

NEVER = 1 << 30  # a day after all days


@kernel
def scan_position(kind: int, scan: int, rx: int, ry: int, rz: int, sx: int, sy: int, sz: int) -> int:
    """The place of a cell in the order in which its work proceeds: plates away from the parent, the rest up or down."""
    if kind == K_PLATE and (scan & 6) != 0:
        if (scan & 2) != 0:
            return ((sx - 1 - rx if (scan & 8) != 0 else rx) * sy + ry) * sz + rz
        return ((sy - 1 - ry if (scan & 8) != 0 else ry) * sx + rx) * sz + rz
    return ((sz - 1 - rz if (scan & 1) != 0 else rz) * sy + ry) * sx + rx


@kernel
def day_of_cell(city: City, w: int, rx: int, ry: int, rz: int) -> int:
    """The day on which a work reaches a cell of its box."""
    work = city.works[w]
    duration = int(work.duration)
    start = int(work.start)
    if duration == 0:
        return start
    sx = int(work.sx)
    sy = int(work.sy)
    sz = int(work.sz)
    position = scan_position(int(work.kind), int(work.flags) & 255, rx, ry, rz, sx, sy, sz)
    return start + position * duration // (sx * sy * sz)


@kernel
def in_capsule(city: City, w: int, x: int, y: int, z: int) -> bool:
    """Whether a cell lies in the straight hole of a shot: nearer than its radius to the box's axis."""
    work = city.works[w]
    dx = 2 * int(work.x) + int(work.sx) - 1 - 2 * x
    dy = 2 * int(work.y) + int(work.sy) - 1 - 2 * y
    dz = 2 * int(work.z) + int(work.sz) - 1 - 2 * z
    axis = work.b
    if axis == 0:
        dx = 0
    elif axis == 1:
        dy = 0
    else:
        dz = 0
    radius = int(work.a)
    return dx * dx + dy * dy + dz * dz <= 4 * radius * radius


@kernel
def original(city: City, w: int) -> int:
    """The work that a filler repairs, or the work itself."""
    work = city.works[w]
    return int(work.target) - 1 if work.target > 0 and work.kind < K_DEMOLITION else w


@kernel(entry=True)
def fold_cell(city: City, listed: IntVector, n: int, x: int, y: int, z: int, day: int) -> int:
    """Material of one cell at the end of a day, from the n works listed for its lot.

    Leaves in `folded`: the work that laid it, the day laid, the work that will remove it or -1, the day it vanishes or NEVER.
    """
    material = 0
    owner = -1
    laid = 0
    gone = NEVER
    remover = -1
    for i in range(n):
        w = listed[i]
        work = city.works[w]
        start = int(work.start)
        if start > day:
            break
        rx = x - int(work.x)
        ry = y - int(work.y)
        rz = z - int(work.z)
        if rx < 0 or ry < 0 or rz < 0 or rx >= work.sx or ry >= work.sy or rz >= work.sz:
            continue
        kind = int(work.kind)
        if kind >= K_DEMOLITION:
            if owner < 0:
                continue
            target = int(work.target) - 1
            if kind == K_STOP:
                if target == owner and laid >= start and gone == NEVER:
                    gone = start
                elif target == remover and gone >= start and gone != NEVER:
                    gone = NEVER
                    remover = -1
            elif gone == NEVER and laid < start and ((int(work.scope) >> material) & 1) != 0:
                if (
                    kind == K_DEMOLITION
                    or (kind == K_UNBUILDING and target == original(city, owner))
                    or (kind == K_SHOT and in_capsule(city, w, x, y, z))
                ):
                    gone = day_of_cell(city, w, rx, ry, rz)
                    remover = w
            continue
        if owner >= 0 and gone < start:
            material = 0
            owner = -1
            gone = NEVER
            remover = -1
        if owner >= 0 and not ((kind == K_BRIDGE or kind == K_LADDER) and gone == NEVER and laid < start):
            continue
        wanted = pattern(
            kind, rx, ry, rz, int(work.sx), int(work.sy), int(work.sz), int(work.a),
            int(work.b), city.charters[int(work.charter)], x, y, z,
        )  # fmt: skip
        if owner < 0:
            if wanted != 0 and (wanted & CUT) == 0:
                material = wanted & 31
                owner = w
                laid = day_of_cell(city, w, rx, ry, rz)
        elif ((wanted & CUT) != 0 and ((SOFT >> material) & 1) != 0) or (
            (wanted & DRILL) != 0 and ((PLATING >> material) & 1) != 0
        ):
            material = wanted & 31
    if owner < 0 or laid > day or gone <= day:
        return 0
    city.folded[0] = owner
    city.folded[1] = laid
    city.folded[2] = remover
    city.folded[3] = gone
    return material


@kernel
def sound(city: City, x: int, y: int, z: int, dx: int, dy: int, dz: int, reach: int, day: int) -> tuple[int, int]:
    """First cell along an axis that is not void: (distance, material), or (reach, 0). Folds the works that the ray meets."""
    i = 0
    n = 0
    last_x = 1 << 40
    last_y = 0
    last_z = 0
    while i < reach:
        px = x + dx * i
        py = y + dy * i
        pz = z + dz * i
        if px >> 4 != last_x or py >> 4 != last_y or pz >> 4 != last_z:
            last_x = px >> 4
            last_y = py >> 4
            last_z = pz >> 4
            n = 0
            found = works_of_lot(city, last_x, last_y, last_z)
            for k in range(found):
                w = city.works_here[k]
                work = city.works[w]
                if (
                    (dx != 0 or (work.x <= px < work.x + work.sx))
                    and (dy != 0 or (work.y <= py < work.y + work.sy))
                    and (dz != 0 or (work.z <= pz < work.z + work.sz))
                    and work.start <= day
                ):
                    city.works_met[n] = w
                    n += 1
            if n == 0:
                p = px if dx != 0 else (py if dy != 0 else pz)
                i += 16 - (p & 15) if dx + dy + dz > 0 else (p & 15) + 1
                continue
        material = fold_cell(city, city.works_met, n, px, py, pz, day)
        if material != 0:
            return i, material
        i += 1
    return reach, 0
