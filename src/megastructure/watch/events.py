"""What the page may ask of the chronicle: the events that matter most, and the curves under the time bar.

Answers are plain values that become JSON; names travel as 16 hexadecimal digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import EventKind
from ..ground.tables import YEAR, Events, Series, Shots, Works
from ..told.library import secret
from ..told.sentences import KINDS
from .view import View

EVENTS_MOST = 500

Answer = dict[str, Any]
Ints = NDArray[np.int64]


def hexed(name: int) -> str:
    """A name as it travels."""
    return f"{int(name) & (1 << 64) - 1:016x}"


class Chronicle:
    """The events of a view. Any thread may ask."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.table = view.table("events")
        self.hidden = secret(self.table) if len(self.table) else np.zeros(0, bool)

    def chosen(
        self, first: int = 0, last: int | None = None, kinds: tuple[int, ...] = (), about: int = 0, place: int = 0,
        top: int = 200, spoilers: bool = False,
    ) -> list[Answer]:  # fmt: skip
        """The most significant events that fit, in order of time. `about`: who or whom; 0: anybody, anywhere."""
        e = self.table
        fits = self.told(spoilers) & (e[:, Events.day] >= first)
        if last is not None:
            fits &= e[:, Events.day] <= last
        if kinds:
            fits &= np.isin(e[:, Events.kind], kinds)
        if about:
            fits &= (e[:, Events.who] == about) | (e[:, Events.whom] == about)
        if place:
            fits &= e[:, Events.place] == place
        return self.tell(self.best(np.flatnonzero(fits), min(top, EVENTS_MOST)))

    def most_significant(self, top: int) -> list[Answer]:
        """The most significant of all events, secrets too, in order of time."""
        return self.tell(self.best(np.flatnonzero(self.told(True)), top))

    def told(self, spoilers: bool) -> NDArray[np.bool_]:
        """Which events may be told."""
        annals = self.view.annals  # without spoilers
        told: NDArray[np.bool_] = annals.told | self.hidden if spoilers else annals.told.copy()
        return told

    def best(self, rows: Ints, top: int) -> Ints:
        """The most significant of these rows, in order of time."""
        scores = self.view.annals.scores[rows]
        return np.sort(rows[np.lexsort((rows, -scores))[:top]])

    def tell(self, rows: Ints) -> list[Answer]:
        """These events."""
        return [self.event(line.row) for line in self.view.annals.lines(rows)]

    def event(self, row: int) -> Answer:
        """One event."""
        line, e = self.view.annals.line(row), self.table[row]
        return {
            "name": hexed(e[Events.name]), "day": line.day, "kind": int(line.kind), "kind_name": line.kind.name,
            "who": hexed(e[Events.who]) if e[Events.who] else None, "whom": hexed(e[Events.whom]) if e[Events.whom] else None,
            "place": hexed(e[Events.place]) if e[Events.place] else None, "at": self._where(e), "text": line.sentence,
            "weight": round(line.score, 3), "cause": hexed(e[Events.cause]) if e[Events.cause] else None,
        }  # fmt: skip

    def _where(self, e: Ints) -> list[int] | None:
        """The bay of an event; of a shot, which may cross many, the middle of its line."""
        if e[Events.kind] != EventKind.SHOT:
            return self._bay_named(int(e[Events.place]))
        shots, number = self.view.table("shots"), int(e[Events.who])
        if not 1 <= number <= len(shots):
            return None
        shot = shots[number - 1]
        middle = shot[[Shots.x, Shots.y, Shots.z]] + shot[Shots.radius]
        middle[shot[Shots.axis]] += shot[Shots.length] // 2 - shot[Shots.radius]
        at: list[int] = middle.tolist()
        return at

    def _bay_named(self, name: int) -> list[int] | None:
        serial = self.view.serial_of_bay.get(name, -1)
        return self.view.middle_of(serial) if serial >= 0 else None

    def curves(self, spoilers: bool = False) -> Answer:
        """One number a year of what is drawn under the time bar."""
        s = self.view.table("series")
        works = self.view.table("works")
        begun = np.bincount(np.clip(works[:, Works.start] // YEAR, 0, len(s)), minlength=len(s) + 1).cumsum()
        columns = {
            "year": Series.year, "population": Series.people, "villages": Series.villages, "units": Series.hunting,
            "safeguard_bays": Series.safeguard_bays, "authority_bays": Series.authority_bays,
            "known_carriers": Series.known_carriers, "loci": Series.loci,
        } | ({"carriers": Series.carriers} if spoilers else {})  # fmt: skip
        found: Answer = {name: s[:, c].tolist() for name, c in columns.items()}
        found["loci"] = np.bitwise_count(s[:, Series.loci]).tolist()
        alert = s[:, Series.alert] / 65536  # log2(1 + alert) is what the hazards read, in sixteenths of 4
        found["alert"] = np.clip(np.log2(1 + np.maximum(alert, 0)) / 4, 0, 1).round(4).tolist()
        found["healthy_bays"] = (s[:, Series.bays] - s[:, Series.safeguard_bays] - s[:, Series.authority_bays]).tolist()
        found["works"] = begun[: len(s)].tolist()
        return found

    def kinds(self) -> list[Answer]:
        """Kinds of events: number, what it is called, whether it is a secret."""
        return [{"number": int(k), "name": told.caption, "spoiler": told.spoiler} for k, told in KINDS.items()]


__all__ = ["EVENTS_MOST", "Answer", "Events", "hexed"]
