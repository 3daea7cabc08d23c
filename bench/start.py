"""How fast a newcomer sees a first year, and how fast whole histories run, beside another checkout, in one run.

python bench/start.py [--beside ANOTHER_CHECKOUT] [--turns 2] [--only cold|start|years ...]

cold    CPU seconds of one process that compiles the whole engine into an empty cache, one kernel after the other
start   wall seconds of `run quick --years 1` from an empty cache (and then with it), and of `run quick` with its picture
years   CPU seconds of `world` (three seeds) and `quick` in outline, of `quick` and `saga` in full, after compilation

Both checkouts take turns, and each figure is divided by the pace of the machine beside it (CPU seconds of a loop of plain
Python, look.py), in units of `PACE`: machines and hours differ by a factor of two. The other checkout may be of before
sources stood on floors. --processors 0,1 binds all of it to these cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from look import pace

HERE = Path(__file__).parents[1]
PACE = 0.15  # the pace in whose seconds figures are told

COLD = """
import importlib, time
began = time.process_time()
for module in {modules}:
    importlib.import_module("megastructure." + module)
try:
    from megastructure.door.warm import kernels_of
    from megastructure.words.kernel import compile_kernels
    for module in kernels_of("engine"):
        compile_kernels(importlib.import_module("megastructure." + module))
except ImportError:
    pass  # of before: imports compile
print(time.process_time() - began)
"""
FLAT = ("tick", "ledger", "rebuild")
FLOORS = ("time.tick", "matter.ledger", "time.rebuild")

YEARS = """
import time
try:
    from megastructure import Scenario, advance, found
except ImportError:
    from megastructure import Scenario, found
    def advance(city, day): city.advance(day)
def spent(scenario, years):
    city = found(scenario)
    began = time.process_time()
    advance(city, years * 360)
    return time.process_time() - began
worlds = [Scenario.load("world").with_knobs(works=0, seed=seed) for seed in (1, 2, 3)]
quick, saga = Scenario.load("quick"), Scenario.load("saga")
advance(found(quick), 1)
found_so = {{}}
found_so["world"] = sum(spent(world, 1500) for world in worlds)
found_so["quick, outline"] = spent(quick.with_knobs(works=0), 1200)
found_so["quick"] = spent(quick, 1200)
found_so["saga"] = spent(saga, saga.years)
import json
print(json.dumps(found_so))
"""


def flat(checkout: Path) -> bool:
    """Whether a checkout is of before its sources stood on floors."""
    return (checkout / "src" / "megastructure" / "tick.py").is_file()


def python(checkout: Path, cache: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run this Python with the sources of a checkout and a cache of compiled kernels."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), "MEGASTRUCTURE_CACHE_DIR": str(cache)}
    for name in ("MEGASTRUCTURE_WRAP", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    environment["PYTHONPYCACHEPREFIX"] = str(cache) + "-bytecode"
    return subprocess.run([sys.executable, *command], env=environment, check=True, capture_output=True, text=True)


def cold(checkout: Path, _: Path) -> dict[str, float]:
    """CPU seconds of compiling the engine in one process."""
    with tempfile.TemporaryDirectory() as empty:
        done = python(checkout, Path(empty), "-c", COLD.format(modules=FLAT if flat(checkout) else FLOORS))
    return {"compiling the engine, CPU": float(done.stdout)}


def start(checkout: Path, _: Path) -> dict[str, float]:
    """Wall seconds until a first year is shown, and until a history stands with its picture."""
    found = {}
    with tempfile.TemporaryDirectory() as empty:
        for what, run in (
            ("first year, empty cache", "a"),
            ("first year, warm", "b"),
        ):
            options = ("--years", "1", "--no-picture")
            began = time.monotonic()
            python(checkout, Path(empty) / "cache", "-m", "megastructure", "run", "quick", "--out", f"{empty}/{run}", *options)
            found[what] = time.monotonic() - began
    with tempfile.TemporaryDirectory() as empty:
        began = time.monotonic()
        python(checkout, Path(empty) / "cache", "-m", "megastructure", "run", "quick", "--out", f"{empty}/c")
        found["quick with its picture, empty cache"] = time.monotonic() - began
    return found


def years(checkout: Path, cache: Path) -> dict[str, float]:
    """CPU seconds of whole histories."""
    done = python(checkout, cache, "-c", YEARS.format())
    return {name: float(value) for name, value in json.loads(done.stdout).items()}


def main() -> None:
    """Measure, and print the best of all turns for each checkout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=("cold", "start", "years"), default=("cold", "start", "years"))
    parser.add_argument("--processors", help="cores to bind to, such as 0,1")
    asked = parser.parse_args()
    if asked.processors:
        os.sched_setaffinity(0, {int(core) for core in asked.processors.split(",")})
    checkouts = [HERE] + ([asked.beside.resolve()] if asked.beside else [])
    best: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as caches:
        for _ in range(asked.turns):
            for measure in (cold, start, years):
                if measure.__name__ not in asked.only:
                    continue
                for number, checkout in enumerate(checkouts):
                    before = pace()
                    found = measure(checkout, Path(caches) / str(number))
                    slow = (before + pace()) / 2 / PACE
                    for name, value in found.items():
                        row = best.setdefault(name, [float("inf")] * len(checkouts))
                        row[number] = min(row[number], value / slow)
    width = max(map(len, best))
    for name, row in best.items():
        other = f"  beside {row[1]:8.2f}   x {row[0] / row[1]:.2f}" if len(row) > 1 else ""
        print(f"{name:{width}} {row[0]:8.2f}{other}")


if __name__ == "__main__":
    main()
