"""Forge runs for as long as one likes: every column of every table, and whatever a command makes of it.

    python soak/forge.py --minutes 30 --seed 1

Each case changes one number of a small run (now and then two), seals it anew and gives commands. Anything but an answer or one
line of refusal is a fault: it is printed at once, and the script ends with 1. Equal seeds forge the same cases.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from worlds.forgery import COMMANDS, Soak, beyond, changes, make


def main() -> int:
    """Forge until the time is over; 1 if there was a fault."""
    asked = argparse.ArgumentParser(description="Forge runs, and see whether anything falls.")
    asked.add_argument("--minutes", type=float, default=10.0, help="how long")
    asked.add_argument("--seed", type=int, default=int(time.time()), help="of the cases")
    asked.add_argument("--commands", type=int, default=6, help="how many commands of each case; 0: all")
    asked.add_argument("--only", default="", help="only tables and columns that begin so, such as works.s")
    asked.add_argument("--pairs", type=float, default=0.15, help="share of the cases with two changes")
    asked.add_argument("--beyond", type=float, default=0.2, help="share that is tried of numbers that a column may not hold")
    asked.add_argument("--run", type=Path, help="another honest run than a new one")
    given = asked.parse_args()
    print(f"seed {given.seed}", flush=True)
    rng = random.Random(given.seed)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as place:
        honest = Path(place) / "honest"
        if given.run:
            shutil.copytree(given.run, honest)
        else:
            make(honest)
        (Path(place) / "cases").mkdir()
        soak = Soak(honest, Path(place) / "cases")
        soak.warm()
        end = time.monotonic() + 60 * given.minutes
        known, laps = 0, 0
        while time.monotonic() < end:
            every = [c for c in changes(soak.forge, rng) if f"{c.table}.{c.column}".startswith(given.only)]
            rng.shuffle(every)
            for change in every:
                if time.monotonic() > end:
                    break
                if beyond(soak.forge, change) and rng.random() >= given.beyond:
                    continue
                change_too = (rng.choice(every),) if rng.random() < given.pairs else ()
                if any((c.table, c.newest) == (change.table, change.newest) for c in change_too):
                    change_too = ()
                names = list(COMMANDS) if not given.commands else rng.sample(list(COMMANDS), given.commands)
                soak.case((change, *change_too), names)
                for fault in soak.faults[known:]:
                    print(f"FAULT {fault}", flush=True)
                known = len(soak.faults)
            laps += 1
        print(f"\n{soak.cases:,} forged runs ({laps} times all columns begun), {sum(soak.ended.values()):,} commands")
        print(soak.table())
        print(f"{len(soak.faults)} faults")
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())
