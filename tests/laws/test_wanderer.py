"""Killy: small worlds before and after, plain twins, the order of rows, his chances, what he may touch."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.rng import draws, lineage
from megastructure.ground.tables import TABLES
from megastructure.laws import gun, wanderer
from megastructure.laws.combat import villages_attacked
from megastructure.laws.gun import meet_hunters
from megastructure.laws.safeguard import hunt
from megastructure.laws.wanderer import set_out
from megastructure.society.graph import path_days, step_towards, through_plate, way, within
from megastructure.society.patrol import intercept, notice_ppm
from megastructure.society.people import kill_person
from megastructure.society.quest.mission import SLEEPS, short_sleep
from megastructure.society.quest.ways import next_bay
from megastructure.society.units import is_hunted
from megastructure.words.declare import columns
from worlds.wanderers import HEIGHT, PITCH, YEAR, Scene

SIZES = (PITCH, PITCH, HEIGHT)
WHOLE = 0b111111

# ---- pictures --------------------------------------------------------------------------------------------------------


def test_alone_he_searches_bay_after_bay_and_begins_anew_when_he_knows_all():
    scene = Scene(4, 3, 2)
    w = scene.wanderer((0, 0, 0))
    seen = []
    while len(seen) < 40:
        scene.decide(w)
        if scene.he.goal < 0:
            assert scene.he.due == scene.day + 120
            seen.append(scene.he.bay)
    assert len(set(seen[:24])) == 24, "he searches every bay before he searches one again"
    assert (scene.city.column("foremen", "searched") >= 0).all()
    assert not scene.told(), "an empty search is no event"


def test_he_goes_to_the_nearest_unknown_bay_and_the_way_takes_its_days():
    scene = Scene(6)
    for x in range(4):
        scene.at(x, 0, 0).searched = 5
    scene.at(3, 0, 0).allegiance = c.A_SAFEGUARD
    scene.wanderer((1, 0, 0))
    scene.decide()
    assert scene.he.mission == c.M_EXPLORE and scene.he.goal == scene.bay[4, 0, 0]
    days = []
    for x in (2, 3):
        assert scene.he.step == scene.bay[x, 0, 0]
        days.append(int(scene.he.due) - scene.day)
        scene.decide()
        assert scene.he.bay == scene.bay[x, 0, 0] and scene.he.hops == x - 1
    assert days == [2, 6], "an infected bay is walled up"
    scene.at(4, 0, 0).phase = c.P_RELEASED
    scene.decide()
    assert scene.he.bay == scene.bay[3, 0, 0], "where the goal is gone he chooses again"
    assert scene.he.mission == c.M_EXPLORE and scene.he.goal != scene.bay[4, 0, 0]


def test_he_forgets_what_he_searched_long_ago():
    scene = Scene(2, wanderer_memory_years=1)
    scene.at(0, 0, 0).searched, scene.at(1, 0, 0).searched = 10, 200
    w = scene.wanderer((1, 0, 0), due=10 + YEAR + 1)
    scene.decide(w)
    assert scene.he.goal == scene.bay[0, 0, 0] == scene.he.step


def test_he_finds_a_village_tests_everybody_and_leads_the_carrier_to_a_terminal():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_journey_ppm=0, wanderer_rumour_ppm=0)
    v = scene.village((1, 0, 0), [0, 1, 3, 15, WHOLE])
    scene.at(4, 0, 0).terminals = scene.at(4, 0, 0).node = 1
    scene.at(0, 0, 0).terminals = 1
    scene.city.powers.nodes = 1
    scene.wanderer((0, 0, 0))
    scene.at(0, 0, 0).searched = 0
    scene.until(c.M_EXPLORE)
    scene.decide()
    assert scene.city.column("persons", "shown").tolist() == [0, 1, 3, 15, WHOLE]
    assert (scene.city.column("persons", "tested") == scene.day).all()
    village = scene.city.villages[v]
    assert village.mask_seen == WHOLE and village.known == scene.day and village.alert == 77
    assert scene.city.powers.known_carriers == 1 and scene.city.powers.alert == 65536
    assert [len(scene.told(k)) for k in (c.V_VILLAGE_FOUND, c.V_PERSON_TESTED, c.V_ESCORT_BEGUN)] == [1, 2, 1]
    assert scene.he.mission == c.M_ESCORT and scene.he.goal == scene.bay[4, 0, 0], "a living node is preferred"
    carrier = scene.city.persons[4]
    assert scene.he.charge == 4 and carrier.led_by == 0 and scene.he.due == scene.day + 2 * 2
    assert scene.he.seen == scene.he.bay and scene.he.waves == 3, "Safeguard has noticed the test"
    began = scene.day
    scene.walk()
    assert scene.day == began + 3 * 2 * 2
    begun, arrived = scene.told(c.V_ESCORT_BEGUN)[0], scene.told(c.V_ESCORT_ARRIVED)[0]
    assert arrived.cause == begun.name and begun.magnitude == 3
    powers = scene.city.powers
    assert powers.override_since == scene.day and powers.override_person == 4
    assert powers.override_bay == scene.bay[4, 0, 0]
    assert carrier.village == 1 and scene.city.villages[1].bay == scene.bay[4, 0, 0] and carrier.led_by == -1
    assert len(scene.told(c.V_VILLAGE_FOUNDED)) == 1 and scene.he.due == scene.day + 60
    assert len(scene.told(c.V_ORDER)) == 1 and scene.he.reported == scene.day
    scene.check()


def test_a_carrier_lost_on_the_way_ends_the_escort():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_journey_ppm=1_000_000)
    scene.village((0, 0, 0), [WHOLE, 1, 2])
    scene.at(4, 0, 0).terminals = 1
    scene.wanderer((0, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.told(c.V_ESCORT_BEGUN)[0].magnitude == 4
    scene.decide()
    died, lost = (scene.told(k)[0] for k in (c.V_PERSON_DIED, c.V_ESCORT_LOST))
    assert died.cause == scene.told(c.V_ESCORT_BEGUN)[0].name and died.magnitude == c.D_JOURNEY
    assert lost.magnitude == 1 and scene.he.mission == c.M_REST and scene.he.hits == 1000
    assert scene.he.charge == -1 and scene.he.step == -1
    scene.check()


def eyes(scene: Scene, *places: tuple[int, int, int]) -> None:
    """These bays obey Safeguard and have an eye."""
    for place in places:
        bay = scene.at(*place)
        bay.name |= 16
        bay.allegiance = c.A_SAFEGUARD
        scene.city.powers.safeguard_bays += 1


def test_an_eye_on_the_way_notices_them_and_units_meet_them_there():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_journey_ppm=0, safeguard_notice_ppm=1_000_000, safeguard_patrol=0)
    scene.village((0, 0, 0), [WHOLE, 1, 2])
    eyes(scene, (2, 0, 0))
    scene.at(4, 0, 0).terminals = 1
    scene.wanderer((0, 0, 0), c.M_EXPLORE)
    scene.decide()
    scene.walk()
    (met,) = scene.told(c.V_INTERCEPTED)
    assert met.who == scene.he.name and met.whom == scene.at(2, 0, 0).name and met.magnitude == 2
    assert met.cause == scene.told(c.V_ESCORT_BEGUN)[0].name and met.chance_ppb == 10**9
    (made,) = scene.told(c.V_UNIT_MADE)
    (killed,) = scene.told(c.V_UNIT_KILLED)
    (beaten,) = scene.told(c.V_BEATEN_OFF)
    assert made.cause == met.name == beaten.cause and killed.who == made.who and beaten.magnitude == 1
    assert scene.city.sizes.shots == 1 and scene.he.energy < 1000 and scene.city.powers.hunting == 0
    assert len(scene.told(c.V_ESCORT_ARRIVED)) == 1
    scene.check()


def test_without_charge_he_is_broken_and_those_he_leads_are_scattered():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_journey_ppm=0, wanderer_loss_ppm=0, refuge_ppm=0,
                  safeguard_notice_ppm=1_000_000, safeguard_patrol=16)  # fmt: skip
    scene.village((0, 0, 0), [WHOLE, 1, 2])
    eyes(scene, (2, 0, 0))
    scene.at(4, 0, 0).terminals = 1
    scene.wanderer((0, 0, 0), c.M_EXPLORE, energy=0, hits=60)
    scene.decide()
    scene.walk()
    (broken,) = scene.told(c.V_WANDERER_DORMANT)
    assert scene.he.mission == c.M_DORMANT and scene.he.hits == 0 and broken.magnitude in SLEEPS
    (dead,) = scene.told(c.V_PERSON_DIED)
    assert dead.magnitude == c.D_UNITS and scene.city.persons[0].died == scene.day
    assert scene.city.persons[0].led_by == -1 and scene.city.powers.hunting > 0
    scene.check()
    scene.decide()
    assert len(scene.told(c.V_WANDERER_WOKE)) == 1 and scene.he.mission != c.M_DORMANT


def test_of_two_ways_he_takes_the_one_whose_eye_he_does_not_know_of():
    for known in (-1, 5):
        scene = Scene(3, 2)
        eyes(scene, (1, 0, 0))
        scene.at(1, 0, 0).searched = known
        o, detour = step_towards(scene.city, scene.bay[0, 0, 0], scene.bay[2, 1, 0], -1, 1)
        assert detour == -1 and o == scene.bay[(1, 0, 0) if known < 0 else (0, 1, 0)]


def test_steps_lead_to_the_goal_round_corners_and_no_bay_is_met_twice():
    for seed in range(6):
        scene = Scene(7, 6, 2)
        city = scene.city
        rng = np.random.default_rng(seed)
        gone = rng.choice(84, 30, replace=False)
        city.owners[np.isin(city.owners, gone + 1)] = 0
        there = [n for n in range(84) if n not in gone]
        for _ in range(40):
            a, b = (int(n) for n in rng.choice(there, 2, replace=False))
            at, detour, hops = a, -1, 0
            while at != b and at >= 0 and hops < 100:
                before = at
                at, detour = step_towards(city, at, b, detour, 0)
                assert at < 0 or at in scene.beside(before)
                hops += 1
            assert (at, hops) == (b, way(city, a, b)[0]) if way(city, a, b)[0] >= 0 else at < 0


def test_a_child_is_guarded_until_grown_and_then_led():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_journey_ppm=0, safeguard=0)
    v = scene.village((0, 0, 0), [WHOLE, 1, 2])
    child = scene.city.persons[0]
    child.born = scene.day - 4 * YEAR
    scene.at(4, 0, 0).terminals = 1
    scene.wanderer((0, 0, 0), c.M_EXPLORE)
    scene.decide()
    (begun,) = scene.told(c.V_GUARD_BEGUN)
    assert scene.he.mission == c.M_GUARD and begun.magnitude == 11 and begun.whom == child.name
    alert = int(scene.city.villages[v].alert)
    scene.decide()
    assert scene.he.mission == c.M_GUARD and scene.city.villages[v].alert > alert, "his staying is noticed"
    scene.until_not(c.M_GUARD)
    (ended,) = scene.told(c.V_GUARD_ENDED)
    assert scene.day == child.born + 15 * YEAR and ended.magnitude == 0 and ended.cause == begun.name
    assert scene.he.mission == c.M_ESCORT and scene.told(c.V_ESCORT_BEGUN)[0].cause == ended.name


def test_a_guard_ends_with_the_child():
    scene = Scene(5, wanderer_miss_ppm=0, safeguard=0)
    scene.village((0, 0, 0), [WHOLE, 1, 2])
    scene.city.persons[0].born = scene.day - 4 * YEAR
    scene.at(4, 0, 0).terminals = 1
    scene.wanderer((0, 0, 0), c.M_EXPLORE)
    scene.decide()
    kill_person(scene.city, 0, scene.day, c.D_AGE, 0, 0, 0)
    scene.decide()
    assert scene.told(c.V_GUARD_ENDED)[0].magnitude == 1 and scene.he.mission == c.M_REST and scene.he.charge == -1


@pytest.mark.parametrize("nodes", [0, 1])
def test_a_grown_carrier_far_from_any_node_waits_for_a_road(nodes):
    scene = Scene(20, wanderer_miss_ppm=0, wanderer_journey_ppm=0, safeguard=0)
    scene.village((0, 0, 0), [WHOLE, 1, 2])
    scene.at(19, 0, 0).terminals, scene.at(19, 0, 0).node = 1, nodes
    scene.city.powers.nodes = nodes
    scene.wanderer((0, 0, 0), c.M_EXPLORE)
    scene.decide()
    if nodes == 0:
        assert scene.he.mission == c.M_ESCORT, "nobody will clear a road"
        return
    assert scene.told(c.V_GUARD_BEGUN)[0].magnitude == 0
    scene.until_not(c.M_GUARD)
    assert scene.he.mission == c.M_ESCORT and 5 * YEAR <= scene.day - 10 < 6 * YEAR


def test_hunters_come_to_where_he_was_seen_and_lose_him_among_those_who_obey():
    scene = Scene(9, safeguard_waves=2, safeguard_hunters=0)
    eyes(scene, (0, 0, 0))
    w = scene.wanderer((3, 0, 0), seen=scene.bay[3, 0, 0], seen_day=10, seen_by=77, waves=2, due=10_000)
    hunt(scene.city, 30)
    (sent,) = scene.told(c.V_HUNT)
    assert sent.cause == 77 and sent.whom == scene.at(0, 0, 0).name and sent.magnitude == scene.city.sizes.units == 1
    unit = scene.city.units[0]
    assert unit.hunts == w and unit.village == -1 and unit.goal == scene.bay[3, 0, 0]
    assert unit.arrives == 31 + 6 + 2 + 2 and scene.he.waves == 1
    meet_hunters(scene.city, int(unit.arrives) - 1)
    assert scene.city.powers.hunting == 1, "they are on their way"
    scene.he.bay = scene.bay[5, 0, 0]
    meet_hunters(scene.city, int(unit.arrives))
    assert scene.city.powers.hunting == 1 and scene.city.sizes.shots == 0, "he has moved on"
    scene.he.bay = scene.bay[4, 0, 0]
    meet_hunters(scene.city, int(unit.arrives))
    assert scene.city.powers.hunting == 0 and scene.city.sizes.shots == 1 and scene.he.waves == 1
    assert scene.he.seen == scene.bay[4, 0, 0] and scene.he.seen_by == 77, "he is not hunted anew for it"
    scene.at(8, 0, 0).allegiance = c.A_AUTHORITY
    scene.he.bay = scene.bay[8, 0, 0]
    hunt(scene.city, 60)
    assert scene.he.seen == -1 and scene.he.waves == 0 and len(scene.told(c.V_HUNT_SHAKEN)) == 1
    scene.check()


def test_hunters_who_find_him_in_a_village_attack_it():
    scene = Scene(5, safeguard_hunters=0)
    v = scene.village((2, 0, 0), [0] * 20)
    eyes(scene, (0, 0, 0))
    scene.wanderer((2, 0, 0), seen=scene.bay[2, 0, 0], seen_day=10, seen_by=77, waves=1, due=10_000)
    hunt(scene.city, 30)
    day = int(scene.city.units[0].arrives)
    meet_hunters(scene.city, day)
    assert scene.city.units[0].village == v and scene.city.units[0].hunts == -1
    assert villages_attacked(scene.city, day) == 1
    assert is_hunted(scene.city, v, day)


def test_hunted_he_keeps_away_from_those_he_knows_and_hides_where_there_are_no_eyes():
    scene = Scene(6, wanderer_return_ppm=1_000_000)
    v = scene.village((4, 0, 0), [0] * 5)
    scene.city.villages[v].known = 5
    scene.at(0, 0, 0).allegiance = c.A_AUTHORITY
    scene.city.powers.authority_bays = 1
    scene.wanderer((2, 0, 0), seen=scene.bay[2, 0, 0], seen_day=10, seen_by=77, waves=3)
    scene.decide()
    (away,) = scene.told(c.V_STAYED_AWAY)
    assert away.whom == scene.city.villages[v].name and away.cause == 77
    assert scene.he.mission == c.M_HIDE and scene.he.goal == scene.bay[0, 0, 0]
    scene.walk()
    assert scene.he.bay == scene.bay[0, 0, 0] and scene.he.due == scene.day + 90


def test_leading_a_carrier_he_shoots_a_shell_plate_open():
    for level in (0, 4):
        scene = Scene(1, 1, 3, wanderer_miss_ppm=0, wanderer_journey_ppm=0, gun_level=level)
        scene.village((0, 0, 1), [WHOLE, 1, 2])
        scene.at(0, 0, 2).terminals = 1
        scene.wanderer((0, 0, 1), c.M_EXPLORE)
        scene.decide()
        assert scene.he.mission == c.M_ESCORT and scene.he.goal == scene.bay[0, 0, 2]
        plate = through_plate(scene.city, scene.bay[0, 0, 1], 4, scene.bay[0, 0, 2])
        assert plate and scene.city.sizes.shots == (1 if level else 0)
        assert scene.he.due == scene.day + 2 * (2 if level else 10)


def test_a_carrier_who_dies_on_the_way_is_lost_without_a_wound():
    scene = Scene(5, wanderer_miss_ppm=0, wanderer_journey_ppm=0)
    scene.village((0, 0, 0), [WHOLE, 1, 2])
    scene.at(4, 0, 0).terminals = 1
    scene.wanderer((0, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.he.mission == c.M_ESCORT
    kill_person(scene.city, scene.he.charge, scene.day, c.D_AGE, 0, 0, 0)
    scene.decide()
    assert len(scene.told(c.V_ESCORT_LOST)) == 1 and scene.he.mission == c.M_REST and scene.he.hits == 1000
    scene.check()


def test_he_gathers_those_who_bring_what_the_sanctuary_lacks():
    scene = Scene(8, wanderer_miss_ppm=0, wanderer_journey_ppm=0, wanderer_rumour_ppm=0)
    s = scene.village((6, 0, 0), [1] * 20, 1)
    v = scene.village((1, 0, 0), [1] * 10 + [2, 4, 8, 14, 6, 10, 2, 2], 2)
    sanctuary, village = scene.city.villages[s], scene.city.villages[v]
    sanctuary.sanctuary, sanctuary.known = 1, 3
    shown = scene.city.table("persons")
    shown[shown[:, t.Persons.village] == s, t.Persons.shown] = 1
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.he.mission == c.M_GATHER and scene.he.group == 6 and scene.he.goal_village == s
    assert scene.he.due == scene.day + 2 * 2
    led = shown[shown[:, t.Persons.led_by] == 0]
    assert {6, 10, 14} < set(led[:, t.Persons.shown].tolist()), "those who show most of it come first"
    assert (led[:, t.Persons.shown] & ~1 > 0).all()
    scene.walk()
    assert (led[:, t.Persons.village] == v).all(), "a copy: the table has moved on"
    assert sanctuary.people == 26 and village.people == 12
    assert len(scene.told(c.V_GATHERED)) == 6 and scene.he.mission == c.M_REST
    assert (scene.city.column("persons", "led_by") == -1).all() and scene.he.group == 0
    scene.check()


def test_nobody_is_led_to_where_there_is_no_food():
    scene = Scene(8, wanderer_miss_ppm=0)
    s = scene.village((6, 0, 0), [1] * 20, 1)
    scene.village((1, 0, 0), [2] * 20, 2)
    sanctuary = scene.city.villages[s]
    sanctuary.sanctuary, sanctuary.known, sanctuary.capacity = 1, 3, 25
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.he.mission == c.M_REST


def test_who_stands_at_a_dead_terminal_waits():
    scene = Scene(3, wanderer_miss_ppm=0)
    scene.village((1, 0, 0), [WHOLE, 1])
    scene.at(1, 0, 0).terminals = 1
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.he.mission == c.M_REST and scene.he.due == scene.day + 360
    scene.he.mission, scene.he.goal = c.M_RETURN, scene.bay[1, 0, 0]
    scene.at(1, 0, 0).node = 1
    scene.city.powers.nodes = 1
    scene.decide()
    assert scene.he.mission == c.M_ESCORT and scene.he.step == -1 and scene.he.due == scene.day + 1
    scene.decide()
    assert scene.city.powers.override_since == scene.day and scene.city.powers.villages == 1
    scene.check()


def test_a_new_sanctuary_is_founded_where_nobody_lives():
    scene = Scene(8, wanderer_miss_ppm=0, wanderer_journey_ppm=120_000, wanderer_rumour_ppm=0)
    wide = scene.village((7, 0, 0), [3] * 13, 1)
    v = scene.village((1, 0, 0), [1] * 20, 2)
    scene.city.villages[wide].known = scene.city.villages[wide].mask_seen = 3
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.he.mission == c.M_GATHER and scene.he.goal_village == -1
    scene.walk()
    arrived = len(scene.told(c.V_GATHERED))
    lost = len(scene.told(c.V_PERSON_DIED))
    assert arrived + lost == 6 and arrived > 0
    new = scene.city.villages[2]
    assert new.sanctuary == 1 and new.people == arrived and new.parent == v
    assert new.known == scene.day and scene.told(c.V_VILLAGE_FOUNDED)[0].magnitude == arrived
    assert all(e.cause == scene.told(c.V_GROUP_LED)[0].name for e in scene.told(c.V_PERSON_DIED))
    scene.check()


def test_the_first_village_with_loci_becomes_the_sanctuary_and_nobody_is_led():
    scene = Scene(3, wanderer_miss_ppm=0)
    v = scene.village((1, 0, 0), [1] * 20)
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.city.villages[v].sanctuary == 1 and scene.he.mission == c.M_REST


def test_he_hears_of_another_village_forgets_it_and_goes_where_he_was_advised():
    scene = Scene(6, wanderer_rumour_ppm=1_000_000, wanderer_return_ppm=0, wanderer_gathers=0)
    v = scene.village((1, 0, 0), [0] * 5, 1)
    u = scene.village((4, 0, 0), [0] * 5, 2)
    scene.wanderer((1, 0, 0), c.M_EXPLORE)
    scene.decide()
    assert scene.city.villages[u].known == scene.day and len(scene.told(c.V_RUMOUR)) == 1
    scene.city.villages[u].known = -1
    scene.he.advised = u
    scene.decide()
    assert scene.he.mission == c.M_RETURN and scene.he.goal_village == u
    scene.walk()
    assert scene.he.advised == -1 and scene.city.villages[u].known == scene.day and scene.he.mission == c.M_REST
    assert len(scene.told(c.V_VILLAGE_FOUND)) == 2 and scene.city.villages[v].known >= 0


def test_a_century_of_silence_is_told_once_and_a_report_once_a_year():
    scene = Scene(4)
    scene.wanderer((0, 0, 0))
    while scene.day < 250 * YEAR:
        scene.decide()
    silent = scene.told(c.V_SILENT_CENTURY)
    assert [int(e.magnitude) for e in silent] == [1, 2]
    assert all(0 <= e.day - 100 * YEAR * (k + 1) < YEAR for k, e in enumerate(silent))
    scene.at(2, 0, 0).node = 1
    begun = scene.day
    while scene.day < begun + 20 * YEAR:
        scene.decide()
    assert len(scene.told(c.V_ORDER)) == 1
    days = [int(e.day) for e in scene.told(c.V_REPORT)]
    assert len(days) > 5 and min(np.diff(days)) >= YEAR and scene.he.reported == days[-1]


@pytest.mark.parametrize("order", [None, (5, 3, 0, 6, 1, 2, 4)])
def test_from_a_bay_that_none_is_beside_he_climbs_to_the_nearest(order):
    scene = Scene(7, order=order)
    w = scene.wanderer((1, 0, 0))
    scene.release(0, 2, 3, 6)
    scene.at(1, 0, 0).searched = scene.day
    scene.decide(w)
    assert scene.he.mission == c.M_EXPLORE and scene.he.goal == scene.bay[4, 0, 0]
    assert scene.he.due == scene.day + 30
    scene.decide(w)
    assert scene.he.bay == scene.bay[4, 0, 0] and scene.he.goal == -1
    for _ in range(2):
        scene.decide(w)
    assert scene.at(4, 0, 0).searched > 0 and scene.he.bay == scene.bay[5, 0, 0]


def test_where_his_bay_is_gone_he_stands_on_what_is_left():
    scene = Scene(4)
    scene.wanderer((0, 0, 0))
    scene.release(0, 1)
    scene.decide()
    assert scene.he.bay == scene.bay[2, 0, 0] and scene.he.mission == c.M_EXPLORE
    scene.city.column("foremen", "phase")[:] = c.P_RELEASED
    scene.city.owners[:] = 0
    for _ in range(5):
        scene.decide()
    assert scene.he.mission == c.M_REST, "in a dead city he waits"


# ---- twins -----------------------------------------------------------------------------------------------------------


def plain_next(scene: Scene, start: int, name: int, day: int) -> tuple[int, int]:
    """The bay that he explores next and its hops, by the rule alone: breadth first, ring by ring."""
    city = scene.city
    memory = scene.scenario.wanderer_memory_years * YEAR
    ring, seen, hops = {start}, {start}, 0

    def drawn(n: int) -> tuple[int, int]:
        own = int(city.foremen[n].name)
        return draws(33, c.R_WAY, day, own, name & 0xFFFF)[0], own

    def unknown(n: int) -> bool:
        searched = int(city.foremen[n].searched)
        return searched < 0 or day - searched > memory

    first: set[int] = set()
    while ring and hops <= 24:
        new = [n for n in ring if unknown(n)]
        if new:
            return min(new, key=drawn), hops
        after = {o for n in ring for o in scene.beside(n)} - seen
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
        city.column("foremen", "searched")[:] = np.where(rng.random(60) < share, day - 5, -1)
        start = int(rng.integers(60))
        name = int(rng.integers(1 << 60))
        row = next_bay(city, start, name, day)
        bay, hops = plain_next(scene, start, name, day)
        assert (city.reached[row].bay, city.reached[row].hops) == (bay, hops)


def straight(scene: Scene, a: int, b: int) -> int:
    """Hops from bay a to bay b if bays were everywhere."""
    ways = abs(scene.city.foremen[a].corner - scene.city.foremen[b].corner)
    return sum(int(way) // size for way, size in zip(ways, SIZES))


def test_the_way_by_the_compass_is_a_way_and_no_shorter_than_the_shortest():
    scene = Scene(5, 4, 3)
    city = scene.city
    rng = np.random.default_rng(4)
    city.column("foremen", "allegiance")[:] = rng.integers(0, 3, 60)
    for _ in range(60):
        a, b = (int(n) for n in rng.integers(0, 60, 2))
        hops, days = way(city, a, b)
        assert hops == straight(scene, a, b) and 2 * hops <= days <= 10 * hops
        found = within(city, a, 40)
        row = next(i for i in range(found) if city.reached[i].bay == b)
        assert city.reached[row].hops == hops
        assert path_days(city, row) >= 2 * hops


def plain_way(scene: Scene, a: int, b: int) -> int:
    """Hops from bay a to bay b, as the theory page says; -1: no way."""

    def far(n: int) -> int:
        return int(abs(scene.city.foremen[n].corner - scene.city.foremen[b].corner).sum())  # bays of one size

    n, hops = a, 0
    while n != b:
        rings = [[n]]
        while not (nearer := [o for o in rings[-1] if far(o) < far(n)]):
            known = [o for ring in rings for o in ring]
            rings.append(list(dict.fromkeys(o for m in rings[-1] for o in scene.beside(m) if o not in known)))
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
            hops, days = way(city, a, b)
            assert hops == plain_way(scene, a, b) and (days >= 2 * hops if hops >= 0 else days == 0)
            found.append(int(hops) - straight(scene, a, b) if hops >= 0 else -1)
    assert min(found) == -1 and 0 in found and max(found) >= 2  # some have no way, some lead straight, some round a corner


def test_a_corner_is_left_for_the_nearest_bay_beyond():
    scene = Scene(3, 3)
    city = scene.city
    city.owners[np.isin(city.owners, [scene.bay[1, 1, 0] + 1, scene.bay[1, 0, 0] + 1])] = 0
    a, b = scene.bay[0, 0, 0], scene.bay[2, 0, 0]
    assert way(city, a, b) == (6, 12)
    city.owners[city.owners == scene.bay[1, 2, 0] + 1] = 0
    assert way(city, a, b)[0] == -1


def test_sleep_follows_its_laws_to_the_unit():
    for k in range(256):
        # 30 x 360^((2k + 1) / 512) lies in [days, days + 1): compared as whole numbers.
        days = int(SLEEPS[k])
        assert days**512 <= 30**512 * 360 ** (2 * k + 1) < (days + 1) ** 512
        assert short_sleep((k << 24) | 0xABCDEF) == days


# ---- the order of rows -----------------------------------------------------------------------------------------------


def saga(order: Any, shuffled: Any, units: Any) -> tuple[Any, ...]:
    """Many decisions and some raids among three villages, told by names alone."""
    scene = Scene(6, 3, 1, order=order, wanderer_miss_ppm=200_000, wanderer_loss_ppm=300_000, wanderer_return_ppm=600_000,
                  gun_level=3, safeguard_notice_ppm=200_000, wanderer_journey_ppm=20_000)  # fmt: skip
    eyes(scene, *((x, 1, 0) for x in range(2, 6)))
    loci = [1, 2, 4, 8, 16, 32, 3, 12, 48, 0, 15, 62, 31, WHOLE, 2, 5, WHOLE, WHOLE, 0, 33]
    scene.village((1, 1, 0), loci, 1, shuffled)
    scene.village((4, 0, 0), loci[::-1], 2, shuffled)
    scene.village((5, 2, 0), [1, 2] * 10, 3, shuffled)
    scene.at(3, 2, 0).terminals = 1
    scene.at(0, 2, 0).terminals = 1
    scene.wanderer((0, 0, 0))
    for k in range(120):
        scene.decide()
        v = int(scene.city.foremen[scene.he.bay].village)
        if k % 10 == 9 and v >= 0 and scene.he.step < 0:
            scene.raid(v, 40, (0, 0, 0), order=units)
            scene.defend(v)
    scene.check()
    he, rows = scene.he, scene.city.table("events")
    people = scene.city.table("persons")
    keep = [t.Persons.name, t.Persons.died, t.Persons.tested, t.Persons.shown]
    return (
        sorted(map(tuple, rows.tolist())),
        [int(scene.city.foremen[he.bay].name), int(he.due), int(he.hits), int(he.mission)],
        sorted(map(tuple, people[:, keep].tolist())),
        sorted((int(p[t.Persons.name]), int(scene.city.villages[p[t.Persons.village]].name)) for p in people),
    )


def test_the_order_of_rows_and_lists_decides_nothing():
    rng = np.random.default_rng(5)
    told = saga(None, None, None)
    kinds = {e[t.Events.kind] for e in told[0]}
    assert {c.V_PERSON_TESTED, c.V_ESCORT_BEGUN, c.V_VILLAGE_FOUND, c.V_PERSON_DIED, c.V_UNIT_KILLED, c.V_INTERCEPTED} <= kinds
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
        shown = scene.city.column("persons", "shown")
        found += sum(int(m).bit_count() for m in shown)
        hidden += sum(5 - int(m).bit_count() for m in shown)
        for e in scene.told(c.V_PERSON_TESTED):
            n = int(e.magnitude).bit_count()
            assert abs(e.chance_ppb - 0.85**n * 0.15 ** (5 - n) * 1e9) < 10
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
        assert all(abs(e.chance_ppb - (1 - 0.9**6) * 1e9) < 10 for e in events)
        scene.check()
    p = 1 - 0.9**6
    assert abs(missed - 600 * p) < 4 * math.sqrt(600 * p * (1 - p))


def test_an_eye_notices_as_often_as_it_says():
    seen = 0
    for day in range(2000):
        if day % 500 == 0:
            scene = Scene(2, safeguard_notice_ppm=100_000)
            eyes(scene, (1, 0, 0))
        chance = notice_ppm(scene.city, scene.bay[1, 0, 0], 4, 0)
        assert chance == 200_000, "twice as likely for four as for one"
        seen += intercept(scene.city, scene.bay[1, 0, 0], 99, 4, 0, -1, 0, 0, day) != 0
        assert intercept(scene.city, scene.bay[0, 0, 0], 99, 4, 0, -1, 0, 0, day) == 0, "no eye, no notice"
    assert abs(seen - 400) < 4 * math.sqrt(2000 * 0.2 * 0.8)
    assert notice_ppm(scene.city, scene.bay[1, 0, 0], 4, 1) == 400_000, "twice as likely for who is hunted"
    assert notice_ppm(scene.city, scene.bay[1, 0, 0], 1, 2) == 1_000_000


def test_an_escort_lasts_a_geometric_number_of_hops():
    ended: Counter[int] = Counter()
    trials = 400
    for seed in range(trials):
        scene = Scene(5, wanderer_miss_ppm=0, wanderer_rumour_ppm=0, wanderer_journey_ppm=210_000, seed=seed)
        scene.village((0, 0, 0), [WHOLE, 1])
        scene.at(4, 0, 0).terminals = 1
        scene.wanderer((0, 0, 0), c.M_EXPLORE)
        scene.decide()
        scene.walk()
        lost = scene.told(c.V_ESCORT_LOST)
        ended[int(lost[0].magnitude) if lost else 0] += 1
    chi = 0.0
    for hops in range(5):
        p = 0.79**4 if hops == 0 else 0.21 * 0.79 ** (hops - 1)
        chi += (ended[hops] - trials * p) ** 2 / (trials * p)
    assert chi < 18.5, "chi-square with four degrees of freedom, 0.1 %"


def test_all_bays_of_a_ring_are_chosen_alike():
    scene = Scene(3, 3, 3)
    city = scene.city
    start = scene.bay[1, 1, 1]
    city.foremen[start].searched = 1000
    chosen: Counter[int] = Counter()
    for day in range(1000, 1900):
        row = next_bay(city, start, 99, day)
        chosen[int(city.reached[row].bay)] += 1
    assert len(chosen) == 6
    assert sum((n - 150) ** 2 / 150 for n in chosen.values()) < 20.5, "chi-square with five degrees of freedom, 0.1 %"


# ---- honesty ---------------------------------------------------------------------------------------------------------


def test_both_laws_change_only_the_declared_columns():
    before: dict[str, Any] = {}
    scene = Scene(6, 2, 1, wanderer_miss_ppm=0, wanderer_return_ppm=500_000)
    scene.village((1, 1, 0), [1, 2, 4, 8, 16, 32] * 4, 1)
    scene.village((4, 0, 0), [1, WHOLE] * 10, 2)
    scene.at(0, 0, 0).terminals = 1
    scene.wanderer((0, 0, 0))
    names = ("foremen", "charters", "persons", "villages", "units", "wanderers", "powers", "tally")
    changed: dict[str, set[str]] = {wanderer.LAW.name: set(), gun.LAW.name: set()}
    for k in range(120):
        v = int(scene.city.foremen[scene.he.bay].village)
        if k % 7 == 6 and v >= 0:
            scene.raid(v, 6, (0, 0, 0))
            before = {n: scene.city.array(n).copy() for n in names}
            scene.defend(v)
            law = gun.LAW
        else:
            before = {n: scene.city.array(n).copy() for n in names}
            scene.decide()
            law = wanderer.LAW
        for n in names:
            now = np.atleast_2d(scene.city.array(n))
            old = np.atleast_2d(before[n])
            for col in columns(TABLES[n]):
                differs = now[:, col.number] != old[:, col.number]
                if n == "villages" and scene.city.sizes.villages > 2:
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
    scene.city.foremen[2].phase = c.P_RELEASED
    set_out(scene.city, 50)
    assert scene.city.sizes.wanderers == 3 and len(scene.told(c.V_WANDERER_CAME)) == 3
    for k in range(3):
        row = scene.city.wanderers[k]
        names = [int(n) for i, n in enumerate(scene.city.column("foremen", "name")) if i != 2]
        best = min(names, key=lambda n: draws(33, c.R_WAY, 50, n, (2 << 16) + k)[0])
        assert scene.city.foremen[row.bay].name == best
        assert row.name == lineage(33, 50, 100 + k) and row.due == 51 and row.hits == 1000
