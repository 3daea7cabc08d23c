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
    E_BRIDGE,
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
)
from ..ground.rng import draws
from ..ground.tables import (
    TO_AND_FRO,
)
from ..land.lots import owner_of_lot
from ..matter.fold import in_capsule, original, sound
from ..matter.index import register
from ..words.kernel import kernel
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


@kernel
def enter(
    city: City,
    n: int,
    day: int,
    kind: int,
    x: int,
    y: int,
    z: int,
    sx: int,
    sy: int,
    sz: int,
    scan: int,
    a: int,
    b: int,
    clip: int,
    duration: int,
    target: int,
    scope: int,
) -> int:
    """Append a work to the ledger and register it. Returns its serial, or -1 when it would touch no lot."""
    if sx < 1 or sy < 1 or sz < 1:
        return -1
    w = city.sizes.works
    work = city.works[w]
    work.kind = kind
    work.x = x
    work.y = y
    work.z = z
    work.sx = sx
    work.sy = sy
    work.sz = sz
    work.flags = scan | (clip << 8)
    work.a = a
    work.b = b
    work.charter = city.foremen[n].charter
    work.foreman = n
    work.start = day
    work.duration = duration
    work.target = target
    work.scope = scope
    got = register(city, city.sizes.chunks, w, clip)
    if got & 1 == 0:
        return -1
    city.sizes.chunks = got >> 1
    city.sizes.works = w + 1
    return w


@kernel
def all_own_school(city: City, n: int, x: int, y: int, z: int, sx: int, sy: int, sz: int) -> bool:
    """Whether every lot that a box meets belongs to a bay of foreman n's school."""
    for lz in range(z >> 4, ((z + sz - 1) >> 4) + 1):
        for ly in range(y >> 4, ((y + sy - 1) >> 4) + 1):
            for lx in range(x >> 4, ((x + sx - 1) >> 4) + 1):
                o = owner_of_lot(city, lx, ly, lz)
                if o < 0 or city.foremen[o].school != city.foremen[n].school:
                    return False
    return True


@kernel
def lay_bridge(
    city: City,
    n: int,
    day: int,
    x: int,
    y: int,
    z: int,
    dx: int,
    dy: int,
    back: int,
    reach: int,
    wide: int,
    blind: int,
    most: int,
) -> int:
    """Sound ahead and lay a bridge to the first soft wall or floor. One in 32 starts blind: the broken stubs."""
    for i in range(0, reach, 8):
        if owner_of_lot(city, (x + dx * i) >> 4, (y + dy * i) >> 4, z >> 4) < 0:
            reach = i
            break
    if reach < 4:
        return -1
    if sound(city, x - dx, y - dy, z, 0, 0, 1, 1, day - 1)[1] == 0:
        return -1  # the house that it should leave was never built
    city.sizes.soundings += 2
    wall, met = sound(city, x, y, z + 1, dx, dy, 0, reach, day - 1)
    floor, _ = sound(city, x, y, z, dx, dy, 0, min(reach, wall + 1), day - 1)
    length = min(wall, floor)
    cut = 0
    if wall <= floor and wall < reach:
        if (SOFT >> met) & 1 == 0:
            return -1
        for e in range(LANDING):
            m = sound(city, x + dx * (wall + e), y + dy * (wall + e), z + 1, 0, 0, 1, 1, day - 1)[1]
            if m != 0 and (SOFT >> m) & 1:
                cut = e + 1
            elif m != 0 or e > 0:
                break
    elif floor >= reach:
        if blind & 31 != 0:
            return -1
        length = reach // 2
    if length < 3:
        return -1
    width = 5 if wide else 3
    whole = back + length + cut
    bits = cut | (wide << 4) | (32 if dx + dy < 0 else 0) | (64 if dx != 0 else 0)
    days = max(1, min(most, whole * (5 + 3 * wide)))
    if dx != 0:
        return enter(
            city,
            n,
            day,
            K_BRIDGE,
            x - back if dx > 0 else x - (length + cut - 1),
            y - width // 2,
            z - 1,
            whole,
            width,
            4,
            0,
            back,
            bits,
            CLIP_OWNED,
            days,
            0,
            0,
        )
    return enter(
        city,
        n,
        day,
        K_BRIDGE,
        x - width // 2,
        y - back if dy > 0 else y - (length + cut - 1),
        z - 1,
        width,
        whole,
        4,
        0,
        back,
        bits,
        CLIP_OWNED,
        days,
        0,
        0,
    )


