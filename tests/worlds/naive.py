"""Plain twins of the engine, written from its rules and not from its code: slow, simple, and read by tests alone.

The eager twin carries out the works of a ledger as builders would, a day at a time and a cell at a time, in a dense box of
cells that bear marks: who holds the cell, since when it stands, who will take it away. It shares nothing with the ledger
but `pattern`. The other twins are a few lines of plain Python each: who owns a lot, where a work is registered, who wins a
contested claim.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.land.patterns import pattern
from megastructure.words.kernel import ByteVector, Int32Vector, IntMatrix, IntVector, kernel

Lot = tuple[int, int, int]
Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]

HERE = 31  # a pattern's answer without CUT and DRILL
NOBODY, NOT_YET, GIVEN_UP = -1, -1, -2


# ---- the eager twin ----------------------------------------------------------------------------------------------


@kernel(entry=True)
def cell_number(kind: int, scan: int, place: int, sx: int, sy: int, sz: int) -> tuple[int, int, int]:
    """The cell (rx, ry, rz) of its box that a work reaches as number `place`: the scan, run backwards."""
    if kind == c.K_PLATE and scan & 2:  # layer by layer along x, in a layer row by row, in a row upwards
        rx = place // (sy * sz)
        ry = place % (sy * sz) // sz
        rz = place % sz
        return (sx - 1 - rx if scan & 8 else rx), ry, rz
    if kind == c.K_PLATE and scan & 4:  # the same along y
        ry = place // (sx * sz)
        rx = place % (sx * sz) // sz
        rz = place % sz
        return rx, (sy - 1 - ry if scan & 8 else ry), rz
    rz = place // (sx * sy)  # floor by floor, from below or from above
    return place % sx, place % (sx * sy) // sx, (sz - 1 - rz if scan & 1 else rz)


@kernel(entry=True)
def carry_out(
    city: City,
    first: IntVector,
    lots: IntMatrix,
    low: IntVector,
    size: IntVector,
    last_day: int,
    clock: IntVector,
    active: IntVector,
    places: IntVector,
    stands: ByteVector,
    holder: Int32Vector,
    laid: Int32Vector,
    doom: Int32Vector,
    leaving: Int32Vector,
) -> None:
    """Carry the works out from the morning of day `clock[0]` to the evening of `last_day`.

    clock     the day, the next work to start, how many works are active
    stands    what is there (0: nothing); holder: the work that holds the cell; laid: the day on which it appeared;
    doom      the work that will take it away
    """
    while clock[0] <= last_day:
        today = clock[0]
        gone = 0
        # In the morning the works of the day start, in order.
        while clock[1] < city.sizes.works and city.works[clock[1]].start == today:
            w = clock[1]
            work = city.works[w]
            kind = int(work.kind)
            target = int(work.target) - 1
            wx, wy, wz = int(work.x), int(work.y), int(work.z)
            sx, sy, sz = int(work.sx), int(work.sy), int(work.sz)
            a, b = int(work.a), int(work.b)
            for k in range(first[w], first[w + 1]):
                for cell in range(4096):
                    x = 16 * lots[k, 0] + cell % 16
                    y = 16 * lots[k, 1] + cell // 16 % 16
                    z = 16 * lots[k, 2] + cell // 256
                    if not (wx <= x < wx + sx and wy <= y < wy + sy and wz <= z < wz + sz):
                        continue
                    if x < low[0] or y < low[1] or z < low[2]:
                        continue
                    if x - low[0] >= size[0] or y - low[1] >= size[1] or z - low[2] >= size[2]:
                        continue
                    p = ((z - low[2]) * size[1] + y - low[1]) * size[0] + x - low[0]
                    if kind == c.K_STOP:
                        if holder[p] == target and laid[p] == NOT_YET:
                            laid[p] = GIVEN_UP
                            leaving[gone] = p
                            gone += 1
                        if doom[p] == target:
                            doom[p] = NOBODY
                    elif kind == c.K_DEMOLITION or kind == c.K_UNBUILDING or kind == c.K_SHOT:
                        if stands[p] == 0 or doom[p] != NOBODY or (work.scope >> int(stands[p])) & 1 == 0:
                            continue
                        of = int(holder[p])
                        if kind == c.K_UNBUILDING and city.works[of].target > 0 and city.works[of].kind < c.K_DEMOLITION:
                            of = int(city.works[of].target) - 1  # a repair goes with what it repaired
                        if kind == c.K_UNBUILDING and of != target:
                            continue
                        if kind == c.K_SHOT:
                            away_x = abs(x - wx - a) if b != 0 else 0
                            away_y = abs(y - wy - a) if b != 1 else 0
                            away_z = abs(z - wz - a) if b != 2 else 0
                            if away_x * away_x + away_y * away_y + away_z * away_z > a * a:
                                continue
                        doom[p] = w
                    else:
                        genes = city.charters[int(work.charter)]
                        wanted = pattern(kind, x - wx, y - wy, z - wz, sx, sy, sz, a, b, genes, x, y, z)
                        if holder[p] == NOBODY:
                            if wanted != 0 and wanted & c.CUT == 0:
                                holder[p] = w
                                laid[p] = NOT_YET
                        elif stands[p] != 0 and doom[p] == NOBODY:
                            cuts = wanted & c.CUT != 0 and (c.SOFT >> int(stands[p])) & 1 == 1
                            drills = wanted & c.DRILL != 0 and (c.PLATING >> int(stands[p])) & 1 == 1
                            if cuts or drills:
                                stands[p] = wanted & HERE
            places[w] = 0
            active[clock[2]] = w
            clock[2] += 1
            clock[1] += 1
        # In the evening what was given up is free, and every active work has gone on to where it is at the end of the day.
        for k in range(gone):
            holder[leaving[k]] = NOBODY
            laid[leaving[k]] = NOT_YET
        still = 0
        for k in range(clock[2]):
            w = active[k]
            work = city.works[w]
            kind = int(work.kind)
            sx, sy, sz = int(work.sx), int(work.sy), int(work.sz)
            duration = int(work.duration)
            days_in = today - int(work.start)
            while places[w] < sx * sy * sz and places[w] * duration // (sx * sy * sz) <= days_in:
                rx, ry, rz = cell_number(kind, int(work.flags) & 255, places[w], sx, sy, sz)
                places[w] += 1
                x = int(work.x) + rx
                y = int(work.y) + ry
                z = int(work.z) + rz
                if x < low[0] or y < low[1] or z < low[2]:
                    continue
                if x - low[0] >= size[0] or y - low[1] >= size[1] or z - low[2] >= size[2]:
                    continue
                p = ((z - low[2]) * size[1] + y - low[1]) * size[0] + x - low[0]
                if kind >= c.K_DEMOLITION:
                    if doom[p] == w:
                        stands[p] = 0
                        holder[p] = NOBODY
                        laid[p] = NOT_YET
                        doom[p] = NOBODY
                elif holder[p] == w and laid[p] == NOT_YET:
                    genes = city.charters[int(work.charter)]
                    stands[p] = pattern(kind, rx, ry, rz, sx, sy, sz, int(work.a), int(work.b), genes, x, y, z) & HERE
                    laid[p] = today
            if places[w] < sx * sy * sz:
                active[still] = w
                still += 1
        clock[2] = still
        clock[0] += 1


class Eager:
    """A ledger carried out in a dense box; after `live(day)` the marks are those of the end of that day, as [z, y, x]."""

    def __init__(self, city: City, box: Box) -> None:
        self.city = city
        self.works = city.table("works")
        registered = registration(self.works, city.table("claims"), city.column("foremen", "school"))
        self.first = np.cumsum([0, *map(len, registered)]).astype(np.int64)
        self.lots = np.array([lot for lots in registered for lot in sorted(lots)], np.int64).reshape(-1, 3)
        self.low = np.array([low for low, _ in box], np.int64)
        self.size = np.array([high - low for low, high in box], np.int64)
        cells = int(self.size.prod())
        self.clock = np.zeros(3, np.int64)
        self.active = np.zeros(len(self.works), np.int64)
        self.places = np.zeros(len(self.works), np.int64)
        self.stands = np.zeros(cells, np.uint8)
        self.holder = np.full(cells, NOBODY, np.int32)
        self.laid = np.full(cells, NOT_YET, np.int32)
        self.doom = np.full(cells, NOBODY, np.int32)
        stops = self.works[self.works[:, t.Works.kind] == c.K_STOP, t.Works.size].astype(np.int64)
        self.leaving = np.zeros(int(stops.prod(1).sum()), np.int32)

    def live(self, last_day: int) -> None:
        carry_out(
            self.city, self.first, self.lots, self.low, self.size, last_day, self.clock, self.active, self.places, self.stands,
            self.holder, self.laid, self.doom, self.leaving,
        )  # fmt: skip

    def seen(self, marks: np.ndarray) -> np.ndarray:
        return marks.reshape(self.size[2], self.size[1], self.size[0])


# ---- who owns a lot, where a work is registered, who wins a claim --------------------------------------------------


def lots_of(x: int, y: int, z: int, wide: int, deep: int, high: int) -> set[Lot]:
    """The lots of a box that is given in lots."""
    return set(product(range(x, x + wide), range(y, y + deep), range(z, z + high)))


def lots_met(x: int, y: int, z: int, sx: int, sy: int, sz: int) -> set[Lot]:
    """The lots that a box of cells meets."""
    edges = [range(low // t.LOT, (low + size - 1) // t.LOT + 1) for low, size in ((x, sx), (y, sy), (z, sz))]
    return set(product(*edges))


def claim_or_release(owners: dict[Lot, int], row: np.ndarray) -> int:
    """Carry out one row of claims; returns the lots gained or set free."""
    who = int(row[t.Claims.foreman])
    box = lots_of(*(int(row[k]) for k in (t.Claims.x, t.Claims.y, t.Claims.z, t.Claims.n, t.Claims.n, t.Claims.m)))
    if row[t.Claims.release]:
        changed = {lot for lot in box if owners.get(lot) == who}
        for lot in changed:
            del owners[lot]
    else:
        changed = {lot for lot in box if lot not in owners}
        owners.update(dict.fromkeys(changed, who))
    return len(changed)


def owners_after(claims: np.ndarray) -> dict[Lot, int]:
    """Who owns each lot that is not wild, once all rows have been carried out."""
    owners: dict[Lot, int] = {}
    for row in claims:
        claim_or_release(owners, row)
    return owners


def registration(works: np.ndarray, claims: np.ndarray, school: np.ndarray) -> list[set[Lot]]:
    """The lots that each work may touch: decided on its first day, after the claims and releases of that day."""
    owners: dict[Lot, int] = {}
    claim = 0
    found: list[set[Lot]] = []
    boxes = [tuple(int(row[k]) for k in (t.Works.x, t.Works.y, t.Works.z, t.Works.sx, t.Works.sy, t.Works.sz)) for row in works]
    for w, row in enumerate(works):
        while claim < len(claims) and claims[claim, t.Claims.day] <= row[t.Works.start]:
            claim_or_release(owners, claims[claim])
            claim += 1
        me = int(row[t.Works.foreman])
        clip = int(row[t.Works.flags]) >> 8
        lots = lots_met(*boxes[w])
        if clip == c.CLIP_TARGET:
            lots &= found[int(row[t.Works.target]) - 1]
            if row[t.Works.scope]:
                lots &= lots_met(*boxes[int(row[t.Works.scope]) - 1])
        elif clip == c.CLIP_OWN:
            lots = {lot for lot in lots if owners.get(lot) == me}
        elif clip == c.CLIP_SCHOOL:
            lots = {lot for lot in lots if lot in owners and school[owners[lot]] == school[me]}
        else:
            lots = {lot for lot in lots if lot in owners}
        found.append(lots)
    return found


def winners(owned: set[Lot], proposals: dict[int, tuple[int, set[Lot]]]) -> set[int]:
    """Whose claims stand: name -> (draw, lots). A claim must have the lowest (draw, name) on each wild lot of its box."""
    best: dict[Lot, tuple[int, int]] = {}
    for name, (drawn, lots) in proposals.items():
        for lot in lots - owned:
            best[lot] = min(best.get(lot, (drawn, name)), (drawn, name))
    return {name for name, (drawn, lots) in proposals.items() if all(best[lot] == (drawn, name) for lot in lots - owned)}


def owners_of(city: City) -> dict[Lot, int]:
    """The owners as the engine keeps them, read without its help."""
    found: dict[Lot, int] = {}
    for key, slot in zip(city.keys, city.slots):
        if key:
            corner = [((int(key) >> shift) & 0xFFFFF) - (1 << 19) for shift in (40, 20, 0)]
            for number, owner in enumerate(city.owners[slot]):
                if owner:
                    place = (number % 4, number // 4 % 4, number // 16)
                    lot = tuple(4 * at + p for at, p in zip(corner, place))
                    found[lot] = int(owner) - 1  # type: ignore[index]
    return found


def lists_of(city: City) -> dict[Lot, list[int]]:
    """The works registered in each lot, in order, as the engine keeps them, read without its help."""
    found: dict[Lot, list[int]] = {}
    for key, slot in zip(city.keys, city.slots):
        if not key:
            continue
        corner = [((int(key) >> shift) & 0xFFFFF) - (1 << 19) for shift in (40, 20, 0)]
        chunk = int(city.heads[slot, 0])
        while chunk:
            for work, low, high in city.chunks[chunk, 1:].reshape(5, 3):
                mask = (int(low) & 0xFFFFFFFF) | (int(high) & 0xFFFFFFFF) << 32
                for number in range(64):
                    if work and mask >> number & 1:
                        place = (number % 4, number // 4 % 4, number // 16)
                        lot = tuple(4 * at + p for at, p in zip(corner, place))
                        found.setdefault(lot, []).append(int(work) - 1)  # type: ignore[arg-type]
            chunk = int(city.chunks[chunk, 0])
    return found
