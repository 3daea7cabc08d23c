"""Bays side by side, some with an eye and some with a village, on which units are made, hunt, fight and stand down."""

from __future__ import annotations

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.ground.rng import lineage
from megastructure.ground.scenario import Scenario
from megastructure.laws import combat, safeguard
from megastructure.time.genesis import found
from megastructure.time.rebuild import rebuild
from megastructure.words.kernel import kernel

# ---- doors into the laws -----------------------------------------------------------------------------------------------


@kernel(entry=True)
def one_month(city: City, v: int, day: int) -> None:
    safeguard.sense(
        city.keys, city.slots, city.owners, city.world, city.plan, city.ring, city.sizes, city.knobs, city.tally, city.kin, city.estates, city.homes, city.fronts, city.borders, city.marks, city.reached,
        v, day,
    )  # fmt: skip


@kernel(entry=True)
def one_fight(city: City, v: int, day: int) -> int:
    return combat.fight(
        city.keys, city.slots, city.owners, city.world, city.plan, city.ring, city.sizes, city.knobs, city.tally, city.kin, city.estates, city.homes, city.fronts, city.borders, city.marks, city.reached,
        v, day,
    )  # fmt: skip


@kernel(entry=True)
def one_evening(city: City, day: int) -> None:
    safeguard.stand_down(
        city.keys, city.slots, city.owners, city.world, city.plan, city.ring, city.sizes, city.knobs, city.tally, city.kin, city.estates, city.homes, city.fronts, city.borders, city.marks, city.reached,
        day,
    )  # fmt: skip


@kernel(entry=True)
def attacked(city: City, day: int) -> int:
    return combat.villages_attacked(city.units, city.villages, city.sizes, city.rows, city.order, day)


def common(city):
    world = (
        city.foremen, city.charters, city.persons, city.villages, city.units, city.wanderers, city.powers, city.events,
        city.shots,
    )  # fmt: skip
    return (
        city.keys, city.slots, city.owners, world, city.plan, city.ring, city.sizes, city.knobs, city.tally, city.kin,
        city.estates, city.homes, city.fronts, city.borders, city.marks, city.reached,
    )  # fmt: skip


DAWN = 360_000  # the day on which the small worlds are looked at
ALWAYS = 10**12  # ppm: raids in every month


def named(parent, ordinal, eye):
    """A name with or without the bit by which an infected bay has an eye."""
    name = int(lineage(parent, 7, ordinal))
    return name & ~16 | 16 if eye else name & ~16


