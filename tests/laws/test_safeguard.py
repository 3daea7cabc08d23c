"""Safeguard: eyes notice, scores are taken, units are made of matter, hunt, fight and stand down; and its alert."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import exp, factorial, isqrt, log2, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.arithmetic import root
from megastructure.ground.check import check
from megastructure.ground.city import City
from megastructure.ground.digest import digests, forget_events
from megastructure.ground.rng import draws
from megastructure.ground.scenario import Scenario
from megastructure.laws.safeguard import sense
from megastructure.society.alert import (
    ALERT_OF_STEP,
    ONE,
    VILLAGE_DECAY_PPM,
    VILLAGE_FACTOR,
    alarm,
    alert_on,
    alert_step,
    faded,
    monthly_factor,
    refresh_alert,
    village_alarm,
    village_alert_on,
)
from megastructure.society.raid import hazard, mean_units, threat, threat_noise, units_made
from megastructure.society.units import block, heap_box
from megastructure.time.genesis import found
from megastructure.words.declare import columns
from worlds.chances import chi_square, z_of
from worlds.copies import as_it_was
from worlds.raids import DAWN, alive, drawn, hunt, live, row_of_bays, told


def acts_as_declared(law, city, kernel, *arguments):
    """A kernel of a law does its work in the city, and changes only what its law declares."""
    before = as_it_was(city)
    returned = kernel(city, *arguments)
    for name, table in t.TABLES.items():
        rows = city.table(name)
        if name not in law.writes:
            assert len(rows) == len(before[name]), name
            for column in columns(table):
                same = (rows[:, column.number] == before[name][:, column.number]).all()
                assert same or f"{name}.{column.name}" in law.writes, f"{law.name}: {name}.{column.name}"
    return returned


# ---- pictures ------------------------------------------------------------------------------------------------------------


def test_a_raid_from_the_eye_to_the_last_unit():
    city = row_of_bays("..EV", 40, safeguard_units=0, combat_effectiveness_percent=500, safeguard_leash_days=10)
    assert drawn(city) == ". . E 40"
    sense(city, 0, DAWN)
    assert drawn(city) == ". . E!>1 40"
    (sensed,), (sent,), (made,) = told(city, c.V_SENSED), told(city, c.V_DISPATCH), told(city, c.V_UNIT_MADE)
    village, eye = city.villages[0].name, city.foremen[2].name
    assert (sent.who, sent.whom, sent.place, sent.magnitude) == (village, eye, eye, 1)
    assert sent.cause == sensed.name and made.cause == sent.name
    unit = city.units[0]
    assert unit.arrives == DAWN + 1 + 6, "one hop, walled up"
    assert (unit.level, unit.mass, unit.leash_until) == (1, 8, DAWN + 17)
    assert (city.foremen[2].planned, city.foremen[3].planned) == (1, 0), "the hole is in the eye's bay"
    assert city.powers.alert == 9830, "0.150"
    for day in range(DAWN, DAWN + 7):
        live(city, day)
    assert drawn(city) == ". . E!>1 40"
    live(city, DAWN + 7)
    assert drawn(city) == ". . E! 40"
    assert len(told(city, c.V_VILLAGE_RESISTED)) == len(told(city, c.V_UNIT_KILLED)) == 1
    assert city.villages[0].alert == 256 and city.foremen[3].planned == 1, "rubble in the village's bay"
    assert (city.powers.mass_taken, city.powers.mass_rubble, city.powers.hunting) == (8, 8, 0)


def test_what_is_given_back_fills_the_hole_that_it_was_taken_from():
    city = row_of_bays("EV.", 20, works=1)
    sense(city, 0, DAWN)
    live(city, city.units[0].leash_until)
    hole, filled = (t.Plan(row) for row in city.table("plan"))
    box = slice(t.Plan.x, t.Plan.sz + 1)
    assert (hole.words[box] == filled.words[box]).all() and hole.sx * hole.sy * hole.sz >= city.powers.mass_taken
    assert (hole.day, hole.errand, hole.kind) == (DAWN + 1, c.E_HARVEST, c.K_DEMOLITION)
    assert (filled.errand, filled.kind, filled.a) == (c.E_MASS, c.K_MASS, c.SLAB)
    assert hole.x >= 0 and hole.y >= 0 and hole.x + hole.sx <= 80 and hole.y + hole.sy <= 80


def test_where_nobody_is_left_units_stand_down_at_once():
    city = row_of_bays("EV", 12, safeguard_units=40, combat_effectiveness_percent=0, refuge_ppm=0)
    hunt(city, DAWN, DAWN + 7)
    assert drawn(city) == "E! 0" or drawn(city) == "E! ."
    assert not alive(city).any() and city.powers.villages == 0 and city.powers.hunting == 0
    (ended,) = told(city, c.V_VILLAGE_ENDED)
    assert {event.cause for event in told(city, c.V_UNIT_STOOD_DOWN)} == {ended.name}


def test_who_qualifies_or_is_out_of_sight_or_on_the_way_is_left_alone():
    for letters in ("EHV", "..V", "E..V"):
        city = row_of_bays(letters, 10)
        city.foremen[0].recognition = t.HUMAN if letters == "EHV" else t.IMPOSSIBLE
        sense(city, 0, DAWN)
        assert city.powers.raids == 0
        assert len(told(city, c.V_SPARED)) == (1 if letters == "EHV" else 0)
    city = row_of_bays("EV", 10, combat_effectiveness_percent=0, refuge_ppm=0)
    for p in range(5):
        city.persons[p].led_by = 0
    hunt(city, DAWN, DAWN + 7)
    assert alive(city).tolist() == [True] * 5 + [False] * 5


@pytest.mark.parametrize("delayed", [0, 1])
def test_a_delay_puts_raids_off_and_a_village_is_hunted_once(delayed):
    city = row_of_bays("EV", 10)
    city.villages[0].delayed_until = DAWN + delayed
    sense(city, 0, DAWN)
    assert city.powers.raids == 1 - delayed
    sense(city, 0, DAWN + 1)
    assert city.powers.raids == 1


# ---- the order of rows, honesty, conservation ------------------------------------------------------------------------------

MANY = {"safeguard_units": 6, "combat_effectiveness_percent": 60, "refuge_ppm": 400_000, "gene_loci": 2}


@pytest.mark.parametrize("square", [0, 1])
def test_the_order_of_rows_decides_nothing(square):
    one, other = (row_of_bays("EVVEV.TVEV", 25, shuffle, combat_square=square, **MANY) for shuffle in (0, 3))
    for city in (one, other):
        hunt(city, DAWN, DAWN + 60)
        check(city)
    assert one.powers.deaths_units > 10 and one.powers.raids == 5
    assert digests(one) == digests(other)


def test_both_laws_change_only_what_they_declare_and_matter_is_conserved():
    city = row_of_bays("EVVEV.TVEV", 25, **MANY)
    hunt(city, DAWN, DAWN + 40, acts_as_declared)
    for month in range(2, 6):
        hunt(city, DAWN + 30 * month, DAWN + 30 * month + 29, acts_as_declared)
        powers = city.powers
        assert powers.mass_taken == powers.mass_rubble + powers.mass_returned + powers.mass_hunting
        assert powers.mass_taken == city.column("units", "mass").sum()
    assert powers.mass_rubble > 0 and powers.mass_returned > 0
    kinds = Counter(city.column("events", "kind").tolist())
    ended = kinds[c.V_UNIT_KILLED] + kinds[c.V_UNIT_STOOD_DOWN]
    assert kinds[c.V_UNIT_MADE] == city.sizes.units == ended + powers.hunting
    assert set(city.column("events", "cause")) <= {*city.column("events", "name"), 0}, "every cause is an event"


# ---- twins -----------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**60))
def test_a_root_is_the_integer_root(n):
    assert root(n) == isqrt(n)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 400), st.integers(1, 200), st.integers(0, 2560),
       st.integers(0, 32 << 16), st.integers(0, 256))  # fmt: skip
def test_a_hazard_against_its_formula(raid, exposure, people, capacity, about, alert, sense):
    factor = (1 + alert / 65536) * sense / 256 * 1000
    base, seen = hazard(raid, exposure, people, capacity, about, alert, sense)
    crowd = min(people / capacity, 4)
    assert base == pytest.approx(raid * sqrt(people / 100) * (1 + about / 256) * factor, rel=4e-3, abs=400)
    assert seen == pytest.approx(exposure * crowd**2 * factor, rel=8e-3 + 0.002 / crowd**2, abs=100 + exposure / 50)


@pytest.mark.parametrize("cells", [units * mass for units in (1, 2, 7, 10, 31, 61, 64) for mass in (8, 16, 32, 64)])
def test_boxes_hold_the_matter_of_a_raid(cells):
    sx, sy, sz = block(cells)
    assert cells <= sx * sy * sz <= cells + cells // 16 + 2 and max(sx, sy, sz) <= 16
    sx, sy, sz = heap_box(cells)
    held = sum((sx - 2 * k) * (sy - 2 * k) for k in range(sz))
    assert cells <= held <= cells + 4 + cells // 50 and 2 * sz <= sx + 1 and sx <= sy <= 32


# ---- the alert -------------------------------------------------------------------------------------------------------------


def test_steps_of_the_alert_are_exact():
    assert monthly_factor(VILLAGE_DECAY_PPM) == VILLAGE_FACTOR
    for step, least in enumerate(ALERT_OF_STEP):
        assert (65536 + least) ** 4 >= 1 << (64 + step) > (65536 + least - 1) ** 4
        assert alert_step(least) == step and alert_step(max(0, least - 1)) == max(0, step - 1)
    for alert in range(0, 10**6, 997):
        assert alert_step(alert) == min(15, int(4 * log2(1 + alert / 65536)))
    assert alert_step(ONE - 1) == 15


@given(st.integers(0, 990_000), st.integers(0, ONE - 1), st.integers(0, 2000))
def test_an_alert_fades_as_it_should(ppm, amount, months):
    factor = monthly_factor(ppm)
    assert abs((factor / ONE) ** 12 - (1 - ppm / 1e6)) < 1e-7
    exact = amount * (1 - ppm / 1e6) ** (months / 12)
    assert faded(amount, factor, months) == pytest.approx(exact, rel=1e-4, abs=2)
    assert monthly_factor(1_000_000) == 0 and monthly_factor(0) == ONE


def test_hazards_hear_of_an_alarm_on_the_first_day_of_the_next_month():
    city = found(Scenario(works=0))
    powers = city.powers
    alarm(city, 305, 1000)
    assert (powers.alert, powers.alert_step) == (65536, 0)
    refresh_alert(city, 329)
    assert powers.alert_step == 0
    refresh_alert(city, 330)
    assert powers.alert_step == 3 and powers.alert == alert_on(city, 330) == 65313
    alarm(city, 331, 1000)
    assert powers.alert == 65313 + 65536 and powers.alert_step == 3
    assert alert_on(city, 330 + 360) == pytest.approx((65313 + 65536) * 0.96, abs=2)
    village_alarm(city, 0, 100, 256)
    village_alarm(city, 0, 460, 77)
    assert city.villages[0].alert == 256 * 92 // 100 + 77 == village_alert_on(city, 0, 480)


# ---- chance ------------------------------------------------------------------------------------------------------------------


def test_a_village_is_noticed_as_often_as_the_hazard_says():
    city = row_of_bays("EVE", 20, safeguard_threshold=1000, safeguard_exposure_ppm=200_000, safeguard_barrier_percent=50)
    city.powers.raid_ppm = 1_500_000
    city.villages[0].capacity = 40
    city.villages[0].alert_day = city.powers.alert_day = DAWN
    number = 3000
    months = 0
    for trial in range(number):
        if trial == number // 2:
            city.villages[0].barrier_until = DAWN + 30 * number
        sense(city, 0, DAWN + trial)
        if city.sizes.events > 1000:
            months += len(told(city, c.V_SENSED))
            forget_events(city)
    assert city.powers.raids == 0
    months += len(told(city, c.V_SENSED))
    base, seen = (h / 12e9 for h in hazard(1_500_000, 200_000, 20, 40, 0, 0, 256))
    assert abs(z_of(months, number, 0.75 * (base + seen))) < 4
    assert base == pytest.approx(1.5 * sqrt(0.2) / 12, rel=1e-2) and seen == pytest.approx(0.05 / 12, rel=1e-2)


def test_expeditions_are_seen_in_their_share_and_the_eye_is_drawn():
    number = 600
    raids = []
    for seed in range(number):
        city = world_of_two_eyes()
        city.knobs.seed = seed
        sense(city, 0, DAWN)
        raids += told(city, c.V_SENSED)
        city.sizes.events = 1
        ticket = draws(seed, c.R_SENSING, DAWN, city.villages[0].name, 0)[0]
        assert raids[-1].magnitude == (ticket < 0.3 * 2**32)
    share = sum(raid.magnitude for raid in raids)
    assert len(raids) == number
    assert abs(z_of(share, number, 0.3)) < 4
    assert abs(z_of(sum(raid.whom == city.foremen[0].name for raid in raids), number, 0.5)) < 4


@cache
def world_of_two_eyes():
    """A village that is noticed every month, in three of ten months because of an expedition; and always spared."""
    city = row_of_bays("EVE", 100, safeguard_threshold=1000, safeguard_exposure_ppm=3_600_000)
    city.powers.alert_day = DAWN
    return city


def test_the_noise_of_a_score_is_its_convolution():
    """Four bytes, convolved exactly: mean 0, standard deviation 12, and what the kernel draws."""
    ways = [1]
    for _ in range(4):
        ways = [sum(ways[max(0, s - 255) : s + 1]) for s in range(len(ways) + 255)]
    assert sum(ways) == 2**32
    exact = Counter()
    for total, number in enumerate(ways):
        sign = 1 if total > 510 else -1
        exact[sign * ((abs(total - 510) * 83 + 512) // 1024)] += number
    assert max(exact) == -min(exact) == 41, "so a citizen never reaches the score of one thing missing"
    assert sum(score * number for score, number in exact.items()) == 0
    assert sqrt(sum(score**2 * number for score, number in exact.items()) / 2**32) == pytest.approx(12, abs=0.05)
    words = [int(w) for k in range(4000) for w in draws(1, c.R_ASSESSMENT, 2, k, 3)]
    got = Counter(int(threat_noise(word)) + 41 for word in words)
    value, cells = chi_square(got, [exact[score - 41] * len(words) / 2**32 for score in range(83)])
    assert value < cells + 4 * sqrt(2 * cells)
    for word in words[:50]:
        assert threat(0, 1, 1, 1, word) < 64 and threat(2, 1, 1, 1, word) == 224 + threat_noise(word)


@pytest.mark.parametrize("mean", [0.5, 9, 30])
def test_units_are_one_and_a_poisson_number(mean):
    number = 4000
    got = Counter(int(units_made(3, 4, name, int(mean * 65536))) - 1 for name in range(1, number + 1))
    expected = [number * exp(-mean) * mean**k / factorial(k) for k in range(64)]
    value, cells = chi_square(got, expected)
    assert value < cells + 4 * sqrt(2 * cells)
    assert min(got) >= 0 and max(units_made(3, 4, name, 64 << 16) for name in range(1, 200)) == 64
    assert mean_units(9, 256, 65536) == 9 * 2 * 3 << 15 and mean_units(60, 1 << 16, 1 << 29) == 64 << 16


@settings(max_examples=25)
@given(st.integers(0, 2**40), st.integers(0, 1000))
def test_the_alert_never_grows_by_itself(alert, months):
    city = City(Scenario(safeguard_alert_decay_ppm=40_000), room=1)
    city.powers.alert, city.powers.alert_day = min(alert, ONE - 1), DAWN
    assert 0 <= alert_on(city, DAWN + 30 * months) <= city.powers.alert
