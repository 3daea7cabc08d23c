"""Villages eat, trade, part and have children; people are born, move, flee and die.

The remnant is what every other power acts upon: it must grow by itself where it is left alone, slowly, and fade where it is
not. A person acts once a year, on a day of the year that their name gives; a village once a month.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    A_SAFEGUARD,
    D_EXPOSED,
    D_JOURNEY,
    I_INFECTED,
    P_RELEASED,
    R_FERTILITY,
    R_FISSION,
    R_MIGRANT,
    R_MORTALITY,
    R_SETTLING,
    R_SEX,
    R_TRADE,
    R_WORLD,
    V_ERA_DAWN,
    V_FLIGHT,
    V_HUNGER,
    V_MIGRATION,
    V_SERVICE_WORN,
    V_TRADE,
    V_VILLAGE_FOUNDED,
    V_VILLAGE_SETTLED,
    V_WALLED_IN,
    V_WAY_OPENED,
)
from ..ground.rng import draws, lineage
from ..ground.tables import HOMES_VILLAGE, HUMAN, MONTH, YEAR
from ..society.graph import begin_search, widen
from ..society.lifetable import HAZARD_MOST, PPB, chance_of, daily_hazard, hunger_hazard, lognormal, stationary
from ..society.parties import walk_party
from ..society.people import (
    ADULT_DAYS,
    add_person,
    in_its_month,
    kill_person,
    move_person,
    next_resident,
    precedence,
    set_health,
)
from ..society.reigns import reign_of
from ..society.settlement import (
    ARMED,
    STORE_MOST,
    feeds,
    find_refuge,
    found_village,
    founding_of,
    free_bay,
    habitable,
    hunted_by_arms,
    look_around,
    mend_services,
    nearest_ruled_village,
    nearest_village,
    ways_out,
)
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="remnant",
    says="Villages eat, trade, part and have children; who is hungry or old dies, and who must flee founds or joins a village.",
    writes=(
        "villages", "villages.people", "villages.carriers", "villages.infected", "villages.capacity", "villages.store",
        "villages.arms", "villages.sense", "villages.barrier_until", "villages.known", "villages.ended", "villages.walled_in",
        "persons",
        "persons.village", "persons.died", "persons.led_by", "persons.health", "persons.infected_day", "foremen.village",
        "foremen.services", "foremen.plan_hash", "foremen.planned", "powers.era_day", "powers.raid_ppm",
        "powers.frequency_ppm", "powers.people", "powers.villages", "powers.carriers", "powers.known_carriers",
        "powers.locked", "powers.locus0", "powers.locus1", "powers.locus2", "powers.locus3", "powers.locus4",
        "powers.locus5", "powers.deaths_age", "powers.deaths_hunger", "powers.deaths_journey", "powers.deaths_exposed",
        "powers.deaths_units", "powers.hunting", "powers.mass_taken", "powers.mass_hunting", "powers.mass_rubble", "units",
        "foremen.damaged", "events", "plan", "tally.planned",
    ),
    knobs=(
        "villages", "village_people", "world_spread", "birth_ppm", "death_base_ppm", "gompertz_a_ppm", "gompertz_b_ppm",
        "hunger_ppm", "capacity_base", "capacity_service", "capacity_most", "service_share", "service_village_years",
        "fission_ppm", "fission_success_ppm", "refound_ppm", "migration_ppm", "trade", "gene_loci", "gene_frequency_ppm",
        "gene_fst_ppm", "gene_founders", "safeguard_raid_ppm", "barrier_years", "infection", "refuge_ppm",
        "reign_danger_percent", "walling",
    ),
    streams=(
        "WORLD", "SETTLING", "SEX", "MORTALITY", "FERTILITY", "FISSION", "MIGRANT", "TRADE", "REFUGE", "NOTICE", "PATROL",
        "COMBAT", "MANUFACTURE",
    ),
    source="Gompertz (1825), Lotka (1939), Wright (1951) for the first day's genes; docs/theory/remnant.md",
)  # fmt: skip

PPM = 1_000_000
BEARS_UNTIL = 44
RAID_SPREAD_PPM = 700_000  # sigma of the logarithm of the raid rate among worlds
FREQUENCY_SPREAD_PPM = 250_000
FREQUENCY_LEAST_PPM = 30_000
FREQUENCY_MOST_PPM = 500_000
BARRIERS_PPM = 250_000  # villages that are behind a barrier on the first day
INFECTED_PPM = 20_000  # people who are infected on the first day
FIRST_STORE = 180  # days of food
HARVEST_PERCENT = 102  # what is made of what is eaten, where not more people live than the place feeds
TRADE_HOPS = 4
TRADE_TOLD = 30  # days of food of those who take it
EVENED_PERCENT = 80  # of the difference in a year: about what an eighth a month comes to
CROWDED_PERCENT = 85  # of its capacity: from there on a village may part
PARTING_LEAST = 36  # people; fewer never part
FISSION_HOPS = 4
MIGRATION_HOPS = 8
# What a village may be named by: one bay or village brings forth at most one of each on one day. People of the first day have
# the ordinals below.
SETTLED, PARTED, FLED = 1000, 1001, 1002


# ---- the dawn of the era ---------------------------------------------------------------------------------------------


@kernel(entry=True)
def resolve_world(city: City) -> None:
    """What differs from world to world: the raid rate and the frequency of the loci, from the seed alone."""
    powers, knobs = city.powers, city.knobs
    raid, frequency, _, _ = draws(knobs.seed, R_WORLD, 0, knobs.seed, 0)
    powers.raid_ppm = knobs.safeguard_raid_ppm
    powers.frequency_ppm = knobs.gene_frequency_ppm
    if knobs.world_spread:
        powers.raid_ppm = lognormal(knobs.safeguard_raid_ppm, RAID_SPREAD_PPM, raid >> 24)
        spread = lognormal(knobs.gene_frequency_ppm, FREQUENCY_SPREAD_PPM, frequency >> 24)
        powers.frequency_ppm = min(max(spread, FREQUENCY_LEAST_PPM), FREQUENCY_MOST_PPM)


@kernel(entry=True)
def first_allele(city: City, frequency: int, first: int, number: int, own: int, locus: int, word: int) -> int:
    """Whether haplotype `number` (0, 1, ...) of a village's first people carries a locus: Polya's urn.

    It is new with weight 1 - F_ST, and then carries the locus with the frequency of the world; else it is a copy of one of
    those before it, each with weight F_ST. So the village's frequency follows a beta law of variance F_ST p (1 - p).

    first    serial of the village's first person; haplotypes 2i, 2i + 1 are those of person first + i
    own      loci of the person's first haplotype, while the second is drawn
    """
    fst = city.knobs.gene_fst_ppm
    fresh = PPM - fst
    at = word * (fresh + fst * number) >> 32
    if at < fresh:
        return 1 if at * PPM < frequency * fresh else 0
    earlier = (at - fresh) // fst
    if earlier >> 1 == number >> 1:
        return (own >> locus) & 1
    elder = city.persons[first + (earlier >> 1)]
    loci = elder.haplotype_b if earlier & 1 else elder.haplotype_a
    return (loci >> locus) & 1


@kernel(entry=True)
def settle_village(city: City, bay: int, total: int, dawn: int, day: int) -> None:
    """A village of the first day, with its people, in a bay. `total`: sum of `stationary`; `dawn`: name of the event."""
    knobs, frequency = city.knobs, city.powers.frequency_ppm
    seed, loci, typical = knobs.seed, knobs.gene_loci, knobs.village_people
    whole = (1 << loci) - 1
    place = city.foremen[bay].name
    v = found_village(city, place, SETTLED, -1, bay, day)
    village = city.villages[v]
    r0, r1, r2, _ = draws(seed, R_SETTLING, day, village.name, 0)
    people = max(2, min(typical // 2 + (r0 * (typical + 1) >> 32), 150))
    if r1 * PPM >> 32 < BARRIERS_PPM:
        village.barrier_until = day + (r2 * knobs.barrier_years * YEAR >> 32)
    first = city.sizes.persons
    for i in range(people):
        own = lineage(village.name, day, i)
        r0, r1, r2, r3 = draws(seed, R_SETTLING, day, own, 0)
        age = stationary(city, r0 * (total >> 10) >> 22)
        a = HUMAN
        b = HUMAN
        for locus in range(loci):
            r4, r5, _, _ = draws(seed, R_SETTLING, day, own, 1 + locus)
            a |= first_allele(city, frequency, first, 2 * i, a, locus, r4) << locus
            b |= first_allele(city, frequency, first, 2 * i + 1, a, locus, r5) << locus
        if knobs.gene_founders == 0 and (a | b) & whole == whole:
            # The last whole keys have just been lost: nobody carries one on the first day.
            broken = 1 << (r3 * loci >> 32)
            a &= ~broken
            b &= ~broken
        female = draws(seed, R_SEX, day, own, 0)[0] & 1
        p = add_person(city, own, -1, -1, day - age * YEAR - (r1 * YEAR >> 32), female, a, b, v, day, dawn)
        if knobs.infection and r2 * PPM >> 32 < INFECTED_PPM:
            set_health(city, p, I_INFECTED)
            city.persons[p].infected_day = day
    village.store = FIRST_STORE * people
    village.arms = people // (2 * ARMED)
    tell(city, day, V_VILLAGE_SETTLED, village.name, 0, place, people, dawn, 0)


@kernel(entry=True)
def settle(city: City, day: int) -> None:
    """The dawn of the era: the world is resolved into powers, and the habitable bays with the lowest draws are settled."""
    seed = city.knobs.seed
    city.powers.era_day = day
    resolve_world(city)
    era = lineage(seed, day, 0)
    dawn = event_name(day, V_ERA_DAWN, era, 0)
    total = stationary(city, -1)
    for _ in range(city.knobs.villages):
        best = -1
        lowest = 0
        for n in range(city.sizes.foremen):
            if habitable(city, n, day):
                name = city.foremen[n].name
                rank = precedence(draws(seed, R_SETTLING, day, name, 0)[0], name)
                if best < 0 or rank < lowest:
                    best = n
                    lowest = rank
        if best < 0:
            break
        settle_village(city, best, total, dawn, day)
    tell(city, day, V_ERA_DAWN, era, 0, 0, city.powers.people, 0, 0)


# ---- a year in a life ------------------------------------------------------------------------------------------------


@kernel
def may_leave(city: City, p: int, day: int) -> bool:
    """Whether a person is grown up and not led by anybody."""
    person = city.persons[p]
    return day - person.born >= ADULT_DAYS and person.led_by < 0


@kernel(entry=True)
def father_of(city: City, mother: int, day: int) -> int:
    """Who fathers the child that `mother` bears today: the lowest draw of the grown-up men of her village, or -1."""
    woman = city.persons[mother]
    best = -1
    lowest = 0
    p = int(city.homes[HOMES_VILLAGE + woman.village])
    while p >= 0:
        man = city.persons[p]
        if man.female == 0 and may_leave(city, p, day):
            word = draws(city.knobs.seed, R_FERTILITY, day, man.name, 1 + (woman.name & 0xFFFF))[0]
            rank = precedence(word, man.name)
            if best < 0 or rank < lowest:
                best = p
                lowest = rank
        p = int(city.kin[p, 0])
    return best


DIES_OF_AGE, DIES_OF_HUNGER, LIVES = -3, -2, -1


@kernel(entry=True)
def live_year(city: City, p: int, day: int) -> tuple[int, int]:
    """What a year brings to person p, and the chance that a death had in ppb.

    returns  DIES_OF_AGE, DIES_OF_HUNGER, LIVES, or the father of a child that is born now

    One draw decides over life and death: below the chance of age and danger it is AGE, above and below the sum HUNGER. Who
    dies bears no child. This is the most frequent decision of all people.
    """
    person = city.persons[p]
    age = (day - person.born) // YEAR
    daily = daily_hazard(city, age)
    if reign_of(city, city.villages[person.village].bay) >= 0:  # the city's machines serve those who live there
        daily -= city.knobs.death_base_ppm * 10 * (100 - city.knobs.reign_danger_percent)
    hungry = hunger_hazard(city, city.villages[person.village].people, feeds(city, person.village))
    drawn = draws(city.knobs.seed, R_MORTALITY, day, person.name, 0)[0] * PPB >> 32
    if drawn < daily + hungry:  # a chance is never greater than its hazard
        chance = chance_of(min(daily + hungry, HAZARD_MOST))
        of_hunger = chance * (hungry // 1000) // max(1, (daily + hungry) // 1000)
        if drawn < chance - of_hunger:
            return DIES_OF_AGE, chance - of_hunger
        if drawn < chance:
            return DIES_OF_HUNGER, of_hunger
    if person.female == 0 or age > BEARS_UNTIL or not may_leave(city, p, day):
        return LIVES, 0
    if draws(city.knobs.seed, R_FERTILITY, day, person.name, 0)[0] * PPM >> 32 >= city.knobs.birth_ppm:
        return LIVES, 0
    return father_of(city, p, day), 0


# ---- a month of a village --------------------------------------------------------------------------------------------


@kernel(entry=True)
def eat(city: City, v: int) -> None:
    """A month's food is made and eaten; what cannot be stored is lost."""
    village = city.villages[v]
    fed = feeds(city, v)
    made = MONTH * min(village.people, fed) * HARVEST_PERCENT // 100
    village.store = min(max(0, village.store + made - MONTH * village.people), STORE_MOST * fed)


