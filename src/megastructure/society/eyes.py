"""Which bays have an eye of Safeguard: its sensors, which also make its units. (A TOWER is a building.)"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import A_SAFEGUARD
from ..words.kernel import kernel

ALL_SIDES = 63  # bits of the six sides of a bay, in `broken`


@kernel(entry=True)
def has_eye(city: City, n: int) -> bool:
    """Whether bay n has an eye of Safeguard: every second infected bay, by its name."""
    bay = city.foremen[n]
    return bay.allegiance == A_SAFEGUARD and (bay.name >> 4) & 1 == 1


@kernel(entry=True)
def working_eye(city: City, n: int, day: int) -> bool:
    """Whether bay n has an eye that sees: while all its conduits are broken it has no power, and is blind."""
    bay = city.foremen[n]
    return has_eye(city, n) and (bay.broken != ALL_SIDES or day >= bay.mended)
