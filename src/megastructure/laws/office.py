"""The site office: planned works become works.

On the start day of a planned work the office looks at the place as it stood at the end of yesterday, finds a bridge's
length or a ladder's depth by sounding, and enters the work in the ledger or gives it up. It changes no charge, no date and
no birth: what it finds, no law will ever know. It runs in full mode only.
"""

from __future__ import annotations

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
from ..ground.scenario import Q_SEED
from ..ground.tables import (
    F_CHARTER,
    F_NAME,
    F_PHASE,
    F_PITCH,
    F_SCHOOL,
    F_SITE,
    F_X,
    F_Y,
    G_PLOT,
    L_A,
    L_B,
    L_DAY,
    L_DURATION,
    L_ERRAND,
    L_FOREMAN,
    L_ITEM,
    L_KIND,
    L_ROLL,
    L_SCAN,
    L_SX,
    L_SY,
    L_SZ,
    L_X,
    L_Y,
    L_Z,
    TO_AND_FRO,
    W_A,
    W_B,
    W_CHARTER,
    W_DURATION,
    W_FLAGS,
    W_FOREMAN,
    W_KIND,
    W_SCOPE,
    W_START,
    W_SX,
    W_SY,
    W_SZ,
    W_TARGET,
    W_X,
    W_Y,
    W_Z,
    Z_CHUNKS,
    Z_SOUNDINGS,
    Z_WORKS,
)
from ..land.lots import owner_of_lot
from ..matter.fold import in_capsule, original, sound
from ..matter.index import register
from ..words.kernel import flag, i4m, i4v, i8, i8m, i8v, kernel
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


@kernel(i8(i8v, i4v, i4m, i8m, i4m, i8v, i4m, i4m, i8v, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8))
def enter(
    keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, kind, x, y, z, sx, sy, sz, scan, a, b,
    clip, duration, target, scope,
):  # fmt: skip
    """Append a work to the ledger and register it. Returns its serial, or -1 when it would touch no lot."""
    if sx < 1 or sy < 1 or sz < 1:
        return -1
    w = sizes[Z_WORKS]
    works[w, W_KIND] = kind
    works[w, W_X] = x
    works[w, W_Y] = y
    works[w, W_Z] = z
    works[w, W_SX] = sx
    works[w, W_SY] = sy
    works[w, W_SZ] = sz
    works[w, W_FLAGS] = scan | (clip << 8)
    works[w, W_A] = a
    works[w, W_B] = b
    works[w, W_CHARTER] = foremen[n, F_CHARTER]
    works[w, W_FOREMAN] = n
    works[w, W_START] = day
    works[w, W_DURATION] = duration
    works[w, W_TARGET] = target
    works[w, W_SCOPE] = scope
    got = register(keys, slots, owners, foremen, heads, filled, chunks, works, sizes[Z_CHUNKS], w, clip)
    if got & 1 == 0:
        return -1
    sizes[Z_CHUNKS] = got >> 1
    sizes[Z_WORKS] = w + 1
    return w


@kernel(flag(i8v, i4v, i4m, i8m, i8, i8, i8, i8, i8, i8, i8))
def all_own_school(keys, slots, owners, foremen, n, x, y, z, sx, sy, sz):
    """Whether every lot that a box meets belongs to a bay of foreman n's school."""
    for lz in range(z >> 4, ((z + sz - 1) >> 4) + 1):
        for ly in range(y >> 4, ((y + sy - 1) >> 4) + 1):
            for lx in range(x >> 4, ((x + sx - 1) >> 4) + 1):
                o = owner_of_lot(keys, slots, owners, lx, ly, lz)
                if o < 0 or foremen[o, F_SCHOOL] != foremen[n, F_SCHOOL]:
                    return False
    return True


