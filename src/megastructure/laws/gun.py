"""In every fight in which he is the Wanderer fires: at a village, on his way, where hunters find him.

A shot kills units, makes a hole in the city, and kills whoever stands in its line. It costs charge, of which the gun has
little; then he strikes by hand. The units that are left hurt him. How he fights is told in `quest/melee.py`, what a shot is
in `quest/shot.py`; here is decided who meets whom.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import M_DORMANT, U_HUNTING
from ..society.graph import neighbour, path_days, within
from ..society.quest.melee import ROUNDS, melee
from ..society.units import first_recent
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="gun",
    says="He fires in any fight that he is in, as strongly as the charge allows; the beam goes through city and people alike.",
    writes=(
        "wanderers", "shots", "units.fate", "units.ended", "units.village", "units.hunts", "units.goal", "units.arrives",
        "foremen.village", "foremen.plan_hash", "foremen.planned", "villages.people", "villages.carriers",
        "villages.infected", "villages.ended", "persons.led_by", "persons.died", "powers", "plan", "events", "tally.planned",
    ),
    knobs=("gun_level", "gun_charge_days", "wanderer_loss_ppm", "refuge_ppm"),
    streams=("SIGHT", "HAND", "PATROL", "REFUGE", "DORMANCY"),
    source="a rule of this world; docs/theory/gun.md",
)  # fmt: skip

FOLLOW_HOPS = 3


@kernel
def next_by_name(city: City, after: int) -> int:
    """Of the Wanderers who are awake the one with the lowest name above `after`, or -1."""
    best = -1
    for w in range(city.sizes.wanderers):
        wanderer = city.wanderers[w]
        if wanderer.name > after and wanderer.mission != M_DORMANT:
            if best < 0 or wanderer.name < city.wanderers[best].name:
                best = w
    return best


@kernel
def fight_beside(city: City, v: int, rounds: int, day: int) -> None:
    """Whoever of them stays in village v, awake, fights so many rounds with the units that attack it; in order of name."""
    w = next_by_name(city, 0)
    while w >= 0:
        wanderer = city.wanderers[w]
        if wanderer.bay == city.villages[v].bay and wanderer.step < 0:
            melee(city, w, v, -1, rounds, day)
        w = next_by_name(city, wanderer.name)


@kernel
def defend(city: City, v: int, day: int) -> None:
    """He fires once at the units that attack the village he stays in; then its people fight beside him."""
    fight_beside(city, v, 1, day)


@kernel
def stand_alone(city: City, v: int, day: int) -> None:
    """The village has fallen: he fights on against the units that are left, until none is or he is broken."""
    fight_beside(city, v, ROUNDS, day)


@kernel
def beside(city: City, n: int, o: int) -> bool:
    """Whether bay o is bay n or lies beyond one of its sides."""
    if n == o:
        return True
    for side in range(6):
        if neighbour(city, n, side) == o:
            return True
    return False


@kernel
def follow(city: City, u: int, w: int, day: int) -> None:
    """Hunters who do not find Wanderer w where they were sent follow him, if he has not gone farther than three hops."""
    goal = city.wanderers[w].bay
    found = within(city, city.units[u].goal, FOLLOW_HOPS)
    for i in range(found):
        if city.reached[i].bay == goal:
            unit = city.units[u]
            unit.goal = goal
            unit.arrives = day + max(1, path_days(city, i))
            return


@kernel
def meet_hunters(city: City, day: int) -> None:
    """Hunters find a Wanderer who is where they were sent, or in the next bay. Where he stays in a village they attack it."""
    w = next_by_name(city, 0)
    while w >= 0:
        wanderer = city.wanderers[w]
        v = city.foremen[wanderer.bay].village if wanderer.step < 0 else -1
        found = False
        for u in range(first_recent(city, day), city.sizes.units):
            unit = city.units[u]
            if unit.hunts != w or unit.fate != U_HUNTING or unit.arrives > day or unit.leash_until <= day:
                continue
            if not beside(city, unit.goal, wanderer.bay):
                if unit.arrives == day:
                    follow(city, u, w, day)
                continue
            found = True
            unit.goal = wanderer.bay
            if v >= 0:
                unit.hunts = -1
                unit.village = v
                unit.arrives = day
        if found and v < 0:
            melee(city, w, -1, w, ROUNDS, day)
        w = next_by_name(city, wanderer.name)
