"""What the engine costs, in CPU seconds of one core after compilation.

python bench/engine.py [quick|saga|giant|worlds ...] [--keep]

For every scenario: the history in outline and in full, cells by materialising a stated random sample of lots (for quick:
all), bytes per standing cell, the cost of a decision, and how fast matter is read. `worlds` are whole histories in outline,
people and powers with the city that they live in: `saga` with seeds whose city has about 58,000 bays in the end, beside the
same cities bare; the preset for sweeps; and people and powers where the city hardly grows. `--keep` writes
bench/results/MACHINE.json. The figures that we compare with are in bench/README.md. `pace` is the CPU time of a loop of plain
Python (bench/look.py): machines and hours differ by a factor of two.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import time
from pathlib import Path

import numpy as np

from look import pace
from megastructure.ground.city import City
from megastructure.ground.digest import law_digest
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import YEAR, Foremen, Series
from megastructure.matter.ledger import Ledger
from megastructure.study.fates import fate
from megastructure.time.genesis import found
from megastructure.time.years import advance

SAMPLE = 40_000  # lots materialised to count cells
TYPICAL = (33, 35, 39)  # seeds of `saga` with 57,000 to 60,000 bays in the end, that is not restored before
SWEPT = range(1000, 1040)  # seeds of `world`


def cpu(work: object) -> float:
    """CPU seconds of calling `work`."""
    assert callable(work)
    began = time.process_time()
    work()
    return time.process_time() - began


def history(scenario: Scenario) -> tuple[City, dict[str, float]]:
    """Live a scenario; CPU seconds, bays, and the cost of a decision while there are about 1,000 and 100,000 bays."""
    city = found(scenario)
    total = 0.0
    by_size: dict[str, list[float]] = {}
    for year in range(20, scenario.years + 1, 20):
        wakes = int(city.tally.wakes)
        spent = cpu(lambda year=year: advance(city, year * 360))
        total += spent
        for label, low, high in (("1e3", 700, 1400), ("1e4", 7_000, 14_000), ("1e5", 80_000, 125_000)):
            if low <= city.bays <= high:
                got = by_size.setdefault(label, [0.0, 0.0])
                got[0] += spent
                got[1] += int(city.tally.wakes) - wakes
    facts = {"cpu_s": total, "bays": city.bays, "wakes": int(city.tally.wakes)}
    for label, (spent, wakes) in by_size.items():
        facts[f"us_per_wake_at_{label}_bays"] = spent / max(1.0, wakes) * 1e6
    return city, facts


def peopled(scenario: Scenario, bare_outline: float, bare_full: float) -> dict[str, float]:
    """What people and powers cost beside the bare city. Without a Wanderer, so that no override ends the building."""
    facts: dict[str, float] = {}
    for mode, works, bare in (("outline", 0, bare_outline), ("full", 1, bare_full)):
        gc.collect()
        city, spent = history(scenario.with_knobs(works=works, wanderers=0))
        facts[f"{mode}_cpu_s"] = spent["cpu_s"]
        facts[f"{mode}_added_percent"] = 100 * (spent["cpu_s"] / bare - 1)
        years = city.table("series")[:, Series.people]
        facts["person_years"] = float(years.sum())
        del city
    return facts


def worlds() -> dict[str, dict[str, float]]:
    """Whole histories in outline."""
    found_facts: dict[str, dict[str, float]] = {}
    saga = Scenario.load("saga").with_knobs(works=0)
    for seed in TYPICAL:
        facts: dict[str, float] = {"pace": pace()}
        for name, people in (("bare", 0), ("with_people", 1)):
            gc.collect()
            city, spent = history(saga.with_knobs(seed=seed, people=people))
            facts |= {f"{name}_cpu_s": spent["cpu_s"], "bays": spent["bays"]}
        facts["person_years"] = float(city.table("series")[:, Series.people].sum())
        found_facts[f"saga-{seed}"] = facts
    spent_on = []
    for seed in SWEPT:
        gc.collect()
        began = time.process_time()
        fate(Scenario.load("world").with_knobs(seed=seed))
        spent_on.append(time.process_time() - began)
    found_facts["sweep"] = {
        "worlds": len(spent_on), "median_cpu_s": float(np.median(spent_on)), "mean_cpu_s": float(np.mean(spent_on)),
        "p90_cpu_s": float(np.percentile(spent_on, 90)), "most_cpu_s": max(spent_on), "pace": pace(),
    }  # fmt: skip
    still = Scenario.load("world").with_knobs(
        growth_income=1, tower_income=1, world_spread=0, after_restored_years=0, wanderers=0
    )
    city = found(still)
    advance(city, still.era_year * YEAR)
    alone = cpu(lambda: advance(city, still.years * YEAR))
    lived = float(city.table("series")[:, Series.people].sum())
    found_facts["people_alone"] = {
        "cpu_s": alone, "person_years": lived, "us_per_person_year": alone / lived * 1e6, "bays": city.bays, "pace": pace(),
    }  # fmt: skip
    return found_facts


def reading(city: City) -> dict[str, float]:
    """Cells, bytes, and the speed of looking."""
    ledger = Ledger(city)
    day = city.day - 1
    lots = ledger.lots()
    dice = np.random.default_rng(1)
    chosen = lots if len(lots) <= 100_000 else lots[np.sort(dice.choice(len(lots), SAMPLE, replace=False))]
    counts = ledger.count(chosen[:10], day)
    spent = cpu(lambda: counts.__setitem__(slice(None), 0))  # the clock itself
    began = time.process_time()
    counts = ledger.count(chosen, day)
    spent = time.process_time() - began - spent
    cells = float(counts.mean() * len(lots))
    filled = chosen[counts > 0]
    some = filled[dice.choice(len(filled), 400)]
    each = []
    for lot in some:
        began = time.perf_counter()
        ledger.count(lot[None], day)
        each.append(time.perf_counter() - began)
    call = min(each)
    longest = np.argsort(city.heads[: len(city.heads), 2])[-50:]
    keys = {int(s): int(k) for k, s in zip(city.keys[city.keys != 0], city.slots[: len(city.keys)][city.keys != 0])}
    worst = 0.0
    for s in longest:
        key = keys[int(s)]
        corner = np.array([(key >> 40) - (1 << 19), ((key >> 20) & 0xFFFFF) - (1 << 19), (key & 0xFFFFF) - (1 << 19)]) * 4
        for i in range(64):
            lot = (corner + np.array([i & 3, (i >> 2) & 3, i >> 4]))[None]
            took = min(_timed(lambda lot=lot: ledger.count(lot, day)) for _ in range(5))
            worst = max(worst, took)
    regions = filled[dice.choice(len(filled), 60)] // 4 * 4 * 16
    boxes = []
    for x, y, z in regions:
        box = ((int(x), int(x) + 64), (int(y), int(y) + 64), (int(z), int(z) + 64))
        boxes.append(min(_timed(lambda box=box: ledger.materialise(box, day)) for _ in range(2)))
    near = np.concatenate([c * 16 + dice.integers(0, 16, (64, 3)) for c in filled[dice.choice(len(filled), 2000)]])
    far = filled[dice.integers(0, len(filled), 100_000)] * 16 + dice.integers(0, 16, (100_000, 3))
    near_us = cpu(lambda: ledger.cells(near, day)) / len(near) * 1e6
    far_us = cpu(lambda: ledger.cells(far, day)) / len(far) * 1e6
    points = [tuple(int(v) for v in p) for p in near[:5000]]

    def single() -> None:
        for x, y, z in points:
            ledger.cell(x, y, z, day)

    return {
        "cells": cells,
        "cells_error": float(counts.std() / len(counts) ** 0.5 * len(lots)) if len(chosen) < len(lots) else 0.0,
        "works": int(city.sizes.works),
        "bytes": sum(city.memory().values()),
        "bytes_per_cell": sum(city.memory().values()) / cells,
        "us_per_lot_mean": spent / len(chosen) * 1e6,
        "us_per_lot_median": float(np.median(each)) * 1e6,
        "us_per_lot_least_call": call * 1e6,
        "us_per_lot_worst": worst * 1e6,
        "ms_per_64_cube_median": float(np.median(boxes)) * 1e3,
        "ms_per_64_cube_worst": float(np.max(boxes)) * 1e3,
        "us_per_cell_near": near_us,
        "us_per_cell_anywhere": far_us,
        "us_per_cell_one_call": cpu(single) / len(points) * 1e6,
        "ordinary_bays": int((city.table("foremen")[:, Foremen.site] == 0).sum()),
    }


def _timed(work: object) -> float:
    assert callable(work)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def show(title: str, facts: dict[str, dict[str, float]]) -> None:
    """Print what was measured."""
    print(f"\n{title}")
    for part, values in facts.items():
        for key, value in values.items():
            print(f"  {part:<12} {key:<28} {value:>16,.4g}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scenario", nargs="*", default=["quick", "saga"])
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    advance(found(Scenario()), 1)  # compile or load
    machine = f"{platform.machine()}-{platform.processor() or platform.system()}".lower().replace(" ", "-")
    path = Path(__file__).parent / "results" / f"{machine}.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    for name in asked.scenario:
        if name == "worlds":
            results[name] = worlds()
            show(name, results[name])
            continue
        scenario = Scenario.load(name).with_knobs(people=0)
        outline, facts = history(scenario.with_knobs(works=0))
        law = law_digest(outline)
        del outline
        gc.collect()
        city, full = history(scenario)
        assert law_digest(city) == law, "full and outline differ"
        seen = reading(city)
        results[name] = {
            "outline": facts,
            "full": full | {"ns_per_cell": full["cpu_s"] / seen["cells"] * 1e9},
            "reading": seen,
        }
        if Scenario.load(name).people:
            results[name]["people"] = peopled(Scenario.load(name), facts["cpu_s"], full["cpu_s"])
        show(f"{name}: {scenario.years:,} years", results[name])
        del city
        gc.collect()
    if asked.keep:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(results, indent=1) + "\n")
        print(f"\nkept in {path}")


if __name__ == "__main__":
    main()
