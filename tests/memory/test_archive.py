"""The run directory: nothing committed is lost, nothing else is believed, and every refusal is one line.

Contents are pure functions of row and day, so every state that is found on disk can be compared with what ought to be.
Larger versions: MEGASTRUCTURE_KILLS, MEGASTRUCTURE_HOSTILE (mutations), `-m slow`.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from megastructure.ground.scenario import Scenario
from megastructure.memory import archive as rooms
from megastructure.memory import book, directory, disk
from megastructure.memory.archive import Archive
from megastructure.memory.book import REGISTERS
from megastructure.memory.parts import fields_of
from megastructure.memory.runs import runs_in
from megastructure.memory.writer import Writer
from megastructure.words.errors import BadRun, CannotWrite, Replaced
from worlds.commits import (
    DAYS,
    FEW,
    ROWS,
    assert_recovers,
    assert_tidy,
    assert_true,
    begin,
    commit,
    frame_of,
    one_line,
    truth,
    verdict,
)
from worlds.sealed import forge

TESTS = Path(__file__).parents[1]
KILLS = int(os.environ.get("MEGASTRUCTURE_KILLS", "10"))
HOSTILE = int(os.environ.get("MEGASTRUCTURE_HOSTILE", "300"))


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory where that is possible: thousands of syncs take their time on a disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory, ignore_cleanup_errors=True) as path:
        yield Path(path)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed run of three commits; copy it before changing it."""
    path = tmp_path_factory.mktemp("three") / "run"
    begin(path, 3).close()
    return path


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of fewer tables."""
    path = tmp_path_factory.mktemp("few") / "run"
    begin(path, 3, FEW).close()
    return path


# ---------------------------------------------------------------------- what it keeps


def test_all_tables_come_back(tmp_path: Path) -> None:
    with begin(tmp_path / "run", 5) as archive:
        assert assert_true(archive) == 4
        assert np.array_equal(archive.read("works", 15, 47), truth("works", 15, 47))
        assert archive.read("works", 90, 1000).shape == (10, 16)
        with Archive.open_to_read(tmp_path / "run") as reader:
            assert assert_true(reader) == 4
    with Archive.open_to_write(tmp_path / "run") as again:
        assert assert_true(again) == 4
        assert again.scenario == Scenario(seed=7, years=300)
        assert (again.laws_digest, again.parent, again.last_commit.digest) == ("laws-1", None, "digest-4")
        commit(again, 5)
        assert assert_true(again) == 5


def test_frames_stand_beside_the_rows_of_their_day(tmp_path: Path) -> None:
    with begin(tmp_path / "run", 5) as archive:
        assert archive.frames() == [0, 3 * DAYS, 4 * DAYS]
        assert len(list((tmp_path / "run" / "frames").iterdir())) == 3 * 3
        assert np.array_equal(archive.frame(3 * DAYS + 5)["foremen"], frame_of(3 * DAYS)["foremen"])
        assert archive.lengths_at(3 * DAYS)["events"] == 4 * ROWS["events"]
        assert archive.frame()["counters"].shape == (6,)
        with pytest.raises(BadRun, match="no commit at day 5"):
            archive.lengths_at(5)
        with pytest.raises(BadRun, match="no frame"):
            archive.frame(-1)
    with Archive.create(tmp_path / "new", Scenario(), "laws") as empty:
        assert empty.last_commit is None and assert_true(empty) == -1
        with pytest.raises(BadRun, match="no frame"):
            empty.frame()


def test_one_frame_is_kept_each_250_years_and_one_commit_a_year() -> None:
    kept: set[int] = set()
    for day in range(0, 1000 * 360, 700):
        kept = rooms._frames_kept({*kept, day})
    assert sorted(kept) == [0, 90_300, 180_600, 270_200, 359_100, 359_800]
    commits: list[book.Commit] = []
    for day in range(0, 360 * 400, 90):
        for old in rooms._commits_too_many(commits, {45 * 90}):
            commits.remove(old)
        commits.append(book.Commit(day, "d", {}, "t"))
    days = [c.day for c in commits]
    assert days[-1000:] == list(range(360 * 400 - 90_000, 360 * 400, 90))
    assert set(days[:-1000]) == {*range(0, 360 * 400 - 90_000, 360), 45 * 90}


def test_a_commit_is_named_once(tmp_path: Path) -> None:
    with begin(tmp_path / "run", 2) as archive:
        commit(archive, 1)
        assert assert_true(archive) == 1
        with pytest.raises(AssertionError, match="after day 360"):
            archive.commit(50, "x", {}, frame_of(50))
        with pytest.raises(AssertionError, match=r"works\.kind"):
            archive.commit(720, "x", {"works": np.full((1, 16), 300, np.int32)}, frame_of(720))
        with pytest.raises(AssertionError, match="no name"):
            archive.commit(720, "x", {}, {"works": np.zeros((1, 16), np.int64)})
        commit(archive, 2)
        assert assert_true(archive) == 2


def test_parts_never_change_and_say_what_they_hold(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    run = tmp_path / "run"
    with begin(run, 2) as archive:
        before = {p: p.read_bytes() for t in REGISTERS for p in archive.paths(t)}
        assert [p.name for p in archive.paths("works")] == [
            "000000000000-000000000019.parquet", "000000000020-000000000039.parquet"
        ]  # fmt: skip
        commit(archive, 2)
        assert all(p.read_bytes() == data for p, data in before.items())
        schema = pq.read_schema(archive.paths("events")[0])
        assert [str(t) for t in schema.types] == ["int32", "uint8", *["int64"] * 7]
        assert schema.metadata[b"column.chance_ppb"] == b"[ppb] the probability that it had; 0: it was not drawn"
        assert schema.metadata[b"table"].startswith(b"events: The chronicle.")


def test_meta_may_change_where_it_says_so(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "run", Scenario(seed=3), "laws", parent=("saga", 7200)) as archive:
        archive.set_years(2000)
        archive.note("asked", "twice")
        archive.note("asked", "three times")
        archive.note("long", "x" * 1_000_000)
        with pytest.raises(AssertionError, match="note 'painted'"):
            archive.note("painted", "\x1b[31m")
        commit(archive, 0)
    with Archive.open_to_read(tmp_path / "run") as reader:
        assert (reader.scenario.years, reader.parent) == (2000, ("saga", 7200))
        assert reader.notes == {"asked": "three times", "long": "x" * 1_000_000}


def test_other_programs_read_a_living_run(tmp_path: Path) -> None:
    from pyarrow import dataset

    duckdb = pytest.importorskip("duckdb")
    with begin(tmp_path / "run", 3) as archive:
        (tmp_path / "run" / "works" / ".x.parquet.partial").write_bytes(b"under way")
        (tmp_path / "run" / "events" / ".x.parquet.partial").write_bytes(b"under way")
        for number in (3, 4):
            commit(archive, number)
            glob = tmp_path / "run" / "events" / "*.parquet"
            found = duckdb.sql(f"select day, kind, chance_ppb from '{glob}'").fetchall()
            assert found == [tuple(int(r[i]) for i in (0, 1, 7)) for r in truth("events", 0, 7 * (number + 1))]
            foremen = tmp_path / "run" / "frames" / f"{number * DAYS:010d}-foremen.parquet"
            assert duckdb.sql(f"select count(*) from '{foremen}'").fetchall() == [(5,)]
            assert dataset.dataset(tmp_path / "run" / "works").count_rows() == 20 * (number + 1)


def test_runs_are_listed(tmp_path: Path, three: Path) -> None:
    shutil.copytree(three, tmp_path / "b")
    shutil.copytree(three, tmp_path / "damaged")
    (tmp_path / "damaged" / "run.db").write_bytes(b"no database")
    (tmp_path / "not a run").mkdir()
    (tmp_path / "note.txt").write_text("hello")
    Archive.create(tmp_path / "a", Scenario(seed=1), "laws", parent=("b", 90)).close()
    a, b, damaged = runs_in(tmp_path)
    assert (a.name, a.days, a.parent, a.digest, a.problem) == ("a", 0, ("b", 90), "", "")
    assert (b.name, b.seed, b.days, b.years_asked, b.digest) == ("b", 7, 720, 300, "digest-2")
    assert "run.db: file is not a database" in damaged.problem
    with pytest.raises(BadRun, match="expected a folder of runs"):
        runs_in(tmp_path / "nowhere")


# ---------------------------------------------------------------------- who may write, and where


@pytest.mark.parametrize("what", ["run", "foreign", "file"])
def test_a_run_begins_only_where_nothing_is(tmp_path: Path, what: str) -> None:
    path = tmp_path / "here"
    if what == "run":
        begin(path, 1).close()
    elif what == "foreign":
        path.mkdir()
        (path / "thesis.tex").write_text("dear to me")
    else:
        path.write_text("dear to me")
    before = sorted(path.iterdir()) if path.is_dir() else path.read_text()
    with pytest.raises(BadRun) as refusal:
        Archive.create(path, Scenario(), "laws")
    assert str(path) in one_line(refusal.value)
    assert before == (sorted(path.iterdir()) if path.is_dir() else path.read_text())


def test_an_attempt_that_was_cut_short_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lock").touch()
    (tmp_path / "run" / ".run.db.partial").write_bytes(b"half a data")
    begin(tmp_path / "run", 1).close()
    with pytest.raises(BadRun, match="No such file or directory"):
        Archive.open_to_write(tmp_path / "nowhere")
    (tmp_path / "bare").mkdir()
    with pytest.raises(BadRun, match=r"holds no run\.db"):
        Archive.open_to_write(tmp_path / "bare")
    assert not list((tmp_path / "bare").iterdir())


def test_a_second_writer_is_refused_with_the_name_of_the_first(tmp_path: Path) -> None:
    run = tmp_path / "run"
    archive = begin(run, 1)
    program = (
        "import sys; from megastructure.memory.archive import Archive\nfrom megastructure.words.errors import BadRun\n"
        "try: Archive.open_to_write(sys.argv[1])\nexcept BadRun as problem: print(problem); sys.exit(3)"
    )
    refused = subprocess.run([sys.executable, "-c", program, str(run)], capture_output=True, text=True, check=False)
    assert refused.returncode == 3 and refused.stderr == ""
    assert f"another process writes this run (pid {os.getpid()}, host " in refused.stdout
    commit(archive, 1)
    archive.close()
    assert subprocess.run([sys.executable, "-c", program, str(run)], check=False).returncode == 0


def test_leftovers_are_swept_and_strangers_left_alone(tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(run, 2).close()
    ours = [
        "works/000000000040-000000000059.parquet", "works/.000000000040-000000000059.parquet.partial",
        "works/000000000000-000000000039.parquet", "frames/0000000180-foremen.parquet",
    ]  # fmt: skip
    strangers = ["works/mine.parquet", "events/notes.txt", "pictures/still.png"]
    for name in [*ours, *strangers]:
        (run / name).write_bytes(b"?")
    shutil.rmtree(run / "shots")
    (run / "shots").mkdir()
    (run / "shots" / "keep").touch()
    with pytest.raises(BadRun, match=r"shots.*missing"):
        Archive.open_to_write(run)
    assert (run / ours[0]).exists()
    shutil.rmtree(run)
    begin(run, 2).close()
    for name in [*ours, *strangers]:
        (run / name).write_bytes(b"?")
    (run / "series").rename(run / "aside")
    (run / "series").mkdir()
    for file in (run / "aside").iterdir():
        file.rename(run / "series" / file.name)
    with Archive.open_to_write(run) as archive:
        assert not any((run / name).exists() for name in ours)
        assert all((run / name).exists() for name in strangers)
        assert assert_true(archive) == 1


# ---------------------------------------------------------------------- readers beside a writer


def test_a_reader_stays_at_its_commit_until_it_moves_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "PARTS_MAX", 4)
    monkeypatch.setattr(rooms, "MERGED_AT_ONCE", 3)
    with begin(tmp_path / "run", 3) as archive, Archive.open_to_read(tmp_path / "run") as reader:
        for number in range(3, 12):
            commit(archive, number)
        assert np.array_equal(reader.read("works"), truth("works", 0, 60))  # though its parts were merged meanwhile
        assert reader.last_commit.day == 720
        for day in (360, 720):  # though the files of its frames were removed
            assert np.array_equal(reader.frame(day)["foremen"], frame_of(day)["foremen"])
        reader._let_go()
        with pytest.raises(Replaced, match="newer ones have replaced it"):
            reader.frame()
        assert reader.refresh() and not reader.refresh()
        assert assert_true(reader) == 11


def test_a_reader_beside_a_busy_writer_sees_commits_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "PARTS_MAX", 8)
    monkeypatch.setattr(rooms, "MERGED_AT_ONCE", 4)
    archive = begin(tmp_path / "run", 1)
    stop = threading.Event()

    def write() -> None:
        number = 1
        while not stop.is_set():
            commit(archive, number)
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    seen = set()
    until = time.monotonic() + 60
    while len(seen) < 6 and time.monotonic() < until:
        reader = Archive.open_to_read(tmp_path / "run")
        number = reader.last_commit.day // DAYS
        for table, n in ROWS.items():
            assert np.array_equal(reader.read(table), truth(table, 0, n * (number + 1))), (table, number)
        seen.add(number)
    stop.set()
    thread.join()
    assert len(seen) > 3
    archive.close()


def test_a_run_that_was_killed_is_read_even_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    archive = begin(run, 3)
    shutil.copytree(run, tmp_path / "copy")  # with the log, as after a kill
    archive.close()
    (tmp_path / "copy" / "run.db-shm").unlink()
    before = sorted(p.name for p in (tmp_path / "copy").iterdir())
    assert "run.db-wal" in before
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert assert_true(Archive.open_to_read(tmp_path / "copy")) == 2
    assert sorted(p.name for p in (tmp_path / "copy").iterdir()) == before
    before = sorted(p.name for p in run.iterdir())
    assert assert_true(Archive.open_to_read(run)) == 2
    assert sorted(p.name for p in run.iterdir()) == before  # a reader of a closed run leaves no files behind


# ---------------------------------------------------------------------- compaction and the writer's thread


def test_compaction_keeps_rows_and_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with begin(tmp_path / "run", 12) as archive:
        assert len(archive.paths("works")) == 12
        archive.compact("works", 1)
        assert len(archive.paths("works")) == 1 and len(list((tmp_path / "run" / "works").iterdir())) == 1
        assert assert_true(archive) == 11
        archive.compact("works", 1)
        monkeypatch.setattr(rooms, "PARTS_MAX", 6)
        monkeypatch.setattr(rooms, "MERGED_AT_ONCE", 4)
        for number in range(12, 40):
            commit(archive, number)
            assert all(len(archive.paths(t)) <= 6 for t in REGISTERS)
        assert assert_true(archive) == 39
    with Archive.open_to_write(tmp_path / "run") as archive:
        assert assert_true(archive) == 39


def test_large_parts_have_row_groups_of_a_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from megastructure.memory import parts

    monkeypatch.setattr(parts, "GROUP_ROWS", 5000)
    with Archive.create(tmp_path / "run", Scenario(), "laws") as archive:
        for number in range(4):
            rows = truth("events", number * 7001, (number + 1) * 7001)
            archive.commit(4 * 7001 * DAYS + number, f"{number}", {"events": rows}, frame_of(number))
        archive.compact("events", 1)
        assert np.array_equal(archive.read("events"), truth("events", 0, 4 * 7001))
        assert np.array_equal(archive.read("events", 4999, 20_001), truth("events", 4999, 20_001))


def test_the_writer_owns_copies_and_keeps_order(tmp_path: Path) -> None:
    archive = Archive.create(tmp_path / "run", Scenario(), "laws")
    with Writer(archive) as writer:
        for number in range(8):
            new = {t: truth(t, n * number, n * number + n) for t, n in ROWS.items()}
            frame = frame_of(number * DAYS)
            writer.submit(number * DAYS, f"digest-{number}", new, frame)
            for matrix in [*new.values(), *frame.values()]:
                matrix[:] = -1
        assert writer.lengths == {t: 8 * n for t, n in ROWS.items()}
        writer.wait()
        assert assert_true(archive) == 7
    archive.close()


def test_a_failure_of_the_writer_is_told_at_the_next_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = begin(tmp_path / "run", 1)
    monkeypatch.setattr(disk, "os", Faulty(errno.ENOSPC, 0, once=False))
    writer = Writer(archive)
    new = {t: truth(t, n, 2 * n) for t, n in ROWS.items()}
    writer.submit(DAYS, "digest-1", new, frame_of(DAYS))
    with pytest.raises(CannotWrite, match=r"the last commit \(day 0\) is intact; free some space"):
        writer.wait()
    for call in (writer.wait, writer.close, lambda: writer.submit(DAYS, "digest-1", new, frame_of(DAYS))):
        with pytest.raises(CannotWrite):
            call()
    monkeypatch.undo()
    commit(archive, 1)
    assert assert_true(archive) == 1
    archive.close()


# ---------------------------------------------------------------------- when the disk refuses


class Faulty:
    """Stands for the module `os`: the call of that number that changes a file fails."""

    def __init__(self, code: int, fail_at: int, once: bool = True, short: bool = False) -> None:
        self.code, self.fail_at, self.once, self.short, self.calls = code, fail_at, once, short, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def may(self, path: Any) -> None:
        self.calls += 1
        if self.calls - 1 == self.fail_at or (not self.once and self.calls > self.fail_at):
            raise OSError(self.code, os.strerror(self.code), str(path))

    def open(self, path: Any, flags: int, mode: int = 0o777) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR) or os.path.isdir(path):
            self.may(path)
        return os.open(path, flags, mode)

    def write(self, handle: int, data: memoryview) -> int:
        self.may("")
        return os.write(handle, data[: max(1, len(data) // 2)] if self.short else data)

    def fsync(self, handle: int) -> None:
        self.may("")
        os.fsync(handle)

    def replace(self, old: Any, new: Any) -> None:
        self.may(new)
        os.replace(old, new)

    def remove(self, path: Any) -> None:
        self.may(path)
        os.remove(path)

    def mkdir(self, path: Any) -> None:
        self.may(path)
        os.mkdir(path)


class FaultyDatabase:
    """Stands for the connection: the changing statement of that number fails, before or after its effect."""

    def __init__(self, real: sqlite3.Connection, fail_at: int, after: bool) -> None:
        self.real, self.fail_at, self.after, self.calls = real, fail_at, after, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def execute(self, sql: str, values: Any = ()) -> Any:
        if sql.split(maxsplit=1)[0] not in ("BEGIN", "INSERT", "DELETE", "UPDATE", "COMMIT"):
            return self.real.execute(sql, values)
        self.calls += 1
        fails = self.calls - 1 == self.fail_at
        if fails and not self.after:
            raise sqlite3.OperationalError("database or disk is full")
        done = self.real.execute(sql, values)
        if fails:
            raise sqlite3.OperationalError("disk I/O error")
        return done


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_any_file_operation_may_fail(tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(rooms, "PARTS_MAX", 3)
    refused = 0
    for fail_at in range(1000):
        run = tmp_path / str(fail_at)
        shutil.copytree(few, run)
        archive = Archive.open_to_write(run)
        faulty = Faulty(code, fail_at)
        with monkeypatch.context() as patch:
            patch.setattr(disk, "os", faulty)
            patch.setattr(rooms, "os", faulty)
            patch.setattr(directory, "os", faulty)
            try:
                commit(archive, 3, FEW)
            except CannotWrite as problem:
                refused += 1
                assert problem.exit_code == 74
                assert "cannot write" in one_line(problem) and "the last commit (day 720) is intact" in str(problem)
        assert_recovers(run, archive, 3, reopen=(fail_at + code) % 2 == 0)
        shutil.rmtree(run)
        if faulty.calls <= fail_at:
            break
    assert refused > 10 and fail_at > 25  # housekeeping after the commit fails silently


def test_what_a_refused_commit_left_is_gone_after_the_next(tmp_path: Path, few: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(few, run)
    with Archive.open_to_write(run) as archive:
        archive._database = faulty = FaultyDatabase(archive._database, 0, after=False)
        with pytest.raises(CannotWrite):
            commit(archive, 3, FEW)
        assert (run / "works" / "000000000060-000000000079.parquet").exists()
        archive._database = faulty.real
        both = {t: truth(t, n * 3, n * 5) for t, n in FEW.items()}
        archive.commit(4 * DAYS, "digest-4", both, frame_of(4 * DAYS, FEW))
        assert assert_true(archive, FEW) == 4
        assert_tidy(run, archive)


@pytest.mark.parametrize("after", [False, True])
def test_any_statement_may_fail(tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    monkeypatch.setattr(rooms, "PARTS_MAX", 3)
    for fail_at in range(1000):
        run = tmp_path / str(fail_at)
        shutil.copytree(few, run)
        archive = Archive.open_to_write(run)
        archive._database = faulty = FaultyDatabase(archive._database, fail_at, after)
        try:
            commit(archive, 3, FEW)
        except CannotWrite as problem:
            assert "run.db: cannot write: " in one_line(problem)
        archive._database = faulty.real
        assert_recovers(run, archive, 3, reopen=fail_at % 2 == 0)
        shutil.rmtree(run)
        if faulty.calls <= fail_at:
            break
    assert fail_at > 20


def test_beginning_may_fail_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for fail_at in range(1000):
        run = tmp_path / "deep" / str(fail_at) / "run"
        faulty = Faulty(errno.ENOSPC, fail_at)
        with monkeypatch.context() as patch:
            patch.setattr(disk, "os", faulty)
            patch.setattr(rooms, "os", faulty)
            patch.setattr(directory, "os", faulty)
            try:
                Archive.create(run, Scenario(), "laws").close()
            except CannotWrite as problem:
                assert "free some space" in one_line(problem)
        try:
            archive = Archive.create(run, Scenario(), "laws")
        except BadRun as problem:
            assert "holds a run already" in str(problem)
            archive = Archive.open_to_write(run)
        commit(archive, 0, FEW)
        assert assert_true(archive, FEW) == 0
        archive.close()
        if faulty.calls <= fail_at:
            break
    assert fail_at > 15


def test_opening_where_nothing_can_be_written(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "os", Faulty(errno.EROFS, 0))
    with pytest.raises(CannotWrite, match="Read-only file system; make the directory writable, or choose another"):
        Archive.open_to_write(three)


def test_writes_that_take_less_than_they_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "os", Faulty(0, -1, short=True))
    with begin(tmp_path / "run", 3, FEW) as archive:
        assert assert_true(archive, FEW) == 2


LIMITED = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from megastructure.memory.archive import Archive
from megastructure.words.errors import CannotWrite
from worlds.commits import FEW, assert_recovers, assert_true, begin, commit
run = Path(sys.argv[2])
archive = begin(run, 2, FEW)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
number = 2
try:
    while True:
        commit(archive, number, FEW)
        number += 1
except CannotWrite as problem:
    print(problem)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert assert_true(Archive.open_to_read(run), FEW) == number - 1
assert_recovers(run, archive, number, reopen=False)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of this kind")
@pytest.mark.parametrize("limit", [2_000, 150_000])
def test_a_real_limit_refuses_a_part_or_the_log_of_the_database(tmp_path: Path, limit: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(TESTS), str(tmp_path / "run"), str(limit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "cannot write" in done.stdout and "is intact" in done.stdout and done.stdout.count("\n") == 1
    assert ("run.db" in done.stdout) == (limit > 10_000)


# ---------------------------------------------------------------------- when the power fails


class Recorder(Faulty):
    """Stands for the module `os`, and writes down what happened to files below `top`."""

    def __init__(self, top: Path) -> None:
        super().__init__(0, -1)
        self.top, self.log, self.names = top, [], {}

    def note(self, *entry: Any) -> None:
        if entry[1] is not None and not entry[1].endswith("/lock"):
            self.log.append(entry)

    def short_name(self, path: Any) -> str | None:
        path = Path(path)
        return str(path.relative_to(self.top)) if path.is_relative_to(self.top) else None

    def open(self, path: Any, flags: int, mode: int = 0o777) -> int:
        handle = os.open(path, flags, mode)
        self.names[handle] = self.short_name(path)
        if flags & os.O_CREAT:
            self.note("create", self.names[handle])
        return handle

    def write(self, handle: int, data: memoryview) -> int:
        self.note("write", self.names[handle], bytes(data))
        return os.write(handle, data)

    def fsync(self, handle: int) -> None:
        self.note("sync", self.names[handle])
        os.fsync(handle)

    def replace(self, old: Any, new: Any) -> None:
        self.note("rename", self.short_name(old), self.short_name(new))
        os.replace(old, new)

    def remove(self, path: Any) -> None:
        os.remove(path)
        self.note("remove", self.short_name(path))

    def mkdir(self, path: Any) -> None:
        os.mkdir(path)
        self.note("mkdir", self.short_name(path))


def recorded(top: Path, commits: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What happens to files when a run is begun and committed to: the log, with ("ack", number) at every promise."""
    recorder = Recorder(top)
    real = rooms.transact

    def transact(database: sqlite3.Connection, *rest: Any) -> int:
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)  # a transaction is durable when it returns
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        seal = real(database, *rest)
        run = top / "deep" / "run"
        recorder.log.append(("database", {n: (run / n).read_bytes() for n in ("run.db", "run.db-wal")}))
        return seal

    top.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(rooms, "PARTS_MAX", 3)
        patch.setattr(disk, "os", recorder)
        patch.setattr(rooms, "os", recorder)
        patch.setattr(directory, "os", recorder)
        patch.setattr(rooms, "transact", transact)
        archive = Archive.create(top / "deep" / "run", Scenario(seed=7), "laws")
        recorder.log.append(("ack", -1))
        for number in range(commits):
            commit(archive, number, FEW)
            recorder.log.append(("ack", number))
        archive.close()
    return recorder.log


