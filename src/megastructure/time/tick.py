"""The order of a day: the file to read first.

    due foremen propose gifts -> they live and breed -> gifts, claims and releases are settled
        -> people and powers live their day (`live_day`)
        -> yesterday's shots are answered, today's are fired -> the site office lays what was planned for today
        -> on the last day of a year, a row of the series

Whoever decides reads the end of yesterday and writes its own row and an outbox; what is contested is settled for all at
once, by named draws. So the order in which rows are visited decides nothing. Nobody is visited who is not due.
"""

from __future__ import annotations

from ..ground.chronicle import CERTAIN, event_name, order_events, tell
from ..ground.codes import (
    CLIP_OWNED,
    D_AGE,
    D_HUNGER,
    E_REPAIR,
    EVERYTHING,
    K_SHOT,
    P_BUILDING,
    P_IDLE,
    P_RELEASED,
    P_STANDING,
    R_OFFICE,
    S_GREAT_VOID,
    S_SHAFT,
    V_BAY_BORN,
    V_BAY_DIED,
    V_BAY_RELEASED,
    V_FOUNDING,
    V_NODE_LOST,
    V_RENOVATION,
    V_REPAIR,
    V_SCHOOL_FOUNDED,
    V_SHOT,
)
from ..ground.dates import set_due
from ..ground.rng import draw, lineage, mix
from ..ground.scenario import (
    Q_AUTHORITY,
    Q_CLAIM_RETRY_DAYS,
    Q_COPY_ERROR_PPM,
    Q_ERA_YEAR,
    Q_GROWTH_INCOME,
    Q_INFECTION,
    Q_PEOPLE,
    Q_POWER_CAP,
    Q_POWER_GIFTS,
    Q_PROLOGUE_PERCENT,
    Q_SAFEGUARD,
    Q_SEED,
    Q_STRIKE_LEAD_YEARS,
    Q_TOWER_INCOME,
    Q_WORKS,
)
from ..ground.tables import (
    C_DAY,
    C_FOREMAN,
    C_LOTS,
    C_M,
    C_N,
    C_RELEASE,
    C_X,
    C_Y,
    C_Z,
    F_ALLEGIANCE,
    F_ASKED,
    F_BORN,
    F_BOXED_IN,
    F_BROKEN,
    F_CHARTER,
    F_CHILDREN,
    F_DAMAGED,
    F_DEATH,
    F_DUE,
    F_ENERGY,
    F_EPOCH,
    F_HALTED,
    F_HEIGHT,
    F_HESITATED,
    F_LOTS,
    F_MENDED,
    F_NAME,
    F_NODE,
    F_PARENT,
    F_PHASE,
    F_PITCH,
    F_PLAN_DONE,
    F_RECOGNITION,
    F_SCHOOL,
    F_SEARCHED,
    F_SERVICES,
    F_SIDE,
    F_SITE,
    F_STOP_BITS,
    F_TRY_DAY,
    F_TURNED_BY,
    F_UPDATED,
    F_VILLAGE,
    F_X,
    F_Y,
    F_Z,
    G_BORN,
    G_KEY,
    G_NAME,
    G_PARENT,
    G_SCHOOL,
    H_AXIS,
    H_DAY,
    H_LENGTH,
    H_RADIUS,
    H_WANDERER,
    H_X,
    H_Y,
    H_Z,
    KEPT_COUNTS,
    L_DAY,
    L_ERRAND,
    L_FOREMAN,
    L_ITEM,
    L_NEXT,
    L_ROLL,
    L_X,
    L_Y,
    L_Z,
    LOT,
    N_CHARTER,
    N_EVER,
    N_FOUNDED,
    N_FOUNDER,
    N_LIVING,
    N_NAME,
    PE_DIED,
    PE_NAME,
    PO_ERA_DAY,
    PO_HALTED,
    PO_HUNTING,
    PO_LOCUS0,
    PO_NODES,
    PO_OVERRIDE_SINCE,
    PO_SPREAD_SINCE,
    PO_STRUCK,
    RING,
    T_BOXED_IN,
    T_CHARGED,
    T_DIED,
    T_GREATEST,
    T_GREATEST_FOREMAN,
    T_GREATEST_KIND,
    T_LOST,
    T_LOTS,
    T_ORDERED,
    T_PLANNED,
    T_RENOVATIONS,
    T_ROUSED,
    T_SCHOOLS,
    T_WAKES,
    UNIT,
    VI_ENDED,
    VI_NAME,
    WA_DUE,
    WA_NAME,
    Y_BAYS,
    Y_BORN,
    Y_BOXED_IN,
    Y_CHARGED,
    Y_CHARTERS,
    Y_DIED,
    Y_GREATEST,
    Y_GREATEST_FOREMAN,
    Y_GREATEST_KIND,
    Y_LOCI,
    Y_LOTS,
    Y_PLANNED,
    Y_RENOVATIONS,
    Y_SCHOOLS,
    Y_YEAR,
    YEAR,
    Z_CHARTERS,
    Z_CHUNKS,
    Z_CLAIMS,
    Z_EVENTS,
    Z_FOREMEN,
    Z_OFFERED,
    Z_PERSONS,
    Z_PLAN,
    Z_PLAN_FREE,
    Z_SCHOOLS,
    Z_SECTORS,
    Z_SERIES,
    Z_SHOTS,
    Z_UNITS,
    Z_VILLAGES,
    Z_VOIDED,
    Z_WANDERERS,
    Z_WORKS,
)
from ..ground.world import COMMON, HOMES_MONTH, MONTH, PLANNED_BY_PEOPLE, headroom
from ..land.lots import leave_seats, owner_of_lot, take_lots
from ..land.survey import site_at
from ..laws.authority import convene, govern, override
from ..laws.combat import fight, villages_attacked
from ..laws.construction import DIES, PLANS, RELEASES, demolition_days, live, make_plan, next_date, plan_demolition
from ..laws.endings import judge
from ..laws.gun import defend
from ..laws.heredity import bear_child
from ..laws.infection import catch_or_recover, copied_stop_bits, strike
from ..laws.office import enter, release
from ..laws.power import conduits_hit, energy_on, income, propose_gifts
from ..laws.remnant import DIES_OF_AGE, DIES_OF_HUNGER, flee, keep_village, live_year, new_services, settle
from ..laws.replication import (
    NO_ROOM,
    O_DRAW,
    O_DRAWN,
    O_ERRED,
    O_FOREMAN,
    O_FRAME,
    O_HEIGHT,
    O_PITCH,
    O_SIDE,
    O_X,
    O_Y,
    O_Z,
    PROPOSED,
    breed,
    breeding_price,
    contested,
    copy_charter,
    found_school,
    may_breed,
    next_attempt,
)
from ..laws.safeguard import sense, stand_down
from ..laws.struggle import struggle
from ..laws.wanderer import set_out, wander
from ..society.alert import refresh_alert
from ..society.allegiance import count_allegiance, unwatch, watch
from ..society.people import kill_person
from ..society.plans import write_plan
from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel

