"""`megastructure eras`: the periods of a history, found where its yearly numbers change, named by what happened in them.

Binary segmentation: of all places to cut all spans, the cut that takes away most squared deviation from the means of its span,
as long as it pays for itself by a criterion like BIC's. Numbers are averaged over decades first, for neighbouring years say
the same thing twice.
"""

from __future__ import annotations

import itertools
import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..codes import EventKind
from ..sentences import KINDS
from ..tables import (
    V_DAY,
    V_KIND,
    Y_ALERT,
    Y_AUTHORITY_BAYS,
    Y_BAYS,
    Y_PEOPLE,
    Y_RAIDS,
    Y_SAFEGUARD_BAYS,
    Y_YEAR,
    YEAR,
)
from .chronicle import Annals, Line, heading, tell
from .library import Library, secret

if TYPE_CHECKING:
    from rich.console import Console

ORDINALS = ("The ", "The Second ", "The Third ", "The Fourth ", "The Fifth ", "Another ")
DECADE = 10  # years
SHORTEST = 3  # decades of an era
MOST = 12  # eras
PENALTY = 2.0  # times BIC's, for decades are not independent either
TELLING = (  # the first kind that happened in an era names it
    (EventKind.RESTORED, "The Restoration"), (EventKind.RELAPSE, "The Relapse"), (EventKind.OVERRIDE, "The Override"),
    (EventKind.EXTINCT, "The Last Fire"), (EventKind.ERA_DAWN, "The Dawn"), (EventKind.PURGE, "The Purge"),
)  # fmt: skip


class Era(NamedTuple):
    """A period: its first year, the year after its last, its name, and why it has it."""

    first: int
    end: int
    name: str
    why: str


def cuts(numbers: np.ndarray, shortest: int = SHORTEST, most: int = MOST, penalty: float = PENALTY) -> list[int]:
    """Where the columns of (n, d) numbers change: rows that begin a new span, in order.

    Each column counts the same (unit variance); a column that never changes counts nothing.
    """
    spread = numbers.std(axis=0)
    z = (numbers - numbers.mean(axis=0))[:, spread > 1e-9] / spread[spread > 1e-9]
    n, d = z.shape
    if d == 0:
        return []
    sums = np.vstack([np.zeros(d), np.cumsum(z, axis=0)])
    found = [0, n]
    left = float(np.sum(z**2))
    while len(found) <= most:
        gain, where = max(_best_cut(sums, a, b, shortest) for a, b in itertools.pairwise(found))
        price = math.exp(-penalty * (d + 1) * math.log(n) / (n * d))  # what a cut must leave of the squares, at most
        if where < 0 or left - gain > left * price or gain <= 1e-9 * n:
            break
        left -= gain
        found = sorted([*found, where])
    return found[1:-1]


def _best_cut(sums: np.ndarray, first: int, end: int, shortest: int) -> tuple[float, int]:
    """How much squared deviation the best cut of a span takes away, and where; (0, -1) where the span is too short."""
    at = np.arange(first + shortest, end - shortest + 1)
    if not len(at):
        return 0.0, -1
    whole = sums[end] - sums[first]
    left, right = sums[at] - sums[first], sums[end] - sums[at]
    gain = (left**2).sum(1) / (at - first) + (right**2).sum(1) / (end - at) - float((whole**2).sum()) / (end - first)
    best = int(np.argmax(gain))
    return float(gain[best]), int(at[best])