@kernel(i8(i8v, i4v, i4m, i8m, i4m, i8v, i4m, i4m, i8m, i8v, i8v, i8v, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8))
def lay_bridge(
    keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day, x, y, z, dx, dy,
    back, reach, wide, blind, most,
):  # fmt: skip
    """Sound ahead and lay a bridge to the first soft wall or floor. One in 32 starts blind: the broken stubs."""
    for i in range(0, reach, 8):
        if owner_of_lot(keys, slots, owners, (x + dx * i) >> 4, (y + dy * i) >> 4, z >> 4) < 0:
            reach = i
            break
    if reach < 4:
        return -1
    if sound(
        keys, slots, heads, filled, chunks, works, charters, listed, near, x - dx, y - dy, z, 0, 0, 1, 1, day - 1,
    )[1] == 0:  # fmt: skip
        return -1  # the house that it should leave was never built
    sizes[Z_SOUNDINGS] += 2
    wall, met = sound(keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z + 1, dx, dy, 0, reach, day - 1)
    floor, _ = sound(
        keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z, dx, dy, 0, min(reach, wall + 1),
        day - 1,
    )  # fmt: skip
    length = min(wall, floor)
    cut = 0
    if wall <= floor and wall < reach:
        if (SOFT >> met) & 1 == 0:
            return -1
        for e in range(LANDING):
            m = sound(
                keys, slots, heads, filled, chunks, works, charters, listed, near, x + dx * (wall + e),
                y + dy * (wall + e), z + 1, 0, 0, 1, 1, day - 1,
            )[1]  # fmt: skip
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
            keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_BRIDGE,
            x - back if dx > 0 else x - (length + cut - 1), y - width // 2, z - 1, whole, width, 4, 0, back, bits,
            CLIP_OWNED, days, 0, 0,
        )  # fmt: skip
    return enter(
        keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_BRIDGE, x - width // 2,
        y - back if dy > 0 else y - (length + cut - 1), z - 1, width, whole, 4, 0, back, bits, CLIP_OWNED, days, 0, 0,
    )  # fmt: skip


@kernel(i8(i8v, i4v, i4m, i8m, i4m, i8v, i4m, i4m, i8m, i8v, i8v, i8v, i8, i8, i8, i8, i8, i8))
def lay_ladder_down(
    keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day, x, y, z, thickest
):
    """A ladder from z down to what lies below, and through up to `thickest` cells of its plate.

    0: nothing below; 1: laid; 2: there is one already
    """
    sizes[Z_SOUNDINGS] += 1
    depth, met = sound(keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z, 0, 0, -1, DEEPEST, day - 1)
    if depth >= DEEPEST:
        return 0
    if met == LADDER:
        return 2
    if depth <= 0:
        return 0
    end = depth
    while end < depth + thickest:
        m = sound(
            keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z - end, 0, 0, 1, 1, day - 1,
        )[1]  # fmt: skip
        if m != SHELL and m != SLAB and m != GIRDER:
            break
        end += 1
    enter(
        keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_LADDER, x, y, z - end + 1, 1, 1,
        end, 1, 0, 0, CLIP_OWNED, end, 0, 0,
    )  # fmt: skip
    return 1


@kernel(flag(i8v, i4v, i4m, i8m, i4m, i8v, i4m, i4m, i8m, i8v, i8v, i8v, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8))
def lay_pipe(
    keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day, x, y, z, dx, dy,
    width, item, seed,
):  # fmt: skip
    """Up to three sounded legs under the ceiling, then sometimes a drop to the floor."""
    laid = False
    for leg in range(3):
        r0, r1, r2, _ = draws(seed, R_PIPE, day, foremen[n, F_NAME], item * 4 + leg)
        reach = 24 + (r0 & 127)
        wanted = reach
        for i in range(0, wanted, 8):
            if owner_of_lot(keys, slots, owners, (x + dx * i) >> 4, (y + dy * i) >> 4, z >> 4) < 0:
                reach = i
                break
        if reach <= 2:
            return laid
        sizes[Z_SOUNDINGS] += 1
        length, _ = sound(keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z, dx, dy, 0, reach, day - 1)
        if length < 3:
            return laid
        enter(
            keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_PIPE,
            x - length + 1 if dx < 0 else x, y - length + 1 if dy < 0 else y, z, length if dx != 0 else width,
            width if dx != 0 else length, 1, 0, 0, 0, CLIP_OWNED, length * width, 0, 0,
        )  # fmt: skip
        laid = True
        x += dx * (length - 1)
        y += dy * (length - 1)
        if length < reach:
            return laid
        if r1 % 10 < 4:
            sizes[Z_SOUNDINGS] += 1
            length, _ = sound(
                keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z - 1, 0, 0, -1, 160, day - 1
            )
            if 2 < length < 160:
                enter(
                    keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_PIPE, x, y,
                    z - length, 1, 1, length, 1, 0, 0, CLIP_OWNED, length, 0, 0,
                )  # fmt: skip
            return laid
        dx, dy = dy, dx
        if r2 & 1:
            dx = -dx
            dy = -dy
        x += dx
        y += dy
    return laid


