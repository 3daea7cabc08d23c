"""The recognition rule: how it is copied, whom it takes for a citizen, and what eyes of each kind do to a village."""

from __future__ import annotations

from collections import Counter
from math import comb, erf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.digest import digests
from megastructure.ground.rng import draws, lineage
from megastructure.ground.scenario import Scenario
from megastructure.laws import struggle as law
from megastructure.laws.infection import catch_or_recover
from megastructure.laws.remnant import keep_village
from megastructure.laws.safeguard import sense
from megastructure.society import allegiance as rule
from megastructure.society import raid
from megastructure.time.genesis import found
from megastructure.time.years import advance
from megastructure.told.sentences import spared_by
from worlds.raids import DAWN, alive, hunt, row_of_bays, told
from worlds.sides import ERA, SAME, STRIKE, H, S, Scene, row_of

HUMAN, IMPOSSIBLE, ARMED_OUT, DAMAGE_OUT = t.HUMAN, t.IMPOSSIBLE, t.ARMED_OUT, t.DAMAGE_OUT
EVERY = [*range(1, 64), HUMAN, HUMAN | 5, IMPOSSIBLE, ARMED_OUT, DAMAGE_OUT]


# ---- whom a rule takes for a citizen -------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(0, 1023), st.integers(0, 127), st.integers(0, 1), st.integers(0, 1))
def test_what_somebody_lacks_is_counted_bit_by_bit(asked, shows, armed, damage):
    missing = sum(1 for bit in range(8) if asked >> bit & 1 and not shows >> bit & 1)
    missing += bool(asked & ARMED_OUT) * armed + bool(asked & DAMAGE_OUT) * damage
    assert rule.lacks(asked, shows, armed, damage) == missing


def test_a_person_is_a_citizen_by_what_they_show_and_how_they_live():
    scene = row_of("SS")
    v = scene.settle(0, 5120, [0b101, 0])
    day = 100 * t.YEAR
    found_ = {}
    for asked in (HUMAN, 1, 2, 5, HUMAN | 4, IMPOSSIBLE, ARMED_OUT, DAMAGE_OUT):
        scene.foremen[1].recognition = asked
        found_[asked] = [bool(rule.citizen(scene, 1, p, day)) for p in (0, 1)]
    assert found_ == {HUMAN: [True] * 2, 1: [True, False], 2: [False] * 2, 5: [True, False], HUMAN | 4: [True, False],
                      IMPOSSIBLE: [False] * 2, ARMED_OUT: [True] * 2, DAMAGE_OUT: [True] * 2}  # fmt: skip
    scene.villages[v].arms = 1  # a weapon for two people
    scene.foremen[0].damaged = day - 359
    for asked in (ARMED_OUT, DAMAGE_OUT):
        scene.foremen[1].recognition = asked
        assert not rule.citizen(scene, 1, 0, day)
    scene.foremen[0].damaged = day - 360
    assert rule.citizen(scene, 1, 0, day)


def test_a_rule_is_said_in_words():
    assert [spared_by(r) for r in (HUMAN, IMPOSSIBLE, ARMED_OUT, DAMAGE_OUT, 4, HUMAN | 3)] == [
        "whoever is human", "nobody", "whoever bears no arms", "whoever lives where nothing is broken",
        "whoever shows locus 2", "whoever shows loci 0 and 1",
    ]  # fmt: skip


# ---- copies ----------------------------------------------------------------------------------------------------------------


def twin(seed: int, asked: int, name: int, day: int, loci: int, ppm: int, healthy: int) -> int:
    """What a copy of a rule asks for, in plain Python."""
    word = int(draws(seed, c.R_COPYING_RULE, day, name, 0)[0])
    if word * 10**6 // 2**32 >= (healthy if asked == HUMAN else ppm):
        return asked
    kind, number, one, _ = (int(w) for w in draws(seed, c.R_COPYING_RULE, day, name, 1))
    places = [int(w) * loci // 2**32 for w in draws(seed, c.R_COPYING_RULE, day, name, 2)]
    fresh = 0
    for place in places[: (1, 1, 2, 3)[number % 4]]:
        fresh |= 1 << place
    sixteenth = kind % 16
    if sixteenth in (0, 1, 2) and asked != ARMED_OUT:
        return ARMED_OUT
    if sixteenth < 6 and asked != DAMAGE_OUT:
        return DAMAGE_OUT
    if asked & IMPOSSIBLE:
        return fresh
    if sixteenth < 11:
        return IMPOSSIBLE
    turned = (asked & 127) ^ 1 << (one * loci // 2**32)
    return turned if turned & 63 else fresh


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**40), st.sampled_from(EVERY), st.integers(1, 2**62), st.integers(1, 6),
       st.sampled_from([0, 300_000, 10**6]), st.sampled_from([0, 10**6]))  # fmt: skip
