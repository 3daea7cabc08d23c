"""Bays earn power from their floor and their towers, and give to poorer neighbours.

Energy needs no clock: between two decisions it grows in a straight line, so a row keeps (energy, day) and is read lazily.
A gift is decided from yesterday's energies of both sides and wakes nobody; all gifts of a day are made at once.
"""

from __future__ import annotations

from ..codes import P_BUILDING, P_STANDING
from ..kernel import i4m, i4v, i8, i8m, i8v, kernel
from ..lots import owner_of_lot
from ..tables import (
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
)
from .law import Law

LAW = Law(
    name="power",
    says="A bay earns in proportion to its lots and its towers, and gives an eighth of the difference to poorer neighbours.",
    writes=("foremen.energy", "foremen.updated"),
    knobs=("growth_income", "tower_income", "power_cap", "power_gifts"),
    streams=(),
    source="Discrete diffusion on the graph of bays; docs/theory/power.md",
)

UNIT = 64  # energies are kept in 1/64 power, incomes are per 64 days: so a day's income is the income itself
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


@kernel(i8(i8v, i4v, i4m, i8m, i8, i8))
def neighbour(keys, slots, owners, foremen, n, side):
    """The bay that owns the lot beyond the middle of a side (0..5: +x -x +y -y +z -z), or -1."""
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    z = foremen[n, F_Z]
    pitch = foremen[n, F_PITCH]
    height = foremen[n, F_HEIGHT]
    px = x + pitch // 2
    py = y + pitch // 2
    pz = z + 8
    if side == 0:
        px = x + pitch + 4
    elif side == 1:
        px = x - 4
    elif side == 2:
        py = y + pitch + 4
    elif side == 3:
        py = y - 4
    elif side == 4:
        pz = z + height + 4
    else:
        pz = z - 4
    return owner_of_lot(keys, slots, owners, px >> 4, py >> 4, pz >> 4)


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
