"""Killy the Wanderer walks, looks, tests, leads, fires and sleeps.

One decision at a time: he goes where he has not looked for long, searches there, and sees who lives there; or he goes back
to a village that he knows. Whoever shows the whole key he leads to a terminal. Where nobody does, he may lead those who show
pieces of it to a sanctuary, so that their children can have it. Where units attack the village that he stays in, he fires.
What becomes of him follows from these rules alone; a world without villages he walks for ever.
"""

from __future__ import annotations

from math import factorial, isqrt

import numpy as np

from ..alert import alarm, village_alarm
from ..chronicle import event_name, tell
from ..codes import (
    D_JOURNEY,
    D_SHOT,
    E_MASS,
    K_MASS,
    M_DORMANT,
    M_ESCORT,
    M_EXPLORE,
    M_GATHER,
    M_REST,
    M_RETURN,
    P_BUILDING,
    P_RELEASED,
    P_STANDING,
    R_DORMANCY,
    R_FORGETTING,
    R_GATHERING,
    R_HAZARD,
    R_RUMOUR,
    R_SEARCH,
    R_SIGHT,
    R_TEST,
    R_WAY,
    RUBBLE,
    U_HUNTING,
    U_KILLED,
    V_BAY_SEARCHED,
    V_CARRIER_MISSED,
    V_ESCORT_ARRIVED,
    V_ESCORT_BEGUN,
    V_ESCORT_LOST,
    V_GATHERED,
    V_GROUP_LED,
    V_ORDER,
    V_PERSON_DIED,
    V_PERSON_TESTED,
    V_REPORT,
    V_RUMOUR,
    V_SHOT,
    V_SILENT_CENTURY,
    V_UNIT_KILLED,
    V_VILLAGE_FORGOTTEN,
    V_VILLAGE_FOUND,
    V_VILLAGE_FOUNDED,
    V_WANDERER_CAME,
    V_WANDERER_DORMANT,
    V_WANDERER_WOKE,
    V_WANDERER_WOUNDED,
)
from ..graph import apart, neighbour, path_days, way, within
from ..kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel
from ..lots import owner_of_lot
from ..people import carries_key, kill_person, move_person, next_resident, phenotype, precedence
from ..plans import write_plan
from ..rng import draws, lineage
from ..scenario import (
    Q_GENE_LOCI,
    Q_GUN_LEVEL,
    Q_OVERRIDE_DAYS,
    Q_SAFEGUARD_ALERT_CARRIER,
    Q_SEED,
    Q_WANDERER_FINDS_PPM,
    Q_WANDERER_GATHERS,
    Q_WANDERER_JOURNEY_PPM,
    Q_WANDERER_LOSS_PPM,
    Q_WANDERER_MEMORY_YEARS,
    Q_WANDERER_MISS_PPM,
    Q_WANDERER_RETURN_PPM,
    Q_WANDERER_RUMOUR_PPM,
    Q_WANDERER_SEARCH_DAYS,
    Q_WANDERER_TRIES_PPM,
    Q_WANDERERS,
)
from ..settlement import found_village, free_bay
from ..tables import (
    F_CHARTER,
    F_HEIGHT,
    F_NAME,
    F_NODE,
    F_PHASE,
    F_PITCH,
    F_SEARCHED,
    F_TERMINALS,
    F_VILLAGE,
    F_X,
    F_Y,
    F_Z,
    G_RIBS,
    G_SHELL,
    H_AXIS,
    H_DAY,
    H_LENGTH,
    H_RADIUS,
    H_WANDERER,
    H_X,
    H_Y,
    H_Z,
    PE_BORN,
    PE_DIED,
    PE_LED_BY,
    PE_NAME,
    PE_SHOWN,
    PE_TESTED,
    PE_VILLAGE,
    PO_AUTHORITY_BAYS,
    PO_ERA_DAY,
    PO_HUNTING,
    PO_KNOWN_CARRIERS,
    PO_MASS_HUNTING,
    PO_MASS_RUBBLE,
    PO_NODES,
    PO_OVERRIDE_BAY,
    PO_OVERRIDE_PERSON,
    PO_OVERRIDE_SINCE,
    PO_SAFEGUARD_BAYS,
    UN_ARRIVES,
    UN_BAY,
    UN_ENDED,
    UN_FATE,
    UN_MADE,
    UN_MASS,
    UN_NAME,
    UN_RAID,
    UN_VILLAGE,
    VI_BARRIER_UNTIL,
    VI_BAY,
    VI_CAPACITY,
    VI_ENDED,
    VI_KNOWN,
    VI_MASK_SEEN,
    VI_NAME,
    VI_PARENT,
    VI_PEOPLE,
    VI_SANCTUARY,
    VI_STORE,
    WA_ADVISED,
    WA_BAY,
    WA_CAUSE,
    WA_CHARGE,
    WA_DUE,
    WA_ENERGY,
    WA_GOAL,
    WA_GOAL_VILLAGE,
    WA_GROUP,
    WA_HITS,
    WA_HOPS,
    WA_MISSION,
    WA_NAME,
    WA_REPORTED,
    WA_SINCE,
    WA_UPDATED,
    YEAR,
    Z_FOREMEN,
    Z_SHOTS,
    Z_UNITS,
    Z_VILLAGES,
    Z_WANDERERS,
)
from ..world import COMMON, HOMES_VILLAGE, WORLD
from .law import Law

LAW = Law(
    name="wanderer",
    says="He goes where he has not looked, tests whom he finds, leads carriers to terminals, and fires at units.",
    writes=(
        "wanderers", "shots", "foremen.searched", "foremen.village", "foremen.plan_hash", "foremen.planned",
        "villages.known", "villages.mask_seen", "villages.sanctuary", "villages.alert", "villages.alert_day",
        "villages.people", "villages.infected", "villages.ended", "villages.store", "persons.tested", "persons.shown",
        "persons.led_by", "persons.village", "persons.died", "units.fate", "units.ended", "powers", "events",
        "tally.planned",
    ),
    knobs=(
        "wanderers", "wanderer_search_days", "wanderer_finds_ppm", "wanderer_memory_years", "wanderer_rumour_ppm",
        "wanderer_return_ppm", "wanderer_miss_ppm", "wanderer_tries_ppm", "wanderer_loss_ppm", "wanderer_gathers",
        "wanderer_journey_ppm", "gun_level", "gene_loci", "override_days", "safeguard_alert_carrier",
    ),
    streams=(
        "WAY", "SEARCH", "TEST", "HAZARD", "RUMOUR", "GATHERING", "DORMANCY", "FORGETTING", "SIGHT",
    ),
    source="Benichou et al. (2011) on search; docs/theory/wanderer.md",
)  # fmt: skip

