"""Pictures from inside: where to stand so that the city shows itself, with those in sight who really stand there.

`scenic` tries hundreds of drawn places; `portrait` tries places around somebody. Both compare sight lines first, then small
pictures. Only the best is materialised as far as its frame reaches; beyond that there are boxes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..codes import CATWALK, R_SAMPLE, STAIR
from ..rng import draws
from ..standing import Figure
from . import crowd as c
from .camera import LOTS_MOST, NO_CROWD, Shot, Size, Told, aimed, axes, expose, matter_of, shifted, sketch, something, unit
from .far import Far, distant
from .lots import LOT, SIDE, Floats, Ints, Matter, Source
from .paint import Air
from .sight import Light
from .trace import FAR, Eye, look_along

NEAR = (36, 70)  # lots ahead in which those are sought that are materialised; the second where the first are too few
AROUND = 12  # lots around a middle in which places are tried
LOTS_TRIED = 6_000
SEEN_FAR = 1000  # cells around a middle in which boxes are seen when places are compared
REACH = 2000.0  # cells that a picture from inside shows: the fog leaves little of what is further
EYES = 220  # drawn places
TURNS = 12  # directions tried at each, and in each of them these pitches (radians)
PITCHES = (-0.55, -0.28, -0.05, 0.25)
VIEW = 1.2  # height of the field of view, radians
NEAREST = 8.0  # cells: nothing may stand closer
SKY_MOST = 0.10  # share of sight lines that may leave the city
FINALISTS = 14  # places at which the picture itself is glanced at
GREY = 0.055  # linear light that the darkness of a place is raised or lowered to
CROWD = 40  # figures at most
CROWD_FAR = 160.0  # cells: further away nobody could be made out
LIGHT = Light(unit(0.36, 0.22, 0.90), 84.0, 46.0, 260.0)
FIGURES = {"person": c.PERSON, "unit": c.UNIT, "wanderer": c.WANDERER}
# Around somebody: distances, heights above their feet as shares of the distance, and where in the frame they are.
PORTRAIT_FAR = (9.0, 14.0, 21.0, 32.0)
PORTRAIT_HIGH = (-0.28, 0.06, 0.35, 0.75)
PORTRAIT_POOR = 5.3  # where no portrait promises as much, places without anybody are compared with them
PORTRAIT_MORE = 0.5  # by how much somebody in sight makes a place better then
PORTRAIT_SKY = 0.5  # share of sight lines that may leave the city
PORTRAIT_AT = ((-0.26, -0.16), (0.26, -0.16), (-0.2, -0.3), (0.2, -0.3))


class Vista(NamedTuple):
    """What is there to be seen around a middle."""

    matter: Matter
    far: Far


class Place(NamedTuple):
    """Somewhere to look from. Places are compared by how good they are, then by number."""

    good: float
    number: int
    eye: Floats  # (3,) in the world
    yaw: float
    pitch: float
    exposure: float = 1.0


# ---- from a place to a picture -----------------------------------------------------------------------------------------


def towards(yaw: float, pitch: float) -> Floats:
    """A unit vector."""
    return np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), math.sin(pitch)])


def inside(vista: Vista, place: Place, size: Size, block: int, figures: Sequence[Figure] = ()) -> Shot:
    """The picture from a place, of what has been gathered."""
    world = aimed(place.eye, towards(place.yaw, place.pitch), 2 * math.tan(VIEW / 2), size, block, 1.0)
    eye = shifted(world, vista.matter)
    air = Air(
        *LIGHT.key, key=4.8, key_reach=LIGHT.key_reach, beam_far=LIGHT.beam_far, sky=0.19, sky_low=0.16,
        sky_reach=LIGHT.sky_reach, lamp=120.0, fog=0.0010, mist=0.0012, mist_z=eye.z - 70.0, mist_height=90.0,
    )  # fmt: skip
    tones = np.array([[0.006, 0.008, 0.011], [0.150, 0.176, 0.192], [0.150, 0.164, 0.166], [0.0, 0.0, 0.0]])
    crowd = crowd_of(figures, eye, vista.matter)
    return Shot(vista.matter, eye, air, tones, 0.5, place.exposure, vista.far, crowd)


def around(source: Source, day: int, middle: Ints, lots: int = LOTS_TRIED) -> Vista:
    """What is there around a cell, on all sides."""
    lot = middle // LOT
    near = source.lots(lot - AROUND, lot + AROUND + 1)
    near = near[np.argsort(np.square(near - lot).sum(axis=1), kind="stable")[:lots]]
    far = distant(source, day, middle - SEEN_FAR, middle + SEEN_FAR, 4, near)
    return Vista(matter_of(source, day, near), far)


def ahead_of(source: Source, day: int, place: Place, size: Size, most: int = LOTS_MOST, told: Told = None) -> Vista:
    """What is there to be seen from a place, as far as its frame reaches."""
    eye = aimed(place.eye, towards(place.yaw, place.pitch), 2 * math.tan(VIEW / 2), size, 2, 1.0)
    return in_front(source, day, [eye], most, told)


def in_front(source: Source, day: int, eyes: Sequence[Eye], most: int = LOTS_MOST, told: Told = None) -> Vista:
    """What is there to be seen by some eyes in the world: the nearest lots as matter, the others as boxes."""
    wanted, boxes = [], []
    for eye in eyes:
        place = np.array([eye.x, eye.y, eye.z])
        corners = [np.array(_corner(eye, u, v)) for u in (-1, 1) for v in (-1, 1)]
        reach = np.stack([place, *(place + REACH * ray for ray in corners)])
        boxes.append((reach.min(axis=0), reach.max(axis=0)))
        for ahead in NEAR:
            rows = _lots_in_frame(source, eye, place, ahead * LOT * np.stack(corners))
            if (rows[:, 3] < (ahead * LOT) ** 2).sum() >= most:
                break
        wanted.append(rows)
    rows = np.concatenate(wanted)
    rows = rows[np.lexsort((rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]))]
    if len(eyes) > 1:
        _, first = np.unique((rows[:, :3] + (1 << 20)) @ (1 << 42, 1 << 21, 1), return_index=True)
        rows = rows[np.sort(first)]
    near = np.ascontiguousarray(rows[:most, :3])
    low = np.floor(np.min([b[0] for b in boxes], axis=0)).astype(np.int64)
    high = np.ceil(np.max([b[1] for b in boxes], axis=0)).astype(np.int64)
    lots = sketch(source, day)
    low = np.maximum(low, (lots.min(axis=0) - 8) * LOT)
    high = np.maximum(np.minimum(high, (lots.max(axis=0) + 8) * LOT), low + LOT)
    if len(eyes) > 1:
        return Vista(matter_of(source, day, near, None, told), distant(source, day, low, high, 4, near))
    matter = matter_of(source, day, near, None, told, eyes[0], LIGHT)
    return Vista(matter, distant(source, day, low, high, 4, matter.known, None, eyes[0]))


def _lots_in_frame(source: Source, eye: Eye, place: Floats, ends: Floats) -> Ints:
    """Lots (n, 4: x, y, z, square of the distance) that an eye may see between its place and the ends of its frame."""
    close = np.concatenate([[place - 64, place + 64], place + ends])
    lots = source.lots(
        np.floor(close.min(axis=0) / LOT).astype(np.int64), np.ceil(close.max(axis=0) / LOT).astype(np.int64)
    )
    centre = (lots + 0.5) * LOT - place
    ahead = centre @ (eye.ahead_x, eye.ahead_y, eye.ahead_z)
    seen = ahead > -40.0
    for axis, samples in (
        ((eye.across_x, eye.across_y, eye.across_z), eye.columns), ((eye.up_x, eye.up_y, eye.up_z), eye.rows),
    ):  # fmt: skip
        step = float(np.linalg.norm(axis))
        seen &= np.abs(centre @ np.array(axis) / step) < np.maximum(ahead, 0.0) * (step * samples / 2) + 56.0
    away = np.square(centre[seen]).sum(axis=1)
    return np.concatenate([lots[seen], away[:, None].astype(np.int64)], axis=1)


def _corner(eye: Eye, u: float, v: float) -> tuple[float, float, float]:
    """The direction of a corner of the frame, at a distance of 1 ahead."""
    wide, high = u * eye.columns / 2, v * eye.rows / 2
    return (
        eye.ahead_x + eye.across_x * wide + eye.up_x * high,
        eye.ahead_y + eye.across_y * wide + eye.up_y * high,
        eye.ahead_z + eye.across_z * wide + eye.up_z * high,
    )


def crowd_of(figures: Sequence[Figure], eye: Eye, matter: Matter) -> Floats:
    """The nearest figures in the frame, with the samples that they may cover: see `crowd`."""
    if not figures:
        return NO_CROWD
    place = np.array([eye.x, eye.y, eye.z])
    feet = np.array([[f.x + 0.5, f.y + 0.5, f.z] for f in figures]) - matter.corner
    end = np.array(matter.grid.shape[::-1]) * 4
    off = feet + np.array((0.0, 0.0, 1.0)) - place
    steps = [np.array(a) for a in ((eye.across_x, eye.across_y, eye.across_z), (eye.up_x, eye.up_y, eye.up_z))]
    ahead = off @ (eye.ahead_x, eye.ahead_y, eye.ahead_z)
    with np.errstate(divide="ignore", invalid="ignore"):
        column = off @ steps[0] / (steps[0] @ steps[0]) / ahead + eye.columns / 2
        row = eye.rows / 2 - off @ steps[1] / (steps[1] @ steps[1]) / ahead
        wide = 3.2 / ahead / float(np.linalg.norm(steps[0]))
    seen = (ahead > 1.5) & (ahead < CROWD_FAR) & (column > -wide) & (column < eye.columns + wide)
    seen &= (row > -wide) & (row < eye.rows + wide) & (feet > 4).all(axis=1) & (feet < end - 4).all(axis=1)
    order = [i for i in np.argsort(ahead, kind="stable").tolist() if seen[i]][:CROWD]
    rows = [
        [*feet[i], FIGURES[figures[i].what], figures[i].name % 1009 / 1009, row[i] - wide[i], row[i] + wide[i],
         column[i] - wide[i], column[i] + wide[i]]
        for i in order
    ]  # fmt: skip
    return np.array(rows, float).reshape(-1, 9)


# ---- where to stand ----------------------------------------------------------------------------------------------------


def best_first(places: list[Place]) -> list[Place]:
    """The best place first; of equal ones the first that was drawn."""
    return sorted(places, key=lambda place: (-place.good, place.number))


def fan(yaw: float, pitch: float, columns: int, rows: int, aspect: float) -> Floats:
    """Directions (rows * columns, 3) through a frame, row by row from above."""
    ahead, across, up = axes(towards(yaw, pitch))
    half = math.tan(VIEW / 2)
    u = ((np.arange(columns) + 0.5) / columns * 2 - 1) * half * aspect
    v = (1 - (np.arange(rows) + 0.5) / rows * 2) * half
    rays = ahead + u[None, :, None] * across + v[:, None, None] * up
    made: Floats = (rays / np.linalg.norm(rays, axis=2, keepdims=True)).reshape(-1, 3)
    return made


def seen(vista: Vista, starts: Floats, directions: Floats) -> Floats:
    """What rays from places in the world meet: (n, 3) material (0: nothing), distance, side."""
    rays = np.empty((len(directions), 6))
    rays[:, 3:] = directions
    rays[:, :3] = starts - vista.matter.corner
    found = np.empty((len(rays), 3))
    look_along(vista.matter.grid, vista.matter.bricks, rays, FAR, found)
    missed = np.flatnonzero(found[:, 0] == 0)
    if len(vista.far.bricks) and len(missed):
        scale = vista.far.scale
        rays = rays[missed]
        rays[:, :3] = (rays[:, :3] + vista.matter.corner - vista.far.corner) / scale
        beyond = np.empty((len(rays), 3))
        look_along(vista.far.grid, vista.far.bricks, rays, FAR / scale, beyond)
        beyond[:, 1] *= scale
        found[missed] = beyond
    return found


COLUMNS, ROWS = 9, 7  # sight lines of a view


def scenic(vista: Vista, day: int, seed: int, aspect: float) -> list[Place]:
    """The drawn places that have something to show, each with its best direction, best first."""
    nz, ny, nx = (n // SIDE for n in vista.matter.grid.shape)
    built = (vista.matter.grid.reshape(nz, SIDE, ny, SIDE, nx, SIDE) >= 0).any(axis=(1, 3, 5))
    lots = np.argwhere(built)[:, ::-1]
    views = [(turn * 2 * math.pi / TURNS, pitch) for turn in range(TURNS) for pitch in PITCHES]
    fans = np.concatenate([fan(yaw, pitch, COLUMNS, ROWS, aspect) for yaw, pitch in views])
    found = []
    for number in range(EYES if len(lots) else 0):
        lot, *cell = draws(seed, R_SAMPLE, day, number, 0)
        eye = vista.matter.corner + lots[lot * len(lots) >> 32] * LOT + np.array([word % LOT for word in cell]) + 0.5
        view = seen(vista, eye, fans).reshape(len(views), ROWS, COLUMNS, 3)
        good = dramas(view, SKY_MOST)
        which = len(good) - 1 - int(np.argmax(good[::-1]))
        if good[which] > 0:
            found.append(Place(float(good[which]), number, eye, *views[which]))
    return best_first(found)


def drama(view: Floats, sky_most: float = SKY_MOST) -> float:
    """How much sight lines (rows, columns, 3) promise: near and far together, an abyss below, a walk through the air."""
    return float(dramas(view[None], sky_most)[0])


def dramas(views: Floats, sky_most: float) -> Floats:
    """The same of many (n, rows, columns, 3)."""
    n = len(views)
    sky = (views[..., 0] == 0).reshape(n, -1).mean(axis=1)
    far = np.where(views[..., 0] == 0, 900.0, views[..., 1])
    deep = np.log(np.minimum(np.maximum(far, 1e-9), 900.0))
    in_the_way = np.maximum(0.0, (far < 24).reshape(n, -1).mean(axis=1) - 0.12)
    walks = (np.isin(views[..., 0], (CATWALK, STAIR)) & (far > 15) & (far < 150)).reshape(n, -1).mean(axis=1)
    below, all_of_it = deep[:, -3:].reshape(n, -1), deep.reshape(n, -1)
    good = (
        all_of_it.std(axis=1) + 0.55 * all_of_it.mean(axis=1) + 0.3 * below.mean(axis=1) + 2.0 * np.minimum(walks, 0.15)
        - 2.0 * in_the_way - 3.5 * sky
    )
    found: Floats = np.where((sky > sky_most) | (far.reshape(n, -1).min(axis=1) < NEAREST), -1.0, good)
    return found


def portrait(vista: Vista, figures: Sequence[Figure], aspect: float, turn: float = 0.0) -> list[Place]:
    """Places from which one of the figures is in sight from head to foot, before something, best first."""
    found: list[Place] = []
    half = math.tan(VIEW / 2)
    for who, figure in enumerate(figures):
        feet = np.array([figure.x + 0.5, figure.y + 0.5, float(figure.z)])
        bearings = [turn + k * 2 * math.pi / 20 for k in range(20)]
        eyes, far_away = [], []
        for bearing in bearings:
            for far in PORTRAIT_FAR:
                for high in PORTRAIT_HIGH:
                    flat = far / math.hypot(1.0, high)
                    eyes.append(feet + flat * np.array((math.cos(bearing), math.sin(bearing), 1.2 / flat + high)))
                    far_away.append(far)
        places = np.array(eyes)
        clear = np.ones(len(places), bool)
        behind = np.ones(len(places))
        for height in (0.12, 0.9, 1.7):
            way = feet + np.array((0.0, 0.0, height)) - places
            length = np.linalg.norm(way, axis=1)
            behind = seen(vista, places, way / length[:, None])[:, 1] / length
            clear &= behind > 1.03
        aims, rays = [], []
        for i in np.flatnonzero(clear).tolist():
            way = feet + np.array((0.0, 0.0, 0.9)) - places[i]
            yaw, pitch = math.atan2(way[1], way[0]), math.atan2(way[2], math.hypot(way[0], way[1]))
            for k, (u, v) in enumerate(PORTRAIT_AT):
                # Turn away from them, so that they stand beside the middle of the frame.
                aims.append((i, k, yaw + math.atan(u * 2 * half * aspect), pitch - math.atan(v * 2 * half)))
                rays.append(fan(*aims[-1][2:], COLUMNS, ROWS, aspect))
        if not aims:
            continue
        starts = np.repeat(places[[aim[0] for aim in aims]], COLUMNS * ROWS, axis=0)
        views = seen(vista, starts, np.concatenate(rays)).reshape(-1, ROWS, COLUMNS, 3)
        for (i, k, yaw, pitch), good in zip(aims, dramas(views, PORTRAIT_SKY).tolist(), strict=True):
            if good > -1.0:
                good += 0.3 * min(math.log(behind[i]), 2.5) - 0.5 * abs(math.log(far_away[i] / 15.0))
                good -= 0.4 * who / len(figures)
                found.append(Place(good, (who * len(eyes) + i) * 4 + k, places[i], yaw, pitch))
    return best_first(found)


def glanced_at(vista: Vista, place: Place, figures: Sequence[Figure]) -> Place:
    """The place after a look at a small picture of it: how long to expose it, and whether it is flat or murky."""
    light = expose(inside(vista, place, (48, 27), 1, figures)).mean(axis=2) + 0.004
    exposure = min(max(GREY / float(np.exp(np.log(light).mean())), 0.7), 2.0)
    contrast = float(np.std(np.minimum(light * exposure, 1.0) ** 0.45))
    return place._replace(good=place.good + 4.0 * contrast, exposure=exposure)


def best_place(
    vista: Vista, day: int, seed: int, aspect: float, figures: Sequence[Figure], subjects: Sequence[Figure]
) -> Place | None:
    """Before one of the subjects, where there is any that can be seen well, else where the city is most dramatic."""
    places = portrait(vista, subjects, aspect) if subjects else []
    if not places or places[0].good < PORTRAIT_POOR:
        places = best_first([*scenic(vista, day, seed, aspect), *(p._replace(good=p.good + PORTRAIT_MORE) for p in places)])
    # Not fourteen times the same view.
    chosen: list[Place] = []
    for place in places:
        if all(np.abs(place.eye - other.eye).max() > 4.0 or abs(place.yaw - other.yaw) > 0.6 for other in chosen):
            chosen.append(place)
        if len(chosen) == FINALISTS:
            break
    glances = [glanced_at(vista, place, figures) for place in chosen]
    return best_first(glances)[0] if glances else None


def towards_middle(vista: Vista, middle: Ints, aspect: float) -> Place | None:
    """The place from which sight goes nearly as far as `middle`, which may lie within matter; None: there is none."""
    found = []
    goal = np.asarray(middle, float) + 0.5
    for number in range(240):
        bearing, far, high = number * 2.399963, (26.0, 44.0, 68.0)[number % 3], (-0.2, 0.1, 0.35, 0.6)[number // 3 % 4]
        eye = goal + far / math.hypot(1.0, high) * np.array((math.cos(bearing), math.sin(bearing), high))
        way = goal - eye
        if seen(vista, eye[None], way[None] / far)[0, 1] < 0.72 * far:
            continue
        aim = math.atan2(way[1], way[0]), math.atan2(way[2], math.hypot(way[0], way[1]))
        good = drama(seen(vista, eye, fan(*aim, COLUMNS, ROWS, aspect)).reshape(ROWS, COLUMNS, 3), 1.0)
        if good > -1.0:
            found.append(Place(good, number, eye, *aim))
    return glanced_at(vista, best_first(found)[0], ()) if found else None


def drawn_middle(source: Source, day: int, seed: int) -> Ints:
    """A cell near the middle of the city, where it is oldest."""
    lots = sketch(source, day)
    away = np.abs(lots - np.median(lots, axis=0)).max(axis=1)
    core = lots[away <= np.percentile(away, 35)]
    drawn = draws(seed, R_SAMPLE, day, 1, 1)[0]
    middle: Ints = core[drawn * len(core) >> 32] * LOT + LOT // 2
    return middle


def shoot_walk(
    source: Source, day: int, seed: int, size: Size, block: int, told: Told = None, *, middle: Ints | None = None,
    figures: Sequence[Figure] = (), subjects: Sequence[Figure] = (),
) -> Shot | None:  # fmt: skip
    """From the best of many places around `middle` (None: drawn near the middle of the city), or None where none is good.

    figures    whoever stands there; those of them in `subjects` are looked at
    """
    if middle is None:
        middle = drawn_middle(source, day, seed)
    vista = around(source, day, np.asarray(middle, np.int64))
    something(vista.matter, vista.far, day)
    place = best_place(vista, day, seed, size[0] / size[1], figures, subjects)
    if place is None:
        return None
    del vista  # its memory is needed
    return inside(ahead_of(source, day, place, size, told=told), place, size, block, figures)
