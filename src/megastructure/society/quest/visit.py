"""A Wanderer in a village: he tests everybody, hears of other villages, and leads away whom he must."""

from __future__ import annotations

from ...ground.arithmetic import bits
from ...ground.chronicle import event_name, tell
from ...ground.city import City
from ...ground.codes import M_REST, R_GATHERING, R_RUMOUR, R_TEST, V_CARRIER_MISSED, V_PERSON_TESTED, V_RUMOUR, V_VILLAGE_FOUND
from ...ground.rng import draws
from ...ground.tables import HOMES_VILLAGE
from ...words.kernel import kernel
from ..alert import alarm, village_alarm
from ..graph import within
from ..people import ADULT_DAYS, carries_key, phenotype, precedence
from .escort import lead_carrier
from .gathering import lead_group
from .guard import keep_guard, years_to_wait
from .hunted import mark
from .mission import OTHER, REST_DAYS, WAIT_DAYS, begin

RUMOUR_HOPS = 12
VISIT_ALERT = 77  # 0.3, in 1/256: what a visit adds to Safeguard's alert about a village


@kernel
def test_person(city: City, w: int, p: int, seen: int, day: int) -> int:
    """Test person p. What once was shown is known; a locus that is there stays hidden with `wanderer_miss_ppm`.

    Returns the name of the event, or 0: only those are told who newly show four loci or the whole key.
    """
    knobs = city.knobs
    wanderer, person = city.wanderers[w], city.persons[p]
    his, name = wanderer.name, person.name
    place = city.foremen[wanderer.bay].name
    miss = knobs.wanderer_miss_ppm
    whole = (1 << knobs.gene_loci) - 1
    before = person.shown
    hidden = phenotype(city, p) & whole & ~before
    shown = before
    likely = 1_000_000_000
    all_shown = 1_000_000_000
    for locus in range(knobs.gene_loci):
        if (hidden >> locus) & 1:
            word = draws(knobs.seed, R_TEST, day, name, ((his & 0xFFFF) << 1) | (locus >> 2))[locus & 3]
            all_shown = all_shown * (1_000_000 - miss) // 1_000_000
            if word * 1_000_000 >> 32 < miss:
                likely = likely * miss // 1_000_000
            else:
                likely = likely * (1_000_000 - miss) // 1_000_000
                shown |= 1 << locus
    person.tested = day
    person.shown = shown
    city.villages[person.village].mask_seen |= shown
    if carries_key(city, p):
        if shown != whole:
            tell(city, day, V_CARRIER_MISSED, name, his, place, shown, seen, 1_000_000_000 - all_shown)
        elif before != whole:
            city.powers.known_carriers += 1
            alarm(city, day, knobs.safeguard_alert_carrier)
            mark(city, w, seen, True, day)
    if shown == before or (bits(shown) < 4 and shown != whole):
        return 0
    tell(city, day, V_PERSON_TESTED, name, his, place, shown, seen, likely)
    return event_name(day, V_PERSON_TESTED, name, his)


@kernel
def hear(city: City, w: int, v: int, seen: int, day: int) -> None:
    """In village v he may hear of another within 12 hops that he does not know."""
    knobs = city.knobs
    his = city.wanderers[w].name
    village = city.villages[v]
    drawn = draws(knobs.seed, R_RUMOUR, day, village.name, OTHER | (his & 0xFFFF))[0]
    if drawn * 1_000_000 >> 32 >= knobs.wanderer_rumour_ppm:
        return
    found = within(city, village.bay, RUMOUR_HOPS)
    best = -1
    least = 0
    for i in range(1, found):
        u = city.foremen[city.reached[i].bay].village
        if u < 0:
            continue
        other = city.villages[u]
        if other.ended >= 0 or other.known >= 0:
            continue
        rank = precedence(draws(knobs.seed, R_RUMOUR, day, other.name, his & 0xFFFF)[0], other.name)
        if best < 0 or rank < least:
            best = u
            least = rank
    if best >= 0:
        rumoured = city.villages[best]
        rumoured.known = day
        place = city.foremen[village.bay].name
        tell(city, day, V_RUMOUR, rumoured.name, his, place, 0, seen, knobs.wanderer_rumour_ppm * 1000)


@kernel
def visit(city: City, w: int, v: int, seen: int, day: int) -> None:
    """He tests all residents of village v and leads away whom he must, or stays for a while. `seen`: how he came."""
    powers, knobs = city.powers, city.knobs
    wanderer = city.wanderers[w]
    his = wanderer.name
    village = city.villages[v]
    bay = city.foremen[village.bay]
    if village.known < 0:
        tell(city, day, V_VILLAGE_FOUND, village.name, his, bay.name, 0, seen, knobs.wanderer_finds_ppm * 1000)
        seen = event_name(day, V_VILLAGE_FOUND, village.name, his)
    bay.searched = day
    village.known = day
    village_alarm(city, v, day, VISIT_ALERT)
    if wanderer.advised == v:
        wanderer.advised = -1
    hear(city, w, v, seen, day)
    whole = (1 << knobs.gene_loci) - 1
    # Now and then he tries whoever lacks one locus: a part of the key commands what is near the terminal, for a while.
    tries = draws(knobs.seed, R_GATHERING, day, his, 0)[1] * 1_000_000 >> 32 < knobs.wanderer_tries_ppm
    tolerance = 1 if tries and knobs.gene_loci > 1 else 0
    carrier = -1
    cause = 0
    least = 0
    fewest = 0
    p = int(city.homes[HOMES_VILLAGE + v])
    while p >= 0:
        person = city.persons[p]
        if person.led_by < 0:
            told = test_person(city, w, p, seen, day)
            lacks = bits(whole & ~person.shown)
            child = day - person.born < ADULT_DAYS
            if lacks <= tolerance and not (child and lacks > 0):
                lacks = 2 * lacks + (1 if child else 0)  # of equals he leads who is grown
                rank = precedence(draws(knobs.seed, R_GATHERING, day, person.name, his & 0xFFFF)[0], person.name)
                if carrier < 0 or lacks < fewest or (lacks == fewest and rank < least):
                    carrier = p
                    cause = told
                    least = rank
                    fewest = lacks
        p = int(city.kin[p, 0])
    # Where the city serves people again, nobody is led into danger for it.
    if carrier >= 0 and (powers.restored < 0 or powers.relapsed >= 0):
        if years_to_wait(city, w, carrier, day) == 0:
            if not lead_carrier(city, w, carrier, cause, day):
                begin(city, w, M_REST, day + WAIT_DAYS, cause, day)
            return
        if knobs.wanderer_guards:
            keep_guard(city, w, carrier, cause, day)
            return
    if knobs.wanderer_gathers and lead_group(city, w, v, seen, day):
        return
    begin(city, w, M_REST, day + REST_DAYS, seen, day)
