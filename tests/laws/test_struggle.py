"""The struggle: how Safeguard's code spreads among bays, how bays are won over, and in which month each meets a neighbour."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import ceil, inf, log
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.chronicle import event_name
from megastructure.ground.city import Knobs
from megastructure.ground.rng import draws
from megastructure.ground.scenario import Scenario, knob_vector
from megastructure.ground.tables import FRONTS, MONTH
from megastructure.laws import struggle as law
from megastructure.society import allegiance as rule
from megastructure.society.alert import ALERT_OF_STEP
from megastructure.time.room import reckon_anew
from worlds.sides import ERA, SAME, STRIKE, A, H, S, Scene, packed, picture, row_of

SPREAD = {"infection_link_ppm": 1_000_000}


def needed_events(scene: Scene, day: int) -> int:
    """How many rows of events a day may need."""
    reckon_anew(scene, day)
    return int(scene.needs.events)


# ---- pictures ----------------------------------------------------------------------------------------------------------


def test_the_code_spreads_from_bay_to_bay_and_each_turn_names_its_cause():
    scene = row_of("hhhShhhh", **SPREAD)
    assert scene.watched() == set(SAME[:8]) - {SAME[3]}
    seen = [picture(scene)]
    for k in range(12 * 60):
        scene.month(ERA + k * MONTH)
        scene.check_clocks()
        if picture(scene) != seen[-1]:
            seen.append(picture(scene))
            assert scene.watched() == {SAME[n] for n in range(8) if seen[-1][n] == "h"}
    for before, after in pairwise(seen):
        # One that turns stood beside the infected the month before: the code jumps over nobody.
        turned = [n for n in range(8) if before[n] != after[n]]
        assert all("S" in before[max(0, n - 1) : n + 2] and after[n] == "S" for n in turned)
    assert seen[-1] == "SSSSSSSS" and len(seen) > 4
    assert scene.powers.safeguard_bays == 8 and scene.powers.flips == 0
    told = scene.told()
    assert len(told) == 7 and all(e[t.Events.kind] == c.V_BAY_INFECTED and e[t.Events.chance_ppb] == rule.PPB for e in told)
    assert (scene.column("foremen", "recognition") == t.IMPOSSIBLE).all()
    leads_back(scene)


def leads_back(scene: Scene) -> None:
    """Every turn was caused by that of the bay that won it over, and so on back to the first event."""
    events = {e[t.Events.name]: e for e in scene.told()}
    for name, event in events.items():
        assert name == event_name(*(event[k] for k in (t.Events.day, t.Events.kind, t.Events.who, t.Events.whom)))
        cause = event[t.Events.cause]
        steps = 0
        while cause != STRIKE:
            assert events[cause][t.Events.who] == event[t.Events.whom] and events[cause][t.Events.day] < event[t.Events.day]
            event, cause, steps = events[cause], events[cause][t.Events.cause], steps + 1
            assert steps <= len(events)
    for bay in scene.each_bay():
        mine = [e for e in events.values() if e[t.Events.who] == bay.name]
        last = max(mine, key=lambda e: e[t.Events.day])[t.Events.name] if mine else bay.turned_by
        assert bay.turned_by == last and (mine or last in (0, STRIKE))


def even(**more: int) -> dict[str, int]:
    """Knobs with which both sides are alike and rings are frequent."""
    return {"struggle_flip_ppm": 1_000_000, "struggle_safeguard_percent": 100, "struggle_alert_percent": 0, **more}


def test_nodes_and_what_guards_hold_win_others_over_and_never_turn_and_the_healthy_do_not_vote():
    scene = row_of("GANhGAN", **even(infection_link_ppm=0))
    seen = set()
    for k in range(12 * 100):
        scene.month(ERA + k * MONTH)
        seen.add(picture(scene))
    assert seen == {"SAAhSAA", "SSAhSAA", "SAAhSSA", "SSAhSSA"} and scene.powers.flips > 20
    scene.foremen[3].held_until = ERA + 200 * t.YEAR
    scene.knobs.infection_link_ppm = 1_000_000
    rule.watch(scene, 3, ERA + 100 * t.YEAR - MONTH)
    scene.live(100, ERA + 100 * t.YEAR)
    assert picture(scene)[3] == "h"  # the code does not enter what guards hold either
    scene.live(100, ERA + 200 * t.YEAR)
    assert picture(scene)[3] != "h"


@pytest.mark.parametrize("change", [{"struggle": 0}, {"struggle_flip_ppm": 0}])
def test_without_the_struggle_nobody_is_won_over_and_only_the_healthy_wait(change):
    scene = row_of("SAAASh", **even(**change))
    assert scene.watched() == {SAME[5]}
    scene.live(100)
    assert picture(scene) == "SAAASS" and scene.powers.flips == 0 and scene.watched() == set()


def test_before_the_dawn_only_the_code_spreads():
    scene = row_of("hSAA", **even(**SPREAD))
    scene.powers.era_day = -1
    scene.live(60)
    assert picture(scene) == "SSAA" and scene.watched() == {SAME[2], SAME[3]}
    scene.powers.era_day = 0
    scene.live(60, ERA + 60 * t.YEAR)
    assert picture(scene) in ("SSSS", "AAAA")


def test_while_all_are_healthy_nobody_has_a_clock_and_then_everybody_who_lives_gets_one():
    scene = row_of("hhhhh", **SPREAD)
    scene.foremen[4].phase = c.P_RELEASED
    scene.live(10)
    assert scene.watched() == set() and scene.powers.spread_since == -1
    rule.turn(scene, 0, S, STRIKE, ERA + 10 * t.YEAR - 17)
    rule.turn(scene, 3, A, STRIKE, ERA + 10 * t.YEAR - 16)
    assert scene.watched() == set()
    day = ERA + 10 * t.YEAR
    scene.month(day)
    scene.check_clocks()
    assert scene.powers.spread_since == day and scene.told() == []
    assert scene.watched() == set(SAME[1:4])
    for n in range(5):
        assert scene.foremen[n].asked in clock(scene, n, day, {1: H, 2: H, 3: A}.get(n, S))


def test_who_turns_sets_or_stops_its_own_clock_and_no_other():
    scene = row_of("ShAhSANh", **even())
    for n, side in [(1, S), (2, S), (0, A), (4, H), (2, A), (6, S), (3, H)]:
        day = ERA + 77 * n + 5
        before = scene.table("foremen").copy()
        rule.turn(scene, n, side, 100 + n, day)
        scene.check_clocks()
        others = np.arange(8) != n
        assert (scene.table("foremen")[others] == before[others]).all()
        bay = scene.foremen[n]
        assert bay.asked in clock(scene, n, day, side) and (bay.asked >= 0) == (side != S)
        recognition = t.IMPOSSIBLE if side == S else t.HUMAN
        assert (bay.allegiance, bay.recognition, bay.turned_by) == (side, recognition, 100 + n)
        sides = scene.column("foremen", "allegiance")
        assert scene.powers.safeguard_bays == (sides == S).sum() and scene.powers.authority_bays == (sides == A).sum()


def test_who_meets_nobody_or_rings_in_another_month_stays():
    scene = Scene([(0, 0, 0, 3, 4), (30, 0, 0, 3, 4), (60, 0, 0, 3, 4)], SAME, **even(**SPREAD)).obey("ShA")  # too far apart
    scene.live(100)
    assert picture(scene) == "ShA" and scene.told() == [] and scene.watched() == {SAME[1], SAME[2]}
    met = 0
    for name in range(1, 40):  # some of them turn to the west when they ring, where Safeguard is
        scene = row_of("Sh", [5, name], infection_link_ppm=100_000)
        asked = int(scene.foremen[1].asked)
        for k in range(FRONTS):
            if ERA + k * MONTH != asked:
                scene.month(ERA + k * MONTH)
        assert picture(scene) == "Sh" and scene.foremen[1].asked == asked
        scene.month(asked)
        west = draws(7, c.R_FLIP, asked, name, 0)[0] * 6 >> 32 == 1
        assert picture(scene) == ("SS" if west else "Sh") and (scene.foremen[1].asked == -1) == west
        met += west
    assert 0 < met < 39


def test_a_clock_that_rings_in_64_years_is_not_heard_today():
    for later in (0, 1):
        scene = row_of("NS", **even())
        rings = ERA + (1 + later * FRONTS) * MONTH
        scene.set_clock(0, rings)
        scene.month(ERA + MONTH)
        assert (scene.foremen[0].asked == rings) == bool(later)
        scene.check_clocks()


@pytest.mark.parametrize(("heights", "turns"), [((0, 0), True), ((0, -2), True), ((-2, 0), False)])
def test_a_link_is_asked_if_the_bay_of_the_authority_sees_it(heights, turns):
    """Who stands lower is seen from where the other's floor is, but does not see it."""
    of_authority, of_safeguard = heights
    seen = set()
    for seed in range(10):
        scene = Scene([(0, 0, of_authority, 3, 4), (3, 0, of_safeguard, 3, 4)], SAME, seed=seed, **even()).obey("AS")
        assert (1 in scene.neighbours(0)) == turns and (0 in scene.neighbours(1)) == (heights != (0, -2))
        scene.live(30)
        seen.add(picture(scene))
    assert seen == ({"AA", "SS"} if turns else {"AS"})


