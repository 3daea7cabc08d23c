"""What the page may ask of history: events, whoever has a name, ways, curves, who stands where, who laid a cell.

Answers are plain values that become JSON; names travel as 16 hexadecimal digits.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..codes import K_DEMOLITION, Allegiance, EventKind, Fate, WorkKind
from ..fold import NEVER
from ..library import secret
from ..names import spoken, spoken_place
from ..sentences import KINDS
from ..standing import figures
from ..tables import (
    F_BORN,
    F_NAME,
    F_PARENT,
    F_SCHOOL,
    N_FOUNDED,
    N_FOUNDER,
    N_NAME,
    PE_BORN,
    PE_DIED,
    PE_FATHER,
    PE_FEMALE,
    PE_MOTHER,
    PE_NAME,
    PE_VILLAGE,
    UN_ARRIVES,
    UN_BAY,
    UN_ENDED,
    UN_FATE,
    UN_LEVEL,
    UN_MADE,
    UN_MASS,
    UN_NAME,
    UN_VILLAGE,
    V_CAUSE,
    V_DAY,
    V_KIND,
    V_NAME,
    V_PLACE,
    V_WHO,
    V_WHOM,
    VI_BAY,
    VI_ENDED,
    VI_FOUNDED,
    VI_NAME,
    VI_PARENT,
    VI_PEOPLE,
    W_FOREMAN,
    W_KIND,
    W_START,
    WA_BAY,
    WA_NAME,
    Y_ALERT,
    Y_AUTHORITY_BAYS,
    Y_BAYS,
    Y_CARRIERS,
    Y_HUNTING,
    Y_KNOWN_CARRIERS,
    Y_LOCI,
    Y_PEOPLE,
    Y_SAFEGUARD_BAYS,
    Y_VILLAGES,
    Y_YEAR,
    YEAR,
)
from .eye import look
from .overlays import ELSEWHERE, Overlays
from .view import View

EVENTS_MOST = 500
FOUND_MOST = 20
FIGURES_MOST = 400
ANCESTORS_MOST = 12
HERE_MOST = 12  # events told beside a cell
LIFE_MOST = 60  # events told of somebody
SEARCHED = ("wanderers", "villages", "persons", "schools", "foremen", "units")  # whom a search finds first
WHAT = {
    "wanderers": "wanderer", "persons": "person", "villages": "village", "units": "unit", "foremen": "bay", "schools": "school",
}  # fmt: skip
NAMES = {
    "wanderers": WA_NAME, "persons": PE_NAME, "villages": VI_NAME, "units": UN_NAME, "foremen": F_NAME, "schools": N_NAME,
}  # fmt: skip

Answer = dict[str, Any]
Ints = NDArray[np.int64]


def hexed(name: int) -> str:
    """A name as it travels."""
    return f"{int(name) & (1 << 64) - 1:016x}"


class History:
    """The history of a view. Any thread may ask."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.overlays = Overlays(view)
        self.events_table = view.table("events")
        self.hidden = secret(self.events_table) if len(self.events_table) else np.zeros(0, bool)
        self.figures = lru_cache(64)(self._figures)

    # ---- events --------------------------------------------------------------------------------------------------------

    def events(
        self, first: int = 0, last: int | None = None, kinds: tuple[int, ...] = (), about: int = 0, place: int = 0,
        top: int = 200, spoilers: bool = False,
    ) -> list[Answer]:  # fmt: skip
        """The most significant events that fit, in order of time. `about`: who or whom; 0: anybody, anywhere."""
        e = self.events_table
        fits = self._told(spoilers) & (e[:, V_DAY] >= first)
        if last is not None:
            fits &= e[:, V_DAY] <= last
        if kinds:
            fits &= np.isin(e[:, V_KIND], kinds)
        if about:
            fits &= (e[:, V_WHO] == about) | (e[:, V_WHOM] == about)
        if place:
            fits &= e[:, V_PLACE] == place
        return self._tell(self._best(np.flatnonzero(fits), min(top, EVENTS_MOST)))

    def most_significant(self, top: int) -> list[Answer]:
        """The most significant of all events, secrets too, in order of time."""
        return self._tell(self._best(np.flatnonzero(self._told(True)), top))

    def _told(self, spoilers: bool) -> NDArray[np.bool_]:
        annals = self.view.annals  # without spoilers
        told: NDArray[np.bool_] = annals.told | self.hidden if spoilers else annals.told.copy()
        return told

    def _best(self, rows: Ints, top: int) -> Ints:
        scores = self.view.annals.scores[rows]
        return np.sort(rows[np.lexsort((rows, -scores))[:top]])

    def _tell(self, rows: Ints) -> list[Answer]:
        return [self.event(line.row) for line in self.view.annals.lines(rows)]

    def event(self, row: int) -> Answer:
        """One event."""
        line, e = self.view.annals.line(row), self.events_table[row]
        return {
            "name": hexed(e[V_NAME]), "day": line.day, "kind": int(line.kind), "kind_name": line.kind.name,
            "who": hexed(e[V_WHO]) if e[V_WHO] else None, "whom": hexed(e[V_WHOM]) if e[V_WHOM] else None,
            "place": hexed(e[V_PLACE]) if e[V_PLACE] else None, "at": self._bay_named(int(e[V_PLACE])), "text": line.sentence,
            "weight": round(line.score, 3), "cause": hexed(e[V_CAUSE]) if e[V_CAUSE] else None,
        }  # fmt: skip

    def _bay_named(self, name: int) -> list[int] | None:
        serial = self.view.serial_of_bay.get(name, -1)
        return self._at(serial) if serial >= 0 else None

    def _at(self, bay: int) -> list[int] | None:
        found: list[int] | None = self.view.bays[bay].tolist() if 0 <= bay < len(self.view.bays) else None
        return found

    # ---- somebody or something -----------------------------------------------------------------------------------------

    @cached_property
    def _rows(self) -> dict[str, dict[int, int]]:
        return {t: {int(n): i for i, n in enumerate(self.view.table(t)[:, c])} for t, c in NAMES.items()}

    def _find(self, name: int) -> tuple[str, int] | None:
        signed = name - (1 << 64) if name >> 63 else name
        return next(((t, rows[signed]) for t, rows in self._rows.items() if signed in rows), None)

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
        found = self._find(name)
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
        e = self.events_table
        about = self._told(spoilers) & ((e[:, V_WHO] == signed) | (e[:, V_WHOM] == signed))
        if table == "foremen":
            about |= self._told(spoilers) & (e[:, V_PLACE] == signed)
        return {
            "name": hexed(signed), "called": self.called(table, signed), "what": WHAT[table], "facts": facts, "born": born,
            "died": died, "at": self._at(bay), "events": self._tell(self._best(np.flatnonzero(about), LIFE_MOST)),
            "path": table in ("persons", "units", "wanderers"),
        }  # fmt: skip

    Told = tuple[list[tuple[str, Any]], int | None, int | None, int]

    def _person(self, serial: int, p: NDArray[Any]) -> Told:
        persons, villages = self.view.table("persons"), self.view.table("villages")
        died = int(p[PE_DIED]) if p[PE_DIED] >= 0 else None
        facts: list[tuple[str, Any]] = [("sex", "female" if p[PE_FEMALE] else "male")]
        for label, column in (("mother", PE_MOTHER), ("father", PE_FATHER)):
            facts.append((label, spoken(int(persons[p[column], PE_NAME])) if p[column] >= 0 else "not known"))
        children = persons[(persons[:, PE_MOTHER] == serial) | (persons[:, PE_FATHER] == serial), PE_NAME]
        if len(children):
            names = ", ".join(spoken(int(n)) for n in children[:12])
            facts.append(("children", f"{len(children)}: {names}{' ...' if len(children) > 12 else ''}"))
        age = ((died if died is not None else self.view.last) - int(p[PE_BORN])) // YEAR
        facts.append(("age" if died is None else "age at death", f"{age:,} years"))
        v = int(p[PE_VILLAGE])
        bay = int(villages[v, VI_BAY]) if 0 <= v < len(villages) else -1
        if bay >= 0:
            facts.append(("lives in" if died is None else "lived in", spoken_place(int(villages[v, VI_NAME]))))
        return facts, int(p[PE_BORN]) if p[PE_BORN] >= 0 else None, died, bay

    def _village(self, serial: int, v: NDArray[Any]) -> Told:
        villages, foremen = self.view.table("villages"), self.view.table("foremen")
        ended = int(v[VI_ENDED]) if v[VI_ENDED] >= 0 else None
        facts: list[tuple[str, Any]] = [("in the bay", spoken_place(int(foremen[v[VI_BAY], F_NAME])))]
        if v[VI_PARENT] >= 0:
            facts.append(("founded from", spoken_place(int(villages[v[VI_PARENT], VI_NAME]))))
        if ended is None:
            facts.append(("people", f"{int(v[VI_PEOPLE]):,}"))
        daughters = villages[villages[:, VI_PARENT] == serial, VI_NAME]
        if len(daughters):
            facts.append(("daughters", ", ".join(spoken_place(int(n)) for n in daughters[:12])))
        return facts, int(v[VI_FOUNDED]), ended, int(v[VI_BAY])

    def _unit(self, serial: int, u: NDArray[Any]) -> Told:
        del serial
        villages = self.view.table("villages")
        ended = int(u[UN_ENDED]) if u[UN_ENDED] >= 0 else None
        fate = {Fate.HUNTING: "hunts", Fate.KILLED: "destroyed", Fate.STOOD_DOWN: "stood down"}
        facts: list[tuple[str, Any]] = [
            ("level", int(u[UN_LEVEL])), ("made of", f"{int(u[UN_MASS]):,} cells"),
            ("sent against", spoken_place(int(villages[u[UN_VILLAGE], VI_NAME]))),
            ("fate", fate[Fate(int(u[UN_FATE]))] if u[UN_FATE] in set(Fate) else "not known"),
        ]  # fmt: skip
        return facts, int(u[UN_MADE]), ended, int(u[UN_BAY])

    def _wanderer(self, serial: int, w: NDArray[Any]) -> Told:
        del serial
        e = self.events_table
        name = int(w[WA_NAME])
        kinds = e[(e[:, V_WHO] == name) | (e[:, V_WHOM] == name), V_KIND]
        counts = (
            ("villages found", EventKind.VILLAGE_FOUND), ("people tested", EventKind.PERSON_TESTED), ("shots", EventKind.SHOT),
            ("escorts", EventKind.ESCORT_BEGUN), ("escorts that arrived", EventKind.ESCORT_ARRIVED),
            ("times broken", EventKind.WANDERER_DORMANT),
        )  # fmt: skip
        came = e[(e[:, V_KIND] == EventKind.WANDERER_CAME) & (e[:, V_WHO] == name), V_DAY]
        facts: list[tuple[str, Any]] = [(label, f"{int((kinds == kind).sum()):,}") for label, kind in counts]
        return facts, int(came[0]) if len(came) else None, None, int(w[WA_BAY])

    def _bay(self, serial: int, f: NDArray[Any]) -> Told:
        foremen, schools = self.view.table("foremen"), self.view.table("schools")
        works = self.view.table("works")
        facts: list[tuple[str, Any]] = [("foreman", spoken(int(f[F_NAME])))]
        if f[F_PARENT] >= 0:
            facts.append(("sent by", spoken_place(int(foremen[f[F_PARENT], F_NAME]))))
        if 0 <= f[F_SCHOOL] < len(schools):
            facts.append(("school", spoken_place(int(schools[f[F_SCHOOL], N_NAME]))))
        facts.append(("children", f"{int((foremen[:, F_PARENT] == serial).sum()):,}"))
        facts.append(("works", f"{int(((works[:, W_FOREMAN] == serial) & (works[:, W_KIND] < K_DEMOLITION)).sum()):,}"))
        facts.append(("obeys", Allegiance(int(self.overlays.allegiance(self.view.last)[serial])).name.lower()))
        for number, n in enumerate(np.flatnonzero(schools[:, N_FOUNDER] == serial).tolist()):
            ever = int((foremen[:, F_SCHOOL] == n).sum())
            school = f"the school {spoken_place(int(schools[n, N_NAME]))} of {ever:,} bays"
            facts.append(("founded" if number == 0 else "and", school))
        gone = self.overlays.releases
        released = gone[gone[:, V_WHO] == f[F_NAME], V_DAY]
        return facts, int(f[F_BORN]), int(released[0]) if len(released) else None, serial

    def _school(self, serial: int, s: NDArray[Any]) -> Told:
        bays = int((self.view.table("foremen")[:, F_SCHOOL] == serial).sum())
        return [("bays", f"{bays:,}")], int(s[N_FOUNDED]), None, int(s[N_FOUNDER])

    # ---- ways ----------------------------------------------------------------------------------------------------------

    def path(self, name: int, first: int = 0, last: int | None = None, spoilers: bool = False) -> Answer | None:
        """Where a person, a unit or a wanderer was from which day on, as the chronicle tells; None: nobody of this name."""
        found = self._find(name)
        if found is None:
            return None
        table, serial = found
        row = self.view.table(table)[serial]
        stays: list[tuple[int, int]] = []  # day, bay
        if table == "units":
            village = int(self.view.table("villages")[row[UN_VILLAGE], VI_BAY])
            stays = [(int(row[UN_MADE]), int(row[UN_BAY])), (int(row[UN_ARRIVES]), village)]
            stays = [s for s in stays if row[UN_ENDED] < 0 or s[0] <= row[UN_ENDED]]
        elif table in ("persons", "wanderers"):
            e, signed = self.events_table, int(row[NAMES[table]])
            rows = ((e[:, V_WHO] == signed) | (e[:, V_WHOM] == signed)) & (e[:, V_PLACE] != 0) & self._told(spoilers)
            rows &= ~np.isin(e[:, V_KIND], (*ELSEWHERE, EventKind.MIGRATION, EventKind.GATHERED, EventKind.LOCUS_LOST))
            if table == "persons":
                rows &= e[:, V_WHO] == signed  # a child may be born in another place than its mother's
            stays = [(int(d), self.view.serial_of_bay.get(int(p), -1)) for d, p in e[rows][:, [V_DAY, V_PLACE]]]
            moved = np.isin(e[:, V_KIND], (EventKind.MIGRATION, EventKind.GATHERED)) & (e[:, V_WHO] == signed)
            villages = self._rows["villages"]
            for day, to in e[moved][:, [V_DAY, V_WHOM]].tolist():
                if to in villages:
                    stays.append((day, int(self.view.table("villages")[villages[to], VI_BAY])))
            if table == "wanderers":
                stays.append((self.view.last, int(row[WA_BAY])))
        end = self.view.last if last is None else last
        days: list[int] = []
        bays: list[int] = []
        for day, bay in sorted(s for s in stays if s[1] >= 0 and s[0] <= end):
            if not bays or bays[-1] != bay:
                days.append(day)
                bays.append(bay)
        kept = max(0, sum(d <= first for d in days) - 1)  # where they were already when it begins
        return {"days": days[kept:], "at": [self._at(b) for b in bays[kept:]]}

    def _figures(self, day: int, x: int, y: int, z: int, reach: int) -> list[Answer]:
        """Who stands at the end of a day within reach of a place, the nearest first, at most FIGURES_MOST."""
        foremen, middle = self.view.table("foremen"), np.array([x, y, z])
        found = figures(self.view.table, self.view.ledger, self.view.last, day, (x, y, z), reach)
        found.sort(key=lambda f: (abs(f.x - x) + abs(f.y - y) + abs(f.z - z), f))
        tables = {"person": "persons", "unit": "units", "wanderer": "wanderers"}
        answers = []
        for f in found[:FIGURES_MOST]:
            at = np.array([f.x, f.y, f.z])
            if int(np.square(at - middle).sum()) <= reach * reach:
                owner = self._owner(f.x, f.y, f.z)
                bay = hexed(foremen[owner, F_NAME]) if owner >= 0 else None
                called = self.called(tables[f.what], f.name)
                answers.append({"what": f.what, "name": hexed(f.name), "called": called, "at": [f.x, f.y, f.z], "bay": bay})
        return answers

    def _owner(self, x: int, y: int, z: int) -> int:
        from ..lots import owner_of_lot

        city = self.view.city
        return int(owner_of_lot(city.keys, city.slots, city.owners, x >> 4, y >> 4, z >> 4))

    # ---- curves and names ----------------------------------------------------------------------------------------------

    def curves(self, spoilers: bool = False) -> Answer:
        """One number a year of what is drawn under the time bar."""
        s = self.view.table("series")
        works = self.view.table("works")
        begun = np.bincount(np.clip(works[:, W_START] // YEAR, 0, len(s)), minlength=len(s) + 1).cumsum()
        columns = {
            "year": Y_YEAR, "population": Y_PEOPLE, "villages": Y_VILLAGES, "units": Y_HUNTING,
            "safeguard_bays": Y_SAFEGUARD_BAYS, "authority_bays": Y_AUTHORITY_BAYS, "known_carriers": Y_KNOWN_CARRIERS,
            "loci": Y_LOCI,
        } | ({"carriers": Y_CARRIERS} if spoilers else {})  # fmt: skip
        found: Answer = {name: s[:, c].tolist() for name, c in columns.items()}
        found["loci"] = np.bitwise_count(s[:, Y_LOCI]).tolist()
        alert = s[:, Y_ALERT] / 65536  # log2(1 + alert) is what the hazards read, in sixteenths of 4
        found["alert"] = np.clip(np.log2(1 + np.maximum(alert, 0)) / 4, 0, 1).round(4).tolist()
        found["healthy_bays"] = (s[:, Y_BAYS] - s[:, Y_SAFEGUARD_BAYS] - s[:, Y_AUTHORITY_BAYS]).tolist()
        found["works"] = begun[: len(s)].tolist()
        return found

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
            return self._at(int(villages[row[PE_VILLAGE], VI_BAY])) if 0 <= row[PE_VILLAGE] < len(villages) else None
        column = {"villages": VI_BAY, "units": UN_BAY, "wanderers": WA_BAY, "schools": N_FOUNDER}.get(table)
        return self._at(serial if column is None else int(row[column]))

    # ---- one cell ------------------------------------------------------------------------------------------------------

    def pick(self, day: int, origin: tuple[float, ...], direction: tuple[float, ...], reach: float) -> Answer | None:
        """What a ray meets, who laid it and when, who sent them, and what happened there; None: it meets nothing."""
        view = self.view
        hit = look(view.ledger, day, origin, direction, reach)
        origin_of = view.ledger.provenance(*hit.cell, day) if hit else None
        if hit is None or origin_of is None:
            return None
        bay = view.serial_of_bay[origin_of.foreman]
        place = self._owner(*hit.cell)
        place_name = int(view.table("foremen")[place if place >= 0 else bay, F_NAME])
        e = self.events_table
        here = np.flatnonzero(self._told(False) & (e[:, V_PLACE] == place_name) & (e[:, V_DAY] <= day))
        names = [{"name": hexed(n), "called": spoken_place(n)} for n in origin_of.ancestors[:ANCESTORS_MOST]]
        return {
            "cell": list(hit.cell), "distance": hit.distance, "face": hit.face, "material": int(hit.material),
            "work": {"serial": origin_of.work, "kind": WorkKind(origin_of.kind).name}, "laid": origin_of.day_laid,
            "vanishes": self._vanishes(hit.cell, origin_of.work, day),
            "foreman": {"name": hexed(origin_of.foreman), "called": spoken(origin_of.foreman), "serial": bay},
            "ancestors": names, "generations": len(origin_of.ancestors),
            "school": {
                "name": hexed(origin_of.school), "called": spoken_place(origin_of.school), "founded": origin_of.founded_on,
            },
            "allegiance": Allegiance(int(self.overlays.allegiance(day)[place if place >= 0 else bay])).name,
            "events": self._tell(self._best(here, HERE_MOST)),
        }  # fmt: skip

    def _vanishes(self, cell: tuple[int, int, int], work: int, day: int) -> int | None:
        """The day on which a cell of a work goes: known on the last day, or found between, for it goes once."""
        ledger = self.view.ledger

        def stands(on: int) -> bool:
            return ledger.cell(*cell, on) != 0 and int(ledger._memory().out[0]) == work

        low, high = day, self.view.last
        if stands(high):
            gone = int(ledger._memory().out[3])
            return gone if gone < NEVER else None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if stands(middle) else (low, middle)
        return high

    def words(self) -> dict[str, str]:
        """The words of the powers."""
        return dict(self.view.library.speaker.words)

    def kinds(self) -> list[Answer]:
        """Kinds of events: number, what it is called, whether it is a secret."""
        return [{"number": int(k), "name": told.caption, "spoiler": told.spoiler} for k, told in KINDS.items()]


__all__ = ["EVENTS_MOST", "History", "hexed"]
