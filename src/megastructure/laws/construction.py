"""Foremen plan, builders work, bays are renovated and die.

A foreman's life has few events: born, plan made, plan done, breeding attempts, renovation, death, release. A plan is a
whole epoch's agenda: complete works with nominal costs, charged at once and on credit, and start days by list scheduling
on the bay's four builders. It reads the foreman's own row, its charter, who owns the lots around it and what the survey
makes of them; never matter. What a plan names is a commitment of dates and costs; the site office (`office.py`) may find
on the start day that a bridge has nothing to reach and void the work, and no law will ever know.
"""

from __future__ import annotations

from ..ground.codes import (
    A_SAFEGUARD,
    E_BRIDGE,
    E_DEATH,
    E_FACADE,
    E_LADDER_DOWN,
    E_LADDER_UP,
    E_PIPE,
    E_PLAIN,
    E_RENEWAL,
    E_RING,
    E_ROOF_TOWER,
    E_STITCH,
    E_TOWER,
    E_VIADUCT,
    K_BRIDGE,
    K_DEMOLITION,
    K_FACADE,
    K_LADDER,
    K_PILLAR,
    K_PIPE,
    K_PLATE,
    K_RING,
    K_SPIRAL,
    K_TOWER,
    K_UNBUILDING,
    K_VIADUCT,
    K_ZIGZAG,
    P_BUILDING,
    P_CLAIMED,
    P_DEMOLISHING,
    P_IDLE,
    P_RELEASED,
    P_STANDING,
    R_AGENDA,
    R_LIFE,
    R_SITE,
    S_BAY,
    S_GREAT_VOID,
    S_HALL,
    S_OPEN_BAY,
    S_SHAFT,
)
from ..ground.rng import draws, mix
from ..ground.scenario import (
    Q_DENSITY_FLOOR_BLOCK,
    Q_DENSITY_FLOOR_QUARTER,
    Q_LIFE_UNIT_DAYS,
    Q_RENOVATION_UNIT_DAYS,
    Q_SEED,
    Q_TERMINAL_SHARE,
)
from ..ground.tables import (
    F_ALLEGIANCE,
    F_CHARTER,
    F_DEATH,
    F_ENERGY,
    F_EPOCH,
    F_HALTED,
    F_HEIGHT,
    F_NAME,
    F_PHASE,
    F_PITCH,
    F_PLAN_DAY,
    F_PLAN_DONE,
    F_PLAN_TOWERS,
    F_SCHOOL,
    F_SHELL_DONE,
    F_SIDE,
    F_SITE,
    F_SITES0,
    F_TERMINALS,
    F_TOWERS,
    F_VIADUCTS,
    F_X,
    F_Y,
    F_Z,
    G_BALCONY,
    G_BRIDGE_RATE,
    G_BRIDGE_SPAN,
    G_CORBEL,
    G_FACADE_RATE,
    G_HANGING,
    G_KEY,
    G_OX,
    G_OY,
    G_OZ,
    G_PIPE_RATE,
    G_PITCH,
    G_PLOT,
    G_RENOVATION,
    G_RIBS,
    G_RINGS,
    G_SALT,
    G_SETBACK,
    G_SHELL,
    G_STANDING,
    G_STOREY,
    G_STOREYS,
    G_STREET,
    SITES_A_WORD,
    T_CHARGED,
    T_GREATEST,
    T_GREATEST_FOREMAN,
    T_GREATEST_KIND,
    T_RENOVATIONS,
    TO_AND_FRO,
    UNIT,
)
from ..land.costs import nominal_cells
from ..land.lots import owner_of_lot
from ..land.patterns.plates import light_well
from ..land.survey import has_pillar, is_deck, pillar_axis, pillar_half_width, site_at
from ..society.plans import write_plan
from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel, pair
from .law import Law

LAW = Law(
    name="construction",
    says="A foreman plans an epoch at a time, builds by the plan, renovates, and dies on a day drawn at its birth.",
    writes=(
        "foremen.phase", "foremen.energy", "foremen.shell_done", "foremen.plan_day", "foremen.plan_done",
        "foremen.plan_towers", "foremen.towers", "foremen.death", "foremen.epoch", "foremen.sites0", "foremen.sites1",
        "foremen.sites2", "foremen.sites3", "foremen.viaducts", "foremen.terminals", "foremen.plan_hash",
        "foremen.planned", "plan", "tally",
    ),
    knobs=(
        "renovation_unit_days", "life_unit_days", "density_floor_quarter", "density_floor_block", "terminal_share",
    ),
    streams=("SITE", "AGENDA", "LIFE"),
    source="Building with an inherited frame (TERMES: Werfel, Petersen, Nagpal 2014); docs/theory/construction.md",
)  # fmt: skip

