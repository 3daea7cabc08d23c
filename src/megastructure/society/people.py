"""The rows of people and villages, and what must stay true whoever changes them: counts, lists, and events of birth and death.

`homes` holds the heads of lists: one for each day of the year (who acts on it), one for each day of the month (which villages
are looked at), one for each village (who lives there). `kin` (persons, 4) holds the links: next and previous of the same
village, next and previous of the same day; `estates` (villages, 2) those of the same day of the month.
The order within a list follows from history and decides nothing: a law that chooses takes the lowest draw.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.codes import (
    D_AGE,
    D_EXPOSED,
    D_HUNGER,
    D_JOURNEY,
    D_SHOT,
    D_UNITS,
    I_INFECTED,
    I_SUSCEPTIBLE,
    V_CARRIER_BORN,
    V_CARRIER_DIED,
    V_LOCKED,
    V_LOCUS_LOST,
    V_PERSON_BORN,
    V_PERSON_DIED,
    V_VILLAGE_ENDED,
)
from ..ground.rng import draws, lineage
from ..ground.scenario import Q_BIRTH_PPM, Q_GENE_LOCI
from ..ground.tables import (
    F_NAME,
    F_VILLAGE,
    PE_BORN,
    PE_DIED,
    PE_FATHER,
    PE_FEMALE,
    PE_HAPLOTYPE_A,
    PE_HAPLOTYPE_B,
    PE_HEALTH,
    PE_INFECTED_DAY,
    PE_LED_BY,
    PE_MOTHER,
    PE_NAME,
    PE_SHOWN,
    PE_TESTED,
    PE_VILLAGE,
    PO_BIRTHS,
    PO_CARRIERS,
    PO_DEATHS_AGE,
    PO_DEATHS_EXPOSED,
    PO_DEATHS_HUNGER,
    PO_DEATHS_JOURNEY,
    PO_DEATHS_SHOT,
    PO_DEATHS_UNITS,
    PO_KNOWN_CARRIERS,
    PO_LOCKED,
    PO_LOCUS0,
    PO_PEOPLE,
    PO_VILLAGES,
    VI_ALERT_DAY,
    VI_BARRIER_DAY,
    VI_BAY,
    VI_CARRIERS,
    VI_ENDED,
    VI_FOUNDED,
    VI_INFECTED,
    VI_KNOWN,
    VI_NAME,
    VI_PARENT,
    VI_PEOPLE,
    YEAR,
    Z_PERSONS,
    Z_VILLAGES,
)
from ..ground.world import HOMES_MONTH, HOMES_VILLAGE, MONTH, WORLD
from ..words.kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel, pair

LOCI_MOST = 6


@kernel(i8(i8m, i8), entry=True)
def phenotype(persons, p):
    """The loci that a person shows: those of either haplotype."""
    return persons[p, PE_HAPLOTYPE_A] | persons[p, PE_HAPLOTYPE_B]


@kernel(flag(i8m, i8v, i8), entry=True)
def carries_key(persons, knobs, p):
    """Whether a person carries the whole Net Terminal Gene."""
    whole = (1 << knobs[Q_GENE_LOCI]) - 1
    return phenotype(persons, p) & whole == whole


@kernel(i8(i8m, i8), entry=True)
def day_of_year(persons, p):
    """The day of the year (0..359) on which a person acts."""
    return (persons[p, PE_NAME] >> 8) % YEAR


@kernel(i8(i8m, i8), entry=True)
def day_of_month(villages, v):
    """The day of the month (0..29) on which a village is looked at."""
    return (villages[v, VI_NAME] >> 8) % MONTH


@kernel(i8(i8, i8))
def precedence(word, name):
    """What orders candidates: the lower draw (32 bits) first, ties by name."""
    return (word << 31) | (name & 0x7FFFFFFF)


@kernel(i8(i8m, i4m, i4v, i8, i8))
def next_resident(persons, kin, homes, v, name):
    """Who of village v follows a name in the order of names, or -1; 0 is before all. Several die or leave in this order."""
    following = -1
    p = int(homes[HOMES_VILLAGE + v])
    while p >= 0:
        own = persons[p, PE_NAME]
        if own > name and (following < 0 or own < persons[following, PE_NAME]):
            following = p
        p = int(kin[p, 0])
    return following


@kernel(pair(i8m, i4m, i4v, i8, i8, i8, i8, i8, i8))
def next_at_home(persons, kin, homes, seed, v, stream, least_age, day, after):
    """Who of the people at home in village v comes next after a place in a drawn order: the row, or -1, and the place."""
    best = -1
    place = after
    p = int(homes[HOMES_VILLAGE + v])
    while p >= 0:
        if persons[p, PE_LED_BY] < 0 and day - persons[p, PE_BORN] >= least_age:
            name = persons[p, PE_NAME]
            mine = precedence(draws(seed, stream, day, name, 0)[0], name)
            if mine > after and (best < 0 or mine < place):
                best = p
                place = mine
        p = int(kin[p, 0])
    return best, place


@kernel(NOTHING(i4m, i4v, i8, i8, i8))
def link(kin, homes, p, head, column):
    """Put row p in the list with this head; `column` of the links: 0, or 2 for a person's day of the year."""
    first = int(homes[head])
    kin[p, column] = first
    kin[p, column + 1] = -1
    if first >= 0:
        kin[first, column + 1] = p
    homes[head] = p


