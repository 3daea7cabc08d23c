"""Forks: the same past, another future; what is shared on disk; interventions; and two histories side by side."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import megastructure.memory.fork as forks
import megastructure.memory.run as runs
from megastructure.door.cli import cli
from megastructure.ground.check import check
from megastructure.ground.city import APPENDED, FRAMED, City
from megastructure.ground.codes import A_AUTHORITY, A_HEALTHY, A_SAFEGUARD, P_RELEASED, EventKind
from megastructure.ground.digest import digest, digests, law_digest
from megastructure.ground.rng import lineage
from megastructure.ground.scenario import Scenario, knob_vector
from megastructure.ground.tables import HUMAN, YEAR, Events, Foremen, Persons, Powers, Series, Villages
from megastructure.memory.archive import Archive
from megastructure.memory.book import REGISTERS
from megastructure.memory.fork import Crossroads, branches, fork, forked
from megastructure.memory.interventions import VERBS, intervene, rearm, understand
from megastructure.memory.run import Run, verify
from megastructure.memory.runs import expand
from megastructure.society.allegiance import ring_chance, turn
from megastructure.time.genesis import found
from megastructure.time.rebuild import load
from megastructure.time.years import advance
from megastructure.told.compare import History, difference
from megastructure.told.ending import ending_of, watched
from megastructure.told.fan import Brief, Share, effect, entropy, fan, last_common, wilson
from megastructure.words.declare import columns
from megastructure.words.errors import BadKnob, BadRun, MegastructureError
from megastructure.words.names import spoken, spoken_place
from worlds import made_run
from worlds.rows import rows

# Small and fast: a city of some forty bays after 400 years; an era of people that begins within it.
SMALL = Scenario.load("quick").with_knobs(years=400, world_radius_lots=16, growth_income=2000, works=0, people=0)
PEOPLED = SMALL.with_knobs(people=1, era_year=320, strike_lead_years=40)
AT = 297


@contextmanager
def commits_often() -> Iterator[None]:
    """So that there are parts to share and frames to begin from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "COMMIT_SECONDS", 0.0)
        patch.setattr(runs, "CALL_SECONDS", 0.004)
        yield


MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # hundreds of syncs take their time on a disk


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY, ignore_cleanup_errors=True) as path:
        yield Path(path)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Three parents: a city in outline, one with matter, one with people."""
    with tempfile.TemporaryDirectory(dir=MEMORY, ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        for name, scenario in (("bare", SMALL), ("full", SMALL.with_knobs(works=1, years=320)), ("peopled", PEOPLED)):
            with Run.create(scenario, path / name) as run, commits_often():
                run.advance()
        yield path


def digest_of(run: Path) -> str:
    with Archive.open_to_read(run) as there:
        assert there.last_commit is not None
        return there.last_commit.digest


# ---- the same past ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parent", ["bare", "full", "peopled"])
@pytest.mark.parametrize("standalone", [False, True])
def test_a_fork_without_a_change_is_its_parent(home: Path, tmp_path: Path, parent: str, standalone: bool) -> None:
    with fork(home / parent, AT, out=tmp_path / "fork", standalone=standalone) as run, commits_often():
        assert run.city.day == AT * YEAR
        assert [c.day for c in run.archive.commits] == [AT * YEAR]
        run.advance()
        assert digest(run.city) == digest_of(home / parent)
        known = {c.day: c.digest for c in Archive.open_to_read(home / parent).commits}
        both = [c for c in run.archive.commits if c.day in known]
        assert len(both) > 1 and all(known[c.day] == c.digest for c in both)
        links = [p.stat().st_nlink for table in REGISTERS for p in run.archive.paths(table)]
        assert max(links) == (1 if standalone else 2)
        assert [c.year for c in run.centuries][:3] == [100, 200, 300]
    assert all(v.same for v in verify(tmp_path / "fork", intervals=2))
    with Run.open(home / parent) as one, Run.open(tmp_path / "fork") as two:
        for name in APPENDED:
            assert np.array_equal(one.archive.read(name), two.archive.read(name)), name


def test_a_fork_can_be_resumed_extended_and_forked(home: Path, tmp_path: Path) -> None:
    with fork(home / "bare", AT, {"breeding_cost": 12_000}, out=tmp_path / "fork", years=350) as run:
        run.advance(320)
        remarks = run.archive._book.meta["scenario"]
        assert remarks.startswith("# forked from ") and "breeding_cost = 12000" in remarks.splitlines()[1]
    with Run.open(tmp_path / "fork", write=True) as run:
        run.advance()
        run.archive.set_years(370)
        run.advance(370)
        whole = digest(run.city)
        assert run.archive._book.meta["scenario"].startswith("# forked from ")
    with fork(home / "bare", AT, {"breeding_cost": 12_000}, out=tmp_path / "again", years=370) as run:
        run.advance()
        assert digest(run.city) == whole
    with fork(tmp_path / "fork", 340, out=tmp_path / "child") as run:
        run.advance()
        assert digest(run.city) == whole
        assert run.archive.parent == ("../fork", 340 * YEAR)
    with pytest.raises(MegastructureError, match=r"297\.\.370.*what came before is in"):
        fork(tmp_path / "fork", 290, out=tmp_path / "no")


def test_a_change_leaves_the_past_alone_and_moves_the_future(home: Path, tmp_path: Path) -> None:
    with fork(home / "bare", AT, {"breeding_cost": 8_000}, out=tmp_path / "fork") as run:
        run.advance()
        assert digest(run.city) != digest_of(home / "bare")
        noted = forked(run.archive)
        assert noted is not None and noted.changes == {"breeding_cost": 8000} and noted.dice == "same"
    with Archive.open_to_read(home / "bare") as one, Archive.open_to_read(tmp_path / "fork") as two:
        assert np.array_equal(one.read("series")[:AT], two.read("series")[:AT])
        before = [e.read("events")[e.read("events")[:, Events.day] < AT * YEAR] for e in (one, two)]
        assert np.array_equal(*before) and len(before[0]) > 5
    found_out = difference(home / "bare", tmp_path / "fork")
    assert found_out.first is not None and found_out.first.day >= AT * YEAR
    assert found_out.front[-1].bays_differing > 0
    assert difference(home / "bare", home / "bare").first is None


def test_a_fork_of_a_full_run_in_outline_lives_the_same_history(home: Path, tmp_path: Path) -> None:
    with fork(home / "full", AT, {"works": 0}, out=tmp_path / "outline") as run:
        run.advance()
        assert len(run.city.table("works")) == 0
        with Run.open(home / "full") as parent:
            assert law_digest(run.city) == law_digest(parent.city)


def test_new_dice_are_as_many_futures_as_there_are_numbers(home: Path, tmp_path: Path) -> None:
    here = Crossroads(home / "bare", AT)
    digests, seeds = set(), set()
    for number in (1, 2, 3):
        with here.take("new", tmp_path / f"f-{number}", number) as run:
            run.advance()
            digests.add(digest(run.city))
            seeds.add(run.scenario.seed)
            assert run.scenario.seed == lineage(SMALL.seed, AT * YEAR, number)
    assert len(digests) == len(seeds) == 3 and digest_of(home / "bare") not in digests
    with Run.open(home / "bare") as one, Run.open(tmp_path / "f-1") as two:
        old = [r.city.table("foremen")[:, Foremen.name] for r in (one, two)]
        assert np.isin(here.city.table("foremen")[:, Foremen.name], old[0]).all()
        assert np.isin(here.city.table("foremen")[:, Foremen.name], old[1]).all()
    with Crossroads(home / "bare", AT).take("new", tmp_path / "again", 2) as run:
        run.advance()
        assert digest(run.city) == digest_of(tmp_path / "f-2")


def test_a_world_that_has_drawn_its_raids_is_changed_in_proportion(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Crossroads(home / "peopled", 350, {"safeguard_raid_ppm": 36_000})
    here.city.powers.raid_ppm, here.city.powers.era_day = 10_001, 320 * YEAR
    with here.take("same", tmp_path / "fork") as run:
        assert run.city.powers.raid_ppm == 20_002
        assert here.city.powers.raid_ppm == 10_001


# ---- clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "dice", "sides"),
    [({"struggle_flip_ppm": 1_000_000}, "same", {2}), ({"infection_link_ppm": 900_000}, "same", {0}), ({}, "new", {0, 2}),
     ({"safeguard_raid_ppm": 900}, "same", set()), ({"struggle": 0}, "same", {2})],
)  # fmt: skip
def test_who_is_asked_at_another_rate_waits_anew(
    home: Path, tmp_path: Path, changes: dict[str, int], dice: str, sides: set[int]
) -> None:
    here = Crossroads(home / "peopled", 310, changes)
    city = here.city
    living = city.table("foremen")[:, Foremen.phase] != P_RELEASED
    for n in np.nonzero(living)[0]:
        turn(city, n, n % 3, 4711 * (n % 3), city.day - 1)
    kept = city.table("foremen").copy()
    assert ((kept[living, Foremen.asked] >= 0) == (kept[living, Foremen.allegiance] != A_SAFEGUARD)).all()
    assert set(kept[living, Foremen.allegiance].tolist()) == {0, 1, 2}
    with here.take(dice, tmp_path / "fork", 1) as run:
        now = run.city.table("foremen")
        for n in np.nonzero(living)[0]:
            if kept[n, Foremen.allegiance] in sides:
                chance = int(ring_chance(run.city.knobs, kept[n, Foremen.allegiance]))
                assert now[n, Foremen.asked] >= run.city.day if chance else now[n, Foremen.asked] == -1
            else:
                assert now[n, Foremen.asked] == kept[n, Foremen.asked]
        waited = living & (kept[:, Foremen.asked] >= 0) & np.isin(kept[:, Foremen.allegiance], list(sides))
        assert waited.any() == bool(sides)
        assert (kept[waited, Foremen.asked] != now[waited, Foremen.asked]).sum() >= 0.5 * waited.sum()
        check(run.city)


def test_what_was_earned_counts_by_the_old_knobs_and_no_date_is_put_off(home: Path) -> None:
    here = Crossroads(home / "bare", AT)
    city = here.city
    for knob, value in (("growth_income", 20_000), ("growth_income", 1), ("breeding_cost", 100), ("renovation_unit_days", 1)):
        rich = copy.deepcopy(city)
        rich.put("knobs", knob_vector(SMALL.with_knobs(**{knob: value})))
        for n in range(len(rich.table("foremen"))):
            rearm(rich, city.knobs, n, rich.day)
        old, new = city.table("foremen"), rich.table("foremen")
        living = old[:, Foremen.phase] != P_RELEASED
        assert (new[living, Foremen.updated] == rich.day).all()
        later = copy.deepcopy(city)  # the same rows, reckoned twice by the old knobs
        for n in range(len(new)):
            rearm(later, city.knobs, n, city.day)
        assert np.array_equal(later.table("foremen")[:, Foremen.energy], new[:, Foremen.energy])
        dated = old[:, Foremen.due] >= 0
        assert (new[dated, Foremen.due] <= old[dated, Foremen.due]).all() and (new[dated, Foremen.due] >= rich.day).all()
        check(rich)
        advance(rich, rich.day + 2000)
        check(rich)
    poor = copy.deepcopy(city)
    foreman = poor.foremen[0]
    foreman.updated = city.day
    foreman.energy = foreman.boxed_in = foreman.children = foreman.try_day = 0
    dates = []
    for income in (2_000, 20_000, 500):
        poor.put("knobs", knob_vector(SMALL.with_knobs(growth_income=income)))
        rearm(poor, city.knobs, 0, city.day)
        dates.append(int(foreman.due) - city.day)
    # 24,000 power at 2,000 or 20,000 in 64 days from the ground, and what its towers bring; a date is never put off.
    assert 64 < dates[1] < 78 < dates[0] < 770 and dates[2] == dates[1]


# ---- interventions ---------------------------------------------------------------------------------------------------


def peopled(order: tuple[int, ...] = tuple(range(12)), day: int = 290 * YEAR, seed: int = 3) -> City:
    """A small city into which two villages of six are put by hand; `order` of the rows of people."""
    city = found(SMALL.with_knobs(seed=seed))
    advance(city, day)
    bays = np.nonzero(city.table("foremen")[:, Foremen.phase] != P_RELEASED)[0][:2]
    villages = rows(
        "villages", 2, name=[lineage(7, v, 0) for v in range(2)], bay=bays, ended=-1, people=6, alert_day=day, carriers=[0, 1],
    )  # fmt: skip
    p = np.arange(12)
    persons = rows(
        "persons", 12, name=[lineage(8, n, 0) for n in range(12)], born=80_000 + 700 * p, female=p % 2, village=p // 6,
        mother=-1, father=-1, died=-1, infected_day=-1, tested=-1, led_by=-1,
        haplotype_a=HUMAN | p % 4, haplotype_b=HUMAN | 63 * (p == 11),
    )  # fmt: skip
    city.foremen[bays, Foremen.village] = 0, 1
    city.foremen[bays[0]].terminals = 1
    city.scenario = city.scenario.with_knobs(people=1, era_year=270)
    city.put("knobs", knob_vector(city.scenario))
    city.powers.era_day, city.powers.struck = 270 * YEAR, 250 * YEAR
    tables = {name: city.table(name).copy() for name in (*APPENDED, *FRAMED)}
    tables |= {"persons": persons[list(order)], "villages": villages}
    load(city, day, tables)
    for column, count in counts(city).items():
        city.powers.words[column] = count
    return city


def counts(city: City) -> dict[int, int]:
    """What the powers ought to count, from the tables alone: the twin of people.py and allegiance.py."""
    persons, foremen = city.table("persons"), city.table("foremen")
    alive = persons[persons[:, Persons.died] < 0]
    shown = alive[:, Persons.haplotype_a] | alive[:, Persons.haplotype_b]
    living = foremen[foremen[:, Foremen.phase] != P_RELEASED]
    found_counts = {
        Powers.people: len(alive), Powers.villages: int((city.table("villages")[:, Villages.ended] < 0).sum()),
        Powers.carriers: int((shown & 63 == 63).sum()), Powers.nodes: int(living[:, Foremen.node].sum()),
        Powers.halted: int((living[:, Foremen.halted] > 0).sum()),
        Powers.safeguard_bays: int((living[:, Foremen.allegiance] == 1).sum()),
        Powers.authority_bays: int((living[:, Foremen.allegiance] == 2).sum()),
    }  # fmt: skip
    return found_counts | {Powers.locus0 + k: int((shown >> k & 1).sum()) for k in range(6)}


def do(city: City, *texts: str) -> np.ndarray:
    """Intervene; the events that were told."""
    before = len(city.table("events"))
    intervene(city, understand(city, texts))
    check(city)
    told = city.table("events")[before:]
    assert {c: int(city.powers.words[c]) for c in counts(city)} == counts(city)
    assert (told[:, Events.day] == city.day).all() and len(told)
    assert told[0, Events.cause] == 0
    order = [tuple(r) for r in told[:, [Events.kind, Events.who]]]
    assert order == sorted(order)
    return told


def kinds(told: np.ndarray) -> list[str]:
    return [EventKind(int(k)).name for k in told[:, Events.kind]]


def test_interventions_do_what_they_say_and_keep_all_counts() -> None:
    city = peopled()
    person, village = int(city.persons[3, Persons.name]), int(city.villages[1, Villages.name])
    bay, other = (
        int(n) for n in city.table("foremen")[[city.villages[0, Villages.bay], city.villages[1, Villages.bay]], Foremen.name]
    )
    assert kinds(do(city, f"kill {spoken(person)}")) == ["PERSON_DIED"]
    assert city.persons[3, Persons.died] == city.day and city.powers.deaths_age == 1 and city.villages[0, Villages.people] == 5
    assert kinds(do(city, f"gene {int(city.persons[4, Persons.name])}")) == ["CARRIER_BORN"]
    assert city.powers.carriers == 2
    assert kinds(do(city, f"infect {spoken_place(bay)}")) == ["BAY_INFECTED"]
    n = int(city.villages[0, Villages.bay])
    assert city.foremen[n, Foremen.allegiance] == A_SAFEGUARD
    assert kinds(do(city, f"HEAL  {bay}")) == ["BAY_FLIPPED"]
    assert city.foremen[n, Foremen.allegiance] == A_HEALTHY and city.foremen[n, Foremen.recognition] == HUMAN
    assert kinds(do(city, f"node {spoken(bay).lower()}")) == ["NODE_WOKEN"]
    assert city.powers.nodes == 1 and city.foremen[n, Foremen.allegiance] == A_AUTHORITY
    assert kinds(do(city, f"barrier {spoken_place(village)}")) == ["BARRIER"]
    assert city.villages[1, Villages.barrier_until] == city.day + city.scenario.barrier_years * YEAR
    city.foremen[int(city.villages[1, Villages.bay]), Foremen.stop_bits] = 0
    told = do(city, "stop")
    assert kinds(told).count("BAY_DEFIED") == 1 and told[-1, Events.who] == other
    assert kinds(told).count("BAY_HALTED") == city.bays - 1
    everyone = [f"kill {int(p)}" for p in city.persons[6:12, Persons.name]]
    assert "VILLAGE_ENDED" in kinds(do(city, *everyone)) and city.powers.villages == 1


def test_who_is_healed_waits_if_the_code_spreads_and_not_before() -> None:
    """Before the first of a month the code is in no list; if it is gone by then, nobody ever was."""
    for spread_since in (-1, 0):
        city = peopled()
        city.powers.spread_since = spread_since
        n = int(city.villages[0, Villages.bay])
        for verb, waits in (("infect", False), ("heal", spread_since >= 0)):
            do(city, f"{verb} {int(city.foremen[n, Foremen.name])}")
            assert (city.foremen[n, Foremen.asked] > city.day) == waits
        others = np.arange(len(city.table("foremen"))) != n
        assert (city.table("foremen")[others, Foremen.asked] == -1).all()
        advance(city, city.day + 30 * YEAR if spread_since < 0 else city.day + 1)
        check(city)
        assert spread_since == 0 or city.powers.spread_since == -1


def test_an_intervention_writes_nothing_else() -> None:
    expected = {
        "kill {p}": {"persons", "villages", "powers", "events"}, "gene {p}": {"persons", "villages", "powers", "events"},
        "infect {b}": {"foremen", "powers", "events"}, "node {b}": {"foremen", "powers", "events"},
        "barrier {v}": {"villages", "events"}, "stop": {"foremen", "powers", "events"},
    }  # fmt: skip
    whole = peopled()
    bay = int(whole.foremen[whole.villages[0, Villages.bay], Foremen.name])
    for text, changed in expected.items():
        city = peopled()
        do(city, text.format(p=int(whole.persons[0, Persons.name]), b=bay, v=int(whole.villages[0, Villages.name])))
        differing = {name for name, digest in digests(city).items() if digest != digests(whole)[name]}
        assert differing == changed, text
    assert {text.split()[0] for text in expected} | {"heal", "shot"} == set(VERBS)


def test_the_order_of_rows_decides_nothing() -> None:
    city, other = peopled(), peopled((5, 2, 9, 0, 1, 11, 3, 4, 10, 8, 7, 6))
    assert digest(city) == digest(other)
    texts = [f"kill {int(city.persons[3, Persons.name])}", f"gene {int(city.persons[8, Persons.name])}", "stop"]
    do(city, *texts)
    do(other, *texts)
    assert digest(city) == digest(other)


def test_a_shot_is_fired_on_the_day_and_belongs_to_the_scenario(home: Path, tmp_path: Path) -> None:
    with fork(home / "full", AT, actions=["shot 8,8,8,0,64,3"], out=tmp_path / "fork", years=AT + 2) as run:
        assert run.scenario.shots == ((AT * YEAR, 8, 8, 8, 0, 64, 3),)
        run.advance()
        told = run.archive.read("events")
        assert (told[told[:, Events.kind] == EventKind.SHOT, Events.day] == AT * YEAR).all()
        assert (told[:, Events.kind] == EventKind.REPAIR).any()
        whole = digest(run.city)
    with Run.open(tmp_path / "fork", write=True) as run:
        assert digest(run.city) == whole
    assert all(v.same for v in verify(tmp_path / "fork"))


def test_stop_ends_the_building(home: Path, tmp_path: Path) -> None:
    with fork(home / "bare", AT, actions=["stop"], out=tmp_path / "fork") as run:
        before = run.city.bays
        run.advance()
        assert run.city.bays <= before < int(Archive.open_to_read(home / "bare").read("series")[-1, 1])
    assert all(v.same for v in verify(tmp_path / "fork", intervals=2))
    told = difference(home / "bare", tmp_path / "fork")
    assert told.first is not None and told.first.kind == "BAY_HALTED" and told.first.in_fork
    assert told.first.day == AT * YEAR and "only in the fork: " in told.first.sentence and told.changed == "stop"


# ---- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--at", "-1"], "expected a year in 0..400"),
        (["--at", "401"], "expected a year in 0..400"),
        (["--at", "400"], "nothing is left to live"),
        (["--at", "50", "--years", "50"], "nothing is left to live"),
        (["--at", "50", "--set", "grwth_income=3"], "did you mean growth_income"),
        (["--at", "50", "--set", "world_radius_lots=99"], "world_radius_lots: took effect at the founding"),
        (["--at", "50", "--set", "seed=3"], "expected --dice new"),
        (["--at", "50", "--set", "works=1"], "the parent is an outline"),
        (["--at", "50", "--do", "kil Somebody"], "did you mean kill"),
        (["--at", "50", "--do", "kill"], "expected kill PERSON"),
        (["--at", "50", "--do", "stop it"], "expected stop"),
        (["--at", "50", "--do", "kill Somebody"], "no such person"),
        (["--at", "50", "--do", "barrier 17"], "no such village"),
        (["--at", "50", "--do", "heal Nowhere"], "no such bay"),
        (["--at", "50", "--do", "shot 1,2,3"], "expected shot X,Y,Z,AXIS,LENGTH,RADIUS"),
        (["--at", "50", "--do", "shot 1,2,3,4,5,6"], "shots.axis = 4"),
        (["--at", "50", "--do", "stop", "--do", "stop"], "given twice"),
        (["--at", "50", "--n", "3"], "expected --dice new"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(home: Path, words: list[str], says: str) -> None:
    before = sorted(p.name for p in home.iterdir())
    answer = CliRunner().invoke(cli, ["fork", str(home / "bare"), *words])
    assert isinstance(answer.exception, MegastructureError), answer.output
    assert answer.exception.exit_code == 2
    assert says in str(answer.exception) and "\n" not in str(answer.exception)
    assert sorted(p.name for p in home.iterdir()) == before


def test_what_has_taken_effect_cannot_be_changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = found(PEOPLED)
    city.powers.struck, city.powers.era_day = 80 * YEAR, 120 * YEAR
    for name, value in (("era_year", 300), ("founder", {"pitch": 96}), ("world_spread", 0), ("gene_loci", 3), ("infection", 0)):
        with pytest.raises(BadKnob, match=f"{name}: took effect"):
            forks._check_taken_effect(city, {name: value})
    city.powers.era_day = -1
    with pytest.raises(BadKnob, match="when the cult struck, in year 80"):
        forks._check_taken_effect(city, {"era_year": 300})
    forks._check_taken_effect(city, {"world_spread": 0, "gene_loci": 3, "safeguard": 0})
    monkeypatch.setattr("megastructure.memory.sources.laws_digest", lambda: "0" * 16)
    with pytest.raises(BadRun, match="other laws"):
        fork(home / "bare", AT)


def test_impossible_interventions_are_refused() -> None:
    city = peopled()
    dead, other = (int(p) for p in city.persons[[1, 11], Persons.name])
    do(city, f"kill {dead}")
    bay = int(city.foremen[city.villages[1, Villages.bay], Foremen.name])
    city.foremen[city.villages[1, Villages.bay], Foremen.terminals] = 0
    before = digest(city)
    for text, says in (
        (f"kill {dead}", "died in year 290"), (f"gene {other}", "whole key already"), (f"heal {bay}", "is healthy"),
        (f"node {bay}", "no terminal"), (f"gene {dead}", "died in year 290"), ("kill 99999999999999999999", "no such person"),
        ("barrier Nowhere", "no such village"),
    ):  # fmt: skip
        with pytest.raises(MegastructureError, match=says):
            understand(city, ["stop", text])
    assert digest(city) == before
    near = spoken(int(city.persons[0, Persons.name]))
    with pytest.raises(MegastructureError, match=f"did you mean .*{near}"):
        understand(city, [f"kill {near}a"])


def test_a_damaged_parent_is_not_inherited(tmp_path: Path) -> None:
    with Run.create(SMALL.with_knobs(years=300), tmp_path / "parent") as run:
        run.advance()
        part = run.archive.paths("claims")[-1]
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    with pytest.raises(BadRun, match="claims"):
        fork(tmp_path / "parent", 300, years=310)


def test_a_fork_stands_when_its_parent_is_gone(tmp_path: Path) -> None:
    import shutil

    with Run.create(SMALL.with_knobs(years=300), tmp_path / "parent") as run:
        run.advance()
    with fork(tmp_path / "parent", 290, out=tmp_path / "fork") as run:
        run.advance(295)
    shutil.rmtree(tmp_path / "parent")
    with Run.open(tmp_path / "fork", write=True) as run:
        run.advance()
        again = found(run.scenario)
        advance(again, 300 * YEAR)
        assert digest(again) == digest(run.city)


# ---- side by side ----------------------------------------------------------------------------------------------------

A, B, C, D, E = (int(lineage(1, n, 0)) for n in range(5))
DAY = 250 * YEAR


def write(path: Path, persons: list[tuple[int, int, int]], told: list[tuple[int, int, int, int]], **powers: int) -> Path:
    """A small archive made by hand: persons as (name, born, died), events as (day, kind, who, whom)."""
    city = found(SMALL)
    archive = Archive.create(path, SMALL, "laws")
    table = np.zeros((len(persons), len(columns(Persons))), np.int64)
    for row, (name, born, died) in zip(table, persons):
        row[[Persons.name, Persons.born, Persons.died]] = name, born, died
        row[[Persons.mother, Persons.father, Persons.led_by]] = -1
    villages = np.zeros((1, len(columns(Villages))), np.int64)
    villages[0, [Villages.name, Villages.parent]] = 5, -1
    events = np.zeros((len(told), len(columns(Events))), np.int64)
    events[:, :4] = sorted(told)
    events[:, Events.name] = np.arange(1, len(told) + 1)
    series = np.zeros((DAY // YEAR, len(columns(Series))), np.int64)
    series[:, 0] = np.arange(1, DAY // YEAR + 1)
    row = city.table("powers").copy()
    row[0, Powers.era_day] = 0
    for name, value in powers.items():
        row[0, {"restored": Powers.restored, "locked": Powers.locked, "people": Powers.people}[name]] = value
    frame = {"foremen": city.table("foremen"), "persons": table, "villages": villages, "powers": row}
    archive.commit(DAY, "digest-" + path.name, {"events": events, "series": series}, frame)
    archive.close()
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A history and another: B is saved, C is lost, D is never born, E is born only there, A lives one life in both."""
    born, died = int(EventKind.PERSON_BORN), int(EventKind.PERSON_DIED)
    bay = int(found(SMALL).foremen[0, Foremen.name])
    infected = int(EventKind.BAY_INFECTED)
    common = [(100, born, A, 0), (200, born, B, 0), (300, born, C, 0)]
    one = write(
        tmp_path / "one", [(A, 100, -1), (B, 200, 40_000), (C, 300, 80_000), (D, 50_000, -1)],
        [*common, (40_000, died, B, 0), (50_000, born, D, A), (80_000, died, C, 0)], people=2,
    )  # fmt: skip
    two = write(
        tmp_path / "two", [(C, 300, 45_000), (A, 100, -1), (E, 60_000, -1), (B, 200, -1)],
        [*common, (39_000, infected, bay, 0), (45_000, died, C, 0), (60_000, born, E, 0)], people=3, restored=77,
    )  # fmt: skip
    return one, two


