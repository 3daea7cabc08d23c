"""The Authority: where its nodes wake, what it spends, what that costs it, and the override that needs two keys."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import comb
from typing import Any

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.chronicle import event_name
from megastructure.ground.city import City
from megastructure.ground.rng import draw, lineage
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import FRONTS, HOMES_MONTH, HOMES_VILLAGE, MONTH
from megastructure.laws import authority
from megastructure.laws.authority import (
    BARRIER,
    COSTS,
    COUNCIL,
    DELAY,
    SHARES,
    SPREAD,
    TOKEN,
    WARN,
    aim_of,
    choose_village,
    convene,
    govern,
    joined,
    override,
)
from megastructure.society.allegiance import turn
from megastructure.society.people import day_of_month, link
from megastructure.time.rebuild import rebuild
from megastructure.time.room import make_room
from megastructure.words.declare import columns

DAY = 600 * t.YEAR
WIDE, HIGH = 48, 64
WHOLE = 0b111111
SIDES = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))


# ---- worlds by hand --------------------------------------------------------------------------------------------------


def world(shape=(6, 1, 1), terminals=(), order=None, **knobs) -> City:
    """A block of bays that obey Safeguard; bay number i is named by i alone, whatever row it stands in."""
    city = City(Scenario(works=0, **knobs))
    places = list(product(*(range(n) for n in shape)))
    rows = list(range(len(places))) if order is None else list(order)
    make_room(city)
    for row, i in enumerate(rows):
        x, y, z = (int(n) for n in np.array(places[i]) * (WIDE, WIDE, HIGH))
        f = city.foremen[row]
        f.name = bay(i)
        f.x, f.y, f.z, f.pitch, f.height, f.phase, f.lots = x, y, z, WIDE, HIGH, c.P_STANDING, 36
        f.allegiance, f.recognition, f.stop_bits = c.A_SAFEGUARD, t.IMPOSSIBLE, 7
        f.village = f.parent = f.damaged = f.searched = f.asked = -1
        f.terminals = int(i in terminals)
        claim = city.claims[row]
        claim.foreman, claim.n, claim.m, claim.lots = row, WIDE // 16, HIGH // 16, 36
        claim.x, claim.y, claim.z = x // 16, y // 16, z // 16
    city.sizes.foremen = city.sizes.claims = len(rows)
    city.powers.safeguard_bays = len(rows)
    city.powers.era_day = city.powers.tokens_day = DAY
    city.powers.spread_since = DAY - t.YEAR
    rebuild(city)
    return city


def bay(i: int) -> int:
    return int(lineage(77, 1, i))


def row_of(city: City, i: int) -> int:
    return int(np.flatnonzero(city.column("foremen", "name") == bay(i))[0])


def node(city: City, i: int) -> None:
    """A node lives in bay i."""
    f = city.foremen[row_of(city, i)]
    f.node, f.terminals, f.allegiance, f.recognition = 1, 1, c.A_AUTHORITY, t.HUMAN
    city.powers.nodes += 1
    city.powers.safeguard_bays -= 1
    city.powers.authority_bays += 1


def village(city: City, i: int, known: int = DAY, people: int = 20) -> int:
    v = int(city.sizes.villages)
    city.sizes.villages += 1
    row = city.villages[v]
    row.name, row.bay, row.people, row.known = lineage(5, 2, i), row_of(city, i), people, known
    row.ended = row.barrier_day = row.parent = -1
    row.alert_day = DAY
    city.foremen[row.bay].village = v
    city.powers.villages += 1
    return v


def wanderer(city: City, i: int, cause: int = 0) -> int:
    w = int(city.sizes.wanderers)
    city.sizes.wanderers += 1
    row = city.wanderers[w]
    row.name, row.bay, row.advised, row.cause = lineage(9, 3, w), row_of(city, i), -1, cause
    return w


def at_terminal(city: City, i: int, loci: int) -> None:
    """Somebody who shows these loci was led to the terminal of bay i on DAY."""
    v = village(city, i)
    city.sizes.persons = 1
    row = city.persons[0]
    row.name, row.haplotype_a, row.haplotype_b = 4711, loci | t.HUMAN, t.HUMAN
    row.village, row.died = v, -1
    wanderer(city, i)
    city.powers.override_since, city.powers.override_bay, city.powers.override_person = DAY, row_of(city, i), 0


def told(city: City, kind: int) -> list[dict[str, int]]:
    names = [column.name for column in columns(t.Events)]
    return [dict(zip(names, map(int, row))) for row in city.table("events") if row[t.Events.kind] == kind]


def obeying(city: City) -> set[int]:
    """Numbers of the bays that obey the Authority."""
    number = {bay(i): i for i in range(int(city.sizes.foremen))}
    mine = city.column("foremen", "allegiance") == c.A_AUTHORITY
    return {number[int(name)] for name in city.column("foremen", "name")[mine]}


def stand(city: City, days: int | None = None, first: int = 0) -> None:
    """Live the days on which somebody stands at the terminal."""
    for day in range(DAY + first, DAY + 1 + (city.scenario.override_days if days is None else days)):
        if city.powers.override_since >= 0:
            override(city, day)


def consistent(city: City) -> None:
    """Counts of the powers are those of the rows; whoever was turned waits in a list, and knows by what event it was."""
    foremen, powers = city.table("foremen"), city.powers
    assert powers.nodes == foremen[:, t.Foremen.node].sum()
    assert powers.authority_bays == (foremen[:, t.Foremen.allegiance] == c.A_AUTHORITY).sum()
    assert powers.safeguard_bays == (foremen[:, t.Foremen.allegiance] == c.A_SAFEGUARD).sum()
    assert powers.halted == (foremen[:, t.Foremen.halted] > 0).sum() and powers.bases == foremen[:, t.Foremen.base].sum()
    ruled = np.bincount(foremen[:, t.Foremen.reign], minlength=city.sizes.reigns + 1)[1:]
    assert (ruled == city.table("reigns")[:, t.Reigns.bays]).all()
    lists = city.fronts[FRONTS:]
    asked = foremen[foremen[:, t.Foremen.asked] >= 0, t.Foremen.asked]
    assert (np.bincount(asked // MONTH % FRONTS, minlength=FRONTS) == lists).all()
    deeds = {e["name"] for kind in (c.V_NODE_WOKEN, c.V_OVERRIDE_LOCAL, c.V_OVERRIDE) for e in told(city, kind)}
    turned = foremen[:, t.Foremen.turned_by] != 0
    assert set(foremen[turned, t.Foremen.turned_by].tolist()) <= deeds
    assert (foremen[turned, t.Foremen.allegiance] == c.A_AUTHORITY).all()
    assert (foremen[turned, t.Foremen.asked] > DAY).all() and (foremen[~turned, t.Foremen.asked] == -1).all()


# ---- the dawn --------------------------------------------------------------------------------------------------------


def test_nodes_wake_in_the_terminals_with_the_lowest_draws():
    places = range(0, 64, 5)
    city = world((4, 4, 4), places, authority_node_share=10)
    convene(city, DAY)
    drawn = sorted(places, key=lambda i: draw(city.scenario.seed, c.R_NODE, DAY, bay(i), 0))
    assert obeying(city) == set(drawn[:6])
    assert city.powers.nodes == 6
    events = told(city, c.V_NODE_WOKEN)
    assert {e["who"] for e in events} == {bay(i) for i in drawn[:6]} and {e["chance_ppb"] for e in events} == {6 * 10**9 // 13}
    consistent(city)


@pytest.mark.parametrize(("terminals", "nodes"), [((), 0), ((3, 9), 2), (range(12), 4)])
def test_four_nodes_at_least_but_no_more_than_terminals(terminals, nodes):
    city = world((12, 1, 1), terminals)
    convene(city, DAY)
    assert city.powers.nodes == nodes


def test_without_the_knob_nothing_wakes_and_a_dead_bay_holds_no_node():
    city = world((4, 1, 1), range(4), authority=0)
    convene(city, DAY)
    assert city.powers.nodes == 0
    city = world((4, 1, 1), range(4))
    city.foremen[row_of(city, 2)].phase = c.P_DEMOLISHING
    convene(city, DAY)
    assert obeying(city) == {0, 1, 3}


# ---- tokens ----------------------------------------------------------------------------------------------------------


def test_tokens_come_in_evenly_while_a_node_lives():
    city = world((2, 1, 1), authority_tokens=100)
    node(city, 0)
    city.knobs.seed = next(seed for seed in range(1, 99) if aim(seed, DAY) == BARRIER)
    for month in range(13):
        govern(city, DAY + 30 * month)
    assert city.powers.tokens == 100  # to the 1/360: nothing is lost by counting months
    city.foremen[0].node = 0
    city.powers.nodes = 0
    govern(city, DAY + 720)
    assert city.powers.tokens == 100
    assert city.powers.tokens_day == DAY + 720
    city.powers.nodes = 1
    city.knobs.words[:] = world(authority_tokens=36_000).knobs.words
    govern(city, DAY + 720 + 360)
    assert city.powers.tokens <= 40 * TOKEN


def aim(seed: int, day: int) -> int:
    """The twin of `aim_of`."""
    percent = draw(seed, c.R_TOKEN, day // COUNCIL * COUNCIL, 0, 0) * 100 // 2**32
    return next(k for k in range(5) if percent < sum(SHARES[: k + 1]))


def test_an_aim_is_kept_for_a_council_and_drawn_by_its_share():
    city = world(seed=3)
    aims = [int(aim_of(city, DAY + k * COUNCIL)) for k in range(2000)]
    assert aims == [aim(3, DAY + k * COUNCIL) for k in range(2000)]
    start = DAY - DAY % COUNCIL
    assert len({int(aim_of(city, start + d)) for d in range(0, COUNCIL, 30)}) == 1
    seen = Counter(aims)
    assert sum((seen[k] - 20 * SHARES[k]) ** 2 / (20 * SHARES[k]) for k in range(5)) < 23.5  # chi-square, 4 df, p = 1e-4


def council(kind: int, known: int = 3, **knobs) -> City:
    """A world that is rich, and whose council has this aim from DAY on."""
    seed = next(s for s in range(1, 999) if aim(s, DAY) == kind)
    city = world((4, 4, 4), (1, 2, 40), seed=seed, **knobs)
    node(city, 0)
    node(city, 63)
    for i in range(known):
        village(city, 10 + i)
    city.powers.tokens = 40 * TOKEN
    return city


@pytest.mark.parametrize(
    ("kind", "told_as", "column", "until"),
    [
        (WARN, c.V_WARNING, t.Villages.warned_until, DAY + 360), (DELAY, c.V_DELAY, t.Villages.delayed_until, DAY + 30),
        (BARRIER, c.V_BARRIER, t.Villages.barrier_until, DAY + 80 * 360),
    ],
)  # fmt: skip
def test_a_token_helps_a_village_that_is_known(kind, told_as, column, until):
    city = council(kind, authority_discovery_ppm=0)
    village(city, 20, known=-1)
    city.villages[:4, t.Villages.alert] = 100, 300, 256, 9999
    govern(city, DAY)
    helped = np.flatnonzero(city.table("villages")[:, column])
    assert len(helped) == 1 and city.villages[helped[0], column] == until and helped[0] != 3
    (event,) = told(city, told_as)
    possible = 1 if kind == DELAY else 3
    assert event["who"] == city.villages[helped[0]].name and event["chance_ppb"] == SHARES[kind] * 10**7 // possible
    assert city.powers.tokens == (40 - COSTS[kind]) * TOKEN
    if kind == DELAY:
        assert helped[0] == 1  # the local alert is highest there
    govern(city, DAY + 30)
    again = told(city, told_as)[1:]
    assert not again if kind == BARRIER else not any(e["who"] == event["who"] for e in again if kind == WARN)


def test_the_village_is_the_one_with_the_lowest_draw():
    """A twin of the choice, on random villages."""
    rng = np.random.default_rng(1)
    for trial in range(60):
        city = world((30, 1, 1), seed=trial + 1)
        for i in range(12):
            v = village(city, i, known=int(rng.integers(-1, 1)))
            row = city.villages[v]
            row.ended = rng.choice([-1, -1, DAY - 5])
            row.warned_until = rng.choice([0, DAY - 721, DAY - 720, DAY - 719, DAY + 3])
            row.barrier_until = DAY + rng.integers(-1, 2)
            row.barrier_day = rng.choice([-1] * 20 + [DAY - 1799, DAY - 1800])
            row.delayed_until = DAY + rng.integers(-1, 2)
            row.alert = rng.choice([0, 255, 256, 500, 500])
        rows = [r for r in city.table("villages") if r[t.Villages.ended] < 0 <= r[t.Villages.known]]
        recent = any(r[t.Villages.barrier_day] > DAY - 1800 for r in city.table("villages") if r[t.Villages.barrier_day] >= 0)
        alerted = [r for r in rows if r[t.Villages.alert] >= 256 and r[t.Villages.delayed_until] <= DAY]
        best = max((int(r[t.Villages.alert]) for r in alerted), default=0)
        open_to = {
            WARN: [r for r in rows if r[t.Villages.warned_until] == 0 or r[t.Villages.warned_until] + 720 <= DAY],
            BARRIER: [r for r in rows if r[t.Villages.barrier_until] <= DAY and not recent],
            DELAY: [r for r in alerted if r[t.Villages.alert] == best],
        }
        for kind, candidates in open_to.items():
            names = [int(r[t.Villages.name]) for r in candidates]
            v, possible = choose_village(city, kind, DAY)
            assert possible == len(names)
            chosen = min(names, key=lambda name, k=kind: draw(city.scenario.seed, c.R_TOKEN, DAY, name, k), default=None)
            assert chosen == (int(city.villages[v].name) if v >= 0 else None)


def test_advice_names_a_village_nearby_that_nobody_found():
    city = council(authority.ADVISE, authority_discovery_ppm=0)
    w = wanderer(city, 5)
    hidden = village(city, 20, known=-1)
    govern(city, DAY + 30)
    assert city.wanderers[w].advised == -1  # only once a year
    govern(city, DAY + 360 - DAY % 360)
    assert city.wanderers[w].advised == hidden
    (event,) = told(city, c.V_ADVICE)
    assert (event["who"], event["whom"]) == (city.wanderers[w].name, city.villages[hidden].name)
    govern(city, DAY + 720 - DAY % 360)
    assert len(told(city, c.V_ADVICE)) == 1  # he has not been there yet


def test_the_authority_spreads_to_a_free_terminal():
    city = council(SPREAD, authority_discovery_ppm=0)
    govern(city, DAY)
    nearest = min((1, 2, 40), key=lambda i: draw(city.scenario.seed, c.R_NODE, DAY, bay(i), 0))
    assert obeying(city) == {0, 63, nearest} and city.powers.nodes == 3  # all three lie within twelve hops
    consistent(city)
    for month in range(1, 49):
        govern(city, DAY + 30 * month)
        assert city.powers.nodes == min(5, 3 + month // 12)  # it is looked for once a year
    assert obeying(city) == {0, 1, 2, 40, 63}  # then no terminal is left
    assert city.powers.tokens == (40 - 24 + 4) * TOKEN


@pytest.mark.parametrize(("near", "woken"), [(12, 12), (13, None)])
def test_it_spreads_nearby_before_it_spreads_far(near, woken):
    """A terminal twelve hops away goes before another far away, whatever the draws; farther off the draw decides."""
    seed = next(
        s for s in range(1, 999)
        if aim(s, DAY) == SPREAD and draw(s, c.R_NODE, DAY, bay(29), 0) < draw(s, c.R_NODE, DAY, bay(near), 0)
    )  # fmt: skip
    city = world((30, 1, 1), (near, 29), seed=seed, authority_discovery_ppm=0)
    node(city, 0)
    city.powers.tokens = 8 * TOKEN
    govern(city, DAY)
    assert obeying(city) == {0, woken or 29}


def test_who_has_one_node_alone_thinks_of_a_second():
    city = council(BARRIER, authority_discovery_ppm=0)
    lost = city.foremen[row_of(city, 63)]
    lost.node = 0
    city.powers.nodes = 1
    govern(city, DAY)
    assert not told(city, c.V_BARRIER) and city.powers.nodes == 2 and len(told(city, c.V_NODE_WOKEN)) == 1
    govern(city, DAY + 30)
    assert told(city, c.V_BARRIER)


def test_a_road_is_cleared_for_a_known_carrier():
    """The node wakes in the free terminal nearest to somebody who is known to carry the key, however far the node is."""
    seed = next(s for s in range(1, 999) if aim(s, DAY) == SPREAD)
    for known in (True, False):
        city = world((40, 1, 1), (5, 30, 38), seed=seed, authority_discovery_ppm=0)
        node(city, 0)
        node(city, 1)
        city.powers.tokens = 8 * TOKEN
        at_terminal(city, 33, WHOLE)
        v = city.persons[0].village
        city.villages[v].carriers = 1
        city.persons[0].shown = WHOLE if known else WHOLE - 1
        city.powers.known_carriers = int(known)
        link(city, city.estates, v, HOMES_MONTH + day_of_month(city, v), 0)
        link(city, city.kin, 0, HOMES_VILLAGE + v, 0)
        govern(city, DAY)
        assert obeying(city) == {0, 1, 30 if known else 5}


def test_a_poor_authority_saves():
    city = council(SPREAD)
    city.powers.tokens = 8 * TOKEN - 1
    govern(city, DAY)
    assert city.powers.nodes == 2 and city.powers.tokens == 8 * TOKEN - 1


def test_each_token_may_cost_the_node():
    """The law's rate, against the binomial: a barrier costs its node with 5 x 2 %."""
    lost = 0
    trials = 400
    city = council(BARRIER)
    before = {name: city.array(name).copy() for name in ("foremen", "villages", "powers", "sizes", "fronts", "borders")}
    for trial in range(trials):
        for name, array in before.items():
            city.array(name)[:] = array
        city.foremen[0].name = lineage(1, 1, trial)
        city.foremen[63].name = lineage(1, 2, trial)
        govern(city, DAY)
        (use,) = told(city, c.V_BARRIER)
        gone = told(city, c.V_NODE_LOST)
        lost += len(gone)
        assert city.powers.nodes == 2 - len(gone)
        for event in gone:
            assert event["cause"] == use["name"] and event["magnitude"] == 5 and event["chance_ppb"] == 10**8
            assert event["who"] in city.foremen[[0, 63], t.Foremen.name]
    tail = sum(comb(trials, k) * 0.1**k * 0.9 ** (trials - k) for k in range(trials + 1) if abs(k - 40) >= abs(lost - 40))
    assert tail > 1e-4, lost