@kernel(NOTHING(i4m, i4v, i8, i8, i8))
def unlink(kin, homes, p, head, column):
    """Take row p out of the list with this head."""
    after = int(kin[p, column])
    before = int(kin[p, column + 1])
    if before < 0:
        homes[head] = after
    else:
        kin[before, column] = after
    if after >= 0:
        kin[after, column + 1] = before


@kernel(NOTHING(i8m, i8m, i8, i8))
def set_health(persons, villages, p, health):
    """Living person p is in this state of `Health` from now on."""
    v = persons[p, PE_VILLAGE]
    villages[v, VI_INFECTED] += (1 if health == I_INFECTED else 0) - (1 if persons[p, PE_HEALTH] == I_INFECTED else 0)
    persons[p, PE_HEALTH] = health


@kernel(NOTHING(i8m, i8m, i8m, i8v, i8, i8), entry=True)
def count_person(persons, villages, powers, knobs, p, change):
    """Count a person, the loci and the key that they show in (+1) or out (-1)."""
    powers[0, PO_PEOPLE] += change
    shown = phenotype(persons, p)
    for locus in range(LOCI_MOST):
        if (shown >> locus) & 1:
            powers[0, PO_LOCUS0 + locus] += change
    if carries_key(persons, knobs, p):
        powers[0, PO_CARRIERS] += change
        villages[persons[p, PE_VILLAGE], VI_CARRIERS] += change
        whole = (1 << knobs[Q_GENE_LOCI]) - 1
        if persons[p, PE_SHOWN] & whole == whole:
            powers[0, PO_KNOWN_CARRIERS] += change


@kernel(NOTHING(WORLD, i8v, i4m, i4v, i8, i8, i8))
def end_village(world, sizes, estates, homes, v, day, cause):
    """Nobody is left in village v."""
    foremen, _, _, villages, _, _, powers, events, _ = world
    bay = villages[v, VI_BAY]
    villages[v, VI_ENDED] = day
    foremen[bay, F_VILLAGE] = -1
    powers[0, PO_VILLAGES] -= 1
    unlink(estates, homes, v, HOMES_MONTH + day_of_month(villages, v), 0)
    years = (day - villages[v, VI_FOUNDED]) // YEAR
    tell(events, sizes, day, V_VILLAGE_ENDED, villages[v, VI_NAME], 0, foremen[bay, F_NAME], years, cause, 0)


@kernel(i8(WORLD, i8v, i8v, i4m, i4v, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8), entry=True)
def add_person(world, sizes, knobs, kin, homes, name, mother, father, born, female, a, b, village, day, cause):
    """Append a person who lives in a village; told as a birth unless they were born before the era. Returns the serial."""
    foremen, _, persons, villages, _, _, powers, events, _ = world
    p = sizes[Z_PERSONS]
    sizes[Z_PERSONS] = p + 1
    persons[p, PE_NAME] = name
    persons[p, PE_MOTHER] = mother
    persons[p, PE_FATHER] = father
    persons[p, PE_BORN] = born
    persons[p, PE_FEMALE] = female
    persons[p, PE_HAPLOTYPE_A] = a
    persons[p, PE_HAPLOTYPE_B] = b
    persons[p, PE_HEALTH] = I_SUSCEPTIBLE
    persons[p, PE_INFECTED_DAY] = -1
    persons[p, PE_VILLAGE] = village
    persons[p, PE_DIED] = -1
    persons[p, PE_TESTED] = -1
    persons[p, PE_SHOWN] = 0
    persons[p, PE_LED_BY] = -1
    villages[village, VI_PEOPLE] += 1
    link(kin, homes, p, HOMES_VILLAGE + village, 0)
    link(kin, homes, p, day_of_year(persons, p), 2)
    count_person(persons, villages, powers, knobs, p, 1)
    if mother >= 0:
        powers[0, PO_BIRTHS] += 1
        place = foremen[villages[village, VI_BAY], F_NAME]
        chance = knobs[Q_BIRTH_PPM] * 1000
        tell(events, sizes, day, V_PERSON_BORN, name, persons[mother, PE_NAME], place, a | (b << 8), cause, chance)
        if carries_key(persons, knobs, p):
            birth = event_name(day, V_PERSON_BORN, name, persons[mother, PE_NAME])
            tell(events, sizes, day, V_CARRIER_BORN, name, persons[mother, PE_NAME], place, 0, birth, 0)
    return p


