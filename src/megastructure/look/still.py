"""A still of a grown city, painted without a graphics card.

A picture is a function of the city, the day, the view, the size and the seed: its bytes do not depend on the number of
threads or on the process that paints it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..errors import CannotWrite, MegastructureError, nearest
from ..standing import Figure
from . import camera, walk
from .camera import Pixels, Shot, Size, Told
from .lots import Source

VIEWS = ("auto", "iso", "section", "walk")
SIZE_LEAST, SIZE_MOST, PIXELS_MOST = 16, 8192, 1 << 24
SAMPLES = 2  # along the side of a pixel
BLUR = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)

Progress = Callable[[str, float], None]


class Scene(NamedTuple):
    """What a picture is of, beside the city."""

    figures: Sequence[Figure] = ()  # whoever stands near
    subjects: Sequence[Figure] = ()  # of them, those who are looked at
    middle: tuple[int, int, int] | None = None  # the cell that is looked at


def still(
    source: Source,
    day: int,
    view: str = "auto",
    size: Size = (1280, 720),
    *,
    seed: int = 0,
    threads: int | None = None,
    inked: bool = False,
    scene: Scene | None = None,
    progress: Progress | None = None,
) -> Image.Image:
    """Paint the city of `source` as it stands at the end of `day`.

    view      "iso" from outside, "section" a cut through the strata, "walk" from inside (a section where no place inside
              is good), "auto" from inside, else from outside
    size      width, height in pixels
    seed      draws the places that `walk` looks from
    threads   None: one for each processor
    inked     black ink on white paper instead of light
    scene     who stands there, and what `walk` looks at
    progress  is told what is being done and which share of it is done

    Raises `MegastructureError` for arguments that are not allowed and when nothing stands on that day.
    """
    _check(day, view, size, seed, threads)
    told = progress or (lambda words, share: None)
    shot = shot_of(source, day, view, size, seed, scene or Scene(), told)
    return print_of(shot, threads, inked, lambda share: told("painting", share))


def print_of(shot: Shot, threads: int | None = None, inked: bool = False, told: Told = None) -> Image.Image:
    """A shot as a picture."""
    pixels = camera.expose(shot, threads or os.cpu_count() or 1, told, inked=inked)
    if inked:
        return Image.fromarray(np.clip(pixels * 247.0 + 4.0, 0, 255).astype(np.uint8))
    return Image.fromarray(_print(pixels * np.float32(shot.exposure)))


def _check(day: int, view: str, size: Size, seed: int, threads: int | None) -> None:
    if view not in VIEWS:
        raise MegastructureError(f"view = {view}: expected one of {', '.join(VIEWS)}{nearest(str(view), VIEWS)}")
    if day < 0:
        raise MegastructureError(f"day = {day}: expected 0 (the founding) or later")
    check_size(size)
    if seed < 0:
        raise MegastructureError(f"seed = {seed}: expected 0 or more")
    if threads is not None and threads < 1:
        raise MegastructureError(f"threads = {threads}: expected 1 or more, or none for one per processor")


def check_size(size: Size) -> None:
    """errors   MegastructureError: too small or too large"""
    if len(size) != 2 or not all(SIZE_LEAST <= n <= SIZE_MOST for n in size) or size[0] * size[1] > PIXELS_MOST:
        raise MegastructureError(
            f"size = {'x'.join(map(str, size))}: expected width x height, each {SIZE_LEAST}..{SIZE_MOST} pixels, "
            f"and at most {PIXELS_MOST} pixels together"
        )


def shot_of(source: Source, day: int, view: str, size: Size, seed: int, scene: Scene, told: Progress) -> Shot:
    """The shot that a view asks for."""

    def laying_out(share: float) -> None:
        told("laying out the city", share)

    if view in ("walk", "auto"):
        told("looking for a view", 0.0)
        middle = None if scene.middle is None else np.array(scene.middle, np.int64)
        shot = walk.shoot_walk(
            source, day, seed, size, SAMPLES, laying_out, middle=middle, figures=scene.figures, subjects=scene.subjects
        )
        if shot:
            return shot
    if view in ("iso", "auto"):
        return camera.shoot_iso(source, day, size, SAMPLES, laying_out)
    return camera.shoot_section(source, day, size, SAMPLES, laying_out)


def _print(light: Pixels) -> npt.NDArray[np.uint8]:
    """Linear light on film: halos around what is bright, a filmic curve, darker corners, a trace of grain."""
    height, width = light.shape[:2]
    x = light + _halos(np.maximum(light - np.float32(0.7), 0.0))
    # Narkowicz, ACES filmic tone mapping curve (2015)
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)
    x = np.clip(x, 0.0, 1.0) ** (1 / 2.2)
    x += 0.5 * (x * x * (3.0 - 2.0 * x) - x)  # a little more contrast in the middle
    down, across = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    x *= (1.0 - 0.16 * (down**2 + across**2))[..., None]
    # The grain is always the same. It hides the steps between the 256 greys of fog.
    grain = np.random.default_rng(0).random((height, width, 1), np.float32)
    printed: npt.NDArray[np.uint8] = np.clip(x * 255.0 + 3.0 * grain - 1.0, 0, 255).astype(np.uint8)
    return printed


def _halos(bright: Pixels) -> Pixels:
    """What is too bright, spread over its surroundings: narrow, wide and very wide."""
    height, width = bright.shape[:2]
    halos = np.zeros_like(bright)
    for shrink, strength in ((4, 0.5), (12, 0.4), (32, 0.3)):
        small = (max(1, width // shrink), max(1, height // shrink))
        for colour in range(3):
            plane = np.asarray(Image.fromarray(bright[..., colour]).resize(small, Image.Resampling.BOX))
            for axis in (0, 1):
                padded = np.pad(plane, [(2, 2) if side == axis else (0, 0) for side in (0, 1)])
                plane = np.zeros_like(plane)
                for i, weight in enumerate(BLUR):
                    plane += np.float32(weight) * padded.take(range(i, i + plane.shape[axis]), axis)
            halos[..., colour] += strength * np.asarray(
                Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR)
            )
    return halos


def save(picture: Image.Image, path: Path) -> None:
    """Write a PNG so that the file is either the old one or the whole new one."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                picture.save(file, "PNG")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{path}: {error.strerror or error}") from error
