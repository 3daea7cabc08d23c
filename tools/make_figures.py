"""Live the preset `saga` and write docs/theory/figures.md: what the theory pages count and measure. Takes some minutes.

Counts are exact; cells are sampled with the error that is stated; times are CPU time of one core.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import log
from pathlib import Path

import numpy as np

from make_reference import grid, page
from megastructure.ground.city import City
from megastructure.ground.codes import P_RELEASED, Phase, Site, WorkKind
from megastructure.ground.digest import law_digest
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import YEAR, Sizes, Tally, Works
from megastructure.land.costs import nominal_cells
from megastructure.land.patterns import pattern
from megastructure.matter.ledger import Ledger
from megastructure.memory.run import compact
from megastructure.memory.sources import laws_digest
from megastructure.time.genesis import found
from megastructure.time.rebuild import rebuild
from megastructure.time.years import advance
from megastructure.words.declare import columns

DOCS = Path(__file__).parents[1] / "docs"
SAMPLED_LOTS, SAMPLED_WORKS, SAMPLED_CELLS = 40_000, 150, 500
PRICED = ("PLATE", "PILLAR", "TOWER", "FACADE", "RING", "VIADUCT", "SPIRAL", "ZIGZAG")


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of calling `work`."""
    began = time.process_time()
    work()
    return time.process_time() - began


def lived(works: int) -> tuple[City, float]:
    """The city at the end of `saga`, and the CPU seconds that it took."""
    city = found(Scenario.load("saga").with_knobs(works=works))
    advance(city, YEAR)  # imports and compiles
    return city, seconds(lambda: advance(city, city.scenario.years * YEAR))


def bytes_in_use(city: City) -> dict[str, int]:
    """Bytes of the rows in use, by what they are for."""
    n = dict(zip((c.name for c in columns(Sizes)), city.sizes.words.tolist()))

    def of(*names: str) -> int:
        return sum(n[name] * city.array(name).itemsize * city.array(name).shape[1] for name in names)

    return {
        "works": of("works"),
        "lists of works": of("chunks"),
        "owners, heads, masks, keys": n["sectors"] * (256 + 12 + 8) + city.keys.nbytes + city.slots.nbytes,
        "foremen": of("foremen") + 8 * n["foremen"],
        "charters, schools, claims": of("charters", "schools", "claims"),
        "events in memory, series, plan": of("events", "series", "plan"),
    }


def works_in_lots(city: City) -> np.ndarray:
    """How many works are registered in each lot that has any."""
    entries = city.chunks[:, 1:].reshape(-1, 5, 3)
    counts = np.zeros((len(city.heads), 64), np.int64)
    for sector in np.flatnonzero(city.heads[:, 0]):
        chunk = int(city.heads[sector, 0])
        while chunk > 0:
            used = entries[chunk][entries[chunk][:, 0] != 0, 1:].astype(np.uint32)
            counts[sector] += np.unpackbits(used.view(np.uint8), axis=1, bitorder="little").sum(axis=0, dtype=np.int64)
            chunk = int(city.chunks[chunk, 0])
    found_counts: np.ndarray = counts[counts > 0]
    return found_counts


def price_ratio(city: City, kind: WorkKind, drawn: np.random.Generator) -> tuple[float, float, float]:
    """Nominal over wanted cells of drawn works of a kind: of all together, and the 10th and 90th percentile."""
    works = city.table("works")
    rows = np.flatnonzero(works[:, 0] == kind)
    pairs = []
    for row in drawn.choice(rows, min(SAMPLED_WORKS, len(rows)), replace=False):
        _, x, y, z, sx, sy, sz, _, a, b = (int(v) for v in works[row, :10])
        genes = city.charters[works[row, Works.charter]]
        at = drawn.integers(0, (sx, sy, sz), (SAMPLED_CELLS, 3)).tolist()
        hits = sum(pattern(kind, *p, sx, sy, sz, a, b, genes, x + p[0], y + p[1], z + p[2]) != 0 for p in at)
        parameter = a & 255 if kind == WorkKind.PILLAR else a
        pairs.append((nominal_cells(kind, sx, sy, sz, parameter, b, genes), sx * sy * sz * hits / SAMPLED_CELLS))
    nominal, wanted = np.array(pairs, float).T
    low, high = np.percentile(nominal / np.maximum(wanted, 1), (10, 90))
    return float(nominal.sum() / wanted.sum()), float(low), float(high)


def times(city: City, outline_seconds: float, full_seconds: float, cells: int) -> list[tuple[str, str]]:
    """What it costs to live and to look."""
    ledger, day = Ledger(city), city.day - 1
    corners = ledger.sample(4000, day) * 16
    inside = np.array([(x, y, z) for z in range(4) for y in range(8) for x in range(8)])
    block = (corners[:, None] + inside).reshape(-1, 3)

    def one_by_one() -> None:
        for x, y, z in corners.tolist():
            ledger.cell(x, y, z, day)

    wakes = int(city.tally.wakes)
    return [
        ("the history in outline", f"{outline_seconds:.1f} s"),
        ("the history with its works", f"{full_seconds:.1f} s"),
        ("for each wake (outline)", f"{1e6 * outline_seconds / wakes:.1f} us"),
        ("for each standing cell", f"{1e9 * full_seconds / cells:.1f} ns"),
        ("a lot of 16^3 that has works", f"{1e6 * seconds(lambda: ledger.estimate(10_000, day)) / 10_000:.0f} us"),
        ("a cell, asked alone from Python", f"{1e6 * seconds(one_by_one) / len(corners):.1f} us"),
        ("a cell, neighbours asked together", f"{1e6 * seconds(lambda: ledger.cells(block, day)) / len(block):.3f} us"),
        ("rebuilding owners, lists and calendars", f"{seconds(lambda: rebuild(city)):.1f} s"),
    ]


