"""Who walks is met: an eye may notice whoever enters its bay, and units are made there that meet them on the spot.

Healthy bays and those of the Authority have no eyes, so the struggle opens roads and closes them.
"""

from __future__ import annotations

from ..ground.arithmetic import root
from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import A_SAFEGUARD, R_NOTICE, V_INTERCEPTED
from ..ground.rng import draws
from ..words.kernel import kernel
from .alert import ALERT_OF_STEP
from .eyes import has_eye, working_eye
from .raid import ALERT_MATTERS, PATROL, mean_units, units_made
from .units import make_units

ON_THE_WAY = 1 << 20  # tells units of the way from those of a raid (units.make_units)
MILLION = 1_000_000
SOUGHT = (1, 2, 160, 16)
BRING_THE_KEY = 2


@kernel(entry=True)
def notice_ppm(city: City, n: int, people: int, sought: int) -> int:
    """The chance (ppm) that so many people who enter bay n together are noticed: `notice` sqrt(people) (1 + alert).

    sought   1: Safeguard hunts one of them, and is twice as likely to see them; 2: they bring the key to a terminal,
             and every bay of Safeguard looks out for them, with or without an eye; 3: many people with all that they have
    0 where no eye is.
    """
    watched = has_eye(city, n) or (sought == BRING_THE_KEY and city.foremen[n].allegiance == A_SAFEGUARD)
    if city.knobs.safeguard == 0 or not watched:
        return 0
    chance = city.knobs.safeguard_notice_ppm * root(people << 16) >> 8
    chance = chance * (65536 + min(ALERT_OF_STEP[city.powers.alert_step], ALERT_MATTERS)) >> 16
    return min(MILLION, chance * SOUGHT[sought])


@kernel
def intercept(city: City, n: int, who: int, people: int, sought: int, v: int, w: int, cause: int, day: int) -> int:
    """Somebody enters bay n: its eye may notice them. Returns the name of the event, with units in the bay; 0: they pass.

    who    the name of the Wanderer, or of the village that they left; `people` are together
    v, w   the village and -1, or -1 and the Wanderer
    """
    knobs = city.knobs
    if has_eye(city, n) and not working_eye(city, n, day):
        return 0
    ppm = notice_ppm(city, n, people, sought)
    if ppm == 0:
        return 0
    bay = city.foremen[n]
    if draws(knobs.seed, R_NOTICE, day, who, bay.name & 0xFFFFFF)[0] * MILLION >> 32 >= ppm:
        return 0
    tell(city, day, V_INTERCEPTED, who, bay.name, bay.name, people, cause, ppm * 1000)
    noticed = event_name(day, V_INTERCEPTED, who, bay.name)
    mean = mean_units(knobs.safeguard_patrol, 0, ALERT_OF_STEP[city.powers.alert_step])
    if sought == BRING_THE_KEY:
        mean *= 3
    made = min(units_made(knobs.seed, day, noticed, mean), PATROL)
    make_units(city, n, made, v, w, n, ON_THE_WAY | (noticed & 0xFFFF), noticed, day, day)
    return noticed
