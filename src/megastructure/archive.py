"""The run directory: what a run leaves on disk, so that nothing committed is lost and nothing else is believed.

Rows of registers go into immutable parts, mutable tables into a frame at every commit. All are files that are complete
and synced before one transaction of `run.db` names them with their length and digest; what the database does not name
does not exist. A directory may come from a stranger: paths follow from numbers, and sizes are compared before memory is
taken.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import queue
import re
import shutil
import socket
import sqlite3
import stat
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from . import __version__
from .errors import BadRun, CannotWrite, MegastructureError
from .parts import bytes_max, fields_of, pack, row_bytes, unpack
from .scenario import Scenario
from .tables import TABLES, YEAR

SCHEMA = 1  # of the database and of the declared columns; a run of another schema is refused
REGISTERS = {"works": "start", "charters": "born", "claims": "day", "shots": "day", "events": "day", "series": "year"}
FOLDERS = (*REGISTERS, "frames", "pictures")
PARTS_MAX = 200  # parts of a table before neighbours are merged
MERGED_AT_ONCE = 64  # with this many a row is rewritten six times at most in 10,000 commits
FRAME_PERIOD_DAYS = 250 * YEAR
COMMITS_KEPT = 1000  # older ones are thinned to one a year
ROWS_MAX = 2**31 - 1  # serials are int32
UNFOLDED_MAX = 1 << 28  # bytes; beyond, rows of a register take more than a thousandth of their size on disk
DATABASE_BYTES_MAX = 1 << 26
TEXT_BYTES_MAX = 1 << 21
PARTIAL = ".partial"  # files under way: no glob for *.parquet finds them

TABLES_SQL = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE commits(day INTEGER PRIMARY KEY, digest TEXT NOT NULL, lengths TEXT NOT NULL, written TEXT NOT NULL)",
    "CREATE TABLE parts(path TEXT PRIMARY KEY, table_name TEXT NOT NULL, first_row INTEGER NOT NULL, rows INTEGER NOT NULL, "
    "first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, bytes INTEGER NOT NULL, blake2b TEXT NOT NULL, "
    "commit_day INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE frames(path TEXT PRIMARY KEY, day INTEGER NOT NULL, table_name TEXT NOT NULL, rows INTEGER NOT NULL, "
    "columns INTEGER NOT NULL, bytes INTEGER NOT NULL, blake2b TEXT NOT NULL) WITHOUT ROWID",
)


class Commit(NamedTuple):
    """A day up to which all is on disk: digest of the state after it, rows of each register, time of writing (UTC)."""

    day: int
    digest: str
    lengths: Mapping[str, int]
    written: str


class Part(NamedTuple):
    """An immutable file of consecutive rows of a register. The fields stand in the order of the database's columns."""

    path: str
    table: str
    first_row: int
    rows: int
    first_day: int
    last_day: int
    bytes: int
    blake2b: str
    commit_day: int


class FramePart(NamedTuple):
    """An immutable file with one mutable table as it was on a day. `columns` = 0: it was given as a vector."""

    path: str
    day: int
    table: str
    rows: int
    columns: int
    bytes: int
    blake2b: str


class Book(NamedTuple):
    """All that the database says, checked."""

    meta: dict[str, str]
    commits: list[Commit]
    parts: dict[str, list[Part]]
    frames: list[FramePart]
    scenario: Scenario
    seal: int  # sum of the hashes of all rows of the database, modulo 2^128


@dataclass(frozen=True)
class RunInfo:
    """One line of `megastructure runs`. `problem` is empty unless the run cannot be read."""

    name: str
    path: Path
    seed: int = 0
    days: int = 0
    years_asked: int = 0
    parent: tuple[str, int] | None = None
    digest: str = ""
    written: str = ""
    problem: str = ""


