"""Bays side by side, some with an eye and some with a village, on which units are made, hunt, fight and stand down."""

from __future__ import annotations

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.rng import lineage
from megastructure.ground.scenario import Scenario
from megastructure.laws import combat, safeguard
from megastructure.laws.combat import fight, villages_attacked
from megastructure.laws.safeguard import sense, stand_down
from megastructure.time.genesis import found
from megastructure.time.rebuild import rebuild

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
    first = city.foremen[0].words.copy()
    parent, lots = int(first[t.Foremen.name]), int(first[t.Foremen.lots])
    homes = []
    for n, letter in enumerate(letters):
        bay, claim = city.foremen[n], city.claims[n]
        bay.words[:] = first
        bay.name = named(parent, n, letter == "E")
        bay.x = 80 * n
        bay.parent = n - 1
        bay.phase = c.P_STANDING
        bay.due = -1
        bay.terminals = letter == "T"
        bay.allegiance = c.A_HEALTHY if letter == "H" else c.A_SAFEGUARD
        bay.recognition = t.HUMAN if letter == "H" else t.IMPOSSIBLE
        claim.foreman, claim.x, claim.n, claim.m, claim.lots = n, 5 * n, 5, 7, lots
        if letter == "V":
            homes.append(n)
    bays = len(letters)
    city.sizes.foremen = city.sizes.claims = bays
    city.schools[0].living = city.schools[0].ever = bays
    city.tally.lots = lots * bays
    city.powers.era_day, city.powers.raid_ppm = DAWN, ALWAYS
    city.powers.safeguard_bays = sum(letter != "H" for letter in letters)
    residents = [(n, k) for n in homes for k in range(people)]
    if shuffle:
        order.shuffle(homes)
        order.shuffle(residents)
    for v, n in enumerate(homes):
        village = city.villages[v]
        village.name = lineage(city.foremen[n].name, 8, 0)
        village.parent = village.ended = village.barrier_day = village.known = -1
        village.bay = n
        village.people = village.capacity = people
        village.sense = 256
        village.founded = village.alert_day = DAWN - 1000
        city.foremen[n].village = v
    for p, (n, k) in enumerate(residents):
        person = city.persons[p]
        person.name = lineage(city.foremen[n].name, 9, k)
        person.mother = person.father = person.infected_day = person.died = person.tested = person.led_by = -1
        person.haplotype_a, person.haplotype_b = t.HUMAN | 1 << k % 6, t.HUMAN
        person.born = DAWN - 360 * (1 + k)
        person.village = city.foremen[n].village
        city.powers.loci[k % 6] += 1
    city.sizes.villages = city.powers.villages = len(homes)
    city.sizes.persons = city.powers.people = len(residents)
    city.day = DAWN
    rebuild(city)
    return city


def acts(law, city, kernel, *arguments):
    """A kernel of a law does its work in the city."""
    return kernel(city, *arguments)


def live(city, day, act=acts):
    """What the order of a day does with units, for every village: the attacked, then the evening."""
    number = villages_attacked(city, day)
    for v in city.acting[np.argsort(city.rank[:number])].tolist():
        if city.villages[v].ended < 0:
            act(combat.LAW, city, fight, v, day)
    act(safeguard.LAW, city, stand_down, day)


def hunt(city, first, last, act=acts):
    """Sense every village on the first day; then every day until the last."""
    for v in np.argsort(city.column("villages", "name")).tolist():
        act(safeguard.LAW, city, sense, v, first)
    for day in range(first, last + 1):
        live(city, day, act)


def told(city, kind):
    """The events of a kind, as they are now."""
    return [t.Events(row.copy()) for row in city.table("events") if row[t.Events.kind] == kind]


def alive(city):
    """Of each person, whether they are alive."""
    return city.column("persons", "died") < 0


def drawn(city):
    """A world as text: for each bay E eye, T terminal, . nothing, or how many live there; ! where matter was taken."""
    text = []
    for n in range(city.sizes.foremen):
        bay = city.foremen[n]
        letter = f"{city.villages[bay.village].people}" if bay.village >= 0 else "E" if (bay.name >> 4) & 1 else "."
        letter = "T" if bay.terminals else letter
        units = city.table("units")
        hunting = int(((units[:, t.Units.bay] == n) & (units[:, t.Units.fate] == c.U_HUNTING)).sum())
        text.append(letter + ("!" if bay.damaged >= 0 else "") + (f">{hunting}" if hunting else ""))
    return " ".join(text)