def test_the_ledger_of_lives_and_the_first_divergence(pair: tuple[Path, Path]) -> None:
    d = difference(*pair)
    assert [[x.name for x in lives] for lives in (d.saved, d.lost, d.never_born, d.born_only_there)] == [[B], [C], [D], [E]]
    assert (d.saved[0].died, d.saved[0].died_in_fork) == (40_000, -1)
    assert d.first is not None and (d.first.day, d.first.kind, d.first.in_fork) == (39_000, "BAY_INFECTED", True)
    assert (d.lives, d.lives_identical) == (5, 1) and d.identical_share == 0.2
    assert (d.ending, d.ending_in_fork) == ("CONTESTED", "RESTORED") or (d.ending, d.ending_in_fork) == ("EXTINCT", "RESTORED")
    assert d.same_state is False
    # A is the mother of D in one of them, so something else is told of her from day 50,000 on.
    assert [(f.year, f.people, f.people_identical) for f in d.front] == [(200, 5, 0), (250, 4, 0)]
    assert [(f.bays, f.bays_differing, f.cells) for f in d.front] == [(1, 1, 0), (1, 1, 0)]
    back = difference(pair[1], pair[0])
    assert [x.name for x in back.lost] == [B] and back.first is not None and not back.first.in_fork


def test_a_history_does_not_differ_from_itself(pair: tuple[Path, Path]) -> None:
    d = difference(pair[0], pair[0])
    assert d.first is None and d.same_state and d.identical_share == 1.0
    assert all(f.identical_share == 1.0 and f.bays_differing == 0 and f.cells is None for f in d.front)
    assert not (d.saved or d.lost or d.never_born or d.born_only_there)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_first_divergence_is_that_of_a_plain_search(data: Any) -> None:
    """Twin: sets of keys, the least of those in one only."""
    from megastructure.told.compare import _first_divergence, _lone
    from megastructure.told.sentences import Speaker

    row = st.tuples(st.integers(0, 6), st.sampled_from([22, 23, 28]), st.integers(1, 3), st.integers(0, 1))
    sides = []
    base = data.draw(st.sets(row, max_size=12))
    for _ in range(2):
        keys = sorted(base ^ data.draw(st.sets(row, max_size=2)))
        events = np.zeros((len(keys), len(columns(Events))), np.int64)
        if keys:
            events[:, :4] = keys
        sides.append(events)
    told = [{tuple(int(v) for v in r[:4]) for r in side} for side in sides]
    lone = sorted(told[0] ^ told[1])
    first = _first_divergence(*sides, Speaker())
    assert (first is None) == (not lone)
    if first is not None:
        assert (first.day, EventKind[first.kind], first.who, first.whom) == lone[0] and first.in_fork == (lone[0] in told[1])
    assert {tuple(int(v) for v in r[:4]) for r in _lone(*sides)} == told[0] - told[1]