def test_a_copy_is_what_its_twin_says(seed, asked, name, loci, ppm, healthy):
    scene = row_of("h", seed=seed, gene_loci=loci, recognition_error_ppm=ppm, recognition_healthy_ppm=healthy)
    copied = int(rule.copied_rule(scene, asked & (HUMAN | IMPOSSIBLE | ARMED_OUT | DAMAGE_OUT | 2**loci - 1) or 1, name, 9))
    assert copied == twin(
        seed, asked & (HUMAN | IMPOSSIBLE | ARMED_OUT | DAMAGE_OUT | 2**loci - 1) or 1, name, 9, loci, ppm, healthy
    )
    assert copied != 0 and copied < 1024, "no rule asks for nothing"


def kinds(rules: list[int]) -> Counter:
    """How many of each kind of rule."""
    names = {IMPOSSIBLE: "nobody", ARMED_OUT: "arms", DAMAGE_OUT: "damage"}
    return Counter(names.get(r, f"{bin(r & 63).count('1')} loci") for r in rules)


def test_errors_of_the_cults_rule_have_their_shares():
    scene = row_of("h", recognition_error_ppm=250_000)
    number = 8000
    copies = [int(rule.copied_rule(scene, IMPOSSIBLE, lineage(1, k, 0), 50)) for k in range(number)]
    got = kinds(copies)
    erred = number / 4
    # One locus in half of those that ask for loci; of two and three drawn alike some fall together.
    same2, same3, two3 = 1 / 6, 1 / 36, 15 / 36
    asks = erred * 10 / 16
    expected = {
        "nobody": number - erred, "arms": erred * 3 / 16, "damage": erred * 3 / 16,
        "1 loci": asks * (1 / 2 + same2 / 4 + same3 / 4), "2 loci": asks * ((1 - same2) / 4 + two3 / 4),
        "3 loci": asks * (1 - same3 - two3) / 4,
    }  # fmt: skip
    assert set(got) == set(expected)
    assert chisquare([got[k] for k in expected], list(expected.values())).pvalue > 1e-4
    alone = Counter(copy for copy in copies if copy < 64 and copy & (copy - 1) == 0)
    assert chisquare([alone[1 << locus] for locus in range(6)]).pvalue > 1e-4


def test_a_corrupted_rule_errs_back_and_the_healthy_one_by_its_own_knob():
    scene = row_of("h", recognition_error_ppm=1_000_000, recognition_healthy_ppm=0)
    names = [lineage(2, k, 0) for k in range(3000)]
    got = kinds([int(rule.copied_rule(scene, 0b11, name, 50)) for name in names])
    expected = {"arms": 3, "damage": 3, "nobody": 5, "1 loci": 5 * 2 / 6, "3 loci": 5 * 4 / 6}
    assert set(got) == set(expected)
    assert chisquare([got[k] for k in expected], [v * 3000 / 16 for v in expected.values()]).pvalue > 1e-4
    assert {int(rule.copied_rule(scene, HUMAN, name, 50)) for name in names} == {HUMAN}
    scene.knobs.recognition_healthy_ppm = 1_000_000
    assert HUMAN not in {int(rule.copied_rule(scene, HUMAN, name, 50)) for name in names}
    scene.knobs.recognition_error_ppm = 0
    assert {int(rule.copied_rule(scene, IMPOSSIBLE, name, 50)) for name in names} == {IMPOSSIBLE}


# ---- who has it from whom --------------------------------------------------------------------------------------------------


def test_who_is_won_over_by_safeguard_has_the_rule_of_the_winner_before_the_month():
    """Three in a row: the one in the middle is won over by one side while the other wins the outer; nobody errs."""
    seen = set()
    for seed in range(60):
        scene = row_of("SAA", seed=seed, struggle_safeguard_percent=10_000, struggle_flip_ppm=500_000, recognition_error_ppm=0,
                       struggle_alert_percent=0, struggle_carrier_percent=0)  # fmt: skip
        scene.foremen[0].recognition = 0b100
        scene.live(20)
        sides = scene.column("foremen", "allegiance").tolist()
        rules = scene.column("foremen", "recognition").tolist()
        assert all(r == (0b100 if side == S else HUMAN) for side, r in zip(sides, rules))
        seen.add(tuple(sides))
        assert not [e for e in scene.told() if e[t.Events.kind] == c.V_RULE_DRIFTED]
    assert (S, S, S) in seen


