"""A carrier who is a child cannot turn the key, and no road leads to a node that is too far: he stays with them and waits.

His staying is noticed: Safeguard's alert about the village grows from year to year, so that he is besieged there.
"""

from __future__ import annotations

from ...ground.chronicle import event_name, tell
from ...ground.city import City
from ...ground.codes import M_GUARD, M_REST, V_GUARD_BEGUN, V_GUARD_ENDED
from ...ground.tables import YEAR
from ...words.kernel import kernel
from ..alert import village_alarm
from ..people import ADULT_DAYS
from .escort import lead_carrier
from .mission import REST_DAYS, WAIT_DAYS, begin
from .ways import terminal_near

GUARD_ALERT = 160  # what a year of his staying adds to the alert about the village, /256
FAR_HOPS = 16  # from here on a way to a living node is too far to be tried at once
ROAD_YEARS = 5  # so long he waits for the Authority to clear a road


@kernel
def years_to_wait(city: City, w: int, p: int, day: int) -> int:
    """How many years carrier p is still a child, rounded up; 0: grown; -1: grown, but too far from any living node."""
    young = ADULT_DAYS - (day - city.persons[p].born)
    if young > 0:
        return (young + YEAR - 1) // YEAR
    if city.powers.nodes == 0:
        return 0
    wanderer = city.wanderers[w]
    row = terminal_near(city, wanderer.bay, wanderer.name, day, True)
    return -1 if row < 0 or city.reached[row].hops > FAR_HOPS else 0


@kernel
def keep_guard(city: City, w: int, p: int, cause: int, day: int) -> None:
    """He stays with carrier p, who is too young or too far from a node."""
    wanderer = city.wanderers[w]
    carrier = city.persons[p]
    wait = max(0, years_to_wait(city, w, p, day))
    tell(city, day, V_GUARD_BEGUN, wanderer.name, carrier.name, city.foremen[wanderer.bay].name, wait, cause, 0)
    begun = event_name(day, V_GUARD_BEGUN, wanderer.name, carrier.name)
    begin(city, w, M_GUARD, next_look(city, p, day), begun, day)
    wanderer.charge = p


@kernel
def next_look(city: City, p: int, day: int) -> int:
    """The day on which he asks again: a year from now, or when the child is grown."""
    grown = city.persons[p].born + ADULT_DAYS
    return min(day + YEAR, grown) if grown > day else day + YEAR


@kernel
def guard(city: City, w: int, day: int) -> None:
    """A year of guarding has passed: he goes on with it, sets out with them, or rests if nobody is left to guard."""
    wanderer = city.wanderers[w]
    p, begun, since, bay = wanderer.charge, wanderer.cause, wanderer.since, wanderer.bay
    carrier = city.persons[p]
    here = city.foremen[bay]
    v = here.village
    gone = carrier.died >= 0 or v != carrier.village or carrier.led_by >= 0
    if not gone:
        village_alarm(city, v, day, GUARD_ALERT)
        wait = years_to_wait(city, w, p, day)
        if wait > 0 or (wait < 0 and day - since < ROAD_YEARS * YEAR):
            wanderer.due = next_look(city, p, day)
            return
    tell(city, day, V_GUARD_ENDED, wanderer.name, carrier.name, here.name, 1 if gone else 0, begun, 0)
    ended = event_name(day, V_GUARD_ENDED, wanderer.name, carrier.name)
    wanderer.charge = -1
    if not gone and not lead_carrier(city, w, p, ended, day):
        begin(city, w, M_REST, day + WAIT_DAYS, ended, day)
    elif gone:
        begin(city, w, M_REST, day + REST_DAYS, ended, day)
