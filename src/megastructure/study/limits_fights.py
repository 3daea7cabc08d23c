"""The limits of the alert, of the raids that it leads to, and of how fights end."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from ..ground.codes import R_SAMPLE
from ..ground.rng import draws, lineage
from ..ground.scenario import Scenario
from ..laws import combat
from ..society import raid
from ..society.alert import monthly_factor
from . import theory
from .limit import Limit, Measured, average, share
from .stage import Stage
from .trials_machines import excited

BASE = 19_661  # raids a month without alert, in 1/65536: 0.3
WINDOW, SETTLED = 1_200, 800  # months


def excitement(fano: bool) -> Any:
    """Raids in a window of a hundred years: their mean a month, or their variance over their mean."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        stage = Stage(scenario)
        counts = np.zeros(SETTLED + WINDOW, np.int64)
        total = np.zeros(sample)
        for trial in range(sample):
            stage.reseed(trial)
            excited(stage.city, BASE, scenario.safeguard_alert_raid, counts)
            total[trial] = counts[SETTLED:].sum()
        fading = monthly_factor(int(stage.city.knobs.safeguard_alert_decay_ppm)) / (1 << 30)
        jump = BASE / 65536 * ((scenario.safeguard_alert_raid * 65536 + 500) // 1000) / 65536
        mean, variance = theory.excited_counts(BASE / 65536, jump, fading, WINDOW)
        if not fano:
            return average(total / WINDOW, mean / WINDOW)
        spread = (total - mean) ** 2
        return average(spread / mean, variance / mean)

    return measure


def fights(scenario: Scenario, sample: int) -> Measured:
    """How often 60 beat 50 in the duel."""
    won = sum(combat.duel(scenario.seed, int(lineage(scenario.seed, k, 0)), 60, 50) > 0 for k in range(sample))
    return share(won, sample, theory.duel(60, 50))


def square_law(scenario: Scenario, sample: int) -> Measured:
    """Battles of up to so many on each side that end otherwise than with sqrt(a^2 - b^2) left, to the nearest whole one."""
    wrong = 0
    for a in range(1, sample + 1):
        for b in range(1, sample + 1):
            holds, left, others = raid.lanchester(a, b, 100, scenario.combat_square)
            survivors = left if holds else others
            wrong += bool(holds) != (a > b) or abs(survivors - sqrt(abs(a * a - b * b))) > 0.5
    return Measured(0, wrong, 0)


def detection(scenario: Scenario, sample: int) -> Measured:
    """How often the score of somebody who lacks one locus reaches the threshold."""
    total = np.arange(1021)
    noise = np.sign(total - 510) * ((np.abs(total - 510) * 83 + 512) // 1024)
    expected = float(theory.byte_sum()[raid.MISSING_SCORE + noise >= scenario.safeguard_threshold].sum())
    hits = 0
    for k in range(sample):
        word = draws(scenario.seed, R_SAMPLE, 0, k, 0)[0]
        hits += raid.threat(1, 0, 0, 0, int(word)) >= scenario.safeguard_threshold
    return share(hits, sample, expected)


ALARM = ("society.alert.alarm", "society.alert.refresh_alert", "society.raid.units_made")

LIMITS = (
    Limit("hawkes-mean", "raids a month, mu / (1 - n)", ALARM,
          "Hawkes 1971", 1_500, "centuries", excitement(False), knobs={"safeguard_alert_decay_ppm": 500_000}),
    Limit("hawkes-fano", "variance / mean of raids a century, near 1 / (1 - n)^2",
          ALARM, "Hawkes 1971", 1_500, "centuries",
          excitement(True), knobs={"safeguard_alert_decay_ppm": 500_000}),
    Limit("duel", "chance that 60 beat 50", ("laws.combat.duel",), "Lanchester 1916; Brown 1963", 20_000, "fights", fights),
    Limit("square-law", "battles that leave another number than sqrt(a^2 - b^2)", ("society.raid.lanchester",),
          "Lanchester 1916", 100, "a side", square_law, least=20),
    Limit("detection", "chance that one missing locus scores 86 or more", ("society.raid.threat",),
          "Green and Swets 1966", 100_000, "scores", detection, knobs={"safeguard_threshold": 86}),
)  # fmt: skip

__all__ = ["LIMITS"]
