"""Trials of the laws: loops that do nothing but call production kernels, and count.

Whatever theory leaves to chance beside a law (who the parents of an ideal population are) is drawn with the stream SAMPLE,
which no law uses.
"""

from __future__ import annotations

from ..alert import alarm, refresh_alert
from ..allegiance import turn, unwatch
from ..codes import A_AUTHORITY, A_SAFEGUARD, I_INFECTED, I_RECOVERED, I_SUSCEPTIBLE, R_SAMPLE
from ..kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from ..laws.authority import conducted
from ..laws.heredity import bear_child, gamete
from ..laws.infection import catch_or_recover, copied_stop_bits
from ..laws.remnant import LIVES, father_of, keep_village, live_year
from ..laws.struggle import struggle
from ..lots import take_lots
from ..people import set_health
from ..raid import units_made
from ..rng import draw, draws, lineage
from ..scenario import Q_SEED
from ..tables import (
    F_ALLEGIANCE,
    F_BROKEN,
    F_MENDED,
    F_NAME,
    F_X,
    F_Y,
    F_Z,
    PE_FEMALE,
    PE_HEALTH,
    PE_NAME,
    PO_ALERT,
    PO_ALERT_DAY,
    PO_AUTHORITY_BAYS,
    PO_SAFEGUARD_BAYS,
    PO_SPREAD_SINCE,
    VI_INFECTED,
    VI_PEOPLE,
    YEAR,
    Z_EVENTS,
    Z_FOREMEN,
    Z_PERSONS,
    Z_SECTORS,
)
from ..world import COMMON, MONTH

PPM = 1_000_000
FATHER = 1 << 20  # index of the draws of the second parent


# ---- people ----------------------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8m, i8v, i4m, i4v, i8, i8v), entry=True)
def lifetimes(persons, villages, knobs, kin, homes, number, lived):
    """So many lives of the person in row 0, born on day 0, under other names; lived: days. They act once a year."""
    for i in range(number):
        persons[0, PE_NAME] = lineage(knobs[Q_SEED], i, 0)
        day = draw(knobs[Q_SEED], R_SAMPLE, 0, persons[0, PE_NAME], 0) * YEAR >> 32
        while live_year(persons, villages, knobs, kin, homes, 0, day)[0] == LIVES:
            day += YEAR
        lived[i] = day


@kernel(i8(i8m, i8m, i8m, i8m, i8v, i8v, i8, i8), entry=True)
def epidemic(foremen, persons, villages, events, sizes, knobs, infected, immune):
    """An epidemic in village 0 of people who neither are born nor die; returns how many fell ill beside the first.

    The first so many rows are infected on their day of the year 0, the next so many immune. Rows act in turn.
    """
    people = sizes[Z_PERSONS]
    for p in range(people):
        health = I_INFECTED if p < infected else I_RECOVERED if p < infected + immune else I_SUSCEPTIBLE
        set_health(persons, villages, p, health)
    year = 0
    while villages[0, VI_INFECTED] > 0:
        sizes[Z_EVENTS] = 0
        for p in range(infected if year == 0 else 0, people):
            day = year * YEAR + p * YEAR // people
            catch_or_recover(foremen, persons, villages, events, sizes, knobs, p, day)
        year += 1
    fallen = 0
    for p in range(infected + immune, people):
        fallen += persons[p, PE_HEALTH] == I_RECOVERED
    return fallen


@kernel(i8(i8m, i8v, i4m, i4v, i8, i8), entry=True)
def same_fathers(persons, knobs, kin, homes, day, number):
    """How often the father of a child of the mother in row 0 is that of the child before: so many children, by other dice."""
    seed = knobs[Q_SEED]
    same = 0
    before = -1
    for i in range(number):
        knobs[Q_SEED] = lineage(seed, i, 5)
        father = father_of(persons, knobs, kin, homes, 0, day)
        same += father == before
        before = father
    knobs[Q_SEED] = seed
    return same


@kernel(i8(*COMMON, i8), entry=True)
def girls_born(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    number,
):  # fmt: skip
    """How many of so many children of the people in rows 0 and 1 are girls: one is born each day."""
    _, _, persons, _, _, _, _, _, _ = world
    girls = 0
    for day in range(number):
        child = sizes[Z_PERSONS]
        sizes[Z_EVENTS] = 0
        bear_child(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
            0, 1, day,
        )  # fmt: skip
        girls += persons[child, PE_FEMALE]
    return girls


