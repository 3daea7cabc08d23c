"""What follows from the tables: owners of lots, lists of works by sector, calendars. A resume begins here.

Works were registered, on the day they were laid, by the owners of that day; so claims, releases and works are replayed in
the order of days: on each day first what was claimed and released, then what was laid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ground.dates import set_due
from ..ground.tables import (
    C_DAY,
    C_FOREMAN,
    C_M,
    C_N,
    C_RELEASE,
    C_X,
    C_Y,
    C_Z,
    F_ASKED,
    F_DUE,
    L_DAY,
    L_NEXT,
    PE_DIED,
    PE_VILLAGE,
    RING,
    VI_ENDED,
    W_FLAGS,
    W_START,
    Z_CHUNKS,
    Z_CLAIMS,
    Z_FOREMEN,
    Z_PERSONS,
    Z_PLAN,
    Z_PLAN_FREE,
    Z_SECTORS,
    Z_VILLAGES,
    Z_WORKS,
)
from ..ground.world import HOMES_MONTH, HOMES_VILLAGE
from ..land.lots import SECTOR_LOTS, place_sector, take_lots
from ..matter.index import register
from ..society.allegiance import empty_fronts, link_front
from ..society.people import day_of_month, day_of_year, link
from ..words.kernel import NOTHING, i4m, i4v, i8, i8m, i8v, kernel

if TYPE_CHECKING:
    from .state import City


@kernel(i8(i8v, i4v, i4m, i8m, i8m, i4m, i8v, i4m, i4m, i8v, i8, i8, i8, i8), entry=True)
def replay(keys, slots, owners, foremen, claims, heads, filled, chunks, works, sizes, claim, work, claim_end, work_end):
    """Replay claims and works from the given serials on. Returns claim << 32 | work where room ran out, or the ends."""
    while claim < claim_end or work < work_end:
        if work >= work_end or (claim < claim_end and claims[claim, C_DAY] <= works[work, W_START]):
            if sizes[Z_SECTORS] + 48 > owners.shape[0] or 2 * (sizes[Z_SECTORS] + 48) > keys.shape[0]:
                break
            got = take_lots(
                keys, slots, owners, sizes[Z_SECTORS], claims[claim, C_FOREMAN], claims[claim, C_X], claims[claim, C_Y],
                claims[claim, C_Z], claims[claim, C_N], claims[claim, C_M], claims[claim, C_RELEASE],
            )  # fmt: skip
            sizes[Z_SECTORS] += got & 0xFFFFFFFF
            claim += 1
        else:
            if sizes[Z_CHUNKS] + 4096 > chunks.shape[0] or sizes[Z_SECTORS] > heads.shape[0]:
                break
            clip = int(works[work, W_FLAGS]) >> 8
            used = register(keys, slots, owners, foremen, heads, filled, chunks, works, sizes[Z_CHUNKS], work, clip)
            sizes[Z_CHUNKS] = used >> 1
            work += 1
    return (claim << 32) | work


@kernel(NOTHING(i8m, i4v, i4m, i8), entry=True)
def fill_calendar(foremen, calendar, links, n):
    """Hang every foreman that is due some day into its bucket."""
    for i in range(n):
        day = foremen[i, F_DUE]
        foremen[i, F_DUE] = -1
        set_due(foremen, calendar, links, i, day)


@kernel(NOTHING(i4m, i4v, i8), entry=True)
def fill_ring(plan, ring, n):
    """Hang every planned work into the bucket of its day."""
    for i in range(1, n + 1):
        day = int(plan[i, L_DAY])
        if day >= 0:
            plan[i, L_NEXT] = ring[day & (RING - 1)]
            ring[day & (RING - 1)] = i


@kernel(NOTHING(i8m, i8m, i8m, i4m, i4m, i4v, i4v, i4m, i8v), entry=True)
def fill_homes(foremen, persons, villages, kin, estates, homes, fronts, borders, sizes):
    """Put the living in the lists of their village and their day, villages and bays in that of their day or month."""
    for v in range(sizes[Z_VILLAGES]):
        if villages[v, VI_ENDED] < 0:
            link(estates, homes, v, HOMES_MONTH + day_of_month(villages, v), 0)
    for p in range(sizes[Z_PERSONS]):
        if persons[p, PE_DIED] < 0:
            link(kin, homes, p, HOMES_VILLAGE + persons[p, PE_VILLAGE], 0)
            link(kin, homes, p, day_of_year(persons, p), 2)
    for n in range(sizes[Z_FOREMEN]):
        if foremen[n, F_ASKED] >= 0:
            link_front(foremen, fronts, borders, n)


@kernel(NOTHING(i8v, i4v, i8v, i4v), entry=True)
def move_keys(keys, slots, to_keys, to_slots):
    """Enter all sectors of one table in another."""
    for h in range(keys.shape[0]):
        if keys[h] != 0:
            place_sector(to_keys, to_slots, keys[h], slots[h])


def rehash(keys: NDArray[np.int64], slots: NDArray[np.int32], length: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """A longer sector table with the same entries."""
    to_keys = np.zeros(length, np.int64)
    kept = slots[len(keys) :]  # the places of lots beyond the sides of bays
    to_slots = np.concatenate([np.zeros(length, np.int32), kept])
    move_keys(keys, slots, to_keys, to_slots)
    return to_keys, to_slots


def reindex(city: City) -> None:
    """Rebuild owners, lists of works and calendars of a city whose tables are in place."""
    z = city.sizes
    full = bool(city.scenario.works)
    sectors = max(1024, int(z[Z_CLAIMS]) * 4)
    z[Z_SECTORS] = 0
    z[Z_CHUNKS] = 1
    length = 1024
    while length < 3 * sectors:
        length *= 2
    city.keys = np.zeros(length, np.int64)
    city.slots = np.zeros(length, np.int32)
    city.owners = np.zeros((sectors, SECTOR_LOTS), np.int32)
    city.heads = np.zeros((sectors if full else 1, 3), np.int32)
    city.filled = np.zeros(sectors if full else 1, np.int64)
    city.chunks = np.zeros((max(8192, int(z[Z_WORKS])) if full else 1, 16), np.int32)
    claim = work = 0
    claim_end, work_end = int(z[Z_CLAIMS]), int(z[Z_WORKS])
    while True:
        got = int(
            replay(
                city.keys, city.slots, city.owners, city.foremen, city.claims, city.heads, city.filled, city.chunks,
                city.works, z, claim, work, claim_end, work_end,
            )  # fmt: skip
        )
        claim, work = got >> 32, got & 0xFFFFFFFF
        if claim == claim_end and work == work_end:
            break
        city.owners = _half_longer(city.owners, int(z[Z_SECTORS]) + 64)
        city.heads = _half_longer(city.heads, len(city.owners) if full else 1)
        city.filled = _half_longer(city.filled, len(city.owners) if full else 1)
        if 2 * len(city.owners) > len(city.keys):
            city.keys, city.slots = rehash(city.keys, city.slots, 2 * len(city.keys))
        city.chunks = _half_longer(city.chunks, int(z[Z_CHUNKS]) + 8192 if full else 1)
    city.calendar = np.full(RING, -1, np.int32)
    city.links = np.full((len(city.foremen), 2), -1, np.int32)
    fill_calendar(city.foremen, city.calendar, city.links, int(z[Z_FOREMEN]))
    city.kin = np.full((len(city.persons), 4), -1, np.int32)
    city.estates = np.full((len(city.villages), 2), -1, np.int32)
    city.homes = np.full(HOMES_VILLAGE + len(city.villages), -1, np.int32)
    city.fronts = empty_fronts()
    city.borders = np.full((len(city.foremen), 2), -1, np.int32)
    fill_homes(
        city.foremen, city.persons, city.villages, city.kin, city.estates, city.homes, city.fronts, city.borders, z
    )
    city.ring = np.zeros(RING, np.int32)
    z[Z_PLAN_FREE] = 0
    fill_ring(city.plan, city.ring, int(z[Z_PLAN]))


def _half_longer(array: NDArray[Any], least: int) -> NDArray[Any]:
    if len(array) >= least:
        return array
    longer = np.zeros((max(least, len(array) * 3 // 2), *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer
