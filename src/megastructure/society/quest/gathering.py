"""A Wanderer leads people who show what is rare to a sanctuary, so that their children can have the whole key."""

from __future__ import annotations

from ...ground.arithmetic import bits
from ...ground.chronicle import event_name, tell
from ...ground.city import City
from ...ground.codes import M_GATHER, M_REST, P_RELEASED, R_GATHERING, V_GATHERED, V_GROUP_LED, V_VILLAGE_FOUNDED
from ...ground.rng import draws
from ...ground.tables import HOMES_VILLAGE
from ...words.kernel import kernel
from ..graph import way
from ..people import ADULT_DAYS, move_person, precedence
from ..settlement import found_village, free_bay
from .company import GROUP_MOST, next_led, part_ways
from .mission import REST_DAYS, begin
from .walk import go

SANCTUARY_HOPS = 6
KEPT = 12  # so many people always stay behind
STORE_DAYS = 180  # of food that founders bring


# ---- where to, and with whom ---------------------------------------------------------------------------------------------


@kernel
def sanctuary_for(city: City, v: int, day: int) -> int:
    """The sanctuary: the known standing one with the lowest name, or from now on village v, if it will do; else -1.

    It will do behind a barrier, or if no other known village has shown more loci.
    """
    village = city.villages[v]
    widest = village.mask_seen != 0
    best = -1
    for u in range(city.sizes.villages):
        other = city.villages[u]
        if other.ended >= 0 or other.known < 0:
            continue
        if other.sanctuary and (best < 0 or other.name < city.villages[best].name):
            best = u
        if bits(other.mask_seen) > bits(village.mask_seen):
            widest = False
    if best < 0 and (widest or village.barrier_until > day):
        village.sanctuary = 1
        return v
    return best


@kernel
def missing_loci(city: City, s: int) -> int:
    """The loci that his tests have shown in less than half of the people of the sanctuary; all if there is none yet."""
    mask = 0
    for locus in range(city.knobs.gene_loci):
        shown = 0
        people = 0
        if s >= 0:
            people = city.villages[s].people
            p = int(city.homes[HOMES_VILLAGE + s])
            while p >= 0:
                shown += (city.persons[p].shown >> locus) & 1
                p = int(city.kin[p, 0])
        if s < 0 or 2 * shown < people:
            mask |= 1 << locus
    return mask


# ---- the way -------------------------------------------------------------------------------------------------------------


@kernel
def lead_group(city: City, w: int, v: int, cause: int, day: int) -> bool:
    """Set out from village v for the sanctuary with up to six grown people who show loci that are rare there.

    Nobody is led to where there is no food for them.
    """
    wanderer = city.wanderers[w]
    his, start = wanderer.name, wanderer.bay
    village = city.villages[v]
    s = sanctuary_for(city, v, day)
    most = min(GROUP_MOST, village.people - KEPT)
    if s == v or most <= 0:
        return False
    goal = -1
    if s >= 0:
        sanctuary = city.villages[s]
        if sanctuary.people + most > sanctuary.capacity:
            return False
        goal = sanctuary.bay
    missing = missing_loci(city, s)
    if missing == 0:
        return False
    if s < 0:
        goal = free_bay(city, start, SANCTUARY_HOPS, his, R_GATHERING, day)
        if goal < 0:
            return False
    if way(city, start, goal)[0] < 0:
        return False
    taken = 0
    while taken < most:
        best = -1
        adds = 0
        least = 0
        p = int(city.homes[HOMES_VILLAGE + v])
        while p >= 0:
            person = city.persons[p]
            more = bits(person.shown & missing)
            if person.led_by < 0 and day - person.born >= ADULT_DAYS and more > 0 and more >= adds:
                rank = precedence(draws(city.knobs.seed, R_GATHERING, day, person.name, his & 0xFFFF)[0], person.name)
                if more > adds or rank < least:
                    best = p
                    adds = more
                    least = rank
            p = int(city.kin[p, 0])
        if best < 0:
            break
        city.persons[best].led_by = w
        wanderer.led[taken] = best
        taken += 1
    if taken == 0:
        return False
    tell(city, day, V_GROUP_LED, his, village.name, city.foremen[start].name, taken, cause, 0)
    begin(city, w, M_GATHER, day + 1, event_name(day, V_GROUP_LED, his, village.name), day)
    wanderer.group = taken
    wanderer.goal_village = s
    if not go(city, w, goal, day):
        part_ways(city, w)
        begin(city, w, M_REST, day + REST_DAYS, wanderer.cause, day)
    return True


@kernel
def tell_founded(city: City, v: int, people: int, cause: int, day: int) -> None:
    """Tell of a village that people whom he led have founded."""
    village = city.villages[v]
    village.store = STORE_DAYS * people
    village.known = day
    parent = city.villages[village.parent].name
    place = city.foremen[village.bay].name
    tell(city, day, V_VILLAGE_FOUNDED, village.name, parent, place, people, cause, 0)


@kernel
def end_gathering(city: City, w: int, day: int) -> None:
    """The group arrives: who has come through lives in the sanctuary from now on."""
    wanderer = city.wanderers[w]
    his, goal, led = wanderer.name, wanderer.goal, wanderer.cause
    there = city.foremen[goal]
    gone = there.phase == P_RELEASED or wanderer.bay != goal
    v = there.village
    founds = v < 0
    arrived = 0
    p = -1 if gone else next_led(city, w, 0)  # where the sanctuary was torn down they turn round
    while p >= 0:
        person = city.persons[p]
        following = next_led(city, w, person.name)
        if v < 0:
            v = found_village(city, his, 1, person.village, goal, day)
        whom = city.villages[v].name
        tell(city, day, V_GATHERED, person.name, whom, there.name, 0, led, 0)
        if person.village != v:
            move_person(city, p, v, day, event_name(day, V_GATHERED, person.name, whom))
        arrived += 1
        p = following
    part_ways(city, w)
    if v >= 0 and founds:
        city.villages[v].sanctuary = 1
        tell_founded(city, v, arrived, led, day)
    begin(city, w, M_REST, day + REST_DAYS, led, day)
