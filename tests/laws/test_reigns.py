"""Reigns: who joins and leaves, when one falls and what it tells, and what people have of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.tables import MONTH
from megastructure.laws import reigns as law
from megastructure.laws.remnant import keep_village, live_year
from megastructure.society.allegiance import turn
from megastructure.society.reigns import begin_reign, halt, join_reign, leave_reign, reign_of
from megastructure.society.settlement import look_around, mend_services, nearest_ruled_village, new_services
from worlds.sides import ERA, OVERRIDE, SAME, Scene, row_of

YEAR = t.YEAR


def counted(scene: Scene) -> None:
    """Counts are those of the rows, and whoever obeys a reign obeys the Authority and builds nothing."""
    foremen, reigns = scene.table("foremen"), scene.table("reigns")
    ruled = foremen[:, t.Foremen.reign]
    assert (np.bincount(ruled, minlength=len(reigns) + 1)[1:] == reigns[:, t.Reigns.bays]).all()
    assert (reigns[:, t.Reigns.fell] < 0).sum() == scene.powers.reigns
    assert (foremen[:, t.Foremen.halted] > 0).sum() == scene.powers.halted
    assert (foremen[ruled > 0, t.Foremen.allegiance] == c.A_AUTHORITY).all()
    assert (foremen[ruled > 0, t.Foremen.halted] > 0).all()


# ---- pictures ----------------------------------------------------------------------------------------------------------


def test_a_reign_falls_when_less_than_a_third_of_its_height_is_left():
    scene = row_of("AAAAAAAAA")
    r = scene.reign(range(9))
    reign = scene.reigns[r]
    for n in range(6):
        turn(scene, n, c.A_SAFEGUARD, 500 + n, ERA + n)
        law.judge_reigns(scene, ERA + MONTH)
    assert (reign.bays, reign.most, reign.fell) == (3, 9, -1)  # exactly a third still stands
    turn(scene, 6, c.A_SAFEGUARD, 506, ERA + 20 * YEAR)
    law.judge_reigns(scene, ERA + 20 * YEAR + MONTH)
    assert (reign.bays, reign.fell, scene.powers.reigns) == (2, ERA + 20 * YEAR + MONTH, 0)
    (event,) = (e for e in scene.told() if e[t.Events.kind] == c.V_REIGN_FELL)
    assert (event[t.Events.who], event[t.Events.magnitude], event[t.Events.cause]) == (SAME[0], 20, 506)
    assert reign_of(scene, 7) == -1 and scene.foremen[7].reign == 1  # it still obeys the Authority, and no reign
    assert scene.foremen[7].halted > 0 and scene.foremen[0].halted == 0
    counted(scene)
    law.judge_reigns(scene, ERA + 21 * YEAR)
    assert len([e for e in scene.told() if e[t.Events.kind] == c.V_REIGN_FELL]) == 1


def test_its_height_is_the_most_that_obeyed_at_the_end_of_a_month():
    scene = row_of("AAAAAAAAA")
    r = scene.reign(range(3))
    for n in range(3, 9):
        scene.foremen[n].stop_bits = 1
        assert join_reign(scene, n, r, ERA)
    assert scene.reigns[r].most == 3
    law.judge_reigns(scene, ERA + MONTH)
    assert scene.reigns[r].most == 9
    counted(scene)


def test_who_cannot_hear_joins_no_reign_and_who_joins_stops():
    scene = row_of("AAS")
    r = begin_reign(scene, 0, 0, OVERRIDE, ERA)
    scene.foremen[0].stop_bits = 4
    assert join_reign(scene, 0, r, ERA) and not join_reign(scene, 0, r, ERA + 5)
    assert not join_reign(scene, 1, r, ERA)
    assert scene.column("foremen", "halted").tolist() == [ERA, 0, 0] and scene.reigns[r].bays == 1
    halt(scene, 0, ERA + 9)
    assert scene.foremen[0].halted == ERA and scene.powers.halted == 1
    counted(scene)


def test_of_several_losses_of_one_day_the_lowest_name_is_the_cause():
    causes = [40, 10, 30]
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        scene = row_of("AAA")
        r = scene.reign(range(3))
        leave_reign(scene, 0, 5, ERA - 1)  # the day before
        scene.foremen[0].reign = 0
        join_reign(scene, 0, r, ERA)
        for n in order:
            leave_reign(scene, n, causes[n], ERA)
        assert (scene.reigns[r].lost, scene.reigns[r].lost_by, scene.reigns[r].bays) == (ERA, 10, 0)


def test_a_bay_that_is_won_back_wakes_tomorrow_and_no_other_does():
    scene = row_of("AAAh")
    scene.reign(range(2))
    scene.foremen[1].due = -1
    halt(scene, 2, ERA)
    turn(scene, 1, c.A_SAFEGUARD, 9, ERA + 7)
    assert scene.column("foremen", "due").tolist() == [-1, ERA + 8, -1, -1]
    turn(scene, 0, c.A_HEALTHY, 9, ERA + 7)  # healed: it leaves the reign, and nobody tells it to build
    assert scene.foremen[0].halted > 0 and scene.foremen[0].reign == 0
    counted(scene)


# ---- what people have of it --------------------------------------------------------------------------------------------


def test_a_place_feeds_more_under_a_reign_and_its_services_are_mended():
    names = [(48 * n) << 20 for n in range(1, 5)]  # whose bays have services, whatever their share
    scene = row_of("AAAA", names, reign_capacity_percent=200, capacity_base=50, capacity_service=20, capacity_most=80)
    v = scene.settle(1, 512, [0])
    lasts = int(new_services(scene, names[0]))
    assert lasts > 0
    scene.foremen[0].services = 3
    look_around(scene, v, ERA)
    assert scene.villages[v].capacity == 70
    mend_services(scene, v, ERA)
    assert scene.column("foremen", "services").tolist() == [3, 0, 0, 0]  # without a reign nothing is mended
    r = scene.reign(range(3))
    mend_services(scene, v, ERA)
    assert scene.column("foremen", "services").tolist() == [lasts, lasts, lasts, 0]  # the fourth is not of the reign
    mended = [e for e in scene.told() if e[t.Events.kind] == c.V_SERVICE_MENDED]
    assert sorted(e[t.Events.who] for e in mended) == names[1:3] and {e[t.Events.cause] for e in mended} == {OVERRIDE}
    look_around(scene, v, ERA)
    assert scene.villages[v].capacity == 160  # above the most of a place without one
    scene.reigns[r].fell = ERA
    look_around(scene, v, ERA)
    assert scene.villages[v].capacity == 80
    for n in range(3):
        scene.foremen[n].services = 0
    mend_services(scene, v, ERA + 1)
    assert not scene.column("foremen", "services").any()


@pytest.mark.parametrize("ruled", [False, True])
def test_services_are_not_worn_out_under_a_reign(ruled):
    names = [(48 * n) << 20 for n in range(1, 4)]
    scene = row_of("AAA", names, fission_ppm=0, migration_ppm=0)
    v = scene.settle(1, 512, [0] * 8)
    lasts = int(new_services(scene, names[0]))
    scene.foremen[:3, t.Foremen.services] = lasts
    if ruled:
        scene.reign(range(3))
    for month in range(12 * 10):
        keep_village(scene, v, ERA + month * MONTH)
    assert int(scene.column("foremen", "services").sum()) == 3 * lasts - (0 if ruled else 10)


def test_who_moves_goes_to_a_reign_if_one_is_near():
    scene = row_of("AhSAA")
    near, far = scene.settle(1, 512, [0]), scene.settle(4, 1024, [0])
    assert nearest_ruled_village(scene, 0, 8, 7, c.R_MIGRANT, ERA) == -1
    scene.reign([3, 4])
    assert nearest_ruled_village(scene, 0, 8, 7, c.R_MIGRANT, ERA) == far
    assert nearest_ruled_village(scene, 0, 3, 7, c.R_MIGRANT, ERA) == -1
    scene.knobs.migration_ppm, scene.knobs.fission_ppm = 1_000_000, 0
    home = scene.settle(0, 2048, [0] * 30)
    for month in range(12 * 20):
        keep_village(scene, home, ERA + 20 * YEAR + month * MONTH)
    assert scene.villages[far].people > 1 and scene.villages[near].people == 1


def test_everyday_danger_is_less_under_a_reign_at_the_stated_rate():
    deaths = []
    for ruled in (False, True):
        scene = row_of("A", gompertz_a_ppm=0, hunger_ppm=0, birth_ppm=0, death_base_ppm=400_000, reign_danger_percent=25)
        scene.settle(0, 512, [0] * 300)
        if ruled:
            scene.reign([0])
        died = 0
        for k in range(10):
            died += sum(live_year(scene, p, ERA + k * YEAR)[0] == -3 for p in range(300))
        deaths.append(died)
    for found, hazard in zip(deaths, (0.4, 0.1)):
        chance = 1 - np.exp(-hazard)
        assert abs(found - 3000 * chance) < 4.5 * np.sqrt(3000 * chance * (1 - chance)), deaths


# ---- the twin, the order of rows, honesty ------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from("SAJL")), max_size=40), st.integers(0, 7))
def test_counts_are_true_whatever_happens(deeds, deaf):
    """Against a plain set: bays turn to Safeguard, to the Authority, join, or leave; a month passes after each."""
    scene = row_of("AAAAAAAA")
    for n in range(8):
        scene.foremen[n].stop_bits = 0 if n == deaf else 3
    r = begin_reign(scene, 0, 0, OVERRIDE, ERA)
    mine, most, fell = set(), 0, False
    for k, (n, what) in enumerate(deeds):
        day = ERA + k * MONTH
        obeys = scene.foremen[n].allegiance == c.A_AUTHORITY
        if what == "S" and obeys:
            turn(scene, n, c.A_SAFEGUARD, 50 + k, day)
            mine -= {n}
        elif what == "A" and not obeys:
            turn(scene, n, c.A_AUTHORITY, 50 + k, day)
        elif what == "J" and obeys and not fell:
            join_reign(scene, n, r, day)
            mine |= {n} - {deaf}
        elif what == "L":
            leave_reign(scene, n, 50 + k, day)
            mine -= {n}
        law.judge_reigns(scene, day)
        most = max(most, len(mine)) if not fell else most
        fell = fell or 3 * len(mine) < most
        assert {m for m in range(8) if scene.foremen[m].reign} == mine
        assert (scene.reigns[r].most, scene.reigns[r].fell >= 0) == (most, fell)
        counted(scene)


def test_the_order_of_reigns_and_bays_decides_nothing():
    seen = []
    for order in (range(8), range(7, -1, -1)):
        scene = row_of("AAAAAAAA")
        scene.reign([0, 1, 2, 3])
        scene.reign([4, 5, 6, 7])
        for n in order:
            if n not in (0, 4):
                turn(scene, n, c.A_SAFEGUARD, 900 - n, ERA + 5)
        law.judge_reigns(scene, ERA + MONTH)
        seen.append([e for e in scene.told() if e[t.Events.kind] == c.V_REIGN_FELL])
    assert seen[0] == seen[1] and [e[t.Events.cause] for e in seen[0]] == [897, 893]


def test_judging_changes_what_it_declares():
    scene = row_of("AAAA")
    scene.reign(range(4))
    scene.reigns[0].most = 1
    before = scene.kept()
    law.judge_reigns(scene, ERA)
    changed = scene.changed(before)
    for n in range(3):
        leave_reign(scene, n, 9, ERA)
    leave_reign(scene, 3, 9, ERA)
    before = scene.kept()
    law.judge_reigns(scene, ERA + MONTH)
    assert changed | scene.changed(before) | {"events"} == set(law.LAW.writes)