FULL = 1000  # hits and energy of a Wanderer who is whole; one of each comes back a day
REST_DAYS = 60  # how long he stays in a village after a visit
WAIT_DAYS = 360  # how long he stays where he can do nothing else
STORE_DAYS = 180  # of food that founders bring
REPORT_DAYS = 360  # he reports once in so many days at most
CENTURY = 100 * YEAR
RINGS = (2, 4, 8, 12, 24)  # hops: a search that finds something near need not look far
RUMOUR_HOPS = 12
TERMINAL_RINGS = (4, 10, 20, 40)
SANCTUARY_HOPS = 6
GROUP_MOST = 6
KEPT = 12  # so many people always stay behind
ADULT = 15 * YEAR  # days
FORGETS_PPM = 100_000
VISIT_ALERT = 77  # 0.3, in 1/256: what a visit adds to Safeguard's alert about a village
WOUND = 20  # hits that each unit left over costs him
WOUNDED = 100  # hits lost at once that are told
BROKEN_YEARS = 5  # after the loss of a carrier; years of Poisson's law with mean 20 come on top
UNIT_DAYS = 720  # no unit hunts for longer
# Which choice of the day a draw is for, beside the low bits of his name.
OTHER = 1 << 16


def sleeps() -> tuple[int, ...]:
    """Days of the quantiles (2k + 1) / 512 of the log-uniform law from 30 days to 30 years: 30 x 360^((2k + 1) / 512)."""
    scale = 1 << 192
    root = 360 * scale
    for _ in range(9):
        root = isqrt(root * scale)
    days, factor = [], root
    for _ in range(256):
        days.append(30 * factor // scale)
        factor = factor * root // scale * root // scale
    return tuple(days)


def poisson(mean: int, most: int) -> tuple[int, ...]:
    """P(X <= k) of Poisson's law in 1/2^32, cut off above `most`: a sum of fractions, for e^mean cancels."""
    weights = [mean**k * factorial(most) // factorial(k) for k in range(most + 1)]
    return tuple((sum(weights[: k + 1]) << 32) // sum(weights) for k in range(most + 1))


SLEEPS = np.array(sleeps(), np.int64)
TWENTY = np.array(poisson(20, 63), np.int64)


# ---- his body --------------------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8, i8))
def mend(wanderers, w, day):
    """Bring hits and energy of w to this day: one of each comes back a day."""
    days = day - wanderers[w, WA_UPDATED]
    wanderers[w, WA_HITS] = min(FULL, wanderers[w, WA_HITS] + days)
    wanderers[w, WA_ENERGY] = min(FULL, wanderers[w, WA_ENERGY] + days)
    wanderers[w, WA_UPDATED] = day


@kernel(NOTHING(WORLD, i8v, i8, i8, i8, i8, i8))
def begin(world, sizes, w, mission, due, cause, day):
    """Begin a mission that comes to its next decision on day `due`; tell if a century without a report has passed."""
    foremen, _, _, _, _, wanderers, powers, events, _ = world
    heard = max(wanderers[w, WA_REPORTED], powers[0, PO_ERA_DAY], 0)
    before = max(wanderers[w, WA_SINCE], heard)
    centuries = (day - heard) // CENTURY
    if centuries > (before - heard) // CENTURY:
        place = foremen[wanderers[w, WA_BAY], F_NAME]
        tell(events, sizes, day, V_SILENT_CENTURY, wanderers[w, WA_NAME], 0, place, centuries, 0, 0)
    wanderers[w, WA_MISSION] = mission
    wanderers[w, WA_SINCE] = day
    wanderers[w, WA_DUE] = due
    wanderers[w, WA_CAUSE] = cause
    wanderers[w, WA_GOAL] = -1
    wanderers[w, WA_GOAL_VILLAGE] = -1
    wanderers[w, WA_HOPS] = 0


@kernel(NOTHING(WORLD, i8v, i8, i8, i8, i8))
def break_down(world, sizes, w, days, cause, day):
    """He lies broken for so many days."""
    foremen, _, _, _, _, wanderers, _, events, _ = world
    wanderers[w, WA_HITS] = 0
    begin(world, sizes, w, M_DORMANT, day + days, cause, day)
    place = foremen[wanderers[w, WA_BAY], F_NAME]
    tell(events, sizes, day, V_WANDERER_DORMANT, wanderers[w, WA_NAME], 0, place, days, cause, 0)


@kernel(i8(i8), entry=True)
def long_sleep(word):
    """Years of dormancy after the loss of a carrier, from a 32-bit word: 5 + Poisson(20)."""
    years = 0
    while years < len(TWENTY) - 1 and word >= TWENTY[years]:
        years += 1
    return BROKEN_YEARS + years


@kernel(i8(i8), entry=True)
def short_sleep(word):
    """Days of dormancy after a fight, from a 32-bit word: log-uniform from 30 days to 30 years."""
    return SLEEPS[word >> 24]


# ---- where he goes ---------------------------------------------------------------------------------------------------


@kernel(flag(i8m, i8v, i8, i8))
def unknown(foremen, knobs, n, day):
    """Whether he has not searched bay n within his memory."""
    searched = foremen[n, F_SEARCHED]
    return searched < 0 or day - searched > knobs[Q_WANDERER_MEMORY_YEARS] * YEAR


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8, i8, i8, i8v, i8m), entry=True)
def next_bay(keys, slots, owners, foremen, knobs, start, name, day, marks, reached):
    """The row of `reached` with the bay that he explores next, or -1: of the nearest ring with an unknown bay, one of them.

    reads    foremen.searched; who owns the lots
    start    the bay that he is in; name: his
    If there is none within 24 hops, any neighbour will do.
    """
    stream = name & 0xFFFF
    found = 0
    for most in RINGS:
        found = within(keys, slots, owners, foremen, start, most, marks, reached)
        best = -1
        least = 0
        for i in range(found):
            if best >= 0 and reached[i, 1] > reached[best, 1]:
                break
            n = reached[i, 0]
            if foremen[n, F_PHASE] == P_RELEASED or not unknown(foremen, knobs, n, day):
                continue
            rank = precedence(draws(knobs[Q_SEED], R_WAY, day, foremen[n, F_NAME], stream)[0], foremen[n, F_NAME])
            if best < 0 or rank < least:
                best = i
                least = rank
        if best >= 0:
            return best
    best = -1
    least = 0
    for i in range(1, found):
        if reached[i, 1] > 1:
            break
        n = reached[i, 0]
        rank = precedence(draws(knobs[Q_SEED], R_WAY, day, foremen[n, F_NAME], stream)[0], foremen[n, F_NAME])
        if best < 0 or rank < least:
            best = i
            least = rank
    return best


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8))
def footing(keys, slots, owners, foremen, sizes, n):
    """The bay where he is who was in bay n: where that is gone, whoever owns its middle now, or the nearest living bay."""
    if foremen[n, F_PHASE] != P_RELEASED:
        return n
    x = foremen[n, F_X] + foremen[n, F_PITCH] // 2
    y = foremen[n, F_Y] + foremen[n, F_PITCH] // 2
    z = foremen[n, F_Z] + foremen[n, F_HEIGHT] // 2
    best = owner_of_lot(keys, slots, owners, x >> 4, y >> 4, z >> 4)
    if best >= 0:
        return best
    least = 0
    for o in range(sizes[Z_FOREMEN]):
        if foremen[o, F_PHASE] == P_RELEASED:
            continue
        far = apart(foremen, n, o)
        if best < 0 or far < least or (far == least and foremen[o, F_NAME] < foremen[best, F_NAME]):
            best = o
            least = far
    return best if best >= 0 else n