def after_power_loss(log: list[tuple[Any, ...]], how: str, rng: random.Random) -> dict[str, bytes | None]:
    """The files (None: a directory) that are found after the power failed at the end of the log.

    Data that was not synced and names whose directory was not synced are lost ("none"), kept ("all"), or each is lost,
    kept or torn by chance.
    """
    data: list[list[bytes]] = []  # of each file: what is durable, what is not
    now: dict[str, int] = {}  # names as the living system saw them
    names: dict[str, int | None] = {}  # durable names; None: a directory
    late: dict[str, list[tuple[str, Any]]] = {}  # of each directory: changes of names that are not durable
    database: dict[str, bytes] = {}

    def change(name: str, what: tuple[str, Any]) -> None:
        late.setdefault(os.path.dirname(name), []).append(what)

    def settle(changes: list[tuple[str, Any]]) -> None:
        for name, target in changes:
            if isinstance(target, str):
                names.pop(name, None)
                names[target] = now.get(target)
            elif target is False:
                names.pop(name, None)
            else:
                names[name] = target

    for op, *rest in log:
        if op == "create":
            data.append([b"", b""])
            now[rest[0]] = len(data) - 1
            change(rest[0], (rest[0], len(data) - 1))
        elif op == "write":
            data[now[rest[0]]][1] += rest[1]
        elif op == "rename":
            now[rest[1]] = now.pop(rest[0])
            change(rest[0], (rest[0], False))
            change(rest[1], (rest[1], now[rest[1]]))
        elif op == "remove":
            now.pop(rest[0])
            change(rest[0], (rest[0], False))
        elif op == "mkdir":
            change(rest[0], (rest[0], None))
        elif op == "sync" and rest[0] in now:
            kept, lost = data[now[rest[0]]]
            data[now[rest[0]]] = [kept + lost, b""]
        elif op == "sync":
            settle(late.pop(rest[0] if rest[0] != "." else "", []))
        elif op == "database":
            database = rest[0]
    for changes in late.values():
        settle([c for c in changes if how == "all" or (how == "chance" and rng.random() < 0.5)])
    found: dict[str, bytes | None] = {}
    for name, file in names.items():
        if file is None:
            found[name] = None
            continue
        kept, lost = data[file]
        if how == "none":
            lost = b""
        elif how == "chance" and lost:
            lost = rng.choice([b"", lost, lost[: rng.randrange(len(lost))], bytes(len(lost))])
        found[name] = kept + lost
    if database and "deep/run/run.db" in found:
        found |= {f"deep/run/{name}": content for name, content in database.items()}
    return found


