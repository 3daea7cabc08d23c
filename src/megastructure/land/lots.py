"""The ground that is owned: lots of 16^3 cells, kept in sectors of 4^3 lots under one open-addressing table.

The world has no bounds. A sector exists once somebody claims a lot in it. Nothing here knows what matter is.

`keys` is the table, `slots` the row of `owners` that each key has. Behind the last of them `slots` has SEATS numbers for each
bay, which follow from the rest and are remembered once somebody has asked: for each side who owns the lot beyond it (less
than 0) or, while nobody does, where in `owners` it is (more than 0; it stays there); and whether the bay has been released.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ground.city import City, power_of_two
from ..ground.rng import MASK
from ..words.kernel import Int32Vector, IntVector, kernel

SECTOR_LOTS = 64
SEATS = 7
GONE = 6
UNSEEN = -2
BIAS = 1 << 19  # 20 bits hold sectors of |cell| < 2^25; bays keep to |cell| < 2^23 (ground/check.py)


def sectors_in_use(keys: NDArray[np.int64], slots: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Of every sector there is: its place (n, 3) x, y, z in sectors, and its row (n,)."""
    used = np.flatnonzero(keys)
    key = keys[used]
    return np.stack([key >> 40, key >> 20 & 0xFFFFF, key & 0xFFFFF], 1) - BIAS, slots[used]


@kernel
def sector_key(lx: int, ly: int, lz: int) -> int:
    """One number for the sector that holds a lot; never 0."""
    return (((lx >> 2) + BIAS) << 40) | (((ly >> 2) + BIAS) << 20) | ((lz >> 2) + BIAS)


@kernel
def lot_number(lx: int, ly: int, lz: int) -> int:
    """Which of the 64 lots of its sector."""
    return (lx & 3) | ((ly & 3) << 2) | ((lz & 3) << 4)


@kernel
def sector_hash(key: int, mask: int) -> int:
    """Where the search for a key begins."""
    h = ((int(key) & MASK) * 0x9E3779B1) & MASK
    h ^= ((int(key) >> 32) * 0x85EBCA77) & MASK
    h ^= h >> 15
    h = (h * 0x2C1B3C6D) & MASK
    return (h ^ (h >> 13)) & mask


@kernel
def find_sector(city: City, lx: int, ly: int, lz: int) -> int:
    """The slot of the sector of a lot, or -1 when nobody ever claimed there."""
    key = sector_key(lx, ly, lz)
    mask = len(city.keys) - 1
    h = sector_hash(key, mask)
    while city.keys[h] != 0:
        if city.keys[h] == key:
            return int(city.slots[h])
        h = (h + 1) & mask
    return -1


@kernel
def place_sector(keys: IntVector, slots: Int32Vector, key: int, slot: int) -> int:
    """The slot of a key; a new key gets `slot`."""
    mask = keys.shape[0] - 1
    h = sector_hash(key, mask)
    while keys[h] != 0:
        if keys[h] == key:
            return int(slots[h])
        h = (h + 1) & mask
    keys[h] = key
    slots[h] = slot
    return slot


@kernel(entry=True)
def owner_of_lot(city: City, lx: int, ly: int, lz: int) -> int:
    """Serial of the foreman that owns a lot, or -1."""
    s = find_sector(city, lx, ly, lz)
    if s < 0:
        return -1
    return int(city.owners[s, lot_number(lx, ly, lz)]) - 1


@kernel(entry=True)
def owner_of_seat(city: City, n: int, side: int) -> int:
    """Who owns the lot beyond a side of bay n, -1 for nobody; UNSEEN where neither owner nor lot is remembered."""
    kept = len(city.keys) + SEATS * n + side
    if kept >= len(city.slots):
        return UNSEEN
    seen = int(city.slots[kept])
    if seen < 0:
        owner = -1 - seen
        return owner if city.slots[len(city.keys) + SEATS * owner + GONE] == 0 else UNSEEN
    if seen == 0:
        return UNSEEN
    owner = int(city.owners[(seen - 1) >> 6, (seen - 1) & 63]) - 1
    if owner >= 0 and len(city.keys) + SEATS * owner + GONE < len(city.slots):
        city.slots[kept] = -1 - owner
    return owner


