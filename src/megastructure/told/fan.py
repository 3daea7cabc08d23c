"""Many futures of one day: how they end and by what share, and what a change does on average.

Shares have Wilson's interval of 95 %, mean effects Student's, from pairs of runs with the same dice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..ground.codes import Ending
from ..ground.tables import YEAR, Powers, Series
from ..memory.archive import Archive
from ..memory.fork import forked
from ..words.counts import counted
from ..words.errors import MegastructureError
from .compare import History
from .ending import ending_of

Z_95 = 1.959963984540054  # quantile of the normal distribution for an interval of 95 %


@dataclass(frozen=True)
class Share:
    """How many of the runs of a fan ended so, with Wilson's interval of 95 %."""

    ending: str
    runs: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Fan:
    """Many futures of one day, as of the end of the last year that all have lived. `entropy` of the endings in bits: 0 when
    all end alike. A history that was restored keeps its label, so one that ended early for that is no limit to the others.
    """

    run: str
    ending: str
    changed: str
    year: int
    shares: tuple[Share, ...]
    entropy: float
    people: tuple[int, ...]


def fan(run: str | Path, futures: Sequence[str | Path]) -> Fan:
    """The futures of a run by their endings. errors   BadRun"""
    origin = History(run)
    lived = [Brief(path) for path in futures]
    day = last_common([(origin.days, origin.ending), *((one.days, one.ending) for one in lived)])
    outcomes = [one.by(day) for one in lived]
    labels = [outcome.ending or "NO PEOPLE" for outcome in outcomes]
    counts = {label: labels.count(label) for label in sorted(set(labels))}
    shares = tuple(Share(label, n, n / len(labels), *wilson(n, len(labels))) for label, n in counts.items())
    return Fan(
        origin.name, origin.ending_by(day), lived[0].changed, day // YEAR, shares, entropy(list(counts.values())),
        tuple(outcome.people for outcome in outcomes),
    )  # fmt: skip


def last_common(lived: Iterable[tuple[int, str]]) -> int:
    """The last day of which an ending is known of each history, of (days, ending): what was restored stays so."""
    all_of = list(lived)
    return min((days for days, ending in all_of if ending != Ending.RESTORED.name), default=max(days for days, _ in all_of))


class Outcome(NamedTuple):
    """How a history stands on a day, or in the end where it was not lived so long."""

    ending: str
    people: int
    bays: int
    restored: int


class Brief:
    """What a fan needs to know of one of its runs."""

    def __init__(self, directory: str | Path) -> None:
        with Archive.open_to_read(directory) as archive:
            last = archive.last_commit
            if last is None:
                raise MegastructureError(f"{directory}: nothing was committed yet")
            self.directory = directory
            self.days = last.day
            self.forked = forked(archive)
            self.changed = self.forked._replace(dice="same").words() if self.forked else ""
            self.powers = archive.frame(last.day, ("powers",))["powers"]
            self.series = archive.read("series", 0, last.lengths["series"])
        self.ending = ending_of(self.powers)

    def by(self, day: int) -> Outcome:
        """How it stood at the end of a day."""
        past = day < self.days
        ending = ending_of(self.powers, day if past else None)
        rows = self.series[self.series[:, Series.year] <= day // YEAR]
        bays = int(rows[-1, Series.bays]) if len(rows) else 1
        alive = int(rows[-1, Series.people]) if past and len(rows) else 0 if past else int(self.powers[0, Powers.people])
        return Outcome(ending, alive, bays, int(ending == Ending.RESTORED.name))


def wilson(k: int, n: int) -> tuple[float, float]:
    """Wilson's interval of 95 % for a share of k in n; of none, from 0 to 1. Source: Wilson (1927), JASA 22."""
    if n == 0:
        return 0.0, 1.0
    centre = (k + Z_95**2 / 2) / (n + Z_95**2)
    half = Z_95 / (n + Z_95**2) * math.sqrt(k * (n - k) / n + Z_95**2 / 4)
    return 0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half


def entropy(counts: Iterable[int]) -> float:
    """Shannon's entropy of a distribution given by counts, in bits."""
    n = [c for c in counts if c > 0]
    return -sum(c / sum(n) * math.log2(c / sum(n)) for c in n) + 0.0


@dataclass(frozen=True)
class Effect:
    """What a change does on average, from pairs of runs with the same dice: mean of the differences, interval of 95 %.

    gain   variance of the difference of unpaired runs by that of pairs; 0: the pairs do not differ at all
    """

    outcome: str
    pairs: int
    mean: float
    low: float
    high: float
    gain: float


def effect(control: Sequence[str | Path], treated: Sequence[str | Path]) -> tuple[Effect, ...]:
    """Pairs are forks of the same day with the same number of new dice, as of the end of the last year that all have lived.

    errors   BadRun, MegastructureError
    """
    sides = []
    for paths in (control, treated):
        side = {}
        for path in paths:
            one = Brief(path)
            if one.forked is None or one.forked.dice != "new":
                raise MegastructureError(f"{path}: is no fork with new dice; expected two fans to be paired")
            side[one.forked.day, one.forked.number] = one
        sides.append(side)
    keys = sorted(sides[0].keys() & sides[1].keys())
    if len(keys) < 2:
        raise MegastructureError(f"{counted('pair', len(keys))} with the same day and number of dice; expected two at least")
    found = []
    day = last_common((side[key].days, side[key].ending) for side in sides for key in keys)
    outcomes = [[side[key].by(day) for key in keys] for side in sides]
    for outcome in ("people", "bays", "restored"):
        x, y = (np.array([getattr(one, outcome) for one in side], float) for side in outcomes)
        d = y - x
        mean, half = float(d.mean()), _student(len(keys) - 1) * float(d.std(ddof=1)) / math.sqrt(len(keys))
        paired = float(d.var(ddof=1))
        gain = float(x.var(ddof=1) + y.var(ddof=1)) / paired if paired else 0.0
        found.append(Effect(outcome, len(keys), mean, mean - half, mean + half, gain))
    return tuple(found)


def _student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


__all__ = ["Brief", "Effect", "Fan", "Outcome", "Share", "effect", "entropy", "fan", "last_common", "wilson"]
