"""Nominal costs against cells that are counted: what a plan is charged is what its patterns want, within a few per cent."""

from __future__ import annotations

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.land.costs import nominal_cells
from worlds.works import drawn, random_charter, random_work

# By how much the sum over many works may differ from the cells that their patterns want, in per cent.
WITHIN = {
    c.K_PLATE: 12, c.K_PILLAR: 12, c.K_TOWER: 12, c.K_FACADE: 15, c.K_RING: 30, c.K_VIADUCT: 25, c.K_SPIRAL: 40, c.K_ZIGZAG: 15,
}  # fmt: skip


@pytest.mark.parametrize("kind", WITHIN)
def test_nominal_costs_are_what_the_patterns_want(kind: int) -> None:
    rng = np.random.default_rng(5)
    wanted = charged = 0
    for _ in range(24):
        genes = random_charter(rng)
        work = random_work(kind, genes, rng)
        sx, sy, sz, a, b = work
        wanted += int((drawn(kind, work, genes) != c.VOID).sum())
        charged += int(nominal_cells(kind, sx, sy, sz, a & 255 if kind == c.K_PILLAR else a, b, genes))
    assert abs(charged - wanted) * 100 <= WITHIN[c.WorkKind(kind)] * wanted, f"{charged} charged, {wanted} wanted"


def test_the_cost_of_a_work_never_sinks_below_one_cell_a_storey() -> None:
    rng = np.random.default_rng(6)
    for kind in WITHIN:
        genes = random_charter(rng)
        sx, sy, sz, a, b = random_work(kind, genes, rng)
        assert nominal_cells(kind, sx, sy, sz, a, b, genes) >= sz // max(1, int(genes.storey))
