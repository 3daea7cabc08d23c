"""The laws against theory: the quick tier with small samples, the formulas against cases known by hand, and what fails when."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from math import comb, exp, inf, isclose

import numpy as np
import pytest
from click.testing import CliRunner

from megastructure.cli import cli
from megastructure.errors import BadKnob
from megastructure.kernel import settings
from megastructure.scenario import Scenario, knobs
from megastructure.study import theory, validation
from megastructure.study.limit import SILENT, Measured, average, ratio, share

PART = 0.002 if settings.DISABLE_JIT else 0.02  # the law is the same; only fewer trials of it
SLOW = ("conservation", "invariance", "dawn", "eigen", "islands", "voter")


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


def test_a_fault_is_found():
    """Theory of another parameter than the law's must not be met, or the comparison sees nothing."""
    for name, knob, value in (
        ("gompertz", "gompertz_b_ppm", 80_000), ("stop-1000", "stop_break_ppm", 700), ("detection", "safeguard_threshold", 74),
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
    monkeypatch.setattr("megastructure.cli.compile_engine", lambda: None)  # what it says would stand before the JSON
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
