"""Foremen plan, builders work, bays are renovated and die.

A foreman's life has few events: born, plan made, plan done, breeding attempts, renovation, death, release. A plan is a
whole epoch's agenda: complete works with nominal costs, charged at once and on credit, and start days by list scheduling
on the bay's four builders. It reads the foreman's own row, its charter, who owns the lots around it and what the survey
makes of them; never matter. What a plan names is a commitment of dates and costs; the site office (`office.py`) may find
on the start day that a bridge has nothing to reach and void the work, and no law will ever know.
"""

from __future__ import annotations

from ..ground.city import City
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
from ..ground.tables import (
    SITES_A_WORD,
    TO_AND_FRO,
    UNIT,
    Charters,
)
from ..land.costs import nominal_cells
from ..land.lots import owner_of_lot
from ..land.patterns.plates import light_well
from ..land.survey import has_pillar, is_deck, pillar_axis, pillar_half_width, site_at
from ..society.plans import write_plan
from ..words.kernel import kernel
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


@kernel
def demolition_days(city: City, n: int) -> int:
    """How long the demolition of a bay takes."""
    foreman = city.foremen[n]
    return foreman.pitch * foreman.pitch * foreman.height // 24


@kernel
def infected(city: City, n: int) -> int:
    """The bit that shuts the buildings of an infected bay (patterns/towers.py)."""
    return 1 << 16 if city.foremen[n].allegiance == A_SAFEGUARD else 0


@kernel
def step(side: int) -> tuple[int, int]:
    """Unit step (dx, dy) of a horizontal side 0..3: +x -x +y -y."""
    return (1 if side == 0 else (-1 if side == 1 else 0)), (1 if side == 2 else (-1 if side == 3 else 0))


@kernel
def book(city: City, gang: int, ready: int) -> int:
    """List scheduling: order the builders by the day they are free; returns the start day of a gang of so many."""
    for i in range(1, CREW):
        j = i
        while j > 0 and city.desk.free[j - 1] > city.desk.free[j]:
            city.desk.free[j - 1], city.desk.free[j] = city.desk.free[j], city.desk.free[j - 1]
            j -= 1
    return max(city.desk.free[gang - 1], ready)