def judge(found: dict[str, bytes | None], place: Path, promised: int | None) -> str:
    """Whether what is found after a loss of power is "good", or a commit is "lost" or "corrupt".

    promised   the last commit that was acknowledged; None: not even the beginning
    """
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in sorted(found, key=lambda n: n.count("/")):
        if (place / name).parent.is_dir():
            content = found[name]
            (place / name).mkdir() if content is None else (place / name).write_bytes(content)
    try:
        with Archive.open_to_write(place / "deep" / "run") as archive:
            number = assert_true(archive, FEW)
    except BadRun:
        return "good" if promised is None else "lost"
    except AssertionError:
        return "corrupt"
    return "good" if promised is None or number >= promised else "lost"


def promises(log: list[tuple[Any, ...]]) -> int | None:
    return max((number for op, number in (e for e in log if e[0] == "ack")), default=None)


@pytest.mark.parametrize("commits, states", [(5, 2), pytest.param(40, 12, marks=pytest.mark.slow)])
def test_a_loss_of_power_at_any_moment_loses_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int, states: int
) -> None:
    log = recorded(tmp_path / "top", commits, monkeypatch)
    rng = random.Random(1)
    assert sum(e[0] == "sync" for e in log) > commits * 6
    for end in range(len(log) + 1):
        for how in ["none", "all", *["chance"] * (states - 2)] if states > 2 else [rng.choice(["all", "chance"]), "none"]:
            found = after_power_loss(log[:end], how, rng)
            assert judge(found, tmp_path / "found", promises(log[:end])) == "good", (end, how, log[end - 1][:2])


