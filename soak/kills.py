"""Kill at random moments whatever writes, do it again, and compare with what was never interrupted.

python soak/kills.py --kills 10000 [--years 100] [--seed 1] [--what run,fork,export,still] [--dir DIR]

Runs and forks are resumed until they are whole; exports and stills are made again. Prints a line for every hundred kills
and one for each kind of work; exits with 1 when a commit was lost, a bit differs or something was left behind. The seed of
the kills is printed. What a killed process has written stays with the kernel, synced or not; so all lies in memory where it
can. (A loss of power is another test: tests/memory/test_archive.py.)
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from children import Tell, live, scratch, void

import megastructure.memory.run as runs
from megastructure.export.door import export_history, export_matter
from megastructure.ground.digest import digest
from megastructure.ground.scenario import Scenario
from megastructure.look.still import save, still
from megastructure.memory.archive import Archive
from megastructure.memory.fork import fork
from megastructure.memory.run import Run
from megastructure.words.errors import BadRun

AT_ONCE = 10  # kills of one run or fork, before it is left to end
SHARES = {"run": 50, "fork": 20, "export": 20, "still": 10}  # of the kills, in per cent
EXPORTS = (".nwk", ".json", ".sqlite", ".parquet", ".glb")


class Ground:
    """What is killed, and how it ought to come out. `parent` is a whole run, of which forks, exports and stills are made."""

    def __init__(self, home: Path, years: int) -> None:
        # A commit every ten years: by the clock, a slow machine would commit more often and so be slower still.
        runs.COMMIT_SECONDS, runs.CALL_SECONDS = -1.0, 1e9
        self.home = home
        self.scenario = Scenario.load("quick").with_knobs(years=years, world_radius_lots=8, after_restored_years=10)
        self.parent = home / "parent"
        self.lives = {"run": self.run, "fork": self.fork}
        self.made: dict[str, Callable[[Path], None]] = {
            **{f"export{suffix}": lambda path, suffix=suffix: self.export(path, suffix) for suffix in EXPORTS},
            "still.png": self.still,
        }
        self.run(self.parent, void)
        self.whole = {"run": last_digest(self.parent)}
        self.fork(home / "forked", void)
        self.whole["fork"] = last_digest(home / "forked")
        self.seconds = {name: live(lambda tell, do=do, name=name: do(home / f"timed-{name}", tell)).seconds
                        for name, do in self.lives.items()}  # fmt: skip
        for name, make in self.made.items():
            make(home / f"first-{name}")
            self.whole[name] = of_path(home / f"first-{name}")
            self.seconds[name] = live(lambda tell, make=make, name=name: make(home / f"again-{name}")).seconds
            assert of_path(home / f"again-{name}") == self.whole[name], f"{name}: two of them differ without a kill"

    def run(self, path: Path, tell: Tell) -> None:
        """Begin a run, or resume it, and live it to its end."""
        try:
            begun = Run.open(path, write=True)
        except BadRun:
            begun = Run.create(self.scenario, path)
        self._live(begun, tell)

    def fork(self, path: Path, tell: Tell) -> None:
        """Begin a fork, or resume it, and live it to its end."""
        try:
            begun = Run.open(path, write=True)
        except BadRun:
            begun = fork(self.parent, self.scenario.years // 2, {"breeding_cost": 8000}, out=path)
        self._live(begun, tell)

    def _live(self, begun: Run, tell: Tell) -> None:
        tell(f"begun {begun.city.day}")
        commit = begun.archive.commit

        def committing(day: int, *rest: object) -> None:
            commit(day, *rest)  # type: ignore[arg-type]
            tell(f"committed {day}")

        begun.archive.commit = committing  # type: ignore[method-assign, assignment]
        with begun:
            begun.advance()
            tell(f"whole {digest(begun.city)}")

    def export(self, path: Path, suffix: str) -> None:
        """Write the history, or a corner of the matter, of the parent."""
        if suffix == ".glb":
            with Run.open(self.parent) as there:
                export_matter(there, path, suffix, "0:64,0:64,0:64")
        else:
            export_history(self.parent, path, suffix)

    def still(self, path: Path) -> None:
        """Take a small picture of the parent."""
        with Run.open(self.parent, to_look=True) as there:
            save(still(there.ledger, there.city.day - 1, "section", (64, 64), threads=1), path)


def last_digest(path: Path) -> str:
    """Of the newest commit; empty: there is none, or no run yet."""
    if not (path / "run.db").exists():
        return ""
    with Archive.open_to_read(path) as archive:
        return archive.last_commit.digest if archive.last_commit else ""


def last_day(path: Path) -> int:
    """Of the newest commit; -1: there is none, or no run yet."""
    if not (path / "run.db").exists():
        return -1
    with Archive.open_to_read(path) as archive:
        for table in archive.lengths if archive.last_commit else ():
            archive.read(table)
        return archive.last_commit.day if archive.last_commit else -1


def of_path(path: Path) -> str:
    """A digest of a file, or of all files in a folder with their names; empty: nothing is there."""
    h = blake2b(digest_size=16)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else []
    for file in files:
        h.update(f"{file.relative_to(path)}\0".encode() + file.read_bytes())
    return h.hexdigest() if files else ""


class Count:
    """What came of the kills."""

    def __init__(self, kills: int) -> None:
        self.asked, self.wrong = kills, 0
        self.kills, self.wholes = Counter[str](), Counter[str]()
        self.promises = 0

    @property
    def done(self) -> int:
        """Kills of any kind."""
        return self.kills.total()

    def kill(self, what: str) -> None:
        """Count one."""
        self.kills[what] += 1
        if self.done % 100 == 0:
            print(f"{self.done:>6,} kills, {self.promises:,} commits promised, {self.wrong} wrong", flush=True)

    def expect(self, right: bool, what: str) -> None:
        """Tell what is wrong, and count it."""
        if not right:
            self.wrong += 1
            print(f"WRONG after {self.done:,} kills: {what}", flush=True)


def kill_lives(ground: Ground, what: str, path: Path, dice: random.Random, count: Count, most: int) -> None:
    """Kill a run or a fork at most so often, resuming it each time; then let it end."""
    promised, live_on = -1, ground.lives[what]
    for attempt in range(most + 1):
        # Half of the first lives are cut short early: what is begun there is not a run yet.
        length = ground.seconds[what] * (0.2 if attempt == 0 and dice.random() < 0.5 else 1.0)
        told = live(lambda tell: live_on(path, tell), dice.uniform(0.0, length) if attempt < most else None)
        days = [int(line.split()[1]) for line in told.lines if line.startswith("committed")]
        begun = [int(line.split()[1]) for line in told.lines if line.startswith("begun")]
        count.promises += len(days)
        count.expect(
            not begun or begun[0] >= promised, f"{what}: began again on day {begun}, after day {promised} was promised"
        )
        promised = max([promised, *days])
        found = last_day(path)
        count.expect(found >= promised, f"{what}: day {promised} was promised, day {found} was found")
        if not told.whole:
            count.kill(what if attempt == 0 or found < 0 else f"{what} that was resumed")
        else:
            break
    count.wholes[what] += 1
    count.expect(last_digest(path) == ground.whole[what], f"{what}: came out differently")
    shutil.rmtree(path)


def kill_makers(ground: Ground, what: str, folder: Path, dice: random.Random, count: Count, most: int) -> None:
    """Kill an export or a still at most so often, then let it end: it is whole or not there, and nothing else is."""
    make, path = ground.made[what], folder / what
    folder.mkdir()
    for attempt in range(most + 1):
        told = live(lambda tell: make(path), dice.uniform(0.0, ground.seconds[what]) if attempt < most else None)
        found = of_path(path)
        count.expect(found in ("", ground.whole[what]), f"{what}: half of it is there")
        if not told.whole:
            count.kill(what)
        if found and path.is_dir():  # what is a folder is never replaced
            shutil.rmtree(path)
        if told.whole:
            break
    count.wholes[what] += 1
    count.expect(found == ground.whole[what], f"{what}: came out differently")
    left = sorted(p.name for p in folder.iterdir() if p != path)
    count.expect(not left, f"{what}: left behind: {left}")
    shutil.rmtree(folder)


def main() -> int:
    """Kill, do again, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--years", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--what", default=",".join(SHARES), help="kinds of work, with commas between")
    parser.add_argument("--dir", type=Path, help="where all lies; default: in memory")
    asked = parser.parse_args()
    kinds = asked.what.split(",")
    if not set(kinds) <= set(SHARES):
        parser.error(f"--what {asked.what}: expected some of {', '.join(SHARES)}")
    dice, count = random.Random(asked.seed), Count(asked.kills)
    with scratch("kills", asked.dir) as home:
        ground = Ground(home, asked.years)
        print(f"seed {asked.seed}: a run of {asked.years} years takes {ground.seconds['run']:.2f} s", flush=True)
        number = 0
        while count.done < asked.kills:
            kind = dice.choices(kinds, [SHARES[k] for k in kinds])[0]
            most = min(AT_ONCE if kind in ground.lives else 3, asked.kills - count.done)
            number += 1
            if kind in ground.lives:
                kill_lives(ground, kind, home / f"{kind}-{number}", dice, count, most)
            else:
                what = "still.png" if kind == "still" else f"export{dice.choice(EXPORTS)}"
                kill_makers(ground, what, home / f"{kind}-{number}", dice, count, most)
        count.expect(last_digest(ground.parent) == ground.whole["run"], "the parent has changed")
    for what, kills in sorted(count.kills.items()):
        print(f"{kills:>6,} kills of {what}")
    ended = count.wholes.total()
    print(f"{count.done:,} kills, {count.promises:,} commits promised, {ended:,} came to their end; {count.wrong} wrong")
    return int(count.wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
