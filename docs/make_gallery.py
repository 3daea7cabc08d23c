"""Make docs/gallery.md and its pictures: five seeds of one scenario, three views of each, and what was measured.

python docs/make_gallery.py [--scenario saga] [--seeds 1 2 3 4 5]

For `saga` each seed takes about a minute of CPU time and half a gigabyte.
"""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

from megastructure.genesis import found
from megastructure.ledger import Ledger
from megastructure.look.still import still
from megastructure.names import spoken_place
from megastructure.run import compact
from megastructure.scenario import Scenario
from megastructure.tables import N_NAME, T_SCHOOLS

HERE = Path(__file__).parent
VIEWS = ("walk", "section", "iso")
SIZE = (1280, 720)


def main() -> None:
    """Grow, look, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scenario", default="saga")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    asked = parser.parse_args()
    pictures = HERE / "pictures"
    pictures.mkdir(exist_ok=True)
    scenario = Scenario.load(asked.scenario).with_knobs(people=0)  # no override ends the building
    lines = [
        "# Gallery",
        "",
        f"Five cities that nobody built, and nobody lives in: `{asked.scenario}` with `people = 0`,",
        f"{scenario.years:,} years, seeds {asked.seeds}. This page and its pictures are made by",
        f"`python docs/make_gallery.py --scenario {asked.scenario}`.",
    ]
    for seed in asked.seeds:
        city = found(scenario.with_knobs(seed=seed))
        city.advance(scenario.years * 360)
        cells, error = Ledger(city).estimate(4096, city.day - 1)
        name = spoken_place(int(city.schools[0, N_NAME]))
        lines += [
            "",
            f"## Seed {seed}: the city of {name}",
            "",
            f"{city.bays:,} bays, {int(city.tally[T_SCHOOLS]):,} schools, {compact(cells)} standing cells (standard error "
            f"{compact(error)}); digest `{city.digest()}`.",
        ]
        for view in VIEWS:
            image = still(Ledger(city), city.day - 1, view, SIZE, seed=seed)
            path = pictures / f"{asked.scenario}-{seed}-{view}.jpg"
            image.save(path, quality=88, optimize=True)
            lines += ["", f"![{view} of seed {seed}](pictures/{path.name})"]
            print(path, flush=True)
        del city
        gc.collect()
    (HERE / "gallery.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