def test_endings_follow_the_rule() -> None:
    row = found(SMALL).table("powers").copy()
    assert ending_of(row) == ""
    row[0, [Powers.era_day, Powers.people]] = 5, 4
    assert ending_of(row) == "CONTESTED"
    row[0, Powers.locked] = 9
    assert ending_of(row) == "LOCKED"
    row[0, Powers.people] = 3
    assert ending_of(row) == "EXTINCT"
    row[0, Powers.restored] = 11
    assert ending_of(row) == "RESTORED"


def test_a_past_ending_is_what_was_told_before(tmp_path: Path) -> None:
    """Of a made history: locked in year 160, restored in 241, extinct in 290."""
    made = History(made_run.make(tmp_path / "made"))
    told = {year: made.ending_by(year * YEAR) for year in (50, 100, 101, 160, 161, 241, 242, 300, 999)}
    assert told == {50: "", 100: "", 101: "CONTESTED", 160: "CONTESTED", 161: "LOCKED", 241: "LOCKED", 242: "RESTORED",
                    300: "RESTORED", 999: "RESTORED"}  # fmt: skip
    shorter = History(tmp_path / "made")
    shorter.days = 200 * YEAR
    shorter.powers[0, [Powers.restored, Powers.extinct, Powers.people]] = -1, -1, 210
    for d in (difference(made, shorter), difference(shorter, made)):
        assert (d.day, d.ending, d.ending_in_fork) == (200 * YEAR, "LOCKED", "LOCKED") and d.first is None
        assert {d.last_day, d.last_day_in_fork} == {200 * YEAR, 300 * YEAR} and "RESTORED" in (
            d.last_ending,
            d.last_ending_in_fork,
        )


