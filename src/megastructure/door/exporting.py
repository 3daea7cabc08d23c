"""A run is written for another program while somebody waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..export import door
from .compiling import compile_exporter
from .terminal import show, waiting, work_shown

if TYPE_CHECKING:
    from ..export.told import Written


def write_history(directory: Path, file: Path, kind: str, tree: str) -> Written:
    """Write the history of a run; no engine is needed. errors   as `export.door.export_history`"""
    with work_shown(f"writing {show(file)}") as told:
        return door.export_history(directory, file, kind, tree, told)


def write_matter(
    directory: Path, file: Path, kind: str, box: str | None, year: int | None, day: int | None, lod: int, at: str | None,
    schem_version: int, quantised: bool, watertight: bool,
) -> tuple[Written, str]:  # fmt: skip
    """Write the matter of a place. returns  what was written, and which place it is. errors   as `export.door.export_matter`"""
    compile_exporter()
    from ..memory.run import Run

    with waiting("opening the run"):
        opened = Run.open(directory)
    with opened, work_shown(f"writing {show(file)}") as told:
        return door.export_matter(opened, file, kind, box, year, day, lod, at, schem_version, told, quantised, watertight)


__all__ = ["write_history", "write_matter"]
