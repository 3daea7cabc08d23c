"""A still of a grown city, painted without a graphics card.

A picture is a function of the city, the day, the view, the size and the seed: its bytes do not depend on the number of
threads or on the process that paints it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..errors import CannotWrite, MegastructureError, nearest
from . import camera
from .camera import Shot, Size
from .lots import Source, gather

VIEWS = ("auto", "iso", "section", "walk")
SIZE_LEAST, SIZE_MOST, PIXELS_MOST = 16, 8192, 1 << 24
PIXELS_FINE = 2_200_000  # larger pictures take one sample a pixel instead of four
TILE = 16  # rows of pixels that a thread paints at a time
SMOOTHINGS = 4
BLUR = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)

Pixels = npt.NDArray[np.float32]
Progress = Callable[[str, float], None]


def still(
    source: Source,
    day: int,
    view: str = "auto",
    size: Size = (1280, 720),
    *,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Image.Image:
    """Paint the city of `source` as it stands at the end of `day`.

    view      "iso" from outside, "section" a cut through the strata, "walk" from inside, "auto" the best of them
    size      width, height in pixels
    seed      draws the places that `walk` looks from
    threads   None: one for each processor
    progress  is told what is being done and which share of it is done

    Raises `MegastructureError` for arguments that are not allowed and when nothing stands on that day.
    """
    _check(day, view, size, seed, threads)
    told = progress or (lambda words, share: None)
    block = 2 if size[0] * size[1] <= PIXELS_FINE else 1
    shot = _shot(source, day, view, size, block, seed, told)
    pixels = camera.expose(shot, threads or os.cpu_count() or 1, lambda share: told("painting", share))
    return Image.fromarray(_print(pixels * np.float32(shot.exposure)))


def _check(day: int, view: str, size: Size, seed: int, threads: int | None) -> None:
    if view not in VIEWS:
        raise MegastructureError(f"view = {view}: expected one of {', '.join(VIEWS)}{nearest(str(view), VIEWS)}")
    if day < 0:
        raise MegastructureError(f"day = {day}: expected 0 (the founding) or later")
    if len(size) != 2 or not all(SIZE_LEAST <= n <= SIZE_MOST for n in size) or size[0] * size[1] > PIXELS_MOST:
        raise MegastructureError(
            f"size = {'x'.join(map(str, size))}: expected width x height, each {SIZE_LEAST}..{SIZE_MOST} pixels, "
            f"and at most {PIXELS_MOST} pixels together"
        )
    if seed < 0:
        raise MegastructureError(f"seed = {seed}: expected 0 or more")
    if threads is not None and threads < 1:
        raise MegastructureError(f"threads = {threads}: expected 1 or more, or none for one per processor")


def _shot(source: Source, day: int, view: str, size: Size, block: int, seed: int, told: Progress) -> Shot:
    lots = np.asarray(source.lots(), np.int64).reshape(-1, 3)
    lots = np.unique(lots, axis=0)
    if not len(lots):
        raise MegastructureError(f"nothing has been built by day {day}: expected a city with at least one work")

    def laying(share: float) -> None:
        told("laying out the city", share)

    if view in ("walk", "auto"):
        stage = camera.stage_walk(lots)
        matter = gather(source, day, stage.coords, None, laying)
        shot = camera.shoot_walk(matter, day, seed, size, block)
        if shot:
            return shot
    if view == "iso":
        stage = camera.stage_iso(lots)
        return camera.shoot_iso(stage, gather(source, day, stage.coords, stage.cut, laying), size, block)
    stage, middle, high = camera.stage_section(source, day, lots, size)
    return camera.shoot_section(stage, gather(source, day, stage.coords, stage.cut, laying), middle, high, size, block)


def _print(light: Pixels) -> npt.NDArray[np.uint8]:
    """Linear light on film: halos around what is bright, a filmic curve, darker corners, a trace of grain."""
    height, width = light.shape[:2]
    bright = np.maximum(light - 0.7, 0.0)
    halo = np.zeros_like(light)
    for shrink, strength in ((4, 0.5), (12, 0.4), (32, 0.3)):
        small = (max(1, width // shrink), max(1, height // shrink))
        for colour in range(3):
            plane = np.asarray(Image.fromarray(bright[..., colour]).resize(small, Image.Resampling.BOX))
            for axis in (0, 1):
                padded = np.pad(plane, [(2, 2) if side == axis else (0, 0) for side in (0, 1)])
                plane = sum(w * padded.take(range(i, i + plane.shape[axis]), axis) for i, w in enumerate(BLUR))
            halo[..., colour] += strength * np.asarray(
                Image.fromarray(plane.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
            )
    x = np.maximum(light + halo, 0.0)
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)
    x = np.clip(x, 0.0, 1.0) ** np.float32(1 / 2.2)
    x += np.float32(0.30) * (x * x * (3.0 - 2.0 * x) - x)  # a little more contrast in the middle
    down, across = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    x *= (1.0 - 0.16 * (down**2 + across**2))[..., None].astype(np.float32)
    grain = np.random.default_rng(0).random((height, width, 1), np.float32)
    return np.clip(x * 255.0 + (grain - 0.5) * 3.0 + 0.5, 0, 255).astype(np.uint8)


def save(picture: Image.Image, path: Path) -> None:
    """Write a PNG so that the file is either the old one or the whole new one."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                picture.save(file, "PNG")
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise CannotWrite(f"{path}: {error.strerror or error}") from error