@kernel(NOTHING(WORLD, i8v, i8v, i4m, i4m, i4v, i8, i8, i8, i8, i8, i8), entry=True)
def kill_person(world, sizes, knobs, kin, estates, homes, p, day, reason, killer, cause, chance):
    """Person p dies on this day, of a DeathCause. `killer`: a name, or 0; `cause`: name of the event that led to it."""
    foremen, _, persons, villages, _, _, powers, events, _ = world
    v = persons[p, PE_VILLAGE]
    place = foremen[villages[v, VI_BAY], F_NAME]
    name = persons[p, PE_NAME]
    count_person(persons, villages, powers, knobs, p, -1)
    persons[p, PE_DIED] = day
    persons[p, PE_LED_BY] = -1
    unlink(kin, homes, p, HOMES_VILLAGE + v, 0)
    unlink(kin, homes, p, day_of_year(persons, p), 2)
    villages[v, VI_PEOPLE] -= 1
    if persons[p, PE_HEALTH] == I_INFECTED:
        villages[v, VI_INFECTED] -= 1
    if reason == D_AGE:
        powers[0, PO_DEATHS_AGE] += 1
    elif reason == D_HUNGER:
        powers[0, PO_DEATHS_HUNGER] += 1
    elif reason == D_UNITS:
        powers[0, PO_DEATHS_UNITS] += 1
    elif reason == D_SHOT:
        powers[0, PO_DEATHS_SHOT] += 1
    elif reason == D_JOURNEY:
        powers[0, PO_DEATHS_JOURNEY] += 1
    elif reason == D_EXPOSED:
        powers[0, PO_DEATHS_EXPOSED] += 1
    tell(events, sizes, day, V_PERSON_DIED, name, killer, place, reason, cause, chance)
    died = event_name(day, V_PERSON_DIED, name, killer)
    if carries_key(persons, knobs, p):
        tell(events, sizes, day, V_CARRIER_DIED, name, 0, place, 1 if persons[p, PE_TESTED] >= 0 else 0, died, 0)
    shown = phenotype(persons, p)
    for locus in range(knobs[Q_GENE_LOCI]):
        if (shown >> locus) & 1 and powers[0, PO_LOCUS0 + locus] == 0:
            tell(events, sizes, day, V_LOCUS_LOST, name, locus + 1, place, locus, died, 0)
            if powers[0, PO_LOCKED] < 0 and powers[0, PO_PEOPLE] > 0:
                powers[0, PO_LOCKED] = day
                tell(events, sizes, day, V_LOCKED, name, 0, place, locus, died, 0)
    if villages[v, VI_PEOPLE] == 0:
        end_village(world, sizes, estates, homes, v, day, died)


@kernel(NOTHING(WORLD, i8v, i8v, i4m, i4m, i4v, i8, i8, i8, i8))
def move_person(world, sizes, knobs, kin, estates, homes, p, to, day, cause):
    """Person p lives in village `to` from now on. Tells nothing but the end of a village that is left empty."""
    _, _, persons, villages, _, _, _, _, _ = world
    v = persons[p, PE_VILLAGE]
    unlink(kin, homes, p, HOMES_VILLAGE + v, 0)
    villages[v, VI_PEOPLE] -= 1
    persons[p, PE_VILLAGE] = to
    villages[to, VI_PEOPLE] += 1
    if persons[p, PE_HEALTH] == I_INFECTED:
        villages[v, VI_INFECTED] -= 1
        villages[to, VI_INFECTED] += 1
    if carries_key(persons, knobs, p):
        villages[v, VI_CARRIERS] -= 1
        villages[to, VI_CARRIERS] += 1
    link(kin, homes, p, HOMES_VILLAGE + to, 0)
    if villages[v, VI_PEOPLE] == 0:
        end_village(world, sizes, estates, homes, v, day, cause)


@kernel(i8(WORLD, i8v, i4m, i4v, i8, i8, i8, i8, i8), entry=True)
def add_village(world, sizes, estates, homes, founder, ordinal, parent, bay, day):
    """Append a village without people in a bay where none is; its name is the lineage of `founder`. Returns the serial."""
    foremen, _, _, villages, _, _, powers, _, _ = world
    v = sizes[Z_VILLAGES]
    sizes[Z_VILLAGES] = v + 1
    for c in range(villages.shape[1]):
        villages[v, c] = 0
    villages[v, VI_NAME] = lineage(founder, day, ordinal)
    villages[v, VI_PARENT] = parent
    villages[v, VI_BAY] = bay
    villages[v, VI_FOUNDED] = day
    villages[v, VI_ENDED] = -1
    villages[v, VI_ALERT_DAY] = day
    villages[v, VI_BARRIER_DAY] = -1
    villages[v, VI_KNOWN] = -1
    foremen[bay, F_VILLAGE] = v
    homes[HOMES_VILLAGE + v] = -1
    powers[0, PO_VILLAGES] += 1
    link(estates, homes, v, HOMES_MONTH + day_of_month(villages, v), 0)
    return v
