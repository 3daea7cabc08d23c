"""Bays of one size in a box, with villages, units and Wanderers whose decisions are taken one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground.city import City
from megastructure.ground.rng import lineage
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import HOMES_VILLAGE, HUMAN, YEAR, Events, Foremen, Persons, Units, Wanderers
from megastructure.laws.gun import defend
from megastructure.laws.wanderer import wander
from megastructure.society.graph import neighbour
from megastructure.society.people import add_person, add_village
from megastructure.time.rebuild import rebuild

PITCH, HEIGHT = 80, 112
LOTS = 5 * 5 * 7  # of a bay


class Scene:
    """Bays of one size in a box of nx x ny x nz; `order` shuffles their rows."""

    def __init__(self, nx: int = 3, ny: int = 1, nz: int = 1, order: Any = None, **changes: int) -> None:
        self.scenario = Scenario(works=0, wanderers=1).with_knobs(**changes)
        self.city = City(self.scenario, room=1 << 9)
        self.day = 10
        self.bay: dict[tuple[int, int, int], int] = {}
        city = self.city
        charter = city.charters[0]
        charter.pitch, charter.height, charter.parent = PITCH, HEIGHT, -1
        charter.decks, charter.shell, charter.ribs = 2, 4, 4
        places = [(x, y, z) for z in range(nz) for y in range(ny) for x in range(nx)]
        rows = range(len(places)) if order is None else order
        for (x, y, z), n in zip(places, rows, strict=True):
            bay = city.foremen[n]
            bay.name = lineage(7, x + 100 * y, z)
            bay.corner[:] = x * PITCH, y * PITCH, z * HEIGHT
            bay.pitch, bay.height = PITCH, HEIGHT
            bay.phase = c.P_STANDING
            bay.parent = bay.due = bay.village = bay.searched = bay.damaged = bay.asked = -1
            bay.recognition = HUMAN
            bay.lots = LOTS
            city.claims[n, :] = 0, n, 0, x * 5, y * 5, z * 7, 5, 7, LOTS
            self.bay[x, y, z] = n
        city.sizes.foremen = city.sizes.claims = len(places)
        city.sizes.charters = city.sizes.schools = 1
        city.powers.era_day = 0
        rebuild(city)

    # ---- who is there --------------------------------------------------------------------------------------------------

    def village(self, place: tuple[int, int, int], loci: list[int], ordinal: int = 1, shuffled: Any = None) -> int:
        """A village of adults, one for each mask of loci; `shuffled`: the order in which they are entered."""
        v = int(add_village(self.city, 77, ordinal, -1, self.bay[place], 0))
        self.city.villages[v].capacity = 100
        for k in range(len(loci)) if shuffled is None else shuffled:
            name = lineage(1000 + ordinal, 0, k)
            add_person(self.city, name, -1, -1, -30 * YEAR, k & 1, loci[k] | HUMAN, HUMAN, v, 0, 0)
        return v

    def wanderer(self, place: tuple[int, int, int], mission: int = c.M_REST, **columns: int) -> int:
        """A Wanderer in a bay, due today."""
        w = int(self.city.sizes.wanderers)
        self.city.sizes.wanderers += 1
        he = self.city.wanderers[w]
        he.name = lineage(5, w, 0)
        he.bay, he.mission = self.bay[place], mission
        he.due = he.since = he.updated = self.day
        he.goal = he.goal_village = he.charge = he.reported = he.advised = he.step = he.detour = he.seen = he.order_bay = (
            he.order_village
        ) = -1
        he.hits = he.energy = 1000
        for name, value in columns.items():
            setattr(he, name, value)
        return w

    def raid(self, v: int, units: int, eye: tuple[int, int, int], mass: int = 8, order: Any = None) -> None:
        """Units that attack village v today, entered in this order."""
        city = self.city
        first = int(city.sizes.units)
        city.sizes.units += units
        for k in range(units):
            unit = city.units[first + (k if order is None else int(order[k]))]
            unit.name = lineage(9, self.day, k)
            unit.bay, unit.village, unit.raid = self.bay[eye], v, 4242
            unit.hunts, unit.goal = -1, city.villages[v].bay
            unit.level, unit.mass = 1, mass
            unit.made, unit.arrives, unit.leash_until = self.day - 2, self.day, self.day + 30
            unit.ended, unit.fate = -1, c.U_HUNTING
        city.powers.hunting += units
        city.powers.mass_taken += units * mass
        city.powers.mass_hunting += units * mass

    # ---- what happens --------------------------------------------------------------------------------------------------

    def release(self, *xs: int) -> None:
        """The bays of these places along the first axis are gone, and their lots wild."""
        city = self.city
        for x in xs:
            n = self.bay[x, 0, 0]
            city.foremen[n].phase = c.P_RELEASED
            city.claims[city.sizes.claims, :] = 1, n, 1, x * 5, 0, 0, 5, 7, LOTS
            city.sizes.claims += 1
        rebuild(city)

    def decide(self, w: int = 0) -> None:
        """He takes his decision of the day on which it is due."""
        self.day = int(self.city.wanderers[w].due)
        wander(self.city, w, self.day)

    def walk(self, w: int = 0, most: int = 200) -> None:
        """Decide until he has arrived, or is about something else."""
        mission = self.city.wanderers[w].mission
        for _ in range(most):
            self.decide(w)
            he = self.city.wanderers[w]
            if he.step < 0 or he.mission != mission:
                return
        raise AssertionError(f"{most} hops and not there")

    def until_not(self, mission: int, most: int = 60) -> None:
        """Decide until he is about something else."""
        while self.he.mission == mission:
            self.decide()
            most -= 1
            assert most > 0, "he goes on and on"

    def until(self, mission: int, most: int = 40) -> None:
        """Decide until he is about this."""
        for _ in range(most):
            if self.he.mission == mission and self.he.goal < 0:
                return
            self.decide()
        raise AssertionError(f"{most} decisions and not {mission}")

    def defend(self, v: int) -> None:
        """He fires at those who attack village v today."""
        defend(self.city, v, self.day)

    # ---- what is seen --------------------------------------------------------------------------------------------------

    @property
    def he(self) -> Wanderers:
        """The first Wanderer."""
        return self.city.wanderers[0]

    def at(self, x: int, y: int, z: int) -> Foremen:
        """The bay of a place."""
        return self.city.foremen[self.bay[x, y, z]]

    def beside(self, n: int) -> list[int]:
        """The neighbours of a bay."""
        seen = [int(neighbour(self.city, n, side)) for side in range(6)]
        return [o for o in seen if o >= 0]

    def told(self, kind: int | None = None) -> list[Events]:
        """The events of a kind, or all."""
        events = [self.city.events[k] for k in range(self.city.sizes.events)]
        return [event for event in events if kind is None or event.kind == kind]

    def check(self) -> None:
        """Counts and lists agree with the tables."""
        city, powers = self.city, self.city.powers
        people, units = city.table("persons"), city.table("units")
        alive = people[:, Persons.died] < 0
        assert powers.people == alive.sum()
        for v in range(city.sizes.villages):
            listed = set()
            p = int(city.homes[HOMES_VILLAGE + v])
            while p >= 0:
                listed.add(p)
                p = int(city.kin[p, 0])
            lives = set(np.flatnonzero(alive & (people[:, Persons.village] == v)).tolist())
            village = city.villages[v]
            assert listed == lives and len(lives) == village.people
            assert (village.ended < 0) == bool(lives)
        assert powers.mass_taken == powers.mass_rubble + powers.mass_returned + powers.mass_hunting
        whole = (1 << self.scenario.gene_loci) - 1
        known = alive & (people[:, Persons.shown] & whole == whole)
        assert powers.known_carriers == known.sum()
        assert powers.hunting == (units[:, Units.fate] == c.U_HUNTING).sum()
