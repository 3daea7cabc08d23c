"""The struggle: Safeguard's code creeps from bay to bay, and later the Authority and Safeguard win bays from each other.

One rule serves both: over each side of a bay, at random times, the neighbour there tries to win it over. The first spread is
an epidemic of the healthy bays; the long struggle is a biased voter.
"""

from __future__ import annotations

from ..alert import ALERT_OF_STEP
from ..allegiance import MILLION, PPB, ask_anew, heed, most_heeded, rivals_beside, turn, watch
from ..chronicle import event_name, tell
from ..codes import (
    A_AUTHORITY,
    A_HEALTHY,
    A_SAFEGUARD,
    P_RELEASED,
    R_FLIP,
    V_BAY_FLIPPED,
    V_BAY_INFECTED,
)
from ..kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel
from ..rng import draws
from ..scenario import (
    Q_INFECTION_LINK_PPM,
    Q_SEED,
    Q_STRUGGLE,
    Q_STRUGGLE_ALERT_PERCENT,
    Q_STRUGGLE_CARRIER_PERCENT,
    Q_STRUGGLE_FLIP_PPM,
    Q_STRUGGLE_SAFEGUARD_PERCENT,
)
from ..tables import (
    F_ALLEGIANCE,
    F_ASKED,
    F_HEIGHT,
    F_HELD_UNTIL,
    F_NAME,
    F_NODE,
    F_PHASE,
    F_PITCH,
    F_TURNED_BY,
    F_X,
    PO_ALERT_STEP,
    PO_AUTHORITY_BAYS,
    PO_CARRIERS,
    PO_ERA_DAY,
    PO_FLIPS,
    PO_SAFEGUARD_BAYS,
    PO_SPREAD_SINCE,
    VI_BAY,
    VI_CARRIERS,
    Z_FOREMEN,
)
from ..world import COMMON, FRONTS, HOMES_MONTH, MONTH, WORLD
from .law import Law

LAW = Law(
    name="struggle",
    says="A bay is won over by neighbours who obey another: the healthy by Safeguard's code, the others by a biased vote.",
    writes=(
        "foremen.allegiance", "foremen.recognition", "foremen.asked", "foremen.turned_by", "powers.safeguard_bays",
        "powers.authority_bays", "powers.flips", "powers.spread_since", "events",
    ),
    knobs=(
        "infection_link_ppm", "struggle", "struggle_flip_ppm", "struggle_safeguard_percent", "struggle_alert_percent",
        "struggle_carrier_percent",
    ),
    streams=("CONTAGION", "FLIP"),
    source="Richardson (1973) for the epidemic; Williams and Bjerknes (1972) for the biased voter; docs/theory/struggle.md",
)  # fmt: skip

CARRIER_CELLS = 768  # along the axes, from the middle of a bay to that of a carrier's: about six bays
FULL_ALERT = 4 << 16  # from here on the alert helps the Authority no further


@kernel(i8(i8v, i8, i8), entry=True)
def advantage(knobs, step, carrier):
    """How much better the Authority wins a bay than Safeguard does, in ppm: beta. `carrier`: 1 near a living carrier."""
    alert = min(ALERT_OF_STEP[step], FULL_ALERT)
    beta = 100_000_000 // knobs[Q_STRUGGLE_SAFEGUARD_PERCENT]
    beta += knobs[Q_STRUGGLE_ALERT_PERCENT] * 10_000 * alert // FULL_ALERT
    if carrier != 0:
        beta = max(beta, knobs[Q_STRUGGLE_CARRIER_PERCENT] * 10_000)
    return beta


@kernel(i8(i8m, i8, i8))
def doubled_middle(foremen, n, axis):
    """Twice the middle of a bay's plot along an axis."""
    return 2 * foremen[n, F_X + axis] + (foremen[n, F_HEIGHT] if axis == 2 else foremen[n, F_PITCH])


@kernel(i8(WORLD, i4m, i4v, i8m))
def list_carriers(world, estates, homes, reached):
    """Write the middles of all bays where a living carrier is into the last rows of `reached`; returns how many."""
    foremen, _, _, villages, _, _, _, _, _ = world
    found = 0
    for d in range(MONTH):
        v = int(homes[HOMES_MONTH + d])
        while v >= 0:
            if villages[v, VI_CARRIERS] > 0:
                found += 1
                for axis in range(3):
                    reached[reached.shape[0] - found, axis] = doubled_middle(foremen, villages[v, VI_BAY], axis)
            v = int(estates[v, 0])
    return found