def test_every_sync_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out any one of them, and a loss of power right after the next promise is noticed."""
    log = recorded(tmp_path / "top", 5, monkeypatch)
    rng = random.Random(1)
    syncs = [at for at, entry in enumerate(log) if entry[0] == "sync"]
    kinds = {log[at][1].split("/")[-1] for at in syncs if "." not in log[at][1].split("/")[-1]}
    assert kinds >= {"deep", "run", "works", "events", "frames"}
    for at in syncs:
        ends = [end for end in range(at + 1, len(log)) if log[end][0] in ("ack", "database")][:2]
        verdicts = [
            judge(
                after_power_loss(log[:at] + log[at + 1 : end + 1], "none", rng),
                tmp_path / "found",
                promises(log[: end + 1]),
            )
            for end in ends
        ]
        assert set(verdicts) != {"good"}, (at, log[at][:2])


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_the_kernel_is_asked_to_sync_in_this_order(tmp_path: Path) -> None:
    program = (
        f"import os, sys; sys.path.insert(0, {str(TESTS)!r})\nfrom pathlib import Path\n"
        "from worlds.commits import FEW, begin, commit\n"
        f"archive = begin(Path({str(tmp_path / 'run')!r}), 1)\nos.mkdir({str(tmp_path / 'mark')!r})\n"
        f"commit(archive, 1, FEW)\nos.rmdir({str(tmp_path / 'mark')!r})"
    )
    trace = tmp_path / "trace"
    calls = "trace=fsync,fdatasync,rename,renameat2,pwrite64,write,mkdir,rmdir"
    done = subprocess.run(
        ["strace", "-f", "-y", "-e", calls, "-o", trace, sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"strace cannot trace here: {done.stderr[-200:]}")
    lines = [line.split(maxsplit=1)[1] for line in trace.read_text().splitlines() if str(tmp_path) in line]
    first = next(i for i, line in enumerate(lines) if line.startswith("mkdir") and "mark" in line)
    last = next(i for i, line in enumerate(lines) if line.startswith("rmdir"))
    lines = lines[first + 1 : last]
    log_written = [i for i, line in enumerate(lines) if line.startswith("pwrite64") and "run.db-wal" in line]
    log_synced = [i for i, line in enumerate(lines) if "sync(" in line and "run.db-wal" in line]
    files = [i for i, line in enumerate(lines) if line.startswith("fsync") and line.rstrip().endswith(".partial>) = 0")]
    folders = [i for i, line in enumerate(lines) if line.startswith("fsync") and "." not in line.split(str(tmp_path))[1]]
    renames = [i for i, line in enumerate(lines) if line.startswith("rename")]
    assert len(files) == len(renames) == len(folders) == 3
    assert all(a < b for a, b in zip(files, renames)) and max(renames) < min(folders)
    assert max(folders) < min(log_written) and max(log_written) < max(log_synced)


# ---------------------------------------------------------------------- when it is killed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_at_any_moment_loses_no_commit(tmp_path: Path) -> None:
    seed = int(os.environ.get("MEGASTRUCTURE_SEED", "20"))
    program = (
        f"import sys; sys.path.insert(0, {str(TESTS)!r})\nfrom pathlib import Path\nfrom worlds.commits import kill_many\n"
        f"kill_many(Path({str(tmp_path / 'run')!r}), {KILLS}, {seed})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS and told["commits"] > KILLS


# ---------------------------------------------------------------------- when the directory comes from a stranger


def mutate(path: Path, rng: random.Random) -> str:
    """Change one file as an accident or a stranger might."""
    data = bytearray(path.read_bytes())
    how = rng.choice(["bit", "bit", "byte", "cut", "grow", "zeros", "swap", "noise", "gone", "link", "folder", "pipe", "empty"])
    at = rng.randrange(len(data) + 1)
    if how in ("bit", "byte") and data:
        data[at % len(data)] ^= 1 << rng.randrange(8) if how == "bit" else rng.randrange(1, 256)
    elif how == "cut":
        del data[at:]
    elif how == "grow":
        data[at:at] = rng.randbytes(rng.choice([1, 16, 4096]))
    elif how == "zeros":
        data[at : at + 512] = bytes(len(data[at : at + 512]))
    elif how == "swap":
        data = data[at:] + data[:at]
    elif how == "noise":
        data[at : at + 64] = rng.randbytes(len(data[at : at + 64]))
    elif how == "empty":
        data.clear()
    path.unlink()
    if how == "link":
        path.symlink_to(rng.choice(["/etc/passwd", "/dev/zero", "run.db", "../../../etc/passwd", str(path)]))
    elif how == "folder":
        path.mkdir()
    elif how == "pipe":
        os.mkfifo(path)
    elif how != "gone":
        path.write_bytes(data)
    return how


@pytest.mark.skipif(sys.platform == "win32", reason="makes pipes and links")
@pytest.mark.parametrize("killed", [False, True])
def test_damage_is_refused_or_does_no_harm(tmp_path: Path, killed: bool) -> None:
    archive = begin(tmp_path / "run", 3, FEW)
    if killed:
        shutil.copytree(tmp_path / "run", tmp_path / "whole")
    archive.close()
    if not killed:
        shutil.copytree(tmp_path / "run", tmp_path / "whole")
    files = sorted(p.relative_to(tmp_path / "whole") for p in (tmp_path / "whole").rglob("*") if p.is_file())
    weights = [8 if p.name.startswith("run.db") else 1 for p in files]
    assert (Path("run.db-wal") in files) == killed
    told: dict[str, int] = {"refused": 0, "true": 0}
    for number in range(HOSTILE // 2):
        rng = random.Random(f"{killed} {number}")
        run = tmp_path / f"run-{number}"
        shutil.copytree(tmp_path / "whole", run)
        changed = [(str(name), mutate(run / name, rng)) for name in rng.choices(files, weights, k=rng.choice([1, 1, 2]))
                   if (run / name).is_file()]  # fmt: skip
        try:
            told[verdict(run).split(":")[0]] += 1
        except BaseException:
            print("case", killed, number, changed)
            raise
        shutil.rmtree(run)
    assert told["refused"] > HOSTILE // 4


FORGERIES = {
    "a path upwards": "UPDATE parts SET path = '../../../../etc/passwd' WHERE first_row = 0 AND table_name = 'works'",
    "an absolute path": "UPDATE parts SET path = '/etc/passwd' WHERE first_row = 0 AND table_name = 'works'",
    "a path of a frame": "UPDATE frames SET path = 'frames/../../../etc/passwd' WHERE day = 720",
    "a name of a frame": "UPDATE frames SET table_name = '../x', path = replace(path, 'schools', '../x')",
    "a frame of works": "UPDATE frames SET table_name = 'works', path = replace(path, 'schools', 'works')",
    "a frame of no commit": "UPDATE frames SET day = 721, path = 'frames/0000000721-schools.parquet' WHERE day = 720",
    "wide frames": "UPDATE frames SET columns = 1000000000",
    "tall frames": "UPDATE frames SET rows = 2000000000",
    "negative rows": "UPDATE parts SET rows = -20 WHERE table_name = 'works'",
    "many rows": "UPDATE parts SET rows = 2e9, path = 'works/000000000040-002000000039.parquet' WHERE first_row = 40",
    "rows in a text": "UPDATE parts SET rows = 'twenty'",
    "rows in a float": "UPDATE parts SET rows = 20.5",
    "rows beyond 64 bits": "UPDATE parts SET rows = 9223372036854775807",
    "bytes in a blob": "UPDATE parts SET bytes = x'00ff'",
    "a huge file": "UPDATE parts SET bytes = 4611686018427387904",
    "no file": "UPDATE parts SET bytes = 0",
    "a gap": "DELETE FROM parts WHERE first_row = 20",
    "twice": "INSERT INTO parts SELECT 'x', table_name, first_row, rows, 0, 0, bytes, blake2b, 0 FROM parts LIMIT 1",
    "a foreign table": "UPDATE parts SET table_name = 'ghosts' WHERE table_name = 'works'",
    "a wrong digest": "UPDATE parts SET blake2b = replace(blake2b, '0', '1')",
    "no digest": "UPDATE parts SET blake2b = 'zz'",
    "a day before the first": "UPDATE commits SET day = -5 WHERE day = 0",
    "a digest that paints": "UPDATE commits SET digest = char(27) || '[31mred'",
    "a time that paints": "UPDATE commits SET written = char(27) || ']0;title' || char(7)",
    "lengths too deep": "UPDATE commits SET lengths = replace(hex(zeroblob(400)), '00', '[')",
    "lengths that are none": "UPDATE commits SET lengths = '{\"works\": NaN}'",
    "lengths that are true": "UPDATE commits SET lengths = replace(lengths, '60', 'true')",
    "lengths that shrink": "UPDATE commits SET lengths = replace(lengths, '60', '10')",
    "lengths beyond": "UPDATE commits SET lengths = replace(lengths, '60', '99999999999999999999')",
    "another schema": "UPDATE meta SET value = '3' WHERE key = 'schema'",
    "another seed": "UPDATE meta SET value = '8' WHERE key = 'seed'",
    "no scenario": "DELETE FROM meta WHERE key = 'scenario'",
    "a scenario too deep": "UPDATE meta SET value = 'a=' || replace(hex(zeroblob(999)), '0', '[') WHERE key LIKE 's%io'",
    "a long number": "UPDATE meta SET value = 'years=' || hex(zeroblob(5000)) || '1' WHERE key = 'scenario'",
    "an unknown knob": "UPDATE meta SET value = value || 'wings = 2' WHERE key = 'scenario'",
    "no TOML": "UPDATE meta SET value = 'seed = ' WHERE key = 'scenario'",
    "a long text": "UPDATE meta SET value = hex(zeroblob(3000000)) WHERE key = 'version'",
    "a blob": "UPDATE meta SET value = x'ff00' WHERE key = 'version'",
    "a text that is none": "UPDATE meta SET value = CAST(x'ff00' AS TEXT) WHERE key = 'version'",
    "a version that paints": "UPDATE meta SET value = char(27) || '[2J' WHERE key = 'version'",
    "half a parent": "INSERT INTO meta VALUES ('parent_day', '5')",
    "a parent of no day": "INSERT INTO meta VALUES ('parent_day', '-5'), ('parent_run', 'x')",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON commits BEGIN DELETE FROM parts; END",
    "a view": "CREATE VIEW ghosts AS SELECT load_extension('/tmp/x.so')",
    "an index": "CREATE INDEX i ON parts(abs(rows))",
    "another column": "ALTER TABLE parts ADD COLUMN more",
    "another table": "CREATE TABLE more(x)",
}


@pytest.mark.parametrize("what", FORGERIES)
def test_forged_databases_are_refused(tmp_path: Path, few: Path, what: str) -> None:
    run = tmp_path / "run"
    shutil.copytree(few, run)
    forge(run)
    assert verdict(run) == "true"
    forge(run, FORGERIES[what])
    assert verdict(run).startswith("refused: ")


def test_a_flipped_bit_that_would_still_make_sense_breaks_the_seal(tmp_path: Path, few: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(few, run)
    data = (run / "run.db").read_bytes()
    assert data.count(b"digest-1") == 1
    (run / "run.db").write_bytes(data.replace(b"digest-1", b"digest-9"))
    assert "its seal does not fit" in verdict(run)


@pytest.mark.skipif(sys.platform == "win32", reason="makes links")
def test_nothing_outside_is_read_or_removed(tmp_path: Path, few: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(few / "works", outside)
    (outside / "000000000060-000000000079.parquet").write_bytes(b"dear to me")
    for name in ("works", "frames", "run.db", "lock"):
        run = tmp_path / f"run-{name}"
        shutil.copytree(few, run)
        (run / name).rename(tmp_path / f"real-{name}")
        (run / name).symlink_to(outside if name in ("works", "frames") else tmp_path / f"real-{name}")
        with pytest.raises(BadRun, match="not a plain"):
            Archive.open_to_write(run)
        if name != "lock":
            with pytest.raises(BadRun, match="not a plain"):
                assert_true(Archive.open_to_read(run), FEW)
    run = tmp_path / "journal"
    shutil.copytree(few, run)
    (run / "run.db-journal").write_bytes(b"roll me back")
    assert "does not belong to a run" in verdict(run)
    assert sorted(p.name for p in outside.iterdir())[-1] == "000000000060-000000000079.parquet"


def replace_part(run: Path, table: str, rows: int, data: bytes) -> None:
    """Let the only rows of a register be these bytes, with all that the database says about them made to fit."""
    for file in (run / table).iterdir():
        file.unlink()
    path = book.part_path(table, 0, rows)
    (run / path).write_bytes(data)
    forge(
        run,
        f"DELETE FROM parts WHERE table_name = '{table}'",
        f"INSERT INTO parts VALUES ('{path}', '{table}', 0, {rows}, 0, 0, {len(data)}, '{book.file_digest(data)}', 0)",
        f"UPDATE commits SET lengths = json_set(lengths, '$.{table}', {rows})",
    )


def columns_of(table: str, rows: int) -> dict[str, Any]:
    import pyarrow as pa

    return {f.name: pa.array(np.ones(rows, f.dtype)) for f in fields_of(table)}


def foreign_parts() -> dict[str, tuple[int, bytes, str]]:
    """Parquet files of `events` that this program would not write, the rows the database gives them, and the answer."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    def packed(columns: dict[str, Any], nullable: bool = False, **how: Any) -> bytes:
        file = io.BytesIO()
        schema = pa.schema([pa.field(name, values.type, nullable=nullable) for name, values in columns.items()])
        how = {"use_dictionary": False, "compression": "zstd", "store_schema": False, **how}
        pq.write_table(pa.table(columns, schema=schema), file, **how)
        return file.getvalue()

    good = columns_of("events", 100)
    other = pa.array(np.zeros(100, np.int64))
    swapped = dict(reversed(good.items()))
    ones = packed(good)
    return {
        "as it should be": (100, ones, "ones"),
        "fewer rows": (101, ones, "100 rows; expected 101"),
        "more rows": (99, ones, "100 rows; expected 99"),
        "a wrong dtype": (100, packed({**good, "day": other}), "column day is int64; expected int32"),
        "a signed byte": (100, packed({**good, "kind": pa.array(np.zeros(100, np.int8))}), "column kind is int8"),
        "a float": (100, packed({**good, "who": pa.array(np.zeros(100))}), "column who is double; expected int64"),
        "a text": (100, packed({**good, "who": pa.array(["x"] * 100)}), "column who is string"),
        "a time": (100, packed({**good, "who": other.cast(pa.timestamp("us"))}), "column who is timestamp[us]"),
        "a missing column": (100, packed({n: v for n, v in good.items() if n != "who"}), "missing ['who']"),
        "another column": (100, packed({**good, "ghost": other}), "unknown ['ghost']"),
        "another order": (100, packed(swapped), "not the declared ones"),
        "missing values": (100, packed(good, nullable=True), "column day is int32, or nothing; expected int32"),
        "lists": (
            100,
            packed({**good, "day": pa.array([[1] * 1000] * 100, pa.list_(pa.int32()))}),
            "not the declared ones",
        ),
        "a dictionary": (100, packed(good, use_dictionary=True), "not stored as this program stores it"),
        "many groups": (2000, packed(columns_of("events", 2000), row_group_size=200), "row groups do not make"),
        "many pages": (2000, packed(columns_of("events", 2000), data_page_size=1, write_batch_size=99), "has pages of"),
        "noise": (100, b"PAR1" + bytes(500) + b"PAR1", "events: "),
        "no footer": (100, ones[:-8] + b"\xff\xff\xff\x7fPAR1", "events: "),
        "empty": (100, b"?", "events: "),
    }


