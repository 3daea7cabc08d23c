"""Combat: who holds, who falls, and how many are left."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground.check import check
from megastructure.ground.chronicle import event_name
from megastructure.ground.rng import draws
from megastructure.laws.combat import duel, fight
from megastructure.laws.safeguard import sense
from megastructure.society.raid import lanchester
from worlds.chances import z_of
from worlds.raids import DAWN, alive, drawn, hunt, live, row_of_bays, told


def test_a_village_falls_and_the_units_give_their_matter_back():
    city = row_of_bays("EV.", 20, safeguard_units=40, combat_effectiveness_percent=1, refuge_ppm=300_000)
    sense(city, 0, DAWN)
    made = city.sizes.units
    assert made > 20 and drawn(city) == f"E!>{made} 20 ."
    live(city, DAWN + 7)
    left = city.villages[0].people
    dead = told(city, c.V_PERSON_DIED)
    (fell,) = told(city, c.V_VILLAGE_FELL)
    (sent,) = told(city, c.V_DISPATCH)
    assert 0 < left < 15 and len(dead) == 20 - left == fell.magnitude == city.powers.deaths_units
    killer = city.column("units", "name").min()
    assert {(event.magnitude, event.cause, event.whom) for event in dead} == {(c.D_UNITS, sent.name, killer)}
    leash = city.units[0].leash_until
    live(city, leash - 1)
    hunting = city.powers.hunting
    assert hunting > 0 and len(told(city, c.V_UNIT_STOOD_DOWN)) == 0
    planned = city.foremen[0].planned
    live(city, leash)
    assert len(told(city, c.V_UNIT_STOOD_DOWN)) == hunting and city.powers.hunting == 0
    assert city.foremen[0].planned == planned + 1, "one fill for the raid"
    check(city)


def test_carriers_are_spared_where_the_knob_says_so():
    city = row_of_bays("EV", 10, combat_effectiveness_percent=0, refuge_ppm=0, safeguard_spares_carriers=1, gene_loci=1)
    hunt(city, DAWN, DAWN + 7)
    assert alive(city).tolist() == [k % 6 == 0 for k in range(10)]


def who_falls(city, v, day):
    """A plain twin of the fight: the names of the dead and how many units are left, from the rules."""
    knobs = city.scenario
    village = city.villages[v]
    units = [city.units[u] for u in range(city.sizes.units)]
    persons = [city.persons[p] for p in range(city.sizes.persons)]
    hunters = [unit for unit in units if unit.village == v and unit.fate == c.U_HUNTING]
    home = [person for person in persons if person.village == v and person.died < 0]
    strength = max(1, len(home) * knobs.combat_defenders_percent // 100) + village.arms // 4
    if village.warned_until > day:
        strength = strength * 5 // 4
    q = Fraction(knobs.combat_effectiveness_percent, 100)
    margin = q * int(strength) ** 2 - len(hunters) ** 2
    lot = sorted(home, key=lambda person: draws(knobs.seed, c.R_CASUALTY, day, person.name, 0)[0])
    if margin > 0:
        lost = strength - int(sqrt(margin / q) + 0.5)
        return {person.name for person in [person for person in lot if day - person.born >= 5400][:lost]}, 0
    dead = {
        person.name for person in home
        if draws(knobs.seed, c.R_REFUGE, day, person.name, 0)[0] / 2**32 >= knobs.refuge_ppm / 1e6
    }  # fmt: skip
    return dead, int(sqrt(-margin) + 0.5)


@pytest.mark.parametrize("seed", range(12))
def test_a_fight_against_its_plain_twin(seed):
    city = row_of_bays("EV", 10 + 7 * seed, seed=seed, safeguard_units=seed, combat_effectiveness_percent=20 + 10 * seed)
    city.villages[0].arms, city.villages[0].warned_until = seed, DAWN + 360 * (seed % 2)
    city.powers.alert_day = DAWN
    sense(city, 0, DAWN)
    dead, left = who_falls(city, 0, DAWN + 7)
    fell = fight(city, 0, DAWN + 7)
    assert set(city.column("persons", "name")[~alive(city)]) == dead
    assert city.powers.hunting == left
    name = city.villages[0].name
    assert fell == (event_name(DAWN + 7, c.V_VILLAGE_FELL, name, 0) if told(city, c.V_VILLAGE_FELL) else 0)


@given(st.integers(1, 10**5), st.integers(1, 64), st.integers(0, 1000), st.booleans())
def test_a_battle_against_its_formula(defenders, units, percent, square):
    q = Fraction(percent, 100)
    holds, defenders_left, units_left = lanchester(defenders, units, percent, int(square))
    margin = q * defenders**2 - units**2 if square else q * defenders - units
    assert holds == (margin > 0) and 0 <= defenders_left <= defenders and 0 <= units_left <= units
    if holds:
        exact = sqrt(margin / q) if square else margin / q
        assert abs(defenders_left - exact) <= 0.501 and units_left == 0
    else:
        assert abs(units_left - (sqrt(-margin) if square else -margin)) <= 0.501 + defenders * 1e-9 and defenders_left == 0


@cache
def win(a, b):
    """The exact chance that side a wins a duel."""
    if a == 0 or b == 0:
        return 0.0 if a == 0 else 1.0
    return (a * win(a, b - 1) + b * win(a - 1, b)) / (a + b)


def test_duels_are_won_as_often_as_lanchester_says():
    assert win(60, 50) == pytest.approx(0.95066, abs=5e-6)
    number = 2000
    won = sum(duel(1, name, 12, 10) > 0 for name in range(1, number + 1))
    assert abs(z_of(won, number, win(12, 10))) < 4
    assert duel(1, 1, 0, 5) == -5
