"""A small city by hand for the laws of people: a lattice of standing bays, without compiling the whole engine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.rng import lineage
from megastructure.ground.scenario import Scenario, knob_vector
from megastructure.ground.tables import HOMES_VILLAGE
from megastructure.land.lots import take_lots
from megastructure.laws.remnant import DIES_OF_AGE, DIES_OF_HUNGER, live_year
from megastructure.society.allegiance import empty_fronts
from megastructure.society.people import add_person, add_village, kill_person
from megastructure.words.declare import Gene, columns

PITCH, HEIGHT = 80, 112
REGISTERS = ("foremen", "charters", "persons", "villages", "units", "wanderers", "powers", "events", "shots")
KINDS = (t.Foremen, t.Charters, t.Persons, t.Villages, t.Units, t.Wanderers, t.Powers, t.Events, t.Shots)


class Lattice(SimpleNamespace):
    """The arguments of every law of people, by name; `common` in their order. Bay (i, j, k) has the serial `at[i, j, k]`."""

    @property
    def world(self) -> tuple[np.ndarray, ...]:
        return tuple(getattr(self, name) for name in REGISTERS)

    @property
    def common(self) -> tuple[Any, ...]:
        return (
            self.keys, self.slots, self.owners, self.world, self.plan, self.ring, self.sizes, self.knobs, self.tally, self.kin,
            self.estates, self.homes, self.fronts, self.borders, self.marks, self.reached,
        )  # fmt: skip

    def rows(self, name: str) -> np.ndarray:
        """The rows in use of a register."""
        n = {"foremen": t.Sizes.foremen, "persons": t.Sizes.persons, "villages": t.Sizes.villages, "events": t.Sizes.events}[
            name
        ]
        return getattr(self, name)[: self.sizes[n]]

    def told(self, kind: int) -> np.ndarray:
        """The events of a kind."""
        events = self.rows("events")
        return events[events[:, t.Events.kind] == kind]

    def village(self, bay: int, people: int = 0, name: int = 0, day: int = 0, age: int = 20, **more: int) -> int:
        """A village with so many people of one age, men and women by turns; `more`: columns of persons."""
        founder = name or int(self.foremen[bay, t.Foremen.name])
        v = int(add_village(self, founder, 1000, -1, bay, day))
        self.villages[v, t.Villages.capacity] = 80
        for i in range(people):
            self.person(
                v, lineage(int(self.villages[v, t.Villages.name]), day, i), female=i & 1, born=day - age * t.YEAR, **more
            )
        return v

    def person(
        self, v: int, name: int, female: int = 0, born: int = 0, a: int = t.HUMAN, b: int = t.HUMAN, infected: int = -1
    ) -> int:
        p = add_person(self, name, -1, -1, born, female, a, b, v, 0, 0)
        self.persons[p, t.Persons.infected_day] = infected
        return int(p)


def a_year(w: Lattice, p: int, day: int) -> int:
    """The day of the year of person p, as the order of a day has it: returns the father of a child that is born now, or -1."""
    brings, chance = live_year(w, p, day)
    if brings in (DIES_OF_AGE, DIES_OF_HUNGER):
        reason = c.D_AGE if brings == DIES_OF_AGE else c.D_HUNGER
        kill_person(w, p, day, reason, 0, 0, chance)
    return max(-1, int(brings))


def lattice(nx: int, ny: int, nz: int, room: int = 1 << 13, shuffle: int = 0, **knobs: int) -> Lattice:
    """A city of nx x ny x nz standing bays. `shuffle`: the bays stand in the table in another order, with the same names."""
    scenario = Scenario().with_knobs(works=0, **knobs)
    bays = nx * ny * nz
    w = Lattice(knobs=knob_vector(scenario), at=np.zeros((nx, ny, nz), int))
    for name, kind in zip(REGISTERS, KINDS, strict=True):
        length = {"foremen": bays + 1, "charters": 1, "wanderers": 8, "powers": 1, "shots": 64}.get(name, room)
        setattr(w, name, np.zeros((length, len(columns(kind))), np.int64))
    w.keys, w.slots = np.zeros(1 << 13, np.int64), np.zeros(1 << 13, np.int32)
    w.owners = np.zeros((1 << 12, 64), np.int32)
    w.plan, w.ring = np.zeros((1, len(columns(t.Plan))), np.int32), np.zeros(t.RING, np.int32)
    w.sizes, w.tally = np.zeros(len(columns(t.Sizes)), np.int64), np.zeros(len(columns(t.Tally)), np.int64)
    w.kin, w.estates = np.full((room, 4), -1, np.int32), np.full((room, 2), -1, np.int32)
    w.homes, w.fronts = np.full(HOMES_VILLAGE + room, -1, np.int32), empty_fronts()
    w.borders = np.full((bays + 1, 2), -1, np.int32)
    w.marks, w.reached = np.zeros(bays + 2, np.int64), np.zeros((bays + 1 + room, 3), np.int64)
    never = (
        "era_day", "struck", "override_since", "overridden", "obeyed_since", "restored", "extinct", "locked", "spread_since",
    )  # fmt: skip
    w.powers[0, [col.number for col in columns(t.Powers) if col.name in never]] = -1
    for col in columns(t.Charters):
        if isinstance(col.col, Gene):
            w.charters[0, col.number] = col.col.founder
    order = np.random.default_rng(shuffle).permutation(bays) if shuffle else np.arange(bays)
    for serial, cell in enumerate(order):
        i, j, k = (int(n) for n in np.unravel_index(cell, (nx, ny, nz)))
        w.at[i, j, k] = serial
        bay = w.foremen[serial]
        bay[t.Foremen.name] = lineage(77, int(cell), 3)
        bay[[t.Foremen.x, t.Foremen.y, t.Foremen.z]] = i * PITCH, j * PITCH, k * HEIGHT
        bay[[t.Foremen.pitch, t.Foremen.height]] = PITCH, HEIGHT
        bay[[t.Foremen.site, t.Foremen.phase, t.Foremen.village, t.Foremen.parent]] = c.S_BAY, c.P_STANDING, -1, -1
        bay[t.Foremen.asked] = -1
        made = take_lots(
            w, w.sizes[t.Sizes.sectors], serial, i * PITCH >> 4, j * PITCH >> 4, k * HEIGHT >> 4, PITCH >> 4, HEIGHT >> 4, 0
        )
        w.sizes[t.Sizes.sectors] += made & 0xFFFFFFFF
    w.sizes[t.Sizes.foremen] = bays
    return w


def check_people(w: Lattice) -> None:
    """What must be true of every world: counts, lists and the tables agree."""
    persons, villages, powers = w.rows("persons"), w.rows("villages"), w.powers[0]
    alive = persons[:, t.Persons.died] < 0
    standing = villages[:, t.Villages.ended] < 0
    assert powers[t.Powers.people] == alive.sum() and powers[t.Powers.villages] == standing.sum()
    home = np.bincount(persons[alive, t.Persons.village], minlength=len(villages))
    assert (home == villages[:, t.Villages.people]).all() and (villages[~standing, t.Villages.people] == 0).all()
    for v in range(len(villages)):
        listed = []
        p = int(w.homes[HOMES_VILLAGE + v])
        while p >= 0:
            listed.append(p)
            p = int(w.kin[p, 0])
        assert sorted(listed) == np.flatnonzero(alive & (persons[:, t.Persons.village] == v)).tolist()
    bays = w.rows("foremen")[:, t.Foremen.village]
    assert sorted(bays[bays >= 0]) == np.flatnonzero(standing).tolist()
    assert (bays[villages[standing, t.Villages.bay]] == np.flatnonzero(standing)).all()
    shown = persons[alive, t.Persons.haplotype_a] | persons[alive, t.Persons.haplotype_b]
    assert [(shown >> locus & 1).sum() for locus in range(6)] == powers[t.Powers.locus0 : t.Powers.locus0 + 6].tolist()
    names = persons[:, t.Persons.name]
    assert len(set(names)) == len(names) and len(set(villages[:, t.Villages.name])) == len(villages)
    events = w.rows("events")
    assert len(set(map(tuple, events[:, [t.Events.day, t.Events.kind, t.Events.who, t.Events.whom]]))) == len(events)


def by_name(w: Lattice, name: str) -> list[tuple[int, ...]]:
    """The rows of a register in order of name, with names in the place of serials."""
    rows = w.rows(name).copy()
    for col in columns(KINDS[REGISTERS.index(name)]):
        if col.col.refers in REGISTERS:
            known = rows[:, col.number] >= 0
            rows[known, col.number] = getattr(w, col.col.refers)[rows[known, col.number], 0]
    return sorted(map(tuple, rows.tolist()))