def test_a_fan_is_compared_as_of_the_last_year_that_all_have_lived(tmp_path: Path) -> None:
    """What was restored stays so: only the others say how far that is."""
    assert last_common([(100, "LOCKED"), (50, "RESTORED"), (300, "CONTESTED")]) == 100
    assert last_common([(100, "RESTORED"), (50, "RESTORED")]) == 100
    one = Brief(made_run.make(tmp_path / "made"))
    assert one.by(200 * YEAR)[:2] == ("LOCKED", 210) and one.by(300 * YEAR)[:2] == one.by(999 * YEAR)[:2] == ("RESTORED", 0)


def test_why_a_history_ended_early() -> None:
    row = found(SMALL).table("powers").copy()
    scenario = SMALL.with_knobs(years=300, after_restored_years=100)
    assert watched(row, scenario, 300 * YEAR) is None
    row[0, Powers.restored] = 90 * YEAR
    early = watched(row, scenario, 190 * YEAR)
    assert early == (90, 100) and "restored in year 90 and watched for 100 years" in early.words(300)
    assert watched(row, scenario, 189 * YEAR) is None  # it was stopped for another reason
    assert watched(row, scenario.with_knobs(years=190), 190 * YEAR) is None
    assert watched(row, scenario.with_knobs(after_restored_years=0), 190 * YEAR) is None


