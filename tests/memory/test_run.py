"""Runs on disk and the command line: resume, verify, interruption, mistakes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import megastructure.memory.run as runs
from megastructure.door.cli import cli
from megastructure.ground.check import check
from megastructure.ground.digest import digest
from megastructure.ground.scenario import Scenario, knobs, read_knob
from megastructure.ground.tables import YEAR
from megastructure.memory import sources
from megastructure.memory.archive import Archive
from megastructure.memory.fork import fork
from megastructure.memory.run import Run, verify
from megastructure.memory.sources import laws_since, other_laws
from megastructure.time.genesis import found
from megastructure.time.years import advance
from megastructure.words.errors import BadKnob, BadRun, MegastructureError

SMALL = Scenario.load("quick").with_knobs(years=300, world_radius_lots=16, growth_income=900)
COMMAND = [sys.executable, "-c", "from megastructure.door.cli import main; main()"]


@pytest.fixture(scope="module")
def whole() -> str:
    """The digest of the small city, grown in memory in one go."""
    city = found(SMALL)
    advance(city, SMALL.years * 360)
    return digest(city)


def test_a_run_on_disk_is_the_run_in_memory(tmp_path: Path, whole: str) -> None:
    with Run.create(SMALL, tmp_path / "run") as run:
        assert run.advance()
        assert digest(run.city) == whole
        assert [c.year for c in run.centuries] == [100, 200, 300]
        assert run.archive.last_commit is not None and run.archive.last_commit.digest == whole


@pytest.mark.parametrize("years", [1, 83, 200])
def test_resuming_gives_the_same_bits(tmp_path: Path, whole: str, years: int) -> None:
    with Run.create(SMALL, tmp_path / "run") as run:
        run.advance(years)
    with Run.open(tmp_path / "run", write=True) as run:
        assert run.city.day == years * 360
        run.advance()
        assert digest(run.city) == whole
        assert [c.year for c in run.centuries] == [100, 200, 300]


def test_the_commit_interval_decides_nothing(tmp_path: Path, whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "COMMIT_SECONDS", 0.0)
    monkeypatch.setattr(runs, "CALL_SECONDS", 0.002)
    with Run.create(SMALL, tmp_path / "run") as run:
        run.advance()
        assert digest(run.city) == whole
        assert len(run.archive.commits) > 5
    found_again = list(verify(tmp_path / "run", intervals=4))
    assert found_again and all(v.same for v in found_again)


def test_a_shorter_run_extended_equals_a_longer_one(tmp_path: Path, whole: str) -> None:
    with Run.create(SMALL.with_knobs(years=90), tmp_path / "run") as run:
        run.advance()
    with Run.open(tmp_path / "run", write=True) as run:
        run.archive.set_years(300)
        run.advance(300)
        assert digest(run.city) == whole


def test_a_frame_of_the_past_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "COMMIT_SECONDS", 0.0)
    with Run.create(SMALL, tmp_path / "run") as run:
        run.advance()
        days = run.archive.frames()
    with Run.open(tmp_path / "run", day=days[1]) as past:
        assert past.city.day == days[1]
        check(past.city)


def test_a_damaged_history_is_noticed(tmp_path: Path) -> None:
    with Run.create(SMALL, tmp_path / "run") as run:
        run.advance()
        part = run.archive.paths("works")[0]
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    with pytest.raises(BadRun, match="works"):
        Run.open(tmp_path / "run")


def test_other_laws_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run.create(SMALL, tmp_path / "run") as run:
        run.advance(5)
    monkeypatch.setattr("megastructure.memory.sources.laws_digest", lambda: "0" * 16)
    with pytest.raises(BadRun, match="other laws"):
        list(verify(tmp_path / "run"))


def test_a_run_of_other_laws_goes_on_only_where_that_is_said_and_it_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, ours = tmp_path / "run", sources.laws_digest()
    with Run.create(SMALL, run) as begun:
        begun.advance(2)
    with Run.open(run, write=True) as begun:
        assert laws_since(begun.archive) == []  # the same laws: nothing is noted
    for module in ("sources", "run"):
        monkeypatch.setattr(f"megastructure.memory.{module}.laws_digest", lambda: "0" * 16)
    with pytest.raises(BadRun, match=r"was made under other laws .* --other-laws"):
        Run.open(run, write=True)
    for _ in range(2):  # the second time it has been lived under these, and still not from its first day on
        with Run.open(run, write=True, mixed=True) as mixed:
            mixed.advance(3)
            assert laws_since(mixed.archive) == [(2 * YEAR, "0" * 16)]
    monkeypatch.setattr("megastructure.memory.sources.laws_digest", lambda: ours)
    with Archive.open_to_read(run) as there:
        assert other_laws(there) == f"was lived on under other laws from day {2 * YEAR} on"
    for ask in (lambda: list(verify(run)), lambda: fork(run, 2), lambda: Run.open(run, write=True)):
        with pytest.raises(BadRun, match="was lived on under other laws"):
            ask()
    with Archive.open_to_write(run) as archive:
        archive.note("laws-since", "[1]")
    with pytest.raises(BadRun, match="notes of its laws is damaged"):
        Run.open(run, write=True)


def test_a_run_does_not_go_back(tmp_path: Path) -> None:
    with Run.create(SMALL, tmp_path / "run") as run:
        run.advance(20)
        with pytest.raises(MegastructureError, match="already lived 20 years"):
            run.advance(10)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_commits_and_can_be_resumed(tmp_path: Path, number: int, code: int) -> None:
    path = tmp_path / "run"
    years = 100_000
    child = subprocess.Popen(
        [*COMMAND, "run", "--years", str(years), "--no-picture", "--world-radius-lots", "8", "--out", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()  # the first century is over
    child.send_signal(number)
    _, told = child.communicate(timeout=60)
    assert child.returncode == code, told
    assert "megastructure resume" in told
    with Run.open(path, write=True) as run:
        reached = run.city.day
        assert 100 * 360 <= reached < years * 360
        run.advance(reached // 360 + 50)
        again = found(run.scenario)
        advance(again, run.city.day)
        assert digest(again) == digest(run.city)


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with Run.create(SMALL, tmp_path / "run"):
        answer = subprocess.run([*COMMAND, "resume", str(tmp_path / "run")], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert str(os.getpid()) in answer.stderr and answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "--set", "grwth_income=3"], "did you mean growth_income"),
        (["run", "--set", "growth_income"], "expected knob=value"),
        (["run", "--growth-income", "0"], "1..100000"),
        (["run", "--years", "0"], "1..100000"),
        (["run", "nosuch.toml"], "No such file or directory; expected quick"),
        (["resume", "nothing"], "No such file or directory"),
        (["info", "nothing"], "No such file or directory"),
        (["still", "nothing"], "No such file or directory"),
        (["verify", "nothing"], "No such file or directory"),
        (["runs", "nothing"], "expected a folder of runs"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(cli, words)
    assert isinstance(answer.exception, MegastructureError), answer.output
    assert answer.exception.exit_code == 2
    assert says in str(answer.exception) and "\n" not in str(answer.exception)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_tell_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    made = run.invoke(cli, ["run", "--years", "120", "--world-radius-lots", "8", "--no-picture", "--seed", "5"])
    assert made.exit_code == 0 and "year   100" in made.output and "runs/quick-5" in made.output
    assert "quick-5" in run.invoke(cli, ["runs"]).output
    told = run.invoke(cli, ["info", "runs/quick-5"])
    assert told.exit_code == 0 and "120 of 120 years" in told.output
    assert "same bits" in run.invoke(cli, ["verify", "runs/quick-5"]).output
    again = run.invoke(cli, ["resume", "runs/quick-5", "--years", "130", "--no-picture"])
    assert again.exit_code == 0 and "after 130 years" in again.output
    outline = run.invoke(cli, ["run", "--years", "120", "--set", "works=off", "--out", "o"])
    assert outline.exit_code == 0 and "in outline" in outline.output
    refused = run.invoke(cli, ["still", "o"])
    assert "outline mode" in str(refused.exception)
    listed = run.invoke(cli, ["knobs"]).output
    assert all(k.name in listed for k in knobs())


def test_a_scenario_survives_toml() -> None:
    odd = SMALL.with_knobs(founder={"pitch": 96, "storey": 4}, shots=((10, 1, -2, 3, 0, 40, 5),))
    assert Scenario.from_toml(odd.to_toml()) == odd


def test_mutated_scenarios_are_refused_in_words_or_work() -> None:
    dice = np.random.default_rng(3)
    text = SMALL.with_knobs(founder={"pitch": 96}, shots=((10, 1, -2, 3, 0, 40, 5),)).to_toml().encode()
    accepted = 0
    for _ in range(3000):
        mutant = bytearray(text)
        for _ in range(int(dice.integers(1, 4))):
            i = int(dice.integers(len(mutant)))
            new = bytes(dice.choice(list(b'0123456789-="[]e._ \n\xc3x'), int(dice.integers(3))))
            mutant[i : i + int(dice.integers(3))] = new
        try:
            Scenario.from_toml(mutant.decode("utf-8", "replace"))
            accepted += 1
        except BadKnob as problem:
            assert str(problem)
    assert accepted > 100
    with pytest.raises(BadKnob):
        Scenario.from_toml("seed = " + "9" * 10_000)
    with pytest.raises(BadKnob):
        Scenario.from_toml("x = " + "[" * 100_000)
    with pytest.raises(BadKnob):
        read_knob("seed", "nan")


def test_no_pickle_is_read(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append(args) if name == 'pickle.find_class' else None)\n"
        "from megastructure.memory.archive import Archive\n"
        f"a = Archive.open_to_read({str(tmp_path / 'run')!r})\n"
        "a.read('works'), a.frame(), a.commits\n"
        "assert not opened, opened\n"
    )
    with Run.create(SMALL, tmp_path / "run") as run:
        run.advance(30)
    subprocess.run([sys.executable, "-c", program], check=True)


def test_time_is_not_asked() -> None:
    """A day that was lived at another time of day, after a pause, is the same day."""
    one, two = found(SMALL), found(SMALL)
    advance(one, 7200)
    advance(two, 3600)
    time.sleep(0.01)
    advance(two, 7200)
    assert digest(one) == digest(two)
