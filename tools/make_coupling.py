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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from make_reference import grid, page
from megastructure.ground.scenario import Scenario, presets, read_knob
from megastructure.memory.sources import laws_digest
from megastructure.study.coupling import (
    ABLATIONS,
    KNOBS_EXCUSED,
    LAWS_EXCUSED,
    MATTERS,
    PAIRS_LEAST,
    SEEN,
    Effect,
    Figure,
    Job,
    Kept,
    Sample,
    ablations,
    cores,
    effects,
    fair,
    job_of,
    live_all,
)
from megastructure.study.outcomes import OUTCOMES, Wanted, instrument
from megastructure.words.errors import MegastructureError

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".coupling" / "lived.jsonl"
PAGE = ROOT / "docs" / "theory" / "coupling.md"
WRITTEN = "Written by `python tools/make_coupling.py page`."
ENOUGH = 200  # seeds from which a page is no first look
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


def live_under_a_bar(jobs: list[Job], kept: Kept, workers: int, says: str, seconds: float = np.inf) -> None:
    """Live histories, and show how far it has come."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )  # fmt: skip
    with bar:
        task = bar.add_task(says, total=len(jobs))
        live_all(jobs, kept, workers, lambda: bar.advance(task), seconds)


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
        f"{sum(v.startswith('ok') for v in wanted)} of {len(wanted)} are as wanted. A value is a share of histories, a "
        "ratio of sums, a mean or a median, as is declared; `?`: the interval reaches over what is wanted."
    )
    for name, one in OUTCOMES.items():
        if one.missing:
            out.print(f"[dim]left out: {name}; no kind of event is called {', '.join(one.missing)}[/]")


def command_outcomes(asked: argparse.Namespace) -> None:
    """What comes out, beside what is wanted."""
    scenario, seeds, kept = scenario_of(asked.preset, asked.years, asked.set), seeds_of(asked.seeds), Kept(asked.keep)
    jobs = [Job(scenario.with_knobs(seed=seed), asked.twin) for seed in seeds]
    live_under_a_bar(jobs, kept, asked.workers, asked.preset)
    sample = kept.sample(jobs)
    figures = [sample.figure(one) for one in OUTCOMES.values() if not one.missing]
    seconds = [kept.found[job.key]["seconds"] for job in jobs]
    changed = "".join(f", {change}" for change in asked.set)
    title = (
        f"{asked.preset}{changed}: {len(seeds)} seeds ({asked.seeds}), {scenario.years:,} years at most; laws {laws_digest()}; "
        f"{np.mean(seconds):.2f} s a history"
    )
    show_outcomes(figures, asked.preset, title)


def command_measure(asked: argparse.Namespace) -> None:
    """Live each ablation on each seed."""
    scenario, kept = scenario_of(asked.preset, asked.years, []), Kept(asked.keep)
    taken_out = [None, *ablations(asked.only)]
    # By seeds, so that all ablations have come equally far whenever it is stopped.
    jobs = [job_of(scenario, seed, one) for seed in seeds_of(asked.seeds) for one in taken_out]
    live_under_a_bar(jobs, kept, asked.workers, asked.preset, asked.minutes * 60)
    there = sum(job.key in kept.found for job in jobs)
    sys.stdout.write(f"{there:,} of {len(jobs):,} histories of {asked.preset} are in {asked.keep}\n")


# ---- the page ------------------------------------------------------------------------------------------------------------


@dataclass
class Measured:
    """What was lived of a preset: the seeds under the laws as they are, and for each ablation the pairs."""

    preset: str
    seeds: list[int]
    whole: Sample
    found: dict[str, dict[str, Effect]]  # by the name of the ablation
    pairs: dict[str, int]
    without: dict[str, Sample]


def measured(preset: str, kept: Kept, of: list[int] | None = None) -> Measured | None:
    """What a file holds of a preset, of these seeds or of all; None: nothing."""
    scenario, known = Scenario.load(preset), [seed for seed in kept.seeds() if of is None or seed in of]
    jobs = {seed: job_of(scenario, seed) for seed in known}
    seeds = [seed for seed in known if jobs[seed].key in kept.found]
    if not seeds:
        return None
    m = Measured(preset, seeds, kept.sample([jobs[seed] for seed in seeds]), {}, {}, {})
    for one in ablations():
        others = {seed: job_of(scenario, seed, one) for seed in seeds}
        both = [seed for seed in seeds if others[seed].key in kept.found]
        if len(both) >= PAIRS_LEAST:
            m.without[one.name] = kept.sample([others[seed] for seed in both])
            m.found[one.name] = effects(kept.sample([jobs[seed] for seed in both]), m.without[one.name])
            m.pairs[one.name] = len(both)
    return m


def spans(seeds: list[int]) -> str:
    """Seeds in words: `1..24, 30`."""
    parts: list[list[int]] = []
    for seed in seeds:
        if parts and seed == parts[-1][1] + 1:
            parts[-1][1] = seed
        else:
            parts.append([seed, seed])
    return ", ".join(f"{a}..{b}" if b > a else f"{a}" for a, b in parts)


def outcomes_table(every: list[Measured]) -> str:
    """All outcomes beside what is wanted."""
    rows = []
    for group in dict.fromkeys(one.group for one in OUTCOMES.values()):
        for one in OUTCOMES.values():
            if one.group != group or one.missing:
                continue
            cells = []
            for m in every:
                f = m.whole.figure(one)
                verdict = f.verdict(m.preset)
                wanted = wanted_words(one.wanted_of(m.preset))
                interval = f"{number(f.value)} ({number(f.low)} .. {number(f.high)})" if f.n else "-"
                cells += [interval, f"{wanted}: **{verdict}**" if wanted else ""]
            rows.append((f"`{one.name}`", f"{one.says} [{one.figure}, {one.unit}]", *cells))
    heads = ("outcome", "what", *(head for m in every for head in (m.preset, f"wanted of {m.preset}")))
    return grid(heads, rows)


def strongest_table(every: list[Measured]) -> str:
    """For each ablation the outcome on which it acts most."""
    rows = []
    for one in ablations():
        cells = []
        for m in every:
            best = fair(one, m.found[one.name])[:1] if one.name in m.found else []
            for e in best:
                mark = "**" if abs(e.z) >= MATTERS else ""
                by = f"{number(e.difference)} ({number(e.low)} .. {number(e.high)})"
                cells.append(f"{mark}{e.z:+.1f}{mark} `{e.outcome}` {by}" if e.z else "nothing")
            if not best:
                cells.append("not lived")
        turned = ", ".join(f"{name} = {value:,}" for name, value in one.knobs)
        rows.append((one.law, f"`{one.name}`", f"{one.says} ({turned})", *cells))
    return grid(("law", "taken out", "what that is", *(f"strongest in {m.preset}" for m in every)), rows)


def laws_table(every: list[Measured]) -> str:
    """For each law the ablation and the outcome on which it acts most."""
    rows = []
    for law in (law for law in ABLATIONS if ablations([law])):
        cells = []
        for m in every:
            best = [(abs(e.z), e, one) for one in ablations([law]) for e in fair(one, m.found.get(one.name, {}))[:1]]
            if not best:
                cells.append("not lived")
                continue
            z, e, one = max(best, key=lambda b: b[0])
            cells.append(
                f"{'**' if z >= MATTERS else ''}{e.z:+.1f}{'**' if z >= MATTERS else ''} `{e.outcome}`, by `{one.name}`"
            )
        rows.append((law, *cells))
    return grid(("law", *(f"most in {m.preset}" for m in every)), rows)


def verdicts(every: list[Measured]) -> str:
    """Which laws and which parts of laws act on nothing but themselves, in this sample."""
    lived_ones = [one for one in ablations() if any(one.name in m.found for m in every)]
    strong = {
        one.name: max((abs(e.z) for m in every for e in fair(one, m.found.get(one.name, {}))[:1]), default=0.0)
        for one in lived_ones
    }  # fmt: skip
    laws = {law: [one for one in lived_ones if one.law == law] for law in dict.fromkeys(one.law for one in lived_ones)}
    least = min(min(m.pairs.values()) for m in every if m.pairs)
    unseen = [law for law, rows in laws.items() if max(strong[one.name] for one in rows) < MATTERS]
    parts = [f"`{one.name}`" for one in lived_ones if strong[one.name] < MATTERS and one.law not in unseen]
    idle = [f"`{one.name}`" for one in lived_ones if strong[one.name] == 0]
    pairs = ", ".join(f"{min(m.pairs.values())} to {max(m.pairs.values())} of {m.preset}" for m in every if m.pairs)
    called = "inert" if least >= ENOUGH else "not shown to act by so few pairs"
    return (
        f"Of {len(laws)} laws {len(laws) - len(unseen)} act with |z| >= {MATTERS:.0f} on something that is not "
        f"their own doing; {called}: {', '.join(unseen) or 'none'}.\n"
        f"Parts of the other laws that are not shown to act: {', '.join(parts) or 'none'}.\n"
        f"Taken out, these changed no outcome of any history but their own: {', '.join(idle) or 'none'}.\n"
        f"z is at most the root of the number of pairs: {pairs}."
    )


def matrix(m: Measured) -> str:
    """z of each ablation on each outcome, group by group; rows and columns in which nothing is seen are left out."""
    blocks = [f"### `{m.preset}`"]
    for group in dict.fromkeys(one.group for one in OUTCOMES.values()):
        names = [one.name for one in OUTCOMES.values() if one.group == group and not one.missing]
        rows = []
        for one in ablations():
            found = m.found.get(one.name, {})
            cells = []
            for name in names:
                z = found[name].z if name in found else float("nan")
                text = "" if not abs(z) >= SEEN else f"{z:+.1f}"
                text = f"**{text}**" if abs(z) >= MATTERS else text
                cells.append(f"({text})" if text and one.law in OUTCOMES[name].own else text)
            if any(cells):
                rows.append((f"`{one.name}`", *cells))
        seen = [k for k in range(len(names)) if any(row[1 + k] for row in rows)]
        if rows:
            table = [(row[0], *(row[1 + k] for k in seen)) for row in rows]
            heads = (group, *(names[k].replace("_", " ") for k in seen))
            blocks.append(grid(heads, table, heads[1:]))
    return "\n\n".join(blocks)


def without_table(every: list[Measured]) -> str:
    """Outcomes of which something is wanted where a law is taken out."""
    rows = []
    for one in OUTCOMES.values():
        for name, wanted in one.without:
            for m in every:
                if name in m.without and not one.missing:
                    f = m.without[name].figure(one)
                    holds = "ok" if wanted.holds(f.value) else "not"
                    rows.append(
                        (f"`{one.name}` without `{name}`", m.preset, f"{number(f.value)} ({number(f.low)} .. {number(f.high)})",
                         wanted_words(wanted), holds)
                    )  # fmt: skip
    return grid(("outcome", "preset", "value", "wanted", ""), rows) if rows else ""


INTRODUCTION = """
A law can be right by itself and touch nothing. So each law, and each part of one that has a knob, is taken out: its knobs are
set to the value at which it does nothing, the same seeds are lived again in outline, and every outcome is compared, history by
history. Draws have names, so whoever the law did not reach lives the same life in both. The rule of the house: **no law is
inert**. Some part of each acts with |z| >= 4 on an outcome that is not its own doing; a law that cannot be made to matter is
removed.