def test_wilson_and_entropy_are_those_of_the_books() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)  # Wilson (1927) by hand
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20)[0] == 0.0 and round(wilson(0, 20)[1], 4) == 0.1611
    assert entropy([5, 5]) == 1.0 and entropy([7]) == 0.0 and entropy([1, 1, 1, 1, 0]) == 2.0


def test_wilson_covers_what_it_promises() -> None:
    """Exact: the coverage over all outcomes of Binomial(20, p), averaged over p."""
    from math import comb

    for_p = []
    for p in np.linspace(0.05, 0.95, 19):
        chances = [comb(20, k) * p**k * (1 - p) ** (20 - k) for k in range(21)]
        for_p.append(sum(c for k, c in enumerate(chances) if wilson(k, 20)[0] <= p <= wilson(k, 20)[1]))
    assert 0.94 < np.mean(for_p) < 0.97 and min(for_p) > 0.90


def test_a_fan_and_the_effect_of_a_change(home: Path, tmp_path: Path) -> None:
    for name, changes in (("control", {}), ("treated", {"breeding_cost": 8_000})):
        here = Crossroads(home / "bare", 250, changes)
        for number in (1, 2, 3):
            with here.take("new", tmp_path / f"{name}-{number:02d}", number) as run:
                run.advance()
    paths = expand([str(tmp_path / "control-*"), str(tmp_path / "treated-*")])
    f = fan(home / "bare", paths[1])
    assert f.changed == "breeding_cost = 8000" and f.shares == (Share("NO PEOPLE", 3, 1.0, *wilson(3, 3)),) and f.entropy == 0
    found_effects = {e.outcome: e for e in effect(*paths)}
    bays = [[Archive.open_to_read(p).read("series")[-1, 1] for p in side] for side in paths]
    d = np.subtract(bays[1], bays[0])
    assert found_effects["bays"].mean == d.mean() and found_effects["bays"].pairs == 3
    half = 4.302652729 * d.std(ddof=1) / 3**0.5  # t of 2 degrees of freedom
    assert np.isclose(found_effects["bays"].high, d.mean() + half)
    assert found_effects["people"] == dataclasses.replace(found_effects["people"], mean=0.0, low=0.0, high=0.0, gain=0.0)
    with pytest.raises(MegastructureError, match="is no fork with new dice"):
        effect([home / "bare"], paths[1])
    with pytest.raises(BadRun, match="no run matches"):
        expand(["nothing-*"])


