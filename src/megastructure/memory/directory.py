"""What lies in a run directory, against what its database names: whether a run may begin there, is whole, what is left over."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from ..words.errors import BadRun, CannotRead
from .book import DATABASE, OUR_FILES, REGISTERS, Book, FramePart, Part, read_book
from .disk import absent, partial, refuse_links, refuse_name, sync_dir, unreadable, writing

FOLDERS = (*REGISTERS, "frames", "pictures")
PATH_BYTES_MAX = 500  # of run.db: SQLite holds paths of 512 bytes, and puts an ending behind this one


def refuse_new(path: Path) -> None:
    """errors   BadRun, MegastructureError: no run can begin at such a path"""
    refuse_place(path)
    refuse_existing(path)


def refuse_place(path: Path) -> None:
    """errors   BadRun: no run can be lived at such a path; MegastructureError: no name of this system"""
    refuse_name(path)
    length = len(os.fsencode(os.path.realpath(path / "run.db")))
    if length > PATH_BYTES_MAX:
        raise BadRun(
            f"{path}: a path of {length} bytes to its database; expected at most {PATH_BYTES_MAX}: choose a shorter one"
        )


def refuse_existing(path: Path) -> None:
    """BadRun unless a run may begin here.

    An attempt that was cut short leaves a lock, half a database, or a run without a commit: nothing that could be lost.
    """
    if os.path.lexists(path / "run.db"):
        if not uncommitted(path):
            raise BadRun(f"{path}: holds a run already; continue it with megastructure resume, or choose another place")
        return
    try:
        there = {p.name for p in path.iterdir()} if os.path.lexists(path) else set()
    except OSError as problem:
        kind = BadRun if problem.errno in (errno.ENOTDIR, errno.ELOOP) else CannotRead
        raise kind(f"{path}: {problem.strerror}; expected an empty or new directory") from None
    foreign = sorted(there - {"lock", partial(path / "run.db").name})
    if foreign:
        raise BadRun(f"{path}: holds {foreign[0]!r} and no run; expected an empty or new directory")


def uncommitted(path: Path) -> bool:
    """Whether a run lies there that was never committed to."""
    try:
        return not read_book(path).commits
    except BadRun:
        return False


def clear(path: Path) -> None:
    """Take away a run without a commit, so that another can begin in its place; whoever calls holds the lock.

    First the log of its database, which must never lie beside another one; the database itself is replaced by the next.
    """
    with writing(path):
        for name in DATABASE[1:]:
            if os.path.lexists(path / name):
                os.remove(path / name)
                sync_dir(path)
        for folder in (*REGISTERS, "frames"):
            if os.path.isdir(path / folder) and not os.path.islink(path / folder):
                _sweep_folder(path, folder, set())


def run_path(directory: str | Path) -> Path:
    """The whole path of a directory that holds a run. errors   BadRun: there is none"""
    path = Path(os.path.abspath(directory))
    if why := absent(path):
        raise BadRun(f"{path}: {why}; expected the directory of a run")
    if not os.path.lexists(path / "run.db"):
        raise BadRun(f"{path}: holds no run.db; expected the directory of a run")
    return path


def complete(path: Path) -> None:
    """Make the folders of a run that are not there: copies of a run often lack its empty directories. errors   BadRun"""
    for folder in FOLDERS:
        if not os.path.lexists(path / folder):
            os.mkdir(path / folder)
        elif not stat.S_ISDIR((path / folder).lstat().st_mode):
            raise BadRun(f"{path / folder}: not a plain directory")


def check_sizes(path: Path, book: Book) -> None:
    """All files that the database names are there, and as long as they were. Their digests are compared when read."""
    named: list[Part | FramePart] = [p for parts in book.parts.values() for p in parts]
    for p in [*named, *book.frames]:
        try:
            refuse_links(path, p.path)
            size = (path / p.path).lstat().st_size
        except FileNotFoundError as problem:
            raise BadRun(f"{path / p.path}: {p.table}: missing: {problem.strerror}") from None
        except OSError as problem:
            raise unreadable(path / p.path, p.table, problem) from None
        if size != p.bytes:
            raise BadRun(f"{path / p.path}: {p.table}: {size} bytes; {p.bytes} were committed")


def sweep(path: Path, book: Book) -> None:
    """Delete what a crash left over: files with names of ours that the database does not name."""
    named = {p.path for parts in book.parts.values() for p in parts} | {f.path for f in book.frames}
    with writing(path):
        for folder in (*REGISTERS, "frames"):
            _sweep_folder(path, folder, named)


def _sweep_folder(path: Path, folder: str, named: set[str]) -> None:
    for name in sorted(os.listdir(path / folder)):
        if OUR_FILES.fullmatch(name) and f"{folder}/{name}" not in named:
            try:
                os.remove(path / folder / name)
            except PermissionError:
                if os.name != "nt":  # there a reader that has it open keeps it until the next time
                    raise