@kernel(i8(WORLD, i8v, i8v, i8, i8))
def known_village(world, sizes, knobs, w, day):
    """A standing village that he knows and is not in: the one that he was advised of, else by the lowest draw; or -1."""
    _, _, _, villages, _, wanderers, _, _, _ = world
    advised = wanderers[w, WA_ADVISED]
    if advised >= 0 and villages[advised, VI_ENDED] < 0 and villages[advised, VI_BAY] != wanderers[w, WA_BAY]:
        return advised
    wanderers[w, WA_ADVISED] = -1
    name = wanderers[w, WA_NAME]
    if draws(knobs[Q_SEED], R_WAY, day, name, OTHER)[0] * 1_000_000 >> 32 >= knobs[Q_WANDERER_RETURN_PPM]:
        return -1
    best = -1
    least = 0
    for v in range(sizes[Z_VILLAGES]):
        if villages[v, VI_ENDED] >= 0 or villages[v, VI_KNOWN] < 0 or villages[v, VI_BAY] == wanderers[w, WA_BAY]:
            continue
        rank = precedence(draws(knobs[Q_SEED], R_WAY, day, villages[v, VI_NAME], name & 0xFFFF)[0], villages[v, VI_NAME])
        if best < 0 or rank < least:
            best = v
            least = rank
    return best


@kernel(NOTHING(i8v, i4v, i4m, WORLD, i8v, i8v, i8v, i8m, i8, i8, i8))
def decide(keys, slots, owners, world, sizes, knobs, marks, reached, w, cause, day):
    """What he does next: he goes back to a village that he knows, or to a bay that he does not."""
    foremen, charters, _, villages, _, wanderers, _, _, _ = world
    wanderers[w, WA_BAY] = footing(keys, slots, owners, foremen, sizes, wanderers[w, WA_BAY])
    start = wanderers[w, WA_BAY]
    v = known_village(world, sizes, knobs, w, day)
    if v >= 0:
        goal = villages[v, VI_BAY]
        hops, days = way(keys, slots, owners, foremen, charters, start, goal, marks, reached)
        if hops > 0:
            begin(world, sizes, w, M_RETURN, day + max(1, days), cause, day)
            wanderers[w, WA_GOAL] = goal
            wanderers[w, WA_GOAL_VILLAGE] = v
            wanderers[w, WA_HOPS] = hops
            return
        wanderers[w, WA_ADVISED] = -1  # there is no way
    row = next_bay(keys, slots, owners, foremen, knobs, start, wanderers[w, WA_NAME], day, marks, reached)
    if row < 0:
        begin(world, sizes, w, M_REST, day + WAIT_DAYS, cause, day)
        return
    days = path_days(keys, slots, owners, foremen, charters, reached, row)
    begin(world, sizes, w, M_EXPLORE, day + max(1, days), cause, day)
    wanderers[w, WA_GOAL] = reached[row, 0]
    wanderers[w, WA_HOPS] = reached[row, 1]


@kernel(i8(WORLD, i8v))
def villages_known(world, sizes):
    """How many standing villages are known to the Wanderers."""
    _, _, _, villages, _, _, _, _, _ = world
    known = 0
    for v in range(sizes[Z_VILLAGES]):
        if villages[v, VI_ENDED] < 0 and villages[v, VI_KNOWN] >= 0:
            known += 1
    return known


@kernel(NOTHING(i8v, i4v, i4m, WORLD, i8v, i8, i8))
def report(keys, slots, owners, world, sizes, w, day):
    """Where a node of the Authority lives in his bay or the next, he gets his order, and later reports what he knows."""
    foremen, _, _, _, _, wanderers, _, events, _ = world
    last = wanderers[w, WA_REPORTED]
    if last >= 0 and day - last < REPORT_DAYS:
        return
    bay = wanderers[w, WA_BAY]
    node = bay if foremen[bay, F_NODE] else -1
    if node < 0:
        for side in range(6):
            o = neighbour(keys, slots, owners, foremen, bay, side)
            if o >= 0 and foremen[o, F_NODE] and (node < 0 or foremen[o, F_NAME] < foremen[node, F_NAME]):
                node = o
    if node < 0:
        return
    kind = V_REPORT if last >= 0 else V_ORDER
    known = villages_known(world, sizes)
    tell(events, sizes, day, kind, wanderers[w, WA_NAME], foremen[node, F_NAME], foremen[bay, F_NAME], known, 0, 0)
    wanderers[w, WA_REPORTED] = day


# ---- whom he leads ---------------------------------------------------------------------------------------------------


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8, i8, i8, flag, i8v, i8m))
def terminal_near(keys, slots, owners, foremen, knobs, start, name, day, alive, marks, reached):
    """The row of `reached` with the nearest terminal within 40 hops, or -1. `alive`: only where a node lives."""
    for most in TERMINAL_RINGS:
        found = within(keys, slots, owners, foremen, start, most, marks, reached)
        best = -1
        least = 0
        for i in range(found):
            if best >= 0 and reached[i, 1] > reached[best, 1]:
                break
            n = reached[i, 0]
            if foremen[n, F_TERMINALS] == 0 or (alive and foremen[n, F_NODE] == 0):
                continue
            if foremen[n, F_PHASE] != P_BUILDING and foremen[n, F_PHASE] != P_STANDING:
                continue
            drawn = draws(knobs[Q_SEED], R_WAY, day, foremen[n, F_NAME], OTHER | (name & 0xFFFF))[0]
            rank = precedence(drawn, foremen[n, F_NAME])
            if best < 0 or rank < least:
                best = i
                least = rank
        if best >= 0:
            return best
    return -1


@kernel(flag(i8v, i8, i8, i8, i8))
def lost_at(knobs, carrier, name, hop, day):
    """Whether the carrier is lost at this hop of the escort that `name` began on this day."""
    drawn = draws(knobs[Q_SEED], R_HAZARD, day, carrier, ((name & 0xFFFF) << 6) | hop)[0]
    return drawn * 1_000_000 >> 32 < knobs[Q_WANDERER_LOSS_PPM]


