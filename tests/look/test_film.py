"""Films: ways through air alone, frames that no number of threads changes, files that are whole or not there."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from megastructure.ground.codes import SLAB
from megastructure.ground.scenario import Scenario
from megastructure.look import film, path, walk
from megastructure.look.far import NOTHING_FAR
from megastructure.look.lots import gather
from megastructure.look.subject import Subject, find, find_event
from megastructure.memory.run import Run
from megastructure.words.errors import MegastructureError
from worlds.cells import BAY, World

SMALL = (64, 36)


def hall():
    """A hall of 100 x 60 x 40 cells with two rows of pillars."""
    cells = {}
    for x in range(102):
        for y in range(62):
            for z in (0, 41):
                cells[x, y, z] = SLAB
    for z in range(42):
        for x in range(102):
            cells[x, 0, z] = cells[x, 61, z] = SLAB
        for y in range(62):
            cells[0, y, z] = cells[101, y, z] = SLAB
        for x in range(18, 100, 20):
            for y in (20, 40):
                for i, j in np.ndindex(3, 3):
                    cells[x + i, y + j, z] = SLAB
    return World(cells)


@pytest.fixture(scope="module")
def vista():
    world = hall()
    return walk.Vista(gather(world, 0, world.lots()), NOTHING_FAR), world


def distance_to_matter(cells, point):
    near = [(x, y, z) for x in range(-3, 4) for y in range(-3, 4) for z in range(-3, 4)]
    home = [math.floor(p) for p in point]
    away = [9.0]
    for step in near:
        cell = tuple(h + s for h, s in zip(home, step, strict=True))
        if cell in cells:
            gap = [max(c - p, p - c - 1, 0.0) for c, p in zip(cell, point, strict=True)]
            away.append(math.sqrt(sum(g * g for g in gap)))
    return min(away)


@pytest.mark.parametrize("start", [(8.5, 10.5, 12.5), (50.5, 30.5, 20.5), (93.5, 52.5, 30.5)])
def test_a_way_never_touches_matter(vista, start):
    """Looked at frame by frame, and between frames, in the cells themselves."""
    view, world = vista
    goal = np.array([30.5, 30.5, 15.0])
    for way in (
        path.wander(view, np.array(start), 0.3, 120.0), path.rise(view, np.array(start), 60.0),
        path.orbit(view, goal, np.array(start)),
    ):  # fmt: skip
        places = path.smooth(view, way, 50)
        between = np.concatenate([np.linspace(a, b, 4) for a, b in pairwise(places)])
        assert all(tuple(math.floor(p) for p in place) not in world.cells for place in between.tolist())
        assert min(distance_to_matter(world.cells, place) for place in places.tolist()) > 1.0


def test_a_walk_goes_somewhere_at_an_even_pace(vista):
    view, _ = vista
    places = path.smooth(view, path.wander(view, np.array([8.5, 10.5, 12.5]), 0.3, 70.0), 60)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert steps.sum() > 40.0
    assert steps.max() < 2.5 * np.median(steps)


def test_nothing_is_free_beside_a_wall(vista):
    view, _ = vista
    assert path.free_at(view, np.array([[50.5, 30.5, 20.5], [50.5, 1.6, 20.5]])).tolist() == [True, False]
    assert not path.free_between(view, np.array([[8.5, 21.5, 20.5], [30.5, 21.5, 20.5]]))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small city with a shot in it, in a run directory."""
    where = tmp_path_factory.mktemp("film") / "run"
    scenario = Scenario.load("quick").with_knobs(seed=33, people=0, years=200)
    shot = (170 * 360, 0, 0, 0, 0, 60, 9)
    scenario = dataclasses.replace(scenario, shots=(shot,))
    with Run.create(scenario, where) as begun:
        begun.advance()
    with Run.open(where) as there:
        yield there


def frames(of, threads):
    return [hashlib.blake2b(np.asarray(picture).tobytes()).hexdigest() for picture in film.pictures(of, threads=threads)]


def test_the_same_frames_for_any_number_of_threads(run):
    of = film.plan(run, kind="walk", seconds=0.2, fps=20, size=SMALL)
    one = frames(of, 1)
    assert len(one) == of.frames == 4
    assert one == frames(of, 2)
    assert len(set(one)) == 4  # the camera moves


def test_the_city_grows_through_the_years(run):
    of = film.plan(run, kind="years", years=(20, 200), seconds=0.2, fps=20, size=SMALL)
    cells = [shot.matter.cells + np.count_nonzero(shot.far.bricks) for shot in of.shots()]
    assert cells[0] < cells[-1] and len(cells) == 4


def test_a_hole_appears_in_the_film_of_a_shot(run):
    rows = run.table("events")
    shots = [i for i, row in enumerate(rows.tolist()) if row[1] == 9]
    assert len(shots) == 1
    subject = find_event(run, str(shots[0]))
    assert subject.day == 170 * 360 and subject.middle == (30, 9, 9)
    of = film.plan(run, seconds=0.5, fps=20, size=SMALL, subject=subject, event=True, years=(169, 171))
    assert of.frames == 10
    box = ((0, 60), (0, 19), (0, 19))
    before, after = (np.count_nonzero(run.ledger.materialise(box, 170 * 360 + d)) for d in (-1, 1))
    assert after < before
    assert len(set(frames(of, 2))) > 1


def test_a_film_is_written_whole_or_not_at_all(run, tmp_path):
    of = film.plan(run, kind="rise", seconds=0.2, fps=20, size=SMALL)
    for name in ("a.webp", "a.gif"):
        film.write(of, tmp_path / name, 20)
        with Image.open(tmp_path / name) as picture:
            assert picture.n_frames >= 2 and picture.size == SMALL

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film.write(of, tmp_path / "b.webp", 20, told=stop)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gif", "a.webp"]


def test_mp4_has_all_frames(run, tmp_path):
    encoder = pytest.importorskip("imageio_ffmpeg")
    of = film.plan(run, kind="orbit", seconds=0.4, fps=20, size=SMALL)
    film.write(of, tmp_path / "a.mp4", 20)
    assert encoder.count_frames_and_secs(str(tmp_path / "a.mp4"))[0] == 8
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "fly"}, "expected one of walk, orbit, rise, years"),
        ({"seconds": 0}, "expected up to"),
        ({"fps": 90}, "expected up to"),
        ({"kind": "years", "years": (10, 900)}, "0 <= A < B <= 200"),
    ],
)
def test_a_wrong_argument_is_answered(run, arguments, said):
    with pytest.raises(MegastructureError, match=said):
        film.plan(run, **arguments)


def test_what_cannot_be_looked_at_is_answered(run, tmp_path):
    with pytest.raises(MegastructureError, match="outside the city; expected a cell within x "):
        find(run, "90000,0,0", 100)
    with pytest.raises(MegastructureError, match="Nobody At All"):
        find(run, "Nobody At All", 100)
    with pytest.raises(MegastructureError, match="expected the number of one"):
        find_event(run, "once")
    with pytest.raises(MegastructureError, match="expected a file that ends in"):
        film.check_out(Path("film.avi"))
    assert isinstance(find(run, "0,0,0", run.city.day - 1), Subject)
    assert BAY.cells
