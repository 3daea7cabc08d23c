"""Boxes against the voxels that they stand for: kind by kind, a whole city, and the days on which they come and go."""

from __future__ import annotations

import numpy as np
import pytest

from megastructure.ground.city import City
from megastructure.ground.codes import (
    CLIP_OWN,
    EVERYTHING,
    K_BRIDGE,
    K_DEMOLITION,
    K_DWELLING,
    K_FACADE,
    K_LADDER,
    K_MASS,
    K_PILLAR,
    K_PIPE,
    K_PLATE,
    K_RING,
    K_SPIRAL,
    K_STOP,
    K_TOWER,
    K_UNBUILDING,
    K_VIADUCT,
    K_ZIGZAG,
    RUBBLE,
    SHELL,
    SLAB,
)
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import Works
from megastructure.land.lots import place_sector, sector_key
from megastructure.land.patterns import pattern
from megastructure.matter.boxes import STANDS, Boxes, boxes, shapes, standing
from megastructure.matter.index import enlist
from megastructure.matter.ledger import Ledger
from megastructure.time.genesis import found
from megastructure.time.years import advance
from worlds.works import charter

COARSE = 4  # cells along the edge of what is compared
CHARTER = charter()

# Kind, size of the box, a, b, and the least share of what either fills that both fill.
ALONE = [
    (K_PLATE, (80, 80, 8), 0, 0, 0.70),
    (K_PLATE, (80, 80, 8), 1, 0, 0.80),
    (K_PLATE, (80, 80, 9), 1, 3, 0.60),
    (K_PLATE, (80, 80, 8), 8, 64 << 8 | 64 << 16, 0.95),
    (K_PILLAR, (41, 41, 89), 6, 12, 0.80),
    (K_PILLAR, (27, 27, 104), 6, 0, 0.85),
    (K_TOWER, (11, 11, 61), 0, 1, 0.85),
    (K_TOWER, (23, 23, 101), 0, 5, 0.78),
    (K_TOWER, (23, 23, 101), 1, 5, 0.78),
    (K_FACADE, (64, 13, 65), 0, 1, 0.75),
    (K_FACADE, (13, 64, 65), 0, 64, 0.80),
    (K_RING, (19, 19, 2), 7, 0, 0.95),
    (K_VIADUCT, (7, 48, 20), 14, 0, 0.70),
    (K_BRIDGE, (40, 5, 4), 3, 64 | 16 | 3, 0.95),
    (K_BRIDGE, (3, 25, 4), 2, 32 | 2, 0.80),
    (K_PIPE, (2, 40, 1), 0, 0, 0.95),
    (K_ZIGZAG, (2, 10, 84), 0, 0, 0.70),
    (K_LADDER, (1, 1, 40), 0, 0, 0.95),
    (K_MASS, (4, 8, 3), RUBBLE, 0, 0.95),
    (K_MASS, (12, 12, 6), RUBBLE, 1, 0.70),
    (K_DWELLING, (6, 6, 5), 0, 1, 0.95),
]  # fmt: skip


def row(kind, size, a=0, b=0, at=(0, 0, 0), **values):
    made = Works(np.zeros(len(Works.column_names), np.int64))
    made.kind, made.size, made.a, made.b, made.corner = kind, size, a, b, at
    for name, value in values.items():
        setattr(made, name, value)
    return made.words


def fill(shape, corners, sizes):
    """Boxes as voxels [z, y, x]."""
    made = np.zeros(shape, bool)
    for (x, y, z), (wide, deep, high) in zip(corners, sizes, strict=True):
        made[z : z + high, y : y + deep, x : x + wide] = True
    return made


