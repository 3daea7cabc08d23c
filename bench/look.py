"""What pictures cost: CPU seconds and memory of each view of some runs, after compilation.

python bench/look.py RUN ... [--size 1280x720] [--keep]

Each view is taken by a process of its own, so that the peak of its memory is its own: first what the city itself takes when it
is opened, then the most that was taken while the picture was made.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

VIEWS = ("auto", "walk", "section", "iso", "ink")


def rss() -> int:
    """The most memory that this process ever held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def one(path: str, view: str, size: tuple[int, int]) -> dict[str, float]:
    """One picture, in this process."""
    from megastructure.look.still import still
    from megastructure.look.subject import scene
    from megastructure.run import Run

    began = time.process_time()
    with Run.open(path) as run:
        opened, memory = time.process_time() - began, rss()
        began = time.process_time()
        day = run.city.day - 1
        who = scene(run, day) if view in ("auto", "ink") else None
        still(run.ledger, day, "auto" if view == "ink" else view, size, seed=run.scenario.seed, scene=who, inked=view == "ink")
        return {"open_cpu_s": opened, "picture_cpu_s": time.process_time() - began, "city_mb": memory, "peak_mb": rss()}


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--view", choices=VIEWS)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    width, height = (int(n) for n in asked.size.split("x"))
    if asked.view:
        print(json.dumps(one(asked.runs[0], asked.view, (width, height))))
        return
    found = {}
    print(f"{'run':>12} {'view':>8} {'open CPU-s':>11} {'picture CPU-s':>14} {'city MB':>8} {'peak MB':>8}")
    for run in asked.runs:
        for view in VIEWS:
            command = [sys.executable, __file__, run, "--size", asked.size, "--view", view]
            row = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
            found[f"{Path(run).name} {view}"] = row
            print(
                f"{Path(run).name:>12} {view:>8} {row['open_cpu_s']:11.1f} {row['picture_cpu_s']:14.1f} {row['city_mb']:8.0f} "
                f"{row['peak_mb']:8.0f}",
                flush=True,
            )
    if asked.keep:
        results = Path(__file__).parent / "results"
        results.mkdir(exist_ok=True)
        (results / f"look-{platform.machine()}.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
