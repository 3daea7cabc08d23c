"""The site office: planned works become works.

On the start day of a planned work the office looks at the place as it stood at the end of yesterday, finds a bridge's
length or a ladder's depth by sounding, and enters the work in the ledger or gives it up. It changes no charge, no date and
no birth: what it finds, no law will ever know. It runs in full mode only.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import (
    ALL_BUT_SHELL,
    CLIP_OWN,
    CLIP_OWNED,
    CLIP_SCHOOL,
    CLIP_TARGET,
    DOOR,
    E_BRIDGE,
    E_CLEARING,
    E_DEATH,
    E_FACADE,
    E_HARVEST,
    E_LADDER_DOWN,
    E_LADDER_UP,
    E_MASS,
    E_PIPE,
    E_RENEWAL,
    E_REPAIR,
    E_RING,
    E_ROOF_TOWER,
    E_STITCH,
    E_TOWER,
    E_VIADUCT,
    EVERYTHING,
    GIRDER,
    K_BRIDGE,
    K_DEMOLITION,
    K_DWELLING,
    K_LADDER,
    K_PIPE,
    K_SHOT,
    K_TOWER,
    K_UNBUILDING,
    LADDER,
    P_DEMOLISHING,
    R_CORE,
    R_PIPE,
    R_STITCH,
    S_OPEN_BAY,
    SHELL,
    SLAB,
    SOFT,
    SUPPORTING,
)
from ..ground.rng import draws
from ..ground.tables import TO_AND_FRO
from ..land.lots import owner_of_lot
from ..matter.fold import NEVER, cell_at, fold_cell, in_capsule, original, sound
from ..matter.index import register, works_of_lot
from ..matter.ways import can_stand, is_free, leads_away
from ..words.kernel import IntVector, kernel
from .law import Law

LAW = Law(
    name="office",
    says="On the first day of a planned work the office looks at its place, and enters it in the ledger or gives it up.",
    writes=("works",),
    knobs=(),
    streams=("STITCH", "PIPE", "CORE"),
    source="a rule of this world; docs/theory/office.md",
)

LANDING = 5  # how deep a bridge may cut into what it meets
STITCH_TRIALS = 8  # places along a seam that are sounded
CORES = 6  # ladder holes of a plate that are tried for a way down
DEEPEST = 128  # cells that a ladder may drop
THICKEST = 12  # cells of plates that a ladder may pierce
TALLEST = 72  # cells that a ladder may climb to find the next plate
PIPE_DROP = 160  # cells that a pipe may drop to the floor
HUT_YARD = 2  # cells around a hut that are kept free of heaps
HUT_STEP = 2  # cells between the places that are tried for a hut,
HUT_FAR = 32  # up to so far from the planned one
HUT_DAYS = 8  # a hut is finished so many days after its first at the latest
CLEARED_MOST = 8  # huts that are unbuilt at once


# ---- the ledger ----------------------------------------------------------------------------------------------------------


@kernel
def begin_entry(city: City, n: int, day: int, kind: int) -> None:
    """The next row of the ledger, clean: a work of foreman n that begins on a day. The caller says what else it is by name."""
    work = city.works[city.sizes.works]
    for i in range(len(work.words)):
        work.words[i] = 0
    work.kind = kind
    work.charter = city.foremen[n].charter
    work.foreman = n
    work.start = day


@kernel
def place_entry(city: City, x: int, y: int, z: int, sx: int, sy: int, sz: int) -> None:
    """The box of the next row of the ledger: corner and size, in cells."""
    work = city.works[city.sizes.works]
    work.x, work.y, work.z = x, y, z
    work.sx, work.sy, work.sz = sx, sy, sz


@kernel
def enter(city: City, clip: int) -> bool:
    """The next row of the ledger is a work from now on, in the lots that its clip allows; not so if it would touch no lot."""
    work = city.works[city.sizes.works]
    if work.sx < 1 or work.sy < 1 or work.sz < 1:
        return False
    work.flags |= clip << 8
    if not register(city, city.sizes.works):
        return False
    city.sizes.works += 1
    return True


@kernel
def enter_planned(city: City, i: int, scope: int, clip: int) -> bool:
    """Enter a work just as it was planned; the scope of a demolition."""
    planned = city.plan[i]
    begin_entry(city, planned.foreman, planned.day, planned.kind)
    place_entry(city, planned.x, planned.y, planned.z, planned.sx, planned.sy, planned.sz)
    work = city.works[city.sizes.works]
    work.flags = planned.scan
    work.a = planned.a
    work.b = planned.b
    work.duration = planned.duration
    work.scope = scope
    return enter(city, clip)


# ---- bridges -------------------------------------------------------------------------------------------------------------


@kernel
def owned_ahead(city: City, x: int, y: int, z: int, dx: int, dy: int, reach: int) -> int:
    """How far ahead, up to `reach`, somebody owns the lots; looked at every 8 cells."""
    for i in range(0, reach, 8):
        if owner_of_lot(city, (x + dx * i) >> 4, (y + dy * i) >> 4, z >> 4) < 0:
            return i
    return reach


@kernel
def landing(city: City, x: int, y: int, z: int, dx: int, dy: int, day: int) -> int:
    """How many cells of the soft wall that begins at (x, y, z) a bridge will open."""
    cut = 0
    for e in range(LANDING):
        material = cell_at(city, x + dx * e, y + dy * e, z, day)
        if material != 0 and (SOFT >> material) & 1:
            cut = e + 1
        elif material != 0 or e > 0:
            break
    return cut


@kernel
def lay_bridge(city: City, i: int, x: int, y: int, z: int, dx: int, dy: int) -> bool:
    """Sound ahead and lay a bridge to the first soft wall or floor. Of those of houses one in 32 starts blind: broken stubs."""
    planned = city.plan[i]
    of_house = planned.errand == E_BRIDGE
    wide = planned.sz if of_house else 0
    back = planned.a
    yesterday = planned.day - 1
    reach = owned_ahead(city, x, y, z, dx, dy, planned.scan)
    if reach < 4:
        return False
    if cell_at(city, x - dx, y - dy, z, yesterday) == 0:
        return False  # the house that it should leave was never built
    city.sizes.soundings += 2
    wall, met = sound(city, x, y, z + 1, dx, dy, 0, reach, yesterday)
    floor, _ = sound(city, x, y, z, dx, dy, 0, min(reach, wall + 1), yesterday)
    length = min(wall, floor)
    cut = 0
    if wall <= floor and wall < reach:
        if (SOFT >> met) & 1 == 0:
            return False
        cut = landing(city, x + dx * wall, y + dy * wall, z + 1, dx, dy, yesterday)
    elif floor >= reach:
        if not of_house or planned.roll & 31 != 0:
            return False
        length = reach // 2
    if length < 3:
        return False
    width = 5 if wide else 3
    whole = back + length + cut
    begin_entry(city, planned.foreman, planned.day, K_BRIDGE)
    if dx != 0:
        west = x - back if dx > 0 else x - (length + cut - 1)
        place_entry(city, west, y - width // 2, z - 1, whole, width, 4)
    else:
        south = y - back if dy > 0 else y - (length + cut - 1)
        place_entry(city, x - width // 2, south, z - 1, width, whole, 4)
    bridge = city.works[city.sizes.works]
    bridge.a = back
    bridge.b = cut | (wide << 4) | (32 if dx + dy < 0 else 0) | (64 if dx != 0 else 0)
    bridge.duration = max(1, min(planned.duration, whole * (5 + 3 * wide)))
    return enter(city, CLIP_OWNED)


@kernel
def bridge_from_house(city: City, i: int) -> bool:
    """A bridge from a side of a house; where that leads nowhere, its other sides are tried in turn."""
    planned = city.plan[i]
    x, y = planned.x, planned.y
    dx, dy = planned.sx, planned.sy
    out = planned.item & (TO_AND_FRO - 1)
    to_and_fro = planned.item & TO_AND_FRO
    for _ in range(2 if to_and_fro else 4):
        if lay_bridge(city, i, x, y, planned.z, dx, dy):
            return True
        x -= dx * out
        y -= dy * out
        if to_and_fro:
            dx, dy = -dx, -dy
        else:
            dx, dy = -dy, dx
        x += dx * out
        y += dy * out
    return False


# ---- ladders -------------------------------------------------------------------------------------------------------------

NOTHING_BELOW, LAID, THERE = range(3)


@kernel
def lay_ladder_down(city: City, i: int, x: int, y: int, z: int, thickest: int) -> int:
    """A ladder from z down to what lies below, and through up to `thickest` cells of its plate.

    NOTHING_BELOW; LAID; THERE: there is one already
    """
    planned = city.plan[i]
    yesterday = planned.day - 1
    city.sizes.soundings += 1
    depth, met = sound(city, x, y, z, 0, 0, -1, DEEPEST, yesterday)
    if depth >= DEEPEST:
        return NOTHING_BELOW
    if met == LADDER:
        return THERE
    if depth <= 0:
        return NOTHING_BELOW
    end = depth
    while end < depth + thickest:
        material = cell_at(city, x, y, z - end, yesterday)
        if material != SHELL and material != SLAB and material != GIRDER:
            break
        end += 1
    begin_entry(city, planned.foreman, planned.day, K_LADDER)
    place_entry(city, x, y, z - end + 1, 1, 1, end)
    ladder = city.works[city.sizes.works]
    ladder.flags = 1
    ladder.duration = end
    enter(city, CLIP_OWNED)
    return LAID


@kernel
def lay_ladders_down(city: City, i: int) -> bool:
    """A way down at the axis of the pillar, and two at most from other holes of the plate."""
    planned = city.plan[i]
    foreman = city.foremen[planned.foreman]
    found = lay_ladder_down(city, i, planned.x, planned.y, planned.z, THICKEST) != NOTHING_BELOW
    if foreman.site == S_OPEN_BAY:
        return found
    plot = city.charters[foreman.charter].plot
    across = foreman.pitch // plot
    margin = (foreman.pitch - across * plot) // 2 + plot // 2
    more = 0
    for trial in range(CORES):
        r0, r1, _, _ = draws(city.knobs.seed, R_CORE, planned.day, foreman.name, trial)
        x = foreman.x + margin + r0 % across * plot
        y = foreman.y + margin + r1 % across * plot
        if lay_ladder_down(city, i, x, y, planned.z, THICKEST) == LAID:
            more += 1
            if more == 2:
                break
    return found or more > 0


@kernel
def lay_ladder_up(city: City, i: int) -> bool:
    """A ladder up through the next plate overhead, if it has none."""
    planned = city.plan[i]
    seen = False
    for rise in range(TALLEST):
        material = cell_at(city, planned.x, planned.y, planned.z + rise, planned.day - 1)
        if material == SHELL or material == SLAB:
            seen = True
        elif seen and material == LADDER:
            return False
        elif seen:
            begin_entry(city, planned.foreman, planned.day, K_LADDER)
            place_entry(city, planned.x, planned.y, planned.z, 1, 1, rise)
            city.works[city.sizes.works].duration = rise
            return enter(city, CLIP_OWNED)
    return False


@kernel
def stitch(city: City, i: int) -> bool:
    """Places along a seam are sounded until one has something to reach: across, or down over its edge."""
    planned = city.plan[i]
    x, y, z = planned.x, planned.y, planned.z
    dx, dy, pitch = planned.sx, planned.sy, planned.sz
    name = city.foremen[planned.foreman].name
    for trial in range(STITCH_TRIALS):
        word = draws(city.knobs.seed, R_STITCH, planned.day, name, planned.item * STITCH_TRIALS + trial)[0]
        along = word % (pitch - 16) - pitch // 2 + 8
        px = x + (along if dx == 0 else 0)
        py = y + (along if dy == 0 else 0)
        if planned.item & 1 and lay_ladder_down(city, i, px, py, z + 1, 0) != NOTHING_BELOW:
            return True  # a ladder over the edge, down to the foreign floor
        if lay_bridge(city, i, px, py, z, dx, dy):
            return True
    return False


# ---- pipes ---------------------------------------------------------------------------------------------------------------


@kernel
def drop_pipe(city: City, i: int, x: int, y: int, z: int) -> None:
    """A pipe from below z to the floor, if there is one."""
    planned = city.plan[i]
    city.sizes.soundings += 1
    length, _ = sound(city, x, y, z - 1, 0, 0, -1, PIPE_DROP, planned.day - 1)
    if 2 < length < PIPE_DROP:
        begin_entry(city, planned.foreman, planned.day, K_PIPE)
        place_entry(city, x, y, z - length, 1, 1, length)
        pipe = city.works[city.sizes.works]
        pipe.flags = 1
        pipe.duration = length
        enter(city, CLIP_OWNED)


@kernel
def lay_pipe(city: City, i: int) -> bool:
    """Up to three sounded legs under the ceiling, then sometimes a drop to the floor."""
    planned = city.plan[i]
    x, y, z = planned.x, planned.y, planned.z
    dx, dy, width = planned.sx, planned.sy, planned.sz
    name = city.foremen[planned.foreman].name
    for leg in range(3):
        r0, r1, r2, _ = draws(city.knobs.seed, R_PIPE, planned.day, name, planned.item * 4 + leg)
        reach = owned_ahead(city, x, y, z, dx, dy, 24 + (r0 & 127))
        if reach <= 2:
            return leg > 0
        city.sizes.soundings += 1
        length, _ = sound(city, x, y, z, dx, dy, 0, reach, planned.day - 1)
        if length < 3:
            return leg > 0
        west = x - length + 1 if dx < 0 else x
        south = y - length + 1 if dy < 0 else y
        begin_entry(city, planned.foreman, planned.day, K_PIPE)
        place_entry(city, west, south, z, length if dx != 0 else width, width if dx != 0 else length, 1)
        city.works[city.sizes.works].duration = length * width
        enter(city, CLIP_OWNED)
        x += dx * (length - 1)
        y += dy * (length - 1)
        if length < reach:
            break
        if r1 % 10 < 4:
            drop_pipe(city, i, x, y, z)
            break
        dx, dy = dy, dx
        if r2 & 1:
            dx, dy = -dx, -dy
        x += dx
        y += dy
    return True


# ---- removals and repairs ------------------------------------------------------------------------------------------------


@kernel
def unbuild_tower(city: City, i: int) -> bool:
    """The tower that stands in a place is unbuilt, if it is the foreman's own and finished."""
    planned = city.plan[i]
    if cell_at(city, planned.x, planned.y, planned.z, planned.day - 1) == 0:
        return False
    w = original(city, city.folded[0])
    tower = city.works[w]
    if tower.foreman != planned.foreman or tower.kind != K_TOWER or tower.start + tower.duration >= planned.day:
        return False
    begin_entry(city, planned.foreman, planned.day, K_UNBUILDING)
    place_entry(city, tower.x, tower.y, tower.z, tower.sx, tower.sy, tower.sz)
    unbuilding = city.works[city.sizes.works]
    unbuilding.flags = 1 - (tower.flags & 1)
    unbuilding.duration = min(planned.duration, max(1, tower.duration // 3))
    unbuilding.target = w + 1
    unbuilding.scope = EVERYTHING
    return enter(city, CLIP_SCHOOL)


@kernel
def work_of_shot(city: City, shot: int, day: int) -> int:
    """The work that is the hole of a shot, fired on a day at the end of the ledger; -1: none."""
    w = city.sizes.works - 1
    while w >= 0 and city.works[w].start >= day:
        work = city.works[w]
        if work.start == day and work.kind == K_SHOT and work.target == shot + 1:
            return w
        w -= 1
    return -1


@kernel
def is_listed(listed: IntVector, found: int, w: int) -> bool:
    """Whether a work is among the first `found` of a list in rising order."""
    low = 0
    while low < found:
        middle = (low + found) >> 1
        if listed[middle] < w:
            low = middle + 1
        elif listed[middle] > w:
            found = middle
        else:
            return True
    return False


@kernel
def may_be_holed(city: City, n: int, hole: int, here: int, found: int) -> bool:
    """Whether any of the works in `works_here` is of foreman n, older than a hole, not among those found to be holed yet."""
    for k in range(here):
        w = city.works_here[k]
        work = city.works[w]
        if work.foreman == n and work.kind < K_DEMOLITION and work.start < city.works[hole].start:
            if not is_listed(city.works_holed, found, original(city, w)):
                return True
    return False


@kernel
def list_holed_in_lot(city: City, n: int, hole: int, lx: int, ly: int, lz: int, found: int) -> int:
    """Of `list_holed`, what one lot adds; returns how many there are then. It is left when nothing more can be found in it."""
    here = works_of_lot(city, lx, ly, lz)
    if not may_be_holed(city, n, hole, here, found):
        return found
    shot, holed = city.works[hole], city.works_holed
    before = shot.start - 1
    for z in range(max(lz << 4, shot.z), min((lz << 4) + 16, shot.z + shot.sz)):
        for y in range(max(ly << 4, shot.y), min((ly << 4) + 16, shot.y + shot.sy)):
            for x in range(max(lx << 4, shot.x), min((lx << 4) + 16, shot.x + shot.sx)):
                if not in_capsule(city, hole, x, y, z) or fold_cell(city, city.works_here, here, x, y, z, before) == 0:
                    continue
                w = city.folded[0]
                if city.works[w].foreman != n:
                    continue
                lost = original(city, w)
                if is_listed(holed, found, lost):
                    continue
                k = found
                while k > 0 and holed[k - 1] > lost:
                    holed[k] = holed[k - 1]
                    k -= 1
                holed[k] = lost
                found += 1
                if not may_be_holed(city, n, hole, here, found):
                    return found
    return found


@kernel
def list_holed(city: City, n: int, hole: int) -> int:
    """Works of foreman n that lost cells to a hole into `works_holed`, in order of the ledger; returns how many."""
    shot = city.works[hole]
    found = 0
    for lz in range(shot.z >> 4, ((shot.z + shot.sz - 1) >> 4) + 1):
        for ly in range(shot.y >> 4, ((shot.y + shot.sy - 1) >> 4) + 1):
            for lx in range(shot.x >> 4, ((shot.x + shot.sx - 1) >> 4) + 1):
                found = list_holed_in_lot(city, n, hole, lx, ly, lz, found)
    return found


@kernel
def lay_repairs(city: City, i: int) -> bool:
    """Every work of the foreman that lost cells to a shot is laid again, in the lots that the shot's box meets."""
    planned = city.plan[i]
    hole = work_of_shot(city, planned.b, planned.day - 1)
    if hole < 0:  # it met no lot that anybody owned
        return False
    some = False
    for k in range(list_holed(city, planned.foreman, hole)):
        w = city.works_holed[k]
        lost = city.works[w]
        begin_entry(city, planned.foreman, planned.day, lost.kind)
        place_entry(city, lost.x, lost.y, lost.z, lost.sx, lost.sy, lost.sz)
        repair = city.works[city.sizes.works]
        repair.flags = lost.flags & 255
        repair.a = lost.a
        repair.b = lost.b
        repair.duration = lost.duration
        repair.target = w + 1
        repair.scope = hole + 1
        if enter(city, CLIP_TARGET):
            some = True
    return some


# ---- huts ----------------------------------------------------------------------------------------------------------------


@kernel
def before_door(x: int, y: int, sx: int, sy: int, side: int, away: int) -> tuple[int, int]:
    """A place so many cells from the door of a hut with this corner and size, outwards: 0 is in the door, less is inside."""
    if side == 0:
        return x + sx - 1 + away, y + (sy >> 1)
    if side == 1:
        return x - away, y + (sy >> 1)
    if side == 2:
        return x + (sx >> 1), y + sy - 1 + away
    return x + (sx >> 1), y - away


@kernel
def holds_hut(city: City, i: int, x: int, y: int) -> bool:
    """Whether a planned hut can stand with its corner there: own lots, a floor under all of it, a free room.

    Its walls may lean on what stands, but nobody's door may open on them.
    """
    planned = city.plan[i]
    z, sx, sy, sz = planned.z, planned.sx, planned.sy, planned.sz
    for lz in range(z >> 4, ((z + sz - 1) >> 4) + 1):
        for ly in range(y >> 4, ((y + sy - 1) >> 4) + 1):
            for lx in range(x >> 4, ((x + sx - 1) >> 4) + 1):
                if owner_of_lot(city, lx, ly, lz) != planned.foreman:
                    return False
    yesterday = planned.day - 1
    ready = planned.day + planned.duration - 1
    for ry in range(sy):
        for rx in range(sx):
            if (SUPPORTING >> cell_at(city, x + rx, y + ry, z - 1, ready)) & 1 == 0:
                return False
            if 0 < rx < sx - 1 and 0 < ry < sy - 1:
                for rz in range(sz - 1):
                    if not is_free(city, x + rx, y + ry, z + rz, yesterday):
                        return False
    for rz in range(2):
        for k in range(sx):
            for ry in range(-1, sy + 1, sy + 1):
                if cell_at(city, x + k, y + ry, z + rz, NEVER - 1) == DOOR:
                    return False
        for k in range(sy):
            for rx in range(-1, sx + 1, sx + 1):
                if cell_at(city, x + rx, y + k, z + rz, NEVER - 1) == DOOR:
                    return False
    return True


@kernel
def has_way_in(city: City, i: int, x: int, y: int, side: int) -> bool:
    """Whether a body could step out of the door of a planned hut and walk away, on the day on which the hut is finished."""
    planned = city.plan[i]
    z, sx, sy, sz = planned.z, planned.sx, planned.sy, planned.sz
    yesterday = planned.day - 1
    ready = planned.day + planned.duration - 1
    for away in range(2):
        px, py = before_door(x, y, sx, sy, side, away)
        for rz in range(2):
            if not is_free(city, px, py, z + rz, yesterday):
                return False
    px, py = before_door(x, y, sx, sy, side, 1)
    return can_stand(city, px, py, z, ready) and leads_away(city, px, py, z, ready, x, y, z, sx, sy, sz)


@kernel
def shuts_in(city: City, i: int, x: int, y: int) -> bool:
    """Whether a planned hut would shut in one of the same bay that is being built."""
    planned = city.plan[i]
    z, sx, sy, sz = planned.z, planned.sx, planned.sy, planned.sz
    w = city.sizes.works - 1
    while w >= 0 and city.works[w].start > planned.day - HUT_DAYS:
        hut = city.works[w]
        ready = hut.start + hut.duration - 1
        if hut.kind == K_DWELLING and hut.foreman == planned.foreman and ready >= planned.day:
            px, py = before_door(hut.x, hut.y, hut.sx, hut.sy, hut.b & 3, 1)
            if x <= px < x + sx and y <= py < y + sy:
                return True
            if not leads_away(city, px, py, hut.z, ready, x, y, z, sx, sy, sz):
                return True
        w -= 1
    return False


@kernel
def is_near_hut(city: City, w: int, x: int, y: int, z: int, sx: int, sy: int, sz: int) -> bool:
    """Whether work w is a hut, and a box comes nearer to it than HUT_YARD cells."""
    hut = city.works[w]
    return (
        hut.kind == K_DWELLING
        and hut.x < x + sx + HUT_YARD
        and x < hut.x + hut.sx + HUT_YARD
        and hut.y < y + sy + HUT_YARD
        and y < hut.y + hut.sy + HUT_YARD
        and hut.z < z + sz
        and z < hut.z + hut.sz
    )


@kernel
def meets_hut(city: City, x: int, y: int, z: int, sx: int, sy: int, sz: int) -> bool:
    """Whether a box comes too near to any hut."""
    for lz in range(z >> 4, ((z + sz - 1) >> 4) + 1):
        for ly in range((y - HUT_YARD) >> 4, ((y + sy - 1 + HUT_YARD) >> 4) + 1):
            for lx in range((x - HUT_YARD) >> 4, ((x + sx - 1 + HUT_YARD) >> 4) + 1):
                for k in range(works_of_lot(city, lx, ly, lz)):
                    if is_near_hut(city, city.works_here[k], x, y, z, sx, sy, sz):
                        return True
    return False


@kernel
def meets_new_hut(city: City, x: int, y: int, z: int, sx: int, sy: int, sz: int, day: int) -> bool:
    """Whether a box comes too near to a hut that is not finished on the morning of a day."""
    w = city.sizes.works - 1
    while w >= 0 and city.works[w].start > day - HUT_DAYS:
        if city.works[w].start + city.works[w].duration > day and is_near_hut(city, w, x, y, z, sx, sy, sz):
            return True
        w -= 1
    return False


@kernel
def place_around(city: City, i: int, number: int) -> tuple[int, int]:
    """The corner of a planned work that is tried as that number: where it was planned, then in eight directions around."""
    planned = city.plan[i]
    if number == 0:
        return planned.x, planned.y
    far = HUT_STEP * (1 + ((number - 1) >> 3))
    towards = (planned.roll + number - 1) & 7
    x = planned.x + (far if towards in (0, 1, 7) else (-far if towards in (3, 4, 5) else 0))
    y = planned.y + (far if towards in (1, 2, 3) else (-far if towards in (5, 6, 7) else 0))
    return x, y


@kernel
def within_bay(city: City, i: int, x: int, y: int) -> bool:
    """Whether a planned work with its corner there lies within the borders of its bay."""
    planned = city.plan[i]
    bay = city.foremen[planned.foreman]
    return bay.x < x and bay.y < y and x + planned.sx < bay.x + bay.pitch and y + planned.sy < bay.y + bay.pitch


@kernel
def heap_up(city: City, i: int) -> bool:
    """A heap or a block where it was planned, or at the nearest place around that is in nobody's hut or yard."""
    planned = city.plan[i]
    for number in range(1 + 8 * (HUT_FAR // HUT_STEP)):
        x, y = place_around(city, i, number)
        if number > 0 and not within_bay(city, i, x, y):
            continue
        if not meets_hut(city, x, y, planned.z, planned.sx, planned.sy, planned.sz):
            planned.x = x
            planned.y = y
            break
    return enter_planned(city, i, 0, CLIP_OWN)


@kernel
def raise_hut_at(city: City, i: int, x: int, y: int) -> bool:
    """Enter a planned hut with its corner there, if it has a way in: over the planned side, or over the next one that has."""
    planned = city.plan[i]
    if not holds_hut(city, i, x, y):
        return False
    for turn in range(4):
        side = (planned.b + turn) & 3
        if not has_way_in(city, i, x, y, side):
            continue
        if shuts_in(city, i, x, y):
            return False
        begin_entry(city, planned.foreman, planned.day, K_DWELLING)
        place_entry(city, x, y, planned.z, planned.sx, planned.sy, planned.sz)
        hut = city.works[city.sizes.works]
        hut.b = side
        hut.duration = planned.duration
        return enter(city, CLIP_OWN)
    return False


@kernel
def raise_hut(city: City, i: int) -> bool:
    """A hut where it was planned, or at the nearest place around that has a floor, room, and a way in."""
    for number in range(1 + 8 * (HUT_FAR // HUT_STEP)):
        x, y = place_around(city, i, number)
        if (number == 0 or within_bay(city, i, x, y)) and raise_hut_at(city, i, x, y):
            return True
    return False


@kernel
def hut_that_stands(city: City, n: int, lx: int, ly: int, lz: int, day: int) -> int:
    """The first hut of bay n with its corner in a lot that is finished and was never unbuilt: its work, or -1."""
    here = works_of_lot(city, lx, ly, lz)
    for k in range(here):
        w = city.works_here[k]
        hut = city.works[w]
        if hut.kind != K_DWELLING or hut.foreman != n or hut.target != 0 or hut.start + hut.duration > day:
            continue
        if hut.x >> 4 != lx or hut.y >> 4 != ly or hut.z >> 4 != lz:
            continue
        stands = True
        for j in range(here):
            other = city.works[city.works_here[j]]
            if other.kind == K_UNBUILDING and other.target == w + 1:
                stands = False
        if stands:
            return w
    return -1


@kernel
def clear_huts(city: City, i: int) -> bool:
    """The huts that stand on the floor of a bay are unbuilt, eight at most."""
    planned = city.plan[i]
    some = 0
    for ly in range(planned.y >> 4, (planned.y + planned.sy) >> 4):
        for lx in range(planned.x >> 4, (planned.x + planned.sx) >> 4):
            while some < CLEARED_MOST:
                w = hut_that_stands(city, planned.foreman, lx, ly, planned.z >> 4, planned.day)
                if w < 0:
                    break
                hut = city.works[w]
                begin_entry(city, planned.foreman, planned.day, K_UNBUILDING)
                place_entry(city, hut.x, hut.y, hut.z, hut.sx, hut.sy, hut.sz)
                unbuilding = city.works[city.sizes.works]
                unbuilding.flags = 1  # from the roof down
                unbuilding.duration = max(1, hut.duration)
                unbuilding.target = w + 1
                unbuilding.scope = EVERYTHING
                if not enter(city, CLIP_OWN):
                    break
                some += 1
    return some > 0


# ---- what is looked at before a box is entered ---------------------------------------------------------------------------


@kernel
def all_own_school(city: City, i: int) -> bool:
    """Whether every lot that the box of a planned work meets belongs to a bay of its foreman's school."""
    planned = city.plan[i]
    school = city.foremen[planned.foreman].school
    for lz in range(planned.z >> 4, ((planned.z + planned.sz - 1) >> 4) + 1):
        for ly in range(planned.y >> 4, ((planned.y + planned.sy - 1) >> 4) + 1):
            for lx in range(planned.x >> 4, ((planned.x + planned.sx - 1) >> 4) + 1):
                owner = owner_of_lot(city, lx, ly, lz)
                if owner < 0 or city.foremen[owner].school != school:
                    return False
    return True


@kernel
def place_is_fit(city: City, i: int) -> bool:
    """Whether the place of a planned work is free or, of a tower on a roof, whether that stands.

    One cell tells: a probe beside the middle, where no pattern leaves a void by design.
    """
    planned = city.plan[i]
    errand = planned.errand
    sx, sy = planned.sx, planned.sy
    building = errand == E_FACADE or errand == E_TOWER or errand == E_ROOF_TOWER
    if not building and errand != E_RING and errand != E_VIADUCT:
        return True
    if building and not all_own_school(city, i):
        return False
    x = planned.x + sx // 2 + 1
    y = planned.y + sy // 2 + 1
    z = planned.z
    if errand == E_FACADE:
        x = planned.x + (7 if sx > sy else 1)
        y = planned.y + (7 if sy > sx else 1)
    elif errand == E_RING:
        x = planned.x + sx - 2
        y = planned.y + sy // 2
    elif errand == E_VIADUCT:
        x = planned.x + sx // 2
        y = planned.y + sy // 2
        z += planned.a
    elif errand == E_TOWER and planned.a == 1:
        z += planned.sz - 1
    stands = cell_at(city, x, y, z, planned.day - 1) != 0
    if stands != (errand == E_ROOF_TOWER):
        return False
    # Whoever builds a hut there is not built in.
    return not meets_new_hut(city, planned.x, planned.y, planned.z, sx, sy, planned.sz, planned.day)


# ---- a start day ---------------------------------------------------------------------------------------------------------


@kernel
def release(city: City, i: int) -> bool:
    """One planned work on its start day: whether it became a work."""
    errand = city.plan[i].errand
    if errand == E_DEATH:
        return enter_planned(city, i, ALL_BUT_SHELL, CLIP_OWN)
    if city.foremen[city.plan[i].foreman].phase >= P_DEMOLISHING:
        return False
    if errand == E_BRIDGE:
        return bridge_from_house(city, i)
    if errand == E_STITCH:
        return stitch(city, i)
    if errand == E_PIPE:
        return lay_pipe(city, i)
    if errand == E_LADDER_DOWN:
        return lay_ladders_down(city, i)
    if errand == E_LADDER_UP:
        return lay_ladder_up(city, i)
    if errand == E_RENEWAL:
        return unbuild_tower(city, i)
    if errand == E_REPAIR:
        return lay_repairs(city, i)
    if errand == E_CLEARING:
        return clear_huts(city, i)
    if errand == E_HARVEST:
        return enter_planned(city, i, ALL_BUT_SHELL, CLIP_OWN)
    if errand == E_MASS and city.plan[i].kind == K_DWELLING:
        return raise_hut(city, i)
    if errand == E_MASS:
        return heap_up(city, i)
    return place_is_fit(city, i) and enter_planned(city, i, 0, CLIP_SCHOOL)
