"""What a stranger writes into a run is refused before anybody relies on it; what this program writes is not.

The large version: `python soak/forge.py --minutes 60`.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from megastructure.ground.city import APPENDED, FRAMED, City
from megastructure.ground.limits import Limits, codes_of, counts_at, range_of
from megastructure.ground.scenario import Scenario, presets
from megastructure.ground.sound import first_fault
from megastructure.ground.tables import GROWN, TABLES, YEAR
from megastructure.memory.archive import Archive
from megastructure.memory.run import Run, load_city
from megastructure.time.genesis import found
from megastructure.time.years import advance
from megastructure.words.declare import columns
from megastructure.words.errors import BadRun
from worlds.forgery import Forge, Forged, Soak, changes, make

COLUMNS = [(table, c) for table, declared in TABLES.items() for c in columns(declared)]
CASES = int(os.environ.get("MEGASTRUCTURE_FORGED", "20"))
ASKED = ("info", "verify", "resume", "section", "chronicle", "stories", ".json", ".parquet", "sql 0")  # few kernels


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory, ignore_cleanup_errors=True) as path:
        yield Path(path)


@pytest.fixture(scope="module")
def honest(place: Path) -> Path:
    return make(place / "honest")


@pytest.fixture(scope="module")
def forge(honest: Path) -> Forge:
    return Forge(honest)


# ---- what is declared ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table, column", COLUMNS, ids=[f"{t}.{c.name}" for t, c in COLUMNS])
def test_every_column_declares_what_it_may_hold(table, column):
    room, between = np.iinfo(column.col.dtype), range_of(column.col, {})
    assert between is not None, "neither codes, nor a reference, nor a range"
    assert room.min <= between[0] <= between[1] <= room.max
    assert column.col.refers in ("", *TABLES) and column.col.until in ("", "days", "years", "orders", "reigns")
    if column.col.unit[:1].isupper():
        assert codes_of(column.col), f"{column.col.unit} is no enumeration"


@pytest.mark.parametrize("table, column", COLUMNS, ids=[f"{t}.{c.name}" for t, c in COLUMNS])
def test_what_is_declared_is_asked(table, column):
    """The ends are allowed, one beyond is not."""
    counts = counts_at(10 * YEAR, dict.fromkeys(TABLES, 5), 3)
    low, high = range_of(column.col, counts)
    room = np.iinfo(column.col.dtype)
    first = high + 1 if column.col.earlier else 0  # a row far enough from the beginning
    for value in (low, high, low - 1, high + 1):
        if room.min <= value <= room.max:
            rows = np.array([[range_of(c.col, counts)[0] for c in columns(TABLES[table])]])
            rows[0, column.number] = value
            fault = Limits(table, counts).fault(rows, first)
            assert (fault is None) == (low <= value <= high), (value, fault)
            if fault is not None:
                assert fault.row == first and fault.value == value and fault.words().isprintable()


def test_what_the_series_keeps_of_a_count_fits_into_it():
    """A count that is kept year by year may hold no more than the column of the series; else a forged one would end a run."""
    kept = {c.name: c.col for c in columns(TABLES["series"])}
    for table in ("powers", "tally"):
        for c in columns(TABLES[table]):
            if c.name in kept and kept[c.name].dtype == "i4":
                between = range_of(c.col, {})
                assert between[1] <= GROWN, f"{table}.{c.name}: up to {between[1]:,}, and it may grow"


def faults_of(city: City) -> list[str]:
    """What is wrong with a city by the declarations of its tables, and by what they must agree in."""
    tables = {name: city.table(name).astype(np.int64) for name in (*APPENDED, *FRAMED)}
    counts = counts_at(city.day, {name: len(rows) for name, rows in tables.items()}, len(city.scenario.shots))
    found = [(name, Limits(name, counts).fault(rows)) for name, rows in tables.items()]
    return [f"{name}.{fault.words()}" for name, fault in found if fault] + [
        f"{name}.{fault.words()}" for name, fault in [first_fault(city.scenario, city.day, tables) or ("", None)] if fault
    ]


@pytest.mark.parametrize("preset, years", [("quick", 430), ("saga", 120), ("giant", 40), ("world", 300)])
def test_an_honest_run_of_a_preset_holds_what_is_declared(preset, years):
    assert preset in presets()
    city = found(Scenario.load(preset))
    assert faults_of(city) == []
    for year in (years // 2, years):
        advance(city, year * YEAR)
        assert faults_of(city) == []


def test_an_honest_run_is_read(honest: Path, forge: Forge):
    with Archive.open_to_read(honest) as archive:
        for day in archive.frames():
            assert load_city(archive, day).day == day
    rows = {name: len(forge.tables[name] if name in APPENDED else forge.frames[1][name]) for name in TABLES}
    assert all(rows.values()), f"nothing to forge in {[name for name, n in rows.items() if not n]}"


# ---- what is refused -------------------------------------------------------------------------------------------------

REFUSED = {  # each of them once ended in a signal, a hang, gigabytes or a traceback
    ("persons", "village", 2**31 - 1): "a row of villages in 0..",
    ("persons", "village", -1): "a row of villages in 0..",
    ("works", "foreman", -(2**31)): "a row of foremen in 0..",
    ("works", "charter", 2**31 - 1): "a row of charters in 0..",
    ("works", "sz", 2**30 - 1): "1..4096",
    ("works", "target", 2**31 - 1): "1 + ",
    ("works", "start", 2**31 - 1): "0..",
    ("claims", "n", 2**31 - 1): "3..8",
    ("claims", "m", 20_000): "4..12",
    ("claims", "foreman", 2**30): "a row of foremen in 0..",
    ("claims", "x", 11): "as the bay of its foreman lies",
    ("foremen", "village", 2**31 - 1): "-1 or a row of villages in 0..",
    ("foremen", "charter", -1): "a row of charters in 0..",
    ("foremen", "school", 2**31 - 1): "a row of schools in 0..",
    ("foremen", "pitch", 49): "a multiple of 16",
    ("villages", "parent", 2**31 - 1): "-1 or a row of villages in 0..",
    ("plan", "foreman", -2): "a row of foremen in 0..",
    ("schools", "founder", 2**31 - 1): "a row of foremen in 0..",
    ("units", "hunts", -1): "a Wanderer: it hunts no village",
    ("units", "village", 2**31 - 1): "-1 or a row of villages in 0..",
    ("wanderers", "group", 7): "0..6",
    ("units", "level", 200): "1..4",
    ("units", "fate", 3): "a number of Fate",
    ("wanderers", "bay", -1): "a row of foremen in 0..",
    ("shots", "axis", 3): "0..2",
    ("events", "day", 2**31 - 1): "0..",
    ("events", "kind", 4): "a number of EventKind",
    ("persons", "mother", 400): "a row before its own",
    ("series", "year", 2): "1, 2, 3, ...",
    ("tally", "ordered", 99): "0..2",
    ("powers", "tokens", 2**60): "0..14400",
}


@pytest.mark.parametrize("what", REFUSED, ids=[f"{t}.{c} = {v}" for t, c, v in REFUSED])
def test_what_may_not_be_is_refused_with_one_line(what, forge: Forge, tmp_path: Path):
    table, column, value = what
    run = forge.into(tmp_path / "run", [Forged(table, column, 0, value, True)])
    with pytest.raises(BadRun) as refusal:
        Run.open(run)
    said = str(refusal.value)
    assert said.isprintable() and str(run) in said and f"{table}.{column}[0] = {value}: expected " in said
    assert REFUSED[what] in said


@pytest.mark.parametrize("table", [name for name in FRAMED if "name" in TABLES[name].column_names])
def test_two_rows_with_one_name_are_refused(table, forge: Forge, tmp_path: Path):
    names = forge.frames[1][table][:, TABLES[table].name]
    if len(names) < 2:
        pytest.skip("there is one of them alone")
    run = forge.into(tmp_path / "run", [Forged(table, "name", 1, int(names[0]), True)])
    with pytest.raises(BadRun, match=rf"{table}\.name\[1\] = {names[0]}: expected a name that no row before has"):
        Archive.open_to_read(run).frame()


def test_rows_that_do_not_follow_each_other_are_refused(forge: Forge, tmp_path: Path):
    run = forge.into(tmp_path / "run", [Forged("events", "order", 1000, "", True)])
    with pytest.raises(BadRun, match=r"events\.day\[.*expected at least .*, as before it"):
        Archive.open_to_read(run).read("events")


@pytest.mark.parametrize("table, rows", [("works", 300_000), ("claims", 700_000), ("events", 400_000)])
def test_few_bytes_do_not_unfold_to_many(table, rows, honest: Path, tmp_path: Path):
    run = tmp_path / "run"
    shutil.copytree(honest, run)
    with Archive.open_to_write(run) as archive:
        last = archive.last_commit
        assert last is not None
        again = np.repeat(archive.read(table)[-1:], rows, axis=0)
        archive.commit(last.day + 1, "more", {table: again}, archive.frame(last.day))
    with pytest.raises(BadRun, match=r"[0-9,]+ bytes would unfold to [0-9,]+"):
        Archive.open_to_read(run)


# ---- whatever is asked -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_whatever_is_forged_every_command_answers_or_refuses(honest: Path, place: Path):
    """A small soak: one line or an answer; no signal, no hang, no traceback, no more memory than such a run needs."""
    rng = random.Random(7)
    (place / "cases").mkdir()
    soak = Soak(honest, place / "cases")
    soak.warm(ASKED)
    every = list(changes(soak.forge, rng))
    assert {c.table for c in every} >= set(TABLES)
    for change in rng.sample(every, CASES):
        soak.case([change], rng.sample(ASKED, 2))
    assert soak.faults == []
    ended = {how for _, how in soak.ended}
    assert ended == {"answered", "refused"}
