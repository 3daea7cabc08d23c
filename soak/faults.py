"""Let each call that touches the disk fail once: the first, the second, to the last, with each of three errors.

python soak/faults.py [--every 1] [--what run,resume,fork,export,still,verify,info] [--dir DIR]

A short life of each command is lived once for every call that it makes: opening, writing, syncing, renaming, removing and
listing files, and each statement to SQLite (where the error is EIO, it fails after its effect). Then either the result is
right, or there is one line on stderr and the exit code 74; nothing that was promised is lost; and, done again, all comes
out the same.

`--every 20` tries every twentieth call. Prints a line for each command; exits with 1 when anything was wrong.
"""

from __future__ import annotations

import argparse
import builtins
import errno
import io
import os
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
from children import live, scratch
from kills import last_day, last_digest, of_path

import megastructure.memory.archive as rooms
import megastructure.memory.run as runs
from megastructure.door.cli import main as command
from megastructure.memory.run import Run

ERRORS = {errno.ENOSPC: sqlite3.SQLITE_FULL, errno.EIO: sqlite3.SQLITE_IOERR, errno.EROFS: sqlite3.SQLITE_READONLY}
OF_PATHS = ("open", "replace", "rename", "remove", "unlink", "mkdir", "rmdir", "link", "listdir", "scandir")
OF_HANDLES = ("write", "fsync", "ftruncate")
KNOBS = ["--world-radius-lots", "8", "--people", "0"]
SUFFIXES = (".nwk", ".json", ".sqlite")


class Faults:
    """Stands before `os`, `open` and SQLite: the call of that number to something below `top` fails, once."""

    def __init__(self, top: Path, code: int, fail_at: int) -> None:
        self.top, self.code, self.fail_at, self.calls, self.failed = f"{top}{os.sep}", code, fail_at, 0, ""
        self.handles: set[int] = set()

    def falls(self, name: str, where: object) -> bool:
        """Count a call; whether it is the one."""
        self.calls += 1
        if self.calls - 1 != self.fail_at:
            return False
        self.failed = f"{name} {str(where).removeprefix(self.top)}"
        return True

    def install(self) -> None:
        """For the rest of this process."""
        for name in OF_PATHS:
            setattr(os, name, self._of_path(name, getattr(os, name)))
        for name in OF_HANDLES:
            setattr(os, name, self._of_handle(name, getattr(os, name)))
        builtins.open = io.open = self._of_path("open", io.open)  # type: ignore[assignment]
        real, faults = sqlite3.connect, self

        class Connection(sqlite3.Connection):
            """A connection of which one statement fails."""

            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                falls = faults.falls("sqlite", sql)
                if falls and faults.code == errno.EIO:
                    super().execute(sql, *values)
                if falls:
                    problem = sqlite3.OperationalError(f"it refuses ({os.strerror(faults.code)})")
                    problem.sqlite_errorcode = ERRORS[faults.code]
                    raise problem
                return super().execute(sql, *values)

        def connect(path: Any, **how: Any) -> sqlite3.Connection:
            return real(path, **how, **({"factory": Connection} if faults.top in str(path) else {}))

        sqlite3.connect = connect  # type: ignore[assignment]

    def _of_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *rest: Any, **how: Any) -> Any:
            ours = not isinstance(path, int) and os.path.abspath(os.fspath(path)).startswith(self.top)
            if ours and self.falls(name, path):
                raise OSError(self.code, os.strerror(self.code), str(path))
            done = real(path, *rest, **how)
            if isinstance(done, int):
                (self.handles.add if ours else self.handles.discard)(done)
            return done

        return call

    def _of_handle(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: int, *rest: Any) -> Any:
            if handle in self.handles and self.falls(name, os.readlink(f"/proc/self/fd/{handle}")):
                raise OSError(self.code, os.strerror(self.code))
            return real(handle, *rest)

        return call


class Answer(NamedTuple):
    """What came of a command: its exit code, its lines on stderr, days that it promised, how many calls, which one failed."""

    code: int
    lines: list[str]
    promised: int
    calls: int
    failed: str


