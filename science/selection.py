"""Selection on the charters, shown against a neutral control. Writes docs/theory/selection.png and prints the table.

python science/selection.py [--seeds 20] [--scenario saga] [--years 3000]

For every seed the real history gives, for each century, the mean of a gene over the living bays, weighted with their
volume. The control replays the same births, errors, foundings and releases in the same order, but draws the parent of every
birth and the bay of every release at random from those alive (stream NEUTRAL): the same turnover and the same input of new
charters, with no link between what a charter says and who breeds or dies. What the real slope has beyond the control's is
selection.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from megastructure.codes import R_NEUTRAL
from megastructure.declare import columns
from megastructure.genesis import found
from megastructure.rng import draws
from megastructure.scenario import Scenario
from megastructure.state import City
from megastructure.tables import (
    C_DAY,
    C_FOREMAN,
    C_RELEASE,
    F_BORN,
    F_CHARTER,
    F_PARENT,
    F_SCHOOL,
    G_HEIGHT,
    G_PITCH,
    YEAR,
    Charters,
)

GENES = ("pitch", "height", "standing", "hanging", "storeys", "renovation", "bridge_rate", "shell", "voids", "radius")
FIRST_CENTURY = 10  # slopes are taken from year 1,000 on, when there are hundreds of bays


def histories(city: City) -> tuple[np.ndarray, np.ndarray]:
    """Volume-weighted means (centuries, genes) of the real history and of its neutral control."""
    number = {c.name: c.number for c in columns(Charters)}
    chosen = [number[g] for g in GENES]
    foremen = city.table("foremen")
    charters = city.table("charters").astype(np.float64)
    claims = city.table("claims")
    released = claims[claims[:, C_RELEASE] == 1]
    moments = [(int(d), 0, i) for i, d in enumerate(foremen[:, F_BORN])]
    moments += [(int(row[C_DAY]), 1, int(row[C_FOREMAN])) for row in released]
    moments.sort()
    count = len(foremen)
    mine = charters[foremen[:, F_CHARTER]]
    neutral = mine.copy()
    dice = np.random.default_rng([int(w) for w in draws(city.scenario.seed, R_NEUTRAL, 0, 0, 0)])
    alive = np.zeros(count, np.int64)
    real_alive = np.zeros(count, bool)
    living = 0
    real, control = [], []
    century = 1
    for day, release, i in moments:
        while day >= century * 100 * YEAR:
            real.append(_mean(mine[real_alive], chosen))
            control.append(_mean(neutral[alive[:living]], chosen))
            century += 1
        if release:
            k = int(dice.integers(living))
            living -= 1
            alive[k] = alive[living]
            real_alive[i] = False
            continue
        parent = int(foremen[i, F_PARENT])
        if parent >= 0:
            other = int(alive[int(dice.integers(living))])
            if foremen[i, F_CHARTER] == foremen[parent, F_CHARTER]:
                neutral[i] = neutral[other]
            elif foremen[i, F_SCHOOL] == foremen[parent, F_SCHOOL]:
                neutral[i] = _err(neutral[other], mine[i] - mine[parent])
            else:  # a founding: what was redrawn is new, the rest is the drawn parent's
                neutral[i] = np.where(mine[i] == mine[parent], neutral[other], mine[i])
        alive[living] = i
        living += 1
        real_alive[i] = True
    real.append(_mean(mine[real_alive], chosen))
    control.append(_mean(neutral[alive[:living]], chosen))
    return np.array(real), np.array(control)


LOWS = np.array([getattr(c.col, "low", -(2**31)) for c in columns(Charters)], np.float64)
HIGHS = np.array([getattr(c.col, "high", 2**63) for c in columns(Charters)], np.float64)


def _err(genes: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The same copying error on another charter, kept within the ranges of the genes."""
    return np.clip(genes + change, LOWS, HIGHS)


def _mean(genes: np.ndarray, chosen: list[int]) -> np.ndarray:
    volume = genes[:, G_PITCH] ** 2 * genes[:, G_HEIGHT]
    return np.average(genes[:, chosen], axis=0, weights=volume)


def slopes(means: np.ndarray) -> np.ndarray:
    """Slope of each gene per 1,000 years, by least squares over the centuries from FIRST_CENTURY on."""
    late = means[FIRST_CENTURY - 1 :]
    years = (np.arange(len(late)) + FIRST_CENTURY) / 10
    return np.polyfit(years, late, 1)[0]


def interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over seeds and the half width of its 95 % interval (Student)."""
    half = student.ppf(0.975, len(values) - 1) * values.std(0, ddof=1) / len(values) ** 0.5
    return values.mean(0), half


def main() -> None:
    """Grow, compare, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--scenario", default="saga")
    parser.add_argument("--years", type=int, default=3000)
    asked = parser.parse_args()
    scenario = Scenario.load(asked.scenario).with_knobs(works=0, years=asked.years)
    real, control = [], []
    for seed in range(1, asked.seeds + 1):
        city = found(scenario.with_knobs(seed=seed))
        city.advance(asked.years * YEAR)
        a, b = histories(city)
        real.append(a)
        control.append(b)
        print(f"seed {seed}: {city.bays:,} bays, {len(city.table('charters')):,} charters", flush=True)
    of = np.array([slopes(a) for a in real])
    at = np.array([slopes(a) for a in control])
    print("\n| gene | real slope per 1,000 years | neutral control | difference (95 %) | |")
    print("|---|---:|---:|---:|---|")
    columns_of = (interval(of), interval(at), interval(of - at))
    for g, name in enumerate(GENES):
        (m0, h0), (m1, h1), (m2, h2) = ((m[g], h[g]) for m, h in columns_of)
        word = "selected" if abs(m2) > h2 else ""
        print(f"| `{name}` | {m0:+.2f} +- {h0:.2f} | {m1:+.2f} +- {h1:.2f} | {m2:+.2f} +- {h2:.2f} | {word} |")
    draw(real, control)


def draw(real: list[np.ndarray], control: list[np.ndarray]) -> None:
    """The means over the seeds with their 95 % intervals, for four genes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(9, 6), sharex=True)
    years = np.arange(1, len(real[0]) + 1) * 100
    for axis, name in zip(axes.ravel(), ("pitch", "renovation", "standing", "storeys")):
        g = GENES.index(name)
        for means, label, colour in ((real, "real", "#1b1b1b"), (control, "neutral control", "#b3541e")):
            middle, half = interval(np.array([m[:, g] for m in means]))
            axis.plot(years, middle, color=colour, label=label)
            axis.fill_between(years, middle - half, middle + half, color=colour, alpha=0.2, linewidth=0)
        axis.set_title(name)
        axis.axvline(FIRST_CENTURY * 100, color="#999999", linewidth=0.5)
    axes[0, 0].legend(frameon=False)
    for axis in axes[1]:
        axis.set_xlabel("year")
    figure.tight_layout()
    figure.savefig(Path(__file__).parents[1] / "docs" / "theory" / "selection.png", dpi=110)


if __name__ == "__main__":
    main()
