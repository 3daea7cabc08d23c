"""Standing bays by hand, each of one of three sides: healthy, of Safeguard, of the Authority; and people in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground.city import Array, City
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import FRONTS, HOMES_MONTH, HUMAN, IMPOSSIBLE, MONTH, TABLES, YEAR, Foremen
from megastructure.land.lots import SEATS
from megastructure.laws import struggle as law
from megastructure.society import allegiance as rule
from megastructure.society.people import add_person, day_of_month, link
from megastructure.society.reigns import begin_reign, join_reign
from megastructure.time.rebuild import rebuild
from megastructure.words.declare import columns

A, H, S = c.A_AUTHORITY, c.A_HEALTHY, c.A_SAFEGUARD
LETTERS = {"h": H, "S": S, "A": A, "N": A, "G": S}  # N: a node lives there; G: guards hold it
ERA = 100 * YEAR
OVERRIDE = 4712  # the name of the event with which all reigns of a scene began
STRIKE = 4711  # the name of the event by which all bays of a scene obey whom they obey
KEPT = ("foremen", "charters", "persons", "villages", "units", "wanderers", "powers", "shots", "tally", "reigns")


class Scene(City):
    """A small city by hand: plots of lots (x, y, z, width, height), each a standing bay; people are added by `settle`."""

    lots: dict[tuple[int, int, int], int]  # who owns each lot, for the twins

    def __init__(self, plots: Iterable[tuple[int, int, int, int, int]], names: Iterable[int], **knobs: int) -> None:
        plots = list(plots)
        super().__init__(
            Scenario(**{"seed": 7, "works": 0, "struggle_revision_percent": 0, **knobs}), room=max(400, len(plots) + 40)
        )
        self.grow("events", 4000)
        self.powers.era_day = ERA
        self.lots = {}
        for n, ((x, y, z, w, h), name) in enumerate(zip(plots, names)):
            bay = self.foremen[n]
            bay.name = name
            bay.corner[:] = 16 * x, 16 * y, 16 * z
            bay.pitch, bay.height = 16 * w, 16 * h
            bay.phase = c.P_STANDING
            bay.parent = bay.due = bay.village = bay.asked = -1
            bay.recognition = HUMAN
            self.claims[n, :] = 0, n, 0, x, y, z, w, h, w * w * h
            for at in np.ndindex(w, w, h):
                self.lots.setdefault((x + at[0], y + at[1], z + at[2]), n)
        self.sizes.foremen = self.sizes.claims = len(plots)
        rebuild(self)
        self.grow("slots", len(self.keys) + SEATS * len(plots))  # bays remember whom they stand beside, as in a real city

    # ---- what happens --------------------------------------------------------------------------------------------------

    def obey(self, letters: Iterable[str], day: int = ERA - MONTH) -> Scene:
        """Give each bay its side; if somebody is not healthy, clocks were set on this day."""
        for bay, letter in zip(self.each_bay(), letters):
            bay.allegiance = LETTERS[letter]
            bay.recognition = IMPOSSIBLE if LETTERS[letter] == S else HUMAN
            bay.node = letter == "N"
            bay.held_until = 10**8 if letter == "G" else 0
            bay.turned_by = 0 if letter == "h" else STRIKE
        sides = self.column("foremen", "allegiance")
        self.powers.safeguard_bays, self.powers.authority_bays = (sides == S).sum(), (sides == A).sum()
        if (sides != H).any():
            self.powers.spread_since = day
            for n in range(len(sides)):
                rule.watch(self, n, day)
        return self

    def settle(self, bay: int, name: int, haplotypes: Iterable[int]) -> int:
        """A village in a bay; residents with these loci. Returns its row."""
        v = int(self.sizes.villages)
        self.sizes.villages += 1
        village = self.villages[v]
        village.name, village.bay, village.ended = name, bay, -1
        self.foremen[bay].village = v
        link(self, self.estates, v, HOMES_MONTH + day_of_month(self, v), 0)
        self.powers.villages += 1
        for k, loci in enumerate(haplotypes):
            add_person(self, (name + 7919 * k) * 31 + 5, -1, -1, 0, 0, loci | HUMAN, loci | HUMAN, v, 0, 0)
        return v

    def reign(self, bays: Iterable[int], day: int = ERA) -> int:
        """A reign that began at the first of these bays, which obey the Authority and have been told to stop."""
        r = -1
        for n in bays:
            self.foremen[n].stop_bits = 7
            if r < 0:
                r = begin_reign(self, 0, n, OVERRIDE, day)
            assert join_reign(self, n, r, day)
        self.reigns[r].most = self.reigns[r].bays
        return r

    def month(self, day: int) -> None:
        """The struggle of one month."""
        law.struggle(self, day)

    def live(self, years: int, start: int = ERA) -> None:
        """The struggle of so many years."""
        for k in range(12 * years):
            self.month(start + k * MONTH)

    def set_clock(self, n: int, day: int) -> None:
        """Let the clock of a bay ring on this day."""
        rule.unwatch(self, n)
        self.foremen[n].asked = day
        rule.link_front(self, n)

    def forget_clocks(self) -> None:
        """Begin the lists of clocks anew, with nobody in them; the tables still say who is asked when."""
        self.blank("fronts", 2 * FRONTS)
        self.fronts[FRONTS:] = 0
        self.blank("borders", len(self.foremen))

    # ---- what is seen --------------------------------------------------------------------------------------------------

    def each_bay(self) -> list[Foremen]:
        """The rows of all bays."""
        return [self.foremen[n] for n in range(self.sizes.foremen)]

    def sides(self) -> dict[int, int]:
        """Whom each bay obeys, by its name."""
        return {int(bay.name): int(bay.allegiance) for bay in self.each_bay()}

    def watched(self) -> set[int]:
        """The names of all bays that have a clock."""
        return {int(bay.name) for bay in self.each_bay() if bay.asked >= 0}

    def told(self) -> list[tuple[int, ...]]:
        """All events, in order of their columns."""
        return sorted(tuple(int(v) for v in row) for row in self.table("events"))

    def neighbours(self, n: int) -> list[int]:
        """The owners of the lots beyond the middles of the six sides, by the description alone; -1: nobody."""
        bay = self.foremen[n]
        x, y, z, w, h = (int(cells) // 16 for cells in (*bay.corner, bay.pitch, bay.height))
        m = w // 2  # the lot that holds the middle of the plot
        beyond = [(x + w, y + m, z), (x - 1, y + m, z), (x + m, y + w, z), (x + m, y - 1, z), (x + m, y + m, z + h),
                  (x + m, y + m, z - 1)]  # fmt: skip
        return [self.lots.get(at, -1) for at in beyond]

    def check_clocks(self) -> None:
        """Each bay that will be asked is in the list of its month and in no other; links and counts are true."""
        asked = self.column("foremen", "asked")
        assert (asked[asked >= 0] % MONTH == 0).all()
        found: list[int] = []
        for k in range(FRONTS):
            n, before, length = int(self.fronts[k]), -1, 0
            while n >= 0:
                assert asked[n] // MONTH % FRONTS == k and self.borders[n, 0] == before
                found.append(n)
                n, before, length = int(self.borders[n, 1]), n, length + 1
            assert self.fronts[FRONTS + k] == length
        assert sorted(found) == np.flatnonzero(asked >= 0).tolist()

    def kept(self) -> dict[str, Array]:
        """Copies of the tables that a law may write, but of the events."""
        return {name: self.array(name).copy() for name in KEPT}

    def changed(self, before: dict[str, Array]) -> set[str]:
        """The columns ("powers.flips") in which tables differ from those `kept` before."""
        found = set()
        for name, old in before.items():
            differs = np.atleast_2d(old != self.array(name)).any(axis=0)
            found |= {f"{name}.{columns(TABLES[name])[k].name}" for k in np.flatnonzero(differs)}
        return found


# ---- what scenes are made of -------------------------------------------------------------------------------------------

SAME = [(48 * n) << 8 for n in range(1, 200)]  # names of the bays of a row


def row_of(letters: str, names: list[int] | None = None, **knobs: int) -> Scene:
    """Bays in a row from west to east."""
    scene = Scene([(3 * n, 0, 0, 3, 4) for n in range(len(letters))], names or SAME, **knobs)
    return scene.obey(letters)


def picture(scene: Scene) -> str:
    """Whom the bays obey, a letter each."""
    return "".join("hSA"[side] for side in scene.column("foremen", "allegiance"))


def packed(random: Any, size: int = 4) -> list[tuple[int, int, int, int, int]]:
    """Plots of different sizes that fill a block without a gap: columns of one width each, cut into levels of their own."""
    plots = []
    y = 0
    for _ in range(size):
        w = int(random.integers(3, 6))
        x = 0
        for _ in range(size):
            z = int(random.integers(-2, 3))
            for _ in range(size - 1):
                h = int(random.integers(4, 7))
                plots.append((x, y, z, w, h))
                z += h
            x += w
        y += w
    return plots