@kernel(flag(i8v, i4v, i4m, WORLD, i8v, i8v, i8v, i8m, i8, i8, i8, i8))
def lead_carrier(keys, slots, owners, world, sizes, knobs, marks, reached, w, p, cause, day):
    """Set out with carrier p for the nearest terminal. The hazards of all hops are drawn here: he is due where it ends."""
    foremen, charters, persons, _, _, wanderers, powers, events, _ = world
    start = wanderers[w, WA_BAY]
    name = wanderers[w, WA_NAME]
    row = -1
    if powers[0, PO_NODES] > 0:
        row = terminal_near(keys, slots, owners, foremen, knobs, start, name, day, True, marks, reached)
    if row < 0:
        row = terminal_near(keys, slots, owners, foremen, knobs, start, name, day, False, marks, reached)
    # Where no node lives, who is at a terminal already has nothing to go for.
    if row < 0 or (reached[row, 1] == 0 and powers[0, PO_NODES] == 0):
        return False
    carrier = persons[p, PE_NAME]
    hops = reached[row, 1]
    end = 1
    while end < hops and not lost_at(knobs, carrier, name, end, day):
        end += 1
    while reached[row, 1] > end:
        row = reached[row, 2]
    tell(events, sizes, day, V_ESCORT_BEGUN, carrier, name, foremen[start, F_NAME], hops, cause, 0)
    days = 2 * path_days(keys, slots, owners, foremen, charters, reached, row)
    begin(world, sizes, w, M_ESCORT, day + max(1, days), event_name(day, V_ESCORT_BEGUN, carrier, name), day)
    wanderers[w, WA_GOAL] = reached[row, 0]
    wanderers[w, WA_HOPS] = reached[row, 1]
    wanderers[w, WA_CHARGE] = p
    persons[p, PE_LED_BY] = w
    return True


@kernel(i8(WORLD, i8v, i4m, i4v, i8, i8))
def next_led(world, sizes, kin, homes, w, after):
    """Of those whom w leads, the one with the lowest name above `after`, or -1; flight may have scattered their homes."""
    _, _, persons, villages, _, _, _, _, _ = world
    best = -1
    for v in range(sizes[Z_VILLAGES]):
        if villages[v, VI_ENDED] >= 0:
            continue
        p = int(homes[HOMES_VILLAGE + v])
        while p >= 0:
            name = persons[p, PE_NAME]
            if persons[p, PE_LED_BY] == w and name > after and (best < 0 or name < persons[best, PE_NAME]):
                best = p
            p = int(kin[p, 0])
    return best


@kernel(i8(i8))
def bits(mask):
    """How many loci are in a mask."""
    count = 0
    for locus in range(8):
        count += (mask >> locus) & 1
    return count


@kernel(i8(WORLD, i8v, i8, i8))
def sanctuary_for(world, sizes, v, day):
    """The sanctuary: the known standing one with the lowest name, or from now on village v, if it will do; else -1.

    It will do behind a barrier, or if no other known village has shown more loci.
    """
    _, _, _, villages, _, _, _, _, _ = world
    best = -1
    widest = villages[v, VI_MASK_SEEN] != 0
    for u in range(sizes[Z_VILLAGES]):
        if villages[u, VI_ENDED] >= 0 or villages[u, VI_KNOWN] < 0:
            continue
        if villages[u, VI_SANCTUARY] and (best < 0 or villages[u, VI_NAME] < villages[best, VI_NAME]):
            best = u
        if bits(villages[u, VI_MASK_SEEN]) > bits(villages[v, VI_MASK_SEEN]):
            widest = False
    if best < 0 and (widest or villages[v, VI_BARRIER_UNTIL] > day):
        villages[v, VI_SANCTUARY] = 1
        return v
    return best


@kernel(i8(WORLD, i8v, i4m, i4v, i8))
def missing_loci(world, knobs, kin, homes, s):
    """The loci that his tests have shown in less than half of the people of the sanctuary; all if there is none yet."""
    _, _, persons, villages, _, _, _, _, _ = world
    mask = 0
    for locus in range(knobs[Q_GENE_LOCI]):
        shown = 0
        people = 0
        if s >= 0:
            people = villages[s, VI_PEOPLE]
            p = int(homes[HOMES_VILLAGE + s])
            while p >= 0:
                shown += (persons[p, PE_SHOWN] >> locus) & 1
                p = int(kin[p, 0])
        if s < 0 or 2 * shown < people:
            mask |= 1 << locus
    return mask


@kernel(flag(i8v, i4v, i4m, WORLD, i8v, i8v, i4m, i4v, i8v, i8m, i8, i8, i8, i8))
def lead_group(keys, slots, owners, world, sizes, knobs, kin, homes, marks, reached, w, v, cause, day):
    """Set out from village v for the sanctuary with up to six grown people who show loci that are rare there.

    Nobody is led to where there is no food for them.
    """
    foremen, charters, persons, villages, _, wanderers, _, events, _ = world
    s = sanctuary_for(world, sizes, v, day)
    most = min(GROUP_MOST, villages[v, VI_PEOPLE] - KEPT)
    if s == v or most <= 0 or (s >= 0 and villages[s, VI_PEOPLE] + most > villages[s, VI_CAPACITY]):
        return False
    name = wanderers[w, WA_NAME]
    start = wanderers[w, WA_BAY]
    missing = missing_loci(world, knobs, kin, homes, s)
    if missing == 0:
        return False
    if s >= 0:
        goal = villages[s, VI_BAY]
    else:
        goal = free_bay(
            keys, slots, owners, foremen, knobs, marks, reached, start, SANCTUARY_HOPS, name, R_GATHERING, day
        )
        if goal < 0:
            return False
    hops, days = way(keys, slots, owners, foremen, charters, start, goal, marks, reached)
    if hops < 0:
        return False
    taken = 0
    while taken < most:
        best = -1
        adds = 0
        least = 0
        p = int(homes[HOMES_VILLAGE + v])
        while p >= 0:
            more = bits(persons[p, PE_SHOWN] & missing)
            if persons[p, PE_LED_BY] < 0 and day - persons[p, PE_BORN] >= ADULT and more > 0 and more >= adds:
                drawn = draws(knobs[Q_SEED], R_GATHERING, day, persons[p, PE_NAME], name & 0xFFFF)[0]
                rank = precedence(drawn, persons[p, PE_NAME])
                if more > adds or rank < least:
                    best = p
                    adds = more
                    least = rank
            p = int(kin[p, 0])
        if best < 0:
            break
        persons[best, PE_LED_BY] = w
        taken += 1
    if taken == 0:
        return False
    tell(events, sizes, day, V_GROUP_LED, name, villages[v, VI_NAME], foremen[start, F_NAME], taken, cause, 0)
    led = event_name(day, V_GROUP_LED, name, villages[v, VI_NAME])
    begin(world, sizes, w, M_GATHER, day + max(1, 2 * days), led, day)
    wanderers[w, WA_GOAL] = goal
    wanderers[w, WA_GOAL_VILLAGE] = s
    wanderers[w, WA_HOPS] = hops
    wanderers[w, WA_GROUP] = taken
    return True


# ---- whom he meets ---------------------------------------------------------------------------------------------------


