"""The state of a city: its tables, their growth, `digest()` and `check()`.

Registers are matrices of integers that are longer than what is in use (`sizes`); a kernel that finds one too short
returns before the day, and `make_room` makes it longer. Everything that is not a table (the sector table of owners, the
lists of works, the calendars) follows from the tables and is rebuilt from them by `rebuild`.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import E_REPAIR, I_INFECTED, P_RELEASED, Allegiance, Fate
from ..ground.scenario import Scenario, knob_vector
from ..ground.tables import (
    C_LOTS,
    C_RELEASE,
    F_ALLEGIANCE,
    F_ASKED,
    F_DUE,
    F_HALTED,
    F_HEIGHT,
    F_LOTS,
    F_NAME,
    F_NODE,
    F_PARENT,
    F_PHASE,
    F_PITCH,
    F_SCHOOL,
    F_VILLAGE,
    L_DAY,
    L_ERRAND,
    L_NEXT,
    N_EVER,
    N_LIVING,
    PE_DIED,
    PE_FATHER,
    PE_HAPLOTYPE_A,
    PE_HAPLOTYPE_B,
    PE_HEALTH,
    PE_MOTHER,
    PE_NAME,
    PE_VILLAGE,
    PO_AUTHORITY_BAYS,
    PO_BIRTHS,
    PO_DEATHS_AGE,
    PO_DEATHS_EXPOSED,
    PO_ERA_DAY,
    PO_EXTINCT,
    PO_HALTED,
    PO_HUNTING,
    PO_LOCKED,
    PO_LOCUS0,
    PO_LOCUS5,
    PO_MASS_HUNTING,
    PO_MASS_RETURNED,
    PO_MASS_RUBBLE,
    PO_MASS_TAKEN,
    PO_NODES,
    PO_OBEYED_SINCE,
    PO_OVERRIDDEN,
    PO_OVERRIDE_BAY,
    PO_OVERRIDE_PERSON,
    PO_OVERRIDE_SINCE,
    PO_PEOPLE,
    PO_PURGED,
    PO_RELAPSED,
    PO_RESTORED,
    PO_SAFEGUARD_BAYS,
    PO_SPREAD_SINCE,
    PO_STRUCK,
    PO_VILLAGES,
    RING,
    T_DIED,
    T_LOTS,
    T_SCHOOLS,
    TABLES,
    UN_FATE,
    UN_MASS,
    VI_BAY,
    VI_CARRIERS,
    VI_ENDED,
    VI_INFECTED,
    VI_PEOPLE,
    W_START,
    Z_CHARTERS,
    Z_CHUNKS,
    Z_CLAIMS,
    Z_EVENTS,
    Z_EVENTS_BEFORE,
    Z_FOREMEN,
    Z_PERSONS,
    Z_PLAN,
    Z_SCHOOLS,
    Z_SECTORS,
    Z_SERIES,
    Z_SHOTS,
    Z_UNITS,
    Z_VILLAGES,
    Z_WANDERERS,
    Z_WORKS,
    Charters,
    Claims,
    Events,
    Foremen,
    Persons,
    Plan,
    Powers,
    Schools,
    Series,
    Shots,
    Sizes,
    Tally,
    Units,
    Villages,
    Wanderers,
    Works,
)
from ..ground.world import HOMES_VILLAGE, PLANNED_BY_PEOPLE, headroom
from ..land.lots import SEATS
from ..laws.replication import PROPOSAL
from ..society.allegiance import empty_fronts
from ..words.declare import columns

Array = NDArray[Any]
# Tables that are equal in full and outline mode; `works` and the queue `plan` exist in full mode alone.
LAW_TABLES = (
    "foremen", "charters", "schools", "claims", "shots", "persons", "villages", "units", "wanderers", "powers", "events",
    "series", "tally",
)  # fmt: skip
MATTER_TABLES = ("works", "plan")
APPENDED = ("works", "charters", "claims", "shots", "events", "series")  # rows never change once written
FRAMED = ("foremen", "schools", "persons", "villages", "units", "wanderers", "powers", "plan", "tally")  # whole, at a commit
M64 = (1 << 64) - 1
SECTORS_AT_ONCE = 1 << 14  # whose owners are counted together: a city has hundreds of thousands
NOT_YET = (  # columns of the powers that begin with -1
    PO_ERA_DAY, PO_STRUCK, PO_OVERRIDE_SINCE, PO_OVERRIDE_BAY, PO_OVERRIDE_PERSON, PO_OVERRIDDEN, PO_OBEYED_SINCE,
    PO_RESTORED, PO_RELAPSED, PO_EXTINCT, PO_LOCKED, PO_SPREAD_SINCE, PO_PURGED,
)  # fmt: skip


class City:
    """One city on one day. `day` is the first day that has not been lived yet; matter is seen at the end of `day - 1`."""

    def __init__(self, scenario: Scenario, room: int = 1 << 10) -> None:
        self.scenario = scenario
        self.day = 0
        self.knobs = knob_vector(scenario)
        full = scenario.works != 0
        self.sizes = np.zeros(len(columns(Sizes)), np.int64)
        self.tally = np.zeros(len(columns(Tally)), np.int64)
        self.foremen = np.zeros((room, len(columns(Foremen))), np.int64)
        self.charters = np.zeros((room, len(columns(Charters))), np.int64)
        self.schools = np.zeros((room, len(columns(Schools))), np.int64)
        self.claims = np.zeros((room, len(columns(Claims))), np.int64)
        self.orders = np.array(scenario.shots, np.int64).reshape(-1, len(columns(Shots)) - 1)
        self.shots = np.zeros((room, len(columns(Shots))), np.int64)
        self.persons = np.zeros((room, len(columns(Persons))), np.int64)
        self.villages = np.zeros((room, len(columns(Villages))), np.int64)
        self.units = np.zeros((room, len(columns(Units))), np.int64)
        self.wanderers = np.zeros((8, len(columns(Wanderers))), np.int64)
        self.powers = np.zeros((1, len(columns(Powers))), np.int64)
        self.powers[0, list(NOT_YET)] = -1
        self.events = np.zeros((room, len(columns(Events))), np.int64)
        self.series = np.zeros((room, len(columns(Series))), np.int64)
        self.works = np.zeros((room if full else 1, len(columns(Works))), np.int32)
        self.plan = np.zeros((room if full else 1, len(columns(Plan))), np.int32)
        # What follows from the tables:
        self.keys = np.zeros(_power_of_two(2 * room), np.int64)
        self.slots = np.zeros(_power_of_two(2 * room), np.int32)
        self.owners = np.zeros((room, 64), np.int32)
        self.heads = np.zeros((room if full else 1, 3), np.int32)
        self.filled = np.zeros(room if full else 1, np.int64)
        self.chunks = np.zeros((room if full else 1, 16), np.int32)
        self.calendar = np.full(RING, -1, np.int32)
        self.links = np.full((room, 2), -1, np.int32)
        self.ring = np.zeros(RING, np.int32)
        self.kin = np.full((room, 4), -1, np.int32)
        self.estates = np.full((room, 2), -1, np.int32)
        self.homes = np.full(HOMES_VILLAGE + room, -1, np.int32)
        self.fronts = empty_fronts()
        self.borders = np.full((room, 2), -1, np.int32)
        # Working memory of one day:
        self.desk = np.zeros(16, np.int64)
        self.listed = np.zeros(room, np.int64)
        self.near = np.zeros(room + 8, np.int64)
        self.holed = np.zeros(room, np.int64)
        self.rows = np.zeros(room, np.int64)
        self.order = np.zeros(room, np.int64)
        self.gifts = np.zeros((6 * room, 3), np.int64)
        self.marks = np.zeros(room + 1, np.int64)
        self.reached = np.zeros((room, 3), np.int64)
        self.proposals = np.zeros((room, PROPOSAL), np.int64)
        self.sizes[Z_CHUNKS] = 1
        self._sums: dict[str, tuple[int, int]] = {}  # digests of appended tables: rows seen, sum of their hashes

    # ---- time --------------------------------------------------------------------------------------------------------

    def advance(self, end: int) -> int:
        """Live all days before `end`. Returns the day reached, which is `end`."""
        assert len(self.owners), "this city can only be looked at"
        while self.day < end:
            self.day = self.attempt(end)
            if self.day < end:
                self.make_room()
        return self.day

    def attempt(self, end: int) -> int:
        """Live days until `end` or until an array is too short; returns the day reached."""
        from .tick import days

        return int(
            days(
                self.keys, self.slots, self.owners, self.foremen, self.charters, self.schools, self.claims,
                self.orders, self.shots, self.persons, self.villages, self.units, self.wanderers, self.powers,
                self.events, self.series, self.calendar, self.links, self.plan, self.ring, self.sizes,
                self.knobs, self.tally, self.heads, self.filled, self.chunks, self.works, self.kin,
                self.estates, self.homes, self.fronts, self.borders, self.marks, self.reached, self.desk, self.listed,
                self.near, self.holed, self.rows, self.order, self.gifts, self.proposals, self.day, end,
            )  # fmt: skip
        )

    def make_room(self) -> None:
        """Make longer whatever may be too short for the day that is due."""
        z = self.sizes
        due = int((self.foremen[: z[Z_FOREMEN], F_DUE] == self.day).sum())
        planned = repairs = 0
        holes = 0
        if self.scenario.works:
            today = self.plan[: z[Z_PLAN] + 1]
            today = today[today[:, L_DAY] == self.day]
            planned = len(today)
            repairs = int((today[:, L_ERRAND] == E_REPAIR).sum())
        for shot in (*self.scenario.shots, *self.shots[max(0, z[Z_SHOTS] - 64) : z[Z_SHOTS]]):
            if shot[0] in (self.day, self.day - 1):
                holes += 2 + (shot[5] // 16 + 2) * (shot[6] // 8 + 2) ** 2
        longest = int(self.heads[:, 2].max()) if len(self.heads) else 0
        planned += 8 * due
        works = (planned + 2 * holes) * 8 + (repairs + holes) * longest + holes
        self.foremen = _longer(self.foremen, z[Z_FOREMEN] + due + 1)
        self.links = _longer(self.links, len(self.foremen), fill=-1)
        self.borders = _longer(self.borders, len(self.foremen), fill=-1)
        self.marks = _longer(self.marks, len(self.foremen) + 1)
        self.reached = _longer(self.reached, len(self.foremen) + int(z[Z_VILLAGES]))
        self.charters = _longer(self.charters, z[Z_CHARTERS] + due + 1)
        self.schools = _longer(self.schools, z[Z_SCHOOLS] + due + 1)
        self.claims = _longer(self.claims, z[Z_CLAIMS] + 2 * due + 2)
        told, persons, villages, units = (int(n) for n in headroom(self.powers, self.knobs, z, self.fronts, self.day))
        self.events = _longer(self.events, z[Z_EVENTS] + 6 * due + 2 * holes + 2 + told)
        self.shots = _longer(self.shots, z[Z_SHOTS] + len(self.orders) + len(self.wanderers) + 1)
        self.persons = _longer(self.persons, z[Z_PERSONS] + persons + 1)
        self.kin = _longer(self.kin, len(self.persons), fill=-1)
        self.villages = _longer(self.villages, z[Z_VILLAGES] + villages + 1)
        self.estates = _longer(self.estates, len(self.villages), fill=-1)
        self.homes = _longer(self.homes, HOMES_VILLAGE + len(self.villages), fill=-1)
        self.units = _longer(self.units, z[Z_UNITS] + units + 1)
        self.series = _longer(self.series, z[Z_SERIES] + 2)
        sectors = int(z[Z_SECTORS]) + 48 * (due + 1)
        self.owners = _longer(self.owners, sectors)
        if 2 * sectors > len(self.keys):
            self._rehash(_power_of_two(3 * sectors))
        self.slots = _longer(self.slots, len(self.keys) + SEATS * len(self.foremen))
        listed = 0
        if self.scenario.works:
            self.plan = _longer(self.plan, z[Z_PLAN] + 1280 * (due + 1) + holes + PLANNED_BY_PEOPLE + 2)
            self.heads = _longer(self.heads, sectors)
            self.filled = _longer(self.filled, sectors)
            self.works = _longer(self.works, z[Z_WORKS] + works + 1)
            self.chunks = _longer(self.chunks, z[Z_CHUNKS] + 64 * works + 1)
            listed = longest + works + 4096  # a while without another call
            self.holed = _longer(self.holed, 48 * listed if holes else 0)
        rows = 2 * (due + planned + holes) + 8 + int(z[Z_PERSONS]) + int(z[Z_VILLAGES])
        self.listed = _longer(self.listed, listed)
        self.near = _longer(self.near, max(len(self.listed) + 8, rows))
        self.rows = _longer(self.rows, rows)
        self.order = _longer(self.order, rows)
        self.proposals = _longer(self.proposals, due)
        self.gifts = _longer(self.gifts, 6 * len(self.proposals))

    # ---- reading -----------------------------------------------------------------------------------------------------

    def table(self, name: str) -> Array:
        """The rows in use of a table (a view; of the plan a copy of its pending rows, whose order means nothing)."""
        z = self.sizes
        if name == "tally":
            return self.tally.reshape(1, -1)
        if name == "plan":
            rows = self.plan[1 : z[Z_PLAN] + 1]
            rows = rows[rows[:, L_DAY] >= 0]
            rows[:, L_NEXT] = 0
            return rows
        lengths = {
            "works": Z_WORKS, "foremen": Z_FOREMEN, "charters": Z_CHARTERS, "schools": Z_SCHOOLS, "claims": Z_CLAIMS,
            "events": Z_EVENTS, "series": Z_SERIES, "shots": Z_SHOTS, "persons": Z_PERSONS, "villages": Z_VILLAGES,
            "units": Z_UNITS, "wanderers": Z_WANDERERS,
        }  # fmt: skip
        whole: Array = getattr(self, name)
        return whole[: z[lengths[name]]] if name in lengths else whole

    def column(self, name: str, column: str) -> Array:
        """One column of a table, by its declared name."""
        number = next(c.number for c in columns(TABLES[name]) if c.name == column)
        return self.table(name)[:, number]

    @property
    def bays(self) -> int:
        """Bays that have not been released."""
        return int(self.sizes[Z_FOREMEN] - self.tally[T_DIED])

    def memory(self) -> dict[str, int]:
        """Bytes of every array that grows with the city."""
        names = (
            "works", "chunks", "heads", "filled", "owners", "keys", "slots", "foremen", "links", "charters", "schools",
            "claims", "plan", "events", "series", "persons", "villages", "units", "kin", "marks", "reached", "borders",
        )  # fmt: skip
        return {name: getattr(self, name).nbytes for name in names}

    # ---- digests -----------------------------------------------------------------------------------------------------

    def digests(self) -> dict[str, str]:
        """A 128-bit digest of every table: the sum of keyed hashes of its rows, whatever their order (hexadecimal)."""
        names = LAW_TABLES + (MATTER_TABLES if self.scenario.works else ())
        return {name: f"{self._table_sum(name):032x}" for name in names}

    def digest(self) -> str:
        """Digest of the whole state and of the day. Run length, commits and memory do not enter."""
        return self._combine(self.digests())

    def law_digest(self) -> str:
        """Digest of every table but the works: equal in full and outline mode."""
        return self._combine({name: f"{self._table_sum(name):032x}" for name in LAW_TABLES})

    def _combine(self, parts: dict[str, str]) -> str:
        text = f"{self.day}\n" + "\n".join(f"{name} {digest}" for name, digest in sorted(parts.items()))
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def _table_sum(self, name: str) -> int:
        if name not in APPENDED:
            return rows_sum(name, self._named(name, 0))
        seen, total = self._sums.get(name, (0, 0))
        offset = int(self.sizes[Z_EVENTS_BEFORE]) if name == "events" else 0
        rows = len(self.table(name)) + offset
        if rows > seen:
            total = (total + rows_sum(name, self._named(name, seen - offset))) & ((1 << 128) - 1)
            self._sums[name] = (rows, total)
        return total

    def _named(self, name: str, first: int) -> Array:
        """Rows from `first` on, with serials of foremen, charters and schools replaced by their names."""
        rows = self.table(name)[first:].astype(np.int64)
        for c in columns(TABLES[name]):
            if c.col.refers:
                serials = rows[:, c.number]
                names = self.table(c.col.refers)[:, 0]
                known = serials >= 0
                rows[known, c.number] = names[serials[known]]
        return rows

    def forget_events(self) -> None:
        """Drop the events in memory, once they are written and in the digest; no law reads them."""
        self._table_sum("events")
        self.sizes[Z_EVENTS_BEFORE] += self.sizes[Z_EVENTS]
        self.sizes[Z_EVENTS] = 0

    def forget_owners(self) -> None:
        """Let go of what only the laws ask for: who owns each lot. From then on the city can only be looked at."""
        self.owners = np.zeros((0, 64), np.int32)
        self._rehash(_power_of_two(2 * int(self.sizes[Z_SECTORS])))

    # ---- checks ------------------------------------------------------------------------------------------------------

    def check_changed(self) -> None:
        """Assert what is cheap to know at every commit: what was appended is in order, and counts add up."""
        where = f"day {self.day}, seed {self.scenario.seed}"
        seen = self._sums.get("works", (0, 0))[0]
        starts = self.table("works")[max(0, seen - 1) :, W_START]
        assert (np.diff(starts) >= 0).all(), f"{where}: the ledger is not in order"
        foremen = self.table("foremen")
        assert int((foremen[:, F_PHASE] != P_RELEASED).sum()) == self.bays, f"{where}: living bays miscounted"
        assert int(foremen[:, F_LOTS].sum()) == int(self.tally[T_LOTS]), f"{where}: the sum of lots is wrong"
        due = foremen[:, F_DUE]
        assert (due[due >= 0] >= self.day).all(), f"{where}: somebody was due and was not visited"

    def check(self) -> None:
        """Assert the invariants: names unique, parents known, lots owned once and as claimed, counts conserved."""
        where = f"day {self.day}, seed {self.scenario.seed}"
        foremen = self.table("foremen")
        names = foremen[:, F_NAME]
        assert len(np.unique(names)) == len(names), f"{where}: two foremen have one name"
        assert (names > 0).all(), f"{where}: a foreman has no name"
        serials = np.arange(len(foremen))
        assert (foremen[:, F_PARENT] < serials).all(), f"{where}: a foreman is older than its parent"
        living = foremen[:, F_PHASE] != P_RELEASED
        assert int(living.sum()) == self.bays, f"{where}: {living.sum()} bays live, {self.bays} were counted"
        assert (foremen[~living, F_LOTS] == 0).all(), f"{where}: a released bay owns lots"
        owned = np.zeros(len(foremen), np.int64)
        for first in range(0, int(self.sizes[Z_SECTORS]), SECTORS_AT_ONCE):
            owners = self.owners[first : min(first + SECTORS_AT_ONCE, int(self.sizes[Z_SECTORS]))]
            owned += np.bincount(owners.ravel(), minlength=len(foremen) + 1)[1:]
        wrong = np.nonzero(owned != foremen[:, F_LOTS])[0]
        assert len(wrong) == 0, f"{where}: foreman {names[wrong[0]]} owns other lots than it counts"
        assert int(self.tally[T_LOTS]) == int(foremen[:, F_LOTS].sum()), f"{where}: the sum of lots is wrong"
        due = foremen[:, F_DUE]
        assert (due[(due >= 0)] >= self.day).all(), f"{where}: somebody was due and was not visited"
        assert (foremen[:, F_PITCH] % 16 == 0).all() and (foremen[:, F_HEIGHT] % 16 == 0).all(), (
            f"{where}: a bay of broken lots"
        )
        assert np.abs(foremen[:, 1:4]).max(initial=0) < 1 << 23, f"{where}: a bay beyond the edge of coordinates"
        schools = self.table("schools")
        counts = np.bincount(foremen[living, F_SCHOOL], minlength=len(schools))
        assert (counts == schools[:, N_LIVING]).all(), f"{where}: a school miscounts its bays"
        assert int(schools[:, N_EVER].sum()) == len(foremen), f"{where}: a bay without a school"
        assert int((schools[:, N_LIVING] > 0).sum()) == int(self.tally[T_SCHOOLS]), f"{where}: living schools miscounted"
        starts = self.table("works")[:, W_START]
        assert (np.diff(starts) >= 0).all(), f"{where}: the ledger is not in order"
        claims = self.table("claims")
        gained = np.where(claims[:, C_RELEASE] == 0, claims[:, C_LOTS], -claims[:, C_LOTS])
        assert int(gained.sum()) == int(self.tally[T_LOTS]), f"{where}: claims and releases do not add up"
        self._check_people(where)

    def _check_people(self, where: str) -> None:
        """Assert that nobody is lost: people by village, births less deaths, loci, bays by allegiance, matter of units."""
        powers = self.powers[0]
        foremen, persons, villages = self.table("foremen"), self.table("persons"), self.table("villages")
        living = foremen[:, F_PHASE] != P_RELEASED
        for allegiance, counted in ((Allegiance.SAFEGUARD, PO_SAFEGUARD_BAYS), (Allegiance.AUTHORITY, PO_AUTHORITY_BAYS)):
            bays = int((living & (foremen[:, F_ALLEGIANCE] == allegiance)).sum())
            assert bays == powers[counted], f"{where}: {bays} bays obey {allegiance.name}, {powers[counted]} were counted"
        assert int(foremen[:, F_NODE].sum()) == powers[PO_NODES], f"{where}: nodes miscounted"
        asked = foremen[:, F_ASKED]
        assert ((asked < 0) | (living & (asked >= self.day))).all(), f"{where}: a bay that should have been asked"
        assert int((living & (foremen[:, F_HALTED] > 0)).sum()) == powers[PO_HALTED], f"{where}: halted bays miscounted"
        names = persons[:, PE_NAME]
        assert len(np.unique(names)) == len(names), f"{where}: two people have one name"
        alive = persons[:, PE_DIED] < 0
        assert int(alive.sum()) == powers[PO_PEOPLE], f"{where}: {alive.sum()} people live, {powers[PO_PEOPLE]} were counted"
        born = persons[:, PE_MOTHER] >= 0
        assert int(born.sum()) == powers[PO_BIRTHS], f"{where}: births miscounted"
        deaths = int(powers[PO_DEATHS_AGE : PO_DEATHS_EXPOSED + 1].sum())
        assert len(persons) - deaths == powers[PO_PEOPLE], f"{where}: births and deaths do not add up"
        serials = np.arange(len(persons))
        parents = persons[:, [PE_MOTHER, PE_FATHER]].max(axis=1, initial=-1)
        assert (parents < serials).all(), f"{where}: a child is older than a parent"
        shown = persons[:, PE_HAPLOTYPE_A] | persons[:, PE_HAPLOTYPE_B]
        for locus in range(PO_LOCUS5 - PO_LOCUS0 + 1):
            bearers = int((alive & ((shown >> locus) & 1 == 1)).sum())
            assert bearers == powers[PO_LOCUS0 + locus], f"{where}: bearers of locus {locus} miscounted"
        residents = np.bincount(persons[alive, PE_VILLAGE], minlength=len(villages))
        assert (residents == villages[:, VI_PEOPLE]).all(), f"{where}: a village miscounts its people"
        infected = np.bincount(persons[alive & (persons[:, PE_HEALTH] == I_INFECTED), PE_VILLAGE], minlength=len(villages))
        assert (infected == villages[:, VI_INFECTED]).all(), f"{where}: a village miscounts its infected"
        whole = (1 << self.scenario.gene_loci) - 1
        carriers = np.bincount(persons[alive & (shown & whole == whole), PE_VILLAGE], minlength=len(villages))
        assert (carriers == villages[:, VI_CARRIERS]).all(), f"{where}: a village miscounts its carriers"
        standing = villages[:, VI_ENDED] < 0
        assert int(standing.sum()) == powers[PO_VILLAGES], f"{where}: villages miscounted"
        homes = foremen[villages[standing, VI_BAY], F_VILLAGE]
        assert (homes == np.flatnonzero(standing)).all(), f"{where}: a bay does not know its village"
        hunting = self.table("units")[:, UN_FATE] == Fate.HUNTING
        assert int(hunting.sum()) == powers[PO_HUNTING], f"{where}: units miscounted"
        mass = int(powers[[PO_MASS_RUBBLE, PO_MASS_RETURNED, PO_MASS_HUNTING]].sum())
        assert mass == powers[PO_MASS_TAKEN], f"{where}: {powers[PO_MASS_TAKEN]} cells were taken, {mass} are accounted for"
        mass = int(self.table("units")[hunting, UN_MASS].sum())
        assert mass == powers[PO_MASS_HUNTING], f"{where}: {mass} cells hunt, {powers[PO_MASS_HUNTING]} were counted"

    # ---- rebuilding --------------------------------------------------------------------------------------------------

    def load(self, day: int, tables: dict[str, Array], told: Iterable[Array] | None = None) -> None:
        """Take over the tables of a stored state and rebuild all that follows from them.

        told    the events, in pieces; None: they are among the tables
        An array that nobody else has a view of is not copied but becomes the city's own.
        """
        self.day = day
        z = self.sizes
        z[:] = 0
        for name, length in (
            ("foremen", Z_FOREMEN), ("charters", Z_CHARTERS), ("schools", Z_SCHOOLS), ("claims", Z_CLAIMS),
            ("series", Z_SERIES), ("works", Z_WORKS), ("shots", Z_SHOTS), ("persons", Z_PERSONS),
            ("villages", Z_VILLAGES), ("units", Z_UNITS), ("wanderers", Z_WANDERERS),
        ):  # fmt: skip
            rows = tables[name]
            kind = np.int32 if name == "works" else np.int64
            least = 1024 if name != "works" or self.scenario.works else 1
            whole = rows.dtype == kind and rows.flags.c_contiguous and rows.flags.owndata and rows.flags.writeable
            if not whole or len(rows) < least:
                room = np.zeros((max(len(rows), least), rows.shape[1]), kind)
                room[: len(rows)] = rows
                rows = room
            setattr(self, name, rows)
            z[length] = len(tables[name])
        self.tally = np.array(tables["tally"], np.int64).reshape(-1).copy()
        self.powers = np.array(tables["powers"], np.int64).reshape(1, -1).copy()
        events = total = 0
        for rows in (tables["events"],) if told is None else told:
            events += len(rows)
            total = (total + rows_sum("events", np.asarray(rows, np.int64))) & ((1 << 128) - 1)
        z[Z_EVENTS_BEFORE] = events
        self._sums = {"events": (events, total)}
        pending = tables["plan"]
        self.plan = np.zeros((len(pending) + (1024 if self.scenario.works else 1), len(columns(Plan))), np.int32)
        self.plan[1 : len(pending) + 1] = pending
        z[Z_PLAN] = len(pending)
        self.rebuild()

    def rebuild(self) -> None:
        """Owners, lists of works and calendars from the tables alone."""
        from .rebuild import reindex

        reindex(self)

    def _rehash(self, length: int) -> None:
        from .rebuild import rehash

        self.keys, self.slots = rehash(self.keys, self.slots, length)


def rows_sum(table: str, rows: Array) -> int:
    """Sum modulo 2^128 of the keyed hashes of rows (n, columns) of int64. Free of order; empty rows give 0."""
    if len(rows) == 0:
        return 0
    names = [c.name for c in columns(TABLES[table])]
    total = 0
    for lane in range(2):
        key = blake2b(f"{table}/{lane}/{','.join(names)}".encode(), digest_size=16).digest()
        h = np.full(len(rows), int.from_bytes(key[:8], "little"), np.uint64)
        odd = np.uint64(int.from_bytes(key[8:], "little") | 1)
        for c in range(rows.shape[1]):
            h ^= (
                rows[:, c].view(np.uint64)
                if rows.flags.c_contiguous and rows.dtype == np.int64
                else rows[:, c].astype(np.uint64)
            )
            h *= odd
            h ^= h >> np.uint64(29)
            h *= np.uint64(0xBF58476D1CE4E5B9)
            h ^= h >> np.uint64(32)
        low = int((h & np.uint64(0xFFFFFFFF)).sum(dtype=np.uint64)) + (int((h >> np.uint64(32)).sum(dtype=np.uint64)) << 32)
        total += low << (64 * lane)
    return total & ((1 << 128) - 1)


def _power_of_two(least: int) -> int:
    n = 16
    while n < least:
        n *= 2
    return n


def _longer(array: Array, least: int, fill: int = 0) -> Array:
    """The array, or a copy that is longer by a fifth or as long as is needed."""
    if len(array) >= least:
        return array
    length = max(int(least), len(array) + len(array) // 5 + 64)
    longer = np.zeros((length, *array.shape[1:]), array.dtype)
    if fill:
        longer[len(array) :] = fill
    longer[: len(array)] = array
    return longer


__all__ = ["APPENDED", "FRAMED", "LAW_TABLES", "MATTER_TABLES", "City", "rows_sum"]
