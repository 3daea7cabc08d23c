"""A city from afar: every work as one to four boxes, with the days on which they rise and go.

A million works are a million boxes, and a picture of a city that is smaller than a palm needs no more: rails, ribs and
windows are missing, nothing else. The box of a kind is where most of its matter is (the patterns say where); it is cut to
the lots in which the work was registered, as the work itself is. Holes of shots and repairs are too small to be seen
from where boxes are looked at. A spiral stair leans against its pillar, and from afar it is that pillar: it has no box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import (
    CATWALK,
    CLIP_TARGET,
    HABITAT,
    K_BRIDGE,
    K_DEMOLITION,
    K_DWELLING,
    K_FACADE,
    K_LADDER,
    K_MASS,
    K_PILLAR,
    K_PIPE,
    K_PLATE,
    K_RING,
    K_STOP,
    K_TOWER,
    K_UNBUILDING,
    K_VIADUCT,
    K_ZIGZAG,
    LADDER,
    PILLAR,
    PIPE,
    SHELL,
    SLAB,
    STAIR,
    WALL,
)
from ..ground.tables import LOT, Charters, Works
from ..land.lots import sectors_in_use

if TYPE_CHECKING:
    from ..ground.city import City

Ints = NDArray[np.int64]
STANDS = 0xFFFFFFFF  # the day after the last, of what still stands


class Boxes(NamedTuple):
    """n boxes, the largest first (those of one size in the order of the ledger). Cells, days from the founding."""

    corner: Ints  # (n, 3) least x, y, z
    size: Ints  # (n, 3) along x, y, z, each at least 1
    first: Ints  # (n,) day on which it begins to rise
    after: Ints  # (n,) day from which it is gone; STANDS: it is not
    days: Ints  # (n,) of building: the share of them that is over is the share that stands; 0: all at once
    down: NDArray[np.bool_]  # (n,) whether it is built from above
    material: Ints  # (n,)
    foreman: Ints  # (n,) serial of whose work it is
    work: Ints  # (n,) serial

    def take(self, rows: Ints | NDArray[np.bool_]) -> Boxes:
        """These rows."""
        return Boxes._make(column[rows] for column in self)


def boxes(city: City) -> Boxes:
    """All works of a city as boxes, those that are gone too, the largest first."""
    works = city.table("works").astype(np.int64)
    corner, size, material, work = shapes(works, city.charters.matrix)
    first, after, days, down = _dates(works)
    low, high = _registered(city, len(works))
    end = np.minimum(corner + size, high[work])
    corner = np.maximum(corner, low[work])
    size = end - corner
    corner, size = _stopped(works, work, corner, size)
    seen = (size > 0).all(1) & (after[work] > first[work])
    made = Boxes(
        corner, size, first[work], after[work], days[work], down[work], material, works[work, Works.foreman], work,
    ).take(seen)  # fmt: skip
    return made.take(np.argsort(-made.size.prod(1), kind="stable"))


def standing(of: Boxes, day: int) -> Boxes:
    """The boxes that stand at the end of a day, cut to the share that is built by then."""
    of = of.take((of.first <= day) & (day < of.after))
    high = of.size[:, 2]
    share = np.where(of.days > 0, (day + 1 - of.first) * high // np.maximum(of.days, 1), high)
    risen = np.clip(share, 1, high)
    corner, size = of.corner.copy(), of.size.copy()
    corner[:, 2] += np.where(of.down, high - risen, 0)
    size[:, 2] = risen
    return of._replace(corner=corner, size=size)


# ---- where the matter of a kind is -------------------------------------------------------------------------------------


def shapes(works: Ints, charters: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Corners (n, 3), sizes (n, 3), materials and works of the boxes of a table of works, wherever they are registered."""
    shape = _Shapes(works, charters)
    _plates(shape, shape.of(K_PLATE))
    _pillars(shape, shape.of(K_PILLAR))
    _towers(shape, shape.of(K_TOWER))
    _facades(shape, shape.of(K_FACADE))
    _walks(shape)
    _small(shape)
    return shape.done()