def test_an_error_is_told_where_people_live_and_leads_back_to_the_turn():
    told_of = 0
    for seed in range(40):
        scene = row_of("SA", seed=seed, struggle_safeguard_percent=10_000, struggle_flip_ppm=500_000,
                       recognition_error_ppm=1_000_000, struggle_alert_percent=0, struggle_carrier_percent=0)  # fmt: skip
        if seed % 2:
            scene.settle(1, 5120, [0])
        scene.live(20)
        drifts = [e for e in scene.told() if e[t.Events.kind] == c.V_RULE_DRIFTED]
        if scene.foremen[1].allegiance != S or scene.foremen[0].allegiance != S:
            continue
        assert bool(drifts) == bool(seed % 2)
        for e in drifts:
            turn = next(x for x in scene.told() if x[t.Events.name] == e[t.Events.cause])
            assert (turn[t.Events.who], turn[t.Events.day]) == (e[t.Events.who], e[t.Events.day])
            assert e[t.Events.whom] == turn[t.Events.whom] and e[t.Events.chance_ppb] == 10**9
            told_of += 1
        if drifts:
            assert scene.foremen[1].recognition == drifts[-1][t.Events.magnitude] != IMPOSSIBLE
    assert told_of > 5


def test_who_is_won_by_the_authority_or_healed_has_the_healthy_rule():
    scene = row_of("SS")
    scene.foremen[0].recognition = scene.foremen[1].recognition = 0b11
    rule.turn(scene, 0, c.A_AUTHORITY, STRIKE, ERA)
    rule.turn(scene, 1, H, STRIKE, ERA)
    assert scene.column("foremen", "recognition").tolist() == [HUMAN, HUMAN]


def grown(**knobs: int):
    """A small city of 260 years with its infection."""
    city = found(Scenario(**{"seed": 12, "works": 0, "years": 300, "era_year": 200, "strike_lead_years": 150, "villages": 6,
                             "world_radius_lots": 24, "growth_income": 400, **knobs}))  # fmt: skip
    advance(city, 260 * t.YEAR)
    return city


def test_children_have_the_rule_of_their_parents_but_for_errors():
    city = grown(recognition_error_ppm=200_000, struggle=0, authority=0, infection_link_ppm=0, cult=0)
    foremen, events = city.table("foremen"), city.table("events")
    struck = next(e for e in events if e[t.Events.kind] == c.V_STRIKE)
    sick = {int(n) for n in np.flatnonzero(foremen[:, t.Foremen.name] == struck[t.Events.who])}
    checked = erred = 0
    for n in range(len(foremen)):
        parent = int(foremen[n, t.Foremen.parent])
        if parent in sick and foremen[n, t.Foremen.born] > struck[t.Events.day]:
            sick.add(n)
            asked = int(foremen[parent, t.Foremen.recognition])
            name, day = int(foremen[n, t.Foremen.name]), int(foremen[n, t.Foremen.born])
            want = twin(12, asked, name, day, 6, 200_000, city.scenario.recognition_healthy_ppm)
            assert foremen[n, t.Foremen.recognition] == want
            checked += 1
            erred += want != asked
    assert checked > 5 and erred > 0


def test_without_errors_there_are_two_rules_and_nothing_is_told_of_them():
    city = grown(recognition_error_ppm=0, recognition_healthy_ppm=0)
    assert IMPOSSIBLE in (rules := set(city.column("foremen", "recognition").tolist())) and rules <= {HUMAN, IMPOSSIBLE}
    assert c.V_RULE_DRIFTED not in city.column("events", "kind")
    drifted = grown(recognition_error_ppm=500_000)
    assert len(set(drifted.column("foremen", "recognition").tolist())) > 3


# ---- what eyes do by it ------------------------------------------------------------------------------------------------------


def looked_at(asked: int, loci: int = 0, arms: int = 0, damage: bool = False) -> tuple[int, int]:
    """Raids on a village that an eye of this rule notices, and why it was spared (-1: it was not)."""
    city = row_of_bays("EV", 40, safeguard_units=0)
    city.foremen[0].recognition = asked
    city.persons[:40, t.Persons.haplotype_a] = HUMAN | loci
    city.villages[0].arms = arms
    city.foremen[1].damaged = DAWN - 5 if damage else -1
    sense(city, 0, DAWN)
    spared = told(city, c.V_SPARED)
    return int(city.powers.raids), int(spared[0].magnitude) if spared else -1


@pytest.mark.parametrize(
    ("asked", "loci", "arms", "damage", "spared"),
    [
        (HUMAN, 0, 5, True, raid.BY_RIGHT), (IMPOSSIBLE, 63, 0, False, -1), (0b100, 0b100, 5, True, raid.BY_LOCI),
        (0b100, 0b011, 0, False, -1), (0b110, 0b111, 5, True, raid.BY_LOCI), (ARMED_OUT, 0, 0, True, raid.BY_ARMS),
        (ARMED_OUT, 63, 5, False, -1), (DAMAGE_OUT, 0, 5, False, raid.BY_DAMAGE), (DAMAGE_OUT, 63, 0, True, -1),
    ],
)  # fmt: skip
def test_an_eye_spares_by_its_own_rule(asked, loci, arms, damage, spared):
    assert looked_at(asked, loci, arms, damage) == (int(spared < 0), spared)


