"""The rows of people and villages, and what must stay true whoever changes them: counts, lists, and events of birth and death.

`homes` holds the heads of lists: one for each day of the year (who acts on it), one for each day of the month (which villages
are looked at), one for each village (who lives there). `kin` (persons, 4) holds the links: next and previous of the same
village, next and previous of the same day; `estates` (villages, 2) those of the same day of the month.
The order within a list follows from history and decides nothing: a law that chooses takes the lowest draw.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    D_AGE,
    D_CRUSHED,
    D_EXPOSED,
    D_HUNGER,
    D_JOURNEY,
    D_SHOT,
    D_UNITS,
    I_INFECTED,
    I_SUSCEPTIBLE,
    V_CARRIER_BORN,
    V_CARRIER_DIED,
    V_CULT_ENDED,
    V_LOCKED,
    V_LOCUS_LOST,
    V_PERSON_BORN,
    V_PERSON_DIED,
    V_VILLAGE_ENDED,
)
from ..ground.rng import draws, lineage
from ..ground.tables import HOMES_MONTH, HOMES_VILLAGE, MONTH, YEAR
from ..words.kernel import Int32Matrix, kernel

LOCI_MOST = 6
ADULT_DAYS = 15 * YEAR  # from then on somebody is grown up: who bears, leaves, defends, can turn the key
CULT_MOST = 3  # villages of the cult that stand at a time


@kernel(entry=True)
def phenotype(city: City, p: int) -> int:
    """The loci that a person shows: those of either haplotype."""
    person = city.persons[p]
    return person.haplotype_a | person.haplotype_b


@kernel(entry=True)
def carries_key(city: City, p: int) -> bool:
    """Whether a person carries the whole Net Terminal Gene."""
    whole = (1 << city.knobs.gene_loci) - 1
    return phenotype(city, p) & whole == whole


@kernel(entry=True)
def day_of_year(city: City, p: int) -> int:
    """The day of the year (0..359) on which a person acts."""
    return (city.persons[p].name >> 8) % YEAR


@kernel(entry=True)
def day_of_month(city: City, v: int) -> int:
    """The day of the month (0..29) on which a village is looked at."""
    return (city.villages[v].name >> 8) % MONTH


@kernel
def in_its_month(city: City, v: int, day: int) -> bool:
    """Whether village v does today what it does once a year, in a month that its name gives; not in its first month."""
    village = city.villages[v]
    return day // MONTH % 12 == (village.name >> 24) % 12 and day > village.founded


@kernel
def precedence(word: int, name: int) -> int:
    """What orders candidates: the lower draw (32 bits) first, ties by name."""
    return (word << 31) | (name & 0x7FFFFFFF)


@kernel
def next_resident(city: City, v: int, name: int) -> int:
    """Who of village v follows a name in the order of names, or -1; 0 is before all. Several die or leave in this order."""
    following = -1
    p = int(city.homes[HOMES_VILLAGE + v])
    while p >= 0:
        own = city.persons[p].name
        if own > name and (following < 0 or own < city.persons[following].name):
            following = p
        p = int(city.kin[p, 0])
    return following


@kernel
def next_at_home(city: City, v: int, stream: int, least_age: int, day: int, after: int) -> tuple[int, int]:
    """Who of the people at home in village v comes next after a place in a drawn order: the row, or -1, and the place."""
    best = -1
    place = after
    p = int(city.homes[HOMES_VILLAGE + v])
    while p >= 0:
        person = city.persons[p]
        if person.led_by < 0 and day - person.born >= least_age:
            mine = precedence(draws(city.knobs.seed, stream, day, person.name, 0)[0], person.name)
            if mine > after and (best < 0 or mine < place):
                best = p
                place = mine
        p = int(city.kin[p, 0])
    return best, place


@kernel
def link(city: City, kin: Int32Matrix, p: int, head: int, column: int) -> None:
    """Put row p in the list with this head; `column` of the links: 0, or 2 for a person's day of the year."""
    first = int(city.homes[head])
    kin[p, column] = first
    kin[p, column + 1] = -1
    if first >= 0:
        kin[first, column + 1] = p
    city.homes[head] = p


@kernel
def unlink(city: City, kin: Int32Matrix, p: int, head: int, column: int) -> None:
    """Take row p out of the list with this head."""
    after = int(kin[p, column])
    before = int(kin[p, column + 1])
    if before < 0:
        city.homes[head] = after
    else:
        kin[before, column] = after
    if after >= 0:
        kin[after, column + 1] = before


@kernel
def set_health(city: City, p: int, health: int) -> None:
    """Living person p is in this state of `Health` from now on."""
    person = city.persons[p]
    village = city.villages[person.village]
    village.infected += (1 if health == I_INFECTED else 0) - (1 if person.health == I_INFECTED else 0)
    person.health = health


@kernel(entry=True)
def count_person(city: City, p: int, change: int) -> None:
    """Count a person, the loci and the key that they show in (+1) or out (-1)."""
    powers = city.powers
    powers.people += change
    shows = phenotype(city, p)
    for locus in range(LOCI_MOST):
        if (shows >> locus) & 1:
            powers.loci[locus] += change
    if carries_key(city, p):
        powers.carriers += change
        person = city.persons[p]
        city.villages[person.village].carriers += change
        whole = (1 << city.knobs.gene_loci) - 1
        if person.shown & whole == whole:
            powers.known_carriers += change