def test_foreign_parts_are_refused(tmp_path: Path, few: Path) -> None:
    for what, (rows, data, answer) in foreign_parts().items():
        run = tmp_path / what
        shutil.copytree(few, run)
        replace_part(run, "events", rows, data)
        reader = Archive.open_to_read(run)
        if answer == "ones":
            assert (reader.read("events") == 1).all()
        else:
            with pytest.raises(BadRun) as refusal:
                reader.read("events")
            assert answer in one_line(refusal.value) and "events/000000000000-" in str(refusal.value), what


def thrift(*fields: tuple[int, Any]) -> bytes:
    """A struct in Thrift's compact protocol: ints (i32, or ("i64", n)), bytes, lists of structs (bytes in a tuple)."""

    def varint(value: int) -> bytes:
        out = b""
        while value > 127:
            out += bytes([value & 127 | 128])
            value >>= 7
        return out + bytes([value])

    out, before = b"", 0
    for number, value in fields:
        kind: int
        if isinstance(value, int):
            kind, body = 5, varint((value << 1) ^ (value >> 63))
        elif isinstance(value, str):
            kind, body = 8, varint(len(value)) + value.encode()
        elif isinstance(value, bytes):
            kind, body = 12, value
        elif value[0] == "i64":
            kind, body = 6, varint((value[1] << 1) ^ (value[1] >> 63))
        elif value[0] == "ints":
            kind, body = 9, bytes([(len(value[1]) << 4) | 5]) + b"".join(varint(v << 1) for v in value[1])
        elif value[0] == "texts":
            kind, body = 9, bytes([(len(value[1]) << 4) | 8]) + b"".join(varint(len(v)) + v.encode() for v in value[1])
        else:
            head = bytes([(len(value[1]) << 4) | 12]) if len(value[1]) < 15 else b"\xfc" + varint(len(value[1]))
            kind, body = 9, head + b"".join(value[1])
        out += bytes([(number - before) << 4 | kind]) + body
        before = number
    return out + b"\0"


