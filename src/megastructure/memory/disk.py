"""How files of a run change: complete and durable or not at all, under one lock, and with refusals in plain words."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import sqlite3
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..words.errors import BadRun, CannotRead, CannotWrite, MegastructureError

NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
BINARY = getattr(os, "O_BINARY", 0)
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_PERMISSION = (errno.EROFS, errno.EACCES, errno.EPERM)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
REFUSED = (  # what SQLite says when it is the disk that refuses
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS,
)  # fmt: skip
# Windows keeps these names for devices, with any ending: what is written to NUL.png is gone.
PORTS = frozenset(f"{d}{n}" for d in ("COM", "LPT") for n in "0123456789¹²³")
DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}) | PORTS


def partial(path: Path) -> Path:
    """The name of a file under way: hidden, and no glob for *.parquet finds it."""
    return path.with_name(f".{path.name}.partial")


def put_file(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, complete and synced, then give it its own; `sync_dir` makes that durable."""
    under_way = partial(path)
    try:
        handle = os.open(under_way, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NOFOLLOW | BINARY, 0o666)
        try:
            left = memoryview(data)
            while left:  # a disk that is nearly full takes less than it was given
                left = left[os.write(handle, left) :]
            _sync(handle)
        finally:
            os.close(handle)
        os.replace(under_way, path)
    except OSError as problem:
        with contextlib.suppress(OSError):  # half a file on a full disk helps nobody
            os.remove(under_way)
        raise OSError(problem.errno, problem.strerror, str(path)) from None


def sync_dir(path: Path) -> None:
    """Make the names in a directory durable."""
    if sys.platform != "win32":
        handle = os.open(path, os.O_RDONLY)
        try:
            _sync(handle)
        finally:
            os.close(handle)


def make_dirs(path: Path) -> None:
    """Make a directory and its parents, durably."""
    for missing in [p for p in reversed((path, *path.parents)) if not p.exists()]:
        with contextlib.suppress(FileExistsError):
            os.mkdir(missing)
        sync_dir(missing.parent)


def sync_file(path: Path) -> None:
    """Make what was written to a file durable."""
    handle = os.open(path, os.O_RDWR | BINARY)
    try:
        _sync(handle)
    finally:
        os.close(handle)


def _sync(handle: int) -> None:
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # fsync alone leaves the data in the cache of the drive
    else:
        os.fsync(handle)


@contextlib.contextmanager
def writing(path: Path, stands: str = "") -> Iterator[None]:
    """Turn the refusals of the file system and of SQLite into CannotWrite: what, where, `stands`, what to do."""
    space = "free some space, then resume"
    try:
        yield
    except OSError as problem:
        advice = what_to_do(problem, space, "make the directory writable, or choose another with --out")
        where = problem.filename if isinstance(problem.filename, str) else path
        raise CannotWrite(f"{where}: cannot write: {problem.strerror or problem}{stands}; {advice}") from None
    except sqlite3.Error as problem:
        if sqlite_code(problem) in DAMAGED:
            raise BadRun(f"{path / 'run.db'}: damaged: {one_line(problem)}") from None
        advice = what_to_do(problem, space)
        raise CannotWrite(f"{path / 'run.db'}: cannot write: {one_line(problem)}{stands}; {advice}") from None


def what_to_do(problem: OSError | sqlite3.Error, space: str, permission: str = "") -> str:
    """What a user may do when the disk refuses: `space`, where it is full; `permission`, where one may not write."""
    if problem.errno in NO_SPACE if isinstance(problem, OSError) else sqlite_code(problem) == sqlite3.SQLITE_FULL:
        return space
    if isinstance(problem, OSError) and problem.errno in NO_PERMISSION:
        return permission
    if isinstance(problem, OSError) and problem.errno == errno.ENAMETOOLONG:
        return "choose a shorter name"
    return "look at the disk, then try again"


def sqlite_code(problem: sqlite3.Error) -> int:
    """SQLite's own code of a refusal, without its details; 0: none is told."""
    return int(getattr(problem, "sqlite_errorcode", 0)) & 255


def take_lock(directory: Path) -> int:
    """The handle of DIR/lock, locked until it is closed or its process ends.

    errors   BadRun: someone else holds it; CannotWrite
    """
    while True:
        handle = _lock_once(directory)
        if same_file(handle, directory / "lock"):
            return handle
        os.close(handle)  # it was removed between opening and locking, and no longer keeps anybody out


