"""Draw how the worlds end: `python tools/make_endings.py [--seeds 400] [--workers 2]`; takes some ten minutes of two cores.

Writes docs/theory/endings.png and prints the table that docs/theory/endings.md shows.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.ticker
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt
from rich.progress import track

from megastructure.ground.codes import Ending
from megastructure.ground.scenario import Scenario
from megastructure.study.fates import Fate, fates, share_of, shares

DOCS = Path(__file__).parents[1] / "docs"
COLOURS = {Ending.RESTORED: "#3fa7a0", Ending.LOCKED: "#5b6270", Ending.CONTESTED: "#d9a441", Ending.EXTINCT: "#b5483a"}
FIRST_SEED = 1000


def ended(lived: list[Fate], year: int) -> dict[Ending, float]:
    """The shares of histories that have ended so by a year of the era; CONTESTED: not yet."""
    by = dict.fromkeys(Ending, 0)
    for f in lived:
        if 0 <= f.restored <= year:
            by[Ending.RESTORED] += 1
        elif 0 <= f.extinct <= year:
            by[Ending.EXTINCT] += 1
        elif 0 <= f.locked <= year:
            by[Ending.LOCKED] += 1
        else:
            by[Ending.CONTESTED] += 1
    return {label: count / len(lived) for label, count in by.items()}


def draw(lived: list[Fate]) -> None:
    """Fates over time, and endings in the plane of what each world draws for itself."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 4.4), facecolor="#14171a")
    for axis in (left, right):
        axis.set_facecolor("#14171a")
        axis.tick_params(colors="#c9c4b8")
        for side in axis.spines.values():
            side.set_color("#3a4047")
    years = np.arange(0, 3001, 10)
    order = [Ending.RESTORED, Ending.LOCKED, Ending.CONTESTED, Ending.EXTINCT]
    by_year = [ended(lived, int(year)) for year in years]
    left.stackplot(
        years, [[at[label] for at in by_year] for label in order], colors=[COLOURS[label] for label in order],
        labels=[label.name.lower() for label in order],
    )  # fmt: skip
    left.set(xlim=(0, 3000), ylim=(0, 1), xlabel="year of the era", ylabel=f"share of {len(lived)} worlds")
    for label in order:
        of = [f for f in lived if f.ending == label]
        right.scatter(
            [f.raid_ppm / 1e6 for f in of], [f.frequency_ppm / 1e6 for f in of], s=14, color=COLOURS[label],
            label=label.name.lower(),
        )  # fmt: skip
    right.set(xscale="log", xlabel="raids a village-year that this world draws", ylabel="frequency of a locus on the first day")
    right.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())  # they would run into each other
    right.legend(facecolor="#1d2226", edgecolor="#3a4047", labelcolor="#c9c4b8")
    for axis in (left, right):
        axis.xaxis.label.set_color("#c9c4b8")
        axis.yaxis.label.set_color("#c9c4b8")
    figure.tight_layout()
    figure.savefig(DOCS / "theory" / "endings.png", dpi=80)


def table(lived: list[Fate]) -> str:
    """The table of the page."""
    lines = ["| ending | share | 95 % interval | year of the era: 5 %, 50 %, 95 % |", "|---|---|---|---|"]
    years = {Ending.RESTORED: "restored", Ending.EXTINCT: "extinct", Ending.LOCKED: "locked"}
    for label, share in shares(lived).items():
        when = "-"
        if label in years and share.count:
            of = [getattr(f, years[label]) for f in lived if f.ending == label]
            when = ", ".join(f"{year:,.0f}" for year in np.percentile(of, [5, 50, 95]))
        lines.append(f"| {label.name} | {share.share:.3f} | {share.low:.3f} .. {share.high:.3f} | {when} |")
    twice = share_of(sum(any(b - a >= 300 for a in f.purges for b in f.purges) for f in lived), len(lived))
    relapsed = sum(f.relapsed >= 0 for f in lived)
    lines += [
        "",
        f"Two purges at least 300 years apart: {twice.share:.3f} ({twice.low:.3f} .. {twice.high:.3f}). Relapsed within the",
        f"century after they were restored: {relapsed} of {sum(f.restored >= 0 for f in lived)}. Earliest restored: year",
        f"{min((f.restored for f in lived if f.restored >= 0), default=-1)}; median people in year 100, 300, 1,000, 2,000 of "
        "the histories that still run:",
        ", ".join(
            f"{np.median([f.people[y // 10 - 1] for f in lived if len(f.people) >= y // 10] or [0]):,.0f}"
            for y in (100, 300, 1000, 2000)
        )
        + ".",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    bar = iter(track(range(asked.seeds), "worlds"))
    lived = fates(
        Scenario.load("world"), range(FIRST_SEED, FIRST_SEED + asked.seeds), asked.workers, lambda _: next(bar, None) and None
    )
    draw(lived)
    sys.stdout.write(table(lived) + "\n")


if __name__ == "__main__":
    main()
