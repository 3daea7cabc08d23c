"""Killy the Wanderer walks, looks, tests, leads and sleeps.

One decision at a time: he goes where he has not looked for long, searches there, and sees who lives there; or he goes back
to a village that he knows. Whoever shows the whole key he leads to a terminal. Where nobody does, he may lead those who show
pieces of it to a sanctuary, so that their children can have it. What becomes of him follows from these rules alone; a world
without villages he walks for ever. Each thing that he does is a file of `quest/`; how he fires is a law of its own (`gun.py`).
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.codes import (
    M_DORMANT,
    M_ESCORT,
    M_EXPLORE,
    M_GATHER,
    M_REST,
    M_RETURN,
    P_RELEASED,
    R_FORGETTING,
    R_SEARCH,
    R_WAY,
    V_BAY_SEARCHED,
    V_ORDER,
    V_REPORT,
    V_VILLAGE_FORGOTTEN,
    V_WANDERER_CAME,
    V_WANDERER_WOKE,
)
from ..ground.rng import draws, lineage
from ..ground.scenario import Q_SEED, Q_WANDERER_FINDS_PPM, Q_WANDERER_RETURN_PPM, Q_WANDERER_SEARCH_DAYS, Q_WANDERERS
from ..ground.tables import (
    F_NAME,
    F_NODE,
    F_PHASE,
    F_SEARCHED,
    F_VILLAGE,
    VI_BAY,
    VI_ENDED,
    VI_KNOWN,
    VI_NAME,
    WA_ADVISED,
    WA_BAY,
    WA_CAUSE,
    WA_CHARGE,
    WA_DUE,
    WA_ENERGY,
    WA_GOAL,
    WA_GOAL_VILLAGE,
    WA_HITS,
    WA_HOPS,
    WA_MISSION,
    WA_NAME,
    WA_REPORTED,
    WA_SINCE,
    WA_UPDATED,
    Z_FOREMEN,
    Z_VILLAGES,
    Z_WANDERERS,
)
from ..ground.world import COMMON, WORLD
from ..society.graph import neighbour, path_days, way
from ..society.people import precedence
from ..society.quest.escort import end_escort
from ..society.quest.gathering import end_gathering
from ..society.quest.mission import FULL, OTHER, WAIT_DAYS, begin, mend
from ..society.quest.visit import visit
from ..society.quest.ways import footing, nearest_living, next_bay
from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from .law import Law

LAW = Law(
    name="wanderer",
    says="He goes where he has not looked, tests whom he finds, and leads carriers to terminals.",
    writes=(
        "wanderers", "foremen.searched", "foremen.village", "foremen.plan_hash", "foremen.planned",
        "villages.known", "villages.mask_seen", "villages.sanctuary", "villages.alert", "villages.alert_day",
        "villages.people", "villages.carriers",
        "villages.infected", "villages.ended", "villages.store", "persons.tested", "persons.shown",
        "persons.led_by", "persons.village", "persons.died", "powers", "events", "tally.planned",
    ),
    knobs=(
        "wanderers", "wanderer_search_days", "wanderer_finds_ppm", "wanderer_memory_years", "wanderer_rumour_ppm",
        "wanderer_return_ppm", "wanderer_miss_ppm", "wanderer_tries_ppm", "wanderer_loss_ppm", "wanderer_gathers",
        "wanderer_journey_ppm", "gene_loci", "override_days", "safeguard_alert_carrier",
    ),
    streams=(
        "WAY", "SEARCH", "TEST", "HAZARD", "RUMOUR", "GATHERING", "DORMANCY", "FORGETTING",
        "SETTLING",
    ),
    source="Benichou et al. (2011) on search; docs/theory/wanderer.md",
)  # fmt: skip

CLIMB_DAYS = 30  # to the nearest bay, where none is beside his
REPORT_DAYS = 360  # he reports once in so many days at most
FORGETS_PPM = 100_000


# ---- what he does next ---------------------------------------------------------------------------------------------------


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
    if row < 0:  # no bay is beside his: he climbs over wild ground
        goal = nearest_living(foremen, sizes, start)
        if goal < 0:
            begin(world, sizes, w, M_REST, day + WAIT_DAYS, cause, day)
            return
        begin(world, sizes, w, M_EXPLORE, day + CLIMB_DAYS, cause, day)
        wanderers[w, WA_GOAL] = goal
        wanderers[w, WA_HOPS] = 1
        return
    days = path_days(keys, slots, owners, foremen, charters, reached, row)
    begin(world, sizes, w, M_EXPLORE, day + max(1, days), cause, day)
    wanderers[w, WA_GOAL] = reached[row, 0]
    wanderers[w, WA_HOPS] = reached[row, 1]


# ---- what the Authority hears --------------------------------------------------------------------------------------------


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


# ---- his days ------------------------------------------------------------------------------------------------------------


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


@kernel(NOTHING(WORLD, i8v, i8v, i8, i8, i8, i8))
def forget(world, sizes, knobs, his, place, woke, day):
    """Who wakes has forgotten each village that he knew with one chance in ten."""
    _, _, _, villages, _, _, _, events, _ = world
    for v in range(sizes[Z_VILLAGES]):
        if villages[v, VI_ENDED] >= 0 or villages[v, VI_KNOWN] < 0:
            continue
        name = villages[v, VI_NAME]
        if draws(knobs[Q_SEED], R_FORGETTING, day, name, his & 0xFFFF)[0] * 1_000_000 >> 32 < FORGETS_PPM:
            villages[v, VI_KNOWN] = -1
            tell(events, sizes, day, V_VILLAGE_FORGOTTEN, name, his, place, 0, woke, FORGETS_PPM * 1000)


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
        forget(world, sizes, knobs, his, place, cause, day)
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
