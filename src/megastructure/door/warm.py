"""Compiling once: the engine is compiled by two processes side by side, the camera by one while the years pass.

Numba compiles each kernel when its module is imported and keeps it in the cache folder; so a process that only imports a
module fills the cache for all others. `python -m megastructure.door.warm MODULE ...` is such a process.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from ..words.kernel import cache_folder, is_warm, mark_warm

if TYPE_CHECKING:
    from rich.console import Console

# What to import for each part: what another process compiles meanwhile and the end needs, what it goes on with, what we
# compile, and the end. Both begin with small modules that the other one needs a second later.
PARTS = {
    "engine": (
        ("matter.index", "laws.office", "laws.remnant", "laws.safeguard", "laws.combat", "laws.struggle", "laws.wanderer", "laws.gun"),
        ("matter.ledger", "time.rebuild"),
        ("land.survey", "land.costs", "laws.construction", "laws.replication", "laws.power", "society.allegiance", "ground.chronicle",
         "laws.authority", "laws.heredity", "laws.infection", "laws.endings"), ("time.tick",),
    ),
    "camera": (("look.paint",), (), ("look.bricks", "look.skin"), ("look.still",)),
    "viewer": (("matter.mesh",), (), (), ("watch.matter",)),
    "exporter": (("matter.mesh",), (), (), ("export.quads",)),
}  # fmt: skip
FACE = {"engine": "engine", "camera": "look", "viewer": "watch", "exporter": "export"}
_begun: dict[str, subprocess.Popen[str]] = {}


def begin(part: str) -> None:
    """Start a process that compiles the first half of a part, unless that is done already."""
    face = FACE[part]
    if part not in _begun and cache_folder(face) is not None and not is_warm(face):
        _begun[part] = subprocess.Popen(
            [sys.executable, "-m", "megastructure.door.warm", *PARTS[part][0], *PARTS[part][1]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip


def finish(part: str, console: Console) -> None:
    """Import a part, which compiles what is not in the cache; says so on `console` when it will take a while."""
    theirs, more, mine, last = PARTS[part]
    if cache_folder(FACE[part]) is None or is_warm(FACE[part]):
        load(*theirs, *more, *mine, *last)
        return
    began = time.monotonic()
    with console.status(f"compiling the {part} once, for all later runs (under a minute)"):
        begin(part)
        other = _begun.pop(part)
        load(*mine)
        if other.stdout is not None:
            for _ in theirs:
                other.stdout.readline()  # each line says that one is compiled; the rest follows while we go on
        load(*theirs, *last)
        other.wait()
        load(*more)
    mark_warm(FACE[part])
    console.print(f"compiled the {part} once, for all later runs: {time.monotonic() - began:.0f} s")


def load(*modules: str) -> None:
    """Import modules of this package."""
    for module in modules:
        importlib.import_module(f"megastructure.{module}")


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        load(wanted)
        print(wanted, flush=True)