@kernel(i8(WORLD, i8v, i8v, i8, i8, i8, i8))
def test_person(world, sizes, knobs, w, p, seen, day):
    """Test person p. What once was shown is known; a locus that is there stays hidden with `wanderer_miss_ppm`.

    Returns the name of the event, or 0: only those are told who newly show four loci or the whole key.
    """
    foremen, _, persons, villages, _, wanderers, powers, events, _ = world
    name = persons[p, PE_NAME]
    his = wanderers[w, WA_NAME]
    place = foremen[wanderers[w, WA_BAY], F_NAME]
    miss = knobs[Q_WANDERER_MISS_PPM]
    whole = (1 << knobs[Q_GENE_LOCI]) - 1
    before = persons[p, PE_SHOWN]
    hidden = phenotype(persons, p) & whole & ~before
    shown = before
    likely = 1_000_000_000
    all_shown = 1_000_000_000
    for locus in range(knobs[Q_GENE_LOCI]):
        if (hidden >> locus) & 1:
            word = draws(knobs[Q_SEED], R_TEST, day, name, ((his & 0xFFFF) << 1) | (locus >> 2))[locus & 3]
            all_shown = all_shown * (1_000_000 - miss) // 1_000_000
            if word * 1_000_000 >> 32 < miss:
                likely = likely * miss // 1_000_000
            else:
                likely = likely * (1_000_000 - miss) // 1_000_000
                shown |= 1 << locus
    persons[p, PE_TESTED] = day
    persons[p, PE_SHOWN] = shown
    villages[persons[p, PE_VILLAGE], VI_MASK_SEEN] |= shown
    if carries_key(persons, knobs, p):
        if shown != whole:
            tell(events, sizes, day, V_CARRIER_MISSED, name, his, place, shown, seen, 1_000_000_000 - all_shown)
        elif before != whole:
            powers[0, PO_KNOWN_CARRIERS] += 1
            alarm(powers, knobs, day, knobs[Q_SAFEGUARD_ALERT_CARRIER])
    if shown == before or (bits(shown) < 4 and shown != whole):
        return 0
    tell(events, sizes, day, V_PERSON_TESTED, name, his, place, shown, seen, likely)
    return event_name(day, V_PERSON_TESTED, name, his)


@kernel(NOTHING(i8v, i4v, i4m, WORLD, i8v, i8v, i8v, i8m, i8, i8, i8, i8))
def hear(keys, slots, owners, world, sizes, knobs, marks, reached, w, v, seen, day):
    """In village v he may hear of another within 12 hops that he does not know."""
    foremen, _, _, villages, _, wanderers, _, events, _ = world
    stream = OTHER | (wanderers[w, WA_NAME] & 0xFFFF)
    drawn = draws(knobs[Q_SEED], R_RUMOUR, day, villages[v, VI_NAME], stream)[0]
    if drawn * 1_000_000 >> 32 >= knobs[Q_WANDERER_RUMOUR_PPM]:
        return
    found = within(keys, slots, owners, foremen, villages[v, VI_BAY], RUMOUR_HOPS, marks, reached)
    best = -1
    least = 0
    for i in range(1, found):
        u = foremen[reached[i, 0], F_VILLAGE]
        if u < 0 or villages[u, VI_ENDED] >= 0 or villages[u, VI_KNOWN] >= 0:
            continue
        drawn = draws(knobs[Q_SEED], R_RUMOUR, day, villages[u, VI_NAME], stream & 0xFFFF)[0]
        rank = precedence(drawn, villages[u, VI_NAME])
        if best < 0 or rank < least:
            best = u
            least = rank
    if best >= 0:
        villages[best, VI_KNOWN] = day
        place = foremen[villages[v, VI_BAY], F_NAME]
        chance = knobs[Q_WANDERER_RUMOUR_PPM] * 1000
        tell(events, sizes, day, V_RUMOUR, villages[best, VI_NAME], wanderers[w, WA_NAME], place, 0, seen, chance)


@kernel(NOTHING(i8v, i4v, i4m, WORLD, i8v, i8v, i4m, i4v, i8v, i8m, i8, i8, i8, i8))
def visit(keys, slots, owners, world, sizes, knobs, kin, homes, marks, reached, w, v, seen, day):
    """He tests all residents of village v and leads away whom he must, or stays for a while. `seen`: how he came."""
    foremen, _, persons, villages, _, wanderers, powers, events, _ = world
    his = wanderers[w, WA_NAME]
    bay = villages[v, VI_BAY]
    if villages[v, VI_KNOWN] < 0:
        chance = knobs[Q_WANDERER_FINDS_PPM] * 1000
        tell(events, sizes, day, V_VILLAGE_FOUND, villages[v, VI_NAME], his, foremen[bay, F_NAME], 0, seen, chance)
        seen = event_name(day, V_VILLAGE_FOUND, villages[v, VI_NAME], his)
    foremen[bay, F_SEARCHED] = day
    villages[v, VI_KNOWN] = day
    village_alarm(villages, v, day, VISIT_ALERT)
    if wanderers[w, WA_ADVISED] == v:
        wanderers[w, WA_ADVISED] = -1
    hear(keys, slots, owners, world, sizes, knobs, marks, reached, w, v, seen, day)
    whole = (1 << knobs[Q_GENE_LOCI]) - 1
    # Now and then he tries whoever lacks one locus: a part of the key commands what is near the terminal, for a while.
    tries = draws(knobs[Q_SEED], R_GATHERING, day, his, 0)[1] * 1_000_000 >> 32 < knobs[Q_WANDERER_TRIES_PPM]
    tolerance = 1 if tries and knobs[Q_GENE_LOCI] > 1 else 0
    carrier = -1
    cause = 0
    least = 0
    fewest = 0
    p = int(homes[HOMES_VILLAGE + v])
    while p >= 0:
        if persons[p, PE_LED_BY] < 0:
            told = test_person(world, sizes, knobs, w, p, seen, day)
            lacks = bits(whole & ~persons[p, PE_SHOWN])
            if lacks <= tolerance:
                drawn = draws(knobs[Q_SEED], R_GATHERING, day, persons[p, PE_NAME], his & 0xFFFF)[0]
                rank = precedence(drawn, persons[p, PE_NAME])
                if carrier < 0 or lacks < fewest or (lacks == fewest and rank < least):
                    carrier = p
                    cause = told
                    least = rank
                    fewest = lacks
        p = int(kin[p, 0])
    # Where most of the city already obeys the Authority, nobody is led into danger for it.
    if carrier >= 0 and powers[0, PO_AUTHORITY_BAYS] <= powers[0, PO_SAFEGUARD_BAYS]:
        if not lead_carrier(keys, slots, owners, world, sizes, knobs, marks, reached, w, carrier, cause, day):
            begin(world, sizes, w, M_REST, day + WAIT_DAYS, cause, day)
        return
    if knobs[Q_WANDERER_GATHERS] and lead_group(
        keys, slots, owners, world, sizes, knobs, kin, homes, marks, reached, w, v, seen, day
    ):
        return
    begin(world, sizes, w, M_REST, day + REST_DAYS, seen, day)


# ---- where he arrives ------------------------------------------------------------------------------------------------


