"""The run directory: what a run leaves on disk, so that nothing committed is lost and nothing else is believed.

Rows of registers go into immutable parts, the mutable tables into a frame at every commit. All are files that are
complete and synced before one transaction of `run.db` names them with their length and digest; what the database does
not name does not exist. A directory may come from a stranger: paths follow from numbers, and sizes are compared with
the declared columns before memory is taken.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from .. import __version__
from ..ground.limits import Limits, counts_at, named_twice
from ..ground.scenario import TOML_HEAD, Scenario
from ..ground.tables import TABLES, YEAR
from ..words.errors import BadRun, CannotWrite, Replaced
from .book import (
    DATABASE,
    FRAME_NAME,
    NOTE_MAX,
    REGISTERS,
    ROWS_MAX,
    SCHEMA,
    WORD,
    Book,
    Commit,
    FramePart,
    Meta,
    Part,
    Row,
    check_book,
    file_digest,
    frame_path,
    new_database,
    open_database,
    part_path,
    read_book,
    transact,
)
from .directory import check_sizes, clear, complete, refuse_existing, refuse_new, refuse_place, run_path, sweep
from .disk import (
    BINARY,
    NOFOLLOW,
    make_dirs,
    now,
    plain,
    put_file,
    refuse_links,
    same_file,
    sync_dir,
    take_lock,
    unreadable,
    writing,
)  # fmt: skip
from .parts import fields_of, pack, unpack

PARTS_MAX = 200  # parts of a table before neighbours are merged
MERGED_AT_ONCE = 64  # with this many, a row is rewritten six times at most in 10,000 commits
FRAME_PERIOD_DAYS = 250 * YEAR
HOLDING_TRIES = 100  # commits that may pass while a reader opens the files of a frame
COMMITS_KEPT = 1000  # older ones are thinned to one a year

Tables = Mapping[str, np.ndarray]


class Archive:
    """A run directory, open for reading or for writing. Use `create`, `open_to_read` or `open_to_write`."""

    def __init__(self, directory: Path, book: Book, database: sqlite3.Connection | None = None, lock: int = -1) -> None:
        self.directory = directory
        self._book = book
        self._database = database  # None: a reader, which opens it for a moment whenever it needs it
        self._lock = lock
        self._held: dict[str, int] = {}  # of a reader: the files of the newest frames, open
        self._doubtful = False  # something failed half way: what is on disk must be read again
        self._seen: dict[str, tuple[int, int]] = {}  # of a writer: device and number of the files of its database
        self._turn = threading.RLock()
        if database is not None:
            status = (directory / "run.db").lstat()
            self._seen["run.db"] = status.st_dev, status.st_ino

    # ------------------------------------------------------------------ opening

    @staticmethod
    def create(
        directory: str | Path, scenario: Scenario, laws_digest: str, parent: tuple[str, int] | None = None, remarks: str = "",
        notes: Mapping[str, str] | None = None,
    ) -> Archive:  # fmt: skip
        """Begin a run in a new or empty directory, open for writing, or in that of a run without a commit.

        parent   where the run lies that this one was forked from (relative to `directory`), and the day
        remarks  comment lines of TOML that are kept above the scenario
        notes    what is noted from the beginning, as by `note`
        errors   BadRun: a run or something foreign is there; CannotWrite; MegastructureError: no name for a directory
        """
        path = Path(os.path.abspath(directory))
        refuse_new(path)
        with writing(path):
            make_dirs(path)
        lock = take_lock(path)
        try:
            refuse_existing(path)  # again: someone may have been quicker
            meta = {"schema": str(SCHEMA), "version": __version__, "seed": str(scenario.seed)}
            meta |= {"scenario": remarks + scenario.to_toml(), "laws_digest": plain(laws_digest), "created": now()}
            if parent is not None:
                meta |= {"parent_run": plain(parent[0]), "parent_day": str(parent[1])}
            for key, value in (notes or {}).items():
                meta[f"note.{key}"] = _noted(key, value)
            clear(path)
            with writing(path):
                put_file(path / "run.db", new_database(meta))
        except BaseException:
            os.close(lock)
            raise
        return _open_locked(path, lock)

    @staticmethod
    def open_to_read(directory: str | Path) -> Archive:
        """The run as of its last commit; a writer may be at work. Nothing in the directory is trusted.

        Its newest two frames are held open, so they stay readable when a writer replaces them; any older one stays anyhow.

        errors   BadRun
        """
        path = run_path(directory)
        archive = Archive(path, read_book(path))
        archive._hold_frames()
        return archive

    @staticmethod
    def open_to_write(directory: str | Path) -> Archive:
        """The run as of its last commit, locked against other writers; what a crash left over is swept away.

        errors   BadRun (also when another process writes), CannotWrite
        """
        path = run_path(directory)
        refuse_place(path)
        return _open_locked(path, take_lock(path))

    def close(self) -> None:
        """Give back the lock. A closed run has no write-ahead log beside its database."""
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):  # every commit is durable without this
                self._database.close()
            self._database = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        self._let_go()

    def __del__(self) -> None:
        self._let_go()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # ------------------------------------------------------------------ what it says

    @property
    def writable(self) -> bool:
        """Whether it was opened to write, and not closed since."""
        return self._lock >= 0

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
        """Where the run lay that this one was forked from, relative to its directory, and the day. Not to be trusted."""
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
        self._book = read_book(self.directory)
        self._hold_frames()
        return self.last_commit != before

    def _hold_frames(self) -> None:
        """Open the files of the newest two frames. Where a writer has replaced them meanwhile, the next commit is taken."""
        for _ in range(HOLDING_TRIES):
            with self._turn:
                self._let_go()
                try:
                    for number, day in enumerate(self.frames()[:-3:-1]):
                        with contextlib.suppress(*(OSError, BadRun) if number else ()):  # the older may be gone: few ask for it
                            self._hold_frame(day)
                    return
                except (OSError, BadRun):  # whoever reads a damaged one is told so then
                    newer = read_book(self.directory)
                    if newer.frames == self._book.frames:
                        return
                    self._book = newer

    def _hold_frame(self, day: int) -> None:
        for f in self._book.frames:
            if f.day == day:
                refuse_links(self.directory, f.path)
                self._held[f.path] = os.open(self.directory / f.path, os.O_RDONLY | NOFOLLOW | BINARY)

    def _let_go(self) -> None:
        while self._held:
            with contextlib.suppress(OSError):
                os.close(self._held.popitem()[1])

    # ------------------------------------------------------------------ reading

    def read(self, table: str, first: int = 0, stop: int | None = None) -> np.ndarray:
        """Rows first..stop of a register as (n, columns) int64 (works: int32); without `stop`, to the last commit.

        errors   BadRun: a part is missing, or not what was committed; a number that its column may not hold (ground/limits.py)
        """
        stop = self.lengths[table] if stop is None else min(stop, self.lengths[table])
        first = min(first, stop)
        rows = self._room(table, stop - first, len(fields_of(table)))
        at = 0
        for piece in self.pieces(table, first, stop):
            rows[at : at + len(piece)] = piece
            at += len(piece)
        return rows

    def pieces(self, table: str, first: int, stop: int) -> Iterator[np.ndarray]:
        """The same rows, in order, a part of them at a time: few are in memory."""
        known = self._book.parts[table]
        limits = _limits(self._book, table)
        at = first
        while at < stop:
            part = next((p for p in known if p.first_row <= at < p.first_row + p.rows), None)
            if part is None:
                raise BadRun(f"{self.directory}: {table}: another run has taken the place of this one")
            try:
                for row, group in self._groups(part, limits):
                    low, high = max(row, at), min(row + len(group), stop)
                    if low < high:
                        yield group[low - row : high - row]
                        at = high
            except FileNotFoundError:
                book = read_book(self.directory)
                known, limits = book.parts[table], _limits(book, table)
                if part in known:
                    raise BadRun(f"{self.directory / part.path}: {table}: the part is missing") from None
                # A writer merged it with its neighbours a moment ago.

    def frame(self, day: int | None = None, only: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
        """The mutable tables (or `only` these) of the newest frame, of those at or before `day`, as given to `commit`.

        errors   BadRun: there is none; a part is damaged; a number that its column may not hold, a name that two rows have;
                 Replaced: newer frames have taken its place (then `refresh`)
        """
        days = [d for d in self.frames() if day is None or d <= day]
        if not days:
            raise BadRun(f"{self.directory}: no frame{'' if day is None else f' at or before day {day:,}'}")
        found = {}
        for f in (f for f in self._book.frames if f.day == days[-1] and (not only or f.table in only)):
            matrix = self._room(f.table, f.rows, max(f.columns, 1))
            try:
                for row, group in self._groups(f, _limits(self._book, f.table, f.day)):
                    matrix[row : row + len(group)] = group
            except FileNotFoundError:
                where = f"{self.directory / f.path}: {f.table}: the frame"
                if f in read_book(self.directory).frames:
                    raise BadRun(f"{where} is missing") from None
                raise Replaced(f"{where} is not kept any more: newer ones have replaced it") from None
            twice = named_twice(f.table, matrix)
            if twice is not None:
                raise BadRun(f"{self.directory / f.path}: {f.table}.{twice.words()}")
            found[f.table] = matrix if f.columns else matrix[:, 0]
        return found

    def lengths_at(self, day: int) -> Mapping[str, int]:
        """Rows of each register at a commit, to be read together with the frame of that day. errors   BadRun"""
        for commit in self._book.commits:
            if commit.day == day:
                return commit.lengths
        raise BadRun(f"{self.directory}: no commit at day {day:,}")

    def digest_at(self, day: int) -> str:
        """The digest of the state at a commit. errors   BadRun"""
        for commit in self._book.commits:
            if commit.day == day:
                return commit.digest
        raise BadRun(f"{self.directory}: no commit at day {day:,}")

    def _room(self, table: str, rows: int, width: int) -> np.ndarray:
        try:
            return np.empty((rows, width), np.int32 if table == "works" else np.int64)
        except MemoryError:
            raise BadRun(f"{self.directory}: {table}: {rows:,} rows do not fit in memory") from None

    def _groups(self, part: Part | FramePart, limits: Limits | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """The row groups of a file, each with the number of its first row, once its length, digest and `limits` are right."""
        path = self.directory / part.path
        try:
            with self._turn, self._opened(part) as file:
                size = os.fstat(file.fileno()).st_size
                if size != part.bytes:
                    raise BadRun(f"{path}: {part.table}: {size} bytes; {part.bytes} were committed")
                file.seek(0)
                data = file.read(size)
        except OSError as problem:
            if isinstance(problem, FileNotFoundError) and self._database is None:
                raise  # a reader looks whether a writer has replaced it
            raise unreadable(path, part.table, problem) from None
        if file_digest(data) != part.blake2b:
            raise BadRun(f"{path}: {part.table}: damaged: it is not what was committed (BLAKE2b differs)")
        columns = len(fields_of(part.table)) if isinstance(part, Part) else max(part.columns, 1)
        row = part.first_row if isinstance(part, Part) else 0
        for group in unpack(data, part.table, columns, part.rows, str(path), limits, row):
            yield row, group
            row += len(group)

    def _opened(self, part: Part | FramePart) -> IO[bytes]:
        if part.path in self._held:
            return open(self._held[part.path], "rb", closefd=False)
        refuse_links(self.directory, part.path)
        return open(os.open(self.directory / part.path, os.O_RDONLY | NOFOLLOW | BINARY), "rb")

    # ------------------------------------------------------------------ writing

    def commit(self, day: int, digest: str, new_rows: Tables, frame: Tables, notes: Mapping[str, str] | None = None) -> None:
        """Make the new rows of the registers and the mutable tables of `day` durable, all or nothing.

        new_rows   register -> (n, columns) int32 or int64, the rows since the last commit
        frame      any name -> (n, columns) or (n,) int64
        notes      what is noted with it, as by `note`
        errors     CannotWrite; the last commit is then intact, and the same commit may be tried again
        """
        with self._turn:
            self._settle_doubt()
            last = self.last_commit
            if last is not None and last[:2] == (day, digest):
                return  # nothing happened since; or a transaction that seemed to fail was durable after all
            assert WORD.fullmatch(digest) and frame, f"digest {digest!r}; every commit carries its frame"
            assert last is None or day > last.day, f"commit of day {day} after day {last.day if last else -1}"
            with self._writing():
                parts = [self._write_part(name, self.lengths[name], rows, day) for name, rows in new_rows.items() if len(rows)]
                frames = [self._write_frame(name, day, matrix) for name, matrix in frame.items()]
                for folder in sorted({p.table for p in parts}) + ["frames"] * bool(frames):
                    sync_dir(self.directory / folder)
                lengths = dict(self.lengths)
                for p in parts:
                    lengths[p.table] += p.rows
                commit = Commit(day, digest, lengths, now())
                kept = _frames_kept({*self.frames(), day})
                old_frames = [f for f in self._book.frames if f.day not in kept]
                old_commits = _commits_too_many(self._book.commits, kept)
                noted = [Meta(f"note.{key}", _noted(key, value)) for key, value in (notes or {}).items()]
                old_notes = [Meta(n.key, self._book.meta[n.key]) for n in noted if n.key in self._book.meta]
                book = self._transact([*old_frames, *old_commits, *old_notes], [*parts, *frames, *noted, commit])
                book.meta.update(noted)
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
                        self.compact(table, PARTS_MAX)

    def inherit(
        self, parent: Archive, day: int, digest: str, common: Mapping[str, int], beyond: Tables, frame: Tables, copied: bool
    ) -> None:
        """The first commit of a fork: what its registers share with those of its parent, the rest, and the frame of `day`.

        Files of the parent that hold nothing else are linked, or copied where the disk cannot link or `copied` says so;
        each is compared with its digest before.

        common   how many rows of each register are the parent's
        beyond   register -> the rows that follow on those of `parent.whole_parts(common)`
        errors   CannotWrite; BadRun: a part of the parent is damaged
        """
        with self._turn:
            assert self.last_commit is None, "a fork inherits before it lives"
            shared = parent.whole_parts(common)
            lengths = {table: sum(p.rows for p in known) + len(beyond[table]) for table, known in shared.items()}
            with self._writing():
                parts = [p._replace(commit_day=day) for known in shared.values() for p in known]
                for p in parts:
                    self._link(parent, p, copied)
                for table, rows in beyond.items():
                    if len(rows):
                        parts.append(self._write_part(table, sum(p.rows for p in shared[table]), rows, day))
                frames = [self._write_frame(name, day, matrix) for name, matrix in frame.items()]
                for folder in (*REGISTERS, "frames"):
                    sync_dir(self.directory / folder)
                self._transact([], [*parts, *frames, Commit(day, digest, lengths, now())])
                assert self._database is not None
                self._book = check_book(self._database, self.directory)

    def whole_parts(self, lengths: Mapping[str, int]) -> dict[str, list[Part]]:
        """The files of each register that hold none but its first `lengths` rows."""
        return {
            table: [p for p in known if p.first_row + p.rows <= lengths[table]] for table, known in self._book.parts.items()
        }

    def _link(self, parent: Archive, part: Part, copied: bool) -> None:
        source = parent.directory / part.path
        try:
            refuse_links(parent.directory, part.path)
            data = source.read_bytes()
        except OSError as problem:
            raise unreadable(source, part.table, problem) from None
        if file_digest(data) != part.blake2b:
            raise BadRun(f"{source}: {part.table}: damaged: it is not what was committed (BLAKE2b differs)")
        if not copied:
            try:
                os.link(source, self.directory / part.path)
                return
            except OSError:  # another disk (EXDEV), one that knows no links (EPERM), or no more of them (EMLINK)
                pass
        put_file(self.directory / part.path, data)

    def compact(self, table: str, parts_max: int = PARTS_MAX) -> None:
        """Merge neighbouring parts of a register until it has at most `parts_max`, the smallest neighbours first.

        The merged part appears before the old ones vanish: for that moment a glob sees their rows twice; the database
        never does. Called by `commit`.

        errors   CannotWrite, BadRun
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
                rows = sum(p.rows for p in old)
                data = pack(table, len(fields_of(table)), (group for p in old for _, group in self._groups(p)))
                merged = self._put_part(table, old[0].first_row, rows, days, data, old[-1].commit_day)
                sync_dir(self.directory / table)
                self._transact(old, [merged])
                known[at : at + count] = [merged]
            self._remove(p.path for p in old)

    def set_years(self, years: int) -> None:
        """Change how long the run is asked to be; years."""
        with self._turn:
            scenario = self.scenario.with_knobs(years=years)
            remarks = self._book.meta["scenario"].partition(TOML_HEAD)[0]
            self._set_meta("scenario", remarks + scenario.to_toml())
            self._book = self._book._replace(scenario=scenario)

    def note(self, key: str, value: str) -> None:
        """Remember a printable text of at most a million characters under a key."""
        self._set_meta(f"note.{key}", _noted(key, value))

    def _set_meta(self, key: str, value: str) -> None:
        with self._turn:
            self._settle_doubt()
            old = [Meta(key, self._book.meta[key])] if key in self._book.meta else []
            with self._writing():
                self._transact(old, [Meta(key, value)]).meta[key] = value

    def _write_part(self, table: str, first: int, rows: np.ndarray, day: int) -> Part:
        days = rows[:, [f.name for f in fields_of(table)].index(REGISTERS[table])]
        scale = YEAR if table == "series" else 1
        span = int(days.min()) * scale, int(days.max()) * scale
        return self._put_part(table, first, len(rows), span, pack(table, rows.shape[1], [rows]), day)

    def _put_part(self, table: str, first: int, rows: int, days: tuple[int, int], data: bytes, commit_day: int) -> Part:
        assert first + rows <= ROWS_MAX, f"{table}: {first + rows} rows; serials end at {ROWS_MAX}"
        path = part_path(table, first, rows)
        return Part(path, table, first, rows, *days, len(data), self._put(path, data), commit_day)

    def _write_frame(self, table: str, day: int, matrix: np.ndarray) -> FramePart:
        assert FRAME_NAME.fullmatch(table) and table not in REGISTERS, f"{table!r} is no name for a part of a frame"
        assert matrix.dtype == np.int64 and matrix.ndim in (1, 2), f"{table}: {matrix.ndim} dimensions of {matrix.dtype}"
        columns = matrix.shape[1] if matrix.ndim == 2 else 0
        data = pack(table, max(columns, 1), [matrix.reshape(len(matrix), max(columns, 1))])
        path = frame_path(day, table)
        return FramePart(path, day, table, len(matrix), columns, len(data), self._put(path, data))

    def _put(self, path: str, data: bytes) -> str:
        put_file(self.directory / path, data)
        return file_digest(data)

    def _remove(self, paths: Iterable[str]) -> None:
        """Delete files that the database no longer names; what resists is swept when the run is opened again."""
        for path in paths:
            with contextlib.suppress(OSError):
                os.remove(self.directory / path)

    def _transact(self, drop: Iterable[Row], add: Iterable[Row]) -> Book:
        assert self._database is not None, "this archive is not open for writing"
        self._check_place(written=False)
        self._book = self._book._replace(seal=transact(self._database, self._book.seal, drop, add))
        self._check_place(written=True)
        return self._book

    def _check_place(self, written: bool) -> None:
        """CannotWrite unless the names of lock and database still lead to what is open: else all that is written is lost.

        written   whether there has been a transaction, so that the database has a log
        """
        gone = "" if same_file(self._lock, self.directory / "lock") else "lock"
        for name in DATABASE[:2]:
            try:
                status = (self.directory / name).lstat()
            except FileNotFoundError:
                if name == "run.db" or written or name in self._seen:
                    gone = name
            else:
                now_there = status.st_dev, status.st_ino
                if self._seen.setdefault(name, now_there) != now_there:
                    gone = name
        if gone:
            raise CannotWrite(
                f"{self.directory / gone}: was removed or replaced while this run is lived: no more of it can be saved there; "
                "begin it again, or resume a copy"
            )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """What the file system refuses becomes CannotWrite. After any failure what is on disk is looked up again."""
        last = self.last_commit
        stands = f"; the last commit (day {last.day:,}) is intact" if last else ""
        self._doubtful = True
        with writing(self.directory, stands):
            yield
        self._doubtful = False

    def _settle_doubt(self) -> None:
        assert self._database is not None, "this archive is not open for writing"
        if self._doubtful:
            with writing(self.directory):
                self._check_place(written=False)
                self._book = check_book(self._database, self.directory)
            sweep(self.directory, self._book)
            self._doubtful = False


