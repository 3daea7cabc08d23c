"""Those whom a Wanderer leads: a carrier, or a group. They live where they lived until they arrive."""

from __future__ import annotations

from ...ground.city import City
from ...ground.codes import D_JOURNEY, R_HAZARD
from ...ground.rng import draws
from ...words.kernel import kernel
from ..people import kill_person

GROUP_MOST = 6  # as many as his row has room for


@kernel
def leads(city: City, w: int, p: int) -> bool:
    """Whether Wanderer w leads person p; -1: nobody."""
    return p >= 0 and city.persons[p].led_by == w and city.persons[p].died < 0


@kernel
def next_led(city: City, w: int, after: int) -> int:
    """Of those whom w leads, the one with the lowest name above `after`, or -1."""
    wanderer = city.wanderers[w]
    best = -1
    if leads(city, w, wanderer.charge) and city.persons[wanderer.charge].name > after:
        best = wanderer.charge
    for k in range(wanderer.group):
        p = int(wanderer.led[k])
        if leads(city, w, p) and city.persons[p].name > after:
            if best < 0 or city.persons[p].name < city.persons[best].name:
                best = p
    return best


@kernel
def led(city: City, w: int) -> int:
    """How many are with him."""
    wanderer = city.wanderers[w]
    number = 1 if leads(city, w, wanderer.charge) else 0
    for k in range(wanderer.group):
        if leads(city, w, int(wanderer.led[k])):
            number += 1
    return number


@kernel
def part_ways(city: City, w: int) -> None:
    """He leads nobody any more: who is left goes home."""
    p = next_led(city, w, 0)
    while p >= 0:
        person = city.persons[p]
        person.led_by = -1
        p = next_led(city, w, person.name)
    wanderer = city.wanderers[w]
    wanderer.charge = -1
    wanderer.group = 0


@kernel
def brave_the_way(city: City, w: int, day: int) -> None:
    """A hop of the way: each of those whom he leads may be lost to a drop or to hunger, whoever rules the bays."""
    knobs = city.knobs
    wanderer = city.wanderers[w]
    p = next_led(city, w, 0)
    while p >= 0:
        person = city.persons[p]
        drawn = draws(knobs.seed, R_HAZARD, day, person.name, wanderer.name & 0xFFFF)[0]
        if drawn * 1_000_000 >> 32 < knobs.wanderer_journey_ppm:
            kill_person(city, p, day, D_JOURNEY, 0, wanderer.cause, knobs.wanderer_journey_ppm * 1000)
        p = next_led(city, w, person.name)
