"""Which runs there are: those that lie in a folder, those that a word names."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..words.errors import BadRun
from .archive import Archive
from .book import Commit
from .disk import absent


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


def runs_in(folder: str | Path) -> list[RunInfo]:
    """The runs directly below a folder, by name. One that cannot be read has its `problem` told. errors   BadRun"""
    found = []
    try:
        paths = sorted(Path(folder).iterdir())
    except OSError as problem:
        raise BadRun(f"{folder}: {problem.strerror}; expected a folder of runs") from None
    for path in paths:
        if not os.path.isfile(path / "run.db"):
            continue
        try:
            archive = Archive.open_to_read(path)
        except BadRun as problem:
            found.append(RunInfo(path.name, path, problem=str(problem)))
            continue
        last = archive.last_commit or Commit(0, "", {}, archive.created)
        scenario = archive.scenario
        found.append(
            RunInfo(path.name, path, scenario.seed, last.day, scenario.years, archive.parent, last.digest, last.written)
        )
    return found


def expand(words: Iterable[str]) -> list[list[str]]:
    """The runs that each word names: a directory, or a pattern such as 'runs/city-at-900-*'. errors   BadRun"""
    found = []
    for word in words:
        paths = [word] if os.path.exists(word) else sorted(p for p in glob.glob(word) if (Path(p) / "run.db").is_file())
        if not paths:
            why = "no run matches" if glob.has_magic(word) else absent(Path(word))
            raise BadRun(f"{word}: {why}; expected the directory of a run, or a pattern of several")
        found.append(paths)
    return found
