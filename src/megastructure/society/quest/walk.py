"""He walks hop by hop: each bay that he enters is where he is, and its eye may notice him and whom he leads."""

from __future__ import annotations

from ...ground.city import City
from ...ground.codes import M_ESCORT, P_RELEASED
from ...words.kernel import kernel
from ..graph import GATE_DAYS, hop_days, side_towards, step_towards, through_plate
from ..patrol import BRING_THE_KEY, intercept
from .company import brave_the_way, led
from .hunted import is_hunted, mark
from .melee import ROUNDS, lose_companions, melee
from .mission import mend
from .shot import price, shoot
from .ways import footing

KNOWS_WHAT_HE_SEARCHED = 1


@kernel
def step(city: City, w: int, day: int) -> bool:
    """He sets out for the next bay on the way to his goal; whether there is a way.

    A shell plate holds him up for days. Leading a carrier, or hunted, he shoots it open, if the gun has the charge.
    """
    wanderer = city.wanderers[w]
    wanderer.bay = footing(city, wanderer.bay)
    here = wanderer.bay
    o, wanderer.detour = step_towards(city, here, wanderer.goal, wanderer.detour, KNOWS_WHAT_HE_SEARCHED)
    wanderer.step = o
    if o < 0:
        return False
    side = side_towards(city, here, o)
    days = hop_days(city, here, side, o)
    needy = wanderer.mission == M_ESCORT or is_hunted(city, w)
    if needy and city.knobs.gun_level > 0 and through_plate(city, here, side, o):
        mend(city, w, day)
        if wanderer.energy >= price(1):
            mark(city, w, shoot(city, w, 1, o, day), False, day)
            days = GATE_DAYS
    wanderer.due = day + (2 * days if led(city, w) > 0 else days)
    return True


@kernel
def go(city: City, w: int, goal: int, day: int) -> bool:
    """He begins to walk to another bay; whether there is a way. His mission has begun before."""
    wanderer = city.wanderers[w]
    wanderer.goal = goal
    wanderer.detour = -1
    wanderer.hops = 0
    if step(city, w, day):
        return True
    wanderer.goal = -1
    return False


@kernel
def arrive(city: City, w: int, day: int) -> bool:
    """He comes to the next bay on his way: whether he goes on. Broken, or with nobody left to lead, he does not."""
    wanderer = city.wanderers[w]
    there = city.foremen[wanderer.step]
    if there.phase != P_RELEASED:
        wanderer.bay = wanderer.step
        wanderer.hops += 1
    wanderer.step = -1
    wanderer.bay = footing(city, wanderer.bay)
    brave_the_way(city, w, day)
    sought = 1 if is_hunted(city, w) else 0
    if wanderer.mission == M_ESCORT:
        sought = BRING_THE_KEY
    met = intercept(city, wanderer.bay, wanderer.name, 1 + led(city, w), sought, -1, w, wanderer.cause, day)
    if met == 0:
        return True
    lose_companions(city, w, -1, w, 0, day)  # they are surprised
    return melee(city, w, -1, w, ROUNDS, day)