@kernel
def lay_ladder_down(city: City, n: int, day: int, x: int, y: int, z: int, thickest: int) -> int:
    """A ladder from z down to what lies below, and through up to `thickest` cells of its plate.

    0: nothing below; 1: laid; 2: there is one already
    """
    city.sizes.soundings += 1
    depth, met = sound(city, x, y, z, 0, 0, -1, DEEPEST, day - 1)
    if depth >= DEEPEST:
        return 0
    if met == LADDER:
        return 2
    if depth <= 0:
        return 0
    end = depth
    while end < depth + thickest:
        m = sound(city, x, y, z - end, 0, 0, 1, 1, day - 1)[1]
        if m != SHELL and m != SLAB and m != GIRDER:
            break
        end += 1
    enter(city, n, day, K_LADDER, x, y, z - end + 1, 1, 1, end, 1, 0, 0, CLIP_OWNED, end, 0, 0)
    return 1


@kernel
def lay_pipe(city: City, n: int, day: int, x: int, y: int, z: int, dx: int, dy: int, width: int, item: int, seed: int) -> bool:
    """Up to three sounded legs under the ceiling, then sometimes a drop to the floor."""
    laid = False
    for leg in range(3):
        r0, r1, r2, _ = draws(seed, R_PIPE, day, city.foremen[n].name, item * 4 + leg)
        reach = 24 + (r0 & 127)
        wanted = reach
        for i in range(0, wanted, 8):
            if owner_of_lot(city, (x + dx * i) >> 4, (y + dy * i) >> 4, z >> 4) < 0:
                reach = i
                break
        if reach <= 2:
            return laid
        city.sizes.soundings += 1
        length, _ = sound(city, x, y, z, dx, dy, 0, reach, day - 1)
        if length < 3:
            return laid
        enter(
            city,
            n,
            day,
            K_PIPE,
            x - length + 1 if dx < 0 else x,
            y - length + 1 if dy < 0 else y,
            z,
            length if dx != 0 else width,
            width if dx != 0 else length,
            1,
            0,
            0,
            0,
            CLIP_OWNED,
            length * width,
            0,
            0,
        )
        laid = True
        x += dx * (length - 1)
        y += dy * (length - 1)
        if length < reach:
            return laid
        if r1 % 10 < 4:
            city.sizes.soundings += 1
            length, _ = sound(city, x, y, z - 1, 0, 0, -1, 160, day - 1)
            if 2 < length < 160:
                enter(city, n, day, K_PIPE, x, y, z - length, 1, 1, length, 1, 0, 0, CLIP_OWNED, length, 0, 0)
            return laid
        dx, dy = dy, dx
        if r2 & 1:
            dx = -dx
            dy = -dy
        x += dx
        y += dy
    return laid


@kernel
def work_of_shot(city: City, shot: int, day: int) -> int:
    """The work that is the hole of a shot of the scenario, fired on a day at the end of the ledger; -1: none."""
    w = city.sizes.works - 1
    while w >= 0 and city.works[w].start >= day:
        work = city.works[w]
        if work.start == day and work.kind == K_SHOT and work.target == shot + 1:
            return w
        w -= 1
    return -1