# The most that one due foreman, one planned work or one hole can add on one day. A day is begun only when all arrays
# have room for all that is due, so it never has to be undone.
PLANNED_AT_ONCE = 1280
BEGUN_AT_ONCE = 8  # planned works that begin on the day of the plan: the crew's first, and ladders
SECTORS_AT_ONCE = 48
WORKS_AT_ONCE = 8
CHUNKS_AT_ONCE = 64
SECTOR = 64  # cells along the edge of a sector
EVENTS_AT_ONCE = 6


@kernel(NOTHING(i8v, i8v, i8))
def sort_rows(keys, rows, n):
    """Sort n rows by their keys (Shell's method: short lists, nothing to compile but this)."""
    gap = 1
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            k = keys[i]
            r = rows[i]
            j = i
            while j >= gap and keys[j - gap] > k:
                keys[j] = keys[j - gap]
                rows[j] = rows[j - gap]
                j -= gap
            keys[j] = k
            rows[j] = r
        gap //= 3


@kernel(i8(i8v, i8))
def pace_on(knobs, day):
    """Per cent of the income that a bay earns on a day: before the era of people the city may grow faster."""
    return knobs[Q_PROLOGUE_PERCENT] if day < knobs[Q_ERA_YEAR] * YEAR else 100


@kernel(i8(i8m, i8))
def born_of(foremen, n):
    """The name of the event that brought foreman n into the world."""
    parent = foremen[n, F_PARENT]
    if parent < 0:
        return event_name(foremen[n, F_BORN], V_FOUNDING, foremen[n, F_NAME], 0)
    return event_name(foremen[n, F_BORN], V_BAY_BORN, foremen[n, F_NAME], foremen[parent, F_NAME])


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i8m, i8m, i8m, i4v, i4m, i8m, i8v, i8v, i8v, i8m, i8, i8, i4v, i4m))
def bear(
    keys, slots, owners, foremen, charters, schools, claims, powers, fronts, borders, events, sizes, knobs, tally, proposals,
    p, day, calendar, links,
):  # fmt: skip
    """A proposal that stands: the claim, the charter's copy, the child."""
    n = proposals[p, O_FOREMAN]
    side = proposals[p, O_SIDE]
    x = proposals[p, O_X]
    y = proposals[p, O_Y]
    z = proposals[p, O_Z]
    pitch = proposals[p, O_PITCH]
    height = proposals[p, O_HEIGHT]
    name = lineage(foremen[n, F_NAME], day, side)
    c = sizes[Z_FOREMEN]
    sizes[Z_FOREMEN] = c + 1
    charter = foremen[n, F_CHARTER]
    school = foremen[n, F_SCHOOL]
    if proposals[p, O_ERRED]:
        fresh = sizes[Z_CHARTERS]
        sizes[Z_CHARTERS] = fresh + 1
        copy_charter(charters, knobs, charter, fresh, name, day, proposals[p, O_FRAME] != 0)
        charters[fresh, G_NAME] = name
        charters[fresh, G_PARENT] = charter
        charters[fresh, G_BORN] = day
        charter = fresh
        if proposals[p, O_FRAME]:
            school = sizes[Z_SCHOOLS]
            sizes[Z_SCHOOLS] = school + 1
            schools[school, N_NAME] = name
            schools[school, N_FOUNDER] = c
            schools[school, N_FOUNDED] = day
            schools[school, N_CHARTER] = charter
            schools[school, N_LIVING] = 0
            schools[school, N_EVER] = 0
            charters[charter, G_SCHOOL] = school
            charters[charter, G_KEY] = name & 0x7FFFFFFF
            found_school(charters, knobs, charter, name, day, x, y, z, pitch, height)
            birth = event_name(day, V_BAY_BORN, name, foremen[n, F_NAME])
            tell(events, sizes, day, V_SCHOOL_FOUNDED, name, foremen[n, F_NAME], name, pitch, birth, 0)
    for i in range(foremen.shape[1]):
        foremen[c, i] = 0
    foremen[c, F_NAME] = name
    foremen[c, F_X] = x
    foremen[c, F_Y] = y
    foremen[c, F_Z] = z
    foremen[c, F_PITCH] = pitch
    foremen[c, F_HEIGHT] = height
    foremen[c, F_CHARTER] = charter
    foremen[c, F_SCHOOL] = school
    foremen[c, F_SITE] = site_at(charters[charter], x, y, z)
    foremen[c, F_PARENT] = n
    foremen[c, F_BORN] = day
    foremen[c, F_SIDE] = side
    foremen[c, F_UPDATED] = day
    foremen[c, F_DEATH] = -1
    foremen[c, F_DUE] = -1
    foremen[c, F_ALLEGIANCE] = foremen[n, F_ALLEGIANCE]
    foremen[c, F_RECOGNITION] = foremen[n, F_RECOGNITION]
    foremen[c, F_TURNED_BY] = foremen[n, F_TURNED_BY]
    foremen[c, F_STOP_BITS] = copied_stop_bits(knobs, foremen[n, F_STOP_BITS], name, day)
    foremen[c, F_DAMAGED] = -1
    foremen[c, F_SERVICES] = new_services(knobs, name)
    foremen[c, F_VILLAGE] = -1
    foremen[c, F_SEARCHED] = -1
    count_allegiance(powers, foremen, c, 1)
    endowment = breeding_price(foremen, knobs, n) // 2
    foremen[n, F_ENERGY] -= endowment
    foremen[c, F_ENERGY] = endowment
    foremen[n, F_CHILDREN] += 1
    got = take_lots(keys, slots, owners, sizes[Z_SECTORS], c, x >> 4, y >> 4, z >> 4, pitch >> 4, height >> 4, 0)
    lots = got >> 32
    sizes[Z_SECTORS] += got & 0xFFFFFFFF
    foremen[c, F_LOTS] = lots
    tally[T_LOTS] += lots
    if schools[school, N_LIVING] == 0:
        tally[T_SCHOOLS] += 1
    schools[school, N_LIVING] += 1
    schools[school, N_EVER] += 1
    k = sizes[Z_CLAIMS]
    sizes[Z_CLAIMS] = k + 1
    claims[k, C_DAY] = day
    claims[k, C_FOREMAN] = c
    claims[k, C_RELEASE] = 0
    claims[k, C_X] = x >> 4
    claims[k, C_Y] = y >> 4
    claims[k, C_Z] = z >> 4
    claims[k, C_N] = pitch >> 4
    claims[k, C_M] = height >> 4
    claims[k, C_LOTS] = lots
    # At the frontier of a school the copy always errs; elsewhere it was drawn.
    chance = 0
    if proposals[p, O_DRAWN]:
        chance = knobs[Q_COPY_ERROR_PPM] * 1000 if proposals[p, O_ERRED] else CERTAIN - knobs[Q_COPY_ERROR_PPM] * 1000
    tell(events, sizes, day, V_BAY_BORN, name, foremen[n, F_NAME], name, lots, born_of(foremen, n), chance)
    set_due(foremen, calendar, links, c, day + 1)
    foremen[c, F_ASKED] = -1
    if powers[0, PO_SPREAD_SINCE] >= 0:
        watch(foremen, knobs, fronts, borders, c, day)


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i8m, i8m, i4v, i4m, i8m, i8v, i8v, i8v, i8, i8, i4v, i4m))
def set_free(
    keys, slots, owners, foremen, schools, claims, powers, fronts, borders, events, sizes, knobs, tally, n, day, calendar,
    links,
):  # fmt: skip
    """The lots of a demolished bay go wild; boxed-in owners of the lots around them try again tomorrow."""
    lx = foremen[n, F_X] >> 4
    ly = foremen[n, F_Y] >> 4
    lz = foremen[n, F_Z] >> 4
    w = foremen[n, F_PITCH] >> 4
    h = foremen[n, F_HEIGHT] >> 4
    freed = take_lots(keys, slots, owners, sizes[Z_SECTORS], n, lx, ly, lz, w, h, 1) >> 32
    leave_seats(keys, slots, n)
    foremen[n, F_LOTS] = 0
    tally[T_LOTS] -= freed
    tally[T_DIED] += 1
    if foremen[n, F_BOXED_IN]:
        foremen[n, F_BOXED_IN] = 0
        tally[T_BOXED_IN] -= 1
    count_allegiance(powers, foremen, n, -1)
    unwatch(foremen, fronts, borders, n)
    if foremen[n, F_NODE]:
        foremen[n, F_NODE] = 0
        powers[0, PO_NODES] -= 1
        gone = event_name(day, V_BAY_RELEASED, foremen[n, F_NAME], 0)
        tell(events, sizes, day, V_NODE_LOST, foremen[n, F_NAME], 0, foremen[n, F_NAME], 0, gone, 0)
    if foremen[n, F_HALTED]:
        powers[0, PO_HALTED] -= 1
    school = foremen[n, F_SCHOOL]
    schools[school, N_LIVING] -= 1
    if schools[school, N_LIVING] == 0:
        tally[T_SCHOOLS] -= 1
    k = sizes[Z_CLAIMS]
    sizes[Z_CLAIMS] = k + 1
    claims[k, C_DAY] = day
    claims[k, C_FOREMAN] = n
    claims[k, C_RELEASE] = 1
    claims[k, C_X] = lx
    claims[k, C_Y] = ly
    claims[k, C_Z] = lz
    claims[k, C_N] = w
    claims[k, C_M] = h
    claims[k, C_LOTS] = freed
    barren = foremen[n, F_SITE] == S_SHAFT or foremen[n, F_SITE] == S_GREAT_VOID  # nothing there had to be torn down first
    died = day if barren else foremen[n, F_PLAN_DONE] - demolition_days(foremen, n)
    cause = event_name(died, V_BAY_DIED, foremen[n, F_NAME], 0)
    tell(events, sizes, day, V_BAY_RELEASED, foremen[n, F_NAME], 0, foremen[n, F_NAME], freed, cause, 0)
    for z in range(lz - 1, lz + h + 1):
        for y in range(ly - 1, ly + w + 1):
            for x in range(lx - 1, lx + w + 1):
                outside = 0
                if x < lx or x >= lx + w:
                    outside += 1
                if y < ly or y >= ly + w:
                    outside += 1
                if z < lz or z >= lz + h:
                    outside += 1
                if outside != 1:
                    continue
                o = owner_of_lot(keys, slots, owners, x, y, z)
                if o >= 0 and foremen[o, F_BOXED_IN]:
                    foremen[o, F_BOXED_IN] = 0
                    tally[T_BOXED_IN] -= 1
                    tally[T_ROUSED] += 1
                    if foremen[o, F_DUE] < 0 or foremen[o, F_DUE] > day + 1:
                        set_due(foremen, calendar, links, o, day + 1)