@kernel(NOTHING(WORLD, i8v, i8, i8, i8, i8))
def tell_founded(world, sizes, v, people, cause, day):
    """Tell of a village that people whom he led have founded."""
    foremen, _, _, villages, _, _, _, events, _ = world
    villages[v, VI_STORE] = STORE_DAYS * people
    villages[v, VI_KNOWN] = day
    parent = villages[villages[v, VI_PARENT], VI_NAME]
    place = foremen[villages[v, VI_BAY], F_NAME]
    tell(events, sizes, day, V_VILLAGE_FOUNDED, villages[v, VI_NAME], parent, place, people, cause, 0)


@kernel(NOTHING(*COMMON, i8, i8))
def end_escort(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    w, day,
):  # fmt: skip
    """The escort ends: the carrier is lost on the way, or stands at the terminal."""
    foremen, _, persons, _, _, wanderers, powers, events, _ = world
    p = wanderers[w, WA_CHARGE]
    begun = wanderers[w, WA_CAUSE]
    goal = wanderers[w, WA_GOAL]
    hops = wanderers[w, WA_HOPS]
    his = wanderers[w, WA_NAME]
    carrier = persons[p, PE_NAME]
    wanderers[w, WA_CHARGE] = -1
    wanderers[w, WA_BAY] = footing(keys, slots, owners, foremen, sizes, goal)
    bay = wanderers[w, WA_BAY]
    place = foremen[bay, F_NAME]
    persons[p, PE_LED_BY] = -1
    if persons[p, PE_DIED] >= 0:  # of something else
        tell(events, sizes, day, V_ESCORT_LOST, carrier, his, place, hops, begun, 0)
        begin(world, sizes, w, M_REST, day + REST_DAYS, begun, day)
        return
    if hops > 0 and lost_at(knobs, carrier, his, hops, wanderers[w, WA_SINCE]):
        chance = knobs[Q_WANDERER_LOSS_PPM] * 1000
        kill_person(world, sizes, knobs, kin, estates, homes, p, day, D_JOURNEY, 0, begun, chance)
        died = event_name(day, V_PERSON_DIED, carrier, 0)
        tell(events, sizes, day, V_ESCORT_LOST, carrier, his, place, hops, died, 0)
        alarm(powers, knobs, day, knobs[Q_SAFEGUARD_ALERT_CARRIER])
        years = long_sleep(draws(knobs[Q_SEED], R_DORMANCY, day, his, 1)[0])
        break_down(world, sizes, w, YEAR * years, event_name(day, V_ESCORT_LOST, carrier, his), day)
        return
    if bay != goal or foremen[bay, F_TERMINALS] == 0 or foremen[bay, F_PHASE] > P_STANDING:
        # The terminal is gone: they look for another one.
        if not lead_carrier(keys, slots, owners, world, sizes, knobs, marks, reached, w, p, begun, day):
            begin(world, sizes, w, M_REST, day + WAIT_DAYS, begun, day)
        return
    tell(events, sizes, day, V_ESCORT_ARRIVED, carrier, his, place, hops, begun, 0)
    arrived = event_name(day, V_ESCORT_ARRIVED, carrier, his)
    v = foremen[bay, F_VILLAGE]
    if v < 0:
        v = found_village(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, estates, homes, marks, reached, carrier, 7,
            persons[p, PE_VILLAGE], bay, day,
        )  # fmt: skip
        tell_founded(world, sizes, v, 1, arrived, day)
    if persons[p, PE_VILLAGE] != v:
        move_person(world, sizes, knobs, kin, estates, homes, p, v, day, arrived)
    if powers[0, PO_OVERRIDE_SINCE] < 0:
        powers[0, PO_OVERRIDE_SINCE] = day
        powers[0, PO_OVERRIDE_BAY] = bay
        powers[0, PO_OVERRIDE_PERSON] = p
    alarm(powers, knobs, day, knobs[Q_SAFEGUARD_ALERT_CARRIER])
    begin(world, sizes, w, M_REST, day + knobs[Q_OVERRIDE_DAYS] + 30, arrived, day)


@kernel(NOTHING(*COMMON, i8, i8))
def end_gathering(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    w, day,
):  # fmt: skip
    """The group arrives: who is not lost on the way lives in the sanctuary from now on."""
    foremen, _, persons, villages, _, wanderers, _, events, _ = world
    goal = wanderers[w, WA_GOAL]
    led = wanderers[w, WA_CAUSE]
    his = wanderers[w, WA_NAME]
    gone = foremen[goal, F_PHASE] == P_RELEASED
    v = foremen[goal, F_VILLAGE]
    founds = v < 0
    lost = knobs[Q_WANDERER_JOURNEY_PPM]
    arrived = 0
    p = next_led(world, sizes, kin, homes, w, 0)
    while p >= 0:
        name = persons[p, PE_NAME]
        persons[p, PE_LED_BY] = -1
        if not gone:  # where the sanctuary was torn down they turn round
            if draws(knobs[Q_SEED], R_HAZARD, day, name, his & 0xFFFF)[0] * 1_000_000 >> 32 < lost:
                kill_person(world, sizes, knobs, kin, estates, homes, p, day, D_JOURNEY, 0, led, lost * 1000)
            else:
                if v < 0:
                    v = found_village(
                        keys, slots, owners, world, plan, ring, sizes, knobs, tally, estates, homes, marks, reached, his,
                        1, persons[p, PE_VILLAGE], goal, day,
                    )  # fmt: skip
                tell(
                    events, sizes, day, V_GATHERED, name, villages[v, VI_NAME], foremen[goal, F_NAME], 0, led,
                    (1_000_000 - lost) * 1000,
                )  # fmt: skip
                if persons[p, PE_VILLAGE] != v:
                    moved = event_name(day, V_GATHERED, name, villages[v, VI_NAME])
                    move_person(world, sizes, knobs, kin, estates, homes, p, v, day, moved)
                arrived += 1
        p = next_led(world, sizes, kin, homes, w, name)
    wanderers[w, WA_GROUP] = 0
    if v >= 0 and founds:
        villages[v, VI_SANCTUARY] = 1
        tell_founded(world, sizes, v, arrived, led, day)
    wanderers[w, WA_BAY] = footing(keys, slots, owners, foremen, sizes, goal)
    begin(world, sizes, w, M_REST, day + REST_DAYS, led, day)