@kernel(entry=True)
def take_seat(city: City, n: int, side: int, lx: int, ly: int, lz: int) -> int:
    """`owner_of_lot`; where the lot is is remembered for a side of bay n, if there is room for it."""
    s = find_sector(city, lx, ly, lz)
    if s < 0:
        return -1
    i = lot_number(lx, ly, lz)
    kept = len(city.keys) + SEATS * n + side
    if kept < len(city.slots):
        city.slots[kept] = ((s << 6) | i) + 1
    return int(city.owners[s, i]) - 1


@kernel
def leave_seats(city: City, n: int) -> None:
    """Bay n has released its lots: who remembers it as the owner of one looks again."""
    gone = len(city.keys) + SEATS * n + GONE
    if gone < len(city.slots):
        city.slots[gone] = 1


@kernel(entry=True)
def owned_lots(city: City, lx: int, ly: int, lz: int, n: int, m: int, limit: int) -> int:
    """How many lots of a box (n x n x m lots) are owned; stops counting above `limit`."""
    busy = 0
    for sz in range(lz >> 2, ((lz + m - 1) >> 2) + 1):
        for sy in range(ly >> 2, ((ly + n - 1) >> 2) + 1):
            for sx in range(lx >> 2, ((lx + n - 1) >> 2) + 1):
                s = find_sector(city, sx << 2, sy << 2, sz << 2)
                if s < 0:
                    continue
                for z in range(max(lz, sz << 2), min(lz + m, (sz << 2) + 4)):
                    for y in range(max(ly, sy << 2), min(ly + n, (sy << 2) + 4)):
                        for x in range(max(lx, sx << 2), min(lx + n, (sx << 2) + 4)):
                            if city.owners[s, lot_number(x, y, z)] != 0:
                                busy += 1
                if busy > limit:
                    return busy
    return busy


@kernel(entry=True)
def take_lots(city: City, foreman: int, lx: int, ly: int, lz: int, n: int, m: int, release: int) -> int:
    """Claim the wild lots of a box for a foreman, or release those it holds. Returns how many."""
    sizes = city.sizes
    changed = 0
    for sz in range(lz >> 2, ((lz + m - 1) >> 2) + 1):
        for sy in range(ly >> 2, ((ly + n - 1) >> 2) + 1):
            for sx in range(lx >> 2, ((lx + n - 1) >> 2) + 1):
                s = place_sector(city.keys, city.slots, sector_key(sx << 2, sy << 2, sz << 2), sizes.sectors)
                if s == sizes.sectors:
                    sizes.sectors += 1
                for z in range(max(lz, sz << 2), min(lz + m, (sz << 2) + 4)):
                    for y in range(max(ly, sy << 2), min(ly + n, (sy << 2) + 4)):
                        for x in range(max(lx, sx << 2), min(lx + n, (sx << 2) + 4)):
                            i = lot_number(x, y, z)
                            if release == 0 and city.owners[s, i] == 0:
                                city.owners[s, i] = foreman + 1
                                changed += 1
                            elif release != 0 and city.owners[s, i] == foreman + 1:
                                city.owners[s, i] = 0
                                changed += 1
    return changed


@kernel(entry=True)
def move_keys(keys: IntVector, slots: Int32Vector, to_keys: IntVector, to_slots: Int32Vector) -> None:
    """Enter all sectors of one table in another."""
    for h in range(keys.shape[0]):
        if keys[h] != 0:
            place_sector(to_keys, to_slots, keys[h], slots[h])


def rehash(city: City, length: int) -> None:
    """Make the table of sectors so long; the places of lots beyond the sides of bays follow behind it."""
    to_keys = np.zeros(length, np.int64)
    to_slots = np.concatenate([np.zeros(length, np.int32), city.slots[len(city.keys) :]])
    move_keys(city.keys, city.slots, to_keys, to_slots)
    city.put("keys", to_keys)
    city.put("slots", to_slots)


def forget_owners(city: City) -> None:
    """Let go of what only the laws ask for: who owns each lot. From then on the city can only be looked at."""
    city.blank("owners", 0)
    rehash(city, power_of_two(2 * int(city.sizes.sectors)))
