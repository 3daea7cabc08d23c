"""A film of a run: through a way in the air, through the years, or through the days of an event.

Frames are made one after the other and handed to the encoder at once, so memory does not grow with the length. Each frame is
a function of the run, the day and the place of the camera alone: the same for any number of threads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..errors import CannotWrite, MegastructureError
from ..run import Run
from ..standing import Figure, figures
from ..tables import YEAR
from . import camera, path, walk
from .camera import Shot, Size, aimed
from .lots import Floats
from .still import print_of
from .subject import NEAR, Subject, scene
from .walk import VIEW, Place, towards

PATHS = ("walk", "orbit", "rise", "years")
SAMPLES = 2
SECONDS_MOST, FPS_MOST = 600, 60
PACE = 16.0  # cells a second
EVENT_DAYS = 3 * YEAR  # that a film of an event shows
BEFORE = 0.35  # share of them before the event
LOTS_A_DAY = 9_000  # lots that are materialised for each frame of a film in which time passes


class Plan(NamedTuple):
    """What a film shows: a shot for each frame."""

    frames: int
    shots: Callable[[], Iterator[Shot]]
    called: str


def plan(
    run: Run, *, kind: str = "walk", seconds: float = 6.0, fps: int = 24, size: Size = (640, 360),
    years: tuple[int, int] | None = None, day: int | None = None, subject: Subject | None = None, event: bool = False,
    seed: int = 0,
) -> Plan:  # fmt: skip
    """What to film.

    kind      one of `PATHS`; of an event its own
    years     first and last year of `years`, or of an event
    day       on which a way is filmed; None: the last
    subject   what is looked at; with `event`, whose days are shown

    errors   MegastructureError: arguments that are not allowed, nothing to be seen
    """
    if kind not in PATHS:
        raise MegastructureError(f"--path {kind}: expected one of {', '.join(PATHS)}")
    if not 0 < seconds <= SECONDS_MOST or not 1 <= fps <= FPS_MOST:
        raise MegastructureError(f"{seconds:g} s at {fps} fps: expected up to {SECONDS_MOST} s, 1..{FPS_MOST} frames a second")
    frames = max(2, round(seconds * fps))
    last = run.city.day - 1
    if event and subject is not None and subject.day is not None:
        first, end = subject.day - round(BEFORE * EVENT_DAYS), subject.day + round((1 - BEFORE) * EVENT_DAYS)
        first, end = (years[0] * YEAR, years[1] * YEAR) if years else (first, end)
        return _event(run, subject, max(0, first), min(end, last), frames, size, seed)
    if kind == "years":
        a, b = years or (0, (last + 1) // YEAR)
        if not 0 <= a < b <= (last + 1) // YEAR:
            raise MegastructureError(f"--years {a}..{b}: expected A..B with 0 <= A < B <= {(last + 1) // YEAR}")
        return _years(run, max(a * YEAR, YEAR // 4), b * YEAR - 1, frames, size, subject, seed)
    return _way(run, kind, last if day is None else day, frames, fps, size, subject, seed)


def _days(first: int, end: int, frames: int) -> list[int]:
    return [first + (end - first) * k // (frames - 1) for k in range(frames)]


def _way(run: Run, kind: str, day: int, frames: int, fps: int, size: Size, subject: Subject | None, seed: int) -> Plan:
    """Through the air around somebody, or from the most dramatic place."""
    ledger = run.ledger
    there = scene(run, day, subject)
    middle = there.middle or _drawn_middle(run, day, seed)
    vista = walk.around(ledger, day, np.array(middle, np.int64), camera.LOTS_MOST)
    place = walk.best_place(vista, day, seed, size[0] / size[1], there.figures, there.subjects)
    if place is None:
        raise MegastructureError("no place with a view was found there; choose another --at, --year or --shot")
    length = PACE * frames / fps
    if kind == "walk":
        way = path.wander(vista, place.eye, place.yaw, length)
    elif kind == "rise":
        way = path.rise(vista, place.eye, length * 1.5)
    else:
        goal = np.array(middle, float) + 0.5 if there.subjects else place.eye + 24.0 * towards(place.yaw, 0.0)
        way = path.orbit(vista, goal, place.eye)
    places = path.smooth(vista, way, frames)
    aims = _aims(places, place, kind, goal if kind == "orbit" else None)
    eyes = [
        aimed(p, towards(*aim), 2 * math.tan(VIEW / 2), size, 1, 1.0)
        for p, aim in list(zip(places, aims, strict=True))[:: max(1, frames // 10)]
    ]
    seen = walk.in_front(ledger, day, eyes, camera.LOTS_MOST)

    def shots() -> Iterator[Shot]:
        for p, (yaw, pitch) in zip(places, aims, strict=True):
            yield walk.inside(seen, place._replace(eye=p, yaw=yaw, pitch=pitch), size, SAMPLES, there.figures)

    return Plan(frames, shots, f"{kind}, year {(day + 1) // YEAR:,}")


def _aims(places: Floats, place: Place, kind: str, goal: Floats | None) -> list[tuple[float, float]]:
    """Where the camera looks at each place: at its goal, or along its way, turning gently."""
    n = len(places)
    if goal is not None:
        off = goal - places
        return [(math.atan2(y, x), math.atan2(z, math.hypot(x, y))) for x, y, z in off.tolist()]
    if kind == "rise" or n < 3:
        return [(place.yaw + 0.5 * (t - 0.5), place.pitch) for t in path.eased(n).tolist()]
    ahead = np.gradient(places, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1), 1e-9)[:, None]
    ahead[:, 2] *= 0.5
    first = towards(place.yaw, place.pitch)
    blend = np.clip(np.arange(n) / max(1, n // 4), 0.0, 1.0)[:, None]
    ahead = first * (1.0 - 0.75 * blend) + ahead * 0.75 * blend
    reach = max(3, n // 6)
    window = np.hanning(2 * reach + 1)
    window /= window.sum()
    wide = np.concatenate([np.repeat(ahead[:1], reach, 0), ahead, np.repeat(ahead[-1:], reach, 0)])
    gentle = np.stack([np.convolve(wide[:, axis], window, "valid") for axis in range(3)], axis=1)
    return [(math.atan2(y, x), math.atan2(z, math.hypot(x, y))) for x, y, z in gentle.tolist()]


def _drawn_middle(run: Run, day: int, seed: int) -> tuple[int, int, int]:
    x, y, z = walk.drawn_middle(run.ledger, day, seed).tolist()
    return x, y, z


def _years(run: Run, first: int, end: int, frames: int, size: Size, subject: Subject | None, seed: int) -> Plan:
    """The city grows: seen from outside, or from the best place around a subject on the last day."""
    ledger = run.ledger
    days = _days(first, end, frames)
    called = f"years {first // YEAR:,}..{(end + 1) // YEAR:,}"
    if subject is not None:
        return Plan(frames, lambda: _passing(run, _chosen(run, subject, end, size, seed), days, size), called)

    def shots() -> Iterator[Shot]:
        framed = camera.iso_frame(camera.sketch(ledger, end), size)
        for day in days:
            yield camera.shoot_iso(ledger, day, size, SAMPLES, framed=framed)

    return Plan(frames, shots, called)


def _event(run: Run, subject: Subject, first: int, end: int, frames: int, size: Size, seed: int) -> Plan:
    """The days around an event, from a place that sees where it happens."""
    place = _chosen(run, subject, subject.day or end, size, seed)
    return Plan(frames, lambda: _passing(run, place, _days(first, end, frames), size), subject.called)


def _chosen(run: Run, subject: Subject, day: int, size: Size, seed: int) -> Place:
    """The place from which a subject is seen best on a day."""
    there = scene(run, day, subject)
    middle = np.array(there.middle or subject.middle, np.int64)
    vista = walk.around(run.ledger, day, middle)
    aspect = size[0] / size[1]
    place = None
    if there.subjects:
        place = walk.best_place(vista, day, seed, aspect, there.figures, there.subjects)
    place = place or walk.towards_middle(vista, middle, aspect) or walk.best_place(vista, day, seed, aspect, there.figures, ())
    if place is None:
        raise MegastructureError(f"{subject.called}: no place with a view was found there; choose another")
    return place


def _passing(run: Run, place: Place, days: Sequence[int], size: Size) -> Iterator[Shot]:
    """The same view on many days; a little nearer at the end than at the beginning."""
    last = run.city.day - 1
    middle = (int(place.eye[0]), int(place.eye[1]), int(place.eye[2]))
    block = SAMPLES
    for day in days:
        vista = walk.ahead_of(run.ledger, day, place, size, LOTS_A_DAY)
        stand: list[Figure] = figures(run.table, run.ledger, last, day, middle, NEAR)
        yield walk.inside(vista, place, size, block, stand)


# ---- from shots to a file ----------------------------------------------------------------------------------------------

SUFFIXES = (".mp4", ".gif", ".webp")


def check_out(out: Path) -> None:
    """errors   MegastructureError: a suffix that is not known, or MP4 without its encoder"""
    if out.suffix.lower() not in SUFFIXES:
        raise MegastructureError(f"{out.name}: expected a file that ends in {', '.join(SUFFIXES)}")
    if out.suffix.lower() == ".mp4":
        try:
            import imageio_ffmpeg  # noqa: F401
        except ImportError:
            raise MegastructureError(
                f"{out.name}: MP4 needs an encoder; `pip install 'megastructure[film]'` brings it, .webp and .gif need none"
            ) from None


def pictures(of: Plan, inked: bool = False, threads: int | None = None) -> Iterator[Image.Image]:
    """The frames, one after the other."""
    for shot in of.shots():
        yield print_of(shot, threads, inked)


def write(
    of: Plan, out: Path, fps: int, inked: bool = False, threads: int | None = None, told: Callable[[int], None] | None = None
) -> None:
    """Write a film, so that the file is either the old one or the whole new one.

    told   is told how many frames are done
    errors   MegastructureError, CannotWrite
    """
    check_out(out)
    part = out.with_name(f".{out.stem}.{os.getpid()}.part{out.suffix.lower()}")

    def counted() -> Iterator[Image.Image]:
        for number, picture in enumerate(pictures(of, inked, threads), 1):
            yield picture
            if told:
                told(number)

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            (_mp4 if out.suffix.lower() == ".mp4" else _animation)(counted(), part, fps)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{out}: {error.strerror or error}") from error


def _mp4(frames: Iterator[Image.Image], part: Path, fps: int) -> None:
    import imageio_ffmpeg

    first = next(frames)
    writer = imageio_ffmpeg.write_frames(
        str(part), first.size, fps=fps, codec="libx264", quality=None, macro_block_size=2,
        output_params=["-crf", "19", "-preset", "medium", "-threads", "1", "-movflags", "+faststart", "-fflags", "+bitexact"],
    )  # fmt: skip
    writer.send(None)
    try:
        writer.send(np.ascontiguousarray(np.asarray(first)).tobytes())
        for frame in frames:
            writer.send(np.ascontiguousarray(np.asarray(frame)).tobytes())
    finally:
        writer.close()


def _animation(frames: Iterator[Image.Image], part: Path, fps: int) -> None:
    """WebP and GIF; a GIF has 128 colours, those of its first frame."""
    first = next(frames)
    if part.suffix == ".gif":
        palette = first.quantize(128, dither=Image.Dither.NONE)
        small = (f.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for f in frames)
        palette.save(part, "GIF", save_all=True, append_images=small, duration=round(1000 / fps), loop=0)
    else:
        first.save(part, "WEBP", save_all=True, append_images=frames, duration=round(1000 / fps), loop=0, quality=80, method=4)