def ask(words: list[str], top: Path, code: int = 0, fail_at: int = -1) -> Answer:
    """Run a command in a child in which one call fails."""
    said = top.parent / "stderr"

    def work(tell: Callable[[str], None]) -> None:
        handle = os.open(said, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        commit = rooms.Archive.commit

        def committing(archive: rooms.Archive, day: int, *rest: Any) -> None:
            commit(archive, day, *rest)
            tell(f"committed {day}")

        rooms.Archive.commit = committing  # type: ignore[method-assign, assignment]
        sys.argv = ["megastructure", *words]
        faults = Faults(top, code, fail_at)
        faults.install()
        try:
            command()
        except SystemExit as ended:
            faults.fail_at = -1
            tell(f"ended {ended.code or 0}")
            tell(f"calls {faults.calls} {faults.failed}")

    told = live(work)
    find = {line.split()[0]: line.split(maxsplit=2)[1:] for line in told.lines}
    days = [int(line.split()[1]) for line in told.lines if line.startswith("committed")]
    lines = [line for line in said.read_text().splitlines() if line]
    failed = find["calls"][1] if len(find["calls"]) > 1 else ""
    return Answer(int(find["ended"][0]), lines, max(days, default=-1), int(find["calls"][0]), failed)


class Case(NamedTuple):
    """A command; from what it begins, if anything is there already; where what it makes lies, and how that is judged."""

    words: list[str]
    begins: Path | None
    makes: Path
    judge: Callable[[Path], str]


def cases(top: Path, kept: Path) -> dict[str, Case]:
    """The commands, each with a short life. Everything that may fail lies below `top`."""
    run, out = top / "run", top / "out"
    ended = ["--no-picture"]
    return {
        "run": Case(["run", "--years", "100", "--out", str(run), *KNOBS, *ended], None, run, last_digest),
        "resume": Case(["resume", str(run), "--years", "110", *ended], kept / "killed", run, last_digest),
        "fork": Case(["fork", str(run), "--at", "100", "--years", "110", "--out", str(out)], kept / "whole", out, last_digest),
        **{
            f"export{s}": Case(["export", str(run), str(out / f"x{s}")], kept / "whole", out / f"x{s}", of_path)
            for s in SUFFIXES
        },
        "still": Case(
            ["still", str(run), "--view", "section", "--size", "64x64", "--out", str(out / "x.png")],
            kept / "whole", out / "x.png", of_path,
        ),
        "verify": Case(["verify", str(run), "--intervals", "1"], kept / "whole", run, last_digest),
        "info": Case(["info", str(run)], kept / "killed", run, last_digest),
    }  # fmt: skip


def prepare(kept: Path) -> None:
    """A run that was killed, with a log beside its database, and one that is whole."""
    words = ["run", "--years", "100", "--out", str(kept / "killed"), *KNOBS, "--no-picture"]
    assert ask(words, kept).code == 0
    shutil.copytree(kept / "killed", kept / "whole")
    with Run.open(kept / "killed", write=True) as run:
        run.archive.note("log", "so that there is one")
        shutil.copytree(kept / "killed", kept / "copy")
    shutil.rmtree(kept / "killed")
    (kept / "copy").rename(kept / "killed")
    assert (kept / "killed" / "run.db-wal").exists()


def wrong_with(answer: Answer, case: Case, whole: str) -> str:
    """What is wrong with an answer; empty: nothing."""
    text = " | ".join(answer.lines)
    if any("Traceback" in line or "Error:" in line for line in answer.lines):
        return f"a traceback: {text[-300:]}"
    if answer.code not in (0, 74):
        return f"exit code {answer.code}: {text}"
    if answer.code == 74 and (len(answer.lines) != 1 or not text.startswith("megastructure: ")):
        return f"not one line: {text}"
    if answer.code == 0 and case.judge(case.makes) != whole:
        return "a wrong result, and no word of it"
    if answer.promised >= 0 and last_day(case.makes) < answer.promised:
        return f"day {answer.promised} was promised, day {last_day(case.makes)} was found"
    return ""


def again(case: Case, top: Path) -> Answer:
    """Do it once more, as the line on stderr says: a run that has begun is resumed."""
    years = {"run": "100", "fork": "110"}.get(case.words[0])
    if years and last_day(case.makes) >= 0:
        return ask(["resume", str(case.makes), "--years", years, "--no-picture"], top)
    return ask(case.words, top)


def try_case(name: str, case: Case, top: Path, every: int) -> tuple[int, int]:
    """All calls of a command, with all errors. returns  how many were tried, how many went wrong"""

    def lay_out() -> None:
        shutil.rmtree(top, ignore_errors=True)
        top.mkdir()
        if case.begins is not None:
            shutil.copytree(case.begins, top / "run")

    lay_out()
    plain = ask(case.words, top)
    assert plain.code == 0, plain
    whole = case.judge(case.makes)
    codes, tried, wrong = Counter[int](), 0, 0
    for number, fail_at in enumerate(range(0, plain.calls, every)):
        for code in ERRORS if every == 1 else [list(ERRORS)[number % 3]]:
            lay_out()
            answer = ask(case.words, top, code, fail_at)
            tried, codes[answer.code] = tried + 1, codes[answer.code] + 1
            problem = wrong_with(answer, case, whole)
            if not problem and name not in ("verify", "info") and case.judge(case.makes) != whole:
                second = again(case, top)
                if second.code or case.judge(case.makes) != whole:
                    problem = f"and done again: exit code {second.code}: {' | '.join(second.lines)}"
            if problem:
                wrong += 1
                print(f"WRONG {name}, call {fail_at} ({answer.failed}), {errno.errorcode[code]}: {problem}", flush=True)
    print(f"{name:<14} {plain.calls:>4} calls; {tried:>5} faults: {dict(codes)} by exit code; {wrong} wrong", flush=True)
    return tried, wrong


def main() -> int:
    """Each command, each call, each error."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--every", type=int, default=1, help="try each n-th call, with one of the errors in turn")
    parser.add_argument("--what", default="run,resume,fork,export,still,verify,info", help="commands, with commas between")
    parser.add_argument("--dir", type=Path, help="where all lies; default: in memory")
    asked = parser.parse_args()
    runs.COMMIT_SECONDS = runs.CALL_SECONDS = 1e9  # one commit on the first day and one on the last, whatever the clock says
    with scratch("faults", asked.dir) as home:
        kept, top = home / "kept", home / "top"
        kept.mkdir()
        warm(home / "warm")
        prepare(kept)
        tried = wrong = 0
        for name, case in cases(top, kept).items():
            if name.partition(".")[0] in asked.what.split(","):
                more = try_case(name, case, top, asked.every)
                tried, wrong = tried + more[0], wrong + more[1]
    print(f"{tried:,} faults, {wrong} wrong")
    return int(wrong > 0)


def warm(place: Path) -> None:
    """Do everything once in this process, so that no child compiles or imports."""
    quiet = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    place.mkdir()
    shown = cases(place, place)
    for name in ("run", "resume", "fork", "export.json", "export.nwk", "export.sqlite", "still", "verify", "info"):
        sys.argv = ["megastructure", *shown[name].words]
        try:
            command()
        except (SystemExit, click.exceptions.Exit) as ended:
            assert not ended.code, (name, ended)  # type: ignore[union-attr]
    os.dup2(quiet, 1)
    os.close(quiet)
    shutil.rmtree(place)


if __name__ == "__main__":
    sys.exit(main())
