"""What theory says of the limits that the laws are compared with: formulas, and exact recursions where those are exact.

Everything is computed from the parameters; nothing is a number from a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from math import comb, exp

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import exp1


def life_expectancy(a: float, b: float) -> float:
    """Mean age at death under Gompertz's hazard a e^(b age): e^(a/b) E1(a/b) / b. Gompertz 1825."""
    return float(exp(a / b) * exp1(a / b) / b)


def final_size(r0: float) -> float:
    """The share z of a large population that a large epidemic reaches: 1 - z = exp(-R0 z). Kermack and McKendrick 1927."""
    return float(brentq(lambda z: 1 - z - exp(-r0 * z), 1e-9, 1 - 1e-12))


def final_sizes(people: int, susceptible: int, infected: int, r0: float, years: int, digits: int = 150) -> NDArray[np.float64]:
    """The law of how many fall ill beside the first, exact for a finite village: P(0), P(1) .. P(susceptible).

    Every infected person puts a hazard R0 / (years people) on each other one at each yearly look, for a geometric number of
    years, one at least, with mean `years`. Ball's triangular equations (1986), in so many digits for they cancel.
    """
    with localcontext() as context:
        context.prec = digits
        recovery = 1 / Decimal(years)
        step = Decimal(str(r0)) / (years * people)

        def escape(k: int) -> Decimal:
            left = (-step * k).exp()
            return recovery * left / (1 - (1 - recovery) * left)

        found: list[Decimal] = []
        for k in range(susceptible + 1):
            q = escape(susceptible - k)
            power = q**infected
            total = Decimal(comb(susceptible, k))
            for j, p in enumerate(found):
                total -= comb(susceptible - j, k - j) * p / power
                power *= q
            found.append(total * power)
        return np.array([float(p) for p in found])


def wright_fisher_fixation(people: int, advantage: float, copies: int) -> float:
    """Chance that an allele in so many of 2 N copies is fixed; fitness 1, 1 + s, 1 + 2s. The exact chain of Wright (1931).

    Kimura's (1 - exp(-4 N s p)) / (1 - exp(-4 N s)) of 1962 is its diffusion limit.
    """
    n = 2 * people
    inner = np.arange(1, n)
    p = inner / n
    q = (p * p * (1 + 2 * advantage) + p * (1 - p) * (1 + advantage)) / (1 + 2 * advantage * p)
    choose = np.array([float(comb(n, k)) for k in range(n + 1)])
    move = choose * q[:, None] ** np.arange(n + 1) * (1 - q[:, None]) ** (n - np.arange(n + 1))
    fixed = np.linalg.solve(np.eye(n - 1) - move[:, 1:n], move[:, n])
    return float(fixed[copies - 1])


def kimura(people: int, advantage: float, frequency: float) -> float:
    """Kimura's diffusion limit of the chance of fixation (1962)."""
    if advantage == 0:
        return frequency
    return (1 - exp(-4 * people * advantage * frequency)) / (1 - exp(-4 * people * advantage))


def ruin(r: float, goal: int, start: int = 1) -> float:
    """Chance that a walk which goes up r times as often as down reaches `goal` before 0: (1 - r^-start) / (1 - r^-goal)."""
    return (1 - r**-start) / (1 - r**-goal)


def island_fst(people: int, demes: int, migration: float, generations: int) -> float:
    """F_ST = 1 - H_S / H_T after so many generations from equal demes in Hardy-Weinberg proportions: the exact recursion.

    Parents are of the deme, or with the chance `migration` of any deme. For many demes it approaches Wright's 1 / (1 + 4 N m).
    """
    own = 1 - migration + migration / demes
    other = migration / demes
    alike = own**2 + (demes - 1) * other**2
    across = 2 * own * other + (demes - 2) * other**2
    within, between = 1.0, 1.0
    for _ in range(generations):
        within, between = (
            (1 - 1 / (2 * people)) * (alike * within + (1 - alike) * between),
            across * within + (1 - across) * between,
        )
    return 1 - within / (within / demes + (1 - 1 / demes) * between)


def linkage(people: int, crossover: float, generations: int) -> float:
    """D_t / D_0 in N diploids who mate at random, from a first generation in linkage without drift: exact.

    (1 - r)(1 - 1/2N)(1 - r - 1/2N)^(t - 1); to order r/2N it is Robbins's (1 - r)^t (1 - 1/2N)^t.
    """
    drift = 1 / (2 * people)
    return (1 - crossover) * (1 - drift) * (1 - crossover - drift) ** (generations - 1)


def duel(a: int, b: int) -> float:
    """Chance that side a wins a fight to the end between equals, the next to fall being of b with chance a / (a + b)."""
    wins = np.zeros((a + 1, b + 1))
    wins[1:, 0] = 1
    for i in range(1, a + 1):
        for j in range(1, b + 1):
            wins[i, j] = (i * wins[i, j - 1] + j * wins[i - 1, j]) / (i + j)
    return float(wins[a, b])


def byte_sum() -> NDArray[np.float64]:
    """The law of the sum of four bytes: P(0), P(1) .. P(1020)."""
    one = np.full(256, 1 / 256)
    two = np.convolve(one, one)
    return np.convolve(two, two)


def master_share(length: int, error: float, advantage: float) -> float:
    """Share of the master sequence, copied faster by a factor and never restored: (sigma Q - 1) / (sigma - 1). Eigen 1971."""
    faithful = (1 - error) ** length
    return (advantage * faithful - 1) / (advantage - 1)


def excited_counts(base: float, jump: float, fading: float, window: int) -> tuple[float, float]:
    """Mean and variance of the events in a window of steps, where each event raises the rate of the later ones.

    base      events a step without any before
    jump      what an event adds to the rate, which a step later has faded by `fading`
    Linear in the past, so both are exact: the mean is base / (1 - n) a step with n = jump fading / (1 - fading), and for long
    windows variance / mean is 1 / (1 - n)^2. Hawkes 1971, in steps.
    """
    kick = jump * fading
    mean = base / (1 - kick / (1 - fading))
    memory = fading + kick
    rates = kick**2 * mean / (1 - memory**2)
    lags = np.arange(1, window)
    together = memory**lags * rates + memory ** (lags - 1) * kick * mean
    return mean * window, float(window * (mean + rates) + 2 * ((window - lags) * together).sum())


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Least-squares slope."""
    return float(np.polyfit(np.asarray(x), np.asarray(y), 1)[0])


__all__ = [
    "byte_sum", "duel", "excited_counts", "final_size", "final_sizes", "island_fst", "kimura", "life_expectancy", "linkage",
    "master_share", "ruin", "slope", "wright_fisher_fixation",
]  # fmt: skip
