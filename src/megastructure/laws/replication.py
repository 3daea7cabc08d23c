"""Foremen copy themselves; charters err; schools are founded.

A foreman with enough energy looks at the six plots around its own, in a drawn order, and proposes the first that has
room. All proposals of a day are made from yesterday's ownership; a proposal stands only if it has the lowest draw on every
lot that another one also wants. The child carries a copy of the charter; copying errs at a stated rate. At the distance
`radius` from the school's datum the surveyors' error is too large: there a child founds a new school with a datum, a
pitch and a height of its own.
"""

from __future__ import annotations

from ..ground.city import City
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
from ..ground.tables import FIRST_STYLE, UNIT, Charters, Foremen
from ..land.lots import owned_lots, owner_of_lot
from ..land.survey import pillar_axis
from ..words.declare import Gene, columns
from ..words.kernel import kernel
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

NO_ROOM, PROPOSED, PUT_OFF = range(3)
DISTRICT = 300  # cells: the farthest that a school reaches from its datum
FRAMES_TRIED = 3  # new frames that are drawn before a foreman gives up or uses its own
PITCHES = (48, 64, 64, 80, 80, 96, 96, 112, 128)
LOWS = tuple(c.col.low if isinstance(c.col, Gene) else 0 for c in columns(Charters))
HIGHS = tuple(c.col.high if isinstance(c.col, Gene) else 0 for c in columns(Charters))
STYLE_GENES = len(LOWS) - FIRST_STYLE
WINDOWS = Charters.windows  # a mask: an error flips one of its bits
# Genes that the survey of a school reads: they change only with the frame, or neighbours would disagree on what is where.
FRAMING = tuple(
    c.name in ("shell", "pillar", "shaft", "corbel", "voids", "ribs", "salt", "decks", "presence") for c in columns(Charters)
)


