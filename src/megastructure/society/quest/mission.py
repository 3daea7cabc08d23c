"""The row of a Wanderer: his wounds, his mission, and how long he lies broken."""

from __future__ import annotations

from math import isqrt

import numpy as np

from ...ground.arithmetic import poisson_cutoffs
from ...ground.chronicle import tell
from ...ground.city import City
from ...ground.codes import M_DORMANT, V_SILENT_CENTURY, V_WANDERER_DORMANT
from ...ground.tables import YEAR
from ...words.kernel import kernel

FULL = 1000  # hits and energy of a Wanderer who is whole; one of each comes back a day
REST_DAYS = 60  # how long he stays in a village after a visit
WAIT_DAYS = 360  # how long he stays where he can do nothing else
CENTURY = 100 * YEAR
BROKEN_YEARS = 5  # after the loss of a carrier; years of Poisson's law with mean 20 come on top
# Which choice of the day a draw is for, beside the low bits of his name.
OTHER = 1 << 16


def sleeps() -> tuple[int, ...]:
    """Days of the quantiles (2k + 1) / 512 of the log-uniform law from 30 days to 30 years: 30 x 360^((2k + 1) / 512)."""
    scale = 1 << 192
    root = 360 * scale
    for _ in range(9):
        root = isqrt(root * scale)
    days, factor = [], root
    for _ in range(256):
        days.append(30 * factor // scale)
        factor = factor * root // scale * root // scale
    return tuple(days)


SLEEPS = np.array(sleeps(), np.int64)
TWENTY = np.array(poisson_cutoffs(20, 64), np.int64)


@kernel
def mend(city: City, w: int, day: int) -> None:
    """Bring hits and energy of w to this day: one of each comes back a day."""
    wanderer = city.wanderers[w]
    days = day - wanderer.updated
    wanderer.hits = min(FULL, wanderer.hits + days)
    wanderer.energy = min(FULL, wanderer.energy + days)
    wanderer.updated = day


@kernel
def begin(city: City, w: int, mission: int, due: int, cause: int, day: int) -> None:
    """Begin a mission that comes to its next decision on day `due`; tell if a century without a report has passed."""
    wanderer = city.wanderers[w]
    heard = max(wanderer.reported, city.powers.era_day, 0)
    before = max(wanderer.since, heard)
    centuries = (day - heard) // CENTURY
    if centuries > (before - heard) // CENTURY:
        tell(city, day, V_SILENT_CENTURY, wanderer.name, 0, city.foremen[wanderer.bay].name, centuries, 0, 0)
    wanderer.mission = mission
    wanderer.since = day
    wanderer.due = due
    wanderer.cause = cause
    wanderer.goal = -1
    wanderer.goal_village = -1
    wanderer.hops = 0


@kernel
def break_down(city: City, w: int, days: int, cause: int, day: int) -> None:
    """He lies broken for so many days."""
    wanderer = city.wanderers[w]
    wanderer.hits = 0
    begin(city, w, M_DORMANT, day + days, cause, day)
    tell(city, day, V_WANDERER_DORMANT, wanderer.name, 0, city.foremen[wanderer.bay].name, days, cause, 0)


@kernel(entry=True)
def long_sleep(word: int) -> int:
    """Years of dormancy after the loss of a carrier, from a 32-bit word: 5 + Poisson(20)."""
    years = 0
    while years < len(TWENTY) - 1 and word >= TWENTY[years]:
        years += 1
    return BROKEN_YEARS + years


@kernel(entry=True)
def short_sleep(word: int) -> int:
    """Days of dormancy after a fight, from a 32-bit word: log-uniform from 30 days to 30 years."""
    return SLEEPS[word >> 24]
