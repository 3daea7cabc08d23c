"""Killy: small worlds before and after, plain twins, the order of rows, his chances, what he may touch."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.rng import draws, lineage
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import TABLES
from megastructure.ground.tables import HOMES_VILLAGE
from megastructure.laws import gun, wanderer
from megastructure.laws.gun import defend
from megastructure.laws.wanderer import set_out, wander
from megastructure.society.graph import neighbour, path_days, way, within
from megastructure.society.people import add_person, add_village, kill_person
from megastructure.society.quest.mission import SLEEPS, TWENTY, long_sleep, short_sleep
from megastructure.society.quest.ways import next_bay
from megastructure.time.state import City
from megastructure.words.declare import columns
from megastructure.words.kernel import NOTHING, i4m, i4v, i8, i8v, kernel

PITCH, HEIGHT = 80, 112
AXES = ((t.F_X, PITCH), (t.F_Y, PITCH), (t.F_Z, HEIGHT))
WHOLE = 0b111111
YEAR = t.YEAR

# ---- doors into the law ----------------------------------------------------------------------------------------------


@kernel(NOTHING(*COMMON, i8, i8), entry=True)
def one_decision(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached, w, day
):
    wander(
        keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
        w, day,
    )  # fmt: skip


@kernel(NOTHING(*COMMON, i8, i8), entry=True)
def one_defence(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached, v, day
):
    defend(
        keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
        v, day,
    )  # fmt: skip


@kernel(NOTHING(*COMMON, i8), entry=True)
def the_coming(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached, day
):
    set_out(
        keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached, day
    )


@kernel(i8(WORLD, i8v, i4m, i4v, i8, i8, i8, i8), entry=True)
def found_village(world, sizes, estates, homes, founder, ordinal, bay, day):
    return add_village(world, sizes, estates, homes, founder, ordinal, -1, bay, day)


@kernel(i8(WORLD, i8v, i8v, i4m, i4v, i8, i8, i8, i8, i8, i8), entry=True)
def place_person(world, sizes, knobs, kin, homes, name, born, female, a, b, village):
    return add_person(world, sizes, knobs, kin, homes, name, -1, -1, born, female, a, b, village, 0, 0)


@kernel(NOTHING(WORLD, i8v, i8v, i4m, i4m, i4v, i8, i8), entry=True)
def dies(world, sizes, knobs, kin, estates, homes, p, day):
    kill_person(world, sizes, knobs, kin, estates, homes, p, day, c.D_AGE, 0, 0, 0)


# ---- worlds by hand --------------------------------------------------------------------------------------------------


class Scene:
    """Bays of one size in a box of nx x ny x nz; `order` shuffles their rows."""

    def __init__(self, nx: int = 3, ny: int = 1, nz: int = 1, order: Any = None, **changes: int) -> None:
        self.scenario = Scenario(works=0, wanderers=1).with_knobs(**changes)
        self.city = City(self.scenario, room=1 << 9)
        city = self.city
        places = [(x, y, z) for z in range(nz) for y in range(ny) for x in range(nx)]
        rows = list(range(len(places))) if order is None else list(order)
        city.charters[0, t.G_PITCH] = PITCH
        city.charters[0, t.G_HEIGHT] = HEIGHT
        city.charters[0, [t.G_DECKS, t.G_SHELL, t.G_RIBS]] = 2, 4, 4
        city.charters[0, t.G_PARENT] = -1
        self.bay: dict[tuple[int, int, int], int] = {}
        for place, n in zip(places, rows, strict=True):
            f = city.foremen[n]
            f[t.F_NAME] = lineage(7, place[0] + 100 * place[1], place[2])
            f[t.F_X], f[t.F_Y], f[t.F_Z] = place[0] * PITCH, place[1] * PITCH, place[2] * HEIGHT
            f[t.F_PITCH], f[t.F_HEIGHT] = PITCH, HEIGHT
            f[t.F_PHASE] = c.P_STANDING
            f[[t.F_PARENT, t.F_DUE, t.F_VILLAGE, t.F_SEARCHED, t.F_DAMAGED, t.F_ASKED]] = -1
            f[t.F_RECOGNITION] = t.HUMAN
            f[t.F_LOTS] = 5 * 5 * 7
            city.claims[n] = [0, n, 0, place[0] * 5, place[1] * 5, place[2] * 7, 5, 7, 175]
            self.bay[place] = n
        city.sizes[[t.Z_FOREMEN, t.Z_CLAIMS]] = len(places)
        city.sizes[[t.Z_CHARTERS, t.Z_SCHOOLS]] = 1
        city.rebuild()
        city.powers[0, t.PO_ERA_DAY] = 0
        self.world = (
            city.foremen, city.charters, city.persons, city.villages, city.units, city.wanderers, city.powers,
            city.events, city.shots,
        )  # fmt: skip
        self.common = (
            city.keys, city.slots, city.owners, self.world, city.plan, city.ring, city.sizes, city.knobs, city.tally,
            city.kin, city.estates, city.homes, city.fronts, city.borders, city.marks, city.reached,
        )  # fmt: skip
        self.day = 10

    def village(self, place: tuple[int, int, int], loci: list[int], ordinal: int = 1, shuffled: Any = None) -> int:
        """A village of adults, one for each mask of loci; `shuffled`: the order in which they are entered."""
        city = self.city
        v = int(found_village(self.world, city.sizes, city.estates, city.homes, 77, ordinal, self.bay[place], 0))
        city.villages[v, t.VI_CAPACITY] = 100
        for k in range(len(loci)) if shuffled is None else shuffled:
            place_person(
                self.world, city.sizes, city.knobs, city.kin, city.homes, lineage(1000 + ordinal, 0, k), -30 * YEAR,
                k & 1, loci[k] | t.HUMAN, t.HUMAN, v,
            )  # fmt: skip
        return v

    def wanderer(self, place: tuple[int, int, int], mission: int = c.M_REST, **set_: int) -> int:
        """A Wanderer in a bay, due today."""
        city = self.city
        w = int(city.sizes[t.Z_WANDERERS])
        city.sizes[t.Z_WANDERERS] = w + 1
        row = city.wanderers[w]
        row[t.WA_NAME] = lineage(5, w, 0)
        row[t.WA_BAY] = self.bay[place]
        row[t.WA_MISSION] = mission
        row[[t.WA_DUE, t.WA_SINCE, t.WA_UPDATED]] = self.day
        row[[t.WA_GOAL, t.WA_GOAL_VILLAGE, t.WA_CHARGE, t.WA_REPORTED, t.WA_ADVISED]] = -1
        row[[t.WA_HITS, t.WA_ENERGY]] = 1000
        for name, value in set_.items():
            row[getattr(t, f"WA_{name.upper()}")] = value
        return w

    def raid(self, v: int, units: int, eye: tuple[int, int, int], mass: int = 8, order: Any = None) -> None:
        """Units that attack village v today, entered in this order."""
        city = self.city
        first = int(city.sizes[t.Z_UNITS])
        city.sizes[t.Z_UNITS] = first + units
        for k in range(units):
            u = first + (k if order is None else int(order[k]))
            city.units[u] = [
                lineage(9, self.day, k), self.bay[eye], v, 4242, 1, mass, self.day - 2, self.day, self.day + 30, -1, c.U_HUNTING
            ]  # fmt: skip
        city.powers[0, t.PO_HUNTING] += units
        city.powers[0, t.PO_MASS_TAKEN] += units * mass
        city.powers[0, t.PO_MASS_HUNTING] += units * mass

    def release(self, *xs: int) -> None:
        """The bays of these places along the first axis are gone, and their lots wild."""
        for x in xs:
            n = self.bay[x, 0, 0]
            self.city.foremen[n, t.F_PHASE] = c.P_RELEASED
            self.city.claims[self.city.sizes[t.Z_CLAIMS]] = [1, n, 1, x * 5, 0, 0, 5, 7, 175]
            self.city.sizes[t.Z_CLAIMS] += 1
        self.city.rebuild()
        self.common = (self.city.keys, self.city.slots, self.city.owners, *self.common[3:])

    def decide(self, w: int = 0) -> None:
        """He takes his decision of the day on which it is due."""
        self.day = int(self.city.wanderers[w, t.WA_DUE])
        one_decision(*self.common, w, self.day)

    def until(self, mission: int, w: int = 0, most: int = 40) -> None:
        """Decide until he is about this."""
        for _ in range(most):
            if self.wa("mission", w) == mission and self.wa("goal", w) < 0:
                return
            self.decide(w)
        raise AssertionError(f"{most} decisions and not {mission}")

    def defend(self, v: int) -> None:
        one_defence(*self.common, v, self.day)

    def wa(self, column: str, w: int = 0) -> int:
        return int(self.city.wanderers[w, getattr(t, f"WA_{column.upper()}")])

    def told(self, kind: int | None = None) -> list[Any]:
        rows = self.city.table("events")
        return [r for r in rows if kind is None or r[t.V_KIND] == kind]

    def alive(self) -> Any:
        people = self.city.table("persons")
        return people[people[:, t.PE_DIED] < 0]

    def check(self) -> None:
        """Counts and lists agree with the tables."""
        city = self.city
        people = city.table("persons")
        alive = people[:, t.PE_DIED] < 0
        assert city.powers[0, t.PO_PEOPLE] == alive.sum()
        for v in range(int(city.sizes[t.Z_VILLAGES])):
            listed = set()
            p = int(city.homes[HOMES_VILLAGE + v])
            while p >= 0:
                listed.add(p)
                p = int(city.kin[p, 0])
            lives = set(np.flatnonzero(alive & (people[:, t.PE_VILLAGE] == v)).tolist())
            assert listed == lives and len(lives) == city.villages[v, t.VI_PEOPLE]
            assert (city.villages[v, t.VI_ENDED] < 0) == bool(lives)
        powers = city.powers[0]
        assert powers[t.PO_MASS_TAKEN] == (
            powers[t.PO_MASS_RUBBLE] + powers[t.PO_MASS_RETURNED] + powers[t.PO_MASS_HUNTING]
        )
        whole = (1 << self.scenario.gene_loci) - 1
        known = alive & (people[:, t.PE_SHOWN] & whole == whole)
        assert powers[t.PO_KNOWN_CARRIERS] == known.sum()
        units = city.table("units")
        assert powers[t.PO_HUNTING] == (units[:, t.UN_FATE] == c.U_HUNTING).sum() if len(units) else True


# ---- pictures --------------------------------------------------------------------------------------------------------


def test_alone_he_searches_bay_after_bay_and_begins_anew_when_he_knows_all():
    scene = Scene(4, 3, 2)
    w = scene.wanderer((0, 0, 0))
    seen = []
    for _ in range(2 * 40):
        scene.decide(w)
        if scene.wa("goal") < 0:
            assert scene.wa("due") == scene.day + 120
            seen.append(scene.wa("bay"))
    assert len(set(seen[:24])) == 24, "he searches every bay before he searches one again"
    assert (scene.city.table("foremen")[:, t.F_SEARCHED] >= 0).all()
    assert not scene.told(), "an empty search is no event"


def test_he_goes_to_the_nearest_unknown_bay_and_the_way_takes_its_days():
    scene = Scene(6)
    scene.city.foremen[[scene.bay[x, 0, 0] for x in range(4)], t.F_SEARCHED] = 5
    scene.city.foremen[scene.bay[3, 0, 0], t.F_ALLEGIANCE] = c.A_SAFEGUARD
    scene.wanderer((1, 0, 0))
    scene.decide()
    assert scene.wa("mission") == c.M_EXPLORE and scene.wa("goal") == scene.bay[4, 0, 0]
    assert scene.wa("hops") == 3 and scene.wa("due") == scene.day + 2 + 6 + 6
    scene.day += 1
    scene.city.foremen[scene.bay[4, 0, 0], t.F_PHASE] = c.P_RELEASED
    scene.decide()
    assert scene.wa("bay") == scene.bay[1, 0, 0], "where the goal is gone he chooses again"
    assert scene.wa("mission") == c.M_EXPLORE


def test_he_forgets_what_he_searched_long_ago():
    scene = Scene(2, wanderer_memory_years=1)
    scene.city.foremen[:2, t.F_SEARCHED] = 10, 200
    w = scene.wanderer((1, 0, 0), due=10 + YEAR + 1)
    scene.decide(w)
    assert scene.wa("goal") == scene.bay[0, 0, 0]


def test_he_finds_a_village_tests_everybody_and_leads_the_carrier_to_a_terminal():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_loss_ppm=0, wanderer_rumour_ppm=0)
    v = scene.village((1, 0, 0), [0, 1, 3, 15, WHOLE])
    scene.city.foremen[scene.bay[4, 0, 0], [t.F_TERMINALS, t.F_NODE]] = 1
    scene.city.foremen[scene.bay[0, 0, 0], t.F_TERMINALS] = 1
    scene.city.powers[0, t.PO_NODES] = 1
    scene.wanderer((0, 0, 0))
    scene.city.foremen[scene.bay[0, 0, 0], t.F_SEARCHED] = 0
    scene.until(c.M_EXPLORE)
    scene.decide()
    people = scene.city.table("persons")
    assert (people[:, t.PE_SHOWN] == [0, 1, 3, 15, WHOLE]).all() and (people[:, t.PE_TESTED] == scene.day).all()
    village = scene.city.villages[v]
    assert village[t.VI_MASK_SEEN] == WHOLE and village[t.VI_KNOWN] == scene.day and village[t.VI_ALERT] == 77
    assert scene.city.powers[0, t.PO_KNOWN_CARRIERS] == 1 and scene.city.powers[0, t.PO_ALERT] == 65536
    assert [len(scene.told(k)) for k in (c.V_VILLAGE_FOUND, c.V_PERSON_TESTED, c.V_ESCORT_BEGUN)] == [1, 2, 1]
    assert scene.wa("mission") == c.M_ESCORT and scene.wa("goal") == scene.bay[4, 0, 0], "a living node is preferred"
    assert scene.wa("charge") == 4 and people[4, t.PE_LED_BY] == 0 and scene.wa("due") == scene.day + 2 * 2 * 3
    scene.decide()
    begun, arrived = scene.told(c.V_ESCORT_BEGUN)[0], scene.told(c.V_ESCORT_ARRIVED)[0]
    assert arrived[t.V_CAUSE] == begun[t.V_NAME] and begun[t.V_MAGNITUDE] == 3
    powers = scene.city.powers[0]
    assert powers[t.PO_OVERRIDE_SINCE] == scene.day and powers[t.PO_OVERRIDE_PERSON] == 4
    assert powers[t.PO_OVERRIDE_BAY] == scene.bay[4, 0, 0]
    home = people[4, t.PE_VILLAGE]
    assert home == 1 and scene.city.villages[home, t.VI_BAY] == scene.bay[4, 0, 0] and people[4, t.PE_LED_BY] == -1
    assert len(scene.told(c.V_VILLAGE_FOUNDED)) == 1 and scene.wa("due") == scene.day + 60
    assert len(scene.told(c.V_ORDER)) == 1 and scene.wa("reported") == scene.day
    scene.check()


def test_a_lost_carrier_breaks_him():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_loss_ppm=1_000_000)
    scene.village((0, 0, 0), [WHOLE, 1, 2])
    scene.city.foremen[scene.bay[4, 0, 0], t.F_TERMINALS] = 1
    scene.wanderer((0, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.wa("hops") == 1 and scene.told(c.V_ESCORT_BEGUN)[0][t.V_MAGNITUDE] == 4
    scene.decide()
    died, lost, broken = (scene.told(k)[0] for k in (c.V_PERSON_DIED, c.V_ESCORT_LOST, c.V_WANDERER_DORMANT))
    assert died[t.V_CAUSE] == scene.told(c.V_ESCORT_BEGUN)[0][t.V_NAME] and died[t.V_MAGNITUDE] == c.D_JOURNEY
    assert lost[t.V_CAUSE] == died[t.V_NAME] and broken[t.V_CAUSE] == lost[t.V_NAME]
    assert scene.wa("mission") == c.M_DORMANT and scene.wa("hits") == 0
    assert scene.wa("due") - scene.day >= 5 * YEAR and scene.city.powers[0, t.PO_ALERT] == 2 * 65536
    scene.check()
    scene.decide()
    assert scene.wa("hits") == 1000 and len(scene.told(c.V_WANDERER_WOKE)) == 1
    assert scene.wa("mission") in (c.M_EXPLORE, c.M_RETURN, c.M_REST)


def test_a_carrier_who_dies_on_the_way_is_lost_without_a_wound():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_loss_ppm=0)
    scene.village((0, 0, 0), [WHOLE, 1, 2])
    scene.city.foremen[scene.bay[4, 0, 0], t.F_TERMINALS] = 1
    scene.wanderer((0, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.wa("mission") == c.M_ESCORT
    dies(
        scene.world, scene.city.sizes, scene.city.knobs, scene.city.kin, scene.city.estates, scene.city.homes,
        scene.wa("charge"), scene.day,
    )  # fmt: skip
    scene.decide()
    assert len(scene.told(c.V_ESCORT_LOST)) == 1 and scene.wa("mission") == c.M_REST and scene.wa("hits") == 1000
    scene.check()


def test_he_gathers_those_who_bring_what_the_sanctuary_lacks():
    scene = Scene(8, wanderer_miss_ppm=0, wanderer_journey_ppm=0, wanderer_rumour_ppm=0)
    s = scene.village((6, 0, 0), [1] * 20, 1)
    v = scene.village((1, 0, 0), [1] * 10 + [2, 4, 8, 14, 6, 10, 2, 2], 2)
    scene.city.villages[s, [t.VI_SANCTUARY, t.VI_KNOWN]] = 1, 3
    shown = scene.city.persons[: scene.city.sizes[t.Z_PERSONS]]
    shown[shown[:, t.PE_VILLAGE] == s, t.PE_SHOWN] = 1
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.wa("mission") == c.M_GATHER and scene.wa("group") == 6 and scene.wa("goal_village") == s
    assert scene.wa("due") == scene.day + 2 * 2 * 5
    led = shown[shown[:, t.PE_LED_BY] == 0]
    assert {6, 10, 14} < set(led[:, t.PE_SHOWN].tolist()), "those who show most of it come first"
    assert (led[:, t.PE_SHOWN] & ~1 > 0).all()
    scene.decide()
    assert (led[:, t.PE_VILLAGE] == v).all(), "a copy: the table has moved on"
    assert scene.city.villages[s, t.VI_PEOPLE] == 26 and scene.city.villages[v, t.VI_PEOPLE] == 12
    assert len(scene.told(c.V_GATHERED)) == 6 and scene.wa("mission") == c.M_REST
    assert (scene.city.table("persons")[:, t.PE_LED_BY] == -1).all() and scene.wa("group") == 0
    scene.check()


def test_nobody_is_led_to_where_there_is_no_food():
    scene = Scene(8, wanderer_miss_ppm=0)
    s = scene.village((6, 0, 0), [1] * 20, 1)
    scene.village((1, 0, 0), [2] * 20, 2)
    scene.city.villages[s, [t.VI_SANCTUARY, t.VI_KNOWN, t.VI_CAPACITY]] = 1, 3, 25
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.wa("mission") == c.M_REST


def test_who_stands_at_a_dead_terminal_waits():
    scene = Scene(3, wanderer_miss_ppm=0)
    scene.village((1, 0, 0), [WHOLE, 1])
    scene.city.foremen[scene.bay[1, 0, 0], t.F_TERMINALS] = 1
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.wa("mission") == c.M_REST and scene.wa("due") == scene.day + 360
    scene.city.wanderers[0, [t.WA_MISSION, t.WA_GOAL]] = c.M_RETURN, scene.bay[1, 0, 0]
    scene.city.foremen[scene.bay[1, 0, 0], t.F_NODE] = 1
    scene.city.powers[0, t.PO_NODES] = 1
    scene.decide()
    assert scene.wa("mission") == c.M_ESCORT and scene.wa("hops") == 0 and scene.wa("due") == scene.day + 1
    scene.decide()
    assert scene.city.powers[0, t.PO_OVERRIDE_SINCE] == scene.day and scene.city.powers[0, t.PO_VILLAGES] == 1
    scene.check()


def test_a_new_sanctuary_is_founded_where_nobody_lives():
    scene = Scene(8, wanderer_miss_ppm=0, wanderer_journey_ppm=500_000, wanderer_rumour_ppm=0)
    wide = scene.village((7, 0, 0), [3] * 13, 1)
    v = scene.village((1, 0, 0), [1] * 20, 2)
    scene.city.villages[wide, [t.VI_KNOWN, t.VI_MASK_SEEN]] = 3, 3
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.wa("mission") == c.M_GATHER and scene.wa("goal_village") == -1
    scene.decide()
    arrived = len(scene.told(c.V_GATHERED))
    lost = len(scene.told(c.V_PERSON_DIED))
    assert arrived + lost == 6 and arrived > 0
    new = scene.city.villages[2]
    assert new[t.VI_SANCTUARY] == 1 and new[t.VI_PEOPLE] == arrived and new[t.VI_PARENT] == v
    assert new[t.VI_KNOWN] == scene.day and scene.told(c.V_VILLAGE_FOUNDED)[0][t.V_MAGNITUDE] == arrived
    assert all(e[t.V_CAUSE] == scene.told(c.V_GROUP_LED)[0][t.V_NAME] for e in scene.told(c.V_PERSON_DIED))
    scene.check()


def test_the_first_village_with_loci_becomes_the_sanctuary_and_nobody_is_led():
    scene = Scene(3, wanderer_miss_ppm=0)
    v = scene.village((1, 0, 0), [1] * 20)
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.city.villages[v, t.VI_SANCTUARY] == 1 and scene.wa("mission") == c.M_REST


def test_he_hears_of_another_village_forgets_it_and_goes_where_he_was_advised():
    scene = Scene(6, wanderer_rumour_ppm=1_000_000, wanderer_return_ppm=0, wanderer_gathers=0)
    v = scene.village((1, 0, 0), [0] * 5, 1)
    u = scene.village((4, 0, 0), [0] * 5, 2)
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.city.villages[u, t.VI_KNOWN] == scene.day and len(scene.told(c.V_RUMOUR)) == 1
    scene.city.villages[u, t.VI_KNOWN] = -1
    scene.city.wanderers[0, t.WA_ADVISED] = u
    scene.decide()
    assert scene.wa("mission") == c.M_RETURN and scene.wa("goal_village") == u
    scene.decide()
    assert scene.wa("advised") == -1 and scene.city.villages[u, t.VI_KNOWN] == scene.day and scene.wa("mission") == c.M_REST
    assert len(scene.told(c.V_VILLAGE_FOUND)) == 2 and scene.city.villages[v, t.VI_KNOWN] >= 0


def test_a_century_of_silence_is_told_once_and_a_report_once_a_year():
    scene = Scene(4)
    scene.wanderer((0, 0, 0))
    while scene.day < 250 * YEAR:
        scene.decide()
    silent = scene.told(c.V_SILENT_CENTURY)
    assert [int(e[t.V_MAGNITUDE]) for e in silent] == [1, 2]
    assert all(0 <= e[t.V_DAY] - 100 * YEAR * (k + 1) < YEAR for k, e in enumerate(silent))
    scene.city.foremen[scene.bay[2, 0, 0], t.F_NODE] = 1
    begun = scene.day
    while scene.day < begun + 20 * YEAR:
        scene.decide()
    assert len(scene.told(c.V_ORDER)) == 1
    days = [int(e[t.V_DAY]) for e in scene.told(c.V_REPORT)]
    assert len(days) > 5 and min(np.diff(days)) >= YEAR and scene.wa("reported") == days[-1]


@pytest.mark.parametrize("order", [None, (5, 3, 0, 6, 1, 2, 4)])
def test_from_a_bay_that_none_is_beside_he_climbs_to_the_nearest(order):
    scene = Scene(7, order=order)
    w = scene.wanderer((1, 0, 0))
    scene.release(0, 2, 3, 6)
    scene.city.foremen[scene.bay[1, 0, 0], t.F_SEARCHED] = scene.day
    scene.decide(w)
    assert scene.wa("mission") == c.M_EXPLORE and scene.wa("goal") == scene.bay[4, 0, 0]
    assert scene.wa("due") == scene.day + 30
    scene.decide(w)
    assert scene.wa("bay") == scene.bay[4, 0, 0] and scene.wa("goal") == -1
    for _ in range(2):
        scene.decide(w)
    assert scene.city.foremen[scene.bay[4, 0, 0], t.F_SEARCHED] > 0 and scene.wa("bay") == scene.bay[5, 0, 0]


def test_where_his_bay_is_gone_he_stands_on_what_is_left():
    scene = Scene(4)
    foremen = scene.city.foremen
    scene.wanderer((0, 0, 0))
    scene.release(0, 1)
    scene.decide()
    assert scene.wa("bay") == scene.bay[2, 0, 0] and scene.wa("mission") == c.M_EXPLORE
    foremen[:4, t.F_PHASE] = c.P_RELEASED
    scene.city.owners[:] = 0
    for _ in range(5):
        scene.decide()
    assert scene.wa("mission") == c.M_REST, "in a dead city he waits"


# ---- twins -----------------------------------------------------------------------------------------------------------


def plain_next(scene: Scene, start: int, name: int, day: int) -> tuple[int, int]:
    """The bay that he explores next and its hops, by the rule alone: breadth first, ring by ring."""
    city = scene.city
    f = city.foremen
    memory = scene.scenario.wanderer_memory_years * YEAR
    ring, seen, hops = {start}, {start}, 0

    def drawn(n: int) -> tuple[int, int]:
        return draws(33, c.R_WAY, day, int(f[n, t.F_NAME]), name & 0xFFFF)[0], int(f[n, t.F_NAME])

    first: set[int] = set()
    while ring and hops <= 24:
        new = [n for n in ring if f[n, t.F_SEARCHED] < 0 or day - f[n, t.F_SEARCHED] > memory]
        if new:
            return min(new, key=drawn), hops
        after = {
            o for n in ring for s in range(6) if (o := int(neighbour(city.keys, city.slots, city.owners, f, n, s))) >= 0
        } - seen  # fmt: skip
        first = first or after
        seen |= after
        ring = after
        hops += 1
    if not first:
        return -1, 0
    return min(first, key=drawn), 1


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9, 1.0])
def test_the_next_bay_is_that_of_a_plain_search(share):
    rng = np.random.default_rng(3)
    scene = Scene(5, 4, 3)
    city = scene.city
    for day in range(1000, 1040):
        city.foremen[:60, t.F_SEARCHED] = np.where(rng.random(60) < share, day - 5, -1)
        start = int(rng.integers(60))
        name = int(rng.integers(1 << 60))
        row = next_bay(
            city.keys, city.slots, city.owners, city.foremen, city.knobs, start, name, day, city.marks, city.reached
        )
        bay, hops = plain_next(scene, start, name, day)
        assert (city.reached[row, 0], city.reached[row, 1]) == (bay, hops)


def test_the_way_by_the_compass_is_a_way_and_no_shorter_than_the_shortest():
    scene = Scene(5, 4, 3)
    city = scene.city
    rng = np.random.default_rng(4)
    f = city.foremen
    f[:60, t.F_ALLEGIANCE] = rng.integers(0, 3, 60)
    for _ in range(60):
        a, b = (int(n) for n in rng.integers(0, 60, 2))
        hops, days = way(city.keys, city.slots, city.owners, f, city.charters, a, b, city.marks, city.reached)
        apart = sum(abs(f[a, k] - f[b, k]) // size for k, size in AXES)
        assert hops == apart and 2 * hops <= days <= 10 * hops
        found = within(city.keys, city.slots, city.owners, f, a, 40, city.marks, city.reached)
        row = next(i for i in range(found) if city.reached[i, 0] == b)
        assert city.reached[row, 1] == hops
        assert path_days(city.keys, city.slots, city.owners, f, city.charters, city.reached, row) >= 2 * hops


def plain_way(scene: Scene, a: int, b: int) -> int:
    """Hops from bay a to bay b, as the theory page says; -1: no way."""
    city = scene.city
    f = city.foremen

    def far(n: int) -> int:
        return sum(abs(int(f[n, k] - f[b, k])) for k in (t.F_X, t.F_Y, t.F_Z))  # bays of one size

    def beside(n: int) -> list[int]:
        seen = [int(neighbour(city.keys, city.slots, city.owners, f, n, side)) for side in range(6)]
        return [o for o in seen if o >= 0]

    n, hops = a, 0
    while n != b:
        rings = [[n]]
        while not (nearer := [o for o in rings[-1] if far(o) < far(n)]):
            known = [o for ring in rings for o in ring]
            rings.append(list(dict.fromkeys(o for m in rings[-1] for o in beside(m) if o not in known)))
            if not rings[-1] or len(rings) > 17:
                return -1
        n, hops = min(nearer, key=far), hops + len(rings) - 1
    return hops


def test_a_way_goes_by_the_compass_and_round_corners():
    found = []
    for seed in range(6):
        scene = Scene(7, 6, 2)
        city = scene.city
        rng = np.random.default_rng(seed)
        gone = rng.choice(84, 30, replace=False)
        city.owners[np.isin(city.owners, gone + 1)] = 0
        there = [n for n in range(84) if n not in gone]
        for _ in range(60):
            a, b = (int(n) for n in rng.choice(there, 2, replace=False))
            hops, days = way(city.keys, city.slots, city.owners, city.foremen, city.charters, a, b, city.marks, city.reached)
            assert hops == plain_way(scene, a, b) and (days >= 2 * hops if hops >= 0 else days == 0)
            straight = sum(abs(city.foremen[a, k] - city.foremen[b, k]) // size for k, size in AXES)
            found.append(int(hops) - int(straight) if hops >= 0 else -1)
    assert min(found) == -1 and 0 in found and max(found) >= 2  # some have no way, some lead straight, some round a corner


def test_a_corner_is_left_for_the_nearest_bay_beyond():
    scene = Scene(3, 3)
    city = scene.city
    scene.city.owners[:] = np.where(scene.city.owners == scene.bay[1, 1, 0] + 1, 0, scene.city.owners)
    scene.city.owners[:] = np.where(scene.city.owners == scene.bay[1, 0, 0] + 1, 0, scene.city.owners)
    a, b = scene.bay[0, 0, 0], scene.bay[2, 0, 0]
    assert way(city.keys, city.slots, city.owners, city.foremen, city.charters, a, b, city.marks, city.reached) == (6, 12)
    city.owners[:] = np.where(city.owners == scene.bay[1, 2, 0] + 1, 0, city.owners)
    assert way(city.keys, city.slots, city.owners, city.foremen, city.charters, a, b, city.marks, city.reached)[0] == -1


def test_sleep_follows_its_laws_to_the_unit():
    for k in range(256):
        # 30 x 360^((2k + 1) / 512) lies in [days, days + 1): compared as whole numbers.
        days = int(SLEEPS[k])
        assert days**512 <= 30**512 * 360 ** (2 * k + 1) < (days + 1) ** 512
        assert short_sleep((k << 24) | 0xABCDEF) == days
    total = sum(Fraction(20**k, math.factorial(k)) for k in range(200))
    below = Fraction(0)
    for k in range(64):
        below += Fraction(20**k, math.factorial(k)) / total
        assert abs(Fraction(int(TWENTY[k]), 1 << 32) - below) < Fraction(2, 1 << 32)
    assert long_sleep(0) == 5 and long_sleep((1 << 32) - 1) < 70
    years = [int(long_sleep(draws(1, c.R_DORMANCY, 0, n, 0)[0])) for n in range(2000)]
    assert abs(np.mean(years) - 25) < 4 * math.sqrt(20 / 2000)


# ---- the order of rows -----------------------------------------------------------------------------------------------


def saga(order: Any, shuffled: Any, units: Any) -> tuple[Any, ...]:
    """Forty decisions and four raids among three villages, told by names alone."""
    scene = Scene(6, 3, 1, order=order, wanderer_miss_ppm=200_000, wanderer_loss_ppm=300_000, wanderer_return_ppm=600_000,
                  gun_level=3)  # fmt: skip
    loci = [1, 2, 4, 8, 16, 32, 3, 12, 48, 0, 15, 62, 31, WHOLE, 2, 5, WHOLE, WHOLE, 0, 33]
    scene.village((1, 1, 0), loci, 1, shuffled)
    scene.village((4, 0, 0), loci[::-1], 2, shuffled)
    scene.village((5, 2, 0), [1, 2] * 10, 3, shuffled)
    scene.city.foremen[scene.bay[3, 2, 0], t.F_TERMINALS] = 1
    scene.city.foremen[scene.bay[0, 2, 0], t.F_TERMINALS] = 1
    scene.wanderer((0, 0, 0))
    for k in range(40):
        scene.decide()
        v = int(scene.city.foremen[scene.wa("bay"), t.F_VILLAGE])
        if k % 10 == 9 and v >= 0:
            scene.raid(v, 40, (0, 0, 0), order=units)
            scene.defend(v)
    scene.check()
    rows = scene.city.table("events")
    place = scene.city.foremen[:, t.F_NAME]
    people = scene.city.table("persons")
    keep = [t.PE_NAME, t.PE_DIED, t.PE_TESTED, t.PE_SHOWN]
    return (
        sorted(map(tuple, rows.tolist())),
        [int(place[scene.wa("bay")]), scene.wa("due"), scene.wa("hits"), scene.wa("mission")],
        sorted(map(tuple, people[:, keep].tolist())),
        sorted((int(p[t.PE_NAME]), int(scene.city.villages[p[t.PE_VILLAGE], t.VI_NAME])) for p in people),
    )


def test_the_order_of_rows_and_lists_decides_nothing():
    rng = np.random.default_rng(5)
    told = saga(None, None, None)
    kinds = {e[t.V_KIND] for e in told[0]}
    assert {c.V_PERSON_TESTED, c.V_ESCORT_BEGUN, c.V_VILLAGE_FOUND, c.V_PERSON_DIED, c.V_UNIT_KILLED} <= kinds
    for _ in range(3):
        assert saga(rng.permutation(18).tolist(), rng.permutation(20).tolist(), rng.permutation(40)) == told


# ---- chance ----------------------------------------------------------------------------------------------------------


def test_tests_miss_as_often_as_the_knob_says_and_tell_the_chance_they_had():
    miss = 150_000
    hidden = found = 0
    for seed in range(12):
        scene = Scene(2, wanderer_miss_ppm=miss, wanderer_gathers=0, wanderer_rumour_ppm=0, seed=seed)
        scene.village((0, 0, 0), [0b011111] * 70)
        scene.wanderer((0, 0, 0), c.M_EXPLORE)
        scene.decide()
        shown = scene.city.table("persons")[:, t.PE_SHOWN]
        found += sum(int(m).bit_count() for m in shown)
        hidden += sum(5 - int(m).bit_count() for m in shown)
        for e in scene.told(c.V_PERSON_TESTED):
            n = int(e[t.V_MAGNITUDE]).bit_count()
            assert abs(e[t.V_CHANCE] - 0.85**n * 0.15 ** (5 - n) * 1e9) < 10
    trials = hidden + found
    assert trials == 12 * 70 * 5 and abs(hidden - 0.15 * trials) < 4 * math.sqrt(trials * 0.15 * 0.85)


def test_a_carrier_is_missed_as_often_as_six_loci_can_fail():
    missed = 0
    for seed in range(10):
        scene = Scene(2, wanderer_miss_ppm=100_000, wanderer_rumour_ppm=0, seed=seed)
        scene.village((0, 0, 0), [WHOLE] * 60)
        scene.wanderer((0, 0, 0), c.M_EXPLORE)
        scene.decide()
        events = scene.told(c.V_CARRIER_MISSED)
        missed += len(events)
        assert all(abs(e[t.V_CHANCE] - (1 - 0.9**6) * 1e9) < 10 for e in events)
        scene.check()
    p = 1 - 0.9**6
    assert abs(missed - 600 * p) < 4 * math.sqrt(600 * p * (1 - p))


def test_an_escort_lasts_a_geometric_number_of_hops():
    ended: Counter[int] = Counter()
    trials = 400
    for seed in range(trials):
        scene = Scene(5, wanderer_miss_ppm=0, wanderer_rumour_ppm=0, wanderer_loss_ppm=210_000, seed=seed)
        scene.village((0, 0, 0), [WHOLE, 1])
        scene.city.foremen[scene.bay[4, 0, 0], t.F_TERMINALS] = 1
        scene.wanderer((0, 0, 0), c.M_EXPLORE)
        scene.decide()
        hops = scene.wa("hops")
        scene.decide()
        ended[hops if scene.told(c.V_ESCORT_LOST) else 0] += 1
    chi = 0.0
    for hops in range(5):
        p = 0.79**4 if hops == 0 else 0.21 * 0.79 ** (hops - 1)
        chi += (ended[hops] - trials * p) ** 2 / (trials * p)
    assert chi < 18.5, "chi-square with four degrees of freedom, 0.1 %"


def test_all_bays_of_a_ring_are_chosen_alike():
    scene = Scene(3, 3, 3)
    city = scene.city
    start = scene.bay[1, 1, 1]
    city.foremen[start, t.F_SEARCHED] = 1000
    chosen: Counter[int] = Counter()
    for day in range(1000, 1900):
        row = next_bay(city.keys, city.slots, city.owners, city.foremen, city.knobs, start, 99, day, city.marks, city.reached)
        chosen[int(city.reached[row, 0])] += 1
    assert len(chosen) == 6
    assert sum((n - 150) ** 2 / 150 for n in chosen.values()) < 20.5, "chi-square with five degrees of freedom, 0.1 %"


# ---- honesty ---------------------------------------------------------------------------------------------------------


def test_both_laws_change_only_the_declared_columns():
    before: dict[str, Any] = {}
    scene = Scene(6, 2, 1, wanderer_miss_ppm=0, wanderer_return_ppm=500_000)
    scene.village((1, 1, 0), [1, 2, 4, 8, 16, 32] * 4, 1)
    scene.village((4, 0, 0), [1, WHOLE] * 10, 2)
    scene.city.foremen[scene.bay[0, 0, 0], t.F_TERMINALS] = 1
    scene.wanderer((0, 0, 0))
    names = ("foremen", "charters", "persons", "villages", "units", "wanderers", "powers", "tally")
    changed: dict[str, set[str]] = {wanderer.LAW.name: set(), gun.LAW.name: set()}
    for k in range(40):
        v = int(scene.city.foremen[scene.wa("bay"), t.F_VILLAGE])
        if k % 7 == 6 and v >= 0:
            scene.raid(v, 6, (0, 0, 0))
            before = {n: getattr(scene.city, n).copy() for n in names}
            scene.defend(v)
            law = gun.LAW
        else:
            before = {n: getattr(scene.city, n).copy() for n in names}
            scene.decide()
            law = wanderer.LAW
        for n in names:
            now = np.atleast_2d(getattr(scene.city, n))
            old = np.atleast_2d(before[n])
            rows = {"villages": t.Z_VILLAGES}.get(n)
            for col in columns(TABLES[n]):
                differs = now[:, col.number] != old[:, col.number]
                if rows is not None and scene.city.sizes[rows] > 2:
                    differs[2:] = False  # a village that he has founded is new in all columns
                if differs.any():
                    changed[law.name].add(f"{n}.{col.name}")
    for law in (wanderer.LAW, gun.LAW):
        declared = set(law.writes)
        assert {x for x in changed[law.name] if x not in declared and x.split(".")[0] not in declared} == set(), law.name
    assert {"villages.known", "persons.shown", "foremen.searched"} <= changed["wanderer"]
    assert {"units.fate", "powers.hunting", "foremen.planned"} <= changed["gun"]


def test_they_come_to_the_bays_with_the_lowest_draws():
    scene = Scene(4, 3, 1, wanderers=3)
    scene.city.foremen[2, t.F_PHASE] = c.P_RELEASED
    the_coming(*scene.common, 50)
    assert scene.city.sizes[t.Z_WANDERERS] == 3 and len(scene.told(c.V_WANDERER_CAME)) == 3
    for k in range(3):
        row = scene.city.wanderers[k]
        names = [int(n) for i, n in enumerate(scene.city.foremen[:12, t.F_NAME]) if i != 2]
        best = min(names, key=lambda n: draws(33, c.R_WAY, 50, n, (2 << 16) + k)[0])
        assert scene.city.foremen[row[t.WA_BAY], t.F_NAME] == best
        assert row[t.WA_NAME] == lineage(33, 50, 100 + k) and row[t.WA_DUE] == 51 and row[t.WA_HITS] == 1000
