"""Who owns a lot, asked by its place and asked by a seat that remembers the place or the owner: the same answer, always."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.land.lots import SEATS, leave_seats, owner_of_lot, take_lots
from megastructure.society.graph import neighbour
from megastructure.time.rebuild import rehash
from megastructure.words.declare import columns
from megastructure.words.kernel import kernel

BAYS = 12
place = st.integers(-9, 9)
boxes = st.tuples(place, place, place, st.integers(3, 8), st.integers(4, 12))
# What may happen to the ground: a claim or a release by a bay, a longer table, a question by all.
deeds = st.one_of(
    st.tuples(st.just("claim"), st.integers(0, BAYS - 1)),
    st.tuples(st.just("release"), st.integers(0, BAYS - 1)),
    st.tuples(st.just("rehash"), st.just(0)),
    st.tuples(st.just("ask"), st.just(0)),
)


@kernel(entry=True)
def take(city: City, sectors: int, foreman: int, lx: int, ly: int, lz: int, n: int, m: int, release: int) -> int:
    if release:
        leave_seats(city, foreman)
    return take_lots(city, sectors, foreman, lx, ly, lz, n, m, release)


def beyond(box: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """The lots beyond the middles of the six sides."""
    x, y, z, w, h = box
    m = w // 2
    beside = [(x + w, y + m, z), (x - 1, y + m, z), (x + m, y + w, z), (x + m, y - 1, z)]
    return [*beside, (x + m, y + m, z + h), (x + m, y + m, z - 1)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(boxes, min_size=BAYS, max_size=BAYS),
    st.lists(deeds, min_size=1, max_size=40),
    st.sampled_from([0, 3, SEATS * BAYS]),
)
def test_a_seat_answers_like_the_table_through_claims_releases_and_longer_tables(
    plots: list[tuple[int, ...]], happened: list[tuple[str, int]], room: int
) -> None:
    """`room`: for how many seats there is a place; the others are looked up each time."""
    foremen: Any = np.zeros((BAYS, len(columns(t.Foremen))), np.int64)
    for n, (x, y, z, w, h) in enumerate(plots):
        foremen[n, [t.Foremen.x, t.Foremen.y, t.Foremen.z, t.Foremen.pitch, t.Foremen.height]] = (
            16 * x,
            16 * y,
            16 * z,
            16 * w,
            16 * h,
        )
    length, sectors = 1 << 9, 0
    keys, slots, owners = np.zeros(length, np.int64), np.zeros(length + room, np.int32), np.zeros((1 << 9, 64), np.int32)
    truth: dict[tuple[int, ...], int] = {}
    half = [("claim", n) for n in range(0, BAYS, 2)]
    for deed, n in [*half, ("ask", 0), ("ask", 0), *happened, ("ask", 0), ("rehash", 0), ("ask", 0)]:
        x, y, z, w, h = plots[n]
        if deed == "claim":
            sectors += int(take(keys, slots, owners, sectors, n, x, y, z, w, h, 0)) & 0xFFFFFFFF
            for lot in np.ndindex(w, w, h):
                truth.setdefault((x + lot[0], y + lot[1], z + lot[2]), n)
        elif deed == "release":
            sectors += int(take(keys, slots, owners, sectors, n, x, y, z, w, h, 1)) & 0xFFFFFFFF
            truth = {lot: o for lot, o in truth.items() if o != n}
        elif deed == "rehash":
            length = min(2 * length, 1 << 13)
            keys, slots = rehash(keys, slots, length)
            assert len(slots) == length + room
        else:
            for i, box in enumerate(plots):
                for side, lot in enumerate(beyond(box)):
                    expected = truth.get(lot, -1)
                    assert owner_of_lot(keys, slots, owners, *lot) == expected
                    assert neighbour(keys, slots, owners, foremen, i, side) == expected
