"""A Wanderer comes to a base of Safeguard to destroy it, as the Authority has asked him to.

The base meets him with as many units as it would send against a village. If he stands in the end, and the gun has charge
for a shot, the base is gone.
"""

from __future__ import annotations

from ...ground.chronicle import event_name, tell
from ...ground.city import City
from ...ground.codes import M_REST, M_STORM, O_FIND_CARRIERS, V_BASE_STORMED
from ...words.kernel import kernel
from ..alert import ALERT_OF_STEP
from ..bases import destroy_base
from ..raid import mean_units, units_made
from ..units import make_units
from .hunted import mark
from .melee import ROUNDS, melee
from .mission import FULL, REST_DAYS, begin
from .shot import gun_level, price, shoot
from .walk import go

GARRISON = 1 << 22  # tells units of a base from those of a raid (units.make_units)
LEVEL_LEAST = 2  # of a shot that he must be able to pay for: else he does not set out
STRONGEST = 200  # units of the first level: more than any shot is needed for


@kernel
def forget_order(city: City, w: int) -> None:
    """What he was asked is done, or cannot be done."""
    wanderer = city.wanderers[w]
    wanderer.order = O_FIND_CARRIERS
    wanderer.order_bay = -1
    wanderer.order_village = -1


@kernel
def set_out_for_base(city: City, w: int, cause: int, day: int) -> bool:
    """He sets out for the base that he is to destroy, if he is whole and the gun charged, and it still stands."""
    wanderer = city.wanderers[w]
    n = wanderer.order_bay
    able = 2 * wanderer.hits >= FULL and wanderer.energy >= price(LEVEL_LEAST) and city.knobs.gun_level > 0
    if n < 0 or city.foremen[n].base == 0 or not able:
        forget_order(city, w)
        return False
    begin(city, w, M_STORM, day + 1, cause, day)
    if n == wanderer.bay or go(city, w, n, day):
        wanderer.goal = n
        return True
    forget_order(city, w)
    return False


@kernel
def storm(city: City, w: int, day: int) -> bool:
    """He is in the bay of the base: the fight, and the shot. False: there is no base any more, and he decides anew."""
    knobs = city.knobs
    wanderer = city.wanderers[w]
    his, n = wanderer.name, wanderer.bay
    base = city.foremen[n]
    forget_order(city, w)
    if base.base == 0:
        return False
    made = units_made(knobs.seed, day, his, mean_units(knobs.safeguard_units, 0, ALERT_OF_STEP[city.powers.alert_step]))
    tell(city, day, V_BASE_STORMED, his, base.name, base.name, made, wanderer.cause, 0)
    stormed = event_name(day, V_BASE_STORMED, his, base.name)
    make_units(city, n, made, -1, w, n, GARRISON | (his & 0xFFFF), stormed, day, day)
    if not melee(city, w, -1, w, ROUNDS, day):
        return True
    level = gun_level(knobs.gun_level, wanderer.energy, STRONGEST)
    if level > 0:
        shot = shoot(city, w, level, n, day)
        destroy_base(city, n, his, shot, day)
        mark(city, w, shot, True, day)
    begin(city, w, M_REST, day + REST_DAYS, stormed, day)
    return True
