"""The cities whose histories are kept bit for bit, and what is kept of each (tools/update_golden.py, tests/golden/)."""

from __future__ import annotations

from typing import Any

from megastructure.ground.city import City
from megastructure.ground.digest import digest, digests
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import YEAR
from megastructure.time.genesis import found
from megastructure.time.years import advance

QUICKLY: dict[str, Any] = {
    "growth_income": 2500, "tower_income": 60, "breeding_cost": 4000, "renovation_unit_days": 6, "copy_error_ppm": 60_000,
}  # fmt: skip
SMALL = {"pitch": 48, "height": 64, "plot": 14, "shell": 3, "decks": 1, "radius": 2, "renovation": 900}
SHOTS = (
    (40_000, -30, -12, 20, 0, 120, 4), (52_000, 10, 10, -90, 2, 160, 3), (52_000, -60, -60, 8, 1, 140, 6),
    (60_000, -80, 5, -30, 0, 150, 8),
)  # fmt: skip
WORLD = Scenario.load("world").with_knobs(world_spread=0, growth_income=26, tower_income=4)
EARLY = {"era_year": 500, "terminal_share": 12}
# Six histories of people; between them they hold every kind of event that a law can tell (tests/time/test_history.py).
HISTORIES: dict[str, tuple[Scenario, int]] = {
    "people": (Scenario.load("quick").with_knobs(works=0, seed=11), 1200),
    "restored": (Scenario.load("quick").with_knobs(works=0, seed=30), 1200),  # and fallen again
    "lost": (Scenario.load("quick").with_knobs(works=0, seed=26), 1200),  # restored, fallen, and nobody is left
    "hunted": (
        WORLD.with_knobs(
            seed=3, wanderers=6, safeguard_raid_ppm=30_000, safeguard_units=40, villages=30, gun_level=2, **EARLY,
        ),
        750,
    ),
    "defied": (
        WORLD.with_knobs(
            seed=2, stop_bits=1, stop_break_ppm=300_000, gene_frequency_ppm=400_000, villages=20,
            wanderer_tries_ppm=600_000, wanderer_miss_ppm=200_000, safeguard_raid_ppm=2000, safeguard_exposure_ppm=1000,
            **EARLY,
        ),
        800,
    ),
    "starved": (
        WORLD.with_knobs(
            seed=4, villages=30, hunger_ppm=60_000, capacity_base=30, capacity_service=5, safeguard_threshold=90,
            gene_frequency_ppm=60_000, **EARLY,
        ),
        900,
    ),
}  # fmt: skip
CITIES: dict[str, tuple[Scenario, int]] = {
    "default": (Scenario(), 250),
    "quick": (Scenario.load("quick"), 300),
    "short-lived": (Scenario(seed=3, world_radius_lots=12, life_unit_days=28, founder=SMALL, **QUICKLY), 330),
    "shot-at": (Scenario(seed=5, world_radius_lots=10, life_unit_days=0, founder=SMALL, shots=SHOTS, **QUICKLY), 200),
    "no-gifts": (Scenario(seed=2**40 + 7, power_gifts=0, frontier_delay_days=500, founder=SMALL, **QUICKLY), 150),
    # People with their matter: huts, heaps of rubble, what units are made of.
    "settled": (
        Scenario.load("quick").with_knobs(
            seed=3, era_year=260, strike_lead_years=60, prologue_percent=1500, villages=16, safeguard_raid_ppm=60_000,
            fission_ppm=200_000,
        ),
        420,
    ),
    **HISTORIES,
}  # fmt: skip


TOLD = ("works", "foremen", "charters", "schools", "claims", "persons", "villages", "units", "shots", "events")


def golden(name: str) -> dict[str, Any]:
    """What is kept of a city: digests of its tables, and a few counts that tell at a glance how much has moved."""
    scenario, years = CITIES[name]
    city: City = found(scenario)
    advance(city, years * YEAR)
    counts = {table: len(city.table(table)) for table in TOLD}
    return {"years": years, "bays": city.bays, "rows": counts, "digests": digests(city), "digest": digest(city)}
