"""Histories of people: the same in both modes, in any stride, taken up anywhere; every kind of event; nobody lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from megastructure.ground import tables as t
from megastructure.ground.check import check
from megastructure.ground.city import City
from megastructure.ground.codes import A_HEALTHY, A_SAFEGUARD, P_RELEASED, EventKind
from megastructure.ground.digest import digest, digests, law_digest
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import FRONTS, MONTH
from megastructure.time.genesis import found
from megastructure.time.years import advance
from worlds.copies import copy_of
from worlds.golden_cities import CITIES, HISTORIES

# A city that is small when its people come, so that both modes can be lived within seconds.
SOON: dict[str, Any] = {"era_year": 260, "strike_lead_years": 60, "prologue_percent": 1500, "villages": 12, "terminal_share": 8}
SMALL = Scenario.load("quick").with_knobs(**SOON)
YEARS = 420
NOT_BY_LAW: set[str] = set()
OF_THE_CITY = {"BAY_DIED", "BAY_RELEASED", "REPAIR"}  # the golden cities without people hold them


def lived(scenario: Scenario, years: int, room: int = 1 << 10) -> City:
    city = found(scenario, room)
    advance(city, years * t.YEAR)
    return city


@pytest.fixture(scope="module")
def outline() -> City:
    return lived(SMALL.with_knobs(works=0), YEARS)


def test_people_live_the_same_history_with_and_without_matter(outline: City) -> None:
    full = lived(SMALL, YEARS)
    check(full)
    assert law_digest(full) == law_digest(outline)
    assert outline.powers.people > 0 and outline.powers.raids > 0
    dwellings = full.table("works")[:, t.Works.kind] == 13
    assert dwellings.any()


def test_nobody_is_lost_on_any_year() -> None:
    city = found(SMALL.with_knobs(works=0, seed=5))
    for year in range(1, YEARS + 1):
        advance(city, year * t.YEAR)
        if year >= SOON["era_year"]:
            check(city)
    assert city.powers.births > 100


@pytest.mark.parametrize("stride", [1, 7, 45, 360 * 13])
def test_the_length_of_strides_decides_nothing(stride: int, outline: City) -> None:
    city = found(SMALL.with_knobs(works=0), 1)
    advance(city, (SOON["era_year"] - 1) * t.YEAR)
    end = (SOON["era_year"] + 25 if stride < 45 else YEARS) * t.YEAR
    while city.day < end:
        advance(city, min(end, city.day + stride))
    advance(city, YEARS * t.YEAR)
    assert digest(city) == digest(outline)


@pytest.mark.parametrize("year", [205, 259, 260, 261, 300, 377])
def test_a_history_can_be_taken_up_on_any_day(year: int, outline: City) -> None:
    city = found(SMALL.with_knobs(works=0))
    advance(city, year * t.YEAR + 17)
    again = copy_of(city)
    assert digest(again) == digest(city)
    check(again)
    advance(again, YEARS * t.YEAR)
    assert digest(again) == digest(outline)


def test_the_order_of_lists_decides_nothing(outline: City) -> None:
    city = found(SMALL.with_knobs(works=0))
    for year in range(SOON["era_year"], YEARS + 1, 8):
        advance(city, year * t.YEAR)
        turn_round(city)
    advance(city, YEARS * t.YEAR)
    assert digest(city) == digest(outline)


def check_clocks(city: City) -> None:
    """Since the code came all healthy bays and those of the Authority wait, in the lists of their months, and nobody else."""
    foremen = city.table("foremen")
    asked = foremen[:, t.Foremen.asked]
    living = foremen[:, t.Foremen.phase] != P_RELEASED
    waits = living & (foremen[:, t.Foremen.allegiance] != A_SAFEGUARD) & (city.powers.spread_since >= 0)
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
        before = city.sizes.foremen, city.tally.died
        advance(city, month * MONTH + month % 7 * 4)
        check_clocks(city)
        if city.powers.spread_since >= 0:
            born, died = born + city.sizes.foremen - before[0], died + city.tally.died - before[1]
    assert born > 20 and died > 0 and city.powers.flips > 20, (born, died, city.powers.flips)
    check_causes(city)


def check_causes(city: City) -> None:
    """Every turn leads back to the strike, a node, an override or an assault, by turns to the same side."""
    events = {int(e[t.Events.name]): e for e in city.table("events")}
    of_safeguard = {EventKind.STRIKE, EventKind.BAY_STORMED}
    roots = {*of_safeguard, EventKind.NODE_WOKEN, EventKind.OVERRIDE, EventKind.OVERRIDE_LOCAL}
    turns = {EventKind.BAY_INFECTED, EventKind.BAY_FLIPPED}
    told = 0
    for event in events.values():
        if event[t.Events.kind] not in turns:
            continue
        told += 1
        side = A_SAFEGUARD if event[t.Events.kind] == EventKind.BAY_INFECTED else int(event[t.Events.magnitude])
        cause = events[int(event[t.Events.cause])]
        kind, days = cause[t.Events.kind], int(event[t.Events.day] - cause[t.Events.day])
        stormed = kind == EventKind.BAY_STORMED
        told_to = kind in (EventKind.OVERRIDE, EventKind.OVERRIDE_LOCAL)  # it, or later who was won over by it
        assert days == 0 if stormed else days >= 0 if told_to else days > 0
        while cause[t.Events.kind] in turns:
            assert side == (A_SAFEGUARD if cause[t.Events.kind] == EventKind.BAY_INFECTED else int(cause[t.Events.magnitude]))
            cause = events[int(cause[t.Events.cause])]
        assert cause[t.Events.kind] in roots and (cause[t.Events.kind] in of_safeguard) == (side == A_SAFEGUARD)
    assert told > 50
    for n in range(city.sizes.foremen):
        bay = city.foremen[n]
        assert (bay.turned_by == 0) == (bay.allegiance == A_HEALTHY) and int(bay.turned_by) in {0, *events}


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
        check(city)
        kinds |= set(city.table("events")[:, t.Events.kind].tolist())
    missing = {kind.name for kind in EventKind if int(kind) not in kinds}
    assert missing <= NOT_BY_LAW | OF_THE_CITY, missing - NOT_BY_LAW - OF_THE_CITY
    assert set(HISTORIES) <= set(CITIES)


def test_every_cause_is_an_event_that_was_told_before_or_on_the_day(outline: City) -> None:
    events = outline.table("events")
    day_of = dict(zip(events[:, t.Events.name].tolist(), events[:, t.Events.day].tolist(), strict=True))
    assert len(day_of) == len(events), "two events have one name"
    for event in events[events[:, t.Events.cause] != 0]:
        cause = int(event[t.Events.cause])
        assert cause in day_of, f"{EventKind(int(event[t.Events.kind])).name} was caused by an event that nobody told"
        assert day_of[cause] <= event[t.Events.day] + 1  # a shot is fired on the day after it was aimed


def test_switches_of_the_powers_leave_the_city_as_it_is() -> None:
    bare = lived(SMALL.with_knobs(works=0, people=0), 380)
    takes = {"village_tap": 0, "salvage": 0, "conduit_breaking": 0}  # what people do to the city by themselves
    calm = lived(SMALL.with_knobs(works=0, safeguard=0, infection=0, wanderers=0, authority=0, struggle=0, **takes), 380)
    for table in ("charters", "schools", "claims"):
        assert digests(bare)[table] == digests(calm)[table]
    assert np.array_equal(bare.table("foremen")[:, : t.Foremen.broken], calm.table("foremen")[:, : t.Foremen.broken])
