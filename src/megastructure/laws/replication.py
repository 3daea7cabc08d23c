"""Foremen copy themselves; charters err; schools are founded.

A foreman with enough energy looks at the six plots around its own, in a drawn order, and proposes the first that has
room. All proposals of a day are made from yesterday's ownership; a proposal stands only if it has the lowest draw on every
lot that another one also wants. The child carries a copy of the charter; copying errs at a stated rate. At the distance
`radius` from the school's datum the surveyors' error is too large: there a child founds a new school with a datum, a
pitch and a height of its own.
"""

from __future__ import annotations

from ..ground.codes import (
    P_BUILDING,
    P_STANDING,
    R_BREEDING,
    R_CLAIM,
    R_COPYING,
    R_FRAME,
    R_FRONTIER,
    R_SCHOOL,
    S_HALL,
    S_OPEN_BAY,
)
from ..ground.rng import draws
from ..ground.scenario import (
    Q_BREEDING_COST,
    Q_CHILDREN_MAX,
    Q_CLAIM_SHARE_PERCENT,
    Q_COPY_ERROR_PPM,
    Q_FRONTIER_DELAY_DAYS,
    Q_SEED,
    Q_WORLD_RADIUS_LOTS,
)
from ..ground.tables import (
    F_BOXED_IN,
    F_CHARTER,
    F_CHILDREN,
    F_EPOCH,
    F_HEIGHT,
    F_HESITATED,
    F_NAME,
    F_PHASE,
    F_PITCH,
    F_SITE,
    F_TRY_DAY,
    F_X,
    F_Y,
    F_Z,
    G_FIRST_STYLE,
    G_HEIGHT,
    G_OX,
    G_OY,
    G_OZ,
    G_PITCH,
    G_RADIUS,
    G_WINDOWS,
    T_ATTEMPTS,
    T_TESTS,
    UNIT,
    Charters,
)
from ..land.lots import owned_lots, owner_of_lot
from ..land.survey import pillar_axis
from ..words.declare import Gene, columns
from ..words.kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel
from .law import Law

LAW = Law(
    name="replication",
    says="A foreman that can afford it sends a copy of itself to a free plot beside its own; copies err, and found schools.",
    writes=(
        "foremen.children", "foremen.hesitated", "foremen.try_day", "foremen.boxed_in", "foremen.energy", "charters",
        "schools", "claims", "tally",
    ),
    knobs=(
        "breeding_cost", "children_max", "claim_share_percent", "claim_retry_days", "copy_error_ppm",
        "frontier_delay_days", "world_radius_lots",
    ),
    streams=("BREEDING", "FRAME", "COPYING", "SCHOOL", "FRONTIER", "CLAIM"),
    source="Langton (1984), Sayama (1999) on self-replication with death; docs/theory/replication.md",
)  # fmt: skip

# Proposal rows: who, side, corner, pitch, height, whether the frame is new, whether copying erred
# and whether that was drawn, the draw that settles.
O_FOREMAN, O_SIDE, O_X, O_Y, O_Z, O_PITCH, O_HEIGHT, O_FRAME, O_ERRED, O_DRAWN, O_DRAW = range(11)
PROPOSAL = 11
NO_ROOM, PROPOSED, PUT_OFF = range(3)
DISTRICT = 300  # cells: the farthest that a school reaches from its datum
FRAMES_TRIED = 3  # new frames that are drawn before a foreman gives up or uses its own
PITCHES = (48, 64, 64, 80, 80, 96, 96, 112, 128)
LOWS = tuple(c.col.low if isinstance(c.col, Gene) else 0 for c in columns(Charters))
HIGHS = tuple(c.col.high if isinstance(c.col, Gene) else 0 for c in columns(Charters))
STYLE_GENES = len(LOWS) - G_FIRST_STYLE
# Genes that the survey of a school reads: they change only with the frame, or neighbours would disagree on what is where.
FRAMING = tuple(
    c.name in ("shell", "pillar", "shaft", "corbel", "voids", "ribs", "salt", "decks", "presence") for c in columns(Charters)
)


