"""The cult after the strike: who lives in its village, what it does to bays and nodes, and its end."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.check import check
from megastructure.ground.digest import digests
from megastructure.ground.rng import lineage
from megastructure.ground.scenario import Scenario
from megastructure.laws import cult as law
from megastructure.laws.infection import strike
from megastructure.laws.remnant import flee
from megastructure.laws.safeguard import sense
from megastructure.society.graph import within
from megastructure.society.people import CULT_MOST, kill_person, move_person
from megastructure.society.settlement import found_village
from megastructure.time.genesis import found
from megastructure.time.years import advance
from worlds.lattice import Lattice, by_name, changes, check_people, lattice
from worlds.raids import DAWN, row_of_bays, told

DAY = 200 * t.YEAR


def gathered(shuffle: int = 0, **knobs: int) -> tuple[Lattice, int]:
    """A lattice of bays on the day of the strike, and the village of the cult."""
    w = lattice(5, 5, 2, shuffle=shuffle, **{"seed": 5, **knobs})
    law.gather(w, strike(w, DAY), DAY)
    return w, int(w.sizes.villages) - 1


def treason_day(w: Lattice, v: int, year: int = 1) -> int:
    """The day of a year on which village v may do harm."""
    return (DAY // t.YEAR + year) * t.YEAR + (int(w.villages[v].name) >> 24) % 12 * t.MONTH


def harmful(w: Lattice, v: int, year: int = 1) -> list[t.Events]:
    """What village v does in a year."""
    before = int(w.sizes.events)
    law.conspire(w, v, treason_day(w, v, year))
    return [t.Events(row) for row in w.table("events")[before:]]


# ---- pictures --------------------------------------------------------------------------------------------------------------


def test_the_author_of_the_strike_lives_near_the_bay_that_was_struck():
    w, v = gathered()
    (struck,), (settled,) = w.told(c.V_STRIKE), w.told(c.V_VILLAGE_SETTLED)
    people, village = w.table("persons"), w.villages[v]
    assert len(people) == village.people == w.powers.people == law.COMPANY and village.cult == w.powers.cult_villages == 1
    author = people[people[:, t.Persons.name] == struck.whom]
    assert len(author) == 1 and author[0, t.Persons.village] == v
    age = (DAY - int(author[0, t.Persons.born])) // t.YEAR
    assert law.AUTHOR_YEARS <= age <= law.AUTHOR_YEARS + law.AUTHOR_SPREAD
    assert (people[:, t.Persons.born] <= DAY).all() and len(w.told(c.V_PERSON_BORN)) == 0
    assert settled.cause == struck.name and settled.who == village.name and settled.magnitude == law.COMPANY
    hops = np.abs(w.foremen[village.bay].corner // (80, 80, 112)
                  - w.foremen[w.column("foremen", "name").tolist().index(struck.who)].corner // (80, 80, 112))  # fmt: skip
    assert 0 < hops.sum() <= law.NEAR_HOPS
    whole = 2**w.scenario.gene_loci - 1
    assert not ((people[:, t.Persons.haplotype_a] | people[:, t.Persons.haplotype_b]) & whole == whole).any()
    check_people(w)


def test_where_there_is_no_room_nobody_settles():
    w = lattice(2, 1, 1)
    w.column("foremen", "site")[:2] = c.S_HALL
    law.gather(w, strike(w, DAY), DAY)
    assert w.sizes.villages == w.sizes.persons == w.powers.cult_villages == 0
    w = lattice(1, 1, 1)  # only the bay itself
    law.gather(w, strike(w, DAY), DAY)
    assert w.villages[0].bay == 0


def test_no_eye_senses_a_village_of_the_cult():
    for cult in (0, 1):
        city = row_of_bays("EV", 20)
        city.villages[0].cult = cult
        sense(city, 0, DAWN)
        assert len(told(city, c.V_SENSED)) == city.powers.raids == 1 - cult


def test_a_healed_bay_beside_it_is_given_back_though_guards_hold_it():
    w, v = gathered(cult_reinfects_ppm=1_000_000, cult_betrays_ppm=0, infection_link_ppm=0)
    w.column("foremen", "allegiance")[: w.sizes.foremen] = c.A_SAFEGUARD
    w.powers.safeguard_bays = w.sizes.foremen
    assert harmful(w, v) == []
    home = w.villages[v].bay
    bay = w.foremen[home]
    bay.allegiance, bay.recognition, bay.held_until = c.A_AUTHORITY, t.HUMAN, 10**6
    w.powers.safeguard_bays -= 1
    w.powers.authority_bays += 1
    (event,) = harmful(w, v, 2)
    assert (event.kind, event.who, event.whom, event.magnitude) == (c.V_REINFECTED, bay.name, w.villages[v].name, c.A_AUTHORITY)
    assert event.chance_ppb == 10**9 and event.cause == w.told(c.V_VILLAGE_SETTLED)[0].name
    assert (bay.allegiance, bay.recognition, bay.held_until, bay.turned_by) == (c.A_SAFEGUARD, t.IMPOSSIBLE, 0, event.name)
    assert (w.powers.safeguard_bays, w.powers.authority_bays) == (w.sizes.foremen, 0)


def test_a_bay_with_a_node_is_spared_until_the_node_is_betrayed():
    w, v = gathered(cult_reinfects_ppm=1_000_000, cult_betrays_ppm=0)
    w.column("foremen", "allegiance")[: w.sizes.foremen] = c.A_AUTHORITY
    w.powers.authority_bays = w.sizes.foremen
    w.powers.safeguard_bays = 0
    w.column("foremen", "node")[: w.sizes.foremen] = 1
    w.powers.nodes = w.sizes.foremen
    assert harmful(w, v) == []
    w.knobs.cult_betrays_ppm = 1_000_000
    events = harmful(w, v, 2)
    assert [e.kind for e in events[:2]] == [c.V_NODE_BETRAYED, c.V_NODE_LOST]
    assert all(e.kind == c.V_REINFECTED and e.who == events[0].who for e in events[2:]), "it has no node any more"
    betrayed, lost = events[:2]
    assert betrayed.who == lost.who and lost.cause == betrayed.name and 0 <= betrayed.magnitude <= law.BETRAYAL_HOPS
    assert betrayed.whom == w.villages[v].name and w.powers.nodes == w.column("foremen", "node").sum() == w.sizes.foremen - 1


def test_a_node_far_away_and_another_month_are_safe():
    w, v = gathered(cult_betrays_ppm=1_000_000, cult_reinfects_ppm=0)
    w.column("foremen", "node")[: w.sizes.foremen] = 1
    w.powers.nodes = w.sizes.foremen
    for month in range(1, 12):
        law.conspire(w, v, treason_day(w, v) + month * t.MONTH)
    assert w.powers.nodes == w.sizes.foremen
    here = w.foremen[w.villages[v].bay].corner // (80, 80, 112)
    near = [n for n in range(w.sizes.foremen) if np.abs(w.foremen[n].corner // (80, 80, 112) - here).sum() <= law.BETRAYAL_HOPS]
    w.column("foremen", "node")[near] = 0
    w.powers.nodes -= len(near)
    assert harmful(w, v) == []


# ---- who belongs to it -------------------------------------------------------------------------------------------------------


def test_daughters_belong_to_it_while_they_are_few_and_who_leaves_converts_nobody():
    w, v = gathered()
    free = [n for n in range(w.sizes.foremen) if w.foremen[n].village < 0]
    daughters = [int(found_village(w, w.villages[v].name, 1001, v, free[k], DAY + k)) for k in range(CULT_MOST)]
    assert [int(w.villages[d].cult) for d in daughters] == [1] * (CULT_MOST - 1) + [0]
    assert w.powers.cult_villages == CULT_MOST
    stranger = w.village(free[-1], 5, DAY)
    assert w.villages[stranger].cult == 0
    move_person(w, 0, stranger, DAY, 0)
    assert w.villages[stranger].cult == 0 and w.villages[v].cult == 1


def test_its_end_is_told_once_when_the_last_village_is_empty():
    w, v = gathered()
    free = next(n for n in range(w.sizes.foremen) if w.foremen[n].village < 0)
    daughter = int(found_village(w, w.villages[v].name, 1001, v, free, DAY))
    move_person(w, 0, daughter, DAY, 0)
    for p in range(1, law.COMPANY):
        kill_person(w, p, DAY + 40 * t.YEAR, c.D_AGE, 0, 0, 0)
    assert w.powers.cult_villages == 1 and w.told(c.V_CULT_ENDED) == []
    kill_person(w, 0, DAY + 61 * t.YEAR, c.D_HUNGER, 0, 0, 0)
    (ended,) = w.told(c.V_CULT_ENDED)
    assert (ended.who, ended.magnitude) == (w.villages[daughter].name, 61) and w.powers.cult_villages == 0
    assert ended.cause in {e.name for e in w.told(c.V_VILLAGE_ENDED)}
    assert w.told(c.V_LOCUS_LOST) == [] and w.powers.locked == -1, "before the dawn nobody has lost what the remnant brings"


def test_who_flees_stays_in_the_cult():
    w, v = gathered(refound_ppm=1_000_000)
    flee(w, v, 0, DAY + 5)
    assert w.villages[v].ended == DAY + 5 and w.powers.cult_villages == 1
    assert w.villages[w.sizes.villages - 1].cult == 1 and w.told(c.V_CULT_ENDED) == []


# ---- chance, the order of rows, honesty --------------------------------------------------------------------------------------


def test_treason_is_as_frequent_as_its_knobs_say_and_falls_on_all_alike():
    w, v = gathered(cult_reinfects_ppm=300_000, cult_betrays_ppm=0, infection_link_ppm=0)
    names = w.column("foremen", "name").tolist()
    nodes = np.arange(len(names)) % 2
    hits = {c.V_REINFECTED: np.zeros(len(names), int), c.V_NODE_BETRAYED: np.zeros(len(names), int)}
    years = 1500
    for year in range(2 * years):
        if year == years:
            w.knobs.cult_reinfects_ppm, w.knobs.cult_betrays_ppm = 0, 300_000
        w.column("foremen", "allegiance")[:] = c.A_HEALTHY
        w.column("foremen", "node")[:] = nodes
        w.powers.nodes, w.powers.safeguard_bays = int(nodes.sum()), 0
        for e in harmful(w, v, year + 1):
            if e.kind in hits:
                hits[e.kind][names.index(e.who)] += 1
        w.sizes.events = 0
    for kind, hops, node in ((c.V_REINFECTED, 1, 0), (c.V_NODE_BETRAYED, law.BETRAYAL_HOPS, 1)):
        reached = [int(w.reached[i].bay) for i in range(within(w, int(w.villages[v].bay), hops))]
        exposed = [n for n in reached if nodes[n] == node]
        assert set(np.flatnonzero(hits[kind])) == set(exposed) and len(exposed) > 3
        assert binomtest(int(hits[kind].sum()), years, 0.3).pvalue > 1e-4
        assert chisquare(hits[kind][exposed]).pvalue > 1e-4


def test_the_order_of_rows_decides_nothing():
    seen = []
    for shuffle in (0, 4):
        w, v = gathered(shuffle, cult_reinfects_ppm=700_000, cult_betrays_ppm=500_000, infection_link_ppm=0)
        w.column("foremen", "allegiance")[: w.sizes.foremen] = c.A_AUTHORITY
        w.column("foremen", "node")[: w.sizes.foremen] = [int(name) >> 9 & 1 for name in w.table("foremen")[:, 0]]
        w.powers.nodes = int(w.column("foremen", "node")[: w.sizes.foremen].sum())
        w.powers.authority_bays = w.sizes.foremen
        w.powers.safeguard_bays = 0
        for year in range(1, 12):
            harmful(w, v, year)
        bays = w.table("foremen")[:, [0, t.Foremen.allegiance, t.Foremen.node]].tolist()
        seen.append((by_name(w, "persons"), by_name(w, "villages"), w.table("events").tolist(), sorted(map(tuple, bays))))
    assert seen[0] == seen[1] and len(seen[0][2]) > 10


def test_the_cult_changes_what_it_declares():
    w = lattice(5, 5, 2, seed=5, cult_reinfects_ppm=1_000_000, cult_betrays_ppm=1_000_000)
    n = strike(w, DAY)
    names = ("foremen", "villages", "persons", "powers", "units", "tally", "charters", "events", "plan")
    before = {name: w.table(name).copy() for name in names}
    law.gather(w, n, DAY)
    bays = int(w.sizes.foremen)
    gathered_ = changes(before, w)
    w.column("foremen", "allegiance")[:bays] = c.A_AUTHORITY
    w.column("foremen", "node")[:bays] = np.arange(bays) % 2
    w.column("foremen", "held_until")[:bays] = 10**6
    w.powers.nodes, w.powers.authority_bays, w.powers.safeguard_bays = bays // 2, bays, 0
    w.powers.spread_since = DAY
    before = {name: w.table(name).copy() for name in names}
    for year in range(1, 4):
        harmful(w, 0, year)
    changed = changes(before, w) | gathered_
    assert {"foremen.allegiance", "foremen.node", "persons", "villages"} <= changed
    assert {name for name in changed if name.partition(".")[0] != "events"} <= set(law.LAW.writes)


# ---- whole histories ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[0, 1])
def history(request):
    """A small city from its founding into the era, with and without the cult's village."""
    city = found(Scenario(seed=12, works=0, years=300, era_year=200, strike_lead_years=150, villages=6, cult=request.param,
                          world_radius_lots=24, growth_income=400, cult_reinfects_ppm=500_000))  # fmt: skip
    advance(city, 199 * t.YEAR)
    before = int(city.powers.people)
    advance(city, 240 * t.YEAR)
    return request.param, before, city


def test_between_strike_and_dawn_only_the_cult_lives_and_without_the_knob_nobody_does(history):
    switched_on, before, city = history
    check(city)
    kinds = set(city.column("events", "kind").tolist())
    villages = city.table("villages")
    if not switched_on:
        assert before == 0 and not villages[:, t.Villages.cult].any()
        assert not kinds & {c.V_REINFECTED, c.V_NODE_BETRAYED, c.V_CULT_ENDED}
        return
    assert before > 0 and villages[0, t.Villages.cult] == 1
    early = city.table("persons")[city.table("persons")[:, t.Persons.born] < city.powers.era_day]
    assert (early[:, t.Persons.mother] >= 0).any(), "their children are born before the dawn"
    author = lineage(12, int(city.powers.struck), 1)
    assert author in early[:, t.Persons.name]
    named = {**dict.fromkeys(city.column("events", "name").tolist()), 0: None}
    assert set(city.column("events", "cause").tolist()) <= set(named)
    assert len(digests(city)) > 5
