"""Villages eat, trade, part and have children; people are born, move, flee and die.

The remnant is what every other power acts upon: it must grow by itself where it is left alone, slowly, and fade where it is
not. A person acts once a year, on a day of the year that their name gives; a village once a month.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.codes import (
    D_EXPOSED,
    D_JOURNEY,
    I_INFECTED,
    P_RELEASED,
    R_FERTILITY,
    R_FISSION,
    R_MIGRANT,
    R_MORTALITY,
    R_REFUGE,
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
)
from ..ground.rng import draws, lineage
from ..ground.scenario import (
    Q_BARRIER_YEARS,
    Q_BIRTH_PPM,
    Q_CAPACITY_BASE,
    Q_FISSION_PPM,
    Q_FISSION_SUCCESS_PPM,
    Q_GENE_FOUNDERS,
    Q_GENE_FREQUENCY_PPM,
    Q_GENE_FST_PPM,
    Q_GENE_LOCI,
    Q_INFECTION,
    Q_MIGRATION_PPM,
    Q_REFOUND_PPM,
    Q_SAFEGUARD_RAID_PPM,
    Q_SEED,
    Q_SERVICE_SHARE,
    Q_SERVICE_VILLAGE_YEARS,
    Q_TRADE,
    Q_VILLAGE_PEOPLE,
    Q_VILLAGES,
    Q_WORLD_SPREAD,
)
from ..ground.tables import (
    F_NAME,
    F_PHASE,
    F_SERVICES,
    F_VILLAGE,
    HUMAN,
    PE_BORN,
    PE_FEMALE,
    PE_HAPLOTYPE_A,
    PE_HAPLOTYPE_B,
    PE_INFECTED_DAY,
    PE_LED_BY,
    PE_NAME,
    PE_VILLAGE,
    PO_ERA_DAY,
    PO_FREQUENCY_PPM,
    PO_PEOPLE,
    PO_RAID_PPM,
    PO_VILLAGES,
    VI_ARMS,
    VI_BARRIER_UNTIL,
    VI_BAY,
    VI_CAPACITY,
    VI_FOUNDED,
    VI_KNOWN,
    VI_NAME,
    VI_PEOPLE,
    VI_STORE,
    YEAR,
    Z_FOREMEN,
    Z_PERSONS,
)
from ..ground.world import COMMON, HOMES_VILLAGE, MONTH
from ..society.graph import begin_search, widen
from ..society.lifetable import HAZARD_MOST, PPB, chance_of, daily_hazard, hunger_hazard, lognormal, stationary
from ..society.people import add_person, kill_person, move_person, next_resident, precedence, set_health
from ..society.settlement import found_village, founding_of, free_bay, habitable, look_around, nearest_village
from ..words.kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel, pair
from .law import Law

LAW = Law(
    name="remnant",
    says="Villages eat, trade, part and have children; who is hungry or old dies, and who must flee founds or joins a village.",
    writes=(
        "villages", "villages.people", "villages.carriers",
        "villages.infected", "villages.capacity", "villages.store", "villages.arms",
        "villages.sense", "villages.barrier_until", "villages.known", "villages.ended", "persons", "persons.village",
        "persons.died", "persons.led_by", "persons.health", "persons.infected_day", "foremen.village",
        "foremen.services", "foremen.plan_hash", "foremen.planned", "powers.era_day", "powers.raid_ppm",
        "powers.frequency_ppm", "powers.people", "powers.villages", "powers.carriers", "powers.known_carriers",
        "powers.locked", "powers.locus0", "powers.locus1", "powers.locus2", "powers.locus3", "powers.locus4",
        "powers.locus5", "powers.deaths_age", "powers.deaths_hunger", "powers.deaths_journey",
        "powers.deaths_exposed", "events", "plan", "tally.planned",
    ),
    knobs=(
        "villages", "village_people", "world_spread", "birth_ppm", "death_base_ppm", "gompertz_a_ppm", "gompertz_b_ppm",
        "hunger_ppm", "capacity_base", "capacity_service", "capacity_most", "service_share", "service_village_years",
        "fission_ppm", "fission_success_ppm", "refound_ppm", "migration_ppm", "trade", "gene_loci",
        "gene_frequency_ppm", "gene_fst_ppm", "gene_founders", "safeguard_raid_ppm", "barrier_years", "infection",
    ),
    streams=(
        "WORLD", "SETTLING", "SEX", "MORTALITY", "FERTILITY", "FISSION", "MIGRANT", "TRADE", "REFUGE",
    ),
    source="Gompertz (1825), Lotka (1939), Wright (1951) for the first day's genes; docs/theory/remnant.md",
)  # fmt: skip

PPM = 1_000_000
GROWN_UP = 15  # years; below nobody bears, begets or leaves alone
BEARS_UNTIL = 44
RAID_SPREAD_PPM = 700_000  # sigma of the logarithm of the raid rate among worlds
FREQUENCY_SPREAD_PPM = 250_000
FREQUENCY_LEAST_PPM = 30_000
FREQUENCY_MOST_PPM = 500_000
BARRIERS_PPM = 250_000  # villages that are behind a barrier on the first day
INFECTED_PPM = 20_000  # people who are infected on the first day
FIRST_STORE = 180  # days of food
STORE_MOST = 360  # days of food for as many as the place feeds
HARVEST_PERCENT = 102  # what is made of what is eaten, where not more people live than the place feeds
ARMED = 5  # one in so many, once there has been time; half as many in a new village
TRADE_HOPS = 4
TRADE_TOLD = 30  # days of food of those who take it
EVENED_PERCENT = 80  # of the difference in a year: about what an eighth a month comes to
CROWDED_PERCENT = 85  # of its capacity: from there on a village may part
PARTING_LEAST = 36  # people; fewer never part
FISSION_HOPS = 4
MIGRATION_HOPS = 8
REFOUND_HOPS = 4
REFUGE_HOPS = 8
# What a village may be named by: one bay or village brings forth at most one of each on one day. People of the first day have
# the ordinals below.
SETTLED, PARTED, FLED = 1000, 1001, 1002


@kernel(i8(i8v, i8), entry=True)
def new_services(knobs, name):
    """How many village-years the services of a bay last; 0: it has none. The bay's name decides."""
    return knobs[Q_SERVICE_VILLAGE_YEARS] if (name >> 20) % knobs[Q_SERVICE_SHARE] == 0 else 0


