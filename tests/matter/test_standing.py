"""Where somebody stands: on a floor, in the open, alone in their cell, and where the chronicle says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground.codes import DOOR, SLAB, WALL, EventKind
from megastructure.ground.tables import TABLES
from megastructure.matter.standing import NOWHERE, Whereabouts, bay_box, figures, footholds, standing
from worlds.rows import rows

V = EventKind


class Room:
    """A floor of SLAB at z = 0 with walls and doors drawn on it, three cells high."""

    def __init__(self, plan):
        self.plan = plan

    def materialise(self, box, day):
        (x0, x1), (y0, y1), (z0, z1) = box
        cells = np.zeros((z1 - z0, y1 - y0, x1 - x0), np.uint8)
        for z, y, x in np.ndindex(cells.shape):
            row, column = y + y0, x + x0
            if not (0 <= row < len(self.plan) and 0 <= column < len(self.plan[0])):
                continue
            sign = self.plan[row][column]
            if z + z0 == 0 and sign != " ":
                cells[z, y, x] = SLAB
            if 0 < z + z0 < 4:
                cells[z, y, x] = {"#": WALL, "o": DOOR}.get(sign, 0)
        return cells


ROOM = Room(["....#...", "....o...", "..  #...", "....#..."])
BOX = ((0, 8), (0, 4), (0, 8))
OPEN = {(x, y, 1) for y, line in enumerate(ROOM.plan) for x, sign in enumerate(line) if sign == "."}
ROOFS = {(x, y, 4) for y, line in enumerate(ROOM.plan) for x, sign in enumerate(line) if sign == "#"}


def test_one_stands_on_floors_and_roofs_and_nowhere_else():
    assert set(map(tuple, footholds(ROOM, BOX, 0).tolist())) == OPEN | ROOFS


names = st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=40, unique=True)


@settings(max_examples=60, deadline=None)
@given(names, st.randoms())
def test_everybody_has_a_cell_whatever_the_order(known, dice):
    places = standing(ROOM, BOX, 0, np.array(known))
    placed = [tuple(p) for p in places.tolist() if p[0] != NOWHERE]
    assert len(placed) == len(set(placed)) == min(len(known), len(OPEN | ROOFS))
    assert set(placed) <= OPEN | ROOFS
    shuffled = dice.sample(range(len(known)), len(known))
    again = standing(ROOM, BOX, 0, np.array(known)[shuffled])
    assert np.array_equal(again, places[shuffled])


def test_somebody_stays_when_another_part_of_the_room_is_built_over():
    plan = [line.replace("...", "..#", 1) for line in ROOM.plan]
    known = np.arange(1, 4) * 7919**4
    before = standing(ROOM, BOX, 0, known).tolist()
    after = standing(Room(plan), BOX, 0, known).tolist()
    kept = [a == b for a, b in zip(before, after, strict=True) if plan[b[1]][b[0]] == "."]
    assert kept and all(kept)


def test_they_keep_to_the_huts():
    wide = Room(["." * 120] * 120)
    hut = np.array([[[100, 100, 1], [5, 5, 4]]])
    places = standing(wide, ((0, 120), (0, 120), (0, 8)), 0, np.arange(1, 9), hut)
    assert np.abs(places[:, :2] - 102).max() < 25


def made_tables(events):
    """Two bays and three villages: 0 in bay 0 until day 50; 1 in bay 1; 2, a daughter of 1, in bay 0 from day 80."""
    foremen = rows("foremen", 2, name=[71, 72], x=[0, 100], pitch=[48, 48], height=[64, 64])
    villages = rows(
        "villages", 3, name=[11, 12, 13], parent=[-1, -1, 1], bay=[0, 1, 0], founded=[10, 10, 80], ended=[50, -1, -1]
    )
    persons = rows("persons", 3, name=[21, 22, 23], born=[-900, 30, 20], died=[-1, -1, 90], village=[2, 1, 1])
    units = rows("units", 1, name=31, bay=0, village=1, hunts=-1, goal=1, made=60, arrives=64, ended=70)
    wanderers = rows("wanderers", 1, name=41, bay=1)
    known = {"foremen": foremen, "villages": villages, "persons": persons, "units": units, "wanderers": wanderers}
    log = np.zeros((len(events), 9), np.int64)
    log[:, :5] = events
    known["events"] = log
    return lambda name: known.get(name, np.zeros((0, len(TABLES[name].column_names)), np.int64))


EVENTS = [
    (20, V.PERSON_BORN, 23, 21, 71),
    (30, V.PERSON_BORN, 22, 21, 71),
    (50, V.FLIGHT, 11, 12, 72),
    (55, V.WANDERER_CAME, 41, 0, 71),
    (57, V.RUMOUR, 12, 41, 72),
    (85, V.PERSON_DIED, 29, 41, 72),
]


@pytest.mark.parametrize(
    ("day", "homes"),
    [
        (40, {1: 0, 2: 0}),  # born in village 0
        (60, {0: 1, 1: 1, 2: 1}),  # fled from it to village 1
        (84, {0: 2, 1: 1, 2: 1}),  # the first left with its daughter
        (95, {0: 2, 1: 1}),  # the third is dead
    ],
)
def test_a_life_is_followed_through_births_flights_and_foundings(day, homes):
    known = Whereabouts(made_tables(EVENTS), 100)
    people, where = known.people(day)
    found = dict(zip(people.tolist(), where.tolist(), strict=True))
    assert {p: v for p, v in found.items() if p in homes} == homes
    assert set(found) - set(homes) <= {0}  # nobody knows where the first was before


def test_units_and_the_wanderer_are_where_they_were_last():
    known = Whereabouts(made_tables(EVENTS), 100)
    assert [known.units(d)[1].tolist() for d in (59, 60, 63, 64, 69, 70)] == [[], [0], [0], [1], [1], []]
    assert [known.wanderers(d)[1].tolist() for d in (54, 55, 57, 84, 85, 100)] == [[], [0], [0], [0], [1], [1]]


class Floor:
    """A floor everywhere."""

    def materialise(self, box, day):
        (x0, x1), (y0, y1), (z0, z1) = box
        cells = np.zeros((z1 - z0, y1 - y0, x1 - x0), np.uint8)
        if z0 <= 4 < z1:
            cells[4 - z0] = SLAB
        return cells


def test_figures_are_those_within_reach():
    table = made_tables(EVENTS)
    found = figures(table, Floor(), 100, 64, (120, 24, 5), 40)
    assert [(f.what, f.serial) for f in found] == [("person", 0), ("person", 1), ("person", 2), ("unit", 0)]
    assert all(100 <= f.x < 148 and 0 <= f.y < 48 and f.z == 5 for f in found)
    assert [f.what for f in figures(table, Floor(), 100, 64, (-80, 24, 5), 100)] == ["wanderer"]
    assert bay_box(table("foremen")[1]) == ((100, 148), (0, 48), (0, 64))
