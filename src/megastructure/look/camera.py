"""Pictures from outside: what a shot is and how it is exposed, and two ways to look at a whole city.

`iso`      from above, without perspective, the nearest corner of the city cut away
`section`  a vertical cut through the strata: what is cut is ink, what lies behind sinks into fog
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..codes import K_DEMOLITION
from ..errors import MegastructureError
from ..tables import W_KIND, W_START, W_SX, W_SZ, W_X, W_Z
from .begin import BUNDLE, bundle
from .develop import develop, ink
from .far import NOTHING_FAR, Far, distant
from .lots import LOT, Corner, Floats, Ints, Matter, Source, gather
from .paint import PAINT, Air, paint, smooth
from .trace import Eye

LOTS_MOST = 20_000  # lots that one picture materialises at most; what is further away is drawn as boxes
NOWHERE = 1 << 26  # a coordinate beyond all cells
BAND = 128  # rows of pixels that are in memory at a time
TILE = 16  # rows that a thread takes at a time
SMOOTHINGS = 4
HALO = 1 << SMOOTHINGS  # rows of pixels above and below a pixel from which its light is smoothed
SKETCH = 20_000  # works that stand for all of them where the shape of the city is asked for

Size = tuple[int, int]
Pixels = npt.NDArray[np.float32]
Told = Callable[[float], None] | None
NO_CROWD: Floats = np.zeros((0, 9))


class Shot(NamedTuple):
    """A picture that is ready to be taken."""

    matter: Matter
    eye: Eye
    air: Air
    tones: Floats  # (4, 3) see `develop.develop`
    edges: float  # 0 .. 1 how dark the lines along edges are
    exposure: float = 1.0
    far: Far = NOTHING_FAR
    crowd: Floats = NO_CROWD  # (n, 9) see `crowd`


def expose(shot: Shot, threads: int = 1, told: Told = None, *, inked: bool = False) -> Pixels:
    """The picture in linear light, or in ink (0 black .. 1 paper): (height, width, 3).

    Kernels let go of the interpreter, so threads share the rows.

    It is made in bands, so that memory does not grow with the picture. A band needs `HALO` rows above and below it,
    from which light is smoothed into it; what was painted for one band is kept for the next.
    """
    matter, far, eye, block = shot.matter, shot.far, shot.eye, shot.eye.block
    held = min(eye.rows, (BAND + 2 * HALO) * block)
    beams = 1 if shot.air.beam_far > 0.0 else 0
    paints = np.empty((held, eye.columns, PAINT), np.float32)
    kinds = np.empty((held, eye.columns), np.uint8)
    lights, smooth_a, smooth_b = (np.empty((held, eye.columns, 4), np.float32) for _ in range(3))
    out = np.empty((eye.rows // block, eye.columns // block, 3), np.float32)
    where = (far.corner - matter.corner).astype(float).tolist()
    begins, far_begins = np.empty((2, -(-eye.rows // (block * BUNDLE)), -(-eye.columns // (block * BUNDLE))))
    bundle(eye, matter.grid, 0.0, 0.0, 0.0, 1.0, begins)
    bundle(eye, far.grid, *where, float(far.scale), far_begins)
    scene = (
        matter.grid, matter.bricks, far.grid, far.bricks, *where, float(far.scale), matter.lamps, matter.lamp_first,
        matter.lamp_list, matter.corner, shot.crowd, eye, shot.air, begins, far_begins,
    )  # fmt: skip
    with ThreadPoolExecutor(threads) as pool:

        def share(work: Callable[[int, int], None], top: int, bottom: int) -> None:
            list(pool.map(lambda row: work(row, min(row + TILE, bottom)), range(top, bottom, TILE)))

        first = painted = 0  # rows of pixels: the first that is held, and the first that is not painted yet
        for top in range(0, len(out), BAND):
            bottom = min(top + BAND, len(out))
            moved = max(top - HALO, 0) - first
            for array in (paints, kinds, lights):
                array[: (painted - first - moved) * block] = array[moved * block : (painted - first) * block].copy()
            first += moved
            needed = min(bottom + HALO, len(out))
            share(partial(paint, *scene, first * block, paints, lights, kinds), painted, needed)
            painted = needed
            now = slice((painted - first) * block)
            source, target, other = lights[now], smooth_a[now], smooth_b[now]
            margin = HALO
            for turn in range(SMOOTHINGS):
                margin -= 1 << turn
                rows = max(top - margin, 0) - first, min(bottom + margin, len(out)) - first
                share(partial(smooth, paints[now], kinds[now], source, target, block, 1 << turn, beams), *rows)
                source, target, other = target, other, target
            samples = (paints[now], kinds[now], source)
            developed = (
                partial(ink, first * block, *samples, shot.exposure, block, out)
                if inked
                else partial(develop, first * block, *samples, shot.tones, shot.edges, block, out)
            )
            share(developed, top, bottom)
            if told:
                told(bottom / len(out))
    return out


def sketch(source: Source, day: int) -> Ints:
    """Lots (n, 3) in the middle of works begun by a day: the shape of the city, for a city of any size.

    errors   MegastructureError: nothing has been built by then
    """
    city = getattr(source, "city", None)
    if city is None:
        lots = np.asarray(source.lots(), np.int64).reshape(-1, 3)
    else:
        works = city.table("works")
        begun = np.flatnonzero((works[:, W_START] <= day) & (works[:, W_KIND] < K_DEMOLITION))
        rows = works[begun[:: max(1, len(begun) // SKETCH)]].astype(np.int64)
        lots = (rows[:, W_X : W_Z + 1] + rows[:, W_SX : W_SZ + 1] // 2) // LOT
    if not len(lots):
        raise MegastructureError(f"day = {day}: nothing has been built by then; expected a later day")
    return lots


def matter_of(source: Source, day: int, coords: Ints, cut: Corner | None = None, told: Told = None) -> Matter:
    """`gather`, of no lots too."""
    return gather(source, day, coords if len(coords) else np.zeros((1, 3), np.int64), cut, told)


def something(matter: Matter, far: Far, day: int) -> None:
    """errors   MegastructureError: neither matter nor a box is there"""
    if not matter.cells and not len(far.bricks):
        raise MegastructureError(f"day = {day}: nothing stands there yet; expected a later day")


def axes(ahead: Floats) -> tuple[Floats, Floats, Floats]:
    """Unit vectors ahead, to the right, and up in the frame."""
    ahead = ahead / np.linalg.norm(ahead)
    across = np.cross(ahead, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    return ahead, across, np.cross(across, ahead)


def aimed(place: Floats, ahead: Floats, high: float, size: Size, block: int, spread: float) -> Eye:
    """An eye whose frame is `high` high: cells without perspective (spread 0), else at a distance of 1 cell."""
    ahead, across, up = axes(ahead)
    step = high / (size[1] * block)
    numbers = np.concatenate([place, ahead, across * step, up * step]).tolist()
    return Eye._make([*numbers, size[0] * block, size[1] * block, block, spread, *Eye._field_defaults.values()])


def _cut_open(eye: Eye, cut: Corner, matter: Matter) -> Eye:
    """The eye, told of the planes of the cut."""
    x, y, z = (np.array(cut) - matter.corner).astype(float).tolist()
    return eye._replace(cut_x=x, cut_y=y, cut_z=z)


def unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    """A vector of length 1."""
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


# --- iso -------------------------------------------------------------------------------------------------------------

ISO_AHEAD = np.array([-1.0, -0.82, -0.74])
ISO_CLOSE = 0.86  # share of the height of the city that is in the frame
ISO_MARGIN = 3.0 * LOT  # cells around the frame that are materialised, too: they cast shadows into it
ISO_FINE = 3.0  # cells a pixel from which on everything is drawn as boxes
ISO_LOTS = 500_000  # lots in the box around a city from which on everything is


class Frame(NamedTuple):
    """A frame around a city, in cells along the axes of a view."""

    across: float  # its middle
    up: float
    high: float


def iso_frame(lots: Ints, size: Size, close: float = ISO_CLOSE) -> Frame:
    """Around lots; `close`: share of their height that is in the frame."""
    _, across, up = axes(ISO_AHEAD)
    centres = (lots + 0.5) * LOT
    sides, heights = (np.percentile(centres @ axis, (3, 97)) for axis in (across, up))
    high = max(float(min(np.ptp(heights), np.ptp(sides) * size[1] / size[0])) * close, 6.0 * LOT)
    return Frame(float(sides.mean()), float(heights.mean()), high)


def shoot_iso(source: Source, day: int, size: Size, block: int, told: Told = None, *, framed: Frame | None = None) -> Shot:
    """The city from above, so near that it runs out of the picture on all sides, sunk in mist at its foot.

    framed   instead: a frame that was chosen before; then the city is not cut open
    """
    lots = sketch(source, day)
    ahead, across, up = axes(ISO_AHEAD)
    centres = (lots + 0.5) * LOT
    frame = framed or iso_frame(lots, size)
    high = frame.high
    low, middle, top = np.percentile(lots, (1, 50, 99), axis=0)
    x, y, _ = (np.round(middle + 0.5) * LOT).astype(np.int64).tolist()
    cut = (x // 64 * 64, y // 64 * 64, round(low[2] + 0.3 * (top[2] - low[2])) * LOT // 64 * 64)
    if framed:
        cut = (NOWHERE, NOWHERE, NOWHERE)
    first, last = lots.min(axis=0) - 2, lots.max(axis=0) + 3
    fine = high / size[1] < ISO_FINE and int((last - first).prod()) < ISO_LOTS
    near = source.lots(first, last) if fine else lots[:0]
    if fine:
        centre = (near + 0.5) * LOT
        seen = np.abs(centre @ across - frame.across) < high * size[0] / size[1] / 2 + ISO_MARGIN
        seen &= np.abs(centre @ up - frame.up) < high / 2 + ISO_MARGIN
        open_cut = seen & ~(near * LOT >= cut).all(axis=1)
        if open_cut.any():
            near = near[open_cut]
        else:
            cut = (NOWHERE, NOWHERE, NOWHERE)  # too small to be cut
        centre = (near + 0.5) * LOT
        near = near[np.argsort(centre @ ahead, kind="stable")[: 2 * LOTS_MOST]]
    deep = centres @ ahead
    place = across * frame.across + up * frame.up + ahead * (deep.min() - 6 * LOT)
    eye = aimed(place, ahead, high, size, block, 0.0)
    matter = matter_of(source, day, near, cut, told)
    far = distant(source, day, first * LOT, last * LOT, 4 if fine else 8, near, cut, eye)
    something(matter, far, day)
    eye = _cut_open(shifted(eye, matter), cut, matter)
    base, top = np.percentile(lots[:, 2], (2, 98)) * LOT - matter.corner[2]
    thick = 900.0 / max(float(np.ptp(deep)), 900.0)
    air = Air(
        *unit(0.62, 0.10, 0.72), key=4.2, key_reach=130.0 if fine else 400.0, sky=0.24, sky_low=0.12,
        sky_reach=44.0 if fine else 160.0, lamp=220.0,
        fog=0.0016 * thick, fog_start=float(np.ptp(deep)) * 0.4, mist=0.005 * thick, mist_z=float(base) - 24.0,
        mist_height=float(top - base) * 0.25 + 16.0,
    )  # fmt: skip
    tones = np.array([[0.006, 0.009, 0.012], [0.11, 0.13, 0.14], [0.0, 0.0, 0.0], [0.006, 0.007, 0.008]])
    return Shot(matter, eye, air, tones, 0.6, 1.0, far)


def shifted(eye: Eye, matter: Matter) -> Eye:
    """An eye in the world as it is in a window."""
    x, y, z = matter.corner.tolist()
    return eye._replace(x=eye.x - x, y=eye.y - y, z=eye.z - z)


# --- section ---------------------------------------------------------------------------------------------------------

SECTION_DEEP = 24  # lots behind the cut that are materialised; behind them there are boxes
SECTION_HIGH = 40.0  # lots: in a higher frame nothing could be made out
PLANES = 5  # rows of lots in which planes are compared
CUT_MOST = 0.35  # share of a plane that may be matter; a plane with more lies inside a wall


def shoot_section(source: Source, day: int, size: Size, block: int, told: Told = None) -> Shot:
    """A cut across y, seen from where y is more, straight on."""
    lots = sketch(source, day)
    low, middle, high = np.percentile(lots, (3, 50, 97), axis=0)
    wide, _, tall = (high - low + 1).tolist()
    tall = min(max(min(tall, wide * size[1] / size[0]), 0.6 * tall), SECTION_HIGH)
    wide = tall * size[0] / size[1]
    x = float(middle[0]) + 0.5 if wide < high[0] - low[0] else float(low[0] + high[0] + 1) / 2
    z = float(np.clip(middle[2] + 0.5, low[2] + tall / 2, max(high[2] + 1 - tall / 2, low[2] + tall / 2)))
    depths = (float(middle[1]) - 20, float(middle[1]) + 20) if high[1] - low[1] > 80 else (lots[:, 1].min(), lots[:, 1].max())
    box = [[x - wide / 2 - 2, depths[0] - SECTION_DEEP, z - tall / 2 - 2], [x + wide / 2 + 3, depths[1] + 1, z + tall / 2 + 3]]
    frame = source.lots(*np.floor(box).astype(np.int64))
    if not len(frame):
        frame = source.lots(lots.min(axis=0) - 1, lots.max(axis=0) + 2)  # a city with a hole where its middle would be
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
        cells = source.materialise_lots(np.ascontiguousarray(frame[frame[:, 1] == y]), day)
        share = (cells != 0).mean(axis=(0, 1, 3))
        share = np.where(share < CUT_MOST, share, -share)
        best = max(best, (float(share.max()), y * LOT + 1 + int(np.argmax(share))))
    plane = best[1]
    y = (plane - 1) // LOT
    near = frame[(frame[:, 1] <= y) & (frame[:, 1] > y - SECTION_DEEP)]
    near = near[np.argsort(-near[:, 1], kind="stable")[: 2 * LOTS_MOST]]
    cut = (-NOWHERE, plane, -NOWHERE)
    eye = aimed(np.array([x * LOT, plane, z * LOT]), np.array([0.0, -1.0, 0.0]), tall * LOT * 0.97, size, block, 0.0)
    matter = matter_of(source, day, near, cut, told)
    back = max(int(lots[:, 1].min()), y - 100)
    least, most = (np.array([[x - wide, back, z - tall], [x + wide, y - 1, z + tall]]) * LOT).astype(np.int64)
    far = distant(source, day, least, most, 4, near, None, eye)
    something(matter, far, day)
    eye = _cut_open(shifted(eye, matter), cut, matter)
    air = Air(*unit(0.34, 0.50, 0.80), key=3.4, key_reach=80.0, sky=0.30, sky_low=0.2, sky_reach=44.0, lamp=110.0, fog=0.0052)
    tones = np.array([[0.010, 0.014, 0.018], [0.300, 0.350, 0.365], [0.0, 0.0, 0.0], [0.0020, 0.0026, 0.0032]])
    return Shot(matter, eye, air, tones, 0.7, 1.0, far)