CREW = 4  # builders of a bay
# `desk` is the foreman's working memory while it plans: the day each builder is free, then these.
D_CHARGE, D_TOWERS, D_SHELL_DONE = CREW, CREW + 1, CREW + 2
DESK = CREW + 3
DOWN_COST, UP_COST, PIPE_COST = 40, 12, 120  # nominal cells of ladders through plates and of a pipe one cell wide
NO_CEILING = -(1 << 30)
MODEST = 150  # of 256: how often a ring level gets its walk


@kernel(i8(i8m, i8))
def demolition_days(foremen, n):
    """How long the demolition of a bay takes."""
    return foremen[n, F_PITCH] * foremen[n, F_PITCH] * foremen[n, F_HEIGHT] // 24


@kernel(i8(i8m, i8))
def infected(foremen, n):
    """The bit that shuts the buildings of an infected bay (patterns/towers.py)."""
    return 1 << 16 if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD else 0


@kernel(pair(i8))
def step(side):
    """Unit step (dx, dy) of a horizontal side 0..3: +x -x +y -y."""
    return (1 if side == 0 else (-1 if side == 1 else 0)), (1 if side == 2 else (-1 if side == 3 else 0))


@kernel(i8(i8v, i8, i8))
def book(desk, gang, ready):
    """List scheduling: order the builders by the day they are free; returns the start day of a gang of so many."""
    for i in range(1, CREW):
        j = i
        while j > 0 and desk[j - 1] > desk[j]:
            desk[j - 1], desk[j] = desk[j], desk[j - 1]
            j -= 1
    return max(desk[gang - 1], ready)


