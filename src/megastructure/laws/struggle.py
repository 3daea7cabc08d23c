"""The front moves: Safeguard's code creeps from bay to bay, and later the Authority and Safeguard win bays from each other.

One rule serves both: a bay that is looked at asks its six neighbours, and each of those who obeys another wins it over with a
chance. The first spread is an epidemic of the healthy bays; the long struggle is a biased voter. Only bays of the front are
ever looked at.
"""

from __future__ import annotations

from ..alert import ALERT_OF_STEP
from ..allegiance import turn, unwatch, watch_around
from ..chronicle import tell
from ..codes import A_AUTHORITY, A_HEALTHY, A_SAFEGUARD, R_CONTAGION, R_FLIP, V_BAY_FLIPPED, V_BAY_INFECTED
from ..graph import forget_marks, neighbour, within
from ..kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel, pair
from ..people import carries_key
from ..rng import draw
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
    F_HELD_UNTIL,
    F_NAME,
    F_NODE,
    PO_ALERT_STEP,
    PO_AUTHORITY_BAYS,
    PO_CARRIERS,
    PO_ERA_DAY,
    PO_FLIPS,
    PO_SAFEGUARD_BAYS,
    T_DIED,
    VI_BAY,
    YEAR,
    Z_FOREMEN,
)
from ..world import COMMON, FRONTS, HOMES_MONTH, HOMES_VILLAGE, MONTH, WORLD
from .law import Law

LAW = Law(
    name="struggle",
    says="A bay is won over by neighbours who obey another: the healthy by Safeguard's code, the others by a biased vote.",
    writes=(
        "foremen.allegiance", "foremen.recognition", "foremen.front", "powers.safeguard_bays", "powers.authority_bays",
        "powers.flips", "powers.front", "events",
    ),
    knobs=(
        "infection_link_ppm", "struggle", "struggle_flip_ppm", "struggle_safeguard_percent", "struggle_alert_percent",
        "struggle_carrier_percent",
    ),
    streams=("CONTAGION", "FLIP"),
    source="Richardson (1973) for the epidemic; Williams and Bjerknes (1972) for the biased voter; docs/theory/struggle.md",
)  # fmt: skip

PPB = 1_000_000_000
LOOK_YEARS = FRONTS * MONTH // YEAR  # a list of the front comes up once in so many years
YEARLY = FRONTS // LOOK_YEARS  # the lists so far apart come up in the same month of other years
CARRIER_HOPS = 6
OWN = 1 << 16  # index of a bay's own draw; those below are of the bays that choose among it and others
FULL_ALERT = 4 << 16  # from here on the alert helps the Authority no further


@kernel(i8(i8, i8), entry=True)
def stays(chance, times):
    """In ppb: the chance that something with this chance (ppb) happens at none of so many independent times."""
    left = PPB
    for _ in range(times):
        left = left * (PPB - chance) // PPB
    return left


@kernel(i8(i8v, i8, i8), entry=True)
def advantage(knobs, step, carrier):
    """How much better the Authority wins a bay than Safeguard does, in ppm: beta. `carrier`: 1 near a living carrier."""
    alert = min(ALERT_OF_STEP[step], FULL_ALERT)
    beta = 100_000_000 // knobs[Q_STRUGGLE_SAFEGUARD_PERCENT]
    beta += knobs[Q_STRUGGLE_ALERT_PERCENT] * 10_000 * alert // FULL_ALERT
    if carrier != 0:
        beta = max(beta, knobs[Q_STRUGGLE_CARRIER_PERCENT] * 10_000)
    return beta


@kernel(pair(i8, i8), entry=True)
def flip_rates(flip_ppm, beta):
    """In ppb a link-year: how fast the Authority and Safeguard win a bay over. Their ratio is beta, their mean the knob."""
    to_authority = flip_ppm * 2000 * beta // (beta + 1_000_000)
    to_safeguard = flip_ppm * 2000 * 1_000_000 // (beta + 1_000_000)
    return min(to_authority, PPB), min(to_safeguard, PPB)


