"""Ablations cover the laws, effects are those of paired histories, and what was lived is never lived twice."""

from __future__ import annotations

import json
from importlib import import_module
from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megastructure.ground.scenario import Scenario, knobs, presets
from megastructure.study import coupling
from megastructure.study.coupling import (
    ABLATIONS,
    KNOBS_EXCUSED,
    LAWS_EXCUSED,
    Job,
    Kept,
    Sample,
    ablations,
    effect,
    fair,
    job_of,
    live_all,
)
from megastructure.study.outcomes import MEAN, MEDIAN, OUTCOMES, RATIO, SHARE, Outcome, Wanted
from megastructure.words.errors import CannotWrite, MegastructureError
from worlds.sources import files

LAWS = {name.split("/")[1] for name in files() if name.startswith("laws/")} - {"law"}
EVERY = [one for rows in ABLATIONS.values() for one in rows]


# ---- what is taken out -----------------------------------------------------------------------------------------------


def test_each_law_is_taken_out_or_excused_by_name():
    assert {law for law, rows in ABLATIONS.items() if any(not one.missing for one in rows)} | set(LAWS_EXCUSED) == LAWS
    # Laws that only other sources have may be named too: their knobs are not declared, so they are left out.
    assert not set(ABLATIONS) & set(LAWS_EXCUSED) and all(LAWS_EXCUSED.values())


def test_each_rate_and_switch_of_people_and_powers_is_turned_or_excused_by_name():
    order = [k.name for k in knobs()]
    later = {k.name for k in knobs() if k.law and order.index(k.name) >= order.index("people")}
    asked = {k.name for k in knobs() if k.name in later and (k.unit == "switch" or k.name.endswith("_ppm"))}
    turned = {name for one in EVERY for name, _ in one.knobs}
    assert asked - turned == set(KNOBS_EXCUSED) & asked, "put it into ABLATIONS, or say in KNOBS_EXCUSED why not"
    assert not turned & set(KNOBS_EXCUSED) and set(KNOBS_EXCUSED) <= set(order) and all(KNOBS_EXCUSED.values())


def test_ablations_have_names_and_each_changes_something_in_every_preset():
    assert len({one.name for one in EVERY}) == len(EVERY) and not {one.name for one in EVERY} & (set(LAWS) - set(ABLATIONS))
    for one in EVERY:
        assert one.says and one.knobs and one in ABLATIONS[one.law]
        for preset in presets() if not one.missing else ():
            scenario = Scenario.load(preset)
            assert scenario.with_knobs(**one.changes) != scenario, (one.name, preset)


def test_the_knobs_of_an_ablation_are_read_by_a_law():
    read = {name for law in LAWS for name in import_module(f"megastructure.laws.{law}").LAW.knobs}
    assert {name for one in ablations() for name in one.changes} <= read


def test_ablations_are_asked_for_by_their_name_or_their_law():
    assert [one.name for one in ablations(["gun"])] == [one.name for one in ABLATIONS["gun"] if not one.missing]
    assert [one.name for one in ablations(["trade"])] == ["trade"]
    assert all(not one.missing for one in ablations())
    with pytest.raises(MegastructureError, match="ablation guns: no such law or ablation"):
        ablations(["guns"])


def test_own_and_wanted_name_what_there_is():
    for one in OUTCOMES.values():
        assert set(one.own) <= {*ABLATIONS, *LAWS_EXCUSED}, one.name
        assert {name for name, _ in one.without} <= {a.name for a in EVERY}, one.name


# ---- numbers of many histories ---------------------------------------------------------------------------------------


def of(figure: str, name: str = "x", **more: object) -> Outcome:
    return Outcome(name, "-", "-", lambda h: (0, 0), figure, "-", **more)


def sample(*pairs: tuple[float, float]) -> Sample:
    return Sample([{"x": pair} for pair in pairs])


def test_where_so_many_pairs_differ_alike_z_is_the_root_of_their_number():
    for k, n in ((0, 10), (1, 10), (9, 9), (16, 40)):
        whole, without = sample(*[(0, 1)] * n), sample(*[(1, 1)] * k, *[(0, 1)] * (n - k))
        found = effect(of(SHARE), whole, without)
        assert (found.pairs, found.difference, found.z) == (n, k / n, pytest.approx(sqrt(k)))
        assert effect(of(SHARE), without, whole).z == pytest.approx(-sqrt(k))


def test_an_effect_of_means_is_of_pairs_in_which_both_were_asked():
    whole = sample(*[(2.0 * i, 2) for i in range(9)], (5, 0))
    without = sample(*[(i + 1 + (i % 2), 1) for i in range(9)], (7, 1))
    d = np.array([1 + i % 2 for i in range(9)])
    found = effect(of(MEAN), whole, without)
    assert (found.pairs, found.difference) == (9, pytest.approx(d.mean()))
    assert found.error == pytest.approx(d.std(ddof=1) / 3) and found.z == pytest.approx(d.sum() / sqrt((d**2).sum()))
    assert found.low == pytest.approx(d.mean() - 1.959964 * found.error) and found.high > found.difference
    assert np.isnan(effect(of(MEDIAN), sample(*[(1, 1)] * 7, (1, 0)), sample(*[(2, 1)] * 8)).z)  # seven pairs say nothing


