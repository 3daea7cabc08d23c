"""Histories of people: the same in both modes, in any stride, taken up anywhere; every kind of event; nobody lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import naive
from golden.update import CITIES, HISTORIES
from megastructure.ground import tables as t
from megastructure.ground.codes import A_HEALTHY, A_SAFEGUARD, P_RELEASED, EventKind
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import FRONTS, MONTH
from megastructure.time.genesis import found
from megastructure.time.state import City

# A city that is small when its people come, so that both modes can be lived within seconds.
SOON: dict[str, Any] = {"era_year": 260, "strike_lead_years": 60, "prologue_percent": 1500, "villages": 12, "terminal_share": 8}
SMALL = Scenario.load("quick").with_knobs(**SOON)
YEARS = 420
NOT_BY_LAW = {"BAY_HALTED"}  # told only by an intervention at a fork (tests/test_fork.py)
OF_THE_CITY = {"BAY_DIED", "BAY_RELEASED", "REPAIR"}  # the golden cities without people hold them


def lived(scenario: Scenario, years: int, room: int = 1 << 10) -> City:
    city = found(scenario, room)
    city.advance(years * t.YEAR)
    return city


@pytest.fixture(scope="module")
def outline() -> City:
    return lived(SMALL.with_knobs(works=0), YEARS)


def test_people_live_the_same_history_with_and_without_matter(outline: City) -> None:
    full = lived(SMALL, YEARS)
    full.check()
    assert full.law_digest() == outline.law_digest()
    assert outline.powers[0, t.PO_PEOPLE] > 0 and outline.powers[0, t.PO_RAIDS] > 0
    dwellings = full.table("works")[:, t.W_KIND] == 13
    assert dwellings.any()


def test_nobody_is_lost_on_any_year() -> None:
    city = found(SMALL.with_knobs(works=0, seed=5))
    for year in range(1, YEARS + 1):
        city.advance(year * t.YEAR)
        if year >= SOON["era_year"]:
            city.check()
    assert city.powers[0, t.PO_BIRTHS] > 100


@pytest.mark.parametrize("stride", [1, 7, 45, 360 * 13])
def test_the_length_of_strides_decides_nothing(stride: int, outline: City) -> None:
    city = found(SMALL.with_knobs(works=0), 1)
    city.advance((SOON["era_year"] - 1) * t.YEAR)
    end = (SOON["era_year"] + 25 if stride < 45 else YEARS) * t.YEAR
    while city.day < end:
        city.advance(min(end, city.day + stride))
    city.advance(YEARS * t.YEAR)
    assert city.digest() == outline.digest()


@pytest.mark.parametrize("year", [205, 259, 260, 261, 300, 377])
def test_a_history_can_be_taken_up_on_any_day(year: int, outline: City) -> None:
    city = found(SMALL.with_knobs(works=0))
    city.advance(year * t.YEAR + 17)
    again = naive.copy_of(city)
    assert again.digest() == city.digest()
    again.check()
    again.advance(YEARS * t.YEAR)
    assert again.digest() == outline.digest()


def test_the_order_of_lists_decides_nothing(outline: City) -> None:
    city = found(SMALL.with_knobs(works=0))
    for year in range(SOON["era_year"], YEARS + 1, 8):
        city.advance(year * t.YEAR)
        turn_round(city)
    city.advance(YEARS * t.YEAR)
    assert city.digest() == outline.digest()


def check_clocks(city: City) -> None:
    """Since the code came all healthy bays and those of the Authority wait, in the lists of their months, and nobody else."""
    foremen = city.table("foremen")
    asked = foremen[:, t.F_ASKED]
    living = foremen[:, t.F_PHASE] != P_RELEASED
    waits = living & (foremen[:, t.F_ALLEGIANCE] != A_SAFEGUARD) & (city.powers[0, t.PO_SPREAD_SINCE] >= 0)
    assert (asked[~waits] == -1).all() and (asked[waits] >= city.day).all()
    found: list[int] = []
    for k in range(FRONTS):
        n, length = int(city.fronts[k]), 0
        while n >= 0:
            assert asked[n] // MONTH % FRONTS == k
            found.append(n)
            n, length = int(city.borders[n, 1]), length + 1
        assert city.fronts[FRONTS + k] == length
    assert sorted(found) == np.nonzero(asked >= 0)[0].tolist()


def test_who_is_born_dies_or_turns_is_in_the_lists_of_the_struggle() -> None:
    """In a city whose bays die young, of all three sides."""
    city = found(SMALL.with_knobs(works=0, life_unit_days=25, struggle_flip_ppm=400_000, infection_link_ppm=500_000, seed=4))
    born = died = 0
    for month in range(12 * 190, 12 * YEARS, 5):
        before = city.sizes[t.Z_FOREMEN], city.tally[t.T_DIED]
        city.advance(month * MONTH + month % 7 * 4)
        check_clocks(city)
        if city.powers[0, t.PO_SPREAD_SINCE] >= 0:
            born, died = born + city.sizes[t.Z_FOREMEN] - before[0], died + city.tally[t.T_DIED] - before[1]
    assert born > 20 and died > 0 and city.powers[0, t.PO_FLIPS] > 20, (born, died, city.powers[0, t.PO_FLIPS])
    check_causes(city)


def check_causes(city: City) -> None:
    """Every turn leads back to the strike, a node or an override, by turns to the same side."""
    events = {int(e[t.V_NAME]): e for e in city.table("events")}
    roots = {EventKind.STRIKE, EventKind.NODE_WOKEN, EventKind.OVERRIDE, EventKind.OVERRIDE_LOCAL}
    turns = {EventKind.BAY_INFECTED, EventKind.BAY_FLIPPED}
    told = 0
    for event in events.values():
        if event[t.V_KIND] not in turns:
            continue
        told += 1
        side = A_SAFEGUARD if event[t.V_KIND] == EventKind.BAY_INFECTED else int(event[t.V_MAGNITUDE])
        cause = events[int(event[t.V_CAUSE])]
        assert cause[t.V_DAY] < event[t.V_DAY]
        while cause[t.V_KIND] in turns:
            assert side == (A_SAFEGUARD if cause[t.V_KIND] == EventKind.BAY_INFECTED else int(cause[t.V_MAGNITUDE]))
            cause = events[int(cause[t.V_CAUSE])]
        assert cause[t.V_KIND] in roots and (cause[t.V_KIND] == EventKind.STRIKE) == (side == A_SAFEGUARD)
    assert told > 50
    for bay in city.table("foremen"):
        assert (bay[t.F_TURNED_BY] == 0) == (bay[t.F_ALLEGIANCE] == A_HEALTHY) and int(bay[t.F_TURNED_BY]) in {0, *events}


def turn_round(city: City) -> None:
    """Turn every list of persons and villages round: their order follows from nothing that a law may use."""
    for links, heads, column in ((city.kin, city.homes, 0), (city.kin, city.homes, 2), (city.estates, city.homes, 0)):
        months = range(360, 390)
        of = {0: range(390, len(heads)) if links is city.kin else months, 2: range(360)}[column]
        for head in of:
            row, before = int(heads[head]), -1
            while row >= 0:
                following = int(links[row, column])
                links[row, column], links[row, column + 1] = before, following
                before, row = row, following
            heads[head] = before


def test_the_golden_histories_hold_every_kind_of_event() -> None:
    kinds: set[int] = set()
    for scenario, years in HISTORIES.values():
        city = lived(scenario, years)
        city.check()
        kinds |= set(city.table("events")[:, t.V_KIND].tolist())
    missing = {kind.name for kind in EventKind if int(kind) not in kinds}
    assert missing <= NOT_BY_LAW | OF_THE_CITY, missing - NOT_BY_LAW - OF_THE_CITY
    assert set(HISTORIES) <= set(CITIES)


def test_every_cause_is_an_event_that_was_told_before_or_on_the_day(outline: City) -> None:
    events = outline.table("events")
    day_of = dict(zip(events[:, t.V_NAME].tolist(), events[:, t.V_DAY].tolist(), strict=True))
    assert len(day_of) == len(events), "two events have one name"
    for event in events[events[:, t.V_CAUSE] != 0]:
        cause = int(event[t.V_CAUSE])
        assert cause in day_of, f"{EventKind(int(event[t.V_KIND])).name} was caused by an event that nobody told"
        assert day_of[cause] <= event[t.V_DAY] + 1  # a shot is fired on the day after it was aimed


def test_switches_of_the_powers_leave_the_city_as_it_is() -> None:
    bare = lived(SMALL.with_knobs(works=0, people=0), 380)
    calm = lived(SMALL.with_knobs(works=0, safeguard=0, infection=0, wanderers=0, authority=0, struggle=0), 380)
    for table in ("charters", "schools", "claims"):
        assert bare.digests()[table] == calm.digests()[table]
    assert np.array_equal(bare.table("foremen")[:, : t.F_BROKEN], calm.table("foremen")[:, : t.F_BROKEN])
