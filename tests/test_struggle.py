"""The struggle: how Safeguard's code spreads among bays, how bays are won over, and on which month each is asked."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from megastructure import allegiance as rule
from megastructure import codes as c
from megastructure import tables as t
from megastructure.alert import ALERT_OF_STEP
from megastructure.chronicle import event_name
from megastructure.declare import columns
from megastructure.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from megastructure.laws import struggle as law
from megastructure.lots import take_lots
from megastructure.rng import draws
from megastructure.scenario import Q_SEED, Scenario, knob_vector
from megastructure.world import FRONTS, HOMES_MONTH, HOMES_VILLAGE, MONTH, headroom

A, H, S = c.A_AUTHORITY, c.A_HEALTHY, c.A_SAFEGUARD
LETTERS = {"h": H, "S": S, "A": A, "N": A, "G": S}  # N: a node lives there; G: guards hold it
ERA = 100 * t.YEAR
STRIKE = 4711  # the name of the event by which all bays of a scene obey whom they obey
SPREAD = {"infection_link_ppm": 1_000_000}


@kernel(i8(i8v, i4v, i4m, i8, i8, i8, i8, i8, i8, i8), entry=True)
def take(keys, slots, owners, sectors, foreman, lx, ly, lz, n, m):
    return take_lots(keys, slots, owners, sectors, foreman, lx, ly, lz, n, m, 0)


@kernel(NOTHING(i8m, i4v, i4m, i8, i8), entry=True)
def set_clock(foremen, fronts, borders, n, day):
    rule.unwatch(foremen, fronts, borders, n)
    foremen[n, t.F_ASKED] = day
    rule.link_front(foremen, fronts, borders, n)


@kernel(NOTHING(i8m, i4v, i4m, i8), entry=True)
def enlist(foremen, fronts, borders, n):
    rule.link_front(foremen, fronts, borders, n)


class Scene:
    """A small world by hand: plots of lots (x, y, z, width, height), each a standing bay; people are added by `settle`."""

    def __init__(self, plots: Iterable[tuple[int, int, int, int, int]], names: Iterable[int], **knobs: int) -> None:
        plots, names = list(plots), list(names)
        room = len(plots)

        def table(kind: type[t.Table], rows: int) -> Any:
            return np.zeros((rows, len(columns(kind))), np.int64)

        self.scenario = Scenario(**{"seed": 7, **knobs})
        self.knobs = knob_vector(self.scenario)
        self.sizes = np.zeros(len(columns(t.Sizes)), np.int64)
        self.tally = np.zeros(len(columns(t.Tally)), np.int64)
        self.foremen, self.charters = table(t.Foremen, room), table(t.Charters, 1)
        self.persons, self.villages = table(t.Persons, 400), table(t.Villages, 40)
        self.units, self.wanderers = table(t.Units, 1), table(t.Wanderers, 1)
        self.powers, self.events, self.shots = table(t.Powers, 1), table(t.Events, 4000), table(t.Shots, 1)
        for column in columns(t.Powers):
            if "-1:" in column.col.says:
                self.powers[0, column.number] = -1
        self.powers[0, t.PO_ERA_DAY] = ERA
        self.keys, self.slots = np.zeros(1 << 14, np.int64), np.zeros((1 << 14) + 6 * room, np.int32)
        self.owners = np.zeros((8000, 64), np.int32)
        self.lots: dict[tuple[int, int, int], int] = {}  # who owns each lot, for the twins
        sectors = 0
        for n, ((x, y, z, w, h), name) in enumerate(zip(plots, names)):
            row = self.foremen[n]
            row[[t.F_NAME, t.F_X, t.F_Y, t.F_Z, t.F_PITCH, t.F_HEIGHT]] = name, 16 * x, 16 * y, 16 * z, 16 * w, 16 * h
            row[[t.F_PHASE, t.F_PARENT, t.F_VILLAGE, t.F_ASKED]] = c.P_STANDING, -1, -1, -1
            row[t.F_RECOGNITION] = t.HUMAN
            sectors += int(take(self.keys, self.slots, self.owners, sectors, n, x, y, z, w, h)) & 0xFFFFFFFF
            for at in np.ndindex(w, w, h):
                self.lots.setdefault((x + at[0], y + at[1], z + at[2]), n)
        self.sizes[t.Z_FOREMEN] = room
        self.plan, self.ring = np.zeros((1, len(columns(t.Plan))), np.int32), np.zeros(1, np.int32)
        self.kin, self.estates = np.full((400, 4), -1, np.int32), np.full((40, 2), -1, np.int32)
        self.homes = np.full(HOMES_VILLAGE + 40, -1, np.int32)
        self.fronts, self.borders = rule.empty_fronts(), np.full((room, 2), -1, np.int32)
        self.marks, self.reached = np.zeros(room + 1, np.int64), np.zeros((room + 40, 3), np.int64)

    def common(self) -> tuple[Any, ...]:
        world = (
            self.foremen, self.charters, self.persons, self.villages, self.units, self.wanderers, self.powers, self.events,
            self.shots,
        )  # fmt: skip
        return (
            self.keys, self.slots, self.owners, world, self.plan, self.ring, self.sizes, self.knobs, self.tally, self.kin,
            self.estates, self.homes, self.fronts, self.borders, self.marks, self.reached,
        )  # fmt: skip

    def obey(self, letters: Iterable[str], day: int = ERA - MONTH) -> Scene:
        """Give each bay its side; if somebody is not healthy, all have clocks that were set on this day."""
        for n, letter in enumerate(letters):
            self.foremen[n, t.F_ALLEGIANCE] = LETTERS[letter]
            self.foremen[n, t.F_RECOGNITION] = t.IMPOSSIBLE if LETTERS[letter] == S else t.HUMAN
            self.foremen[n, t.F_NODE] = letter == "N"
            self.foremen[n, t.F_HELD_UNTIL] = 10**8 if letter == "G" else 0
            self.foremen[n, t.F_TURNED_BY] = 0 if letter == "h" else STRIKE
        sides = self.foremen[:, t.F_ALLEGIANCE]
        self.powers[0, [t.PO_SAFEGUARD_BAYS, t.PO_AUTHORITY_BAYS]] = (sides == S).sum(), (sides == A).sum()
        if (sides != H).any():
            self.powers[0, t.PO_SPREAD_SINCE] = day
            for n in range(len(sides)):
                rule.watch(*self.around(), n, day)
        return self

    def settle(self, bay: int, name: int, haplotypes: Iterable[int]) -> int:
        """A village in a bay; residents with these loci. Returns its row."""
        v = int(self.sizes[t.Z_VILLAGES])
        people = list(haplotypes)
        self.sizes[t.Z_VILLAGES] += 1
        row = self.villages[v]
        row[[t.VI_NAME, t.VI_BAY, t.VI_PEOPLE, t.VI_ENDED]] = name, bay, len(people), -1
        self.foremen[bay, t.F_VILLAGE] = v
        self._link(self.estates, HOMES_MONTH + (name >> 8) % MONTH, v, 0)
        for k, loci in enumerate(people):
            p = int(self.sizes[t.Z_PERSONS])
            self.sizes[t.Z_PERSONS] += 1
            self.persons[p, [t.PE_NAME, t.PE_VILLAGE, t.PE_DIED, t.PE_INFECTED_DAY]] = (name + 7919 * k) * 31 + 5, v, -1, -1
            self.persons[p, [t.PE_HAPLOTYPE_A, t.PE_HAPLOTYPE_B]] = loci | t.HUMAN, loci | t.HUMAN
            self._link(self.kin, HOMES_VILLAGE + v, p, 0)
            carrier = loci == 63
            self.powers[0, [t.PO_PEOPLE, t.PO_CARRIERS]] += 1, int(carrier)
            row[t.VI_CARRIERS] += carrier
        self.powers[0, t.PO_VILLAGES] += 1
        return v

    def _link(self, links: Any, head: int, row: int, column: int) -> None:
        first = self.homes[head]
        links[row, column : column + 2] = first, -1
        if first >= 0:
            links[first, column + 1] = row
        self.homes[head] = row

    def around(self) -> tuple[Any, ...]:
        return self.keys, self.slots, self.owners, self.foremen, self.knobs, self.fronts, self.borders

    def month(self, day: int) -> None:
        law.struggle(*self.common(), day)

    def sides(self) -> dict[int, int]:
        return {int(row[t.F_NAME]): int(row[t.F_ALLEGIANCE]) for row in self.foremen}

    def live(self, years: int, start: int = ERA) -> None:
        for k in range(12 * years):
            self.month(start + k * MONTH)

    def watched(self) -> set[int]:
        """The names of all bays that have a clock."""
        return {int(row[t.F_NAME]) for row in self.foremen if row[t.F_ASKED] >= 0}

    def told(self) -> list[tuple[int, ...]]:
        return sorted(tuple(int(v) for v in row) for row in self.events[: self.sizes[t.Z_EVENTS]])

    def neighbours(self, n: int) -> list[int]:
        """The owners of the lots beyond the middles of the six sides, by the description alone; -1: nobody."""
        x, y, z, w, h = (int(self.foremen[n, k]) // 16 for k in (t.F_X, t.F_Y, t.F_Z, t.F_PITCH, t.F_HEIGHT))
        m = w // 2  # the lot that holds the middle of the plot
        beyond = [(x + w, y + m, z), (x - 1, y + m, z), (x + m, y + w, z), (x + m, y - 1, z), (x + m, y + m, z + h),
                  (x + m, y + m, z - 1)]  # fmt: skip
        return [self.lots.get(at, -1) for at in beyond]

    def check_clocks(self) -> None:
        """Each bay that will be asked is in the list of its month and in no other; links and counts are true."""
        asked = self.foremen[:, t.F_ASKED]
        assert (asked[asked >= 0] % MONTH == 0).all()
        found: list[int] = []
        for k in range(FRONTS):
            n, before, length = int(self.fronts[k]), -1, 0
            while n >= 0:
                assert asked[n] // MONTH % FRONTS == k and self.borders[n, 0] == before
                found.append(n)
                n, before, length = int(self.borders[n, 1]), n, length + 1
            assert self.fronts[FRONTS + k] == length
        assert sorted(found) == np.flatnonzero(asked >= 0).tolist()


SAME = [(48 * n) << 8 for n in range(1, 200)]  # names of the bays of a row


def row_of(letters: str, names: list[int] | None = None, **knobs: int) -> Scene:
    """Bays in a row from west to east."""
    scene = Scene([(3 * n, 0, 0, 3, 4) for n in range(len(letters))], names or SAME, **knobs)
    return scene.obey(letters)


def picture(scene: Scene) -> str:
    return "".join("hSA"[side] for side in scene.foremen[:, t.F_ALLEGIANCE])


def packed(random: Any, size: int = 4) -> list[tuple[int, int, int, int, int]]:
    """Plots of different sizes that fill a block without a gap: columns of one width each, cut into levels of their own."""
    plots = []
    y = 0
    for _ in range(size):
        w = int(random.integers(3, 6))
        x = 0
        for _ in range(size):
            z = int(random.integers(-2, 3))
            for _ in range(size - 1):
                h = int(random.integers(4, 7))
                plots.append((x, y, z, w, h))
                z += h
            x += w
        y += w
    return plots


# ---- pictures ----------------------------------------------------------------------------------------------------------


def test_the_code_spreads_from_bay_to_bay_and_each_turn_names_its_cause():
    scene = row_of("hhhShhhh", **SPREAD)
    assert scene.watched() == {SAME[2], SAME[4]}  # the others see nobody who could win them over
    seen = [picture(scene)]
    for k in range(12 * 60):
        scene.month(ERA + k * MONTH)
        scene.check_clocks()
        if picture(scene) != seen[-1]:
            seen.append(picture(scene))
    for before, after in pairwise(seen):
        # One that turns stood beside the infected the month before: the code jumps over nobody.
        turned = [n for n in range(8) if before[n] != after[n]]
        assert all("S" in before[max(0, n - 1) : n + 2] and after[n] == "S" for n in turned)
    assert seen[-1] == "SSSSSSSS" and len(seen) > 4
    assert scene.powers[0, t.PO_SAFEGUARD_BAYS] == 8 and scene.powers[0, t.PO_FLIPS] == 0
    told = scene.told()
    assert len(told) == 7 and all(e[t.V_KIND] == c.V_BAY_INFECTED and e[t.V_CHANCE] == rule.PPB for e in told)
    assert (scene.foremen[:, t.F_RECOGNITION] == t.IMPOSSIBLE).all()
    leads_back(scene)


def leads_back(scene: Scene) -> None:
    """Every turn was caused by that of the bay that won it over, and so on back to the first event."""
    events = {e[t.V_NAME]: e for e in scene.told()}
    for name, event in events.items():
        assert name == event_name(*(event[k] for k in (t.V_DAY, t.V_KIND, t.V_WHO, t.V_WHOM)))
        cause = event[t.V_CAUSE]
        steps = 0
        while cause != STRIKE:
            assert events[cause][t.V_WHO] == event[t.V_WHOM] and events[cause][t.V_DAY] < event[t.V_DAY]
            event, cause, steps = events[cause], events[cause][t.V_CAUSE], steps + 1
            assert steps <= len(events)
    for row in scene.foremen:
        mine = [e for e in events.values() if e[t.V_WHO] == row[t.F_NAME]]
        last = max(mine, key=lambda e: e[t.V_DAY])[t.V_NAME] if mine else row[t.F_TURNED_BY]
        assert row[t.F_TURNED_BY] == last and (mine or last in (0, STRIKE))


def even(**more: int) -> dict[str, int]:
    """Knobs with which both sides are alike and rings are frequent."""
    return {"struggle_flip_ppm": 1_000_000, "struggle_safeguard_percent": 100, **more}


def test_nodes_and_what_guards_hold_are_never_won_over_and_the_healthy_do_not_vote():
    scene = row_of("GANhGAN", **even(infection_link_ppm=0, struggle_alert_percent=0))
    seen = set()
    for k in range(12 * 100):
        scene.month(ERA + k * MONTH)
        seen.add(picture(scene))
    assert seen == {"SAAhSAA", "SSAhSAA", "SAAhSSA", "SSAhSSA"} and scene.powers[0, t.PO_FLIPS] > 20
    scene.foremen[3, t.F_HELD_UNTIL] = ERA + 200 * t.YEAR
    scene.knobs[:] = knob_vector(Scenario(seed=7, **even(**SPREAD)))
    rule.watch(*scene.around(), 3, ERA + 100 * t.YEAR - MONTH)
    scene.live(100, ERA + 100 * t.YEAR)
    assert picture(scene)[3] == "h"  # the code does not enter what guards hold either
    scene.live(100, ERA + 200 * t.YEAR)
    assert picture(scene)[3] != "h"


@pytest.mark.parametrize("change", [{"struggle": 0}, {"struggle_flip_ppm": 0}])
def test_without_the_struggle_nobody_is_won_over_nor_asked(change):
    scene = row_of("SAAASh", **even(**change))
    assert scene.watched() == {SAME[5]}
    scene.live(100)
    assert picture(scene) == "SAAASS" and scene.powers[0, t.PO_FLIPS] == 0 and scene.watched() == set()


def test_before_the_dawn_only_the_code_spreads():
    scene = row_of("hSAA", **even(**SPREAD))
    scene.powers[0, t.PO_ERA_DAY] = -1
    scene.live(60)
    assert picture(scene) == "SSAA"


def test_while_all_are_healthy_nobody_has_a_clock_and_then_everybody_who_lives_gets_one():
    scene = row_of("hhhhh", **SPREAD)
    scene.foremen[4, t.F_PHASE] = c.P_RELEASED
    scene.live(10)
    assert scene.watched() == set() and scene.powers[0, t.PO_SPREAD_SINCE] == -1
    rule.turn(scene.foremen, scene.powers, 0, S, STRIKE)
    rule.watch(*scene.around(), 0, ERA + 10 * t.YEAR - 17)
    day = ERA + 10 * t.YEAR
    scene.month(day)
    scene.check_clocks()
    assert scene.powers[0, t.PO_SPREAD_SINCE] == day and scene.told() == []
    for n in range(4):
        assert scene.foremen[n, t.F_ASKED] == clock(scene, n, day)
    assert scene.foremen[4, t.F_ASKED] == -1


def test_who_is_asked_by_nobody_or_not_in_its_month_stays():
    scene = Scene([(0, 0, 0, 3, 4), (30, 0, 0, 3, 4)], SAME, **even(**SPREAD)).obey("Sh")  # too far apart
    scene.live(100)
    assert picture(scene) == "Sh" and scene.told() == []
    scene = row_of("Sh", infection_link_ppm=100_000)
    asked = int(scene.foremen[1, t.F_ASKED])
    assert asked > ERA + 10 * MONTH
    for k in range(FRONTS):
        if ERA + k * MONTH != asked:
            scene.month(ERA + k * MONTH)
    assert picture(scene) == "Sh" and scene.foremen[1, t.F_ASKED] == asked
    scene.month(asked)
    assert picture(scene) == "SS"


def test_a_clock_that_rings_in_64_years_is_not_heard_today():
    for later in (0, 1):
        scene = row_of("NS", **even())
        rings = ERA + (1 + later * FRONTS) * MONTH
        set_clock(scene.foremen, scene.fronts, scene.borders, 1, rings)
        scene.month(ERA + MONTH)
        assert (scene.foremen[1, t.F_ASKED] == rings) == bool(later)
        scene.check_clocks()


# ---- the twin ----------------------------------------------------------------------------------------------------------


def rivals(scene: Scene, n: int, sides: list[int]) -> list[int]:
    """The neighbours of bay n, by side, that may win it over."""
    return [o for o in scene.neighbours(n) if o >= 0 and sides[o] == {H: S, S: A, A: S}[sides[n]]]


def clock(scene: Scene, n: int, day: int, sides: list[int] | None = None) -> int:
    """The month in which bay n is asked if its clock is set on a day: a plain twin of `watch`."""
    scenario = scene.scenario
    sides = scene.foremen[:, t.F_ALLEGIANCE].tolist() if sides is None else sides
    beside, side = len(rivals(scene, n, sides)), sides[n]
    least = Fraction(100, scenario.struggle_safeguard_percent)
    most = max(least + Fraction(scenario.struggle_alert_percent, 100), Fraction(scenario.struggle_carrier_percent, 100))
    heeded = max(share(most), 1 - share(least))
    chance = min(Fraction(1), Fraction(2 * scenario.struggle_flip_ppm, 10**6) * heeded) * scenario.struggle
    if side == H:
        chance = Fraction(scenario.infection_link_ppm, 10**6)
    if chance == 0 or beside == 0:
        return -1
    first, second, _, _ = draws(int(scene.knobs[Q_SEED]), c.R_CONTAGION, day, int(scene.foremen[n, t.F_NAME]), 0)
    quiet = float((1 - chance) ** beside)  # a year in which it rings over no side
    years, left = 0, quiet
    while first / 2**32 < left:
        years, left = years + 1, left * quiet
        if years == 4096:
            return -1
    return day // MONTH * MONTH + years * t.YEAR + MONTH * (1 + second * 12 // 2**32)


def share(beta: Fraction) -> Fraction:
    return beta / (1 + beta)


def ppm(value: Fraction) -> int:
    """A share as the law has it: in whole ppm, rounded down."""
    return value.numerator * 10**6 // value.denominator


def carriers(scene: Scene) -> list[int]:
    """The bays in which somebody lives who carries the whole key."""
    whole = [int(row[t.PE_VILLAGE]) for row in scene.persons[: scene.sizes[t.Z_PERSONS]] if row[t.PE_HAPLOTYPE_A] & 63 == 63]
    return [int(scene.villages[v, t.VI_BAY]) for v in sorted(set(whole))]


def apart(scene: Scene, n: int, o: int) -> Fraction:
    """Cells from middle to middle, along the axes."""
    size = [t.F_PITCH, t.F_PITCH, t.F_HEIGHT]
    middles = [[scene.foremen[i, t.F_X + k] + Fraction(int(scene.foremen[i, size[k]]), 2) for k in range(3)] for i in (n, o)]
    return sum((abs(a - b) for a, b in zip(*middles)), Fraction(0))


def twin(scene: Scene, day: int) -> tuple[dict[int, tuple[int, ...]], dict[int, int]]:
    """What a month brings, from the description: name -> (kind, winner, side, cause, chance) of who turns; all clocks after."""
    scenario = scene.scenario
    seed = int(scene.knobs[Q_SEED])
    sides = scene.foremen[:, t.F_ALLEGIANCE].tolist()
    least = Fraction(100, scenario.struggle_safeguard_percent)
    alert = Fraction(min(ALERT_OF_STEP[scene.powers[0, t.PO_ALERT_STEP]], 4 << 16), 4 << 16)
    usual = Fraction(ppm(least) + scenario.struggle_alert_percent * 10_000 * alert // 1, 10**6)
    helped = Fraction(scenario.struggle_carrier_percent, 100)
    most = max(least + Fraction(scenario.struggle_alert_percent, 100), helped)
    most_heeded = max(ppm(share(Fraction(ppm(most), 10**6))), 10**6 - ppm(share(Fraction(ppm(least), 10**6))))
    contested = scenario.struggle and scene.powers[0, t.PO_ERA_DAY] >= 0 and S in sides and A in sides
    turned: dict[int, tuple[int, ...]] = {}
    after = list(sides)
    for n, row in enumerate(scene.foremen):
        name = int(row[t.F_NAME])
        if row[t.F_ASKED] != day:
            continue
        if row[t.F_NODE] or row[t.F_HELD_UNTIL] > day or not (sides[n] == H or contested):
            continue
        side, word, _, _ = draws(seed, c.R_FLIP, day, name, 0)
        beside = rivals(scene, n, sides)
        o = beside[side * len(beside) // 2**32]
        winner, cause = int(scene.foremen[o, t.F_NAME]), int(scene.foremen[o, t.F_TURNED_BY])
        if sides[n] == H:
            turned[name] = c.V_BAY_INFECTED, winner, 0, cause, scenario.infection_link_ppm * 1000
        else:
            near = any(apart(scene, n, at) <= 768 for at in carriers(scene))
            heeds = ppm(share(max(usual, helped) if near else usual))
            heeds = heeds if sides[n] == S else 10**6 - heeds
            if word * most_heeded // 2**32 >= heeds:
                continue
            chance = min(10**9, scenario.struggle_flip_ppm * 2000 * heeds // 10**6)
            turned[name] = c.V_BAY_FLIPPED, winner, sides[o], cause, chance
        after[n] = sides[o]
    clocks = {}
    for n, row in enumerate(scene.foremen):
        anew = row[t.F_ASKED] == day or any(after[o] != sides[o] for o in scene.neighbours(n) if o >= 0)
        clocks[int(row[t.F_NAME])] = clock(scene, n, day, after) if anew else int(row[t.F_ASKED])
    return turned, clocks


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 15))
def test_the_struggle_does_what_its_twin_does(seed, step):
    random = np.random.default_rng(seed)
    plots = packed(random, 3)
    names = [int(n) for n in random.integers(1, 2**62, len(plots))]
    scene = Scene(
        plots, names, seed=seed,
        infection_link_ppm=int(random.choice([0, 100_000, 700_000, 1_000_000])),
        struggle_flip_ppm=int(random.choice([20_000, 150_000, 1_000_000])),
        struggle_safeguard_percent=int(random.choice([50, 120, 1000])),
        struggle_alert_percent=int(random.choice([0, 67, 500])),
        struggle_carrier_percent=int(random.choice([0, 150, 2000])),
    )  # fmt: skip
    scene.obey(random.choice(list("hhSSSAAANG"), len(plots)))
    for n in range(len(plots)):
        assert scene.foremen[n, t.F_ASKED] == clock(scene, n, ERA - MONTH)
    scene.settle(4, 256 * int(random.integers(1, 1000)), [63] if seed % 3 else [31])
    scene.powers[0, t.PO_ALERT_STEP] = step
    told = 0
    for month in range(120):
        day = ERA + month * MONTH
        turned, clocks = twin(scene, day)
        before = scene.sides()
        scene.month(day)
        after = scene.sides()
        assert {n for n in after if after[n] != before[n]} == turned.keys()
        events = {e[t.V_WHO]: e for e in (tuple(map(int, r)) for r in scene.events[told : scene.sizes[t.Z_EVENTS]])}
        told = int(scene.sizes[t.Z_EVENTS])
        heard = (t.V_KIND, t.V_WHOM, t.V_MAGNITUDE, t.V_CAUSE, t.V_CHANCE)
        assert {who: tuple(e[k] for k in heard) for who, e in events.items()} == turned
        assert all(e[t.V_DAY] == day and e[t.V_PLACE] == who for who, e in events.items())
        assert {int(r[t.F_NAME]): int(r[t.F_ASKED]) for r in scene.foremen} == clocks
    sides = scene.foremen[:, t.F_ALLEGIANCE]
    assert scene.powers[0, t.PO_SAFEGUARD_BAYS] == (sides == S).sum()
    assert scene.powers[0, t.PO_AUTHORITY_BAYS] == (sides == A).sum()
    assert scene.powers[0, t.PO_FLIPS] == sum(e[t.V_KIND] == c.V_BAY_FLIPPED for e in scene.told())
    scene.check_clocks()
    leads_back(scene)


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
                scene.fronts, scene.borders = rule.empty_fronts(), np.full_like(scene.borders, -1)
                for n in random.permutation(len(plots)):
                    if scene.foremen[n, t.F_ASKED] >= 0:
                        enlist(scene.foremen, scene.fronts, scene.borders, n)
            scene.check_clocks()
        clocks = {int(r[t.F_NAME]): (int(r[t.F_ASKED]), int(r[t.F_TURNED_BY])) for r in scene.foremen}
        told.append((scene.told(), scene.sides(), clocks, scene.powers.tolist()))
    assert told[0] == told[1] and len(told[0][0]) > 20


# ---- chances -----------------------------------------------------------------------------------------------------------


def pairs(letters: str, number: int, side: int = 3, **knobs: int) -> Scene:
    """Many rows of bays that do not touch each other, each an experiment of its own."""
    plots = [(side * n, 12 * k, 0, side, 4) for k in range(number) for n in range(len(letters))]
    names = [int(n) for n in np.random.default_rng(11).integers(1, 2**62, len(plots))]
    return Scene(plots, names, **knobs).obey(letters * number)


def won_by(months: int, ring: float, hit: float, links: int = 1) -> list[float]:
    """The chance to be won over in each of so many months, when a clock with `ring` a link and year is heeded with `hit`."""
    quiet = (1 - ring) ** links
    rings = [0.0] * months  # in which month a bay rings, not having been won over
    won = [0.0] * months
    for at in range(-1, months - 1):
        here = 1.0 if at < 0 else rings[at] * (1 - hit)
        for ahead in range(1, months - at):
            rings[at + ahead] += here * quiet ** ((ahead - 1) // 12) * (1 - quiet) / 12
    for at in range(months):
        won[at] = rings[at] * hit
    return won


def first_turns(scene: Scene, who: Iterable[int], months: int) -> list[int]:
    """For each month, how many of these bays are won over for the first time in it."""
    first: dict[int, int] = {}
    for k in range(months):
        scene.month(ERA + k * MONTH)
    for event in scene.told():
        first.setdefault(event[t.V_WHO], (event[t.V_DAY] - ERA) // MONTH)
    names = {int(scene.foremen[n, t.F_NAME]) for n in who}
    return np.bincount([month for name, month in first.items() if name in names], minlength=months).tolist()


def agrees(found: list[int], trials: int, chances: list[float]) -> None:
    """Chi-square over the years, and those who were never won over."""
    by_year = np.add.reduceat(found, range(0, len(found), 12)).tolist()
    expected = (trials * np.add.reduceat(chances, range(0, len(chances), 12))).tolist()
    by_year.append(trials - sum(by_year))
    expected.append(trials - sum(expected))
    assert min(expected) > 5, expected
    assert chisquare(by_year, expected).pvalue > 1e-4, (by_year, expected)


@pytest.mark.parametrize(("letters", "links", "chance"), [("hS", 1, 0.1), ("GhS", 2, 0.1), ("hS", 1, 0.4)])
def test_a_healthy_bay_catches_the_code_at_the_stated_rate(letters, links, chance):
    trials, months = 700, 72
    scene = pairs(letters, trials, infection_link_ppm=int(chance * 1e6))
    who = range(letters.index("h"), len(letters) * trials, len(letters))
    agrees(first_turns(scene, who, months), trials, won_by(months, chance, 1.0, links))


@pytest.mark.parametrize(("step", "beta"), [(0, 1 / 1.2), (4, 1 / 1.2 + 0.67 / 4), (12, 1 / 1.2 + 0.67)])
@pytest.mark.parametrize("letters", ["NS", "GA"])
def test_bays_are_won_over_at_the_stated_rates_whatever_the_alert(letters, step, beta):
    """Among nodes all that obey Safeguard are asked by the Authority; beside what guards hold it is the other way round."""
    trials, months = 700, 120
    flip = 60_000
    scene = pairs(letters, trials, struggle_flip_ppm=flip)
    scene.powers[0, t.PO_ALERT_STEP] = step
    scene.powers[0, [t.PO_SAFEGUARD_BAYS, t.PO_AUTHORITY_BAYS]] += 1  # neither side dies out
    most = max((1 / 1.2 + 0.67) / (1 + 1 / 1.2 + 0.67), 1.5 / 2.5, 1 - 1 / 2.2)
    heeds = beta / (1 + beta) if letters == "NS" else 1 / (1 + beta)
    found = first_turns(scene, range(1, 2 * trials, 2), months)
    agrees(found, trials, won_by(months, 2 * flip / 1e6 * most, heeds / most))


@pytest.mark.parametrize("cells", [768, 784])
@pytest.mark.parametrize("letters", ["NS", "GA"])
def test_a_living_carrier_helps_the_authority_as_far_as_768_cells(letters, cells):
    """Bays on a circle around the carrier, a circle as streets have it; some of them along one axis alone."""
    far = cells // 16
    plots = [(0, 0, 0, 3, 4)]
    for k in range(-far, far + 1, 6):
        for y in sorted({far - abs(k), abs(k) - far}):
            plots += [(k, y, 0, 3, 4), (k, y, 4, 3, 4)]
    knobs = {"struggle_safeguard_percent": 10_000, "struggle_carrier_percent": 10_000, "struggle_alert_percent": 0}
    hits = rings = 0
    for seed in range(12):
        scene = Scene(plots, [n * 7919 + 1 for n in range(len(plots))], seed=seed, struggle_flip_ppm=200_000, **knobs)
        scene.obey("A" + letters * (len(plots) // 2))
        scene.settle(0, 512, [63])
        scene.powers[0, [t.PO_SAFEGUARD_BAYS, t.PO_AUTHORITY_BAYS]] += 1
        who = [n for n in range(1, len(plots)) if apart(scene, n, 0) == cells and not scene.foremen[n, t.F_NODE]]
        who = [n for n in who if scene.foremen[n, t.F_HELD_UNTIL] == 0] if letters == "GA" else who
        if not who:  # the asked are one storey up: shift the carrier
            scene.foremen[0, t.F_Z] = 64
            who = [n for n in range(2, len(plots), 2) if apart(scene, n, 0) == cells]
        found = first_turns(scene, who, 120)
        hits += sum(found)
        rings += len(who)
    beta = 100.0 if cells == 768 else 0.01
    most = 100 / 101
    heeds = beta / (1 + beta) if letters == "NS" else 1 / (1 + beta)
    expected = sum(won_by(120, 0.4 * most, heeds / most))
    assert rings > 200 and abs(hits - rings * expected) < 4 * (rings * expected * (1 - expected)) ** 0.5 + 1


def test_only_living_carriers_help_and_only_the_authority():
    knobs = {"struggle_safeguard_percent": 10_000, "struggle_carrier_percent": 10_000, "struggle_alert_percent": 0}
    for loci, carrier in ((63, True), (31, False)):
        scene = row_of("N" + "SN" * 8, struggle_flip_ppm=300_000, **knobs)
        scene.settle(0, 512, [loci, loci])
        scene.powers[0, t.PO_SAFEGUARD_BAYS] += 1
        scene.live(10)
        won = picture(scene).count("A") - 9
        assert won == 8 if carrier else won <= 1
        died = scene.sizes[t.Z_PERSONS]
        assert scene.villages[0, t.VI_CARRIERS] == (2 if carrier else 0) and died == 2


def test_months_between_rings_are_geometric_in_years_and_uniform_within():
    trials, chance = 20_000, 0.05
    scene = row_of("hS", infection_link_ppm=50_000)
    waits = np.zeros(trials, int)
    for k in range(trials):
        scene.foremen[0, t.F_NAME] = 2 * k + 1
        rule.watch(*scene.around(), 0, ERA + k % MONTH)
        waits[k] = (scene.foremen[0, t.F_ASKED] - ERA) // MONTH - 1
    quiet = 1 - chance
    assert waits.min() == 0
    found = np.bincount(np.minimum(waits // 12, 12), minlength=13)
    expected = [trials * quiet**y * (1 - quiet) for y in range(12)] + [trials * quiet**12]
    assert chisquare(found, expected).pvalue > 1e-4
    assert chisquare(np.bincount(waits % 12, minlength=12)).pvalue > 1e-4
    early = waits < 12
    assert abs((waits[early] % 12).mean() - 5.5) < 0.2 and abs((waits[~early] % 12).mean() - 5.5) < 0.2


def test_all_sides_are_asked_alike():
    trials = 500
    hub = [(3, 3, 4), (6, 3, 4), (0, 3, 4), (3, 6, 4), (3, 0, 4), (3, 3, 8), (3, 3, 0)]
    won = np.zeros(6, int)
    scene = Scene([(*at, 3, 4) for at in hub], [2**20 * (k + 1) for k in range(7)], infection_link_ppm=300_000)
    for seed in range(trials):
        scene.knobs[Q_SEED] = seed
        scene.obey("hSSSSSS")
        told = int(scene.sizes[t.Z_EVENTS])
        month = 0
        while scene.sizes[t.Z_EVENTS] == told:
            scene.month(ERA + month * MONTH)
            month += 1
        won[scene.events[told, t.V_WHOM] // 2**20 - 2] += 1
        if scene.sizes[t.Z_EVENTS] > 3000:
            scene.sizes[t.Z_EVENTS] = 0
    assert chisquare(won).pvalue > 1e-4


# ---- numbers -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**8))
def test_shares_of_both_sides_keep_the_ratio_beta(beta):
    share_of_authority = int(rule.heed(beta))
    assert 0 <= share_of_authority <= 10**6
    assert abs(share_of_authority - Fraction(10**6 * beta, beta + 10**6)) < 1


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 15), st.integers(0, 1))
def test_no_bay_heeds_more_than_the_bound_by_which_its_clock_is_drawn(safeguard, alert, helped, step, near):
    knobs = knob_vector(Scenario(
        seed=1, struggle_safeguard_percent=safeguard, struggle_alert_percent=alert, struggle_carrier_percent=helped
    ))  # fmt: skip
    heeds = int(rule.heed(law.advantage(knobs, step, near)))
    assert max(heeds, 10**6 - heeds) <= rule.most_heeded(knobs) <= 10**6
    reached = {int(rule.heed(law.advantage(knobs, step, near))) for step in range(16) for near in (0, 1)}
    assert rule.most_heeded(knobs) == max(max(reached), 10**6 - min(reached))  # and none is drawn in vain


def test_the_advantage_grows_with_the_steps_of_the_alert_and_near_carriers():
    knobs = knob_vector(Scenario(seed=1))
    for step in range(16):
        beta = 1 / 1.2 + 0.67 * min(1.0, (2 ** (step / 4) - 1) / 4)
        assert abs(int(law.advantage(knobs, step, 0)) / 1e6 - beta) < 1e-5
        assert int(law.advantage(knobs, step, 1)) == max(int(law.advantage(knobs, step, 0)), 1_500_000)


@given(st.integers(0, 10**9), st.integers(0, 6))
def test_what_stays(chance, times):
    exact = 10**9 * (1 - Fraction(chance, 10**9)) ** times
    assert 0 <= exact - int(rule.stays(chance, times)) < max(1, times)


def test_there_is_room_for_all_whom_a_month_may_turn():
    scene = row_of("S" + "h" * 60, **SPREAD)
    for k in range(12):
        day = ERA + k * MONTH
        due = int((scene.foremen[:, t.F_ASKED] == day).sum())
        with_them = headroom(scene.powers, scene.knobs, scene.sizes, scene.fronts, day)[0]
        without = headroom(scene.powers, scene.knobs, scene.sizes, rule.empty_fronts(), day)[0]
        assert with_them - without == due
        scene.month(day)


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
            rule.turn(scene.foremen, scene.powers, 7, S, STRIKE)
        names = ("foremen", "charters", "persons", "villages", "units", "wanderers", "powers", "shots", "tally")
        before = {name: getattr(scene, name).copy() for name in names}
        scene.live(60)
        for name in names:
            differs = np.atleast_2d(before[name] != getattr(scene, name)).any(axis=0)
            changed |= {f"{name}.{columns({**t.TABLES, 'tally': t.Tally}[name])[k].name}" for k in np.flatnonzero(differs)}
        assert scene.sizes[t.Z_EVENTS] > 20
    assert changed | {"events"} == set(law.LAW.writes)
