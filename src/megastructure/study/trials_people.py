"""Trials of the laws of people: loops that do nothing but call production kernels, and count.

Whatever theory leaves to chance beside a law (the day of the year on which somebody acts) is drawn with the stream SAMPLE,
which no law uses.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import D_AGE, D_UNITS, I_INFECTED, I_RECOVERED, I_SUSCEPTIBLE, R_SAMPLE
from ..ground.rng import draw, lineage
from ..ground.tables import HUMAN, MONTH, YEAR
from ..laws.heredity import bear_child
from ..laws.infection import catch_or_recover
from ..laws.remnant import LIVES, father_of, keep_village, live_year
from ..laws.safeguard import sense
from ..society.people import add_person, kill_person, next_resident, set_health
from ..words.kernel import IntVector, kernel


@kernel(entry=True)
def lifetimes(city: City, number: int, lived: IntVector) -> None:
    """So many lives of the person in row 0, born on day 0, under other names; lived: days. They act once a year."""
    person, seed = city.persons[0], city.knobs.seed
    for i in range(number):
        person.name = lineage(seed, i, 0)
        day = draw(seed, R_SAMPLE, 0, person.name, 0) * YEAR >> 32
        while live_year(city, 0, day)[0] == LIVES:
            day += YEAR
        lived[i] = day


@kernel(entry=True)
def epidemic(city: City, infected: int, immune: int) -> int:
    """An epidemic in village 0 of people who neither are born nor die; returns how many fell ill beside the first.

    The first so many rows are infected on their day of the year 0, the next so many immune. Rows act in turn.
    """
    people = city.sizes.persons
    for p in range(people):
        health = I_INFECTED if p < infected else I_RECOVERED if p < infected + immune else I_SUSCEPTIBLE
        set_health(city, p, health)
    year = 0
    while city.villages[0].infected > 0:
        city.sizes.events = 0
        for p in range(infected if year == 0 else 0, people):
            catch_or_recover(city, p, year * YEAR + p * YEAR // people)
        year += 1
    fallen = 0
    for p in range(infected + immune, people):
        fallen += city.persons[p].health == I_RECOVERED
    return fallen


@kernel
def be_born(city: City, p: int, name: int, v: int, day: int) -> None:
    """A man is born in village v, into row p: that of somebody who has died, or the next: long trials need few rows."""
    sizes = city.sizes
    rows = sizes.persons
    sizes.persons = p
    add_person(city, name, -1, -1, day, 0, HUMAN, HUMAN, v, day, 0)
    sizes.persons = max(rows, p + 1)


@kernel
def look(city: City, p: int, day: int) -> None:
    """The day of the year of person p, as a day of the city has it; whoever dies is replaced by a child, who is susceptible."""
    city.sizes.events = 0
    catch_or_recover(city, p, day)
    brings, chance = live_year(city, p, day)
    if brings == LIVES:
        return
    person = city.persons[p]
    kill_person(city, p, day, D_AGE, 0, 0, chance)
    be_born(city, p, lineage(person.name, day, 0), person.village, day)


@kernel(entry=True)
def endemic(city: City, ill: IntVector) -> None:
    """Years in village 0; ill[t]: how many are infected, summed over the looks of year t.

    In the beginning half of the people are susceptible and a fortieth infected, which is not what it comes to.
    """
    people = city.sizes.persons
    for p in range(people):
        health = I_SUSCEPTIBLE if p % 2 else I_INFECTED if p % 40 == 0 else I_RECOVERED
        set_health(city, p, health)
    for year in range(ill.shape[0]):
        for p in range(people):
            look(city, p, year * YEAR + p * YEAR // people)
            ill[year] += city.villages[0].infected


@kernel(entry=True)
def fades_out(city: City, most: int) -> int:
    """Whether the infection of one, in village 0 of the susceptible, ends (returns 1) before so many are ill at once (0)."""
    people = city.sizes.persons
    for p in range(people):
        set_health(city, p, I_INFECTED if p == 0 else I_SUSCEPTIBLE)
    turn_of = 1
    while 0 < city.villages[0].infected < most:
        year = turn_of // people
        p = turn_of - year * people
        look(city, p, year * YEAR + p * YEAR // people)
        turn_of += 1
    return 1 if city.villages[0].infected == 0 else 0


@kernel(entry=True)
def same_fathers(city: City, day: int, number: int) -> int:
    """How often the father of a child of the mother in row 0 is that of the child before: so many children, by other dice."""
    seed = city.knobs.seed
    same = 0
    before = -1
    for i in range(number):
        city.knobs.seed = lineage(seed, i, 5)  # type: ignore[misc] # other dice
        father = father_of(city, 0, day)
        same += father == before
        before = father
    city.knobs.seed = seed  # type: ignore[misc]
    return same


@kernel(entry=True)
def girls_born(city: City, number: int) -> int:
    """How many of so many children of the people in rows 0 and 1 are girls: one is born each day."""
    girls = 0
    for day in range(number):
        child = city.sizes.persons
        city.sizes.events = 0
        bear_child(city, 0, 1, day)
        girls += city.persons[child].female
    return girls


@kernel(entry=True)
def moves(city: City, first: int, months: int) -> int:
    """How often somebody moves from one of two villages to the other, in so many months from a day on."""
    moved = 0
    for month in range(months):
        city.sizes.events = 0
        for v in range(2):
            village = city.villages[v]
            before = village.people
            keep_village(city, v, first + month * MONTH)
            moved += before - village.people
    return moved


@kernel
def fill(city: City, v: int, people: int, day: int) -> None:
    """Men are born in village v until it has so many."""
    village = city.villages[v]
    p = 0
    born = 0
    while village.people < people:
        while p < city.sizes.persons and city.persons[p].died < 0:
            p += 1
        be_born(city, p, lineage(village.name, day, born), v, day)
        born += 1


@kernel(entry=True)
def until_all_fall(city: City, people: int) -> int:
    """Months until no village is left, where each has so many people at all times and falls to whoever is sent after it.

    A daughter takes the row of a village that has ended, and acts from the next month on.
    """
    sizes = city.sizes
    standing = sizes.villages
    month = 0
    while standing > 0:
        month += 1
        day = month * MONTH
        rows = sizes.villages
        for v in range(rows):
            village = city.villages[v]
            if village.ended >= 0 or village.founded == day:
                continue
            sizes.events = 0
            seat = 0
            while seat < rows and city.villages[seat].ended < 0:
                seat += 1
            sizes.villages = seat
            keep_village(city, v, day)
            if sizes.villages > seat:
                standing += 1
                fill(city, seat, people, day)
            rows = max(rows, sizes.villages)
            sizes.villages = rows
            fill(city, v, people, day)
            sense(city, v, day)
            if sizes.units > 0:
                sizes.units = 0
                standing -= 1
                while village.people > 0:
                    kill_person(city, next_resident(city, v, 0), day, D_UNITS, 0, 0, 0)
    return month