# ---- the override ----------------------------------------------------------------------------------------------------


def test_a_carrier_without_a_live_node_is_refused():
    city = world((5, 1, 1), (0, 4))
    at_terminal(city, 0, WHOLE)
    stand(city)
    (event,) = told(city, c.V_OVERRIDE_REFUSED)
    assert (event["who"], event["whom"], event["magnitude"], event["day"]) == (4711, bay(0), 1, DAY)
    assert event["cause"] == event_name(DAY, c.V_ESCORT_ARRIVED, 4711, int(city.wanderers[0].name))
    assert city.powers.override_since == -1 and not obeying(city) and not told(city, c.V_OVERRIDE)


def test_of_several_wanderers_the_one_who_led_the_carrier_is_named():
    city = world((5, 1, 1), (0,))
    at_terminal(city, 0, WHOLE)
    leader = wanderer(city, 0)
    wanderer(city, 0)
    city.wanderers[leader].cause = arrived = event_name(DAY, c.V_ESCORT_ARRIVED, 4711, int(city.wanderers[leader].name))
    stand(city)
    assert told(city, c.V_OVERRIDE_REFUSED)[0]["cause"] == arrived


def test_a_node_without_a_carrier_never_overrides():
    city = council(WARN, known=0)
    for month in range(500):
        govern(city, DAY + 30 * month)
        if city.powers.override_since >= 0:
            override(city, DAY + 30 * month)
    assert not told(city, c.V_OVERRIDE) and city.powers.overridden == -1 and city.powers.halted == 0


