"""Measure what the laws do to each other, and write docs/theory/coupling.md.

    python tools/make_coupling.py outcomes --preset quick --seeds 1..40     what comes out, beside what is wanted
    python tools/make_coupling.py measure --preset quick --seeds 1..200     live the ablations; goes on where it was stopped
    python tools/make_coupling.py page                                      write the page from what was lived

`--set knob=value` changes the laws for `outcomes`. What was lived is kept in .coupling/lived.jsonl; `--keep` names another
file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from megastructure.ground.scenario import Scenario, presets, read_knob
from megastructure.memory.sources import laws_digest
from megastructure.study.coupling import Figure, Job, Kept, Sample, cores, live_all
from megastructure.study.outcomes import OUTCOMES, Wanted
from megastructure.words.errors import MegastructureError

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".coupling" / "lived.jsonl"
COLOURS = {"ok": "green", "ok?": "green", "not": "red", "not?": "yellow", "?": "dim", "": "white"}


def number(value: float) -> str:
    """A number as a table shows it: three digits that mean something, thousands in full."""
    if np.isnan(value):
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"


def wanted_words(wanted: Wanted | None) -> str:
    """What is wanted, in signs."""
    if wanted is None:
        return ""
    if np.isinf(wanted.high):
        return f">= {wanted.low:g}"
    if wanted.low == wanted.high:
        return f"{wanted.low:g}"
    return f"<= {wanted.high:g}" if wanted.low <= 0 else f"{wanted.low:g} to {wanted.high:g}"


def seeds_of(text: str) -> list[int]:
    """The seeds of `1..40`, `7` or `1..10,33`. errors   MegastructureError"""
    found: list[int] = []
    try:
        for part in text.split(","):
            low, dots, high = part.partition("..")
            found += range(int(low), int(high) + 1) if dots else [int(low)]
    except ValueError:
        found = []
    if not found:
        raise MegastructureError(f"--seeds {text}: expected seeds such as 1..40 or 1..10,33")
    return found


def scenario_of(preset: str, years: int | None, changes: list[str]) -> Scenario:
    """A preset with knobs changed, in outline. errors   BadKnob"""
    given = {}
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign:
            raise MegastructureError(f"--set {change}: expected knob=value")
        given[name.strip().replace("-", "_")] = read_knob(name.strip(), value)
    scenario = Scenario.load(preset).with_knobs(**{**given, "works": 0})
    return scenario if years is None else scenario.with_knobs(years=years)


def lived(jobs: list[Job], kept: Kept, workers: int, says: str) -> list[dict[str, tuple[float, float]]]:
    """Live histories under a bar."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )  # fmt: skip
    with bar:
        task = bar.add_task(says, total=len(jobs))
        return live_all(jobs, kept, workers, lambda: bar.advance(task))


def show_outcomes(figures: list[Figure], preset: str, title: str) -> None:
    """The table of outcomes on the terminal."""
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for name, right in (
        ("outcome", False), ("what", False), ("value", True), ("interval", True), ("mean", True), ("median", True), ("n", True),
        ("wanted", True), ("", False),
    ):  # fmt: skip
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "what")
    group = ""
    for f in figures:
        if f.outcome.group != group:
            group = f.outcome.group
            table.add_row(f"[bold]{group}[/]")
        verdict = f.verdict(preset)
        table.add_row(
            f.outcome.name, f"[dim]{f.outcome.unit}[/]", f"{number(f.value)}", f"{number(f.low)} .. {number(f.high)}",
            number(f.mean), "" if f.outcome.figure == "share" else number(f.median), str(f.n),
            wanted_words(f.outcome.wanted_of(preset)), f"[{COLOURS[verdict]}]{verdict}[/]",
        )  # fmt: skip
    out = Console(width=None if sys.stdout.isatty() else 160)
    out.print(table)
    wanted = [f.verdict(preset) for f in figures if f.outcome.wanted_of(preset)]
    out.print(
        f"{sum(v.startswith('ok') for v in wanted)} of {len(wanted)} are as wanted. A value is a share of histories, a ratio of "
        "sums, a mean or a median, as is declared; `?`: the interval reaches over what is wanted."
    )
    for name, one in OUTCOMES.items():
        if one.missing:
            out.print(f"[dim]left out: {name}; no kind of event is called {', '.join(one.missing)}[/]")


def command_outcomes(asked: argparse.Namespace) -> None:
    """What comes out, beside what is wanted."""
    scenario, seeds = scenario_of(asked.preset, asked.years, asked.set), seeds_of(asked.seeds)
    kept = Kept(asked.keep)
    jobs = [Job(scenario.with_knobs(seed=seed), asked.twin) for seed in seeds]
    sample = Sample(lived(jobs, kept, asked.workers, asked.preset))
    figures = [sample.figure(one) for one in OUTCOMES.values() if not one.missing]
    seconds = [kept.found[job.key]["seconds"] for job in jobs]
    changed = "".join(f", {change}" for change in asked.set)
    title = (
        f"{asked.preset}{changed}: {len(seeds)} seeds ({asked.seeds}), {scenario.years:,} years at most; laws {laws_digest()}; "
        f"{np.mean(seconds):.2f} s a history"
    )
    show_outcomes(figures, asked.preset, title)


def main() -> int:
    """Do what is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--keep", type=Path, default=KEPT, help="where histories are kept")
    many = argparse.ArgumentParser(add_help=False)
    many.add_argument("--preset", default="quick", choices=presets())
    many.add_argument("--seeds", default="1..40", help="such as 1..40 or 1..10,33")
    many.add_argument("--years", type=int, help="other than the preset's")
    many.add_argument("--workers", type=int, default=cores(), help="processes")
    one = commands.add_parser("outcomes", parents=[shared, many], help="what comes out, beside what is wanted")
    one.add_argument("--set", action="append", default=[], metavar="KNOB=VALUE", help="change a knob; may be repeated")
    one.add_argument(
        "--no-twin", dest="twin", action="store_false", help="do not live the city without people for `city_differs`"
    )
    one.set_defaults(do=command_outcomes)
    asked = parser.parse_args()
    try:
        asked.do(asked)
    except MegastructureError as problem:
        sys.stderr.write(f"make_coupling: {problem}\n")
        return problem.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("make_coupling: stopped; what was lived is kept\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
