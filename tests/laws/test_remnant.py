"""Villages: what they do before and after, against plain twins, in any order of rows, and as often as the law says."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.chronicle import event_name
from megastructure.ground.city import City
from megastructure.ground.rng import draws, lineage
from megastructure.ground.scenario import Scenario
from megastructure.land.survey import pillar_axis, pillar_half_width
from megastructure.laws.heredity import bear_child
from megastructure.laws.remnant import (
    LAW,
    eat,
    father_of,
    first_allele,
    flee,
    keep_village,
    resolve_world,
    settle,
)
from megastructure.society.lifetable import (
    AGES,
    POWERS_OF_TWO,
    QUANTILES,
    chance_of,
    daily_hazard,
    exponential,
    hunger_hazard,
    lognormal,
    stationary,
)
from megastructure.society.people import day_of_month, day_of_year
from megastructure.society.settlement import (
    free_bay,
    habitable,
    look_around,
    nearest_village,
    new_services,
    plan_huts,
    ways_out,
)
from worlds.copies import as_it_was
from worlds.lattice import Lattice, a_year, by_name, changes, check_people, lattice

QUIET = {"fission_ppm": 0, "migration_ppm": 0}


def live(w: Lattice, day: int, end: int) -> None:
    """The days of people and villages as the tick lives them."""
    for today in range(day, end):
        acting = [p for p in w.living() if day_of_year(w, p) == today % t.YEAR]
        for p in sorted(acting, key=lambda p: w.persons[p].name):
            father = a_year(w, p, today)
            if father >= 0:
                bear_child(w, p, father, today)
        meeting = [v for v in w.standing() if day_of_month(w, v) == today % 30]
        for v in sorted(meeting, key=lambda v: w.villages[v].name):
            if w.villages[v].ended < 0:
                keep_village(w, v, today)


def month_of(w: Lattice, v: int) -> int:
    """A day in the month in which village v looks around."""
    return 30 * (12 + (w.villages[v].name >> 24) % 12) + day_of_month(w, v)


def nobody(**knobs: int) -> City:
    """A city without bays and people, for laws that read knobs alone."""
    return City(Scenario(**knobs), room=1)


def picture(w: Lattice, k: int = 0) -> str:
    """Who lives where on one level: a cell for each bay."""
    lines = []
    for j in range(w.at.shape[1]):
        row = [w.foremen[w.at[i, j, k]].village for i in range(w.at.shape[0])]
        lines.append(" ".join("." if v < 0 else str(w.villages[v].people) for v in row))
    return " | ".join(lines)


# ---- whole numbers against the functions that they stand for ---------------------------------------------------------


def test_the_exponential_and_what_is_made_of_it():
    for x in np.linspace(0, 90, 2000):
        fixed = int(x * 2**40)
        m, k = exponential(fixed)
        assert 1 << 30 <= m < 1 << 31
        assert abs(math.log(m) + (k - 30) * math.log(2) - fixed / 2**40) < 1.2e-8
    for h in (0, 1, 999, 10**6, 15_700_000, 10**9, 7 * 10**9, 4 * 10**10):
        assert abs(chance_of(h) - 1e9 * (1 - math.exp(-h / 1e9))) < 8
    for byte in range(256):
        expected = 7000 * math.exp(0.7 * NormalDist().inv_cdf((byte + 0.5) / 256))
        assert abs(lognormal(7000, 700_000, byte) - expected) <= 1 + expected / 10_000
    assert all(abs(q - 65536 * NormalDist().inv_cdf((128.5 + i) / 256)) < 0.5 for i, q in enumerate(QUANTILES))
    assert all(p**256 <= 1 << (7680 + i) < (p + 1) ** 256 for i, p in enumerate(POWERS_OF_TWO))


@pytest.mark.parametrize("a, b, base", [(500, 85_000, 15_700), (0, 85_000, 0), (1, 1_000_000, 0), (10**6, 10**6, 10**6)])
def test_mortality_is_gompertz(a, b, base):
    city = nobody(gompertz_a_ppm=a, gompertz_b_ppm=b, death_base_ppm=base)
    for age in (-1, 0, 1, 14, 44, 80, 127, 500):
        years = min(max(age, 0), AGES - 1)
        expected = min(a * 1e3 * math.exp(b / 1e6 * (years + 0.5)) + base * 1e3, 4e10)
        assert abs(daily_hazard(city, age) - expected) <= 2 + expected / 10**7


def test_a_life_lasts_as_long_as_gompertz_says_and_the_remnant_grows_by_a_hundredth():
    without_danger = nobody(death_base_ppm=0, hunger_ppm=0)
    assert abs(stationary(without_danger, -1) / 2**30 - 0.5 - 54.02) < 0.02  # e0 = e^(a/b) E1(a/b) / b
    city = nobody()

    def growth(share: float) -> float:
        """Euler and Lotka: r solves sum births(age) alive(age) exp(-r age) = 1."""
        alive, born = 1.0, []
        for age in range(AGES):
            alive *= 1 - chance_of(daily_hazard(city, age) + hunger_hazard(city, int(share * 1000), 1000)) / 1e9
            born.append(0.08 * alive if 15 <= age <= 44 else 0.0)
        low, high = -0.1, 0.1
        for _ in range(50):
            r = (low + high) / 2
            low, high = (r, high) if sum(m * math.exp(-r * (x + 0.5)) for x, m in enumerate(born)) > 1 else (low, r)
        return low

    assert abs(growth(0) - 0.0115) < 0.0001 and abs(growth(0.94)) < 0.0001
    assert abs(growth(0.5) - (growth(0) + growth(1)) / 2) < 0.0001


def test_first_ages_are_those_of_a_population_at_rest():
    city = nobody()
    total = stationary(city, -1)
    alive, ends = 1.0, []
    for age in range(AGES):
        ends.append((ends[-1] if ends else 0) + alive)
        alive *= 1 - chance_of(daily_hazard(city, age) + hunger_hazard(city, 1, 1)) / 1e9
    for share in np.linspace(0.001, 0.999, 50):
        age = stationary(city, int(share * total))
        assert (ends[age - 1] if age else 0) - 1e-6 <= share * ends[-1] <= ends[age] + 1e-6
    dead = nobody(death_base_ppm=10**6, gompertz_a_ppm=10**6)
    assert stationary(dead, 0) == 0 and stationary(dead, -1) >= 1 << 30


# ---- pictures --------------------------------------------------------------------------------------------------------


def test_a_crowded_village_parts():
    w = lattice(3, 3, 1, fission_ppm=10**6, fission_success_ppm=10**6, migration_ppm=0, capacity_base=60)
    v = w.village(w.at[1, 1, 0], 60)
    w.villages[v].store, w.villages[v].known = 6000, 7
    assert picture(w) == ". . . | . 60 . | . . ."
    for month in range(200):
        if w.sizes.villages > 1:
            break
        keep_village(w, v, 30 * month + day_of_month(w, v))
    assert picture(w) == ". . 21 | . 39 . | . . ."
    check_people(w)
    parent, daughter = w.villages[0], w.villages[1]
    (told,) = w.told(c.V_VILLAGE_FOUNDED)
    assert (told.who, told.whom, told.magnitude) == (daughter.name, parent.name, 21)
    assert told.cause == event_name(0, c.V_VILLAGE_SETTLED, parent.name, 0)
    assert daughter.store > 0 and daughter.arms == 2 and daughter.capacity == 60
    assert w.tally.planned in range(3, 7) and w.foremen[daughter.bay].planned == w.tally.planned


def test_whoever_leaves_and_finds_no_place_dies_on_the_way():
    w = lattice(1, 1, 1, fission_ppm=10**6, fission_success_ppm=10**6, migration_ppm=0, capacity_base=60)
    v = w.village(0, 60)
    for month in range(200):
        if w.powers.people < 60:
            break
        keep_village(w, v, 30 * month + day_of_month(w, v))
    dead = w.told(c.V_PERSON_DIED)
    assert 5 < len(dead) == 60 - w.villages[v].people == w.powers.deaths_journey < 40
    assert {(event.magnitude, event.chance_ppb) for event in dead} == {(c.D_JOURNEY, 0)}
    check_people(w)


@pytest.mark.parametrize("refound, others", [(10**6, True), (0, True), (0, False)])
def test_survivors_found_or_join_or_die(refound, others):
    w = lattice(5, 1, 1, refound_ppm=refound)
    v = w.village(w.at[0, 0, 0], 12)
    w.villages[v].store, w.villages[v].arms = 500, 9
    if others:
        near = w.village(w.at[2, 0, 0], 5)
        w.village(w.at[4, 0, 0], 5)
    fall = event_name(9, c.V_VILLAGE_FELL, w.villages[v].name, 0)
    flee(w, v, fall, 9)
    check_people(w)
    (ended,) = w.told(c.V_VILLAGE_ENDED)
    assert ended.who == w.villages[v].name
    if refound:
        (told,) = w.told(c.V_VILLAGE_FOUNDED)
        new = w.villages[w.sizes.villages - 1]
        assert told.cause == ended.cause == fall and told.whom == w.villages[v].name
        assert (new.people, new.store, new.arms, new.parent) == (12, 0, 1, v)
    elif others:
        (told,) = w.told(c.V_FLIGHT)
        assert told.whom == w.villages[near].name and told.cause == fall
        assert picture(w) == ". . 17 . 5"
    else:
        assert w.powers.deaths_exposed == 12 and w.powers.people == 0
        assert {event.cause for event in w.told(c.V_PERSON_DIED)} == {fall}


def test_whoever_must_leave_a_released_bay_takes_the_store_along():
    w = lattice(3, 1, 1, refound_ppm=10**6, capacity_base=60)
    v = w.village(w.at[1, 0, 0], 12)
    w.villages[v].store, w.villages[v].arms = 500, 9
    w.foremen[w.at[1, 0, 0]].phase = c.P_RELEASED
    flee(w, v, 1, 9)
    new = w.villages[w.sizes.villages - 1]
    assert (new.store, new.arms) == (500, 9)
    check_people(w)


def test_one_person_moves_to_the_nearest_village():
    w = lattice(5, 1, 1, migration_ppm=10**6, fission_ppm=0)
    one = w.village(w.at[0, 0, 0], 10)
    w.village(w.at[1, 0, 0], 10)
    w.village(w.at[4, 0, 0], 10)
    for month in range(200):
        if len(w.told(c.V_MIGRATION)):
            break
        keep_village(w, one, 30 * month + day_of_month(w, one))
    assert w.column("villages", "people").tolist() == [9, 11, 10]
    check_people(w)


def test_stores_even_out_but_not_through_shell_plates():
    for upward, allegiance in ((False, c.A_HEALTHY), (False, c.A_SAFEGUARD), (True, c.A_AUTHORITY)):
        size = (1, 1, 4) if upward else (4, 1, 1)
        w = lattice(*size, **QUIET, walling=0)
        w.charters[:, t.Charters.decks] = 1  # every plate is a shell plate
        w.foremen[:, t.Foremen.allegiance] = allegiance
        poor_bay = w.at[0, 0, 2] if upward else w.at[2, 0, 0]
        rich, poor = w.village(w.at[0, 0, 0], 20), w.village(poor_bay, 10)
        w.villages[rich].store, w.villages[poor].store = 20_000, 0
        keep_village(w, rich, month_of(w, rich))
        # Four fifths of what evens out the stores by head; then a month's food, of which 2 % of 600 are left.
        moved = 0 if upward else 20_000 * 10 * 80 // (100 * 30)
        assert w.villages[rich].store == min(20_012 - moved, 360 * 50) and w.villages[poor].store == moved
        assert [event.magnitude for event in w.told(c.V_TRADE)] == ([] if upward else [moved])


def ways_of(seed: int) -> tuple[Lattice, int, list[int]]:
    """A village in the middle of 3 x 3 x 3 bays, some infected, some with their conduits broken; the open ones around it."""
    dice = np.random.default_rng(seed)
    w = lattice(3, 3, 3, seed=seed, capacity_base=60, safeguard_notice_ppm=0)
    bays = w.table("foremen")
    bays[:, t.Foremen.name] |= dice.choice([0, 16], len(bays))  # most have an eye
    bays[:, t.Foremen.allegiance] = dice.choice([c.A_SAFEGUARD, c.A_HEALTHY], len(bays), p=[0.95, 0.05])
    bays[:, t.Foremen.broken] = dice.choice([63, 62, 0], len(bays), p=[0.2, 0.4, 0.4])
    bays[:, t.Foremen.mended] = dice.choice([10, 10**6], len(bays))
    w.charters[:, t.Charters.decks] = dice.integers(1, 3)
    v = w.village(w.at[1, 1, 1], 60)
    around = [w.at[0, 1, 1], w.at[2, 1, 1], w.at[1, 0, 1], w.at[1, 2, 1]]
    # Level 2 is a deck where a stratum has two levels, and level 1, on which the village stands.
    above, below = 2 % w.charters[0].decks != 0, 1 % w.charters[0].decks != 0
    around += [w.at[1, 1, 2]] * above + [w.at[1, 1, 0]] * below
    seeing = [n for n in range(len(bays)) if bays[n, t.Foremen.allegiance] == c.A_SAFEGUARD and bays[n, 0] >> 4 & 1]
    seeing = [n for n in seeing if bays[n, t.Foremen.broken] != 63 or bays[n, t.Foremen.mended] == 10]
    return w, v, [int(n) for n in around if n not in seeing]


def test_a_village_is_walled_in_by_plates_and_eyes_until_a_way_is_opened():
    walled = moved = parted = 0
    for seed in range(120):
        w, v, around = ways_of(seed)
        w.village(w.at[0, 0, 0], 10)
        assert ways_out(w, w.villages[v].bay, 50)[:2] == (6, len(around))
        keep_village(w, v, month_of(w, v))
        assert w.villages[v].walled_in == (not around)
        told = w.told(c.V_WALLED_IN)
        assert len(told) == (not around) and not w.told(c.V_WAY_OPENED)
        if around:
            continue
        walled += 1
        assert (told[0].magnitude, told[0].cause) == (6, event_name(0, c.V_VILLAGE_SETTLED, w.villages[v].name, 0))
        w.knobs.migration_ppm = w.knobs.fission_ppm = w.knobs.fission_success_ppm = 10**6
        w.villages[v].store, w.villages[v].capacity = 9000, 60
        for month in range(0, 12 * 360, 30):  # another 12 years: nobody leaves, nobody sends or takes
            keep_village(w, v, 720 + month + day_of_month(w, v))
        assert nearest_village(w, w.at[0, 0, 0], 8, 5, c.R_MIGRANT, 60) == -1
        assert {event.kind for event in map(t.Events, w.table("events"))} <= {c.V_WALLED_IN, c.V_HUNGER}
        bay = w.foremen[w.at[0, 1, 1]]
        bay.allegiance, bay.turned_by = c.A_AUTHORITY, 4711
        for month in range(0, 3 * 360, 30):
            keep_village(w, v, 6000 + month + day_of_month(w, v))
        (opened,) = w.told(c.V_WAY_OPENED)
        assert (opened.magnitude, opened.cause) == (1, 4711) and w.villages[v].walled_in == 0
        moved += len(w.told(c.V_MIGRATION)) > 0
        parted += len(w.told(c.V_VILLAGE_FOUNDED)) > 0
        check_people(w)
    assert walled > 8 and moved > 0.8 * walled and parted > walled / 2


def test_nobody_is_walled_in_with_the_switch_off_or_without_neighbours():
    for seed in range(60):
        w, v, _ = ways_of(seed)
        w.knobs.walling = 0
        keep_village(w, v, month_of(w, v))
        assert not w.villages[v].walled_in
    w = lattice(1, 1, 1)
    v = w.village(0, 20)
    keep_village(w, v, month_of(w, v))
    assert not w.villages[v].walled_in


def test_a_village_looks_around_and_wears_out_what_serves_it():
    w = lattice(5, 1, 1, **QUIET, trade=0)
    near, far = w.foremen[w.at[1, 0, 0]], w.foremen[w.at[4, 0, 0]]
    near.services, far.services = 1, 100
    w.foremen[:, t.Foremen.allegiance] = c.A_SAFEGUARD
    v = w.village(w.at[2, 0, 0], 100)
    day = month_of(w, v)
    keep_village(w, v, day)
    assert w.villages[v].capacity == 50 + 2 * 20
    eyes = (w.column("foremen", "name") >> 4) & 1
    assert w.villages[v].sense == 256 * eyes.sum() // 5
    assert near.services == 0 and far.services == 100
    assert [event.who for event in w.told(c.V_SERVICE_WORN)] == [near.name]
    keep_village(w, v, day + 360)
    assert far.services == 99 and w.villages[v].capacity == 70
    assert w.villages[v].store == 0 and len(w.told(c.V_HUNGER)) == 2  # more live here than it feeds, and no store


def test_huts_stand_on_the_floor_of_their_bay():
    w = lattice(2, 2, 1, works=1)
    for name in range(1, 300):
        plan_huts(w, 3, name << 13, 500)
    huts = w.table("plan").astype(int)
    assert set(np.bincount(huts[:, t.Plan.item])[:3]) == {299} and huts[:, t.Plan.item].max() == 5
    assert (huts[:, t.Plan.day] == 501 + huts[:, t.Plan.item]).all() and (huts[:, t.Plan.kind] == c.K_DWELLING).all()
    bay, genes = w.foremen[3], w.charters[0]
    assert (huts[:, t.Plan.z] == bay.z + genes.ribs + genes.shell).all()
    axis = np.array(pillar_axis(genes, bay.x, bay.y))
    half = pillar_half_width(genes, bay.x, bay.y)
    low, high = huts[:, [t.Plan.x, t.Plan.y]], huts[:, [t.Plan.x, t.Plan.y]] + huts[:, [t.Plan.sx, t.Plan.sy]] - 1
    assert (low > [bay.x, bay.y]).all() and (high < [bay.x + 79, bay.y + 79]).all()
    apart = (low > axis + half) | (high < axis - half)
    assert apart.any(axis=1).all()  # none in the pillar
    assert set(huts[:, t.Plan.sx]) == set(huts[:, t.Plan.sy]) == {5, 6, 7} and set(huts[:, t.Plan.sz]) == {4, 5}


# ---- twins -----------------------------------------------------------------------------------------------------------


def test_a_year_of_a_person_as_a_plain_twin_decides_it():
    """Death, its cause and birth on random inputs, by floats and plain lists."""
    dice = np.random.default_rng(5)
    died = born = 0
    w = lattice(1, 1, 1, room=1 << 15, hunger_ppm=200_000, birth_ppm=400_000, seed=99)
    v = w.village(0, 0)
    for _ in range(40):
        w.person(v, int(dice.integers(1, 2**62)), 0, -16 * 360)
    w.persons[2].led_by = 0
    fathers = list(range(40))
    for _ in range(400):
        name, female, days = int(dice.integers(1, 2**62)), int(dice.integers(2)), int(dice.integers(0, 100 * 360))
        day = 40_000 + int(dice.integers(360))
        p = w.person(v, name, female, day - days)
        men = [m for m in [*fathers, p] if not w.persons[m].female and w.persons[m].led_by < 0]
        men = [m for m in men if day - w.persons[m].born >= 15 * 360 and w.persons[m].died < 0]
        n, fed = 41, int(dice.integers(20, 90))
        w.villages[v].capacity = fed
        hazard = 0.0157 + 0.0005 * math.exp(0.085 * (days // 360 + 0.5))
        both = 1 - math.exp(-hazard - 0.2 * n / fed)
        word = draws(99, c.R_MORTALITY, day, name, 0)[0] / 2**32
        fate = c.D_AGE if word < both * hazard / (hazard + 0.2 * n / fed) else (c.D_HUNGER if word < both else 0)
        father = a_year(w, p, day)
        if fate:
            assert w.persons[p].died == day and father == -1
            event = w.told(c.V_PERSON_DIED)[-1]
            assert event.magnitude == fate and event.who == name
            part = hazard if fate == c.D_AGE else 0.2 * n / fed
            assert abs(event.chance_ppb / 1e9 - both * part / (hazard + 0.2 * n / fed)) < 1e-6
            died += 1
            continue
        assert w.persons[p].died < 0
        bears = female and 15 <= days // 360 <= 44 and draws(99, c.R_FERTILITY, day, name, 0)[0] / 2**32 < 0.4
        lot = [(draws(99, c.R_FERTILITY, day, w.persons[m].name, 1 + (name & 0xFFFF))[0], m) for m in men]
        assert father == (min(lot)[1] if bears else -1)
        born += father >= 0
        w.persons[p].born = day  # a child from now on, so that it fathers nobody
        live_year_ends(w, p, day)
    assert died > 30 and born > 20


def live_year_ends(w: Lattice, p: int, day: int) -> None:
    """Take person p out of the village again, by a hazard that nobody survives."""
    w.knobs.death_base_ppm, before = 10**6, w.knobs.death_base_ppm
    w.villages[w.persons[p].village].capacity = 1
    w.persons[p].born = -(10**6)
    a_year(w, p, day + 1)
    w.knobs.death_base_ppm = before
    if w.persons[p].died < 0:
        live_year_ends(w, p, day + 1)


def steps(w: Lattice, start: int) -> dict[int, int]:
    """Hops from a bay on the lattice: the distance of the taxi driver."""
    where = {int(n): cell for cell, n in np.ndenumerate(w.at)}
    return {n: sum(abs(a - b) for a, b in zip(where[start], cell, strict=True)) for n, cell in where.items()}


@pytest.mark.parametrize("shuffle", range(1, 7))
def test_searches_as_a_plain_twin_makes_them(shuffle):
    dice = np.random.default_rng(shuffle)
    w = lattice(5, 4, 3, shuffle=shuffle, service_share=3)
    bays = w.table("foremen")
    bays[:, t.Foremen.services] = [new_services(w, name) for name in bays[:, t.Foremen.name]]
    bays[:, t.Foremen.allegiance] = dice.integers(0, 3, len(bays))
    bays[:, t.Foremen.node] = dice.integers(0, 6, len(bays)) == 0
    bays[:, t.Foremen.site] = np.where(dice.integers(0, 4, len(bays)) == 0, c.S_HALL, c.S_BAY)
    bays[:, t.Foremen.phase] = dice.choice([c.P_BUILDING, c.P_STANDING, c.P_DEMOLISHING], len(bays))
    bays[:, t.Foremen.shell_done] = dice.integers(0, 100, len(bays))
    for n in dice.choice(len(bays), 6, replace=False):
        w.village(n, 3)
    free = [
        n for n, b in enumerate(bays)
        if b[t.Foremen.site] == c.S_BAY and not b[t.Foremen.node] and b[t.Foremen.village] < 0
        and (b[t.Foremen.phase] == c.P_STANDING or (b[t.Foremen.phase] == c.P_BUILDING and b[t.Foremen.shell_done] <= 50))
    ]  # fmt: skip
    assert free == [n for n in range(len(bays)) if habitable(w, n, 50)]
    for v in range(w.sizes.villages):
        village = w.villages[v]
        far = steps(w, village.bay)
        near = [n for n in far if far[n] <= 2]
        nearest = look_around(w, v, 50)
        served = sorted((far[n], w.foremen[n].name, n) for n in near if w.foremen[n].services > 0)
        assert nearest == (served[0][2] if served else -1)
        assert village.capacity == min(50 + 20 * len(served), 150)
        eyes = [n for n in near if w.foremen[n].allegiance == c.A_SAFEGUARD and w.foremen[n].name >> 4 & 1]
        assert village.sense == 256 * len(eyes) // len(near)

        def lot(n: int) -> int:
            return draws(33, c.R_FISSION, 50, w.foremen[n].name, 1 + (4711 & 0xFFFF))[0]

        may = [n for n in free if 1 <= far[n] <= 4]
        assert free_bay(w, village.bay, 4, 4711, c.R_FISSION, 50) == (min(may, key=lot) if may else -1)
        for hops in range(13):  # whatever balls are searched on the way, it is that of the whole ball
            others = [n for n in far if 1 <= far[n] <= hops and w.foremen[n].village >= 0]
            ring = [n for n in others if far[n] == min(far[o] for o in others)]
            expected = w.foremen[min(ring, key=lot)].village if ring else -1
            assert nearest_village(w, village.bay, hops, 4711, c.R_FISSION, 50) == expected


def test_food_as_a_plain_twin_counts_it():
    w = lattice(1, 1, 1)
    v = w.village(0, 0)
    village = w.villages[v]
    for people, fed, store in np.random.default_rng(1).integers([1, 1, 0], [300, 200, 50_000], (200, 3)).tolist():
        village.people, village.capacity, village.store = people, fed, store
        eat(w, v)
        assert village.store == min(max(0, store + int(30.6 * min(people, fed) + 1e-9) - 30 * people), 360 * fed)


# ---- any order of rows -----------------------------------------------------------------------------------------------


def crowd(shuffle: int) -> Lattice:
    """Four villages on a lattice whose rows of bays, villages and people stand in another order."""
    places = {"capacity_base": 20, "capacity_service": 10, "service_share": 4}
    w = lattice(4, 4, 2, shuffle=shuffle, seed=5, fission_ppm=600_000, migration_ppm=900_000, **places)
    dice = np.random.default_rng(shuffle)
    bays = w.table("foremen")
    bays[:, t.Foremen.services] = [new_services(w, name) for name in bays[:, t.Foremen.name]]
    cells = [(0, 0, 0), (3, 3, 1), (1, 2, 0), (2, 0, 1)]
    turns = dice.permutation(len(cells)) if shuffle else range(len(cells))
    homes = {cells[int(n)]: w.village(int(w.at[cells[int(n)]])) for n in turns}
    everybody = [(cell, i) for cell in cells for i in range(38)]
    for turn in dice.permutation(len(everybody)) if shuffle else range(len(everybody)):
        cell, i = everybody[int(turn)]
        v = homes[cell]
        loci = t.HUMAN | (lineage(i, 0, 1) >> 9) % 64
        w.person(v, lineage(w.villages[v].name, 0, i), i & 1, -360 * (i % 50), t.HUMAN | 1 << i % 6, loci, i % 5 - 1)
    return w


def test_the_order_of_rows_decides_nothing():
    worlds = [crowd(shuffle) for shuffle in (0, 1, 2)]
    for w in worlds:
        live(w, 360, 360 * 4)
        fall = event_name(2000, c.V_VILLAGE_FELL, 5, 0)
        for v in sorted(w.standing(), key=lambda v: w.villages[v].name)[:3]:
            flee(w, v, fall, 2000)
        check_people(w)
    kinds = set(worlds[0].column("events", "kind"))
    assert kinds >= {c.V_PERSON_BORN, c.V_PERSON_DIED, c.V_VILLAGE_FOUNDED, c.V_MIGRATION, c.V_FLIGHT}
    for other in worlds[1:]:
        for name in ("persons", "villages", "foremen"):
            assert by_name(worlds[0], name) == by_name(other, name)
        assert (worlds[0].powers.words == other.powers.words).all()
        assert sorted(worlds[0].table("events").tolist()) == sorted(other.table("events").tolist())


def test_the_dawn_is_the_same_in_any_order_of_bays():
    dawns = []
    for shuffle in (0, 1, 2):
        w = lattice(5, 5, 2, shuffle=shuffle, villages=12, seed=4)
        settle(w, 360 * 600)
        check_people(w)
        dawns.append((by_name(w, "villages"), by_name(w, "persons"), by_name(w, "foremen"), w.powers.words.tolist()))
    assert dawns[0] == dawns[1] == dawns[2]
    assert len(dawns[0][0]) == 12


# ---- as often as the law says ----------------------------------------------------------------------------------------


def test_the_dawn():
    w = lattice(8, 8, 2, room=1 << 14, villages=64, seed=8)
    settle(w, 216_000)
    people, villages = w.table("persons"), w.table("villages")
    check_people(w)
    assert len(villages) == 64 and set(villages[:, t.Villages.people]) <= set(range(33, 101))
    assert abs(villages[:, t.Villages.people].mean() - 67) < 4 * 19.6 / 8
    assert (villages[:, t.Villages.store] == 180 * villages[:, t.Villages.people]).all() and w.powers.era_day == 216_000
    behind = (villages[:, t.Villages.barrier_until] > 216_000).sum()
    assert 5 <= behind <= 28 and villages[:, t.Villages.barrier_until].max() < 216_000 + 80 * 360  # 64 x 0.25
    assert w.powers.carriers == 0 and (people[:, [t.Persons.haplotype_a, t.Persons.haplotype_b]] & t.HUMAN).all()
    infected = (people[:, t.Persons.health] == c.I_INFECTED).sum()
    assert abs(infected - 0.02 * len(people)) < 4 * math.sqrt(0.02 * len(people))
    total = stationary(w, -1)
    at_rest = np.mean([stationary(w, int(share * total)) + 0.5 for share in np.linspace(0.0005, 0.9995, 1000)])
    assert abs((216_000 - people[:, t.Persons.born]).mean() / 360 - at_rest) < 4 * 16 / math.sqrt(len(people))
    assert abs(people[:, t.Persons.female].mean() - 0.5) < 4 * 0.5 / math.sqrt(len(people))
    (dawn,) = w.told(c.V_ERA_DAWN)
    assert dawn.magnitude == len(people) == sum(event.magnitude for event in w.told(c.V_VILLAGE_SETTLED))
    few = lattice(2, 2, 1, villages=64)
    settle(few, 216_000)
    assert few.powers.villages == 4


@pytest.mark.parametrize("fst", [0, 150_000, 500_000])
def test_villages_differ_as_f_st_says(fst):
    """Polya's urn gives a beta law: mean p, variance F_ST p (1 - p) of the village frequencies, plus that of the sample."""
    p, people, villages = 0.3, 40, 600
    city = City(Scenario(gene_fst_ppm=fst), room=people)
    dice = np.random.default_rng(2)
    found = []
    for _ in range(villages):
        for i in range(people):
            person = city.persons[i]
            a = first_allele(city, 300_000, 0, 2 * i, 0, 0, int(dice.integers(2**32)))
            b = first_allele(city, 300_000, 0, 2 * i + 1, a, 0, int(dice.integers(2**32)))
            person.haplotype_a, person.haplotype_b = a, b
        found.append(city.persons[:, [t.Persons.haplotype_a, t.Persons.haplotype_b]].mean())
    f = fst / 1e6
    expected = p * (1 - p) * (f + (1 - f) / (2 * people))
    assert abs(np.mean(found) - p) < 4 * math.sqrt(expected / villages)
    assert abs(np.var(found) / expected - 1) < 4 * math.sqrt(2.5 / villages)


