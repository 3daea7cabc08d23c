"""`megastructure chronicle`: what happened, ranked by what mattered, in sentences."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..codes import EventKind
from ..errors import MegastructureError, nearest
from ..sentences import KINDS
from ..tables import F_NAME, V_DAY, V_KIND, V_MAGNITUDE, V_PLACE, V_WHO, V_WHOM, VI_BAY, YEAR
from .library import Library, secret
from .significance import GENERATION, KNOWN, best, causes, significance

if TYPE_CHECKING:
    from rich.console import Console

SPANS = {"century": 100, "generation": GENERATION, "decade": 10, "year": 1}  # years
POWER_COLOURS = {  # of the captions, by the tens of the kinds' numbers
    0: "grey62", 1: "grey62", 2: "navajo_white1", 3: "navajo_white1", 4: "red3", 5: "red3", 6: "magenta3", 7: "bright_white",
    8: "bright_white", 9: "cyan3", 10: "cyan3",
}  # fmt: skip


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
        kinds = self.events[:, V_KIND] & 255
        self.told = KNOWN[kinds] & (spoilers | ~secret(self.events))

    def line(self, row: int) -> Line:
        """One event in words."""
        e = self.events[row]
        kind = EventKind(int(e[V_KIND]))
        sentence = self.library.speaker.tell(*(int(e[c]) for c in (V_KIND, V_WHO, V_WHOM, V_PLACE, V_MAGNITUDE)))
        return Line(int(row), int(e[V_DAY]), kind, sentence, float(self.scores[row]))

    def lines(self, rows: np.ndarray) -> list[Line]:
        """Events in words, in order of time; on one day a cause stands before what followed from it."""
        return [self.line(row) for row in sorted(np.asarray(rows).tolist(), key=self._moment)]

    def _moment(self, row: int) -> tuple[int, int, int]:
        day, steps, above = int(self.events[row, V_DAY]), 0, int(self.causes[row])
        while above >= 0 and self.events[above, V_DAY] == day and steps < 100:
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
            fits &= (self.events[:, V_DAY] >= years[0] * YEAR) & (self.events[:, V_DAY] < (years[1] + 1) * YEAR)
        if kind is not None:
            fits &= self.events[:, V_KIND] == kind
        if about:
            fits &= (self.events[:, V_WHO] == about) | (self.events[:, V_WHOM] == about)
        if place:
            fits &= self.events[:, V_PLACE] == place
        rows = np.flatnonzero(fits)
        chosen = self.events[rows]
        return np.asarray(rows[best(chosen, self.scores[rows], chosen[:, V_DAY] // (SPANS[by] * YEAR), top)])


def years_of(text: str) -> tuple[int, int]:
    """First and last year of `612` or `600..640`. errors   MegastructureError"""
    low, dots, high = text.partition("..")
    try:
        years = int(low or 0), int(high or 10**6) if dots else int(low)
    except ValueError:
        years = (1, 0)
    if not 0 <= years[0] <= years[1]:
        raise MegastructureError(f"--year {text}: expected a year such as 612, or years such as 600..640")
    return years


def kind_of(text: str) -> EventKind:
    """The kind of that name or caption. errors   MegastructureError, with the nearest"""
    wanted = text.strip().lower().replace("_", " ").replace("-", " ")
    for kind, told in KINDS.items():
        if wanted in (kind.name.lower().replace("_", " "), told.caption.lower()):
            return kind
    raise MegastructureError(f"--kind {text}: no such kind of event{nearest(wanted, [k.caption for k in KINDS.values()])}")


def place_of(library: Library, text: str) -> int:
    """The name of a bay, or of the bay of a village. errors   MegastructureError, with the nearest"""
    found = library.find(text, ("villages", "foremen"))
    if found.table == "foremen":
        return found.name
    return int(library.table("foremen")[library.table("villages")[found.serial, VI_BAY], F_NAME])


def show(
    directory: Path, console: Console, year: str | None = None, kind: str | None = None, person: str | None = None,
    place: str | None = None, top: int = 8, by: str = "century", words: str = "seed", spoilers: bool = False,
) -> None:  # fmt: skip
    """Print the chronicle of a run.

    errors   BadRun; MegastructureError: a name, a kind or a year that is not there
    """
    with Library(directory, words) as library:
        annals = Annals(library, spoilers)
        rows = annals.choose(
            years_of(year) if year else None,
            kind_of(kind) if kind else None,
            library.find(person).name if person else 0,
            place_of(library, place) if place else 0,
            by, top,
        )  # fmt: skip
        if not len(rows):
            raise MegastructureError(
                f"{directory}: nothing of that kind is told{'' if spoilers else '; --spoilers tells more'}"
            )
        span = SPANS[by] * YEAR
        before = -1
        for line in annals.lines(rows):
            if line.day // span != before and by != "year":
                before = line.day // span
                heading(console, library, before * SPANS[by], before * SPANS[by] + SPANS[by])
            tell(console, library, line)


def heading(console: Console, library: Library, first: int, end: int) -> None:
    """The line above a span of years."""
    from rich.text import Text

    era = library.era_day // YEAR
    of_era = f"   years {first - era:,} to {end - 1 - era:,} of the era" if library.era_day >= 0 and first >= era else ""
    console.print(Text.assemble("\n", (f"Years {first:,} to {end - 1:,}", "bold"), (of_era, "dim")))


def tell(console: Console, library: Library, line: Line, note: str = "") -> None:
    """A line of the chronicle: date, what kind, the sentence."""
    from rich.text import Text

    colour = POWER_COLOURS.get(int(line.kind) // 10, "white")
    parts = [(f"{line.day // YEAR:>6,} {line.day % YEAR + 1:>3}  ", "dim"), (f"{KINDS[line.kind].caption:<22} ", colour)]
    console.print(Text.assemble(*parts, line.sentence, (f"  {note}" if note else "", "dim")))


__all__ = ["SPANS", "Annals", "Line", "heading", "kind_of", "place_of", "show", "tell", "years_of"]
