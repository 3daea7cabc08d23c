"""A Wanderer leads people who show what is rare to a sanctuary, so that their children can have the whole key."""

from __future__ import annotations

from ...ground.arithmetic import bits
from ...ground.chronicle import event_name, tell
from ...ground.codes import (
    D_JOURNEY,
    M_GATHER,
    M_REST,
    P_RELEASED,
    R_GATHERING,
    R_HAZARD,
    V_GATHERED,
    V_GROUP_LED,
    V_VILLAGE_FOUNDED,
)
from ...ground.rng import draws
from ...ground.scenario import Q_GENE_LOCI, Q_SEED, Q_WANDERER_JOURNEY_PPM
from ...ground.tables import (
    F_NAME,
    F_PHASE,
    F_VILLAGE,
    PE_BORN,
    PE_LED_BY,
    PE_NAME,
    PE_SHOWN,
    PE_VILLAGE,
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
    WA_BAY,
    WA_CAUSE,
    WA_GOAL,
    WA_GOAL_VILLAGE,
    WA_GROUP,
    WA_HOPS,
    WA_NAME,
    YEAR,
    Z_VILLAGES,
)
from ...ground.world import COMMON, HOMES_VILLAGE, WORLD
from ...words.kernel import (
    NOTHING,
    flag,
    i4m,
    i4v,
    i8,
    i8m,
    i8v,
    kernel,
)
from ..graph import way
from ..people import kill_person, move_person, precedence
from ..settlement import found_village, free_bay
from .mission import REST_DAYS, begin
from .ways import footing

SANCTUARY_HOPS = 6
GROUP_MOST = 6
KEPT = 12  # so many people always stay behind
ADULT = 15 * YEAR  # days
STORE_DAYS = 180  # of food that founders bring


# ---- where to, and with whom ---------------------------------------------------------------------------------------------


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


# ---- the way -------------------------------------------------------------------------------------------------------------


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
        goal = free_bay(keys, slots, owners, foremen, knobs, marks, reached, start, SANCTUARY_HOPS, name, R_GATHERING, day)
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
