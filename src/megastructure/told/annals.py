"""All events of a run with what they weigh and what may be told of them: rows become sentences."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..ground.codes import EventKind
from ..ground.tables import YEAR, Events
from .library import Library, secret
from .significance import GENERATION, KNOWN, best, causes, significance

SPANS = {"century": 100, "generation": GENERATION, "decade": 10, "year": 1}  # years


class Line(NamedTuple):
    """An event as it is told: its row in the chronicle, day, kind, sentence, significance."""

    row: int
    day: int
    kind: EventKind
    sentence: str
    score: float


class Annals:
    """All events of a run with their significance, and what may be told of them."""

    def __init__(self, library: Library, spoilers: bool = False) -> None:
        self.library = library
        self.events = library.table("events")
        self.scores = significance(self.events)
        kinds = self.events[:, Events.kind] & 255
        self.told = KNOWN[kinds] & (spoilers | ~secret(self.events))

    def line(self, row: int) -> Line:
        """One event in words."""
        e = self.events[row]
        kind = EventKind(int(e[Events.kind]))
        sentence = self.library.speaker.tell(
            *(int(e[c]) for c in (Events.kind, Events.who, Events.whom, Events.place, Events.magnitude))
        )
        return Line(int(row), int(e[Events.day]), kind, sentence, float(self.scores[row]))

    def lines(self, rows: np.ndarray) -> list[Line]:
        """Events in words, in order of time; on one day a cause stands before what followed from it."""
        return [self.line(row) for row in sorted(np.asarray(rows).tolist(), key=self._moment)]

    def _moment(self, row: int) -> tuple[int, int, int]:
        day, steps, above = int(self.events[row, Events.day]), 0, int(self.causes[row])
        while above >= 0 and self.events[above, Events.day] == day and steps < 100:
            steps, above = steps + 1, int(self.causes[above])
        return day, steps, row

    @cached_property
    def causes(self) -> np.ndarray:
        """The row of the event that led to each event; -1: none known."""
        return causes(self.events)

    def choose(
        self, years: tuple[int, int] | None = None, kind: EventKind | None = None, about: int = 0, place: int = 0,
        by: str = "century", top: int = 8,
    ) -> np.ndarray:  # fmt: skip
        """Rows of the most significant events of each span that fit. `about`: who or whom; `place`: where; 0: anybody."""
        fits = self.told.copy()
        if years is not None:
            fits &= (self.events[:, Events.day] >= years[0] * YEAR) & (self.events[:, Events.day] < (years[1] + 1) * YEAR)
        if kind is not None:
            fits &= self.events[:, Events.kind] == kind
        if about:
            fits &= (self.events[:, Events.who] == about) | (self.events[:, Events.whom] == about)
        if place:
            fits &= self.events[:, Events.place] == place
        rows = np.flatnonzero(fits)
        chosen = self.events[rows]
        return np.asarray(rows[best(chosen, self.scores[rows], chosen[:, Events.day] // (SPANS[by] * YEAR), top)])


__all__ = ["SPANS", "Annals", "Line"]
