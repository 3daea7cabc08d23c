"""The order of a day: the file to read first.

Whoever decides reads the end of yesterday and writes its own row and an outbox; what is contested is settled for all at
once, by named draws. So the order in which rows are visited decides nothing. Nobody is visited who is not due.
"""

from __future__ import annotations

from ..ground.chronicle import order_events
from ..ground.city import City
from ..ground.tables import RING, YEAR
from ..words.kernel import kernel
from .bays import decide, set_pace, settle_bays
from .holes import load_orders, shoot
from .live import live_day
from .room import has_room, longest_list
from .site import build
from .year import close_year


@kernel(entry=True)
def days(city: City, day: int, end: int) -> int:
    """Run the days from `day` up to `end` (not included); returns the first day that was not run.

    It returns early, before a day and with the state untouched, when an array may be too short for what is due; the caller
    makes the arrays longer and calls again (room.py).
    """
    knobs = city.knobs
    today = city.today
    first_day_of_people = (knobs.era_year - knobs.strike_lead_years) * YEAR
    today.longest = longest_list(city)
    today.laid_before = city.sizes.works
    while day < end:
        if not has_room(city, day):
            return day
        today.told_before = city.sizes.events
        set_pace(city, day)
        load_orders(city, day)
        if today.due > 0:
            decide(city, day)
            settle_bays(city, day)
        if knobs.people and day >= first_day_of_people:
            live_day(city, day)
        shoot(city, day)
        if knobs.works and city.ring[day & (RING - 1)] > 0:
            build(city, day)
        order_events(city, today.told_before, city.sizes.events)
        day += 1
        if day % YEAR == 0:
            close_year(city, day)
    return day
