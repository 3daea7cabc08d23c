"""A Wanderer leads somebody with the key to a terminal.

The hazards of all hops are drawn when they set out, so the row is due where the escort ends: at the terminal, or where the
carrier is lost.
"""

from __future__ import annotations

from ...ground.chronicle import event_name, tell
from ...ground.city import City
from ...ground.codes import (
    D_JOURNEY,
    M_ESCORT,
    M_REST,
    P_STANDING,
    R_DORMANCY,
    R_HAZARD,
    V_ESCORT_ARRIVED,
    V_ESCORT_BEGUN,
    V_ESCORT_LOST,
    V_PERSON_DIED,
)
from ...ground.rng import draws
from ...ground.tables import YEAR
from ...words.kernel import kernel
from ..alert import alarm
from ..graph import path_days
from ..people import kill_person, move_person
from ..settlement import found_village
from .gathering import tell_founded
from .mission import REST_DAYS, WAIT_DAYS, begin, break_down, long_sleep
from .ways import footing, terminal_near


@kernel
def lost_at(city: City, carrier: int, name: int, hop: int, day: int) -> bool:
    """Whether the carrier is lost at this hop of the escort that `name` began on this day."""
    drawn = draws(city.knobs.seed, R_HAZARD, day, carrier, ((name & 0xFFFF) << 6) | hop)[0]
    return drawn * 1_000_000 >> 32 < city.knobs.wanderer_loss_ppm


@kernel
def lead_carrier(city: City, w: int, p: int, cause: int, day: int) -> bool:
    """Set out with carrier p for the nearest terminal. The hazards of all hops are drawn here: he is due where it ends."""
    wanderer = city.wanderers[w]
    start, his = wanderer.bay, wanderer.name
    row = -1
    if city.powers.nodes > 0:
        row = terminal_near(city, start, his, day, True)
    if row < 0:
        row = terminal_near(city, start, his, day, False)
    # Where no node lives, who is at a terminal already has nothing to go for.
    if row < 0 or (city.reached[row].hops == 0 and city.powers.nodes == 0):
        return False
    carrier = city.persons[p]
    hops = city.reached[row].hops
    end = 1
    while end < hops and not lost_at(city, carrier.name, his, end, day):
        end += 1
    while city.reached[row].hops > end:
        row = city.reached[row].before
    tell(city, day, V_ESCORT_BEGUN, carrier.name, his, city.foremen[start].name, hops, cause, 0)
    begun = event_name(day, V_ESCORT_BEGUN, carrier.name, his)
    begin(city, w, M_ESCORT, day + max(1, 2 * path_days(city, row)), begun, day)
    target = city.reached[row]
    wanderer.goal = target.bay
    wanderer.hops = target.hops
    wanderer.charge = p
    carrier.led_by = w
    return True


@kernel
def end_escort(city: City, w: int, day: int) -> None:
    """The escort ends: the carrier is lost on the way, or stands at the terminal."""
    knobs, powers = city.knobs, city.powers
    wanderer = city.wanderers[w]
    his, p, goal, hops, begun = wanderer.name, wanderer.charge, wanderer.goal, wanderer.hops, wanderer.cause
    carrier = city.persons[p]
    wanderer.charge = -1
    bay = footing(city, goal)
    wanderer.bay = bay
    here = city.foremen[bay]
    carrier.led_by = -1
    if carrier.died >= 0:  # of something else
        tell(city, day, V_ESCORT_LOST, carrier.name, his, here.name, hops, begun, 0)
        begin(city, w, M_REST, day + REST_DAYS, begun, day)
        return
    if hops > 0 and lost_at(city, carrier.name, his, hops, wanderer.since):
        kill_person(city, p, day, D_JOURNEY, 0, begun, knobs.wanderer_loss_ppm * 1000)
        died = event_name(day, V_PERSON_DIED, carrier.name, 0)
        tell(city, day, V_ESCORT_LOST, carrier.name, his, here.name, hops, died, 0)
        alarm(city, day, knobs.safeguard_alert_carrier)
        years = long_sleep(draws(knobs.seed, R_DORMANCY, day, his, 1)[0])
        break_down(city, w, YEAR * years, event_name(day, V_ESCORT_LOST, carrier.name, his), day)
        return
    if bay != goal or here.terminals == 0 or here.phase > P_STANDING:
        # The terminal is gone: they look for another one.
        if not lead_carrier(city, w, p, begun, day):
            begin(city, w, M_REST, day + WAIT_DAYS, begun, day)
        return
    tell(city, day, V_ESCORT_ARRIVED, carrier.name, his, here.name, hops, begun, 0)
    arrived = event_name(day, V_ESCORT_ARRIVED, carrier.name, his)
    v = here.village
    if v < 0:
        v = found_village(city, carrier.name, 7, carrier.village, bay, day)
        tell_founded(city, v, 1, arrived, day)
    if carrier.village != v:
        move_person(city, p, v, day, arrived)
    if powers.override_since < 0:
        powers.override_since = day
        powers.override_bay = bay
        powers.override_person = p
    alarm(city, day, knobs.safeguard_alert_carrier)
    begin(city, w, M_REST, day + knobs.override_days + 30, arrived, day)