@kernel(NOTHING(*COMMON, i8, i8))
def wander(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    w, day,
):  # fmt: skip
    """The next decision of Wanderer w: he arrives, has searched, has rested, or wakes."""
    foremen, _, _, villages, _, wanderers, _, events, _ = world
    mend(wanderers, w, day)
    mission = wanderers[w, WA_MISSION]
    goal = wanderers[w, WA_GOAL]
    his = wanderers[w, WA_NAME]
    cause = wanderers[w, WA_CAUSE]
    if mission == M_ESCORT:
        end_escort(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, w, day,
        )  # fmt: skip
        report(keys, slots, owners, world, sizes, w, day)
        return
    if mission == M_GATHER:
        end_gathering(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, w, day,
        )  # fmt: skip
        report(keys, slots, owners, world, sizes, w, day)
        return
    if mission == M_DORMANT:
        place = foremen[wanderers[w, WA_BAY], F_NAME]
        tell(events, sizes, day, V_WANDERER_WOKE, his, 0, place, day - wanderers[w, WA_SINCE], cause, 0)
        cause = event_name(day, V_WANDERER_WOKE, his, 0)
        for v in range(sizes[Z_VILLAGES]):
            if villages[v, VI_ENDED] >= 0 or villages[v, VI_KNOWN] < 0:
                continue
            name = villages[v, VI_NAME]
            if draws(knobs[Q_SEED], R_FORGETTING, day, name, his & 0xFFFF)[0] * 1_000_000 >> 32 < FORGETS_PPM:
                villages[v, VI_KNOWN] = -1
                tell(events, sizes, day, V_VILLAGE_FORGOTTEN, name, his, place, 0, cause, FORGETS_PPM * 1000)
    elif goal >= 0:
        wanderers[w, WA_GOAL] = -1
        if foremen[goal, F_PHASE] != P_RELEASED:
            wanderers[w, WA_BAY] = goal
            report(keys, slots, owners, world, sizes, w, day)
            if mission == M_EXPLORE:
                wanderers[w, WA_DUE] = day + knobs[Q_WANDERER_SEARCH_DAYS]
                return
            v = foremen[goal, F_VILLAGE]
            if v >= 0:
                visit(keys, slots, owners, world, sizes, knobs, kin, homes, marks, reached, w, v, cause, day)
                return
    elif mission == M_EXPLORE:
        bay = wanderers[w, WA_BAY]
        foremen[bay, F_SEARCHED] = day
        v = foremen[bay, F_VILLAGE]
        if v >= 0:
            finds = knobs[Q_WANDERER_FINDS_PPM]
            if draws(knobs[Q_SEED], R_SEARCH, day, villages[v, VI_NAME], his & 0xFFFF)[0] * 1_000_000 >> 32 < finds:
                place = foremen[bay, F_NAME]
                tell(events, sizes, day, V_BAY_SEARCHED, his, place, place, 1, cause, finds * 1000)
                seen = event_name(day, V_BAY_SEARCHED, his, place)
                visit(keys, slots, owners, world, sizes, knobs, kin, homes, marks, reached, w, v, seen, day)
                return
    decide(keys, slots, owners, world, sizes, knobs, marks, reached, w, cause, day)