class _Disk:
    """Every change of a file that matters for durability; nothing else in this module changes files."""

    def write_new(self, path: Path, data: bytes) -> None:
        """Write all of it and make it durable; its name is not durable yet."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            left = memoryview(data)
            while left:  # a disk that is nearly full takes less than it was given
                left = left[os.write(handle, left) :]
            self._sync(handle)
        finally:
            os.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        os.replace(old, new)

    def sync_dir(self, path: Path) -> None:
        """Make the names in a directory durable."""
        if sys.platform != "win32":
            handle = os.open(path, os.O_RDONLY)
            try:
                self._sync(handle)
            finally:
                os.close(handle)

    def make_dir(self, path: Path) -> None:
        os.mkdir(path)

    def remove(self, path: Path) -> None:
        os.remove(path)

    def transact(self, database: sqlite3.Connection, statements: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
        """All statements or none; durable on return."""
        database.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                database.execute(sql, values)
            database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise

    def _sync(self, handle: int) -> None:
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # fsync alone leaves the data in the cache of the drive
        else:
            os.fsync(handle)


class Archive:
    """A run directory, open for reading or for writing. Use `create`, `open_to_read` or `open_to_write`."""

    def __init__(self, directory: Path, book: Book, database: sqlite3.Connection | None, lock: int, disk: _Disk) -> None:
        self.directory = directory
        self._book = book
        self._database = database  # None: a reader, which opens it for a moment when it needs it
        self._lock = lock
        self._disk = disk
        self._doubtful = False  # a transaction failed: what the database says must be read again
        self._turn = threading.RLock()

    # ------------------------------------------------------------------ opening

    @staticmethod
    def create(
        directory: str | Path, scenario: Scenario, laws_digest: str, parent: tuple[str, int] | None = None,
        disk: _Disk | None = None,
    ) -> Archive:  # fmt: skip
        """Begin a run in a new or empty directory, open for writing.

        parent   name and day of the run that this one was forked from
        errors   BadRun: a run or something foreign is there; CannotWrite
        """
        disk = disk or _Disk()
        path = Path(os.path.abspath(directory))
        _refuse_existing(path)
        with _writing(path, ""):
            for missing in [p for p in reversed((path, *path.parents)) if not p.exists()]:
                disk.make_dir(missing)
                disk.sync_dir(missing.parent)
        lock = _take_lock(path)
        try:
            _refuse_existing(path)  # again: someone may have been quicker
            meta = {
                "schema": str(SCHEMA), "version": __version__, "seed": str(scenario.seed), "scenario": scenario.to_toml(),
                "laws_digest": laws_digest, "created": _now(),
            }  # fmt: skip
            if parent is not None:
                meta |= {"parent_run": parent[0], "parent_day": str(parent[1])}
            with _writing(path, ""):
                for name in FOLDERS:
                    if not (path / name).is_dir():
                        disk.make_dir(path / name)
                disk.write_new(path / f"run.db{PARTIAL}", _new_database(meta))
                disk.rename(path / f"run.db{PARTIAL}", path / "run.db")
                disk.sync_dir(path)
        except BaseException:
            os.close(lock)
            raise
        return _open_locked(path, lock, disk)

    @staticmethod
    def open_to_read(directory: str | Path) -> Archive:
        """The run as of its last commit; a writer may be at work. Nothing in the directory is trusted.

        errors   BadRun
        """
        path = _run_path(directory)
        return Archive(path, _read_book(path), None, -1, _Disk())

    @staticmethod
    def open_to_write(directory: str | Path, disk: _Disk | None = None) -> Archive:
        """The run as of its last commit, locked against other writers; what was left over by a crash is swept away.

        errors   BadRun (also when another process writes), CannotWrite
        """
        path = _run_path(directory)
        return _open_locked(path, _take_lock(path), disk or _Disk())

    def close(self) -> None:
        """Give back the lock. A run that was closed is a directory without a write-ahead log."""
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):  # every commit is durable without this
                self._database.close()
            self._database = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # ------------------------------------------------------------------ what it says

    @property
    def scenario(self) -> Scenario:
        """The scenario as resolved; its `years` may be changed by `set_years`."""
        return self._book.scenario

    @property
    def last_commit(self) -> Commit | None:
        """The newest commit; None before the first."""
        return self._book.commits[-1] if self._book.commits else None

    @property
    def commits(self) -> list[Commit]:
        """Commits in order of day: the newest 1,000, and before them the first of each year."""
        return list(self._book.commits)

    @property
    def lengths(self) -> Mapping[str, int]:
        """Rows of each register at the last commit."""
        return self.last_commit.lengths if self.last_commit else dict.fromkeys(REGISTERS, 0)

    @property
    def parent(self) -> tuple[str, int] | None:
        """Name and day of the run that this one was forked from."""
        meta = self._book.meta
        return (meta["parent_run"], int(meta["parent_day"])) if "parent_run" in meta else None

    @property
    def laws_digest(self) -> str:
        """Digest of the laws that the run was begun with."""
        return self._book.meta["laws_digest"]

    @property
    def created(self) -> str:
        """When the run was begun (UTC)."""
        return self._book.meta["created"]

    @property
    def version(self) -> str:
        """Version of the program that began the run."""
        return self._book.meta["version"]

    @property
    def notes(self) -> dict[str, str]:
        """What was noted with `note`."""
        return {key[5:]: value for key, value in self._book.meta.items() if key.startswith("note.")}

    def frames(self) -> list[int]:
        """Days of which the mutable tables are kept."""
        return sorted({f.day for f in self._book.frames})

    def paths(self, table: str) -> list[Path]:
        """The files that make up a register, in order of rows."""
        return [self.directory / p.path for p in self._book.parts[table]]

    def refresh(self) -> bool:
        """Move a reader on to the newest commit; True when there was one."""
        before = self.last_commit
        self._book = _read_book(self.directory)
        return self.last_commit != before

    # ------------------------------------------------------------------ reading

    def read(self, table: str, first: int = 0, stop: int | None = None) -> np.ndarray:
        """Rows first..stop of a register as (n, columns) int64 (works: int32); all that are committed without `stop`.

        errors   BadRun: a part is missing, or not what was committed
        """
        width, dtype = len(fields_of(table)), np.int32 if table == "works" else np.int64
        stop = self.lengths[table] if stop is None else min(stop, self.lengths[table])
        first = min(first, stop)
        known = self._book.parts[table]
        try:
            rows = np.empty((stop - first, width), dtype)
        except MemoryError:
            raise BadRun(f"{self.directory}: {table}: {stop - first:,} rows do not fit in memory") from None
        done = first
        while done < stop:
            part = next(p for p in known if p.first_row <= done < p.first_row + p.rows)
            try:
                data = self._file(part.path, part.bytes, part.blake2b)
            except FileNotFoundError:  # the writer merged it with its neighbours a moment ago
                known = _read_book(self.directory).parts[table] if self._database is None else []
                if part in known or not any(p.first_row <= done < p.first_row + p.rows for p in known):
                    raise BadRun(f"{self.directory / part.path}: {table}: the part is missing") from None
                continue
            at = part.first_row
            for group in unpack(data, table, width, part.rows, str(self.directory / part.path)):
                low, high = max(at, done), min(at + len(group), stop)
                if low < high:
                    rows[low - first : high - first] = group[low - at : high - at]
                at += len(group)
            done = min(at, stop)
        return rows

    def frame(self, day: int | None = None) -> dict[str, np.ndarray]:
        """The mutable tables of the newest frame (of those at or before `day`), int64, as they were given to `commit`.

        errors   BadRun: there is none; a part is damaged, or was replaced while a writer is at work (then `refresh`)
        """
        days = [d for d in self.frames() if day is None or d <= day]
        if not days:
            raise BadRun(f"{self.directory}: no frame{'' if day is None else f' at or before day {day:,}'}")
        found = {}
        for f in self._book.frames:
            if f.day == days[-1]:
                where = str(self.directory / f.path)
                try:
                    data = self._file(f.path, f.bytes, f.blake2b)
                except FileNotFoundError:
                    raise BadRun(f"{where}: {f.table}: the frame is missing, or newer ones have replaced it") from None
                width = max(f.columns, 1)
                groups = list(unpack(data, f.table, width, f.rows, where))
                matrix = np.concatenate(groups) if groups else np.empty((0, width), np.int64)
                found[f.table] = matrix if f.columns else matrix[:, 0]
        return found

    def lengths_at(self, day: int) -> Mapping[str, int]:
        """Rows of each register at a commit, to be read together with the frame of that day."""
        for commit in self._book.commits:
            if commit.day == day:
                return commit.lengths
        raise BadRun(f"{self.directory}: no commit at day {day:,}")

    def _file(self, name: str, size: int, digest: str) -> bytes:
        path = self.directory / name
        try:
            _refuse_links(self.directory, name)
            with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)), "rb") as f:
                on_disk = os.fstat(f.fileno()).st_size
                if on_disk != size:
                    raise BadRun(f"{path}: {on_disk} bytes; {size} were committed")
                data = f.read(size)
        except FileNotFoundError:
            raise
        except OSError as problem:
            raise BadRun(f"{path}: cannot be read: {problem.strerror or problem}") from None
        if _blake2b(data) != digest:
            raise BadRun(f"{path}: damaged: it is not what was committed (BLAKE2b differs)")
        return data

    # ------------------------------------------------------------------ writing

    def commit(self, day: int, digest: str, new_rows: Mapping[str, np.ndarray], frame: Mapping[str, np.ndarray]) -> None:
        """Make the new rows of the registers and the mutable tables of `day` durable, all or nothing.

        new_rows   register -> (n, columns) int32 or int64, the rows since the last commit
        frame      any name -> (n, columns) or (n,) int64
        errors     CannotWrite; the last commit is then intact, and the same commit may be tried again
        """
        with self._turn:
            self._settle_doubt()
            last = self.last_commit
            if last is not None and last[:2] == (day, digest):
                return  # nothing happened since; or a transaction that seemed to fail was durable after all
            assert last is None or day > last.day, f"commit of day {day} after day {last.day if last else -1}"
            with self._writing():
                parts = [self._write_part(name, rows, day) for name, rows in new_rows.items() if len(rows)]
                frames = [self._write_frame(name, day, matrix) for name, matrix in frame.items()]
                for folder in sorted({p.table for p in parts}) + ["frames"] * bool(frames):
                    self._disk.sync_dir(self.directory / folder)
                lengths = dict(self.lengths)
                for p in parts:
                    lengths[p.table] += p.rows
                commit = Commit(day, digest, lengths, _now())
                kept = _frames_kept({*self.frames(), day})
                old_frames = [f for f in self._book.frames if f.day not in kept]
                old_commits = _commits_to_thin(self._book.commits, kept)
                self._transact([*old_frames, *old_commits], [*parts, *frames, commit])
            book = self._book
            for thinned in old_commits:
                book.commits.remove(thinned)
            book.commits.append(commit)
            book.frames[:] = [f for f in book.frames if f.day in kept] + frames
            for p in parts:
                book.parts[p.table].append(p)
            self._remove(f.path for f in old_frames)
            for table, known in book.parts.items():
                if len(known) > PARTS_MAX:
                    with contextlib.suppress(CannotWrite):  # the commit stands; housekeeping can wait
                        self.compact(table)

    def compact(self, table: str, parts_max: int = PARTS_MAX) -> None:
        """Merge neighbouring parts of a register until it has at most `parts_max`, the smallest neighbours first.

        The merged part appears before the old ones vanish, so for that moment a glob sees their rows twice; the database
        never does. errors   CannotWrite, BadRun
        """
        with self._turn:
            self._settle_doubt()
            known = self._book.parts[table]
            if len(known) <= parts_max:
                return
            count = min(len(known), max(MERGED_AT_ONCE, len(known) - parts_max + 1))
            at = min(range(len(known) - count + 1), key=lambda i: sum(p.rows for p in known[i : i + count]))
            old = known[at : at + count]
            with self._writing():
                days = min(p.first_day for p in old), max(p.last_day for p in old)
                data = pack(table, len(fields_of(table)), self._groups(old))
                merged = self._put_part(table, old[0].first_row, sum(p.rows for p in old), days, data, old[-1].commit_day)
                self._disk.sync_dir(self.directory / table)
                self._transact(old, [merged])
            known[at : at + count] = [merged]
            self._remove(p.path for p in old)

    def set_years(self, years: int) -> None:
        """Change how long the run is asked to be; years."""
        scenario = self.scenario.with_knobs(years=years)
        self._set_meta("scenario", scenario.to_toml())
        self._book = self._book._replace(scenario=scenario)

    def note(self, key: str, value: str) -> None:
        """Remember a short printable text under a key."""
        assert (key + value).isprintable() and len(key) <= 64 and len(value) <= 4096, f"note {key!r}"
        self._set_meta(f"note.{key}", value)

    def _set_meta(self, key: str, value: str) -> None:
        with self._turn:
            self._settle_doubt()
            old = [(key, self._book.meta[key])] if key in self._book.meta else []
            with self._writing():
                self._transact(old, [(key, value)])
            self._book.meta[key] = value

    def _write_part(self, table: str, rows: np.ndarray, day: int) -> Part:
        days = rows[:, [f.name for f in fields_of(table)].index(REGISTERS[table])]
        scale = YEAR if table == "series" else 1
        span = int(days.min()) * scale, int(days.max()) * scale
        return self._put_part(table, self.lengths[table], len(rows), span, pack(table, rows.shape[1], [rows]), day)

    def _put_part(self, table: str, first: int, rows: int, days: tuple[int, int], data: bytes, commit_day: int) -> Part:
        assert first + rows <= ROWS_MAX, f"{table}: {first + rows} rows; serials end at {ROWS_MAX}"
        path = _part_path(table, first, rows)
        return Part(path, table, first, rows, *days, len(data), self._put(path, data), commit_day)

    def _write_frame(self, table: str, day: int, matrix: np.ndarray) -> FramePart:
        assert matrix.dtype == np.int64 and matrix.ndim in (1, 2) and FRAME_NAME.fullmatch(table), f"frame {table}"
        columns = matrix.shape[1] if matrix.ndim == 2 else 0
        data = pack(table, max(columns, 1), [matrix.reshape(len(matrix), max(columns, 1))])
        path = _frame_path(day, table)
        return FramePart(path, day, table, len(matrix), columns, len(data), self._put(path, data))

    def _put(self, name: str, data: bytes) -> str:
        """Write a file under a temporary name, complete and synced, then give it its own; its BLAKE2b."""
        path = self.directory / name
        partial = path.with_name(path.name + PARTIAL)
        try:
            self._disk.write_new(partial, data)
        except OSError:
            with contextlib.suppress(OSError):  # half a file on a full disk helps nobody
                self._disk.remove(partial)
            raise
        self._disk.rename(partial, path)
        return _blake2b(data)

    def _remove(self, names: Iterable[str]) -> None:
        """Delete files that the database no longer names; what resists is swept when the run is opened again."""
        for name in names:
            with contextlib.suppress(OSError):
                self._disk.remove(self.directory / name)

    def _transact(self, drop: Iterable[tuple[Any, ...]], add: Iterable[tuple[Any, ...]]) -> None:
        """Drop and add rows of the database, and seal it, in one transaction."""
        seal = self._book.seal
        statements: list[tuple[str, tuple[Any, ...]]] = []
        for row in drop:
            table, values = _stored(row)
            key = {"meta": "key", "commits": "day"}.get(table, "path")
            seal -= _hash(table, values)
            statements.append((f"DELETE FROM {table} WHERE {key} = ?", (values[0],)))
        for row in add:
            table, values = _stored(row)
            seal += _hash(table, values)
            statements.append((f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values))
        seal %= 2**128
        statements.append(("UPDATE meta SET value = ? WHERE key = 'seal'", (f"{seal:032x}",)))
        assert self._database is not None, "this archive is open for reading only, or closed"
        self._disk.transact(self._database, statements)
        self._book = self._book._replace(seal=seal)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Whatever the file system refuses becomes CannotWrite, and the state on disk is looked up before the next try."""
        last = self.last_commit
        stands = f"; the last commit (day {last.day:,}) is intact" if last else ""
        try:
            with _writing(self.directory, stands):
                yield
        except BaseException:
            self._doubtful = True
            raise

    def _settle_doubt(self) -> None:
        assert self._database is not None, "this archive is open for reading only, or closed"
        if self._doubtful:
            self._book = _book_of(self._database, self.directory)
            _sweep(self.directory, self._book, self._disk)
            self._doubtful = False

    def _groups(self, parts: list[Part]) -> Iterator[np.ndarray]:
        for p in parts:
            where = str(self.directory / p.path)
            try:
                data = self._file(p.path, p.bytes, p.blake2b)
            except FileNotFoundError:
                raise BadRun(f"{where}: {p.table}: the part is missing") from None
            yield from unpack(data, p.table, len(fields_of(p.table)), p.rows, where)


