"""What pictures cost: CPU seconds and memory of each view of some runs, after compilation.

python bench/look.py RUN ... [--size 1280x720] [--keep]

Each view is taken by a process of its own that has loaded its kernels, so that the peak of its memory is its own: first what
the city itself takes when it is opened, then the most that was taken. The seconds of a picture are split: who stands there,
laying out matter and boxes, painting (rays, smoothing), writing the PNG, and the rest, which is mostly the place. `load` is
what a process needs before all that. The last column is a loop of plain Python: how fast the machine was just afterwards.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

VIEWS = ("auto", "walk", "section", "iso", "ink")


PARTS = ("load", "open", "scene", "matter", "boxes", "paint", "smooth", "png", "rest", "picture")


def rss() -> int:
    """The most memory that this process ever held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def pace() -> float:
    """CPU seconds of a loop that always does the same, the best of five."""
    found = []
    for _ in range(5):
        began, total = time.process_time(), 0
        for i in range(2_000_000):
            total += i * i
        found.append(time.process_time() - began)
    return min(found)


def one(path: str, view: str, size: tuple[int, int]) -> dict[str, float]:
    """One picture, in this process."""
    began = time.process_time()
    from megastructure.look import camera, walk
    from megastructure.look.still import save, still
    from megastructure.look.subject import scene
    from megastructure.memory.run import Run

    spent: dict[str, float] = {"load": time.process_time() - began}

    def timed(part: str, module: Any, name: str) -> None:
        """Let the calls of a function be counted as a part."""
        function = getattr(module, name)

        def counted(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return function(*given, **named)
            finally:
                spent[part] = spent.get(part, 0.0) + time.process_time() - began

        setattr(module, name, counted)

    for part, module, name in (
        ("matter", camera, "gather"), ("matter", camera, "gather_seen"), ("boxes", camera, "distant"),
        ("boxes", walk, "distant"), ("paint", camera, "paint"), ("smooth", camera, "smooth"),
    ):  # fmt: skip
        timed(part, module, name)
    began = time.process_time()
    with Run.open(path, to_look=True) as run:
        spent["open"], memory = time.process_time() - began, rss()
        began = time.process_time()
        day = run.city.day - 1
        who = scene(run, day) if view in ("auto", "ink") else None
        spent["scene"] = time.process_time() - began
        picture = still(
            run.ledger, day, "auto" if view == "ink" else view, size, seed=run.scenario.seed, scene=who, inked=view == "ink",
            threads=1,
        )  # fmt: skip
        written = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            save(picture, Path(folder) / "still.png")
        spent["png"] = time.process_time() - written
        spent["picture"] = time.process_time() - began
        spent["rest"] = spent["picture"] - sum(spent.get(part, 0.0) for part in PARTS[2:-2])
        return {**{part: spent.get(part, 0.0) for part in PARTS}, "city_mb": memory, "peak_mb": rss(), "pace": pace()}


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
    print("CPU seconds\n" + " ".join(f"{name:>8}" for name in ("run", "view", *PARTS, "city MB", "peak MB", "pace")))
    for run in asked.runs:
        for view in VIEWS:
            command = [sys.executable, __file__, run, "--size", asked.size, "--view", view]
            row = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
            found[f"{Path(run).name} {view}"] = row
            seconds = " ".join(f"{row[part]:8.2f}" for part in PARTS)
            memory = f"{row['city_mb']:8.0f} {row['peak_mb']:8.0f}"
            print(f"{Path(run).name:>8} {view:>8} {seconds} {memory} {row['pace']:8.2f}", flush=True)
    if asked.keep:
        results = Path(__file__).parent / "results"
        results.mkdir(exist_ok=True)
        (results / f"look-{platform.machine()}.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
