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
from ..ground.tables import SITES_A_WORD, TO_AND_FRO, UNIT, Charters
from ..land.costs import nominal_cells
from ..land.lots import owner_of_lot
from ..land.patterns.plates import light_well
from ..land.survey import column_of, has_pillar, is_deck, level_of, pillar_axis, pillar_half_width, site_at
from ..society.plans import begin_work, place_work, write_plan
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
DOWN_COST, UP_COST, PIPE_COST = 40, 12, 120  # nominal cells of ladders through plates and of a pipe one cell wide
DOWN_REACH, UP_REACH = 128, 72  # cells that a ladder may drop or climb
NO_CEILING = -(1 << 30)
MODEST = 150  # of 256: how often a ring level gets its walk
AWAY = (2, 2 | 8, 4, 4 | 8, 0, 0, 0)  # by the side of its parent: the order of scan in which a bay's plate grows away from it


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
def fin_length(genes: Charters, x: int, y: int) -> int:
    """How far the fins of a plot's pillar reach, in cells; half of the pillars have none."""
    i, j = column_of(genes, x, y)
    return genes.corbel * 2 if mix(i, j, genes.key, 4) & 1 else 0


# ---- the desk ------------------------------------------------------------------------------------------------------------


@kernel
def measure_bay(city: City, n: int) -> None:
    """To the desk: the floor, the next plate of the own school overhead, and how many storeys fit in between.

    Where no plate hangs overhead they may rise to the top of the own school's lots.
    """
    foreman, desk = city.foremen[n], city.desk
    genes = city.charters[foreman.charter]
    desk.floor = foreman.z + genes.ribs + genes.shell
    desk.ceiling = NO_CEILING
    top = foreman.z + foreman.height
    for m in range(1, 5):
        level = foreman.z + m * foreman.height
        owner = owner_of_lot(city, (foreman.x + 3) >> 4, (foreman.y + 3) >> 4, (level + 4) >> 4)
        if owner < 0 or city.foremen[owner].school != foreman.school:
            break
        above = city.foremen[owner]
        if above.site == S_BAY or above.site == S_HALL:
            desk.ceiling = level + genes.ribs + (genes.shell - 2 if is_deck(genes, level) else 0)
            break
        top = level + foreman.height
    limit = desk.ceiling if desk.ceiling != NO_CEILING else top - 2
    desk.storeys = (limit - desk.floor) // genes.storey


@kernel
def book(city: City, gang: int, ready: int, days: int) -> int:
    """List scheduling: so many builders, those who are free first, are busy for so many days; returns the first of them."""
    free = city.desk.free
    for i in range(1, CREW):
        j = i
        while j > 0 and free[j - 1] > free[j]:
            free[j - 1], free[j] = free[j], free[j - 1]
            j -= 1
    start = max(free[gang - 1], ready)
    for i in range(gang):
        free[i] = start + days + 1
    return start