@kernel(i8(i8m, i8m, i8))
def distance_from_datum(foremen, charters, n):
    """Distance of a bay from its school's datum, in bays (largest of the three axes)."""
    genes = charters[foremen[n, F_CHARTER]]
    pitch = foremen[n, F_PITCH]
    height = foremen[n, F_HEIGHT]
    flat = max(abs(foremen[n, F_X] - genes[G_OX]) // pitch, abs(foremen[n, F_Y] - genes[G_OY]) // pitch)
    return max(flat, abs(foremen[n, F_Z] - genes[G_OZ]) * 2 // (height + pitch))


@kernel(i8(i8m, i8v, i8))
def breeding_price(foremen, knobs, n):
    """Energy at which bay n breeds, in 1/64 power: in proportion to its volume."""
    pitch = foremen[n, F_PITCH]
    return knobs[Q_BREEDING_COST] * pitch // 80 * pitch // 80 * foremen[n, F_HEIGHT] // 112 * UNIT


@kernel(flag(i8m, i8v, i8))
def may_breed(foremen, knobs, n):
    """Whether bay n is finished, has not found itself boxed in, and has children left to send."""
    grown = foremen[n, F_PHASE] == P_STANDING or (foremen[n, F_PHASE] == P_BUILDING and foremen[n, F_EPOCH] > 0)
    return grown and foremen[n, F_BOXED_IN] == 0 and foremen[n, F_CHILDREN] < knobs[Q_CHILDREN_MAX]


@kernel(flag(i8v, i4v, i4m, i8v, i8, i8, i8, i8, i8, i8, i8))
def has_room(keys, slots, owners, knobs, x, y, z, pitch, height, axis_x, axis_y):
    """Whether a plot lies within the world, its pillar's axis is wild and enough of its lots are."""
    lx = x >> 4
    ly = y >> 4
    lz = z >> 4
    n = pitch >> 4
    m = height >> 4
    radius = knobs[Q_WORLD_RADIUS_LOTS]
    if radius > 0:
        if lx < -radius or ly < -radius or lx + n > radius or ly + n > radius:
            return False
        if lz < -(radius // 2) or lz + m > radius // 2:
            return False
    for level in range(lz, lz + m):
        if owner_of_lot(keys, slots, owners, axis_x >> 4, axis_y >> 4, level) >= 0:
            return False
        if owner_of_lot(keys, slots, owners, (axis_x - 1) >> 4, (axis_y - 1) >> 4, level) >= 0:
            return False
    limit = n * n * m * (100 - knobs[Q_CLAIM_SHARE_PERCENT]) // 100
    return owned_lots(keys, slots, owners, lx, ly, lz, n, m, limit) <= limit


@kernel(i8(i8v, i4v, i4m, i8m, i8m, i8v, i8v, i8, i8, i8, i8m, i8))
def breed(keys, slots, owners, foremen, charters, knobs, tally, n, day, pace, proposals, row):
    """One attempt of foreman n: NO_ROOM, PUT_OFF, or PROPOSED with the proposal written to `row`. `pace`: per cent of haste."""
    seed = knobs[Q_SEED]
    name = foremen[n, F_NAME]
    genes = charters[foremen[n, F_CHARTER]]
    far = distance_from_datum(foremen, charters, n) >= genes[G_RADIUS]
    r0, r1, r2, r3 = draws(seed, R_BREEDING, day, name, 0)
    tally[T_ATTEMPTS] += 1
    if far and foremen[n, F_HESITATED] == 0:
        foremen[n, F_HESITATED] = 1
        delay = draws(seed, R_FRONTIER, day, name, 0)[0]
        foremen[n, F_TRY_DAY] = day + 64 + delay % knobs[Q_FRONTIER_DELAY_DAYS] * 100 // pace
        return PUT_OFF
    foremen[n, F_HESITATED] = 0
    erred = far or r0 * 1_000_000 >> 32 < knobs[Q_COPY_ERROR_PPM]
    new_frame = far or (erred and r1 & 3 == 0)
    x0 = foremen[n, F_X]
    y0 = foremen[n, F_Y]
    z0 = foremen[n, F_Z]
    site = foremen[n, F_SITE]
    first = r2 % 6
    turn = 1 if r3 & 1 else 5
    for trial in range(FRAMES_TRIED + 1 if new_frame else 1):
        framed = new_frame and trial < FRAMES_TRIED
        if far and trial == FRAMES_TRIED:
            break
        pitch = foremen[n, F_PITCH]
        height = foremen[n, F_HEIGHT]
        if framed:
            f0, f1, _, _ = draws(seed, R_FRAME, day, name, trial)
            pitch = PITCHES[f0 % 9]
            height = 64 + 16 * (f1 % 9)
        for tried in range(6):
            side = (first + tried * turn) % 6
            if side >= 4 and (r3 >> 1) & 1 and tried == 0 and site != S_OPEN_BAY:
                continue  # upward and downward half as often
            if (site == S_OPEN_BAY and side < 4) or (site == S_HALL and side >= 4):
                continue
            x = x0
            y = y0
            z = z0
            if side == 0:
                x += foremen[n, F_PITCH]
            elif side == 1:
                x -= pitch
            elif side == 2:
                y += foremen[n, F_PITCH]
            elif side == 3:
                y -= pitch
            elif side == 4:
                z += foremen[n, F_HEIGHT]
            else:
                z -= height
            axis_x = x + pitch // 2
            axis_y = y + pitch // 2
            if not framed:
                axis_x, axis_y = pillar_axis(genes, x, y)
            tally[T_TESTS] += 1
            if has_room(keys, slots, owners, knobs, x, y, z, pitch, height, axis_x, axis_y):
                proposals[row, O_FOREMAN] = n
                proposals[row, O_SIDE] = side
                proposals[row, O_X] = x
                proposals[row, O_Y] = y
                proposals[row, O_Z] = z
                proposals[row, O_PITCH] = pitch
                proposals[row, O_HEIGHT] = height
                proposals[row, O_FRAME] = 1 if framed else 0
                proposals[row, O_ERRED] = 1 if erred else 0
                proposals[row, O_DRAWN] = 0 if far else 1
                proposals[row, O_DRAW] = draws(seed, R_CLAIM, day, name, 0)[0]
                return PROPOSED
    return NO_ROOM


@kernel(flag(i8v, i4v, i4m, i8m, i8, i8))
def contested(keys, slots, owners, proposals, a, b):
    """Whether two proposals want the same wild lot."""
    x0 = max(proposals[a, O_X], proposals[b, O_X]) >> 4
    y0 = max(proposals[a, O_Y], proposals[b, O_Y]) >> 4
    z0 = max(proposals[a, O_Z], proposals[b, O_Z]) >> 4
    x1 = min(proposals[a, O_X] + proposals[a, O_PITCH], proposals[b, O_X] + proposals[b, O_PITCH]) >> 4
    y1 = min(proposals[a, O_Y] + proposals[a, O_PITCH], proposals[b, O_Y] + proposals[b, O_PITCH]) >> 4
    z1 = min(proposals[a, O_Z] + proposals[a, O_HEIGHT], proposals[b, O_Z] + proposals[b, O_HEIGHT]) >> 4
    for z in range(z0, z1):
        for y in range(y0, y1):
            for x in range(x0, x1):
                if owner_of_lot(keys, slots, owners, x, y, z) < 0:
                    return True
    return False


@kernel(NOTHING(i8m, i8v, i8, i8, i8, i8, flag))
def copy_charter(charters, knobs, parent, child, name, day, drift_frame):
    """Copy charter row `parent` to row `child` with three errors: each moves one style gene by up to a quarter of its range."""
    for i in range(charters.shape[1]):
        charters[child, i] = charters[parent, i]
    for error in range(3):
        r0, r1, _, _ = draws(knobs[Q_SEED], R_COPYING, day, name, error)
        g = G_FIRST_STYLE + r0 % STYLE_GENES
        low = LOWS[g]
        high = HIGHS[g]
        value = charters[child, g]
        if g == G_WINDOWS:
            value ^= 1 << (r1 & 15)
        else:
            most = (high - low) // 4 + 1
            value = min(max(value + r1 % (2 * most + 1) - most, low), high)
        # What the survey of the school is measured with changes only with the frame.
        if drift_frame or not FRAMING[g]:
            charters[child, g] = value


@kernel(NOTHING(i8m, i8v, i8, i8, i8, i8, i8, i8, i8, i8))
def found_school(charters, knobs, child, name, day, x, y, z, pitch, height):
    """Give charter row `child` a frame of its own and redraw three quarters of its style."""
    charters[child, G_PITCH] = pitch
    charters[child, G_HEIGHT] = height
    charters[child, G_OX] = x
    charters[child, G_OY] = y
    charters[child, G_OZ] = z
    # However many bays wide, a district ends some 300 cells from its datum.
    charters[child, G_RADIUS] = min(3 + draws(knobs[Q_SEED], R_SCHOOL, day, name, 255)[0] % 6, DISTRICT // pitch)
    for g in range(G_FIRST_STYLE, len(LOWS)):
        r0, r1, _, _ = draws(knobs[Q_SEED], R_SCHOOL, day, name, g)
        if r0 & 3 != 0:
            charters[child, g] = LOWS[g] + r1 % (HIGHS[g] - LOWS[g] + 1)


@kernel(i8(i8m, i8v, i8, i8, i8, i8))
def next_attempt(foremen, knobs, n, day, energy, daily):
    """The day on which bay n, that may breed, will have saved enough: at least 64 days from now, or the day it waits for."""
    price = breeding_price(foremen, knobs, n)
    wait = 1
    if energy < price:
        wait = max(1, (price - energy) // max(1, daily) + 1)
    if foremen[n, F_TRY_DAY] > day:
        return max(day + wait, foremen[n, F_TRY_DAY])
    return day + max(wait, 64)