def test_both_keys_together_make_a_reign():
    city = world((5, 2, 1), (0, 9))
    node(city, 9)
    at_terminal(city, 0, WHOLE)
    city.foremen[row_of(city, 3)].stop_bits = 0
    city.units[:4, t.Units.fate] = c.U_HUNTING, c.U_KILLED, c.U_HUNTING, c.U_HUNTING
    city.units[:4, t.Units.leash_until] = DAY + 900, DAY + 900, DAY + 2, DAY + 900
    city.units[:4, t.Units.made] = DAY
    city.units[:4, t.Units.bay] = [row_of(city, i) for i in (1, 1, 1, 3)]
    city.villages[village(city, 3)].known = DAY
    city.units[:4, t.Units.village] = 0, 0, 0, 1
    city.units[:4, t.Units.hunts] = -1
    city.units[:4, t.Units.goal] = [row_of(city, i) for i in (0, 0, 0, 3)]
    city.sizes.units, city.powers.hunting, city.powers.alert = 4, 3, 1 << 17
    city.powers.alert_day = DAY
    stand(city, 29)
    assert obeying(city) == {9} and not len(city.table("events"))
    stand(city)
    done = DAY + 30
    assert obeying(city) == set(range(10)) - {3}  # it defies, and so does not turn either
    (event,) = told(city, c.V_OVERRIDE)
    assert (event["day"], event["who"], event["whom"], event["magnitude"]) == (done, 4711, bay(0), 9)
    (defied,) = told(city, c.V_BAY_DEFIED)
    assert defied["who"] == bay(3) and defied["cause"] == event["name"]
    (stopped,) = told(city, c.V_BAY_HALTED)  # of those in whose bay people live
    assert (stopped["who"], stopped["magnitude"], stopped["cause"]) == (bay(0), 3, event["name"])
    hearing = [row_of(city, i) for i in range(10) if i != 3]
    deaf = city.foremen[row_of(city, 3)]
    assert (city.column("foremen", "halted")[hearing] == done).all() and deaf.halted == 0
    assert (city.column("foremen", "held_until")[hearing] == done + 30 * 360).all() and deaf.held_until == 0
    assert (city.column("foremen", "recognition")[hearing] == t.HUMAN).all()
    # Units made where the order was heard are recalled; those of the bay that defies hunt on, in a village there.
    assert city.units[:4, t.Units.leash_until].tolist() == [done, DAY + 900, DAY + 2, DAY + 900]
    (recalled,) = told(city, c.V_UNITS_RECALLED)
    assert (recalled["who"], recalled["whom"], recalled["magnitude"]) == (bay(0), 4711, 2)
    # It is an intrusion: Safeguard is alarmed by it.
    assert (1 << 17) < city.powers.alert <= (1 << 17) + 65536  # what fades in a month is less than what an intrusion adds
    assert city.powers.overridden == done and city.powers.override_event == event["name"]
    (begun,) = told(city, c.V_REIGN_BEGUN)
    assert (begun["who"], begun["whom"], begun["magnitude"], begun["cause"]) == (bay(0), 4711, 9, event["name"])
    reign = city.reigns[0]
    assert (reign.begun, reign.event, reign.bays, reign.most, reign.fell) == (done, event["name"], 9, 9, -1)
    assert city.powers.reigns == city.sizes.reigns == 1 and reign.bay == row_of(city, 0)
    consistent(city)