@kernel
def lay_repairs(city: City, n: int, day: int, shot: int) -> int:
    """Append again every work of foreman n that lost cells to a shot, in the lots that the shot's box meets."""
    work = city.works[shot]
    x = int(work.x)
    y = int(work.y)
    z = int(work.z)
    x1 = x + int(work.sx) - 1
    y1 = y + int(work.sy) - 1
    z1 = z + int(work.sz) - 1
    before = int(work.start) - 1
    found = 0
    for pz in range(z, z1 + 1):
        for py in range(y, y1 + 1):
            for px in range(x, x1 + 1):
                if not in_capsule(city, shot, px, py, pz):
                    continue
                m = sound(city, px, py, pz, 0, 0, 1, 1, before)[1]
                if m == 0 or city.works[city.folded[0]].foreman != n:
                    continue
                k = 0
                lost = original(city, city.folded[0])
                while k < found and city.works_holed[k] != lost:
                    k += 1
                if k == found:
                    city.works_holed[found] = lost
                    found += 1
    for k in range(1, found):  # in order of the ledger; there are few
        j = k
        while j > 0 and city.works_holed[j - 1] > city.works_holed[j]:
            city.works_holed[j - 1], city.works_holed[j] = city.works_holed[j], city.works_holed[j - 1]
            j -= 1
    made = 0
    for k in range(found):
        v = city.works_holed[k]
        laid = city.works[v]
        w = enter(
            city,
            n,
            day,
            int(laid.kind),
            int(laid.x),
            int(laid.y),
            int(laid.z),
            int(laid.sx),
            int(laid.sy),
            int(laid.sz),
            int(laid.flags) & 255,
            int(laid.a),
            int(laid.b),
            CLIP_TARGET,
            int(laid.duration),
            v + 1,
            shot + 1,
        )
        if w >= 0:
            made += 1
    return made


