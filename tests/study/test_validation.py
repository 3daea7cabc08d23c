"""The laws against theory: the quick tier with small samples, the formulas against cases known by hand, and what fails when."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from math import comb, exp, inf, isclose

import numpy as np
import pytest
from click.testing import CliRunner

from megastructure.door.cli import cli
from megastructure.ground.scenario import Scenario, knobs
from megastructure.study import theory, validation
from megastructure.study.limit import SILENT, Measured, average, ratio, share
from megastructure.words.errors import BadKnob
from megastructure.words.kernel import settings

PART = 0.002 if settings.DISABLE_JIT else 0.02  # the law is the same; only fewer trials of it
SLOW = ("conservation", "endemic", "fade-out", "invariance", "dawn", "eigen", "islands", "voter")


@pytest.mark.parametrize("name", [one.name for one in validation.LIMITS if one.quick and one.name not in SLOW])
def test_the_quick_tier_is_met_by_a_small_sample(name):
    if settings.DISABLE_JIT and name.startswith("final-size"):
        pytest.skip("ten thousand people one by one take minutes without compilation")
    outcome = validation.compare(validation.choose([name])[0], PART)
    assert outcome.met, outcome


@pytest.mark.skipif(bool(settings.DISABLE_JIT), reason="minutes without compilation")
@pytest.mark.parametrize("name", SLOW)
def test_the_longer_ones_are_met(name):
    outcome = validation.compare(validation.choose([name])[0], 0.02)
    assert outcome.met, outcome


def test_every_limit_is_a_scenario_file_and_names_kernels_that_exist():
    names = [one.name for one in validation.LIMITS]
    assert len(set(names)) == len(names) and all(one.source and one.says for one in validation.LIMITS)
    for one in validation.LIMITS:
        assert Scenario.from_toml(one.scenario().to_toml()) == one.scenario()
        for kernel in one.kernels:
            module, function = kernel.rsplit(".", 1)
            assert callable(getattr(importlib.import_module(f"megastructure.{module}"), function)), kernel
    assert set(SILENT) <= {k.name for k in knobs()}


def test_final_sizes_are_a_law_and_right_where_it_can_be_worked_out():
    law = theory.final_sizes(100, 99, 1, 2.0, 4)
    assert isclose(law.sum(), 1, abs_tol=1e-9) and (law > -1e-12).all()
    # One susceptible and one infected: escapes with the mean of exp(-h T) over geometric T.
    h = 1.5 / (4 * 2)
    spared = 0.25 * exp(-h) / (1 - 0.75 * exp(-h))
    assert isclose(theory.final_sizes(2, 1, 1, 1.5, 4)[0], spared, rel_tol=1e-12)


def test_formulas_where_they_are_known():
    assert isclose(theory.final_size(2.0), 0.79681, abs_tol=1e-5)
    assert isclose(theory.life_expectancy(0.0005, 0.085), 54.016, abs_tol=1e-3)
    assert isclose(theory.wright_fisher_fixation(20, 0.0, 7), 7 / 40, rel_tol=1e-9)
    assert isclose(theory.wright_fisher_fixation(50, 0.01, 10), theory.kimura(50, 0.01, 0.1), rel_tol=0.01)
    assert isclose(theory.duel(2, 1), 1 - (1 / 3) * (1 / 2), rel_tol=1e-12)
    assert isclose(theory.island_fst(25, 2000, 0.01, 2000), 1 / (1 + 4 * 25 * 0.01), rel_tol=0.03)
    assert isclose(theory.byte_sum()[0], 256**-4) and isclose(theory.byte_sum().sum(), 1)
    assert isclose(theory.byte_sum()[3], comb(6, 3) / 256**4)
    mean, variance = theory.excited_counts(0.3, 0.045, 0.9, 100_000)
    n = 0.045 * 0.9 / 0.1
    assert isclose(mean / 100_000, 0.3 / (1 - n)) and isclose(variance / mean, 1 / (1 - n) ** 2, rel_tol=1e-3)


def test_an_endemic_level_is_bartletts_where_steps_are_short():
    assert isclose(theory.bartlett(2.4, 2, 0.1), 0.1 * (1 - 1 / 2) / (0.1 + 0.5))
    short = theory.endemic_share(2.4, 2_000, 1 - exp(-0.0001))  # the same in steps a thousand times as short
    assert isclose(short, theory.bartlett(2.4, 2, 0.1), rel_tol=1e-3)
    # One year of the yearly law changes nothing: the susceptible, the ill and the immune stay as many.
    i, dies = theory.endemic_share(3.0, 4, 0.05), 0.05
    catches = 1 - exp(-3.0 * i / 4)
    s = dies / (1 - (1 - dies) * (1 - catches))
    assert isclose((1 - dies) * (s * catches + i * 3 / 4), i) and 0 < i < 1 - s


def test_an_infection_dies_out_at_once_as_a_branching_process_does():
    # Ill for one year: the number of others is Poisson, and the least root is that of the final size.
    assert isclose(theory.dies_out(2.0, 1, 0.0), 1 - theory.final_size(2.0), rel_tol=1e-9)
    # For a long illness in short steps: 1 / R0, as with an exponential one (Whittle 1955).
    assert isclose(theory.dies_out(2.0, 10_000, 0.0), 1 / 2, rel_tol=1e-3)


def test_extinction_times_of_chains():
    """By hand for one and two sites, Levins's as the plan has them, and the chain in months as its limit."""
    assert isclose(theory.extinction_time([0.0], [0.2], 1), 5)
    assert isclose(theory.extinction_time([0.3, 0.0], [0.2, 0.4], 1), 1 / 0.2 + 0.3 / (0.2 * 0.4))
    levins = [0.03 * n * (1 - n / 10) for n in range(1, 11)]
    assert round(theory.extinction_time(levins, [0.018 * n for n in range(1, 11)], 4)) == 446
    assert theory.last_falls(1, 0.3, 0.25, 1) == pytest.approx((4, 12**0.5))  # one site: geometric
    slow = theory.last_falls(6, 0.00012, 0.0001, 3)[0]
    births = [0.00012 * n for n in range(1, 6)] + [0.0]
    assert isclose(slow, theory.extinction_time(births, [0.0001 * n for n in range(1, 7)], 3), rel_tol=1e-3)
    # Two villages in two sites, by hand: in a month none, one or both fall, and a free place is taken by who acts later.
    c, e = 0.2, 0.1
    both, one = e * (1 - c) * e, e * ((1 - c) * (1 - e) + c * e) + (1 - e) * e
    one_to = {0: (1 - c) * e, 2: c * (1 - e)}
    a, b = np.linalg.solve(np.array([[one_to[0] + one_to[2], -one_to[2]], [-one, one + both]]), np.ones(2))
    assert theory.last_falls(2, c, e, 2)[0] == pytest.approx(b) and theory.last_falls(2, c, e, 1)[0] == pytest.approx(a)


