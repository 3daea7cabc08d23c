"""What to look at in a run: somebody, a place, an event, a cell; and who stands there."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from ..codes import EventKind
from ..errors import MegastructureError
from ..library import Found, Library
from ..names import spoken, spoken_place
from ..run import Run
from ..sentences import KINDS
from ..standing import Whereabouts, bay_box, figures
from ..tables import (
    F_NAME,
    H_DAY,
    H_X,
    N_FOUNDER,
    PE_NAME,
    UN_NAME,
    V_DAY,
    V_KIND,
    V_NAME,
    V_PLACE,
    V_WHO,
    VI_BAY,
    VI_NAME,
    W_KIND,
    W_START,
    W_X,
    WA_NAME,
    YEAR,
)
from .still import Scene

NEAR = 320  # cells around a middle in which somebody who stands there is drawn
NAMES = {"persons": PE_NAME, "units": UN_NAME, "wanderers": WA_NAME, "villages": VI_NAME, "foremen": F_NAME}
WHAT = {"persons": "person", "units": "unit", "wanderers": "wanderer"}


class Subject(NamedTuple):
    """Something that can be looked at."""

    middle: tuple[int, int, int]  # cell of the world
    figure: tuple[str, int] | None  # what and which serial, where it is somebody
    day: int | None  # of an event
    called: str


def scene(run: Run, day: int, subject: Subject | None = None) -> Scene:
    """Who stands around a subject at the end of a day; without one, around the Wanderer or in the largest village."""
    last = run.city.day - 1
    where = Whereabouts(run.table, last)
    if subject is None:
        middle = _of_interest(run, where, day)
        if middle is None:
            return Scene()
    else:
        middle = subject.middle
    there = figures(run.table, run.ledger, last, day, middle, NEAR)
    if subject is not None and subject.figure is not None:
        subjects = [f for f in there if (f.what, f.serial) == subject.figure]
    else:
        # The Wanderer first, then units, then the people nearest to the middle.
        rank = {"wanderer": 0, "unit": 1, "person": 2}
        x, y, z = middle
        near = sorted(there, key=lambda f: (rank[f.what], max(abs(f.x - x), abs(f.y - y), abs(f.z - z)), f.name))
        subjects = near[:6] if subject is None else []
    if subjects:
        middle = (subjects[0].x, subjects[0].y, subjects[0].z)
    return Scene(there, subjects, middle)


def _of_interest(run: Run, where: Whereabouts, day: int) -> tuple[int, int, int] | None:
    """The middle of the bay of the Wanderer, else of the village with most people, else nothing."""
    _, bays = where.wanderers(day)
    if not len(bays):
        _, homes = where.people(day)
        if not len(homes):
            return None
        villages, people = np.unique(homes, return_counts=True)
        bays = run.table("villages")[villages[np.argmax(people)], VI_BAY][None]
    return _middle(run, int(bays[0]))


def _middle(run: Run, bay: int) -> tuple[int, int, int]:
    (x0, x1), (y0, y1), (z0, z1) = bay_box(run.table("foremen")[bay])
    return (x0 + x1) // 2, (y0 + y1) // 2, (z0 + z1) // 2


def find(run: Run, text: str, day: int, option: str = "--at") -> Subject:
    """What `text` means: `x,y,z`, a name or a number of anybody or anything, or the number of an event.

    errors   MegastructureError: a cell outside the city, no such name, somebody who is nowhere on that day
    """
    if re.fullmatch(r"\s*-?\d+(\s*,\s*-?\d+){2}\s*", text):
        x, y, z = (int(part) for part in text.split(","))
        return _cell(run, (x, y, z), day, option)
    if (event := _event(run, text)) is not None:
        return _subject_of_event(run, event, option)
    with Library(run.directory) as library:
        try:
            found = library.find(text)
        except MegastructureError as problem:
            raise MegastructureError(f"{option} {problem}") from None
    return _subject(run, found, day, option)


def find_event(run: Run, text: str) -> Subject:
    """An event by its number in the chronicle or by its name, which is a longer number.

    errors   MegastructureError: there is no such event, or it happened nowhere
    """
    if (event := _event(run, text)) is None:
        raise MegastructureError(f"{text}: expected the number of an event, 0..{len(run.table('events')) - 1}, or its name")
    return _subject_of_event(run, event, "event")


def _cell(run: Run, cell: tuple[int, int, int], day: int, option: str) -> Subject:
    works = run.table("works")
    corners = works[(works[:, W_START] <= day) & (works[:, W_KIND] < 64), W_X : W_X + 3]
    low, high = (corners.min(axis=0) - 64, corners.max(axis=0) + 160) if len(corners) else (np.zeros(3), np.zeros(3))
    if not all(a <= p <= b for a, p, b in zip(low, cell, high, strict=True)):
        box = ", ".join(f"{axis} {int(a):,}..{int(b):,}" for axis, a, b in zip("xyz", low, high, strict=True))
        raise MegastructureError(f"{option} {','.join(map(str, cell))}: outside the city; expected a cell within {box}")
    return Subject(cell, None, None, f"cell {cell[0]}, {cell[1]}, {cell[2]}")


def _event(run: Run, text: str) -> int | None:
    """The row of an event by its name or its serial number."""
    if not re.fullmatch(r"\s*-?\d+\s*", text):
        return None
    events, number = run.table("events"), int(text)
    if abs(number) < 1 << 63 and len(named := np.flatnonzero(events[:, V_NAME] == np.int64(number))):
        return int(named[0])
    return number if 0 <= number < len(events) else None


def _subject_of_event(run: Run, row: int, option: str) -> Subject:
    event = run.table("events")[row]
    kind = EventKind(int(event[V_KIND]))
    day = int(event[V_DAY])
    called = f"{KINDS[kind].caption}, year {day // YEAR:,}"
    if kind == EventKind.SHOT:
        shots = run.table("shots")
        fired = np.flatnonzero(shots[:, H_DAY] == day)
        if len(fired):
            shot = shots[fired[0]]
            middle = [int(shot[H_X + i]) for i in range(3)]
            axis, length, radius = int(shot[H_X + 3]), int(shot[H_X + 4]), int(shot[H_X + 5])
            for i in range(3):
                middle[i] += (length if i == axis else 2 * radius + 1) // 2
            return Subject((middle[0], middle[1], middle[2]), None, day, called)
    for name in (int(event[V_PLACE]), int(event[V_WHO])):
        bays = np.flatnonzero(run.table("foremen")[:, F_NAME] == name)
        if name and len(bays):
            return Subject(_middle(run, int(bays[0])), None, day, called)
    raise MegastructureError(f"{option} {row}: {KINDS[kind].caption}: happened nowhere in particular; expected another event")


def _subject(run: Run, found: Found, day: int, option: str) -> Subject:
    where = Whereabouts(run.table, run.city.day - 1)
    name = spoken_place(found.name) if found.table in ("villages", "schools") else spoken(found.name)
    year = f"year {(day + 1) // YEAR:,}"
    if found.table == "foremen":
        return Subject(_middle(run, found.serial), None, None, name)
    if found.table == "schools":
        return Subject(_middle(run, int(run.table("schools")[found.serial, N_FOUNDER])), None, None, name)
    if found.table == "villages":
        return Subject(_middle(run, int(run.table("villages")[found.serial, VI_BAY])), None, None, name)
    serials, bays = {"persons": where.people, "units": where.units, "wanderers": where.wanderers}[found.table](day)
    there = np.flatnonzero(serials == found.serial)
    if not len(there):
        raise MegastructureError(f"{option} {name}: is nowhere in the city at the end of {year}; choose another --year")
    bay = int(bays[there[0]])
    bay = int(run.table("villages")[bay, VI_BAY]) if found.table == "persons" else bay
    return Subject(_middle(run, bay), (WHAT[found.table], found.serial), None, name)