def test_without_its_knob_an_override_makes_no_reign():
    city = world((5, 1, 1), (0,), reigns=0)
    node(city, 0)
    at_terminal(city, 0, WHOLE)
    stand(city)
    assert obeying(city) == set(range(5)) and city.powers.halted == 5
    assert city.sizes.reigns == city.powers.reigns == 0 and not city.column("foremen", "reign").any()
    assert not told(city, c.V_REIGN_BEGUN)


@pytest.mark.parametrize("hops", [0, 1, 3, 50])
def test_an_order_ends_at_the_border_of_its_reach_and_the_first_day_is_kept(hops):
    city = world((40, 1, 1), (3,), override_reach_hops=hops)
    node(city, 3)
    at_terminal(city, 3, WHOLE)
    city.powers.overridden = DAY - 9
    stand(city)
    assert obeying(city) == {i for i in range(40) if abs(i - 3) <= hops} and city.powers.overridden == DAY - 9
    assert told(city, c.V_OVERRIDE)[0]["magnitude"] == len(obeying(city))


def test_an_order_passes_neither_cut_conduits_nor_those_who_defy_nor_a_base():
    for what in ("cut", "defiant", "base"):
        city = world((8, 1, 1), (3,))
        node(city, 3)
        at_terminal(city, 3, WHOLE)
        there = city.foremen[row_of(city, 5)]
        if what == "cut":
            there.broken, there.mended = 0b10, DAY + 500  # towards the bay before it
        elif what == "defiant":
            there.stop_bits = 0
        else:
            there.base = city.powers.bases = 1
        stand(city)
        assert obeying(city) == {0, 1, 2, 3, 4}
        assert len(told(city, c.V_BAY_DEFIED)) == (what == "defiant") and there.base == (what == "base")
        consistent(city)