@kernel
def trade(city: City, v: int, day: int) -> None:
    """Village v gives to one of the nearest poorer villages, not behind a shell plate, most of what evens out their stores."""
    giver = city.villages[v]
    if giver.store == 0:
        return
    best = -1
    lowest = 0
    first = 0
    found = begin_search(city, giver.bay)
    for _ in range(TRADE_HOPS):
        first, found = found, widen(city, True, first, found)
        for i in range(first, found):
            u = city.foremen[city.reached[i].bay].village
            if u < 0 or city.villages[u].walled_in:
                continue
            other = city.villages[u]
            if giver.store * other.people > other.store * giver.people:
                word = draws(city.knobs.seed, R_TRADE, day, other.name, giver.name & 0xFFFF)[0]
                rank = precedence(word, other.name)
                if best < 0 or rank < lowest:
                    best = u
                    lowest = rank
        if best >= 0:
            break
    if best < 0:
        return
    taker = city.villages[best]
    uneven = giver.store * taker.people - taker.store * giver.people
    moved = uneven * EVENED_PERCENT // (100 * (giver.people + taker.people))
    moved = min(moved, STORE_MOST * feeds(city, best) - taker.store)
    if moved <= 0:
        return
    giver.store -= moved
    taker.store += moved
    if moved >= TRADE_TOLD * taker.people:
        place = city.foremen[giver.bay].name
        tell(city, day, V_TRADE, giver.name, taker.name, place, moved, founding_of(city, best), 0)