def eras(library: Library) -> list[Era]:
    """The eras of a run in order; before the era of people there is one, in which the city builds."""
    series = library.table("series")
    dawn = library.era_day // YEAR
    years = int(series[-1, Y_YEAR]) if len(series) else 0
    if years == 0:
        return []
    if library.era_day < 0 or dawn >= years:
        return [Era(0, years, "The Building", "nobody lives in the city yet")]
    before = [Era(0, dawn, "The Building", "nobody lives in the city yet")] if dawn else []
    since = series[series[:, Y_YEAR] > dawn]
    whole = len(since) // DECADE * DECADE
    bounds = [dawn, years]
    if whole >= 2 * SHORTEST * DECADE:
        numbers = np.stack(
            [
                np.log1p(since[:whole, Y_PEOPLE]),
                np.log1p(since[:whole, Y_ALERT] / 65536),
                since[:whole, Y_SAFEGUARD_BAYS] / np.maximum(since[:whole, Y_BAYS], 1),
                since[:whole, Y_AUTHORITY_BAYS] / np.maximum(since[:whole, Y_BAYS], 1),
            ],
            axis=1,
        )
        found = cuts(numbers.reshape(-1, DECADE, 4).mean(axis=1))
        bounds = [dawn, *(dawn + DECADE * c for c in found), years]
    named = [_name(library, since, first, end) for first, end in pairwise(bounds)]
    for n in range(len(named) - 1, 0, -1):  # neighbours that would be called the same are one
        if named[n].name == named[n - 1].name:
            named[n - 1 : n + 1] = [_name(library, since, named[n - 1].first, named[n].end)]
    names = [era.name for era in named]
    times = [names[:n].count(name) for n, name in enumerate(names)]
    return before + [era._replace(name=era.name.replace("The ", ORDINALS[min(n, 5)])) for era, n in zip(named, times)]


def _name(library: Library, series: np.ndarray, first: int, end: int) -> Era:
    """The era of these years, with what it is called and why."""
    name, why = _told(library, series[(series[:, Y_YEAR] > first) & (series[:, Y_YEAR] <= end)], first, end)
    return Era(first, end, name, why)


def _told(library: Library, rows: np.ndarray, first: int, end: int) -> tuple[str, str]:
    events = library.table("events")
    events = events[~secret(events)]
    inside = events[(events[:, V_DAY] >= first * YEAR) & (events[:, V_DAY] < end * YEAR)]
    kinds = set(inside[:, V_KIND].tolist())
    people = f"people {int(rows[0, Y_PEOPLE]):,} to {int(rows[-1, Y_PEOPLE]):,}"
    for kind, name in TELLING:
        if int(kind) in kinds:
            return name, f"{KINDS[kind].caption}; {people}"
    if rows[-1, Y_PEOPLE] == 0:
        return "The Empty City", "nobody is left"
    change = (int(rows[-1, Y_PEOPLE]) + 1) / (int(rows[0, Y_PEOPLE]) + 1)
    authority = (int(rows[-1, Y_AUTHORITY_BAYS]) - int(rows[0, Y_AUTHORITY_BAYS])) / max(1, int(rows[-1, Y_BAYS]))
    authority_is = library.speaker.words["Authority"]
    falls = int(np.sum(inside[:, V_KIND] == EventKind.VILLAGE_FELL))
    raids = int(rows[-1, Y_RAIDS]) - int(rows[0, Y_RAIDS])
    numbers = f"{people}; {falls:,} villages fell, {raids:,} raids"
    if authority > 0.1:
        return "The Turning", f"{authority_is} wins bays; {numbers}"
    if authority < -0.1:
        return "The Darkening", f"{authority_is} loses bays; {numbers}"
    if change < 0.85:
        return "The Dwindling", numbers
    if change > 1.18:
        return "The Spreading", numbers
    if raids * 12 > end - first:
        return "The Hunt", numbers
    return "The Silence" if int(EventKind.SILENT_CENTURY) in kinds else "The Quiet", numbers


def show(directory: Path, console: Console, words: str = "seed", spoilers: bool = False, top: int = 4) -> None:
    """Print the eras of a run, each with the events that mattered most in it. errors   BadRun"""
    from rich.text import Text

    with Library(directory, words) as library:
        annals = Annals(library, spoilers)
        for era in eras(library):
            heading(console, library, era.first, era.end)
            console.print(Text.assemble((era.name, "bold cyan"), (f"   {era.why}", "dim")))
            for line in of_era(annals, era, top):
                tell(console, library, line)


def of_era(annals: Annals, era: Era, top: int) -> list[Line]:
    """The events that mattered most in an era."""
    rows = annals.choose(years=(era.first, era.end - 1), top=10**6)
    rows = rows[np.argsort(-annals.scores[rows], kind="stable")[:top]]
    return annals.lines(rows)


__all__ = ["Era", "cuts", "eras", "of_era", "show"]