def test_of_two_who_win_the_same_bay_in_one_month_the_lower_bid_wins():
    found = {0: 0, 2: 0}
    for seed in range(600):
        words = {n: draws(seed, c.R_FLIP, ERA, SAME[n], 0) for n in (0, 2)}
        if words[0][0] * 6 >> 32 != 0 or words[2][0] * 6 >> 32 != 1:
            continue  # they do not both turn to the one between them
        if any(words[n][1] * 101 >> 32 == 100 for n in (0, 2)):
            continue  # one of them fails
        scene = row_of("NSN", seed=seed, **even(struggle_safeguard_percent=1))
        for first, second in ((0, 2), (2, 0)):  # in either order in the list
            scene.obey("NSN")
            scene.set_clock(first, ERA)
            scene.set_clock(second, ERA)
            scene.foremen[0].turned_by, scene.foremen[2].turned_by = 801, 802
            told = len(scene.told())
            scene.month(ERA)
            winner = min((0, 2), key=lambda n: words[n][2])
            assert len(scene.told()) == told + 1 and picture(scene) == "AAA"
            event = scene.events[told]
            assert (event.who, event.whom, event.cause) == (SAME[1], SAME[winner], 801 + winner // 2)
            assert scene.powers.safeguard_bays == 0 and scene.powers.authority_bays == 3
            scene.check_clocks()
        found[winner] += 1
    assert min(found.values()) > 2


# ---- the twin ----------------------------------------------------------------------------------------------------------


def months(chance: int, word: int) -> range:
    """In how many months a clock rings by exact chances: one number, or a few where rounding to ppb in each month may decide.

    One of six sides rings with a twelfth of the chance (ppb a year) in a month; all months are alike.
    """
    calm = (1 - chance / 12e9) ** 6
    lost = 1e-9 * (13 + 1 / (1 - calm**12))  # rounded off from the chance to be calm so long, by years and then by months

    def first(drawn: float, quiet: float) -> float:
        return max(1, ceil(log(drawn) / log(quiet))) if drawn > 0 else inf

    least, most = first(word / 2**32 + lost, calm - 1e-8), first(word / 2**32 - lost, calm + 1e-8)
    beyond = 12 * rule.WAIT_MOST + 1
    return range(min(least, beyond), min(most, beyond) + 1)


def clock(scene: Scene, n: int, day: int, side: int) -> set[int]:
    """When bay n is asked next if it obeys this side on a day on which its clock is set: a plain twin of `watch`."""
    chance = {
        H: scene.scenario.infection_link_ppm * 1000,
        A: min(10**9, 2000 * scene.scenario.struggle_flip_ppm) * scene.scenario.struggle,
        S: 0,
    }[side]
    if chance == 0:
        return {-1}
    word = draws(int(scene.knobs.seed), c.R_CONTAGION, day, int(scene.foremen[n].name), 0)[0]
    return {(day // MONTH + k) * MONTH if k <= 12 * rule.WAIT_MOST else -1 for k in months(chance, word)}


def share(beta: Fraction) -> Fraction:
    return beta / (1 + beta)


def ppm(value: Fraction) -> int:
    """A share as the law has it: in whole ppm, rounded down."""
    return value.numerator * 10**6 // value.denominator


def carriers(scene: Scene) -> list[int]:
    """The bays in which somebody lives who carries the whole key."""
    people = [scene.persons[p] for p in range(scene.sizes.persons)]
    homes = {int(person.village) for person in people if person.haplotype_a & 63 == 63}
    return [int(scene.villages[v].bay) for v in sorted(homes)]


def apart(scene: Scene, n: int, o: int) -> Fraction:
    """Cells from middle to middle, along the axes."""
    bays = scene.foremen[n], scene.foremen[o]
    middles = [
        [int(corner) + Fraction(int(size), 2) for corner, size in zip(bay.corner, (bay.pitch, bay.pitch, bay.height))]
        for bay in bays
    ]
    return sum((abs(a - b) for a, b in zip(*middles)), Fraction(0))


class Month(NamedTuple):
    """What a month brings: of whom turns the kind, winner, side, cause and chance; clocks after; how many were won twice."""

    turned: dict[int, tuple[int, ...]]
    clocks: dict[int, set[int]]
    twice: int
    near: int


def twin(scene: Scene, day: int) -> Month:
    """What a month brings, from the description alone, by names."""
    scenario = scene.scenario
    seed = int(scene.knobs.seed)
    bays = scene.each_bay()
    sides = [int(bay.allegiance) for bay in bays]
    alert = Fraction(min(ALERT_OF_STEP[scene.powers.alert_step], 4 << 16), 4 << 16)
    least = ppm(Fraction(100, scenario.struggle_safeguard_percent))
    usual = Fraction(least + scenario.struggle_alert_percent * 10_000 * alert // 1, 10**6)
    helped = Fraction(scenario.struggle_carrier_percent, 100)
    contested = scenario.struggle and scene.powers.era_day >= 0
    rings = [n for n, bay in enumerate(bays) if bay.asked == day]
    won: dict[int, list[tuple[int, int, int]]] = {}  # loser -> bid, winner, chance
    near = 0
    for n in rings:
        side, word, _, _ = draws(seed, c.R_FLIP, day, int(bays[n].name), 0)
        o = scene.neighbours(n)[side * 6 // 2**32]
        if o < 0 or sides[o] != S:
            continue
        if sides[n] == H:
            loser, winner, chance = n, o, scenario.infection_link_ppm * 1000
        elif contested:
            guided = any(apart(scene, n, at) <= 768 for at in carriers(scene))
            near += guided
            heeds = ppm(share(max(usual, helped) if guided else usual))
            wins = word * 10**6 // 2**32 < heeds
            loser, winner = (o, n) if wins else (n, o)
            chance = min(10**9, scenario.struggle_flip_ppm * 2000) * (heeds if wins else 10**6 - heeds) // 10**6
        else:
            continue
        if not bays[loser].node and bays[loser].held_until <= day:
            bid = draws(seed, c.R_FLIP, day, int(bays[winner].name), 0)[2]
            won.setdefault(loser, []).append((bid, winner, chance))
    turned = {}
    after = list(sides)
    for loser, bids in won.items():
        _, winner, chance = min(bids)
        after[loser] = A if sides[loser] == S else S
        kind, side = (c.V_BAY_INFECTED, 0) if sides[loser] == H else (c.V_BAY_FLIPPED, after[loser])
        turned[int(bays[loser].name)] = kind, int(bays[winner].name), side, int(bays[winner].turned_by), chance
    clocks = {}
    for n, bay in enumerate(bays):
        anew = n in rings or n in won
        clocks[int(bay.name)] = clock(scene, n, day, after[n]) if anew else {int(bay.asked)}
    return Month(turned, clocks, sum(len(bids) > 1 for bids in won.values()), near)


def ten_years(seed: int, step: int, size: int = 3, letters: str = "hhSSSAAANG", **knobs: int) -> tuple[int, int, int]:
    """Lives ten years of an irregular block beside its twin; returns turns, bays that two won at once, votes near a carrier."""
    random = np.random.default_rng(seed)
    plots = packed(random, size)
    # Where carriers live in some: so far away that only a part of the block is near.
    far = 48 + int(random.integers(0, 14))
    plots.append(((far, 3, 0), (3, far, 0), (2, 2, -far), (5, 5, far))[random.integers(4)] + (3, 4))
    names = [int(n) for n in random.integers(1, 2**62, len(plots))]
    scene = Scene(plots, names, seed=seed, **{
        "infection_link_ppm": int(random.choice([0, 1, 100_000, 700_000, 1_000_000])),
        "struggle_flip_ppm": int(random.choice([20_000, 150_000, 1_000_000])),
        "struggle_safeguard_percent": int(random.choice([50, 120, 1000])),
        "struggle_alert_percent": int(random.choice([0, 67, 500])),
        "struggle_carrier_percent": int(random.choice([0, 150, 2000])),
        "recognition_error_ppm": 0,  # what comes of errors: tests/laws/test_recognition.py
        **knobs,
    })  # fmt: skip
    scene.obey(random.choice(list(letters), len(plots)))
    for n in random.integers(0, len(plots), 4):  # guards go within the ten years, on the first of a month
        scene.foremen[n].held_until = ERA + MONTH * random.integers(0, 120)
    for n, bay in enumerate(scene.each_bay()):
        assert bay.asked in clock(scene, n, ERA - MONTH, int(bay.allegiance))
    at = len(plots) - 1 if seed % 2 else 4
    scene.settle(at, 256 * int(random.integers(1, 1000)), [63] if seed % 5 else [31])
    scene.powers.alert_step = step
    told = twice = near = 0
    dawn = 25 if seed % 3 == 0 else 0  # in some the era begins within the ten years
    for month in range(120):
        day = ERA + month * MONTH
        scene.powers.era_day = ERA if month >= dawn else -1
        expected = twin(scene, day)
        before = scene.sides()
        scene.month(day)
        after = scene.sides()
        assert {n for n in after if after[n] != before[n]} == expected.turned.keys()
        events = {e[t.Events.who]: e for e in (tuple(map(int, r)) for r in scene.events[told : scene.sizes.events])}
        assert len(events) == scene.sizes.events - told
        told = int(scene.sizes.events)
        heard = (t.Events.kind, t.Events.whom, t.Events.magnitude, t.Events.cause, t.Events.chance_ppb)
        assert {who: tuple(e[k] for k in heard) for who, e in events.items()} == expected.turned
        assert all(e[t.Events.day] == day and e[t.Events.place] == who for who, e in events.items())
        for bay in scene.each_bay():
            assert bay.asked in expected.clocks[int(bay.name)]
        twice, near = twice + expected.twice, near + expected.near
    sides = scene.column("foremen", "allegiance")
    assert scene.powers.safeguard_bays == (sides == S).sum()
    assert scene.powers.authority_bays == (sides == A).sum()
    assert scene.powers.flips == sum(e[t.Events.kind] == c.V_BAY_FLIPPED for e in scene.told())
    scene.check_clocks()
    leads_back(scene)
    return told, twice, near


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 15))
def test_the_struggle_does_what_its_twin_does(seed, step):
    ten_years(seed, step)


def test_it_does_so_where_two_win_the_same_bay_and_where_carriers_are_near_some():
    often = {"struggle_flip_ppm": 1_000_000, "struggle_safeguard_percent": 120, "struggle_carrier_percent": 300}
    lived = [ten_years(seed, 3, 4, "hSAANG", **often) for seed in range(1, 33)]
    told, twice, near = np.sum(lived, axis=0)
    assert told > 2000 and twice > 20 and near > 500, (told, twice, near)


# ---- order -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_and_lists_decides_nothing(seed):
    random = np.random.default_rng(seed)
    plots = packed(random)
    names = [int(n) for n in random.integers(1, 2**62, len(plots))]
    letters = list(random.choice(list("hhhSSAAN"), len(plots)))
    told = []
    for order in (range(len(plots)), random.permutation(len(plots))):
        scene = Scene(
            [plots[n] for n in order], [names[n] for n in order], infection_link_ppm=400_000, struggle_flip_ppm=200_000
        ).obey([letters[n] for n in order])
        for k in range(300):
            scene.month(ERA + k * MONTH)
            if k % 60 == 30 and told:  # taken up from the tables alone, while all wait
                scene.forget_clocks()
                for n in random.permutation(len(plots)):
                    if scene.foremen[n].asked >= 0:
                        rule.link_front(scene, n)
            scene.check_clocks()
        clocks = {int(bay.name): (int(bay.asked), int(bay.turned_by)) for bay in scene.each_bay()}
        told.append((scene.told(), scene.sides(), clocks, scene.powers.words.tolist()))
    assert told[0] == told[1] and len(told[0][0]) > 20


# ---- chances -----------------------------------------------------------------------------------------------------------


def pairs(letters: str, number: int, side: int = 3, **knobs: int) -> Scene:
    """Many rows of bays that do not touch each other, each an experiment of its own."""
    plots = [(side * n, 12 * k, 0, side, 4) for k in range(number) for n in range(len(letters))]
    names = [int(n) for n in np.random.default_rng(11).integers(1, 2**62, len(plots))]
    return Scene(plots, names, **knobs).obey(letters * number)


def rings(chance: float) -> float:
    """How likely a clock is to ring in a month, if each of its six sides does with this chance a year."""
    return 1 - (1 - chance / 12) ** 6


def won_by(months: int, chance: float, hit: float, links: int = 1) -> list[float]:
    """The chance to be won over in each of so many months, over links that are asked so often and succeed with `hit`."""
    monthly = rings(chance) * links / 6 * hit
    return [(1 - monthly) ** k * monthly for k in range(months)]


def first_turns(scene: Scene, who: Iterable[int], months: int) -> list[int]:
    """For each month, how many of these bays are won over for the first time in it."""
    first: dict[int, int] = {}
    for k in range(months):
        scene.month(ERA + k * MONTH)
    for event in scene.told():
        first.setdefault(event[t.Events.who], (event[t.Events.day] - ERA) // MONTH)
    names = {int(scene.foremen[n].name) for n in who}
    return np.bincount([month for name, month in first.items() if name in names], minlength=months).tolist()


def agrees(found: list[int], trials: int, chances: list[float]) -> None:
    """Chi-square over the years, and those who were never won over."""
    by_year = np.add.reduceat(found, range(0, len(found), 12)).tolist()
    expected = (trials * np.add.reduceat(chances, range(0, len(chances), 12))).tolist()
    by_year.append(trials - sum(by_year))
    expected.append(trials - sum(expected))
    assert min(expected) > 5, expected
    assert chisquare(by_year, expected).pvalue > 1e-4, (by_year, expected)


def test_the_stated_rate_is_nearly_that_of_the_knob():
    """A clock rings once a month at most, whichever side it is, so of frequent rings some are lost: all sides together."""
    for chance in (0.001, 0.04, 0.1):
        assert 0 < chance - 2 * rings(chance) < 0.21 * chance**2
    assert abs(2 * rings(1.0) - 0.81) < 0.01


@pytest.mark.parametrize(
    ("letters", "links", "chance"), [("hS", 1, 0.1), ("GhS", 2, 0.1), ("hS", 1, 0.4), ("GhS", 2, 0.4), ("ShN", 1, 1.0)]
)
def test_a_healthy_bay_catches_the_code_at_the_stated_rate(letters, links, chance):
    trials, months = 700, 72 if chance < 0.5 else 36
    scene = pairs(letters, trials, infection_link_ppm=int(chance * 1e6), struggle_flip_ppm=0)
    who = range(letters.index("h"), len(letters) * trials, len(letters))
    agrees(first_turns(scene, who, months), trials, won_by(months, chance, 1.0, links))


def stated_beta(step: int) -> float:
    return 1 / 1.2 + 0.67 * min(1.0, (2 ** (step / 4) - 1) / 4)


@pytest.mark.parametrize(("step", "flip", "months"), [(0, 60_000, 120), (4, 60_000, 120), (8, 200_000, 96), (12, 600_000, 48)])
@pytest.mark.parametrize(("letters", "links"), [("NS", 1), ("NSN", 2), ("AG", 1), ("GAG", 2)])
def test_bays_are_won_over_at_the_stated_rates_whatever_the_alert(letters, links, step, flip, months):
    """Nodes win those that obey Safeguard, and what guards hold wins those of the Authority, over one side of six each."""
    trials = 700
    scene = pairs(letters, trials, struggle_flip_ppm=flip)
    scene.powers.alert_step = step
    beta = stated_beta(step)
    hit = beta / (1 + beta) if "N" in letters else 1 / (1 + beta)
    loser = letters.index("S" if "N" in letters else "A")
    found = first_turns(scene, range(loser, len(letters) * trials, len(letters)), months)
    chance = min(1.0, 2 * flip / 1e6)
    if letters == "NSN":  # two clocks may ring in one month
        hit *= 1 - rings(chance) / 6 * hit / 2
    agrees(found, trials, won_by(months, chance, hit, links))


@pytest.mark.parametrize("step", [0, 6, 15])
def test_who_wins_a_link_first_is_as_beta_to_one(step):
    trials = 1500
    scene = pairs("AS", trials, struggle_flip_ppm=500_000)
    scene.powers.alert_step = step
    scene.live(12)
    seen = picture(scene)
    ends = [seen[2 * k : 2 * k + 2] for k in range(trials)]
    assert set(ends) == {"AA", "SS"}
    beta = stated_beta(step)
    assert binomtest(ends.count("AA"), trials, beta / (1 + beta)).pvalue > 1e-4


@pytest.mark.parametrize("cells", [768, 784])
@pytest.mark.parametrize("letters", ["NS", "AG"])
def test_a_living_carrier_helps_the_authority_within_768_cells_of_its_bay(letters, cells):
    """Bays of the Authority on a circle around the carrier, a circle as streets have it.

    Safeguard's bays beside them are beyond 768 cells where those are within, and within where those are beyond: it is not
    they who are near.
    """
    far = cells // 16
    out = 1 if cells == 768 else -1
    plots = [(0, 0, 0, 3, 4)]
    for z in (-8, 0, 8):
        for x in range(abs(z) - far, far + 1 - abs(z), 6):
            for y in sorted({far - abs(x) - abs(z), abs(x) + abs(z) - far}):
                if abs(x) > 3:
                    plots += [(x, y, z, 3, 4), (x + (3 if x > 0 else -3) * out, y, z, 3, 4)]
    knobs = {"struggle_safeguard_percent": 10_000, "struggle_carrier_percent": 10_000, "struggle_alert_percent": 0}
    loser = 2 if letters == "NS" else 1
    who = range(loser, len(plots), 2)
    hits = trials = 0
    for seed in range(8):
        scene = Scene(plots, [n * 7919 + 1 for n in range(len(plots))], seed=seed, struggle_flip_ppm=200_000, **knobs)
        scene.obey("h" + letters * (len(plots) // 2))
        scene.settle(0, 512, [63])
        if seed == 0:
            assert {apart(scene, n, 0) for n in range(1, len(plots), 2)} == {cells}
            assert all((apart(scene, n, 0) > 768) == (cells == 768) for n in range(2, len(plots), 2))
        hits += sum(first_turns(scene, who, 24))
        trials += len(who)
    beta = 100.0 if cells == 768 else 0.01
    hit = beta / (1 + beta) if letters == "NS" else 1 / (1 + beta)
    assert trials > 400 and binomtest(hits, trials, sum(won_by(24, 0.4, hit))).pvalue > 1e-4, (hits, trials)


def test_only_living_carriers_help_and_only_the_authority():
    knobs = {"struggle_safeguard_percent": 10_000, "struggle_carrier_percent": 10_000, "struggle_alert_percent": 0}
    for loci, carrier in ((63, True), (31, False)):
        scene = row_of("N" + "SN" * 8, struggle_flip_ppm=300_000, **knobs)
        scene.settle(0, 512, [loci, loci])
        scene.live(10)
        won = picture(scene).count("A") - 9
        assert won == 8 if carrier else won <= 2
        assert scene.villages[0].carriers == (2 if carrier else 0) and scene.sizes.persons == 2


@pytest.mark.parametrize(
    ("letter", "knobs", "chance"),
    [("h", {"infection_link_ppm": 300_000}, 0.3), ("A", {"struggle_flip_ppm": 50_000}, 0.1), ("A", even(), 1.0)],
)
def test_months_between_rings_are_geometric(letter, knobs, chance):
    """On whichever day of a month a clock is set, it rings no earlier than on the first of the next one."""
    trials = 20_000
    scene = row_of(letter + "S", **knobs)
    waits = np.zeros(trials, int)
    for k in range(trials):
        scene.foremen[0].name = 2 * k + 1
        rule.watch(scene, 0, ERA + k % MONTH)
        waits[k], on = divmod(scene.foremen[0].asked - ERA, MONTH)
        assert on == 0
    assert waits.min() == 1
    ring = rings(chance)
    most = 1
    while trials * ring * (1 - ring) ** most > 10:
        most += 1
    found = np.bincount(np.minimum(waits, most + 1), minlength=most + 2)[1:]
    expected = [trials * ring * (1 - ring) ** k for k in range(most)] + [trials * (1 - ring) ** most]
    assert chisquare(found, expected).pvalue > 1e-4


@pytest.mark.parametrize("hub", ["h", "N"])
def test_all_sides_are_asked_alike(hub):
    trials = 500
    places = [(3, 3, 4), (6, 3, 4), (0, 3, 4), (3, 6, 4), (3, 0, 4), (3, 3, 8), (3, 3, 0)]
    met = np.zeros(6, int)
    scene = Scene([(*at, 3, 4) for at in places], [2**20 * (k + 1) for k in range(7)], infection_link_ppm=300_000)
    for seed in range(trials):
        scene.knobs.seed = seed
        scene.obey(hub + "SSSSSS")
        scene.sizes.events = month = 0
        while scene.sizes.events == 0:
            scene.month(ERA + month * MONTH)
            month += 1
        event = scene.events[0]
        met[(event.whom if hub == "h" else event.who) // 2**20 - 2] += 1
    assert chisquare(met).pvalue > 1e-4


# ---- revisions of the codes --------------------------------------------------------------------------------------------


def revised_beta(seed: int, beta: int, percent: int, k: int) -> int:
    """The twin of `swayed`: k is the number of the revision."""
    side, word = draws(seed, c.R_REVISION, 0, 0, k)[:2]
    better = 100 + word * (percent + 1) // 2**32
    return beta if k == 0 else beta * better // 100 if side % 2 else beta * 100 // better


def test_a_revision_lasts_as_long_as_it_says_and_is_told():
    scene = row_of("hhh", struggle_revision_percent=200, struggle_revision_years=40, infection_link_ppm=0)
    scene.powers.safeguard_bays = 1  # somebody is not healthy
    told = []
    for k in range(12 * 200):
        day = ERA + k * MONTH
        assert law.revision(scene, day) == k // (12 * 40)
        before = int(scene.sizes.events)
        scene.month(day)
        told += [(day, int(e[t.Events.magnitude])) for e in scene.events[before : scene.sizes.events]]
    assert told == [(ERA + 40 * n * t.YEAR, revised_beta(7, 10**8, 200, n) // 10**6) for n in range(1, 5)]
    scene.knobs.struggle_revision_percent = 0
    assert {int(law.revision(scene, ERA + k * t.YEAR)) for k in range(0, 400, 7)} == {0}


def test_revisions_favour_both_sides_alike_and_none_by_more_than_is_said():
    scene = row_of("S", struggle_revision_percent=200)
    seen = [int(law.swayed(scene, 10**6, k)) for k in range(4000)]
    assert seen == [revised_beta(7, 10**6, 200, k) for k in range(4000)]
    assert min(seen) >= 333_333 and max(seen) <= 3_000_000 and seen[0] == 10**6
    assert binomtest(sum(b > 10**6 for b in seen), sum(b != 10**6 for b in seen)).pvalue > 1e-4
    better = [round(max(b, 10**12 // b) / 10**6, 1) for b in seen[1:]]
    assert chisquare(np.histogram(better, bins=np.linspace(1, 3.01, 6))[0]).pvalue > 1e-5


# ---- bases, and reigns -------------------------------------------------------------------------------------------------


def test_a_base_is_won_over_by_nobody_and_wins_others():
    scene = row_of("NSN", **even(struggle_base_percent=100))
    scene.foremen[1].base = scene.powers.bases = 1
    scene.live(100)
    assert picture(scene) == "ASA" and scene.powers.flips == 0
    scene = row_of("ASA", **even(struggle_base_percent=0))
    scene.foremen[1].base = scene.powers.bases = 1
    scene.live(100)
    assert picture(scene) == "SSS"


@pytest.mark.parametrize(("far", "helps"), [(0, True), (1, True), (2, True), (3, False)])
def test_within_two_bays_of_a_base_the_authority_wins_less(far, helps):
    """With base percent 0 it wins nothing there; else the node wins its neighbour sooner or later."""
    scene = row_of("NSSSS", **even(struggle_base_percent=0))
    scene.foremen[1 + far].base = scene.powers.bases = 1
    seen = set()
    for k in range(12 * 30):
        scene.month(ERA + k * MONTH)
        seen.add(picture(scene)[1])
    assert ("A" in seen) == (not helps)


def test_whom_a_reign_wins_over_joins_it_and_whom_it_loses_builds_again():
    scene = row_of("NSSS", **even(struggle_safeguard_percent=1))
    scene.foremen[:4, t.Foremen.stop_bits] = 7, 7, 0, 7
    scene.reign([0])
    scene.live(100)
    assert picture(scene) == "AAAA"
    assert scene.column("foremen", "reign").tolist() == [1, 1, 0, 0]  # who cannot hear passes no order on either
    assert scene.column("foremen", "halted").astype(bool).tolist() == [True, True, False, False]
    assert scene.reigns[0].bays == 2
    rule.turn(scene, 1, S, 99, ERA + 100 * t.YEAR)
    lost = scene.foremen[1]
    assert lost.halted == 0 and lost.reign == 0 and lost.due == ERA + 100 * t.YEAR + 1
    assert (scene.reigns[0].bays, scene.reigns[0].lost, scene.reigns[0].lost_by) == (1, ERA + 100 * t.YEAR, 99)
    assert scene.powers.halted == 1


# ---- numbers -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**8))
def test_shares_of_both_sides_keep_the_ratio_beta(beta):
    share_of_authority = int(law.heed(beta))
    assert 0 <= share_of_authority <= 10**6
    assert 0 <= Fraction(10**6 * beta, beta + 10**6) - share_of_authority < 1


def test_the_advantage_grows_with_the_steps_of_the_alert_and_near_carriers():
    scene = row_of("S", seed=1)
    for step in range(16):
        assert abs(int(law.advantage(scene, step, 0)) / 1e6 - stated_beta(step)) < 1e-5
        assert int(law.advantage(scene, step, 1)) == max(int(law.advantage(scene, step, 0)), 1_500_000)


def test_each_side_is_asked_as_often_as_its_knob_says():
    def chances(**changes: int) -> list[int]:
        knobs = Knobs(knob_vector(Scenario(seed=1, infection_link_ppm=70_000, **changes)))
        return [int(rule.ring_chance(knobs, side)) for side in (H, S, A)]

    assert chances(struggle_flip_ppm=20_000) == [70_000_000, 0, 40_000_000]
    assert chances(struggle_flip_ppm=500_001) == [70_000_000, 0, 10**9]
    assert chances(struggle=0) == [70_000_000, 0, 0]


@given(st.integers(0, 10**9), st.integers(0, 12))
def test_what_stays(left, times):
    exact = 10**9 * Fraction(left, 10**9) ** times
    assert 0 <= exact - int(rule.stays(left, times)) < max(1, times)


@settings(max_examples=300)
@given(
    st.one_of(st.integers(1000, 10**9), st.sampled_from([1000, 40_000_000, 100_000_000, 10**9])),
    st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**32 - 1])),
)
def test_months_until_a_ring_are_those_of_exact_chances(chance, word):
    found = int(rule.months_until(chance, word))
    expected = months(chance, word)
    assert (found if found > 0 else 12 * rule.WAIT_MOST + 1) in expected
    # With fractions: calm for one month less was more likely than what was drawn, calm so long is not.
    calm, drawn = (1 - Fraction(chance, 12 * 10**9)) ** 6, Fraction(word, 2**32)
    if 0 < found <= 100:
        assert calm**found <= drawn + Fraction(8 * found + 1, 10**9)
        assert calm ** (found - 1) > drawn - Fraction(8 * found + 1, 10**9)


def test_rounding_decides_hardly_ever():
    """Or the test above would allow anything."""
    random = np.random.default_rng(3)
    wide = [len(months(chance, int(word))) > 1 for chance in (40_000_000, 10**9) for word in random.integers(0, 2**32, 5000)]
    assert sum(wide) < 10


def test_there_is_room_for_all_whom_a_month_may_turn():
    scene = row_of("S" + "h" * 30 + "NAG" * 30, **even(**SPREAD))
    busy = 0
    for k in range(60):
        day = ERA + k * MONTH
        due = int((scene.column("foremen", "asked") == day).sum())
        with_them, fronts = needed_events(scene, day), scene.fronts.copy()
        scene.fronts[FRONTS:] = 0
        without = needed_events(scene, day)
        scene.fronts[:] = fronts
        told = int(scene.sizes.events)
        scene.month(day)
        assert with_them - without == due >= scene.sizes.events - told
        busy += scene.sizes.events > told
    assert busy > 30


# ---- honesty -----------------------------------------------------------------------------------------------------------


def test_the_struggle_changes_what_it_declares():
    random = np.random.default_rng(5)
    plots = packed(random)
    changed: set[str] = set()
    for letters in ("hSSAAN", "hhhhhh"):
        scene = Scene(plots, [int(n) for n in random.integers(1, 2**62, len(plots))], struggle_flip_ppm=300_000)
        scene.obey(random.choice(list(letters), len(plots)))
        scene.settle(4, 512, [63, 1])
        if letters == "hhhhhh":
            rule.turn(scene, 7, S, STRIKE, ERA - 1)
        else:
            scene.reign(np.flatnonzero(scene.column("foremen", "allegiance") == A).tolist())
            scene.column("foremen", "stop_bits")[:] = 7
        before = scene.kept()
        scene.live(60)
        changed |= scene.changed(before)
        assert scene.sizes.events > 20
    assert changed | {"events"} == set(law.LAW.writes)