@kernel
def look_for_ways(city: City, v: int, day: int) -> None:
    """Whether village v is walled in: every way out leads through a shell plate or past an eye. Told when it changes."""
    if city.knobs.walling == 0:
        return
    village = city.villages[v]
    ways, opened, o = ways_out(city, village.bay, day)
    walled = 1 if ways > 0 and opened == 0 else 0
    if walled == village.walled_in:
        return
    village.walled_in = walled
    # What closed or opened it: that the neighbour has been won over, if it has; else nobody knows since when.
    cause = founding_of(city, v)
    if o >= 0 and city.foremen[o].turned_by != 0 and (walled == 1) == (city.foremen[o].allegiance == A_SAFEGUARD):
        cause = city.foremen[o].turned_by
    kind = V_WALLED_IN if walled else V_WAY_OPENED
    tell(city, day, kind, village.name, 0, city.foremen[village.bay].name, ways if walled else opened, cause, 0)


@kernel
def keep_year(city: City, v: int, day: int) -> None:
    """Once a year: village v looks around, wears out the nearest services, makes weapons, and its hunger is told.

    Where most of the eyes around hunt by arms alone, who had some have been seen to die: people lay them down.
    """
    village = city.villages[v]
    mend_services(city, v, day)
    n = look_around(city, v, day)
    look_for_ways(city, v, day)
    if n >= 0 and reign_of(city, n) < 0:
        nearest = city.foremen[n]
        nearest.services -= 1
        if nearest.services == 0:
            tell(city, day, V_SERVICE_WORN, nearest.name, village.name, nearest.name, 0, founding_of(city, v), 0)
    if hunted_by_arms(city, v, day):
        village.arms = 0
    elif village.arms < village.people // ARMED:
        village.arms += 1
    if village.store == 0 and village.people > village.capacity:
        tell(city, day, V_HUNGER, village.name, 0, city.foremen[village.bay].name, village.people, 0, 0)