@kernel(NOTHING(*COMMON, i8))
def set_out(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The Wanderers come, each to a living bay by the lowest draw."""
    foremen, _, _, _, _, wanderers, _, events, _ = world
    for k in range(knobs[Q_WANDERERS]):
        best = -1
        least = 0
        for n in range(sizes[Z_FOREMEN]):
            if foremen[n, F_PHASE] == P_RELEASED:
                continue
            drawn = draws(knobs[Q_SEED], R_WAY, day, foremen[n, F_NAME], 2 * OTHER + k)[0]
            rank = precedence(drawn, foremen[n, F_NAME])
            if best < 0 or rank < least:
                best = n
                least = rank
        if best < 0:
            return
        w = sizes[Z_WANDERERS]
        sizes[Z_WANDERERS] = w + 1
        wanderers[w, WA_NAME] = lineage(knobs[Q_SEED], day, 100 + k)
        wanderers[w, WA_BAY] = best
        wanderers[w, WA_HITS] = FULL
        wanderers[w, WA_ENERGY] = FULL
        wanderers[w, WA_UPDATED] = day
        wanderers[w, WA_CHARGE] = -1
        wanderers[w, WA_REPORTED] = -1
        wanderers[w, WA_ADVISED] = -1
        wanderers[w, WA_SINCE] = day
        place = foremen[best, F_NAME]
        tell(events, sizes, day, V_WANDERER_CAME, wanderers[w, WA_NAME], 0, place, 0, 0, 0)
        came = event_name(day, V_WANDERER_CAME, wanderers[w, WA_NAME], 0)
        begin(world, sizes, w, M_REST, day + 1, came, day)


# ---- how he fires ----------------------------------------------------------------------------------------------------


@kernel(flag(i8m, i8, i8, i8))
def attacks(units, u, v, day):
    """Whether unit u has arrived at village v and hunts."""
    return units[u, UN_VILLAGE] == v and units[u, UN_FATE] == U_HUNTING and units[u, UN_ARRIVES] <= day


@kernel(i8(i8m, i8v, i8v, i8, i8, i8))
def next_target(units, sizes, knobs, v, name, day):
    """Of the units that attack village v the one with the lowest draw of sight, or -1."""
    best = -1
    least = 0
    u = sizes[Z_UNITS] - 1
    while u >= 0 and units[u, UN_MADE] >= day - UNIT_DAYS:
        if attacks(units, u, v, day):
            drawn = draws(knobs[Q_SEED], R_SIGHT, day, units[u, UN_NAME], name & 0xFFFF)[0]
            rank = precedence(drawn, units[u, UN_NAME])
            if best < 0 or rank < least:
                best = u
                least = rank
        u -= 1
    return best


@kernel(i8(i8, i8, i8), entry=True)
def gun_level(most, energy, foes):
    """The least level that can hit all foes, at most `most` and what the energy pays for; 0: he cannot fire."""
    level = 0
    while level < most and energy >= 10 << 2 * level and (level == 0 or 2 << 2 * (level - 1) < foes):
        level += 1
    return level


@kernel(i8(i8m, i8, i8), entry=True)
def hit_ppm(foremen, n, level):
    """Chance (ppm) that somebody who lives in bay n stands in a beam of this level: its section to that of the ways there."""
    wide = 2 * level + 1
    return min(1_000_000, wide * wide * 16_000_000 // (foremen[n, F_PITCH] * foremen[n, F_PITCH]))


@kernel(NOTHING(WORLD, i8v, i8v, i4m, i4m, i4v, i8, i8, i8, i8, i8))
def hit_village(world, sizes, knobs, kin, estates, homes, n, name, ppm, shot, day):
    """Whoever of the village of bay n stands in the line of the shot dies, in order of name."""
    foremen, _, persons, _, _, _, _, _, _ = world
    v = foremen[n, F_VILLAGE]
    p = next_resident(persons, kin, homes, v, 0)
    while p >= 0:
        who = persons[p, PE_NAME]
        stands = draws(knobs[Q_SEED], R_SIGHT, day, who, name & 0xFFFF)[0] * 1_000_000 >> 32 < ppm
        if stands and persons[p, PE_LED_BY] < 0:
            kill_person(world, sizes, knobs, kin, estates, homes, p, day, D_SHOT, name, shot, ppm * 1000)
        p = next_resident(persons, kin, homes, v, who)


@kernel(NOTHING(i8v, i4v, i4m, WORLD, i8v, i8v, i4m, i4m, i4v, i8, i8, i8, i8, i8))
def fire(keys, slots, owners, world, sizes, knobs, kin, estates, homes, w, level, towards, shot, day):
    """A beam from the middle of his bay towards another: the hole is made tomorrow, people in line die today."""
    foremen, _, _, _, _, wanderers, _, _, shots = world
    bay = wanderers[w, WA_BAY]
    x = foremen[bay, F_X] + foremen[bay, F_PITCH] // 2
    y = foremen[bay, F_Y] + foremen[bay, F_PITCH] // 2
    z = foremen[bay, F_Z] + foremen[bay, F_HEIGHT] // 2
    dx = foremen[towards, F_X] + foremen[towards, F_PITCH] // 2 - x
    dy = foremen[towards, F_Y] + foremen[towards, F_PITCH] // 2 - y
    dz = foremen[towards, F_Z] + foremen[towards, F_HEIGHT] // 2 - z
    axis = 0
    ahead = dx >= 0
    if abs(dy) > abs(dx) and abs(dy) >= abs(dz):
        axis = 1
        ahead = dy >= 0
    elif abs(dz) > abs(dx) and abs(dz) > abs(dy):
        axis = 2
        ahead = dz >= 0
    length = 16 << 2 * level
    back = 0 if ahead else length - 1
    i = sizes[Z_SHOTS]
    sizes[Z_SHOTS] = i + 1
    shots[i, H_DAY] = day + 1
    shots[i, H_X] = x - (back if axis == 0 else level)
    shots[i, H_Y] = y - (back if axis == 1 else level)
    shots[i, H_Z] = z - (back if axis == 2 else level)
    shots[i, H_AXIS] = axis
    shots[i, H_LENGTH] = length
    shots[i, H_RADIUS] = level
    shots[i, H_WANDERER] = w
    last = -1
    for step in range(0, length, 16):
        far = step if ahead else -step
        lx = (x + (far if axis == 0 else 0)) >> 4
        ly = (y + (far if axis == 1 else 0)) >> 4
        lz = (z + (far if axis == 2 else 0)) >> 4
        n = owner_of_lot(keys, slots, owners, lx, ly, lz)
        if n >= 0 and n != last and foremen[n, F_VILLAGE] >= 0:
            ppm = hit_ppm(foremen, n, level)
            if n == bay:
                ppm //= 2  # half of them stand behind him
            hit_village(world, sizes, knobs, kin, estates, homes, n, wanderers[w, WA_NAME], ppm, shot, day)
        last = n


@kernel(NOTHING(WORLD, i4m, i4v, i8v, i8v, i8v, i8, i8, i8, i8))
def heap_rubble(world, plan, ring, sizes, knobs, tally, n, mass, name, day):
    """Plan a heap of at least so many cells of rubble on the floor of bay n, for the units that he has killed there."""
    foremen, charters, _, _, _, _, _, _, _ = world
    side = 1
    while side * (side + 1) * (side + 2) // 6 < mass and side < 31:
        side += 2
    genes = charters[foremen[n, F_CHARTER]]
    drawn_x, drawn_y, roll, _ = draws(knobs[Q_SEED], R_SIGHT, day, name, OTHER)
    ground = foremen[n, F_PITCH] - side - 8
    x = foremen[n, F_X] + 4 + drawn_x % ground
    y = foremen[n, F_Y] + 4 + drawn_y % ground
    z = foremen[n, F_Z] + genes[G_RIBS] + genes[G_SHELL]
    write_plan(
        plan, ring, sizes, knobs, foremen, tally, n, day + 1, E_MASS, K_MASS, x, y, z, side, side, (side + 1) // 2, 0,
        RUBBLE, 1, 1, 0, roll,
    )  # fmt: skip


@kernel(NOTHING(*COMMON, i8, i8, i8))
def stand_by(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, w, day,
):  # fmt: skip
    """Wanderer w stands by village v, where he is: he fires once at the units that attack it, and is hurt by the others."""
    foremen, _, _, villages, units, wanderers, powers, events, _ = world
    foes = 0
    u = sizes[Z_UNITS] - 1
    while u >= 0 and units[u, UN_MADE] >= day - UNIT_DAYS:
        if attacks(units, u, v, day):
            foes += 1
        u -= 1
    if foes == 0:
        return
    mend(wanderers, w, day)
    his = wanderers[w, WA_NAME]
    bay = villages[v, VI_BAY]
    place = foremen[bay, F_NAME]
    target = next_target(units, sizes, knobs, v, his, day)
    raid = units[target, UN_RAID]
    level = gun_level(knobs[Q_GUN_LEVEL], wanderers[w, WA_ENERGY], foes)
    if level > 0:
        wanderers[w, WA_ENERGY] -= 10 << 2 * (level - 1)
        towards = units[target, UN_BAY]
        shot = event_name(day + 1, V_SHOT, sizes[Z_SHOTS] + 1, his)
        mass = 0
        for _ in range(min(foes, 2 << 2 * (level - 1))):
            u = next_target(units, sizes, knobs, v, his, day)
            units[u, UN_FATE] = U_KILLED
            units[u, UN_ENDED] = day
            mass += units[u, UN_MASS]
            foes -= 1
            powers[0, PO_HUNTING] -= 1
            tell(events, sizes, day, V_UNIT_KILLED, units[u, UN_NAME], his, place, units[u, UN_MASS], shot, 0)
        powers[0, PO_MASS_HUNTING] -= mass
        powers[0, PO_MASS_RUBBLE] += mass
        heap_rubble(world, plan, ring, sizes, knobs, tally, bay, mass, his, day)
        fire(keys, slots, owners, world, sizes, knobs, kin, estates, homes, w, level, towards, shot, day)
    lost = min(wanderers[w, WA_HITS], level * level + WOUND * foes)
    wanderers[w, WA_HITS] -= lost
    if lost >= WOUNDED:
        tell(events, sizes, day, V_WANDERER_WOUNDED, his, 0, place, lost, raid, 0)
    if wanderers[w, WA_HITS] == 0:
        days = short_sleep(draws(knobs[Q_SEED], R_DORMANCY, day, his, 0)[0])
        hurt = event_name(day, V_WANDERER_WOUNDED, his, 0) if lost >= WOUNDED else raid
        break_down(world, sizes, w, days, hurt, day)


@kernel(NOTHING(*COMMON, i8, i8))
def defend(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """Whoever of them is in village v, awake and not on his way, fires; in order of name."""
    _, _, _, villages, _, wanderers, _, _, _ = world
    last = 0
    while True:
        best = -1
        for w in range(sizes[Z_WANDERERS]):
            name = wanderers[w, WA_NAME]
            if name <= last or wanderers[w, WA_BAY] != villages[v, VI_BAY]:
                continue
            if wanderers[w, WA_GOAL] >= 0 or wanderers[w, WA_MISSION] == M_DORMANT:
                continue
            if best < 0 or name < wanderers[best, WA_NAME]:
                best = w
        if best < 0:
            return
        last = wanderers[best, WA_NAME]
        stand_by(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, v, best, day,
        )  # fmt: skip