def matter(city: City, cells: int, error: int) -> list[tuple[str, str]]:
    """What stands, and what it was made of."""
    n = dict(zip((c.name for c in columns(Sizes)), city.sizes.words.tolist()))
    kinds = np.bincount(city.column("works", "kind"))
    lists = works_in_lots(city)
    site, phase, born = (city.column("foremen", name) for name in ("site", "phase", "born"))
    old = (site == Site.BAY) & (phase != P_RELEASED) & (born < city.day - 300 * YEAR)
    of_old = np.bincount(city.column("works", "foreman"), minlength=len(old))[old]
    return [
        ("standing cells", f"{cells:,} +- {error:,}"),
        ("works", f"{n['works']:,}"),
        ("of these", ", ".join(f"{count:,} {WorkKind(kind).name}" for kind, count in enumerate(kinds) if count)),
        ("planned works that came up; voided", f"{n['offered']:,}; {100 * n['voided'] / n['offered']:.0f} %"),
        ("soundings", f"{n['soundings']:,}"),
        ("works registered in a lot: mean, median, 99 %, most", f"{lists.mean():.1f}, {percentiles(lists, 50, 99, 100)}"),
        ("works of an ordinary bay older than 300 years: median, 10 %, 90 %", percentiles(of_old, 50, 10, 90)),
    ]


def lives(city: City) -> list[tuple[str, str]]:
    """What foremen did."""
    n = dict(zip((c.name for c in columns(Sizes)), city.sizes.words.tolist()))
    told = dict(zip((c.name for c in columns(Tally)), city.tally.words.tolist()))
    site, phase, epoch, planned = (city.column("foremen", name) for name in ("site", "phase", "epoch", "planned"))
    phases = ", ".join(f"{count:,} {Phase(p).name}" for p, count in enumerate(np.bincount(phase)) if count)
    plots = ", ".join(f"{100 * s:.1f} % {Site(k).name}" for k, s in enumerate(np.bincount(site) / len(site)))
    first = planned[(epoch == 0) & (planned > 0)]
    largest = int(city.column("schools", "living").max())
    return [
        ("foremen ever; living", f"{n['foremen']:,}; {city.bays:,}"),
        ("phases", phases),
        ("plots claimed", plots),
        ("wakes; for each foreman", f"{told['wakes']:,}; {told['wakes'] / n['foremen']:.1f}"),
        ("plans; planned works", f"{int((epoch + 1)[planned > 0].sum()):,}; {told['planned']:,}"),
        ("works of a first plan: median, 90 %, most", percentiles(first, 50, 90, 100)),
        ("renovations; bays released", f"{told['renovations']:,}; {told['died']:,}"),
        ("attempts to breed; plots tested", f"{told['attempts']:,}; {told['tests']:,}"),
        ("proposals lost to a rival", f"{told['lost']:,}"),
        ("boxed in; roused by a release", f"{told['boxed_in']:,}; {told['roused']:,}"),
        ("schools ever; living; bays of the largest", f"{n['schools']:,}; {told['schools']:,}; {largest:,}"),
        ("charters", f"{n['charters']:,}"),
        ("power charged", compact(told["charged"])),
    ]


def percentiles(values: np.ndarray, *wanted: int) -> str:
    """Percentiles as whole numbers."""
    return ", ".join(f"{v:.0f}" for v in np.percentile(values, wanted))


def figures() -> str:
    """The page."""
    outline, outline_seconds = lived(works=0)
    city, full_seconds = lived(works=1)
    assert law_digest(city) == law_digest(outline)
    cells, error = Ledger(city).estimate(SAMPLED_LOTS, city.day - 1)
    used = {name: size / cells for name, size in bytes_in_use(city).items()}
    used |= {"all": sum(used.values()), "all, with the room that arrays keep to grow": sum(city.memory().values()) / cells}
    bays = city.column("series", "bays")
    years = [*range(100, 1001, 100), *range(1500, len(bays) + 1, 500)]
    power = log(bays[-1] / bays[len(bays) * 2 // 3 - 1]) / log(1.5)
    drawn = np.random.default_rng(1)
    prices = [(kind, *(f"{r:.2f}" for r in price_ratio(city, WorkKind[kind], drawn))) for kind in PRICED]
    blocks = [
        f"Preset `saga`, seed {city.scenario.seed}, at the end of year {city.day // YEAR:,}, under the laws "
        f"`{laws_digest()}` (as `megastructure info` names them). Counts are exact; times are CPU seconds of one core of a "
        "shared x86-64 machine with other work beside it: upper bounds.",
        "## Time",
        grid(("", ""), times(city, outline_seconds, full_seconds, cells)),
        "## Matter",
        grid(("", ""), matter(city, cells, error)),
        "## Memory",
        grid(("rows in use", "B for each cell"), ((k, f"{v:.4f}") for k, v in used.items()), ("B for each cell",)),
        "## Lives",
        grid(("", ""), lives(city)),
        "## Growth",
        grid(("year", "bays"), ((year, f"{bays[year - 1]:,}") for year in years), ("year", "bays")),
        f"In the last third of this time the number of bays grows with the power {power:.1f} of time.",
        "## Prices",
        f"Nominal over wanted cells: of {SAMPLED_WORKS} drawn works of each kind together, and the 10th and 90th percentile of "
        f"one work. {SAMPLED_CELLS} cells of each were looked at.",
        grid(("kind", "all", "10 %", "90 %"), prices, ("all", "10 %", "90 %")),
    ]
    return page("Figures", *blocks, written_by="<!-- Written by tools/make_figures.py. -->")


if __name__ == "__main__":
    (DOCS / "theory" / "figures.md").write_text(figures(), encoding="utf-8")