def test_a_base_that_an_order_surrounds_is_lost():
    for outside in (False, True):
        city = world((5, 1, 1), (0, 4))
        node(city, 0)
        node(city, 4)
        if not outside:
            for i in (2, 3):
                turn(city, row_of(city, i), c.A_AUTHORITY, 5, DAY)
        there = city.foremen[row_of(city, 1 if not outside else 2)]
        turn(city, row_of(city, 1), c.A_SAFEGUARD, 6, DAY)
        there.base = city.powers.bases = 1
        at_terminal(city, 0, WHOLE)
        stand(city)
        lost = told(city, c.V_BASE_DESTROYED)
        assert len(lost) == (not outside) and city.powers.bases == outside
        if lost:
            assert (lost[0]["who"], lost[0]["whom"]) == (bay(1), 4711)
            assert lost[0]["cause"] == told(city, c.V_OVERRIDE)[0]["name"]


def test_a_further_override_lets_a_reign_grow_and_another_begins_beyond_it():
    city = world((30, 1, 1), (5, 8, 25), override_reach_hops=4)
    for i in (5, 8, 25):
        node(city, i)
    seen = []
    for i, day in ((5, DAY), (8, DAY + 50), (25, DAY + 100), (5, DAY + 150)):
        if city.sizes.persons == 0:
            at_terminal(city, i, WHOLE)
        else:
            city.persons[0].village = village(city, i)
        powers = city.powers
        powers.override_since, powers.override_bay, powers.override_person = day, row_of(city, i), 0
        override(city, day)
        override(city, day + 30)
        seen.append([(r.bays, r.overrides) for r in (city.reigns[k] for k in range(city.sizes.reigns))])
    assert seen == [[(9, 1)], [(12, 2)], [(12, 2), (9, 1)], [(12, 3), (9, 1)]]  # bays 1..9, 1..12, 21..29
    grew = told(city, c.V_REIGN_GREW)
    assert [(e["who"], e["magnitude"]) for e in grew] == [(bay(5), 3), (bay(5), 0)] and len(told(city, c.V_REIGN_BEGUN)) == 2
    consistent(city)