def row_of_bays(letters, people, shuffle=0, seed=5, **changed):
    """Bays side by side, a letter each, all infected: E has an eye, V a village, T a terminal, H is a healthy bay.

    `people`: how many live in each village; with `shuffle` the rows of persons and villages stand in another order.
    """
    city = found(Scenario(seed=seed, **{"works": 0, **changed}), 1 << 11)
    order = np.random.default_rng(shuffle)
    first = city.foremen[0].copy()
    lots = int(first[t.Foremen.lots])
    homes = []
    for n, letter in enumerate(letters):
        bay = city.foremen[n]
        bay[:] = first
        bay[t.Foremen.name] = named(first[t.Foremen.name], n, letter == "E")
        bay[t.Foremen.x] = 80 * n
        bay[t.Foremen.parent] = n - 1
        bay[t.Foremen.phase] = c.P_STANDING
        bay[t.Foremen.due] = -1
        bay[t.Foremen.terminals] = letter == "T"
        bay[t.Foremen.allegiance] = c.A_HEALTHY if letter == "H" else c.A_SAFEGUARD
        bay[t.Foremen.recognition] = t.HUMAN if letter == "H" else t.IMPOSSIBLE
        city.claims[n, [t.Claims.foreman, t.Claims.x, t.Claims.n, t.Claims.m, t.Claims.lots]] = n, 5 * n, 5, 7, lots
        if letter == "V":
            homes.append(n)
    bays = len(letters)
    city.sizes[[t.Sizes.foremen, t.Sizes.claims]] = bays
    city.schools[0, [t.Schools.living, t.Schools.ever]] = bays
    city.tally[t.Tally.lots] = lots * bays
    city.powers[0, [t.Powers.era_day, t.Powers.raid_ppm]] = DAWN, ALWAYS
    city.powers[0, t.Powers.safeguard_bays] = sum(letter != "H" for letter in letters)
    residents = [(n, k) for n in homes for k in range(people)]
    if shuffle:
        order.shuffle(homes)
        order.shuffle(residents)
    for v, n in enumerate(homes):
        village = city.villages[v]
        village[t.Villages.name] = lineage(city.foremen[n, t.Foremen.name], 8, 0)
        village[[t.Villages.parent, t.Villages.ended, t.Villages.barrier_day, t.Villages.known]] = -1
        village[[t.Villages.bay, t.Villages.people, t.Villages.capacity, t.Villages.sense]] = n, people, people, 256
        village[[t.Villages.founded, t.Villages.alert_day]] = DAWN - 1000
        city.foremen[n, t.Foremen.village] = v
    for p, (n, k) in enumerate(residents):
        person = city.persons[p]
        person[t.Persons.name] = lineage(city.foremen[n, t.Foremen.name], 9, k)
        person[
            [t.Persons.mother, t.Persons.father, t.Persons.infected_day, t.Persons.died, t.Persons.tested, t.Persons.led_by]
        ] = -1
        person[[t.Persons.haplotype_a, t.Persons.haplotype_b]] = t.HUMAN | 1 << k % 6, t.HUMAN
        person[t.Persons.born] = DAWN - 360 * (1 + k)
        person[t.Persons.village] = city.foremen[n, t.Foremen.village]
        city.powers[0, t.Powers.locus0 + k % 6] += 1
    city.sizes[[t.Sizes.villages, t.Sizes.persons]] = len(homes), len(residents)
    city.powers[0, [t.Powers.villages, t.Powers.people]] = len(homes), len(residents)
    city.day = DAWN
    rebuild(city)
    return city


def acts(law, city, kernel, *arguments):
    """A kernel of a law does its work in the city."""
    return kernel(*common(city), *arguments)


def live(city, day, act=acts):
    """What the order of a day does with units, for every village: the attacked, then the evening."""
    order = np.zeros(64, np.int64)
    rows = np.zeros(64, np.int64)
    number = attacked(city, day)
    for k in np.argsort(order[:number]):
        if city.villages[rows[k], t.Villages.ended] < 0:
            act(combat.LAW, city, one_fight, int(rows[k]), day)
    act(safeguard.LAW, city, one_evening, day)


def in_order_of_name(city):
    return [int(v) for v in np.argsort(city.table("villages")[:, t.Villages.name])]


def hunt(city, first, last, act=acts):
    """Sense every village on the first day; then every day until the last."""
    for v in in_order_of_name(city):
        act(safeguard.LAW, city, one_month, v, first)
    for day in range(first, last + 1):
        live(city, day, act)


def told(city, kind):
    events = city.table("events")
    return events[events[:, t.Events.kind] == kind]


def alive(city):
    return city.table("persons")[:, t.Persons.died] < 0


def drawn(city):
    """A world as text: for each bay E eye, T terminal, . nothing, or how many live there; ! where matter was taken."""
    text = []
    for n, bay in enumerate(city.table("foremen")):
        v = int(bay[t.Foremen.village])
        letter = f"{city.villages[v, t.Villages.people]}" if v >= 0 else "E" if (bay[t.Foremen.name] >> 4) & 1 else "."
        letter = "T" if bay[t.Foremen.terminals] else letter
        units = city.table("units")
        hunting = int(((units[:, t.Units.bay] == n) & (units[:, t.Units.fate] == c.U_HUNTING)).sum())
        text.append(letter + ("!" if bay[t.Foremen.damaged] >= 0 else "") + (f">{hunting}" if hunting else ""))
    return " ".join(text)
