"""Where units attack the village that a Wanderer stays in, he fires, before they fight.

A shot kills units, makes a hole in the city, and kills whoever stands in its line. It costs him energy; the units that it
leaves hurt him.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    D_SHOT,
    E_MASS,
    K_MASS,
    M_DORMANT,
    R_DORMANCY,
    R_SIGHT,
    RUBBLE,
    U_KILLED,
    V_SHOT,
    V_UNIT_KILLED,
    V_WANDERER_WOUNDED,
)
from ..ground.rng import draws
from ..land.lots import owner_of_lot
from ..society.people import kill_person, next_resident
from ..society.plans import begin_work, place_work, write_plan
from ..society.quest.mission import OTHER, break_down, mend, short_sleep
from ..society.units import attackers, end_unit, next_to_fall
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="gun",
    says="He fires once at the units that attack the village he is in; the beam goes through city and people alike.",
    writes=(
        "wanderers", "shots", "units.fate", "units.ended", "foremen.village", "foremen.plan_hash", "foremen.planned",
        "villages.people", "villages.carriers", "villages.infected", "villages.ended", "persons.led_by", "persons.died",
        "powers", "plan", "events", "tally.planned",
    ),
    knobs=("gun_level",),
    streams=("SIGHT", "DORMANCY"),
    source="a rule of this world; docs/theory/gun.md",
)  # fmt: skip

WOUND = 20  # hits that each unit left over costs him
WOUNDED = 100  # hits lost at once that are told


# ---- numbers alone -------------------------------------------------------------------------------------------------------


@kernel(entry=True)
def gun_level(most: int, energy: int, foes: int) -> int:
    """The least level that can hit all foes, at most `most` and what the energy pays for; 0: he cannot fire."""
    level = 0
    while level < most and energy >= 10 << 2 * level and (level == 0 or 2 << 2 * (level - 1) < foes):
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
def heap_rubble(city: City, n: int, mass: int, name: int, day: int) -> None:
    """Plan a heap of at least so many cells of rubble on the floor of bay n, for the units that he has killed there."""
    side = 1
    while side * (side + 1) * (side + 2) // 6 < mass and side < 31:
        side += 2
    foreman = city.foremen[n]
    genes = city.charters[foreman.charter]
    drawn_x, drawn_y, roll, _ = draws(city.knobs.seed, R_SIGHT, day, name, OTHER)
    ground = foreman.pitch - side - 8
    x = foreman.x + 4 + drawn_x % ground
    y = foreman.y + 4 + drawn_y % ground
    z = foreman.z + genes.ribs + genes.shell
    begin_work(city, n, day + 1, E_MASS, K_MASS)
    place_work(city, x, y, z, side, side, (side + 1) // 2)
    city.draft.a = RUBBLE
    city.draft.b = 1  # a heap
    city.draft.duration = 1
    city.draft.roll = roll
    write_plan(city)


# ---- who fires -----------------------------------------------------------------------------------------------------------


@kernel
def stand_by(city: City, v: int, w: int, day: int) -> None:
    """Wanderer w stands by village v, where he is: he fires once at the units that attack it, and is hurt by the others."""
    foes, _ = attackers(city, v, day)
    if foes == 0:
        return
    mend(city, w, day)
    wanderer = city.wanderers[w]
    his = wanderer.name
    bay = city.villages[v].bay
    place = city.foremen[bay].name
    target = city.units[next_to_fall(city, R_SIGHT, his & 0xFFFF, v, day)]
    level = gun_level(city.knobs.gun_level, wanderer.energy, foes)
    if level > 0:
        wanderer.energy -= 10 << 2 * (level - 1)
        shot = event_name(day + 1, V_SHOT, city.sizes.shots + 1, his)
        mass = 0
        for _ in range(min(foes, 2 << 2 * (level - 1))):
            u = next_to_fall(city, R_SIGHT, his & 0xFFFF, v, day)
            end_unit(city, u, day, U_KILLED, V_UNIT_KILLED, his, place, shot)
            mass += city.units[u].mass
            foes -= 1
        heap_rubble(city, bay, mass, his, day)
        fire(city, w, level, target.bay, shot, day)
    lost = min(wanderer.hits, level * level + WOUND * foes)
    wanderer.hits -= lost
    if lost >= WOUNDED:
        tell(city, day, V_WANDERER_WOUNDED, his, 0, place, lost, target.raid, 0)
    if wanderer.hits == 0:
        days = short_sleep(draws(city.knobs.seed, R_DORMANCY, day, his, 0)[0])
        hurt = event_name(day, V_WANDERER_WOUNDED, his, 0) if lost >= WOUNDED else target.raid
        break_down(city, w, days, hurt, day)


@kernel
def defend(city: City, v: int, day: int) -> None:
    """Whoever of them is in village v, awake and not on his way, fires; in order of name."""
    last = 0
    while True:
        best = -1
        for w in range(city.sizes.wanderers):
            wanderer = city.wanderers[w]
            if wanderer.name <= last or wanderer.bay != city.villages[v].bay:
                continue
            if wanderer.goal >= 0 or wanderer.mission == M_DORMANT:
                continue
            if best < 0 or wanderer.name < city.wanderers[best].name:
                best = w
        if best < 0:
            return
        last = city.wanderers[best].name
        stand_by(city, v, best, day)
