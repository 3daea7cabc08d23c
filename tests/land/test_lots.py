"""Who owns a lot, asked by its place and asked by a seat that remembers the place or the owner: the same answer, always."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground.city import City
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import Foremen
from megastructure.land.lots import SEATS, leave_seats, owner_of_lot, rehash, take_lots
from megastructure.society.graph import neighbour

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


def bays_at(plots: list[tuple[int, ...]], room: int) -> City:
    """A city of bays that have claimed nothing yet. `room`: for how many seats there is a place."""
    city = City(Scenario(works=0), BAYS)
    city.blank("keys", 1 << 9)
    city.blank("slots", (1 << 9) + room)
    city.blank("owners", 1 << 9)
    city.foremen[:BAYS, [Foremen.x, Foremen.y, Foremen.z, Foremen.pitch, Foremen.height]] = 16 * np.array(plots)
    city.sizes.foremen = BAYS
    return city


def take(city: City, n: int, plot: tuple[int, ...], release: int) -> None:
    """Bay n claims its plot, or releases what it holds of it."""
    if release:
        leave_seats(city, n)
    take_lots(city, n, *plot, release)


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
    city = bays_at(plots, room)
    truth: dict[tuple[int, ...], int] = {}
    half = [("claim", n) for n in range(0, BAYS, 2)]
    for deed, n in [*half, ("ask", 0), ("ask", 0), *happened, ("ask", 0), ("rehash", 0), ("ask", 0)]:
        x, y, z, w, h = plots[n]
        if deed == "claim":
            take(city, n, plots[n], 0)
            for lot in np.ndindex(w, w, h):
                truth.setdefault((x + lot[0], y + lot[1], z + lot[2]), n)
        elif deed == "release":
            take(city, n, plots[n], 1)
            truth = {lot: o for lot, o in truth.items() if o != n}
        elif deed == "rehash":
            length = min(2 * len(city.keys), 1 << 13)
            rehash(city, length)
            assert (len(city.keys), len(city.slots)) == (length, length + room)
        else:
            for i, box in enumerate(plots):
                for side, lot in enumerate(beyond(box)):
                    expected = truth.get(lot, -1)
                    assert owner_of_lot(city, *lot) == expected
                    assert neighbour(city, i, side) == expected
