"""A reign of the Authority stands while enough of its bays obey it, and falls when two thirds of the most are lost.

An override makes a reign or lets one grow (`authority.py`); whom a bay of it wins over joins it, and whom Safeguard wins back
builds again (`struggle.py`, `bases.py`). While it stands its services are mended and its places feed more, so people move
there and grow in number (`remnant.py`, `society/settlement.py`). Here it is judged, on the first day of a month, when all that
happened to its bays has happened: so it does not matter in which order they were lost.
"""

from __future__ import annotations

from ..ground.chronicle import tell
from ..ground.city import City
from ..ground.codes import V_REIGN_FELL
from ..ground.tables import YEAR
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="reigns",
    says="A reign of the Authority falls when fewer than a third of the bays that obeyed it at its height still do.",
    writes=("reigns.most", "reigns.fell", "powers.reigns", "events"),
    knobs=("reigns", "reign_capacity_percent", "reign_danger_percent"),
    streams=(),
    source="This project's own design; docs/theory/reigns.md",
)  # fmt: skip

THIRD = 3


@kernel(entry=True)
def judge_reigns(city: City, day: int) -> None:
    """The first day of a month: the height of each reign that stands is kept, or it falls.

    reads    reigns.bays, .lost_by
    writes   reigns.most, .fell, powers.reigns, event REIGN_FELL, caused by what took its last bay
    """
    if city.powers.reigns == 0:
        return
    for r in range(city.sizes.reigns):
        reign = city.reigns[r]
        if reign.fell >= 0:
            continue
        reign.most = max(reign.most, reign.bays)
        if THIRD * reign.bays >= reign.most:
            continue
        reign.fell = day
        city.powers.reigns -= 1
        name = city.foremen[reign.bay].name
        tell(city, day, V_REIGN_FELL, name, 0, name, (day - reign.begun) // YEAR, reign.lost_by, 0)
