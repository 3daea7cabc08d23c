"""The cult's code: the strike, the stop bits of copies, and the epidemic among people."""

from __future__ import annotations

from decimal import Decimal, getcontext
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.rng import draw, lineage
from megastructure.laws import infection as law
from megastructure.society.people import set_health
from worlds.sides import ERA, SAME, H, S, Scene, packed, row_of

getcontext().prec = 40


def epidemics(scene: Scene, people: int, runs: int) -> list[int]:
    """Let one ill person into a village of so many, `runs` times. Returns how often nobody else, one, two ... caught it."""
    finals = [0] * people
    for run in range(runs):
        scene.knobs.seed = 1000 + run
        for p in range(people):
            set_health(scene, p, c.I_SUSCEPTIBLE)
        set_health(scene, 0, c.I_INFECTED)
        year = 0
        while c.I_INFECTED in scene.column("persons", "health"):
            year += 1
            for p in range(1 if year == 1 else 0, people):  # the first fell ill on its own day of the first year
                law.catch_or_recover(scene, p, year * 360 + p % 360)
        finals[int((scene.column("persons", "health") == c.I_RECOVERED).sum()) - 1] += 1
        scene.sizes.events = 0
    return finals


def village(people: int, letter: str = "S", **knobs: int) -> Scene:
    """One bay with so many people in it."""
    scene = row_of(letter, **knobs)
    scene.settle(0, 5120, [0] * people)
    return scene


def look(scene: Scene, p: int, day: int) -> None:
    """The day of the year of a person, after those who are ill have been counted."""
    people, villages = scene.table("persons"), scene.table("villages")
    ill = people[(people[:, t.Persons.health] == c.I_INFECTED) & (people[:, t.Persons.died] < 0), t.Persons.village]
    villages[:, t.Villages.infected] = np.bincount(ill, minlength=len(villages))
    law.catch_or_recover(scene, p, day)


# ---- the strike --------------------------------------------------------------------------------------------------------


def test_the_cult_infects_one_standing_bay():
    scene = row_of("hhhhh")
    scene.foremen[[0, 1, 3], t.Foremen.phase] = c.P_BUILDING, c.P_RELEASED, c.P_IDLE
    day = 777
    law.strike(scene, day)
    struck = min((2, 4), key=lambda n: draw(7, c.R_STRIKE, day, SAME[n], 0))
    assert scene.column("foremen", "allegiance").tolist() == [S if n == struck else H for n in range(5)]
    assert scene.foremen[struck].recognition == t.IMPOSSIBLE
    assert (scene.powers.struck, scene.powers.safeguard_bays) == (day, 1)
    assert scene.watched() == set()  # the struggle sets all clocks on the first of a month
    event = scene.told()[0]
    assert (
        event[t.Events.kind] == c.V_STRIKE and event[t.Events.who] == SAME[struck] and event[t.Events.chance_ppb] == 500_000_000
    )
    assert event[t.Events.whom] == lineage(7, day, 1)
    assert scene.column("foremen", "turned_by").tolist() == [event[t.Events.name] if n == struck else 0 for n in range(5)]


def test_while_no_bay_stands_the_cult_waits():
    scene = row_of("hh")
    scene.column("foremen", "phase")[:] = c.P_CLAIMED
    law.strike(scene, 5)
    assert scene.powers.struck == -1 and scene.told() == [] and scene.watched() == set()


def test_every_standing_bay_is_as_likely_and_the_order_of_rows_decides_nothing():
    hits = dict.fromkeys(SAME[:8], 0)
    orders = [list(range(8)), [3, 1, 7, 0, 5, 2, 6, 4]]
    scenes = [Scene([(3 * n, 0, 0, 3, 4) for n in order], [SAME[n] for n in order]) for order in orders]
    for seed in range(1600):
        struck = set()
        for scene in scenes:
            scene.column("foremen", "allegiance")[:] = H
            scene.sizes.events = 0
            scene.knobs.seed = seed
            law.strike(scene, 99)
            struck.add(scene.told()[0])
        (event,) = struck
        hits[event[t.Events.who]] += 1
    assert chisquare(list(hits.values())).pvalue > 1e-4


# ---- stop bits ---------------------------------------------------------------------------------------------------------


def test_each_whole_bit_of_a_copy_breaks_by_itself_and_for_ever():
    scene = row_of("h", seed=3, stop_break_ppm=300_000)
    found = np.zeros(8, int)
    for copy in range(6000):
        found[law.copied_stop_bits(scene, 7, lineage(1, copy, 0), 50)] += 1
    expected = [6000 * 0.7 ** bin(bits).count("1") * 0.3 ** (3 - bin(bits).count("1")) for bits in range(8)]
    assert chisquare(found, expected).pvalue > 1e-4
    every = np.array([law.copied_stop_bits(scene, 255, lineage(3, copy, 0), 50) for copy in range(6000)])
    for one in range(8):
        for other in range(one):
            both = int(((every >> one) & (every >> other) & 1).sum())
            assert abs(both - 6000 * 0.49) < 4.5 * (6000 * 0.49 * 0.51) ** 0.5, (one, other)
    for bits in range(256):
        copied = int(law.copied_stop_bits(scene, bits, lineage(2, bits, 0), 50))
        assert copied & ~bits == 0
    scene.knobs.stop_break_ppm = 0
    assert law.copied_stop_bits(scene, 7, 12345, 50) == 7
    scene.knobs.stop_break_ppm = 1_000_000
    assert law.copied_stop_bits(scene, 255, 12345, 50) == 0