class Writer:
    """A thread that commits in the background. While it lives, the archive belongs to it.

    A failure is raised again by every later call; what was submitted after it is dropped.
    """

    def __init__(self, archive: Archive, pending_max: int = 2) -> None:
        self.archive = archive
        self._jobs: queue.Queue[tuple[int, str, dict[str, np.ndarray], dict[str, np.ndarray]] | None]
        self._jobs = queue.Queue(pending_max)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="archive writer", daemon=True)
        self._thread.start()

    def submit(self, day: int, digest: str, new_rows: Mapping[str, np.ndarray], frame: Mapping[str, np.ndarray]) -> None:
        """As `Archive.commit`, of copies; returns at once, unless `pending_max` commits wait: a slow disk slows the run."""
        self._complain()
        self._jobs.put((day, digest, {n: r.copy() for n, r in new_rows.items()}, {n: m.copy() for n, m in frame.items()}))

    def wait(self) -> None:
        """Until all that was submitted is durable. errors   as `Archive.commit`"""
        self._jobs.join()
        self._complain()

    def close(self) -> None:
        """End the thread after its last commit. errors   as `Archive.commit`"""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        self._complain()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            with contextlib.suppress(MegastructureError):  # the first mistake is the one to tell
                self.close()

    def _complain(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                if job is None:
                    return
                if self._failure is None:
                    self.archive.commit(*job)
            except BaseException as failure:
                self._failure = failure
            finally:
                self._jobs.task_done()


def runs_in(folder: str | Path) -> list[RunInfo]:
    """The runs directly below a folder, by name. One that cannot be read has its `problem` told."""
    found = []
    for path in sorted(p for p in Path(folder).iterdir() if (p / "run.db").is_file()):
        try:
            archive = Archive.open_to_read(path)
        except BadRun as problem:
            found.append(RunInfo(path.name, path, problem=str(problem)))
            continue
        last = archive.last_commit
        found.append(RunInfo(
            path.name, path, archive.scenario.seed, last.day if last else 0, archive.scenario.years, archive.parent,
            last.digest if last else "", last.written if last else archive.created,
        ))  # fmt: skip
    return found


# ---------------------------------------------------------------------- the files of a run


FRAME_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
OUR_NAMES = re.compile(r"[0-9]{10,12}-([0-9]{12}|[a-z][a-z0-9_]{0,30})\.parquet(\.partial)?")


def _part_path(table: str, first: int, rows: int) -> str:
    return f"{table}/{first:012d}-{first + rows - 1:012d}.parquet"


def _frame_path(day: int, table: str) -> str:
    return f"frames/{day:010d}-{table}.parquet"


def _frames_kept(days: Iterable[int]) -> set[int]:
    """The newest two, and the first of every 250 years."""
    ordered = sorted(days)
    firsts = {day // FRAME_PERIOD_DAYS: day for day in reversed(ordered)}
    return {*ordered[-2:], *firsts.values()}


def _commits_to_thin(commits: list[Commit], frames: set[int]) -> list[Commit]:
    """The commit that grows too old to be kept beside an earlier one of its year, if any, before one is added."""
    if len(commits) <= COMMITS_KEPT:
        return []
    before, old = commits[-COMMITS_KEPT - 1], commits[-COMMITS_KEPT]
    return [old] if before.day // YEAR == old.day // YEAR and old.day not in frames else []


def _refuse_existing(path: Path) -> None:
    """BadRun unless a run may begin here."""
    if (path / "run.db").exists():
        raise BadRun(f"{path}: holds a run already: megastructure resume {path} continues it; else choose another directory")
    try:
        there = {p.name for p in path.iterdir()} if path.exists() else set()
    except OSError as problem:
        raise BadRun(f"{path}: not a directory that can be used: {problem.strerror}") from None
    ours = {"lock", f"run.db{PARTIAL}", *FOLDERS}  # an attempt that was cut short leaves these, and the folders empty
    full = [name for name in there & set(FOLDERS) if any((path / name).iterdir())]
    if there - ours or full:
        raise BadRun(f"{path}: neither empty nor a run ({sorted([*(there - ours), *full])[0]!r}); choose another directory")


def _run_path(directory: str | Path) -> Path:
    path = Path(os.path.abspath(directory))
    if not path.is_dir():
        raise BadRun(f"{path}: no such directory")
    if not os.path.lexists(path / "run.db"):
        raise BadRun(f"{path}: not a run (it has no run.db)")
    return path


def _refuse_links(root: Path, name: str) -> None:
    """Only plain files in plain directories below the run are ever opened. errors   BadRun, FileNotFoundError"""
    path = root
    for piece in Path(name).parts:
        if not stat.S_ISDIR(path.stat().st_mode if path == root else path.lstat().st_mode):
            raise BadRun(f"{path}: not a plain directory")
        path = path / piece
    if not stat.S_ISREG(path.lstat().st_mode):
        raise BadRun(f"{path}: not a plain file")


def _sweep(path: Path, book: Book, disk: _Disk) -> None:
    """Delete what a crash left over: files with names of ours that the database does not name."""
    named = {p.path for parts in book.parts.values() for p in parts} | {f.path for f in book.frames}
    with _writing(path, ""):
        for folder in (*REGISTERS, "frames"):
            for entry in sorted(os.listdir(path / folder)):
                if OUR_NAMES.fullmatch(entry) and f"{folder}/{entry}" not in named:
                    disk.remove(path / folder / entry)


def _open_locked(path: Path, lock: int, disk: _Disk) -> Archive:
    """The second half of opening for writing."""
    database = None
    try:
        _check_database_files(path)
        with _writing(path, ""):
            for folder in FOLDERS:  # copies of a run often lack its empty directories
                if not os.path.lexists(path / folder):
                    disk.make_dir(path / folder)
                elif not stat.S_ISDIR((path / folder).lstat().st_mode):
                    raise BadRun(f"{path / folder}: not a plain directory")
            database = sqlite3.connect(
                f"{(path / 'run.db').as_uri()}?mode=rw", uri=True, timeout=10, isolation_level=None, check_same_thread=False
            )
            book = _book_of(database, path)
            mode = database.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            database.execute("PRAGMA synchronous=FULL")
            database.execute("PRAGMA fullfsync=ON")
            assert mode == "wal", mode
        for p in [*(p for parts in book.parts.values() for p in parts), *book.frames]:
            try:
                _refuse_links(path, p.path)
                size = (path / p.path).lstat().st_size
            except OSError:
                raise BadRun(f"{path / p.path}: {p.table}: missing") from None
            if size != p.bytes:
                raise BadRun(f"{path / p.path}: {p.table}: {size} bytes; {p.bytes} were committed")
        _sweep(path, book, disk)
        return Archive(path, book, database, lock, disk)
    except BaseException:
        if database is not None:
            database.close()
        os.close(lock)
        raise


@contextlib.contextmanager
def _writing(path: Path, stands: str) -> Iterator[None]:
    """Turn the refusals of the file system and of SQLite into CannotWrite: what, where, what to do."""
    advice = "look at the disk, then try again"
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            advice = "free some space, then resume"
        elif problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            advice = "make the directory writable, or choose another with --out"
        where = problem.filename if isinstance(problem.filename, str) else path
        raise CannotWrite(f"{where}: cannot write: {problem.strerror or problem}{stands}; {advice}") from None
    except sqlite3.Error as problem:
        if getattr(problem, "sqlite_errorcode", 0) & 255 in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise BadRun(f"{path / 'run.db'}: damaged: {problem}") from None
        if getattr(problem, "sqlite_errorcode", 0) & 255 == sqlite3.SQLITE_FULL:
            advice = "free some space, then resume"
        raise CannotWrite(f"{path / 'run.db'}: cannot write: {problem}{stands}; {advice}") from None


def _take_lock(path: Path) -> int:
    """The handle of DIR/lock, locked until it is closed. errors   BadRun: someone else holds it; CannotWrite"""
    with _writing(path, ""):
        with contextlib.suppress(FileNotFoundError):
            _refuse_links(path, "lock")
        handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            if sys.platform == "win32":
                import msvcrt

                os.lseek(handle, 1 << 20, os.SEEK_SET)  # a locked byte cannot be read by others: lock one beyond the text
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            os.lseek(handle, 0, os.SEEK_SET)
            holder = os.read(handle, 200).decode("ascii", "replace").strip().replace("\n", ", ")
            os.close(handle)
            if problem.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise
            holder = "".join(c if c.isprintable() else "?" for c in holder)
            raise BadRun(f"{path}: another process is writing this run ({holder}); wait for it, or stop it") from None
        with contextlib.suppress(OSError):  # the text is for people; the lock holds without it
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, f"pid {os.getpid()}\nhost {socket.gethostname()}\nsince {_now()}\n".encode("ascii", "replace"))
        return handle


# ---------------------------------------------------------------------- the database


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def _blake2b(data: bytes) -> str:
    return blake2b(data, digest_size=32).hexdigest()


def _stored(row: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The table of the database that a row belongs to, and its values there."""
    if isinstance(row, Commit):
        return "commits", (row.day, row.digest, json.dumps(row.lengths), row.written)
    return {Part: "parts", FramePart: "frames"}.get(type(row), "meta"), tuple(row)


def _hash(table: str, values: tuple[Any, ...]) -> int:
    return int.from_bytes(blake2b(json.dumps([table, *values]).encode(), digest_size=16).digest(), "big")


def _new_database(meta: dict[str, str]) -> bytes:
    """The bytes of a database without a commit, in WAL mode from birth: a rollback journal never lies beside it."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "run.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        for sql in TABLES_SQL:
            database.execute(sql)
        database.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        seal = sum(_hash("meta", item) for item in meta.items()) % 2**128
        database.execute("INSERT INTO meta VALUES ('seal', ?)", (f"{seal:032x}",))
        database.close()
        return (Path(folder) / "run.db").read_bytes()


def _check_database_files(path: Path) -> None:
    """The database and its log are plain files of modest size, and nothing beside them asks to be rolled back."""
    if os.path.lexists(path / "run.db-journal"):  # could name any file of the disk as its super-journal
        raise BadRun(f"{path / 'run.db-journal'}: does not belong to a run")
    for name in ("run.db", "run.db-wal", "run.db-shm"):
        try:
            _refuse_links(path, name)
            size = (path / name).stat().st_size
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise BadRun(f"{path / name}: cannot be read: {problem.strerror}") from None
        if size > DATABASE_BYTES_MAX * 4:
            raise BadRun(f"{path / name}: {size:,} bytes are too many")


def _signature(path: Path) -> list[tuple[int, int]]:
    found = []
    for name in ("run.db", "run.db-wal"):
        with contextlib.suppress(OSError):
            status = (path / name).stat()
            found.append((status.st_mtime_ns, status.st_size))
    return found


def _read_book(path: Path) -> Book:
    """What the database says now. When a writer changed it meanwhile and it makes no sense, it is read again."""
    for _ in range(5):
        before = _signature(path)
        try:
            return _read_book_once(path)
        except BadRun:
            if _signature(path) == before:
                raise
    return _read_book_once(path)


def _read_book_once(path: Path) -> Book:
    _check_database_files(path)
    log = path / "run.db-wal"
    with tempfile.TemporaryDirectory() if log.exists() and not os.access(path, os.W_OK) else contextlib.nullcontext() as copy:
        try:
            if copy is not None:  # SQLite reads a log only where it can write an index of it
                shutil.copy(path / "run.db", copy)
                shutil.copy(log, copy)
            at = (Path(copy or path) / "run.db").as_uri()
            # Without a log there is nothing to wait for, and a reader leaves no files behind.
            mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
            database = sqlite3.connect(f"{at}?{mode}", uri=True, timeout=10, isolation_level=None)
        except (sqlite3.Error, OSError) as problem:
            raise BadRun(f"{path / 'run.db'}: cannot be read: {problem}") from None
        with contextlib.closing(database):
            return _book_of(database, path)


def _book_of(database: sqlite3.Connection, path: Path) -> Book:
    """Read and check the database. errors   BadRun, in one line"""
    try:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX)
        if hasattr(database, "setconfig"):  # Python 3.12
            database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
            database.execute(f"PRAGMA {pragma}").fetchall()
        database.execute("BEGIN")
        try:
            if database.execute("PRAGMA page_count").fetchone()[0] * 4096 > DATABASE_BYTES_MAX:
                raise _Wrong("it is too large")
            shape = database.execute("SELECT sql FROM sqlite_master LIMIT 50").fetchall()
            if sorted(shape, key=str) != sorted(((sql,) for sql in TABLES_SQL), key=str):
                raise _Wrong("its tables are not those of a run of this version")
            if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise _Wrong("it is damaged")
            read = {t: database.execute(f"SELECT * FROM {t}").fetchall() for t in ("meta", "commits", "parts", "frames")}
        finally:
            database.execute("ROLLBACK")
        return _checked(read)
    except (_Wrong, sqlite3.Error, ValueError, RecursionError, MemoryError, MegastructureError) as problem:
        text = " ".join(str(problem).split())[:300] or type(problem).__name__
        raise BadRun(f"{path / 'run.db'}: {''.join(c if c.isprintable() else '?' for c in text)}") from None


class _Wrong(Exception):
    """Why a database is not that of a run."""


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise _Wrong(what)


def _checked(read: dict[str, list[tuple[Any, ...]]]) -> Book:
    """The rows of the database, each checked for types and ranges, and all for what they say together."""
    meta = {}
    for key, value in read["meta"]:
        _need(isinstance(key, str) and isinstance(value, str), "meta: not text")
        _need(len(key) <= 80 and key.isprintable() and (key == "scenario" or value.isprintable()), "meta: not plain text")
        meta[key] = value
    missing = [k for k in ("schema", "version", "seed", "scenario", "laws_digest", "created", "seal") if k not in meta]
    _need(not missing and ("parent_run" in meta) == ("parent_day" in meta), f"meta: {missing[:1]} is missing")
    _need(meta["schema"] == str(SCHEMA), f"written in schema {meta['schema'][:20]}; this version reads {SCHEMA}")
    _need(re.fullmatch("[0-9]{1,10}", meta.get("parent_day", "0")) is not None, "meta.parent_day is not a number")
    seal = int(meta.pop("seal"), 16) if re.fullmatch("[0-9a-f]{32}", meta["seal"]) else -1
    rows = [("meta", item) for item in meta.items()] + [(t, row) for t in ("commits", "parts", "frames") for row in read[t]]
    _need(seal == sum(_hash(table, row) for table, row in rows) % 2**128, "damaged: its seal does not fit its rows")
    scenario = Scenario.from_toml(meta["scenario"], "meta.scenario")
    _need(meta["seed"] == str(scenario.seed), "meta.seed is not that of the scenario")

    commits: list[Commit] = []
    lengths = dict.fromkeys(REGISTERS, 0)
    for day, digest, text, written in sorted(read["commits"]):
        _need(0 <= day < 2**31 and _plain(digest) and _plain(written), f"commits: day {day} is not plain")
        now = json.loads(text) if isinstance(text, str) and len(text) < 1000 else None
        _need(isinstance(now, dict) and list(now) == list(REGISTERS), f"commits: day {day} has no lengths")
        _need(all(type(n) is int and lengths[t] <= n <= ROWS_MAX for t, n in now.items()), f"commits: day {day} shrinks")
        lengths = now
        commits.append(Commit(day, digest, now, written))

    parts: dict[str, list[Part]] = {table: [] for table in REGISTERS}
    for row in sorted((Part(*row) for row in read["parts"]), key=lambda p: (str(p.table), p.first_row)):
        _need(row.table in REGISTERS, "parts: an unknown table")
        known = parts[row.table]
        first = known[-1].first_row + known[-1].rows if known else 0
        _need(row.first_row == first and 0 < row.rows <= ROWS_MAX, f"parts: rows of {row.table} are missing or twice there")
        _need(row.path == _part_path(row.table, row.first_row, row.rows), f"parts: a wrong path in {row.table}")
        _need(0 < row.bytes <= bytes_max(row.table, len(fields_of(row.table)), row.rows), f"parts: wrong bytes in {row.table}")
        _need(re.fullmatch("[0-9a-f]{64}", row.blake2b) is not None, f"parts: a wrong digest in {row.table}")
        known.append(row)
    for table, known in parts.items():
        total = known[-1].first_row + known[-1].rows if known else 0
        _need(total == lengths[table], f"parts: {table} has {total} rows; {lengths[table]} were committed")
        unfolded = total * row_bytes(table, len(fields_of(table)))
        _need(unfolded <= max(UNFOLDED_MAX, 1000 * sum(p.bytes for p in known)), f"parts: {table} unfolds beyond all measure")

    frames = [FramePart(*row) for row in sorted(read["frames"])]
    days = {c.day for c in commits}
    for f in frames:
        _need(f.day in days and isinstance(f.table, str) and FRAME_NAME.fullmatch(f.table) is not None, "frames: a wrong name")
        _need(f.path == _frame_path(f.day, f.table), f"frames: a wrong path of {f.table}")
        _need(0 <= f.rows <= ROWS_MAX and 0 <= f.columns <= 1000, f"frames: wrong sizes of {f.table}")
        width = max(f.columns, 1)
        _need(f.table not in TABLES or width == len(fields_of(f.table)), f"frames: {f.table} has {width} columns")
        _need(0 < f.bytes <= bytes_max(f.table, width, f.rows), f"frames: wrong bytes of {f.table}")
        _need(f.rows * width * 8 <= max(UNFOLDED_MAX, 1000 * f.bytes), f"frames: {f.table} unfolds beyond all measure")
        _need(re.fullmatch("[0-9a-f]{64}", f.blake2b) is not None, f"frames: a wrong digest of {f.table}")
    return Book(meta, commits, parts, frames, scenario, seal)


def _plain(text: Any) -> bool:
    return isinstance(text, str) and re.fullmatch("[0-9A-Za-z:+.-]{1,200}", text) is not None
