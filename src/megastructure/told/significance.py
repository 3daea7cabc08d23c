"""Which events mattered: how unlikely, how much followed from it, how much such a thing weighs.

    significance = weight of the kind x (1 + surprisal in bits) x (1 + log2(1 + events that followed from it))

Surprisal is -log2 of the probability that the event had when it was drawn; where nothing was drawn, of the share of its kind
among all events of this run, which only says that what is rare is rarely expected. What is told of somebody on the very day of
its cause, which was told of them too, is another side of the same: it reaches as far (the birth of a bay that founds a school).
"""

from __future__ import annotations

import numpy as np

from ..ground.codes import EventKind
from ..ground.tables import Events
from .sentences import KINDS

WEIGHTS = np.zeros(256)
for _kind, _told in KINDS.items():
    WEIGHTS[int(_kind)] = _told.weight
KNOWN = np.isin(np.arange(256), [int(k) for k in EventKind])
GENERATION = 30  # years


def significance(events: np.ndarray) -> np.ndarray:
    """The significance of every event; 0 for kinds that are not known."""
    if not len(events):
        return np.zeros(0)
    kinds = events[:, Events.kind] & 255
    share = np.bincount(kinds, minlength=256)[kinds] / len(events)
    chance = np.where(events[:, Events.chance_ppb] > 0, np.clip(events[:, Events.chance_ppb] / 1e9, 1e-9, 1.0), share)
    return np.asarray(WEIGHTS[kinds] * (1 - np.log2(chance)) * (1 + np.log2(1 + reach(events))))


def causes(events: np.ndarray) -> np.ndarray:
    """The row of the event that led to each event; -1: none known. Of rows with the same name the first counts."""
    order = np.argsort(events[:, Events.name], kind="stable")
    names = events[order, Events.name]
    at = np.searchsorted(names, events[:, Events.cause])
    at[at == len(names)] = 0
    found = (names[at] == events[:, Events.cause]) & (events[:, Events.cause] != 0)
    rows = np.where(found, order[at], -1)
    rows[rows == np.arange(len(events))] = -1
    return np.where(
        (rows >= 0) & (events[rows, Events.day] <= events[:, Events.day]), rows, -1
    )  # nothing is caused by its future


def reach(events: np.ndarray) -> np.ndarray:
    """How many events followed from each event or, where it is another side of its cause, from that."""
    counts, above = followers(events), causes(events)
    side = (
        (above >= 0)
        & (events[above, Events.day] == events[:, Events.day])
        & (events[above, Events.who] == events[:, Events.who])
    )
    return np.where(side, np.maximum(counts, counts[above] - 1), counts)


def followers(events: np.ndarray) -> np.ndarray:
    """How many events followed from each event, directly or through others."""
    parents = causes(events)
    waiting = np.bincount(parents[parents >= 0], minlength=len(events))  # effects whose own effects are not yet counted
    total = np.zeros(len(events), np.int64)
    ready = np.flatnonzero(waiting == 0)
    while len(ready):  # from the last effects towards the first causes; a circle of a forged log is never ready
        ready = ready[parents[ready] >= 0]
        above = parents[ready]
        np.add.at(total, above, total[ready] + 1)
        np.subtract.at(waiting, above, 1)
        above = np.unique(above)
        ready = above[waiting[above] == 0]
    return total


def best(events: np.ndarray, scores: np.ndarray, spans: np.ndarray, top: int) -> np.ndarray:
    """Rows of the `top` most significant events of each span, in order of time. `spans`: a number for every event."""
    order = np.lexsort((np.arange(len(events)), -scores, spans))
    first = np.searchsorted(spans[order], spans[order])
    kept = order[np.arange(len(order)) - first < top]
    return np.sort(kept[scores[kept] > 0])


__all__ = ["GENERATION", "KNOWN", "best", "causes", "followers", "reach", "significance"]
