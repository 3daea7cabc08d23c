"""The numbers of a raid, as Safeguard reckons: how likely it is, who is a threat, how many units come.

Nothing is changed here. What the law computes with, theory and statistics are compared with (docs/theory/safeguard.md).
"""

from __future__ import annotations

from ..ground.arithmetic import poisson_cutoffs, root
from ..ground.codes import R_MANUFACTURE
from ..ground.rng import draws
from ..ground.tables import ARMED_OUT, DAMAGE_OUT, HUMAN, IMPOSSIBLE
from ..words.kernel import kernel

MISSING_SCORE = 80  # for each thing that the rule asks for and somebody lacks
ARMED_SCORE = 16
TERMINAL_SCORE = 32
DAMAGE_SCORE = 16
ALERT_MATTERS = 32 << 16
HAZARD_MOST = 1 << 40  # ppb a year; keeps the products below 2^62
RAID = 64  # units of one raid at most
POISSON = poisson_cutoffs(RAID, 128)
PATROL = 16  # units that meet a party on its way at most


@kernel(entry=True)
def hazard(
    raid_ppm: int, exposure_ppm: int, people: int, capacity: int, village_alert: int, alert: int, sense: int
) -> tuple[int, int]:
    """Raids a year (ppb) on a village: those it draws on itself, and those that its expeditions bring on.

    [raid (people/100)^1/2 (1 + a), exposure (people/capacity)^2], both times (1 + G) s

    raid_ppm, exposure_ppm   ppm a year
    village_alert, sense     /256
    alert                    of the city, /65536: the law hands over the least alert of the step; at most 32
    """
    size = root((people << 24) // 100)  # in 1/4096
    drawn = min(min(raid_ppm * 1000, HAZARD_MOST) * size >> 12, HAZARD_MOST)
    drawn = min(drawn * (256 + village_alert) >> 8, HAZARD_MOST)
    crowd = min((people << 12) // max(1, capacity), 1 << 14)
    seen = exposure_ppm * 1000 * (crowd * crowd >> 12) >> 12
    alarmed = 65536 + min(alert, ALERT_MATTERS)
    return (drawn * alarmed >> 16) * sense >> 8, (seen * alarmed >> 16) * sense >> 8


@kernel(entry=True)
def threat_noise(word: int) -> int:
    """What a score is out by: the sum of four bytes, scaled to mean 0 and a standard deviation of 12; at most 41."""
    total = (word & 255) + ((word >> 8) & 255) + ((word >> 16) & 255) + ((word >> 24) & 255)
    if total < 510:
        return -(((510 - total) * 83 + 512) >> 10)
    return ((total - 510) * 83 + 512) >> 10


@kernel(entry=True)
def threat(missing: int, armed: int, terminal: int, damage: int, word: int) -> int:
    """The threat score of somebody who lacks so much. For a citizen it is noise alone, below the score of one thing missing."""
    score = threat_noise(word)
    if missing > 0:
        score += MISSING_SCORE * missing + ARMED_SCORE * armed + TERMINAL_SCORE * terminal + DAMAGE_SCORE * damage
    return score


BY_CHANCE, BY_LOCI, BY_ARMS, BY_DAMAGE, BY_RIGHT = range(5)


@kernel(entry=True)
def why_spared(rule: int) -> int:
    """Why an eye of this rule finds no threat: by chance, or for what the rule asks for and is there."""
    if rule & IMPOSSIBLE:
        return BY_CHANCE
    if rule & ARMED_OUT:
        return BY_ARMS
    if rule & DAMAGE_OUT:
        return BY_DAMAGE
    return BY_RIGHT if rule == HUMAN else BY_LOCI


@kernel(entry=True)
def mean_units(units: int, village_alert: int, alert: int) -> int:
    """Units that come on top of the first, on average: in 1/65536, at most 64."""
    mean = units * (256 + village_alert) * (131072 + min(alert, ALERT_MATTERS)) >> 9
    return min(mean, RAID << 16)


@kernel(entry=True)
def units_made(seed: int, day: int, name: int, mean: int) -> int:
    """1 + Poisson(mean / 65536), at most 64: of Poisson(64), by inversion, each counts with chance mean / 64."""
    word = draws(seed, R_MANUFACTURE, day, name, 0)[0]
    most = 0
    while most < len(POISSON) and POISSON[most] <= word:
        most += 1
    made = 1
    for k in range(0, most, 4):
        words = draws(seed, R_MANUFACTURE, day, name, 1 + k // 4)
        for i in range(min(4, most - k)):
            if words[i] < mean << 10:
                made += 1
    return min(made, RAID)


@kernel(entry=True)
def lanchester(defenders: int, units: int, percent: int, square: int) -> tuple[int, int, int]:
    """A fight to the end between defenders, each worth `percent` of a unit, and units.

    returns  1 if the village holds, else 0; defenders left; units left (to the nearest whole number)
    """
    if square:
        x = percent * defenders * defenders - 100 * units * units
        if x > 0:
            return 1, min(defenders, (root(4 * x // percent) + 1) >> 1), 0
        return 0, 0, min(units, (root(4 * -x // 100) + 1) >> 1)
    x = percent * defenders - 100 * units
    if x > 0:
        return 1, (2 * x + percent) // (2 * percent), 0
    return 0, 0, (50 - x) // 100