def test_a_cut_conduit_keeps_the_keys_apart_until_it_is_mended():
    city = world((4, 1, 1), (0,))
    node(city, 3)
    one, two = city.foremen[row_of(city, 1)], city.foremen[row_of(city, 2)]
    one.broken, one.mended = 1, DAY + 10  # its side +x
    assert not joined(city, row_of(city, 0), DAY + 9)
    assert joined(city, row_of(city, 0), DAY + 10)
    one.broken = 0
    two.broken, two.mended = 0b10, DAY + 10  # from beyond
    assert not joined(city, row_of(city, 0), DAY)


@pytest.mark.parametrize(("far", "reaches"), [(0, True), (16, True), (17, False)])
def test_a_node_reaches_sixteen_bays_far(far, reaches):
    city = world((18, 1, 1))
    node(city, far)
    assert bool(joined(city, row_of(city, 0), DAY)) == reaches


def test_part_of_a_key_overrides_nearby_and_none_of_it_nothing():
    city = world((9, 1, 1), (4,))
    node(city, 4)
    at_terminal(city, 4, 0b100)
    stand(city)
    (event,) = told(city, c.V_OVERRIDE_LOCAL)
    assert obeying(city) == {2, 3, 4, 5, 6} and event["magnitude"] == 5 and not told(city, c.V_OVERRIDE)
    held = city.column("foremen", "held_until")[[row_of(city, i) for i in range(9)]]
    assert held.tolist() == [0, 0, *[DAY + 30 + 5 * 360] * 5, 0, 0] and city.powers.halted == 0
    consistent(city)
    city = world((9, 1, 1), (4,))
    node(city, 4)
    at_terminal(city, 4, 0)
    stand(city)
    (event,) = told(city, c.V_OVERRIDE_REFUSED)
    assert event["magnitude"] == 2 and obeying(city) == {4}