@kernel(i8(i4m, i8v, i8, i8))
def work_of_shot(works, sizes, shot, day):
    """The work that is the hole of a shot of the scenario, fired on a day at the end of the ledger; -1: none."""
    w = sizes[Z_WORKS] - 1
    while w >= 0 and works[w, W_START] >= day:
        if works[w, W_START] == day and works[w, W_KIND] == K_SHOT and works[w, W_TARGET] == shot + 1:
            return w
        w -= 1
    return -1


@kernel(i8(i8v, i4v, i4m, i8m, i4m, i8v, i4m, i4m, i8m, i8v, i8v, i8v, i8v, i8, i8, i8))
def lay_repairs(keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, holed, n, day, shot):
    """Append again every work of foreman n that lost cells to a shot, in the lots that the shot's box meets."""
    x = int(works[shot, W_X])
    y = int(works[shot, W_Y])
    z = int(works[shot, W_Z])
    x1 = x + int(works[shot, W_SX]) - 1
    y1 = y + int(works[shot, W_SY]) - 1
    z1 = z + int(works[shot, W_SZ]) - 1
    before = int(works[shot, W_START]) - 1
    found = 0
    for pz in range(z, z1 + 1):
        for py in range(y, y1 + 1):
            for px in range(x, x1 + 1):
                if not in_capsule(works, shot, px, py, pz):
                    continue
                m = sound(
                    keys, slots, heads, filled, chunks, works, charters, listed, near, px, py, pz, 0, 0, 1, 1,
                    before,
                )[1]  # fmt: skip
                if m == 0 or works[near[0], W_FOREMAN] != n:
                    continue
                k = 0
                lost = original(works, near[0])
                while k < found and holed[k] != lost:
                    k += 1
                if k == found:
                    holed[found] = lost
                    found += 1
    for k in range(1, found):  # in order of the ledger; there are few
        j = k
        while j > 0 and holed[j - 1] > holed[j]:
            holed[j - 1], holed[j] = holed[j], holed[j - 1]
            j -= 1
    made = 0
    for k in range(found):
        v = holed[k]
        w = enter(
            keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, int(works[v, W_KIND]),
            int(works[v, W_X]), int(works[v, W_Y]), int(works[v, W_Z]), int(works[v, W_SX]), int(works[v, W_SY]),
            int(works[v, W_SZ]), int(works[v, W_FLAGS]) & 255, int(works[v, W_A]), int(works[v, W_B]), CLIP_TARGET,
            int(works[v, W_DURATION]), v + 1, shot + 1,
        )  # fmt: skip
        if w >= 0:
            made += 1
    return made


