"""The measures of a city on small worlds whose answers are known, and against slow counting on a small grown city."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from rich.console import Console
from scipy.ndimage import distance_transform_edt

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.ground.digest import digest
from megastructure.ground.scenario import Scenario
from megastructure.land.lots import owner_of_lot
from megastructure.matter.ledger import Ledger
from megastructure.study import samples, space, statistics
from megastructure.time.genesis import found
from megastructure.time.years import advance
from megastructure.words.errors import MegastructureError

YEARS = 360
SCENARIO = Scenario(
    seed=26, world_radius_lots=14, growth_income=2500, tower_income=60, breeding_cost=4000, renovation_unit_days=6,
    life_unit_days=28, copy_error_ppm=60_000, frontier_delay_days=4000,
    founder={"pitch": 48, "height": 64, "plot": 14, "shell": 3, "decks": 1, "radius": 2, "renovation": 900},
)  # fmt: skip
GLYPHS = {".": c.VOID, "#": c.SLAB, "H": c.LADDER, "S": c.STAIR, "D": c.DOOR, "r": c.RAIL, "o": c.GLASS, "W": c.WALL}


def side_view(text: str) -> space.Cells:
    """A world one cell deep, drawn from the side; above and below it lies one layer of nothing and one of SLAB."""
    rows = text.split()
    cells = np.array([[GLYPHS[glyph] for glyph in row] for row in reversed(rows)], np.uint8)
    floor, sky = np.full((1, cells.shape[1]), c.SLAB, np.uint8), np.zeros((1, cells.shape[1]), np.uint8)
    return np.concatenate([floor, cells, sky])[:, None, :]


# ---- walking


@pytest.mark.parametrize(
    "text, sizes",
    [
        (".... ....", [4]),
        (".... .... ..#.", [4]),  # one cell up and one down
        (".... .... ..#. ..#.", [2, 1, 1]),  # two cells are too high
        ("...... ...... ##...# ......", [3, 2, 1]),  # one cell of headroom is too little
        ("...... ##...# ...... ......", [6, 2, 1]),  # two are enough
        ("...D.. ...D..", [6]),
        ("...r.. ...r..", [6]),
        ("...o.. ...o..", [3, 2]),  # glass lets nobody through
        ("...... ...... ...... ...o..", [3, 2]),  # nor does anybody stand on it
        ("...... ...... ...... ...r..", [6]),  # nor on a rail, but it is stepped over
    ],
)
def test_where_one_walks(text, sizes):
    assert [len(part) for part in space.walk_components(side_view(text))] == sizes


ROOMS = """
    ..........
    ..........
    ####{}#####
    ....{}.....
    ....{}.....
