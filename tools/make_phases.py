"""Draw how endings depend on two knobs at a time: `python tools/make_phases.py [--seeds 16] [--workers 2]`.

Takes a quarter of an hour of two cores. Writes docs/theory/phases.png. Every square is so many worlds of the preset `world`
that differ in nothing but their dice: raids, loci, growth and search are what the axes say, not what each world draws for
itself. A run that is interrupted goes on where it was: what has been lived is kept in docs/theory/phases.json until the
picture is drawn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from rich.progress import track

from make_endings import COLOURS, FIRST_SEED
from megastructure.ground.codes import Ending
from megastructure.ground.scenario import Scenario
from megastructure.study.fates import fates, share_of

DOCS = Path(__file__).parents[1] / "docs"
Knob = tuple[str, str, float, tuple[int, ...]]  # its name, what an axis calls it, the axis's unit, the values
Plane = tuple[Knob, Knob]
YEARS = 2_000  # of the era
RAIDS: Knob = ("safeguard_raid_ppm", "raids a village-year", 1e-6, (4_000, 6_300, 10_000, 16_000, 25_000))
SEARCH: Knob = ("wanderer_search_days", "days in which he searches a bay", 1, (1_200, 380, 120, 38, 12))
GROWTH: Knob = ("growth_income", "what a bay earns, power in 64 days", 1, (13, 18, 26, 37, 52))
GENE: Knob = ("gene_frequency_ppm", "frequency of a locus on the first day", 1e-6, (90_000, 130_000, 180_000, 250_000, 350_000))
PLANES: tuple[Plane, ...] = ((GROWTH, RAIDS), (SEARCH, RAIDS), (SEARCH, GENE))
ORDER = (Ending.RESTORED, Ending.LOCKED, Ending.CONTESTED, Ending.EXTINCT)
INK = "#c9c4b8"


def square(knobs: dict[str, int], seeds: int, workers: int) -> list[int]:
    """How many worlds with these knobs end restored, locked, contested, extinct."""
    before = Scenario.load("world")
    scenario = before.with_knobs(world_spread=0, years=before.era_year + YEARS, **knobs)
    lived = fates(scenario, range(FIRST_SEED, FIRST_SEED + seeds), workers)
    return [sum(f.ending == label for f in lived) for label in ORDER]


def draw(axis: Axes, plane: Plane, counts: dict[tuple[int, int], list[int]]) -> None:
    """Squares with the shares of the four endings as bars; in each the share restored and its 95 % interval."""
    across, up = plane
    for (i, j), of in counts.items():
        left = i - 0.46
        for label, count in zip(ORDER, of):
            wide = 0.92 * count / sum(of)
            axis.add_patch(Rectangle((left, j - 0.46), wide, 0.92, color=COLOURS[label], lw=0))
            left += wide
        restored = share_of(of[0], sum(of))
        axis.text(i, j + 0.1, f"{restored.share:.2f}", ha="center", va="center", fontsize=10, color="white", weight="bold")
        within = f"{restored.low:.2f} .. {restored.high:.2f}"
        axis.text(i, j - 0.22, within, ha="center", va="center", fontsize=6.5, color="white")
    axis.set(xlim=(-0.5, len(across[3]) - 0.5), ylim=(-0.5, len(up[3]) - 0.5), xlabel=across[1], ylabel=up[1])
    axis.set_xticks(range(len(across[3])), [f"{v * across[2]:,g}" for v in across[3]])
    axis.set_yticks(range(len(up[3])), [f"{v * up[2]:,g}" for v in up[3]])
    axis.set_facecolor("#14171a")
    axis.tick_params(colors=INK, length=0)
    axis.xaxis.label.set_color(INK)
    axis.yaxis.label.set_color(INK)
    for side in axis.spines.values():
        side.set_visible(False)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    kept = DOCS / "theory" / "phases.json"
    lived: dict[str, list[int]] = json.loads(kept.read_text()) if kept.exists() else {}
    wanted = [
        (k, i, j) for k, (across, up) in enumerate(PLANES) for i in range(len(across[3])) for j in range(len(up[3]))
    ]  # fmt: skip
    counts: list[dict[tuple[int, int], list[int]]] = [{} for _ in PLANES]
    for k, i, j in track(wanted, "squares"):
        across, up = PLANES[k]
        knobs = {across[0]: across[3][i], up[0]: up[3][j]}
        name = json.dumps([asked.seeds, YEARS, knobs])
        if name not in lived:
            lived[name] = square(knobs, asked.seeds, asked.workers)
            kept.write_text(json.dumps(lived))
        counts[k][i, j] = lived[name]
    figure, axes = plt.subplots(1, len(PLANES), figsize=(16, 5.4), facecolor="#14171a")
    for axis, plane, of in zip(axes, PLANES, counts):
        draw(axis, plane, of)
    figure.legend(
        handles=[Patch(color=COLOURS[label], label=label.name.lower()) for label in ORDER], loc="upper center", ncols=4,
        frameon=False, labelcolor=INK,
    )  # fmt: skip
    figure.tight_layout(rect=(0, 0, 1, 0.94))
    figure.savefig(DOCS / "theory" / "phases.png", dpi=90)
    kept.unlink()


if __name__ == "__main__":
    main()
