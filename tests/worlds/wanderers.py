"""Bays of one size in a box, with villages, units and Wanderers whose decisions are taken one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.ground.rng import lineage
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import HOMES_VILLAGE
from megastructure.laws.gun import defend
from megastructure.laws.wanderer import wander
from megastructure.society.people import add_person, add_village
from megastructure.time.rebuild import rebuild
from megastructure.words.kernel import kernel

PITCH, HEIGHT = 80, 112
YEAR = t.YEAR


@kernel(entry=True)
def one_decision(city: City, w: int, day: int) -> None:
    wander(city, w, day)


@kernel(entry=True)
def one_defence(city: City, v: int, day: int) -> None:
    defend(city, v, day)


@kernel(entry=True)
def found_village(city: City, founder: int, ordinal: int, bay: int, day: int) -> int:
    return add_village(city, founder, ordinal, -1, bay, day)


@kernel(entry=True)
def place_person(city: City, name: int, born: int, female: int, a: int, b: int, village: int) -> int:
    return add_person(city, name, -1, -1, born, female, a, b, village, 0, 0)


class Scene:
    """Bays of one size in a box of nx x ny x nz; `order` shuffles their rows."""

    def __init__(self, nx: int = 3, ny: int = 1, nz: int = 1, order: Any = None, **changes: int) -> None:
        self.scenario = Scenario(works=0, wanderers=1).with_knobs(**changes)
        self.city = City(self.scenario, room=1 << 9)
        city = self.city
        places = [(x, y, z) for z in range(nz) for y in range(ny) for x in range(nx)]
        rows = list(range(len(places))) if order is None else list(order)
        city.charters[0, t.Charters.pitch] = PITCH
        city.charters[0, t.Charters.height] = HEIGHT
        city.charters[0, [t.Charters.decks, t.Charters.shell, t.Charters.ribs]] = 2, 4, 4
        city.charters[0, t.Charters.parent] = -1
        self.bay: dict[tuple[int, int, int], int] = {}
        for place, n in zip(places, rows, strict=True):
            f = city.foremen[n]
            f[t.Foremen.name] = lineage(7, place[0] + 100 * place[1], place[2])
            f[t.Foremen.x], f[t.Foremen.y], f[t.Foremen.z] = place[0] * PITCH, place[1] * PITCH, place[2] * HEIGHT
            f[t.Foremen.pitch], f[t.Foremen.height] = PITCH, HEIGHT
            f[t.Foremen.phase] = c.P_STANDING
            f[[t.Foremen.parent, t.Foremen.due, t.Foremen.village, t.Foremen.searched, t.Foremen.damaged, t.Foremen.asked]] = -1
            f[t.Foremen.recognition] = t.HUMAN
            f[t.Foremen.lots] = 5 * 5 * 7
            city.claims[n] = [0, n, 0, place[0] * 5, place[1] * 5, place[2] * 7, 5, 7, 175]
            self.bay[place] = n
        city.sizes[[t.Sizes.foremen, t.Sizes.claims]] = len(places)
        city.sizes[[t.Sizes.charters, t.Sizes.schools]] = 1
        rebuild(city)
        city.powers[0, t.Powers.era_day] = 0
        self.world = (
            city.foremen, city.charters, city.persons, city.villages, city.units, city.wanderers, city.powers,
            city.events, city.shots,
        )  # fmt: skip
        self.common = (
            city.keys, city.slots, city.owners, self.world, city.plan, city.ring, city.sizes, city.knobs, city.tally,
            city.kin, city.estates, city.homes, city.fronts, city.borders, city.marks, city.reached,
        )  # fmt: skip
        self.day = 10

    def village(self, place: tuple[int, int, int], loci: list[int], ordinal: int = 1, shuffled: Any = None) -> int:
        """A village of adults, one for each mask of loci; `shuffled`: the order in which they are entered."""
        city = self.city
        v = int(found_village(self.world, city.sizes, city.estates, city.homes, 77, ordinal, self.bay[place], 0))
        city.villages[v, t.Villages.capacity] = 100
        for k in range(len(loci)) if shuffled is None else shuffled:
            place_person(self, lineage(1000 + ordinal, 0, k), -30 * YEAR, k & 1, loci[k] | t.HUMAN, t.HUMAN, v)
        return v

    def wanderer(self, place: tuple[int, int, int], mission: int = c.M_REST, **set_: int) -> int:
        """A Wanderer in a bay, due today."""
        city = self.city
        w = int(city.sizes[t.Sizes.wanderers])
        city.sizes[t.Sizes.wanderers] = w + 1
        row = city.wanderers[w]
        row[t.Wanderers.name] = lineage(5, w, 0)
        row[t.Wanderers.bay] = self.bay[place]
        row[t.Wanderers.mission] = mission
        row[[t.Wanderers.due, t.Wanderers.since, t.Wanderers.updated]] = self.day
        row[[t.Wanderers.goal, t.Wanderers.goal_village, t.Wanderers.charge, t.Wanderers.reported, t.Wanderers.advised]] = -1
        row[[t.Wanderers.hits, t.Wanderers.energy]] = 1000
        for name, value in set_.items():
            row[getattr(t, f"WA_{name.upper()}")] = value
        return w

    def raid(self, v: int, units: int, eye: tuple[int, int, int], mass: int = 8, order: Any = None) -> None:
        """Units that attack village v today, entered in this order."""
        city = self.city
        first = int(city.sizes[t.Sizes.units])
        city.sizes[t.Sizes.units] = first + units
        for k in range(units):
            u = first + (k if order is None else int(order[k]))
            city.units[u] = [
                lineage(9, self.day, k), self.bay[eye], v, 4242, 1, mass, self.day - 2, self.day, self.day + 30, -1, c.U_HUNTING
            ]  # fmt: skip
        city.powers[0, t.Powers.hunting] += units
        city.powers[0, t.Powers.mass_taken] += units * mass
        city.powers[0, t.Powers.mass_hunting] += units * mass

    def release(self, *xs: int) -> None:
        """The bays of these places along the first axis are gone, and their lots wild."""
        for x in xs:
            n = self.bay[x, 0, 0]
            self.city.foremen[n, t.Foremen.phase] = c.P_RELEASED
            self.city.claims[self.city.sizes[t.Sizes.claims]] = [1, n, 1, x * 5, 0, 0, 5, 7, 175]
            self.city.sizes[t.Sizes.claims] += 1
        rebuild(self.city)
        self.common = (self.city.keys, self.city.slots, self.city.owners, *self.common[3:])

    def decide(self, w: int = 0) -> None:
        """He takes his decision of the day on which it is due."""
        self.day = int(self.city.wanderers[w, t.Wanderers.due])
        one_decision(*self.common, w, self.day)

    def until(self, mission: int, w: int = 0, most: int = 40) -> None:
        """Decide until he is about this."""
        for _ in range(most):
            if self.wa("mission", w) == mission and self.wa("goal", w) < 0:
                return
            self.decide(w)
        raise AssertionError(f"{most} decisions and not {mission}")

    def defend(self, v: int) -> None:
        one_defence(*self.common, v, self.day)

    def wa(self, column: str, w: int = 0) -> int:
        return int(self.city.wanderers[w, getattr(t, f"WA_{column.upper()}")])

    def told(self, kind: int | None = None) -> list[Any]:
        rows = self.city.table("events")
        return [r for r in rows if kind is None or r[t.Events.kind] == kind]

    def alive(self) -> Any:
        people = self.city.table("persons")
        return people[people[:, t.Persons.died] < 0]

    def check(self) -> None:
        """Counts and lists agree with the tables."""
        city = self.city
        people = city.table("persons")
        alive = people[:, t.Persons.died] < 0
        assert city.powers[0, t.Powers.people] == alive.sum()
        for v in range(int(city.sizes[t.Sizes.villages])):
            listed = set()
            p = int(city.homes[HOMES_VILLAGE + v])
            while p >= 0:
                listed.add(p)
                p = int(city.kin[p, 0])
            lives = set(np.flatnonzero(alive & (people[:, t.Persons.village] == v)).tolist())
            assert listed == lives and len(lives) == city.villages[v, t.Villages.people]
            assert (city.villages[v, t.Villages.ended] < 0) == bool(lives)
        powers = city.powers
        assert powers[t.Powers.mass_taken] == (
            powers[t.Powers.mass_rubble] + powers[t.Powers.mass_returned] + powers[t.Powers.mass_hunting]
        )
        whole = (1 << self.scenario.gene_loci) - 1
        known = alive & (people[:, t.Persons.shown] & whole == whole)
        assert powers[t.Powers.known_carriers] == known.sum()
        units = city.table("units")
        assert powers[t.Powers.hunting] == (units[:, t.Units.fate] == c.U_HUNTING).sum() if len(units) else True