def test_an_effect_on_a_ratio_is_of_the_sums():
    whole, without = sample(*[(1, 10), (3, 10)] * 8), sample(*[(2, 10), (6, 30)] * 8)
    found = effect(of(RATIO), whole, without)
    assert found.difference == pytest.approx(64 / 320 - 32 / 160, abs=1e-12) and abs(found.z) < 1e-9
    twice = effect(of(RATIO), whole, sample(*[(2, 10), (6, 10)] * 8))
    # Terms by hand: above less 0.3 times below is -2, 0 with the law and -1, 3 without; they differ by 1 and 3, by tenths.
    assert twice.difference == pytest.approx(0.2) and twice.z == pytest.approx(8 * (0.1 + 0.3) / sqrt(8 * (0.01 + 0.09)))
    assert twice.error == pytest.approx(np.std([0.1, 0.3] * 8, ddof=1) / 4)


def test_histories_in_which_nothing_was_asked_add_nothing_to_a_ratio():
    some, other = [(1, 10), (3, 10)] * 8, [(2, 10), (6, 10)] * 8
    alone = effect(of(RATIO), sample(*some), sample(*other))
    among = effect(of(RATIO), sample(*some, *[(0, 0)] * 50), sample(*other, *[(0, 0)] * 50))
    assert (among.pairs, among.z, among.error) == (16, pytest.approx(alone.z), pytest.approx(alone.error))
    # One of two that were asked turned back, and none before: fifty who were not asked do not make it certain.
    few = effect(of(RATIO), sample((0, 1), (0, 1), *[(0, 0)] * 50), sample((1, 1), (1, 1), *[(0, 0)] * 50))
    assert np.isnan(few.z) and np.isnan(effect(of(RATIO), sample(*some), sample(*[(0, 0)] * 16)).z)


@pytest.mark.parametrize("figure", [MEAN, RATIO])
def test_an_effect_of_chance_alone_is_rarely_great(figure):
    """z of 2,000 comparisons without any effect: one in twenty comes beyond 1.96, and their spread is 1."""
    rng = np.random.default_rng(5)
    z = []
    for _ in range(2000):
        a, b = rng.exponential(size=(2, 40))
        c, e = rng.integers(1, 4, (2, 40)) if figure == RATIO else np.ones((2, 40))
        z.append(effect(of(figure), sample(*[(v, w) for v, w in zip(a, c)]), sample(*[(v, w) for v, w in zip(b, e)])).z)
    beyond = np.mean(np.abs(z) > 1.96)
    assert abs(beyond - 0.05) < 4 * sqrt(0.05 * 0.95 / 2000) and np.std(z) == pytest.approx(1, abs=0.06)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=25))
