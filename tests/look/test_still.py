"""Stills: rays against a plain march from cell to cell, the same bytes every time, and pictures that show something."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from megastructure.ground.codes import LAMP, SLAB
from megastructure.ground.scenario import Scenario
from megastructure.look import camera, crowd, walk
from megastructure.look.begin import BUNDLE, bundle
from megastructure.look.far import distant
from megastructure.look.lots import LOT, REACH, gather
from megastructure.look.sight import gather_seen
from megastructure.look.still import save, still
from megastructure.look.trace import look_along, trace, view_ray
from megastructure.matter.ledger import Ledger
from megastructure.matter.standing import Figure
from megastructure.time.genesis import found
from megastructure.time.years import advance
from megastructure.words.errors import MegastructureError
from worlds.cells import BAY, CROWD, FEET, SMALL, World, png

TESTS = Path(__file__).parents[1]
FAR = 300.0


def marched(cells, o, d, far):
    """The first cell of matter on a ray, walked cell by cell in plain Python: what `trace` returns, in the world."""
    step = [1 if q >= 0 else -1 for q in d]
    inverse = [1 / (q if abs(q) > 1e-12 else 1e-12 * s) for q, s in zip(d, step, strict=True)]
    at = [math.floor(p) for p in o]
    t, axis = 0.0, 0
    while t < far:
        material = cells.get(tuple(at), 0)
        if material:
            return material, t, axis, *at
        times = [(at[i] + (step[i] > 0) - o[i]) * inverse[i] for i in range(3)]
        axis = times.index(min(times))
        t = times[axis]
        at[axis] += step[axis]
    return 0, far, 0, 0, 0, 0


corner = st.tuples(*[st.integers(-24, 20)] * 3)
edges = st.tuples(*[st.integers(1, 9)] * 3)
boxes = st.lists(st.tuples(corner, edges, st.integers(1, 31)), min_size=1, max_size=5)
where = st.one_of(st.integers(-60, 60).map(float), st.floats(-60, 60))
within = st.sampled_from([0.0, 1e-12, 0.25, 0.5, 1.0])
aims = st.tuples(
    st.tuples(where, where, where),  # from here
    st.tuples(*[st.booleans()] * 3),  # but level with the target along these axes
    st.integers(0, 4),  # the box that is aimed at
    st.tuples(within, within, within),  # its corner, an edge, a face, or its inside
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(boxes, st.lists(aims, min_size=1, max_size=12))
def test_a_ray_leaps_to_where_a_march_arrives(drawn_boxes, rays):
    """Exactly: the same cell, the same side, the same distance to the last bit, for rays along edges and corners too."""
    cells = {}
    for (x, y, z), (wide, deep, high), material in drawn_boxes:
        for i, j, k in np.ndindex(wide, deep, high):
            cells[x + i, y + j, z + k] = material
    world = World(cells)
    matter = gather(world, 0, world.lots())
    zero = matter.corner.tolist()
    shifted = {(x - zero[0], y - zero[1], z - zero[2]): material for (x, y, z), material in cells.items()}
    for start, level, number, share in rays:
        low, size, _ = drawn_boxes[number % len(drawn_boxes)]
        target = [p + s * n for p, s, n in zip(low, share, size, strict=True)]
        d = [0.0 if s else q - p for p, q, s in zip(start, target, level, strict=True)]
        length = math.sqrt(sum(q * q for q in d))
        if length < 1e-6:
            continue
        unit = [q / length for q in d]
        o = [(q if s else p) - c for p, q, s, c in zip(start, target, level, zero, strict=True)]
        met = marched(shifted, o, unit, FAR)
        assert trace(matter.grid, matter.bricks, *o, *unit, 0.0, FAR) == met
        for share in (0.1, 0.5, 0.99) if met[1] > 0.0 else ():  # whatever it meets, it may begin anywhere before that
            assert trace(matter.grid, matter.bricks, *o, *unit, share * met[1], FAR) == met


def test_bundles_of_rays_begin_before_anything_that_one_of_them_meets():
    """Of eyes that see much and of parallel rays; else pictures would have holes."""
    matter = gather(BAY, 0, BAY.lots())
    late = 0
    for spread, high in ((1.0, 1.4), (0.0, 12.0)):
        for number in range(12):
            yaw = number * 2 * math.pi / 12
            ahead = np.array((math.cos(yaw), math.sin(yaw), -0.3 + 0.05 * number))
            place = np.array((4.5, 13.5, 8.5)) - matter.corner
            eye = camera.aimed(place, ahead, high, (32, 18), 2, spread)
            begins = np.empty((5, 8))
            bundle(eye, matter.grid, 0.0, 0.0, 0.0, 1.0, begins)
            late += int((begins > 2.0).sum())
            for row in range(0, 36):
                for column in range(0, 64):
                    ray = view_ray(eye, row, column)
                    met = trace(matter.grid, matter.bricks, *ray, 0.0, FAR)
                    begin = begins[row // 2 // BUNDLE, column // 2 // BUNDLE]
                    assert (begin == 0.0 or begin < met[1]) and trace(matter.grid, matter.bricks, *ray, begin, FAR) == met
    assert late > 100


def test_a_ray_stops_at_what_it_is_told():
    matter = gather(BAY, 0, BAY.lots())
    x, y, z = (-matter.corner).tolist()
    down = (0.0, 0.0, -1.0)
    assert trace(matter.grid, matter.bricks, x + 15.5, y + 15.5, z + 9.25, *down, 0.0, 8.0)[0] == 0
    material, t, axis, *_ = trace(matter.grid, matter.bricks, x + 15.5, y + 15.5, z + 9.25, *down, 0.0, 8.5)
    assert (material, t, axis) == (SLAB, 8.25, 2)
    seen = np.empty((2, 3))
    rays = np.array([[x + 15.5, y + 15.5, z + 9.25, *down], [x + 15.5, y + 15.5, z + 900.0, 0.0, 0.0, 1.0]])
    look_along(matter.grid, matter.bricks, rays, 50.0, seen)
    assert seen.tolist() == [[SLAB, 8.25, 6], [0, 50.0, 0]]


def test_lots_that_no_ray_meets_are_left_out_and_nothing_is_missed(town):
    """What an eye sees is the same as if all lots were there, though many of them are never materialised."""
    lots = town.ledger.lots()
    whole = gather(town.ledger, town.day, lots)
    place = walk.drawn_middle(town.ledger, town.day, 3) + 0.5
    light = walk.LIGHT
    for number, spread in enumerate((1.0, 1.0, 0.0)):
        ahead = np.array((math.cos(2.0 * number), math.sin(2.0 * number), -0.3))
        eye = camera.aimed(place, ahead, 60.0 if spread == 0.0 else 1.2, (240, 136), 2, spread)
        part = gather_seen(town.ledger, town.day, lots, eye, light)
        assert 0 < len(part.known) < 0.7 * len(lots)
        there = camera.shifted(eye, whole)
        rays = np.array([view_ray(there, row, column) for row in range(1, 272, 6) for column in range(1, 480, 6)])
        met = [np.empty((len(rays), 3)) for _ in range(2)]
        for window, answer in zip((whole, part), met, strict=True):
            moved = rays.copy()
            moved[:, :3] += whole.corner - window.corner
            look_along(window.grid, window.bricks, moved, FAR, answer)
        assert (np.abs(met[0] - met[1]).max(axis=1) < 1e-6).mean() > 0.995


def test_a_window_holds_all_matter_and_knows_how_far_it_is():
    matter = gather(BAY, 0, BAY.lots())
    assert matter.cells == len(BAY.cells) == np.count_nonzero(matter.bricks)
    solid = np.argwhere(matter.grid >= 0)
    inner = np.zeros(matter.grid.shape, bool)
    inner[1:-1, 1:-1, 1:-1] = True
    for place in np.argwhere((matter.grid < 0) & inner)[::7]:
        to_border = np.minimum(place, np.array(matter.grid.shape) - 1 - place).min()
        assert -matter.grid[tuple(place)] == min(np.abs(solid - place).max(axis=1).min(), to_border)


def test_a_cut_leaves_out_a_corner_only():
    cut = (3, -5, 4)
    matter = gather(BAY, 0, BAY.lots(), cut)
    beyond = sum(x >= cut[0] and y >= cut[1] and z >= cut[2] for x, y, z in BAY.cells)
    assert 0 < beyond < len(BAY.cells)
    assert matter.cells == len(BAY.cells) - beyond


def test_every_lot_knows_the_lamps_that_reach_it():
    matter = gather(BAY, 0, BAY.lots())
    assert len(matter.lamps) > 3
    nz, ny, nx = (n // 4 for n in matter.grid.shape)
    for lot, (z, y, x) in enumerate(np.ndindex(nz, ny, nx)):
        low = np.array([x, y, z]) * LOT
        gap = np.maximum(np.maximum(low - matter.lamps[:, :3], matter.lamps[:, :3] - low - LOT), 0)
        reached = np.nonzero((gap**2).sum(axis=1) < REACH**2)[0]
        listed = matter.lamp_list[matter.lamp_first[lot] : matter.lamp_first[lot + 1]]
        assert sorted(listed.tolist()) == reached.tolist()


@pytest.mark.parametrize("view", ["iso", "section", "walk", "auto"])
def test_a_picture_shows_something(view):
    told = []
    picture = still(BAY, 0, view, SMALL, progress=lambda words, share: told.append((words, share)))
    assert picture.size == SMALL
    grey = np.asarray(picture.convert("L")).astype(float)
    assert np.ptp(grey) > 60
    assert len(np.unique(grey)) > 30
    assert told[-1] == ("painting", 1.0)


def test_lamps_are_lit_and_light_their_surroundings():
    dark = World({place: material for place, material in BAY.cells.items() if material != LAMP})
    bright = [np.asarray(still(world, 0, "iso", SMALL)).astype(int) for world in (BAY, dark)]
    warmth = [picture[:, :, 0] - picture[:, :, 2] for picture in bright]
    assert warmth[0].max() > warmth[1].max() + 20
    assert np.count_nonzero(warmth[0] > warmth[1].max()) > 20


def test_somebody_who_stands_there_is_in_the_picture():
    shot = walk.shoot_walk(BAY, 0, 0, (320, 180), 2, middle=np.array(FEET), figures=CROWD.figures, subjects=CROWD.subjects)
    assert shot is not None and len(shot.crowd) >= 1
    row, column = (shot.crowd[0, [crowd.TOP, crowd.LEFT]] + shot.crowd[0, [crowd.BOTTOM, crowd.RIGHT]]) / 2
    without = camera.expose(shot._replace(crowd=camera.NO_CROWD))
    changed = np.abs(camera.expose(shot) - without).max(axis=2) > 0.01
    y, x = np.nonzero(changed)
    assert 20 < len(y) < changed.size // 4
    assert abs(np.median(y) - row / 2) < 30 and abs(np.median(x) - column / 2) < 40


def test_nobody_is_seen_through_a_wall():
    """A figure behind a wall changes no pixel."""
    shot = walk.shoot_walk(BAY, 0, 0, SMALL, 1, middle=np.array(FEET), figures=CROWD.figures, subjects=CROWD.subjects)
    assert shot is not None
    found = np.empty((1, 3))
    start = np.array([shot.eye.x, shot.eye.y, shot.eye.z])
    ahead = shot.crowd[0, :3] - (0.0, 0.0, 0.5) - start
    ahead /= np.linalg.norm(ahead)
    look_along(shot.matter.grid, shot.matter.bricks, np.concatenate([start, ahead])[None], 500.0, found)
    assert found[0, 0] > 0
    hidden = shot.crowd[:1].copy()
    hidden[0, :3] = start + ahead * (found[0, 1] + 6.0)
    hidden[0, [crowd.TOP, crowd.LEFT]], hidden[0, [crowd.BOTTOM, crowd.RIGHT]] = 0, 1e6
    behind = camera.expose(shot._replace(crowd=hidden))
    assert np.array_equal(behind, camera.expose(shot._replace(crowd=camera.NO_CROWD)))


def test_ink_is_black_and_white_and_draws_edges():
    picture = np.asarray(still(BAY, 0, "walk", (320, 180), inked=True)).astype(int)
    assert (picture[:, :, 0] == picture[:, :, 1]).all() and (picture[:, :, 0] == picture[:, :, 2]).all()
    assert (picture < 20).mean() > 0.03 and (picture > 230).mean() > 0.03


def test_the_same_bytes_for_any_number_of_threads_and_in_another_process(monkeypatch):
    def taken(threads):
        made = {view: png(still(BAY, 7, view, SMALL, seed=3, threads=threads)) for view in ("iso", "section", "walk")}
        made["ink"] = png(still(BAY, 7, "walk", SMALL, seed=3, threads=threads, inked=True))
        made["crowd"] = png(still(BAY, 7, "walk", SMALL, seed=3, threads=threads, scene=CROWD))
        return made

    pictures = taken(1)
    assert len(set(pictures.values())) >= len(pictures) - 1  # nobody could walk in a room without walls
    monkeypatch.setattr(camera, "TILE", 7)
    monkeypatch.setattr(camera, "BAND", 13)
    assert pictures == taken(2)
    code = (
        f"import sys; sys.path.insert(0, {str(TESTS)!r}); from megastructure.look.still import still; "
        "from worlds.cells import BAY, CROWD, SMALL, png; "
        "print(png(still(BAY, 7, 'walk', SMALL, seed=3, threads=3, scene=CROWD)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "77"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert other.stdout.split() == [pictures["crowd"]]


def test_walk_becomes_a_section_where_nobody_could_stand():
    slab = World({(x, y, 0): SLAB for x in range(-40, 40) for y in range(-40, 40)})
    assert png(still(slab, 0, "walk", SMALL)) == png(still(slab, 0, "section", SMALL))
    assert png(still(slab, 0, "auto", SMALL)) == png(still(slab, 0, "iso", SMALL))


class Town:
    """A real city of a few bays: a source with works, and so with boxes."""

    def __init__(self):
        city = found(Scenario.load("quick").with_knobs(people=0))
        advance(city, 220 * 360)
        self.ledger, self.day = Ledger(city), city.day - 1


@pytest.fixture(scope="module")
def town():
    return Town()


def test_nobody_is_looked_at_from_where_it_is_not_known_what_is_solid(town):
    """Whoever stands beyond what was materialised may stand in a wall for all that boxes tell, and so may who looks at them."""
    middle = walk.drawn_middle(town.ledger, town.day, 5)
    vista = walk.around(town.ledger, town.day, middle, 400)
    dice = np.random.default_rng(3)
    feet = middle + dice.integers(-180, 180, (60, 3))
    beyond = [Figure("person", k, k, *map(int, at)) for k, at in enumerate(feet) if not vista.knows(at)]
    assert any(not vista.knows(place.eye) for place in walk.portrait(vista, beyond, 16 / 9))
    place = walk.best_place(vista, town.day, 1, 16 / 9, beyond, beyond)
    assert place is not None and vista.knows(place.eye)
    assert town.ledger.cell(*(int(c) for c in np.floor(place.eye)), town.day) == 0


def test_a_black_ceiling_is_nothing_to_look_at(town, monkeypatch):
    """Of two pictures with the same contrast the one whose upper third is black is the worse."""
    vista = walk.around(town.ledger, town.day, walk.drawn_middle(town.ledger, town.day, 3), 50)
    place = walk.Place(5.0, 0, np.zeros(3), 0.0, 0.0)
    good = []
    for black in (slice(0, 12), slice(15, 27)):
        light = np.full((27, 48, 3), 0.2)
        light[black] = 0.0
        monkeypatch.setattr(walk, "inside", lambda *_: None)
        monkeypatch.setattr(walk, "expose", lambda _, light=light: light)
        good.append(walk.glanced_at(vista, place, ()).good)
    assert good[0] < good[1] - 0.4


def test_boxes_stand_where_the_matter_of_a_city_stands(town):
    """From afar a city looks as it is: of rays that meet matter most meet its boxes, at nearly the same distance."""
    lots = town.ledger.lots()
    low, high = lots.min(axis=0), lots.max(axis=0) + 1
    near = gather(town.ledger, town.day, lots)
    far = distant(town.ledger, town.day, low * LOT, high * LOT, 4, lots[:0])
    dice = np.random.default_rng(5)
    directions = dice.normal(size=(3000, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    middle = (low + high) * LOT / 2
    starts = middle + dice.normal(size=(3000, 3)) * (high - low) * 2 - directions * 3000.0
    met = []
    for window, scale in ((near, 1), (far, far.scale)):
        rays = np.concatenate([(starts - window.corner) / scale, directions], axis=1)
        seen = np.empty((len(rays), 3))
        look_along(window.grid, window.bricks, np.ascontiguousarray(rays), 9000.0, seen)
        met.append((seen[:, 0] > 0, seen[:, 1] * scale))
    (matter, t), (boxes, u) = met
    assert matter.sum() > 200
    assert (matter & boxes).sum() > 0.85 * matter.sum()
    both = matter & boxes
    assert np.median(np.abs(t - u)[both]) < 4.0
    assert (boxes & ~matter).sum() < 0.2 * boxes.sum()


def test_what_is_materialised_is_not_drawn_as_a_box_too(town):
    lots = town.ledger.lots()
    near = lots[: len(lots) // 2]
    far = distant(town.ledger, town.day, lots.min(axis=0) * LOT, (lots.max(axis=0) + 1) * LOT, 4, near)
    x, y, z = (near - far.corner // LOT).T
    assert (far.grid[z, y, x] < 0).all() and (far.grid >= 0).any()


def test_the_boxes_of_a_young_city_are_fewer(town):
    lots = town.ledger.lots()
    box = lots.min(axis=0) * LOT, (lots.max(axis=0) + 1) * LOT
    cells = [np.count_nonzero(distant(town.ledger, d, *box, 4, lots[:0]).bricks) for d in (0, town.day // 3, town.day)]
    assert cells[0] < cells[1] < cells[2]


@pytest.mark.parametrize("view", ["iso", "section", "walk"])
def test_a_real_city_is_painted(town, view):
    grey = np.asarray(still(town.ledger, town.day, view, SMALL).convert("L")).astype(float)
    assert np.ptp(grey) > 60


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"view": "isso"}, "did you mean iso"),
        ({"view": "plan"}, "expected one of auto, iso, section, walk"),
        ({"size": (8, 54)}, "size = 8x54: expected"),
        ({"size": (8192, 8192)}, "size = 8192x8192: expected"),
        ({"day": -1}, "day = -1: expected 0"),
        ({"seed": -1}, "seed = -1: expected 0"),
        ({"threads": 0}, "threads = 0: expected 1"),
    ],
)
def test_a_wrong_argument_is_answered_with_what_is_allowed(arguments, said):
    with pytest.raises(MegastructureError, match=said):
        still(BAY, **{"day": 0, "size": SMALL, **arguments})


def test_an_empty_city_is_answered():
    with pytest.raises(MegastructureError, match="nothing has been built"):
        still(World({}), 0)
    unbuilt = World({(0, 0, 0): 0})
    for view in ("iso", "section", "walk"):
        with pytest.raises(MegastructureError, match="nothing stands there yet"):
            still(unbuilt, 0, view, SMALL)


def test_a_picture_is_written_whole_or_not_at_all(tmp_path):
    picture = Image.new("RGB", (20, 20))
    path = tmp_path / "pictures" / "still.png"
    save(picture, path)
    save(picture, path)
    assert Image.open(path).size == (20, 20)
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(MegastructureError, match=r"Not a directory: .*file; choose another name"):
        save(picture, tmp_path / "file" / "still.png")
    assert [p.name for p in path.parent.iterdir()] == ["still.png"]
