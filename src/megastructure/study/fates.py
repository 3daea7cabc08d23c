"""How histories end: many seeds of one scenario in outline, their endings with intervals, and what came before.

One history is a thousand threads of chance; only many of them say what a knob does. Shares come with Wilson's score
intervals (Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import sqrt
from multiprocessing import get_context

import numpy as np

from ..codes import Ending
from ..genesis import found
from ..laws.endings import ending
from ..scenario import Scenario
from ..tables import (
    PO_ERA_DAY,
    PO_EXTINCT,
    PO_FREQUENCY_PPM,
    PO_LOCKED,
    PO_OVERRIDDEN,
    PO_RAID_PPM,
    PO_RELAPSED,
    PO_RESTORED,
    Y_AUTHORITY_BAYS,
    Y_BAYS,
    Y_CARRIERS,
    Y_PEOPLE,
    Y_RAIDS,
    Y_SAFEGUARD_BAYS,
    YEAR,
)

Z95 = 1.959964


@dataclass(frozen=True)
class Fate:
    """One history in short. Years count from the dawn of the era; -1: it never happened."""

    seed: int
    ending: Ending
    restored: int
    extinct: int
    locked: int
    overridden: int
    relapsed: int
    raid_ppm: int
    frequency_ppm: int
    purges: tuple[int, ...]  # years in which the people had fallen by a third within 50 years, from 200 or more
    people: tuple[int, ...]  # at the end of every tenth year of the era
    carriers: tuple[int, ...]
    authority_percent: tuple[int, ...]  # of the bays that obey Safeguard or the Authority
    bays: int
    raids: int


@dataclass(frozen=True)
class Share:
    """A share of histories with its 95 % interval."""

    count: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share itself, 0..1."""
        return self.count / max(1, self.of)


def wilson(count: int, of: int) -> Share:
    """Wilson's 95 % score interval of a share."""
    if of == 0:
        return Share(0, 0, 0.0, 1.0)
    p = count / of
    middle = (p + Z95**2 / (2 * of)) / (1 + Z95**2 / of)
    half = Z95 * sqrt(p * (1 - p) / of + Z95**2 / (4 * of**2)) / (1 + Z95**2 / of)
    return Share(count, of, max(0.0, middle - half), min(1.0, middle + half))


def purges_of(people: Sequence[int]) -> tuple[int, ...]:
    """Years in which a purge was complete: people had fallen by a third within 50 years, from 200 or more.

    people   of each year; after a purge the next one is looked for 100 years later
    """
    found_in = []
    year = 1
    while year < len(people):
        before = max(people[max(0, year - 50) : year])
        if before >= 200 and 3 * people[year] <= 2 * before:
            found_in.append(year)
            year += 100
        else:
            year += 1
    return tuple(found_in)


def fate(scenario: Scenario) -> Fate:
    """Live one history in outline to its end."""
    city = found(scenario.with_knobs(works=0))
    for year in range(50, scenario.years + 50, 50):
        city.advance(min(year, scenario.years) * YEAR)
        city.forget_events()
        restored = int(city.powers[0, PO_RESTORED])
        if restored >= 0 < scenario.after_restored_years and city.day >= restored + scenario.after_restored_years * YEAR:
            break
    powers = city.powers[0]
    dawn = int(powers[PO_ERA_DAY])
    series = city.table("series")[max(0, dawn // YEAR) :]
    sides = series[:, Y_SAFEGUARD_BAYS] + series[:, Y_AUTHORITY_BAYS]

    def year_of(column: int) -> int:
        return (int(powers[column]) - dawn) // YEAR if powers[column] >= 0 else -1

    return Fate(
        scenario.seed, Ending(int(ending(city.powers))), year_of(PO_RESTORED), year_of(PO_EXTINCT), year_of(PO_LOCKED),
        year_of(PO_OVERRIDDEN), year_of(PO_RELAPSED), int(powers[PO_RAID_PPM]), int(powers[PO_FREQUENCY_PPM]),
        purges_of(series[:, Y_PEOPLE].tolist()), tuple(series[9::10, Y_PEOPLE].tolist()),
        tuple(series[9::10, Y_CARRIERS].tolist()),
        tuple((100 * series[9::10, Y_AUTHORITY_BAYS] // np.maximum(1, sides[9::10])).tolist()),
        int(series[-1, Y_BAYS]) if len(series) else 0, int(series[-1, Y_RAIDS]) if len(series) else 0,
    )  # fmt: skip


def fates(
    scenario: Scenario, seeds: Sequence[int], workers: int = 1, progress: Callable[[Fate], None] | None = None
) -> list[Fate]:
    """The fates of many seeds of one scenario, in the order of the seeds, on so many processes."""
    scenarios = [scenario.with_knobs(seed=seed) for seed in seeds]
    done = []
    if workers <= 1:
        for one in scenarios:
            done.append(fate(one))
            if progress:
                progress(done[-1])
        return done
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for lived in pool.map(fate, scenarios, chunksize=4):
            done.append(lived)
            if progress:
                progress(lived)
    return done


def shares(lived: Sequence[Fate]) -> dict[Ending, Share]:
    """How many histories end how."""
    return {label: wilson(sum(f.ending == label for f in lived), len(lived)) for label in Ending}


__all__ = ["Fate", "Share", "fate", "fates", "purges_of", "shares", "wilson"]