# ---- the epidemic among people -----------------------------------------------------------------------------------------


def test_the_table_of_decays_is_exact():
    for k, value in enumerate(law.DECAYS):
        assert abs(Decimal(2) ** 30 * (-(Decimal(2) ** k) / 10**6).exp() - value) < Decimal("0.51")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**8))
def test_to_escape_a_hazard(hazard):
    assert abs(Decimal(int(law.escapes(hazard))) - 10**9 * (-Decimal(hazard) / 10**6).exp()) < 15


def test_a_person_falls_ill_and_recovers():
    scene = village(3, contagion_percent=10_000, contagion_years=1, contagion_leak_ppm=0)
    look(scene, 1, ERA)
    assert scene.persons[:3, t.Persons.health].tolist() == [c.I_SUSCEPTIBLE] * 3 and scene.told() == []
    scene.persons[0].health = c.I_INFECTED
    look(scene, 1, ERA + 10)
    assert scene.persons[:3, t.Persons.health].tolist() == [c.I_INFECTED, c.I_INFECTED, c.I_SUSCEPTIBLE]
    assert scene.persons[1].infected_day == ERA + 10
    event = scene.told()[0]
    assert event[t.Events.kind] == c.V_PERSON_INFECTED and event[t.Events.magnitude] == 1 and event[t.Events.place] == SAME[0]
    look(scene, 0, ERA + 20)
    look(scene, 1, ERA + 370)
    assert scene.persons[:2, t.Persons.health].tolist() == [c.I_RECOVERED] * 2
    look(scene, 1, ERA + 730)
    assert scene.persons[1].health == c.I_RECOVERED and len(scene.told()) == 1


def twin(scene: Scene, p: int, day: int, knobs: dict[str, int]) -> tuple[int, int, Fraction]:
    """Health after the look, where it came from (-1: nowhere), and the chance that this had."""
    person = scene.persons[p]
    health, name, v = int(person.health), int(person.name), person.village
    seed = int(scene.knobs.seed)
    if health == c.I_INFECTED:
        over = Fraction(int(draw(seed, c.R_RECOVERY, day, name, 0)), 2**32) < Fraction(1, knobs["contagion_years"])
        return (c.I_RECOVERED if over else health), -1, Fraction(0)
    if health == c.I_RECOVERED:
        return health, -1, Fraction(0)
    home = [q for q in range(scene.sizes.persons) if scene.persons[q].village == v]
    ill = sum(int(scene.persons[q].health) == c.I_INFECTED for q in home)
    bay = scene.foremen[scene.villages[v].bay]
    city = Fraction(knobs["contagion_leak_ppm"], 10**6) if bay.allegiance == S else Fraction(0)
    hazard = Decimal(knobs["contagion_percent"]) / 100 / knobs["contagion_years"] * ill / len(home)
    crowd = (1 - city) * (1 - Fraction((-hazard).exp()))
    drawn = Fraction(int(draw(seed, c.R_EXPOSURE, day, name, 0)), 2**32)
    if drawn < city:
        return c.I_INFECTED, 0, city
    return (c.I_INFECTED, 1, crowd) if drawn < city + crowd else (health, -1, Fraction(0))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_infection_does_what_its_twin_does(seed):
    random = np.random.default_rng(seed)
    knobs = {
        "contagion_percent": int(random.choice([0, 160, 1000])),
        "contagion_years": int(random.choice([1, 4, 9])),
        "contagion_leak_ppm": int(random.choice([0, 500, 200_000])),
    }
    scene = row_of(str(random.choice(["ShA", "SSS"])), seed=seed, **knobs)
    for bay in range(3):
        scene.settle(bay, 4096 + 977 * bay, [0] * int(random.integers(1, 15)))
    people = int(scene.sizes.persons)
    scene.persons[:people, t.Persons.health] = random.integers(0, 3, people)
    for p in range(people):
        day = int(random.integers(ERA, 10 * ERA))
        health, whence, chance = twin(scene, p, day, knobs)
        told = int(scene.sizes.events)
        look(scene, p, day)
        assert scene.persons[p].health == health
        assert scene.sizes.events == told + (whence >= 0)
        if whence >= 0:
            event = scene.events[told]
            assert event.magnitude == whence and event.who == scene.persons[p].name
            assert abs(Fraction(int(event.chance_ppb), 10**9) - chance) < Fraction(2, 10**6)


