"""What a bay earns and what it has, on any day: between two decisions energy is a straight line.

Bays plan and give by it (laws/power.py); people take from it (laws/salvage.py).
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import P_BUILDING, P_STANDING
from ..ground.tables import UNIT
from ..words.kernel import kernel

FOUNDER_LOTS = 175  # lots of a founder-sized bay, 5 x 5 x 7
TOWERS_MAX = 24  # at most so many times 2,000 cells of towers pay, for a founder-sized bay


@kernel
def income(city: City, n: int, growth_income: int, tower_income: int) -> int:
    """What bay n earns a day, in 1/64 power."""
    foreman = city.foremen[n]
    most = tower_income * TOWERS_MAX * foreman.lots // FOUNDER_LOTS
    return growth_income * foreman.lots // FOUNDER_LOTS + min(tower_income * max(0, foreman.towers) // 2000, most)


@kernel
def energy_on(city: City, n: int, day: int, growth_income: int, tower_income: int, power_cap: int) -> int:
    """Energy of bay n on a day, in 1/64 power."""
    foreman = city.foremen[n]
    energy = foreman.energy
    if foreman.phase == P_BUILDING or foreman.phase == P_STANDING:
        days = day - max(foreman.updated, foreman.shell_done)
        energy += income(city, n, growth_income, tower_income) * max(0, days)
    return min(energy, power_cap * UNIT)


@kernel
def energy_now(city: City, n: int, day: int) -> int:
    """Energy of bay n on a day of people, by the rates of this day, in 1/64 power."""
    today = city.today
    return energy_on(city, n, day, today.growth_income, today.tower_income, city.knobs.power_cap)


@kernel
def take_power(city: City, n: int, wanted: int, day: int) -> int:
    """Take so much power (1/64) out of bay n, or what it has: nobody can take from a bay in debt. Returns what was taken.

    Its row stays dated as it was, so that its neighbours are given as much as before: what counts there is when it last woke.
    """
    bay = city.foremen[n]
    has = energy_now(city, n, day)
    taken = min(wanted, max(0, has))
    uncapped = bay.energy
    if bay.phase == P_BUILDING or bay.phase == P_STANDING:
        days = max(0, day - max(bay.updated, bay.shell_done))
        uncapped += income(city, n, city.today.growth_income, city.today.tower_income) * days
    # What it had earned above what it can keep is lost on the day on which somebody takes.
    bay.energy -= uncapped - has + taken
    return taken