"""


def test_a_ladder_joins_two_rooms():
    apart = space.walk(side_view(ROOMS.format("#", ".", ".")))
    joined = space.walk(side_view(ROOMS.format("H", "H", "H")))
    assert (apart.standable, apart.components, apart.largest) == (20, 2, 0.5)
    assert apart.top == (0.5, 0.5)
    assert (joined.standable, joined.components, joined.largest) == (22, 1, 1.0)  # one also stands on the ladder


def test_a_ladder_that_ends_in_the_air_joins_nothing():
    text = """
        ..........
        ..........
        ####H#####
        ....H.....
        ..........
        ..........
        ..........
    """
    parts = space.walk_components(side_view(text))
    assert [len(p) for p in parts] == [12, 10]
    assert sorted(parts[1][:, 2]) == [1] * 10  # the floor below; the layer under it belongs to the frame


def test_stairs_are_climbed_step_by_step():
    text = """
        ..........
        ..........
        ......####
        .....S####
        ....S#####
        ...S######
        ..S#######
    """
    assert space.walk(side_view(text)).components == 1


def test_a_walk_leads_out_through_the_faces_it_touches():
    cells = np.zeros((8, 9, 10), np.uint8)
    cells[3] = c.SLAB
    assert space.walk(cells).faces == 4  # a floor from wall to wall
    cells[:, 4, 5] = c.LADDER
    assert space.walk(cells).faces == 6
    island = np.zeros((8, 9, 10), np.uint8)
    island[3, 2:5, 2:5] = c.SLAB
    assert (space.walk(island).faces, space.walk(island).standable) == (0, 9)


def test_nobody_walks_where_nothing_stands():
    assert space.walk(np.zeros((5, 5, 5), np.uint8)) == space.Walk(0, 0, 0.0, (), 0)


def test_every_standable_cell_is_in_one_component():
    rng = np.random.default_rng(3)
    cells = rng.choice([c.VOID, c.VOID, c.SLAB, c.LADDER, c.DOOR, c.STAIR], (12, 13, 14)).astype(np.uint8)
    joined = {tuple(place): number for number, part in enumerate(space.walk_components(cells)) for place in part}

    def stands(x, y, z):
        if not (0 <= x < 14 and 0 <= y < 13 and 1 <= z < 11):
            return False
        here, above, below = (int(cells[z + d, y, x]) for d in (0, 1, -1))
        passable = (c.PASSABLE >> here) & (c.PASSABLE >> above) & 1
        return bool(passable and ((c.CLIMBABLE >> here) | (c.SUPPORTING >> below)) & 1)

    everywhere = {(x, y, z) for z in range(12) for y in range(13) for x in range(14) if stands(x, y, z)}
    assert set(joined) == everywhere
    climbs = {p for p in everywhere if (c.CLIMBABLE >> int(cells[p[2], p[1], p[0]])) & 1}
    for x, y, z in everywhere:
        near = [(x + dx, y + dy, z + dz) for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)) for dz in (-1, 0, 1)]
        near += [p for p in ((x, y, z + 1), (x, y, z - 1)) if p in climbs or (x, y, z) in climbs]
        for other in near:
            if other in everywhere:
                assert joined[x, y, z] == joined[other]


# ---- matter and void


def test_a_block_a_plane_and_a_line_have_dimensions_three_two_and_one():
    block, plane, line = (np.zeros((128, 128, 128), np.uint8) for _ in range(3))
    block[:] = c.SHELL
    plane[5] = c.SHELL
    line[5, 70] = c.SHELL
    for cells, dimension in ((block, 3.0), (plane, 2.0), (line, 1.0)):
        assert space.box_dimension(cells).local == pytest.approx([dimension] * 6)
    assert space.box_dimension(block).counts[-1] == 8
    assert space.box_dimension(np.zeros((64, 64, 64), np.uint8)).local == (0.0,) * 6
    with pytest.raises(MegastructureError, match="at least 64"):
        space.box_dimension(block[:40])


def empty_cube() -> space.Cells:
    cells = np.full((33, 33, 33), c.SHELL, np.uint8)
    cells[1:32, 1:32, 1:32] = c.VOID
    return cells


def test_the_radius_of_an_empty_cube():
    pores = space.pores(empty_cube(), sample=0)
    assert pores.radius[100] == 16  # from the middle to the nearest wall
    cubes = np.array([(33 - 2 * r) ** 3 for r in range(1, 17)])
    within = np.cumsum(cubes - np.append(cubes[1:], 0)) / cubes[0]  # cells by their distance from the walls
    assert pores.median == 1 + np.searchsorted(within, 0.5)
    assert pores.wide == 1 + np.searchsorted(within, 0.9)


def test_radii_are_those_of_a_distance_transform():
    rng = np.random.default_rng(5)
    for share in (0.001, 0.05):
        cells = (rng.random((31, 40, 37)) < share).astype(np.uint8)
        exact = distance_transform_edt(cells == 0)
        found = space.pores(cells, sample=0).radius
        expected = np.percentile(exact[exact > 0], space.PORE_PERCENTILES)
        assert list(found.values()) == pytest.approx(expected)


def test_a_sample_of_voids_is_drawn_by_name():
    cells = empty_cube()
    whole, part = space.pores(cells, sample=0), space.pores(cells, seed=3, name=8)
    assert all(abs(whole.radius[p] - part.radius[p]) <= 1 for p in (10, 50, 90, 99))
    assert part == space.pores(cells, seed=3, name=8)
    cells[1:16] = c.SHELL
    few = {space.pores(cells, sample=20, seed=seed, name=name).radius[90] for seed in (3, 4) for name in (8, 9)}
    assert len(few) > 1


def test_pores_of_owned_lots_only():
    cells = np.zeros((48, 48, 48), np.uint8)
    cells[0] = c.SHELL
    owners = np.full((3, 3, 3), -1, np.int32)
    nowhere = space.pores(cells, owners)
    owners[1, 2, 0] = 4
    for sample in (0, 500):
        radius = space.pores(cells, owners, sample).radius
        assert 16 <= radius[10] < radius[50] < radius[100] <= 31
    assert set(nowhere.radius.values()) == {0.0}
    with pytest.raises(MegastructureError, match="nothing stands"):
        space.pores(np.zeros((16, 16, 16), np.uint8))


def test_fill_counts_owned_lots_alone():
    cells = np.zeros((32, 32, 32), np.uint8)
    cells[:16, :16, :16] = c.SHELL  # an owned lot, full
    cells[16:, 16:, 16:] = c.SHELL  # a wild lot with what a dead bay left
    owners = np.full((2, 2, 2), -1, np.int32)
    owners[0, 0] = 3, 4
    assert samples.fill_of_window(samples.Window(0, (0, 0, 0), cells, owners)) == 0.5
    assert samples.fill_of_window(samples.Window(0, (0, 0, 0), cells, np.full((2, 2, 2), -1, np.int32))) == 0


# ---- a grown city


@pytest.fixture(scope="module")
def city() -> City:
    grown = found(SCENARIO)
    advance(grown, YEARS * t.YEAR)
    assert grown.bays > 30 and grown.tally.died > 5
    return grown


def test_the_statistics_need_a_city_with_matter_and_a_past():
    with pytest.raises(MegastructureError, match="outline"):
        outline = found(SCENARIO.with_knobs(works=0))
        advance(outline, 10)
        statistics.report(outline)
    with pytest.raises(MegastructureError, match="not lived a day"):
        statistics.report(found(SCENARIO))


def test_owned_lots_of_any_day(city):
    lots = samples.owned_lots(city)
    assert len(lots) == city.tally.lots
    assert (np.lexsort((lots[:, 0], lots[:, 1], lots[:, 2])) == np.arange(len(lots))).all()
    assert all(owner_of_lot(city, *lot) >= 0 for lot in lots.tolist())
    series = city.table("series")
    for year in (1, 97, 180, YEARS):
        assert len(samples.owned_lots(city, year * t.YEAR - 1)) == series[year - 1, t.Series.lots]
    for day in (-1, city.day):
        with pytest.raises(MegastructureError, match="expected a day"):
            samples.owned_lots(city, day)


def test_a_window_of_an_earlier_day_is_that_of_a_younger_city(city):
    younger = found(SCENARIO)
    advance(younger, 150 * t.YEAR)
    size = (128, 128, 96)
    now = samples.window(Ledger(younger), 0, size=size)
    then = samples.window(Ledger(city), 0, 150 * t.YEAR - 1, size)
    assert (now.cells == then.cells).all() and (now.owners == then.owners).all() and now.cells.any()
    x, y, z = (int(v) for v in city.foremen[0, t.Foremen.x : t.Foremen.z + 1])
    assert then.corner == (x - 48, y - 48, z - 32)
    assert samples.standing_cells(younger, sample=0).value == samples.standing_cells(city, 150 * t.YEAR - 1, 0).value
    with pytest.raises(MegastructureError, match="multiples of 16"):
        samples.window(Ledger(city), 0, size=(100, 128, 96))


def test_standing_cells_and_their_estimate(city):
    ledger = Ledger(city)
    whole = samples.standing_cells(city, sample=0)
    assert whole.error == 0 and whole.sample == whole.population == len(ledger.lots())
    assert whole.value == (ledger.materialise_lots(ledger.lots(), city.day - 1) != 0).sum()
    part = samples.standing_cells(city, sample=whole.population // 3)
    assert 0 < part.error < 0.1 * whole.value
    assert abs(part.value - whole.value) < 4 * part.error
    assert part == samples.standing_cells(city, sample=whole.population // 3)


def test_samples_are_drawn_by_place(city):
    lots = samples.owned_lots(city)
    some = samples.sampled_lots(city, lots, 50, 7)
    assert len(some) == len(np.unique(some, axis=0)) == 50
    turned = samples.sampled_lots(city, lots[::-1].copy(), 50, 7)
    assert {tuple(v) for v in turned} == {tuple(v) for v in some}
    assert {tuple(v) for v in samples.sampled_lots(city, lots, 50, 8)} != {tuple(v) for v in some}
    assert {tuple(v) for v in samples.sampled_lots(city, lots, 51, 7)} > {tuple(v) for v in some}
    assert samples.sampled_lots(city, lots, len(lots), 7) is lots


def test_chosen_bays_are_the_founder_and_old_ordinary_ones():
    city = found(SCENARIO.with_knobs(life_unit_days=0))
    advance(city, YEARS * t.YEAR)
    chosen = samples.chosen_bays(city, 3)
    assert chosen[0] == 0 and len(set(chosen)) == 4 and chosen[:3] == samples.chosen_bays(city, 2)
    for n in chosen[1:]:
        bay = city.foremen[n]
        assert bay.site == c.S_BAY and bay.phase == c.P_STANDING
        assert bay.born < city.day / 3
    everybody = samples.chosen_bays(city, 10**6)
    assert chosen == everybody[:4] and len(set(everybody)) == len(everybody) < city.bays


def test_schools_around_a_bay(city):
    found_there = statistics.schools_around(city, 0, lots=10)
    counts: dict[int, int] = {}
    for x in range(-5, 5):
        for y in range(-5, 5):
            for z in range(-5, 5):
                owner = owner_of_lot(city, x, y, z)
                if owner >= 0:
                    school = int(city.foremen[owner, t.Foremen.school])
                    counts[school] = counts.get(school, 0) + 1
    shares = np.array(list(counts.values())) / sum(counts.values())
    assert found_there.bay == city.foremen[0, t.Foremen.name] and found_there.schools == len(counts)
    assert found_there.largest == max(counts.values()) / 1000
    assert found_there.effective == pytest.approx(np.prod(shares**-shares))


def test_works_of_bays_and_of_centuries(city):
    works = city.table("works")
    centuries = statistics.works_by_century(city)
    assert sum(centuries) == len(works) and len(centuries) == 4
    assert centuries[1] == sum(100 * t.YEAR <= day < 200 * t.YEAR for day in works[:, t.Works.start])
    filled = []
    for n, bay in zip(range(city.sizes.foremen), city.foremen):
        lives = bay.phase in (c.P_BUILDING, c.P_STANDING)
        if lives and bay.site == c.S_BAY and city.day - bay.born > city.day // 4:
            own = works[works[:, t.Works.foreman] == n]
            filled.append(int(((own[:, t.Works.kind] < c.K_DEMOLITION) & (own[:, t.Works.target] == 0)).sum()))
    per_bay = statistics.works_per_bay(city)
    assert per_bay.bays == len(filled) > 10 and per_bay.median == np.median(filled)
    assert per_bay.least <= per_bay.median <= per_bay.most and per_bay.standing_median <= per_bay.median


def test_the_report_is_complete_repeatable_and_prints(city):
    before = digest(city)
    reports = [statistics.report(city, windows=1, size=(128, 128, 64), sample=100, sample_cells=200) for _ in range(2)]
    assert reports[0] == reports[1] and digest(city) == before
    found_here = reports[0]
    assert len(found_here.windows) == len(found_here.neighbourhoods) == 2
    assert found_here.bays == city.bays and found_here.schools == city.tally.schools
    assert sum(found_here.materials.values()) == pytest.approx(1)
    assert found_here.walk_worst <= found_here.walk_median
    named = {j.name: j for j in statistics.judgements(found_here)}
    assert list(named) == list(statistics.WANTED)
    assert named["walk, worst window"].good == (found_here.walk_worst >= 0.65)
    for window in found_here.windows:
        assert all(a >= b for a, b in pairwise(window.walk.top)) and sum(window.walk.top) <= 1 + 1e-9
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(found_here)
    printed = console.export_text()
    for word in ("standing cells", "walk, worst window", "box dimension", f"{city.bays}"):
        assert word in printed
