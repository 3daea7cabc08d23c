"""A small city by hand for the laws of people: a lattice of standing bays, without compiling the whole engine."""

from __future__ import annotations

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.ground.rng import lineage
from megastructure.ground.scenario import Scenario
from megastructure.land.lots import take_lots
from megastructure.laws.remnant import DIES_OF_AGE, DIES_OF_HUNGER, live_year
from megastructure.society.people import add_person, add_village, kill_person
from megastructure.words.declare import Gene, columns

PITCH, HEIGHT = 80, 112


class Lattice(City):
    """A city of bays side by side and above each other; bay (i, j, k) has the serial `at[i, j, k]`."""

    at: np.ndarray

    def told(self, kind: int) -> list[t.Events]:
        """The events of a kind."""
        return [t.Events(row) for row in self.table("events") if row[t.Events.kind] == kind]

    def standing(self) -> list[int]:
        """The villages that have not ended."""
        return [int(v) for v in np.flatnonzero(self.table("villages")[:, t.Villages.ended] < 0)]

    def living(self) -> list[int]:
        """The persons who are alive."""
        return [int(p) for p in np.flatnonzero(self.table("persons")[:, t.Persons.died] < 0)]

    def village(self, bay: int, people: int = 0, day: int = 0, age: int = 20) -> int:
        """A village with so many people of one age, men and women by turns. Returns its serial."""
        v = int(add_village(self, self.foremen[bay].name, 1000, -1, bay, day))
        self.villages[v].capacity = 80
        for i in range(people):
            self.person(v, lineage(self.villages[v].name, day, i), female=i & 1, born=day - age * t.YEAR)
        return v

    def person(
        self, v: int, name: int, female: int = 0, born: int = 0, a: int = t.HUMAN, b: int = t.HUMAN, infected: int = -1
    ) -> int:
        """A person in village v, whose parents nobody knows. Returns the serial."""
        p = int(add_person(self, name, -1, -1, born, female, a, b, v, 0, 0))
        self.persons[p].infected_day = infected
        return p


def a_year(w: Lattice, p: int, day: int) -> int:
    """The day of the year of person p, as the order of a day has it: returns the father of a child that is born now, or -1."""
    brings, chance = live_year(w, p, day)
    if brings in (DIES_OF_AGE, DIES_OF_HUNGER):
        reason = c.D_AGE if brings == DIES_OF_AGE else c.D_HUNGER
        kill_person(w, p, day, reason, 0, 0, chance)
    return max(-1, int(brings))


def lattice(nx: int, ny: int, nz: int, room: int = 1 << 13, shuffle: int = 0, **knobs: int) -> Lattice:
    """A city of nx x ny x nz standing bays. `shuffle`: the bays stand in the table in another order, with the same names."""
    w = Lattice(Scenario(**{"works": 0, **knobs}), room)
    w.at = np.zeros((nx, ny, nz), int)
    for column in columns(t.Charters):
        if isinstance(column.col, Gene):
            w.charters[0].words[column.number] = column.col.founder
    order = np.random.default_rng(shuffle).permutation(w.at.size) if shuffle else np.arange(w.at.size)
    for serial, cell in enumerate(order):
        i, j, k = (int(n) for n in np.unravel_index(cell, w.at.shape))
        w.at[i, j, k] = serial
        bay = w.foremen[serial]
        bay.name = lineage(77, int(cell), 3)
        bay.corner = i * PITCH, j * PITCH, k * HEIGHT
        bay.pitch, bay.height = PITCH, HEIGHT
        bay.site, bay.phase = c.S_BAY, c.P_STANDING
        bay.village = bay.parent = bay.asked = -1
        lot = (i * PITCH >> 4, j * PITCH >> 4, k * HEIGHT >> 4)
        take_lots(w, serial, *lot, PITCH >> 4, HEIGHT >> 4, 0)
    w.sizes.foremen, w.sizes.charters = w.at.size, 1
    return w


def check_people(w: Lattice) -> None:
    """What must be true of every world: counts, lists and the tables agree."""
    persons, villages = w.table("persons"), w.table("villages")
    alive = persons[:, t.Persons.died] < 0
    standing = villages[:, t.Villages.ended] < 0
    assert w.powers.people == alive.sum() and w.powers.villages == standing.sum()
    home = np.bincount(persons[alive, t.Persons.village], minlength=len(villages))
    assert (home == villages[:, t.Villages.people]).all() and (villages[~standing, t.Villages.people] == 0).all()
    for v in range(len(villages)):
        listed = []
        p = int(w.homes[t.HOMES_VILLAGE + v])
        while p >= 0:
            listed.append(p)
            p = int(w.kin[p, 0])
        assert sorted(listed) == np.flatnonzero(alive & (persons[:, t.Persons.village] == v)).tolist()
    bays = w.table("foremen")[:, t.Foremen.village]
    assert sorted(bays[bays >= 0]) == np.flatnonzero(standing).tolist()
    assert (bays[villages[standing, t.Villages.bay]] == np.flatnonzero(standing)).all()
    shown = persons[alive, t.Persons.haplotype_a] | persons[alive, t.Persons.haplotype_b]
    assert [(shown >> locus & 1).sum() for locus in range(6)] == w.powers.loci.tolist()
    names = persons[:, t.Persons.name]
    assert len(set(names)) == len(names) and len(set(villages[:, t.Villages.name])) == len(villages)
    events = w.table("events")
    assert len(set(map(tuple, events[:, [t.Events.day, t.Events.kind, t.Events.who, t.Events.whom]]))) == len(events)


def by_name(w: Lattice, name: str) -> list[tuple[int, ...]]:
    """The rows of a register in order of name, with names in the place of serials."""
    rows = w.table(name).copy()
    for column in columns(t.TABLES[name]):
        if column.col.refers:
            known = rows[:, column.number] >= 0
            rows[known, column.number] = w.array(column.col.refers)[rows[known, column.number], 0]
    return sorted(map(tuple, rows.tolist()))


def changes(before: dict[str, np.ndarray], w: Lattice) -> set[str]:
    """What has changed since the tables were as in `before`: `persons` if it has new rows, `persons.died` if old ones did."""
    changed = set()
    for name, old in before.items():
        rows = w.table(name)
        moved = (rows[: len(old)] != old).any(axis=0)
        changed |= {f"{name}.{column.name}" for column in columns(t.TABLES[name]) if moved[column.number]}
        if len(rows) > len(old):
            changed.add(name)
    return changed