@kernel(i8(i8v, i4v, i4m, i8v, WORLD, i4m, i4m, i4v, i8v, i8m))
def mark_carriers(keys, slots, owners, knobs, world, kin, estates, homes, marks, reached):
    """Mark all bays within six hops of a village where a living carrier is: marks[1 + n] above the number returned."""
    foremen, _, persons, villages, _, _, powers, _, _ = world
    forget_marks(marks)
    before = marks[0]
    left = powers[0, PO_CARRIERS]
    for d in range(MONTH):
        v = int(homes[HOMES_MONTH + d])
        while v >= 0 and left > 0:
            found = 0
            p = int(homes[HOMES_VILLAGE + v])
            while p >= 0:
                if carries_key(persons, knobs, p):
                    found += 1
                p = int(kin[p, 0])
            if found > 0:
                left -= found
                within(keys, slots, owners, foremen, villages[v, VI_BAY], CARRIER_HOPS, marks, reached)
            v = int(estates[v, 0])
    return before


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8, i8, i8, i8, i8))
def look(keys, slots, owners, foremen, knobs, n, chance, times, stream, day):
    """Bay n asks its neighbours, each of whom who obeys another (Safeguard, if n is healthy) has this chance so many times.

    Returns -2: all around it agree; -1: it stays as it is; else chance in ppb << 32 | the neighbour that wins it over.
    """
    seed = knobs[Q_SEED]
    mine = foremen[n, F_ALLEGIANCE]
    rival = A_AUTHORITY if mine == A_SAFEGUARD else A_SAFEGUARD
    agree = True
    links = 0
    for side in range(6):
        o = neighbour(keys, slots, owners, foremen, n, side)
        if o >= 0 and foremen[o, F_ALLEGIANCE] != mine:
            agree = False
            if foremen[o, F_ALLEGIANCE] == rival:
                links += 1
    if agree:
        return -2
    if links == 0 or chance == 0 or foremen[n, F_NODE] or foremen[n, F_HELD_UNTIL] > day:
        return -1
    likely = PPB - stays(chance, links * times)
    name = foremen[n, F_NAME]
    if draw(seed, stream, day, name, OWN) * PPB >> 32 >= likely:
        return -1
    best = -1
    lowest = 0
    for side in range(6):
        o = neighbour(keys, slots, owners, foremen, n, side)
        if o >= 0 and foremen[o, F_ALLEGIANCE] == rival:
            drawn = draw(seed, stream, day, foremen[o, F_NAME], name & 0xFFFF)
            if best < 0 or drawn < lowest or (drawn == lowest and foremen[o, F_NAME] < foremen[best, F_NAME]):
                best = o
                lowest = drawn
    return (likely << 32) | best


@kernel(NOTHING(*COMMON, i8), entry=True)
def struggle(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The first day of a month: the bays of the front that are due are looked at.

    reads    foremen.allegiance, .node, .held_until and the owners of the lots beside them; powers.alert_step, .carriers
    writes   allegiance and recognition of bays that are won over, their counts, the front, events BAY_INFECTED, BAY_FLIPPED
    All decide from what was before any of them turns; then all turn.
    """
    foremen, _, _, _, _, _, powers, events, _ = world
    safeguard = powers[0, PO_SAFEGUARD_BAYS]
    authority = powers[0, PO_AUTHORITY_BAYS]
    healthy = sizes[Z_FOREMEN] - tally[T_DIED] - safeguard - authority
    contested = knobs[Q_STRUGGLE] != 0 and powers[0, PO_ERA_DAY] >= 0 and safeguard > 0 and authority > 0
    if safeguard == 0 and authority == 0:
        return
    near = marks[0]
    if contested and powers[0, PO_CARRIERS] > 0:
        near = mark_carriers(keys, slots, owners, knobs, world, kin, estates, homes, marks, reached)
    # `reached` is free again: it holds who is won over, by whom, and with what chance.
    won = 0
    code = knobs[Q_INFECTION_LINK_PPM] * 1000
    usual = flip_rates(knobs[Q_STRUGGLE_FLIP_PPM], advantage(knobs, powers[0, PO_ALERT_STEP], 0))
    guided = flip_rates(knobs[Q_STRUGGLE_FLIP_PPM], advantage(knobs, powers[0, PO_ALERT_STEP], 1))
    first = day // MONTH % FRONTS
    for year in range(LOOK_YEARS if healthy > 0 else 1):
        n = int(fronts[(first + year * YEARLY) % FRONTS])
        while n >= 0:
            following = int(borders[n, 1])
            mine = foremen[n, F_ALLEGIANCE]
            found = -1
            if mine == A_HEALTHY:
                # Four years are too long a step for the first spread: the healthy are looked at every year.
                found = look(keys, slots, owners, foremen, knobs, n, code, 1, R_CONTAGION, day)
            elif year == 0:
                rates = guided if marks[1 + n] > near else usual
                chance = rates[0] if mine == A_SAFEGUARD else rates[1]
                found = look(keys, slots, owners, foremen, knobs, n, chance if contested else 0, LOOK_YEARS, R_FLIP, day)
            if found == -2:
                unwatch(foremen, powers, fronts, borders, n)
            elif found >= 0:
                reached[won, 0] = n
                reached[won, 1] = found & 0xFFFFFFFF
                reached[won, 2] = found >> 32
                won += 1
            n = following
    for i in range(won):
        n = reached[i, 0]
        name = foremen[n, F_NAME]
        by = foremen[reached[i, 1], F_NAME]
        if foremen[n, F_ALLEGIANCE] == A_HEALTHY:
            turn(foremen, powers, n, A_SAFEGUARD)
            tell(events, sizes, day, V_BAY_INFECTED, name, by, name, 0, 0, reached[i, 2])
        else:
            side = A_AUTHORITY if foremen[n, F_ALLEGIANCE] == A_SAFEGUARD else A_SAFEGUARD
            turn(foremen, powers, n, side)
            powers[0, PO_FLIPS] += 1
            tell(events, sizes, day, V_BAY_FLIPPED, name, by, name, side, 0, reached[i, 2])
        watch_around(keys, slots, owners, foremen, powers, fronts, borders, n)
