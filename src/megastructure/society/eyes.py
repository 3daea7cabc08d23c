"""Which bays have an eye of Safeguard: its sensors, which also make its units. (A TOWER is a building.)"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import A_SAFEGUARD
from ..words.kernel import kernel


@kernel(entry=True)
def has_eye(city: City, n: int) -> bool:
    """Whether bay n has an eye of Safeguard: every second infected bay, by its name."""
    bay = city.foremen[n]
    return bay.allegiance == A_SAFEGUARD and (bay.name >> 4) & 1 == 1
