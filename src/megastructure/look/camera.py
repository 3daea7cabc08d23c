"""Where to stand: three ways to look at a city, found from the city itself.

`iso`      from outside and above, without perspective, the nearest corner of the city cut away
`section`  a vertical cut through the strata: what is cut is ink, what lies behind sinks into fog
`walk`     from inside, the best of many drawn places, with somebody in sight for scale
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..codes import CATWALK, GIRDER, PILLAR, R_SAMPLE, SHELL, SLAB, STAIR
from ..rng import draws
from .lots import LOT, SIDE, Corner, Floats, Ints, Matter, Source, with_lamp
from .trace import FAR, PAINT, Air, Eye, develop, look_along, paint, smooth

LOTS_MOST = 40_000  # lots that one picture materialises at most
NOWHERE = 1 << 26  # a coordinate beyond all cells
BAND = 128  # rows of pixels that are in memory at a time
TILE = 16  # rows that a thread takes at a time
SMOOTHINGS = 5
HALO = 1 << SMOOTHINGS  # rows of samples above and below a sample from which its light is smoothed

Size = tuple[int, int]
Pixels = npt.NDArray[np.float32]


class Stage(NamedTuple):
    """What a picture needs of the city."""

    coords: Ints  # (n, 3) lots to materialise
    cut: Corner | None = None  # cells beyond all three of these planes are left out
    end: Corner = (NOWHERE, NOWHERE, NOWHERE)  # the window has no cells beyond any of these


class Shot(NamedTuple):
    """A picture that is ready to be taken."""

    matter: Matter
    eye: Eye
    air: Air
    tones: Floats  # (4, 3) see `trace.develop`
    ink: float  # 0 .. 1 how dark the lines along edges are
    exposure: float = 1.0


def expose(shot: Shot, threads: int = 1, told: Callable[[float], None] | None = None) -> Pixels:
    """The picture in linear light: (height, width, 3). Kernels let go of the interpreter, so threads share the rows.

    It is made in bands, so that memory does not grow with the picture. A band needs `HALO` rows of samples above and
    below it, from which light is smoothed into it; what was painted for one band is kept for the next.
    """
    matter, eye, block = shot.matter, shot.eye, shot.eye.block
    held = min(eye.rows, BAND * block + 2 * HALO)
    paints = np.empty((held, eye.columns, PAINT), np.float32)
    kinds = np.empty((held, eye.columns), np.uint8)
    lights, smooth_a, smooth_b = (np.empty((held, eye.columns, 4), np.float32) for _ in range(3))
    out = np.empty((eye.rows // block, eye.columns // block, 3), np.float32)
    scene = (matter.grid, matter.bricks, matter.lamps, matter.lamp_first, matter.lamp_list, matter.corner, eye, shot.air)
    with ThreadPoolExecutor(threads) as pool:

        def share(work: Callable[[int, int], None], top: int, bottom: int) -> None:
            list(pool.map(lambda row: work(row, min(row + TILE, bottom)), range(top, bottom, TILE)))

        first = painted = 0  # rows of samples: the first that is held, and the first that is not painted yet
        for top in range(0, eye.rows, BAND * block):
            bottom = min(top + BAND * block, eye.rows)
            moved = max(top - HALO, 0) - first
            for array in (paints, kinds, lights):
                array[: painted - first - moved] = array[moved : painted - first].copy()
            first += moved
            needed = min(bottom + HALO, eye.rows)
            share(partial(paint, *scene, first, paints, lights, kinds), painted // block, needed // block)
            painted = needed
            now = slice(painted - first)
            source, target, other = lights[now], smooth_a[now], smooth_b[now]
            margin = HALO
            for turn in range(SMOOTHINGS):
                margin -= 1 << turn
                rows = max(top - margin, 0) - first, min(bottom + margin, eye.rows) - first
                share(partial(smooth, paints[now], kinds[now], source, target, 1 << turn), *rows)
                source, target, other = target, other, target
            developed = partial(develop, first, paints[now], kinds[now], source, shot.tones, shot.ink, block, out)
            share(developed, top // block, bottom // block)
            if told:
                told(bottom / eye.rows)
    return out


def core(lots: Ints, most: int) -> Ints:
    """The middle of a city, where it is oldest: whole cubic shells of lots around the median, `most` lots or fewer."""
    if len(lots) <= most:
        return lots
    shell = np.abs(lots - np.median(lots, axis=0).astype(np.int64)).max(axis=1)
    shells = int(np.searchsorted(np.cumsum(np.bincount(shell)), most, side="right"))
    middle: Ints = lots[shell < max(1, shells)]
    return middle


def _axes(ahead: Floats) -> tuple[Floats, Floats, Floats]:
    """Unit vectors ahead, to the right, and up in the frame."""
    ahead = ahead / np.linalg.norm(ahead)
    across = np.cross(ahead, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    return ahead, across, np.cross(across, ahead)


def _eye(place: Floats, ahead: Floats, high: float, size: Size, block: int, spread: float) -> Eye:
    """An eye whose frame is `high` high: cells without perspective (spread 0), else at a distance of 1 cell."""
    ahead, across, up = _axes(ahead)
    step = high / (size[1] * block)
    numbers = np.concatenate([place, ahead, across * step, up * step]).tolist()
    return Eye._make([*numbers, size[0] * block, size[1] * block, block, spread, *Eye._field_defaults.values()])


def _cut_open(eye: Eye, stage: Stage, matter: Matter) -> Eye:
    """The eye, told of the planes of the cut."""
    cut = np.array(stage.cut or (NOWHERE, NOWHERE, NOWHERE)) - matter.corner
    end = np.array(stage.end) - matter.corner
    return eye._replace(
        cut_x=float(cut[0]), cut_y=float(cut[1]), cut_z=float(cut[2]),
        end_x=float(end[0]), end_y=float(end[1]), end_z=float(end[2]),
    )  # fmt: skip


def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


# --- iso -------------------------------------------------------------------------------------------------------------

ISO_AHEAD = np.array([-1.0, -0.82, -0.74])
ISO_CLOSE = 0.8  # share of the height of the city that is in the frame
ISO_MARGIN = 3.0 * LOT  # cells around the frame that are materialised, too: they cast shadows into it


class Frame(NamedTuple):
    """A frame around a part of the city, in cells along the axes of a view."""

    across: float  # its middle
    up: float
    high: float
    wide: float


def _iso_frame(lots: Ints, size: Size) -> Frame:
    """Around the middle of the city, so near that it runs out of the picture on all sides."""
    _, across, up = _axes(ISO_AHEAD)
    centres = (lots + 0.5) * LOT
    sides = np.percentile(centres @ across, (4, 96))
    heights = np.percentile(centres @ up, (4, 96))
    high = max(float(min(np.ptp(heights), np.ptp(sides) * size[1] / size[0])) * ISO_CLOSE, 6.0 * LOT)
    return Frame(float(sides.mean()), float(heights.mean()), high, high * size[0] / size[1])


def stage_iso(lots: Ints, size: Size) -> tuple[Stage, Frame]:
    """The core as far as it is in the frame, its nearest corner cut away down to a third of its height."""
    _, across, up = _axes(ISO_AHEAD)
    window = core(lots, LOTS_MOST)
    top = window.max(axis=0)
    end = np.where(top < lots.max(axis=0), (top + 1) * LOT, NOWHERE)
    frame = _iso_frame(window, size)
    low, middle, high = np.percentile(window, (2, 50, 98), axis=0)
    x, y, _ = (np.round(middle + 0.5) * LOT).astype(np.int64).tolist()
    cut = (x, y, round(low[2] + 0.3 * (high[2] - low[2])) * LOT)
    centres = (window + 0.5) * LOT
    seen = np.abs(centres @ across - frame.across) < frame.wide / 2 + ISO_MARGIN
    seen &= np.abs(centres @ up - frame.up) < frame.high / 2 + ISO_MARGIN
    seen &= ~(window * LOT >= cut).all(axis=1)
    if not seen.any():
        return Stage(window), frame  # too small to be cut
    return Stage(window[seen], cut, (int(end[0]), int(end[1]), int(end[2]))), frame


def shoot_iso(stage: Stage, frame: Frame, matter: Matter, size: Size, block: int) -> Shot:
    """The core from above, sunk in mist at its foot."""
    ahead, across, up = _axes(ISO_AHEAD)
    deep = (stage.coords + 0.5) * LOT @ ahead
    place = across * frame.across + up * frame.up + ahead * (deep.min() - 2 * LOT)
    eye = _cut_open(_eye(place - matter.corner, ahead, frame.high, size, block, 0.0), stage, matter)
    base, top = np.percentile(stage.coords[:, 2], (2, 98)) * LOT - matter.corner[2]
    air = Air(
        *_unit(0.62, 0.10, 0.72), key=2.9, key_reach=130.0, sky=0.28, sky_low=0.14, sky_reach=44.0, lamp=190.0,
        fog=0.0016, fog_start=float(np.ptp(deep)) * 0.4, mist=0.005, mist_z=float(base) - 24.0,
        mist_height=float(top - base) * 0.25 + 16.0,
    )  # fmt: skip
    tones = np.array([[0.006, 0.009, 0.012], [0.095, 0.120, 0.130], [0.0, 0.0, 0.0], [0.010, 0.011, 0.012]])
    return Shot(matter, eye, air, tones, ink=0.6)


# --- section ---------------------------------------------------------------------------------------------------------

SECTION_DEEP = 26  # lots behind the cut that the fog does not hide
SECTION_HIGH = 40.0  # lots: in a higher frame nothing could be made out
PLANES = 5  # rows of lots in which planes are compared
CUT_MOST = 0.35  # share of a plane that may be matter; a plane with more lies inside a wall


def stage_section(source: Source, day: int, lots: Ints, size: Size) -> tuple[Stage, Floats, float]:
    """A cut across y, seen from where y is more: the stage, the middle of the frame and its height in cells."""
    window = core(lots, 4 * LOTS_MOST)
    low, middle, high = np.percentile(window, (3, 50, 97), axis=0)
    wide, _, tall = (high - low + 1).tolist()
    tall = min(max(min(tall, wide * size[1] / size[0]), 0.6 * tall), SECTION_HIGH)
    wide = tall * size[0] / size[1]
    x = float(low[0] + high[0] + 1) / 2
    z = float(np.clip(middle[2] + 0.5, low[2] + tall / 2, high[2] + 1 - tall / 2))
    frame = window[(np.abs(window[:, 0] + 0.5 - x) < wide / 2 + 2) & (np.abs(window[:, 2] + 0.5 - z) < tall / 2 + 2)]
    if not len(frame):
        frame = window  # a city with a hole where its middle would be
    # The lots with most to see: columns of lots that are cut, and columns that stand close behind.
    promising = []
    for y in np.unique(frame[:, 1]).tolist():
        near = frame[(frame[:, 1] <= y) & (frame[:, 1] > y - 2)]
        behind = frame[(frame[:, 1] <= y - 2) & (frame[:, 1] > y - 12)]
        columns = [len(np.unique(part[:, ::2], axis=0)) for part in (near, behind)]
        promising.append((columns[0] + 0.5 * columns[1], y))
    # In them the plane that cuts most: pillars and plates, but not a wall all along.
    best = (-1.0, 0)
    for _, y in sorted(promising, reverse=True)[:PLANES]:
        block = source.materialise_lots(np.ascontiguousarray(frame[frame[:, 1] == y]), day)
        share = (block != 0).mean(axis=(0, 1, 3))
        share = np.where(share < CUT_MOST, share, -share)
        best = max(best, (float(share.max()), y * LOT + 1 + int(np.argmax(share))))
    cut = best[1]
    y = (cut - 1) // LOT
    frame = frame[(frame[:, 1] <= y) & (frame[:, 1] > y - SECTION_DEEP)]
    frame = frame[np.argsort(-frame[:, 1], kind="stable")[:LOTS_MOST]]
    return Stage(frame, (-NOWHERE, cut, -NOWHERE)), np.array([x * LOT, cut, z * LOT]), tall * LOT * 0.97


def shoot_section(stage: Stage, matter: Matter, middle: Floats, high: float, size: Size, block: int) -> Shot:
    """Straight at the cut."""
    eye = _cut_open(_eye(middle - matter.corner, np.array([0.0, -1.0, 0.0]), high, size, block, 0.0), stage, matter)
    air = Air(*_unit(0.34, 0.50, 0.80), key=2.3, key_reach=80.0, sky=0.36, sky_low=0.2, sky_reach=44.0, lamp=90.0, fog=0.0068)
    tones = np.array([[0.010, 0.014, 0.018], [0.300, 0.350, 0.365], [0.0, 0.0, 0.0], [0.0020, 0.0026, 0.0032]])
    return Shot(matter, eye, air, tones, ink=0.7)


# --- walk ------------------------------------------------------------------------------------------------------------

EYES = 400  # drawn places
TURNS = 12  # directions tried at each, and in each of them these pitches (radians)
PITCHES = (-0.6, -0.3, 0.0, 0.3)
VIEW = 1.25  # height of the field of view, radians
NEAREST = 6.0  # cells: nothing may stand closer
SKY_MOST = 0.04  # share of sight lines that may leave the city
PEOPLED = 80  # of the best places: those in which somebody is looked for
FINALISTS = 16  # of these: those at which the picture itself is glanced at
MAN_NEAR, MAN_FAR = 14.0, 46.0  # cells from the eye to somebody
FLOORS = (SHELL, PILLAR, SLAB, GIRDER, CATWALK, STAIR)  # what somebody stands on
GREY = 0.07  # linear light that the darkness of a place is raised or lowered to


class Place(NamedTuple):
    """Somewhere to look from. Places are compared by how good they are, then by number."""

    good: float
    number: int
    eye: Floats  # (3,) in the window
    yaw: float
    pitch: float
    feet: Floats | None = None  # where somebody stands
    exposure: float = 1.0


def stage_walk(lots: Ints) -> Stage:
    """The core, whole."""
    return Stage(core(lots, LOTS_MOST))


def shoot_walk(matter: Matter, day: int, seed: int, size: Size, block: int) -> Shot | None:
    """From the best of `EYES` drawn places, or None when every one of them is too narrow or open to the sky."""
    aspect = size[0] / size[1]
    places = [_peopled(matter, place, aspect) for place in _standpoints(matter, day, seed, aspect)[:PEOPLED]]
    places = [_glanced_at(matter, place) for place in _best_first(places)[:FINALISTS]]
    if not places:
        return None
    best = _best_first(places)[0]
    if best.feet is not None:
        # Whoever walks here carries a light.
        towards = (best.eye - best.feet)[:2] / np.linalg.norm((best.eye - best.feet)[:2])
        x, y = best.feet[:2] + 0.4 * towards
        matter = with_lamp(matter, float(x), float(y), float(best.feet[2]) + 1.2, 0.35)
    return _inside(matter, best, size, block)


def _best_first(places: list[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (-place.good, place.number))


def _towards(yaw: float, pitch: float) -> Floats:
    return np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), math.sin(pitch)])


def _inside(matter: Matter, place: Place, size: Size, block: int) -> Shot:
    """The picture from one place."""
    eye = _eye(place.eye, _towards(place.yaw, place.pitch), 2 * math.tan(VIEW / 2), size, block, 1.0)
    if place.feet is not None:
        x, y, z = place.feet.tolist()
        eye = eye._replace(man_x=x, man_y=y, man_z=z)
    air = Air(
        *_unit(0.34, 0.20, 0.92), key=2.4, key_reach=90.0, beam_far=260.0, sky=0.25, sky_low=0.2, sky_reach=40.0,
        lamp=100.0, fog=0.0016, mist=0.0018, mist_z=eye.z - 60.0, mist_height=60.0,
    )  # fmt: skip
    tones = np.array([[0.004, 0.006, 0.009], [0.10, 0.125, 0.145], [0.115, 0.130, 0.135], [0.0, 0.0, 0.0]])
    return Shot(matter, eye, air, tones, 0.5, place.exposure)


def _fan(yaw: float, pitch: float, columns: int, rows: int, aspect: float) -> Floats:
    """Directions (rows * columns, 3) through a frame, row by row from above."""
    ahead, across, up = _axes(_towards(yaw, pitch))
    half = math.tan(VIEW / 2)
    u = ((np.arange(columns) + 0.5) / columns * 2 - 1) * half * aspect
    v = (1 - (np.arange(rows) + 0.5) / rows * 2) * half
    rays = ahead + u[None, :, None] * across + v[:, None, None] * up
    unit: Floats = (rays / np.linalg.norm(rays, axis=2, keepdims=True)).reshape(-1, 3)
    return unit


def _seen(matter: Matter, starts: Floats, directions: Floats) -> Floats:
    """What rays meet: (n, 3) material, distance, side."""
    rays = np.empty((len(directions), 6))
    rays[:, :3] = starts
    rays[:, 3:] = directions
    seen = np.empty((len(rays), 3))
    look_along(matter.grid, matter.bricks, rays, FAR, seen)
    return seen


def _standpoints(matter: Matter, day: int, seed: int, aspect: float) -> list[Place]:
    """The drawn places that have something to show, each with its best direction, best first."""
    nz, ny, nx = (n // SIDE for n in matter.grid.shape)
    built = (matter.grid.reshape(nz, SIDE, ny, SIDE, nx, SIDE) >= 0).any(axis=(1, 3, 5))
    lots = np.argwhere(built)[:, ::-1]
    columns, rows = 9, 7
    views = [(turn * 2 * math.pi / TURNS, pitch) for turn in range(TURNS) for pitch in PITCHES]
    fans = np.concatenate([_fan(yaw, pitch, columns, rows, aspect) for yaw, pitch in views])
    found = []
    for number in range(EYES if len(lots) else 0):
        lot, *cell = draws(seed, R_SAMPLE, day, number, 0)
        eye = lots[lot * len(lots) >> 32] * LOT + np.array([word % LOT for word in cell]) + 0.5
        seen = _seen(matter, eye, fans).reshape(len(views), rows, columns, 3)
        drama, which = max((_drama(view), which) for which, view in enumerate(seen))
        if drama > 0:
            found.append(Place(drama, number, eye, *views[which]))
    return _best_first(found)


def _drama(view: Floats) -> float:
    """How much sight lines (rows, columns, 3) promise: near and far together, an abyss below, nothing in the way."""
    far = view[:, :, 1]
    if (view[:, :, 0] == 0).mean() > SKY_MOST or far.min() < NEAREST:
        return -1.0
    deep = np.log(np.minimum(far, 400.0))
    in_the_way = max(0.0, float((far < 22).mean()) - 0.15)
    return float(deep.std() + 0.5 * deep.mean() + 0.25 * deep[-2:].mean() - 1.5 * in_the_way)


def _peopled(matter: Matter, place: Place, aspect: float) -> Place:
    """The place with somebody where one stands best: on a floor, in sight from head to foot, before a deep background."""
    columns, rows = 72, 40
    rays = _fan(place.yaw, place.pitch, columns, rows, aspect)
    seen = _seen(matter, place.eye, rays)
    row, column = np.divmod(np.arange(rows * columns), columns)
    floor = (seen[:, 2] == 6) & np.isin(seen[:, 0], FLOORS) & (seen[:, 1] > MAN_NEAR) & (seen[:, 1] < MAN_FAR)
    floor &= (np.abs(column / columns - 0.5) < 0.36) & (np.abs(row / rows - 0.61) < 0.31)
    feet = place.eye + rays[floor] * seen[floor, 1:2]
    feet = np.unique(np.concatenate([np.floor(feet[:, :2]) + 0.5, np.round(feet[:, 2:])], axis=1), axis=0)
    free = _seen(matter, feet + np.array((0.0, 0.0, 0.01)), np.tile((0.0, 0.0, 1.0), (len(feet), 1)))[:, 1] > 2.5
    behind = np.ones(len(feet))
    for height in (0.15, 1.0, 1.75):
        towards = feet + np.array((0.0, 0.0, height)) - place.eye
        far = np.linalg.norm(towards, axis=1)
        behind = _seen(matter, place.eye, towards / far[:, None])[:, 1] / far
        free &= behind > 1.02
    if not free.any():
        return place
    # Neither so near that the place looks small, nor so far that nobody is noticed.
    far = np.linalg.norm(feet - place.eye, axis=1)
    good = 0.5 + 0.35 * np.minimum(np.log(behind), 2.5) - 0.6 * np.abs(np.log(far / 24.0))
    best = int(np.argmax(np.where(free, good, -9.0)))
    return place._replace(good=place.good + max(float(good[best]), 0.05), feet=feet[best])


def _glanced_at(matter: Matter, place: Place) -> Place:
    """The place after a look at a small picture of it: how long to expose it, and whether it is flat or murky."""
    light = expose(_inside(matter, place._replace(feet=None), (48, 27), 1)).mean(axis=2) + 0.004
    exposure = min(max(GREY / float(np.exp(np.log(light).mean())), 0.75), 1.5)
    contrast = float(np.std(np.minimum(light * exposure, 1.0) ** 0.45))
    return place._replace(good=place.good + 4.0 * contrast, exposure=exposure)
