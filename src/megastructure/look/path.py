"""Ways for a camera: smooth, and through air only.

A way is a list of points in the world between which sight is free; `smooth` rounds its corners where the rounded way is free
too. Every way is a pure function of what is there and of where it begins.
"""

from __future__ import annotations

import math

import numpy as np

from .lots import Floats
from .walk import Vista, seen, towards

CLEAR = 2.5  # cells that stay free around a camera
STRIDE = 34.0  # cells at most from one point of a way to the next
FAN = 24  # directions tried at each point
SPHERE = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) != (0, 0, 0)], float)
SPHERE /= np.linalg.norm(SPHERE, axis=1)[:, None]


def free_at(vista: Vista, points: Floats) -> np.ndarray:
    """Which points (n, 3) have nothing within `CLEAR` cells."""
    rays = np.tile(SPHERE, (len(points), 1))
    starts = np.repeat(points, len(SPHERE), axis=0)
    near: np.ndarray = seen(vista, starts, rays)[:, 1].reshape(-1, len(SPHERE)).min(axis=1)
    inside = vista.matter.corner + 4 <= points
    inside &= points < vista.matter.corner + np.array(vista.matter.grid.shape[::-1]) * 4 - 4
    return np.asarray((near > CLEAR) & inside.all(axis=1))


def free_between(vista: Vista, points: Floats) -> bool:
    """Whether a camera can go along points (n, 3): each is free, and sight from one to the next is."""
    steps = np.diff(points, axis=0)
    length = np.linalg.norm(steps, axis=1)
    moved = length > 1e-9
    rays = steps[moved] / length[moved, None]
    ahead = seen(vista, points[:-1][moved], rays)[:, 1] if moved.any() else np.zeros(0)
    return bool((ahead > length[moved] + CLEAR).all() and free_at(vista, points).all())


def wander(vista: Vista, start: Floats, yaw: float, length: float) -> Floats:
    """A walk through the air: from point to point in the direction that is most open and turns least."""
    points = [np.asarray(start, float)]
    gone = 0.0
    while gone < length and len(points) < 64:
        turns = (np.arange(FAN) - FAN // 2) * (2.4 / FAN)
        pitches = (-0.25, -0.08, 0.08, 0.2)
        headings = [(yaw + turn, pitch) for turn in turns for pitch in pitches]
        rays = np.array([towards(*heading) for heading in headings])
        far = np.minimum(seen(vista, np.tile(points[-1], (len(rays), 1)), rays)[:, 1], 260.0)
        good = np.log(far) - 0.9 * np.abs([h[0] - yaw for h in headings]) - 1.2 * np.abs([h[1] for h in headings])
        for i in np.argsort(-good, kind="stable")[:12].tolist():
            stride = min(STRIDE, 0.5 * far[i], length - gone + 1.0)
            step = points[-1] + rays[i] * stride
            if stride > 4.0 and free_between(vista, np.linspace(points[-1], step, 6)):
                points.append(step)
                gone += stride
                yaw = headings[i][0]
                break
        else:
            break
    return np.array(points)


def rise(vista: Vista, start: Floats, length: float) -> Floats:
    """Straight up, from the place near `start` that has most free air above and below it."""
    best: tuple[float, Floats] = (0.0, np.array([start, start], float))
    for i in range(-4, 5):
        for j in range(-4, 5):
            foot = np.asarray(start, float) + np.array((6.0 * i, 6.0 * j, 0.0))
            if not free_at(vista, foot[None])[0]:
                continue
            up, down = seen(vista, np.tile(foot, (2, 1)), np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]))[:, 1] - 2 * CLEAR
            low, high = foot[2] - min(down, length / 2), foot[2] + min(up, length)
            high = min(high, low + length)
            way = np.stack([np.repeat(foot[0], 40), np.repeat(foot[1], 40), np.linspace(low, high, 40)], axis=1)
            while len(way) > 2 and not free_between(vista, way):
                way = way[1:-1]
            if way[-1, 2] - way[0, 2] > best[0]:
                best = (float(way[-1, 2] - way[0, 2]), way)
    return best[1]


def orbit(vista: Vista, middle: Floats, start: Floats) -> Floats:
    """An arc around `middle` from `start` on: as far to both sides as the air is free and the middle in sight."""
    off = np.asarray(start, float) - middle
    radius, bearing = math.hypot(off[0], off[1]), math.atan2(off[1], off[0])

    def at(turn: float) -> Floats:
        return middle + np.array((radius * math.cos(bearing + turn), radius * math.sin(bearing + turn), off[2]))

    ends = []
    for way in (-1, 1):
        points = [at(0.0)]
        for k in range(1, 46):
            step = at(way * k * math.pi / 45)
            if not free_between(vista, np.stack([points[-1], step])):
                break
            points.append(step)
        ends.append(points)
    return np.array(ends[0][::-1] + ends[1][1:])


def smooth(vista: Vista, points: Floats, frames: int) -> Floats:
    """`frames` places along a way at an even pace that begins and ends gently; corners are rounded where air allows it."""
    rounded = points
    for _ in range(3):
        a, b = rounded[:-1], rounded[1:]
        cut = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 3)
        cut = np.concatenate([rounded[:1], cut, rounded[-1:]])  # Chaikin (1974)
        if not free_between(vista, cut):
            break
        rounded = cut
    steps = np.linalg.norm(np.diff(rounded, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    if way[-1] <= 0.0:
        return np.repeat(rounded[:1], frames, axis=0)
    t = eased(frames) * way[-1]
    return np.stack([np.interp(t, way, rounded[:, axis]) for axis in range(3)], axis=1)


def eased(frames: int) -> Floats:
    """`frames` numbers from 0 to 1 that begin and end slowly."""
    t = np.linspace(0.0, 1.0, frames)
    made: Floats = 0.6 * t + 0.4 * t * t * (3.0 - 2.0 * t)
    return made
