"""What `megastructure validate` prints: the laws beside theory, and what is compared."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ..study.limit import Limit, Outcome
from ..study.validation import LEFT_OUT, entry, record
from ..words.counts import counted
from .screen import Screen
from .terminal import say

PROSE_LEAST = 40  # characters of a column that may wrap


def print_outcomes(outcomes: Sequence[Outcome], console: Screen, as_json: bool) -> None:
    """A line for each limit; or all as JSON."""
    if as_json:
        say(json.dumps([{**record(o), "z": f"{o.measured.z:.3f}"} for o in outcomes], indent=1))
        return
    table = _table("limit", "theory", "measured", "error", "z", "", "sample", "what", numbers=4)
    for outcome in outcomes:
        limit, m = outcome.limit, outcome.measured
        verdict = Text("" if outcome.met else "NOT MET", style="bold red")
        table.add_row(
            limit.name, f"{m.theory:.5g}", f"{m.value:.5g}", f"{m.error:.1g}" if m.error else "exact", f"{m.z:+.1f}", verdict,
            f"{outcome.sample:,} {limit.unit}", limit.says,
        )  # fmt: skip
    console.print_whole(table)
    failed = [o for o in outcomes if not o.met]
    for outcome in failed:
        console.print(f"{outcome.limit.name}: not met. {outcome.limit.note or 'No reason is known.'}")
    took = sum(o.seconds for o in outcomes)
    console.print(f"{len(outcomes) - len(failed)} of {counted('limit', len(outcomes))} met (|z| < 4), {took:.0f} s")


def print_list(limits: Sequence[Limit], console: Screen, as_json: bool) -> None:
    """What is compared, and what is left out."""
    if as_json:
        say(json.dumps({"limits": [entry(one) for one in limits], "left_out": dict(LEFT_OUT)}, indent=1))
        return
    table = _table("limit", "tier", "kernels", "source", "what")
    for one in limits:
        table.add_row(one.name, "quick" if one.quick else "full", ", ".join(one.kernels), one.source, one.says)
    console.print_whole(table)
    for what, why in LEFT_OUT:
        console.print(f"left out: {what}: {why}")


def _table(*heads: str, numbers: int = 0) -> Table:
    """Columns of words, the first few behind the name of numbers; only the last, which is prose, may wrap."""
    table = Table(box=None, pad_edge=False)
    for n, head in enumerate(heads):
        last = n == len(heads) - 1
        justify = "right" if 1 <= n <= numbers else "left"
        table.add_column(head, justify=justify, no_wrap=not last, min_width=PROSE_LEAST if last else None)  # type: ignore[arg-type]
    return table


__all__ = ["print_list", "print_outcomes"]