class _Shapes:
    """Collects boxes of works; columns of works and of their charters are at hand for those who know the patterns."""

    def __init__(self, works: Ints, charters: Ints) -> None:
        self.works, self.charters = works, charters
        # A repair lays again what stands in the box of its work.
        self.whole = (works[:, Works.flags] >> 8 & 255) != CLIP_TARGET
        self.parts: list[tuple[Ints, Ints, Ints, Ints]] = []

    def of(self, kind: int) -> Ints:
        """The works of a kind, but for repairs."""
        return np.flatnonzero((self.works[:, Works.kind] == kind) & self.whole)

    def gene(self, work: Ints, column: int) -> Ints:
        """A gene of the charters of works."""
        genes: Ints = self.charters[self.works[work, Works.charter], column]
        return genes

    def add(self, work: Ints, low: list[Ints | int], high: list[Ints | int], material: Ints | int) -> None:
        """One box for each work: low and high corner (end not included) within the work's box, along x, y, z."""
        room = self.works[work, Works.size]
        least = np.clip(np.stack([np.broadcast_to(p, work.shape) for p in low], 1), 0, room)
        end = np.clip(np.stack([np.broadcast_to(p, work.shape) for p in high], 1), 0, room)
        some = (end > least).all(1)
        corner = self.works[work, Works.corner] + least
        self.parts.append((corner[some], (end - least)[some], np.broadcast_to(material, work.shape)[some], work[some]))

    def done(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Corners, sizes, materials, works."""
        corner, size, material, work = (np.concatenate(p).astype(np.int64) for p in zip(*self.parts))
        return corner, size, material, work


def _plates(shape: _Shapes, work: Ints) -> None:
    w = shape.works[work]
    sx, sy, sz = w[:, Works.size].T
    a = w[:, Works.a]
    ribs, shell = shape.gene(work, Charters.ribs), shape.gene(work, Charters.shell)
    plain, deck, bay = (work[m] for m in (a == 0, a == 1, a >= 2))
    p, d, o = (np.flatnonzero(m) for m in (a == 0, a == 1, a >= 2))
    shape.add(plain, [0, 0, ribs[p]], [sx[p], sy[p], (ribs + shell)[p]], SHELL)
    shape.add(deck, [0, 0, (ribs + shell - 2)[d]], [sx[d], sy[d], (ribs + shell)[d]], SLAB)
    # An open bay: only the pillar is carried through.
    b, half = w[o, Works.b], a[o] - 2
    x, y = sx[o] // 2 + (b >> 8 & 255) - 64, sy[o] // 2 + (b >> 16 & 255) - 64
    shape.add(bay, [x - half, y - half, 0], [x + half + 1, y + half + 1, sz[o]], PILLAR)


def _pillars(shape: _Shapes, work: Ints) -> None:
    w = shape.works[work]
    sx, sz, a, fin = w[:, Works.sx], w[:, Works.sz], w[:, Works.a], w[:, Works.b] & 255
    c, corbel = sx // 2, shape.gene(work, Charters.corbel)
    shape.add(work, [c - a, c - a, 0], [c + a + 1, c + a + 1, sz], PILLAR)
    wide, high = a + corbel // 2, corbel // 2
    capital = np.flatnonzero(corbel > 3)
    shape.add(
        work[capital], [(c - wide)[capital], (c - wide)[capital], (sz - high)[capital]],
        [(c + wide + 1)[capital], (c + wide + 1)[capital], sz[capital]], PILLAR,
    )  # fmt: skip
    # A fin is a triangle that is three times as high as it is long: half of it is the box of half its size.
    long, thick, top = a + fin // 2, 1 + (a >> 3), np.minimum(fin * 3 // 2, sz)
    f = np.flatnonzero(fin > 3)
    shape.add(
        work[f], [(c - long)[f], (c - thick)[f], 0], [(c + long + 1)[f], (c + thick + 1)[f], top[f]], PILLAR,
    )  # fmt: skip
    shape.add(
        work[f], [(c - thick)[f], (c - long)[f], 0], [(c + thick + 1)[f], (c + long + 1)[f], top[f]], PILLAR,
    )  # fmt: skip


def _towers(shape: _Shapes, work: Ints) -> None:
    """The outermost layer is relief. A tower that narrows by two cells or more is two boxes, each as wide as in its middle."""
    w = shape.works[work]
    sx, sy, sz = w[:, Works.size].T
    storeys = sz // np.maximum(shape.gene(work, Charters.storey), 1)
    most = np.maximum(0, np.minimum(sx, sy) // 2 - 4)
    inset = np.minimum(storeys // (2 + shape.gene(work, Charters.setback)), most)
    stepped = inset >= 2
    near, far = np.where(stepped, inset // 4, inset // 2), (3 * inset + 3) // 4
    half = np.where(stepped, sz // 2, sz)
    hangs = w[:, Works.a] == 1
    rest = np.flatnonzero(stepped)
    shape.add(
        work, [1 + near, 1 + near, np.where(hangs, sz - half, 0)],
        [sx - 1 - near, sy - 1 - near, np.where(hangs, sz, half)], WALL,
    )  # fmt: skip
    shape.add(
        work[rest], [(1 + far)[rest], (1 + far)[rest], np.where(hangs, 0, half)[rest]],
        [(sx - 1 - far)[rest], (sy - 1 - far)[rest], np.where(hangs, sz - half, sz)[rest]], WALL,
    )  # fmt: skip


def _facades(shape: _Shapes, work: Ints) -> None:
    w = shape.works[work]
    sx, sy, sz = w[:, Works.size].T
    b, storey = w[:, Works.b], np.maximum(shape.gene(work, Charters.storey), 1)
    along_x = sx >= sy
    length, thick = np.maximum(sx, sy), np.minimum(sx, sy)
    gate = (b & 64) != 0
    aside = length // 5
    high = np.where(gate, (sz // 3 + (b & 15)) // storey * storey, 0)
    left, right = length // 2 - aside, length // 2 + aside

    def wall(which: Ints, u0: Ints, u1: Ints, z0: Ints, z1: Ints) -> None:
        turned = along_x[which]
        low = [np.where(turned, u0, 1), np.where(turned, 1, u0), z0]
        far = thick[which] - 1
        shape.add(work[which], [*low], [np.where(turned, u1, far), np.where(turned, far, u1), z1], WALL)

    everyone, gated = np.arange(len(work)), np.flatnonzero(gate)
    zero = np.zeros(len(work), np.int64)
    wall(everyone, zero, length, high, sz)
    wall(gated, zero[gated], left[gated], zero[gated], high[gated])
    wall(gated, (right + 1)[gated], length[gated], zero[gated], high[gated])


def _walks(shape: _Shapes) -> None:
    works = shape.works
    ring = shape.of(K_RING)
    sx = works[ring, Works.sx]
    c, a = sx // 2, works[ring, Works.a]
    # Four sides; what is inside is the pillar's.
    shape.add(ring, [0, 0, 0], [sx, c - a, 1], CATWALK)
    shape.add(ring, [0, c + a + 1, 0], [sx, sx, 1], CATWALK)
    shape.add(ring, [0, c - a, 0], [c - a, c + a + 1, 1], CATWALK)
    shape.add(ring, [c + a + 1, c - a, 0], [sx, c + a + 1, 1], CATWALK)

    viaduct = shape.of(K_VIADUCT)
    sx, sy, _ = works[viaduct, Works.size].T
    along_x, deck, length = sx > sy, works[viaduct, Works.a], np.maximum(sx, sy)
    shape.add(viaduct, [0, 0, deck - 1], [sx, sy, deck + 2], SLAB)
    foot = length // 6  # so far from either end its arches reach down more than a third of their height
    for near in (True, False):
        u0, u1 = (np.zeros_like(foot), foot) if near else (length - foot, length)
        low = [np.where(along_x, u0, 1), np.where(along_x, 1, u0), (deck - 1) // 3]
        high = [np.where(along_x, u1, sx - 1), np.where(along_x, sy - 1, u1), deck - 1]
        shape.add(viaduct, [*low], [*high], PILLAR)

    bridge = shape.of(K_BRIDGE)
    sx, sy, _ = works[bridge, Works.size].T
    b = works[bridge, Works.b]
    along_x, back, length = (b & 64) != 0, (b & 32) != 0, np.where((b & 64) != 0, sx, sy)
    near, far = works[bridge, Works.a], b & 15  # what lies within the walls of either house is a door
    u0, u1 = np.where(back, far, near), length - np.where(back, near, far)
    low = [np.where(along_x, u0, 0), np.where(along_x, 0, u0), 1]
    shape.add(bridge, [*low], [np.where(along_x, u1, sx), np.where(along_x, sy, u1), 2], CATWALK)


def _small(shape: _Shapes) -> None:
    for kind, material in ((K_PIPE, PIPE), (K_ZIGZAG, STAIR), (K_LADDER, LADDER), (K_DWELLING, HABITAT)):
        work = shape.of(kind)
        shape.add(work, [0, 0, 0], [*shape.works[work, Works.size].T], material)
    mass = shape.of(K_MASS)
    sx, sy, sz = shape.works[mass, Works.size].T
    # A heap is a pyramid, or what of one its height leaves: two steps.
    heap = shape.works[mass, Works.b] == 1
    high = np.where(heap, np.minimum(sz, (np.minimum(sx, sy) + 1) // 2), sz)
    half = np.where(heap, (high + 1) // 2, sz)
    near, far = np.where(heap, high // 4, 0), (3 * high + 3) // 4
    shape.add(mass, [near, near, 0], [sx - near, sy - near, half], shape.works[mass, Works.a])
    top = np.flatnonzero(heap)
    shape.add(
        mass[top], [far[top], far[top], half[top]], [(sx - far)[top], (sy - far)[top], high[top]],
        shape.works[mass[top], Works.a],
    )  # fmt: skip


# ---- when it is there, and how much of it ------------------------------------------------------------------------------


def _dates(works: Ints) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
    """Of each work: first day, day after the last, days of building, whether from above."""
    first, days = works[:, Works.start], works[:, Works.duration]
    after = np.full(len(works), STANDS, np.int64)
    middle = works[:, Works.start] + works[:, Works.duration] // 2  # when half of what a removal takes is gone
    unbuilt = np.flatnonzero((works[:, Works.kind] == K_UNBUILDING) & (works[:, Works.target] > 0))
    np.minimum.at(after, works[unbuilt, Works.target] - 1, middle[unbuilt])
    _demolished(works, after)
    down = (works[:, Works.kind] != K_PLATE) & ((works[:, Works.flags] & 1) != 0)
    return first, after, days, down


def _demolished(works: Ints, after: Ints) -> None:
    """Works of a bay end with its demolition where their middle lies in it and their material is of its scope.

    Harvests are demolitions too, of a few cells: they end no work.
    """
    size = works[:, Works.size]
    removers = np.flatnonzero((works[:, Works.kind] == K_DEMOLITION) & (size.prod(1) >= LOT**3))
    order = np.argsort(works[:, Works.foreman], kind="stable")
    low, high = (
        np.searchsorted(works[order, Works.foreman], works[removers, Works.foreman], side) for side in ("left", "right")
    )
    counts = high - low
    r = np.repeat(removers, counts)  # each remover beside each work of the same foreman
    own = order[np.arange(len(r)) + np.repeat(low - (np.cumsum(counts) - counts), counts)]
    middle = 2 * (works[own, Works.corner] - works[r, Works.corner]) + size[own]  # twice, from the remover's corner
    inside = ((middle >= 0) & (middle <= 2 * size[r]) & (size[own] <= size[r])).all(1)
    inside &= (works[own, Works.kind] < K_DEMOLITION) & (works[own, Works.start] < works[r, Works.start])
    is_shell = (works[own, Works.kind] == K_PLATE) & (works[own, Works.a] == 0)
    inside &= ~is_shell | ((works[r, Works.scope] >> SHELL & 1) != 0)
    r, own, middle = r[inside], own[inside], middle[inside]
    # It is scanned from above or below, and a work is gone when its middle is reached.
    depth = np.where(works[r, Works.flags] & 1, 2 * size[r, 2] - middle[:, 2], middle[:, 2])
    np.minimum.at(after, own, works[r, Works.start] + depth * works[r, Works.duration] // (2 * size[r, 2]))


def _stopped(works: Ints, work: Ints, corner: Ints, size: Ints) -> tuple[Ints, Ints]:
    """Boxes cut to what was laid before their work was stopped."""
    stop = np.full(len(works), STANDS, np.int64)
    stops = np.flatnonzero((works[:, Works.kind] == K_STOP) & (works[:, Works.target] > 0))
    np.minimum.at(stop, works[stops, Works.target] - 1, works[stops, Works.start])
    cut = np.flatnonzero(stop[work] < works[work, Works.start] + works[work, Works.duration])
    w = works[work[cut]]
    laid = (stop[work[cut]] - w[:, Works.start]) * w[:, Works.sz] // np.maximum(w[:, Works.duration], 1)
    from_above = (w[:, Works.flags] & 1 != 0) & (w[:, Works.kind] != K_PLATE)
    low = np.where(from_above, w[:, Works.z] + w[:, Works.sz] - laid, w[:, Works.z])
    high = np.where(from_above, w[:, Works.z] + w[:, Works.sz], w[:, Works.z] + laid)
    end = np.minimum(corner[cut, 2] + size[cut, 2], high)
    corner, size = corner.copy(), size.copy()
    corner[cut, 2] = np.maximum(corner[cut, 2], low)
    size[cut, 2] = end - corner[cut, 2]
    return corner, size


def _registered(city: City, n: int) -> tuple[Ints, Ints]:
    """The box (low, high) (n, 3) of all lots in which each work is registered; empty where it is in none."""
    low, high = np.full((n, 3), 1 << 30, np.int64), np.full((n, 3), -(1 << 30), np.int64)
    place, slot = sectors_in_use(city.keys, city.slots)
    sector = np.zeros((int(city.sizes.sectors), 3), np.int64)
    sector[slot] = place * 4
    at = np.flatnonzero(city.heads[: len(sector), 0] > 0)
    chunk = city.heads[at, 0].astype(np.int64)
    works, places, masks = [], [], []
    while len(chunk):  # along the lists of all sectors at once
        entries = city.chunks[chunk, 1:].reshape(len(chunk), -1, 3)
        row, place = np.nonzero(entries[:, :, 0])
        works.append(entries[row, place, 0].astype(np.int64) - 1)
        places.append(at[row])
        masks.append(entries[row, place, 1:].copy().view(np.int64)[:, 0].view(np.uint64))
        following = city.chunks[chunk, 0].astype(np.int64)
        at, chunk = at[following > 0], following[following > 0]
    if not works:
        return low, high
    work, place, mask = np.concatenate(works), np.concatenate(places), np.concatenate(masks)
    for axis, (step, repeated) in enumerate(((1, 0x1111111111111111), (4, 0x000F000F000F000F), (16, 0xFFFF))):
        there = np.stack([(mask & np.uint64(repeated << step * i)) != 0 for i in range(4)], 1)
        first, last = there.argmax(1), 3 - there[:, ::-1].argmax(1)
        np.minimum.at(low[:, axis], work, (sector[place, axis] + first) * LOT)
        np.maximum.at(high[:, axis], work, (sector[place, axis] + last + 1) * LOT)
    return low, high


__all__ = ["STANDS", "Boxes", "boxes", "shapes", "standing"]
