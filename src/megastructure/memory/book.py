"""The book of a run, `run.db`: which files belong to it, how long they are, and what was true on which day.

It may come from a stranger. Its tables must be the ones below to the letter; types, ranges and paths are checked, and
all rows together carry a seal, so that a flipped bit is found before it can mislead.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from ..ground.limits import ALONE, ASCENDING
from ..ground.scenario import Scenario
from ..ground.tables import TABLES, YEAR
from ..words.counts import counted
from ..words.errors import BadRun, CannotRead, MegastructureError
from .disk import REFUSED, one_line, refuse_links, sqlite_code
from .parts import bytes_max, fields_of, row_bytes

DATABASE = ("run.db", "run.db-wal", "run.db-shm")  # and what SQLite puts beside it
SCHEMA = 2  # of this database; a run of another schema is refused
REGISTERS = ASCENDING  # tables that are only appended to, each with its column of days
ROWS_MAX = 2**31 - 1  # serials are int32
UNFOLDED_MAX = 1 << 24  # bytes of rows of a stored day; beyond, its files must be longer than FOLDED of what they hold
FOLDED = (
    32  # honest files, far beyond that size, hold 2 to 5 times as many bytes as they have (a small one of a still city 200)
)
PARTS_MOST, FRAMES_MOST = 4096, 65_536  # rows of the database; an honest one has a few hundred, and 10 frames for 250 years
DATABASE_BYTES_MAX = 1 << 26
LOG_BYTES_MAX = 1 << 28
TEXT_BYTES_MAX = 1 << 22
NOTE_MAX = 1 << 20  # characters, printable

MADE_OF = {
    "meta": "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "commits": "CREATE TABLE commits(day INTEGER PRIMARY KEY, digest TEXT NOT NULL, lengths TEXT NOT NULL, "
    "written TEXT NOT NULL)",
    "parts": "CREATE TABLE parts(path TEXT PRIMARY KEY, table_name TEXT NOT NULL, first_row INTEGER NOT NULL, "
    "rows INTEGER NOT NULL, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, bytes INTEGER NOT NULL, "
    "blake2b TEXT NOT NULL, commit_day INTEGER NOT NULL) WITHOUT ROWID",
    "frames": "CREATE TABLE frames(path TEXT PRIMARY KEY, day INTEGER NOT NULL, table_name TEXT NOT NULL, "
    "rows INTEGER NOT NULL, columns INTEGER NOT NULL, bytes INTEGER NOT NULL, blake2b TEXT NOT NULL) WITHOUT ROWID",
}
KINDS = {
    "meta": [str, str],
    "commits": [int, str, str, str],
    "parts": [str, str, int, int, int, int, int, str, int],
    "frames": [str, int, str, int, int, int, str],
}
NEEDED = ("schema", "version", "seed", "scenario", "laws_digest", "created", "seal")
WORD = re.compile(r"[0-9A-Za-z:+._-]{1,200}")  # digests and times
FRAME_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
BLAKE2B = re.compile(r"[0-9a-f]{64}")
OUR_FILES = re.compile(r"\.?[0-9]{10,12}-([0-9]{12}|[a-z][a-z0-9_]{0,30})\.parquet(\.partial)?")


class Meta(NamedTuple):
    """A line about the whole run."""

    key: str
    value: str


class Commit(NamedTuple):
    """A day up to which all is on disk: digest of the state after it, rows of each register, time of writing (UTC)."""

    day: int
    digest: str
    lengths: Mapping[str, int]
    written: str


class Part(NamedTuple):
    """An immutable file of consecutive rows of a register."""

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


Row = Meta | Commit | Part | FramePart


class Book(NamedTuple):
    """All that the database says, checked. `seal`: the sum of the hashes of its rows, modulo 2^128."""

    meta: dict[str, str]
    commits: list[Commit]
    parts: dict[str, list[Part]]
    frames: list[FramePart]
    scenario: Scenario
    seal: int


def part_path(table: str, first_row: int, rows: int) -> str:
    """Where the rows of a register lie: a path follows from numbers, so none can lead out of the run."""
    return f"{table}/{first_row:012d}-{first_row + rows - 1:012d}.parquet"


def frame_path(day: int, table: str) -> str:
    """Where a mutable table of a day lies."""
    return f"frames/{day:010d}-{table}.parquet"


def file_digest(data: bytes) -> str:
    """BLAKE2b with 256 bits."""
    return blake2b(data, digest_size=32).hexdigest()


# ---------------------------------------------------------------------- writing


def new_database(meta: dict[str, str]) -> bytes:
    """The bytes of a database without a commit, in WAL mode from birth: no rollback journal ever lies beside it."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "run.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        for sql in MADE_OF.values():
            database.execute(sql)
        database.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        seal = sum(_hash("meta", item) for item in meta.items()) % 2**128
        database.execute("INSERT INTO meta VALUES ('seal', ?)", (f"{seal:032x}",))
        database.close()
        return (Path(folder) / "run.db").read_bytes()


