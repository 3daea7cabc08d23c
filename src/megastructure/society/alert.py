"""How alarmed Safeguard is: of the whole city in 1/65536, of one village in 1/256. Both fade by the month.

The alert couples everyone to everyone, so a history would turn elsewhere at the least change if hazards read it to the
last bit. They read a step of it instead, of which there are sixteen, taken on the first day of a month.
"""

from __future__ import annotations

from math import isqrt

from ..ground.city import City
from ..ground.tables import MONTH
from ..words.kernel import kernel

ONE = 1 << 30  # a factor of 1
ALERT_MOST = ONE - 1  # 16,383.99: far above the highest step
VILLAGE_MOST = 1 << 16  # 256
VILLAGE_DECAY_PPM = 80_000  # what the alert about a village loses a year


def root_above(number: int) -> int:
    """The fourth root of a whole number, rounded up."""
    root = isqrt(isqrt(number))
    return root if root**4 == number else root + 1


# The least alert of each step: 65536 (2^(step/4) - 1), rounded up. (65536 + alert)^4 is compared with 2^(64 + step).
ALERT_OF_STEP = tuple(root_above(1 << (64 + step)) - 65536 for step in range(16))


@kernel(entry=True)
def alert_step(alert: int) -> int:
    """floor(4 log2(1 + alert / 65536)), at most 15."""
    step = 15
    while alert < ALERT_OF_STEP[step] and step > 0:
        step -= 1
    return step


@kernel(entry=True)
def monthly_factor(decay_ppm: int) -> int:
    """The factor of one month (in 2^-30), for a loss by the year: its twelfth root, to a few units of the last place."""
    left = (ONE * (1_000_000 - decay_ppm)) // 1_000_000
    if left == 0 or left == ONE:
        return left
    factor = 0
    bit = ONE >> 1
    while bit > 0:
        tried = factor + bit
        square = tried * tried >> 30
        fourth = square * square >> 30
        if (fourth * fourth >> 30) * fourth >> 30 <= left:
            factor = tried
        bit >>= 1
    return factor


# The loss of the village's alert is no knob, so its factor is a number.
VILLAGE_FACTOR = 1_066_306_825  # monthly_factor(VILLAGE_DECAY_PPM); a test compares


@kernel(entry=True)
def faded(amount: int, factor: int, months: int) -> int:
    """What is left of an amount (below 2^30) after so many months; rounded down, so it ends at 0."""
    left = ONE
    square = factor
    while months > 0 and left > 0:
        if months & 1:
            left = left * square >> 30
        square = square * square >> 30
        months >>= 1
    return amount * left >> 30


@kernel(entry=True)
def alert_on(city: City, day: int) -> int:
    """The alert of the city (/65536) on a day not before `powers.alert_day`: it fades on the first day of each month."""
    powers = city.powers
    months = day // MONTH - powers.alert_day // MONTH
    if months <= 0 or powers.alert == 0:
        return powers.alert
    return faded(powers.alert, monthly_factor(city.knobs.safeguard_alert_decay_ppm), months)


@kernel(entry=True)
def refresh_alert(city: City, day: int) -> None:
    """Bring the alert to this month, and the step that hazards read to its first day. A second call changes nothing."""
    powers = city.powers
    if day // MONTH > powers.alert_day // MONTH:
        powers.alert = alert_on(city, day)
        powers.alert_day = day
        powers.alert_step = alert_step(powers.alert)


@kernel(entry=True)
def alarm(city: City, day: int, milli: int) -> None:
    """Raise the alert of the city by so many thousandths. Hazards learn of it on the first day of the next month."""
    refresh_alert(city, day)
    city.powers.alert = min(city.powers.alert + (milli * 65536 + 500) // 1000, ALERT_MOST)


@kernel(entry=True)
def village_alert_on(city: City, v: int, day: int) -> int:
    """The alert about village v (/256) on a day: it fades with every full month since it was last raised."""
    village = city.villages[v]
    months = (day - village.alert_day) // MONTH
    if months <= 0 or village.alert == 0:
        return village.alert
    return faded(village.alert, VILLAGE_FACTOR, months)


@kernel(entry=True)
def village_alarm(city: City, v: int, day: int, amount: int) -> None:
    """Raise the alert about village v by so many 1/256."""
    village = city.villages[v]
    village.alert = min(village_alert_on(city, v, day) + amount, VILLAGE_MOST)
    village.alert_day = day