def test_a_figure_is_that_of_plain_python(pairs):
    lived = sample(*pairs)
    asked = [(a, b) for a, b in pairs if b]
    for figure in (RATIO, MEAN, MEDIAN):
        found = lived.figure(of(figure))
        assert found.n == len(asked)
        if not asked:
            assert np.isnan(found.value)
            continue
        each = sorted(a / b for a, b in asked)
        middle = (each[len(each) // 2] + each[(len(each) - 1) // 2]) / 2
        value = {RATIO: sum(a for a, _ in asked) / sum(b for _, b in asked), MEAN: sum(each) / len(each), MEDIAN: middle}[
            figure
        ]
        assert found.value == pytest.approx(value) and found.median == pytest.approx(middle)
        assert each[0] - 1e-9 <= found.low <= found.high <= each[-1] + 1e-9


def test_resampled_medians_are_medians_of_the_resampled():
    rng = np.random.default_rng(3)
    for n in range(2, 22):
        values = rng.integers(0, 10**6, n)
        lived = sample(*[(v, 1) for v in values.tolist()])
        found = lived.figure(of(MEDIAN))
        drawn = [np.median(np.repeat(values, times)) for times in lived.resampled]
        assert (found.low, found.high) == tuple(np.percentile(drawn, (2.5, 97.5)))


def test_a_verdict_says_whether_chance_could_have_it_otherwise():
    many = [(1, 1)] * 95 + [(0, 1)] * 5
    for wanted, verdict in ((Wanted(0.8), "ok"), (Wanted(0.93), "ok?"), (Wanted(0.97), "not?"), (Wanted(0, 0.5), "not")):
        assert sample(*many).figure(of(SHARE, wanted=(wanted,))).verdict("quick") == verdict
    assert sample(*many).figure(of(SHARE)).verdict("quick") == ""
    assert sample((0, 0)).figure(of(MEAN, wanted=(Wanted(1),))).verdict("quick") == "?"


def test_what_a_law_does_by_itself_proves_nothing():
    gun = ABLATIONS["gun"][0]
    shots = coupling.Effect("shots", 40, -3.0, 0.1, -6.0)
    people = coupling.Effect("people_end", 40, 9.0, 3.0, 3.0)
    hidden = coupling.Effect("defiant", 0, float("nan"), float("nan"), float("nan"))
    assert fair(gun, {e.outcome: e for e in (shots, people, hidden)}) == [people]


# ---- what is kept ----------------------------------------------------------------------------------------------------


@pytest.fixture
def lived(monkeypatch):
    """The seeds that were lived, in order; nothing is lived in truth."""
    seeds: list[int] = []

    def stand_in(job):
        seeds.append(job.scenario.seed)
        return {"shots": (float(job.scenario.seed), 1.0)}, 0.5

    monkeypatch.setattr(coupling, "lived_job", stand_in)
    return seeds


QUICK = Scenario.load("quick")


def jobs(*seeds: int) -> list[Job]:
    return [job_of(QUICK, seed) for seed in seeds]


def test_a_measurement_that_was_stopped_goes_on(tmp_path, lived):
    path, bar = tmp_path / "far" / "lived.jsonl", []
    live_all(jobs(1, 2, 2), Kept(path), progress=lambda: bar.append(1))
    assert lived == [1, 2] and len(bar) == 3
    text = path.read_text()
    path.write_text(text + text.splitlines()[0][:40])  # whoever wrote it was killed
    kept = Kept(path)
    live_all(jobs(3, 2, 1), kept)
    assert lived == [1, 2, 3] and kept.sample(jobs(3, 1)).pairs("shots").tolist() == [[3, 1], [1, 1]]
    again = Kept(path)
    assert again.seeds() == [1, 2, 3] and again.found.keys() == kept.found.keys()
    with pytest.raises(KeyError):
        again.sample(jobs(4))


def test_a_history_is_kept_under_all_that_decides_it(monkeypatch):
    one = jobs(1)[0]
    others = [
        job_of(QUICK, 2), job_of(QUICK, 1, ABLATIONS["gun"][0]), Job(one.scenario), job_of(QUICK.with_knobs(years=900), 1),
        job_of(Scenario.load("world"), 1),
    ]  # fmt: skip
    assert len({job.key for job in [one, *others]}) == 6
    assert job_of(QUICK, 1).key == one.key == job_of(QUICK.with_knobs(works=1), 1).key
    monkeypatch.setattr(coupling, "laws_digest", lambda: "other laws")
    by_laws = job_of(QUICK, 1).key
    monkeypatch.setattr(coupling, "instrument", lambda: "another instrument")
    assert len({one.key, by_laws, job_of(QUICK, 1).key}) == 3


def test_what_other_laws_lived_is_not_counted(tmp_path, lived, monkeypatch):
    path = tmp_path / "lived.jsonl"
    live_all(jobs(1), Kept(path))
    monkeypatch.setattr(coupling, "laws_digest", lambda: "other laws")
    assert Kept(path).seeds() == [] and len(Kept(path).found) == 1
    live_all(jobs(1), Kept(path))
    assert lived == [1, 1]


@pytest.mark.parametrize("line", ["", "[]", "3", "{}", '{"key": 1}', "null", "{", json.dumps({"key": "a", "laws": "b"})])
def test_lines_that_are_no_history_are_passed_over(tmp_path, lived, line):
    path = tmp_path / "lived.jsonl"
    path.write_text(line + "\n")
    assert Kept(path).found == {}


def test_no_more_are_begun_after_so_many_seconds(lived):
    live_all(jobs(*range(9)), Kept(None), seconds=0)
    assert lived == [0]


def test_what_cannot_be_kept_is_said(tmp_path, lived):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match=r"lived\.jsonl"):
        live_all(jobs(1), Kept(tmp_path / "file" / "lived.jsonl"))
    (tmp_path / "bad").write_bytes(b"\xff\xfe")
    with pytest.raises(MegastructureError, match="cannot be read"):
        Kept(tmp_path / "bad")


def test_a_mistake_in_a_history_names_its_seed():
    with pytest.raises(MegastructureError, match="seed 9: years = 300"):
        coupling.lived_job(job_of(QUICK.with_knobs(years=300), 9))


def test_processes_live_the_same_histories():
    small = Scenario(
        seed=5, years=12, era_year=10, world_radius_lots=10, prologue_percent=4000, villages=2, after_restored_years=0
    )
    some = [job_of(small, seed, one) for seed, one in product((1, 2), (None, *ablations(["gun"])[:1]))]
    alone, together = Kept(None), Kept(None)
    live_all(some, alone)
    live_all(some, together, workers=2)
    assert [alone.sample(some).pairs(n).tolist() for n in OUTCOMES] == [
        together.sample(some).pairs(n).tolist() for n in OUTCOMES
    ]