def test_worlds_differ_as_the_knob_says():
    median = Scenario().safeguard_raid_ppm
    city = nobody()
    raids, frequencies = [], []
    for seed in range(2000):
        city.knobs.seed = seed
        resolve_world(city)
        raids.append(math.log(city.powers.raid_ppm / median))
        frequencies.append(city.powers.frequency_ppm)
    assert abs(np.mean(raids)) < 4 * 0.7 / math.sqrt(2000) and abs(np.std(raids) - 0.7) < 4 * 0.7 / math.sqrt(4000)
    assert abs(np.std(np.log(frequencies)) - 0.25) < 4 * 0.25 / math.sqrt(4000) and max(frequencies) <= 500_000
    city.knobs.world_spread = 0
    resolve_world(city)
    assert (city.powers.raid_ppm, city.powers.frequency_ppm) == (median, 180_000)


def test_births_and_deaths_are_as_frequent_as_the_knobs_say():
    """The same woman of 30 and man lived over and over: exact binomial laws."""
    w = lattice(1, 1, 1, room=1 << 13, gompertz_a_ppm=0, death_base_ppm=0, hunger_ppm=0, birth_ppm=160_000)
    v = w.village(0, 2, age=30)
    births = sum(a_year(w, 1, 360 * 0 + day) >= 0 for day in range(3000))
    assert abs(births - 480) < 4 * math.sqrt(3000 * 0.16 * 0.84)
    w = lattice(1, 1, 1, room=1 << 13, gompertz_a_ppm=0, death_base_ppm=100_000, hunger_ppm=0, birth_ppm=0)
    v = w.village(0, 3000)
    for p in range(3000):
        a_year(w, p, 10)
    gone = 3000 - w.villages[v].people
    chance = 1 - math.exp(-0.1)
    assert abs(gone - 3000 * chance) < 4 * math.sqrt(3000 * chance * (1 - chance))


