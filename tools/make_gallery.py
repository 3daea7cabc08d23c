"""Make docs/gallery.md and its pictures from runs.

python tools/make_gallery.py runs/saga-7 runs/quick-28

For a run of three billion cells this takes a minute of CPU time.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from megastructure.ground.tables import YEAR, Schools
from megastructure.look.still import still
from megastructure.look.subject import scene
from megastructure.memory.run import Run, compact
from megastructure.words.names import spoken_place

DOCS = Path(__file__).parents[1] / "docs"
SIZE = (1280, 720)
SHOWN = (  # view, in ink, shot, what it is
    ("auto", False, 0, "`still RUN`"),
    ("auto", True, 0, "`still RUN --ink`"),
    ("walk", False, 1, "`still RUN --view walk --shot 1`"),
    ("section", False, 0, "`still RUN --view section`"),
    ("iso", False, 0, "`still RUN --view iso`"),
)


def main() -> None:
    """Look and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path)
    opened = {path.name: Run.open(path) for path in parser.parse_args().runs}
    write(opened)


def write(runs: dict[str, Run], folder: Path = DOCS, shown: Sequence[tuple[str, bool, int, str]] = SHOWN) -> None:
    """The page of some runs, by their names, and its pictures."""
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    lines = [
        "# Gallery",
        "",
        "Cities that nobody built, as they stood at the end of their runs. Whoever is in a picture stands there: the history",
        "says in which bay, and `standing.py` in which cell. This page and its pictures are made by",
        "`python tools/make_gallery.py RUN ...`.",
    ]
    for name, run in runs.items():
        city, day = run.city, run.city.day - 1
        cells, error = run.ledger.estimate(4096, day)
        people = int(city.powers.people)
        lines += [
            "",
            f"## {name}: the city of {spoken_place(int(city.schools[0, Schools.name]))}",
            "",
            f"Seed {run.scenario.seed}, {(day + 1) // YEAR:,} years, {city.bays:,} bays, "
            f"{int(city.tally.schools):,} schools, "
            f"{compact(cells)} standing cells (standard error {compact(error)}), "
            f"{f'{people:,} people' if people else 'nobody alive'}.",
        ]
        for view, inked, shot, said in shown:
            who = scene(run, day) if view == "auto" else None
            image = still(run.ledger, day, view, SIZE, seed=run.scenario.seed + shot, scene=who, inked=inked)
            path = pictures / f"{name}-{view}{'-ink' if inked else ''}.webp"
            small = image.resize((960, 540), Image.Resampling.LANCZOS)
            small.save(path, quality=72 if inked else 82, method=6)
            lines += ["", f"{said}", "", f"![{view} of {name}{' in ink' if inked else ''}](pictures/{path.name})"]
            print(path.name, path.stat().st_size, flush=True)
    (folder / "gallery.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
