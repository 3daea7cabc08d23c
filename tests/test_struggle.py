"""The front: how Safeguard's code spreads among bays, how bays are won over, and who is looked at when."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure import codes as c
from megastructure import tables as t
from megastructure.declare import columns
from megastructure.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel
from megastructure.laws import struggle as law
from megastructure.lots import take_lots
from megastructure.rng import draw
from megastructure.scenario import Q_SEED, Scenario, knob_vector
from megastructure.world import FRONTS, HOMES_MONTH, HOMES_VILLAGE, MONTH

A, H, S = c.A_AUTHORITY, c.A_HEALTHY, c.A_SAFEGUARD
LETTERS = {"h": H, "S": S, "A": A, "N": A, "G": S}  # N: a node lives there; G: guards hold it
ERA = 100 * t.YEAR


@kernel(i8(i8v, i4v, i4m, i8, i8, i8, i8, i8, i8, i8), entry=True)
def take(keys, slots, owners, sectors, foreman, lx, ly, lz, n, m):
    return take_lots(keys, slots, owners, sectors, foreman, lx, ly, lz, n, m, 0)


@kernel(NOTHING(i8v, i4v, i4m, i8m, i8m, i4v, i4m, i8), entry=True)
def watch_around(keys, slots, owners, foremen, powers, fronts, borders, n):
    law.watch_around(keys, slots, owners, foremen, powers, fronts, borders, n)


class Scene:
    """A small world by hand: plots of lots (x, y, z, width, height), each a standing bay; people are added by `settle`."""

    def __init__(self, plots: Iterable[tuple[int, int, int, int, int]], names: Iterable[int], **knobs: int) -> None:
        plots, names = list(plots), list(names)
        room = len(plots)

        def table(kind: type[t.Table], rows: int) -> Any:
            return np.zeros((rows, len(columns(kind))), np.int64)

        self.knobs = knob_vector(Scenario(**{"seed": 7, **knobs}))
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
        self.keys, self.slots = np.zeros(4096, np.int64), np.zeros(4096, np.int32)
        self.owners = np.zeros((2000, 64), np.int32)
        self.lots: dict[tuple[int, int, int], int] = {}  # who owns each lot, for the twins
        sectors = 0
        for n, ((x, y, z, w, h), name) in enumerate(zip(plots, names)):
            row = self.foremen[n]
            row[[t.F_NAME, t.F_X, t.F_Y, t.F_Z, t.F_PITCH, t.F_HEIGHT]] = name, 16 * x, 16 * y, 16 * z, 16 * w, 16 * h
            row[[t.F_PHASE, t.F_PARENT, t.F_VILLAGE]] = c.P_STANDING, -1, -1
            row[t.F_RECOGNITION] = t.HUMAN
            sectors += int(take(self.keys, self.slots, self.owners, sectors, n, x, y, z, w, h)) & 0xFFFFFFFF
            for at in np.ndindex(w, w, h):
                self.lots.setdefault((x + at[0], y + at[1], z + at[2]), n)
        self.sizes[t.Z_FOREMEN] = room
        self.plan, self.ring = np.zeros((1, len(columns(t.Plan))), np.int32), np.zeros(1, np.int32)
        self.kin, self.estates = np.full((400, 4), -1, np.int32), np.full((40, 2), -1, np.int32)
        self.homes = np.full(HOMES_VILLAGE + 40, -1, np.int32)
        self.fronts, self.borders = np.full(FRONTS, -1, np.int32), np.full((room, 2), -1, np.int32)
        self.marks, self.reached = np.zeros(room + 1, np.int64), np.zeros((room, 3), np.int64)

    def common(self) -> tuple[Any, ...]:
        world = (
            self.foremen, self.charters, self.persons, self.villages, self.units, self.wanderers, self.powers, self.events,
            self.shots,
        )  # fmt: skip
        return (
            self.keys, self.slots, self.owners, world, self.plan, self.ring, self.sizes, self.knobs, self.tally, self.kin,
            self.estates, self.homes, self.fronts, self.borders, self.marks, self.reached,
        )  # fmt: skip

    def obey(self, letters: Iterable[str]) -> Scene:
        """Give each bay its side, and watch all who have a neighbour of another."""
        for n, letter in enumerate(letters):
            self.foremen[n, t.F_ALLEGIANCE] = LETTERS[letter]
            self.foremen[n, t.F_RECOGNITION] = t.IMPOSSIBLE if LETTERS[letter] == S else t.HUMAN
            self.foremen[n, t.F_NODE] = letter == "N"
            self.foremen[n, t.F_HELD_UNTIL] = 10**8 if letter == "G" else 0
        sides = self.foremen[:, t.F_ALLEGIANCE]
        self.powers[0, [t.PO_SAFEGUARD_BAYS, t.PO_AUTHORITY_BAYS]] = (sides == S).sum(), (sides == A).sum()
        for n in range(len(sides)):
            watch_around(self.keys, self.slots, self.owners, self.foremen, self.powers, self.fronts, self.borders, n)
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
        self.powers[0, t.PO_VILLAGES] += 1
        return v

    def _link(self, links: Any, head: int, row: int, column: int) -> None:
        first = self.homes[head]
        links[row, column : column + 2] = first, -1
        if first >= 0:
            links[first, column + 1] = row
        self.homes[head] = row

    def month(self, day: int) -> None:
        law.struggle(*self.common(), day)

    def sides(self) -> dict[int, int]:
        return {int(row[t.F_NAME]): int(row[t.F_ALLEGIANCE]) for row in self.foremen}

    def watched(self) -> set[int]:
        return {int(row[t.F_NAME]) for row in self.foremen if row[t.F_FRONT]}

    def told(self) -> list[tuple[int, ...]]:
        return sorted(tuple(int(v) for v in row) for row in self.events[: self.sizes[t.Z_EVENTS]])

    def neighbours(self, n: int) -> list[int]:
        """The owners of the lots beyond the middles of the six sides, by the description alone."""
        x, y, z, w, h = (int(self.foremen[n, k]) // 16 for k in (t.F_X, t.F_Y, t.F_Z, t.F_PITCH, t.F_HEIGHT))
        m = w // 2  # the lot that holds the middle of the plot
        beyond = [(x + w, y + m, z), (x - 1, y + m, z), (x + m, y + w, z), (x + m, y - 1, z), (x + m, y + m, z + h),
                  (x + m, y + m, z - 1)]  # fmt: skip
        return [self.lots[at] for at in beyond if at in self.lots]


SAME = [(48 * n) << 8 for n in range(1, 200)]  # names whose bays are all in list 0 of the front


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


def test_the_code_spreads_from_bay_to_bay():
    scene = row_of("hhhShhhh", infection_link_ppm=1_000_000)
    assert scene.watched() == {SAME[2], SAME[3], SAME[4]}
    seen = [picture(scene)]
    for year in range(1, 6):
        for month in range(12):
            scene.month(ERA + (year * 12 + month) * MONTH)
        seen.append(picture(scene))
    assert seen == ["hhhShhhh", "hhSSShhh", "hSSSSShh", "SSSSSSSh", "SSSSSSSS", "SSSSSSSS"]
    assert scene.powers[0, t.PO_SAFEGUARD_BAYS] == 8 and scene.powers[0, t.PO_FLIPS] == 0
    for k in range(2 * FRONTS):
        scene.month(ERA + 10 * t.YEAR + k * MONTH)
    assert scene.watched() == set() and scene.powers[0, t.PO_FRONT] == 0 and (scene.fronts == -1).all()
    assert all(e[t.V_KIND] == c.V_BAY_INFECTED and e[t.V_CHANCE] == law.PPB for e in scene.told())
    assert len(scene.told()) == 7
    assert (scene.foremen[:, t.F_RECOGNITION] == t.IMPOSSIBLE).all()


def even(**more: int) -> dict[str, int]:
    """Knobs with which whoever has a rival beside it is won over at its next look, for sure."""
    return {"struggle_flip_ppm": 1_000_000, "struggle_safeguard_percent": 100, **more}


def test_bays_are_won_over_all_at_once_but_not_nodes_and_not_what_guards_hold():
    scene = row_of("SAAASSNSGAh", **even())
    day = ERA + 48 * MONTH - ERA % (48 * MONTH)
    scene.month(day)
    assert picture(scene) == "ASASAAAASSh"
    assert scene.powers[0, t.PO_FLIPS] == 7 and len(scene.told()) == 7
    for event in scene.told():
        assert event[t.V_KIND] == c.V_BAY_FLIPPED and event[t.V_MAGNITUDE] == scene.sides()[event[t.V_WHO]]
    scene.month(day + MONTH)
    assert picture(scene) == "ASASAAAASSh"  # it is not their month


@pytest.mark.parametrize("change", [{"struggle": 0}, {"struggle_flip_ppm": 0}])
def test_without_the_struggle_nobody_is_won_over(change):
    scene = row_of("SAAASS", **even(**change))
    for k in range(FRONTS):
        scene.month(ERA + k * MONTH)
    assert picture(scene) == "SAAASS" and scene.powers[0, t.PO_FLIPS] == 0


def test_before_the_dawn_only_the_code_spreads():
    scene = row_of("hSAA", **even(infection_link_ppm=1_000_000))
    scene.powers[0, t.PO_ERA_DAY] = -1
    for k in range(FRONTS):
        scene.month(k * MONTH)
    assert picture(scene) == "SSAA"


def test_a_living_carrier_helps_the_authority_within_six_hops():
    knobs = {"struggle_safeguard_percent": 10_000, "struggle_carrier_percent": 10_000, "struggle_flip_ppm": 500_000}
    for loci, expected in ((63, "AAAAAAAASA"), (31, "SASASASASA")):
        scene = row_of("SNSNSNSNSN", **even(**knobs))
        scene.settle(0, 512, [loci])
        scene.month(ERA // (48 * MONTH) * 48 * MONTH)
        assert picture(scene) == expected


def test_who_stands_beside_a_bay_that_turned_is_watched_even_in_a_street_of_one_way():
    # The wide bay's neighbour to the east is the middle one of three; the others have it for a neighbour all the same.
    scene = Scene([(0, 0, 0, 9, 4), (9, 0, 0, 3, 4), (9, 3, 0, 3, 4), (9, 6, 0, 3, 4)], SAME).obey("Shhh")
    assert scene.neighbours(0) == [2] and [scene.neighbours(n).count(0) for n in (1, 2, 3)] == [1, 1, 1]
    assert scene.watched() == set(SAME[:4])


@pytest.mark.parametrize("seed", range(4))
def test_nobody_with_a_rival_beside_it_is_ever_out_of_the_front(seed):
    random = np.random.default_rng(seed)
    plots = packed(random)
    names = random.integers(1, 2**60, len(plots)).tolist()
    scene = Scene(plots, names, infection_link_ppm=300_000, struggle_flip_ppm=200_000)
    scene.obey(["N" if n == 40 else "S" if n == 3 else "h" for n in range(len(plots))])
    for k in range(400):
        scene.month(ERA + k * MONTH)
        sides = scene.foremen[:, t.F_ALLEGIANCE]
        for n in range(len(plots)):
            rival = {H: S, S: A, A: S}[int(sides[n])]
            if any(sides[o] == rival for o in scene.neighbours(n)):
                assert scene.foremen[n, t.F_FRONT]
        linked = set()
        for head in scene.fronts:
            while head >= 0:
                linked.add(int(head))
                head = scene.borders[head, 1]
        assert linked == set(np.flatnonzero(scene.foremen[:, t.F_FRONT])) and len(linked) == scene.powers[0, t.PO_FRONT]
        assert (sides == S).sum() == scene.powers[0, t.PO_SAFEGUARD_BAYS]
        assert (sides == A).sum() == scene.powers[0, t.PO_AUTHORITY_BAYS]
    assert (sides == S).any() and (sides == A).sum() > 1


# ---- the twin ----------------------------------------------------------------------------------------------------------


def near_carriers(scene: Scene) -> set[int]:
    near: set[int] = set()
    for v in range(scene.sizes[t.Z_VILLAGES]):
        if any(scene.persons[p, t.PE_VILLAGE] == v and scene.persons[p, t.PE_HAPLOTYPE_A] & 63 == 63
               for p in range(scene.sizes[t.Z_PERSONS])):  # fmt: skip
            ring = {int(scene.villages[v, t.VI_BAY])}
            for _ in range(7):
                near |= ring
                ring = {o for n in ring for o in scene.neighbours(n)}
    return near


def twin(scene: Scene, day: int, knobs: dict[str, int]) -> dict[int, tuple[int, int, Fraction]]:
    """Who turns: name -> (side, the name that won it over, the exact chance); from the description, with fractions."""
    seed = int(scene.knobs[Q_SEED])
    sides = scene.foremen[:, t.F_ALLEGIANCE]
    near = near_carriers(scene)
    growth = 2 ** (int(scene.powers[0, t.PO_ALERT_STEP]) / 4) - 1
    usual = Fraction(100, knobs["struggle_safeguard_percent"])
    usual += Fraction(knobs["struggle_alert_percent"], 100) * Fraction(min(1.0, growth / 4))
    turned = {}
    for n in range(len(sides)):
        row = scene.foremen[n]
        name = int(row[t.F_NAME])
        months = day // MONTH - (name >> 8) % FRONTS
        side = int(sides[n])
        if side == H:
            years, rival, chance, stream = 1, S, Fraction(knobs["infection_link_ppm"], 10**6), c.R_CONTAGION
        else:
            beta = max(usual, Fraction(knobs["struggle_carrier_percent"], 100)) if n in near else usual
            flip = Fraction(knobs["struggle_flip_ppm"], 10**6)
            years, rival, stream = 4, (A if side == S else S), c.R_FLIP
            chance = min(Fraction(1), 2 * flip * (beta if rival == A else 1) / (1 + beta))
        if months % (12 * years) or row[t.F_NODE] or row[t.F_HELD_UNTIL] > day:
            continue
        by = [int(scene.foremen[o, t.F_NAME]) for o in scene.neighbours(n) if sides[o] == rival]
        likely = 1 - (1 - chance) ** (years * len(by))
        if Fraction(int(draw(seed, stream, day, name, 1 << 16)), 2**32) < likely:
            winner = min(by, key=lambda other: (int(draw(seed, stream, day, other, name & 0xFFFF)), other))
            turned[name] = ({S: S, A: A}[rival], winner, likely)
    return turned


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 15), st.integers(0, 3 * FRONTS))
def test_the_struggle_does_what_its_twin_does(seed, step, month):
    random = np.random.default_rng(seed)
    knobs = {
        "infection_link_ppm": int(random.choice([0, 100_000, 700_000])),
        "struggle_flip_ppm": int(random.choice([20_000, 150_000, 1_000_000])),
        "struggle_safeguard_percent": int(random.choice([50, 120, 1000])),
        "struggle_alert_percent": int(random.choice([0, 67, 500])),
        "struggle_carrier_percent": int(random.choice([0, 150, 2000])),
    }
    plots = packed(random, 3)
    names = [int(n) for n in random.integers(1, 2**62, len(plots))]
    if seed % 2:
        names = [(n & ~0xFFFFFF) // 12288 * 12288 + k for k, n in enumerate(names)]  # many in one list
    scene = Scene(plots, names, seed=seed, **knobs).obey(random.choice(list("hhSSSAAANG"), len(plots)))
    scene.settle(4, 256 * int(random.integers(1, 1000)), [63] if seed % 3 else [31])
    scene.powers[0, t.PO_ALERT_STEP] = step
    day = ERA + month * MONTH
    before = scene.sides()
    expected = twin(scene, day, knobs)
    scene.month(day)
    after = scene.sides()
    assert {n: s for n, s in after.items() if s != before[n]} == {n: e[0] for n, e in expected.items()}
    told = {e[t.V_WHO]: (e[t.V_WHOM], e[t.V_CHANCE]) for e in scene.told()}
    assert told.keys() == expected.keys()
    for name, (_, winner, likely) in expected.items():
        assert told[name][0] == winner and abs(Fraction(told[name][1], 10**9) - likely) < Fraction(2, 10**5)


# ---- order, chance, honesty --------------------------------------------------------------------------------------------


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
        for k in range(150):
            scene.month(ERA + k * MONTH)
        told.append((scene.told(), scene.sides(), scene.watched(), scene.powers.tolist()))
    assert told[0] == told[1] and len(told[0][0]) > 50


def z_score(hits: int, trials: int, chance: float) -> float:
    return (hits - trials * chance) / (trials * chance * (1 - chance)) ** 0.5


@pytest.mark.parametrize(("letters", "chance"), [("hhS", 0.1), ("ShS", 0.19), ("SSh", 0.1)])
def test_a_healthy_bay_catches_the_code_with_the_chance_of_its_links(letters, chance):
    trials = 4000
    hits = 0
    scene = row_of(letters)
    start = scene.foremen.copy(), scene.powers.copy(), scene.fronts.copy(), scene.borders.copy()
    who = 1 if letters[1] == "h" else 2
    for seed in range(trials):
        scene.foremen[:], scene.powers[:], scene.fronts[:], scene.borders[:] = start
        scene.sizes[t.Z_EVENTS] = 0
        scene.knobs[Q_SEED] = seed
        scene.month(ERA // (48 * MONTH) * 48 * MONTH)
        hits += int(scene.foremen[who, t.F_ALLEGIANCE] == S)
    assert abs(z_score(hits, trials, chance)) < 4


@pytest.mark.parametrize(("step", "beta"), [(0, 1 / 1.2), (4, 1 / 1.2 + 0.67 / 4), (12, 1 / 1.2 + 0.67)])
def test_bays_are_won_over_at_the_stated_rates(step, beta):
    trials = 4000
    scene = row_of("SASA", struggle_flip_ppm=20_000)
    scene.powers[0, t.PO_ALERT_STEP] = step
    start = scene.foremen.copy(), scene.powers.copy(), scene.fronts.copy(), scene.borders.copy()
    hits = np.zeros(4, int)
    for seed in range(trials):
        scene.foremen[:], scene.powers[:], scene.fronts[:], scene.borders[:] = start
        scene.sizes[t.Z_EVENTS] = 0
        scene.knobs[Q_SEED] = seed
        scene.month(ERA // (48 * MONTH) * 48 * MONTH + 48 * MONTH)
        hits += scene.foremen[:, t.F_ALLEGIANCE] != start[0][:, t.F_ALLEGIANCE]
    for n, links in enumerate((1, 2, 2, 1)):
        rate = 0.04 * (beta if "SASA"[n] == "S" else 1) / (1 + beta)
        assert abs(z_score(int(hits[n]), trials, 1 - (1 - rate) ** (4 * links))) < 4


def test_rates_keep_their_ratio_and_their_mean():
    for flip in (1, 20_000, 400_000):
        for beta in (10_000, 833_333, 1_000_000, 1_503_333, 50_000_000):
            to_authority, to_safeguard = (int(v) for v in law.flip_rates(flip, beta))
            if to_authority < law.PPB:
                assert abs(to_authority + to_safeguard - 2000 * flip) <= 2
                assert abs(to_authority * 10**6 - to_safeguard * beta) <= 10**6 + beta
    assert max(law.flip_rates(1_000_000, 100_000_000)) == law.PPB


def test_the_advantage_grows_with_the_steps_of_the_alert_and_near_carriers():
    knobs = knob_vector(Scenario(seed=1))
    for step in range(16):
        beta = 1 / 1.2 + 0.67 * min(1.0, (2 ** (step / 4) - 1) / 4)
        assert abs(int(law.advantage(knobs, step, 0)) / 1e6 - beta) < 1e-5
        assert int(law.advantage(knobs, step, 1)) == max(int(law.advantage(knobs, step, 0)), 1_500_000)


def test_the_struggle_changes_what_it_declares():
    random = np.random.default_rng(5)
    plots = packed(random)
    scene = Scene(plots, [int(n) for n in random.integers(1, 2**62, len(plots))], struggle_flip_ppm=300_000)
    scene.obey(random.choice(list("hSSAAN"), len(plots)))
    scene.settle(4, 512, [63, 1])
    names = ("foremen", "charters", "persons", "villages", "units", "wanderers", "powers", "shots", "tally")
    before = {name: getattr(scene, name).copy() for name in names}
    for k in range(FRONTS):
        scene.month(ERA + k * MONTH)
    declared = set(law.LAW.writes)
    for name in names:
        changed = before[name] != getattr(scene, name)
        numbers = np.flatnonzero(changed.any(axis=0) if changed.ndim == 2 else changed)
        kind = {**t.TABLES, "tally": t.Tally}[name]
        assert {f"{name}.{columns(kind)[k].name}" for k in numbers} <= declared
    assert scene.sizes[t.Z_EVENTS] > 20