def _limits(book: Book, table: str, day: int | None = None) -> Limits | None:
    """What a table may hold by the word of the commit of `day`, or of the last one; None for a matrix that nobody declared."""
    if table not in TABLES or not book.commits:
        return None
    commit = next((c for c in book.commits if c.day == day), book.commits[-1])
    rows = {name: count for name, count in commit.lengths.items() if count}  # without charters there is no city
    rows |= {f.table: f.rows for f in book.frames if f.day == commit.day}
    return Limits(table, counts_at(commit.day, rows, len(book.scenario.shots)))


def _frames_kept(days: Iterable[int]) -> set[int]:
    """The newest two, and the first of every 250 years."""
    ordered = sorted(days)
    firsts = {day // FRAME_PERIOD_DAYS: day for day in reversed(ordered)}
    return {*ordered[-2:], *firsts.values()}


def _commits_too_many(commits: list[Commit], frames: set[int]) -> list[Commit]:
    """The commit that grows too old to be kept beside an earlier one of its year, if any, before one is added."""
    if len(commits) <= COMMITS_KEPT:
        return []
    before, old = commits[-COMMITS_KEPT - 1], commits[-COMMITS_KEPT]
    return [old] if before.day // YEAR == old.day // YEAR and old.day not in frames else []


def _noted(key: str, value: str) -> str:
    assert (key + value).isprintable() and len(key) + len(value) <= NOTE_MAX, f"note {key!r}: {len(value)} characters"
    return value


def _open_locked(path: Path, lock: int) -> Archive:
    """The second half of opening for writing. The lock is given back when it fails."""
    database = None
    try:
        with writing(path):
            complete(path)
            sync_dir(path)  # for the database too, when it is new
            database, book = open_database(path)
        check_sizes(path, book)
        sweep(path, book)
        return Archive(path, book, database, lock)
    except BaseException:
        if database is not None:
            database.close()
        os.close(lock)
        raise