@kernel(flag(i8v, i4v, i4m, i8m, i4m, i8v, i4m, i4m, i8m, i8v, i8v, i8v, i8v, i8v, i4m, i8))
def release(keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, knobs, listed, near, holed, plan, i):
    """One planned work on its start day: whether it became a work."""
    n = int(plan[i, L_FOREMAN])
    errand = int(plan[i, L_ERRAND])
    if foremen[n, F_PHASE] >= P_DEMOLISHING and errand != E_DEATH:
        return False
    day = int(plan[i, L_DAY])
    kind = int(plan[i, L_KIND])
    x = int(plan[i, L_X])
    y = int(plan[i, L_Y])
    z = int(plan[i, L_Z])
    sx = int(plan[i, L_SX])
    sy = int(plan[i, L_SY])
    sz = int(plan[i, L_SZ])
    scan = int(plan[i, L_SCAN])
    a = int(plan[i, L_A])
    b = int(plan[i, L_B])
    duration = int(plan[i, L_DURATION])
    item = int(plan[i, L_ITEM])
    roll = int(plan[i, L_ROLL])
    seed = knobs[Q_SEED]
    name = foremen[n, F_NAME]
    px = x + sx // 2 + 1  # a probe beside the middle, where no pattern leaves a void by design
    py = y + sy // 2 + 1
    pz = z
    must_stand = False
    if errand == E_BRIDGE:
        # Where the drawn side leads nowhere, the other sides of the house are tried in turn.
        out = item & (TO_AND_FRO - 1)
        for _ in range(2 if item & TO_AND_FRO else 4):
            if lay_bridge(
                keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day, x, y,
                z, sx, sy, a, scan, sz, roll, duration,
            ) >= 0:  # fmt: skip
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
            if item & 1 and lay_ladder_down(
                keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day,
                x + (along if sx == 0 else 0), y + (along if sy == 0 else 0), z + 1, 0,
            ) > 0:  # fmt: skip
                return True  # a ladder over the edge, down to the foreign floor
            if lay_bridge(
                keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day,
                x + (along if sx == 0 else 0), y + (along if sy == 0 else 0), z, sx, sy, 0, scan, 0, 1, duration,
            ) >= 0:  # fmt: skip
                return True
        return False
    if errand == E_PIPE:
        return lay_pipe(
            keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day, x, y, z,
            sx, sy, sz, item, seed,
        )  # fmt: skip
    if errand == E_LADDER_DOWN:
        down = lay_ladder_down(
            keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day, x, y, z,
            THICKEST,
        )  # fmt: skip
        if foremen[n, F_SITE] == S_OPEN_BAY:
            return down > 0
        plot = charters[foremen[n, F_CHARTER], G_PLOT]
        pitch = foremen[n, F_PITCH]
        across = pitch // plot
        margin = (pitch - across * plot) // 2 + plot // 2
        more = 0
        for trial in range(CORES):
            r0, r1, _, _ = draws(seed, R_CORE, day, name, trial)
            if lay_ladder_down(
                keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, n, day,
                foremen[n, F_X] + margin + r0 % across * plot, foremen[n, F_Y] + margin + r1 % across * plot, z,
                THICKEST,
            ) == 1:  # fmt: skip
                more += 1
                if more == 2:
                    break
        return down + more > 0
    if errand == E_LADDER_UP:
        seen = False
        for rise in range(TALLEST):
            m = sound(
                keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z + rise, 0, 0, 1, 1,
                day - 1,
            )[1]  # fmt: skip
            if m == SHELL or m == SLAB:
                seen = True
            elif m == LADDER and seen:
                return False
            elif seen:
                return enter(
                    keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_LADDER, x, y, z, 1, 1,
                    rise, 0, 0, 0, CLIP_OWNED, rise, 0, 0,
                ) >= 0  # fmt: skip
        return False
    if errand == E_RENEWAL:
        if (
            sound(
                keys, slots, heads, filled, chunks, works, charters, listed, near, x, y, z, 0, 0, 1, 1, day - 1,
            )[1]  # fmt: skip
            == 0
        ):
            return False
        v = original(works, near[0])
        if works[v, W_FOREMAN] != n or works[v, W_KIND] != K_TOWER or works[v, W_START] + works[v, W_DURATION] >= day:
            return False
        return enter(
            keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_UNBUILDING,
            int(works[v, W_X]), int(works[v, W_Y]), int(works[v, W_Z]), int(works[v, W_SX]), int(works[v, W_SY]),
            int(works[v, W_SZ]), 1 - (int(works[v, W_FLAGS]) & 1), 0, 0, CLIP_SCHOOL,
            min(duration, max(1, int(works[v, W_DURATION]) // 3)), v + 1, EVERYTHING,
        ) >= 0  # fmt: skip
    if errand == E_DEATH:
        return enter(
            keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_DEMOLITION, x, y, z, sx, sy,
            sz, 1, 0, 0, CLIP_OWN, duration, 0, ALL_BUT_SHELL,
        ) >= 0  # fmt: skip
    if errand == E_HARVEST:
        return enter(
            keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, K_DEMOLITION, x, y, z, sx, sy,
            sz, scan, 0, 0, CLIP_OWN, duration, 0, ALL_BUT_SHELL,
        ) >= 0  # fmt: skip
    if errand == E_MASS:
        return enter(
            keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, kind, x, y, z, sx, sy, sz, scan,
            a, b, CLIP_OWN, duration, 0, 0,
        ) >= 0  # fmt: skip
    if errand == E_REPAIR:
        shot = work_of_shot(works, sizes, b, day - 1)
        if shot < 0:  # its hole met no lot that anybody owned
            return False
        return (
            lay_repairs(
                keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, listed, near, holed, n, day, shot
            )
            > 0
        )
    if errand == E_FACADE or errand == E_TOWER or errand == E_ROOF_TOWER:
        if not all_own_school(keys, slots, owners, foremen, n, x, y, z, sx, sy, sz):
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
        return enter(
            keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, kind, x, y, z, sx, sy, sz, scan,
            a, b, CLIP_SCHOOL, duration, 0, 0,
        ) >= 0  # fmt: skip
    there = sound(
        keys, slots, heads, filled, chunks, works, charters, listed, near, px, py, pz, 0, 0, 1, 1, day - 1,
    )[1]  # fmt: skip
    if (there != 0) != must_stand:
        return False
    return enter(
        keys, slots, owners, foremen, heads, filled, chunks, works, sizes, n, day, kind, x, y, z, sx, sy, sz, scan, a,
        b, CLIP_SCHOOL, duration, 0, 0,
    ) >= 0  # fmt: skip