# ---- the dawn of the era ---------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8v), entry=True)
def resolve_world(powers, knobs):
    """What differs from world to world: the raid rate and the frequency of the loci, from the seed alone."""
    raid, frequency, _, _ = draws(knobs[Q_SEED], R_WORLD, 0, knobs[Q_SEED], 0)
    powers[0, PO_RAID_PPM] = knobs[Q_SAFEGUARD_RAID_PPM]
    powers[0, PO_FREQUENCY_PPM] = knobs[Q_GENE_FREQUENCY_PPM]
    if knobs[Q_WORLD_SPREAD]:
        powers[0, PO_RAID_PPM] = lognormal(knobs[Q_SAFEGUARD_RAID_PPM], RAID_SPREAD_PPM, raid >> 24)
        spread = lognormal(knobs[Q_GENE_FREQUENCY_PPM], FREQUENCY_SPREAD_PPM, frequency >> 24)
        powers[0, PO_FREQUENCY_PPM] = min(max(spread, FREQUENCY_LEAST_PPM), FREQUENCY_MOST_PPM)


@kernel(i8(i8m, i8v, i8, i8, i8, i8, i8, i8), entry=True)
def first_allele(persons, knobs, frequency, first, number, own, locus, word):
    """Whether haplotype `number` (0, 1, ...) of a village's first people carries a locus: Polya's urn.

    It is new with weight 1 - F_ST, and then carries the locus with the frequency of the world; else it is a copy of one of
    those before it, each with weight F_ST. So the village's frequency follows a beta law of variance F_ST p (1 - p).

    first    serial of the village's first person; haplotypes 2i, 2i + 1 are those of person first + i
    own      loci of the person's first haplotype, while the second is drawn
    """
    fst = knobs[Q_GENE_FST_PPM]
    fresh = PPM - fst
    at = word * (fresh + fst * number) >> 32
    if at < fresh:
        return 1 if at * PPM < frequency * fresh else 0
    earlier = (at - fresh) // fst
    if earlier >> 1 == number >> 1:
        return (own >> locus) & 1
    return (persons[first + (earlier >> 1), PE_HAPLOTYPE_B if earlier & 1 else PE_HAPLOTYPE_A] >> locus) & 1


