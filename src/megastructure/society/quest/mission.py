"""The row of a Wanderer: his wounds, his mission, and how long he lies broken."""

from __future__ import annotations

from math import isqrt

import numpy as np

from ...ground.arithmetic import poisson_cutoffs
from ...ground.chronicle import tell
from ...ground.codes import M_DORMANT, V_SILENT_CENTURY, V_WANDERER_DORMANT
from ...ground.tables import (
    F_NAME,
    PO_ERA_DAY,
    WA_BAY,
    WA_CAUSE,
    WA_DUE,
    WA_ENERGY,
    WA_GOAL,
    WA_GOAL_VILLAGE,
    WA_HITS,
    WA_HOPS,
    WA_MISSION,
    WA_NAME,
    WA_REPORTED,
    WA_SINCE,
    WA_UPDATED,
    YEAR,
)
from ...ground.world import WORLD
from ...words.kernel import NOTHING, i8, i8m, i8v, kernel

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


@kernel(NOTHING(i8m, i8, i8))
def mend(wanderers, w, day):
    """Bring hits and energy of w to this day: one of each comes back a day."""
    days = day - wanderers[w, WA_UPDATED]
    wanderers[w, WA_HITS] = min(FULL, wanderers[w, WA_HITS] + days)
    wanderers[w, WA_ENERGY] = min(FULL, wanderers[w, WA_ENERGY] + days)
    wanderers[w, WA_UPDATED] = day


@kernel(NOTHING(WORLD, i8v, i8, i8, i8, i8, i8))
def begin(world, sizes, w, mission, due, cause, day):
    """Begin a mission that comes to its next decision on day `due`; tell if a century without a report has passed."""
    foremen, _, _, _, _, wanderers, powers, events, _ = world
    heard = max(wanderers[w, WA_REPORTED], powers[0, PO_ERA_DAY], 0)
    before = max(wanderers[w, WA_SINCE], heard)
    centuries = (day - heard) // CENTURY
    if centuries > (before - heard) // CENTURY:
        place = foremen[wanderers[w, WA_BAY], F_NAME]
        tell(events, sizes, day, V_SILENT_CENTURY, wanderers[w, WA_NAME], 0, place, centuries, 0, 0)
    wanderers[w, WA_MISSION] = mission
    wanderers[w, WA_SINCE] = day
    wanderers[w, WA_DUE] = due
    wanderers[w, WA_CAUSE] = cause
    wanderers[w, WA_GOAL] = -1
    wanderers[w, WA_GOAL_VILLAGE] = -1
    wanderers[w, WA_HOPS] = 0


@kernel(NOTHING(WORLD, i8v, i8, i8, i8, i8))
def break_down(world, sizes, w, days, cause, day):
    """He lies broken for so many days."""
    foremen, _, _, _, _, wanderers, _, events, _ = world
    wanderers[w, WA_HITS] = 0
    begin(world, sizes, w, M_DORMANT, day + days, cause, day)
    place = foremen[wanderers[w, WA_BAY], F_NAME]
    tell(events, sizes, day, V_WANDERER_DORMANT, wanderers[w, WA_NAME], 0, place, days, cause, 0)


@kernel(i8(i8), entry=True)
def long_sleep(word):
    """Years of dormancy after the loss of a carrier, from a 32-bit word: 5 + Poisson(20)."""
    years = 0
    while years < len(TWENTY) - 1 and word >= TWENTY[years]:
        years += 1
    return BROKEN_YEARS + years


@kernel(i8(i8), entry=True)
def short_sleep(word):
    """Days of dormancy after a fight, from a 32-bit word: log-uniform from 30 days to 30 years."""
    return SLEEPS[word >> 24]
