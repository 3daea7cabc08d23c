"""A Wanderer in a village: he tests everybody, hears of other villages, and leads away whom he must."""

from __future__ import annotations

from ...ground.arithmetic import bits
from ...ground.chronicle import event_name, tell
from ...ground.codes import (
    M_REST,
    R_GATHERING,
    R_RUMOUR,
    R_TEST,
    V_CARRIER_MISSED,
    V_PERSON_TESTED,
    V_RUMOUR,
    V_VILLAGE_FOUND,
)
from ...ground.rng import draws
from ...ground.scenario import (
    Q_GENE_LOCI,
    Q_SAFEGUARD_ALERT_CARRIER,
    Q_SEED,
    Q_WANDERER_FINDS_PPM,
    Q_WANDERER_GATHERS,
    Q_WANDERER_MISS_PPM,
    Q_WANDERER_RUMOUR_PPM,
    Q_WANDERER_TRIES_PPM,
)
from ...ground.tables import (
    F_NAME,
    F_SEARCHED,
    F_VILLAGE,
    PE_LED_BY,
    PE_NAME,
    PE_SHOWN,
    PE_TESTED,
    PE_VILLAGE,
    PO_AUTHORITY_BAYS,
    PO_KNOWN_CARRIERS,
    PO_SAFEGUARD_BAYS,
    VI_BAY,
    VI_ENDED,
    VI_KNOWN,
    VI_MASK_SEEN,
    VI_NAME,
    WA_ADVISED,
    WA_BAY,
    WA_NAME,
)
from ...ground.world import HOMES_VILLAGE, WORLD
from ...words.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from ..alert import alarm, village_alarm
from ..graph import within
from ..people import carries_key, phenotype, precedence
from .escort import lead_carrier
from .gathering import lead_group
from .mission import OTHER, REST_DAYS, WAIT_DAYS, begin

RUMOUR_HOPS = 12
VISIT_ALERT = 77  # 0.3, in 1/256: what a visit adds to Safeguard's alert about a village


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
