"""What the page may ask of places: where somebody was, who stands near, who laid a cell and what happened there."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..ground.codes import Allegiance, EventKind, WorkKind
from ..ground.tables import Events, Foremen, Units, Villages, Wanderers
from ..matter.fold import NEVER
from ..matter.standing import figures
from ..words.names import spoken, spoken_place
from .cards import NAMES, Cards
from .events import Answer, Chronicle, hexed
from .eye import look
from .overlays import ELSEWHERE, Overlays
from .view import View

FIGURES_MOST = 400
ANCESTORS_MOST = 12
HERE_MOST = 12  # events told beside a cell


class Places:
    """The places of a view. Any thread may ask."""

    def __init__(self, view: View, events: Chronicle, cards: Cards, overlays: Overlays) -> None:
        self.view, self.events, self.cards, self.overlays = view, events, cards, overlays
        self.figures = lru_cache(64)(self._figures)

    def path(self, name: int, first: int = 0, last: int | None = None, spoilers: bool = False) -> Answer | None:
        """Where a person, a unit or a wanderer was from which day on, as the chronicle tells; None: nobody of this name."""
        found = self.cards.find(name)
        if found is None:
            return None
        table, serial = found
        row = self.view.table(table)[serial]
        stays: list[tuple[int, int]] = []  # day, bay
        if table == "units":
            stays = [(int(row[Units.made]), int(row[Units.bay])), (int(row[Units.arrives]), int(row[Units.goal]))]
            stays = [s for s in stays if row[Units.ended] < 0 or s[0] <= row[Units.ended]]
        elif table in ("persons", "wanderers"):
            e, signed = self.events.table, int(row[NAMES[table]])
            rows = (
                ((e[:, Events.who] == signed) | (e[:, Events.whom] == signed))
                & (e[:, Events.place] != 0)
                & self.events.told(spoilers)
            )
            rows &= ~np.isin(e[:, Events.kind], (*ELSEWHERE, EventKind.MIGRATION, EventKind.GATHERED, EventKind.LOCUS_LOST))
            if table == "persons":
                rows &= e[:, Events.who] == signed  # a child may be born in another place than its mother's
            stays = [(int(d), self.view.serial_of_bay.get(int(p), -1)) for d, p in e[rows][:, [Events.day, Events.place]]]
            moved = np.isin(e[:, Events.kind], (EventKind.MIGRATION, EventKind.GATHERED)) & (e[:, Events.who] == signed)
            villages = self.cards.rows["villages"]
            for day, to in e[moved][:, [Events.day, Events.whom]].tolist():
                if to in villages:
                    stays.append((day, int(self.view.table("villages")[villages[to], Villages.bay])))
            if table == "wanderers":
                stays.append((self.view.last, int(row[Wanderers.bay])))
        end = self.view.last if last is None else last
        days: list[int] = []
        bays: list[int] = []
        for day, bay in sorted(s for s in stays if s[1] >= 0 and s[0] <= end):
            if not bays or bays[-1] != bay:
                days.append(day)
                bays.append(bay)
        kept = max(0, sum(d <= first for d in days) - 1)  # where they were already when it begins
        return {"days": days[kept:], "at": [self.view.middle_of(b) for b in bays[kept:]]}

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
                bay = hexed(foremen[owner, Foremen.name]) if owner >= 0 else None
                called = self.cards.called(tables[f.what], f.name)
                answers.append({"what": f.what, "name": hexed(f.name), "called": called, "at": [f.x, f.y, f.z], "bay": bay})
        return answers

    def _owner(self, x: int, y: int, z: int) -> int:
        from ..land.lots import owner_of_lot

        city = self.view.city
        return int(owner_of_lot(city, x >> 4, y >> 4, z >> 4))

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
        place_name = int(view.table("foremen")[place if place >= 0 else bay, Foremen.name])
        e = self.events.table
        here = np.flatnonzero(self.events.told(False) & (e[:, Events.place] == place_name) & (e[:, Events.day] <= day))
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
            "events": self.events.tell(self.events.best(here, HERE_MOST)),
        }  # fmt: skip

    def _vanishes(self, cell: tuple[int, int, int], work: int, day: int) -> int | None:
        """The day on which a cell of a work goes: known on the last day, or found between, for it goes once."""
        ledger = self.view.ledger

        def stands(on: int) -> bool:
            return ledger.trace(*cell, on).work == work

        low, high = day, self.view.last
        if stands(high):
            gone = ledger.trace(*cell, high).vanishes_on
            return gone if gone < NEVER else None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if stands(middle) else (low, middle)
        return high


__all__ = ["FIGURES_MOST", "Places"]
