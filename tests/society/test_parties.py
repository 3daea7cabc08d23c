"""Whoever leaves a village goes on foot: a small row of bays before and after, a plain twin of the stand, chances."""

from __future__ import annotations

import math

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground.check import check
from megastructure.laws.remnant import flee
from megastructure.society.parties import walk_party
from worlds.raids import DAWN, alive, drawn, row_of_bays, told


def setting_out(city, v=0):
    """All of a village stand ready; returns how many."""
    people = np.flatnonzero(city.column("persons", "village") == v)
    city.party[: len(people)] = people
    return len(people)


def test_an_eye_on_the_way_sees_a_party_and_its_units_fight_it_there():
    city = row_of_bays("VE.", 20, safeguard_notice_ppm=1_000_000, safeguard_patrol=0, combat_effectiveness_percent=1000)
    dead, met = walk_party(city, setting_out(city), 0, 2, 0, DAWN)
    (seen,) = told(city, c.V_INTERCEPTED)
    (beaten,) = told(city, c.V_BEATEN_OFF)
    assert dead == 0 and met == seen.name and seen.magnitude == 20 and beaten.cause == met
    assert seen.who == city.villages[0].name == beaten.who and seen.whom == city.foremen[1].name
    assert city.powers.hunting == 0 and city.powers.mass_rubble == 8 and drawn(city) == "20 E! ."
    check(city)


@pytest.mark.parametrize("letters", ["V..", "VHH", "V.E"])
def test_where_no_eye_is_on_the_way_nobody_is_met(letters):
    city = row_of_bays(letters, 20, safeguard_notice_ppm=1_000_000)
    assert walk_party(city, setting_out(city), 0, 1, 0, DAWN) == (0, 0)
    assert city.sizes.units == 0


def test_without_safeguard_nobody_is_met():
    city = row_of_bays("VE.", 20, safeguard_notice_ppm=1_000_000, safeguard=0)
    assert walk_party(city, setting_out(city), 0, 2, 0, DAWN) == (0, 0)


def test_a_party_that_does_not_hold_dies_but_for_those_who_escape():
    lost = people = 0
    for seed in range(30):
        city = row_of_bays("VE.", 30, seed=seed, safeguard_notice_ppm=1_000_000, safeguard_patrol=40,
                           combat_effectiveness_percent=0, refuge_ppm=250_000)  # fmt: skip
        dead, met = walk_party(city, setting_out(city), 0, 2, 0, DAWN)
        assert dead == 30 - alive(city).sum() == len(told(city, c.V_PERSON_DIED)) == city.powers.deaths_units
        assert all(event.cause == met and event.magnitude == c.D_UNITS for event in told(city, c.V_PERSON_DIED))
        assert city.powers.hunting > 0, "they stand down when their leash ends"
        lost += dead
        people += 30
        check(city)
    assert abs(lost - 0.75 * people) < 4 * math.sqrt(people * 0.75 * 0.25)


def test_refugees_are_met_on_the_way_to_those_who_take_them_in():
    city = row_of_bays("VEV", 12, safeguard_notice_ppm=1_000_000, safeguard_patrol=40, refound_ppm=0,
                       combat_effectiveness_percent=0, refuge_ppm=500_000)  # fmt: skip
    flee(city, 0, 99, DAWN)
    (seen,) = told(city, c.V_INTERCEPTED)
    (flight,) = told(city, c.V_FLIGHT)
    assert seen.cause == 99 and flight.magnitude == 12 - city.powers.deaths_units == city.villages[1].people - 12
    assert city.villages[0].ended == DAWN and 0 < city.powers.deaths_units < 12
    check(city)


def test_if_nobody_comes_through_the_village_has_ended():
    city = row_of_bays("VEV", 12, safeguard_notice_ppm=1_000_000, safeguard_patrol=40, refound_ppm=0,
                       combat_effectiveness_percent=0, refuge_ppm=0)  # fmt: skip
    flee(city, 0, 99, DAWN)
    assert city.villages[0].ended == DAWN and city.powers.deaths_units == 12 and not told(city, c.V_FLIGHT)
    check(city)


def test_the_order_of_rows_decides_nobody_s_fate():
    fates = set()
    for shuffle in range(4):
        city = row_of_bays("VEV", 25, shuffle=shuffle, safeguard_notice_ppm=1_000_000, safeguard_patrol=2)
        v = next(v for v in range(2) if city.villages[v].bay == 0)
        walk_party(city, setting_out(city, v), v, 2, 0, DAWN)
        fates.add(tuple(sorted(city.column("persons", "name")[~alive(city)].tolist())))
    assert len(fates) == 1 and fates != {()}
