"""What follows from the tables: owners of lots, lists of works by sector, calendars. A resume begins here.

Works were registered, on the day they were laid, by the owners of that day; so claims, releases and works are replayed in
the order of days: on each day first what was claimed and released, then what was laid.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..ground.city import FIELDS, Array, City, power_of_two
from ..ground.dates import set_due
from ..ground.digest import M128, rows_sum
from ..ground.tables import FRONTS, HOMES_MONTH, HOMES_VILLAGE, RING
from ..land.lots import rehash, take_lots
from ..matter.index import register
from ..society.allegiance import link_front
from ..society.people import day_of_month, day_of_year, link
from ..words.kernel import kernel


@kernel(entry=True)
def replay(city: City, claim: int, work: int, claim_end: int, work_end: int) -> tuple[int, int]:
    """Replay claims and works from the given serials on. Returns the claim and the work where room ran out, or the ends."""
    while claim < claim_end or work < work_end:
        if work >= work_end or (claim < claim_end and city.claims[claim].day <= city.works[work].start):
            if city.sizes.sectors + 48 > len(city.owners) or 2 * (city.sizes.sectors + 48) > len(city.keys):
                break
            entry = city.claims[claim]
            take_lots(city, entry.foreman, entry.x, entry.y, entry.z, entry.n, entry.m, entry.release)
            claim += 1
        else:
            if city.sizes.chunks + 4096 > len(city.chunks) or city.sizes.sectors > len(city.heads):
                break
            register(city, work)
            work += 1
    return claim, work


@kernel(entry=True)
def fill_calendar(city: City, n: int) -> None:
    """Hang every foreman that is due some day into its bucket."""
    for i in range(n):
        foreman = city.foremen[i]
        day = foreman.due
        foreman.due = -1
        set_due(city, i, day)


@kernel(entry=True)
def fill_ring(city: City, n: int) -> None:
    """Hang every planned work into the bucket of its day."""
    for i in range(1, n + 1):
        planned = city.plan[i]
        day = int(planned.day)
        if day >= 0:
            planned.next = city.ring[day & (RING - 1)]
            city.ring[day & (RING - 1)] = i


@kernel(entry=True)
def fill_homes(city: City) -> None:
    """Put the living in the lists of their village and their day, villages and bays in that of their day or month."""
    for v in range(city.sizes.villages):
        if city.villages[v].ended < 0:
            link(city, city.estates, v, HOMES_MONTH + day_of_month(city, v), 0)
    for p in range(city.sizes.persons):
        person = city.persons[p]
        if person.died < 0:
            link(city, city.kin, p, HOMES_VILLAGE + person.village, 0)
            link(city, city.kin, p, day_of_year(city, p), 2)
    for n in range(city.sizes.foremen):
        if city.foremen[n].asked >= 0:
            link_front(city, n)


def rebuild(city: City) -> None:
    """Owners, lists of works and calendars from the tables alone."""
    sizes = city.sizes
    full = bool(city.scenario.works)
    sizes.sectors, sizes.chunks, sizes.plan_free = 0, 1, 0
    sectors = max(1024, 4 * int(sizes.claims))
    city.blank("keys", power_of_two(3 * sectors))
    city.blank("slots", len(city.keys))
    city.blank("owners", sectors)
    city.blank("heads", sectors if full else 1)
    city.blank("filled", sectors if full else 1)
    city.blank("chunks", max(8192, int(sizes.works)) if full else 1)
    claim = work = 0
    ends = int(sizes.claims), int(sizes.works)
    while (claim, work) != ends:
        claim, work = replay(city, claim, work, *ends)
        if (claim, work) != ends:
            _make_longer(city, full)
    for name, rows in (
        ("calendar", RING), ("ring", RING), ("links", len(city.foremen)), ("borders", len(city.foremen)),
        ("kin", len(city.persons)), ("estates", len(city.villages)), ("homes", HOMES_VILLAGE + len(city.villages)),
        ("fronts", 2 * FRONTS),
    ):  # fmt: skip
        city.blank(name, rows)
    city.fronts[FRONTS:] = 0
    fill_calendar(city, int(sizes.foremen))
    fill_homes(city)
    fill_ring(city, int(sizes.plan))


def _make_longer(city: City, full: bool) -> None:
    """The replay has come to the end of some array."""
    if len(city.owners) < city.sizes.sectors + 64:
        city.grow("owners", len(city.owners) * 3 // 2)
    if full:
        city.grow("heads", len(city.owners))
        city.grow("filled", len(city.owners))
        if len(city.chunks) < city.sizes.chunks + 8192:
            city.grow("chunks", max(int(city.sizes.chunks) + 8192, len(city.chunks) * 3 // 2))
    if 2 * len(city.owners) > len(city.keys):
        rehash(city, 2 * len(city.keys))


def load(city: City, day: int, tables: dict[str, Array], told: Iterable[Array] | None = None) -> None:
    """Let a city take over the tables of a stored state, and rebuild all that follows from them.

    told    the events, in pieces; None: they are among the tables
    An array that nobody else has a view of is not copied but becomes the city's own.
    """
    city.day = day
    city.sizes.words[:] = 0
    full = city.scenario.works != 0
    for name in REGISTERS:
        rows = tables[name]
        least = 1024 if name != "works" or full else 1
        word = FIELDS[name].word
        whole = rows.dtype == word and rows.flags.c_contiguous and rows.flags.owndata and rows.flags.writeable
        if whole and len(rows) >= least:
            city.put(name, rows)
        else:
            city.blank(name, max(len(rows), least))
            city.array(name)[: len(rows)] = rows
        setattr(city.sizes, name, len(tables[name]))
    city.put("tally", np.array(tables["tally"], np.int64).reshape(-1))
    city.put("powers", np.array(tables["powers"], np.int64).reshape(-1))
    events = total = 0
    for rows in (tables["events"],) if told is None else told:
        events += len(rows)
        total = (total + rows_sum("events", np.asarray(rows, np.int64))) & M128
    city.sizes.events_before = events
    city.hashed = {"events": (events, total)}
    pending = tables["plan"]
    city.blank("plan", len(pending) + (1024 if full else 1))
    city.plan[1 : len(pending) + 1] = pending
    city.sizes.plan = len(pending)
    rebuild(city)


REGISTERS = (
    "foremen", "charters", "schools", "claims", "series", "works", "shots", "persons", "villages", "units", "wanderers",
    "reigns",
)  # fmt: skip
__all__ = ["load", "rebuild", "replay"]
