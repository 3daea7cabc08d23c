"""What people take from the city: power, matter, the sight of its eyes. Nothing comes from nowhere, nothing is lost."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.ground.digest import law_digest
from megastructure.ground.rng import draws
from megastructure.ground.scenario import Scenario
from megastructure.laws.safeguard import nearest_eye
from megastructure.laws.salvage import (
    BLIND_LEAST,
    BLIND_SPREAD,
    LAW,
    SEEN_PPM,
    break_conduits,
    break_out,
    eye_within_reach,
    need_percent,
    quarry,
    take_from_city,
    tap,
)
from megastructure.matter.ledger import Ledger
from megastructure.society.energy import energy_on, income, take_power
from megastructure.society.eyes import has_eye, working_eye
from megastructure.society.graph import within
from megastructure.society.settlement import feeds, look_around
from megastructure.time.genesis import found
from megastructure.time.years import advance
from worlds.copies import as_it_was
from worlds.lattice import Lattice, by_name, changes, lattice

TODAY = 90_000
ALL = 63


def with_income(*size: int, **knobs: int) -> Lattice:
    """A lattice on a day on which bays earn, each with some power."""
    w = lattice(*size, **knobs)
    w.today.growth_income, w.today.tower_income = 230, 14
    w.foremen[:, t.Foremen.lots] = 175
    w.foremen[: w.sizes.foremen, t.Foremen.updated] = TODAY - 100
    return w


# ---- power -----------------------------------------------------------------------------------------------------------


def test_a_village_taps_its_bay_and_where_there_is_nothing_it_lives_in_the_dark():
    w = with_income(1, 1, 1, village_tap=8)
    v = w.village(0, 50)
    for has, taken, dark in ((1000, 400, 0), (400, 400, 0), (300, 300, 25), (0, 0, 100), (-5000, 0, 100)):
        w.foremen[0].energy = has * 64 - 230 * 100  # a hundred days have brought the rest
        tap(w, v, TODAY)
        assert energy_on(w, 0, TODAY, 230, 14, 300_000) == (has - taken) * 64 and w.villages[v].dark == dark
        assert w.foremen[0].updated == TODAY - 100  # its neighbours are given as if nobody had tapped it
    w.villages[v].capacity = 80
    assert feeds(w, v) == 72  # a tenth less in the dark
    w.villages[v].dark = 50
    assert feeds(w, v) == 76
    w.knobs.village_tap = 0
    tap(w, v, TODAY)
    assert feeds(w, v) == 80


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**8), 10**8), st.integers(0, 5000), st.integers(0, 10**7), st.sampled_from([1, 2, 3, 4]))
def test_power_is_taken_to_the_unit_as_a_plain_twin_takes_it(energy, days, wanted, phase):
    w = with_income(1, 1, 1, power_cap=1_000_000)
    bay = w.foremen[0]
    bay.energy, bay.phase, bay.updated = energy, phase, TODAY - days
    earned = income(w, 0, 230, 14) * days if phase in (c.P_BUILDING, c.P_STANDING) else 0
    has = min(energy + earned, 64_000_000)
    taken = take_power(w, 0, wanted, TODAY)
    assert taken == max(0, min(wanted, has))
    assert energy_on(w, 0, TODAY, 230, 14, 1_000_000) == has - taken
    if phase == c.P_STANDING:  # and so on any later day
        later = energy_on(w, 0, TODAY + 64, 230, 14, 1_000_000)
        assert later == min(64_000_000, has - taken + 64 * income(w, 0, 230, 14))


# ---- matter ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arms, store, gains", [(4, 500, "arms"), (9, 500, "arms"), (12, 500, "store")])
def test_a_block_is_broken_out_and_filled_again(arms, store, gains):
    w = with_income(1, 1, 1, works=1)
    v = w.village(0, 60)
    w.villages[v].arms, w.villages[v].store = arms, store
    w.foremen[0].energy = before = 64_000
    break_out(w, v, 0, TODAY)
    cells = 8 + 60 // 4
    assert w.villages[v].arms == (min(arms + 3, 12) if gains == "arms" else 12)
    assert w.villages[v].store == (store if gains == "arms" else store + 20 * 60)
    taken, filled = (t.Plan(row) for row in w.table("plan"))
    assert (taken.errand, taken.kind, taken.day) == (c.E_HARVEST, c.K_DEMOLITION, TODAY + 1)
    assert (filled.errand, filled.kind, filled.day, filled.a) == (c.E_MASS, c.K_MASS, TODAY + 360, c.SLAB)
    assert list(taken.words[t.Plan.x : t.Plan.sz + 1]) == list(filled.words[t.Plan.x : t.Plan.sz + 1])
    assert cells <= taken.sx * taken.sy * taken.sz <= cells * 1.1
    assert w.foremen[0].energy == before - 64 * cells and w.tally.charged == w.powers.mass_salvaged == cells
    assert w.foremen[0].damaged == TODAY
    (told,) = w.told(c.V_SALVAGED)
    assert (told.who, told.whom, told.magnitude) == (w.villages[v].name, w.foremen[0].name, cells)


def test_need_is_half_of_weapons_and_half_of_room():
    w = with_income(1, 1, 1)
    v = w.village(0, 100)
    village = w.villages[v]
    for arms, capacity, need in ((20, 200, 0), (0, 200, 50), (10, 200, 25), (20, 100, 25), (20, 80, 50), (0, 50, 100)):
        village.arms, village.capacity = arms, capacity
        assert need_percent(w, v) == need


def test_a_quarry_is_at_home_or_next_door_and_has_a_pillar_and_an_owner():
    chosen = set()
    w = with_income(3, 3, 1)
    v = w.village(w.at[1, 1, 0], 30)
    w.foremen[w.at[0, 1, 0]].site = c.S_HALL
    w.foremen[w.at[2, 1, 0]].phase = c.P_DEMOLISHING
    may = [int(w.at[cell]) for cell in ((1, 1, 0), (1, 0, 0), (1, 2, 0))]
    for day in range(TODAY, TODAY + 60):
        lot = [(draws(33, c.R_SALVAGE, day, w.foremen[n].name, 1 + (w.villages[v].name & 0xFFFF))[0], n) for n in may]
        assert quarry(w, v, day) == min(lot)[1]
        chosen.add(min(lot)[1])
    assert chosen == set(may)


# ---- eyes ------------------------------------------------------------------------------------------------------------


def raided(*size: int, shuffle: int = 0, **knobs: int) -> tuple[Lattice, int]:
    """An infected lattice with a village in a corner that has arms and was raided a year ago."""
    w = with_income(*size, shuffle=shuffle, **{"conduit_breaking": 10**6, **knobs})
    w.foremen[: w.sizes.foremen, t.Foremen.allegiance] = c.A_SAFEGUARD
    w.powers.safeguard_bays = w.sizes.foremen
    v = w.village(w.at[0, 0, 0], 40)
    village = w.villages[v]
    village.arms, village.alert, village.alert_day = 8, 256, TODAY
    unit = w.units[0]
    unit.name, unit.village, unit.raid, unit.made, unit.fate = 5, v, 4711, TODAY - 360, c.U_STOOD_DOWN
    w.sizes.units = 1
    return w, v


def test_an_eye_without_power_is_blind_until_its_conduits_are_mended():
    w, v = raided(3, 3, 1)
    look_around(w, v, TODAY)
    sense = w.villages[v].sense
    n = eye_within_reach(w, v, TODAY)
    assert has_eye(w, n) and working_eye(w, n, TODAY)
    break_conduits(w, v, TODAY)
    (told,) = w.told(c.V_CONDUITS_BROKEN)
    bay = w.foremen[n]
    assert (told.who, told.whom, told.cause) == (w.villages[v].name, bay.name, 4711)
    assert bay.broken == ALL and bay.mended == TODAY + told.magnitude
    assert BLIND_LEAST <= told.magnitude < BLIND_LEAST + BLIND_SPREAD
    assert has_eye(w, n) and not working_eye(w, n, TODAY) and not working_eye(w, n, bay.mended - 1)
    assert working_eye(w, n, bay.mended)
    assert w.villages[v].sense < sense and w.villages[v].alert == 256 + 64
    assert w.tally.charged == 2 * bay.pitch + bay.height and bay.damaged == TODAY
    rows = within(w, w.villages[v].bay, 2)
    while (i := nearest_eye(w, v, rows, TODAY)) >= 0:  # no eye that is blind notices anybody
        assert w.reached[i].bay != n
        w.foremen[w.reached[i].bay].allegiance = c.A_HEALTHY
    bay.broken = ALL - 1  # one of six conduits brings power enough
    assert working_eye(w, n, TODAY)


def test_only_who_has_arms_was_raided_and_is_near_breaks_anything():
    for change in ("arms", "alert", "raid", "eye"):
        w, v = raided(3, 3, 1)
        if change == "arms":
            w.villages[v].arms = 4
        elif change == "alert":
            w.villages[v].alert = 191
        elif change == "raid":
            w.units[0].made = TODAY - 21 * 360
        else:
            w.foremen[: w.sizes.foremen, t.Foremen.allegiance] = c.A_HEALTHY
        assert break_conduits(w, v, TODAY) == 0 and not w.told(c.V_CONDUITS_BROKEN)


def test_the_nearest_eye_is_the_one_of_fewest_hops_and_lowest_name():
    for shuffle in range(1, 8):
        w, v = raided(4, 4, 2, shuffle=shuffle)
        where = {int(n): cell for cell, n in np.ndenumerate(w.at)}
        eyes = [(sum(where[n]), w.foremen[n].name, n) for n in where if has_eye(w, n) and sum(where[n]) <= 2]
        assert eye_within_reach(w, v, TODAY) == (min(eyes)[2] if eyes else -1)


def test_conduits_are_broken_and_deeds_are_seen_as_often_as_the_law_says():
    number, broken, seen = 2000, 0, 0
    w, v = raided(3, 3, 1, conduit_breaking=250_000)
    before = as_it_was(w)["foremen"]
    for seed in range(number):
        w.knobs.seed = seed
        w.villages[v].alert, w.villages[v].alert_day = 256, TODAY
        w.table("foremen")[:] = before
        w.sizes.events = 1
        deed = break_conduits(w, v, TODAY)
        told = w.told(c.V_CONDUITS_BROKEN)
        broken += len(told)
        seen += deed != 0
        assert deed in (0, *(event.name for event in told))
    assert abs(broken - number / 4) < 4 * sqrt(number * 3 / 16)
    p = SEEN_PPM / 1e6
    assert abs(seen - broken * p) < 4 * sqrt(broken * p * (1 - p))


def test_matter_is_taken_as_often_as_it_is_needed():
    number = 4000
    w = with_income(1, 1, 1, salvage=400_000, village_tap=0)
    v = w.village(0, 100)
    w.villages[v].capacity = 100
    for arms, need in ((20, 0.25), (10, 0.5)):
        taken = 0
        for seed in range(number):
            w.knobs.seed = seed
            w.villages[v].arms = arms
            w.sizes.events = 1
            take_from_city(w, v, TODAY)
            taken += len(w.told(c.V_SALVAGED))
        p = 0.4 * need
        assert abs(taken - number * p) < 4 * sqrt(number * p * (1 - p))
        assert w.told(c.V_SALVAGED) == [] or w.told(c.V_SALVAGED)[-1].chance_ppb == p * 1e9


# ---- any order of rows, honesty ---------------------------------------------------------------------------------------


def taken(shuffle: int) -> Lattice:
    w, v = raided(4, 4, 1, shuffle=shuffle, salvage=10**6, capacity_base=30, seed=6)
    w.villages[v].arms, w.villages[v].capacity = 6, 30
    w.foremen[: w.sizes.foremen, t.Foremen.energy] = 10**6
    for day in range(TODAY, TODAY + 12 * 360, 360):
        w.units[0].made = day
        w.villages[v].alert, w.villages[v].alert_day = 300, day
        take_from_city(w, v, day)
    return w


def test_the_order_of_rows_decides_nothing():
    first, *others = (taken(shuffle) for shuffle in (0, 1, 2))
    assert len(first.told(c.V_SALVAGED)) >= 2 and first.told(c.V_CONDUITS_BROKEN)
    for other in others:
        for name in ("villages", "foremen"):
            assert by_name(first, name) == by_name(other, name)
        assert first.table("events").tolist() == other.table("events").tolist()


def test_the_law_changes_only_what_it_declares():
    w, v = raided(4, 4, 1, salvage=10**6, village_tap=100, capacity_base=30, seed=6)
    w.villages[v].capacity = 30
    before = as_it_was(w)
    for day in range(TODAY, TODAY + 8 * 360, 360):
        take_from_city(w, v, day)
    changed = changes(before, w)
    assert changed <= set(LAW.writes), changed - set(LAW.writes)
    assert {"events", "villages.dark", "foremen.broken", "foremen.damaged", "powers.mass_salvaged"} <= changed


# ---- whole cities ----------------------------------------------------------------------------------------------------

SOON = {"era_year": 260, "strike_lead_years": 60, "prologue_percent": 1500, "villages": 16, "renovation_unit_days": 20}
HARD = Scenario.load("quick").with_knobs(seed=3, safeguard_raid_ppm=60_000, conduit_breaking=10**6, salvage=200_000, **SOON)
OFF = {"village_tap": 0, "salvage": 0, "conduit_breaking": 0, "driven_out": 0, "walling": 0}
KINDS = (c.V_SALVAGED, c.V_CONDUITS_BROKEN, c.V_DRIVEN_OUT, c.V_BUILDERS_NEAR, c.V_WALLED_IN, c.V_WAY_OPENED)


def grown(scenario: Scenario) -> City:
    city = found(scenario)
    advance(city, 400 * t.YEAR)
    return city


def test_with_and_without_matter_it_is_one_history_and_all_adds_up():
    full, outline = grown(HARD), grown(HARD.with_knobs(works=0))
    assert law_digest(full) == law_digest(outline)
    events = full.table("events")
    kinds = events[:, t.Events.kind]
    assert {int(kind) for kind in kinds} >= {c.V_SALVAGED, c.V_DRIVEN_OUT, c.V_BUILDERS_NEAR}
    assert events[kinds == c.V_SALVAGED, t.Events.magnitude].sum() == full.powers.mass_salvaged
    named = set(events[:, t.Events.name].tolist())
    ours = events[np.isin(kinds, KINDS)]
    assert {int(cause) for cause in ours[:, t.Events.cause]} <= named
    once = events[:, [t.Events.day, t.Events.kind, t.Events.who, t.Events.whom]]
    assert len(np.unique(once, axis=0)) == len(once)
    works = full.table("works")
    holes = works[works[:, t.Works.kind] == c.K_DEMOLITION]
    unbuilt = works[works[:, t.Works.kind] == c.K_UNBUILDING, t.Works.target] - 1
    assert (works[unbuilt, t.Works.kind] == c.K_DWELLING).any() and len(set(unbuilt)) == len(unbuilt)
    # A hole of a year ago is filled to the cell.
    filled = works[works[:, t.Works.kind] == c.K_MASS]
    corner = {tuple(row[t.Works.x : t.Works.sz + 1]): int(row[t.Works.start]) for row in holes}
    again = [row for row in filled if tuple(row[t.Works.x : t.Works.sz + 1]) in corner]
    assert len(again) > 3
    ledger = Ledger(full)
    for row in again[:20]:
        x, y, z = (int(n) for n in row[t.Works.corner])
        assert ledger.cell(x, y, z, int(row[t.Works.start]) + 1) != 0


def test_with_all_switches_off_nothing_of_it_happens_and_the_city_is_as_without_people():
    calm = HARD.with_knobs(works=0, infection=0, authority=0, gun_level=0, **OFF)
    off, without, on = grown(calm), grown(calm.with_knobs(people=0)), grown(HARD.with_knobs(works=0, infection=0, authority=0))
    assert not {int(kind) for kind in off.column("events", "kind")} & set(KINDS)
    assert off.powers.mass_salvaged == off.powers.deaths_crushed == 0
    assert not off.column("villages", "dark").any() and not off.column("villages", "walled_in").any()
    lives = [t.Foremen.name, t.Foremen.epoch, t.Foremen.plan_day, t.Foremen.children, t.Foremen.energy]
    assert (off.table("foremen")[:, lives] == without.table("foremen")[:, lives]).all()
    assert set(on.column("events", "kind").tolist()) & set(KINDS)
    assert sorted(on.table("foremen")[:, lives].tolist()) != sorted(without.table("foremen")[:, lives].tolist())