@kernel(i8(i8m, i8m, i8))
def marksman(shots, wanderers, shot):
    """The name of the one who fired a shot; 0: the scenario ordered it."""
    by = shots[shot, H_WANDERER]
    return 0 if by < 0 else wanderers[by, WA_NAME]


@kernel(NOTHING(i8v, i4v, i4m, i8m, i4m, i4v, i8v, i8v, i8v, i8m, i8m, i8m, i8v, i8, i8))
def answer_shot(
    keys, slots, owners, foremen, plan, ring, sizes, knobs, tally, shots, wanderers, events, mark, shot, day
):
    """The day after a shot every bay with lots in its box plans the repair and pays for the share of the hole in them."""
    axis = shots[shot, H_AXIS]
    length = shots[shot, H_LENGTH]
    wide = 2 * shots[shot, H_RADIUS] + 1
    x = shots[shot, H_X]
    y = shots[shot, H_Y]
    z = shots[shot, H_Z]
    sx = length if axis == 0 else wide
    sy = length if axis == 1 else wide
    sz = length if axis == 2 else wide
    found = 0
    for lz in range(z // LOT, (z + sz - 1) // LOT + 1):
        for ly in range(y // LOT, (y + sy - 1) // LOT + 1):
            for lx in range(x // LOT, (x + sx - 1) // LOT + 1):
                n = owner_of_lot(keys, slots, owners, lx, ly, lz)
                if n < 0 or (foremen[n, F_PHASE] != P_BUILDING and foremen[n, F_PHASE] != P_STANDING):
                    continue
                k = 0
                while k < found and mark[2 * k] != n:
                    k += 1
                if k == found:
                    mark[2 * k] = n
                    mark[2 * k + 1] = 0
                    found += 1
                mark[2 * k + 1] += (
                    (min(x + sx, lx * LOT + LOT) - max(x, lx * LOT))
                    * (min(y + sy, ly * LOT + LOT) - max(y, ly * LOT))
                    * (min(z + sz, lz * LOT + LOT) - max(z, lz * LOT))
                )
    fired = event_name(day - 1, V_SHOT, shot + 1, marksman(shots, wanderers, shot))
    for k in range(found):
        n = mark[2 * k]
        cells = max(1, mark[2 * k + 1] // 16)  # of the box of a hole about one cell in sixteen stood
        foremen[n, F_ENERGY] -= cells * UNIT
        tally[T_CHARGED] += cells
        foremen[n, F_DAMAGED] = day - 1
        cut = conduits_hit(foremen, n, x, y, z, sx, sy, sz)
        if cut:
            foremen[n, F_BROKEN] = cut | (foremen[n, F_BROKEN] if day < foremen[n, F_MENDED] else 0)
            foremen[n, F_MENDED] = max(foremen[n, F_MENDED], day + cells + 1)
        write_plan(
            plan, ring, sizes, knobs, foremen, tally, n, day, E_REPAIR, K_SHOT, x, y, z, sx, sy, sz, 0, 0, shot, cells,
            0, 0,
        )  # fmt: skip
        tell(events, sizes, day, V_REPAIR, foremen[n, F_NAME], shot + 1, foremen[n, F_NAME], cells, fired, 0)


@kernel(NOTHING(i8m, i8, i8m))
def write_people(series, y, powers):
    """What a row of the series says of people and powers."""
    for k in range(len(KEPT_COUNTS)):
        series[y, KEPT_COUNTS[k][0]] = powers[0, KEPT_COUNTS[k][1]]
    for locus in range(6):
        if powers[0, PO_LOCUS0 + locus] > 0:
            series[y, Y_LOCI] |= 1 << locus


@kernel(NOTHING(*COMMON, i8m, i8v, i8v, i8))
def live_day(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    series, rows, order, day,
):  # fmt: skip
    """What people and powers do on one day; those who act on the same day act in order of name.

    the strike -> the struggle for bays, which begins as an epidemic -> the dawn of the era -> persons whose day of the year
        it is -> villages whose day of the month it is: they eat, trade and part, and eyes sense them -> units arrive, fight
        and stand down -> the Wanderer -> the Authority -> the ends
    """
    foremen, _, persons, villages, units, wanderers, powers, events, _ = world
    if knobs[Q_INFECTION] and powers[0, PO_STRUCK] < 0:
        strike(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, day,
        )  # fmt: skip
    if day % MONTH == 0:
        refresh_alert(powers, knobs, day)
        struggle(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, day,
        )  # fmt: skip
    if day < knobs[Q_ERA_YEAR] * YEAR:
        return
    if powers[0, PO_ERA_DAY] < 0:
        settle(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, day,
        )  # fmt: skip
        convene(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, day,
        )  # fmt: skip
        set_out(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, day,
        )  # fmt: skip

    # ---- persons -----------------------------------------------------------------------------------------------------
    m = 0
    p = int(homes[day % YEAR])
    while p >= 0:
        rows[m] = p
        order[m] = persons[p, PE_NAME]
        m += 1
        p = int(kin[p, 2])
    sort_rows(order, rows, m)
    for k in range(m):
        p = rows[k]
        if persons[p, PE_DIED] >= 0:
            continue
        catch_or_recover(foremen, persons, villages, events, sizes, knobs, p, day)
        brings, chance = live_year(persons, villages, knobs, kin, homes, p, day)
        if brings == DIES_OF_AGE or brings == DIES_OF_HUNGER:
            reason = D_AGE if brings == DIES_OF_AGE else D_HUNGER
            kill_person(world, sizes, knobs, kin, estates, homes, p, day, reason, 0, 0, chance)
        elif brings >= 0:
            bear_child(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, p, brings, day,
            )  # fmt: skip

    # ---- villages ----------------------------------------------------------------------------------------------------
    m = 0
    v = int(homes[HOMES_MONTH + day % MONTH])
    while v >= 0:
        rows[m] = v
        order[m] = villages[v, VI_NAME]
        m += 1
        v = int(estates[v, 0])
    sort_rows(order, rows, m)
    for k in range(m):
        v = rows[k]
        if villages[v, VI_ENDED] < 0:
            keep_village(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, v, day,
            )  # fmt: skip
        if villages[v, VI_ENDED] < 0 and knobs[Q_SAFEGUARD]:
            sense(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, v, day,
            )  # fmt: skip

    # ---- units -------------------------------------------------------------------------------------------------------
    if powers[0, PO_HUNTING] > 0:
        m = villages_attacked(units, villages, sizes, rows, order, day)
        sort_rows(order, rows, m)
        for k in range(m):
            v = rows[k]
            if villages[v, VI_ENDED] >= 0:
                continue
            defend(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, v, day,
            )  # fmt: skip
            fell = fight(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, v, day,
            )  # fmt: skip
            if fell != 0 and villages[v, VI_ENDED] < 0:
                flee(
                    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                    reached, v, fell, day,
                )  # fmt: skip
        stand_down(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, day,
        )  # fmt: skip

    # ---- the Wanderer, the Authority, the ends -----------------------------------------------------------------------
    for w in range(sizes[Z_WANDERERS]):
        if wanderers[w, WA_DUE] <= day:
            wander(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, w, day,
            )  # fmt: skip
    if knobs[Q_AUTHORITY]:
        if day % MONTH == 0:
            govern(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, day,
            )  # fmt: skip
        if powers[0, PO_OVERRIDE_SINCE] >= 0:
            override(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, day,
            )  # fmt: skip
    if day % MONTH == 0:
        judge(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, series, day,
        )  # fmt: skip


@kernel(
    i8(
        i8v, i4v, i4m, i8m, i8m, i8m, i8m, i8m, i8m, i8m, i8m, i8m, i8m, i8m, i8m, i8m, i4v, i4m, i4m, i4v, i8v, i8v,
        i8v, i4m, i8v, i4m, i4m, i4m, i4m, i4v, i4v, i4m, i8v, i8m, i8v, i8v, i8v, i8v, i8v, i8v, i8m, i8m, i8, i8,
    ),
    entry=True,
)  # fmt: skip
def days(
    keys, slots, owners, foremen, charters, schools, claims, orders, shots, persons, villages, units, wanderers, powers,
    events, series, calendar, links, plan, ring, sizes, knobs, tally, heads, filled, chunks, works, kin, estates, homes,
    fronts, borders, marks, reached, desk, listed, near, holed, rows, order, gifts, proposals, day, end,
):  # fmt: skip
    """Run the days from `day` up to `end` (not included); returns the first day that was not run.

    It returns early, before a day and with the state untouched, when an array may be too short for what is due; the
    caller makes the arrays longer and calls again. From `marks` on the arrays are working memory of one day.
    """
    with_works = knobs[Q_WORKS] != 0
    power_cap = knobs[Q_POWER_CAP]
    seed = knobs[Q_SEED]
    longest = 0
    if with_works:
        for s in range(sizes[Z_SECTORS]):
            longest = max(longest, int(heads[s, 2]))
    laid_before = sizes[Z_WORKS]
    first_people = (knobs[Q_ERA_YEAR] - knobs[Q_STRIKE_LEAD_YEARS]) * YEAR
    world = (foremen, charters, persons, villages, units, wanderers, powers, events, shots)
    while day < end:
        pace = pace_on(knobs, day)
        growth_income = knobs[Q_GROWTH_INCOME] * pace // 100
        tower_income = knobs[Q_TOWER_INCOME] * pace // 100
        # ---- who is due, and is there room for all that they may do? --------------------------------------------
        bucket = day & (RING - 1)
        due = 0
        n = int(calendar[bucket])
        while n >= 0:
            if foremen[n, F_DUE] == day:
                due += 1
            n = int(links[n, 1])
        releases = 0
        repairs = 0
        if with_works:
            i = int(ring[bucket])
            while i > 0:
                if plan[i, L_DAY] == day:
                    releases += 1
                    if plan[i, L_ERRAND] == E_REPAIR:
                        repairs += 1
                i = int(plan[i, L_NEXT])
            releases += BEGUN_AT_ONCE * due
        # Shots of yesterday are answered, those of today are fired; whoever fires today makes the hole of tomorrow.
        if sizes[Z_SHOTS] + orders.shape[0] + wanderers.shape[0] > shots.shape[0]:
            return day
        while tally[T_ORDERED] < orders.shape[0] and orders[tally[T_ORDERED], H_DAY] == day:
            for c in range(orders.shape[1]):
                shots[sizes[Z_SHOTS], c] = orders[tally[T_ORDERED], c]
            shots[sizes[Z_SHOTS], H_WANDERER] = -1
            sizes[Z_SHOTS] += 1
            tally[T_ORDERED] += 1
        fired = sizes[Z_SHOTS]
        while fired > 0 and shots[fired - 1, H_DAY] == day:
            fired -= 1
        shooting = sizes[Z_SHOTS] - fired
        pierced = 0  # sectors that the holes of today may meet
        for k in range(shooting):
            wide = (2 * shots[fired + k, H_RADIUS] + 1) // SECTOR + 2
            pierced += (shots[fired + k, H_LENGTH] // SECTOR + 2) * wide * wide
        answering = 0
        while answering < fired and shots[fired - 1 - answering, H_DAY] == day - 1:
            answering += 1
        struck = 0
        for k in range(answering):
            shot = fired - 1 - k
            struck += 1 + (shots[shot, H_LENGTH] // LOT + 2) * (shots[shot, H_RADIUS] // 8 + 2) * (
                shots[shot, H_RADIUS] // 8 + 2
            )
        told, born, settled, made = headroom(powers, knobs, sizes, fronts, day)
        if (
            sizes[Z_EVENTS] + EVENTS_AT_ONCE * due + shooting + struck + told > events.shape[0]
            or sizes[Z_PERSONS] + born > persons.shape[0]
            or sizes[Z_VILLAGES] + settled > villages.shape[0]
            or sizes[Z_UNITS] + made > units.shape[0]
            or sizes[Z_PERSONS] + sizes[Z_VILLAGES] + 8 > rows.shape[0]
            or sizes[Z_FOREMEN] + due > marks.shape[0] - 1
            or sizes[Z_FOREMEN] + due > borders.shape[0]
            or sizes[Z_FOREMEN] + due + sizes[Z_VILLAGES] > reached.shape[0]
            or (with_works and sizes[Z_PLAN] + PLANNED_BY_PEOPLE + 1 >= plan.shape[0])
        ):
            return day
        if due + releases + shooting + struck > 0:
            more_works = (releases + struck) * WORKS_AT_ONCE + shooting + (repairs + struck) * longest
            if (
                sizes[Z_FOREMEN] + due > foremen.shape[0]
                or sizes[Z_FOREMEN] + due > links.shape[0]
                or sizes[Z_CHARTERS] + due > charters.shape[0]
                or sizes[Z_SCHOOLS] + due > schools.shape[0]
                or sizes[Z_CLAIMS] + 2 * due > claims.shape[0]
                or sizes[Z_SECTORS] + SECTORS_AT_ONCE * due > owners.shape[0]
                or 2 * (sizes[Z_SECTORS] + SECTORS_AT_ONCE * due) > keys.shape[0]
                or due > proposals.shape[0]
                or 2 * (due + releases + struck) > rows.shape[0]
            ):
                return day
            if with_works and (
                sizes[Z_PLAN] + PLANNED_AT_ONCE * due + struck + PLANNED_BY_PEOPLE + 1 >= plan.shape[0]
                or sizes[Z_SECTORS] + SECTORS_AT_ONCE * due > heads.shape[0]
                or sizes[Z_WORKS] + more_works > works.shape[0]
                or sizes[Z_CHUNKS] + CHUNKS_AT_ONCE * more_works + pierced > chunks.shape[0]
                or longest + sizes[Z_WORKS] - laid_before + more_works + 8 > listed.shape[0]
                or (repairs + struck > 0 and SECTORS_AT_ONCE * (longest + sizes[Z_WORKS] - laid_before) > holed.shape[0])
            ):
                return day
        if sizes[Z_SERIES] + 1 > series.shape[0]:
            return day
        first_event = sizes[Z_EVENTS]

        # ---- the due decide ---------------------------------------------------------------------------------------
        if due > 0:
            m = 0
            n = int(calendar[bucket])
            while n >= 0:
                if foremen[n, F_DUE] == day:
                    rows[m] = n
                    m += 1
                n = int(links[n, 1])
            tally[T_WAKES] += m
            given = 0
            if knobs[Q_POWER_GIFTS]:
                for i in range(m):
                    given = propose_gifts(
                        keys, slots, owners, foremen, rows[i], day, growth_income, tower_income, power_cap, gifts, given
                    )
            proposed = 0
            released = 0
            for i in range(m):
                n = rows[i]
                foremen[n, F_ENERGY] = energy_on(foremen, n, day, growth_income, tower_income, power_cap)
                foremen[n, F_UPDATED] = day
                phase = foremen[n, F_PHASE]
                name = foremen[n, F_NAME]
                follows = live(foremen, charters, knobs, tally, n, day)
                if follows == PLANS:
                    make_plan(keys, slots, owners, foremen, charters, plan, ring, sizes, knobs, tally, desk, n, day)
                    if foremen[n, F_EPOCH] > 0:
                        foremen[n, F_SERVICES] = new_services(knobs, name)
                        tell(
                            events, sizes, day, V_RENOVATION, name, 0, name, foremen[n, F_EPOCH], born_of(foremen, n), 0
                        )
                elif follows == DIES:
                    plan_demolition(plan, ring, sizes, knobs, foremen, tally, n, day)
                    tell(events, sizes, day, V_BAY_DIED, name, 0, name, day - foremen[n, F_BORN], born_of(foremen, n), 0)
                elif follows == RELEASES:
                    order[released] = n
                    released += 1
                    if phase == P_IDLE:
                        tell(events, sizes, day, V_BAY_DIED, name, 0, name, day - foremen[n, F_BORN], born_of(foremen, n), 0)
                daily = income(foremen, n, growth_income, tower_income)
                if (
                    may_breed(foremen, knobs, n)
                    and foremen[n, F_HALTED] == 0
                    and day >= foremen[n, F_TRY_DAY]
                    and foremen[n, F_ENERGY] >= breeding_price(foremen, knobs, n)
                ):
                    tried = breed(
                        keys, slots, owners, foremen, charters, knobs, tally, n, day, pace, proposals, proposed
                    )
                    if tried == PROPOSED:
                        proposed += 1
                    elif tried == NO_ROOM:
                        foremen[n, F_BOXED_IN] = 1
                        tally[T_BOXED_IN] += 1
                next_day = next_date(foremen, charters, knobs, n, day, daily)
                if may_breed(foremen, knobs, n) and foremen[n, F_HALTED] == 0:
                    attempt = next_attempt(foremen, knobs, n, day, foremen[n, F_ENERGY], daily)
                    if next_day < 0 or attempt < next_day:
                        next_day = attempt
                set_due(foremen, calendar, links, n, next_day)

            # ---- what is contested is settled for all at once -----------------------------------------------------
            # A bay that sends out a child today gives nothing: what was saved for the child is not given away.
            for k in range(given):
                giver = gifts[k, 0]
                taker = gifts[k, 1]
                generous = foremen[taker, F_PHASE] != P_RELEASED and foremen[giver, F_PHASE] != P_RELEASED
                for p in range(proposed):
                    if proposals[p, O_FOREMAN] == giver:
                        generous = False
                if generous:
                    foremen[giver, F_ENERGY] -= gifts[k, 2]
                    foremen[taker, F_ENERGY] += gifts[k, 2]
            if proposed > 0:
                # From here on `rows` holds the proposals by rank: the lowest draw first, ties by name.
                for p in range(proposed):
                    rows[p] = p
                    tie = foremen[proposals[p, O_FOREMAN], F_NAME] & 0x7FFFFFFF
                    near[p] = ((proposals[p, O_DRAW] & 0xFFFFFFFF) << 31) | tie
                sort_rows(near, rows, proposed)
                for p in range(proposed):
                    near[p] = 1
                    for q in range(p):
                        if contested(keys, slots, owners, proposals, rows[p], rows[q]):
                            near[p] = 0
                            break
                for p in range(proposed):
                    n = proposals[rows[p], O_FOREMAN]
                    if near[p]:
                        bear(
                            keys, slots, owners, foremen, charters, schools, claims, powers, fronts, borders, events,
                            sizes, knobs, tally, proposals, rows[p], day, calendar, links,
                        )  # fmt: skip
                    else:
                        tally[T_LOST] += 1
                        foremen[n, F_TRY_DAY] = day + knobs[Q_CLAIM_RETRY_DAYS]
                        foremen[n, F_HESITATED] = 1  # at a frontier it has waited long enough
                        set_due(foremen, calendar, links, n, min(foremen[n, F_DUE], foremen[n, F_TRY_DAY]))
            if released > 0:
                # Releases are registered in order of name, like everything that is appended on one day.
                for k in range(released):
                    rows[k] = foremen[order[k], F_NAME]
                sort_rows(rows, order, released)
                for k in range(released):
                    v = foremen[order[k], F_VILLAGE]
                    if v >= 0:
                        freed = event_name(day, V_BAY_RELEASED, foremen[order[k], F_NAME], 0)
                        flee(
                            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts,
                            borders, marks, reached, v, freed, day,
                        )  # fmt: skip
                    set_free(
                        keys, slots, owners, foremen, schools, claims, powers, fronts, borders, events, sizes, knobs,
                        tally, order[k], day, calendar, links,
                    )  # fmt: skip

        # ---- people and powers --------------------------------------------------------------------------------------
        if knobs[Q_PEOPLE] and day >= first_people:
            live_day(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, series, rows, order, day,
            )  # fmt: skip

        # ---- shots, and the answers to yesterday's ------------------------------------------------------------------
        for k in range(answering):
            answer_shot(
                keys, slots, owners, foremen, plan, ring, sizes, knobs, tally, shots, wanderers, events, rows,
                fired - 1 - k, day,
            )  # fmt: skip
        for k in range(shooting):
            shot = fired + k
            axis = shots[shot, H_AXIS]
            wide = 2 * shots[shot, H_RADIUS] + 1
            tell(events, sizes, day, V_SHOT, shot + 1, marksman(shots, wanderers, shot), 0, shots[shot, H_LENGTH], 0, 0)
            if with_works:
                enter(
                    keys, slots, owners, foremen, heads, filled, chunks, works, sizes, 0, day, K_SHOT,
                    shots[shot, H_X], shots[shot, H_Y], shots[shot, H_Z], shots[shot, H_LENGTH] if axis == 0 else wide,
                    shots[shot, H_LENGTH] if axis == 1 else wide, shots[shot, H_LENGTH] if axis == 2 else wide, 0,
                    shots[shot, H_RADIUS], axis, CLIP_OWNED, 0, shot + 1, EVERYTHING,
                )  # fmt: skip

        # ---- the site office ----------------------------------------------------------------------------------------
        if with_works and ring[bucket] > 0:
            m = 0
            keep = 0
            i = int(ring[bucket])
            while i > 0:
                following = int(plan[i, L_NEXT])
                if plan[i, L_DAY] == day:
                    # The order of the ledger within a day: a named draw, then what the work is.
                    what = mix(plan[i, L_X], plan[i, L_Y], plan[i, L_Z], (plan[i, L_ERRAND] << 20) ^ plan[i, L_ITEM])
                    drawn = draw(seed, R_OFFICE, day, foremen[int(plan[i, L_FOREMAN]), F_NAME], 0)
                    order[m] = (mix(drawn, what, plan[i, L_ROLL], 0) << 31) | (what >> 1)
                    rows[m] = i
                    m += 1
                else:
                    plan[i, L_NEXT] = keep
                    keep = i
                i = following
            ring[bucket] = keep
            if m > 1:
                sort_rows(order, rows, m)
            for k in range(m):
                i = rows[k]
                sizes[Z_OFFERED] += 1
                if not release(
                    keys, slots, owners, foremen, heads, filled, chunks, works, charters, sizes, knobs, listed, near,
                    holed, plan, i,
                ):  # fmt: skip
                    sizes[Z_VOIDED] += 1
                plan[i, L_NEXT] = sizes[Z_PLAN_FREE]
                plan[i, L_DAY] = -1
                sizes[Z_PLAN_FREE] = i

        if sizes[Z_EVENTS] - first_event > 1:
            order_events(events, first_event, sizes[Z_EVENTS])

        # ---- the year ends ------------------------------------------------------------------------------------------
        day += 1
        if day % YEAR == 0:
            y = sizes[Z_SERIES]
            sizes[Z_SERIES] = y + 1
            series[y, Y_YEAR] = day // YEAR
            series[y, Y_BAYS] = sizes[Z_FOREMEN] - tally[T_DIED]
            series[y, Y_BORN] = sizes[Z_FOREMEN]
            series[y, Y_DIED] = tally[T_DIED]
            series[y, Y_BOXED_IN] = tally[T_BOXED_IN]
            series[y, Y_SCHOOLS] = tally[T_SCHOOLS]
            series[y, Y_CHARTERS] = sizes[Z_CHARTERS]
            series[y, Y_LOTS] = tally[T_LOTS]
            series[y, Y_PLANNED] = tally[T_PLANNED]
            series[y, Y_CHARGED] = tally[T_CHARGED]
            series[y, Y_RENOVATIONS] = tally[T_RENOVATIONS]
            series[y, Y_GREATEST] = tally[T_GREATEST]
            series[y, Y_GREATEST_KIND] = tally[T_GREATEST_KIND]
            series[y, Y_GREATEST_FOREMAN] = tally[T_GREATEST_FOREMAN]
            write_people(series, y, powers)
            tally[T_GREATEST] = 0
            tally[T_GREATEST_KIND] = 0
            tally[T_GREATEST_FOREMAN] = 0
    return day