def bomb(rows: int, unfolded: int = 0, values: int = -1, kind: int = 0, said: int = -1, dictionary: bool = False) -> bytes:
    """A Parquet file of `events`, column by column a page of zeros, that lies about one of its sizes.

    unfolded   bytes that a page really unfolds to; `said`: what its header says; `values`: how many it says it holds
    """
    import pyarrow as pa

    out, chunks, schema = b"PAR1", [], [thrift((4, "schema"), (5, len(fields_of("events"))))]
    for f in fields_of("events"):
        width = 8 if f.dtype == "i8" else 4
        size = max(unfolded, rows * width)
        body = pa.Codec("zstd").compress(bytes(size), asbytes=True)
        held = values if values >= 0 else rows
        header = thrift(
            (1, 2 if dictionary else kind), (2, said if said >= 0 else size), (3, len(body)),
            (7, thrift((1, held), (2, 0))) if dictionary else (5, thrift((1, held), (2, 0), (3, 3), (4, 3))),
        )  # fmt: skip
        at = len(out)
        out += header + body
        physical = 2 if width == 8 else 1
        meta = thrift(
            (1, physical), (2, ("ints", [0])), (3, ("texts", [f.name])), (4, 6), (5, ("i64", rows)),
            (6, ("i64", rows * width)), (7, ("i64", len(header + body))), (9, ("i64", at)),
        )  # fmt: skip
        chunks.append(thrift((2, ("i64", at)), (3, meta)))
        if f.dtype == "u1":
            schema.append(thrift((1, physical), (3, 0), (4, f.name), (6, 11)))
        else:
            schema.append(thrift((1, physical), (3, 0), (4, f.name)))
    group = thrift((1, ("list", chunks)), (2, ("i64", len(out))), (3, ("i64", rows)))
    footer = thrift((1, 2), (2, ("list", schema)), (3, ("i64", rows)), (4, ("list", [group])), (6, "someone"))
    return out + footer + len(footer).to_bytes(4, "little") + b"PAR1"