def test_a_village_is_spared_where_most_of_it_shows_what_is_asked_for():
    """Of 40 people so many show the locus, eight are looked at: the share of raids is that of the law of the mean score."""
    for bearers in (4, 10, 20, 40):
        raids = 0
        for seed in range(60):
            city = row_of_bays("EV", 40, seed=seed, safeguard_units=0)
            city.foremen[0].recognition = 0b1000
            city.persons[:40, t.Persons.haplotype_a] = HUMAN
            city.persons[:bearers, t.Persons.haplotype_a] = HUMAN | 0b1000
            city.persons[:40, t.Persons.haplotype_b] = HUMAN
            sense(city, 0, DAWN)
            raids += int(city.powers.raids)
        chance = sum(
            comb(bearers, k) * comb(40 - bearers, 8 - k) / comb(40, 8) * (1 - erf((64 - 10 * (8 - k)) / 6)) / 2
            for k in range(9)
        )  # the mean of eight noises has a standard deviation of 12 / sqrt 8 = 6 / sqrt 2
        assert abs(raids - 60 * chance) <= 4 * (60 * chance * (1 - chance)) ** 0.5 + 0.5, bearers


def test_where_a_village_falls_units_kill_no_citizen():
    city = row_of_bays("EV", 40, safeguard_units=60, combat_effectiveness_percent=0, refuge_ppm=0)
    city.foremen[0].recognition = 0b10
    city.persons[:40, t.Persons.haplotype_a] = HUMAN
    city.persons[:9, t.Persons.haplotype_b] = HUMAN | 0b10
    hunt(city, DAWN, DAWN + 7)
    assert alive(city).tolist() == [True] * 9 + [False] * 31
    city = row_of_bays("EV", 40, safeguard_units=60, combat_effectiveness_percent=0, refuge_ppm=0)
    city.foremen[0].recognition = ARMED_OUT
    city.villages[0].arms = 8
    hunt(city, DAWN, DAWN + 7)
    assert not alive(city).any()


def test_the_order_of_rows_decides_nothing():
    knobs = {"safeguard_units": 6, "combat_effectiveness_percent": 60, "refuge_ppm": 400_000}
    one, other = (row_of_bays("EVVEV.TVEV", 25, shuffle, **knobs) for shuffle in (0, 3))
    for city in (one, other):
        for n, asked in ((0, 0b1), (3, ARMED_OUT), (8, 0b110)):
            city.foremen[n].recognition = asked
        hunt(city, DAWN, DAWN + 60)
    assert one.powers.raids > 0 and digests(one) == digests(other)


def test_people_lay_down_their_arms_where_most_eyes_hunt_by_them():
    for asked, arms in ((ARMED_OUT, 0), (IMPOSSIBLE, 4), (0b1, 4)):
        city = row_of_bays("EV", 40)
        village = city.villages[0]
        village.arms = 3
        city.foremen[0].recognition = asked
        day = DAWN // 360 * 360 + ((int(village.name) >> 24) % 12) * 30
        keep_village(city, 0, day)
        assert village.arms == arms


@pytest.mark.parametrize(("asked", "chance"), [(IMPOSSIBLE, 0.5), (0b1, 0.5), (0b10, 0), (HUMAN, 0), (ARMED_OUT, 0)])
def test_a_city_infects_nobody_whom_it_takes_for_a_citizen(asked, chance):
    scene = row_of("S", contagion_leak_ppm=500_000)
    scene.settle(0, 5120, [0b10])
    scene.villages[0].arms = 0
    scene.foremen[0].recognition = asked
    hits = 0
    for year in range(400):
        catch_or_recover(scene, 0, ERA + 360 * year)
        hits += int(scene.persons[0].health == c.I_INFECTED)
        rule_reset(scene)
    assert abs(hits - 400 * chance) <= 4 * (400 * chance * (1 - chance)) ** 0.5


def rule_reset(scene: Scene) -> None:
    """Nobody is ill."""
    scene.persons[0].health = c.I_SUSCEPTIBLE
    scene.villages[0].infected = 0


def test_the_struggle_changes_what_it_declares():
    scene = row_of("SASASA", struggle_flip_ppm=500_000, recognition_error_ppm=1_000_000)
    for bay in range(6):
        scene.settle(bay, 4096 + 977 * bay, [0])
    before = scene.kept()
    scene.live(20)
    changed = scene.changed(before)
    assert "foremen.recognition" in changed and changed <= set(law.LAW.writes)
    assert SAME[0] in scene.column("foremen", "name")