def open_database(directory: Path) -> tuple[sqlite3.Connection, Book]:
    """The database open for writing, each transaction durable when it returns. errors   BadRun, sqlite3.Error"""
    _check_files(directory)
    uri = f"{(directory / 'run.db').as_uri()}?mode=rw"
    database = sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        book = check_book(database, directory)
        mode = database.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise BadRun(f"{directory / 'run.db'}: journal mode {mode}: this file system cannot hold a living run")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA fullfsync=ON")
    except BaseException:
        database.close()
        raise
    return database, book


def transact(database: sqlite3.Connection, seal: int, drop: Iterable[Row], add: Iterable[Row]) -> int:
    """Drop and add rows, all or none, durable on return; the new seal. errors   sqlite3.Error"""
    try:
        database.execute("BEGIN IMMEDIATE")
        for row in drop:
            table, values = _stored(row)
            seal -= _hash(table, values)
            key = {"meta": "key", "commits": "day"}.get(table, "path")
            database.execute(f"DELETE FROM {table} WHERE {key} = ?", values[:1])
        for row in add:
            table, values = _stored(row)
            seal += _hash(table, values)
            database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        database.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (f"{seal % 2**128:032x}",))
        database.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        raise
    return seal % 2**128


def _stored(row: Row) -> tuple[str, tuple[Any, ...]]:
    """The table of the database that a row belongs to, and its values there."""
    if isinstance(row, Commit):
        return "commits", (row.day, row.digest, json.dumps(row.lengths), row.written)
    return "meta" if isinstance(row, Meta) else "parts" if isinstance(row, Part) else "frames", tuple(row)


def _hash(table: str, values: tuple[Any, ...]) -> int:
    return int.from_bytes(blake2b(json.dumps([table, *values]).encode(), digest_size=16).digest(), "big")


# ---------------------------------------------------------------------- reading


def read_book(directory: Path) -> Book:
    """What the database says now, read without writing; a writer may be at work. errors   BadRun, CannotRead"""
    for _ in range(5):
        before = _signature(directory)
        try:
            return _read_once(directory)
        except BadRun:
            if _signature(directory) == before:  # else a writer changed it under our eyes: look again
                raise
    return _read_once(directory)


def _read_once(directory: Path) -> Book:
    _check_files(directory)
    try:
        # SQLite reads a log only where it can write its index.
        if not (directory / "run.db-wal").exists() or os.access(directory, os.W_OK):
            with contextlib.suppress(sqlite3.Error):  # a full disk, say, has no room for that index
                return _read_at(directory, directory)
        with tempfile.TemporaryDirectory() as place:
            for name in DATABASE[:2]:
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(directory / name, Path(place) / name)
            return _read_at(Path(place), directory)
    except (sqlite3.Error, OSError) as problem:
        raise CannotRead(f"{directory / 'run.db'}: cannot be read: {one_line(problem)}") from None


def _read_at(place: Path, directory: Path) -> Book:
    """What the database in `place` says of the run in `directory`. errors   BadRun; sqlite3.Error: the disk refuses"""
    log = place / "run.db-wal"
    # Without a log there is nothing to wait for, and a reader need not leave files behind.
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    uri = f"{(place / 'run.db').as_uri()}?{mode}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None)) as database:
        return check_book(database, directory)


def _signature(directory: Path) -> list[tuple[int, int]]:
    found = []
    for name in ("run.db", "run.db-wal"):
        with contextlib.suppress(OSError):
            status = (directory / name).stat()
            found.append((status.st_mtime_ns, status.st_size))
    return found