z is the sum of the differences of pairs by the root of the sum of their squares. Where k pairs differ by the same amount, to
the same side, it is the root of k, as in McNemar's test: so few pairs never prove much. Differences are of what happens
*without* the law, less what happens with it, with intervals of 95 % from their standard error; those of ratios of sums (deaths
by units of all deaths) are to first order. What is wanted was written down beside the outcomes
([study/outcomes.py](../../src/megastructure/study/outcomes.py)), not where laws are tuned.
"""
VALUES = """
A value has its interval of 95 %: Wilson's for shares, else that of the bootstrap over histories. *share* of histories, *ratio*
of sums, *mean* or *median* of one each. *?*: the interval reaches over what is wanted.
"""


def sample_words(every: list[Measured]) -> str:
    """Which seeds were lived, and a warning where they are few."""
    lines = []
    for m in every:
        taken = f"{len(m.found)} ablations, each of {min(m.pairs.values())} seeds at least" if m.found else "no ablation"
        lines.append(f"* `{m.preset}`: {len(m.seeds)} seeds ({spans(m.seeds)}), {taken}.")
    small = [f"`{m.preset}`" for m in every if min([len(m.seeds), *m.pairs.values()]) < ENOUGH]
    if small:
        lines += [
            "",
            f"**A small sample**: fewer than {ENOUGH} seeds of {' and '.join(small)}. What is not seen may yet be there.",
        ]
    return "\n".join(lines)


def left_out() -> str:
    """What is not measured, and why."""
    lines = [f"* `{one.name}`: no kind of event is called {', '.join(one.missing)}" for one in OUTCOMES.values() if one.missing]
    lines += [
        f"* `{one.name}` ({one.law}): no knob is called {', '.join(one.missing)}"
        for rows in ABLATIONS.values() for one in rows if one.missing
    ]  # fmt: skip
    lines += [f"* the law {law}: {why}" for law, why in LAWS_EXCUSED.items()]
    lines += [f"* the knob `{name}`: {why}" for name, why in KNOBS_EXCUSED.items()]
    return "\n".join(f"{line}." for line in lines)


def written(every: list[Measured]) -> str:
    """The page."""
    compared = sum(not np.isnan(e.z) for m in every for found in m.found.values() for e in found.values())
    matrices = (
        f"z where |z| >= {SEEN:.0f}, bold from {MATTERS:.0f} on; in brackets: the law's own doing, which proves nothing. Of "
        f"these {compared:,} comparisons chance alone brings one in 16,000 to {MATTERS:.0f} and one in 22 to {SEEN:.0f}."
    )  # fmt: skip
    blocks = [
        INTRODUCTION, f"Laws: `{laws_digest()}`; outcomes: `{instrument()}`.", sample_words(every), "## What comes out", VALUES,
        outcomes_table(every), without_table(every),
    ]  # fmt: skip
    if any(m.found for m in every):
        ablated = [m for m in every if m.found]
        blocks += ["## Which law acts on what", verdicts(ablated), laws_table(ablated), strongest_table(ablated)]
        blocks += ["## Law by outcome", matrices, *(matrix(m) for m in ablated)]
    return page("What the laws do to each other", *blocks, "## Left out", left_out(), written_by=WRITTEN)


def command_page(asked: argparse.Namespace) -> None:
    """Write docs/theory/coupling.md from what is kept."""
    kept = Kept(asked.keep)
    chosen = {preset: seeds_of(text) if text else None for preset, text in (("quick", asked.quick), ("world", asked.world))}
    every = [m for preset, seeds in chosen.items() if (m := measured(preset, kept, seeds))]
    if not every:
        raise MegastructureError(
            f"{asked.keep}: no history under the laws of today ({laws_digest()}); "
            "first live some: python tools/make_coupling.py measure"
        )
    text = written(every)
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(text):,} characters\n")


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
    two = commands.add_parser("measure", parents=[shared, many], help="live each ablation on each seed")
    two.add_argument("--only", action="append", default=[], metavar="NAME", help="a law or an ablation; may be repeated")
    two.add_argument("--minutes", type=float, default=float("inf"), help="after which no more histories are begun")
    two.set_defaults(do=command_measure)
    three = commands.add_parser("page", parents=[shared], help="write docs/theory/coupling.md from what was lived")
    three.add_argument("--quick", metavar="SEEDS", help="of the preset quick; else all that were lived")
    three.add_argument("--world", metavar="SEEDS", help="of the preset world; else all that were lived")
    three.set_defaults(do=command_page)
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
