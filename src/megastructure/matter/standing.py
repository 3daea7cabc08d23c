"""Where people, units and the Wanderer stand on a day: cells that one could stand on, never inside matter.

The laws know bays, not cells: a history says in which bay somebody is, and no more. Which cell of the bay is *shown* is
decided here and decides nothing: floor below, two free cells above it, near the huts of the bay, one body a cell. Everybody
weighs every cell by a hash of their name and takes the heaviest that is left, so somebody stays where they are as long as the
cell stands, whoever else comes and goes.

What is exact and what is not, for the bay:

* a village: exact on every day; it never leaves its bay
* somebody: exact on the last day and since their last birth, migration or gathering that the chronicle names. Whoever left
  with a daughter village or fled is followed through the founding and the flight; where a flight joins a village that
  stood already and nothing names the person, the village they came from is a guess
* a unit: in the bay of the eye until it arrives, from then on at the village; exact, but for the way between
* the Wanderer: exact on days of events that happen where he is; between them he is shown where he was last
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import (
    K_DWELLING,
    K_UNBUILDING,
    SUPPORTING,
    V_ADVICE,
    V_FLIGHT,
    V_GATHERED,
    V_MIGRATION,
    V_PERSON_BORN,
    V_RUMOUR,
    V_VILLAGE_FORGOTTEN,
    V_WANDERER_CAME,
)
from ..ground.tables import Events, Foremen, Persons, Units, Villages, Wanderers, Works

Ints = NDArray[np.int64]
Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
Table = Callable[[str], NDArray[Any]]  # a table by its name: `City.table`, or that of whoever has read a run

ROOM = 1024  # cells among which somebody chooses; more when there are more than an eighth as many names
NOWHERE = -(1 << 30)  # the coordinates of those for whom there is no cell left


class Matter(Protocol):
    """What a ledger answers."""

    def materialise(self, box: Box, day: int) -> NDArray[np.uint8]:
        """All cells of a box at the end of a day, as [z, y, x]."""


class Figure(NamedTuple):
    """Somebody who stands somewhere. The cell is that of the feet."""

    what: str  # person, unit, wanderer
    name: int
    serial: int  # in the table persons, units or wanderers
    x: int
    y: int
    z: int


def bay_box(foreman: NDArray[Any]) -> Box:
    """The box of a bay, from the row of its foreman: cells, ends not included."""
    x, y, z, pitch, height = (int(foreman[c]) for c in (Foremen.x, Foremen.y, Foremen.z, Foremen.pitch, Foremen.height))
    return (x, x + pitch), (y, y + pitch), (z, z + height)


def footholds(ledger: Matter, box: Box, day: int) -> Ints:
    """All cells (n, 3) of a box that one can stand in: a floor below, this cell and the next above it free."""
    across, along, (bottom, top) = box
    cells = ledger.materialise((across, along, (bottom - 1, top + 1)), day)
    floor = (SUPPORTING >> np.arange(32) & 1).astype(bool)
    z, y, x = np.nonzero(floor[cells[:-2]] & (cells[1:-1] == 0) & (cells[2:] == 0))
    return np.stack([x + across[0], y + along[0], z + bottom], axis=1).astype(np.int64)


def standing(ledger: Matter, box: Box, day: int, names: Ints, near: Ints | None = None) -> Ints:
    """Where the bearers of `names` (n,) stand in a box on a day: cells (n, 3), no two the same.

    near     (k, 2, 3) boxes (corner, size) that they keep close to, such as huts; None: the middle of the floor
    returns  rows of `NOWHERE` for those for whom there is no room
    """
    names = np.asarray(names, np.int64)
    places = np.full((len(names), 3), NOWHERE, np.int64)
    free = footholds(ledger, box, day) if len(names) else places
    if not len(free) or not len(names):
        return places
    if near is None or not len(near):
        (x0, x1), (y0, y1), (z0, _) = box
        near = np.array([[[(x0 + x1) // 2, (y0 + y1) // 2, z0 + 8], [1, 1, 1]]])
    away = np.full(len(free), 1 << 30)
    for corner, size in near.astype(np.int64):
        gap = np.maximum(np.maximum(corner - free, free - (corner + size - 1)), 0)
        away = np.minimum(away, (gap * np.array([1, 1, 3])).sum(axis=1))
    room = max(ROOM, 8 * len(names))
    free = free[np.lexsort((free[:, 0], free[:, 1], free[:, 2], away))[:room]]
    cell = _mixed(_mixed(_mixed(free[:, 0]) ^ free[:, 1].astype(np.uint64)) ^ free[:, 2].astype(np.uint64))
    taken = np.zeros(len(free), bool)
    for i in np.argsort(names, kind="stable")[: len(free)]:
        weight = _mixed(cell ^ _mixed(names[i : i + 1]))
        weight[taken] = 0
        best = int(np.argmax(weight))
        taken[best] = True
        places[i] = free[best]
    return places


def _mixed(value: NDArray[Any]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit depends on every bit; never 0 for a weight."""
    v = value.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    v = (v ^ (v >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    v = (v ^ (v >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = (v ^ (v >> np.uint64(31))) | np.uint64(1)
    return mixed


def _dwellings(works: NDArray[Any], day: int) -> NDArray[Any]:
    """The huts that have not been unbuilt by a day."""
    unbuilds = (works[:, Works.kind] == K_UNBUILDING) & (works[:, Works.start] <= day) & (works[:, Works.target] > 0)
    stands = works[:, Works.kind] == K_DWELLING
    stands[works[unbuilds, Works.target] - 1] = False
    return works[stands]


def huts(works: NDArray[Any], bay: int, day: int) -> Ints:
    """The huts (k, 2, 3: corner, size) begun in a bay by a day. `works` holds all works, or those of `dwellings`."""
    if not len(works):
        return np.zeros((0, 2, 3), np.int64)
    mine = works[(works[:, Works.foreman] == bay) & (works[:, Works.kind] == K_DWELLING) & (works[:, Works.start] <= day)]
    return np.stack([mine[:, Works.corner], mine[:, Works.size]], axis=1).astype(np.int64)


# ---- which bay --------------------------------------------------------------------------------------------------------


class Whereabouts:
    """In which bay everybody is on a day. `last` is the last day lived: on it the tables themselves tell."""

    def __init__(self, table: Table, last: int) -> None:
        self.table = table
        self.last = last

    def villages(self, day: int) -> Ints:
        """Serials of the villages that stand at the end of a day."""
        rows = self.table("villages")
        return np.flatnonzero(
            (rows[:, Villages.founded] <= day) & ((rows[:, Villages.ended] < 0) | (rows[:, Villages.ended] > day))
        )

    def people(self, day: int) -> tuple[Ints, Ints]:
        """Serials of those alive at the end of a day, and the villages they live in."""
        rows = self.table("persons")
        alive = np.flatnonzero((rows[:, Persons.born] <= day) & ((rows[:, Persons.died] < 0) | (rows[:, Persons.died] > day)))
        alive = alive if len(self.villages(day)) else alive[:0]
        homes = rows[alive, Persons.village].astype(np.int64)
        if day < self.last and len(alive):
            homes = np.array([self._home(int(p), int(v), day) for p, v in zip(alive, homes, strict=True)], np.int64)
        stands = np.isin(homes, self.villages(day))
        return alive[stands], homes[stands]

    def units(self, day: int) -> tuple[Ints, Ints]:
        """Serials of the units that hunt at the end of a day, and their bays."""
        rows = self.table("units")
        hunts = np.flatnonzero((rows[:, Units.made] <= day) & ((rows[:, Units.ended] < 0) | (rows[:, Units.ended] > day)))
        rows = rows[hunts]
        return hunts, np.where(rows[:, Units.arrives] <= day, rows[:, Units.goal], rows[:, Units.bay]).astype(np.int64)

    def wanderers(self, day: int) -> tuple[Ints, Ints]:
        """Serials of the wanderers who have come by the end of a day, and their bays."""
        rows = self.table("wanderers")
        if day >= self.last or not len(rows):
            return np.arange(len(rows)), rows[:, Wanderers.bay].astype(np.int64)
        events = self.table("events")
        events = events[(events[:, Events.day] <= day) & (events[:, Events.place] != 0)]
        events = events[~np.isin(events[:, Events.kind], (V_RUMOUR, V_VILLAGE_FORGOTTEN, V_ADVICE))]
        found, bays = [], []
        for serial, name in enumerate(rows[:, Wanderers.name]):
            seen = np.flatnonzero((events[:, Events.who] == name) | (events[:, Events.whom] == name))
            came = seen[events[seen, Events.kind] == V_WANDERER_CAME]
            bay = self._bay_named.get(int(events[seen[-1], Events.place]), -1) if len(came) else -1
            if bay >= 0:
                found.append(serial)
                bays.append(bay)
        return np.array(found, np.int64), np.array(bays, np.int64)

    # What the chronicle tells of people, gathered once.

    @property
    def _bay_named(self) -> dict[int, int]:
        if not hasattr(self, "_bays"):
            self._bays = {int(name): serial for serial, name in enumerate(self.table("foremen")[:, Foremen.name])}
        return self._bays

    @property
    def _moves(self) -> dict[int, list[tuple[int, int, int]]]:
        """Of everybody the chronicle names: (day, village left or -1, village reached), in order of time."""
        if hasattr(self, "_known_moves"):
            return self._known_moves
        villages = self.table("villages")
        named = {int(name): serial for serial, name in enumerate(villages[:, Villages.name])}
        in_bay: dict[int, list[int]] = {}
        for serial, bay in enumerate(villages[:, Villages.bay]):
            in_bay.setdefault(int(bay), []).append(serial)

        def there(place: int, day: int) -> int:
            """The village of a bay on a day."""
            for v in in_bay.get(self._bay_named.get(place, -1), []):
                if villages[v, Villages.founded] <= day and (
                    villages[v, Villages.ended] < 0 or villages[v, Villages.ended] >= day
                ):
                    return v
            return -1

        self._known_moves: dict[int, list[tuple[int, int, int]]] = {}
        self._flights: dict[int, tuple[int, int]] = {}
        events = self.table("events")
        told = np.isin(events[:, Events.kind], (V_PERSON_BORN, V_MIGRATION, V_GATHERED, V_FLIGHT))
        for event in events[told].tolist():
            day, kind, who, whom, place = (event[c] for c in (Events.day, Events.kind, Events.who, Events.whom, Events.place))
            if kind == V_FLIGHT:
                if who in named and whom in named:
                    self._flights[named[who]] = (day, named[whom])
                continue
            left = there(place, day) if kind == V_MIGRATION else -1
            reached = there(place, day) if kind == V_PERSON_BORN else named.get(whom, -1)
            self._known_moves.setdefault(who, []).append((day, left, reached))
        return self._known_moves

    def _home(self, person: int, at_last: int, day: int) -> int:
        """The village of somebody on a day of the past."""
        villages = self.table("villages")
        moves = self._moves.get(int(self.table("persons")[person, Persons.name]), [])
        before = [reached for moved, _, reached in moves if moved <= day and reached >= 0]
        after = [left for moved, left, _ in moves if moved > day]
        # From what is known later, back through the villages that were founded in between.
        home = after[0] if after and after[0] >= 0 else at_last
        back = set()
        while home >= 0 and villages[home, Villages.founded] > day and home not in back:
            back.add(home)
            home = int(villages[home, Villages.parent])
        if not before:
            return home
        # From what is known before, on through the flights of whole villages.
        then = before[-1]
        seen = set()
        while then in self._flights and self._flights[then][0] <= day and then not in seen:
            seen.add(then)
            then = self._flights[then][1]
        # A daughter village that was founded meanwhile?
        line = home
        steps = 0
        while line >= 0 and line != then and steps < len(villages):
            line = int(villages[line, Villages.parent])
            steps += 1
        return home if line == then else then


def figures(table: Table, ledger: Matter, last: int, day: int, middle: tuple[int, int, int], reach: int) -> list[Figure]:
    """Everybody who stands at the end of `day` in bays nearer than `reach` cells to `middle`, in order of (what, serial).

    table   rows of a table by its name; `last` is the last day that they tell of
    """
    foremen = table("foremen")
    known = Whereabouts(table, last)
    villages = table("villages")
    people, homes = known.people(day)
    found: list[tuple[int, str, int, int]] = []  # bay, what, serial, name
    groups = (
        ("person", "persons", Persons.name, people, villages[homes, Villages.bay].astype(np.int64) if len(homes) else homes),
        ("unit", "units", Units.name, *known.units(day)),
        ("wanderer", "wanderers", Wanderers.name, *known.wanderers(day)),
    )
    for what, rows, column, serials, bays in groups:
        low = np.stack([foremen[bays, c] for c in (Foremen.x, Foremen.y, Foremen.z)], axis=1).reshape(-1, 3)
        size = np.stack([foremen[bays, c] for c in (Foremen.pitch, Foremen.pitch, Foremen.height)], axis=1).reshape(-1, 3)
        gap = np.maximum(np.maximum(low - np.array(middle), np.array(middle) - low - size), 0)
        for i in np.flatnonzero(np.square(gap.astype(np.int64)).sum(axis=1) < reach * reach):
            found.append((int(bays[i]), what, int(serials[i]), int(table(rows)[serials[i], column])))
    placed = []
    works = table("works")
    dwellings = _dwellings(works, day) if found else works[:0]  # one look at all works, not one a bay
    for bay in sorted({row[0] for row in found}):
        here = [row for row in found if row[0] == bay]
        names = np.array([name for _, _, _, name in here], np.int64)
        cells = standing(ledger, bay_box(foremen[bay]), day, names, huts(dwellings, bay, day))
        for (_, what, serial, name), cell in zip(here, cells.tolist(), strict=True):
            if cell[0] != NOWHERE:
                placed.append(Figure(what, name, serial, cell[0], cell[1], cell[2]))
    return sorted(placed)
