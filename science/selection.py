"""Selection on the genes of foremen, against a neutral control: `python science/selection.py` draws docs/theory/selection.png.

A city is lived in outline. Everybody who ever lived stays in the register of foremen, so one run gives the genes of all
living bays at the end of every century. The control replays the same births, deaths and errors, but the charter that is
copied at a birth is that of a living bay drawn at random among those of the parent's age. What differs between the two
is what genes do to their own spreading.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from megastructure.ground.city import City
from megastructure.ground.codes import P_RELEASED, R_FRAME, R_NEUTRAL
from megastructure.ground.rng import draw, draws
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import YEAR, Charters, Claims, Foremen
from megastructure.laws.replication import PITCHES, copy_charter, found_school
from megastructure.time.genesis import found
from megastructure.time.years import advance
from megastructure.words.declare import Gene, columns
from megastructure.words.kernel import IntVector, kernel

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

COPIED, ERRED, FOUNDED = range(3)  # how a bay came by its charter
NEVER = 1 << 40
SAME_AGE_YEARS = 50  # the drawn parent was born within so many years of the true one
FIRST_YEAR = 1000  # slopes are fitted from here on; before, a city has few bays
FLAGS = ("windows", "salt", "infected")  # columns of a charter that are no quantities, or never change
GENES = {c.name: c for c in columns(Charters) if isinstance(c.col, Gene) and c.name not in FLAGS}


class Lives(NamedTuple):
    """Everybody who ever lived in a city, in order of birth; arrays of one length."""

    born: Integers  # day
    gone: Integers  # day of the release, or NEVER
    parent: Integers  # serial
    way: Integers  # COPIED, ERRED or FOUNDED
    children: Integers
    genes: Integers  # (n, columns of Charters)


def lives_of(city: City) -> Lives:
    """The lives of a city, from its registers."""
    foremen, claims = city.table("foremen"), city.table("claims")
    gone = np.full(len(foremen), NEVER)
    released = claims[claims[:, Claims.release] == 1]
    gone[released[:, Claims.foreman]] = released[:, Claims.day]
    assert (foremen[gone < NEVER, Foremen.phase] == P_RELEASED).all()
    parent = foremen[:, Foremen.parent].copy()
    changed = foremen[:, Foremen.charter] != foremen[parent, Foremen.charter]
    way = np.where(foremen[:, Foremen.school] != foremen[parent, Foremen.school], FOUNDED, np.where(changed, ERRED, COPIED))
    way[0] = COPIED
    genes = city.table("charters")[foremen[:, Foremen.charter]]
    return Lives(foremen[:, Foremen.born].copy(), gone, parent, way, foremen[:, Foremen.children].copy(), genes)


@kernel(entry=True)
def replay_neutrally(
    city: City, born: IntVector, gone: IntVector, way: IntVector, first_of_year: IntVector, replicate: int, fitted: int
) -> None:
    """Live again, with charters copied from random bays of the parent's age. Errors and foundings are drawn as they were.

    city            its foremen are everybody; it has a charter for each: that of row 0 is the founder's, the others are written
    born, gone      (n,) days; way (n,)
    first_of_year   (years + 1,) serial of the first foreman that is born in or after each year
    fitted          0: a new school takes the first frame that was drawn for it, whether or not that found room;
                    1: it takes the frame that did
    """
    seed = city.knobs.seed
    last = first_of_year.shape[0] - 1
    for c in range(1, born.shape[0]):
        day = born[c]
        child = city.foremen[c]
        name = child.name
        true = child.parent
        year = born[true] // YEAR
        low = first_of_year[max(0, year - SAME_AGE_YEARS)]
        high = first_of_year[min(last, year + SAME_AGE_YEARS + 1)]
        parent = true
        for trial in range(200):
            drawn = low + draw(seed, R_NEUTRAL, day, name, replicate * 256 + trial) % (high - low)
            if born[drawn] < day and gone[drawn] > day:
                parent = drawn
                break
        if way[c] == COPIED:
            genes = city.charters[c]
            model = city.charters[parent]
            for g in range(len(genes.words)):
                genes.words[g] = model.words[g]
            continue
        copy_charter(city, parent, c, name, day, way[c] == FOUNDED)
        if way[c] == FOUNDED:
            f0, f1, _, _ = draws(seed, R_FRAME, day, city.foremen[true].name, 0)
            pitch = child.pitch if fitted else PITCHES[f0 % 9]
            height = child.height if fitted else 64 + 16 * (f1 % 9)
            found_school(city, c, name, day, child.x, child.y, child.z, pitch, height)


def neutral_genes(city: City, lives: Lives, replicate: int, fitted: bool = False) -> Integers:
    """The genes (n, columns of Charters) of everybody in one neutral replay."""
    genes = np.zeros_like(lives.genes)
    genes[0] = lives.genes[0]
    control = City(city.scenario)
    control.put("foremen", city.foremen.matrix)
    control.put("charters", genes)
    first_of_year = np.searchsorted(lives.born, np.arange(city.day // YEAR + 2) * YEAR)
    replay_neutrally(control, lives.born, lives.gone, lives.way, first_of_year.astype(np.int64), replicate, int(fitted))
    return genes


def means(lives: Lives, genes: Integers, years: Integers) -> Floats:
    """Mean of every gene over the bays that live at the end of each year, weighted by P x P x H: (years, genes)."""
    volume = genes[:, Charters.pitch].astype(np.float64) ** 2 * genes[:, Charters.height]
    values = genes[:, [c.number for c in GENES.values()]]
    rows = []
    for year in years:
        living = (lives.born < year * YEAR) & (lives.gone >= year * YEAR)
        rows.append(np.average(values[living], axis=0, weights=volume[living]))
    return np.array(rows)


def slopes(years: Integers, series: Floats) -> Floats:
    """Least-squares slope per 1,000 years of each column, from FIRST_YEAR on."""
    late = years >= FIRST_YEAR
    return np.polyfit(years[late] / 1000, series[late], 1)[0]


class Study(NamedTuple):
    """What was measured in one city. Genes are in the order of GENES."""

    true: Floats  # (centuries, genes)
    neutral: Floats  # (replicates, centuries, genes)
    fitted: Floats  # (centuries, genes): a neutral replay in which new schools take the frames that found room
    gradient: Floats  # (genes,) children more, as a share of their mean, for one standard deviation of the gene
    bays: int


def gradients(lives: Lives, first_year: int, last_year: int) -> Floats:
    """Regression of children on all genes together, over everybody born in the given years.

    Standardised genes, relative children (Lande and Arnold 1983); the year of birth is taken out as a polynomial.
    """
    among = (lives.born >= first_year * YEAR) & (lives.born < last_year * YEAR)
    genes = lives.genes[among][:, [c.number for c in GENES.values()]].astype(np.float64)
    genes = (genes - genes.mean(0)) / np.maximum(genes.std(0), 1e-9)
    when = (lives.born[among] / YEAR - first_year) / (last_year - first_year)
    design = np.column_stack([np.ones(len(genes)), when, when**2, when**3, genes])
    children = lives.children[among] / lives.children[among].mean()
    return np.linalg.lstsq(design, children, rcond=None)[0][4:]


# A city of one pace from its founding on, that nobody lives in: what is inherited is seen best there.
STEADY = {"people": 0, "prologue_percent": 100, "growth_income": 270}


def study(scenario: Scenario, years: Integers, replicates: int) -> Study:
    """Live one city and its neutral replays."""
    city = found(scenario.with_knobs(works=0))
    advance(city, int(years[-1]) * YEAR)
    lives = lives_of(city)
    neutral = [means(lives, neutral_genes(city, lives, r), years) for r in range(replicates)]
    fitted = means(lives, neutral_genes(city, lives, replicates, True), years)
    gradient = gradients(lives, FIRST_YEAR, int(years[-1]) - 500)
    return Study(means(lives, lives.genes, years), np.array(neutral), fitted, gradient, city.bays)


class Interval(NamedTuple):
    """A mean over cities with the half width of its 95 % confidence interval (Student)."""

    mean: float
    half: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return abs(self.mean) > self.half


def interval(values: Floats, confidence: float = 0.95) -> Interval:
    """Over independent cities, (n,)."""
    from scipy.stats import t as student

    n = len(values)
    return Interval(float(values.mean()), float(student.ppf(0.5 + confidence / 2, n - 1) * values.std(ddof=1) / n**0.5))


def selection_of(studies: list[Study], years: Integers, gene: str, confidence: float = 0.95) -> dict[str, Interval]:
    """Slopes per 1,000 years of a gene's weighted mean: as it was, in the control, and their difference city by city."""
    g = list(GENES).index(gene)
    true = np.array([slopes(years, s.true[:, g]) for s in studies])
    control = np.array([np.mean([slopes(years, r[:, g]) for r in s.neutral]) for s in studies])
    return {
        "true": interval(true, confidence),
        "control": interval(control, confidence),
        "selection": interval(true - control, confidence),
        "gradient": interval(np.array([s.gradient[g] for s in studies]), confidence),
    }


