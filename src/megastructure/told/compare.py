"""Two histories side by side: where they part, whom the difference reaches and how far, whose lives it changes.

Names are lineages, so whoever lives in both runs has one name in both. A bay or a person *differs* from the day on which the
chronicle first tells something of them in one run and not in the other; a move in the crowd that flees a fallen village is
told of nobody by name, so a person who lives elsewhere in the end counts as different on the last day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import EventKind
from ..ground.tables import YEAR, Events, Foremen, Persons, Series, Villages, Wanderers
from ..memory.archive import Archive
from ..memory.fork import forked
from ..words.errors import BadRun, MegastructureError
from ..words.names import spoken
from .ending import ending_of
from .sentences import Speaker

Array = NDArray[np.int64]
CENTURY = 100 * YEAR
NEVER = 2**62  # later than any day
KEY = [Events.day, Events.kind, Events.who, Events.whom]
TOLD = [*KEY, Events.magnitude]


# ---- what is compared ----------------------------------------------------------------------------------------------


class History:
    """What a run tells of itself, read once: events, people, bays, and what became of them."""

    def __init__(self, directory: str | Path) -> None:
        with Archive.open_to_read(directory) as archive:
            last = archive.last_commit
            if last is None:
                raise MegastructureError(f"{directory}: nothing was committed yet")
            self.name = archive.directory.name
            self.days = last.day
            self.forked = forked(archive)
            self.digests = {c.day: c.digest for c in archive.commits}
            frame = archive.frame(last.day, ("foremen", "persons", "villages", "powers", "wanderers"))
            self.events = archive.read("events", 0, last.lengths["events"])
            self.series = archive.read("series", 0, last.lengths["series"])
        missing = [name for name in ("foremen", "persons", "villages", "powers") if name not in frame]
        if missing:
            raise BadRun(f"{directory}: was made before there were {', '.join(missing)}; it cannot be compared")
        self.foremen, self.persons, self.villages = frame["foremen"], frame["persons"], frame["villages"]
        self.powers = frame["powers"].reshape(1, -1)
        self.speaker = Speaker(
            wanderers=[int(name) for name in frame["wanderers"][:, Wanderers.name]] if "wanderers" in frame else ()
        )

    @property
    def ending(self) -> str:
        """The label of the history as far as it was lived."""
        return ending_of(self.powers)

    def ending_by(self, day: int) -> str:
        """The label that it had on a day, or has in the end where it was not lived so long."""
        return ending_of(self.powers, day if day < self.days else None)

    def in_year(self, year: int, column: int) -> int:
        """A column of the yearly series at the end of a year; 0 before the first."""
        rows = self.series[self.series[:, Series.year] == year]
        return int(rows[0, column]) if len(rows) else 0


# ---- two runs --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Divergence:
    """The first event, by (day, kind, who, whom), that is in one history and not in the other."""

    day: int
    kind: str
    who: int
    whom: int
    place: int
    in_fork: bool
    sentence: str


@dataclass(frozen=True)
class Front:
    """How far the difference has come at the end of a year. Shares are of those alive in either run."""

    year: int
    people: int
    people_identical: int
    bays: int
    bays_differing: int
    cells: int | None  # the greatest distance of a differing bay from the place of the cause

    @property
    def identical_share(self) -> float:
        """Of the people alive in either run, those of whom the same is told in both so far."""
        return self.people_identical / self.people if self.people else 1.0


@dataclass(frozen=True)
class Life:
    """A person whose life is another one in the fork. Days; -1: alive, or never born."""

    name: int
    called: str
    born: int
    died: int
    died_in_fork: int


@dataclass(frozen=True)
class Difference:
    """A run and its fork (or any two runs), compared up to the last day that both have lived: so are endings, people, bays.

    What begins with `last` is of each run's own last day.
    """

    run: str
    fork: str
    changed: str
    day: int
    same_state: bool | None  # None: one of them has no commit on that day
    first: Divergence | None
    front: tuple[Front, ...]
    saved: tuple[Life, ...]
    lost: tuple[Life, ...]
    never_born: tuple[Life, ...]
    born_only_there: tuple[Life, ...]
    lives: int
    lives_identical: int
    ending: str
    ending_in_fork: str
    people: int
    people_in_fork: int
    bays: int
    bays_in_fork: int
    last_day: int
    last_day_in_fork: int
    last_ending: str
    last_ending_in_fork: str

    @property
    def identical_share(self) -> float:
        """Of all who lived in either run, those with the same birth, village and death."""
        return self.lives_identical / self.lives if self.lives else 1.0


def difference(a: str | Path | History, b: str | Path | History) -> Difference:
    """What differs between a run and its fork. errors   BadRun, MegastructureError"""
    run = a if isinstance(a, History) else History(a)
    other = b if isinstance(b, History) else History(b)
    day = min(run.days, other.days)
    ours, theirs = run.events[run.events[:, Events.day] < day], other.events[other.events[:, Events.day] < day]
    first = _first_divergence(ours, theirs, run.speaker)
    reached = _first_reached(ours, theirs)
    people, changed = _people(run, other, day)
    late = (people.first_of(reached) == NEVER) & ~people.same_village
    people_from = np.where(late, day - 1, people.first_of(reached))
    year = day // YEAR
    return Difference(
        run.name, other.name, other.forked.words() if other.forked else "", day,
        run.digests[day] == other.digests[day] if day in run.digests and day in other.digests else None, first,
        _front(run, other, day, people, people_from, reached, first), changed[0], changed[1], changed[2], changed[3],
        len(people.names), int(people.same.sum()), run.ending_by(day), other.ending_by(day),
        run.in_year(year, Series.people), other.in_year(year, Series.people),
        run.in_year(year, Series.bays), other.in_year(year, Series.bays),
        run.days, other.days, run.ending, other.ending,
    )  # fmt: skip


def _first_divergence(ours: Array, theirs: Array, speaker: Speaker) -> Divergence | None:
    """Both are in order of days; so after the rows that are equal, the first day on which they differ holds it."""
    while len(ours) or len(theirs):
        n = min(len(ours), len(theirs))
        unequal = np.nonzero((ours[:n][:, KEY] != theirs[:n][:, KEY]).any(axis=1))[0]
        at = int(unequal[0]) if len(unequal) else n
        day = min(int(events[at, Events.day]) if at < len(events) else NEVER for events in (ours, theirs))
        if day == NEVER:
            return None
        begins, ends = ([int(np.searchsorted(events[:, Events.day], day, side)) for events in (ours, theirs)]
                        for side in ("left", "right"))  # fmt: skip
        told = [
            {tuple(int(v) for v in row[KEY]): row for row in events[first:end]}
            for events, first, end in zip((ours, theirs), begins, ends)
        ]
        lone = sorted(told[0].keys() ^ told[1].keys())
        if lone:
            in_fork = lone[0] in told[1]
            row = told[in_fork][lone[0]]
            return Divergence(
                day, EventKind(int(row[Events.kind])).name, int(row[Events.who]), int(row[Events.whom]), int(row[Events.place]),
                in_fork, _sentence(row, in_fork, speaker),
            )  # fmt: skip
        ours, theirs = ours[ends[0] :], theirs[ends[1] :]  # the same was told in another order
    return None


def _sentence(row: Array, in_fork: bool, speaker: Speaker) -> str:
    day, kind, who, whom, place, magnitude = (
        int(row[c]) for c in (Events.day, Events.kind, Events.who, Events.whom, Events.place, Events.magnitude)
    )
    where = "only in the fork" if in_fork else "not in the fork"
    return f"year {day // YEAR:,}, day {day % YEAR + 1}, {where}: {speaker.tell(kind, who, whom, place, magnitude)}"


class Reached:
    """For names, the day from which they differ."""

    def __init__(self, names: Array, days: Array) -> None:
        order = np.lexsort((days, names))
        names, days = names[order], days[order]
        firsts = np.ones(len(names), bool)
        firsts[1:] = names[1:] != names[:-1]
        self.names, self.days = names[firsts], days[firsts]

    def of(self, names: Array) -> Array:
        """The day from which each differs, NEVER for most."""
        if not len(self.names):
            return np.full(len(names), NEVER, np.int64)
        at = np.minimum(np.searchsorted(self.names, names), len(self.names) - 1)
        return np.where(self.names[at] == names, self.days[at], NEVER)


def _first_reached(ours: Array, theirs: Array) -> Reached:
    """Whoever takes part in an event that only one of the two has."""
    lone = [_lone(ours, theirs), _lone(theirs, ours)]
    names = np.concatenate([rows[:, c] for rows in lone for c in (Events.who, Events.whom)])
    days = np.concatenate([rows[:, Events.day] for rows in lone for _ in range(2)])
    return Reached(names[names != 0], days[names != 0])


def _lone(these: Array, those: Array) -> Array:
    return these[~np.isin(_hashes(these), _hashes(those))]


def _hashes(events: Array) -> NDArray[np.uint64]:
    """64 bits of what an event says; its cause and its chance may differ between equal events."""
    h = np.full(len(events), 0x9E3779B97F4A7C15, np.uint64)
    for c in TOLD:
        h ^= events[:, c].astype(np.uint64)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0x94D049BB133111EB)
        h ^= h >> np.uint64(32)
    return h


class People:
    """Everyone who lived in either run, in order of name: born and died in each (NEVER: not), and what is the same."""

    def __init__(self, run: History, other: History, day: int) -> None:
        self.names: Array = np.unique(np.concatenate([h.persons[:, Persons.name] for h in (run, other)]))
        self.born, self.died, villages = [], [], []
        for h in (run, other):
            known = h.persons[h.persons[:, Persons.born] < day]
            at = np.searchsorted(self.names, known[:, Persons.name])
            born, died, village = (np.full(len(self.names), NEVER, np.int64) for _ in range(3))
            born[at] = known[:, Persons.born]
            dead = (known[:, Persons.died] >= 0) & (known[:, Persons.died] < day)
            died[at[dead]] = known[dead, Persons.died]
            homes = known[:, Persons.village]
            if len(h.villages):
                village[at] = np.where(homes >= 0, h.villages[np.maximum(homes, 0), Villages.name], 0)
            self.born.append(born)
            self.died.append(died)
            villages.append(village)
        lived = (self.born[0] != NEVER) | (self.born[1] != NEVER)
        self.names = self.names[lived]
        self.born = [born[lived] for born in self.born]
        self.died = [died[lived] for died in self.died]
        # Where somebody lives is known of the last day of each run: comparable when that is one day, or when they are dead.
        settled = (run.days == other.days) | ((self.died[0] != NEVER) & (self.died[1] != NEVER))
        self.same_village = (villages[0][lived] == villages[1][lived]) | ~settled
        self.same = (self.born[0] == self.born[1]) & (self.died[0] == self.died[1]) & self.same_village

    def first_of(self, reached: Reached) -> Array:
        """The day from which something else is told of each."""
        return reached.of(self.names)


def _people(run: History, other: History, day: int) -> tuple[People, tuple[tuple[Life, ...], ...]]:
    """Everyone, and the ledger of lives: saved, lost, never born, born only there; in order of day and name."""
    people = People(run, other, day)
    here, there = people.born[0] != NEVER, people.born[1] != NEVER
    both = here & there
    rows = (
        (both & (people.died[0] < people.died[1]), people.died[0]),
        (both & (people.died[0] > people.died[1]), people.died[1]),
        (here & ~there, people.born[0]),
        (there & ~here, people.born[1]),
    )
    ledger = []
    for chosen, days in rows:
        at = np.nonzero(chosen)[0]
        at = at[np.lexsort((people.names[at], days[at]))]
        ledger.append(tuple(_life(people, int(i)) for i in at))
    return people, tuple(ledger)


def _life(people: People, i: int) -> Life:
    name = int(people.names[i])
    born = int(min(people.born[0][i], people.born[1][i]))
    died = [int(d[i]) if d[i] != NEVER else -1 for d in people.died]
    return Life(name, spoken(name), born, died[0], died[1])


def _front(
    run: History, other: History, day: int, people: People, people_from: Array, reached: Reached, first: Divergence | None
) -> tuple[Front, ...]:
    begins = first.day if first else (other.forked.day if other.forked else 0)
    bays = np.concatenate([run.foremen, other.foremen])
    _, rows = np.unique(bays[:, Foremen.name], return_index=True)
    bays = bays[rows]
    bays_from = reached.of(bays[:, Foremen.name])
    middle = (
        bays[:, Foremen.corner]
        + np.stack([bays[:, Foremen.pitch], bays[:, Foremen.pitch], bays[:, Foremen.height]], axis=1) // 2
    )
    source = None
    if first is not None:
        at = np.nonzero(np.isin(bays[:, Foremen.name], [first.place or first.who, first.who]))[0]
        source = middle[at[0]] if len(at) else None
    found = []
    ends = [d for d in range(CENTURY, day, CENTURY) if d > begins]
    for end in [*ends, day]:
        alive = [(people.born[k] < end) & (people.died[k] >= end) for k in (0, 1)]
        either = alive[0] | alive[1]
        same = alive[0] & alive[1] & (people_from >= end)
        standing = bays[:, Foremen.born] < end
        differing = standing & (bays_from < end)
        far = None
        if source is not None and differing.any():
            far = math.isqrt(int(((middle[differing] - source) ** 2).sum(axis=1).max()))
        found.append(Front(end // YEAR, int(either.sum()), int(same.sum()), int(standing.sum()), int(differing.sum()), far))
    return tuple(found)


def as_dict(result: Any) -> Any:
    """A result as JSON would have it, with the shares that follow from it."""
    from dataclasses import asdict

    found = asdict(result)
    if isinstance(result, Difference):
        found["identical_share"] = result.identical_share
        for row, front in zip(found["front"], result.front):
            row["identical_share"] = front.identical_share
    return found


__all__ = ["Difference", "Divergence", "Front", "History", "Life", "as_dict", "difference"]