@kernel(i8(*COMMON, i8, i8), entry=True)
def moves(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    first, months,
):  # fmt: skip
    """How often somebody moves from one of two villages to the other, in so many months from a day on."""
    _, _, _, villages, _, _, _, _, _ = world
    moved = 0
    for month in range(months):
        sizes[Z_EVENTS] = 0
        for v in range(2):
            before = villages[v, VI_PEOPLE]
            keep_village(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, v, first + month * MONTH,
            )  # fmt: skip
            moved += before - villages[v, VI_PEOPLE]
    return moved


# ---- genes -----------------------------------------------------------------------------------------------------------


@kernel(i8(i8v, i8m, i8, i8, i8, i8, i8, i8, i8, i8))
def parent_of(knobs, folk, size, demes, home, migration, advantage, name, first, day):
    """A parent for the child `name` of deme `home`: of the deme, or with the chance `migration` (ppm) of any.

    folk   (4, people): the two haplotypes of each, and room for those of their children; deme d has rows d size ...
    Whoever has k copies of locus 0 is chosen 1 + k advantage (ppm) times as often as somebody without.
    """
    tried = first
    while True:
        r0, r1, r2, r3 = draws(knobs[Q_SEED], R_SAMPLE, day, name, tried)
        deme = r1 * demes >> 32 if r0 * PPM >> 32 < migration else home
        p = deme * size + (r2 * size >> 32)
        copies = (folk[0, p] & 1) + (folk[1, p] & 1)
        if r3 * (PPM + 2 * advantage) >> 32 < PPM + copies * advantage:
            return p
        tried += 1


@kernel(NOTHING(i8v, i8m, i8, i8, i8, i8, i8), entry=True)
def generation(knobs, folk, size, demes, migration, advantage, day):
    """All die, and as many children take their place: each of a gamete of two parents, who may be one and the same."""
    seed = knobs[Q_SEED]
    for i in range(size * demes):
        name = lineage(seed, day, i)
        home = i // size
        mother = parent_of(knobs, folk, size, demes, home, migration, advantage, name, 0, day)
        father = parent_of(knobs, folk, size, demes, home, migration, advantage, name, FATHER, day)
        folk[2, i] = gamete(knobs, folk[0, mother], folk[1, mother], 0, name, 0, day)
        folk[3, i] = gamete(knobs, folk[0, father], folk[1, father], 0, name, 1, day)
    for i in range(size * demes):
        folk[0, i] = folk[2, i]
        folk[1, i] = folk[3, i]


@kernel(NOTHING(i8v, i8m, i8, i8, i8, i8), entry=True)
def generations(knobs, folk, size, demes, migration, number):
    """So many generations."""
    for day in range(number):
        generation(knobs, folk, size, demes, migration, 0, day)


@kernel(i8(i8v, i8m, i8, i8, i8), entry=True)
def fixation(knobs, folk, size, copies, advantage):
    """From so many copies of locus 0 until it is in everybody (returns 1) or in nobody (0)."""
    for i in range(size):
        folk[0, i] = 1 if i < copies else 0
        folk[1, i] = 1 if size + i < copies else 0
    day = 0
    while 0 < copies < 2 * size:
        generation(knobs, folk, size, 1, 0, advantage, day)
        day += 1
        copies = 0
        for i in range(size):
            copies += (folk[0, i] & 1) + (folk[1, i] & 1)
    return 1 if copies > 0 else 0


@kernel(i8(i8v, i8m, i8, i8), entry=True)
def moran(knobs, folk, size, advantage):
    """One mutant among clones: one is born, one dies, until all are mutants (returns 1) or none (0)."""
    for i in range(size):
        folk[0, i] = 1 if i == 0 else 0
        folk[1, i] = folk[0, i]
    mutants = 1
    day = 0
    while 0 < mutants < size:
        name = lineage(knobs[Q_SEED], day, 0)
        p = parent_of(knobs, folk, size, 1, 0, 0, advantage, name, 0, day)
        dies = draw(knobs[Q_SEED], R_SAMPLE, day, name, FATHER) * size >> 32
        child = gamete(knobs, folk[0, p], folk[1, p], 0, name, 0, day)
        mutants += (child & 1) - (folk[0, dies] & 1)
        folk[0, dies] = child
        folk[1, dies] = child
        day += 1
    return 1 if mutants > 0 else 0


# ---- machines --------------------------------------------------------------------------------------------------------


@kernel(i8(i8v, i8), entry=True)
def all_stop(knobs, machines):
    """One machine with one stop bit copies itself until there are so many: 1 if all have it still, else 0."""
    for day in range(1, machines):
        if copied_stop_bits(knobs, 1, lineage(knobs[Q_SEED], day, 0), day) == 0:
            return 0
    return 1


