"""Life and death in whole numbers: the exponential, Gompertz's law, the ages of a population at rest, the spread of worlds.

Hazards are rates a year in ppb; the chance to die within a year under a hazard h is 1 - exp(-h). All is fixed point, so that
every machine has the same lives.
"""

from __future__ import annotations

from math import isqrt

from ..ground.city import City
from ..words.kernel import kernel

PPB = 1_000_000_000
HAZARD_MOST = 40 * PPB  # nobody lives through a year of it
AGES = 128  # years; at older ages the hazard grows no more
STEP = 2_977_044_472  # ln 2 / 256, times 2^40


def _root_256(n: int) -> int:
    """The 256th root of n, rounded down: exact, for square roots of whole numbers nest."""
    for _ in range(8):
        n = isqrt(n)
    return n


POWERS_OF_TWO = tuple(_root_256(1 << (30 * 256 + i)) for i in range(256))  # 2^(i/256), times 2^30

# Quantiles of the normal law at (128.5, 129.5 .. 255.5) / 256, times 65536; those below the median mirror them.
QUANTILES = (
    321, 963, 1604, 2246, 2889, 3531, 4174, 4817, 5461, 6105, 6750, 7395, 8041, 8688, 9336, 9985, 10634, 11285, 11937,
    12590, 13244, 13900, 14557, 15215, 15875, 16537, 17200, 17865, 18532, 19201, 19872, 20545, 21220, 21898, 22577, 23259,
    23944, 24631, 25321, 26014, 26710, 27409, 28111, 28816, 29525, 30237, 30952, 31671, 32394, 33122, 33853, 34588, 35328,
    36072, 36821, 37575, 38334, 39098, 39868, 40642, 41423, 42210, 43002, 43801, 44607, 45419, 46239, 47066, 47900, 48742,
    49592, 50451, 51318, 52195, 53081, 53977, 54883, 55799, 56727, 57666, 58617, 59581, 60557, 61548, 62552, 63572, 64607,
    65659, 66727, 67814, 68920, 70045, 71192, 72361, 73554, 74771, 76015, 77286, 78588, 79921, 81288, 82691, 84134, 85618,
    87148, 88727, 90358, 92048, 93802, 95625, 97526, 99512, 101594, 103784, 106096, 108549, 111164, 113968, 116999, 120303,
    123944, 128013, 132646, 138055, 144610, 153042, 165184, 189113,
)  # fmt: skip


@kernel(entry=True)
def exponential(x: int) -> tuple[int, int]:
    """e^x for x >= 0, given times 2^40: returns m, k where e^x = m 2^k / 2^30 and 2^30 <= m < 2^31.

    What the table leaves over is less than 0.0028, so two terms of the series are right to one part in 10^8 (x <= 90).
    """
    n = x // STEP
    rest = (x - n * STEP) >> 10
    return POWERS_OF_TWO[n & 255] * ((1 << 30) + rest + (rest * rest >> 31)) >> 30, n >> 8


@kernel(entry=True)
def lognormal(median: int, sigma_ppm: int, byte: int) -> int:
    """The quantile (byte + 1/2) / 256 of the lognormal law with this median (below 2^30) and sigma (at most 2)."""
    z = QUANTILES[byte - 128] if byte >= 128 else QUANTILES[127 - byte]
    m, k = exponential((z * sigma_ppm << 18) // 15_625)  # ppm of 1/65536 to 1/2^40: 2^24 / 10^6 = 2^18 / 15625
    if byte >= 128:
        return (median * m >> 30) << k
    return median * ((1 << 60) // m) >> (30 + k)


@kernel(entry=True)
def chance_of(hazard: int) -> int:
    """The chance in ppb that something with this hazard (ppb, at most HAZARD_MOST) happens within the time."""
    m, k = exponential((hazard // PPB << 40) + (hazard % PPB << 31) // 1_953_125)
    if k > 30:
        return PPB
    return PPB - (PPB * ((1 << 60) // m) >> (30 + k))


@kernel(entry=True)
def daily_hazard(city: City, age: int) -> int:
    """Hazard in ppb of age and everyday danger in the year of life `age` (0, 1, ...): Gompertz's law at its middle."""
    knobs = city.knobs
    years = min(max(age, 0), AGES - 1)
    m, k = exponential((knobs.gompertz_b_ppm * (2 * years + 1) << 33) // 15_625)
    of_age = HAZARD_MOST if k > 30 else knobs.gompertz_a_ppm * 1000 * m >> (30 - k)
    if knobs.gompertz_a_ppm == 0:
        of_age = 0
    return min(of_age + knobs.death_base_ppm * 1000, HAZARD_MOST)


@kernel(entry=True)
def hunger_hazard(city: City, people: int, capacity: int) -> int:
    """Hazard in ppb of hunger where so many people live on what feeds `capacity`."""
    return min(city.knobs.hunger_ppm * 1000 * min(people, 1 << 20) // max(1, capacity), HAZARD_MOST)


@kernel(entry=True)
def stationary(city: City, target: int) -> int:
    """Ages of a population that neither grows nor shrinks, at full capacity.

    target    -1: returns the sum of the shares of all ages; else 0 .. that sum - 1: returns the age at this place of the sum
    """
    alive = 1 << 30
    total = 0
    for age in range(AGES):
        total += alive
        if 0 <= target < total:
            return age
        dies = chance_of(min(daily_hazard(city, age) + hunger_hazard(city, 1, 1), HAZARD_MOST))
        alive = alive * (PPB - dies) // PPB
    return total
