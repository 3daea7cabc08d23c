"""The gun: shots before and after, when he fires, and how strongly."""

from __future__ import annotations

from collections import Counter
from math import sqrt

import pytest

from megastructure.ground import codes as c
from megastructure.ground.chronicle import event_name
from megastructure.ground.rng import draws
from megastructure.society.quest.melee import WOUND
from megastructure.society.quest.mission import SLEEPS, mend
from megastructure.society.quest.shot import gun_level, hit_ppm
from worlds.wanderers import HEIGHT, PITCH, Scene


def test_the_shot_kills_units_pierces_the_city_and_kills_who_stands_in_line():
    scene = Scene(9)
    v = scene.village((4, 0, 0), [0] * 60, 1)
    behind = scene.village((6, 0, 0), [0] * 60, 2)
    other = scene.village((3, 0, 0), [0] * 60, 3)
    scene.wanderer((4, 0, 0))
    scene.raid(v, 40, (8, 0, 0))
    scene.defend(v)
    shot = scene.city.shots[0]
    x, y, z = 4 * PITCH + 40, 40, 56
    assert shot.words.tolist() == [scene.day + 1, x, y - 4, z - 4, 0, 4096, 4, 0] and scene.city.sizes.shots == 1
    assert scene.city.powers.hunting == 0 and scene.city.powers.mass_rubble == 320
    fired = event_name(scene.day + 1, c.V_SHOT, 1, scene.he.name)
    assert all(e.cause == fired for e in scene.told(c.V_UNIT_KILLED) + scene.told(c.V_PERSON_DIED))
    people = [scene.city.persons[p] for p in range(scene.city.sizes.persons)]
    died = Counter(int(person.village) for person in people if person.died >= 0)
    ppm = hit_ppm(scene.city, 0, 4)
    assert ppm == 81 * 16_000_000 // 6400
    for of, share in ((v, ppm // 2), (behind, ppm)):
        residents = [person for person in people if person.village == of]
        hit = {
            person.name
            for person in residents
            if draws(33, c.R_SIGHT, scene.day, int(person.name), scene.he.name & 0xFFFF)[0] * 10**6 >> 32 < share
        }
        assert hit == {person.name for person in residents if person.died >= 0} and died[of] == len(hit) > 0
    assert died[other] == 0, "nobody behind him is hit"
    assert scene.he.energy == 1000 - 640 and scene.he.hits == 1000 - 16
    assert scene.city.tally.planned == 1, "one heap of rubble"
    scene.check()


def test_a_shot_to_the_other_side_ends_at_the_middle_of_his_bay():
    scene = Scene(2, 2, 2)
    v = scene.village((1, 1, 1), [0] * 5)
    scene.wanderer((1, 1, 1))
    scene.raid(v, 1, (1, 1, 0))
    scene.defend(v)
    assert scene.city.shots[0].words.tolist() == [scene.day + 1, PITCH + 39, PITCH + 39, HEIGHT + 56 - 63, 2, 64, 1, 0]


def test_too_many_units_break_him_and_he_wakes_with_what_has_healed():
    scene = Scene(3)
    v = scene.village((1, 0, 0), [0] * 30)
    scene.wanderer((1, 0, 0), hits=150, energy=39)
    scene.raid(v, 12, (0, 0, 0))
    scene.defend(v)
    assert scene.city.powers.hunting == 10, "he could pay for the first level only"
    assert scene.he.energy == 29
    assert scene.he.mission == c.M_DORMANT and scene.he.hits == 0
    wounded, broken = scene.told(c.V_WANDERER_WOUNDED)[0], scene.told(c.V_WANDERER_DORMANT)[0]
    assert wounded.magnitude == 150 and wounded.cause == 4242 and broken.cause == wounded.name
    assert wounded.whom == scene.city.column("units", "name").min()
    days = scene.he.due - scene.day
    assert days in SLEEPS and broken.magnitude == days
    scene.defend(v)
    assert scene.city.sizes.shots == 1, "who lies broken does not fire"
    scene.decide()
    assert scene.he.hits == min(1000, days)
    scene.check()


@pytest.mark.parametrize("state", ["walking", "elsewhere", "no gun"])
def test_he_fires_only_where_he_is(state):
    scene = Scene(3, **({"gun_level": 0} if state == "no gun" else {}))
    v = scene.village((1, 0, 0), [0] * 30)
    scene.wanderer((2 if state == "elsewhere" else 1, 0, 0), c.M_EXPLORE, step=0 if state == "walking" else -1)
    scene.raid(v, 3, (0, 0, 0))
    scene.defend(v)
    left = int(scene.city.powers.hunting)
    assert scene.city.sizes.shots == 0 and (left in (2, 3) if state == "no gun" else left == 3)
    assert scene.he.hits == (1000 - WOUND * left if state == "no gun" else 1000)


def test_without_charge_he_strikes_by_hand_as_often_as_it_says():
    felled = 0
    for seed in range(300):
        scene = Scene(3, gun_level=0, seed=seed)
        v = scene.village((1, 0, 0), [0] * 30)
        scene.wanderer((1, 0, 0))
        scene.raid(v, 3, (0, 0, 0))
        scene.defend(v)
        felled += 3 - int(scene.city.powers.hunting)
        scene.check()
    assert abs(felled - 0.6 * 300) < 4 * sqrt(300 * 0.6 * 0.4)


def test_a_stronger_unit_needs_a_stronger_shot_and_wounds_more():
    for level, shots, left in ((1, 1, 0), (4, 2, 0)):
        scene = Scene(3)
        v = scene.village((1, 0, 0), [0] * 30)
        scene.wanderer((1, 0, 0))
        scene.raid(v, 2, (0, 0, 0))
        scene.city.column("units", "level")[:] = level
        scene.defend(v)
        assert (scene.city.shots[0].radius, scene.city.powers.hunting) == (shots, left)
    scene = Scene(3, gun_level=1)
    v = scene.village((1, 0, 0), [0] * 30)
    scene.wanderer((1, 0, 0))
    scene.raid(v, 2, (0, 0, 0))
    scene.city.column("units", "level")[:] = 4
    scene.defend(v)
    assert scene.city.powers.hunting == 1 and scene.he.hits == 1000 - 1 - WOUND * 4


@pytest.mark.parametrize("days", [1, 7])
def test_the_gun_regains_its_charge_slowly_and_faster_at_a_terminal(days):
    for terminals, pace in ((0, 1), (1, 4)):
        scene = Scene(3, gun_charge_days=days)
        scene.at(1, 0, 0).terminals = terminals
        w = scene.wanderer((1, 0, 0), energy=10)
        for day in range(scene.day, scene.day + 70):
            mend(scene.city, w, day)
        first, last = scene.day, scene.day + 69
        assert scene.he.energy == 10 + pace * last // days - pace * first // days


def test_the_gun_takes_the_least_level_that_does_it():
    for most in range(5):
        for energy in (0, 9, 10, 39, 40, 159, 160, 639, 640, 1000):
            for foes in (1, 2, 3, 8, 9, 32, 33, 64, 200):
                able = [n for n in range(1, most + 1) if 10 * 4 ** (n - 1) <= energy]
                enough = [n for n in able if 2 * 4 ** (n - 1) >= foes]
                assert gun_level(most, energy, foes) == (min(enough) if enough else max(able, default=0))