def coarse(cells, least):
    """Cubes of COARSE cells that hold at least so many."""
    cells = np.pad(cells, [(0, -n % COARSE) for n in cells.shape])
    nz, ny, nx = (n // COARSE for n in cells.shape)
    return cells.reshape(nz, COARSE, ny, COARSE, nx, COARSE).sum(axis=(1, 3, 5)) >= least


def likeness(one, other, least):
    one, other = coarse(one, least), coarse(other, least)
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize(("kind", "size", "a", "b", "least"), ALONE)
def test_the_box_of_a_kind_is_where_its_matter_is(kind, size, a, b, least):
    sx, sy, sz = size
    cells = np.zeros((sz, sy, sx), bool)
    for z, y, x in np.ndindex(cells.shape):
        wanted = pattern(kind, x, y, z, sx, sy, sz, a, b, CHARTER, x, y, z)
        cells[z, y, x] = wanted & 31 if wanted & 64 == 0 else 0
    corner, size, _, work = shapes(row(kind, size, a, b)[None], CHARTER.words[None])
    assert len(work) and (work == 0).all()
    assert likeness(cells, fill(cells.shape, corner, size), 4) >= least


def test_every_kind_that_fills_has_a_box_but_the_spiral():
    kinds = {kind for kind, *_ in ALONE}
    assert kinds == {k for k in range(1, K_DEMOLITION) if k <= K_DWELLING} - {K_SPIRAL}
    assert len(shapes(np.stack([row(K_SPIRAL, (17, 17, 90), 8), row(K_MASS, (2, 2, 2), RUBBLE)]), CHARTER.words[None])[0]) == 1


def city_of(*works):
    """A city of works that are registered in every lot of one sector."""
    city = City(Scenario(), len(works) + 1)
    city.charters[0].words[:] = CHARTER.words
    city.works[: len(works), :] = works
    city.sizes.works = len(works)
    city.sizes.sectors = 1
    place_sector(city.keys, city.slots, sector_key(0, 0, 0), 0)
    for n in range(len(works)):
        enlist(city, 0, n, -1)
    return city


def of_work(made: Boxes, work: int) -> Boxes:
    return made.take(made.work == work)


def test_an_unbuilt_tower_goes_when_half_of_it_is_gone():
    made = boxes(city_of(
        row(K_TOWER, (11, 11, 50), start=10, duration=100),
        row(K_UNBUILDING, (11, 11, 50), start=500, duration=40, target=1, scope=EVERYTHING),
    ))  # fmt: skip
    assert made.first.tolist() == [10] and made.after.tolist() == [520] and made.days.tolist() == [100]


def test_a_demolition_ends_what_lies_in_it_but_not_what_it_may_not_take():
    made = boxes(city_of(
        row(K_PLATE, (48, 48, 8), a=0, start=1), row(K_PLATE, (48, 48, 8), a=1, start=2, at=(0, 0, 40)),
        row(K_TOWER, (11, 11, 30), start=3, at=(5, 5, 8)), row(K_TOWER, (11, 11, 30), start=3, at=(30, 30, 8), foreman=1),
        row(K_DEMOLITION, (5, 5, 4), start=50, flags=CLIP_OWN << 8 | 1, scope=EVERYTHING, at=(6, 6, 20)),
        row(K_DEMOLITION, (48, 48, 48), start=100, duration=48, flags=CLIP_OWN << 8 | 1, scope=EVERYTHING & ~(1 << SHELL)),
        row(K_TOWER, (11, 11, 30), start=300, at=(5, 5, 8)),
    ))  # fmt: skip
    after = {int(w): int(a) for w, a in zip(made.work, made.after, strict=True)}
    assert after == {0: STANDS, 1: 100 + 4, 2: 100 + 25, 3: STANDS, 6: STANDS}


def test_what_was_stopped_stays_as_high_as_it_was():
    made = boxes(city_of(
        row(K_TOWER, (11, 11, 60), duration=60), row(K_TOWER, (11, 11, 60), duration=60, flags=1, at=(20, 0, 0)),
        row(K_STOP, (11, 11, 60), start=20, target=1), row(K_STOP, (11, 11, 60), start=20, target=2),
    ))  # fmt: skip
    up, down = of_work(made, 0), of_work(made, 1)
    assert (up.corner[0, 2], up.size[0, 2]) == (0, 20) and (down.corner[0, 2], down.size[0, 2]) == (40, 20)


def test_a_box_is_cut_to_the_lots_of_its_work():
    city = city_of(row(K_PLATE, (64, 64, 8), a=1))
    city.chunks[1, 2:4] = 0x00330033, 0  # lots 0 and 1 along x and y, 0 and 1 up
    made = boxes(city)
    assert made.corner.tolist() == [[0, 0, 6]] and made.size.tolist() == [[32, 32, 2]] and made.material.tolist() == [SLAB]
    city.heads[0, 0] = 0
    assert len(boxes(city).work) == 0


def test_a_box_rises_with_its_work():
    made = boxes(city_of(
        row(K_TOWER, (11, 11, 50), start=10, duration=100), row(K_TOWER, (11, 11, 50), start=10, duration=100, flags=1),
    ))  # fmt: skip
    assert len(standing(made, 9).work) == 0
    half = standing(made, 10 + 49)
    up, down = of_work(half, 0), of_work(half, 1)
    assert (up.corner[0, 2], up.size[0, 2]) == (0, 25) and (down.corner[0, 2], down.size[0, 2]) == (25, 25)
    assert standing(made, 110).size[:, 2].tolist() == [50, 50]


def test_a_city_of_boxes_is_the_city_from_afar():
    """Of a whole city, the cubes that hold half a layer or more are at least to 75 % the same."""
    city = found(Scenario.load("quick").with_knobs(seed=33, people=0))
    advance(city, 250 * 360)
    day = city.day - 1
    ledger = Ledger(city)
    lots = ledger.lots()
    low, high = lots.min(0) * 16, (lots.max(0) + 1) * 16
    cells = ledger.materialise(tuple(zip(low.tolist(), high.tolist(), strict=True)), day) != 0
    made = boxes(city)
    assert (np.diff(made.size.prod(1)) <= 0).all()
    now = standing(made, day)
    assert likeness(cells, fill(cells.shape, now.corner - low, now.size), COARSE * COARSE // 2) >= 0.75
    before = standing(made, 120 * 360)
    then = ledger.materialise(tuple(zip(low.tolist(), high.tolist(), strict=True)), 120 * 360) != 0
    assert likeness(then, fill(cells.shape, before.corner - low, before.size), COARSE * COARSE // 2) >= 0.75
