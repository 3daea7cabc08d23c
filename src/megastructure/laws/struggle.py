"""The struggle: Safeguard's code creeps from bay to bay, and later the Authority and Safeguard win bays from each other.

One rule serves both: over each link between bays of different sides, at random times, one end wins the other over. The first
spread is an epidemic of the healthy bays; the long struggle is a biased voter.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.codes import (
    A_AUTHORITY,
    A_HEALTHY,
    A_SAFEGUARD,
    P_RELEASED,
    R_FLIP,
    V_BAY_FLIPPED,
    V_BAY_INFECTED,
)
from ..ground.rng import draws
from ..ground.scenario import (
    Q_SEED,
    Q_STRUGGLE,
    Q_STRUGGLE_ALERT_PERCENT,
    Q_STRUGGLE_CARRIER_PERCENT,
    Q_STRUGGLE_SAFEGUARD_PERCENT,
)
from ..ground.tables import (
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
from ..ground.world import COMMON, FRONTS, HOMES_MONTH, MONTH, WORLD
from ..society.alert import ALERT_OF_STEP
from ..society.allegiance import SIDES, ring_chance, turn, watch
from ..society.graph import forget_marks, neighbour
from ..society.people import precedence
from ..words.kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel
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

MILLION = 1_000_000
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


@kernel(i8(i8), entry=True)
def heed(beta):
    """In ppm: how often the Authority wins where it meets Safeguard; this is to the rest as `beta`, in ppm, is to 1."""
    return MILLION * beta // (beta + MILLION)


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


@kernel(i8(i8v, i8m, i8, i8))
def bid(knobs, foremen, n, day):
    """What a bay that wins another over on this day has to offer: of several, the lowest wins."""
    return precedence(draws(knobs[Q_SEED], R_FLIP, day, foremen[n, F_NAME], 0)[2], foremen[n, F_NAME])


@kernel(NOTHING(*COMMON, i8), entry=True)
def struggle(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The first day of a month: every bay whose clock rings in it meets the neighbour beyond one of its sides.

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
                watch(foremen, knobs, fronts, borders, n, day)
    contested = powers[0, PO_ERA_DAY] >= 0 and knobs[Q_STRUGGLE] != 0
    usual = heed(advantage(knobs, powers[0, PO_ALERT_STEP], 0))
    guided = heed(advantage(knobs, powers[0, PO_ALERT_STEP], 1))
    carriers = 0 if powers[0, PO_CARRIERS] == 0 or guided == usual else list_carriers(world, estates, homes, reached)
    forget_marks(marks)
    won = 0
    n = int(fronts[day // MONTH % FRONTS])
    while n >= 0:
        following = int(borders[n, 1])
        if foremen[n, F_ASKED] > day:  # in 64 years, or in 128
            n = following
            continue
        mine = foremen[n, F_ALLEGIANCE]
        watch(foremen, knobs, fronts, borders, n, day)
        side, word, _, _ = draws(knobs[Q_SEED], R_FLIP, day, foremen[n, F_NAME], 0)
        o = neighbour(keys, slots, owners, foremen, n, side * SIDES >> 32)
        loser = -1
        by = -1
        chance = ring_chance(knobs, mine)
        if o >= 0 and foremen[o, F_ALLEGIANCE] == A_SAFEGUARD and (mine == A_HEALTHY or contested):
            heeds = 0  # a healthy bay wins nobody over
            if mine == A_AUTHORITY:
                heeds = guided if near_carrier(foremen, reached, carriers, n) else usual
            wins = word * MILLION >> 32 < heeds
            loser = o if wins else n
            by = n if wins else o
            chance = chance * (heeds if wins else MILLION - heeds) // MILLION
        n = following
        if loser < 0 or foremen[loser, F_NODE] != 0 or foremen[loser, F_HELD_UNTIL] > day:
            continue
        row = won
        if marks[1 + loser] == marks[0]:
            row = 0
            while reached[row, 0] != loser:
                row += 1
            if bid(knobs, foremen, by, day) > bid(knobs, foremen, reached[row, 1], day):
                continue
        else:
            marks[1 + loser] = marks[0]
            won += 1
        reached[row, 0] = loser
        reached[row, 1] = by
        reached[row, 2] = chance
    for i in range(won):
        n = reached[i, 0]
        name = foremen[n, F_NAME]
        by = foremen[reached[i, 1], F_NAME]
        cause = foremen[reached[i, 1], F_TURNED_BY]
        kind = V_BAY_FLIPPED
        side = A_AUTHORITY if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD else A_SAFEGUARD
        if foremen[n, F_ALLEGIANCE] == A_HEALTHY:
            kind = V_BAY_INFECTED
            side = 0
        else:
            powers[0, PO_FLIPS] += 1
        tell(events, sizes, day, kind, name, by, name, side, cause, reached[i, 2])
        reached[i, 1] = event_name(day, kind, name, by)
    for i in range(won):
        n = reached[i, 0]
        side = A_AUTHORITY if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD else A_SAFEGUARD
        turn(foremen, powers, knobs, fronts, borders, n, side, reached[i, 1], day)
