"""How a history turns out: each milestone on its day, and the label."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.chronicle import event_name
from megastructure.ground.rng import lineage
from megastructure.ground.tables import MONTH
from megastructure.laws import endings as law
from megastructure.society.allegiance import turn
from megastructure.society.reigns import leave_reign
from worlds.sides import ERA, SAME, Scene, row_of

YEAR = t.YEAR
NAME = lineage(7, ERA, 0)


def years(scene: Scene, people: list[int], charged: list[int]) -> None:
    """Write a series with so many people and power charged so far at the end of each year."""
    scene.blank("series", len(people) + 1)
    scene.sizes.series = len(people)
    series = scene.table("series")
    series[:, t.Series.year] = np.arange(1, len(people) + 1)
    series[:, t.Series.people] = people
    series[:, t.Series.charged] = charged


def judge(scene: Scene, day: int) -> list[str]:
    """Judge a day; the kinds of the events that it brought."""
    told = int(scene.sizes.events)
    law.judge(scene, day)
    return [c.EventKind(int(e[t.Events.kind])).name for e in scene.events[told : scene.sizes.events]]


OVERRIDE = ERA + 20 * YEAR + 77
DEED = event_name(OVERRIDE, c.V_OVERRIDE, 3, 4)


def overridden(letters: str = "AAAhS", people: int = 40) -> Scene:
    """A village in each of some bays. Those of the Authority are a reign since an override in the year 121 of the city."""
    scene = row_of(letters)
    for bay in range(len(letters)):
        scene.settle(bay, 256 * (bay + 3), [0] * people)
    scene.powers.overridden, scene.powers.override_event = OVERRIDE, DEED
    scene.reign([bay for bay, letter in enumerate(letters) if letter == "A"], OVERRIDE)
    years(scene, [120] * 300, [0] * 300)
    return scene


def lose(scene: Scene, bay: int) -> None:
    """A bay of the reign is won over by Safeguard."""
    turn(scene, bay, c.A_SAFEGUARD, 77, OVERRIDE)


def live(scene: Scene, start: int, end: int) -> list[tuple[int, str]]:
    """Judge every month of the years from start to end; (month, kind) of what happened."""
    found = []
    for day in range(start * YEAR, end * YEAR, MONTH):
        scene.sizes.series = day // YEAR
        found += [(day, kind) for kind in judge(scene, day)]
    return found


# ---- pictures ----------------------------------------------------------------------------------------------------------


def test_fewer_than_four_are_no_remnant():
    scene = row_of("S")
    years(scene, [0] * 100, [0] * 100)
    scene.powers.people = 4
    assert judge(scene, ERA) == [] and law.ending(scene) == c.Ending.CONTESTED
    scene.powers.people = 3
    assert judge(scene, ERA + 30) == ["EXTINCT"] and scene.powers.extinct == ERA + 30
    assert scene.told()[0][t.Events.who] == NAME and law.ending(scene) == c.Ending.EXTINCT
    scene.powers.people = 2
    assert judge(scene, ERA + 60) == [] and scene.powers.extinct == ERA + 30


def test_before_the_era_nothing_is_judged():
    scene = row_of("S")
    scene.powers.era_day = -1
    years(scene, [300] * 9, [0] * 9)
    assert judge(scene, 9 * YEAR) == []


def test_a_purge_is_a_third_of_two_hundred_or_more_within_fifty_years():
    scene = row_of("S")
    years(scene, [300] * 100 + [200] * 260, [0] * 360)
    scene.powers.people = 201
    assert live(scene, 101, 140) == []
    scene.powers.people = 200
    assert live(scene, 149, 150) == [(149 * YEAR, "PURGE")]
    scene.powers.people = 133
    assert live(scene, 150, 300) == [(249 * YEAR, "PURGE")]  # not again within a hundred years
    assert [e[t.Events.magnitude] for e in scene.told()] == [200, 133]


def test_a_slow_decline_or_a_small_people_is_no_purge():
    scene = row_of("S")
    years(scene, [300] * 100 + [199] * 200, [0] * 300)
    scene.powers.people = 30
    assert live(scene, 150, 300) == []  # the 300 lie more than fifty years back, and 199 are too few


def test_restored_after_ten_years_under_a_reign():
    scene = overridden()
    happened = live(scene, 122, 200)
    assert happened == [(132 * YEAR, "RESTORED")]
    assert (scene.powers.obeyed_since, scene.powers.restored) == (122 * YEAR, 132 * YEAR)
    event = scene.told()[0]
    assert event[t.Events.who] == NAME and event[t.Events.magnitude] == 120
    assert event[t.Events.cause] == DEED
    assert law.ending(scene) == c.Ending.RESTORED


@pytest.mark.parametrize("flaw", ["two villages", "a minority", "few people", "no reign", "it fell", "no override", "no pause"])
def test_what_is_missing_from_a_restored_society(flaw):
    scene = {
        "two villages": lambda: overridden("AA", 60),
        "a minority": lambda: overridden("AAAhSSS"),
        "few people": lambda: overridden(people=33),
    }.get(flaw, overridden)()
    if flaw == "no reign":  # they obey the Authority, won over one by one
        for bay in range(3):
            leave_reign(scene, bay, 77, OVERRIDE)
    if flaw == "it fell":
        scene.reigns[0].fell = OVERRIDE + 9
    if flaw == "no override":
        scene.powers.overridden = -1
    if flaw == "no pause":
        happened = []
        for start in range(121, 200, 9):
            scene.reigns[0].fell = -1
            happened += live(scene, start, start + 8)
            scene.reigns[0].fell = start * YEAR  # nobody lives under a reign, for a year
            happened += live(scene, start + 8, start + 9)
    else:
        happened = live(scene, 121, 200)
    assert happened == [] and scene.powers.restored == -1


@pytest.mark.parametrize(("lost", "relapses"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_relapse_is_less_than_a_third(lost, relapses):
    """Of five villages three live under the reign at first; two are enough to go on, one is not."""
    scene = overridden()
    live(scene, 121, 140)
    for bay in range(lost):
        lose(scene, bay)
    happened = live(scene, 140, 200)
    assert happened == ([(140 * YEAR, "RELAPSE")] if relapses else [])
    assert law.ending(scene) == c.Ending.RESTORED
    if relapses:
        event = next(e for e in scene.told() if e[t.Events.kind] == c.V_RELAPSE)
        assert event[t.Events.magnitude] == (140 * YEAR - scene.powers.restored) // YEAR
        assert event[t.Events.cause] == event_name(scene.powers.restored, c.V_RESTORED, NAME, 0)


def test_exactly_a_third_is_no_relapse():
    scene = overridden("AAAhSS", 40)
    live(scene, 121, 140)
    lose(scene, 0)
    assert live(scene, 140, 160) == []
    lose(scene, 1)
    assert live(scene, 160, 180) == [(160 * YEAR, "RELAPSE")]


def test_exactly_what_is_asked_is_enough():
    # Three of six villages obey, a hundred people in them: half of the villages, and not one person more than needed.
    scene = overridden("AAAhSS", 30)
    for bay in range(3):
        v = int(scene.foremen[bay].village)
        scene.villages[v].people = 33 + (bay == 0)
    assert live(scene, 122, 200) == [(132 * YEAR, "RESTORED")]
    assert [e[t.Events.magnitude] for e in scene.told()] == [100]
    scene = overridden("AAAhSS", 30)
    for bay in range(3):
        scene.villages[int(scene.foremen[bay].village)].people = 33
    assert live(scene, 122, 200) == []


@pytest.mark.parametrize("restored", [-1, 9])
@pytest.mark.parametrize("extinct", [-1, 8])
@pytest.mark.parametrize("locked", [-1, 7])
def test_the_label(restored, extinct, locked):
    scene = row_of("S")
    scene.powers.restored, scene.powers.extinct, scene.powers.locked = restored, extinct, locked
    label = "RESTORED" if restored > 0 else "EXTINCT" if extinct > 0 else "LOCKED" if locked > 0 else "CONTESTED"
    assert c.Ending(int(law.ending(scene))).name == label


# ---- the twin, the order of rows, honesty ------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_villages_decides_nothing(seed):
    random = np.random.default_rng(seed)
    sides = random.choice(list("hSA"), 12)
    people = random.integers(1, 20, 12)
    seen = []
    for order in (np.arange(12), random.permutation(12)):
        scene = row_of("".join(sides), SAME)
        for bay in order:
            scene.settle(int(bay), 256 * (int(bay) % 5 + 3) + int(bay), [0] * int(people[bay]))
        if (sides == "A").any():
            scene.reign(np.flatnonzero(sides == "A").tolist())
        seen.append(tuple(int(n) for n in law.society(scene)))
    assert seen[0] == seen[1] == (12, int((sides == "A").sum()), int(people[sides == "A"].sum()))


def test_judging_changes_what_it_declares():
    scene = overridden()
    scene.series[:, t.Series.people] = 200
    scene.powers.people = 3
    before = scene.kept()
    live(scene, 121, 140)
    scene.reigns[0].fell = before["reigns"][0, t.Reigns.fell] = 140 * YEAR
    live(scene, 140, 150)
    assert scene.changed(before) | {"events"} == set(law.LAW.writes)