@kernel
def distance_from_datum(city: City, n: int) -> int:
    """Distance of a bay from its school's datum, in bays (largest of the three axes)."""
    foreman = city.foremen[n]
    genes = city.charters[foreman.charter]
    flat = max(abs(foreman.x - genes.ox), abs(foreman.y - genes.oy)) // foreman.pitch
    return max(flat, abs(foreman.z - genes.oz) * 2 // (foreman.height + foreman.pitch))


@kernel
def breeding_price(city: City, n: int) -> int:
    """Energy at which bay n breeds, in 1/64 power: in proportion to its volume."""
    foreman = city.foremen[n]
    return city.knobs.breeding_cost * foreman.pitch // 80 * foreman.pitch // 80 * foreman.height // 112 * UNIT


@kernel
def may_breed(city: City, n: int) -> bool:
    """Whether bay n is finished, has not found itself boxed in, and has children left to send."""
    foreman = city.foremen[n]
    grown = foreman.phase == P_STANDING or (foreman.phase == P_BUILDING and foreman.epoch > 0)
    return grown and foreman.boxed_in == 0 and foreman.children < city.knobs.children_max


@kernel
def has_room(city: City, x: int, y: int, z: int, pitch: int, height: int, axis_x: int, axis_y: int) -> bool:
    """Whether a plot lies within the world, its pillar's axis is wild and enough of its lots are."""
    lx, ly, lz = x >> 4, y >> 4, z >> 4
    n, m = pitch >> 4, height >> 4
    radius = city.knobs.world_radius_lots
    if radius > 0:
        if lx < -radius or ly < -radius or lx + n > radius or ly + n > radius:
            return False
        if lz < -(radius // 2) or lz + m > radius // 2:
            return False
    for level in range(lz, lz + m):
        if owner_of_lot(city, axis_x >> 4, axis_y >> 4, level) >= 0:
            return False
        if owner_of_lot(city, (axis_x - 1) >> 4, (axis_y - 1) >> 4, level) >= 0:
            return False
    limit = n * n * m * (100 - city.knobs.claim_share_percent) // 100
    return owned_lots(city, lx, ly, lz, n, m, limit) <= limit


@kernel
def plot_beside(foreman: Foremen, side: int, pitch: int, height: int) -> tuple[int, int, int]:
    """The corner of a plot of that pitch and height over a side 0..5 of a foreman's own: +x -x +y -y +z -z."""
    x, y, z = foreman.x, foreman.y, foreman.z
    if side == 0:
        x += foreman.pitch
    elif side == 1:
        x -= pitch
    elif side == 2:
        y += foreman.pitch
    elif side == 3:
        y -= pitch
    elif side == 4:
        z += foreman.height
    else:
        z -= height
    return x, y, z


@kernel
def breed(city: City, n: int, day: int, pace: int, row: int) -> int:
    """One attempt of foreman n: NO_ROOM, PUT_OFF, or PROPOSED with the proposal written to `row`. `pace`: per cent of haste."""
    seed, knobs, tally = city.knobs.seed, city.knobs, city.tally
    foreman = city.foremen[n]
    name = foreman.name
    genes = city.charters[foreman.charter]
    far = distance_from_datum(city, n) >= genes.radius
    r0, r1, r2, r3 = draws(seed, R_BREEDING, day, name, 0)
    tally.attempts += 1
    if far and foreman.hesitated == 0:
        foreman.hesitated = 1
        delay = draws(seed, R_FRONTIER, day, name, 0)[0]
        foreman.try_day = day + 64 + delay % knobs.frontier_delay_days * 100 // pace
        return PUT_OFF
    foreman.hesitated = 0
    erred = far or r0 * 1_000_000 >> 32 < knobs.copy_error_ppm
    new_frame = far or (erred and r1 & 3 == 0)
    first = r2 % 6
    turn = 1 if r3 & 1 else 5
    for trial in range(FRAMES_TRIED + 1 if new_frame else 1):
        framed = new_frame and trial < FRAMES_TRIED
        if far and trial == FRAMES_TRIED:
            break
        pitch, height = foreman.pitch, foreman.height
        if framed:
            f0, f1, _, _ = draws(seed, R_FRAME, day, name, trial)
            pitch = PITCHES[f0 % 9]
            height = 64 + 16 * (f1 % 9)
        for tried in range(6):
            side = (first + tried * turn) % 6
            if side >= 4 and (r3 >> 1) & 1 and tried == 0 and foreman.site != S_OPEN_BAY:
                continue  # upward and downward half as often
            if (foreman.site == S_OPEN_BAY and side < 4) or (foreman.site == S_HALL and side >= 4):
                continue
            x, y, z = plot_beside(foreman, side, pitch, height)
            axis_x, axis_y = x + pitch // 2, y + pitch // 2
            if not framed:
                axis_x, axis_y = pillar_axis(genes, x, y)
            tally.tests += 1
            if has_room(city, x, y, z, pitch, height, axis_x, axis_y):
                proposal = city.proposals[row]
                proposal.foreman = n
                proposal.side = side
                proposal.x, proposal.y, proposal.z = x, y, z
                proposal.pitch = pitch
                proposal.height = height
                proposal.frame = 1 if framed else 0
                proposal.erred = 1 if erred else 0
                proposal.drawn = 0 if far else 1
                proposal.draw = draws(seed, R_CLAIM, day, name, 0)[0]
                return PROPOSED
    return NO_ROOM


@kernel
def contested(city: City, a: int, b: int) -> bool:
    """Whether two proposals want the same wild lot."""
    one, other = city.proposals[a], city.proposals[b]
    for z in range(max(one.z, other.z) >> 4, min(one.z + one.height, other.z + other.height) >> 4):
        for y in range(max(one.y, other.y) >> 4, min(one.y + one.pitch, other.y + other.pitch) >> 4):
            for x in range(max(one.x, other.x) >> 4, min(one.x + one.pitch, other.x + other.pitch) >> 4):
                if owner_of_lot(city, x, y, z) < 0:
                    return True
    return False


@kernel
def copy_charter(city: City, parent: int, child: int, name: int, day: int, drift_frame: bool) -> None:
    """Copy charter row `parent` to row `child` with three errors: each moves one style gene by up to a quarter of its range."""
    genes, model = city.charters[child], city.charters[parent]
    for i in range(len(genes.words)):
        genes.words[i] = model.words[i]
    for error in range(3):
        r0, r1, _, _ = draws(city.knobs.seed, R_COPYING, day, name, error)
        g = FIRST_STYLE + r0 % STYLE_GENES
        low, high = LOWS[g], HIGHS[g]
        value = genes.words[g]
        if g == WINDOWS:
            value ^= 1 << (r1 & 15)
        else:
            most = (high - low) // 4 + 1
            value = min(max(value + r1 % (2 * most + 1) - most, low), high)
        # What the survey of the school is measured with changes only with the frame.
        if drift_frame or not FRAMING[g]:
            genes.words[g] = value


@kernel
def found_school(city: City, child: int, name: int, day: int, x: int, y: int, z: int, pitch: int, height: int) -> None:
    """Give charter row `child` a frame of its own and redraw three quarters of its style."""
    genes = city.charters[child]
    genes.pitch = pitch
    genes.height = height
    genes.ox, genes.oy, genes.oz = x, y, z
    # However many bays wide, a district ends some 300 cells from its datum.
    genes.radius = min(3 + draws(city.knobs.seed, R_SCHOOL, day, name, 255)[0] % 6, DISTRICT // pitch)
    for g in range(FIRST_STYLE, len(LOWS)):
        r0, r1, _, _ = draws(city.knobs.seed, R_SCHOOL, day, name, g)
        if r0 & 3 != 0:
            genes.words[g] = LOWS[g] + r1 % (HIGHS[g] - LOWS[g] + 1)


@kernel
def next_attempt(city: City, n: int, day: int, energy: int, daily: int) -> int:
    """The day on which bay n, that may breed, will have saved enough: at least 64 days from now, or the day it waits for."""
    price = breeding_price(city, n)
    wait = 1
    if energy < price:
        wait = max(1, (price - energy) // max(1, daily) + 1)
    foreman = city.foremen[n]
    if foreman.try_day > day:
        return max(day + wait, foreman.try_day)
    return day + max(wait, 64)
