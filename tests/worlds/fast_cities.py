"""Cities that live fast: small bays that breed early, are renovated often and die young."""

from __future__ import annotations

from typing import Any

import numpy as np

from megastructure.ground import tables as t
from megastructure.ground.city import City
from megastructure.ground.scenario import Scenario
from megastructure.time.genesis import found
from megastructure.time.years import advance

FAST: dict[str, Any] = {
    "growth_income": 2500, "tower_income": 60, "breeding_cost": 4000, "world_radius_lots": 12, "renovation_unit_days": 6,
    "life_unit_days": 28, "copy_error_ppm": 60_000,
}  # fmt: skip
SMALL_FRAME = {"radius": 2, "renovation": 900, "pitch": 48, "height": 64, "plot": 14, "shell": 3, "decks": 1}


def fast(seed: int, **changes: Any) -> Scenario:
    """A scenario whose bays are small, breed early, are renovated often and die young."""
    return Scenario(**{"seed": seed, "founder": SMALL_FRAME, **FAST, **changes})


def some_shots(seed: int, count: int, first_day: int, last_day: int, reach: int = 90) -> tuple[tuple[int, ...], ...]:
    """Holes drawn at random near the founder, in all three directions."""
    rng = np.random.default_rng(seed)
    shots = []
    for _ in range(count):
        radius = int(rng.integers(2, 9))
        shots.append(
            (
                int(rng.integers(first_day, last_day)), *(int(v) for v in rng.integers(-reach, reach, 3)),
                int(rng.integers(3)), max(2 * radius + 1, int(rng.integers(30, 160))), radius,
            )
        )  # fmt: skip
    return tuple(shots)


def grown(scenario: Scenario, years: int, room: int = 1 << 10) -> City:
    """A city of that age."""
    city = found(scenario, room)
    advance(city, years * t.YEAR)
    return city