@kernel(NOTHING(*COMMON, i8, i8, i8, i8), entry=True)
def settle_village(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    bay, total, dawn, day,
):  # fmt: skip
    """A village of the first day, with its people, in a bay. `total`: sum of `stationary`; `dawn`: name of the event."""
    foremen, _, persons, villages, _, _, powers, events, _ = world
    seed = knobs[Q_SEED]
    loci = knobs[Q_GENE_LOCI]
    whole = (1 << loci) - 1
    v = found_village(
        keys, slots, owners, world, plan, ring, sizes, knobs, tally, estates, homes, marks, reached, foremen[bay, F_NAME],
        SETTLED, -1, bay, day,
    )  # fmt: skip
    name = villages[v, VI_NAME]
    r0, r1, r2, _ = draws(seed, R_SETTLING, day, name, 0)
    typical = knobs[Q_VILLAGE_PEOPLE]
    people = max(2, min(typical // 2 + (r0 * (typical + 1) >> 32), 150))
    if r1 * PPM >> 32 < BARRIERS_PPM:
        villages[v, VI_BARRIER_UNTIL] = day + (r2 * knobs[Q_BARRIER_YEARS] * YEAR >> 32)
    first = sizes[Z_PERSONS]
    for i in range(people):
        own = lineage(name, day, i)
        r0, r1, r2, r3 = draws(seed, R_SETTLING, day, own, 0)
        age = stationary(knobs, r0 * (total >> 10) >> 22)
        a = HUMAN
        b = HUMAN
        for locus in range(loci):
            r4, r5, _, _ = draws(seed, R_SETTLING, day, own, 1 + locus)
            a |= first_allele(persons, knobs, powers[0, PO_FREQUENCY_PPM], first, 2 * i, a, locus, r4) << locus
            b |= first_allele(persons, knobs, powers[0, PO_FREQUENCY_PPM], first, 2 * i + 1, a, locus, r5) << locus
        if knobs[Q_GENE_FOUNDERS] == 0 and (a | b) & whole == whole:
            # The last whole keys have just been lost: nobody carries one on the first day.
            broken = 1 << (r3 * loci >> 32)
            a &= ~broken
            b &= ~broken
        female = draws(seed, R_SEX, day, own, 0)[0] & 1
        p = add_person(
            world, sizes, knobs, kin, homes, own, -1, -1, day - age * YEAR - (r1 * YEAR >> 32), female, a, b, v, day, dawn
        )
        if knobs[Q_INFECTION] and r2 * PPM >> 32 < INFECTED_PPM:
            set_health(persons, villages, p, I_INFECTED)
            persons[p, PE_INFECTED_DAY] = day
    villages[v, VI_STORE] = FIRST_STORE * people
    villages[v, VI_ARMS] = people // (2 * ARMED)
    tell(events, sizes, day, V_VILLAGE_SETTLED, name, 0, foremen[bay, F_NAME], people, dawn, 0)


@kernel(NOTHING(*COMMON, i8), entry=True)
def settle(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The dawn of the era: the world is resolved into powers, and the habitable bays with the lowest draws are settled."""
    foremen, _, _, _, _, _, powers, events, _ = world
    seed = knobs[Q_SEED]
    powers[0, PO_ERA_DAY] = day
    resolve_world(powers, knobs)
    era = lineage(seed, day, 0)
    dawn = event_name(day, V_ERA_DAWN, era, 0)
    total = stationary(knobs, -1)
    for _ in range(knobs[Q_VILLAGES]):
        best = -1
        lowest = 0
        for n in range(sizes[Z_FOREMEN]):
            if habitable(foremen, n, day):
                name = foremen[n, F_NAME]
                rank = precedence(draws(seed, R_SETTLING, day, name, 0)[0], name)
                if best < 0 or rank < lowest:
                    best = n
                    lowest = rank
        if best < 0:
            break
        settle_village(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
            best, total, dawn, day,
        )  # fmt: skip
    tell(events, sizes, day, V_ERA_DAWN, era, 0, 0, powers[0, PO_PEOPLE], 0, 0)


# ---- a year in a life ------------------------------------------------------------------------------------------------


@kernel(i8(i8m, i8v, i8), entry=True)
def feeds(villages, knobs, v):
    """How many people the place of village v feeds; before anybody has looked around, what a bare bay does."""
    return villages[v, VI_CAPACITY] if villages[v, VI_CAPACITY] > 0 else knobs[Q_CAPACITY_BASE]


@kernel(flag(i8m, i8, i8))
def may_leave(persons, p, day):
    """Whether a person is grown up and not led by anybody."""
    return day - persons[p, PE_BORN] >= GROWN_UP * YEAR and persons[p, PE_LED_BY] < 0


@kernel(i8(i8m, i8v, i4m, i4v, i8, i8), entry=True)
def father_of(persons, knobs, kin, homes, mother, day):
    """Who fathers the child that `mother` bears today: the lowest draw of the grown-up men of her village, or -1."""
    best = -1
    lowest = 0
    p = int(homes[HOMES_VILLAGE + persons[mother, PE_VILLAGE]])
    while p >= 0:
        if persons[p, PE_FEMALE] == 0 and may_leave(persons, p, day):
            name = persons[p, PE_NAME]
            word = draws(knobs[Q_SEED], R_FERTILITY, day, name, 1 + (persons[mother, PE_NAME] & 0xFFFF))[0]
            rank = precedence(word, name)
            if best < 0 or rank < lowest:
                best = p
                lowest = rank
        p = int(kin[p, 0])
    return best


DIES_OF_AGE, DIES_OF_HUNGER, LIVES = -3, -2, -1


@kernel(pair(i8m, i8m, i8v, i4m, i4v, i8, i8), entry=True)
def live_year(persons, villages, knobs, kin, homes, p, day):
    """What a year brings to person p, and the chance that a death had in ppb.

    returns  DIES_OF_AGE, DIES_OF_HUNGER, LIVES, or the father of a child that is born now

    One draw decides over life and death: below the chance of age and danger it is AGE, above and below the sum HUNGER. Who
    dies bears no child. This is the most frequent decision of all people, so it is handed only what it reads.
    """
    name = persons[p, PE_NAME]
    v = persons[p, PE_VILLAGE]
    age = (day - persons[p, PE_BORN]) // YEAR
    daily = daily_hazard(knobs, age)
    hungry = hunger_hazard(knobs, villages[v, VI_PEOPLE], feeds(villages, knobs, v))
    drawn = draws(knobs[Q_SEED], R_MORTALITY, day, name, 0)[0] * PPB >> 32
    if drawn < daily + hungry:  # a chance is never greater than its hazard
        chance = chance_of(min(daily + hungry, HAZARD_MOST))
        of_hunger = chance * (hungry // 1000) // max(1, (daily + hungry) // 1000)
        if drawn < chance - of_hunger:
            return DIES_OF_AGE, chance - of_hunger
        if drawn < chance:
            return DIES_OF_HUNGER, of_hunger
    if persons[p, PE_FEMALE] == 0 or age > BEARS_UNTIL or not may_leave(persons, p, day):
        return LIVES, 0
    if draws(knobs[Q_SEED], R_FERTILITY, day, name, 0)[0] * PPM >> 32 >= knobs[Q_BIRTH_PPM]:
        return LIVES, 0
    return father_of(persons, knobs, kin, homes, p, day), 0


# ---- a month of a village --------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8v, i8), entry=True)
def eat(villages, knobs, v):
    """A month's food is made and eaten; what cannot be stored is lost."""
    people = villages[v, VI_PEOPLE]
    fed = feeds(villages, knobs, v)
    made = MONTH * min(people, fed) * HARVEST_PERCENT // 100
    villages[v, VI_STORE] = min(max(0, villages[v, VI_STORE] + made - MONTH * people), STORE_MOST * fed)


@kernel(NOTHING(*COMMON, i8, i8))
def trade(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """Village v gives to one of the nearest poorer villages, not behind a shell plate, most of what evens out their stores."""
    foremen, charters, _, villages, _, _, _, events, _ = world
    name = villages[v, VI_NAME]
    store = villages[v, VI_STORE]
    people = villages[v, VI_PEOPLE]
    if store == 0:
        return
    best = -1
    lowest = 0
    first = 0
    found = begin_search(marks, reached, villages[v, VI_BAY])
    for _ in range(TRADE_HOPS):
        first, found = found, widen(keys, slots, owners, foremen, charters, True, marks, reached, first, found)
        for i in range(first, found):
            other = foremen[reached[i, 0], F_VILLAGE]
            if other >= 0 and store * villages[other, VI_PEOPLE] > villages[other, VI_STORE] * people:
                word = draws(knobs[Q_SEED], R_TRADE, day, villages[other, VI_NAME], name & 0xFFFF)[0]
                rank = precedence(word, villages[other, VI_NAME])
                if best < 0 or rank < lowest:
                    best = other
                    lowest = rank
        if best >= 0:
            break
    if best < 0:
        return
    takers = villages[best, VI_PEOPLE]
    moved = (store * takers - villages[best, VI_STORE] * people) * EVENED_PERCENT // (100 * (people + takers))
    moved = min(moved, STORE_MOST * feeds(villages, knobs, best) - villages[best, VI_STORE])
    if moved <= 0:
        return
    villages[v, VI_STORE] -= moved
    villages[best, VI_STORE] += moved
    if moved >= TRADE_TOLD * takers:
        place = foremen[villages[v, VI_BAY], F_NAME]
        tell(events, sizes, day, V_TRADE, name, villages[best, VI_NAME], place, moved, founding_of(villages, best), 0)


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i8m, i8v, i8v, i8v, i8m, i8, i8))
def keep_year(keys, slots, owners, foremen, villages, events, sizes, knobs, marks, reached, v, day):
    """Once a year: village v looks around, wears out the nearest services, makes weapons, and its hunger is told."""
    name = villages[v, VI_NAME]
    bay = foremen[villages[v, VI_BAY], F_NAME]
    nearest = look_around(keys, slots, owners, foremen, villages, knobs, marks, reached, v)
    if nearest >= 0:
        foremen[nearest, F_SERVICES] -= 1
        if foremen[nearest, F_SERVICES] == 0:
            served = foremen[nearest, F_NAME]
            tell(events, sizes, day, V_SERVICE_WORN, served, name, served, 0, founding_of(villages, v), 0)
    people = villages[v, VI_PEOPLE]
    if villages[v, VI_ARMS] < people // ARMED:
        villages[v, VI_ARMS] += 1
    if villages[v, VI_STORE] == 0 and people > villages[v, VI_CAPACITY]:
        tell(events, sizes, day, V_HUNGER, name, 0, bay, people, 0, 0)


@kernel(flag(i8m, i8, i8, i8))
def leaves(persons, seed, p, day):
    """Whether person p belongs to the third that leaves a village which parts today."""
    return persons[p, PE_LED_BY] < 0 and draws(seed, R_FISSION, day, persons[p, PE_NAME], 0)[0] * 3 >> 32 == 0


@kernel(NOTHING(*COMMON, i8, i8))
def part(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """About a third of village v leaves it, whoever has drawn so, and founds a daughter, or dies on the journey."""
    foremen, _, persons, villages, _, _, _, events, _ = world
    seed = knobs[Q_SEED]
    name = villages[v, VI_NAME]
    people = villages[v, VI_PEOPLE]
    leavers = 0
    p = int(homes[HOMES_VILLAGE + v])
    while p >= 0:
        if leaves(persons, seed, p, day):
            leavers += 1
        p = int(kin[p, 0])
    if leavers < 2 or leavers == people:
        return
    _, arrives, remembered, _ = draws(seed, R_FISSION, day, name, 0)
    daughter = -1
    lost = (PPM - knobs[Q_FISSION_SUCCESS_PPM]) * 1000
    if arrives * PPM >> 32 < knobs[Q_FISSION_SUCCESS_PPM]:
        lost = 0  # not drawn: there is no place to be found
        bay = free_bay(
            keys, slots, owners, foremen, knobs, marks, reached, villages[v, VI_BAY], FISSION_HOPS, name, R_FISSION, day
        )
        if bay >= 0:
            daughter = found_village(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, estates, homes, marks, reached, name, PARTED, v,
                bay, day,
            )  # fmt: skip
    chance = knobs[Q_FISSION_PPM] * 1000 // 12
    cause = founding_of(villages, v)
    following = next_resident(persons, kin, homes, v, 0)
    while following >= 0:
        p = following
        following = next_resident(persons, kin, homes, v, persons[p, PE_NAME])
        if not leaves(persons, seed, p, day):
            continue
        if daughter >= 0:
            move_person(world, sizes, knobs, kin, estates, homes, p, daughter, day, cause)
        else:
            kill_person(world, sizes, knobs, kin, estates, homes, p, day, D_JOURNEY, 0, cause, lost)
    if daughter < 0:
        return
    share = villages[v, VI_STORE] * leavers // people
    villages[v, VI_STORE] -= share
    villages[daughter, VI_STORE] = share
    villages[daughter, VI_ARMS] = leavers // (2 * ARMED)
    villages[daughter, VI_KNOWN] = villages[v, VI_KNOWN] if remembered & 1 else -1
    place = foremen[villages[daughter, VI_BAY], F_NAME]
    tell(
        events, sizes, day, V_VILLAGE_FOUNDED, villages[daughter, VI_NAME], name, place, leavers, cause,
        chance * knobs[Q_FISSION_SUCCESS_PPM] // PPM,
    )  # fmt: skip


@kernel(NOTHING(*COMMON, i8, i8))
def migrate(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """Somebody of village v moves to the nearest other village."""
    foremen, _, persons, villages, _, _, _, events, _ = world
    seed = knobs[Q_SEED]
    name = villages[v, VI_NAME]
    best = -1
    lowest = 0
    p = int(homes[HOMES_VILLAGE + v])
    while p >= 0:
        if may_leave(persons, p, day):
            own = persons[p, PE_NAME]
            rank = precedence(draws(seed, R_MIGRANT, day, own, 0)[0], own)
            if best < 0 or rank < lowest:
                best = p
                lowest = rank
        p = int(kin[p, 0])
    if best < 0:
        return
    to = nearest_village(
        keys, slots, owners, foremen, knobs, marks, reached, villages[v, VI_BAY], MIGRATION_HOPS, name, R_MIGRANT, day
    )
    if to < 0:
        return
    own = persons[best, PE_NAME]
    place = foremen[villages[v, VI_BAY], F_NAME]
    chance = knobs[Q_MIGRATION_PPM] * 1000 // 12
    tell(events, sizes, day, V_MIGRATION, own, villages[to, VI_NAME], place, 0, founding_of(villages, v), chance)
    moved = event_name(day, V_MIGRATION, own, villages[to, VI_NAME])
    move_person(world, sizes, knobs, kin, estates, homes, best, to, day, moved)


@kernel(NOTHING(*COMMON, i8, i8), entry=True)
def keep_village(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, day,
):  # fmt: skip
    """A month in the life of village v: it eats, and may part or lose somebody; once a year it looks around and trades."""
    foremen, _, _, villages, _, _, powers, events, _ = world
    seed = knobs[Q_SEED]
    name = villages[v, VI_NAME]
    if day // MONTH % 12 == (name >> 24) % 12 and day > villages[v, VI_FOUNDED]:
        keep_year(keys, slots, owners, foremen, villages, events, sizes, knobs, marks, reached, v, day)
        if knobs[Q_TRADE] and powers[0, PO_VILLAGES] > 1:
            trade(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, v, day,
            )  # fmt: skip
    eat(villages, knobs, v)
    # A twelfth of the chance a year each month, without rounding.
    crowded = villages[v, VI_PEOPLE] * 100 > CROWDED_PERCENT * feeds(villages, knobs, v)
    if crowded and villages[v, VI_PEOPLE] > PARTING_LEAST:
        if draws(seed, R_FISSION, day, name, 0)[0] * 12 * PPM >> 32 < knobs[Q_FISSION_PPM]:
            part(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, v, day,
            )  # fmt: skip
    if powers[0, PO_VILLAGES] > 1 and draws(seed, R_MIGRANT, day, name, 0)[0] * 12 * PPM >> 32 < knobs[Q_MIGRATION_PPM]:
        migrate(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
            v, day,
        )  # fmt: skip


# ---- flight ----------------------------------------------------------------------------------------------------------


@kernel(NOTHING(*COMMON, i8, i8, i8), entry=True)
def flee(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    v, cause, day,
):  # fmt: skip
    """All who are alive in village v leave it together: they found a village, or join one, or have nowhere to go.

    v       a village that has fallen, or whose bay is released
    cause   name of the event that drives them out
    """
    foremen, _, persons, villages, _, _, _, events, _ = world
    seed = knobs[Q_SEED]
    name = villages[v, VI_NAME]
    bay = villages[v, VI_BAY]
    people = villages[v, VI_PEOPLE]
    arms = villages[v, VI_ARMS]
    founds, remembered, _, _ = draws(seed, R_REFUGE, day, name, 0)
    founded = False
    to = -1
    if people >= 2 and founds * PPM >> 32 < knobs[Q_REFOUND_PPM]:
        free = free_bay(keys, slots, owners, foremen, knobs, marks, reached, bay, REFOUND_HOPS, name, R_REFUGE, day)
        if free >= 0:
            founded = True
            to = found_village(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, estates, homes, marks, reached, name, FLED, v,
                free, day,
            )  # fmt: skip
    if to < 0:
        to = nearest_village(keys, slots, owners, foremen, knobs, marks, reached, bay, REFUGE_HOPS, name, R_REFUGE, day)
    if to >= 0:
        place = foremen[villages[to, VI_BAY], F_NAME]
        kind = V_VILLAGE_FOUNDED if founded else V_FLIGHT
        chance = knobs[Q_REFOUND_PPM] * 1000 if founded else 0
        who = villages[to, VI_NAME] if founded else name
        whom = name if founded else villages[to, VI_NAME]
        tell(events, sizes, day, kind, who, whom, place, people, cause, chance)
        if foremen[bay, F_PHASE] == P_RELEASED:
            # Nobody drives them: they take along what they have.
            fed = feeds(villages, knobs, to)
            villages[to, VI_STORE] = min(villages[to, VI_STORE] + villages[v, VI_STORE], STORE_MOST * fed)
            villages[to, VI_ARMS] += arms
        elif founded:
            villages[to, VI_ARMS] = people // (2 * ARMED)
        if remembered & 1:
            villages[to, VI_KNOWN] = max(villages[to, VI_KNOWN], villages[v, VI_KNOWN])
    while villages[v, VI_PEOPLE] > 0:
        p = next_resident(persons, kin, homes, v, 0)
        if to >= 0:
            move_person(world, sizes, knobs, kin, estates, homes, p, to, day, cause)
        else:
            kill_person(world, sizes, knobs, kin, estates, homes, p, day, D_EXPOSED, 0, cause, 0)