@pytest.mark.parametrize("why", ["dies", "leaves", "node is lost"])
def test_both_keys_must_last(why):
    city = world((3, 1, 1), (0,))
    node(city, 2)
    at_terminal(city, 0, WHOLE)
    override(city, DAY)
    if why == "dies":
        city.persons[0].died = DAY + 5
    elif why == "leaves":
        city.persons[0].village = village(city, 1)
    else:
        city.foremen[row_of(city, 2)].node = 0
    stand(city)
    assert city.powers.override_since == -1 and not told(city, c.V_OVERRIDE)
    assert len(told(city, c.V_OVERRIDE_REFUSED)) == (why == "node is lost")


def reach(edges: dict[int, set[int]], start: int, hops: int, deaf: set[int], shut: set[int]) -> tuple[set[int], set[int]]:
    """Whom an order reaches that obey, and whom that defy: the twin of `ordered`."""
    far, waiting, defied = {start: 0}, [start], deaf & {start}
    while waiting:
        n = waiting.pop(0)
        for o in edges[n] if far[n] < hops else ():
            if o in deaf:
                defied |= {o} - {start}
            elif o not in far and o not in shut:
                far[o] = far[n] + 1
                waiting.append(o)
    return set(far), defied


@pytest.mark.parametrize("seed", range(16))
def test_an_override_against_its_twin_on_broken_blocks(seed):
    rng = np.random.default_rng(seed)
    shape = (4, 3, 3)
    places = list(product(*(range(n) for n in shape)))
    hops = int(rng.integers(1, 9))
    city = world(shape, (0,), override_reach_hops=hops)
    node(city, 0)
    node(city, 20)
    at_terminal(city, 0, WHOLE)
    done = DAY + 30
    broken = rng.integers(0, 64, len(places)) & rng.integers(0, 64, len(places))
    mended = done + rng.integers(-1, 2, len(places))
    bits = rng.integers(0, 8, len(places)) * (rng.integers(0, 6, len(places)) > 0)
    bases = {int(i) for i in rng.choice(len(places), 4)} - {0, 20}
    city.foremen[: len(places), t.Foremen.broken] = broken
    city.foremen[: len(places), t.Foremen.mended] = mended
    city.foremen[: len(places), t.Foremen.stop_bits] = bits
    city.foremen[list(bases), t.Foremen.base] = 1
    city.powers.bases = len(bases)
    holds = [[not (mended[i] > done and broken[i] >> side & 1) for side in range(6)] for i in range(len(places))]
    edges = {
        i: {
            places.index(o) for side, step in enumerate(SIDES)
            if (o := tuple(np.add(place, step))) in places and holds[i][side] and holds[places.index(o)][side ^ 1]
        }
        for i, place in enumerate(places)
    }  # fmt: skip
    deaf = {i for i in range(len(places)) if bits[i] == 0}
    expected, defied = reach(edges, 0, hops, deaf - bases, bases)
    override(city, DAY)
    override(city, done)
    assert obeying(city) == expected | {20}
    assert set(np.flatnonzero(city.column("foremen", "halted"))) == {i for i in expected if bits[i]}
    assert set(np.flatnonzero(city.column("foremen", "reign"))) == {i for i in expected if bits[i]}
    assert [e["who"] for e in told(city, c.V_BAY_DEFIED)] == sorted(bay(i) for i in defied)[:16]
    consistent(city)