def _check_files(directory: Path) -> None:
    """The database and its log are plain files of modest size, and nothing beside them asks to be rolled back."""
    if os.path.lexists(directory / "run.db-journal"):  # it could name any file of the disk as its super-journal
        raise BadRun(f"{directory / 'run.db-journal'}: does not belong to a run")
    for name, limit in (("run.db", DATABASE_BYTES_MAX), ("run.db-wal", LOG_BYTES_MAX), ("run.db-shm", LOG_BYTES_MAX)):
        try:
            refuse_links(directory, name)
            size = (directory / name).stat().st_size
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise CannotRead(f"{directory / name}: cannot be read: {problem.strerror}") from None
        if size > limit:
            raise BadRun(f"{directory / name}: {size:,} bytes; at most {limit:,} belong to a run")


def check_book(database: sqlite3.Connection, directory: Path) -> Book:
    """All that an open database says.

    errors   BadRun, when anything about it is not as this program writes it; sqlite3.Error, when the disk refuses
    """
    try:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX)
        if hasattr(database, "setconfig"):  # Python 3.12
            database.setconfig(getattr(sqlite3, "SQLITE_DBCONFIG_DEFENSIVE"), True)  # noqa: B009
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
            database.execute(f"PRAGMA {pragma}").fetchall()
        database.execute("BEGIN")
        try:
            made_of = database.execute("SELECT sql FROM sqlite_master LIMIT 50").fetchall()  # in any order: sorted below
            expected = sorted((sql,) for sql in MADE_OF.values())
            _need(sorted(made_of, key=str) == expected, "its tables are not those of a run of this version")
            pages, size = (database.execute(f"PRAGMA {p}").fetchone()[0] for p in ("page_count", "page_size"))
            _need(pages * size <= DATABASE_BYTES_MAX, "it is too large")
            _need(database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",), "it is damaged")
            for table, most in (("parts", PARTS_MOST), ("frames", FRAMES_MOST), ("meta", 1000)):
                count = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                _need(count <= most, f"{table}: {count:,} rows; at most {most:,} belong to a run")
            # In any order: whoever reads the rows sorts them, and the seal is a sum.
            read = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in MADE_OF}
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")
        return _book(read)
    except (sqlite3.Error, ValueError, RecursionError, MemoryError, MegastructureError) as problem:
        if isinstance(problem, sqlite3.Error) and sqlite_code(problem) in REFUSED:
            raise
        raise BadRun(f"{directory / 'run.db'}: {one_line(problem)}") from None


def _need(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)


def _book(read: dict[str, list[tuple[Any, ...]]]) -> Book:
    for table, rows in read.items():
        _need(all([type(value) for value in row] == KINDS[table] for row in rows), f"{table}: a wrong type")
    meta = dict(read["meta"])
    missing = [key for key in NEEDED if key not in meta]
    _need(not missing, f"meta: {', '.join(missing)} is missing")
    seal = meta.pop("seal")
    total = -_hash("meta", ("seal", seal)) + sum(_hash(table, row) for table, rows in read.items() for row in rows)
    total %= 2**128
    _need(seal == f"{total:032x}", "damaged: its seal does not fit its rows")
    _need(meta["schema"] == str(SCHEMA), f"written in schema {meta['schema'][:20]}; this version reads {SCHEMA}")
    texts = [key + value for key, value in meta.items() if key != "scenario"]
    _need(all(text.isprintable() and len(text) <= NOTE_MAX + 10 for text in texts), "meta: not plain text")
    parent_day = meta.get("parent_day", "0")
    _need(("parent_run" in meta) == ("parent_day" in meta), "meta: half a parent")
    _need(re.fullmatch("[0-9]{1,10}", parent_day) is not None, "meta.parent_day is not a day")
    scenario = Scenario.from_toml(meta["scenario"], "meta.scenario")
    _need(meta["seed"] == str(scenario.seed), "meta.seed is not that of the scenario")

    commits = _commits(read["commits"])
    lengths = commits[-1].lengths if commits else dict.fromkeys(REGISTERS, 0)
    parts, frames = _parts(read["parts"], lengths), _frames(read["frames"], commits)
    _check_unfolded(commits, parts, frames)
    return Book(meta, commits, parts, frames, scenario, total)


