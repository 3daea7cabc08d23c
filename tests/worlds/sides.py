"""Standing bays by hand, each of one of three sides: healthy, of Safeguard, of the Authority; and people in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.ground.scenario import Scenario, knob_vector
from megastructure.ground.tables import FRONTS, HOMES_MONTH, HOMES_VILLAGE, MONTH
from megastructure.land.lots import take_lots
from megastructure.laws import struggle as law
from megastructure.society import allegiance as rule
from megastructure.words.declare import columns
from megastructure.words.kernel import kernel

A, H, S = c.A_AUTHORITY, c.A_HEALTHY, c.A_SAFEGUARD
LETTERS = {"h": H, "S": S, "A": A, "N": A, "G": S}  # N: a node lives there; G: guards hold it
ERA = 100 * t.YEAR
STRIKE = 4711  # the name of the event by which all bays of a scene obey whom they obey


@kernel(entry=True)
def take(city: City, sectors: int, foreman: int, lx: int, ly: int, lz: int, n: int, m: int) -> int:
    return take_lots(city, sectors, foreman, lx, ly, lz, n, m, 0)


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
        self.powers[0, t.Powers.era_day] = ERA
        self.keys, self.slots = np.zeros(1 << 14, np.int64), np.zeros((1 << 14) + 6 * room, np.int32)
        self.owners = np.zeros((8000, 64), np.int32)
        self.lots: dict[tuple[int, int, int], int] = {}  # who owns each lot, for the twins
        sectors = 0
        for n, ((x, y, z, w, h), name) in enumerate(zip(plots, names)):
            row = self.foremen[n]
            row[[t.Foremen.name, t.Foremen.x, t.Foremen.y, t.Foremen.z, t.Foremen.pitch, t.Foremen.height]] = (
                name,
                16 * x,
                16 * y,
                16 * z,
                16 * w,
                16 * h,
            )
            row[[t.Foremen.phase, t.Foremen.parent, t.Foremen.village, t.Foremen.asked]] = c.P_STANDING, -1, -1, -1
            row[t.Foremen.recognition] = t.HUMAN
            sectors += int(take(self.keys, self.slots, self.owners, sectors, n, x, y, z, w, h)) & 0xFFFFFFFF
            for at in np.ndindex(w, w, h):
                self.lots.setdefault((x + at[0], y + at[1], z + at[2]), n)
        self.sizes[t.Sizes.foremen] = room
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
        """Give each bay its side; if somebody is not healthy, clocks were set on this day."""
        for n, letter in enumerate(letters):
            self.foremen[n, t.Foremen.allegiance] = LETTERS[letter]
            self.foremen[n, t.Foremen.recognition] = t.IMPOSSIBLE if LETTERS[letter] == S else t.HUMAN
            self.foremen[n, t.Foremen.node] = letter == "N"
            self.foremen[n, t.Foremen.held_until] = 10**8 if letter == "G" else 0
            self.foremen[n, t.Foremen.turned_by] = 0 if letter == "h" else STRIKE
        sides = self.foremen[:, t.Foremen.allegiance]
        self.powers[0, [t.Powers.safeguard_bays, t.Powers.authority_bays]] = (sides == S).sum(), (sides == A).sum()
        if (sides != H).any():
            self.powers[0, t.Powers.spread_since] = day
            for n in range(len(sides)):
                self.watch(n, day)
        return self

    def watch(self, n: int, day: int) -> None:
        rule.watch(self, n, day)

    def turn(self, n: int, side: int, event: int, day: int) -> None:
        rule.turn(self, n, side, event, day)

    def settle(self, bay: int, name: int, haplotypes: Iterable[int]) -> int:
        """A village in a bay; residents with these loci. Returns its row."""
        v = int(self.sizes[t.Sizes.villages])
        people = list(haplotypes)
        self.sizes[t.Sizes.villages] += 1
        row = self.villages[v]
        row[[t.Villages.name, t.Villages.bay, t.Villages.people, t.Villages.ended]] = name, bay, len(people), -1
        self.foremen[bay, t.Foremen.village] = v
        self._link(self.estates, HOMES_MONTH + (name >> 8) % MONTH, v, 0)
        for k, loci in enumerate(people):
            p = int(self.sizes[t.Sizes.persons])
            self.sizes[t.Sizes.persons] += 1
            self.persons[p, [t.Persons.name, t.Persons.village, t.Persons.died, t.Persons.infected_day]] = (
                (name + 7919 * k) * 31 + 5,
                v,
                -1,
                -1,
            )
            self.persons[p, [t.Persons.haplotype_a, t.Persons.haplotype_b]] = loci | t.HUMAN, loci | t.HUMAN
            self._link(self.kin, HOMES_VILLAGE + v, p, 0)
            carrier = loci == 63
            self.powers[0, [t.Powers.people, t.Powers.carriers]] += 1, int(carrier)
            row[t.Villages.carriers] += carrier
        self.powers[0, t.Powers.villages] += 1
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
        return {int(row[t.Foremen.name]): int(row[t.Foremen.allegiance]) for row in self.foremen}

    def live(self, years: int, start: int = ERA) -> None:
        for k in range(12 * years):
            self.month(start + k * MONTH)

    def watched(self) -> set[int]:
        """The names of all bays that have a clock."""
        return {int(row[t.Foremen.name]) for row in self.foremen if row[t.Foremen.asked] >= 0}

    def told(self) -> list[tuple[int, ...]]:
        return sorted(tuple(int(v) for v in row) for row in self.events[: self.sizes[t.Sizes.events]])

    def neighbours(self, n: int) -> list[int]:
        """The owners of the lots beyond the middles of the six sides, by the description alone; -1: nobody."""
        x, y, z, w, h = (
            int(self.foremen[n, k]) // 16 for k in (t.Foremen.x, t.Foremen.y, t.Foremen.z, t.Foremen.pitch, t.Foremen.height)
        )
        m = w // 2  # the lot that holds the middle of the plot
        beyond = [(x + w, y + m, z), (x - 1, y + m, z), (x + m, y + w, z), (x + m, y - 1, z), (x + m, y + m, z + h),
                  (x + m, y + m, z - 1)]  # fmt: skip
        return [self.lots.get(at, -1) for at in beyond]

    def check_clocks(self) -> None:
        """Each bay that will be asked is in the list of its month and in no other; links and counts are true."""
        asked = self.foremen[:, t.Foremen.asked]
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
    return "".join("hSA"[side] for side in scene.foremen[:, t.Foremen.allegiance])


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
