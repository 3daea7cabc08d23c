"""Whom each bay obeyed on a day of the past, lived again from the newest frame before it and the chronicle since."""

from __future__ import annotations

import numpy as np

from ..ground.codes import Allegiance, EventKind, Phase
from ..ground.tables import Events, Foremen
from ..told.library import Library

MOST = int(max(Allegiance))
TURNS = tuple(
    int(k)
    for k in (
        EventKind.BAY_BORN, EventKind.BAY_RELEASED, EventKind.STRIKE, EventKind.BAY_INFECTED, EventKind.BAY_FLIPPED,
        EventKind.NODE_WOKEN, EventKind.REINFECTED,
    )
)  # fmt: skip


def allegiance_at(library: Library, day: int) -> tuple[np.ndarray, np.ndarray]:
    """Which bays stood at the end of a day, and whom each obeyed: rows of `foremen`, and the rule of every row.

    From the newest frame at or before that day, and the turns that the chronicle tells after it.
    """
    foremen, events = library.table("foremen"), library.table("events")
    rules = np.zeros(len(foremen), np.int64)
    frames = [d for d in library.archive.frames() if d <= min(day + 1, library.day)]
    after = -1
    if frames:
        stored = library.frame["foremen"] if frames[-1] == library.day else library.archive.frame(frames[-1])["foremen"]
        known = min(len(stored), len(rules))
        rules[:known] = stored[:known, Foremen.allegiance]
        after = frames[-1] - 1  # a frame of day d holds what was true before that day
    rows = {int(name): n for n, name in enumerate(foremen[:, Foremen.name])}
    turns = events[np.isin(events[:, Events.kind], TURNS) & (events[:, Events.day] > after) & (events[:, Events.day] <= day)]
    for e in turns[np.argsort(turns[:, Events.day], kind="stable")]:
        kind = int(e[Events.kind])
        row = rows.get(int(e[Events.who]), -1)
        if row < 0:
            continue
        if kind == EventKind.NODE_WOKEN:
            rules[row] = Allegiance.AUTHORITY
        elif kind == EventKind.BAY_BORN:
            parent = rows.get(int(e[Events.whom]), -1)
            rules[row] = rules[parent] if parent >= 0 else Allegiance.HEALTHY
        elif kind == EventKind.BAY_FLIPPED:
            rules[row] = min(max(int(e[Events.magnitude]), 0), MOST)
        elif kind != EventKind.BAY_RELEASED:
            rules[row] = Allegiance.SAFEGUARD
    stands = foremen[:, Foremen.born] <= day
    gone = events[(events[:, Events.kind] == EventKind.BAY_RELEASED) & (events[:, Events.day] <= day)]
    stands &= ~np.isin(foremen[:, Foremen.name], gone[:, Events.who])
    if day >= library.day - 1:
        stands &= foremen[:, Foremen.phase] != Phase.RELEASED
    return np.flatnonzero(stands), np.clip(rules, 0, MOST)


__all__ = ["TURNS", "allegiance_at"]