def test_services_are_in_one_bay_of_so_many():
    city = nobody()
    have = [new_services(city, lineage(5, i, 0)) for i in range(12_000)]
    assert set(have) == {0, 200} and abs(have.count(200) - 1000) < 4 * math.sqrt(1000)


def test_a_village_parts_as_often_as_the_knob_says():
    """In a village that cannot grow, month by month, every month a world with another seed."""
    parted = 0
    for seed in range(600):
        w = lattice(1, 1, 1, room=128, seed=seed, fission_ppm=600_000, fission_success_ppm=0, migration_ppm=0)
        v = w.village(0, 60)
        w.villages[v].capacity = 60
        keep_village(w, v, 30 * (((w.villages[v].name >> 24) + 1) % 12))
        parted += w.powers.deaths_journey > 0
    assert abs(parted - 30) < 4 * math.sqrt(30)  # a twelfth of 0.6


# ---- honesty ---------------------------------------------------------------------------------------------------------


def test_the_law_changes_only_what_it_declares():
    w = crowd(0)
    for day in (216_000, 216_001):
        w.powers.era_day = -1
        before = as_it_was(w)
        if day == 216_000:
            settle(w, day)
        else:
            live_only(w, day)
        changed = changes(before, w)
        assert changed <= set(LAW.writes), changed - set(LAW.writes)
        assert len(changed) > 10


def live_only(w: Lattice, day: int) -> None:
    """A year of this law alone: nobody bears."""
    for p in w.living():
        a_year(w, p, day)
    for month in range(12):
        for v in w.standing():
            keep_village(w, v, day + 30 * month)
    flee(w, w.standing()[0], 1, day + 365)


def test_who_may_be_a_father():
    w = lattice(1, 1, 1)
    v = w.village(0)
    boy, led, woman = w.person(v, 11, 0, -14 * 360), w.person(v, 12, 0, -30 * 360), w.person(v, 13, 1, -30 * 360)
    w.persons[led].led_by = 0
    assert father_of(w, woman, 0) == -1
    w.persons[led].led_by = -1
    assert father_of(w, woman, 0) == led
    assert father_of(w, woman, 360) in (boy, led)