@kernel(NOTHING(i8v, i8, i8, i8v), entry=True)
def quasispecies(knobs, machines, percent, masters):
    """Generations of copies of 32 bits, four times eight; masters[t]: how many of generation t have lost none.

    Masters are copied `percent` / 100 times as often as all others. At most 2^20 machines.
    """
    seed = knobs[Q_SEED]
    before = machines
    for day in range(masters.shape[0]):
        whole = 0
        weight = before * percent + (machines - before) * 100
        for i in range(machines):
            name = lineage(seed, day, i)
            if draw(seed, R_SAMPLE, day, name, 0) * weight >> 32 < before * percent:
                kept = 1
                for byte in range(4):
                    if kept and copied_stop_bits(knobs, 255, lineage(name, day, byte), day) != 255:
                        kept = 0
                whole += kept
        masters[day] = whole
        before = whole


@kernel(NOTHING(i8m, i8v, i8, i8, i8v), entry=True)
def excited(powers, knobs, base, milli, counts):
    """Months of raids whose rate grows with the alert: base (1 + alert) a month, in 1/65536; each adds milli / 1000."""
    powers[0, PO_ALERT] = 0
    powers[0, PO_ALERT_DAY] = 0
    for month in range(counts.shape[0]):
        day = MONTH * month
        refresh_alert(powers, knobs, day)
        mean = base * (65536 + powers[0, PO_ALERT]) >> 16
        counts[month] = units_made(knobs[Q_SEED], day, 1, mean) - 1
        for _ in range(counts[month]):
            alarm(powers, knobs, day, milli)


@kernel(i8(*COMMON, i8, i8), entry=True)
def contest(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    start, goal,
):  # fmt: skip
    """The Authority holds bay `start` and Safeguard all others, until it has `goal` bays (returns 1) or none (0)."""
    foremen = world[0]
    powers = world[6]
    for n in range(sizes[Z_FOREMEN]):
        unwatch(foremen, fronts, borders, n)
        foremen[n, F_ALLEGIANCE] = A_SAFEGUARD
    powers[0, PO_SPREAD_SINCE] = 0
    powers[0, PO_AUTHORITY_BAYS] = 0
    powers[0, PO_SAFEGUARD_BAYS] = sizes[Z_FOREMEN]
    turn(foremen, powers, knobs, fronts, borders, start, A_AUTHORITY, 0, 0)
    day = 0
    while 0 < powers[0, PO_AUTHORITY_BAYS] < goal:
        sizes[Z_EVENTS] = 0
        struggle(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
            day,
        )  # fmt: skip
        day += MONTH
    return 1 if powers[0, PO_AUTHORITY_BAYS] > 0 else 0


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8v, i8v, i8m, i8, i8, i8), entry=True)
def spans(keys, slots, owners, foremen, sizes, knobs, marks, reached, top, bonds, open_ppb):
    """Whether conduits join the bays with z = 0 to some bay with z = `top`: 1 or 0. The bays are one lot each.

    Every bay stands (bonds = 0), or every conduit holds (bonds = 1), with the chance `open_ppb`; the other all do. The draws
    are the same for every chance, so that whatever spans does so with every greater chance.
    """
    seed = knobs[Q_SEED]
    found = 0
    for n in range(sizes[Z_FOREMEN]):
        name = foremen[n, F_NAME]
        stands = bonds != 0 or draw(seed, R_SAMPLE, 0, name, 0) * 1_000_000_000 >> 32 < open_ppb
        lx = foremen[n, F_X] >> 4
        ly = foremen[n, F_Y] >> 4
        lz = foremen[n, F_Z] >> 4
        take_lots(keys, slots, owners, sizes[Z_SECTORS], n, lx, ly, lz, 1, 1, 0 if stands else 1)
        broken = 0
        if bonds:
            r0, r1, r2, _ = draws(seed, R_SAMPLE, 0, name, 1)
            broken += 1 if r0 * 1_000_000_000 >> 32 >= open_ppb else 0
            broken += 4 if r1 * 1_000_000_000 >> 32 >= open_ppb else 0
            broken += 16 if r2 * 1_000_000_000 >> 32 >= open_ppb else 0
        foremen[n, F_BROKEN] = broken
        foremen[n, F_MENDED] = 1
        if stands and lz == 0:
            reached[found, 0] = n
            found += 1
    found = conducted(keys, slots, owners, foremen, marks, reached, found, -1, 0)
    for i in range(found):
        if foremen[reached[i, 0], F_Z] == top:
            return 1
    return 0