@kernel
def plan_box(
    city: City,
    genes: Charters,
    n: int,
    booked: int,
    ready: int,
    errand: int,
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
    roll: int,
) -> int:
    """Plan one work with a box and charge it; returns the day after its end. Plates take three builders, pillars two."""
    if sx < 1 or sy < 1 or sz < 1:
        return ready
    cells = max(1, nominal_cells(kind, sx, sy, sz, a & 255 if kind == K_PILLAR else a, b, genes))
    gang = 3 if kind == K_PLATE else (2 if kind == K_PILLAR else 1)
    duration = max(1, cells // gang)
    start = ready
    if booked:
        start = book(city, gang, ready)
        for i in range(gang):
            city.desk.free[i] = start + duration + 1
    city.desk.charge += cells
    if kind == K_TOWER or kind == K_FACADE:
        city.desk.towers += cells
    foreman = city.foremen[n]
    if cells > city.tally.greatest or (cells == city.tally.greatest and foreman.name < city.tally.greatest_foreman):
        city.tally.greatest = cells
        city.tally.greatest_kind = kind
        city.tally.greatest_foreman = foreman.name
    write_plan(city, n, start, errand, kind, x, y, z, sx, sy, sz, scan, a, b, duration, 0, roll)
    return start + duration + 1


@kernel
def plan_sounding(
    city: City,
    n: int,
    booked: int,
    ready: int,
    errand: int,
    kind: int,
    x: int,
    y: int,
    z: int,
    dx: int,
    dy: int,
    width: int,
    reach: int,
    near: int,
    cells: int,
    item: int,
    roll: int,
) -> None:
    """Plan a work whose place or length only a sounding will tell (bridge, stitch, pipe, ladder); charged nominally."""
    start = ready
    if booked:
        start = book(city, 1, ready)
        city.desk.free[0] = start + cells + 1
    city.desk.charge += cells
    write_plan(city, n, start, errand, kind, x, y, z, dx, dy, width, reach, near, 0, cells, item, roll)


@kernel
def fin_length(genes: Charters, x: int, y: int) -> int:
    """How far the fins of a plot's pillar reach, in cells; half of the pillars have none."""
    i = (x - genes.ox) // genes.pitch
    j = (y - genes.oy) // genes.pitch
    return genes.corbel * 2 if mix(i, j, genes.key, 4) & 1 else 0


@kernel
def ceiling(city: City, n: int) -> tuple[int, int]:
    """Underside of the next plate of the own school overhead, or NO_CEILING; and the top of the own school's lots."""
    foreman = city.foremen[n]
    genes = city.charters[foreman.charter]
    lx = (foreman.x + 3) >> 4
    ly = (foreman.y + 3) >> 4
    z = foreman.z
    top = z + foreman.height
    for m in range(1, 5):
        level = z + m * foreman.height
        o = owner_of_lot(city, lx, ly, (level + 4) >> 4)
        if o < 0 or city.foremen[o].school != foreman.school:
            return NO_CEILING, top
        bay = city.foremen[o]
        if bay.site == S_BAY or bay.site == S_HALL:
            return level + genes.ribs + (genes.shell - 2 if is_deck(genes, level) else 0), top
        top = level + foreman.height
    return NO_CEILING, top


@kernel
def plan_ladder_down(city: City, n: int, ready: int, x: int, y: int, z: int) -> None:
    """A way down: ladders through the own plate to whatever lies below. No builder is booked."""
    plan_sounding(city, n, False, ready, E_LADDER_DOWN, K_LADDER, x, y, z, 0, 0, 0, 128, 0, DOWN_COST, 0, 2)


@kernel
def plan_zigzag(
    city: City,
    genes: Charters,
    n: int,
    ready: int,
    dx: int,
    dy: int,
    inset: int,
    run: int,
    along: int,
    floor: int,
    height: int,
    roll: int,
) -> None:
    """A stair in flights along a side, or along the inner face of a facade `inset` cells thick."""
    foreman = city.foremen[n]
    pitch = foreman.pitch
    x = foreman.x
    y = foreman.y
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
    plan_box(city, genes, n, True, ready, E_PLAIN, K_ZIGZAG, x, y, floor, sx, sy, height, 0, 0, 0, roll)


@kernel
def plan_shell(city: City, n: int, day: int) -> None:
    """The first epoch's plate and pillar, and the ladders that lead through the plates below and above."""
    foreman = city.foremen[n]
    genes = city.charters[foreman.charter]
    pitch = foreman.pitch
    height = foreman.height
    x = foreman.x
    y = foreman.y
    z = foreman.z
    site = foreman.site
    side = foreman.side
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
    thick = genes.shell + genes.ribs
    jitter = ((axis_x - x - pitch // 2 + 64) << 8) | ((axis_y - y - pitch // 2 + 64) << 16)
    done = day
    if site != S_OPEN_BAY:
        wells = mix(x, y, z, 51) & 3
        deck = 1 if is_deck(genes, z) else 0
        done = plan_box(
            city,
            genes,
            n,
            True,
            day,
            E_PLAIN,
            K_PLATE,
            x,
            y,
            z,
            pitch,
            pitch,
            thick,
            scan,
            deck,
            wells | jitter | (half << 2 if pillar else 0),
            0,
        )
    elif pillar:
        done = plan_box(city, genes, n, True, day, E_PLAIN, K_PLATE, x, y, z, pitch, pitch, thick, scan, 2 + half, jitter, 0)
    if pillar:
        fin = fin_length(genes, x, y)
        reach = half + max(genes.corbel, fin) + 1
        i = (x - genes.ox) // pitch
        j = (y - genes.oy) // pitch
        k = (z - genes.oz) // height
        terminals = 1 if mix(i, j, k, genes.key * 13 + genes.salt) % city.knobs.terminal_share == 0 else 0
        foreman.terminals = terminals
        done = plan_box(
            city,
            genes,
            n,
            True,
            day,
            E_PLAIN,
            K_PILLAR,
            axis_x - reach,
            axis_y - reach,
            z + thick,
            2 * reach + 1,
            2 * reach + 1,
            height - thick,
            1 if side == 5 else 0,
            half,
            fin | (terminals << 8),
            1,
        )
        plan_sounding(
            city, n, False, done, E_LADDER_UP, K_LADDER, axis_x - 1, axis_y, z + height, 0, 0, 0, 72, 0, UP_COST, 0, 3
        )
    if pillar or site != S_OPEN_BAY:
        plan_ladder_down(city, n, done, axis_x - 1, axis_y, z - 1)
    city.desk.shell_done = done


@kernel
def plan_borders(city: City, n: int, ready: int) -> None:
    """The four sides: seam stairs and stitches toward other schools, facades with bridges over voids."""
    foreman = city.foremen[n]
    genes = city.charters[foreman.charter]
    name = foreman.name
    seed = city.knobs.seed
    pitch = foreman.pitch
    x = foreman.x
    y = foreman.y
    z = foreman.z
    epoch = foreman.epoch
    site = foreman.site
    storey = genes.storey
    span = genes.bridge_span
    floor = z + genes.ribs + genes.shell
    under, top = ceiling(city, n)
    limit = under if under != NO_CEILING else top - 2
    full_height = (limit - floor) // storey * storey
    for side in range(4):
        r0, r1, r2, r3 = draws(seed, R_AGENDA, epoch, name, side)
        dx, dy = step(side)
        o = owner_of_lot(
            city, (x + pitch // 2 + dx * (pitch // 2 + 4)) >> 4, (y + pitch // 2 + dy * (pitch // 2 + 4)) >> 4, (floor + 2) >> 4
        )
        height = full_height
        run = 10 + (r1 & 7)  # length and place of a stair along the side
        along = 6 + (r1 >> 8) % max(1, pitch - run - 12)
        foreign = o >= 0 and city.foremen[o].school != foreman.school
        if foreign and site != S_OPEN_BAY:
            if epoch == 0 and site == S_BAY:
                plan_zigzag(city, genes, n, ready, dx, dy, 0, run, along, floor, height, r0)
            cells = (span // 2) * 5
            for place in range(2):
                plan_sounding(
                    city,
                    n,
                    True,
                    ready,
                    E_STITCH,
                    K_BRIDGE,
                    x + pitch // 2 + dx * (pitch // 2) - (1 if dx < 0 else 0),
                    y + pitch // 2 + dy * (pitch // 2) - (1 if dy < 0 else 0),
                    floor - 1,
                    dx,
                    dy,
                    pitch,
                    max(span, 64),
                    0,
                    cells,
                    side * 4 + place,
                    r2,
                )
            if r0 & 3:
                continue
        elif o >= 0 and site != S_OPEN_BAY and (city.foremen[o].site == S_SHAFT or city.foremen[o].site == S_GREAT_VOID):
            # Across the abyss at the level of the floor, to its far side or to another such bridge; and down over its edge.
            for place in range(2):
                plan_sounding(
                    city,
                    n,
                    True,
                    ready,
                    E_STITCH,
                    K_BRIDGE,
                    x + pitch // 2 + dx * (pitch // 2) - (1 if dx < 0 else 0),
                    y + pitch // 2 + dy * (pitch // 2) - (1 if dy < 0 else 0),
                    floor - 1,
                    dx,
                    dy,
                    pitch,
                    2 * pitch + 8,
                    0,
                    5 * pitch,
                    side * 4 + place,
                    r2,
                )
        if site != S_BAY or epoch > 0:
            continue
        beyond = site_at(genes, x + dx * pitch, y + dy * pitch, z)
        rate = genes.facade_rate // 6
        if beyond == S_SHAFT or beyond == S_GREAT_VOID:
            rate = genes.facade_rate + 60  # cliffs around abysses
        if (r2 & 255) >= rate:
            continue
        thick = 7 + ((r2 >> 8) & 3) * 2
        if (r2 >> 12) & 3 == 0:
            height = height * 2 // 3 // storey * storey
        elif (r2 >> 12) & 3 == 1 and beyond != S_SHAFT:
            height = height // 3 // storey * storey
        if height < 4 * storey:
            continue
        bits = (r3 & 0xFFBF) | (64 if (r2 >> 14) & 1 else 0) | infected(city, n)
        fx = x + pitch - thick if dx > 0 else x
        fy = y + pitch - thick if dy > 0 else y
        sx = thick if dx != 0 else pitch
        sy = pitch if dx != 0 else thick
        if (r2 >> 15) & 1:
            plan_zigzag(city, genes, n, ready, dx, dy, thick, run, along, floor, height, r0)
        done = plan_box(city, genes, n, True, ready, E_FACADE, K_FACADE, fx, fy, floor, sx, sy, height, 0, 0, bits, r0)
        floors = height // storey
        for b in range(4):
            q0, q1, q2, _ = draws(seed, R_AGENDA, epoch, name, 64 + side * 4 + b)
            if (q0 & 255) >= genes.bridge_rate or floors <= 2:
                continue
            level = (q0 >> 8) % floors // (1 + genes.balcony) * (1 + genes.balcony)
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
                city,
                n,
                True,
                done,
                E_BRIDGE,
                K_BRIDGE,
                bx,
                by,
                floor + level * storey,
                0 if sx > sy else out,
                out if sx > sy else 0,
                wide,
                span * 2,
                2,
                2 + span * (5 + 3 * wide),
                (thick // 2 + 1) | TO_AND_FRO,
                q2,
            )


@kernel
def plan_pillar_works(city: City, n: int, ready: int) -> None:
    """What the pillar carries: ring walks with bridges, a spiral stair, pipes, and viaducts to the next pillars."""
    foreman = city.foremen[n]
    genes = city.charters[foreman.charter]
    name = foreman.name
    seed = city.knobs.seed
    pitch = foreman.pitch
    height = foreman.height
    x = foreman.x
    y = foreman.y
    z = foreman.z
    epoch = foreman.epoch
    storey = genes.storey
    span = genes.bridge_span
    axis_x, axis_y = pillar_axis(genes, x, y)
    half = pillar_half_width(genes, x, y)
    floor = z + genes.ribs + genes.shell
    rise = storey * (2 + genes.rings)
    s0, _, _, _ = draws(seed, R_SITE, 0, name, 1023)
    finned = fin_length(genes, x, y) > 0  # a fin would stand in the way of a spiral stair
    spiral = 1 if foreman.site == S_BAY and s0 & 3 == 0 and not finned else 0
    if epoch == 0:
        for level in range(8):
            r0, r1, r2, _ = draws(seed, R_AGENDA, epoch, name, 8 + level)
            rz = floor + rise * (level + 1)
            if rz >= z + height - genes.corbel - 4 or (r0 & 255) > MODEST:
                continue
            outer = half + 2 + spiral  # beside a spiral stair the ring is wider and leaves a stairwell
            done = plan_box(
                city,
                genes,
                n,
                True,
                ready,
                E_RING,
                K_RING,
                axis_x - outer,
                axis_y - outer,
                rz,
                2 * outer + 1,
                2 * outer + 1,
                2,
                0,
                half,
                1 + rz - floor if spiral else 0,
                r0,
            )
            if (r1 & 255) < genes.bridge_rate:
                dx, dy = step((r1 >> 8) & 3)
                wide = 1 if (r1 >> 12) & 3 == 3 else 0
                plan_sounding(
                    city,
                    n,
                    True,
                    done,
                    E_BRIDGE,
                    K_BRIDGE,
                    axis_x + dx * (outer + 1),
                    axis_y + dy * (outer + 1),
                    rz,
                    dx,
                    dy,
                    wide,
                    span,
                    0,
                    (span // 2) * (5 + 3 * wide),
                    outer + 1,
                    r2,
                )
        if spiral:
            plan_box(
                city,
                genes,
                n,
                True,
                ready,
                E_PLAIN,
                K_SPIRAL,
                axis_x - half - 1,
                axis_y - half - 1,
                floor,
                2 * half + 3,
                2 * half + 3,
                height - (floor - z) - genes.corbel - 2,
                0,
                half + 1,
                0,
                0,
            )
        for p in range(4):
            r0, r1, r2, _ = draws(seed, R_AGENDA, epoch, name, 16 + p)
            if (r0 & 255) >= genes.pipe_rate:
                continue
            dx, dy = step((r0 >> 8) & 3)
            width = 1 + ((r0 >> 16) & 1)
            plan_sounding(
                city,
                n,
                True,
                ready,
                E_PIPE,
                K_PIPE,
                axis_x + dx * (half + 1) + dy * 2,
                axis_y + dy * (half + 1) + dx * 2,
                z + height - 2 - (r1 & 7),
                dx,
                dy,
                width,
                0,
                0,
                PIPE_COST * width,
                p,
                r2,
            )
    for side in range(2):
        dx = 1 - side
        dy = side
        nx = x + dx * pitch
        ny = y + dy * pitch
        beyond = site_at(genes, nx, ny, z)
        if (beyond != S_BAY and beyond != S_OPEN_BAY) or (foreman.viaducts >> side) & 1:
            continue
        o = owner_of_lot(city, (nx + 8) >> 4, (ny + 8) >> 4, (z + 8) >> 4)
        r0, r1, r2, _ = draws(seed, R_AGENDA, epoch, name, 20 + side)
        rate = 200 if foreman.site == S_OPEN_BAY else 50 + genes.bridge_rate // 4
        if o < 0 or city.foremen[o].school != foreman.school or (r0 & 255) >= rate:
            continue
        if not has_pillar(genes, nx, ny, z):
            continue
        levels = max(1, (height - genes.corbel - 12) // rise)
        deck = floor + rise * (1 + (r0 >> 8) % levels)
        if deck >= floor + height - genes.corbel - 8:
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
        foreman.viaducts |= 1 << side
        plan_box(
            city,
            genes,
            n,
            True,
            ready,
            E_VIADUCT,
            K_VIADUCT,
            axis_x + half + 1 if dx else axis_x - width // 2,
            axis_y - width // 2 if dx else axis_y + half + 1,
            deck - depth,
            length if dx else width,
            width if dx else length,
            depth + 4,
            0,
            depth,
            0,
            r2,
        )


@kernel
def plan_towers(city: City, n: int, ready: int) -> None:
    """Building sites: standing towers first, then towers that hang from the plate overhead; some are renewed."""
    foreman = city.foremen[n]
    genes = city.charters[foreman.charter]
    name = foreman.name
    seed = city.knobs.seed
    pitch = foreman.pitch
    x = foreman.x
    y = foreman.y
    z = foreman.z
    epoch = foreman.epoch
    storey = genes.storey
    plot = genes.plot
    key = genes.key
    axis_x, axis_y = pillar_axis(genes, x, y)
    half_pillar = pillar_half_width(genes, x, y) if has_pillar(genes, x, y, z) else -1
    floor = z + genes.ribs + genes.shell
    under, top = ceiling(city, n)
    most = ((under if under != NO_CEILING else top - 2) - floor) // storey
    across = pitch // plot
    margin = (pitch - across * plot) // 2
    count = across * across
    i = (x - genes.ox) // pitch
    j = (y - genes.oy) // pitch
    k = (z - genes.oz) // foreman.height
    level = z + (under - z) // foreman.height * foreman.height
    wells = mix(x, y, z, 51) & 3 if is_deck(genes, z) else 0
    wells_above = mix(x, y, level, 51) & 3 if is_deck(genes, level) else 0
    low_a = city.knobs.density_floor_quarter
    low_b = city.knobs.density_floor_block
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
        carries = (foreman.sites[item // SITES_A_WORD] >> (item % SITES_A_WORD)) & 1
        if carries:
            if (word >> 8) & 3 != 0:
                continue
        cx = x + margin + (p % across) * plot + plot // 2
        cy = y + margin + (p // across) * plot + plot // 2
        if light_well(cx - x, cy - y, pitch, pitch, plot, wells_above if hanging else wells, 2) == 2:
            continue  # there is no floor to stand on, or no ceiling to hang from
        if carries == 0:
            density = genes.hanging if hanging else genes.standing
            tile = mix((cx - genes.ox) >> 5, (cy - genes.oy) >> 5, k, key) & 255
            if (word & 255) >= (density * (40 + (tile >> 1) + (block >> 1)) >> 8) * (16 + quarter) >> 8:
                continue
        s0, _, _, _ = draws(seed, R_SITE, 0, name, item)
        half = max(4, (plot - genes.street) // 2 - (s0 & 3))
        if half_pillar >= 0 and max(abs(cx - axis_x), abs(cy - axis_y)) < half + half_pillar + 4:
            continue
        r0, r1, r2, r3 = draws(seed, R_AGENDA, epoch, name, 256 + item)
        tall = r0 & 255
        floors = 2 + (genes.storeys * ((tall * tall >> 8) + (quarter * block >> 9)) >> 7)
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
            begin = book(city, 1, ready)
            city.desk.free[0] = begin + days + 1
            write_plan(
                city,
                n,
                begin,
                E_RENEWAL,
                K_UNBUILDING,
                cx + 1,
                cy + 1,
                under - 1 if hanging else floor,
                1,
                1,
                1,
                0,
                hanging,
                0,
                days,
                item,
                r0,
            )
            city.desk.charge -= price // 2
            city.desk.towers -= price
            begin += days + 1
        foreman.sites[item // SITES_A_WORD] |= 1 << (item % SITES_A_WORD)
        done = plan_box(
            city,
            genes,
            n,
            True,
            begin,
            E_TOWER,
            K_TOWER,
            cx - half,
            cy - half,
            base,
            side,
            side,
            height,
            hanging,
            hanging,
            r1 & (0xFF7B if hanging else 0xFF7F) | infected(city, n),
            r0,
        )
        storeys = height // storey
        if (r2 & 255) < genes.bridge_rate and storeys > 2:
            level = (r2 >> 8) % storeys // (1 + genes.balcony) * (1 + genes.balcony)
            if level > 0:
                up = level if hanging == 0 else (height - 1 - level * storey) // storey
                inset = max(0, min(up // (2 + genes.setback), side // 2 - 4))
                dx, dy = step((r2 >> 24) & 3)
                wide = 1 if (r2 >> 26) & 3 == 3 else 0
                plan_sounding(
                    city,
                    n,
                    True,
                    done,
                    E_BRIDGE,
                    K_BRIDGE,
                    cx + dx * (half - inset + 1),
                    cy + dy * (half - inset + 1),
                    base + level * storey,
                    dx,
                    dy,
                    wide,
                    genes.bridge_span,
                    2,
                    2 + (genes.bridge_span // 2) * (5 + 3 * wide),
                    half - inset + 1,
                    r3,
                )
        roof = base + height - 1
        width = side
        for upper in range(2):
            word = r3 >> (12 * upper)
            if hanging or width <= 13 or word & 3 != 0:
                break
            width = (width // 2 + ((word >> 2) & 3)) | 1
            rise = storey * (2 + ((word >> 4) & 7))
            done = plan_box(
                city,
                genes,
                n,
                True,
                done,
                E_ROOF_TOWER,
                K_TOWER,
                cx - width // 2,
                cy - width // 2,
                roof,
                width,
                width,
                rise,
                0,
                0,
                (r0 >> (8 + 4 * upper)) & 0xFF7F | infected(city, n),
                word,
            )
            roof += rise - 1


@kernel
def make_plan(city: City, n: int, day: int) -> None:
    """The whole agenda of one epoch, its charge and its dates."""
    foreman = city.foremen[n]
    site = foreman.site
    genes = city.charters[foreman.charter]
    for i in range(CREW):
        city.desk.free[i] = day
    city.desk.charge = 0
    city.desk.towers = 0
    city.desk.shell_done = day
    x = foreman.x
    y = foreman.y
    if foreman.epoch == 0:
        plan_shell(city, n, day)
        foreman.shell_done = city.desk.shell_done
    elif site == S_BAY or site == S_HALL:
        # The world below has changed since the last epoch: look for a way down again.
        axis_x, axis_y = pillar_axis(genes, x, y)
        plan_ladder_down(city, n, day, axis_x - 1, axis_y, foreman.z - 1)
    ready = city.desk.shell_done
    plan_borders(city, n, ready)
    if site != S_HALL and has_pillar(genes, x, y, foreman.z):
        plan_pillar_works(city, n, ready)
    if site == S_BAY:
        plan_towers(city, n, ready)
    foreman.energy -= city.desk.charge * UNIT
    city.tally.charged += city.desk.charge
    foreman.phase = P_BUILDING
    foreman.plan_day = day
    foreman.plan_towers = city.desk.towers
    foreman.plan_done = max(max(city.desk.free[0], city.desk.free[1]), max(city.desk.free[2], city.desk.free[3]))


LIVED, RELEASES, PLANS, DIES = range(4)


@kernel
def live(city: City, n: int, day: int) -> int:
    """Whatever is due in the life of foreman n, whose energy must be up to date. Returns what follows:

    LIVED nothing, RELEASES its lots go wild, PLANS a plan of `make_plan` is due, DIES its demolition is to be planned
    """
    foreman = city.foremen[n]
    genes = city.charters[foreman.charter]
    phase = foreman.phase
    barren = foreman.site == S_SHAFT or foreman.site == S_GREAT_VOID
    if phase == P_CLAIMED:
        foreman.death = -2
        if city.knobs.life_unit_days > 0:
            roll = draws(city.knobs.seed, R_LIFE, 0, foreman.name, 0)[0]
            lifetime = city.knobs.life_unit_days * (genes.renovation + 1500) * (2 if barren else 1)
            foreman.death = day + lifetime + roll % 8192
        if barren:
            foreman.phase = P_IDLE
            return LIVED
        return PLANS
    dying = foreman.death >= 0 and day >= foreman.death
    if phase == P_DEMOLISHING and day < foreman.plan_done:
        return LIVED  # roused by a release nearby; but what it tears down still stands
    if phase == P_DEMOLISHING or (phase == P_IDLE and dying):
        foreman.phase = P_RELEASED
        foreman.energy = 0
        return RELEASES
    if phase == P_BUILDING and day >= foreman.plan_done:
        foreman.phase = P_STANDING
        foreman.towers += foreman.plan_towers
    if foreman.phase == P_STANDING:
        if dying and foreman.halted == 0:
            foreman.phase = P_DEMOLISHING
            foreman.plan_done = day + demolition_days(city, n)
            return DIES
        if foreman.halted == 0 and day >= foreman.plan_day + genes.renovation * city.knobs.renovation_unit_days:
            if foreman.energy >= 0:
                foreman.epoch += 1
                city.tally.renovations += 1
                return PLANS
    return LIVED


@kernel
def plan_demolition(city: City, n: int, day: int) -> None:
    """One remover over the whole plot; of what was planned and has not begun, nothing will be laid."""
    foreman = city.foremen[n]
    pitch = foreman.pitch
    write_plan(
        city,
        n,
        day,
        E_DEATH,
        K_DEMOLITION,
        foreman.x,
        foreman.y,
        foreman.z,
        pitch,
        pitch,
        foreman.height,
        1,
        0,
        0,
        demolition_days(city, n),
        0,
        0,
    )


@kernel
def next_date(city: City, n: int, day: int, daily: int) -> int:
    """The next date in the life of foreman n, breeding apart; -1: none. `daily`: what it earns a day."""
    foreman = city.foremen[n]
    phase = foreman.phase
    if phase == P_RELEASED:
        return -1
    if phase == P_IDLE:
        return foreman.death if foreman.death >= 0 else -1
    if phase == P_STANDING and foreman.halted:
        return -1  # told to stop: it stands as it is
    if phase == P_STANDING:
        genes = city.charters[foreman.charter]
        due = foreman.plan_day + genes.renovation * city.knobs.renovation_unit_days
        if foreman.energy < 0:
            due = max(due, day + (-foreman.energy) // max(1, daily) + 1)
        if foreman.death >= 0:
            due = min(due, foreman.death)
        return max(due, day + 1)
    return max(foreman.plan_done, day + 1)