def _commits(rows: list[tuple[Any, ...]]) -> list[Commit]:
    commits: list[Commit] = []
    before = dict.fromkeys(REGISTERS, 0)
    for day, digest, text, written in sorted(rows):
        what = f"commits: day {day}"
        _need(0 <= day < 2**31, f"{what} is no day")
        _need(bool(WORD.fullmatch(digest)) and bool(WORD.fullmatch(written)), f"{what}: not plain text")
        lengths: Any = json.loads(text) if len(text) < 1000 else None
        _need(isinstance(lengths, dict) and list(lengths) == list(REGISTERS), f"{what}: no lengths")
        grows = all(type(n) is int and before[t] <= n <= ROWS_MAX for t, n in lengths.items())
        _need(grows, f"{what}: a register shrinks")
        commits.append(Commit(day, digest, lengths, written))
        before = lengths
    return commits


def _parts(rows: list[tuple[Any, ...]], lengths: Mapping[str, int]) -> dict[str, list[Part]]:
    """The parts of each register, which cover its rows without gap or overlap."""
    parts: dict[str, list[Part]] = {table: [] for table in REGISTERS}
    ends = dict.fromkeys(REGISTERS, 0)
    for p in sorted((Part(*row) for row in rows), key=lambda p: (p.table, p.first_row)):
        _need(p.table in REGISTERS, "parts: an unknown table")
        what = f"parts: {p.table} from row {p.first_row}"
        _need(p.first_row == ends[p.table] and 0 < p.rows <= ROWS_MAX, f"{what}: rows are missing or there twice")
        _need(p.path == part_path(p.table, p.first_row, p.rows), f"{what}: a wrong path")
        _need(0 < p.bytes <= bytes_max(p.table, len(fields_of(p.table)), p.rows), f"{what}: {p.bytes} bytes")
        _need(bool(BLAKE2B.fullmatch(p.blake2b)), f"{what}: a wrong digest")
        parts[p.table].append(p)
        ends[p.table] += p.rows
    for table, end in ends.items():
        _need(end == lengths[table], f"parts: {table} has {end} rows; {lengths[table]} were committed")
    return parts


def _check_unfolded(commits: list[Commit], parts: dict[str, list[Part]], frames: list[FramePart]) -> None:
    """Whoever reads a stored day reads its registers and its frame: few bytes must not become many.

    There is one row of the series for each year, however well a quiet one is packed.
    """
    if not commits:
        return
    years = commits[-1].day // YEAR + 1
    _need(commits[-1].lengths["series"] <= years, f"parts: series has more rows than {counted('year', years)}")
    others = [p for table, known in parts.items() if table != "series" for p in known]
    unfolded = sum(p.rows * row_bytes(p.table) for p in others)
    on_disk = sum(p.bytes for p in others)
    of_days: dict[int, tuple[int, int]] = {}
    for f in frames:
        total, size = of_days.get(f.day, (unfolded, on_disk))
        of_days[f.day] = total + f.rows * row_bytes(f.table, max(f.columns, 1)), size + f.bytes
    for day, (total, size) in of_days.items():
        _need(total <= max(UNFOLDED_MAX, FOLDED * size), f"day {day}: {size:,} bytes would unfold to {total:,}")
    _need(unfolded <= max(UNFOLDED_MAX, FOLDED * on_disk), f"parts: {on_disk:,} bytes would unfold to {unfolded:,}")


def _frames(rows: list[tuple[Any, ...]], commits: list[Commit]) -> list[FramePart]:
    days = {commit.day for commit in commits}
    frames = [FramePart(*row) for row in sorted(rows)]
    for f in frames:
        what = f"frames: {f.path[:60]!r}"
        _need(
            f.day in days and bool(FRAME_NAME.fullmatch(f.table)) and f.table not in REGISTERS,
            f"{what}: a wrong day or name",
        )
        _need(f.path == frame_path(f.day, f.table), f"{what}: a wrong path")
        _need(0 <= f.rows <= ROWS_MAX and 0 <= f.columns <= 1000, f"{what}: {f.rows} rows of {f.columns}")
        width = max(f.columns, 1)
        _need(f.table not in TABLES or f.columns == len(fields_of(f.table)), f"{what}: {f.columns} columns")
        _need(f.table not in ALONE or f.rows == 1, f"{what}: {f.rows} rows; expected one")
        _need(0 < f.bytes <= bytes_max(f.table, width, f.rows), f"{what}: {f.bytes} bytes")
        _need(bool(BLAKE2B.fullmatch(f.blake2b)), f"{what}: a wrong digest")
    return frames
