"""What commands print with --json: declared keys, which keep their names and meanings. `say_json` prints a record.

Numbers are whole numbers, up to 63 bits long, but for those of statistics.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..ground.scenario import Scenario, knobs
from ..ground.tables import YEAR
from ..memory.archive import Archive
from ..memory.fork import Branch
from ..memory.run import Verified, noted_centuries
from ..told.ending import Watched
from ..words.errors import MegastructureError

Record = dict[str, Any]

LISTS = ("runs", "knobs")  # commands that print a list of records; the others print one

KEYS = {
    "info": {
        "run": "its directory, from the root",
        "seed": "the knob",
        "day": "days that were lived",
        "years": "whole years that were lived",
        "years_asked": "years that it is to live",
        "ended_early": "null, or why fewer years were lived than asked for: `restored`: the year in which it was; "
        "`after_restored_years`: the knob",
        "matter": "`full`, or `outline`: a history without its works",
        "digest": "of the state after the last day",
        "laws": "digest of the sources that decide",
        "version": "of the program that began it",
        "forked": "null, or `run`: where the parent is, seen from this run; `day`: of the fork",
        "written": "time of the last commit, UTC",
        "rows": "of each register, by its name",
        "bytes": "on disk, without pictures",
        "commits": "that are kept",
        "frames": "that are kept",
        "centuries": "a record for each century: `year` in which it ends, `bays`, `schools`, `renovations`, `cells` (null in "
        "outline mode), the greatest work planned in it (`greatest_kind`, `greatest_cells`, `greatest_foreman`, "
        "`greatest_school`), `people`, `villages`, `alert_percent`",
        "statistics": "null; with --statistics what was measured, with fractions",
    },
    "verify": {
        "run": "its directory, from the root",
        "rows": "of each register, read and compared with their digests",
        "intervals": "a record for each that was lived again: `first_day`, `last_day`, `same`: whether the same bits came out",
        "same": "whether all did; if not, the exit code is that of a mistake",
    },
    "runs": {
        "run": "its directory, from the root",
        "name": "of the directory",
        "depth": "in the tree of forks; 0: its parent is not in this folder",
        "seed": "the knob",
        "day": "days that were lived",
        "years": "whole years that were lived",
        "years_asked": "years that it is to live",
        "ending": "`RESTORED`, `EXTINCT`, `LOCKED`, `CONTESTED`; empty where nobody ever lived; null where it cannot be told",
        "forked": "null, or `run`: where the parent is, seen from this run; `day`: of the fork",
        "written": "time of the last commit, UTC",
        "digest": "of the state after the last day",
        "problem": "empty, or why this run cannot be read",
    },
    "knobs": {
        "name": "as in a scenario file",
        "value": "in this scenario",
        "default": "where nothing is set",
        "unit": "of the value",
        "low": "the least that is allowed",
        "high": "the most that is allowed",
        "says": "what it means",
        "law": "whether it decides what happens",
    },
}


def info(there: Archive, size: int, statistics: Record | None = None, early: Watched | None = None) -> Record:
    """What a run holds. `size`: its bytes on disk; `early`: why it ended early.

    errors   BadRun; MegastructureError: nothing was committed yet
    """
    last = there.last_commit
    if last is None:
        raise MegastructureError(f"{there.directory}: nothing was committed yet")
    return {
        "run": str(there.directory), "seed": there.scenario.seed, "day": last.day, "years": last.day // YEAR,
        "years_asked": there.scenario.years,
        "ended_early": early and {"restored": early.restored, "after_restored_years": early.years},
        "matter": "full" if there.scenario.works else "outline", "digest": last.digest,
        "laws": there.laws_digest, "version": there.version, "forked": _forked(there.parent), "written": last.written,
        "rows": dict(last.lengths), "bytes": size, "commits": len(there.commits), "frames": len(there.frames()),
        "centuries": [asdict(c) for c in noted_centuries(there)], "statistics": statistics,
    }  # fmt: skip


def verification(directory: Path, rows: dict[str, int], intervals: Iterable[Verified]) -> Record:
    """What came out when a run was read and lived again."""
    lived = [{"first_day": i.first_day, "last_day": i.last_day, "same": i.same} for i in intervals]
    return {"run": os.path.abspath(directory), "rows": rows, "intervals": lived, "same": all(i["same"] for i in lived)}


def branch(found: Branch, ending: str | None) -> Record:
    """A run in the tree of forks. `ending`: None where it cannot be told."""
    r = found.run
    return {
        "run": os.path.abspath(r.path), "name": r.name, "depth": found.depth, "seed": r.seed, "day": r.days,
        "years": r.days // YEAR, "years_asked": r.years_asked, "ending": ending, "forked": _forked(r.parent),
        "written": r.written, "digest": r.digest, "problem": r.problem,
    }  # fmt: skip


def knob_rows(scenario: Scenario) -> list[Record]:
    """Every knob with its value in a scenario."""
    return [
        {"name": k.name, "value": getattr(scenario, k.name), "default": k.default, "unit": k.unit, "low": k.low, "high": k.high,
         "says": k.says, "law": k.law}
        for k in knobs()
    ]  # fmt: skip


def _forked(parent: tuple[str, int] | None) -> Record | None:
    return None if parent is None else {"run": parent[0], "day": parent[1]}


__all__ = ["KEYS", "LISTS", "Record", "branch", "info", "knob_rows", "verification"]