# ---- what must not matter, and what must not change ------------------------------------------------------------------


def history(order: list[int]) -> dict[str, Any]:
    """A dawn, forty years of government and an override, told by names."""
    city = world((4, 4, 2), range(0, 32, 3), order, seed=8, authority_tokens=2000)
    convene(city, DAY)
    for i in order:
        if i in (1, 2, 5, 8, 13):
            village(city, i, known=-1 if i == 2 else DAY)
    wanderer(city, 4)
    for month in range(480):
        govern(city, DAY + 30 * month)
    at_terminal(city, 30, WHOLE)
    since = DAY + 480 * 30
    city.powers.override_since = since
    for day in (since, since + 30):
        if city.powers.override_since >= 0:
            override(city, day)
    kept = [t.Foremen.node, t.Foremen.allegiance, t.Foremen.held_until, t.Foremen.halted, t.Foremen.asked, t.Foremen.turned_by]
    bays = {int(f[t.Foremen.name]): f[kept].tolist() for f in city.table("foremen")}
    helped = {
        int(v[t.Villages.name]): v[[t.Villages.barrier_until, t.Villages.warned_until, t.Villages.delayed_until]].tolist()
        for v in city.table("villages")
    }
    events = sorted(city.table("events").tolist())
    powers = np.delete(city.powers.words, t.Powers.override_bay).tolist()
    reigns = np.delete(city.table("reigns"), t.Reigns.bay, axis=1).tolist()
    return {"bays": bays, "villages": helped, "events": events, "powers": powers, "reigns": reigns}


def test_the_order_of_rows_decides_nothing():
    straight = history(list(range(32)))
    assert {e[t.Events.kind] for e in straight["events"]} >= {c.V_NODE_WOKEN, c.V_NODE_LOST, c.V_BARRIER}
    for seed in range(3):
        assert history(np.random.default_rng(seed).permutation(32).tolist()) == straight


def test_the_law_writes_only_what_it_declares():
    city = council(SPREAD)
    names = (
        "foremen", "charters", "persons", "villages", "units", "wanderers", "powers", "shots", "plan", "tally", "claims",
        "reigns",
    )  # fmt: skip
    wanderer(city, 5)
    at_terminal(city, 1, WHOLE)
    village(city, 21, known=-1)
    city.villages[0].alert = 900
    city.units[0].fate, city.units[0].leash_until = c.U_HUNTING, DAY + 10**4
    city.units[0].made = DAY
    city.sizes.units, city.powers.hunting, city.powers.alert = 1, 1, 99999
    before = {name: city.array(name).copy() for name in names}
    convene(city, DAY)
    for month in range(1500):
        city.powers.tokens = 40 * TOKEN
        govern(city, DAY + 30 * month)
    override(city, DAY)
    override(city, DAY + 30)
    assert told(city, c.V_OVERRIDE) and told(city, c.V_ADVICE) and told(city, c.V_NODE_LOST)
    changed = set()
    for name in names:
        differs = np.atleast_2d(city.array(name) != before[name]).any(0)
        changed |= {f"{name}.{columns(t.TABLES[name])[k].name}" for k in np.flatnonzero(differs)}
    changed = {"reigns" if entry.startswith("reigns.") else entry for entry in changed}
    assert changed <= set(authority.LAW.writes), changed - set(authority.LAW.writes)
    assert {"foremen.asked", "foremen.halted", "units.leash_until", "wanderers.advised", "villages.barrier_until"} <= changed
    assert {"foremen.reign", "reigns", "powers.reigns"} <= changed
