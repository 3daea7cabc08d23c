"""Many futures of one day: how they end and by what share, and what a change does on average.

Shares have Wilson's interval of 95 %, mean effects Student's, from pairs of runs with the same dice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

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
    """Many futures of one day. `entropy` of the endings in bits: 0 when all end alike."""

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
    lived = [_Brief(path) for path in futures]
    labels = [one.ending or "NO PEOPLE" for one in lived]
    counts = {label: labels.count(label) for label in sorted(set(labels))}
    shares = tuple(Share(label, n, n / len(labels), *wilson(n, len(labels))) for label, n in counts.items())
    changed = lived[0].changed
    year = min(one.year for one in lived)
    return Fan(
        origin.name, origin.ending, changed, year, shares, entropy(list(counts.values())), tuple(one.people for one in lived)
    )


class _Brief:
    """What a fan needs to know of one of its runs."""

    def __init__(self, directory: str | Path) -> None:
        with Archive.open_to_read(directory) as archive:
            last = archive.last_commit
            if last is None:
                raise MegastructureError(f"{directory}: nothing was committed yet")
            self.directory = directory
            self.year = last.day // YEAR
            self.forked = forked(archive)
            self.changed = self.forked._replace(dice="same").words() if self.forked else ""
            powers = archive.frame(last.day, ("powers",))["powers"]
            series = archive.read("series", 0, last.lengths["series"])
        self.ending = ending_of(powers)
        self.people = int(powers.reshape(-1)[Powers.people])
        self.bays = int(series[-1, Series.bays]) if len(series) else 1
        self.restored = int(self.ending == Ending.RESTORED.name)


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
    """Pairs are forks of the same day with the same number of new dice. errors   BadRun, MegastructureError"""
    sides = []
    for paths in (control, treated):
        side = {}
        for path in paths:
            one = _Brief(path)
            if one.forked is None or one.forked.dice != "new":
                raise MegastructureError(f"{path}: is no fork with new dice; expected two fans to be paired")
            side[one.forked.day, one.forked.number] = one
        sides.append(side)
    keys = sorted(sides[0].keys() & sides[1].keys())
    if len(keys) < 2:
        raise MegastructureError(f"{counted('pair', len(keys))} with the same day and number of dice; expected two at least")
    found = []
    for outcome in ("people", "bays", "restored"):
        x, y = (np.array([getattr(side[key], outcome) for key in keys], float) for side in sides)
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


__all__ = ["Effect", "Fan", "Share", "effect", "entropy", "fan", "wilson"]
