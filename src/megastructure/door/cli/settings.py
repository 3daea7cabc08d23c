"""Knobs on a command line: `--set KNOB=VALUE`, or each as an option of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...ground.scenario import Scenario, knobs, presets, read_knob
from ...words.counts import listed
from ...words.errors import BadKnob, nearest
from .options import option


def knob_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command one option per knob, from the declarations."""
    for k in reversed(knobs()):
        if k.name == "years":
            continue
        called = "--" + k.name.replace("_", "-")
        command = option(called, k.name, metavar="N", help=f"{k.says} [{k.unit}, {k.low}..{k.high}]", hidden=True)(command)
    return command


def read_settings(settings: tuple[str, ...]) -> dict[str, int]:
    """The knobs of all --set KNOB=VALUE."""
    changes: dict[str, int] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadKnob(f"--set {text}: expected knob=value, such as --set growth_income=300")
        changes[name.strip().replace("-", "_")] = read_knob(name.strip(), value)
    return changes


def resolve(scenario: str, years: int | None, settings: tuple[str, ...], options: dict[str, str | None]) -> Scenario:
    """The scenario that a command line asks for."""
    changes = read_settings(settings)
    for name, given in options.items():
        if given is not None:
            changes[name] = read_knob(name, given)
    if years is not None:
        changes["years"] = read_knob("years", str(years))
    return scenario_of(scenario).with_knobs(**changes)


def scenario_of(word: str) -> Scenario:
    """A preset, or what a file holds. errors   BadKnob, with the nearest preset where there is no such file"""
    from ...memory.disk import absent

    why = "" if word in presets() else absent(Path(word), folder=False)
    if why:
        raise BadKnob(f"{word}: {why}; expected {listed(presets())}, or a scenario file{nearest(word, presets())}")
    return Scenario.load(word)


__all__ = ["knob_options", "read_settings", "resolve", "scenario_of"]