@kernel
def leaves(city: City, p: int, day: int) -> bool:
    """Whether person p belongs to the third that leaves a village which parts today."""
    person = city.persons[p]
    return person.led_by < 0 and draws(city.knobs.seed, R_FISSION, day, person.name, 0)[0] * 3 >> 32 == 0


@kernel
def part(city: City, v: int, day: int) -> None:
    """About a third of village v leaves it, whoever has drawn so, and founds a daughter, or dies on the journey."""
    knobs = city.knobs
    mother = city.villages[v]
    people = mother.people
    leavers = 0
    p = int(city.homes[HOMES_VILLAGE + v])
    while p >= 0:
        if leaves(city, p, day):
            city.party[leavers] = p
            leavers += 1
        p = int(city.kin[p, 0])
    if leavers < 2 or leavers == people:
        return
    _, arrives, remembered, _ = draws(knobs.seed, R_FISSION, day, mother.name, 0)
    to = -1
    lost = (PPM - knobs.fission_success_ppm) * 1000
    if arrives * PPM >> 32 < knobs.fission_success_ppm:
        lost = 0  # not drawn: there is no place to be found
        bay = free_bay(city, mother.bay, FISSION_HOPS, mother.name, R_FISSION, day)
        if bay >= 0:
            dead, _ = walk_party(city, leavers, v, bay, founding_of(city, v), day)
            leavers -= dead
            if leavers < 2:
                return  # whoever has come through goes home
            to = found_village(city, mother.name, PARTED, v, bay, day)
    cause = founding_of(city, v)
    following = next_resident(city, v, 0)
    while following >= 0:
        p = following
        following = next_resident(city, v, city.persons[p].name)
        if not leaves(city, p, day):
            continue
        if to >= 0:
            move_person(city, p, to, day, cause)
        else:
            kill_person(city, p, day, D_JOURNEY, 0, cause, lost)
    if to < 0:
        return
    daughter = city.villages[to]
    daughter.store = mother.store * leavers // people
    mother.store -= daughter.store
    daughter.arms = leavers // (2 * ARMED)
    daughter.known = mother.known if remembered & 1 else -1
    place = city.foremen[daughter.bay].name
    chance = knobs.fission_ppm * 1000 // 12 * knobs.fission_success_ppm // PPM
    tell(city, day, V_VILLAGE_FOUNDED, daughter.name, mother.name, place, leavers, cause, chance)