# ---- words -----------------------------------------------------------------------------------------------------------


def test_the_commands(home: Path, tmp_path: Path) -> None:
    run = CliRunner()
    made = run.invoke(cli, ["fork", str(home / "bare"), "--at", "290", "--set", "breeding-cost=8000", "--do", "stop"])
    assert made.exit_code == 0 and "bare-at-290" in made.output, made.output
    made = run.invoke(cli, ["fork", str(home / "bare"), "--at", "390", "--dice", "new", "--n", "2"])
    assert made.exit_code == 0 and "bare-at-390-01" in made.output and "bare-at-390-*" in made.output, made.output
    child = run.invoke(cli, ["fork", str(home / "bare-at-290"), "--at", "300", "--years", "320", "--standalone"])
    assert child.exit_code == 0, child.output
    told = run.invoke(cli, ["runs", str(home)]).output
    assert next(line.split(" ")[0] for line in told.splitlines() if "bare" in line) == "bare"
    assert "|- bare-at-290 " in told and "|  `- bare-at-290-at-300 " in told and "year 390" in told
    order = [b.run.name for b in branches(home)]
    assert order.index("bare") + 1 == order.index("bare-at-290") and [b.depth for b in branches(home)][:3] == [0, 1, 2]
    told = run.invoke(cli, ["diff", str(home / "bare"), str(home / "bare-at-290")]).output
    assert "they part in year 290, day 1, only in the fork" in told and "cells away" in told
    read = json.loads(run.invoke(cli, ["diff", "--json", str(home / "bare"), str(home / "bare-at-290")]).output)
    assert read["first"]["kind"] == "BAY_HALTED" and read["changed"] == "breeding_cost = 8000, stop"
    assert read["front"][-1]["identical_share"] == 1.0
    told = run.invoke(cli, ["diff", str(home / "bare"), str(home / "bare-at-390-*")]).output
    assert "no people" in told and "entropy of the endings 0.00 bit" in told
    assert "\x1b" not in told
    told = run.invoke(cli, ["info", str(home / "bare-at-290")]).output
    assert "forked" in told
