"""The order of a day: the file to read first.

    due foremen propose gifts -> they live and breed -> gifts, claims and releases are settled
        -> yesterday's shots are answered, today's are fired -> the site office lays what was planned for today
        -> on the last day of a year, a row of the series

Whoever decides reads the end of yesterday and writes its own row and an outbox; what is contested is settled for all at
once, by named draws. So the order in which rows are visited decides nothing. Nobody is visited who is not due.
"""

from __future__ import annotations

from .codes import (
    CLIP_OWNED,
    E_REPAIR,
    EVERYTHING,
    K_SHOT,
    P_BUILDING,
    P_IDLE,
    P_RELEASED,
    P_STANDING,
    R_OFFICE,
    V_BIRTH,
    V_DEATH,
    V_RELEASE,
    V_RENOVATION,
    V_REPAIR,
    V_SCHOOL,
    V_SHOT,
)
from .kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from .laws.construction import DIES, PLANS, RELEASES, live, make_plan, next_date, plan_demolition, write_plan
from .laws.office import enter, release
from .laws.power import UNIT, energy_on, income, propose_gifts
from .laws.replication import (
    NO_ROOM,
    O_DRAW,
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
from .lots import owner_of_lot, take_lots
from .rng import draw, lineage, mix
from .scenario import (
    Q_CLAIM_RETRY_DAYS,
    Q_COPY_ERROR_PPM,
    Q_GROWTH_INCOME,
    Q_POWER_CAP,
    Q_POWER_GIFTS,
    Q_SEED,
    Q_TOWER_INCOME,
    Q_WORKS,
)
from .survey import site_at
from .tables import (
    C_DAY,
    C_FOREMAN,
    C_LOTS,
    C_M,
    C_N,
    C_RELEASE,
    C_X,
    C_Y,
    C_Z,
    F_BORN,
    F_BOXED_IN,
    F_CHARTER,
    F_CHILDREN,
    F_DEATH,
    F_DUE,
    F_ENERGY,
    F_EPOCH,
    F_HEIGHT,
    F_HESITATED,
    F_LOTS,
    F_NAME,
    F_PARENT,
    F_PHASE,
    F_PITCH,
    F_SCHOOL,
    F_SIDE,
    F_SITE,
    F_TRY_DAY,
    F_UPDATED,
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
    H_X,
    H_Y,
    H_Z,
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
    RING,
    T_BOXED_IN,
    T_CHARGED,
    T_DIED,
    T_GREATEST,
    T_GREATEST_FOREMAN,
    T_GREATEST_KIND,
    T_LOST,
    T_LOTS,
    T_PLANNED,
    T_RENOVATIONS,
    T_ROUSED,
    T_SCHOOLS,
    T_SHOTS_FIRED,
    T_WAKES,
    V_CAUSE,
    V_CHANCE,
    V_DAY,
    V_KIND,
    V_MAGNITUDE,
    V_PLACE,
    V_WHO,
    V_WHOM,
    Y_BAYS,
    Y_BORN,
    Y_BOXED_IN,
    Y_CHARGED,
    Y_CHARTERS,
    Y_DIED,
    Y_GREATEST,
    Y_GREATEST_FOREMAN,
    Y_GREATEST_KIND,
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
    Z_PLAN,
    Z_PLAN_FREE,
    Z_SCHOOLS,
    Z_SECTORS,
    Z_SERIES,
    Z_VOIDED,
    Z_WORKS,
)

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


@kernel(NOTHING(i8m, i4v, i4m, i8, i8))
def set_due(foremen, calendar, links, n, day):
    """Move foreman n to the bucket of its next due day (-1: to none). A calendar is a ring of doubly linked lists."""
    before = foremen[n, F_DUE]
    if before >= 0:
        previous = int(links[n, 0])
        following = int(links[n, 1])
        if previous < 0:
            calendar[before & (RING - 1)] = following
        else:
            links[previous, 1] = following
        if following >= 0:
            links[following, 0] = previous
    foremen[n, F_DUE] = day
    if day >= 0:
        first = int(calendar[day & (RING - 1)])
        links[n, 0] = -1
        links[n, 1] = first
        if first >= 0:
            links[first, 0] = n
        calendar[day & (RING - 1)] = n


@kernel(NOTHING(i8m, i8v, i8, i8, i8, i8, i8, i8, i8))
def tell(events, sizes, day, kind, who, whom, place, magnitude, chance):
    """Write an event."""
    i = sizes[Z_EVENTS]
    sizes[Z_EVENTS] = i + 1
    events[i, V_DAY] = day
    events[i, V_KIND] = kind
    events[i, V_WHO] = who
    events[i, V_WHOM] = whom
    events[i, V_PLACE] = place
    events[i, V_MAGNITUDE] = magnitude
    events[i, V_CAUSE] = 0
    events[i, V_CHANCE] = chance


@kernel(NOTHING(i8m, i8, i8))
def order_events(events, first, end):
    """Put the events of one day in order of (kind, who); there are few."""
    for i in range(first + 1, end):
        j = i
        while j > first and (
            events[j - 1, V_KIND] > events[j, V_KIND]
            or (events[j - 1, V_KIND] == events[j, V_KIND] and events[j - 1, V_WHO] > events[j, V_WHO])
        ):
            for c in range(events.shape[1]):
                events[j - 1, c], events[j, c] = events[j, c], events[j - 1, c]
            j -= 1


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i8m, i8m, i8m, i8v, i8v, i8v, i8m, i8, i8, i4v, i4m))
def bear(
    keys, slots, owners, foremen, charters, schools, claims, events, sizes, knobs, tally, proposals, p, day, calendar, links
):
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
            tell(events, sizes, day, V_SCHOOL, name, foremen[n, F_NAME], name, pitch, 0)
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
    chance = knobs[Q_COPY_ERROR_PPM] * 1000 if proposals[p, O_ERRED] else 0
    tell(events, sizes, day, V_BIRTH, name, foremen[n, F_NAME], name, lots, chance)
    set_due(foremen, calendar, links, c, day + 1)


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i8m, i8m, i8v, i8v, i8, i8, i4v, i4m))
def set_free(keys, slots, owners, foremen, schools, claims, events, sizes, tally, n, day, calendar, links):
    """The lots of a demolished bay go wild; boxed-in owners of the lots around them try again tomorrow."""
    lx = foremen[n, F_X] >> 4
    ly = foremen[n, F_Y] >> 4
    lz = foremen[n, F_Z] >> 4
    w = foremen[n, F_PITCH] >> 4
    h = foremen[n, F_HEIGHT] >> 4
    freed = take_lots(keys, slots, owners, sizes[Z_SECTORS], n, lx, ly, lz, w, h, 1) >> 32
    foremen[n, F_LOTS] = 0
    tally[T_LOTS] -= freed
    tally[T_DIED] += 1
    if foremen[n, F_BOXED_IN]:
        foremen[n, F_BOXED_IN] = 0
        tally[T_BOXED_IN] -= 1
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
    tell(events, sizes, day, V_RELEASE, foremen[n, F_NAME], 0, foremen[n, F_NAME], freed, 0)
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