@kernel
def migrate(city: City, v: int, day: int) -> None:
    """Somebody of village v moves to the nearest other village, or rather to the nearest under a reign of the Authority."""
    village = city.villages[v]
    best = -1
    lowest = 0
    p = int(city.homes[HOMES_VILLAGE + v])
    while p >= 0:
        if may_leave(city, p, day):
            own = city.persons[p].name
            rank = precedence(draws(city.knobs.seed, R_MIGRANT, day, own, 0)[0], own)
            if best < 0 or rank < lowest:
                best = p
                lowest = rank
        p = int(city.kin[p, 0])
    if best < 0:
        return
    to = nearest_ruled_village(city, village.bay, MIGRATION_HOPS, village.name, R_MIGRANT, day)
    if to < 0:
        to = nearest_village(city, village.bay, MIGRATION_HOPS, village.name, R_MIGRANT, day)
    if to < 0:
        return
    city.party[0] = best
    dead, _ = walk_party(city, 1, v, city.villages[to].bay, founding_of(city, v), day)
    if dead > 0:
        return
    own = city.persons[best].name
    whom = city.villages[to].name
    place = city.foremen[village.bay].name
    chance = city.knobs.migration_ppm * 1000 // 12
    tell(city, day, V_MIGRATION, own, whom, place, 0, founding_of(city, v), chance)
    move_person(city, best, to, day, event_name(day, V_MIGRATION, own, whom))


