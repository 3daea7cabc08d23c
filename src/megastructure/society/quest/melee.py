"""He fights: at a village, on his way, or where hunters find him.

Round by round: he fires if the charge pays for it, or strikes one by hand; the units that are left wound him and whom he
leads. He fights until none is left or he is broken; at a village he fires once, and then its people fight beside him.
"""

from __future__ import annotations

from ...ground.chronicle import event_name, tell
from ...ground.city import City
from ...ground.codes import (
    D_UNITS,
    R_DORMANCY,
    R_HAND,
    R_PATROL,
    R_REFUGE,
    R_SIGHT,
    U_KILLED,
    V_BEATEN_OFF,
    V_UNIT_KILLED,
    V_WANDERER_WOUNDED,
)
from ...ground.rng import draws
from ...words.kernel import kernel
from ..people import kill_person, precedence
from ..units import WORTH, attackers, end_unit, fights, first_recent, heap_rubble, next_to_fall
from .company import next_led
from .hunted import mark
from .mission import break_down, mend, short_sleep
from .shot import gun_level, shoot

WOUND = 40  # hits that a unit of the first level which is left over costs him in a round
WOUNDED = 100  # hits lost in a fight that are told
HAND_PPM = 600_000  # chance that he brings down a unit of the first level by hand
ROUNDS = 16  # a fight to the end is over long before


@kernel
def strike(city: City, w: int, v: int, hunts: int, worth: int, turn: int, day: int) -> tuple[int, int]:
    """His turn: he fires at the least level that does for all, or strikes one of them by hand. Units brought down, recoil."""
    wanderer = city.wanderers[w]
    his, bay = wanderer.name, wanderer.bay
    place = city.foremen[bay].name
    u = next_to_fall(city, R_SIGHT, his & 0xFFFF, v, hunts, bay, day)
    target = city.units[u]
    level = gun_level(city.knobs.gun_level, wanderer.energy, (worth + 99) // 100)
    if level == 0:
        drawn = draws(city.knobs.seed, R_HAND, day, target.name, (his & 0xFFFF) << 5 | turn)[0]
        if drawn * 1_000_000 >> 32 >= HAND_PPM * 100 // WORTH[target.level]:
            return 0, 0
        end_unit(city, u, day, U_KILLED, V_UNIT_KILLED, his, place, target.raid)
        heap_rubble(city, bay, target.mass, target.name, R_HAND, day)
        return 1, 0
    shot = shoot(city, w, level, target.bay, day)
    reach = 200 << 2 * (level - 1)  # in percent of a unit of the first level
    fallen = 0
    mass = 0
    while u >= 0 and (fallen == 0 or reach >= WORTH[city.units[u].level]):
        unit = city.units[u]
        reach -= WORTH[unit.level]
        mass += unit.mass
        fallen += 1
        end_unit(city, u, day, U_KILLED, V_UNIT_KILLED, his, place, shot)
        u = next_to_fall(city, R_SIGHT, his & 0xFFFF, v, hunts, bay, day)
    heap_rubble(city, bay, mass, target.name, R_SIGHT, day)
    mark(city, w, shot, False, day)
    return fallen, level * level


@kernel
def lose_companions(city: City, w: int, v: int, hunts: int, turn: int, day: int) -> None:
    """Each unit that is left picks one of those whom he leads, and kills them with a chance. `turn`: of the fight."""
    knobs = city.knobs
    wanderer = city.wanderers[w]
    bay = wanderer.bay
    for u in range(first_recent(city, day), city.sizes.units):
        if not fights(city, u, v, hunts, bay, day):
            continue
        unit = city.units[u]
        victim = -1
        least = 0
        p = next_led(city, w, 0)
        while p >= 0:
            own = city.persons[p].name
            rank = precedence(draws(knobs.seed, R_PATROL, day, own, (unit.name & 0xFFFF) << 5 | turn)[0], own)
            if victim < 0 or rank < least:
                victim = p
                least = rank
            p = next_led(city, w, own)
        if victim < 0:
            return
        hit = draws(knobs.seed, R_PATROL, day, city.persons[victim].name, (unit.name & 0xFFFF) << 5 | turn)[1]
        if hit * 1_000_000 >> 32 < knobs.wanderer_loss_ppm:
            kill_person(city, victim, day, D_UNITS, unit.name, unit.raid, knobs.wanderer_loss_ppm * 1000)


@kernel
def scatter(city: City, w: int, cause: int, day: int) -> None:
    """He is broken: of those whom he leads some escape and go home; the units kill the others."""
    knobs = city.knobs
    p = next_led(city, w, 0)
    while p >= 0:
        person = city.persons[p]
        person.led_by = -1
        if draws(knobs.seed, R_REFUGE, day, person.name, 0)[0] * 1_000_000 >> 32 >= knobs.refuge_ppm:
            kill_person(city, p, day, D_UNITS, 0, cause, (1_000_000 - knobs.refuge_ppm) * 1000)
        p = next_led(city, w, person.name)


@kernel
def melee(city: City, w: int, v: int, hunts: int, rounds: int, day: int) -> bool:
    """Wanderer w fights the units that hunt village v, or him, where he is; returns whether he still stands.

    v, hunts   the village and -1, or -1 and w
    rounds     at most; the fight ends before if no unit is left or he is broken
    """
    mend(city, w, day)
    wanderer = city.wanderers[w]
    bay = wanderer.bay
    place = city.foremen[bay].name
    fallen = 0
    lost = 0
    raid = 0
    foe = 0
    for turn in range(rounds):
        foes, worth, leader = attackers(city, v, hunts, bay, day)
        if foes == 0:
            break
        if raid == 0:
            raid = city.units[leader].raid
            foe = city.units[leader].name if v < 0 or rounds == 1 else 0  # he fought it before the village fell
        beaten, hurt = strike(city, w, v, hunts, worth, turn, day)
        fallen += beaten
        foes, worth, leader = attackers(city, v, hunts, bay, day)
        hurt = min(wanderer.hits, hurt + WOUND * worth // 100)
        wanderer.hits -= hurt
        lost += hurt
        if hunts >= 0 and foes > 0:
            lose_companions(city, w, v, hunts, 1 + turn, day)
        if wanderer.hits == 0:
            break
    if raid == 0:
        return True
    if fallen > 0 and hunts >= 0 and wanderer.hits > 0:
        tell(city, day, V_BEATEN_OFF, wanderer.name, foe, place, fallen, raid, 0)
    cause = raid
    if lost >= WOUNDED:
        tell(city, day, V_WANDERER_WOUNDED, wanderer.name, foe, place, lost, raid, 0)
        cause = event_name(day, V_WANDERER_WOUNDED, wanderer.name, foe)
    if wanderer.hits > 0:
        return True
    scatter(city, w, cause, day)
    days = short_sleep(draws(city.knobs.seed, R_DORMANCY, day, wanderer.name, 0)[0])
    break_down(city, w, days, cause, day)
    return False
