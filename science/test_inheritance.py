"""Self-replication is real: the description is carried, copied with errors at the stated rate, and inherited."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from selection import STEADY

from megastructure.ground.city import City
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import FIRST_STYLE, Charters, Foremen
from megastructure.time.genesis import found
from megastructure.time.years import advance
from megastructure.words.declare import columns


@pytest.fixture(scope="module")
def city() -> City:
    """An outline history with a few thousand births."""
    grown = found(Scenario.load("saga").with_knobs(seed=12, works=0, years=1900, **STEADY))
    advance(grown, 1900 * 360)
    return grown


def test_every_lineage_ends_at_the_founder(city: City) -> None:
    foremen = city.table("foremen")
    assert len(foremen) > 3000
    n = np.arange(len(foremen))
    for _ in range(len(foremen)):
        n = np.where(foremen[n, Foremen.parent] >= 0, foremen[n, Foremen.parent], n)
        if (n == 0).all():
            return
    raise AssertionError("a lineage does not end")


def test_a_child_carries_its_parents_charter_or_one_that_was_copied_from_it(city: City) -> None:
    foremen, charters = city.table("foremen")[1:], city.table("charters")
    parents = city.table("foremen")[foremen[:, Foremen.parent]]
    same = foremen[:, Foremen.charter] == parents[:, Foremen.charter]
    copied = charters[foremen[:, Foremen.charter]]
    assert (copied[~same, Charters.parent] == parents[~same, Foremen.charter]).all()
    assert (copied[~same, Charters.name] == foremen[~same, Foremen.name]).all()
    assert (copied[~same, Charters.born] == foremen[~same, Foremen.born]).all()
    assert (foremen[:, Foremen.pitch] == copied[:, Charters.pitch]).all()
    assert (foremen[:, Foremen.height] == copied[:, Charters.height]).all()


def test_copies_err_at_the_stated_rate(city: City) -> None:
    """Births that found no school: the erring ones are binomial. A quarter of all errors ask for a new frame and mostly
    get it, so of those within a school three quarters of the rate remain."""
    foremen = city.table("foremen")[1:]
    parents = city.table("foremen")[foremen[:, Foremen.parent]]
    within = foremen[:, Foremen.school] == parents[:, Foremen.school]
    erred = int((foremen[within, Foremen.charter] != parents[within, Foremen.charter]).sum())
    rate = city.scenario.copy_error_ppm / 1e6
    low = binomtest(erred, int(within.sum()), rate * 0.75).pvalue
    assert low > 1e-4, f"{erred} of {within.sum()} copies erred; expected {rate * 0.75:.4f}"


def test_an_error_within_a_school_changes_at_most_three_style_genes(city: City) -> None:
    charters = city.table("charters")[1:]
    parents = city.table("charters")[charters[:, Charters.parent]]
    within = charters[:, Charters.school] == parents[:, Charters.school]
    changed = charters != parents
    assert within.sum() > 20
    assert changed[within][:, FIRST_STYLE:].sum(1).max() <= 3
    assert not changed[within][:, Charters.pitch].any()
    founding = changed[~within][:, FIRST_STYLE:].mean()
    assert 0.55 < founding < 0.8, "three quarters of the style are redrawn when a school is founded"


def test_what_a_charter_says_decides_who_breeds() -> None:
    """Paired worlds that differ in one gene of the founder: where the survey reaches further, few hesitate at a frontier."""
    bays = []
    for radius in (2, 6):
        counts = []
        for seed in range(6):
            still = Scenario(seed=seed, works=0, people=0, prologue_percent=100, founder={"radius": radius}, copy_error_ppm=0)
            grown = found(still)
            advance(grown, 700 * 360)
            counts.append(grown.bays)
        bays.append(counts)
    near, far = np.array(bays)
    assert (far > near).all(), (near, far)


def test_all_genes_stay_in_their_ranges(city: City) -> None:
    charters = city.table("charters")
    for c in columns(Charters)[FIRST_STYLE:]:
        values = charters[:, c.number]
        assert values.min() >= c.col.low and values.max() <= c.col.high, c.name  # type: ignore[attr-defined]