@kernel(i8(i4m, i4v, i8v, i8v, i8m, i8v, i8v, i8v, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8))
def plan_box(
    plan, ring, sizes, knobs, foremen, tally, genes, desk, n, booked, ready, errand, kind, x, y, z, sx, sy, sz, scan, a,
    b, roll,
):  # fmt: skip
    """Plan one work with a box and charge it; returns the day after its end. Plates take three builders, pillars two."""
    if sx < 1 or sy < 1 or sz < 1:
        return ready
    cells = max(1, nominal_cells(kind, sx, sy, sz, a & 255 if kind == K_PILLAR else a, b, genes))
    gang = 3 if kind == K_PLATE else (2 if kind == K_PILLAR else 1)
    duration = max(1, cells // gang)
    start = ready
    if booked:
        start = book(desk, gang, ready)
        for i in range(gang):
            desk[i] = start + duration + 1
    desk[D_CHARGE] += cells
    if kind == K_TOWER or kind == K_FACADE:
        desk[D_TOWERS] += cells
    if cells > tally[T_GREATEST] or (cells == tally[T_GREATEST] and foremen[n, F_NAME] < tally[T_GREATEST_FOREMAN]):
        tally[T_GREATEST] = cells
        tally[T_GREATEST_KIND] = kind
        tally[T_GREATEST_FOREMAN] = foremen[n, F_NAME]
    write_plan(
        plan, ring, sizes, knobs, foremen, tally, n, start, errand, kind, x, y, z, sx, sy, sz, scan, a, b, duration, 0,
        roll,
    )  # fmt: skip
    return start + duration + 1


@kernel(NOTHING(i4m, i4v, i8v, i8v, i8m, i8v, i8v, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8))
def plan_sounding(
    plan, ring, sizes, knobs, foremen, tally, desk, n, booked, ready, errand, kind, x, y, z, dx, dy, width, reach, near,
    cells, item, roll,
):  # fmt: skip
    """Plan a work whose place or length only a sounding will tell (bridge, stitch, pipe, ladder); charged nominally."""
    start = ready
    if booked:
        start = book(desk, 1, ready)
        desk[0] = start + cells + 1
    desk[D_CHARGE] += cells
    write_plan(
        plan, ring, sizes, knobs, foremen, tally, n, start, errand, kind, x, y, z, dx, dy, width, reach, near, 0, cells,
        item, roll,
    )  # fmt: skip


@kernel(i8(i8v, i8, i8))
def fin_length(genes, x, y):
    """How far the fins of a plot's pillar reach, in cells; half of the pillars have none."""
    i = (x - genes[G_OX]) // genes[G_PITCH]
    j = (y - genes[G_OY]) // genes[G_PITCH]
    return genes[G_CORBEL] * 2 if mix(i, j, genes[G_KEY], 4) & 1 else 0


@kernel(pair(i8v, i4v, i4m, i8m, i8m, i8))
def ceiling(keys, slots, owners, foremen, charters, n):
    """Underside of the next plate of the own school overhead, or NO_CEILING; and the top of the own school's lots."""
    genes = charters[foremen[n, F_CHARTER]]
    lx = (foremen[n, F_X] + 3) >> 4
    ly = (foremen[n, F_Y] + 3) >> 4
    z = foremen[n, F_Z]
    top = z + foremen[n, F_HEIGHT]
    for m in range(1, 5):
        level = z + m * foremen[n, F_HEIGHT]
        o = owner_of_lot(keys, slots, owners, lx, ly, (level + 4) >> 4)
        if o < 0 or foremen[o, F_SCHOOL] != foremen[n, F_SCHOOL]:
            return NO_CEILING, top
        if foremen[o, F_SITE] == S_BAY or foremen[o, F_SITE] == S_HALL:
            return level + genes[G_RIBS] + (genes[G_SHELL] - 2 if is_deck(genes, level) else 0), top
        top = level + foremen[n, F_HEIGHT]
    return NO_CEILING, top


@kernel(NOTHING(i4m, i4v, i8v, i8v, i8m, i8v, i8v, i8, i8, i8, i8, i8))
def plan_ladder_down(plan, ring, sizes, knobs, foremen, tally, desk, n, ready, x, y, z):
    """A way down: ladders through the own plate to whatever lies below. No builder is booked."""
    plan_sounding(
        plan, ring, sizes, knobs, foremen, tally, desk, n, False, ready, E_LADDER_DOWN, K_LADDER, x, y, z, 0, 0, 0, 128,
        0, DOWN_COST, 0, 2,
    )  # fmt: skip


@kernel(NOTHING(i4m, i4v, i8v, i8v, i8m, i8v, i8v, i8v, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8))
def plan_zigzag(
    plan, ring, sizes, knobs, foremen, tally, genes, desk, n, ready, dx, dy, inset, run, along, floor, height, roll
):
    """A stair in flights along a side, or along the inner face of a facade `inset` cells thick."""
    pitch = foremen[n, F_PITCH]
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    if dx != 0:
        sx = 2
        sy = run
        x += pitch - inset - 2 if dx > 0 else inset
        y += along
    else:
        sx = run
        sy = 2
        x += along
        y += pitch - inset - 2 if dy > 0 else inset
    plan_box(
        plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, ready, E_PLAIN, K_ZIGZAG, x, y, floor, sx, sy,
        height, 0, 0, 0, roll,
    )  # fmt: skip


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i4m, i4v, i8v, i8v, i8v, i8v, i8, i8))
def plan_shell(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, day):
    """The first epoch's plate and pillar, and the ladders that lead through the plates below and above."""
    genes = charters[foremen[n, F_CHARTER]]
    pitch = foremen[n, F_PITCH]
    height = foremen[n, F_HEIGHT]
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    z = foremen[n, F_Z]
    site = foremen[n, F_SITE]
    side = foremen[n, F_SIDE]
    axis_x, axis_y = pillar_axis(genes, x, y)
    half = pillar_half_width(genes, x, y)
    pillar = site != S_HALL and has_pillar(genes, x, y, z)
    scan = 0  # the plate grows away from the parent
    if side == 0:
        scan = 2
    elif side == 1:
        scan = 2 | 8
    elif side == 2:
        scan = 4
    elif side == 3:
        scan = 4 | 8
    thick = genes[G_SHELL] + genes[G_RIBS]
    jitter = ((axis_x - x - pitch // 2 + 64) << 8) | ((axis_y - y - pitch // 2 + 64) << 16)
    done = day
    if site != S_OPEN_BAY:
        wells = mix(x, y, z, 51) & 3
        deck = 1 if is_deck(genes, z) else 0
        done = plan_box(
            plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, day, E_PLAIN, K_PLATE, x, y, z, pitch,
            pitch, thick, scan, deck, wells | jitter | (half << 2 if pillar else 0), 0,
        )  # fmt: skip
    elif pillar:
        done = plan_box(
            plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, day, E_PLAIN, K_PLATE, x, y, z, pitch,
            pitch, thick, scan, 2 + half, jitter, 0,
        )  # fmt: skip
    if pillar:
        fin = fin_length(genes, x, y)
        reach = half + max(genes[G_CORBEL], fin) + 1
        i = (x - genes[G_OX]) // pitch
        j = (y - genes[G_OY]) // pitch
        k = (z - genes[G_OZ]) // height
        terminals = 1 if mix(i, j, k, genes[G_KEY] * 13 + genes[G_SALT]) % knobs[Q_TERMINAL_SHARE] == 0 else 0
        foremen[n, F_TERMINALS] = terminals
        done = plan_box(
            plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, day, E_PLAIN, K_PILLAR, axis_x - reach,
            axis_y - reach, z + thick, 2 * reach + 1, 2 * reach + 1, height - thick, 1 if side == 5 else 0, half,
            fin | (terminals << 8), 1,
        )  # fmt: skip
        plan_sounding(
            plan, ring, sizes, knobs, foremen, tally, desk, n, False, done, E_LADDER_UP, K_LADDER, axis_x - 1, axis_y,
            z + height, 0, 0, 0, 72, 0, UP_COST, 0, 3,
        )  # fmt: skip
    if pillar or site != S_OPEN_BAY:
        plan_ladder_down(plan, ring, sizes, knobs, foremen, tally, desk, n, done, axis_x - 1, axis_y, z - 1)
    desk[D_SHELL_DONE] = done


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i4m, i4v, i8v, i8v, i8v, i8v, i8, i8))
def plan_borders(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, ready):
    """The four sides: seam stairs and stitches toward other schools, facades with bridges over voids."""
    genes = charters[foremen[n, F_CHARTER]]
    name = foremen[n, F_NAME]
    seed = knobs[Q_SEED]
    pitch = foremen[n, F_PITCH]
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    z = foremen[n, F_Z]
    epoch = foremen[n, F_EPOCH]
    site = foremen[n, F_SITE]
    storey = genes[G_STOREY]
    span = genes[G_BRIDGE_SPAN]
    floor = z + genes[G_RIBS] + genes[G_SHELL]
    under, top = ceiling(keys, slots, owners, foremen, charters, n)
    limit = under if under != NO_CEILING else top - 2
    full_height = (limit - floor) // storey * storey
    for side in range(4):
        r0, r1, r2, r3 = draws(seed, R_AGENDA, epoch, name, side)
        dx, dy = step(side)
        o = owner_of_lot(
            keys, slots, owners, (x + pitch // 2 + dx * (pitch // 2 + 4)) >> 4,
            (y + pitch // 2 + dy * (pitch // 2 + 4)) >> 4, (floor + 2) >> 4,
        )  # fmt: skip
        height = full_height
        run = 10 + (r1 & 7)  # length and place of a stair along the side
        along = 6 + (r1 >> 8) % max(1, pitch - run - 12)
        foreign = o >= 0 and foremen[o, F_SCHOOL] != foremen[n, F_SCHOOL]
        if foreign and site != S_OPEN_BAY:
            if epoch == 0 and site == S_BAY:
                plan_zigzag(
                    plan, ring, sizes, knobs, foremen, tally, genes, desk, n, ready, dx, dy, 0, run, along, floor, height, r0
                )
            cells = (span // 2) * 5
            for place in range(2):
                plan_sounding(
                    plan, ring, sizes, knobs, foremen, tally, desk, n, True, ready, E_STITCH, K_BRIDGE,
                    x + pitch // 2 + dx * (pitch // 2) - (1 if dx < 0 else 0),
                    y + pitch // 2 + dy * (pitch // 2) - (1 if dy < 0 else 0), floor - 1, dx, dy, pitch, max(span, 64),
                    0, cells, side * 4 + place, r2,
                )  # fmt: skip
            if r0 & 3:
                continue
        elif o >= 0 and site != S_OPEN_BAY and (foremen[o, F_SITE] == S_SHAFT or foremen[o, F_SITE] == S_GREAT_VOID):
            # Across the abyss at the level of the floor, to its far side or to another such bridge; and down over its edge.
            for place in range(2):
                plan_sounding(
                    plan, ring, sizes, knobs, foremen, tally, desk, n, True, ready, E_STITCH, K_BRIDGE,
                    x + pitch // 2 + dx * (pitch // 2) - (1 if dx < 0 else 0),
                    y + pitch // 2 + dy * (pitch // 2) - (1 if dy < 0 else 0), floor - 1, dx, dy, pitch, 2 * pitch + 8, 0,
                    5 * pitch, side * 4 + place, r2,
                )  # fmt: skip
        if site != S_BAY or epoch > 0:
            continue
        beyond = site_at(genes, x + dx * pitch, y + dy * pitch, z)
        rate = genes[G_FACADE_RATE] // 6
        if beyond == S_SHAFT or beyond == S_GREAT_VOID:
            rate = genes[G_FACADE_RATE] + 60  # cliffs around abysses
        if (r2 & 255) >= rate:
            continue
        thick = 7 + ((r2 >> 8) & 3) * 2
        if (r2 >> 12) & 3 == 0:
            height = height * 2 // 3 // storey * storey
        elif (r2 >> 12) & 3 == 1 and beyond != S_SHAFT:
            height = height // 3 // storey * storey
        if height < 4 * storey:
            continue
        bits = (r3 & 0xFFBF) | (64 if (r2 >> 14) & 1 else 0) | infected(foremen, n)
        fx = x + pitch - thick if dx > 0 else x
        fy = y + pitch - thick if dy > 0 else y
        sx = thick if dx != 0 else pitch
        sy = pitch if dx != 0 else thick
        if (r2 >> 15) & 1:
            plan_zigzag(
                plan, ring, sizes, knobs, foremen, tally, genes, desk, n, ready, dx, dy, thick, run, along, floor, height, r0
            )
        done = plan_box(
            plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, ready, E_FACADE, K_FACADE, fx, fy, floor,
            sx, sy, height, 0, 0, bits, r0,
        )  # fmt: skip
        floors = height // storey
        for b in range(4):
            q0, q1, q2, _ = draws(seed, R_AGENDA, epoch, name, 64 + side * 4 + b)
            if (q0 & 255) >= genes[G_BRIDGE_RATE] or floors <= 2:
                continue
            level = (q0 >> 8) % floors // (1 + genes[G_BALCONY]) * (1 + genes[G_BALCONY])
            if level <= 0:
                continue
            bx = fx + sx // 2
            by = fy + sy // 2
            out = 1 if q1 & 1 else -1
            wide = 1 if (q1 >> 1) & 3 == 3 else 0
            if sx > sy:
                bx = fx + 9 + 20 * ((q1 >> 8) % max(1, (sx - 10) // 20))
                by = fy + sy if out > 0 else fy - 1
            else:
                by = fy + 9 + 20 * ((q1 >> 8) % max(1, (sy - 10) // 20))
                bx = fx + sx if out > 0 else fx - 1
            plan_sounding(
                plan, ring, sizes, knobs, foremen, tally, desk, n, True, done, E_BRIDGE, K_BRIDGE, bx, by,
                floor + level * storey, 0 if sx > sy else out, out if sx > sy else 0, wide, span * 2, 2,
                2 + span * (5 + 3 * wide), (thick // 2 + 1) | TO_AND_FRO, q2,
            )  # fmt: skip


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i4m, i4v, i8v, i8v, i8v, i8v, i8, i8))
def plan_pillar_works(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, ready):
    """What the pillar carries: ring walks with bridges, a spiral stair, pipes, and viaducts to the next pillars."""
    genes = charters[foremen[n, F_CHARTER]]
    name = foremen[n, F_NAME]
    seed = knobs[Q_SEED]
    pitch = foremen[n, F_PITCH]
    height = foremen[n, F_HEIGHT]
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    z = foremen[n, F_Z]
    epoch = foremen[n, F_EPOCH]
    storey = genes[G_STOREY]
    span = genes[G_BRIDGE_SPAN]
    axis_x, axis_y = pillar_axis(genes, x, y)
    half = pillar_half_width(genes, x, y)
    floor = z + genes[G_RIBS] + genes[G_SHELL]
    rise = storey * (2 + genes[G_RINGS])
    s0, _, _, _ = draws(seed, R_SITE, 0, name, 1023)
    finned = fin_length(genes, x, y) > 0  # a fin would stand in the way of a spiral stair
    spiral = 1 if foremen[n, F_SITE] == S_BAY and s0 & 3 == 0 and not finned else 0
    if epoch == 0:
        for level in range(8):
            r0, r1, r2, _ = draws(seed, R_AGENDA, epoch, name, 8 + level)
            rz = floor + rise * (level + 1)
            if rz >= z + height - genes[G_CORBEL] - 4 or (r0 & 255) > MODEST:
                continue
            outer = half + 2 + spiral  # beside a spiral stair the ring is wider and leaves a stairwell
            done = plan_box(
                plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, ready, E_RING, K_RING, axis_x - outer,
                axis_y - outer, rz, 2 * outer + 1, 2 * outer + 1, 2, 0, half, 1 + rz - floor if spiral else 0, r0,
            )  # fmt: skip
            if (r1 & 255) < genes[G_BRIDGE_RATE]:
                dx, dy = step((r1 >> 8) & 3)
                wide = 1 if (r1 >> 12) & 3 == 3 else 0
                plan_sounding(
                    plan, ring, sizes, knobs, foremen, tally, desk, n, True, done, E_BRIDGE, K_BRIDGE,
                    axis_x + dx * (outer + 1), axis_y + dy * (outer + 1), rz, dx, dy, wide, span, 0,
                    (span // 2) * (5 + 3 * wide), outer + 1, r2,
                )  # fmt: skip
        if spiral:
            plan_box(
                plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, ready, E_PLAIN, K_SPIRAL,
                axis_x - half - 1, axis_y - half - 1, floor, 2 * half + 3, 2 * half + 3,
                height - (floor - z) - genes[G_CORBEL] - 2, 0, half + 1, 0, 0,
            )  # fmt: skip
        for p in range(4):
            r0, r1, r2, _ = draws(seed, R_AGENDA, epoch, name, 16 + p)
            if (r0 & 255) >= genes[G_PIPE_RATE]:
                continue
            dx, dy = step((r0 >> 8) & 3)
            width = 1 + ((r0 >> 16) & 1)
            plan_sounding(
                plan, ring, sizes, knobs, foremen, tally, desk, n, True, ready, E_PIPE, K_PIPE,
                axis_x + dx * (half + 1) + dy * 2, axis_y + dy * (half + 1) + dx * 2, z + height - 2 - (r1 & 7), dx, dy,
                width, 0, 0, PIPE_COST * width, p, r2,
            )  # fmt: skip
    for side in range(2):
        dx = 1 - side
        dy = side
        nx = x + dx * pitch
        ny = y + dy * pitch
        beyond = site_at(genes, nx, ny, z)
        if (beyond != S_BAY and beyond != S_OPEN_BAY) or (foremen[n, F_VIADUCTS] >> side) & 1:
            continue
        o = owner_of_lot(keys, slots, owners, (nx + 8) >> 4, (ny + 8) >> 4, (z + 8) >> 4)
        r0, r1, r2, _ = draws(seed, R_AGENDA, epoch, name, 20 + side)
        rate = 200 if foremen[n, F_SITE] == S_OPEN_BAY else 50 + genes[G_BRIDGE_RATE] // 4
        if o < 0 or foremen[o, F_SCHOOL] != foremen[n, F_SCHOOL] or (r0 & 255) >= rate:
            continue
        if not has_pillar(genes, nx, ny, z):
            continue
        levels = max(1, (height - genes[G_CORBEL] - 12) // rise)
        deck = floor + rise * (1 + (r0 >> 8) % levels)
        if deck >= floor + height - genes[G_CORBEL] - 8:
            continue
        other = pillar_half_width(genes, nx, ny)
        other_x, other_y = pillar_axis(genes, nx, ny)
        length = (other_x - axis_x if dx else other_y - axis_y) - half - other - 1
        if length < 8:
            continue
        width = 5 + 2 * (r1 & 1)
        if finned:
            width = max(width, 2 * (2 + (half >> 3)) + 1)  # wide enough to reach the doors beside the fins
        depth = min(18, pitch // 5)
        foremen[n, F_VIADUCTS] |= 1 << side
        plan_box(
            plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, ready, E_VIADUCT, K_VIADUCT,
            axis_x + half + 1 if dx else axis_x - width // 2, axis_y - width // 2 if dx else axis_y + half + 1,
            deck - depth, length if dx else width, width if dx else length, depth + 4, 0, depth, 0, r2,
        )  # fmt: skip


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i4m, i4v, i8v, i8v, i8v, i8v, i8, i8))
def plan_towers(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, ready):
    """Building sites: standing towers first, then towers that hang from the plate overhead; some are renewed."""
    genes = charters[foremen[n, F_CHARTER]]
    name = foremen[n, F_NAME]
    seed = knobs[Q_SEED]
    pitch = foremen[n, F_PITCH]
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    z = foremen[n, F_Z]
    epoch = foremen[n, F_EPOCH]
    storey = genes[G_STOREY]
    plot = genes[G_PLOT]
    key = genes[G_KEY]
    axis_x, axis_y = pillar_axis(genes, x, y)
    half_pillar = pillar_half_width(genes, x, y) if has_pillar(genes, x, y, z) else -1
    floor = z + genes[G_RIBS] + genes[G_SHELL]
    under, top = ceiling(keys, slots, owners, foremen, charters, n)
    most = ((under if under != NO_CEILING else top - 2) - floor) // storey
    across = pitch // plot
    margin = (pitch - across * plot) // 2
    count = across * across
    i = (x - genes[G_OX]) // pitch
    j = (y - genes[G_OY]) // pitch
    k = (z - genes[G_OZ]) // foremen[n, F_HEIGHT]
    level = z + (under - z) // foremen[n, F_HEIGHT] * foremen[n, F_HEIGHT]
    wells = mix(x, y, z, 51) & 3 if is_deck(genes, z) else 0
    wells_above = mix(x, y, level, 51) & 3 if is_deck(genes, level) else 0
    low_a = knobs[Q_DENSITY_FLOOR_QUARTER]
    low_b = knobs[Q_DENSITY_FLOOR_BLOCK]
    quarter = low_a + (mix((i + 400) >> 2, (j + 400) >> 2, k, key * 3) & 255) * (255 - low_a) // 255
    block = low_b + (mix((i + 400) >> 1, (j + 401) >> 1, k, key * 5) & 255) * (255 - low_b) // 255
    w0 = 0
    w1 = 0
    w2 = 0
    w3 = 0
    for item in range(2 * count if under != NO_CEILING else count):
        hanging = 1 if item >= count else 0
        p = item - count * hanging
        if item & 3 == 0:
            w0, w1, w2, w3 = draws(seed, R_AGENDA, epoch, name, 128 + (item >> 2))
        word = w0 if item & 3 == 0 else (w1 if item & 3 == 1 else (w2 if item & 3 == 2 else w3))
        carries = (foremen[n, F_SITES0 + item // SITES_A_WORD] >> (item % SITES_A_WORD)) & 1
        if carries:
            if (word >> 8) & 3 != 0:
                continue
        cx = x + margin + (p % across) * plot + plot // 2
        cy = y + margin + (p // across) * plot + plot // 2
        if light_well(cx - x, cy - y, pitch, pitch, plot, wells_above if hanging else wells, 2) == 2:
            continue  # there is no floor to stand on, or no ceiling to hang from
        if carries == 0:
            density = genes[G_HANGING] if hanging else genes[G_STANDING]
            tile = mix((cx - genes[G_OX]) >> 5, (cy - genes[G_OY]) >> 5, k, key) & 255
            if (word & 255) >= (density * (40 + (tile >> 1) + (block >> 1)) >> 8) * (16 + quarter) >> 8:
                continue
        s0, _, _, _ = draws(seed, R_SITE, 0, name, item)
        half = max(4, (plot - genes[G_STREET]) // 2 - (s0 & 3))
        if half_pillar >= 0 and max(abs(cx - axis_x), abs(cy - axis_y)) < half + half_pillar + 4:
            continue
        r0, r1, r2, r3 = draws(seed, R_AGENDA, epoch, name, 256 + item)
        tall = r0 & 255
        floors = 2 + (genes[G_STOREYS] * ((tall * tall >> 8) + (quarter * block >> 9)) >> 7)
        if tall & 15 == 7 or floors > most:
            floors = most
        if floors < 2:
            continue
        base = floor + ((under - floor) // storey - floors) * storey if hanging else floor
        height = under - base if hanging else floors * storey + 1
        side = 2 * half + 1
        begin = ready
        if carries:
            # Renewal: the old tower is unbuilt in a third of its days, half of its price comes back, its builder goes on.
            price = nominal_cells(K_TOWER, side, side, height, hanging, 0, genes)
            days = max(1, price // 3)
            begin = book(desk, 1, ready)
            desk[0] = begin + days + 1
            write_plan(
                plan, ring, sizes, knobs, foremen, tally, n, begin, E_RENEWAL, K_UNBUILDING, cx + 1, cy + 1,
                under - 1 if hanging else floor, 1, 1, 1, 0, hanging, 0, days, item, r0,
            )  # fmt: skip
            desk[D_CHARGE] -= price // 2
            desk[D_TOWERS] -= price
            begin += days + 1
        foremen[n, F_SITES0 + item // SITES_A_WORD] |= 1 << (item % SITES_A_WORD)
        done = plan_box(
            plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, begin, E_TOWER, K_TOWER, cx - half,
            cy - half, base, side, side, height, hanging, hanging,
            r1 & (0xFF7B if hanging else 0xFF7F) | infected(foremen, n), r0,
        )  # fmt: skip
        storeys = height // storey
        if (r2 & 255) < genes[G_BRIDGE_RATE] and storeys > 2:
            level = (r2 >> 8) % storeys // (1 + genes[G_BALCONY]) * (1 + genes[G_BALCONY])
            if level > 0:
                up = level if hanging == 0 else (height - 1 - level * storey) // storey
                inset = max(0, min(up // (2 + genes[G_SETBACK]), side // 2 - 4))
                dx, dy = step((r2 >> 24) & 3)
                wide = 1 if (r2 >> 26) & 3 == 3 else 0
                plan_sounding(
                    plan, ring, sizes, knobs, foremen, tally, desk, n, True, done, E_BRIDGE, K_BRIDGE,
                    cx + dx * (half - inset + 1), cy + dy * (half - inset + 1), base + level * storey, dx, dy, wide,
                    genes[G_BRIDGE_SPAN], 2, 2 + (genes[G_BRIDGE_SPAN] // 2) * (5 + 3 * wide), half - inset + 1, r3,
                )  # fmt: skip
        roof = base + height - 1
        width = side
        for upper in range(2):
            word = r3 >> (12 * upper)
            if hanging or width <= 13 or word & 3 != 0:
                break
            width = (width // 2 + ((word >> 2) & 3)) | 1
            rise = storey * (2 + ((word >> 4) & 7))
            done = plan_box(
                plan, ring, sizes, knobs, foremen, tally, genes, desk, n, True, done, E_ROOF_TOWER, K_TOWER,
                cx - width // 2, cy - width // 2, roof, width, width, rise, 0, 0,
                (r0 >> (8 + 4 * upper)) & 0xFF7F | infected(foremen, n),
                word,
            )  # fmt: skip
            roof += rise - 1


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i4m, i4v, i8v, i8v, i8v, i8v, i8, i8))
def make_plan(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, day):
    """The whole agenda of one epoch, its charge and its dates."""
    site = foremen[n, F_SITE]
    genes = charters[foremen[n, F_CHARTER]]
    for i in range(CREW):
        desk[i] = day
    desk[D_CHARGE] = 0
    desk[D_TOWERS] = 0
    desk[D_SHELL_DONE] = day
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    if foremen[n, F_EPOCH] == 0:
        plan_shell(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, day)
        foremen[n, F_SHELL_DONE] = desk[D_SHELL_DONE]
    elif site == S_BAY or site == S_HALL:
        # The world below has changed since the last epoch: look for a way down again.
        axis_x, axis_y = pillar_axis(genes, x, y)
        plan_ladder_down(plan, ring, sizes, knobs, foremen, tally, desk, n, day, axis_x - 1, axis_y, foremen[n, F_Z] - 1)
    ready = desk[D_SHELL_DONE]
    plan_borders(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, ready)
    if site != S_HALL and has_pillar(genes, x, y, foremen[n, F_Z]):
        plan_pillar_works(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, ready)
    if site == S_BAY:
        plan_towers(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, ready)
    foremen[n, F_ENERGY] -= desk[D_CHARGE] * UNIT
    tally[T_CHARGED] += desk[D_CHARGE]
    foremen[n, F_PHASE] = P_BUILDING
    foremen[n, F_PLAN_DAY] = day
    foremen[n, F_PLAN_TOWERS] = desk[D_TOWERS]
    foremen[n, F_PLAN_DONE] = max(max(desk[0], desk[1]), max(desk[2], desk[3]))


LIVED, RELEASES, PLANS, DIES = range(4)


@kernel(i8(i8m, i8m, i8v, i8v, i8, i8))
def live(foremen, charters, knobs, tally, n, day):
    """Whatever is due in the life of foreman n, whose energy must be up to date. Returns what follows:

    LIVED nothing, RELEASES its lots go wild, PLANS a plan of `make_plan` is due, DIES its demolition is to be planned
    """
    genes = charters[foremen[n, F_CHARTER]]
    phase = foremen[n, F_PHASE]
    barren = foremen[n, F_SITE] == S_SHAFT or foremen[n, F_SITE] == S_GREAT_VOID
    if phase == P_CLAIMED:
        foremen[n, F_DEATH] = -2
        if knobs[Q_LIFE_UNIT_DAYS] > 0:
            roll = draws(knobs[Q_SEED], R_LIFE, 0, foremen[n, F_NAME], 0)[0]
            lifetime = knobs[Q_LIFE_UNIT_DAYS] * (genes[G_RENOVATION] + 1500) * (2 if barren else 1)
            foremen[n, F_DEATH] = day + lifetime + roll % 8192
        if barren:
            foremen[n, F_PHASE] = P_IDLE
            return LIVED
        return PLANS
    dying = foremen[n, F_DEATH] >= 0 and day >= foremen[n, F_DEATH]
    if phase == P_DEMOLISHING and day < foremen[n, F_PLAN_DONE]:
        return LIVED  # roused by a release nearby; but what it tears down still stands
    if phase == P_DEMOLISHING or (phase == P_IDLE and dying):
        foremen[n, F_PHASE] = P_RELEASED
        foremen[n, F_ENERGY] = 0
        return RELEASES
    if phase == P_BUILDING and day >= foremen[n, F_PLAN_DONE]:
        foremen[n, F_PHASE] = P_STANDING
        foremen[n, F_TOWERS] += foremen[n, F_PLAN_TOWERS]
    if foremen[n, F_PHASE] == P_STANDING:
        if dying and foremen[n, F_HALTED] == 0:
            foremen[n, F_PHASE] = P_DEMOLISHING
            foremen[n, F_PLAN_DONE] = day + demolition_days(foremen, n)
            return DIES
        if foremen[n, F_HALTED] == 0 and day >= foremen[n, F_PLAN_DAY] + genes[G_RENOVATION] * knobs[Q_RENOVATION_UNIT_DAYS]:
            if foremen[n, F_ENERGY] >= 0:
                foremen[n, F_EPOCH] += 1
                tally[T_RENOVATIONS] += 1
                return PLANS
    return LIVED


@kernel(NOTHING(i4m, i4v, i8v, i8v, i8m, i8v, i8, i8))
def plan_demolition(plan, ring, sizes, knobs, foremen, tally, n, day):
    """One remover over the whole plot; of what was planned and has not begun, nothing will be laid."""
    pitch = foremen[n, F_PITCH]
    write_plan(
        plan, ring, sizes, knobs, foremen, tally, n, day, E_DEATH, K_DEMOLITION, foremen[n, F_X], foremen[n, F_Y],
        foremen[n, F_Z], pitch, pitch, foremen[n, F_HEIGHT], 1, 0, 0, demolition_days(foremen, n), 0, 0,
    )  # fmt: skip


@kernel(i8(i8m, i8m, i8v, i8, i8, i8))
def next_date(foremen, charters, knobs, n, day, daily):
    """The next date in the life of foreman n, breeding apart; -1: none. `daily`: what it earns a day."""
    phase = foremen[n, F_PHASE]
    if phase == P_RELEASED:
        return -1
    if phase == P_IDLE:
        return foremen[n, F_DEATH] if foremen[n, F_DEATH] >= 0 else -1
    if phase == P_STANDING and foremen[n, F_HALTED]:
        return -1  # told to stop: it stands as it is
    if phase == P_STANDING:
        genes = charters[foremen[n, F_CHARTER]]
        due = foremen[n, F_PLAN_DAY] + genes[G_RENOVATION] * knobs[Q_RENOVATION_UNIT_DAYS]
        if foremen[n, F_ENERGY] < 0:
            due = max(due, day + (-foremen[n, F_ENERGY]) // max(1, daily) + 1)
        if foremen[n, F_DEATH] >= 0:
            due = min(due, foremen[n, F_DEATH])
        return max(due, day + 1)
    return max(foremen[n, F_PLAN_DONE], day + 1)
