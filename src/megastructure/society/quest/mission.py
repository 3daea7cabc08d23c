"""The row of a Wanderer: his wounds, his mission, and how long he lies broken."""

from __future__ import annotations

from math import isqrt

import numpy as np

from ...ground.chronicle import tell
from ...ground.city import City
from ...ground.codes import A_AUTHORITY, M_DORMANT, V_SILENT_CENTURY, V_WANDERER_DORMANT
from ...ground.tables import YEAR
from ...words.kernel import kernel

FULL = 1000  # hits and energy of a Wanderer who is whole
AT_THE_SOURCE = 4  # so much faster the gun is charged at a terminal, and in a bay that obeys the Authority
REST_DAYS = 60  # how long he stays in a village after a visit
WAIT_DAYS = 360  # how long he stays where he can do nothing else
CENTURY = 100 * YEAR
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


@kernel
def mend(city: City, w: int, day: int) -> None:
    """Bring hits and energy of w to this day: a hit comes back a day, the charge of the gun more slowly."""
    wanderer = city.wanderers[w]
    here = city.foremen[wanderer.bay]
    before = wanderer.updated
    wanderer.hits = min(FULL, wanderer.hits + day - before)
    slow = city.knobs.gun_charge_days
    gained = day // slow - before // slow
    if here.terminals > 0 or here.allegiance == A_AUTHORITY:
        gained = AT_THE_SOURCE * day // slow - AT_THE_SOURCE * before // slow
    wanderer.energy = min(FULL, wanderer.energy + gained)
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
    wanderer.step = -1
    wanderer.detour = -1
    wanderer.hops = 0


@kernel
def break_down(city: City, w: int, days: int, cause: int, day: int) -> None:
    """He lies broken for so many days."""
    wanderer = city.wanderers[w]
    wanderer.hits = 0
    wanderer.charge = -1
    wanderer.group = 0
    begin(city, w, M_DORMANT, day + days, cause, day)
    tell(city, day, V_WANDERER_DORMANT, wanderer.name, 0, city.foremen[wanderer.bay].name, days, cause, 0)


@kernel(entry=True)
def short_sleep(word: int) -> int:
    """Days of dormancy after a fight, from a 32-bit word: log-uniform from 30 days to 30 years."""
    return SLEEPS[word >> 24]
