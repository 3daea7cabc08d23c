"""The first day: one foreman, one charter, one school, one claim."""

from __future__ import annotations

from ..ground.chronicle import tell
from ..ground.city import City
from ..ground.codes import V_FOUNDING
from ..ground.rng import lineage
from ..ground.scenario import Scenario
from ..ground.tables import HUMAN, LOT, UNIT, Charters
from ..society.settlement import new_services
from ..words.declare import Gene, columns
from .rebuild import rebuild

FOUNDER_TAG = 0x5EED


def found(scenario: Scenario, room: int = 1 << 10) -> City:
    """The city on the morning of day 0, with its founder's plot claimed. `room`: rows that arrays begin with."""
    city = City(scenario, room)
    name = int(lineage(scenario.seed, FOUNDER_TAG, scenario.seed >> 32))
    charter = city.charters[0]
    for c in columns(Charters):
        if isinstance(c.col, Gene):
            charter.words[c.number] = scenario.founder.get(c.name, c.col.founder)
    charter.name = name
    charter.parent = -1
    charter.key = name & 0x7FFFFFFF
    pitch, height = int(charter.pitch), int(charter.height)
    lots = (pitch // LOT) ** 2 * (height // LOT)

    first = city.foremen[0]
    first.name = name
    first.pitch = pitch
    first.height = height
    first.parent = -1
    first.side = 6
    first.death = -1
    first.energy = scenario.founder_energy * UNIT
    first.lots = lots
    first.due = 1
    first.recognition = HUMAN
    first.stop_bits = (1 << scenario.stop_bits) - 1
    first.asked = first.damaged = first.village = first.searched = -1
    first.services = new_services(city, name)

    school = city.schools[0]
    school.name = name
    school.living = school.ever = 1
    claim = city.claims[0]
    claim.n, claim.m, claim.lots = pitch // LOT, height // LOT, lots
    city.tally.lots, city.tally.schools = lots, 1
    for table in ("foremen", "charters", "schools", "claims"):
        setattr(city.sizes, table, 1)
    tell(city, 0, V_FOUNDING, name, 0, name, lots, 0, 0)
    rebuild(city)
    return city
