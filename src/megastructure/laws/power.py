"""Bays earn power from their floor and their towers, and give to poorer neighbours.

Energy needs no clock: between two decisions it grows in a straight line, so a row keeps (energy, day) and is read lazily.
A gift is decided from yesterday's energies of both sides and wakes nobody; all gifts of a day are made at once.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import P_BUILDING, P_STANDING
from ..society.energy import energy_on
from ..society.graph import conduit_holds, neighbour
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="power",
    says="A bay earns by its lots and towers, and gives an eighth of the difference to poorer neighbours, where conduits hold.",
    writes=("foremen.energy", "foremen.updated"),
    knobs=("growth_income", "tower_income", "power_cap", "power_gifts"),
    streams=(),
    source="Discrete diffusion on the graph of bays; docs/theory/power.md",
)

GIFT_DAYS = 64  # a neighbour not seen for so long gets the full share


@kernel
def conduits_hit(city: City, n: int, x: int, y: int, z: int, sx: int, sy: int, sz: int) -> int:
    """Bits of the sides whose conduit a box meets: it runs from the middle of the bay, half a lot up, to the side's middle."""
    foreman = city.foremen[n]
    mid_x = foreman.x + foreman.pitch // 2
    mid_y = foreman.y + foreman.pitch // 2
    mid_z = foreman.z + 8
    hit = 0
    for side in range(6):
        ax = foreman.x if side == 1 else mid_x
        bx = foreman.x + foreman.pitch - 1 if side == 0 else mid_x
        ay = foreman.y if side == 3 else mid_y
        by = foreman.y + foreman.pitch - 1 if side == 2 else mid_y
        az = foreman.z if side == 5 else mid_z
        bz = foreman.z + foreman.height - 1 if side == 4 else mid_z
        if x <= bx and ax < x + sx and y <= by and ay < y + sy and z <= bz and az < z + sz:
            hit |= 1 << side
    return hit


@kernel
def propose_gifts(city: City, n: int, day: int, growth_income: int, tower_income: int, power_cap: int, made: int) -> int:
    """Write what bay n gives today into `gifts` from row `made` on; returns the rows used."""
    foreman = city.foremen[n]
    if not (foreman.phase == P_STANDING or (foreman.phase == P_BUILDING and foreman.epoch > 0)):
        return made
    mine = energy_on(city, n, day - 1, growth_income, tower_income, power_cap)
    days = min(day - foreman.updated, GIFT_DAYS)
    for side in range(6):
        o = neighbour(city, n, side)
        if o < 0 or o == n:
            continue
        other = city.foremen[o]
        if other.phase != P_BUILDING and other.phase != P_STANDING:
            continue
        if not conduit_holds(city, n, side, day) or not conduit_holds(city, o, side ^ 1, day):
            continue
        theirs = energy_on(city, o, day - 1, growth_income, tower_income, power_cap)
        if mine > theirs:
            gift = city.gifts[made]
            gift.giver = n
            gift.taker = o
            gift.energy = ((mine - theirs) >> 3) * days // GIFT_DAYS
            if other.school != foreman.school:
                gift.energy >>= 2
            made += 1
    return made
