"""Whoever lives where builders come: warned, driven out, crushed; in any order of rows, as often as the law says."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.chronicle import event_name
from megastructure.ground.city import City
from megastructure.ground.rng import draws, lineage
from megastructure.ground.scenario import Scenario
from megastructure.laws.eviction import CRUSHED_PPM, DRIVEN, LAW, STUBBORN_PPM, WARNED_DAYS, drive_out, evict, see_builders
from megastructure.laws.office import begin_entry, enter, place_entry, release
from megastructure.matter.fold import cell_at
from megastructure.society.plans import begin_work, place_work, write_plan
from megastructure.time.genesis import found
from megastructure.time.years import advance
from worlds.copies import as_it_was
from worlds.lattice import Lattice, by_name, changes, check_people, lattice

TODAY = 90_000
SEED = 3  # the village is stubborn, and those who leave look for a bay of their own


def built_over(w: Lattice, bay: int, day: int = TODAY) -> None:
    """The foreman of a bay begins its second epoch."""
    w.foremen[bay].phase, w.foremen[bay].epoch, w.foremen[bay].plan_day = c.P_BUILDING, 1, day


def torn_down(w: Lattice, bay: int, day: int = TODAY) -> None:
    """The foreman of a bay has died, and its demolition begins."""
    w.foremen[bay].phase, w.foremen[bay].updated, w.foremen[bay].plan_done = c.P_DEMOLISHING, day, day + 1000


# ---- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refound", [True, False])
def test_a_village_moves_with_its_stores_and_some_stay(refound):
    w = lattice(5, 1, 1, seed=SEED)
    v = w.village(w.at[0, 0, 0], 100)
    other = w.village(w.at[4, 0, 0], 5)
    if not refound:
        w.foremen[1:4, t.Foremen.site] = c.S_HALL  # there is no bay to be found
    w.villages[v].store, w.villages[v].arms = 4000, 20
    built_over(w, w.at[0, 0, 0])
    evict(w, TODAY)
    check_people(w)
    (driven,) = w.told(c.V_DRIVEN_OUT)
    to = w.villages[2] if refound else w.villages[other]
    left = to.people - (0 if refound else 5)
    dead = w.told(c.V_PERSON_DIED)
    assert 50 < left < 100 and len(dead) == w.powers.deaths_crushed == 100 - left - w.villages[v].people
    assert w.villages[v].people > len(dead) > 0
    assert (driven.who, driven.whom, driven.magnitude) == (w.villages[v].name, to.name, 100)
    assert driven.cause == event_name(TODAY, c.V_RENOVATION, w.foremen[w.at[0, 0, 0]].name, 0)
    assert {event.cause for event in dead} == {driven.name} and {event.magnitude for event in dead} == {c.D_CRUSHED}
    assert (to.store, to.arms) == (40 * left, 20 * left // 100)
    assert w.villages[v].store == 4000 - 40 * left
    if refound:
        (founded,) = w.told(c.V_VILLAGE_FOUNDED)
        assert founded.cause == driven.name and to.name == lineage(w.villages[v].name, TODAY, DRIVEN)


def test_bays_that_are_released_on_the_same_day_are_not_forgotten():
    w = lattice(5, 1, 1, seed=SEED)
    w.village(w.at[0, 0, 0], 100)
    w.rank[:2] = 3, 4  # what time/bays.py has written down of today
    built_over(w, w.at[0, 0, 0])
    evict(w, TODAY)
    assert w.told(c.V_DRIVEN_OUT) and w.rank[:2].tolist() == [3, 4]


def test_who_has_nowhere_to_go_stays():
    w = lattice(1, 1, 1, seed=SEED)
    v = w.village(0, 60)
    built_over(w, 0)
    evict(w, TODAY)
    (driven,) = w.told(c.V_DRIVEN_OUT)
    assert driven.whom == 0 and w.powers.deaths_crushed == 60 - w.villages[v].people > 5
    assert w.villages[v].people > 20


def test_where_all_is_torn_down_nobody_stays():
    for bays, ends in ((3, "moved"), (1, "exposed")):
        w = lattice(bays, 1, 1, seed=SEED)
        v = w.village(w.at[0, 0, 0], 60)
        torn_down(w, w.at[0, 0, 0])
        evict(w, TODAY)
        (driven,) = w.told(c.V_DRIVEN_OUT)
        assert driven.cause == event_name(TODAY, c.V_BAY_DIED, w.foremen[w.at[0, 0, 0]].name, 0)
        assert w.villages[v].people == 0 and w.villages[v].ended == TODAY
        assert w.powers.people == (60 if ends == "moved" else 0)
        assert w.powers.deaths_exposed == (0 if ends == "moved" else 60) and w.powers.deaths_crushed == 0
        check_people(w)


def test_nobody_is_driven_out_where_nobody_builds():
    w = lattice(3, 1, 1)
    w.village(w.at[0, 0, 0], 60)
    w.foremen[w.at[0, 0, 0]].plan_day = TODAY  # the plan of a first epoch
    built_over(w, w.at[1, 0, 0])  # next door
    evict(w, TODAY)
    evict(w, TODAY + 1)
    assert not w.told(c.V_DRIVEN_OUT)


def test_builders_are_seen_once_half_a_year_before():
    w = lattice(1, 1, 1)
    v = w.village(0, 20)
    genes, bay = w.charters[0], w.foremen[0]
    due = genes.renovation * w.knobs.renovation_unit_days
    bay.energy = 10**6
    bay.death = 10**9
    for day in range(due % 30, due + 60, 30):
        see_builders(w, v, day)
    (seen,) = w.told(c.V_BUILDERS_NEAR)
    assert WARNED_DAYS - 30 < seen.magnitude <= WARNED_DAYS and seen.day + seen.magnitude == due
    assert (seen.who, seen.whom) == (w.villages[v].name, bay.name)
    # In debt it waits for its power; told to stop, for ever; and whoever dies before is torn down first.
    for column, value, expected in (("energy", -1, 0), ("halted", 5, 0), ("death", due - 1000, 1)):
        w = lattice(1, 1, 1)
        v = w.village(0, 20)
        w.foremen[0].energy, w.foremen[0].death, w.foremen[0].due = 10**6, 10**9, due + 10**6
        setattr(w.foremen[0], column, value)
        for day in range(0, due + 60, 30):
            see_builders(w, v, day)
        assert len(w.told(c.V_BUILDERS_NEAR)) == expected, column


def test_the_huts_of_those_who_are_driven_out_are_unbuilt():
    """On a floor with two huts: after the clearing neither stands, a block beside them does, and no hut is unbuilt twice."""
    w = lattice(1, 1, 1, works=1)
    for kind, x, y, z, sx, sy, sz in (
        (c.K_MASS, 10, 10, 7, 60, 60, 1), (c.K_MASS, 50, 50, 8, 4, 4, 4), (c.K_DWELLING, 20, 20, 8, 5, 6, 4),
        (c.K_DWELLING, 31, 40, 8, 7, 5, 5),
    ):  # fmt: skip
        begin_entry(w, 0, 5, kind)
        place_entry(w, x, y, z, sx, sy, sz)
        w.works[w.sizes.works].a = c.SLAB if kind == c.K_MASS else 0
        w.works[w.sizes.works].duration = 3
        assert enter(w, c.CLIP_OWN)

    def standing(day: int) -> list[int]:
        return [cell_at(w, x, y, z, day) for x, y, z in ((20, 20, 8), (31, 40, 9), (50, 50, 9), (20, 20, 7))]

    def clear(day: int) -> bool:
        begin_work(w, 0, day, c.E_CLEARING, c.K_UNBUILDING)
        place_work(w, 0, 0, 8, 80, 80, 8)
        w.draft.duration = 1
        write_plan(w)
        return bool(release(w, w.sizes.plan))

    assert clear(100) and w.sizes.works == 6
    assert standing(99) == [c.HABITAT, c.HABITAT, c.SLAB, c.SLAB]
    assert standing(110) == [0, 0, c.SLAB, c.SLAB]
    assert not clear(200) and w.sizes.works == 6


# ---- a twin, and any order of rows -----------------------------------------------------------------------------------


def test_who_stays_and_who_is_crushed_as_a_plain_twin_says():
    for seed in range(20):
        w = lattice(3, 1, 1, seed=seed)
        v = w.village(w.at[1, 0, 0], 50)
        w.village(w.at[2, 0, 0], 1)
        led = w.persons[7]
        led.led_by = 0
        built_over(w, w.at[1, 0, 0])
        share = draws(seed, c.R_EVICTION, TODAY, w.villages[v].name, 0)[0] / 2**32 * STUBBORN_PPM / 1e6
        drive_out(w, v, TODAY)
        for p in range(50):
            stubborn, unlucky, _, _ = draws(seed, c.R_EVICTION, TODAY, w.persons[p].name, 1)
            stays = p != 7 and stubborn / 2**32 < share
            crushed = stays and unlucky / 2**32 < CRUSHED_PPM / 1e6
            assert (w.persons[p].village == v) == stays and (w.persons[p].died == TODAY) == crushed


def driven(shuffle: int) -> Lattice:
    """Four villages; two bays are built over, one is torn down, on one day; two bays are free, so who is first decides."""
    w = lattice(4, 4, 1, shuffle=shuffle, seed=8)
    w.foremen[: w.sizes.foremen, t.Foremen.site] = c.S_HALL
    for free in ((0, 1), (2, 0)):
        w.foremen[w.at[(*free, 0)]].site = c.S_BAY
    cells = [(0, 0), (1, 0), (3, 3), (2, 1)]
    turns = np.random.default_rng(shuffle).permutation(4) if shuffle else range(4)
    homes = {cells[int(n)]: w.village(int(w.at[(*cells[int(n)], 0)])) for n in turns}
    everybody = [(cell, i) for cell in cells for i in range(30)]
    for turn in np.random.default_rng(shuffle).permutation(len(everybody)) if shuffle else range(len(everybody)):
        cell, i = everybody[int(turn)]
        w.person(homes[cell], lineage(w.villages[homes[cell]].name, 0, i), i & 1)
    built_over(w, w.at[0, 0, 0])
    built_over(w, w.at[2, 1, 0])
    torn_down(w, w.at[1, 0, 0])
    evict(w, TODAY)
    check_people(w)
    return w


def test_the_order_of_rows_decides_nothing():
    first, *others = (driven(shuffle) for shuffle in range(6))
    assert len(first.told(c.V_DRIVEN_OUT)) == 3
    for other in others:
        for name in ("persons", "villages", "foremen"):
            assert by_name(first, name) == by_name(other, name)
        assert sorted(first.table("events").tolist()) == sorted(other.table("events").tolist())
        assert (first.powers.words == other.powers.words).all()


# ---- as often as the law says ----------------------------------------------------------------------------------------


def test_as_many_stay_and_are_crushed_as_the_law_says():
    """A fifth of the people on average, uniform among villages up to two fifths; of them three in ten die."""
    stayed, dead, villages, people = [], 0, 300, 60
    for seed in range(villages):
        w = lattice(2, 1, 1, room=256, seed=seed)
        w.village(w.at[1, 0, 0], 1)  # there is somewhere to go to
        v = w.village(w.at[0, 0, 0], people)
        built_over(w, w.at[0, 0, 0])
        drive_out(w, v, TODAY)
        dead += int(w.powers.deaths_crushed)
        stayed.append(int(w.villages[v].people + w.powers.deaths_crushed) / people)
    most = STUBBORN_PPM / 1e6
    mean, spread = most / 2, sqrt(most**2 / 12 + (most / 2 - most**2 / 3) / people)
    assert abs(np.mean(stayed) - mean) < 4 * spread / sqrt(villages)
    assert abs(np.std(stayed) / spread - 1) < 0.2
    number, p = sum(stayed) * people, CRUSHED_PPM / 1e6
    assert abs(dead - number * p) < 4 * sqrt(number * p * (1 - p))


# ---- honesty, and the switch -----------------------------------------------------------------------------------------


def test_the_law_changes_only_what_it_declares():
    w = lattice(4, 1, 1, seed=8)
    for cell in (0, 2):
        w.village(w.at[cell, 0, 0], 40)
    w.persons[3].haplotype_a |= 63
    built_over(w, w.at[0, 0, 0])
    torn_down(w, w.at[2, 0, 0])
    before = as_it_was(w)
    see_builders(w, 0, TODAY)
    evict(w, TODAY)
    changed = changes(before, w)
    assert changed <= set(LAW.writes), changed - set(LAW.writes)
    assert len(changed) > 10


OLD = Scenario.load("quick").with_knobs(
    works=0,
    seed=2,
    era_year=200,
    strike_lead_years=20,
    prologue_percent=1500,
    renovation_unit_days=10,
    authority=0,
    villages=12,
)  # fmt: skip


@pytest.mark.parametrize("on", [1, 0])
def test_with_the_switch_off_nobody_is_driven_out(on):
    city: City = found(OLD.with_knobs(driven_out=on))
    advance(city, 300 * t.YEAR)
    kinds = city.column("events", "kind").tolist()
    assert kinds.count(c.V_RENOVATION) > 50
    assert (kinds.count(c.V_DRIVEN_OUT) > 0) == (kinds.count(c.V_BUILDERS_NEAR) > 0) == (city.powers.deaths_crushed > 0) == on
    events = city.table("events")
    named = {int(row[t.Events.name]): int(row[t.Events.kind]) for row in events}
    for row in events[events[:, t.Events.kind] == c.V_DRIVEN_OUT]:
        assert named[int(row[t.Events.cause])] in (c.V_RENOVATION, c.V_BAY_DIED)
    for row in events[events[:, t.Events.kind] == c.V_BUILDERS_NEAR]:
        assert named[int(row[t.Events.cause])] in (c.V_RENOVATION, c.V_BAY_BORN, c.V_FOUNDING)