@kernel
def plan_box(city: City) -> int:
    """Plan the draft, a work with a box, and charge it; returns the day after its end. Plates take three builders, pillars two.

    Its day is that from which it may begin, and then that on which it will.
    """
    draft, desk, tally = city.draft, city.desk, city.tally
    if draft.sx < 1 or draft.sy < 1 or draft.sz < 1:
        return draft.day
    kind = draft.kind
    foreman = city.foremen[draft.foreman]
    genes = city.charters[foreman.charter]
    cells = max(1, nominal_cells(kind, draft.sx, draft.sy, draft.sz, draft.a, draft.b, genes))
    gang = 3 if kind == K_PLATE else (2 if kind == K_PILLAR else 1)
    draft.duration = max(1, cells // gang)
    draft.day = book(city, gang, draft.day, draft.duration)
    desk.charge += cells
    if kind == K_TOWER or kind == K_FACADE:
        desk.towers += cells
    if cells > tally.greatest or (cells == tally.greatest and foreman.name < tally.greatest_foreman):
        tally.greatest = cells
        tally.greatest_kind = kind
        tally.greatest_foreman = foreman.name
    write_plan(city)
    return draft.day + draft.duration + 1


@kernel
def plan_sounding(city: City) -> None:
    """Plan the draft, a work whose place or length only a sounding will tell (bridge, stitch, pipe); charged nominally."""
    draft = city.draft
    draft.day = book(city, 1, draft.day, draft.duration)
    city.desk.charge += draft.duration
    write_plan(city)


@kernel
def plan_ladder(city: City, n: int, ready: int, errand: int) -> None:
    """A way down or up at the axis of the pillar: ladders through a plate to whatever lies beyond. No builder is booked."""
    foreman, draft = city.foremen[n], city.draft
    axis_x, axis_y = pillar_axis(city.charters[foreman.charter], foreman.x, foreman.y)
    begin_work(city, n, ready, errand, K_LADDER)
    if errand == E_LADDER_DOWN:
        place_work(city, axis_x - 1, axis_y, foreman.z - 1, 0, 0, 0)
        draft.scan = DOWN_REACH
        draft.duration = DOWN_COST
        draft.roll = 2
    else:
        place_work(city, axis_x - 1, axis_y, foreman.z + foreman.height, 0, 0, 0)
        draft.scan = UP_REACH
        draft.duration = UP_COST
        draft.roll = 3
    city.desk.charge += draft.duration
    write_plan(city)


# ---- plate and pillar ----------------------------------------------------------------------------------------------------


@kernel
def plan_pillar(city: City, n: int, ready: int) -> int:
    """The pillar, sometimes with an Authority terminal in its base; returns the day after its end."""
    foreman, draft = city.foremen[n], city.draft
    genes = city.charters[foreman.charter]
    x, y, z = foreman.x, foreman.y, foreman.z
    axis_x, axis_y = pillar_axis(genes, x, y)
    half = pillar_half_width(genes, x, y)
    fin = fin_length(genes, x, y)
    reach = half + max(genes.corbel, fin) + 1
    thick = genes.shell + genes.ribs
    i, j = column_of(genes, x, y)
    drawn = mix(i, j, level_of(genes, z), genes.key * 13 + genes.salt)
    foreman.terminals = 1 if drawn % city.knobs.terminal_share == 0 else 0
    begin_work(city, n, ready, E_PLAIN, K_PILLAR)
    place_work(city, axis_x - reach, axis_y - reach, z + thick, 2 * reach + 1, 2 * reach + 1, foreman.height - thick)
    draft.scan = 1 if foreman.side == 5 else 0
    draft.a = half
    draft.b = fin | (foreman.terminals << 8)
    draft.roll = 1
    return plan_box(city)


@kernel
def plan_shell(city: City, n: int, day: int) -> None:
    """The first epoch's plate and pillar, and the ladders that lead through the plates below and above."""
    foreman, draft = city.foremen[n], city.draft
    genes = city.charters[foreman.charter]
    x, y, z = foreman.x, foreman.y, foreman.z
    pitch = foreman.pitch
    open_bay = foreman.site == S_OPEN_BAY
    pillar = foreman.site != S_HALL and has_pillar(genes, x, y, z)
    if open_bay and not pillar:
        return
    axis_x, axis_y = pillar_axis(genes, x, y)
    half = pillar_half_width(genes, x, y)
    begin_work(city, n, day, E_PLAIN, K_PLATE)
    place_work(city, x, y, z, pitch, pitch, genes.shell + genes.ribs)
    draft.scan = AWAY[foreman.side]
    draft.b = ((axis_x - x - pitch // 2 + 64) << 8) | ((axis_y - y - pitch // 2 + 64) << 16)
    if open_bay:
        draft.a = 2 + half
    else:
        draft.a = 1 if is_deck(genes, z) else 0
        draft.b |= (mix(x, y, z, 51) & 3) | (half << 2 if pillar else 0)
    done = plan_box(city)
    if pillar:
        done = plan_pillar(city, n, done)
        plan_ladder(city, n, done, E_LADDER_UP)
    plan_ladder(city, n, done, E_LADDER_DOWN)
    city.desk.shell_done = done


# ---- the four sides ------------------------------------------------------------------------------------------------------


@kernel
def plan_stair(city: City, n: int, side: int, inset: int, height: int) -> None:
    """A stair in flights along a side, or along the inner face of a facade `inset` cells thick."""
    foreman, desk = city.foremen[n], city.desk
    pitch = foreman.pitch
    r0, r1, _, _ = draws(city.knobs.seed, R_AGENDA, foreman.epoch, foreman.name, side)
    run = 10 + (r1 & 7)
    along = 6 + (r1 >> 8) % max(1, pitch - run - 12)
    across = pitch - inset - 2 if side & 1 == 0 else inset
    begin_work(city, n, desk.shell_done, E_PLAIN, K_ZIGZAG)
    if side < 2:
        place_work(city, foreman.x + across, foreman.y + along, desk.floor, 2, run, height)
    else:
        place_work(city, foreman.x + along, foreman.y + across, desk.floor, run, 2, height)
    city.draft.roll = r0
    plan_box(city)


@kernel
def plan_stitches(city: City, n: int, side: int, reach: int, cells: int, roll: int) -> None:
    """Two bridges over a side at the level of the floor; the site office will find places for them."""
    foreman, desk, draft = city.foremen[n], city.desk, city.draft
    half = foreman.pitch // 2
    dx, dy = step(side)
    x = foreman.x + half + dx * half - (1 if dx < 0 else 0)
    y = foreman.y + half + dy * half - (1 if dy < 0 else 0)
    for place in range(2):
        begin_work(city, n, desk.shell_done, E_STITCH, K_BRIDGE)
        place_work(city, x, y, desk.floor - 1, dx, dy, foreman.pitch)
        draft.scan = reach
        draft.duration = cells
        draft.item = side * 4 + place
        draft.roll = roll
        plan_sounding(city)


@kernel
def plan_facade(city: City, n: int, side: int, height: int) -> None:
    """A facade closes a side where genes and draw want one, sometimes with a stair along its inner face, and with bridges."""
    foreman, desk, draft = city.foremen[n], city.desk, city.draft
    genes = city.charters[foreman.charter]
    seed, epoch, name = city.knobs.seed, foreman.epoch, foreman.name
    storey, pitch = genes.storey, foreman.pitch
    dx, dy = step(side)
    beyond = site_at(genes, foreman.x + dx * pitch, foreman.y + dy * pitch, foreman.z)
    r0, _, r2, r3 = draws(seed, R_AGENDA, epoch, name, side)
    rate = genes.facade_rate // 6
    if beyond == S_SHAFT or beyond == S_GREAT_VOID:
        rate = genes.facade_rate + 60  # cliffs around abysses
    if (r2 & 255) >= rate:
        return
    thick = 7 + ((r2 >> 8) & 3) * 2
    if (r2 >> 12) & 3 == 0:
        height = height * 2 // 3 // storey * storey
    elif (r2 >> 12) & 3 == 1 and beyond != S_SHAFT:
        height = height // 3 // storey * storey
    if height < 4 * storey:
        return
    if (r2 >> 15) & 1:
        plan_stair(city, n, side, thick, height)
    x = foreman.x + (pitch - thick if dx > 0 else 0)
    y = foreman.y + (pitch - thick if dy > 0 else 0)
    begin_work(city, n, desk.shell_done, E_FACADE, K_FACADE)
    place_work(city, x, y, desk.floor, thick if dx != 0 else pitch, pitch if dx != 0 else thick, height)
    draft.b = (r3 & 0xFFBF) | (64 if (r2 >> 14) & 1 else 0) | infected(city, n)
    draft.roll = r0
    done = plan_box(city)
    floors = height // storey
    for b in range(4):
        q0, q1, q2, _ = draws(seed, R_AGENDA, epoch, name, 64 + side * 4 + b)
        level = (q0 >> 8) % floors // (1 + genes.balcony) * (1 + genes.balcony)
        if (q0 & 255) >= genes.bridge_rate or level == 0:
            continue
        out = 1 if q1 & 1 else -1
        wide = 1 if (q1 >> 1) & 3 == 3 else 0
        along = 9 + 20 * ((q1 >> 8) % max(1, (pitch - 10) // 20))
        before = thick if out > 0 else -1
        begin_work(city, n, done, E_BRIDGE, K_BRIDGE)
        if dx == 0:
            place_work(city, x + along, y + before, desk.floor + level * storey, 0, out, wide)
        else:
            place_work(city, x + before, y + along, desk.floor + level * storey, out, 0, wide)
        draft.scan = genes.bridge_span * 2
        draft.a = 2
        draft.duration = 2 + genes.bridge_span * (5 + 3 * wide)
        draft.item = (thick // 2 + 1) | TO_AND_FRO
        draft.roll = q2
        plan_sounding(city)


@kernel
def plan_border(city: City, n: int, side: int) -> None:
    """One of the four sides: a seam stair and stitches toward another school, or stitches over an abyss; then a facade."""
    foreman, desk = city.foremen[n], city.desk
    genes = city.charters[foreman.charter]
    half = foreman.pitch // 2
    dx, dy = step(side)
    height = desk.storeys * genes.storey
    r0, _, r2, _ = draws(city.knobs.seed, R_AGENDA, foreman.epoch, foreman.name, side)
    lx = (foreman.x + half + dx * (half + 4)) >> 4
    ly = (foreman.y + half + dy * (half + 4)) >> 4
    owner = owner_of_lot(city, lx, ly, (desk.floor + 2) >> 4)
    if owner >= 0 and foreman.site != S_OPEN_BAY:
        beyond = city.foremen[owner]
        if beyond.school != foreman.school:
            if foreman.epoch == 0 and foreman.site == S_BAY:
                plan_stair(city, n, side, 0, height)
            plan_stitches(city, n, side, max(genes.bridge_span, 64), genes.bridge_span // 2 * 5, r2)
            if r0 & 3:
                return
        elif beyond.site == S_SHAFT or beyond.site == S_GREAT_VOID:
            # Across the abyss at the level of the floor, to its far side or to another such bridge; and down over its edge.
            plan_stitches(city, n, side, 2 * foreman.pitch + 8, 5 * foreman.pitch, r2)
    if foreman.site == S_BAY and foreman.epoch == 0:
        plan_facade(city, n, side, height)


# ---- what the pillar carries ---------------------------------------------------------------------------------------------


@kernel
def has_spiral(city: City, n: int) -> bool:
    """Whether a spiral stair winds around the pillar: around one in four, where no fin would stand in its way."""
    foreman = city.foremen[n]
    if foreman.site != S_BAY or fin_length(city.charters[foreman.charter], foreman.x, foreman.y) > 0:
        return False
    return draws(city.knobs.seed, R_SITE, 0, foreman.name, 1023)[0] & 3 == 0


@kernel
def plan_rings(city: City, n: int) -> None:
    """Ring walks around the pillar, some with a bridge."""
    foreman, desk, draft = city.foremen[n], city.desk, city.draft
    genes = city.charters[foreman.charter]
    axis_x, axis_y = pillar_axis(genes, foreman.x, foreman.y)
    half = pillar_half_width(genes, foreman.x, foreman.y)
    spiral = has_spiral(city, n)
    outer = half + (3 if spiral else 2)  # beside a spiral stair the ring is wider and leaves a stairwell
    for level in range(8):
        r0, r1, r2, _ = draws(city.knobs.seed, R_AGENDA, foreman.epoch, foreman.name, 8 + level)
        rise = genes.storey * (2 + genes.rings) * (level + 1)
        z = desk.floor + rise
        if z >= foreman.z + foreman.height - genes.corbel - 4 or (r0 & 255) > MODEST:
            continue
        begin_work(city, n, desk.shell_done, E_RING, K_RING)
        place_work(city, axis_x - outer, axis_y - outer, z, 2 * outer + 1, 2 * outer + 1, 2)
        draft.a = half
        draft.b = 1 + rise if spiral else 0
        draft.roll = r0
        done = plan_box(city)
        if (r1 & 255) >= genes.bridge_rate:
            continue
        dx, dy = step((r1 >> 8) & 3)
        wide = 1 if (r1 >> 12) & 3 == 3 else 0
        begin_work(city, n, done, E_BRIDGE, K_BRIDGE)
        place_work(city, axis_x + dx * (outer + 1), axis_y + dy * (outer + 1), z, dx, dy, wide)
        draft.scan = genes.bridge_span
        draft.duration = genes.bridge_span // 2 * (5 + 3 * wide)
        draft.item = outer + 1
        draft.roll = r2
        plan_sounding(city)


@kernel
def plan_spiral(city: City, n: int) -> None:
    """A spiral stair around the pillar, from the floor to the foot of the capital."""
    foreman, desk = city.foremen[n], city.desk
    genes = city.charters[foreman.charter]
    axis_x, axis_y = pillar_axis(genes, foreman.x, foreman.y)
    radius = pillar_half_width(genes, foreman.x, foreman.y) + 1
    height = foreman.z + foreman.height - desk.floor - genes.corbel - 2
    begin_work(city, n, desk.shell_done, E_PLAIN, K_SPIRAL)
    place_work(city, axis_x - radius, axis_y - radius, desk.floor, 2 * radius + 1, 2 * radius + 1, height)
    city.draft.a = radius
    plan_box(city)


@kernel
def plan_pipes(city: City, n: int) -> None:
    """Pipes that leave the pillar under the ceiling."""
    foreman, draft = city.foremen[n], city.draft
    genes = city.charters[foreman.charter]
    axis_x, axis_y = pillar_axis(genes, foreman.x, foreman.y)
    out = pillar_half_width(genes, foreman.x, foreman.y) + 1
    for pipe in range(4):
        r0, r1, r2, _ = draws(city.knobs.seed, R_AGENDA, foreman.epoch, foreman.name, 16 + pipe)
        if (r0 & 255) >= genes.pipe_rate:
            continue
        dx, dy = step((r0 >> 8) & 3)
        width = 1 + ((r0 >> 16) & 1)
        z = foreman.z + foreman.height - 2 - (r1 & 7)
        begin_work(city, n, city.desk.shell_done, E_PIPE, K_PIPE)
        place_work(city, axis_x + dx * out + dy * 2, axis_y + dy * out + dx * 2, z, dx, dy, width)
        draft.duration = PIPE_COST * width
        draft.item = pipe
        draft.roll = r2
        plan_sounding(city)


@kernel
def plan_viaduct(city: City, n: int, side: int) -> None:
    """A viaduct to the next pillar of the own school along +x (side 0) or +y (side 1); each span carries one at most."""
    foreman, desk = city.foremen[n], city.desk
    genes = city.charters[foreman.charter]
    pitch, height = foreman.pitch, foreman.height
    x, y, z = foreman.x, foreman.y, foreman.z
    dx, dy = 1 - side, side
    next_x, next_y = x + dx * pitch, y + dy * pitch
    beyond = site_at(genes, next_x, next_y, z)
    if (beyond != S_BAY and beyond != S_OPEN_BAY) or (foreman.viaducts >> side) & 1:
        return
    owner = owner_of_lot(city, (next_x + 8) >> 4, (next_y + 8) >> 4, (z + 8) >> 4)
    r0, r1, r2, _ = draws(city.knobs.seed, R_AGENDA, foreman.epoch, foreman.name, 20 + side)
    rate = 200 if foreman.site == S_OPEN_BAY else 50 + genes.bridge_rate // 4
    if owner < 0 or city.foremen[owner].school != foreman.school or (r0 & 255) >= rate:
        return
    if not has_pillar(genes, next_x, next_y, z):
        return
    rise = genes.storey * (2 + genes.rings)
    levels = max(1, (height - genes.corbel - 12) // rise)
    deck = rise * (1 + (r0 >> 8) % levels)
    if deck >= height - genes.corbel - 8:
        return
    half = pillar_half_width(genes, x, y)
    axis_x, axis_y = pillar_axis(genes, x, y)
    next_axis_x, next_axis_y = pillar_axis(genes, next_x, next_y)
    apart = next_axis_x - axis_x if dx else next_axis_y - axis_y
    length = apart - half - pillar_half_width(genes, next_x, next_y) - 1
    if length < 8:
        return
    width = 5 + 2 * (r1 & 1)
    if fin_length(genes, x, y) > 0:
        width = max(width, 2 * (2 + (half >> 3)) + 1)  # wide enough to reach the doors beside the fins
    depth = min(18, pitch // 5)
    bottom = desk.floor + deck - depth
    foreman.viaducts |= 1 << side
    begin_work(city, n, desk.shell_done, E_VIADUCT, K_VIADUCT)
    if dx:
        place_work(city, axis_x + half + 1, axis_y - width // 2, bottom, length, width, depth + 4)
    else:
        place_work(city, axis_x - width // 2, axis_y + half + 1, bottom, width, length, depth + 4)
    city.draft.a = depth
    city.draft.roll = r2
    plan_box(city)


@kernel
def plan_pillar_works(city: City, n: int) -> None:
    """What the pillar carries: ring walks with bridges, a spiral stair, pipes, and viaducts to the next pillars."""
    if city.foremen[n].epoch == 0:
        plan_rings(city, n)
        if has_spiral(city, n):
            plan_spiral(city, n)
        plan_pipes(city, n)
    for side in range(2):
        plan_viaduct(city, n, side)


# ---- building sites ------------------------------------------------------------------------------------------------------


@kernel
def plan_renewal(city: City, n: int, item: int, x: int, y: int, z: int, price: int, roll: int) -> int:
    """The tower of that nominal price that stands at (x, y, z) is unbuilt; returns the day after the end of it.

    It takes a third of its days, half of its price comes back, its builder goes on.
    """
    desk, draft = city.desk, city.draft
    days = max(1, price // 3)
    start = book(city, 1, desk.shell_done, days)
    begin_work(city, n, start, E_RENEWAL, K_UNBUILDING)
    place_work(city, x, y, z, 1, 1, 1)
    draft.a = 1 if z > desk.floor else 0
    draft.duration = days
    draft.item = item
    draft.roll = roll
    write_plan(city)
    desk.charge -= price // 2
    desk.towers -= price
    return start + days + 1


@kernel
def plan_tower(city: City, n: int, item: int, hanging: int, x: int, y: int, half: int, crowd: int) -> None:
    """A tower of so many cells on each side of its middle (x, y), perhaps with a bridge. An old one gives way to it.

    crowd   0..127 how dense the city is around it: the denser, the higher
    """
    foreman, desk, draft = city.foremen[n], city.desk, city.draft
    genes = city.charters[foreman.charter]
    storey = genes.storey
    r0, r1, r2, r3 = draws(city.knobs.seed, R_AGENDA, foreman.epoch, foreman.name, 256 + item)
    tall = r0 & 255
    floors = 2 + (genes.storeys * ((tall * tall >> 8) + crowd) >> 7)
    if tall & 15 == 7 or floors > desk.storeys:
        floors = desk.storeys
    if floors < 2:
        return
    side = 2 * half + 1
    base = desk.floor + (desk.storeys - floors) * storey if hanging else desk.floor
    height = desk.ceiling - base if hanging else floors * storey + 1
    ready = desk.shell_done
    word, bit = item // SITES_A_WORD, 1 << (item % SITES_A_WORD)
    if foreman.sites[word] & bit:
        price = nominal_cells(K_TOWER, side, side, height, hanging, 0, genes)
        ready = plan_renewal(city, n, item, x + 1, y + 1, desk.ceiling - 1 if hanging else desk.floor, price, r0)
    foreman.sites[word] |= bit
    begin_work(city, n, ready, E_TOWER, K_TOWER)
    place_work(city, x - half, y - half, base, side, side, height)
    draft.scan = hanging
    draft.a = hanging
    draft.b = r1 & (0xFF7B if hanging else 0xFF7F) | infected(city, n)
    draft.roll = r0
    done = plan_box(city)
    storeys = height // storey
    level = (r2 >> 8) % storeys // (1 + genes.balcony) * (1 + genes.balcony)
    if (r2 & 255) < genes.bridge_rate and storeys > 2 and level > 0:
        up = (height - 1 - level * storey) // storey if hanging else level
        out = half + 1 - max(0, min(up // (2 + genes.setback), side // 2 - 4))
        dx, dy = step((r2 >> 24) & 3)
        wide = 1 if (r2 >> 26) & 3 == 3 else 0
        begin_work(city, n, done, E_BRIDGE, K_BRIDGE)
        place_work(city, x + dx * out, y + dy * out, base + level * storey, dx, dy, wide)
        draft.scan = genes.bridge_span
        draft.a = 2
        draft.duration = 2 + genes.bridge_span // 2 * (5 + 3 * wide)
        draft.item = out
        draft.roll = r3
        plan_sounding(city)
    roof = base + height - 1
    for upper in range(0 if hanging else 2):
        word = r3 >> (12 * upper)
        if side <= 13 or word & 3 != 0:
            break
        side = (side // 2 + ((word >> 2) & 3)) | 1
        rise = storey * (2 + ((word >> 4) & 7))
        begin_work(city, n, done, E_ROOF_TOWER, K_TOWER)
        place_work(city, x - side // 2, y - side // 2, roof, side, side, rise)
        draft.b = (r0 >> (8 + 4 * upper)) & 0xFF7F | infected(city, n)
        draft.roll = word
        done = plan_box(city)
        roof += rise - 1


@kernel
def crowding(least: int, word: int) -> int:
    """How dense the city is in one place, from the least that is allowed to 255."""
    return least + (word & 255) * (255 - least) // 255


@kernel
def plan_towers(city: City, n: int) -> None:
    """Building sites: standing towers first, then towers that hang from the plate overhead; some are renewed."""
    foreman, desk, knobs = city.foremen[n], city.desk, city.knobs
    genes = city.charters[foreman.charter]
    x, y, z = foreman.x, foreman.y, foreman.z
    pitch, plot = foreman.pitch, genes.plot
    axis_x, axis_y = pillar_axis(genes, x, y)
    pillar = pillar_half_width(genes, x, y) if has_pillar(genes, x, y, z) else -1
    across = pitch // plot
    count = across * across
    first = (pitch - across * plot) // 2 + plot // 2  # from the corner of the bay to the middle of its first site
    level = z + (desk.ceiling - z) // foreman.height * foreman.height
    wells = mix(x, y, z, 51) & 3 if is_deck(genes, z) else 0
    wells_above = mix(x, y, level, 51) & 3 if is_deck(genes, level) else 0
    i, j = column_of(genes, x, y)
    k = level_of(genes, z)
    quarter = crowding(knobs.density_floor_quarter, mix((i + 400) >> 2, (j + 400) >> 2, k, genes.key * 3))
    block = crowding(knobs.density_floor_block, mix((i + 400) >> 1, (j + 401) >> 1, k, genes.key * 5))
    words = (0, 0, 0, 0)
    for item in range(count if desk.ceiling == NO_CEILING else 2 * count):
        hanging = 1 if item >= count else 0
        site = item - count * hanging
        if item & 3 == 0:
            words = draws(knobs.seed, R_AGENDA, foreman.epoch, foreman.name, 128 + (item >> 2))
        word = words[item & 3]
        carries = (foreman.sites[item // SITES_A_WORD] >> (item % SITES_A_WORD)) & 1
        if carries and (word >> 8) & 3 != 0:
            continue
        tx = x + first + site % across * plot
        ty = y + first + site // across * plot
        if light_well(tx - x, ty - y, pitch, pitch, plot, wells_above if hanging else wells, 2) == 2:
            continue  # there is no floor to stand on, or no ceiling to hang from
        if not carries:
            density = genes.hanging if hanging else genes.standing
            tile = mix((tx - genes.ox) >> 5, (ty - genes.oy) >> 5, k, genes.key) & 255
            if (word & 255) >= (density * (40 + (tile >> 1) + (block >> 1)) >> 8) * (16 + quarter) >> 8:
                continue
        shift = draws(knobs.seed, R_SITE, 0, foreman.name, item)[0] & 3
        half = max(4, (plot - genes.street) // 2 - shift)
        if pillar >= 0 and max(abs(tx - axis_x), abs(ty - axis_y)) < half + pillar + 4:
            continue
        plan_tower(city, n, item, hanging, tx, ty, half, quarter * block >> 9)


# ---- a life --------------------------------------------------------------------------------------------------------------


@kernel
def make_plan(city: City, n: int, day: int) -> None:
    """The whole agenda of one epoch, its charge and its dates."""
    foreman, desk = city.foremen[n], city.desk
    genes = city.charters[foreman.charter]
    for i in range(CREW):
        desk.free[i] = day
    desk.charge = 0
    desk.towers = 0
    desk.shell_done = day
    measure_bay(city, n)
    if foreman.epoch == 0:
        plan_shell(city, n, day)
        foreman.shell_done = desk.shell_done
    elif foreman.site == S_BAY or foreman.site == S_HALL:
        # The world below has changed since the last epoch: look for a way down again.
        plan_ladder(city, n, day, E_LADDER_DOWN)
    for side in range(4):
        plan_border(city, n, side)
    if foreman.site != S_HALL and has_pillar(genes, foreman.x, foreman.y, foreman.z):
        plan_pillar_works(city, n)
    if foreman.site == S_BAY:
        plan_towers(city, n)
    foreman.energy -= desk.charge * UNIT
    city.tally.charged += desk.charge
    foreman.phase = P_BUILDING
    foreman.plan_day = day
    foreman.plan_towers = desk.towers
    foreman.plan_done = max(desk.free[0], desk.free[1], desk.free[2], desk.free[3])


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
    begin_work(city, n, day, E_DEATH, K_DEMOLITION)
    place_work(city, foreman.x, foreman.y, foreman.z, foreman.pitch, foreman.pitch, foreman.height)
    city.draft.scan = 1
    city.draft.duration = demolition_days(city, n)
    write_plan(city)


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