@kernel(NOTHING(i8v, i4v, i4m, i8m, i4m, i4v, i8v, i8v, i8v, i8m, i8m, i8v, i8, i8))
def answer_shot(keys, slots, owners, foremen, plan, ring, sizes, knobs, tally, shots, events, mark, shot, day):
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
    for k in range(found):
        n = mark[2 * k]
        cells = max(1, mark[2 * k + 1] // 16)  # of the box of a hole about one cell in sixteen stood
        foremen[n, F_ENERGY] -= cells * UNIT
        tally[T_CHARGED] += cells
        write_plan(
            plan, ring, sizes, knobs, foremen, tally, n, day, E_REPAIR, K_SHOT, x, y, z, sx, sy, sz, 0, 0, shot, cells,
            0, 0,
        )  # fmt: skip
        tell(events, sizes, day, V_REPAIR, foremen[n, F_NAME], 0, foremen[n, F_NAME], cells, 0)


@kernel(
    i8(
        i8v, i4v, i4m, i8m, i8m, i8m, i8m, i8m, i8m, i8m, i4v, i4m, i4m, i4v, i8v, i8v, i8v, i4m, i8v, i4m, i4m, i8v,
        i8v, i8v, i8v, i8v, i8v, i8m, i8m, i8, i8,
    ),
    entry=True,
)  # fmt: skip
def days(
    keys, slots, owners, foremen, charters, schools, claims, shots, events, series, calendar, links, plan, ring, sizes,
    knobs, tally, heads, filled, chunks, works, desk, listed, near, holed, rows, order, gifts, proposals, day, end,
):  # fmt: skip
    """Run the days from `day` up to `end` (not included); returns the first day that was not run.

    It returns early, before a day and with the state untouched, when an array may be too short for what is due; the
    caller makes the arrays longer and calls again. From `desk` on the arrays are working memory of one day.
    """
    with_works = knobs[Q_WORKS] != 0
    growth_income = knobs[Q_GROWTH_INCOME]
    tower_income = knobs[Q_TOWER_INCOME]
    power_cap = knobs[Q_POWER_CAP]
    seed = knobs[Q_SEED]
    longest = 0
    if with_works:
        for s in range(sizes[Z_SECTORS]):
            longest = max(longest, int(heads[s, 2]))
    laid_before = sizes[Z_WORKS]
    while day < end:
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
        fired = tally[T_SHOTS_FIRED]
        shooting = 0
        pierced = 0  # sectors that the holes of today may meet
        while fired + shooting < shots.shape[0] and shots[fired + shooting, H_DAY] == day:
            wide = (2 * shots[fired + shooting, H_RADIUS] + 1) // SECTOR + 2
            pierced += (shots[fired + shooting, H_LENGTH] // SECTOR + 2) * wide * wide
            shooting += 1
        answering = 0
        while answering < fired and shots[fired - 1 - answering, H_DAY] == day - 1:
            answering += 1
        struck = 0
        for k in range(answering):
            shot = fired - 1 - k
            struck += 1 + (shots[shot, H_LENGTH] // LOT + 2) * (shots[shot, H_RADIUS] // 8 + 2) * (
                shots[shot, H_RADIUS] // 8 + 2
            )
        if due + releases + shooting + struck > 0:
            more_works = (releases + struck) * WORKS_AT_ONCE + shooting + (repairs + struck) * longest
            if (
                sizes[Z_FOREMEN] + due > foremen.shape[0]
                or sizes[Z_FOREMEN] + due > links.shape[0]
                or sizes[Z_CHARTERS] + due > charters.shape[0]
                or sizes[Z_SCHOOLS] + due > schools.shape[0]
                or sizes[Z_CLAIMS] + 2 * due > claims.shape[0]
                or sizes[Z_EVENTS] + EVENTS_AT_ONCE * due + shooting + struck > events.shape[0]
                or sizes[Z_SECTORS] + SECTORS_AT_ONCE * due > owners.shape[0]
                or 2 * (sizes[Z_SECTORS] + SECTORS_AT_ONCE * due) > keys.shape[0]
                or due > proposals.shape[0]
                or 2 * (due + releases + struck) > rows.shape[0]
            ):
                return day
            if with_works and (
                sizes[Z_PLAN] + PLANNED_AT_ONCE * due + struck + 1 >= plan.shape[0]
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
                        tell(events, sizes, day, V_RENOVATION, name, 0, name, foremen[n, F_EPOCH], 0)
                elif follows == DIES:
                    plan_demolition(plan, ring, sizes, knobs, foremen, tally, n, day)
                    tell(events, sizes, day, V_DEATH, name, 0, name, day - foremen[n, F_BORN], 0)
                elif follows == RELEASES:
                    order[released] = n
                    released += 1
                    if phase == P_IDLE:
                        tell(events, sizes, day, V_DEATH, name, 0, name, day - foremen[n, F_BORN], 0)
                daily = income(foremen, n, growth_income, tower_income)
                if (
                    may_breed(foremen, knobs, n)
                    and day >= foremen[n, F_TRY_DAY]
                    and foremen[n, F_ENERGY] >= breeding_price(foremen, knobs, n)
                ):
                    tried = breed(keys, slots, owners, foremen, charters, knobs, tally, n, day, proposals, proposed)
                    if tried == PROPOSED:
                        proposed += 1
                    elif tried == NO_ROOM:
                        foremen[n, F_BOXED_IN] = 1
                        tally[T_BOXED_IN] += 1
                next_day = next_date(foremen, charters, knobs, n, day, daily)
                if may_breed(foremen, knobs, n):
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
                            keys, slots, owners, foremen, charters, schools, claims, events, sizes, knobs, tally,
                            proposals, rows[p], day, calendar, links,
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
                    set_free(
                        keys, slots, owners, foremen, schools, claims, events, sizes, tally, order[k], day, calendar, links
                    )

        # ---- shots, and the answers to yesterday's ------------------------------------------------------------------
        for k in range(answering):
            answer_shot(keys, slots, owners, foremen, plan, ring, sizes, knobs, tally, shots, events, rows, fired - 1 - k, day)
        for k in range(shooting):
            shot = fired + k
            axis = shots[shot, H_AXIS]
            wide = 2 * shots[shot, H_RADIUS] + 1
            tell(events, sizes, day, V_SHOT, shot + 1, 0, 0, shots[shot, H_LENGTH], 0)
            if with_works:
                enter(
                    keys, slots, owners, foremen, heads, filled, chunks, works, sizes, 0, day, K_SHOT,
                    shots[shot, H_X], shots[shot, H_Y], shots[shot, H_Z], shots[shot, H_LENGTH] if axis == 0 else wide,
                    shots[shot, H_LENGTH] if axis == 1 else wide, shots[shot, H_LENGTH] if axis == 2 else wide, 0,
                    shots[shot, H_RADIUS], axis, CLIP_OWNED, 0, shot + 1, EVERYTHING,
                )  # fmt: skip
        tally[T_SHOTS_FIRED] += shooting

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
            tally[T_GREATEST] = 0
            tally[T_GREATEST_KIND] = 0
            tally[T_GREATEST_FOREMAN] = 0
    return day
