"""The struggle: Safeguard's code creeps from bay to bay, and later the Authority and Safeguard win bays from each other.

One rule serves both: over each link between bays of different sides, at random times, one end wins the other over. The first
spread is an epidemic of the healthy bays; the long struggle is a biased voter.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    A_AUTHORITY,
    A_HEALTHY,
    A_SAFEGUARD,
    P_RELEASED,
    R_FLIP,
    R_REVISION,
    V_BAY_FLIPPED,
    V_BAY_INFECTED,
    V_CODE_REVISED,
    V_RULE_DRIFTED,
)
from ..ground.rng import draws, lineage
from ..ground.tables import FRONTS, HOMES_MONTH, MONTH, YEAR
from ..society.alert import ALERT_OF_STEP
from ..society.allegiance import SIDES, copied_rule, error_rate, ring_chance, turn, watch
from ..society.bases import beside_base
from ..society.graph import forget_marks, neighbour
from ..society.people import precedence
from ..society.reigns import join_reign, reign_of
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="struggle",
    says="A bay is won over by neighbours who obey another: the healthy by Safeguard's code, the others by a biased vote.",
    writes=(
        "foremen.allegiance", "foremen.recognition", "foremen.asked", "foremen.turned_by", "foremen.halted", "foremen.due",
        "foremen.reign", "reigns.bays", "reigns.lost", "reigns.lost_by", "powers.safeguard_bays", "powers.authority_bays",
        "powers.flips", "powers.spread_since", "powers.halted", "events",
    ),
    knobs=(
        "infection_link_ppm", "struggle", "struggle_flip_ppm", "struggle_safeguard_percent", "struggle_alert_percent",
        "struggle_carrier_percent", "struggle_base_percent", "struggle_revision_years", "struggle_revision_percent",
        "recognition_error_ppm", "recognition_healthy_ppm",
    ),
    streams=("CONTAGION", "FLIP", "REVISION", "COPYING_RULE"),
    source="Richardson (1973) for the epidemic; Williams and Bjerknes (1972) for the biased voter; docs/theory/struggle.md",
)  # fmt: skip

MILLION = 1_000_000
CARRIER_CELLS = 768  # along the axes, from the middle of a bay to that of a carrier's: about six bays
FULL_ALERT = 4 << 16  # from here on the alert helps the Authority no further


@kernel(entry=True)
def advantage(city: City, step: int, carrier: int) -> int:
    """How much better the Authority wins a bay than Safeguard does, in ppm: beta. `carrier`: 1 near a living carrier."""
    knobs = city.knobs
    alert = min(ALERT_OF_STEP[step], FULL_ALERT)
    beta = 100_000_000 // knobs.struggle_safeguard_percent
    beta += knobs.struggle_alert_percent * 10_000 * alert // FULL_ALERT
    if carrier != 0:
        beta = max(beta, knobs.struggle_carrier_percent * 10_000)
    return beta


@kernel(entry=True)
def heed(beta: int) -> int:
    """In ppm: how often the Authority wins where it meets Safeguard; this is to the rest as `beta`, in ppm, is to 1."""
    return MILLION * beta // (beta + MILLION)


@kernel(entry=True)
def revision(city: City, day: int) -> int:
    """Which revision of the codes is in use on a day: 1, 2, ...; 0 in the first years of the era, and before."""
    dawn = city.powers.era_day
    if dawn < 0 or city.knobs.struggle_revision_percent == 0:
        return 0
    return max(0, day - dawn) // (city.knobs.struggle_revision_years * YEAR)


@kernel(entry=True)
def swayed(city: City, beta: int, revised: int) -> int:
    """The advantage beta (ppm) in a revision: times 1 to 1 + r, or divided by that, r = `struggle_revision_percent` / 100."""
    if revised == 0:
        return beta
    side, word, _, _ = draws(city.knobs.seed, R_REVISION, 0, 0, revised)
    better = 100 + (word * (city.knobs.struggle_revision_percent + 1) >> 32)
    return beta * better // 100 if side & 1 else beta * 100 // better


@kernel
def doubled_middle(city: City, n: int, axis: int) -> int:
    """Twice the middle of a bay's plot along an axis."""
    bay = city.foremen[n]
    return 2 * bay.corner[axis] + (bay.height if axis == 2 else bay.pitch)


@kernel
def list_carriers(city: City) -> int:
    """Write the middles of all bays where a living carrier is into `carried`; returns how many."""
    found = 0
    for d in range(MONTH):
        v = int(city.homes[HOMES_MONTH + d])
        while v >= 0:
            village = city.villages[v]
            if village.carriers > 0:
                middle = city.carried[found]
                middle.x = doubled_middle(city, village.bay, 0)
                middle.y = doubled_middle(city, village.bay, 1)
                middle.z = doubled_middle(city, village.bay, 2)
                found += 1
            v = int(city.estates[v, 0])
    return found


@kernel
def near_carrier(city: City, listed: int, n: int) -> bool:
    """Whether one of the listed carriers lives near bay n."""
    x = doubled_middle(city, n, 0)
    y = doubled_middle(city, n, 1)
    z = doubled_middle(city, n, 2)
    for i in range(listed):
        middle = city.carried[i]
        if abs(middle.x - x) + abs(middle.y - y) + abs(middle.z - z) <= 2 * CARRIER_CELLS:
            return True
    return False