def final_sizes(people: int, ratio: Fraction, years: int) -> list[float]:
    """Ball's exact distribution of how many others catch it from one: infectious for a geometric number of years."""
    others = people - 1

    def escape(k: int) -> Fraction:
        one = Fraction((-(Decimal(ratio.numerator) / ratio.denominator) * k / (years * people)).exp())
        stop = Fraction(1, years)
        return stop * one / (1 - (1 - stop) * one)

    chances: list[Fraction] = []
    for j in range(others + 1):
        phi = escape(others - j)
        known = sum(comb(others - i, j - i) * chances[i] / phi ** (i + 1) for i in range(j))
        chances.append((comb(others, j) - known) * phi ** (j + 1))
    assert abs(float(sum(chances)) - 1) < 1e-12
    return [float(p) for p in chances]


def test_the_epidemic_has_the_exact_distribution_of_final_sizes():
    people, runs = 8, 1500
    scene = village(people, contagion_percent=200, contagion_years=3, contagion_leak_ppm=0)
    finals = epidemics(scene, people, runs)
    assert sum(finals) == runs
    expected = runs * np.array(final_sizes(people, Fraction(2), 3))
    assert expected.min() > 5
    assert chisquare(finals, expected).pvalue > 1e-4


def test_a_large_outbreak_has_the_size_of_kermack_and_mckendrick():
    people = 300
    scene = village(people, contagion_percent=300, contagion_years=2, contagion_leak_ppm=0)
    sizes = []
    for k in range(4):
        scene.column("persons", "name")[:] += 1_000_003 * (k + 1)
        sizes.append(epidemics(scene, people, 1).index(1) / people)
    large = [size for size in sizes if size > 0.3]
    assert large and abs(np.mean(large) - 0.94048) < 0.04


def test_the_infection_lasts_as_long_as_the_knob_says():
    scene = village(200, contagion_percent=0, contagion_years=4)
    years = []
    for p in range(200):
        scene.persons[p].health = c.I_INFECTED
        lasted = 0
        while scene.persons[p].health == c.I_INFECTED:
            lasted += 1
            look(scene, p, ERA + 360 * lasted)
        years.append(lasted)
    assert abs(np.mean(years) - 4) < 4 * (12 / 200) ** 0.5  # the variance of a geometric number with mean 4 is 12


@pytest.mark.parametrize(("letter", "chance"), [("S", 0.05), ("h", 0), ("A", 0)])
def test_only_an_infected_city_infects(letter, chance):
    scene = village(1, letter, contagion_leak_ppm=50_000)
    hits = 0
    for year in range(3000):
        look(scene, 0, ERA + 360 * year)
        hits += int(scene.persons[0].health == c.I_INFECTED)
        scene.persons[0].health = c.I_SUSCEPTIBLE
    assert abs(hits - 3000 * chance) <= 4 * (3000 * chance * (1 - chance)) ** 0.5
    assert all(e[t.Events.magnitude] == 0 for e in scene.told())


def test_without_the_infection_nobody_falls_ill_or_recovers():
    scene = village(2, infection=0, contagion_leak_ppm=1_000_000)
    scene.persons[0].health = c.I_INFECTED
    for p in (0, 1):
        look(scene, p, ERA)
    assert scene.persons[:2, t.Persons.health].tolist() == [c.I_INFECTED, c.I_SUSCEPTIBLE]


def test_the_order_of_rows_decides_nothing():
    random = np.random.default_rng(3)
    seen = []
    for order in (np.arange(60), random.permutation(60)):
        scene = village(60, contagion_percent=300)
        row = scene.persons[:60].copy()
        row[::9, t.Persons.health] = c.I_INFECTED
        scene.persons[:60] = row[order]
        for year in range(6):
            for p in sorted(range(60), key=lambda p: int(scene.persons[p].name)):
                look(scene, p, ERA + 360 * year)
        seen.append(
            (sorted(scene.persons[:60, [t.Persons.name, t.Persons.health, t.Persons.infected_day]].tolist()), scene.told())
        )
    assert seen[0] == seen[1] and len(seen[0][1]) > 10


def test_the_infection_changes_what_it_declares():
    random = np.random.default_rng(5)
    plots = packed(random, 3)
    scene = Scene(plots, [int(n) for n in random.integers(1, 2**62, len(plots))], contagion_leak_ppm=300_000)
    for bay in range(4):
        scene.settle(bay, 4096 + 977 * bay, [0] * 20)
    scene.obey("A" * len(plots))  # the one that is struck has a clock no more
    before = scene.kept()
    law.strike(scene, ERA)
    scene.foremen[:4, t.Foremen.allegiance] = S
    scene.foremen[:4, t.Foremen.recognition] = t.IMPOSSIBLE
    scene.knobs.contagion_years = 2
    for year in range(8):
        for p in range(80):
            look(scene, p, ERA + 360 * year)
    changed = scene.changed(before)
    assert {"foremen.asked", "foremen.turned_by", "persons.health"} <= changed <= set(law.LAW.writes)
    assert {c.I_INFECTED, c.I_RECOVERED} & set(scene.persons[:80, t.Persons.health].tolist())
