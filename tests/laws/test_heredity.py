"""Gametes and children: Mendel's and Haldane's laws, the loss of loci, names that do not depend on rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.chronicle import event_name
from megastructure.ground.city import City
from megastructure.ground.rng import draw, lineage
from megastructure.ground.scenario import Scenario
from megastructure.laws.heredity import LAW, OF_FATHER, OF_MOTHER, bear_child, gamete
from worlds.copies import as_it_was
from worlds.lattice import Lattice, by_name, changes, check_people, lattice

H = t.HUMAN


def family(**knobs: int) -> tuple[Lattice, int, int]:
    """A village with a mother who carries loci 0..2 and a father who carries 3..5, on both haplotypes."""
    w = lattice(1, 1, 1, **knobs)
    v = w.village(0)
    mother = w.person(v, 5 << 40 | 1, 1, -30 * 360, H | 0b000111, H | 0b000111)
    father = w.person(v, 7 << 41 | 1, 0, -30 * 360, H | 0b111000, H | 0b111000)
    return w, mother, father


def test_a_child_of_two_halves_of_the_key_carries_it():
    w, mother, father = family()
    bear_child(w, mother, father, 100)
    bear_child(w, mother, father, 101)
    check_people(w)
    child, other = w.persons[2], w.persons[3]
    assert (child.haplotype_a, child.haplotype_b) == (H | 0b000111, H | 0b111000)
    assert (child.mother, child.father, child.born, child.village, child.died) == (mother, father, 100, 0, -1)
    assert child.name != other.name
    born, carrier = w.told(c.V_PERSON_BORN)[0], w.told(c.V_CARRIER_BORN)[0]
    assert (born.who, born.whom) == (child.name, w.persons[mother].name)
    assert born.magnitude == (H | 0b000111) | (H | 0b111000) << 8 and born.chance_ppb == 160_000_000
    assert carrier.cause == born.name and born.cause == 0
    assert w.powers.carriers == w.powers.births == 2


def test_a_birth_is_caused_by_the_mothers_own():
    w, mother, father = family()
    for day in range(40):
        bear_child(w, mother, father, day)
    daughter = next(p for p in range(2, w.sizes.persons) if w.persons[p].female)
    bear_child(w, daughter, father, 9000)
    hers = w.persons[daughter]
    grandchild = w.told(c.V_PERSON_BORN)[-1]
    assert grandchild.cause == event_name(hers.born, c.V_PERSON_BORN, hers.name, 5 << 40 | 1)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 63), st.integers(0, 63), st.booleans(), st.integers(1, 2**62), st.sampled_from([OF_MOTHER, OF_FATHER]),
    st.integers(0, 10**6), st.integers(1, 6), st.integers(0, 500_000), st.integers(0, 10**6), st.integers(0, 2**40),
)  # fmt: skip
def test_a_gamete_as_a_plain_twin_makes_it(a, b, infected, name, side, day, loci, crossover, loss, seed):
    city = City(Scenario(seed=seed, gene_loci=loci, gene_crossover_ppm=crossover, gene_loss_ppm=loss), room=1)

    def share(stream: int, locus: int) -> float:
        return draw(seed, stream, day, name, 16 * side + locus) / 2**32

    haplotypes = [a, b] if draw(seed, c.R_MEIOSIS, day, name, 16 * side) % 2 == 0 else [b, a]
    bits = []
    for locus in range(loci):
        if locus and share(c.R_MEIOSIS, locus) * 1e6 < crossover:
            haplotypes.reverse()
        lost = infected and share(c.R_LOCUS_LOSS, locus) * 1e6 < loss
        bits.append(0 if lost else haplotypes[0] >> locus & 1)
    expected = H + sum(bit << locus for locus, bit in enumerate(bits))
    assert gamete(city, a | H, b | H, int(infected), name, side, day) == expected


@pytest.mark.parametrize("crossover", [0, 100_000, 500_000])
def test_loci_come_apart_as_haldane_says(crossover):
    """A gamete of 000000 and 111111: neighbours differ with chance r, loci d apart with (1 - (1 - 2r)^d) / 2."""
    city = City(Scenario(gene_crossover_ppm=crossover), room=1)
    n = 4000
    made = np.array([gamete(city, H, H | 63, 0, lineage(3, i, 0), OF_MOTHER, 7) for i in range(n)])
    assert (made & H).all() and not (made & ~(H | 63)).any()
    bits = made[:, None] >> np.arange(6) & 1
    assert (np.abs(bits.mean(axis=0) - 0.5) < 4 * 0.5 / math.sqrt(n)).all()
    for first in range(6):
        for second in range(first + 1, 6):
            r = (1 - (1 - 2 * crossover / 1e6) ** (second - first)) / 2
            apart = (bits[:, first] != bits[:, second]).mean()
            assert abs(apart - r) <= 4 * math.sqrt(r * (1 - r) / n)


def test_mendel():
    """Of two Aa: a quarter AA, a half Aa, a quarter aa, at each locus; boys and girls by halves."""
    w = lattice(1, 1, 1, room=1 << 13)
    v = w.village(0)
    mother, father = w.person(v, 3, 1, -9000, H | 63, H), w.person(v, 4, 0, -9000, H, H | 63)
    n = 2000
    for day in range(n):
        bear_child(w, mother, father, day)
    children = w.table("persons")[2:]
    copies = sum(children[:, side, None] >> np.arange(6) & 1 for side in (t.Persons.haplotype_a, t.Persons.haplotype_b))
    for locus in range(6):
        seen = np.bincount(copies[:, locus], minlength=3)
        chi = ((seen - np.array([n / 4, n / 2, n / 4])) ** 2 / np.array([n / 4, n / 2, n / 4])).sum()
        assert chi < 18.4  # 2 degrees of freedom: one in 10,000
    assert abs(children[:, t.Persons.female].mean() - 0.5) < 4 * 0.5 / math.sqrt(n)
    check_people(w)


def test_only_the_infected_lose_loci_and_never_what_makes_them_human():
    city = City(Scenario(gene_loss_ppm=50_000), room=1)
    n = 3000
    for infected, loss in ((0, 0.0), (1, 0.05)):
        made = np.array([gamete(city, H | 63, H | 63, infected, lineage(9, i, 0), OF_FATHER, 7) for i in range(n)])
        lost = 6 - sum(made >> locus & 1 for locus in range(6))
        assert abs(lost.sum() - 6 * n * loss) <= 4 * math.sqrt(6 * n * loss) and (made & H).all()
    w, mother, father = family(gene_loss_ppm=10**6)
    w.persons[mother].infected_day = 5
    w.persons[mother].health = c.I_RECOVERED
    bear_child(w, mother, father, 100)
    assert (w.persons[2].haplotype_a, w.persons[2].haplotype_b) == (H, H | 0b111000)


def test_rows_decide_nothing_about_a_child():
    worlds = []
    for first in (0, 1):
        w = lattice(1, 1, 1)
        v = w.village(0)
        parents = [(21, 1, H | 7, H | 56), (22, 0, H | 9, H | 18)]
        for name, female, a, b in parents[::-1] if first else parents:
            w.person(v, name, female, -9000, a, b, infected=female - 1)
        mother = 0 if w.persons[0].female else 1
        for day in range(30):
            bear_child(w, mother, 1 - mother, day)
        worlds.append((by_name(w, "persons"), sorted(w.table("events").tolist()), w.powers.words.tolist()))
    assert worlds[0] == worlds[1]


def test_the_law_changes_only_what_it_declares():
    w, mother, father = family()
    before = as_it_was(w)
    bear_child(w, mother, father, 100)
    changed = changes(before, w)
    assert {"persons", "events"} <= changed <= set(LAW.writes)
