"""The site office: huts that a body can walk out of, and what a hole took, found lot by lot and cell by cell."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.ground.scenario import Scenario
from megastructure.land.lots import owner_of_lot
from megastructure.laws.office import begin_entry, enter, list_holed, place_entry, release
from megastructure.matter.fold import cell_at, in_capsule, original
from megastructure.matter.ledger import Ledger
from megastructure.matter.ways import AWAY, can_stand, leads_away
from megastructure.society.plans import begin_work, place_work, write_plan
from worlds.fast_cities import fast, grown, some_shots
from worlds.lattice import Lattice, lattice

# ---- huts ------------------------------------------------------------------------------------------------------------

SOON: dict[str, Any] = {"era_year": 260, "strike_lead_years": 60, "prologue_percent": 1500, "villages": 16}
NEAR = 16  # cells around a hut in which somebody walks
WHOLE_CITIES = {
    "quick 1": Scenario.load("quick").with_knobs(seed=1, **SOON),
    "quick 2": Scenario.load("quick").with_knobs(seed=2, **SOON),
    "quick 3": Scenario.load("quick").with_knobs(seed=3, safeguard_raid_ppm=60_000, fission_ppm=200_000, **SOON),
    "world 4": Scenario.load("world").with_knobs(seed=4, works=1, **SOON),
    "world 5": Scenario.load("world").with_knobs(seed=5, works=1, fission_ppm=200_000, **SOON),
}


def bits(cells: np.ndarray, mask: int) -> np.ndarray:
    """Which cells are of the materials of a mask."""
    return (mask >> cells.astype(np.int64)) & 1 == 1


def walked_from(hut: np.ndarray, ledger: Ledger, day: int) -> tuple[int, int]:
    """Cells of a hut's room in which somebody can stand, and how far beyond its walls they can walk. A step up or down needs
    a free cell over the head."""
    (x, y, z), (sx, sy, sz) = hut[t.Works.corner].tolist(), hut[t.Works.size].tolist()
    box = ((x - NEAR, x + sx + NEAR), (y - NEAR, y + sy + NEAR), (z - NEAR, z + sz + NEAR))
    cells = ledger.materialise(box, day)
    free = bits(cells, c.PASSABLE)
    stand = np.zeros_like(free)
    stand[1:-2] = free[1:-2] & free[2:-1] & (bits(cells[1:-2], c.CLIMBABLE) | bits(cells[:-3], c.SUPPORTING))
    room = [(NEAR, NEAR + j, NEAR + i) for j in range(1, sy - 1) for i in range(1, sx - 1) if stand[NEAR, NEAR + j, NEAR + i]]
    seen, edge, far = set(room), list(room), 0
    while edge:
        k, j, i = edge.pop()
        far = max(far, NEAR - i, NEAR - j, i - (NEAR + sx - 1), j - (NEAR + sy - 1))
        for (dj, di), dk in product(((0, 1), (0, -1), (1, 0), (-1, 0)), (-1, 0, 1)):
            to = k + dk, j + dj, i + di
            if not (0 < to[0] < len(cells) - 3 and 0 <= to[1] < cells.shape[1] and 0 <= to[2] < cells.shape[2]):
                continue
            low, high = (k, to[0]) if dk > 0 else (to[0], k)
            over = free[low + 2, j, i] if dk > 0 else free[low + 2, to[1], to[2]]
            if to not in seen and stand[to] and (high == low or over):
                seen.add(to)
                edge.append(to)
    return len(room), far


@pytest.mark.parametrize("name", WHOLE_CITIES)
def test_every_hut_of_a_city_has_a_way_in_on_the_day_on_which_it_stands(name):
    city = grown(WHOLE_CITIES[name], 420)
    works = city.table("works")
    huts = works[(works[:, t.Works.kind] == c.K_DWELLING) & (works[:, t.Works.target] == 0)]  # no repairs
    ready = huts[:, t.Works.start] + huts[:, t.Works.duration] - 1
    huts, ready = huts[ready < city.day], ready[ready < city.day]
    assert len(huts) > 25 and len(set(huts[:, t.Works.b])) == 4
    ledger = Ledger(city)
    for hut, day in zip(huts, ready.tolist(), strict=True):
        room, far = walked_from(hut, ledger, day)
        sx, sy = hut[t.Works.sx], hut[t.Works.sy]
        assert room == (sx - 2) * (sy - 2), f"the room of {hut} has no floor, or is not free, on day {day}"
        assert far >= AWAY - 3, f"nobody can walk away from {hut} on day {day}, only {far} cells"


FLOOR = 8  # height of the floor of a bay of the lattice: ribs and plate
TODAY = 100


def on_a_floor(*masses: tuple[int, int, int, int]) -> Lattice:
    """A bay with a floor 40 cells wide around its middle, and blocks (x, y, sx, sy), 6 cells high, on it."""
    w = lattice(1, 1, 1, works=1)
    for x, y, z, sx, sy, sz in ((20, 20, FLOOR - 1, 40, 40, 1), *((x, y, FLOOR, sx, sy, 6) for x, y, sx, sy in masses)):
        begin_entry(w, 0, 5, c.K_MASS)
        place_entry(w, x, y, z, sx, sy, sz)
        w.works[w.sizes.works].a = c.SLAB
        assert enter(w, c.CLIP_OWN)
    return w


def plan_hut(w: City, x: int, y: int, side: int, day: int = TODAY) -> bool:
    """Plan a hut of 5 x 5 cells and let the office release it. Whether it became a work: then it is the last."""
    begin_work(w, 0, day, c.E_MASS, c.K_DWELLING)
    place_work(w, x, y, FLOOR, 5, 5, 4)
    w.draft.b = side
    w.draft.duration = 3
    write_plan(w)
    return bool(release(w, w.sizes.plan))


def last_hut(w: City) -> tuple[int, int, int]:
    work = w.works[w.sizes.works - 1]
    assert work.kind == c.K_DWELLING and work.duration == 3 and work.z == FLOOR
    return int(work.x), int(work.y), int(work.b)


@pytest.mark.parametrize("side", range(4))
def test_a_hut_with_a_way_in_stands_as_it_was_planned(side):
    w = on_a_floor()
    assert plan_hut(w, 38, 38, side) and last_hut(w) == (38, 38, side)


def test_a_door_that_would_face_a_wall_is_turned():
    w = on_a_floor((43, 34, 2, 12))
    assert plan_hut(w, 38, 38, 0) and last_hut(w) == (38, 38, 1)


def test_a_hut_in_a_wall_or_over_an_edge_is_moved_to_the_nearest_place():
    w = on_a_floor((40, 40, 2, 2))
    assert plan_hut(w, 38, 38, 0)
    x, y, _ = last_hut(w)
    assert max(abs(x - 38), abs(y - 38)) == 2, "the block is a part of its wall now"
    w = on_a_floor()
    assert plan_hut(w, 17, 38, 0) and last_hut(w)[0] == 21


def test_nobody_is_walled_up_in_a_court():
    court = ((34, 34, 13, 1), (34, 46, 13, 1), (34, 35, 1, 11), (46, 35, 1, 11))
    w = on_a_floor(*court)
    assert plan_hut(w, 38, 38, 0)
    x, y, _ = last_hut(w)
    assert x >= 46 or y >= 46 or x + 5 <= 35 or y + 5 <= 35, "in the court itself there would be room enough"


def test_a_hut_does_not_shut_in_its_neighbour_that_is_being_built():
    w = on_a_floor((38, 36, 12, 1), (38, 42, 12, 1))
    assert plan_hut(w, 38, 37, 0) and last_hut(w) == (38, 37, 0)  # in a lane that is open to the east
    assert plan_hut(w, 45, 37, 0, TODAY + 1)
    assert last_hut(w)[:2] != (45, 37)


def test_heaps_and_towers_keep_out_of_huts():
    w = on_a_floor()
    assert plan_hut(w, 38, 38, 0)
    begin_work(w, 0, TODAY, c.E_MASS, c.K_MASS)
    place_work(w, 40, 40, FLOOR, 5, 5, 3)
    w.draft.a = c.RUBBLE
    write_plan(w)
    assert release(w, w.sizes.plan)
    heap = w.works[w.sizes.works - 1]
    assert heap.kind == c.K_MASS and max(abs(heap.x - 40), abs(heap.y - 40)) == 6
    for day, released in ((TODAY + 2, False), (TODAY + 3, True)):  # it is finished at the end of the third day
        begin_work(w, 0, day, c.E_TOWER, c.K_TOWER)
        place_work(w, 36, 36, FLOOR, 11, 11, 21)
        w.draft.a = 1
        write_plan(w)
        assert release(w, w.sizes.plan) == released


def test_where_there_is_no_floor_the_hut_is_given_up():
    w = lattice(1, 1, 1, works=1)
    assert not plan_hut(w, 38, 38, 0) and w.sizes.works == 0


def test_a_body_stands_and_walks_by_the_rule_of_the_field():
    w = on_a_floor((30, 30, 1, 1))
    assert can_stand(w, 40, 40, FLOOR, TODAY) and not can_stand(w, 40, 40, FLOOR + 1, TODAY)
    assert not can_stand(w, 30, 30, FLOOR, TODAY) and can_stand(w, 30, 30, FLOOR + 6, TODAY)
    nothing = (0, 0, 0, 0, 0, 0)
    assert leads_away(w, 40, 40, FLOOR, TODAY, *nothing)
    assert not leads_away(w, 30, 30, FLOOR + 6, TODAY, *nothing), "six cells down is too far"
    ring = ((38, 38, 5, 1), (38, 42, 5, 1), (38, 39, 1, 3))
    assert not leads_away(on_a_floor(*ring), 40, 40, FLOOR, TODAY, 42, 39, FLOOR, 1, 3, 4)
    assert leads_away(on_a_floor(*ring), 40, 40, FLOOR, TODAY, *nothing)


# ---- holes -----------------------------------------------------------------------------------------------------------


def holed_by_cell(city: City, hole: int) -> dict[int, set[int]]:
    """Of each foreman the works that lost cells to a hole, by a look at every cell of its box."""
    shot = city.works[hole]
    found: dict[int, set[int]] = {}
    for x, y, z in product(*(range(int(low), int(low + size)) for low, size in zip(shot.corner, shot.size, strict=True))):
        if in_capsule(city, hole, x, y, z) and cell_at(city, x, y, z, int(shot.start) - 1):
            w = int(city.folded[0])
            found.setdefault(int(city.works[w].foreman), set()).add(int(original(city, w)))
    return found


def test_what_a_hole_took_is_found_as_by_a_look_at_every_cell():
    shots = some_shots(5, 6, 90 * t.YEAR, 140 * t.YEAR)
    through = ((145 * t.YEAR, -400, -12, 3, 0, 800, 5), (145 * t.YEAR, -6, -6, -300, 2, 600, 6))
    city = grown(fast(3, world_radius_lots=10, shots=(*shots, *through)), 150)
    works = city.table("works")
    holes = np.flatnonzero(works[:, t.Works.kind] == c.K_SHOT)
    assert len(holes) > 4
    some = 0
    for hole in holes[-4:].tolist():
        wanted = holed_by_cell(city, hole)
        shot = works[hole]
        corners = [range(int(a) >> 4, (int(a + b - 1) >> 4) + 1) for a, b in zip(shot[t.Works.corner], shot[t.Works.size])]
        bays = {int(owner_of_lot(city, *lot)) for lot in product(*corners)} - {-1}
        for n in bays | set(wanted):
            count = int(list_holed(city, n, hole))
            found = city.works_holed[:count].tolist()
            assert found == sorted(wanted.get(n, set())), (hole, n)
            some += count
    assert some > 15
