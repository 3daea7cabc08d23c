"""Kill a run at random moments, resume it, and compare with a run that was never interrupted.

python tests/memory/kill.py --kills 50 [--years 1200] [--seed 1] [--dir DIR]

Prints one line a kill; exits with 1 when anything was lost or any bit differs. The seed of the kills is printed, so that a
failure can be replayed. What a killed process has written stays with the kernel, synced or not; so the runs lie in memory
where they can, and hundreds of commits do not wait for a disk. (A loss of power is another test: tests/memory/test_archive.py.)
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MEMORY = Path("/dev/shm")
CHILD = """
import sys
import megastructure.memory.run as r
import megastructure.time.tick
from megastructure.ground.digest import digest
from megastructure.ground.scenario import Scenario
# A commit every ten years: by the clock, a slow machine would commit more often and so be slower still.
r.COMMIT_SECONDS = -1.0
r.CALL_SECONDS = 1e9
path, years = sys.argv[1], int(sys.argv[2])
scenario = Scenario.load("quick").with_knobs(years=years, world_radius_lots=24, after_restored_years=10)
run = r.Run.open(path, write=True) if (r.Path(path) / "run.db").exists() else r.Run.create(scenario, path)
print("begun", run.city.day, flush=True)
original = run.archive.commit
def commit(day, *rest):
    original(day, *rest)
    print("committed", day, flush=True)
run.archive.commit = commit
run.advance()
print("whole", run.city.day, digest(run.city), flush=True)
"""


def live(path: Path, years: int, seconds: float | None) -> tuple[int, int, str, float]:
    """Run the child for so long after its first commit, then kill it.

    Returns the day it began on, the last day it committed, the digest if it came to the end, and how long it lived.
    """
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path), str(years)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    first = child.stdout.readline().split()
    began = time.monotonic()
    if seconds is not None:
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
    begun, committed, digest = (int(first[1]) if first else 0), -1, ""
    for line in child.stdout:
        words = line.split()
        if words[:1] == ["committed"] and len(words) == 2 and line.endswith("\n"):
            committed = int(words[1])
        elif words[:1] == ["whole"] and len(words) == 3:
            committed, digest = int(words[1]), words[2]
    child.wait()
    return begun, committed, digest, time.monotonic() - began


def main() -> int:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--years", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--dir", type=Path, default=MEMORY if MEMORY.is_dir() else None, help="where the runs lie")
    asked = parser.parse_args()
    dice = random.Random(asked.seed)
    home = Path(tempfile.mkdtemp(prefix="megastructure-kill-", dir=asked.dir))
    _, _, whole, length = live(home / "whole", asked.years, None)
    print(f"seed {asked.seed}: a run of {asked.years} years takes {length:.1f} s; its digest is {whole}")
    lost = different = done = attempt = 0
    while done < asked.kills:
        path = home / f"run-{attempt}"
        attempt += 1
        promised = 0
        for _ in range(10):
            if done >= asked.kills:
                break
            begun, committed, digest, _ = live(path, asked.years, dice.uniform(0.0, length))
            lost += begun < promised
            promised = max(promised, committed, begun)
            if digest:
                different += digest != whole
                break
            done += 1
            print(f"kill {done:>3}: began on day {begun:,}, had committed day {promised:,}")
        else:
            _, _, digest, _ = live(path, asked.years, None)
            different += digest != whole
        if not digest:
            _, _, digest, _ = live(path, asked.years, None)
            different += digest != whole
        shutil.rmtree(path)
    print(f"{done} kills, {lost} commits lost, {different} runs different")
    shutil.rmtree(home)
    return int(lost > 0 or different > 0)


if __name__ == "__main__":
    sys.exit(main())
