"""The limits of the laws of machines: stop bits, copies, the struggle for bays, the front, and what is conserved."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np

from ..genesis import found
from ..laws.struggle import advantage
from ..quest.ways import next_bay
from ..scenario import Scenario
from ..state import LAW_TABLES
from ..tables import (
    F_SEARCHED,
    LOT,
    PE_MOTHER,
    PO_BIRTHS,
    PO_DEATHS_AGE,
    PO_DEATHS_EXPOSED,
    PO_MASS_HUNTING,
    PO_MASS_RETURNED,
    PO_MASS_RUBBLE,
    PO_MASS_TAKEN,
    PO_PEOPLE,
    Y_LOTS,
    Y_YEAR,
    YEAR,
)
from . import theory
from .limit import Limit, Measured, average, share
from .stage import Stage
from .trials import all_stop, contest, quasispecies, spans


def stops(machines: int) -> Any:
    """How often all of so many machines can still be stopped, each copied from another, with one stop bit."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        stage = Stage(scenario)
        whole = 0
        for trial in range(sample):
            stage.reseed(trial)
            whole += all_stop(stage.knobs, machines)
        return share(whole, sample, (1 - scenario.stop_break_ppm / 1e6) ** (machines - 1))

    return measure


def masters(scenario: Scenario, sample: int) -> Measured:
    """Share of machines that have lost none of 32 bits, copied twice as often as all others."""
    machines, settled, block = 20_000, 60, 20
    alive = np.zeros(settled + sample, np.int64)
    quasispecies(Stage(scenario).knobs, machines, 200, alive)
    shares = alive[settled:] / machines
    blocks = shares[: len(shares) // block * block].reshape(-1, block).mean(axis=1)  # generations after each other are alike
    return average(blocks, theory.master_share(32, scenario.stop_break_ppm / 1e6, 2.0))


def survival(scenario: Scenario, sample: int) -> Measured:
    """How often the Authority, with one bay of 27, comes to hold twelve."""
    stage = Stage(scenario, (3, 3, 3))
    beta = int(advantage(stage.knobs, 0, 0)) / 1e6
    won = 0
    for trial in range(sample):
        stage.reseed(trial)
        won += contest(*stage.common, 13, 12)
    return share(won, sample, theory.ruin(beta, 12))


def search(scenario: Scenario, sample: int) -> Measured:
    """Different bays that a Wanderer searches in as many searches as there are bays."""
    stage = Stage(scenario, (sample, sample, sample))
    city = stage.city
    city.foremen[:, F_SEARCHED] = -1
    at = 0
    for k in range(sample**3):
        row = next_bay(city.keys, city.slots, city.owners, city.foremen, city.knobs, at, 5, k, city.marks, city.reached)
        at = int(city.reached[row, 0])
        city.foremen[at, F_SEARCHED] = k
    return Measured(sample**3, len(set(city.foremen[: sample**3, F_SEARCHED].tolist()) - {-1}), 0)


def front(scenario: Scenario, sample: int) -> Measured:
    """The exponent d log V / d log t of the lots owned, over the last factor of ten of so many cities of 100,000 bays."""
    exponents = []
    for seed in range(sample):
        city = found(scenario.with_knobs(seed=seed + 1))
        while city.bays < 100_000:
            city.advance(city.day + YEAR)
        series = city.table("series")
        late = series[10 * series[:, Y_LOTS] >= series[-1, Y_LOTS]]
        exponents.append(theory.slope([log(y) for y in late[:, Y_YEAR]], [log(v) for v in late[:, Y_LOTS]]))
    return Measured(3.0, float(np.mean(exponents)), 0.025)  # 0.1 is allowed for cities that are not infinite


def threshold(bonds: int) -> Any:
    """The chance at which bays, or conduits, begin to join floor and roof of a large cube."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        sizes = (12, 24, 48)
        means, errors = [], []
        for size in sizes:
            stage = Stage(scenario, (size, size, size), LOT, LOT)
            c = stage.city
            at = []
            for trial in range(max(8, sample * 12 // size)):
                stage.reseed(trial)
                low, high = 0, 1 << 30
                for _ in range(16):
                    middle = (low + high) >> 1
                    joined = spans(
                        c.keys, c.slots, c.owners, c.foremen, c.sizes, c.knobs, c.marks, c.reached, (size - 1) * LOT, bonds,
                        middle * 1_000_000_000 >> 30,
                    )  # fmt: skip
                    low, high = (low, middle) if joined else (middle, high)
                at.append((low + high) / (1 << 31))
            means.append(float(np.mean(at)))
            errors.append(float(np.std(at, ddof=1) / np.sqrt(len(at))))
        # p(L) = p_c + A L^(-1/nu), nu = 0.8765 (Wang et al. 2013): least squares, extrapolated to L = infinity.
        x = np.array(sizes, float) ** (-1 / 0.8765)
        weight = 1 / np.array(errors)
        design = np.stack([np.ones(3), x], axis=1) * weight[:, None]
        cov = np.linalg.inv(design.T @ design)
        best = cov @ design.T @ (np.array(means) * weight)
        return Measured(0.2488118 if bonds else 0.3116077, float(best[0]), float(np.sqrt(cov[0, 0])))

    return measure


def conserved(scenario: Scenario, sample: int) -> Measured:
    """People, matter and parents that are not accounted for after so many years of a whole world, at every tenth year."""
    city = found(scenario)
    missing = 0
    for year in range(10, sample + 1, 10):
        city.advance(year * YEAR)
        city.check()
        powers = city.powers[0]
        persons = city.table("persons")
        settled = int((persons[:, PE_MOTHER] < 0).sum())
        dead = int(powers[PO_DEATHS_AGE : PO_DEATHS_EXPOSED + 1].sum())
        missing += abs(settled + int(powers[PO_BIRTHS]) - dead - int(powers[PO_PEOPLE]))
        kept = int(powers[PO_MASS_RUBBLE] + powers[PO_MASS_RETURNED] + powers[PO_MASS_HUNTING])
        missing += abs(int(powers[PO_MASS_TAKEN]) - kept)
        mothers = persons[:, PE_MOTHER]
        missing += int((mothers >= np.arange(len(persons))).sum())
    return Measured(0, missing, 0)


def invariant(scenario: Scenario, sample: int) -> Measured:
    """Tables that differ between a life lived at one stretch and one in uneven strides, with arrays that begin tiny."""
    one = found(scenario)
    one.advance(sample * YEAR)
    other = found(scenario, room=1)
    stride = 1
    while other.day < sample * YEAR:
        other.advance(min(sample * YEAR, other.day + stride))
        stride = stride * 7 % 1009 + 1
    ours, theirs = one.digests(), other.digests()
    return Measured(0, sum(ours[name] != theirs[name] for name in LAW_TABLES), 0)


# A whole world of people and powers that is small and dense: everything is switched on again.
WORLD = {
    "infection": 1, "safeguard": 1, "wanderers": 1, "authority": 1, "struggle": 1, "world_spread": 1, "trade": 1,
    "birth_ppm": 160_000, "death_base_ppm": 15_700, "gompertz_a_ppm": 500, "hunger_ppm": 12_000, "fission_ppm": 25_000,
    "migration_ppm": 30_000, "gene_loss_ppm": 10_000, "contagion_leak_ppm": 500, "stop_break_ppm": 100, "power_gifts": 1,
    "life_unit_days": 200, "copy_error_ppm": 19_531, "world_radius_lots": 30, "villages": 24, "terminal_share": 12,
    "era_year": 400, "strike_lead_years": 200, "safeguard_raid_ppm": 30_000, "years": 600,
}  # fmt: skip

COPY = ("laws.infection.copied_stop_bits",)
VOTE = ("laws.struggle.struggle", "laws.struggle.heed", "allegiance.watch")
CONDUITS = ("laws.authority.conducted", "graph.conduit_holds", "graph.neighbour", "lots.take_lots")
LURIA, CUBE = "Luria and Delbrueck 1943", "Wang, Zhou, Zhang, Garoni and Deng 2013"
BUDDING = {"people": 0, "tower_income": 0, "frontier_delay_days": 1}

LIMITS = (
    Limit("stop-1000", "chance that all of 1,000 machines have their stop bit, u = 0.0005", COPY, LURIA, 20_000, "lineages",
          stops(1_000), knobs={"stop_break_ppm": 500}),
    Limit("stop-10000", "the same of 10,000, u = 0.0001", COPY, LURIA, 3_000, "lineages", stops(10_000),
          knobs={"stop_break_ppm": 100}),
    Limit("eigen", "share of masters, (sigma Q - 1)/(sigma - 1), 32 bits, u = 0.01", COPY, "Eigen 1971", 300, "generations",
          masters, least=60, knobs={"stop_break_ppm": 10_000}),
    Limit("voter", "chance that one bay of the Authority wins twelve, beta = 2", VOTE, "Williams and Bjerknes 1972", 3_000,
          "struggles", survival, least=60,
          knobs={"struggle": 1, "struggle_flip_ppm": 500, "struggle_safeguard_percent": 50}),
    Limit("voter-default", "the same at Safeguard's default advantage, beta = 1/1.2", VOTE, "Williams and Bjerknes 1972", 9_000,
          "struggles", survival, quick=False, least=60, knobs={"struggle": 1, "struggle_flip_ppm": 500}),
    Limit("search", "different bays searched in 216 searches of 216", ("quest.ways.next_bay", "graph.within"), "elementary",
          6, "bays an edge", search, least=4),
    Limit("front", "exponent of the growth of owned space while all around is free, 3 +- 0.1",
          ("tick.days", "laws.replication.breed"), "Richardson 1973", 2, "cities", front, quick=False, least=1, knobs=BUDDING,
          founder={"radius": 8},
          note="the city is not the same everywhere: schools with smaller, cheaper plots spread faster and lead the front"),
    Limit("percolation-sites", "share of standing bays at which floor and roof are joined", CONDUITS, CUBE, 200, "cubes",
          threshold(0), quick=False, least=20),
    Limit("percolation-bonds", "share of whole conduits at which they are", CONDUITS, CUBE, 200, "cubes", threshold(1),
          quick=False, least=20),
    Limit("conservation", "people, matter and parents not accounted for", ("tick.days",), "exact", 600, "years", conserved,
          least=450, knobs=WORLD),
    Limit("invariance", "tables that depend on strides or on memory", ("tick.days",), "exact", 600, "years", invariant,
          least=450, knobs=WORLD),
)  # fmt: skip

__all__ = ["LIMITS"]
