"""Where to stand: three ways to look at a city, found from the city itself.

`iso`      from outside and above, parallel, a corner of the city cut away
`section`  a vertical cut through the strata: what is cut is ink, what lies behind sinks into fog
`walk`     from inside, at the best of many drawn places, with somebody in sight for scale
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
TILE = 16  # rows that a thread takes at a time
SMOOTHINGS = 3

Size = tuple[int, int]
Pixels = npt.NDArray[np.float32]


class Stage(NamedTuple):
    """What a picture needs of the city."""

    coords: Ints  # (n, 3) lots to materialise
    cut: Corner | None  # cells beyond these three planes are left out
    end: Corner  # no cells are at or beyond any of these planes, because the window ends there


class Shot(NamedTuple):
    """A picture that is ready to be taken."""

    matter: Matter
    eye: Eye
    air: Air
    tones: Floats  # (4, 3) see `trace.develop`
    ink: float
    exposure: float


def expose(shot: Shot, threads: int, told: Callable[[float], None] | None = None) -> Pixels:
    """The picture in linear light: (height, width, 3). Kernels let go of the interpreter, so threads share the rows."""
    matter, eye = shot.matter, shot.eye
    paints = np.empty((eye.rows, eye.columns, PAINT), np.float32)
    lights = np.empty((eye.rows, eye.columns, 4), np.float32)
    smoother = np.empty_like(lights)
    kinds = np.empty((eye.rows, eye.columns), np.uint8)
    out = np.empty((eye.rows // eye.block, eye.columns // eye.block, 3), np.float32)

    def painting(top: int, bottom: int) -> None:
        paint(
            matter.grid, matter.bricks, matter.lamps, matter.lamp_first, matter.lamp_list, matter.corner,
            eye, shot.air, top, bottom, paints, lights, kinds,
        )  # fmt: skip

    def developing(top: int, bottom: int) -> None:
        develop(paints, kinds, lights, shot.tones, shot.ink, eye.block, out, top, bottom)

    with ThreadPoolExecutor(threads) as pool:

        def rows(work: Callable[[int, int], None], count: int, told: Callable[[float], None] | None = None) -> None:
            tops = range(0, count, TILE)
            for done, _ in enumerate(pool.map(lambda top: work(top, min(top + TILE, count)), tops)):
                if told:
                    told((done + 1) / len(tops))

        rows(painting, out.shape[0], told)
        for pass_ in range(SMOOTHINGS):
            rows(partial(smooth, paints, kinds, lights, smoother, 1 << pass_), eye.rows)
            lights, smoother = smoother, lights
        rows(developing, out.shape[0])
    return out


def core(lots: Ints, most: int) -> Ints:
    """The oldest part of a city, where most of it is: the lots nearest to the middle in whole cubic shells."""
    if len(lots) <= most:
        return lots
    reach = np.abs(lots - np.median(lots, axis=0).astype(np.int64)).max(axis=1)
    inside = np.cumsum(np.bincount(reach))
    return lots[reach < max(1, int(np.searchsorted(inside, most, side="right")))]


def _axes(ahead: Floats) -> tuple[Floats, Floats, Floats]:
    """Unit vectors ahead, to the right and up for somebody who looks along `ahead`."""
    ahead = ahead / np.linalg.norm(ahead)
    across = np.cross(ahead, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    return ahead, across, np.cross(across, ahead)


def _towards(yaw: float, pitch: float) -> Floats:
    return np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), math.sin(pitch)])


def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def _parallel(
    stage: Stage, matter: Matter, middle: Floats, ahead: Floats, back: float, high: float, size: Size, block: int
) -> Eye:
    """An eye with parallel rays whose frame is `high` cells high around `middle` (cells of the world)."""
    ahead, across, up = _axes(ahead)
    step = high / (size[1] * block)
    place = middle - back * ahead - matter.corner
    cut = np.array(stage.cut or (NOWHERE, NOWHERE, NOWHERE)) - matter.corner
    end = np.array(stage.end) - matter.corner
    return Eye(
        *place.tolist(), *ahead.tolist(), *(across * step).tolist(), *(up * step).tolist(),
        size[0] * block, size[1] * block, block, 0.0, 1.33, *map(float, cut), *map(float, end), -1.0, -1.0, -1.0,
    )  # fmt: skip


# --- iso -------------------------------------------------------------------------------------------------------------

ISO_AHEAD = np.array([-1.0, -0.82, -0.74])


def stage_iso(lots: Ints) -> Stage:
    """The old core with its nearest corner cut away down to a third of its height."""
    window = core(lots, LOTS_MOST)
    low, middle, high = np.percentile(window, (2, 50, 98), axis=0)
    at = np.round(middle + 0.5).astype(np.int64) * LOT
    floor = int(round(low[2] + 0.3 * (high[2] - low[2]))) * LOT
    end = (window.max(axis=0) + 1) * LOT if len(window) < len(lots) else np.full(3, NOWHERE)
    return Stage(window, (int(at[0]), int(at[1]), floor), (int(end[0]), int(end[1]), int(end[2])))


def shoot_iso(stage: Stage, matter: Matter, size: Size, block: int) -> Shot:
    """From above, so near that the city runs out of the frame."""
    ahead, across, up = _axes(ISO_AHEAD)
    centres = (stage.coords + 0.5) * LOT
    sides = np.percentile(centres @ across, (4, 96))
    heights = np.percentile(centres @ up, (4, 96))
    high = max(min(heights[1] - heights[0], (sides[1] - sides[0]) * size[1] / size[0]) * 0.8, 6.0 * LOT)
    middle = across * sides.mean() + up * heights.mean()
    deep = centres @ ahead
    eye = _parallel(stage, matter, middle, ahead, float(middle @ ahead - deep.min() + 2 * LOT), float(high), size, block)
    base = float(np.percentile(stage.coords[:, 2], 2) * LOT - matter.corner[2])
    tall = float(np.ptp(np.percentile(stage.coords[:, 2], (2, 98)))) * LOT
    air = Air(
        *_unit(0.62, 0.10, 0.72), 0.05, 2.9, 130.0, 0.0, 0.28, 0.14, 44.0, 4, 190.0,
        0.0016, float(deep.max() - deep.min()) * 0.40, 0.0050, base - 24.0, tall * 0.25 + 16.0,
    )  # fmt: skip
    tones = np.array([[0.006, 0.009, 0.012], [0.095, 0.120, 0.130], [0.0, 0.0, 0.0], [0.010, 0.011, 0.012]])
    return Shot(matter, eye, air, tones, 0.6, 1.0)


# --- section ---------------------------------------------------------------------------------------------------------

SECTION_DEEP = 26  # lots behind the cut that the fog does not hide


def stage_section(source: Source, day: int, lots: Ints, size: Size) -> tuple[Stage, Floats, float]:
    """A cut across y, seen from where y is more: the stage, the middle of the frame and its height in cells."""
    window = core(lots, 4 * LOTS_MOST)
    low, high = np.percentile(window[:, 2], (1, 99))
    tall = high - low + 1
    wide = tall * size[0] / size[1]
    x = float(np.median(window[:, 0])) + 0.5
    in_frame = (np.abs(window[:, 0] + 0.5 - x) <= wide / 2 + 1) & (window[:, 2] >= low - 1) & (window[:, 2] <= high + 1)
    frame = window[in_frame]
    # The plane with most to see: columns of lots that are cut, and columns that stand close behind.
    best = (-1.0, 0)
    for y in range(int(np.percentile(frame[:, 1], 30)), int(np.percentile(frame[:, 1], 80)) + 1):
        near = (frame[:, 1] <= y) & (frame[:, 1] > y - 2)
        behind = (frame[:, 1] <= y - 2) & (frame[:, 1] > y - 12)
        seen = len(np.unique(frame[near][:, ::2], axis=0)) + 0.5 * len(np.unique(frame[behind][:, ::2], axis=0))
        best = max(best, (seen, y))
    y = best[1]
    plane = frame[frame[:, 1] == y]
    block = source.materialise_lots(np.ascontiguousarray(plane), day) != 0
    share = block.mean(axis=(0, 1, 3))
    cut = y * LOT + 1 + int(np.argmax(np.where(share < 0.35, share, 0.35 - share)))
    coords = frame[(frame[:, 1] <= y) & (frame[:, 1] > y - SECTION_DEEP)]
    stage = Stage(coords, (-NOWHERE, cut, -NOWHERE), (NOWHERE, NOWHERE, NOWHERE))
    return stage, np.array([x * LOT, float(cut), (low + high + 1) / 2 * LOT]), float(tall * LOT) * 0.97


def shoot_section(stage: Stage, matter: Matter, middle: Floats, high: float, size: Size, block: int) -> Shot:
    """Straight at the cut."""
    eye = _parallel(stage, matter, middle, np.array([0.0, -1.0, 0.0]), 0.0, high, size, block)
    air = Air(
        *_unit(0.34, 0.50, 0.80), 0.06, 2.3, 80.0, 0.0, 0.36, 0.2, 44.0, 4, 90.0,
        0.0068, 0.0, 0.0, 0.0, 1.0,
    )  # fmt: skip
    tones = np.array([[0.010, 0.014, 0.018], [0.300, 0.350, 0.365], [0.0, 0.0, 0.0], [0.0020, 0.0026, 0.0032]])
    return Shot(matter, eye, air, tones, 0.7, 1.0)


# --- walk ------------------------------------------------------------------------------------------------------------

EYES = 400  # drawn places
TURNS = 12  # directions tried at each
PITCHES = (-0.6, -0.3, 0.0, 0.3)
VIEW = 1.25  # height of the field of view, radians
NEAREST = 6.0  # cells: nothing may stand closer
SKY_MOST = 0.04  # share of sight lines that may leave the city
PEOPLED = 80  # places in which somebody is looked for
FINALISTS = 16  # places at which the picture itself is glanced at
MAN_NEAR, MAN_FAR = 14.0, 46.0  # cells from the eye to somebody
FLOORS = (SHELL, PILLAR, SLAB, GIRDER, CATWALK, STAIR)  # where somebody may stand


def stage_walk(lots: Ints) -> Stage:
    """The old core, whole."""
    return Stage(core(lots, LOTS_MOST), None, (NOWHERE, NOWHERE, NOWHERE))


def _fan(yaw: float, pitch: float, columns: int, rows: int, aspect: float) -> Floats:
    """Directions (rows * columns, 3) through a frame, row by row from above."""
    ahead, across, up = _axes(_towards(yaw, pitch))
    half = math.tan(VIEW / 2)
    u = ((np.arange(columns) + 0.5) / columns * 2 - 1) * half * aspect
    v = (1 - (np.arange(rows) + 0.5) / rows * 2) * half
    rays = ahead + u[None, :, None] * across + v[:, None, None] * up
    return (rays / np.linalg.norm(rays, axis=2, keepdims=True)).reshape(-1, 3)


def _seen(matter: Matter, starts: Floats, directions: Floats, far: float = FAR) -> Floats:
    """What rays meet: (n, 3) material, distance, side."""
    rays = np.empty((len(directions), 6))
    rays[:, :3] = starts
    rays[:, 3:] = directions
    seen = np.empty((len(rays), 3))
    look_along(matter.grid, matter.bricks, rays, far, seen)
    return seen


def _drama(seen: Floats, rows: int, columns: int) -> float:
    """How much a view has to show: far and near together, an abyss below, nothing that blocks it. -1: rejected."""
    far = seen[:, 1]
    if (seen[:, 0] == 0).mean() > SKY_MOST or far.min() < NEAREST:
        return -1.0
    deep = np.log(np.minimum(far, 400.0))
    below = deep.reshape(rows, columns)[-rows // 3 :].mean()
    blocked = max(0.0, float((far < 22).mean()) - 0.15)
    return float(deep.std() + 0.4 * deep.mean() + 0.15 * below - 1.5 * blocked)


def _somebody(matter: Matter, eye: Floats, yaw: float, pitch: float, aspect: float) -> tuple[float, Floats | None]:
    """The best place in a view for somebody to stand, in sight from head to foot, and how good it is."""
    columns, rows = 72, 40
    rays = _fan(yaw, pitch, columns, rows, aspect)
    seen = _seen(matter, eye, rays)
    floor = (seen[:, 2] == 6) & (seen[:, 1] > MAN_NEAR) & (seen[:, 1] < MAN_FAR)
    floor &= np.isin(seen[:, 0], FLOORS)
    row, column = np.divmod(np.arange(rows * columns), columns)
    floor &= (np.abs(column / columns - 0.5) < 0.36) & (row / rows > 0.30) & (row / rows < 0.92)
    if not floor.any():
        return 0.0, None
    feet = eye + rays[floor] * seen[floor, 1:2]
    feet = np.unique(np.concatenate([np.floor(feet[:, :2]) + 0.5, np.round(feet[:, 2:])], axis=1), axis=0)
    clear = _seen(matter, feet + (0, 0, 0.01), np.tile((0.0, 0.0, 1.0), (len(feet), 1)))[:, 1] > 2.5
    behind = np.zeros(len(feet))
    for part in (0.15, 1.0, 1.75):
        to = feet + (0, 0, part) - eye
        far = np.linalg.norm(to, axis=1)
        behind = _seen(matter, eye, to / far[:, None])[:, 1] / far
        clear &= behind > 1.02
    if not clear.any():
        return 0.0, None
    far = np.linalg.norm(feet - eye, axis=1)
    # Best before a deep background, and neither so near that the place looks small nor so far that nobody is seen.
    good = np.where(clear, np.minimum(np.log(behind), 2.5) * 0.35 + 0.5 - np.abs(np.log(far / 24.0)) * 0.6, -1.0)
    return max(float(good.max()), 0.05), feet[int(np.argmax(good))]


def _standpoints(matter: Matter, day: int, seed: int, aspect: float) -> list[tuple[float, int, Floats, float, float]]:
    """The drawn places that have something to show, best first: score, number, eye, yaw, pitch."""
    shape = tuple(n // SIDE for n in matter.grid.shape)
    built = (matter.grid.reshape(shape[0], SIDE, shape[1], SIDE, shape[2], SIDE) >= 0).any(axis=(1, 3, 5))
    lots = np.argwhere(built)[:, ::-1]
    columns, rows = 9, 7
    views = [(turn * 2 * math.pi / TURNS, pitch) for turn in range(TURNS) for pitch in PITCHES]
    fans = np.concatenate([_fan(yaw, pitch, columns, rows, aspect) for yaw, pitch in views])
    found = []
    for number in range(EYES if len(lots) else 0):
        words = draws(seed, R_SAMPLE, day, number, 0)
        eye = lots[words[0] * len(lots) >> 32] * LOT + np.array([word & 15 for word in words[1:]]) + 0.5
        seen = _seen(matter, eye, fans).reshape(len(views), -1, 3)
        drama, which = max((_drama(view, rows, columns), which) for which, view in enumerate(seen))
        if drama > 0:
            found.append((drama, number, eye, *views[which]))
    return sorted(found, key=lambda place: place[:2], reverse=True)


def _inside(
    matter: Matter, eye: Floats, yaw: float, pitch: float, feet: Floats | None, size: Size, block: int
) -> Shot:
    """The picture from one place inside."""
    ahead, across, up = _axes(_towards(yaw, pitch))
    step = 2 * math.tan(VIEW / 2) / (size[1] * block)
    nowhere = float(NOWHERE)
    view = Eye(
        *eye.tolist(), *ahead.tolist(), *(across * step).tolist(), *(up * step).tolist(),
        size[0] * block, size[1] * block, block, 1.0, 0.0, nowhere, nowhere, nowhere, nowhere, nowhere, nowhere,
        *(feet.tolist() if feet is not None else (-1.0, -1.0, -1.0)),
    )  # fmt: skip
    air = Air(
        *_unit(0.34, 0.20, 0.92), 0.05, 2.4, 90.0, 260.0, 0.25, 0.2, 40.0, 4, 90.0,
        0.0018, 0.0, 0.002, float(eye[2]) - 60.0, 60.0,
    )  # fmt: skip
    tones = np.array([[0.004, 0.006, 0.009], [0.10, 0.125, 0.145], [0.115, 0.130, 0.135], [0.0, 0.0, 0.0]])
    return Shot(matter, view, air, tones, 0.5, 1.0)


def shoot_walk(matter: Matter, day: int, seed: int, size: Size, block: int) -> Shot | None:
    """The best of `EYES` drawn places, or None when every one of them is too narrow or open to the sky."""
    aspect = size[0] / size[1]
    places = []
    for drama, number, eye, yaw, pitch in _standpoints(matter, day, seed, aspect)[:PEOPLED]:
        good, feet = _somebody(matter, eye, yaw, pitch, aspect)
        places.append((drama + good, number, eye, yaw, pitch, feet))
    places.sort(key=lambda place: place[:2], reverse=True)
    best = None
    for promise, _, eye, yaw, pitch, feet in places[:FINALISTS]:
        # A glance at the picture itself: it should be neither flat nor murky.
        small = expose(_inside(matter, eye, yaw, pitch, None, (48, 27), 1), 1)
        light = small.mean(axis=2) + 0.004
        exposure = min(max(0.068 / float(np.exp(np.log(light).mean())), 0.75), 2.0)
        contrast = float(np.std(np.minimum(light * exposure, 1.0) ** 0.45))
        score = promise + 4.0 * contrast
        if best is None or score > best[0]:
            best = (score, eye, yaw, pitch, feet, exposure)
    if best is None:
        return None
    _, eye, yaw, pitch, feet, exposure = best
    if feet is not None:
        # Who walks here carries a light.
        to = (eye - feet)[:2] / np.linalg.norm((eye - feet)[:2])
        matter = with_lamp(matter, feet[0] + 0.4 * to[0], feet[1] + 0.4 * to[1], feet[2] + 1.2, 0.35)
    return _inside(matter, eye, yaw, pitch, feet, size, block)._replace(exposure=exposure)
