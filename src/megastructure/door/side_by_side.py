"""What `megastructure runs` and `megastructure diff` print: the tree of forks, and histories side by side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from ..ground.tables import YEAR
from ..memory.fork import Branch, branches
from ..memory.runs import expand
from ..told.compare import Difference, Life, as_dict, difference
from ..told.ending import ending_in
from ..told.fan import Effect, Fan, effect, fan
from ..words.counts import counted
from ..words.errors import BadRun, MegastructureError
from ..words.shown import shown
from . import records
from .screen import Screen
from .terminal import say_json, show

LIVES_SHOWN = 8  # of each column of the ledger of lives
PROSE_LEAST = 24  # characters


def print_branches(folder: Path, console: Screen) -> None:
    """The runs below a folder, forks below their parents, each with its last year and its ending."""
    found = branches_of(folder)
    table = _table("run", "seed", "years", "of", "ending", "forked at", "last written", "digest", prose=7)
    for branch in found:
        r = branch.run
        name = branch.guide + shown(r.name)
        if r.problem:
            table.add_row(name, "", "", "", "", "", "", f"cannot be read: {r.problem}")
            continue
        at = f"year {r.parent[1] // YEAR:,}" if r.parent else ""
        if r.parent and branch.depth == 0:
            at += f" of {show(Path(os.path.normpath(r.path / r.parent[0])))}"
        ending = known_ending(r.path)
        table.add_row(
            name, str(r.seed), f"{r.days // YEAR:,}", f"{r.years_asked:,}", "?" if ending is None else ending.lower(), at,
            r.written, r.digest[:12],
        )  # fmt: skip
    console.print_whole(table)


def print_branches_as_json(folder: Path) -> None:
    """The same as a list of records."""
    say_json([records.branch(b, None if b.run.problem else known_ending(b.run.path)) for b in branches_of(folder)])


def branches_of(folder: Path) -> list[Branch]:
    """The tree of forks in a folder. errors   BadRun; MegastructureError: no runs there"""
    found = list(branches(folder))
    if not found:
        raise MegastructureError(f"{folder}: no runs here; `megastructure run` makes one")
    return found


def known_ending(directory: Path) -> str | None:
    """The label of a run; None where it cannot be read."""
    try:
        return ending_in(directory)
    except BadRun:
        return None


def print_histories(words: Sequence[str], console: Screen, as_json: bool) -> None:
    """What differs between the runs that words name: two runs, a run and a fan, or two fans in pairs.

    errors   BadRun; MegastructureError: fans that cannot be paired
    """
    first, *rest = expand(words)
    paths = [path for word in rest for path in word]
    if len(first) > 1:
        effects = effect(first, paths)
        if as_json:
            say_json([asdict(e) for e in effects])
        else:
            print_effect(effects, console)
    elif len(paths) > 1:
        futures = fan(first[0], paths)
        if as_json:
            say_json(asdict(futures))
        else:
            print_fan(futures, console)
    else:
        found = difference(first[0], paths[0])
        if as_json:
            say_json(as_dict(found))
        else:
            print_difference(found, console)


def print_difference(d: Difference, console: Screen) -> None:
    """A run and its fork: where they part, how far the difference has come, whose lives it changed."""
    console.print(
        f"{shown(d.run)} | {shown(d.fork)}: {shown(d.changed) or 'two runs'}; compared to the end of year {d.day // YEAR:,}"
    )
    if d.first is None:
        states = {True: ", and every bit is the same", False: ", but not every number behind it is the same", None: ""}
        console.print(f"they never part: the same is told of both{states[d.same_state]}")
    else:
        console.print(f"they part in {d.first.sentence}")
    console.print()
    table = _table("", shown(d.run), shown(d.fork))
    table.add_row("ending by then", d.ending.lower() or "no people", d.ending_in_fork.lower() or "no people")
    table.add_row("people", f"{d.people:,}", f"{d.people_in_fork:,}")
    table.add_row("bays", f"{d.bays:,}", f"{d.bays_in_fork:,}")
    console.print_whole(table)
    for name, last, ending in ((d.run, d.last_day, d.last_ending), (d.fork, d.last_day_in_fork, d.last_ending_in_fork)):
        if last > d.day:
            console.print(f"{shown(name)} was lived on to the end of year {last // YEAR:,}: {ending.lower() or 'no people'}")
    if d.front:
        console.print()
        table = _table("to year", "people", "identical", "share", "bays", "differ", "share", "cells away")
        for f in d.front:
            table.add_row(
                f"{f.year:,}", f"{f.people:,}", f"{f.people_identical:,}", f"{f.identical_share:.1%}", f"{f.bays:,}",
                f"{f.bays_differing:,}", f"{f.bays_differing / max(1, f.bays):.1%}",
                "" if f.cells is None else f"{f.cells:,}",
            )  # fmt: skip
        console.print_whole(table)
    if d.lives:
        console.print()
        table = _table("lives", "", "", left=3, prose=2)
        for words, lives in (
            ("saved", d.saved), ("lost", d.lost), ("never born", d.never_born), ("born only there", d.born_only_there)
        ):  # fmt: skip
            say = _life if words in ("saved", "lost") else _born
            table.add_row(words, f"{len(lives):,}", ", ".join(say(life) for life in lives[:LIVES_SHOWN]) or "nobody")
        table.add_row("identical", f"{d.lives_identical:,}", f"{d.identical_share:.1%} of all who lived in either")
        console.print_whole(table)


def _born(life: Life) -> str:
    return f"{life.called} ({life.born // YEAR:,})"


def _life(life: Life) -> str:
    here, there = (f"{d // YEAR:,}" if d >= 0 else "alive" for d in (life.died, life.died_in_fork))
    return f"{life.called} ({here} | {there})"


def print_fan(f: Fan, console: Screen) -> None:
    """A fan of futures by their endings."""
    futures = counted("other future", len(f.people))
    console.print(
        f"{shown(f.run)} ended {f.ending.lower() or 'without people'}; {futures} to year {f.year:,}"
        f"{f', {shown(f.changed)}' if f.changed not in ('', 'nothing changed') else ''}:"
    )
    table = _table("ending", "runs", "share", "from", "to")
    for s in f.shares:
        table.add_row(s.ending.lower(), f"{s.runs:,}", f"{s.share:.1%}", f"{s.low:.1%}", f"{s.high:.1%}")
    console.print_whole(table)
    people = sorted(f.people)
    console.print(
        f"entropy of the endings {f.entropy:.2f} bit; people in the end: {people[0]:,} to {people[-1]:,}, median "
        f"{people[len(people) // 2]:,}"
    )


def print_effect(effects: Sequence[Effect], console: Screen) -> None:
    """What a change does on average, from pairs with the same dice."""
    table = _table("outcome", "pairs", "mean of the change", "from", "to", "gain over unpaired")
    for e in effects:
        gain = f"{e.gain:.3g}x" if e.gain else "pairs are equal"
        table.add_row(e.outcome, f"{e.pairs:,}", f"{e.mean:+.4g}", f"{e.low:+.4g}", f"{e.high:+.4g}", gain)
    console.print_whole(table)


def fan_line(name: str, ending: str, people: int, bays: int, digest: str) -> str:
    """One line for each future of a fan, as it is done."""
    there = f"{counted('person|people', people)}, {counted('bay', bays)}"
    return f"{name}  {ending.lower() or 'no people'}, {there}; digest {digest[:12]}"


def _table(*heads: str, left: int = 1, prose: int | None = None) -> Table:
    """Columns of words to the left, of numbers to the right; in one of them there may be more than fits on a line."""
    table = Table(box=None, pad_edge=False)
    words = ("ending", "forked at", "last written", "digest")
    for number, head in enumerate(heads):
        table.add_column(
            head,
            justify="left" if number < left or head in words else "right",
            no_wrap=number != prose,
            min_width=PROSE_LEAST if number == prose else None,
        )
    return table
