"""Which sources decide a history: whatever the floor of time is made of, down to the ground. A run keeps their digest."""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b
from pathlib import Path

from ..words.floors import ENGINE

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