@kernel
def release(city: City, i: int) -> bool:
    """One planned work on its start day: whether it became a work."""
    planned = city.plan[i]
    n = int(planned.foreman)
    errand = int(planned.errand)
    foreman = city.foremen[n]
    if foreman.phase >= P_DEMOLISHING and errand != E_DEATH:
        return False
    day = int(planned.day)
    kind = int(planned.kind)
    x = int(planned.x)
    y = int(planned.y)
    z = int(planned.z)
    sx = int(planned.sx)
    sy = int(planned.sy)
    sz = int(planned.sz)
    scan = int(planned.scan)
    a = int(planned.a)
    b = int(planned.b)
    duration = int(planned.duration)
    item = int(planned.item)
    roll = int(planned.roll)
    seed = city.knobs.seed
    name = foreman.name
    px = x + sx // 2 + 1  # a probe beside the middle, where no pattern leaves a void by design
    py = y + sy // 2 + 1
    pz = z
    must_stand = False
    if errand == E_BRIDGE:
        # Where the drawn side leads nowhere, the other sides of the house are tried in turn.
        out = item & (TO_AND_FRO - 1)
        for _ in range(2 if item & TO_AND_FRO else 4):
            if lay_bridge(city, n, day, x, y, z, sx, sy, a, scan, sz, roll, duration) >= 0:
                return True
            x -= sx * out
            y -= sy * out
            sx, sy = (-sx, -sy) if item & TO_AND_FRO else (-sy, sx)
            x += sx * out
            y += sy * out
        return False
    if errand == E_STITCH:
        for trial in range(STITCH_TRIALS):
            r0, _, _, _ = draws(seed, R_STITCH, day, name, item * STITCH_TRIALS + trial)
            along = r0 % (sz - 16) - sz // 2 + 8
            if (
                item & 1
                and lay_ladder_down(city, n, day, x + (along if sx == 0 else 0), y + (along if sy == 0 else 0), z + 1, 0) > 0
            ):
                return True  # a ladder over the edge, down to the foreign floor
            if (
                lay_bridge(
                    city,
                    n,
                    day,
                    x + (along if sx == 0 else 0),
                    y + (along if sy == 0 else 0),
                    z,
                    sx,
                    sy,
                    0,
                    scan,
                    0,
                    1,
                    duration,
                )
                >= 0
            ):
                return True
        return False
    if errand == E_PIPE:
        return lay_pipe(city, n, day, x, y, z, sx, sy, sz, item, seed)
    if errand == E_LADDER_DOWN:
        down = lay_ladder_down(city, n, day, x, y, z, THICKEST)
        if foreman.site == S_OPEN_BAY:
            return down > 0
        plot = city.charters[foreman.charter].plot
        pitch = foreman.pitch
        across = pitch // plot
        margin = (pitch - across * plot) // 2 + plot // 2
        more = 0
        for trial in range(CORES):
            r0, r1, _, _ = draws(seed, R_CORE, day, name, trial)
            if (
                lay_ladder_down(
                    city, n, day, foreman.x + margin + r0 % across * plot, foreman.y + margin + r1 % across * plot, z, THICKEST
                )
                == 1
            ):
                more += 1
                if more == 2:
                    break
        return down + more > 0
    if errand == E_LADDER_UP:
        seen = False
        for rise in range(TALLEST):
            m = sound(city, x, y, z + rise, 0, 0, 1, 1, day - 1)[1]
            if m == SHELL or m == SLAB:
                seen = True
            elif m == LADDER and seen:
                return False
            elif seen:
                return enter(city, n, day, K_LADDER, x, y, z, 1, 1, rise, 0, 0, 0, CLIP_OWNED, rise, 0, 0) >= 0
        return False
    if errand == E_RENEWAL:
        if (
            sound(city, x, y, z, 0, 0, 1, 1, day - 1)[1]  # fmt: skip
            == 0
        ):
            return False
        v = original(city, city.folded[0])
        work = city.works[v]
        if work.foreman != n or work.kind != K_TOWER or work.start + work.duration >= day:
            return False
        return (
            enter(
                city,
                n,
                day,
                K_UNBUILDING,
                int(work.x),
                int(work.y),
                int(work.z),
                int(work.sx),
                int(work.sy),
                int(work.sz),
                1 - (int(work.flags) & 1),
                0,
                0,
                CLIP_SCHOOL,
                min(duration, max(1, int(work.duration) // 3)),
                v + 1,
                EVERYTHING,
            )
            >= 0
        )
    if errand == E_DEATH:
        return enter(city, n, day, K_DEMOLITION, x, y, z, sx, sy, sz, 1, 0, 0, CLIP_OWN, duration, 0, ALL_BUT_SHELL) >= 0
    if errand == E_HARVEST:
        return enter(city, n, day, K_DEMOLITION, x, y, z, sx, sy, sz, scan, 0, 0, CLIP_OWN, duration, 0, ALL_BUT_SHELL) >= 0
    if errand == E_MASS:
        return enter(city, n, day, kind, x, y, z, sx, sy, sz, scan, a, b, CLIP_OWN, duration, 0, 0) >= 0
    if errand == E_REPAIR:
        shot = work_of_shot(city, b, day - 1)
        if shot < 0:  # its hole met no lot that anybody owned
            return False
        return lay_repairs(city, n, day, shot) > 0
    if errand == E_FACADE or errand == E_TOWER or errand == E_ROOF_TOWER:
        if not all_own_school(city, n, x, y, z, sx, sy, sz):
            return False
    if errand == E_FACADE:
        px = x + (7 if sx > sy else 1)
        py = y + (7 if sy > sx else 1)
    elif errand == E_RING:
        px = x + sx - 2
        py = y + sy // 2
    elif errand == E_VIADUCT:
        px = x + sx // 2
        py = y + sy // 2
        pz = z + a
    elif errand == E_TOWER and a == 1:
        pz = z + sz - 1
    elif errand == E_ROOF_TOWER:
        must_stand = True
    elif errand != E_TOWER:
        return enter(city, n, day, kind, x, y, z, sx, sy, sz, scan, a, b, CLIP_SCHOOL, duration, 0, 0) >= 0
    there = sound(city, px, py, pz, 0, 0, 1, 1, day - 1)[1]
    if (there != 0) != must_stand:
        return False
    return enter(city, n, day, kind, x, y, z, sx, sy, sz, scan, a, b, CLIP_SCHOOL, duration, 0, 0) >= 0