@kernel(entry=True)
def keep_village(city: City, v: int, day: int) -> None:
    """A month in the life of village v: it eats, and may part or lose somebody; once a year it looks around and trades."""
    powers, knobs = city.powers, city.knobs
    village = city.villages[v]
    if in_its_month(city, v, day):
        keep_year(city, v, day)
        if knobs.trade and powers.villages > 1 and village.walled_in == 0:
            trade(city, v, day)
    eat(city, v)
    if village.walled_in:
        return  # nobody leaves
    # A twelfth of the chance a year each month, without rounding.
    crowded = village.people * 100 > CROWDED_PERCENT * feeds(city, v)
    if crowded and village.people > PARTING_LEAST:
        if draws(knobs.seed, R_FISSION, day, village.name, 0)[0] * 12 * PPM >> 32 < knobs.fission_ppm:
            part(city, v, day)
    if powers.villages > 1 and draws(knobs.seed, R_MIGRANT, day, village.name, 0)[0] * 12 * PPM >> 32 < knobs.migration_ppm:
        migrate(city, v, day)


# ---- flight ----------------------------------------------------------------------------------------------------------


@kernel(entry=True)
def flee(city: City, v: int, cause: int, day: int) -> None:
    """All who are alive in village v leave it together: they found a village, or join one, or have nowhere to go.

    v       a village that has fallen, or whose bay is released
    cause   name of the event that drives them out
    """
    knobs = city.knobs
    village = city.villages[v]
    name, bay = village.name, village.bay
    number = 0
    p = int(city.homes[HOMES_VILLAGE + v])
    while p >= 0:
        city.party[number] = p
        number += 1
        p = int(city.kin[p, 0])
    to, founded, _ = find_refuge(city, v, FLED, knobs.refound_ppm, number, cause, day)
    people = village.people
    if people == 0:
        return  # nobody has come through
    if to >= 0:
        haven = city.villages[to]
        place = city.foremen[haven.bay].name
        if founded:
            tell(city, day, V_VILLAGE_FOUNDED, haven.name, name, place, people, cause, knobs.refound_ppm * 1000)
        else:
            tell(city, day, V_FLIGHT, name, haven.name, place, people, cause, 0)
        if city.foremen[bay].phase == P_RELEASED:
            # Nobody drives them: they take along what they have.
            haven.store = min(haven.store + village.store, STORE_MOST * feeds(city, to))
            haven.arms += village.arms
        elif founded:
            haven.arms = people // (2 * ARMED)
    while village.people > 0:
        p = next_resident(city, v, 0)
        if to >= 0:
            move_person(city, p, to, day, cause)
        else:
            kill_person(city, p, day, D_EXPOSED, 0, cause, 0)
