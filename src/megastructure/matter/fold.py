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
    if work.duration == 0:
        return work.start
    position = scan_position(work.kind, work.flags & 255, rx, ry, rz, work.sx, work.sy, work.sz)
    return work.start + position * work.duration // (work.sx * work.sy * work.sz)


@kernel
def in_capsule(city: City, w: int, x: int, y: int, z: int) -> bool:
    """Whether a cell lies in the straight hole of a shot: nearer than its radius to the box's axis."""
    shot = city.works[w]
    dx = 0 if shot.b == 0 else 2 * shot.x + shot.sx - 1 - 2 * x
    dy = 0 if shot.b == 1 else 2 * shot.y + shot.sy - 1 - 2 * y
    dz = 0 if shot.b == 2 else 2 * shot.z + shot.sz - 1 - 2 * z
    return dx * dx + dy * dy + dz * dz <= 4 * shot.a * shot.a


@kernel
def original(city: City, w: int) -> int:
    """The work that a filler repairs, or the work itself."""
    work = city.works[w]
    return work.target - 1 if work.target > 0 and work.kind < K_DEMOLITION else w


@kernel
def takes(city: City, w: int, owner: int, material: int, x: int, y: int, z: int) -> bool:
    """Whether remover w condemns a cell of this owner and material."""
    work = city.works[w]
    if (work.scope >> material) & 1 == 0:
        return False
    if work.kind == K_UNBUILDING:
        return work.target - 1 == original(city, owner)
    return work.kind == K_DEMOLITION or (work.kind == K_SHOT and in_capsule(city, w, x, y, z))


@kernel
def changes(wanted: int, material: int) -> bool:
    """Whether what a bridge or a ladder wants is a cut through what stands there."""
    cut = (wanted & CUT) != 0 and ((SOFT >> material) & 1) != 0
    return cut or ((wanted & DRILL) != 0 and ((PLATING >> material) & 1) != 0)


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
        if work.start > day:
            break
        rx, ry, rz = x - work.x, y - work.y, z - work.z
        if rx < 0 or ry < 0 or rz < 0 or rx >= work.sx or ry >= work.sy or rz >= work.sz:
            continue
        if work.kind >= K_DEMOLITION:
            if owner < 0:
                continue
            if work.kind == K_STOP:
                if work.target - 1 == owner and laid >= work.start and gone == NEVER:
                    gone = work.start
                elif work.target - 1 == remover and gone >= work.start and gone != NEVER:
                    gone = NEVER
                    remover = -1
            elif gone == NEVER and laid < work.start and takes(city, w, owner, material, x, y, z):
                gone = day_of_cell(city, w, rx, ry, rz)
                remover = w
            continue
        if owner >= 0 and gone < work.start:
            material = 0
            owner = -1
            gone = NEVER
            remover = -1
        cutting = work.kind == K_BRIDGE or work.kind == K_LADDER
        if owner >= 0 and not (cutting and gone == NEVER and laid < work.start):
            continue
        wanted = pattern(work.kind, rx, ry, rz, work.sx, work.sy, work.sz, work.a, work.b, city.charters[work.charter], x, y, z)
        if owner >= 0:
            if changes(wanted, material):
                material = wanted & 31
        elif wanted != 0 and (wanted & CUT) == 0:
            material = wanted & 31
            owner = w
            laid = day_of_cell(city, w, rx, ry, rz)
    if owner < 0 or laid > day or gone <= day:
        return 0
    city.folded[0] = owner
    city.folded[1] = laid
    city.folded[2] = remover
    city.folded[3] = gone
    return material


@kernel(entry=True)
def cell_at(city: City, x: int, y: int, z: int, day: int) -> int:
    """Material of one cell at the end of a day; where it comes from is left in `folded`, as in fold_cell."""
    n = works_of_lot(city, x >> 4, y >> 4, z >> 4)
    return fold_cell(city, city.works_here, n, x, y, z, day) if n > 0 else 0


@kernel
def list_met(city: City, found: int, x: int, y: int, z: int, dx: int, dy: int, dz: int, day: int) -> int:
    """Of the works in `works_here` those that a ray from (x, y, z) along an axis may meet, into `works_met`; how many."""
    n = 0
    for k in range(found):
        work = city.works[city.works_here[k]]
        if (
            work.start <= day
            and (dx != 0 or (work.x <= x < work.x + work.sx))
            and (dy != 0 or (work.y <= y < work.y + work.sy))
            and (dz != 0 or (work.z <= z < work.z + work.sz))
        ):
            city.works_met[n] = city.works_here[k]
            n += 1
    return n


@kernel
def sound(city: City, x: int, y: int, z: int, dx: int, dy: int, dz: int, reach: int, day: int) -> tuple[int, int]:
    """First cell along an axis that is not void: (distance, material), or (reach, 0). Folds the works that the ray meets."""
    i = 0
    n = 0
    last_x, last_y, last_z = 1 << 40, 0, 0
    while i < reach:
        px, py, pz = x + dx * i, y + dy * i, z + dz * i
        lx, ly, lz = px >> 4, py >> 4, pz >> 4
        if lx != last_x or ly != last_y or lz != last_z:
            last_x, last_y, last_z = lx, ly, lz
            n = list_met(city, works_of_lot(city, lx, ly, lz), px, py, pz, dx, dy, dz, day)
            if n == 0:
                p = px if dx != 0 else (py if dy != 0 else pz)
                i += 16 - (p & 15) if dx + dy + dz > 0 else (p & 15) + 1
                continue
        material = fold_cell(city, city.works_met, n, px, py, pz, day)
        if material != 0:
            return i, material
        i += 1
    return reach, 0
