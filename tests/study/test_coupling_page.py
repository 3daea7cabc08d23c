"""The page of coupling says what was measured, how few it was, and marks what matters."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from megastructure.ground.scenario import Scenario
from megastructure.study.coupling import ABLATIONS, Kept, ablations, job_of
from megastructure.study.outcomes import OUTCOMES, Wanted
from megastructure.words.errors import MegastructureError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tool(monkeypatch) -> ModuleType:
    """tools/make_coupling.py as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("make_coupling")


def kept(seeds: range, path: Path | None = None) -> Kept:
    """Histories that nobody lived: without trade fewer people live at the end, without the gun nobody fires; that is all."""
    found, quick = Kept(path), Scenario.load("quick")
    for seed in seeds:
        for one in (None, *ablations(["trade", "gun"])):
            pairs = dict.fromkeys(OUTCOMES, (1.0, 1.0))
            pairs["people_end"] = (100.0 + seed - 30 * (one is not None and one.name == "trade"), 1.0)
            pairs["shots"] = (3.0 * (one is None or one.name != "gun"), 1.0)
            found.add(job_of(quick, seed, one), pairs, 0.1)
    return found


def test_the_page_shows_what_matters_and_how_few_were_asked(tool):
    text = tool.written([tool.measured("quick", kept(range(1, 26)))])
    assert "`quick`: 25 seeds (1..25)" in text and "**A small sample**: fewer than 200 seeds of `quick`" in text
    assert re.search(r"\| remnant \| `trade` \| .*trade = 0\) \| \*\*-5\.0\*\* `people_end` -30 \(-30 \.\. -30\) \|", text)
    assert "Of 2 laws 1 act with" in text and "not shown to act by so few pairs: gun.\n" in text
    assert re.search(r"changed no outcome of any history but their own: `gun`, .*\.\n", text) and "inert: " not in text
    assert re.search(r"\| gun \| `gun` \| .* \| nothing \|", text)
    assert re.search(r"\| the gun \| shots \|\n.*\n\| `gun` \| \(\*\*-5\.0\*\*\) \|", text)
    assert "| `people_end` | people at the end [median, people] | 113 (" in text
    assert re.search(r"\| `shots` \| .* \| 3 \(3 \.\. 3\) \| >= 3: \*\*ok\*\* \|", text)
    assert "not lived" in text


def test_a_law_is_called_inert_only_by_many_pairs(tool):
    text = tool.verdicts([tool.measured("quick", kept(range(1, tool.ENOUGH + 1)))])
    assert "inert: gun.\n" in text and "not shown to act by so few" not in text


def test_only_the_seeds_that_were_asked_for_are_shown(tool):
    there = kept(range(1, 13))
    assert tool.measured("quick", there, [2, 3, 99]).seeds == [2, 3]
    assert tool.measured("quick", there, [2, 3]).found == {}  # too few pairs
    assert tool.measured("world", there) is None


def test_what_is_left_out_is_named(tool):
    text = tool.left_out()
    missing = [one for one in OUTCOMES.values() if one.missing] + [a for rows in ABLATIONS.values() for a in rows if a.missing]
    assert all(f"* `{one.name}`" in text for one in missing) and "* the law endings: it judges" in text


def test_what_is_wanted_is_said_in_signs(tool):
    said = [tool.wanted_words(w) for w in (None, Wanted(3), Wanted(0, 0.1), Wanted(0.4, 0.7), Wanted(0, 0))]
    assert said == ["", ">= 3", "<= 0.1", "0.4 to 0.7", "0"]


def test_seeds_are_read_and_written(tool):
    assert tool.seeds_of("1..3,9") == [1, 2, 3, 9] and tool.spans([1, 2, 3, 9]) == "1..3, 9"
    for text in ("", "a", "4..2", "1..b"):
        with pytest.raises(MegastructureError, match="expected seeds such as"):
            tool.seeds_of(text)
    assert tool.scenario_of("quick", 900, ["gun-level=0"]).gun_level == 0
    for change in ("gun_level", "gun_levl=0", "gun_level=9"):
        with pytest.raises(MegastructureError):
            tool.scenario_of("quick", None, [change])


def test_without_a_history_no_page_is_written(tool, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.argv", ["make_coupling", "page", "--keep", str(tmp_path / "none.jsonl")])
    assert tool.main() == 2 and "no history under the laws of today" in capsys.readouterr().err
