"""The histories of a few cities, bit for bit. A change that moves them is a change of a law: `tools/update_golden.py`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worlds.golden_cities import CITIES, HISTORIES, golden

GOLDEN = Path(__file__).parent


@pytest.mark.parametrize("name", CITIES)
def test_a_golden_city_has_not_moved(name):
    kept = json.loads((GOLDEN / f"{name}.json").read_text())
    assert golden(name) == kept


def test_golden_cities_are_those_that_are_kept():
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(CITIES)


def test_golden_cities_hold_what_they_are_there_for():
    kept = {name: json.loads((GOLDEN / f"{name}.json").read_text()) for name in CITIES}
    for name, city in kept.items():
        assert city["bays"] > 5 and (name in HISTORIES or city["rows"]["works"] > 20), name
    assert kept["short-lived"]["rows"]["foremen"] > kept["short-lived"]["bays"]  # some have died
    assert kept["no-gifts"]["rows"]["schools"] > 3
    assert kept["settled"]["rows"]["villages"] > 5 and kept["settled"]["rows"]["units"] > 50  # people, and their matter
