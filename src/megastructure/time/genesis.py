"""The first day: one foreman, one charter, one school, one claim."""

from __future__ import annotations

import numpy as np

from ..ground.chronicle import event_name
from ..ground.codes import V_FOUNDING
from ..ground.rng import lineage
from ..ground.scenario import Scenario
from ..ground.tables import (
    C_LOTS,
    C_M,
    C_N,
    F_ASKED,
    F_CHARTER,
    F_DAMAGED,
    F_DEATH,
    F_DUE,
    F_ENERGY,
    F_HEIGHT,
    F_LOTS,
    F_NAME,
    F_PARENT,
    F_PITCH,
    F_RECOGNITION,
    F_SEARCHED,
    F_SERVICES,
    F_SIDE,
    F_STOP_BITS,
    F_VILLAGE,
    G_HEIGHT,
    G_KEY,
    G_NAME,
    G_PARENT,
    G_PITCH,
    HUMAN,
    LOT,
    N_EVER,
    N_LIVING,
    N_NAME,
    T_LOTS,
    T_SCHOOLS,
    UNIT,
    V_KIND,
    V_MAGNITUDE,
    V_NAME,
    V_PLACE,
    V_WHO,
    Z_CHARTERS,
    Z_CLAIMS,
    Z_EVENTS,
    Z_FOREMEN,
    Z_SCHOOLS,
    Charters,
)
from ..laws.remnant import new_services
from ..words.declare import Gene, columns
from .state import City

FOUNDER_TAG = 0x5EED


def found(scenario: Scenario, room: int = 1 << 10) -> City:
    """The city on the morning of day 0, with its founder's plot claimed. `room`: rows that arrays begin with."""
    city = City(scenario, room)
    name = int(lineage(scenario.seed, FOUNDER_TAG, scenario.seed >> 32))
    genes = np.zeros(len(columns(Charters)), np.int64)
    for c in columns(Charters):
        if isinstance(c.col, Gene):
            genes[c.number] = scenario.founder.get(c.name, c.col.founder)
    genes[G_NAME] = name
    genes[G_PARENT] = -1
    genes[G_KEY] = name & 0x7FFFFFFF
    city.charters[0] = genes
    pitch = int(genes[G_PITCH])
    height = int(genes[G_HEIGHT])
    lots = (pitch // LOT) ** 2 * (height // LOT)

    first = city.foremen[0]
    first[F_NAME] = name
    first[F_PITCH] = pitch
    first[F_HEIGHT] = height
    first[F_CHARTER] = 0
    first[F_PARENT] = -1
    first[F_SIDE] = 6
    first[F_DEATH] = -1
    first[F_ENERGY] = scenario.founder_energy * UNIT
    first[F_LOTS] = lots
    first[F_DUE] = 1
    first[F_RECOGNITION] = HUMAN
    first[F_STOP_BITS] = (1 << scenario.stop_bits) - 1
    first[[F_ASKED, F_DAMAGED, F_VILLAGE, F_SEARCHED]] = -1
    first[F_SERVICES] = new_services(city.knobs, name)

    city.schools[0, [N_NAME, N_LIVING, N_EVER]] = name, 1, 1
    city.claims[0, [C_N, C_M, C_LOTS]] = pitch // LOT, height // LOT, lots
    city.events[0, [V_KIND, V_WHO, V_PLACE, V_MAGNITUDE]] = V_FOUNDING, name, name, lots
    city.events[0, V_NAME] = event_name(0, V_FOUNDING, name, 0)
    city.tally[[T_LOTS, T_SCHOOLS]] = lots, 1
    for size in (Z_FOREMEN, Z_CHARTERS, Z_SCHOOLS, Z_CLAIMS, Z_EVENTS):
        city.sizes[size] = 1
    city.rebuild()
    return city
