"""Which sources decide a history: whatever the floor of time is made of, down to the ground. A run keeps their digest."""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from ..words.errors import BadRun
from ..words.floors import ENGINE

if TYPE_CHECKING:
    from .archive import Archive

HOUSE = Path(__file__).parents[1]
FROM = re.compile(r"^\s*from (\.+)([\w.]*) import \(?([^)\n]*)", re.MULTILINE)
# Digests of sources that differ from those of today in form alone: every golden digest is the same. Whoever changes how a law
# is written, and no golden digest moves, adds the digest of before; then runs that were made before can be lived again.
SAME_LAWS = frozenset[str]()


def imported(path: Path) -> set[Path]:
    """The files of the house that a file imports."""
    found = set()
    for dots, module, names in FROM.findall(path.read_text(encoding="utf-8")):
        base = path.parents[len(dots) - 1].joinpath(*module.split("."))
        within = [base / f"{name.split()[0]}.py" for name in names.split(",") if name.strip()]
        found |= {file for file in (base.with_suffix(".py"), base / "__init__.py", *within) if file.is_file()}
    return {file for file in found if file.is_relative_to(HOUSE)}


@cache
def law_sources() -> tuple[Path, ...]:
    """The sources that decide a history, in order of their names."""
    waiting, found = sorted((HOUSE / ENGINE[-1]).glob("*.py")), set()
    while waiting:
        path = waiting.pop()
        if path not in found and path.relative_to(HOUSE).parts[0] in ENGINE:
            found.add(path)
            waiting.extend(imported(path))
    return tuple(sorted(found))


@cache
def laws_digest() -> str:
    """A digest of the sources that decide a history; equal digests mean equal laws."""
    h = blake2b(digest_size=8)
    for path in law_sources():
        h.update(path.relative_to(HOUSE).as_posix().encode() + path.read_bytes())
    return h.hexdigest()


def same_laws(digest: str) -> bool:
    """Whether sources of that digest live every history as today's do."""
    return digest == laws_digest() or digest in SAME_LAWS


# ---- runs of other laws ----------------------------------------------------------------------------------------------------

LAWS_SINCE = (
    "laws-since"  # the key under which a run notes since when it is lived under other laws than those it was begun with
)


def laws_since(archive: Archive) -> list[tuple[int, str]]:
    """Days from which a run was lived on under other laws, with their digests. errors   BadRun: the note is damaged"""
    try:
        return [(int(day), str(digest)) for day, digest in json.loads(archive.notes.get(LAWS_SINCE, "[]"))]
    except (ValueError, TypeError, RecursionError):
        raise BadRun(f"{archive.directory}: what it notes of its laws is damaged") from None


def other_laws(archive: Archive) -> str:
    """How the laws of a run are others than today's, in words; empty where they are the same from its first day on."""
    if not same_laws(archive.laws_digest):
        return f"was made under other laws (version {archive.version})"
    since = [day for day, digest in laws_since(archive) if not same_laws(digest)]
    return f"was lived on under other laws from day {since[0]:,} on" if since else ""


def refuse_other_laws(archive: Archive, what: str) -> None:
    """errors   BadRun: a run has lived under other laws than today's, so that nobody can do this with it"""
    how = other_laws(archive)
    if how:
        raise BadRun(f"{archive.directory}: {how}: this version can read it, but not {what}")


def go_on_under(archive: Archive, day: int) -> None:
    """Note that a run is lived on under today's laws, unless it was lived under them until now."""
    known = laws_since(archive)
    if not same_laws(known[-1][1] if known else archive.laws_digest):
        archive.note(LAWS_SINCE, json.dumps([*known, (day, laws_digest())]))