@pytest.mark.skipif(bool(settings.DISABLE_JIT), reason="minutes without compilation")
@pytest.mark.parametrize(
    ("name", "knob", "value", "sample"),
    [
        ("endemic", "contagion_years", 5, 8), ("endemic", "death_base_ppm", 55_000, 8),
        ("fade-out", "contagion_percent", 380, 2_000), ("fade-out", "contagion_years", 2, 2_000),
        ("levins", "fission_ppm", 290_000, 100), ("levins", "safeguard_raid_ppm", 230_000, 100),
    ],
)  # fmt: skip
def test_a_fault_of_the_laws_is_found(name, knob, value, sample):
    """A law that lives by another knob than theory is told is seen by a small sample."""
    one = validation.choose([name])[0]
    right = one.measure(one.scenario(), sample)
    wrong = one.measure(one.scenario().with_knobs(**{knob: value}), sample)
    assert abs(right.z) < 4 and abs(Measured(right.theory, wrong.value, right.error).z) > 4


def test_a_fault_is_found():
    """Theory of another parameter than the law's must not be met, or the comparison sees nothing."""
    for name, knob, value in (
        ("gompertz", "gompertz_b_ppm", 80_000), ("stop-1000", "stop_break_ppm", 700), ("detection", "safeguard_threshold", 90),
    ):  # fmt: skip
        one = validation.choose([name])[0]
        wrong = one.measure(one.scenario().with_knobs(**{knob: value}), 2_000)
        right = one.measure(one.scenario(), 2_000)
        assert abs(Measured(wrong.theory, right.value, right.error).z) > 4


def test_z_scores():
    assert Measured(1.0, 1.2, 0.1).z == pytest.approx(2) and Measured(0, 0, 0).z == 0 and Measured(0, 1, 0).z == inf
    assert share(30, 100, 0.2).error == pytest.approx(0.04)
    assert average([1.0, 3.0], 2).error == pytest.approx(1.0)
    assert ratio(np.array([1.0, 2.0]), np.array([2.0, 4.0])) == pytest.approx((0.5, 0.0))


def test_the_command_lists_prints_and_fails(monkeypatch):
    monkeypatch.setattr("megastructure.door.cli.study.compile_trials", lambda: None)  # what it says would stand before the JSON
    runner = CliRunner()
    listed = json.loads(runner.invoke(cli, ["validate", "--list", "--json"]).output)
    assert [one["name"] for one in listed["limits"]] == [one.name for one in validation.LIMITS] and listed["left_out"]
    shown = runner.invoke(cli, ["validate", "--scenario", "gompertz"]).output
    assert Scenario.from_toml(shown) == validation.choose(["gompertz"])[0].scenario()
    with pytest.raises(BadKnob, match="did you mean duel"):
        validation.choose(["dual"])
    done = runner.invoke(cli, ["validate", "square-law", "--json"], standalone_mode=False)
    assert done.return_value == 0 and json.loads(done.output)[0]["met"] is True
    broken = replace(validation.choose(["square-law"])[0], measure=lambda scenario, sample: Measured(0, 1, 0), note="broken")
    monkeypatch.setattr(validation, "LIMITS", (broken,))
    failed = runner.invoke(cli, ["validate"], standalone_mode=False)
    assert failed.return_value == 1 and "NOT MET" in failed.output and "broken" in failed.output