BOMBS = {
    "honest": ({"rows": 100}, "events.kind[0] = 0: expected a number of EventKind"),
    "a page unfolds to 64 MB": ({"rows": 100, "unfolded": 1 << 26}, "has pages of 67108864 bytes for 100 rows"),
    "and says it does not": ({"rows": 100, "unfolded": 1 << 26, "said": 800}, "events: "),
    "a page says 2 GB": ({"rows": 100, "said": 2**31 - 1}, "has pages of 2147483647 bytes"),
    "a page says less": ({"rows": 100, "said": 16}, "events: "),
    "a page of many values": ({"rows": 100, "values": 2**31 - 1}, "has 2147483647 values for 100 rows"),
    "a page of fewer values": ({"rows": 100, "values": 10}, "has 10 values for 100 rows"),
    "a dictionary of many values": ({"rows": 100, "values": 2**31 - 1, "dictionary": True}, "broken page"),
    "an unknown page": ({"rows": 100, "kind": 7}, "broken page"),
    "more rows than a group may have": ({"rows": 270_000}, "row groups do not make"),
}

HOLD = """
import json, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from megastructure.memory.archive import Archive
from megastructure.words.errors import BadRun
from worlds.commits import one_line, verdict
told = {}
opened, armed = [], False
watched = ("open", "pickle.find_class", "sqlite3.connect", "os.system", "subprocess.Popen", "socket.connect")
def watch(event, arguments):
    if armed and event in watched and not isinstance(arguments[0], int):
        opened.append((event, str(arguments[0])))
sys.addaudithook(watch)
runs = sorted(p for p in Path(sys.argv[2]).iterdir())
verdict(runs[0], write=False)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
armed = True
for run in runs:
    try:
        told[run.name] = f"{len(Archive.open_to_read(run).read('events'))} rows"
    except BadRun as problem:
        told[run.name] = one_line(problem)
armed = False
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"told": told, "grown_kib": grown, "opened": opened}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="measures memory the Unix way")
def test_bombs_take_no_memory_and_nothing_else_is_opened(tmp_path: Path, few: Path) -> None:
    for what, (made, _) in BOMBS.items():
        shutil.copytree(few, tmp_path / what)
        replace_part(tmp_path / what, "events", made["rows"], bomb(**made))
    done = subprocess.run(
        [sys.executable, "-c", HOLD, str(TESTS), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    for what, (_, answer) in BOMBS.items():
        assert answer in report["told"][what], (what, report["told"][what])
    assert {event for event, _ in report["opened"]} == {"open", "sqlite3.connect"}
    assert report["grown_kib"] < 32 * 1024, report["grown_kib"]
    outside = [path for _, path in report["opened"] if not path.removeprefix("file://").startswith(str(tmp_path))]
    assert not [path for path in outside if not path.startswith((sys.prefix, sys.base_prefix))], outside
