"""Write the digests of the golden cities anew: `python tests/golden/update.py`, and say in the change why they moved."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from megastructure.genesis import found
from megastructure.scenario import Scenario
from megastructure.state import City
from megastructure.tables import YEAR

HERE = Path(__file__).parent
QUICKLY: dict[str, Any] = {
    "growth_income": 2500, "tower_income": 60, "breeding_cost": 4000, "renovation_unit_days": 6, "copy_error_ppm": 60_000,
}  # fmt: skip
SMALL = {"pitch": 48, "height": 64, "plot": 14, "shell": 3, "decks": 1, "radius": 2, "renovation": 900}
SHOTS = (
    (40_000, -30, -12, 20, 0, 120, 4), (52_000, 10, 10, -90, 2, 160, 3), (52_000, -60, -60, 8, 1, 140, 6),
    (60_000, -80, 5, -30, 0, 150, 8),
)  # fmt: skip
CITIES: dict[str, tuple[Scenario, int]] = {
    "default": (Scenario(), 250),
    "quick": (Scenario.load("quick"), 300),
    "short-lived": (Scenario(seed=3, world_radius_lots=12, life_unit_days=28, founder=SMALL, **QUICKLY), 330),
    "shot-at": (Scenario(seed=5, world_radius_lots=10, life_unit_days=0, founder=SMALL, shots=SHOTS, **QUICKLY), 200),
    "no-gifts": (Scenario(seed=2**40 + 7, power_gifts=0, frontier_delay_days=500, founder=SMALL, **QUICKLY), 150),
}


def golden(name: str) -> dict[str, Any]:
    """What is kept of a city: digests of its tables, and a few counts that tell at a glance how much has moved."""
    scenario, years = CITIES[name]
    city: City = found(scenario)
    city.advance(years * YEAR)
    counts = {table: len(city.table(table)) for table in ("works", "foremen", "charters", "schools", "claims", "events")}
    return {"years": years, "bays": city.bays, "rows": counts, "digests": city.digests(), "digest": city.digest()}


def main() -> None:
    for name in CITIES:
        (HERE / f"{name}.json").write_text(json.dumps(golden(name), indent=2, sort_keys=True) + "\n")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
