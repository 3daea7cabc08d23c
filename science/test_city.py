"""Is a grown city good: can one walk through it, is it airy, varied, dense enough and never finished?

Three cities of 2,000 years in a bounded world, one window around the founder and two around drawn old bays in each. The
ranges are those of `megastructure.study.statistics.WANTED`; figures that spread widely from window to window are judged
over all nine windows together.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from megastructure.ground.check import check
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import YEAR
from megastructure.study.statistics import WANTED, Statistics, judgements, report
from megastructure.time.genesis import found
from megastructure.time.years import advance

SEEDS = (33, 1, 2)
YEARS = 2000
WINDOWS = 2


@cache
def measured(seed: int) -> Statistics:
    city = found(Scenario.load("saga").with_knobs(seed=seed, years=YEARS, world_radius_lots=40, people=0))
    advance(city, YEARS * YEAR)
    check(city)
    return report(city, windows=WINDOWS)


def within(name: str, value: float) -> bool:
    least, most = WANTED[name]
    return least <= value <= most


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "figure",
    [
        "walk, median of windows",
        "walk, worst window",
        "faces reached by the largest walk, least",
        "fill of the owned lots",
        "schools in 512 cells cubed, least",
        "share of the largest school there, most",
        "works of an ordinary bay, median",
        "works begun in the poorest century",
    ],
)
def test_each_city_is_as_wanted(seed, figure):
    (judged,) = (j for j in judgements(measured(seed)) if j.name == figure)
    assert judged.good, f"seed {seed}: {figure} is {judged.value:.3g}, wanted {judged.least:g} .. {judged.most:g}"


def test_voids_are_wide_and_of_many_sizes():
    windows = [w for seed in SEEDS for w in measured(seed).windows]
    assert within("pore radius, 50 %, median of windows", float(np.median([w.pores.median for w in windows])))
    assert within("pore radius, 90 %, median of windows", float(np.median([w.pores.wide for w in windows])))
    assert min(w.pores.radius[10] for w in windows) <= 2  # and there are crannies


def test_matter_is_between_a_plane_and_a_block_at_every_scale():
    windows = [w for seed in SEEDS for w in measured(seed).windows]
    dimensions = np.median([w.dimension.local for w in windows], axis=0)
    assert within("box dimension at its least edge", float(dimensions.min()))
    assert within("box dimension at its greatest edge", float(dimensions.max()))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_it_is_built_of(seed):
    share = measured(seed).materials
    assert sum(share.values()) == pytest.approx(1)
    assert 0.4 < share["SHELL"] + share["PILLAR"] + share["SLAB"] < 0.85  # what carries
    assert min(share[name] for name in ("LADDER", "DOOR", "CATWALK", "RAIL")) > 0.002  # what lets people through
    assert min(share[name] for name in ("STAIR", "LAMP", "GLASS", "PIPE", "CONDUIT")) > 0  # what makes it a place


def test_the_city_does_not_come_to_rest():
    """In a full world bays go on dying, being succeeded and renovated: the last centuries build as much as before."""
    for seed in SEEDS:
        begun = measured(seed).works_by_century
        assert min(begun[-5:]) > 0.5 * max(begun)


def test_seeds_are_different_cities():
    assert len({measured(seed).cells.value for seed in SEEDS}) == len(SEEDS)
    assert len({measured(seed).windows[1].corner for seed in SEEDS}) == len(SEEDS)
