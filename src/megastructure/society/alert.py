"""How alarmed Safeguard is: of the whole city in 1/65536, of one village in 1/256. Both fade by the month.

The alert couples everyone to everyone, so a history would turn elsewhere at the least change if hazards read it to the
last bit. They read a step of it instead, of which there are sixteen, taken on the first day of a month.
"""

from __future__ import annotations

from math import isqrt

from ..ground.scenario import Q_SAFEGUARD_ALERT_DECAY_PPM
from ..ground.tables import PO_ALERT, PO_ALERT_DAY, PO_ALERT_STEP, VI_ALERT, VI_ALERT_DAY
from ..ground.world import MONTH
from ..words.kernel import NOTHING, i8, i8m, i8v, kernel

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


@kernel(i8(i8), entry=True)
def alert_step(alert):
    """floor(4 log2(1 + alert / 65536)), at most 15."""
    step = 15
    while alert < ALERT_OF_STEP[step] and step > 0:
        step -= 1
    return step


@kernel(i8(i8), entry=True)
def monthly_factor(decay_ppm):
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


@kernel(i8(i8, i8, i8), entry=True)
def faded(amount, factor, months):
    """What is left of an amount (below 2^30) after so many months; rounded down, so it ends at 0."""
    left = ONE
    square = factor
    while months > 0 and left > 0:
        if months & 1:
            left = left * square >> 30
        square = square * square >> 30
        months >>= 1
    return amount * left >> 30


@kernel(i8(i8m, i8v, i8), entry=True)
def alert_on(powers, knobs, day):
    """The alert of the city (/65536) on a day not before PO_ALERT_DAY: it fades on the first day of each month."""
    months = day // MONTH - powers[0, PO_ALERT_DAY] // MONTH
    if months <= 0 or powers[0, PO_ALERT] == 0:
        return powers[0, PO_ALERT]
    return faded(powers[0, PO_ALERT], monthly_factor(knobs[Q_SAFEGUARD_ALERT_DECAY_PPM]), months)


@kernel(NOTHING(i8m, i8v, i8), entry=True)
def refresh_alert(powers, knobs, day):
    """Bring the alert to this month, and the step that hazards read to its first day. A second call changes nothing."""
    if day // MONTH > powers[0, PO_ALERT_DAY] // MONTH:
        powers[0, PO_ALERT] = alert_on(powers, knobs, day)
        powers[0, PO_ALERT_DAY] = day
        powers[0, PO_ALERT_STEP] = alert_step(powers[0, PO_ALERT])


@kernel(NOTHING(i8m, i8v, i8, i8), entry=True)
def alarm(powers, knobs, day, milli):
    """Raise the alert of the city by so many thousandths. Hazards learn of it on the first day of the next month."""
    refresh_alert(powers, knobs, day)
    powers[0, PO_ALERT] = min(powers[0, PO_ALERT] + (milli * 65536 + 500) // 1000, ALERT_MOST)


@kernel(i8(i8m, i8, i8), entry=True)
def village_alert_on(villages, v, day):
    """The alert about village v (/256) on a day: it fades with every full month since it was last raised."""
    months = (day - villages[v, VI_ALERT_DAY]) // MONTH
    if months <= 0 or villages[v, VI_ALERT] == 0:
        return villages[v, VI_ALERT]
    return faded(villages[v, VI_ALERT], VILLAGE_FACTOR, months)


@kernel(NOTHING(i8m, i8, i8, i8), entry=True)
def village_alarm(villages, v, day, amount):
    """Raise the alert about village v by so many 1/256."""
    villages[v, VI_ALERT] = min(village_alert_on(villages, v, day) + amount, VILLAGE_MOST)
    villages[v, VI_ALERT_DAY] = day
