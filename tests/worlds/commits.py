"""Run directories whose contents are pure functions of row and day, so that whatever is found in one can be compared.

Children that are killed, limited or watched import this room alone: no test.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import numpy as np

from megastructure.ground.limits import ASCENDING, codes_of, range_of
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import TABLES
from megastructure.memory import archive as rooms
from megastructure.memory.archive import REGISTERS, Archive
from megastructure.memory.parts import fields_of
from megastructure.words.declare import Col, columns
from megastructure.words.errors import BadRun, CannotWrite

ROWS = {"works": 20, "charters": 1, "claims": 3, "shots": 1, "events": 7, "series": 1}  # new rows of a commit
FEW = {"works": 20, "events": 7}  # the same, where thousands of commits are made
DAYS = 360  # between commits


def room(col: Col) -> tuple[int, int]:
    """The least and the greatest number of a column, whatever else there is: references mean the first row, or nobody."""
    if col.refers or col.until:
        assert col.low is not None
        return (col.low, col.low) if col.earlier or col.until else (min(col.low, 0), 0)
    between = range_of(col)
    assert between is not None, col
    return between


def truth(table: str, first: int, stop: int, salt: int = 0) -> np.ndarray:
    """Rows first..stop of a table."""
    rows = np.arange(first, stop, dtype=np.uint64)[:, None]
    numbers = np.arange(len(fields_of(table)), dtype=np.uint64)[None, :]
    mixed = (rows + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15) ^ (numbers + np.uint64(1)) * np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(29)
    made = np.empty(mixed.shape, np.int64)
    for c in columns(TABLES[table]):
        low, high = room(c.col)
        whole = mixed[:, c.number] >> np.uint64(1)  # below 2^63, as names are
        made[:, c.number] = low + (whole % np.uint64(min(high - low + 1, 2**63))).astype(np.int64)
        if codes_of(c.col):
            known = np.array(codes_of(c.col))
            made[:, c.number] = known[made[:, c.number] % len(known)]
        if c.name == ASCENDING.get(table):
            made[:, c.number] = np.arange(first, stop) // ROWS[table] * (1 if table == "series" else DAYS) + (table == "series")
    return made.astype(np.int32) if table == "works" else made


def frame_of(day: int, rows: dict[str, int] = ROWS) -> dict[str, np.ndarray]:
    if rows is FEW:
        return {"schools": truth("schools", 0, 3, day)}
    return {"foremen": truth("foremen", 0, 5, day), "counters": np.arange(6) * day, "odd": np.full((0, 3), day)}


def commit(archive: Archive, number: int, rows: dict[str, int] = ROWS) -> None:
    """The commit of that number: 0, 1, 2, ..."""
    new = {t: truth(t, n * number, n * number + n) for t, n in rows.items()}
    archive.commit(number * DAYS, f"digest-{number}", new, frame_of(number * DAYS, rows))


def assert_true(archive: Archive, rows: dict[str, int] = ROWS) -> int:
    """Compare all that is in the archive with the truth; the number of the last commit, -1 for none."""
    last = archive.last_commit
    number = last.day // DAYS if last else -1
    for table in ROWS:
        n = rows.get(table, 0)
        found = archive.read(table)
        assert found.dtype == (np.int32 if table == "works" else np.int64)
        assert np.array_equal(found, truth(table, 0, n * (number + 1))), table
    if last:
        assert last.digest == f"digest-{number}"
        found_frame = archive.frame()
        expected = frame_of(last.day, rows)
        assert found_frame.keys() == expected.keys()
        assert all(np.array_equal(found_frame[name], matrix) for name, matrix in expected.items())
    return number


def begin(directory: Path, commits: int, rows: dict[str, int] = ROWS) -> Archive:
    archive = Archive.create(directory, Scenario(seed=7, years=300), "laws-1")
    for number in range(commits):
        commit(archive, number, rows)
    return archive


def one_line(problem: BaseException) -> str:
    text = str(problem)
    assert text and text.isprintable() and len(text) < 600, text
    return text


def assert_tidy(run: Path, archive: Archive) -> None:
    named = {p for t in REGISTERS for p in archive.paths(t)} | {run / f.path for f in archive._book.frames}
    assert named == {p for d in run.iterdir() if d.is_dir() for p in d.iterdir()}


def assert_recovers(run: Path, archive: Archive, number: int, reopen: bool) -> None:
    """After a refused commit `number` the run stands where it stood (or after it, if the refusal came late)."""
    if reopen:
        archive.close()
        archive = Archive.open_to_write(run)
        assert assert_true(archive, FEW) in (number - 1, number)
        assert_tidy(run, archive)
    commit(archive, number, FEW)
    commit(archive, number + 1, FEW)
    assert assert_true(archive, FEW) == number + 1
    archive.close()
    with Archive.open_to_read(run) as reader:
        assert assert_true(reader, FEW) == number + 1


def writes_until_killed(run: Path, pipe: int) -> None:
    """A child's life: commit, tell, commit, tell ..."""
    rooms.PARTS_MAX, rooms.MERGED_AT_ONCE = 8, 4
    if (run / "run.db").exists():
        archive = Archive.open_to_write(run)
    else:
        archive = Archive.create(run, Scenario(seed=7), "laws")
    number = archive.last_commit.day // DAYS + 1 if archive.last_commit else 0
    os.write(pipe, b"0\n")
    while True:
        commit(archive, number, FEW)
        os.write(pipe, b"%d\n" % number)
        number += 1


def kill_many(run: Path, kills: int, seed: int) -> None:
    """In a process of its own: kill children at random moments, and look each time whether all they told is there."""
    rng = random.Random(seed)
    told, commits = -1, 0
    begin(run.parent / "warm", 1, FEW).close()  # all is imported before the first fork
    for kill in range(kills):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                writes_until_killed(run, writing)
            finally:
                os._exit(9)
        os.close(writing)
        text = os.read(reading, 2)
        assert text == b"0\n", f"seed {seed}, kill {kill}: the child could not go on"
        time.sleep(rng.choice([rng.uniform(0, 0.1), rng.uniform(0, 0.5)]))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said = b""
        while more := os.read(reading, 65536):
            said += more
        os.close(reading)
        numbers = [int(word) for word in said.split(b"\n")[:-1]]
        commits += len(numbers)
        told = max([told, *numbers])
        number = assert_true(Archive.open_to_read(run), FEW)
        assert told <= number <= told + 1, f"seed {seed}, kill {kill}: told of {told}, found {number}"
        told = number
    print(json.dumps({"kills": kills, "commits": commits, "last": told}))


def verdict(run: Path, write: bool = True) -> str:
    """Read all of it: "refused: ...", or "true"; anything else that happens is a failure of the test."""
    said = []
    for opened in (Archive.open_to_read, Archive.open_to_write) if write else (Archive.open_to_read,):
        try:
            with opened(run) as archive:
                assert_true(archive, FEW)
            said.append("true")
        except (BadRun, CannotWrite) as problem:
            said.append(f"refused: {one_line(problem)}")
    return min(said)
