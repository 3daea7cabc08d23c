"""A stage for one law: standing bays on a lattice, by hand, with all that a law is handed, and nothing else happening."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..codes import P_STANDING, S_BAY
from ..lots import take_lots
from ..people import add_person, add_village
from ..rng import lineage
from ..scenario import Q_SEED, Scenario
from ..state import City
from ..tables import (
    F_ASKED,
    F_CHARTER,
    F_HEIGHT,
    F_NAME,
    F_PHASE,
    F_PITCH,
    F_RECOGNITION,
    F_SITE,
    F_VILLAGE,
    F_X,
    F_Y,
    F_Z,
    HUMAN,
    LOT,
    PO_ERA_DAY,
    VI_CAPACITY,
    Z_EVENTS,
    Z_FOREMEN,
    Z_PERSONS,
    Z_SECTORS,
)

SECTOR = 4 * LOT  # cells along the edge of a sector of the table of owners


class Stage:
    """A city of nx x ny x nz standing bays, all of one size, that is never lived: laws are called on it one by one."""

    def __init__(
        self, scenario: Scenario, bays: tuple[int, int, int] = (1, 1, 1), pitch: int = 80, height: int = 112, room: int = 256
    ) -> None:
        nx, ny, nz = bays
        number = nx * ny * nz
        sectors = (nx * pitch // SECTOR + 1) * (ny * pitch // SECTOR + 1) * (nz * height // SECTOR + 1)
        self.city = City(scenario, max(room, number + 1, sectors))
        self.seed = scenario.seed
        city = self.city
        place = np.arange(number)
        rows = city.foremen[:number]
        rows[:, F_X] = place // (ny * nz) * pitch
        rows[:, F_Y] = place // nz % ny * pitch
        rows[:, F_Z] = place % nz * height
        rows[:, [F_PITCH, F_HEIGHT]] = pitch, height
        rows[:, [F_SITE, F_PHASE, F_VILLAGE, F_CHARTER, F_ASKED, F_RECOGNITION]] = S_BAY, P_STANDING, -1, 0, -1, HUMAN
        city.sizes[Z_FOREMEN] = number
        city.powers[0, PO_ERA_DAY] = 0
        for n in range(number):
            rows[n, F_NAME] = lineage(77, n, 3)
            made = take_lots(
                city.keys, city.slots, city.owners, city.sizes[Z_SECTORS], n, rows[n, F_X] // LOT, rows[n, F_Y] // LOT,
                rows[n, F_Z] // LOT, pitch // LOT, height // LOT, 0,
            )  # fmt: skip
            city.sizes[Z_SECTORS] += made & 0xFFFFFFFF

    @property
    def knobs(self) -> NDArray[np.int64]:
        """The vector of knobs that laws read."""
        return self.city.knobs

    @property
    def common(self) -> tuple[Any, ...]:
        """The arguments of every law of people and powers, in their order."""
        c = self.city
        world = (c.foremen, c.charters, c.persons, c.villages, c.units, c.wanderers, c.powers, c.events, c.shots)
        return (
            c.keys, c.slots, c.owners, world, c.plan, c.ring, c.sizes, c.knobs, c.tally, c.kin, c.estates, c.homes, c.fronts,
            c.borders, c.marks, c.reached,
        )  # fmt: skip

    def village(self, bay: int, people: int, capacity: int) -> int:
        """A village of so many men, born on day 0, in a bay."""
        c = self.city
        world = self.common[3]
        v = int(add_village(world, c.sizes, c.estates, c.homes, int(c.foremen[bay, F_NAME]), 0, -1, bay, 0))
        c.villages[v, VI_CAPACITY] = capacity
        for i in range(people):
            add_person(world, c.sizes, c.knobs, c.kin, c.homes, lineage(v + 5, i, 2), -1, -1, 0, 0, HUMAN, HUMAN, v, 0, 0)
        c.sizes[Z_EVENTS] = 0
        return v

    def reseed(self, trial: int) -> None:
        """Other dice for another trial."""
        self.city.knobs[Q_SEED] = int(lineage(self.seed, trial, 4)) >> 1

    @property
    def persons(self) -> NDArray[np.int64]:
        """The rows of people in use."""
        rows: NDArray[np.int64] = self.city.persons[: self.city.sizes[Z_PERSONS]]
        return rows


__all__ = ["Stage"]
