"""The same source, compiled or not, on any hash seed: the same digests."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from megastructure.ground import tables as t
from megastructure.ground.check import check
from megastructure.ground.digest import digests, law_digest
from megastructure.ground.scenario import Scenario
from megastructure.matter.ledger import Ledger
from worlds.copies import copy_of
from worlds.fast_cities import fast, grown

YEARS = 200
SHOTS = ((70 * t.YEAR, -20, -9, 20, 0, 90, 4), (90 * t.YEAR, 10, 10, -80, 2, 150, 3))
SCENARIO = fast(3, breeding_cost=1500, life_unit_days=14, copy_error_ppm=300_000, frontier_delay_days=400, shots=SHOTS)


def told(scenario: Scenario, years: int) -> list[str]:
    """Digests of every table, and what a point and a lot look like, as lines of text."""
    city = grown(scenario, years, room=1)
    check(city)
    lines = [f"{name} {digest}" for name, digest in digests(city).items()]
    again = copy_of(city)
    lines += [f"again {law_digest(again)}", f"bays {city.bays} works {city.sizes.works}"]
    if scenario.works:
        ledger = Ledger(city)
        lots = ledger.lots()[:: max(1, len(ledger.lots()) // 60)]
        for day in (city.day - 1, 91 * t.YEAR):
            lines.append(" ".join(map(str, ledger.count(lots, day).tolist())))
            lines.append(str([ledger.provenance(x, 5, 4, day) for x in range(0, 48, 7)]))
    return lines


def both_modes() -> str:
    lines = []
    for works in (1, 0):
        lines += told(SCENARIO.with_knobs(works=works), YEARS)
    return "\n".join(lines) + "\n"


def elsewhere(**environment: str) -> str:
    """What another Python says, with warnings of overflow as errors."""
    answer = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", __file__], check=False, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), **environment},
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-3000:]
    return answer.stdout


def test_the_digests_are_the_same_without_compilation():
    here = both_modes()
    assert "bays 1 " not in here
    assert elsewhere(NUMBA_DISABLE_JIT="1") == here


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_the_digests_are_the_same_with_any_order_of_hashes(seed):
    assert elsewhere(PYTHONHASHSEED=seed) == both_modes()


if __name__ == "__main__":
    sys.stdout.write(both_modes())
