"""Which bays obey a reign of the Authority: who joins it, who leaves it, and what that does to its builders.

A reign is what an override leaves behind: bays that obey the Authority and have been told to stop. It is a row that remembers
the carrier and the terminal; a bay knows the serial of its own. Here rows and counts are kept true, whoever turns a bay; when
a reign falls is a law (`laws/reigns.py`).
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.dates import set_due
from ..ground.rng import lineage
from ..words.kernel import kernel

ORDINAL = 2001  # a bay is the terminal of one override a day at most, so its name and the day name the reign


@kernel(entry=True)
def reign_of(city: City, n: int) -> int:
    """The serial of the standing reign that bay n obeys, or -1."""
    r = city.foremen[n].reign - 1
    if r < 0 or city.reigns[r].fell >= 0:
        return -1
    return r


@kernel(entry=True)
def begin_reign(city: City, p: int, bay: int, deed: int, day: int) -> int:
    """A reign without bays, of the override by person p at the terminal of a bay that the event `deed` tells. Its serial."""
    r = city.sizes.reigns
    city.sizes.reigns = r + 1
    reign = city.reigns[r]
    reign.name = lineage(city.foremen[bay].name, day, ORDINAL)
    reign.person = p
    reign.bay = bay
    reign.begun = day
    reign.event = deed
    reign.overrides = 1
    reign.bays = 0
    reign.most = 0
    reign.lost = -1
    reign.lost_by = 0
    reign.fell = -1
    city.powers.reigns += 1
    return r


@kernel(entry=True)
def halt(city: City, n: int, day: int) -> None:
    """Bay n is told to stop. It obeys, from the next time it wakes, if one of its stop bits is whole."""
    bay = city.foremen[n]
    if bay.stop_bits != 0 and bay.halted == 0:
        bay.halted = day
        city.powers.halted += 1


@kernel(entry=True)
def build_on(city: City, n: int, day: int) -> None:
    """Living bay n need stand still no longer: it wakes tomorrow and finds its next date itself."""
    bay = city.foremen[n]
    if bay.halted == 0:
        return
    bay.halted = 0
    city.powers.halted -= 1
    if bay.due < 0 or bay.due > day + 1:
        set_due(city, n, day + 1)


@kernel(entry=True)
def join_reign(city: City, n: int, r: int, day: int) -> bool:
    """Bay n, which obeys the Authority, is told to stop and joins reign r if it does; whether it has joined just now."""
    bay = city.foremen[n]
    halt(city, n, day)
    if bay.halted == 0 or bay.reign == r + 1:
        return False
    if bay.reign != 0:  # of a reign that has fallen
        city.reigns[bay.reign - 1].bays -= 1
    bay.reign = r + 1
    city.reigns[r].bays += 1
    return True


@kernel(entry=True)
def leave_reign(city: City, n: int, cause: int, day: int) -> None:
    """Bay n obeys its reign no more. Of several that leave on one day the event with the lowest name is remembered."""
    bay = city.foremen[n]
    if bay.reign == 0:
        return
    reign = city.reigns[bay.reign - 1]
    bay.reign = 0
    reign.bays -= 1
    if day > reign.lost or cause < reign.lost_by:
        reign.lost = day
        reign.lost_by = cause


__all__ = ["begin_reign", "build_on", "halt", "join_reign", "leave_reign", "reign_of"]
