"""Bays earn power from their floor and their towers, and give to poorer neighbours.

Energy needs no clock: between two decisions it grows in a straight line, so a row keeps (energy, day) and is read lazily.
A gift is decided from yesterday's energies of both sides and wakes nobody; all gifts of a day are made at once.
"""

from __future__ import annotations

from ..ground.codes import P_BUILDING, P_STANDING
from ..ground.tables import (
    F_ENERGY,
    F_EPOCH,
    F_HEIGHT,
    F_LOTS,
    F_PHASE,
    F_PITCH,
    F_SCHOOL,
    F_SHELL_DONE,
    F_TOWERS,
    F_UPDATED,
    F_X,
    F_Y,
    F_Z,
    UNIT,
)
from ..society.graph import conduit_holds, neighbour
from ..words.kernel import i4m, i4v, i8, i8m, i8v, kernel
from .law import Law

LAW = Law(
    name="power",
    says="A bay earns by its lots and towers, and gives an eighth of the difference to poorer neighbours, where conduits hold.",
    writes=("foremen.energy", "foremen.updated"),
    knobs=("growth_income", "tower_income", "power_cap", "power_gifts"),
    streams=(),
    source="Discrete diffusion on the graph of bays; docs/theory/power.md",
)

FOUNDER_LOTS = 175  # lots of a founder-sized bay, 5 x 5 x 7
TOWERS_MAX = 24  # at most so many times 2,000 cells of towers pay, for a founder-sized bay
GIFT_DAYS = 64  # a neighbour not seen for so long gets the full share


@kernel(i8(i8m, i8, i8, i8))
def income(foremen, n, growth_income, tower_income):
    """What bay n earns a day, in 1/64 power."""
    lots = foremen[n, F_LOTS]
    most = tower_income * TOWERS_MAX * lots // FOUNDER_LOTS
    return growth_income * lots // FOUNDER_LOTS + min(tower_income * max(0, foremen[n, F_TOWERS]) // 2000, most)


@kernel(i8(i8m, i8, i8, i8, i8, i8))
def energy_on(foremen, n, day, growth_income, tower_income, power_cap):
    """Energy of bay n on a day, in 1/64 power."""
    energy = foremen[n, F_ENERGY]
    if foremen[n, F_PHASE] == P_BUILDING or foremen[n, F_PHASE] == P_STANDING:
        days = day - max(foremen[n, F_UPDATED], foremen[n, F_SHELL_DONE])
        energy += income(foremen, n, growth_income, tower_income) * max(0, days)
    return min(energy, power_cap * UNIT)


@kernel(i8(i8m, i8, i8, i8, i8, i8, i8, i8))
def conduits_hit(foremen, n, x, y, z, sx, sy, sz):
    """Bits of the sides whose conduit a box meets: it runs from the middle of the bay, half a lot up, to the side's middle."""
    mid_x = foremen[n, F_X] + foremen[n, F_PITCH] // 2
    mid_y = foremen[n, F_Y] + foremen[n, F_PITCH] // 2
    mid_z = foremen[n, F_Z] + 8
    hit = 0
    for side in range(6):
        ax = foremen[n, F_X] if side == 1 else mid_x
        bx = foremen[n, F_X] + foremen[n, F_PITCH] - 1 if side == 0 else mid_x
        ay = foremen[n, F_Y] if side == 3 else mid_y
        by = foremen[n, F_Y] + foremen[n, F_PITCH] - 1 if side == 2 else mid_y
        az = foremen[n, F_Z] if side == 5 else mid_z
        bz = foremen[n, F_Z] + foremen[n, F_HEIGHT] - 1 if side == 4 else mid_z
        if x <= bx and ax < x + sx and y <= by and ay < y + sy and z <= bz and az < z + sz:
            hit |= 1 << side
    return hit


@kernel(i8(i8v, i4v, i4m, i8m, i8, i8, i8, i8, i8, i8m, i8))
def propose_gifts(keys, slots, owners, foremen, n, day, growth_income, tower_income, power_cap, gifts, made):
    """Write what bay n gives today into `gifts` (giver, taker, 1/64 power) from row `made` on; returns the rows used."""
    if not (foremen[n, F_PHASE] == P_STANDING or (foremen[n, F_PHASE] == P_BUILDING and foremen[n, F_EPOCH] > 0)):
        return made
    mine = energy_on(foremen, n, day - 1, growth_income, tower_income, power_cap)
    days = min(day - foremen[n, F_UPDATED], GIFT_DAYS)
    for side in range(6):
        o = neighbour(keys, slots, owners, foremen, n, side)
        if o < 0 or o == n or (foremen[o, F_PHASE] != P_BUILDING and foremen[o, F_PHASE] != P_STANDING):
            continue
        if not conduit_holds(foremen, n, side, day) or not conduit_holds(foremen, o, side ^ 1, day):
            continue
        theirs = energy_on(foremen, o, day - 1, growth_income, tower_income, power_cap)
        if mine > theirs:
            gift = ((mine - theirs) >> 3) * days // GIFT_DAYS
            if foremen[o, F_SCHOOL] != foremen[n, F_SCHOOL]:
                gift >>= 2
            gifts[made, 0] = n
            gifts[made, 1] = o
            gifts[made, 2] = gift
            made += 1
    return made
