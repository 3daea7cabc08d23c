"""Room: whatever a scenario may say, a day asks for memory by what is there, and who has none is told in one line."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from megastructure.door.cli import cli
from megastructure.ground import city as city_module
from megastructure.ground import tables as t
from megastructure.ground.digest import digest
from megastructure.ground.scenario import Scenario, knobs
from megastructure.memory.run import Run
from megastructure.time.genesis import found
from megastructure.time.room import reckon_anew
from megastructure.time.years import advance
from megastructure.words.errors import BadKnob, MegastructureError, NoMemory
from worlds.fast_cities import fast, grown

TESTS = Path(__file__).parents[1]
YEARS = 120
PLACED = ("years", "world_radius_lots", "works", "seed", "era_year", "strike_lead_years")


def drawn_scenario(number: int) -> Scenario:
    """A legal scenario of a small world: some knobs anywhere in their ranges, and shots of any size through its middle."""
    dice = random.Random(number)
    given: dict[str, Any] = {"world_radius_lots": dice.randint(6, 16), "seed": dice.getrandbits(60)}
    given |= {"era_year": dice.randint(20, 100), "strike_lead_years": dice.randint(0, 60)}
    for k in knobs():
        if k.name not in PLACED and dice.random() < 0.3:
            given[k.name] = min(k.high, k.low - 1 + int((k.high - k.low + 2) ** dice.random()))
    shots = set()
    for _ in range(dice.choice((0, 1, 3, 10))):
        day, radius = dice.randint(1, YEARS * t.YEAR - 5), dice.randint(1, 32)
        for _ in range(dice.choice((1, 1, 5))):
            axis, length = dice.randint(0, 2), dice.choice((4096, dice.randint(2 * radius + 1, 4096)))
            middle = [dice.randint(-100, 100) for _ in range(3)]
            middle[axis] -= length // 2
            shots.add((day, *middle, axis, length, radius))
    return Scenario(**given, shots=tuple(shots))


def live_drawn(first: int, count: int) -> None:
    """Live so many of them, with as much memory as one city should need, and say what failed."""
    import resource
    import time

    found(Scenario(shots=((1, 0, 0, 0, 0, 3, 1),)))
    advance(found(Scenario()), 3)  # compiled code is loaded
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (384 << 20),) * 2)
    for number in range(first, first + count):
        began = time.monotonic()
        try:
            city = found(drawn_scenario(number))
            while city.day < YEARS * t.YEAR and time.monotonic() - began < 5:
                advance(city, city.day + t.YEAR)
        except (MemoryError, MegastructureError) as problem:
            sys.stdout.write(f"scenario {number}: {problem}\n")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks the kernel how large a process is")
def test_no_legal_scenario_of_a_small_world_runs_out_of_memory():
    code = f"import runpy; runpy.run_path({str(Path(__file__))!r})['live_drawn'](0, 60)"
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=TESTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == ""


LONG = (100 * t.YEAR, -2048, -32, -32, 0, 4096, 32)


def test_a_long_shot_asks_for_what_is_there():
    """The arrays of the day after the longest and widest shot, against what its repairs really are."""
    city = grown(fast(3, world_radius_lots=10, shots=(LONG,)), 100)
    advance(city, LONG[0] + 1)
    works, chunks = int(city.sizes.works), int(city.sizes.chunks)
    reckon_anew(city, city.day)
    asked = city.needs.works - works, city.needs.chunks - chunks
    advance(city, city.day + 1)
    repairs = int((city.table("works")[works:, t.Works.target] > 0).sum())
    assert repairs > 25
    assert asked[0] < 40 * repairs and asked[1] < 80 * repairs, (asked, repairs)
    assert city.sizes.works - works <= asked[0] and city.sizes.chunks - chunks <= asked[1]


def test_how_much_room_there_is_decides_nothing_of_a_long_shot():
    scenario = fast(3, world_radius_lots=8, shots=(LONG, (LONG[0], -20, -2048, -20, 1, 4096, 20)))
    cities = [found(scenario, room) for room in (1, 1 << 16)]
    for city in cities:
        advance(city, 103 * t.YEAR)
    assert digest(cities[0]) == digest(cities[1])


def test_shots_of_one_day_that_meet_too_much_are_refused_with_the_total():
    many = [(5, -2048, y, -32, 0, 4096, 32) for y in range(300)]
    with pytest.raises(BadKnob, match=r"^shots: those of day 5 meet 78,000 sectors .* at most 65,536 on one day") as refused:
        Scenario(shots=tuple(many))
    assert "\n" not in str(refused.value)
    assert len(Scenario(shots=tuple(many[:252])).shots) == 252
    assert len(Scenario(shots=tuple((day, *shot[1:]) for day, shot in enumerate(many))).shots) == 300


def starve(monkeypatch: pytest.MonkeyPatch, of: str, rows: int) -> None:
    """From now on an array of that name cannot be that long."""
    made = city_module._blank

    def blank(name: str, wanted: int) -> Any:
        if name == of and wanted >= rows:
            raise MemoryError
        return made(name, wanted)

    monkeypatch.setattr(city_module, "_blank", blank)


def test_who_runs_out_of_memory_is_told_what_grew_and_what_is_kept(tmp_path, monkeypatch):
    soon = {"era_year": 150, "strike_lead_years": 20, "villages": 12}
    scenario = Scenario.load("quick").with_knobs(works=0, years=160, **soon)
    whole = found(scenario)
    advance(whole, 160 * t.YEAR)
    with Run.create(scenario, tmp_path / "run") as run:
        run.advance(60)
        with monkeypatch.context() as starved:
            starve(starved, "persons", len(run.city.array("persons")) + 1)
            with pytest.raises(NoMemory) as told:
                run.advance(160)
    said = str(told.value)
    assert "\n" not in said and "persons would need" in said and "kept: all until day 21,600 (year 60)" in said
    with Run.open(tmp_path / "run", write=True) as run:
        run.advance(160)
        assert digest(run.city) == digest(whole)


def test_the_command_ends_with_that_line_and_a_code_of_its_own(tmp_path, monkeypatch):
    starve(monkeypatch, "events", 1 << 10 | 1)
    asked = ["run", "--out", str(tmp_path / "run"), "--years", "60", "--no-picture"]
    done = CliRunner().invoke(cli, asked, standalone_mode=False)
    assert isinstance(done.exception, NoMemory) and done.exception.exit_code == 71, done.output
    assert "events would need" in str(done.exception)
