"""A Wanderer leads somebody with the key to a terminal, hop by hop."""

from __future__ import annotations

from ...ground.chronicle import event_name, tell
from ...ground.city import City
from ...ground.codes import M_ESCORT, M_REST, P_STANDING, V_ESCORT_ARRIVED, V_ESCORT_BEGUN, V_ESCORT_LOST
from ...words.kernel import kernel
from ..alert import alarm
from ..people import move_person
from ..settlement import found_village
from .company import part_ways
from .gathering import tell_founded
from .hunted import mark
from .mission import REST_DAYS, begin
from .walk import go
from .ways import terminal_near


@kernel
def lead_carrier(city: City, w: int, p: int, cause: int, day: int) -> bool:
    """Set out with carrier p, who is grown, for the nearest terminal where a node lives, or else for the nearest."""
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
    goal, hops = city.reached[row].bay, city.reached[row].hops
    carrier = city.persons[p]
    tell(city, day, V_ESCORT_BEGUN, carrier.name, his, city.foremen[start].name, hops, cause, 0)
    begun = event_name(day, V_ESCORT_BEGUN, carrier.name, his)
    begin(city, w, M_ESCORT, day + 1, begun, day)
    wanderer.charge = p
    carrier.led_by = w
    if hops == 0:  # they are there
        wanderer.goal = goal
        return True
    if go(city, w, goal, day):
        return True
    lose(city, w, begun, day)
    return True


@kernel
def lose(city: City, w: int, cause: int, day: int) -> None:
    """The escort ends without a terminal: the carrier is dead, or goes home. He stays where he is for a while."""
    wanderer = city.wanderers[w]
    carrier = city.persons[wanderer.charge]
    place = city.foremen[wanderer.bay].name
    tell(city, day, V_ESCORT_LOST, carrier.name, wanderer.name, place, wanderer.hops, cause, 0)
    part_ways(city, w)
    begin(city, w, M_REST, day + REST_DAYS, cause, day)


@kernel
def end_escort(city: City, w: int, day: int) -> None:
    """They stand where he has led the carrier to: at the terminal, or where it was."""
    powers = city.powers
    wanderer = city.wanderers[w]
    his, p, goal, hops, begun = wanderer.name, wanderer.charge, wanderer.goal, wanderer.hops, wanderer.cause
    bay = wanderer.bay
    here = city.foremen[bay]
    carrier = city.persons[p]
    if bay != goal or here.terminals == 0 or here.phase > P_STANDING:
        # The terminal is gone: they look for another one.
        if not lead_carrier(city, w, p, begun, day):
            lose(city, w, begun, day)
        return
    part_ways(city, w)
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
    alarm(city, day, city.knobs.safeguard_alert_carrier)
    mark(city, w, arrived, True, day)
    begin(city, w, M_REST, day + city.knobs.override_days + 30, arrived, day)