@kernel
def end_village(city: City, v: int, day: int, cause: int) -> None:
    """Nobody is left in village v."""
    village = city.villages[v]
    bay = city.foremen[village.bay]
    village.ended = day
    bay.village = -1
    city.powers.villages -= 1
    unlink(city, city.estates, v, HOMES_MONTH + day_of_month(city, v), 0)
    years = (day - village.founded) // YEAR
    tell(city, day, V_VILLAGE_ENDED, village.name, 0, bay.name, years, cause, 0)
    if village.cult:
        city.powers.cult_villages -= 1
        if city.powers.cult_villages == 0:  # only they have daughters of their kind, so this happens once
            ended = event_name(day, V_VILLAGE_ENDED, village.name, 0)
            tell(city, day, V_CULT_ENDED, village.name, 0, bay.name, (day - city.powers.struck) // YEAR, ended, 0)


@kernel(entry=True)
def add_person(
    city: City, name: int, mother: int, father: int, born: int, female: int, a: int, b: int, village: int, day: int, cause: int
) -> int:
    """Append a person who lives in a village; told as a birth unless they were born before the era. Returns the serial."""
    p = city.sizes.persons
    city.sizes.persons = p + 1
    person = city.persons[p]
    person.name = name
    person.mother = mother
    person.father = father
    person.born = born
    person.female = female
    person.haplotype_a = a
    person.haplotype_b = b
    person.health = I_SUSCEPTIBLE
    person.infected_day = -1
    person.village = village
    person.died = -1
    person.tested = -1
    person.shown = 0
    person.led_by = -1
    home = city.villages[village]
    home.people += 1
    link(city, city.kin, p, HOMES_VILLAGE + village, 0)
    link(city, city.kin, p, day_of_year(city, p), 2)
    count_person(city, p, 1)
    if mother >= 0:
        city.powers.births += 1
        hers = city.persons[mother].name
        place = city.foremen[home.bay].name
        tell(city, day, V_PERSON_BORN, name, hers, place, a | (b << 8), cause, city.knobs.birth_ppm * 1000)
        if carries_key(city, p):
            birth = event_name(day, V_PERSON_BORN, name, hers)
            tell(city, day, V_CARRIER_BORN, name, hers, place, 0, birth, 0)
    return p


@kernel(entry=True)
def kill_person(city: City, p: int, day: int, reason: int, killer: int, cause: int, chance: int) -> None:
    """Person p dies on this day, of a DeathCause. `killer`: a name, or 0; `cause`: name of the event that led to it."""
    powers = city.powers
    person = city.persons[p]
    name, v = person.name, person.village
    village = city.villages[v]
    place = city.foremen[village.bay].name
    count_person(city, p, -1)
    person.died = day
    person.led_by = -1
    unlink(city, city.kin, p, HOMES_VILLAGE + v, 0)
    unlink(city, city.kin, p, day_of_year(city, p), 2)
    village.people -= 1
    if person.health == I_INFECTED:
        village.infected -= 1
    if reason == D_AGE:
        powers.deaths_age += 1
    elif reason == D_HUNGER:
        powers.deaths_hunger += 1
    elif reason == D_UNITS:
        powers.deaths_units += 1
    elif reason == D_SHOT:
        powers.deaths_shot += 1
    elif reason == D_JOURNEY:
        powers.deaths_journey += 1
    elif reason == D_EXPOSED:
        powers.deaths_exposed += 1
    elif reason == D_CRUSHED:
        powers.deaths_crushed += 1
    tell(city, day, V_PERSON_DIED, name, killer, place, reason, cause, chance)
    died = event_name(day, V_PERSON_DIED, name, killer)
    if carries_key(city, p):
        tell(city, day, V_CARRIER_DIED, name, 0, place, 1 if person.tested >= 0 else 0, died, 0)
    showed = phenotype(city, p)
    for locus in range(city.knobs.gene_loci):
        if (showed >> locus) & 1 and powers.loci[locus] == 0 and powers.era_day >= 0:  # before, only the cult lives
            tell(city, day, V_LOCUS_LOST, name, locus + 1, place, locus, died, 0)
            if powers.locked < 0 and powers.people > 0:
                powers.locked = day
                tell(city, day, V_LOCKED, name, 0, place, locus, died, 0)
    if village.people == 0:
        end_village(city, v, day, died)


@kernel
def move_person(city: City, p: int, to: int, day: int, cause: int) -> None:
    """Person p lives in village `to` from now on. Tells nothing but the end of a village that is left empty."""
    person = city.persons[p]
    v = person.village
    left, joined = city.villages[v], city.villages[to]
    unlink(city, city.kin, p, HOMES_VILLAGE + v, 0)
    left.people -= 1
    person.village = to
    joined.people += 1
    if person.health == I_INFECTED:
        left.infected -= 1
        joined.infected += 1
    if carries_key(city, p):
        left.carriers -= 1
        joined.carriers += 1
    link(city, city.kin, p, HOMES_VILLAGE + to, 0)
    if left.people == 0:
        end_village(city, v, day, cause)


@kernel(entry=True)
def add_village(city: City, founder: int, ordinal: int, parent: int, bay: int, day: int) -> int:
    """Append a village without people in a bay where none is; its name is the lineage of `founder`. Returns the serial.

    A daughter of a village of the cult is one, while they are few: more could not keep the secret, and leave it.
    """
    v = city.sizes.villages
    city.sizes.villages = v + 1
    village = city.villages[v]
    for c in range(len(village.words)):
        village.words[c] = 0
    village.name = lineage(founder, day, ordinal)
    village.parent = parent
    village.bay = bay
    village.founded = day
    village.ended = -1
    village.alert_day = day
    village.barrier_day = -1
    village.known = -1
    if parent >= 0 and city.villages[parent].cult and city.powers.cult_villages < CULT_MOST:
        village.cult = 1
        city.powers.cult_villages += 1
    city.foremen[bay].village = v
    city.homes[HOMES_VILLAGE + v] = -1
    city.powers.villages += 1
    link(city, city.estates, v, HOMES_MONTH + day_of_month(city, v), 0)
    return v
