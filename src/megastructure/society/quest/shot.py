"""The gun: how strongly it fires, whom its beam meets, the hole that it makes.

The hole is made on the day after; people in line die on the day of the shot.
"""

from __future__ import annotations

from ...ground.chronicle import event_name
from ...ground.city import City
from ...ground.codes import D_SHOT, R_SIGHT, V_SHOT
from ...ground.rng import draws
from ...land.lots import owner_of_lot
from ...words.kernel import kernel
from ..people import kill_person, next_resident


@kernel
def price(level: int) -> int:
    """What a shot of a level costs, of a full charge of 1,000."""
    return 10 << 2 * (level - 1)


@kernel(entry=True)
def gun_level(most: int, energy: int, foes: int) -> int:
    """The least level that does for so many units of the first level, at most `most` and what the energy pays for; or 0."""
    level = 0
    while level < most and energy >= price(level + 1) and (level == 0 or 2 << 2 * (level - 1) < foes):
        level += 1
    return level


@kernel(entry=True)
def hit_ppm(city: City, n: int, level: int) -> int:
    """Chance (ppm) that somebody who lives in bay n stands in a beam of this level: its section to that of the ways there."""
    wide = 2 * level + 1
    pitch = city.foremen[n].pitch
    return min(1_000_000, wide * wide * 16_000_000 // (pitch * pitch))


# ---- the beam ------------------------------------------------------------------------------------------------------------


@kernel
def hit_village(city: City, n: int, name: int, ppm: int, shot: int, day: int) -> None:
    """Whoever of the village of bay n stands in the line of the shot dies, in order of name."""
    v = city.foremen[n].village
    p = next_resident(city, v, 0)
    while p >= 0:
        person = city.persons[p]
        stands = draws(city.knobs.seed, R_SIGHT, day, person.name, name & 0xFFFF)[0] * 1_000_000 >> 32 < ppm
        if stands and person.led_by < 0:
            kill_person(city, p, day, D_SHOT, name, shot, ppm * 1000)
        p = next_resident(city, v, person.name)


@kernel
def fire(city: City, w: int, level: int, towards: int, shot: int, day: int) -> None:
    """A beam from the middle of his bay towards another: the hole is made tomorrow, people in line die today."""
    wanderer = city.wanderers[w]
    here, there = city.foremen[wanderer.bay], city.foremen[towards]
    x = here.x + here.pitch // 2
    y = here.y + here.pitch // 2
    z = here.z + here.height // 2
    dx = there.x + there.pitch // 2 - x
    dy = there.y + there.pitch // 2 - y
    dz = there.z + there.height // 2 - z
    axis = 0
    ahead = dx >= 0
    if abs(dy) > abs(dx) and abs(dy) >= abs(dz):
        axis = 1
        ahead = dy >= 0
    elif abs(dz) > abs(dx) and abs(dz) > abs(dy):
        axis = 2
        ahead = dz >= 0
    length = 16 << 2 * level
    back = 0 if ahead else length - 1
    hole = city.shots[city.sizes.shots]
    city.sizes.shots += 1
    hole.day = day + 1
    hole.x = x - (back if axis == 0 else level)
    hole.y = y - (back if axis == 1 else level)
    hole.z = z - (back if axis == 2 else level)
    hole.axis = axis
    hole.length = length
    hole.radius = level
    hole.wanderer = w
    last = -1
    for step in range(0, length, 16):
        far = step if ahead else -step
        lx = (x + (far if axis == 0 else 0)) >> 4
        ly = (y + (far if axis == 1 else 0)) >> 4
        lz = (z + (far if axis == 2 else 0)) >> 4
        n = owner_of_lot(city, lx, ly, lz)
        if n >= 0 and n != last and city.foremen[n].village >= 0:
            ppm = hit_ppm(city, n, level)
            if n == wanderer.bay:
                ppm //= 2  # half of them stand behind him
            hit_village(city, n, wanderer.name, ppm, shot, day)
        last = n


@kernel
def shoot(city: City, w: int, level: int, towards: int, day: int) -> int:
    """Wanderer w pays for a shot of a level and fires it from his bay towards another. The name of its event, of tomorrow."""
    wanderer = city.wanderers[w]
    wanderer.energy -= price(level)
    shot = event_name(day + 1, V_SHOT, city.sizes.shots + 1, wanderer.name)
    fire(city, w, level, towards, shot, day)
    return shot