def draw_plot(studies: list[Study], years: Integers, path: Path) -> None:
    """Left: the mean pitch of all cities and of the control; right: what selection does to every gene."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 7), width_ratios=(1.25, 1), layout="constrained")
    pitch = list(GENES).index("pitch")
    for s in studies:
        left.plot(years, s.true[:, pitch], color="#c2410c", alpha=0.25, lw=0.8)
    true = np.array([s.true[:, pitch] for s in studies])
    control = np.array([s.neutral[:, :, pitch].mean(0) for s in studies])
    every = np.concatenate([s.neutral[:, :, pitch] for s in studies])
    low, high = np.percentile(every, (2.5, 97.5), axis=0)
    left.fill_between(years, low, high, color="#64748b", alpha=0.18, lw=0, label="95 % of the neutral replays")
    left.plot(years, control.mean(0), color="#475569", lw=2, ls="--", label="neutral control, mean")
    left.plot(years, true.mean(0), color="#9a3412", lw=2.5, label=f"{len(studies)} cities, mean")
    left.set(xlabel="year", ylabel="pitch of bays, weighted by volume (cells)", title="Pitch P")
    left.legend(frameon=False)

    found_here = {name: selection_of(studies, years, name)["selection"] for name in GENES}
    share = {
        name: Interval(*(100 * v / (GENES[name].col.high - GENES[name].col.low) for v in found_here[name]))  # type: ignore[attr-defined]
        for name in GENES
    }
    order = sorted(GENES, key=lambda name: share[name].mean)
    for row, name in enumerate(order):
        color = "#9a3412" if share[name].clear else "#94a3b8"
        right.errorbar(share[name].mean, row, xerr=share[name].half, fmt="o", color=color, ms=4, capsize=2)
    right.axvline(0, color="#475569", lw=1)
    right.set_yticks(range(len(order)), order)
    right.set(xlabel="slope less the control's, % of the gene's range per 1,000 years", title="Every gene, 95 %")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


def table(studies: list[Study], years: Integers) -> str:
    """The figures as a Markdown table, strongest selection first; what concerns pitch and height on stderr."""
    rows: list[tuple[float, str]] = []
    for name, column in GENES.items():
        found_here = selection_of(studies, years, name)
        span = column.col.high - column.col.low  # type: ignore[attr-defined]
        true, control, selected, gradient = (found_here[k] for k in ("true", "control", "selection", "gradient"))
        strict = selection_of(studies, years, name, 1 - 0.05 / len(GENES))["selection"]
        mark = "**" if strict.clear else ""
        rows.append((
            -abs(selected.mean) / span,
            f"| {mark}`{name}`{mark} | {true.mean:+.2f} | {control.mean:+.2f} | {selected.mean:+.2f} +- {selected.half:.2f} "
            f"| {100 * selected.mean / span:+.1f} % | {gradient.mean:+.3f} +- {gradient.half:.3f} |",
        ))  # fmt: skip
    for name in ("pitch", "height"):
        g = list(GENES).index(name)
        at_the_end = [
            interval(np.array(values))
            for values in (
                [s.true[-1, g] for s in studies],
                [s.neutral[:, -1, g].mean() for s in studies],
                [s.fitted[-1, g] for s in studies],
            )
        ]
        ends = ", ".join(f"{v.mean:.1f} +- {v.half:.1f}" for v in at_the_end)
        found_here = selection_of(studies, years, name)
        fits = ", ".join(f"{k} {v.mean:+.2f} +- {v.half:.2f}" for k, v in found_here.items())
        sys.stderr.write(f"{name} in the last year: true, control, control with fitted frames: {ends}; slopes: {fits}\n")
    head = "| gene | slope | control | selection | of range | gradient |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(text for _, text in sorted(rows)) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Live the cities, draw the plot, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cities", type=int, default=20)
    parser.add_argument("--replicates", type=int, default=10)
    parser.add_argument("--years", type=int, default=3000)
    parser.add_argument("--plot", type=Path, default=Path("docs/theory/selection.png"))
    asked = parser.parse_args(arguments)
    years = np.arange(100, asked.years + 1, 100)
    studies: list[Study] = []
    for seed in range(1, asked.cities + 1):
        scenario: Any = Scenario.load("saga").with_knobs(seed=seed, years=asked.years, **STEADY)
        studies.append(study(scenario, years, asked.replicates))
        sys.stderr.write(f"city {seed}: {studies[-1].bays:,} bays\n")
    draw_plot(studies, years, asked.plot)
    sys.stdout.write(table(studies, years))


if __name__ == "__main__":
    main()
