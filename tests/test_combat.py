"""Combat: who holds, who falls, and how many are left."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.chronicle import event_name
from megastructure.ground.rng import draws
from megastructure.laws.combat import duel, lanchester
from test_safeguard import DAWN, alive, common, drawn, hunt, live, one_fight, one_month, row_of_bays, told, z_of


def test_a_village_falls_and_the_units_give_their_matter_back():
    city = row_of_bays("EV.", 20, safeguard_units=40, combat_effectiveness_percent=1, refuge_ppm=300_000)
    one_month(*common(city), 0, DAWN)
    made = int(city.sizes[t.Z_UNITS])
    assert made > 20 and drawn(city) == f"E!>{made} 20 ."
    live(city, DAWN + 7)
    left = int(city.villages[0, t.VI_PEOPLE])
    dead = told(city, c.V_PERSON_DIED)
    (fell,) = told(city, c.V_VILLAGE_FELL)
    assert 0 < left < 15 and len(dead) == 20 - left == fell[t.V_MAGNITUDE] == city.powers[0, t.PO_DEATHS_UNITS]
    assert (dead[:, t.V_MAGNITUDE] == c.D_UNITS).all() and (dead[:, t.V_CAUSE] == told(city, c.V_DISPATCH)[0, t.V_NAME]).all()
    assert set(dead[:, t.V_WHOM]) == {city.table("units")[:, t.UN_NAME].min()}
    leash = int(city.units[0, t.UN_LEASH_UNTIL])
    live(city, leash - 1)
    hunting = int(city.powers[0, t.PO_HUNTING])
    assert hunting > 0 and len(told(city, c.V_UNIT_STOOD_DOWN)) == 0
    planned = int(city.foremen[0, t.F_PLANNED])
    live(city, leash)
    assert len(told(city, c.V_UNIT_STOOD_DOWN)) == hunting and city.powers[0, t.PO_HUNTING] == 0
    assert city.foremen[0, t.F_PLANNED] == planned + 1, "one fill for the raid"
    city.check()


def test_carriers_are_spared_where_the_knob_says_so():
    city = row_of_bays("EV", 10, combat_effectiveness_percent=0, refuge_ppm=0, safeguard_spares_carriers=1, gene_loci=1)
    hunt(city, DAWN, DAWN + 7)
    assert alive(city).tolist() == [k % 6 == 0 for k in range(10)]


def who_falls(city, v, day):
    """A plain twin of the fight: the names of the dead and how many units are left, from the rules."""
    knobs = city.scenario
    village = city.villages[v]
    hunters = [u for u in city.table("units") if u[t.UN_VILLAGE] == v and u[t.UN_FATE] == c.U_HUNTING]
    home = [p for p in city.table("persons") if p[t.PE_VILLAGE] == v and p[t.PE_DIED] < 0]
    strength = max(1, len(home) * knobs.combat_defenders_percent // 100) + int(village[t.VI_ARMS]) // 4
    if village[t.VI_WARNED_UNTIL] > day:
        strength = strength * 5 // 4
    q = Fraction(knobs.combat_effectiveness_percent, 100)
    margin = q * strength**2 - len(hunters) ** 2
    lot = sorted(home, key=lambda p: draws(knobs.seed, c.R_CASUALTY, day, int(p[t.PE_NAME]), 0)[0])
    if margin > 0:
        lost = strength - int(sqrt(margin / q) + 0.5)
        return {p[t.PE_NAME] for p in [p for p in lot if day - p[t.PE_BORN] >= 5400][:lost]}, 0
    dead = {
        p[t.PE_NAME] for p in home
        if draws(knobs.seed, c.R_REFUGE, day, int(p[t.PE_NAME]), 0)[0] / 2**32 >= knobs.refuge_ppm / 1e6
    }  # fmt: skip
    return dead, int(sqrt(-margin) + 0.5)


@pytest.mark.parametrize("seed", range(12))
def test_a_fight_against_its_plain_twin(seed):
    city = row_of_bays("EV", 10 + 7 * seed, seed=seed, safeguard_units=seed, combat_effectiveness_percent=20 + 10 * seed)
    city.villages[0, [t.VI_ARMS, t.VI_WARNED_UNTIL]] = seed, DAWN + 360 * (seed % 2)
    city.powers[0, t.PO_ALERT_DAY] = DAWN
    one_month(*common(city), 0, DAWN)
    dead, left = who_falls(city, 0, DAWN + 7)
    fell = one_fight(*common(city), 0, DAWN + 7)
    persons = city.table("persons")
    assert set(persons[persons[:, t.PE_DIED] >= 0, t.PE_NAME]) == dead
    assert city.powers[0, t.PO_HUNTING] == left
    assert fell == (event_name(DAWN + 7, c.V_VILLAGE_FELL, city.villages[0, t.VI_NAME], 0) if told(city, 46).size else 0)


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