@kernel
def bid(city: City, n: int, day: int) -> int:
    """What a bay that wins another over on this day has to offer: of several, the lowest wins."""
    name = city.foremen[n].name
    return precedence(draws(city.knobs.seed, R_FLIP, day, name, 0)[2], name)


@kernel(entry=True)
def take_rule(city: City, n: int, by: int, rule: int, deed: int, day: int) -> None:
    """Bay n, which Safeguard has won over, copies the recognition rule of bay `by`; an error is told where people live."""
    bay = city.foremen[n]
    bay.recognition = copied_rule(city, rule, bay.name, day)
    if bay.recognition != rule and bay.village >= 0:
        chance = error_rate(city, rule) * 1000
        tell(city, day, V_RULE_DRIFTED, bay.name, city.foremen[by].name, bay.name, bay.recognition, deed, chance)


@kernel(entry=True)
def struggle(city: City, day: int) -> None:
    """The first day of a month: every bay whose clock rings in it meets the neighbour beyond one of its sides.

    reads    foremen.allegiance, .node, .base, .held_until and the owners of the lots beside them; powers.alert_step;
             villages.carriers
    writes   allegiance and recognition of bays that are won over, reigns, counts, clocks, events BAY_INFECTED, BAY_FLIPPED
    All decide from what was before any of them turns; then all turn.
    """
    powers, knobs = city.powers, city.knobs
    if powers.spread_since < 0:
        if powers.safeguard_bays == 0 and powers.authority_bays == 0:
            return
        powers.spread_since = day
        for n in range(city.sizes.foremen):
            if city.foremen[n].phase != P_RELEASED:
                watch(city, n, day)
    contested = powers.era_day >= 0 and knobs.struggle != 0
    revised = revision(city, day)
    if contested and revised != revision(city, day - MONTH):
        era = lineage(knobs.seed, powers.era_day, 0)
        tell(city, day, V_CODE_REVISED, era, 0, 0, swayed(city, 100_000_000, revised) // MILLION, 0, 0)
    usual = heed(swayed(city, advantage(city, powers.alert_step, 0), revised))
    guided = heed(swayed(city, advantage(city, powers.alert_step, 1), revised))
    opposed = heed(knobs.struggle_base_percent * 10_000)
    carriers = 0 if powers.carriers == 0 or guided == usual else list_carriers(city)
    forget_marks(city)
    won = 0
    n = int(city.fronts[day // MONTH % FRONTS])
    while n >= 0:
        following = int(city.borders[n, 1])
        foreman = city.foremen[n]
        if foreman.asked > day:  # in 64 years, or in 128
            n = following
            continue
        mine = foreman.allegiance
        watch(city, n, day)
        side, word, _, _ = draws(knobs.seed, R_FLIP, day, foreman.name, 0)
        o = neighbour(city, n, side * SIDES >> 32)
        loser = -1
        by = -1
        chance = ring_chance(knobs, mine)
        if o >= 0 and city.foremen[o].allegiance == A_SAFEGUARD and (mine == A_HEALTHY or contested):
            heeds = 0  # a healthy bay wins nobody over
            if mine == A_AUTHORITY:
                heeds = guided if near_carrier(city, carriers, n) else usual
                if powers.bases > 0 and opposed < heeds and beside_base(city, o):
                    heeds = opposed
            wins = word * MILLION >> 32 < heeds
            loser = o if wins else n
            by = n if wins else o
            chance = chance * (heeds if wins else MILLION - heeds) // MILLION
        n = following
        if loser < 0:
            continue
        bay = city.foremen[loser]
        if bay.node != 0 or bay.base != 0 or bay.held_until > day:
            continue
        row = won
        if city.marks[1 + loser] == city.marks[0]:
            row = 0
            while city.turning[row].bay != loser:
                row += 1
            if bid(city, by, day) > bid(city, city.turning[row].by, day):
                continue
        else:
            city.marks[1 + loser] = city.marks[0]
            won += 1
        win = city.turning[row]
        win.bay = loser
        win.by = by
        win.chance = chance
    for i in range(won):
        win = city.turning[i]
        bay, winner = city.foremen[win.bay], city.foremen[win.by]
        kind = V_BAY_FLIPPED
        side = A_AUTHORITY if bay.allegiance == A_SAFEGUARD else A_SAFEGUARD
        if bay.allegiance == A_HEALTHY:
            kind = V_BAY_INFECTED
            side = 0
        else:
            powers.flips += 1
        tell(city, day, kind, bay.name, winner.name, bay.name, side, winner.turned_by, win.chance)
        win.deed = event_name(day, kind, bay.name, winner.name)
        win.reign = reign_of(city, win.by)
        win.rule = winner.recognition
    for i in range(won):
        win = city.turning[i]
        side = A_AUTHORITY if city.foremen[win.bay].allegiance == A_SAFEGUARD else A_SAFEGUARD
        turn(city, win.bay, side, win.deed, day)
        if side == A_AUTHORITY and win.reign >= 0:
            join_reign(city, win.bay, win.reign, day)
        if side == A_SAFEGUARD:
            take_rule(city, win.bay, win.by, win.rule, win.deed, day)
