"""What looking costs: the viewer's server and what it is made of, in CPU seconds of one core after compilation.

python bench/watch.py RUN [RUN ...] [--detail 0.8] [--keep]

For each run: opening it, boxes, meshing and materialisation, chunks, a full view as the page asks for it (the
octree of web/src/lod.ts, all directions), steps of a century and a year, picks.
`--keep` writes bench/results/MACHINE-watch.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from megastructure.matter.boxes import boxes, standing
from megastructure.matter.mesh import halve, quads
from megastructure.watch.chunks import Chunks, Key
from megastructure.watch.eye import look
from megastructure.watch.info import Shown
from megastructure.watch.packing import packed
from megastructure.watch.view import View

CENTURY = 36_000  # days
TOP = 2  # the coarsest level


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a call, and what it returned."""
    began = time.process_time()
    done = work()
    return time.process_time() - began, done


def cover(eye: list[float], low: list[int], high: list[int], detail: float) -> list[Key]:
    """The chunks that the page wants around an eye: split while nearer than `detail` times their size."""
    leaves: list[Key] = []

    def visit(level: int, at: tuple[int, ...]) -> None:
        size = 32 << level
        corner = [c * size for c in at]
        if any(c >= h or c + size <= b for c, b, h in zip(corner, low, high)):
            return
        gap = [max(c - e, 0.0, e - c - size) for c, e in zip(corner, eye)]
        distance = float(np.linalg.norm(gap))
        if level == TOP and distance >= 2 * size * detail:
            return
        if level > 0 and distance < size * detail:
            for k in range(8):
                visit(level - 1, tuple(2 * c + (k >> axis & 1) for axis, c in enumerate(at)))
        else:
            leaves.append((level, at[0], at[1], at[2]))

    root, reach = 32 << TOP, 2 * (32 << TOP) * detail
    spans = [
        range(int(max(e - reach, b) // root), int(min(e + reach, h - 1) // root) + 1) for e, b, h in zip(eye, low, high)
    ]  # fmt: skip
    for at in itertools.product(*spans):
        visit(TOP, at)
    return leaves


def sent(chunks: Chunks, keys: list[Key], day: int, held: dict[Key, int]) -> tuple[int, int]:
    """Ask for chunks as the page does, 256 at a time: bytes sent (compressed), quads. `held` is what the page holds."""
    total = count = 0
    for first in range(0, len(keys), 256):
        some = keys[first : first + 256]
        spans = chunks.spans(some, day)
        parts = [chunks.answer(k, s, day, held.get(k, 0))[1] for k, s in zip(some, spans)]
        held.update((k, s.hash) for k, s in zip(some, spans))
        total += len(packed(b"".join([bytes(24 * len(some)), *parts])))
        count += sum(s.quads for s in spans)
    return total, count


def measured(directory: str, detail: float) -> dict[str, float]:
    """Every figure of one run."""
    facts: dict[str, float] = {}
    facts["open_cpu_s"], view = cpu(lambda: View(directory))
    facts["cells"] = view.cells
    facts["first_info_cpu_s"], info = cpu(Shown(view).info)
    facts["boxes_cpu_s"], made = cpu(lambda: boxes(view.city))
    facts["boxes"] = len(made.work)
    facts["standing_boxes_cpu_s"], now = cpu(lambda: standing(made, view.last))
    facts["cells_per_standing_box"] = view.cells / max(1, len(now.work))
    spent, far = cpu(lambda: sum(len(view.tiles.zipped((x, y, z))[0]) for x, y, z, _ in view.tiles.list()))
    facts["far_cpu_s"], facts["far_mb"] = spent, far / 1e6
    facts["far_boxes"] = sum(n for *_, n in view.tiles.list())

    eye = info["start"]["eye"]
    x, y, z = (int(c) // 32 * 32 for c in eye)
    box = ((x - 130, x + 130), (y - 130, y + 130), (z - 130, z + 130))
    spent, cells = cpu(lambda: view.ledger.materialise(box, view.last))
    facts["materialised_mcells_per_cpu_s"] = cells.size / spent / 1e6
    blocks = [
        np.ascontiguousarray(cells[k : k + 34, j : j + 34, i : i + 34])
        for k, j, i in itertools.product(range(1, 226, 32), repeat=3)
    ]
    spent, found = cpu(lambda: sum(len(quads(block)) for block in blocks))
    facts["meshed_mcells_per_cpu_s"] = len(blocks) * 32**3 / spent / 1e6
    facts["quads_per_chunk"] = found / len(blocks)
    even = np.ascontiguousarray(cells[:256, :256, :256])
    facts["halved_mcells_per_cpu_s"] = even.size / cpu(lambda: halve(even))[0] / 1e6

    for level in range(TOP + 1):
        size, n = 32 << level, (4, 3, 1)[level]
        at = [int(c // size) for c in eye]
        keys = [(level, at[0] + i, at[1] + j, at[2] + k) for i, j, k in itertools.product(range(-n, n), repeat=3)]
        fresh = Chunks(view.ledger, view.last)
        facts[f"chunk_{level}_cpu_ms"] = cpu(lambda f=fresh, q=keys: f.spans(q, view.last))[0] / len(keys) * 1e3

    keys = cover(eye, info["low"], info["high"], detail)
    view.chunks = Chunks(view.ledger, view.last)
    held: dict[Key, int] = {}
    facts["view_chunks"] = len(keys)
    facts["view_cpu_s"], (near, count) = cpu(lambda: sent(view.chunks, keys, view.last, held))
    facts["view_quads"], facts["view_mb"] = count, near / 1e6
    facts["full_view_cpu_s"] = facts["view_cpu_s"] + facts["far_cpu_s"] + facts["first_info_cpu_s"]
    facts["full_view_mb"] = facts["view_mb"] + facts["far_mb"]
    for name, days in (("century", CENTURY), ("year", 360)):
        before = dict(held)
        spent, (step, _) = cpu(lambda d=days, b=before: sent(view.chunks, keys, view.last - d, b))
        facts[f"{name}_step_cpu_s"], facts[f"{name}_step_mb"] = spent, step / 1e6
        facts[f"{name}_step_percent_of_full_view"] = 100 * step / (near + far)
    dice = np.random.default_rng(1)
    aims = dice.normal(size=(200, 3))
    spent, _ = cpu(lambda: [look(view.ledger, view.last, tuple(eye), tuple(a), 2000) for a in aims.tolist()])
    facts["ray_cpu_ms"] = spent / len(aims) * 1e3
    view.close()
    return facts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--detail", type=float, default=0.8)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    machine = f"{platform.machine()}-{platform.processor() or platform.system()}".lower().replace(" ", "-")
    path = Path(__file__).parent / "results" / f"{machine}-watch.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    for run in asked.runs:
        results[Path(run).name] = found = measured(run, asked.detail)
        print(f"\n{Path(run).name}")
        for key, value in found.items():
            print(f"  {key:<36} {value:>14,.4g}")
    if asked.keep:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(results, indent=1) + "\n")
        print(f"\nkept in {path}")


if __name__ == "__main__":
    main()
