"""The cult's code: how it enters the city, what copying does to the bits that make a machine stop, and who falls ill of it.

The machines catch the code along their links, which is part of the struggle and written there (struggle.py). People catch it
from each other and from the infected city: a chain-binomial epidemic in each village, one look a year at each person.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    A_SAFEGUARD,
    I_INFECTED,
    I_RECOVERED,
    I_SUSCEPTIBLE,
    P_STANDING,
    R_COPYING_STOP,
    R_EXPOSURE,
    R_RECOVERY,
    R_STRIKE,
    V_PERSON_INFECTED,
    V_STRIKE,
)
from ..ground.rng import draw, draws, lineage
from ..society.allegiance import citizen, turn
from ..society.people import set_health
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="infection",
    says="The cult infects one bay; people catch its code from each other and the city; copies of machines lose stop bits.",
    writes=(
        "foremen.allegiance", "foremen.recognition", "foremen.asked", "foremen.turned_by", "foremen.stop_bits",
        "persons.health", "villages.infected", "persons.infected_day", "powers.struck", "powers.safeguard_bays",
        "powers.authority_bays", "events",
    ),
    knobs=(
        "infection", "strike_lead_years", "contagion_percent", "contagion_years", "contagion_leak_ppm", "stop_bits",
        "stop_break_ppm",
    ),
    streams=("STRIKE", "CONTAGION", "COPYING_STOP", "EXPOSURE", "RECOVERY"),
    source="Kermack and McKendrick (1927); Ball (1986) for final sizes; Luria and Delbrueck (1943); docs/theory/infection.md",
)  # fmt: skip

PPB = 1_000_000_000
ONE = 1 << 30
# exp(-2^k / 10^6) in units of 2^-30, k = 0 .. 24: their products are exp(-x) for every x in ppm below 2^25.
DECAYS = (
    1073740750, 1073739677, 1073737529, 1073733234, 1073724644, 1073707465, 1073673107, 1073604394, 1073466981,
    1073192209, 1072642875, 1071545051, 1069352772, 1064981662, 1056292969, 1039127667, 1005629366, 941837598,
    826137198, 635630144, 376278236, 131861596, 16193353, 244216, 56,
)  # fmt: skip


@kernel(entry=True)
def escapes(hazard: int) -> int:
    """exp(-hazard) in ppb, for a hazard in ppm: the chance to escape it. At most 15 ppb off."""
    if hazard >> len(DECAYS):
        return 0
    left = ONE
    for k in range(len(DECAYS)):
        if (hazard >> k) & 1:
            left = (left * DECAYS[k] + (ONE >> 1)) >> 30
    return (left * PPB) >> 30


@kernel(entry=True)
def copied_stop_bits(city: City, bits: int, name: int, day: int) -> int:
    """The stop bits of the copy that gets this name: each whole bit breaks with the chance `stop_break_ppm`, for ever."""
    if city.knobs.stop_break_ppm == 0:
        return bits
    for k in range(8):
        if (bits >> k) & 1:
            word = draws(city.knobs.seed, R_COPYING_STOP, day, name, k >> 2)[k & 3]
            if word * 1_000_000 >> 32 < city.knobs.stop_break_ppm:
                bits ^= 1 << k
    return bits


@kernel(entry=True)
def strike(city: City, day: int) -> int:
    """The cult's author infects one standing bay, whichever has the lowest draw; while none stands they wait (-1).

    reads    phase and name of all foremen (once in a history)
    writes   allegiance and recognition of that bay, powers.struck, event STRIKE
    """
    seed = city.knobs.seed
    best = -1
    lowest = 0
    standing = 0
    for n in range(city.sizes.foremen):
        foreman = city.foremen[n]
        if foreman.phase != P_STANDING:
            continue
        standing += 1
        drawn = draw(seed, R_STRIKE, day, foreman.name, 0)
        if best < 0 or drawn < lowest or (drawn == lowest and foreman.name < city.foremen[best].name):
            best = n
            lowest = drawn
    if best < 0:
        return -1
    city.powers.struck = day
    name = city.foremen[best].name
    author = lineage(seed, day, 1)
    tell(city, day, V_STRIKE, name, author, name, 0, 0, PPB // standing)
    turn(city, best, A_SAFEGUARD, event_name(day, V_STRIKE, name, author), day)
    return best


@kernel(entry=True)
def catch_or_recover(city: City, p: int, day: int) -> None:
    """The day of the year of person p: the infected recover with one chance in `contagion_years`, others may catch it.

    reads    how many residents of the village are infectious now; the recognition rule of its bay: no bay infects whom it takes
             for a citizen
    writes   persons.health, persons.infected_day, event PERSON_INFECTED
    """
    knobs = city.knobs
    if knobs.infection == 0:
        return
    person = city.persons[p]
    if person.health == I_INFECTED:
        if draw(knobs.seed, R_RECOVERY, day, person.name, 0) * knobs.contagion_years >> 32 == 0:
            set_health(city, p, I_RECOVERED)
        return
    if person.health != I_SUSCEPTIBLE:
        return
    village = city.villages[person.village]
    bay = city.foremen[village.bay]
    leak = 0 if citizen(city, village.bay, p, day) else knobs.contagion_leak_ppm * 1000
    crowd = 0
    if village.infected > 0:
        hazard = knobs.contagion_percent * 10_000 * village.infected // (knobs.contagion_years * village.people)
        crowd = (PPB - leak) * (PPB - escapes(hazard)) // PPB
    drawn = draw(knobs.seed, R_EXPOSURE, day, person.name, 0) * PPB >> 32
    if drawn >= leak + crowd:
        return
    set_health(city, p, I_INFECTED)
    person.infected_day = day
    of_person = 0 if drawn < leak else 1
    tell(city, day, V_PERSON_INFECTED, person.name, 0, bay.name, of_person, 0, leak if of_person == 0 else crowd)
