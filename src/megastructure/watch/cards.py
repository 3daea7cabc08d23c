"""What the page may ask of whoever has a name: who it is, what became of them, and whose name a text begins."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import K_DEMOLITION, Allegiance, EventKind, Fate
from ..ground.tables import YEAR, Events, Foremen, Persons, Schools, Units, Villages, Wanderers, Works
from ..words.counts import counted
from ..words.names import spoken, spoken_place
from .events import Answer, Chronicle, hexed
from .overlays import Overlays
from .view import View

FOUND_MOST = 20
LIFE_MOST = 60  # events told of somebody
SEARCHED = ("wanderers", "villages", "persons", "schools", "foremen", "units")  # whom a search finds first
WHAT = {
    "wanderers": "wanderer", "persons": "person", "villages": "village", "units": "unit", "foremen": "bay", "schools": "school",
}  # fmt: skip
NAMES = {
    "wanderers": Wanderers.name, "persons": Persons.name, "villages": Villages.name, "units": Units.name,
    "foremen": Foremen.name, "schools": Schools.name,
}  # fmt: skip


class Cards:
    """Whoever and whatever has a name in a view. Any thread may ask."""

    def __init__(self, view: View, events: Chronicle, overlays: Overlays) -> None:
        self.view, self.events, self.overlays = view, events, overlays

    @cached_property
    def rows(self) -> dict[str, dict[int, int]]:
        """By table and name: the serial."""
        return {t: {int(n): i for i, n in enumerate(self.view.table(t)[:, c])} for t, c in NAMES.items()}

    def find(self, name: int) -> tuple[str, int] | None:
        """Table and serial of a name; None: nobody has it."""
        signed = name - (1 << 64) if name >> 63 else name
        return next(((t, rows[signed]) for t, rows in self.rows.items() if signed in rows), None)

    def called(self, table: str, name: int) -> str:
        """What somebody is called."""
        speaker = self.view.library.speaker
        if table in ("wanderers", "units"):
            said = speaker.say("wanderer" if table == "wanderers" else "unit", name)
            return f"{said[:1].upper()}{said[1:]}"
        return spoken(name) if table == "persons" else spoken_place(name)

    def thing(self, name: int, spoilers: bool = False) -> Answer | None:
        """A person, a village, a unit, a bay, a school or a wanderer; None: nobody has this name.

        A school has the name of the foreman that founded it, and is told with its bay.
        """
        found = self.find(name)
        if found is None:
            return None
        table, serial = found
        row = self.view.table(table)[serial]
        tellers = {
            "persons": self._person, "villages": self._village, "units": self._unit, "wanderers": self._wanderer,
            "foremen": self._bay, "schools": self._school,
        }  # fmt: skip
        facts, born, died, bay = tellers[table](serial, row)
        signed = int(row[NAMES[table]])
        e = self.events.table
        about = self.events.told(spoilers) & ((e[:, Events.who] == signed) | (e[:, Events.whom] == signed))
        if table == "foremen":
            about |= self.events.told(spoilers) & (e[:, Events.place] == signed)
        return {
            "name": hexed(signed), "called": self.called(table, signed), "what": WHAT[table], "facts": facts, "born": born,
            "died": died, "at": self.view.middle_of(bay),
            "events": self.events.tell(self.events.best(np.flatnonzero(about), LIFE_MOST)),
            "path": table in ("persons", "units", "wanderers"),
        }  # fmt: skip

    Told = tuple[list[tuple[str, Any]], int | None, int | None, int]

    def _person(self, serial: int, p: NDArray[Any]) -> Told:
        persons, villages = self.view.table("persons"), self.view.table("villages")
        died = int(p[Persons.died]) if p[Persons.died] >= 0 else None
        facts: list[tuple[str, Any]] = [("sex", "female" if p[Persons.female] else "male")]
        for label, column in (("mother", Persons.mother), ("father", Persons.father)):
            facts.append((label, spoken(int(persons[p[column], Persons.name])) if p[column] >= 0 else "not known"))
        children = persons[(persons[:, Persons.mother] == serial) | (persons[:, Persons.father] == serial), Persons.name]
        if len(children):
            names = ", ".join(spoken(int(n)) for n in children[:12])
            facts.append(("children", f"{len(children)}: {names}{' ...' if len(children) > 12 else ''}"))
        age = ((died if died is not None else self.view.last) - int(p[Persons.born])) // YEAR
        facts.append(("age" if died is None else "age at death", counted("year", age)))
        v = int(p[Persons.village])
        bay = int(villages[v, Villages.bay]) if 0 <= v < len(villages) else -1
        if bay >= 0:
            facts.append(("lives in" if died is None else "lived in", spoken_place(int(villages[v, Villages.name]))))
        return facts, int(p[Persons.born]) if p[Persons.born] >= 0 else None, died, bay

    def _village(self, serial: int, v: NDArray[Any]) -> Told:
        villages, foremen = self.view.table("villages"), self.view.table("foremen")
        ended = int(v[Villages.ended]) if v[Villages.ended] >= 0 else None
        facts: list[tuple[str, Any]] = [("in the bay", spoken_place(int(foremen[v[Villages.bay], Foremen.name])))]
        if v[Villages.parent] >= 0:
            facts.append(("founded from", spoken_place(int(villages[v[Villages.parent], Villages.name]))))
        if ended is None:
            facts.append(("people", f"{int(v[Villages.people]):,}"))
        daughters = villages[villages[:, Villages.parent] == serial, Villages.name]
        if len(daughters):
            facts.append(("daughters", ", ".join(spoken_place(int(n)) for n in daughters[:12])))
        return facts, int(v[Villages.founded]), ended, int(v[Villages.bay])

    def _unit(self, serial: int, u: NDArray[Any]) -> Told:
        del serial
        village, hunted = int(u[Units.village]), int(u[Units.hunts])
        quarry = spoken_place(int(self.view.table("villages")[village, Villages.name])) if village >= 0 else ""
        if village < 0:
            quarry = self.view.library.speaker.say("wanderer", int(self.view.table("wanderers")[hunted, Wanderers.name]))
        ended = int(u[Units.ended]) if u[Units.ended] >= 0 else None
        fate = {Fate.HUNTING: "hunts", Fate.KILLED: "destroyed", Fate.STOOD_DOWN: "stood down"}
        facts: list[tuple[str, Any]] = [
            ("level", int(u[Units.level])), ("made of", counted("cell", int(u[Units.mass]))),
            ("sent against", quarry),
            ("fate", fate[Fate(int(u[Units.fate]))] if u[Units.fate] in set(Fate) else "not known"),
        ]  # fmt: skip
        return facts, int(u[Units.made]), ended, int(u[Units.bay])

    def _wanderer(self, serial: int, w: NDArray[Any]) -> Told:
        del serial
        e = self.events.table
        name = int(w[Wanderers.name])
        kinds = e[(e[:, Events.who] == name) | (e[:, Events.whom] == name), Events.kind]
        counts = (
            ("villages found", EventKind.VILLAGE_FOUND), ("people tested", EventKind.PERSON_TESTED), ("shots", EventKind.SHOT),
            ("escorts", EventKind.ESCORT_BEGUN), ("escorts that arrived", EventKind.ESCORT_ARRIVED),
            ("times broken", EventKind.WANDERER_DORMANT),
        )  # fmt: skip
        came = e[(e[:, Events.kind] == EventKind.WANDERER_CAME) & (e[:, Events.who] == name), Events.day]
        facts: list[tuple[str, Any]] = [(label, f"{int((kinds == kind).sum()):,}") for label, kind in counts]
        return facts, int(came[0]) if len(came) else None, None, int(w[Wanderers.bay])

    def _bay(self, serial: int, f: NDArray[Any]) -> Told:
        foremen, schools = self.view.table("foremen"), self.view.table("schools")
        works = self.view.table("works")
        facts: list[tuple[str, Any]] = [("foreman", spoken(int(f[Foremen.name])))]
        if f[Foremen.parent] >= 0:
            facts.append(("sent by", spoken_place(int(foremen[f[Foremen.parent], Foremen.name]))))
        if 0 <= f[Foremen.school] < len(schools):
            facts.append(("school", spoken_place(int(schools[f[Foremen.school], Schools.name]))))
        facts.append(("children", f"{int((foremen[:, Foremen.parent] == serial).sum()):,}"))
        facts.append(("works", f"{int(((works[:, Works.foreman] == serial) & (works[:, Works.kind] < K_DEMOLITION)).sum()):,}"))
        facts.append(("obeys", Allegiance(int(self.overlays.allegiance(self.view.last)[serial])).name.lower()))
        for number, n in enumerate(np.flatnonzero(schools[:, Schools.founder] == serial).tolist()):
            ever = int((foremen[:, Foremen.school] == n).sum())
            school = f"the school {spoken_place(int(schools[n, Schools.name]))} of {counted('bay', ever)}"
            facts.append(("founded" if number == 0 else "and", school))
        gone = self.overlays.releases
        released = gone[gone[:, Events.who] == f[Foremen.name], Events.day]
        return facts, int(f[Foremen.born]), int(released[0]) if len(released) else None, serial

    def _school(self, serial: int, s: NDArray[Any]) -> Told:
        bays = int((self.view.table("foremen")[:, Foremen.school] == serial).sum())
        return [("bays", f"{bays:,}")], int(s[Schools.founded]), None, int(s[Schools.founder])

    # ---- search ---------------------------------------------------------------------------------------------------------

    def search(self, text: str) -> list[Answer]:
        """Whose name begins with a text, then whose name contains it; the powers first, the many units last."""
        wanted = " ".join(text.lower().split())[:64]
        if not wanted:
            return []
        named = enumerate(self._named)
        hits = [(called != wanted, not called.startswith(wanted), n) for n, (called, _, _) in named if wanted in called]
        found = []
        for _, _, n in sorted(hits)[:FOUND_MOST]:
            _, table, serial = self._named[n]
            name = int(self.view.table(table)[serial, NAMES[table]])
            called, at = self.called(table, name), self._place(table, serial)
            found.append({"name": hexed(name), "called": called, "what": WHAT[table], "at": at})
        return found

    @cached_property
    def _named(self) -> list[tuple[str, str, int]]:
        """What everybody and everything is called in small letters, with table and serial."""
        return [
            (self.called(table, name).lower(), table, serial)
            for table in SEARCHED
            for serial, name in enumerate(self.view.table(table)[:, NAMES[table]].tolist())
        ]

    def _place(self, table: str, serial: int) -> list[int] | None:
        row = self.view.table(table)[serial]
        villages = self.view.table("villages")
        if table == "persons":
            return (
                self.view.middle_of(int(villages[row[Persons.village], Villages.bay]))
                if 0 <= row[Persons.village] < len(villages)
                else None
            )
        column = {"villages": Villages.bay, "units": Units.bay, "wanderers": Wanderers.bay, "schools": Schools.founder}.get(
            table
        )
        return self.view.middle_of(serial if column is None else int(row[column]))


__all__ = ["NAMES", "Cards"]
