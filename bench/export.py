"""What an export costs: cells per CPU second, bytes, and the memory that it takes beside the run.

python bench/export.py RUN [--cells 1e7 1e8 1e9] [--formats .glb .vox .schem .zarr] [--quantised] [--watertight] [--keep]

For each format a cube (for .schem and .litematic as high as a world) of so many cells, void and matter, around the densest old
bay. Each export runs in a process of its own, forked from the one that holds the run, so that the peak of its memory is its
own. The two flags change the formats that know them.
`--keep` writes bench/results/MACHINE.json; what is wanted stands in bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from megastructure.export import ask, door
from megastructure.export.schem import TILE
from megastructure.memory.run import Run


def box_of(run: Run, cells: float, kind: str) -> str:
    """A box of about so many cells around the densest old bay."""
    side = round(cells ** (1 / 3) / 16) * 16
    size = (side, side, side)
    if door.MATTER[kind] == door.PASTED and side > TILE[2]:
        side = round((cells / TILE[2]) ** 0.5 / 16) * 16
        size = (side, side, TILE[2])
    bay = ask.densest_bay(run.city, run.ledger, run.city.day - 1)
    return ",".join(f"{low}:{high}" for low, high in ask.box_around(run.city, bay, size))


def resident() -> int:
    """Bytes of this process in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(run: Run, kind: str, box: str, folder: Path, options: dict[str, bool]) -> dict[str, Any]:
    """Export in a child process; what it took."""
    answer = folder / "answer.json"
    child = os.fork()
    if child == 0:
        try:
            before, began = resident(), time.process_time()
            written, _ = door.export_matter(run, folder / f"district{kind}", kind, box, **options)
            facts = {
                "cpu_s": time.process_time() - began, "cells": written.cells, "bytes": written.bytes, "words": written.words,
                "peak_MB": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before) / 1e6, "run_MB": before / 1e6,
            }  # fmt: skip
            answer.write_text(json.dumps(facts))
        except Exception as problem:
            answer.write_text(json.dumps({"refused": str(problem)}))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    facts = json.loads(answer.read_text())
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return dict(facts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--cells", nargs="+", type=float, default=[1e7, 1e8])
    parser.add_argument("--formats", nargs="+", default=list(door.MATTER), choices=list(door.MATTER))
    parser.add_argument("--quantised", action="store_true")
    parser.add_argument("--watertight", action="store_true")
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    results: dict[str, Any] = {"run": asked.run.name, "python": platform.python_version()}
    with Run.open(asked.run) as run, tempfile.TemporaryDirectory() as folder:
        for kind in asked.formats:  # compile, and import what is imported once
            door.export_matter(run, Path(folder) / f"first{kind}", kind, box_of(run, 1e6, kind))
        for left in Path(folder).iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        print(f"{'':10}{'cells':>8}{'matter':>12}{'CPU s':>8}{'Mcells/s':>10}{'MB':>8}{'peak MB':>9}")
        for cells in asked.cells:
            for kind in asked.formats:
                box = box_of(run, cells, kind)
                sides = [int(b) - int(a) for a, b in (part.split(":") for part in box.split(","))]
                positions = sides[0] * sides[1] * sides[2]
                asked_for = {"quantised": asked.quantised and kind in door.QUANTISED,
                             "watertight": asked.watertight and kind in door.WATERTIGHT}  # fmt: skip
                facts = {"box": box, "positions": positions} | measure(run, kind, box, Path(folder), asked_for)
                results[" ".join([kind, *(name for name, on in asked_for.items() if on), f"{cells:.0e}"])] = facts
                if "refused" in facts:
                    print(f"{kind:10}{positions:8.1e}  {facts['refused']}")
                    continue
                speed = positions / 1e6 / facts["cpu_s"]
                print(
                    f"{kind:10}{positions:8.1e}{facts['cells']:12,}{facts['cpu_s']:8.2f}{speed:10.0f}"
                    f"{facts['bytes'] / 1e6:8.1f}{facts['peak_MB']:9.0f}   {facts['words']}",
                    flush=True,
                )
    if asked.keep:
        machine = f"{platform.machine()}-{platform.processor() or platform.system()}".lower().replace(" ", "-")
        path = Path(__file__).parent / "results" / f"{machine}.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(before | {"export": results}, indent=1) + "\n")
        print(f"\nkept in {path}")


if __name__ == "__main__":
    main()
