"""What is made for others, a picture, a film, an export: whole or not there. Until then it has another name beside its place.

Whoever is killed leaves what there was of it. Its name says who wrote it, so the next one who writes beside it takes it away.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

from ..words.errors import CannotWrite, MegastructureError
from .disk import NOFOLLOW, one_line, refuse_name, sync_file, what_to_do

PART = re.compile(r"\..*\.megastructure-([0-9a-f]{8})-([0-9]{1,10})-[0-9]+\.part(\.[a-z0-9]{1,8})?", re.DOTALL)
NAME_KEPT = 40  # characters of a name in that of its part: together they stay below 255 bytes
FOREIGN_SECONDS = 86_400  # so old is what another machine has left, before it is taken for abandoned
_numbers = itertools.count()


@contextmanager
def new_file(path: Path, elsewhere: str = "choose another place") -> Iterator[Path]:
    """The name to write a file under: it is there, and empty. Afterwards it has its own, in the place of an older file.

    elsewhere   what to do where nothing can be written
    errors      MegastructureError: something else than a file stands there, or it is no name; CannotWrite
    """
    check_new_file(path)
    with _refusals(path, elsewhere):
        part = _beside(path, path.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", path.suffix) else "")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOFOLLOW, 0o666))
        try:
            yield part
            sync_file(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def check_new_file(path: Path) -> None:
    """errors   MegastructureError: something else than a file stands there, or it is no name"""
    refuse_name(path)
    if os.path.lexists(path) and not path.is_file():
        what = "a folder stands there" if path.is_dir() else "what stands there is no plain file"
        raise MegastructureError(f"{path}: {what}; expected the name of a new file")


def check_new_folder(path: Path) -> None:
    """errors   MegastructureError: something stands there, or it is no name"""
    refuse_name(path)
    if os.path.lexists(path) and not (path.is_dir() and not any(path.iterdir())):
        raise MegastructureError(f"{path}: something stands there already; expected a new name, for this export is a folder")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill; afterwards it has its own name. Nothing that stands there is ever replaced.

    errors   MegastructureError: something stands there, or it is no name; CannotWrite
    """
    check_new_folder(path)
    with _refusals(path, "choose another place"):
        part = _beside(path, "")
        part.mkdir()
        try:
            yield part
            if path.exists():
                path.rmdir()  # it is empty, and not everywhere can a folder be renamed onto one
            part.replace(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def sweep_parts(folder: Path) -> None:
    """Take away what processes that have ended left half written in a folder; what resists stays."""
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            of = PART.fullmatch(entry.name)
            if of is None or entry.is_symlink() or not _abandoned(of[1], int(of[2]), entry.stat(follow_symlinks=False)):
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    os.remove(entry.path)


def _beside(path: Path, ending: str) -> Path:
    """A name beside a place whose folder is made, and free of what others left."""
    with suppress(FileNotFoundError):
        path.lstat()  # a name that is too long is refused before the work
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep_parts(path.parent)
    name = f".{path.name[:NAME_KEPT]}.megastructure-{_system()}-{os.getpid()}-{next(_numbers)}.part{ending}"
    return path.with_name(name)


def _abandoned(system: str, process: int, status: os.stat_result) -> bool:
    """Whether nobody writes a part any more. Of another machine's processes nothing is known but how old it is."""
    if system != _system() or os.name == "nt":  # there a signal 0 would end the process
        return time.time() - status.st_mtime > FOREIGN_SECONDS
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


@cache
def _system() -> str:
    """Among which processes a number means the same one: a machine, or a container on it."""
    among = ""
    with suppress(OSError):
        among = os.readlink("/proc/self/ns/pid")
    return blake2b(f"{socket.gethostname()} {among}".encode(), digest_size=4).hexdigest()


@contextmanager
def _refusals(path: Path, elsewhere: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as problem:
        what = getattr(problem, "strerror", None) or one_line(problem)
        advice = what_to_do(problem, "free some space, then try again", f"make the folder writable, or {elsewhere}")
        raise CannotWrite(f"{path}: cannot write: {what}; {advice}") from None


def bytes_in(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; one with several names counts once."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum({(at.st_dev, at.st_ino): at.st_size for at in (p.stat() for p in files)}.values())


__all__ = ["bytes_in", "check_new_file", "check_new_folder", "new_file", "new_folder", "sweep_parts"]