@kernel(flag(i8m, i8m, i8, i8))
def near_carrier(foremen, reached, listed, n):
    """Whether one of the listed carriers lives near bay n."""
    x = doubled_middle(foremen, n, 0)
    y = doubled_middle(foremen, n, 1)
    z = doubled_middle(foremen, n, 2)
    for i in range(1, listed + 1):
        k = reached.shape[0] - i
        if abs(reached[k, 0] - x) + abs(reached[k, 1] - y) + abs(reached[k, 2] - z) <= 2 * CARRIER_CELLS:
            return True
    return False


@kernel(NOTHING(*COMMON, i8), entry=True)
def struggle(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The first day of a month: every bay whose clock rings in it is asked over one of the sides where a rival stands.

    reads    foremen.allegiance, .node, .held_until and the owners of the lots beside them; powers.alert_step; villages.carriers
    writes   allegiance and recognition of bays that are won over, their counts, clocks, events BAY_INFECTED, BAY_FLIPPED
    All decide from what was before any of them turns; then all turn.
    """
    foremen, _, _, _, _, _, powers, events, _ = world
    if powers[0, PO_SPREAD_SINCE] < 0:
        if powers[0, PO_SAFEGUARD_BAYS] == 0 and powers[0, PO_AUTHORITY_BAYS] == 0:
            return
        powers[0, PO_SPREAD_SINCE] = day
        for n in range(sizes[Z_FOREMEN]):
            if foremen[n, F_PHASE] != P_RELEASED:
                watch(keys, slots, owners, foremen, knobs, fronts, borders, n, day)
    contested = powers[0, PO_ERA_DAY] >= 0 and powers[0, PO_SAFEGUARD_BAYS] > 0 and powers[0, PO_AUTHORITY_BAYS] > 0
    contested = contested and knobs[Q_STRUGGLE] != 0
    most = most_heeded(knobs)
    usual = heed(advantage(knobs, powers[0, PO_ALERT_STEP], 0))
    guided = heed(advantage(knobs, powers[0, PO_ALERT_STEP], 1)) if powers[0, PO_CARRIERS] > 0 else usual
    carriers = -1  # not listed yet
    won = 0
    n = int(fronts[day // MONTH % FRONTS])
    while n >= 0:
        following = int(borders[n, 1])
        mine = foremen[n, F_ALLEGIANCE]
        if foremen[n, F_ASKED] > day:  # in 64 years, or in 128
            n = following
            continue
        r0, r1, _, _ = draws(knobs[Q_SEED], R_FLIP, day, foremen[n, F_NAME], 0)
        by = -1
        chance = knobs[Q_INFECTION_LINK_PPM] * 1000
        if (mine == A_HEALTHY or contested) and foremen[n, F_NODE] == 0 and foremen[n, F_HELD_UNTIL] <= day:
            _, by = rivals_beside(keys, slots, owners, foremen, n, r0)
        if by >= 0 and mine != A_HEALTHY:
            word = r1 * most >> 32
            heeds = usual if mine == A_SAFEGUARD else MILLION - usual
            beside = guided if mine == A_SAFEGUARD else MILLION - guided
            if heeds != beside and word < max(heeds, beside):  # whether it turns, or the chance of it, depends on who is near
                if carriers < 0:
                    carriers = list_carriers(world, estates, homes, reached)
                if near_carrier(foremen, reached, carriers, n):
                    heeds = beside
            chance = min(PPB, knobs[Q_STRUGGLE_FLIP_PPM] * 2000 * heeds // MILLION)
            if word >= heeds:
                by = -1
        if by < 0:
            watch(keys, slots, owners, foremen, knobs, fronts, borders, n, day)
        else:
            reached[won, 0] = n
            reached[won, 1] = by
            reached[won, 2] = chance
            won += 1
        n = following
    for i in range(won):
        n = reached[i, 0]
        mine = foremen[n, F_ALLEGIANCE]
        name = foremen[n, F_NAME]
        by = foremen[reached[i, 1], F_NAME]
        cause = foremen[reached[i, 1], F_TURNED_BY]
        if mine == A_HEALTHY:
            tell(events, sizes, day, V_BAY_INFECTED, name, by, name, 0, cause, reached[i, 2])
            reached[i, 1] = event_name(day, V_BAY_INFECTED, name, by)
        else:
            side = A_AUTHORITY if mine == A_SAFEGUARD else A_SAFEGUARD
            tell(events, sizes, day, V_BAY_FLIPPED, name, by, name, side, cause, reached[i, 2])
            reached[i, 1] = event_name(day, V_BAY_FLIPPED, name, by)
            powers[0, PO_FLIPS] += 1
    for i in range(won):
        n = reached[i, 0]
        turn(foremen, powers, n, A_AUTHORITY if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD else A_SAFEGUARD, reached[i, 1])
    ask_anew(keys, slots, owners, foremen, knobs, fronts, borders, reached, won, day)