def same_file(handle: int, path: Path) -> bool:
    """Whether a path still leads to the file that is open."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def _lock_once(directory: Path) -> int:
    with writing(directory):
        with contextlib.suppress(FileNotFoundError):
            refuse_links(directory, "lock")
        handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | NOFOLLOW | BINARY, 0o666)
        try:
            if sys.platform == "win32":
                import msvcrt

                os.lseek(handle, 1 << 20, os.SEEK_SET)  # nobody can read a locked byte: lock one behind the text
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            holder = os.read(handle, 200).decode("ascii", "replace").strip().replace("\n", ", ")
            os.close(handle)
            if problem.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
                raise
            holder = plain(holder)
            raise BadRun(f"{directory}: another process writes this run ({holder}); wait for it or end it") from None
        text = f"pid {os.getpid()}\nhost {socket.gethostname()}\nsince {now()}\n"
        with contextlib.suppress(OSError):  # the text is for people; the lock holds without it
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, text.encode("ascii", "replace"))
        return handle


def refuse_links(root: Path, name: str) -> None:
    """Only plain files in plain directories below a run are ever opened.

    errors   BadRun; FileNotFoundError
    """
    path = root
    for piece in Path(name).parts:
        if path != root and not stat.S_ISDIR(path.lstat().st_mode):
            raise BadRun(f"{path}: not a plain directory")
        path = path / piece
    if not stat.S_ISREG(path.lstat().st_mode):
        raise BadRun(f"{path}: not a plain file")


def absent(path: Path, folder: bool = True) -> str:
    """What the system says of a path where one looks for a folder (or for none) that is not there; empty where it is."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as problem:  # of a name with a zero byte it is a ValueError
        return getattr(problem, "strerror", None) or str(problem)
    if stat.S_ISDIR(mode) == folder:
        return ""
    return os.strerror(errno.ENOTDIR if folder else errno.EISDIR)


def unreadable(path: Path, table: str, problem: OSError) -> BadRun:
    """What a file that cannot be read is to a user: not what belongs to a run, or a disk that refuses."""
    kind = BadRun if problem.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP) else CannotRead
    return kind(f"{path}: {table}: cannot be read: {problem.strerror or problem}")


def refuse_name(path: Path, windows: bool = os.name == "nt") -> None:
    """errors   MegastructureError: a path of which this system makes something else than a file of that name there"""
    if "\0" in str(path):
        raise MegastructureError(f"{plain(str(path))}: a name cannot hold a zero byte; choose another")
    for piece in path.parts[bool(path.anchor) :] if windows else ():
        if piece in (".", ".."):
            continue
        what = ""
        if piece.rstrip(" .").partition(".")[0].rstrip().upper() in DEVICES:
            what = "is the name of a device here"
        elif piece[-1] in " .":
            what = "ends with a space or a dot, which are lost here"
        elif any(c in '<>:"|?*' or ord(c) < 32 for c in piece):
            what = 'holds one of < > : " | ? *, which names cannot hold here'
        if what:
            raise MegastructureError(f"{plain(str(path))}: {plain(piece)!r} {what}; choose another name")
    above = next((parent for parent in path.parents if os.path.lexists(parent)), path)
    if above != path and os.path.exists(above) and not os.path.isdir(above):
        raise MegastructureError(f"{path}: {os.strerror(errno.ENOTDIR)}: {above}; choose another name")


def plain(text: str) -> str:
    """Text as it may be stored, in notes and above a scenario: one line of printable characters, all others `?`.

    It is not `words.shown.shown`, which spells them out and leaves spaces of all scripts: what is stored is read again, by
    strangers too, and must not grow nor hold what `note` refuses.
    """
    return "".join(c if c.isprintable() else "?" for c in text)


def one_line(problem: BaseException) -> str:
    """What went wrong, in one short printable line."""
    return plain(" ".join(str(problem).split())[:300]) or type(problem).__name__


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def give_back_memory() -> None:
    """Return what was freed to the system: after a run was read, glibc would keep some fifty megabytes in pieces, and of the
    copies that the commits of a long run are made from, two hundred."""
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
