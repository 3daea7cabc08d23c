"""The laws against theory: every limit that is known, through the kernels that live the days, with a z-score for each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import BadKnob, nearest
from . import limits_machines, limits_people
from .limit import Limit, Outcome

if TYPE_CHECKING:
    from rich.console import Console

LIMITS: tuple[Limit, ...] = (*limits_people.LIMITS, *limits_machines.LIMITS)

WIDE = 200  # columns of a table that no terminal limits

# What the plan of validation names and this table does not compare, with the reason.
LEFT_OUT: tuple[tuple[str, str], ...] = (
    ("growth exponents of a flat interface (RSOS, Eden)",
     "no law grows a flat interface: a claim takes a whole plot, and schools of other pitch meet in seams"),
    ("endemic level and fade-out (Bartlett)",
     "a village has at most 150 people, far below the size at which an infection stays; in the city it comes back by the leak"),
    ("extinction times of a metapopulation (Levins)",
     "villages part when they are crowded and fall in raids: neither has a constant rate for each village or pair"),
    ("P(never found) in a growing domain",
     "the formula is of a search spread evenly; the Wanderer takes the nearest unknown bay, none twice (`search`)"),
    ("order of search strategies (ballistic, Levy)", "the Wanderer has no step-length law that could be varied"),
)  # fmt: skip


def choose(names: Sequence[str] = (), full: bool = False) -> list[Limit]:
    """The limits of these names, or those of the quick tier, or all."""
    known = {limit.name: limit for limit in LIMITS}
    for name in names:
        if name not in known:
            raise BadKnob(f"{name}: no such limit{nearest(name, known)} (megastructure validate --list lists all)")
    if names:
        return [known[name] for name in names]
    return [limit for limit in LIMITS if full or limit.quick]


def compare(limit: Limit, part: float = 1.0) -> Outcome:
    """Measure one limit, with this part of its sample."""
    began = time.monotonic()
    sample = max(min(limit.least, limit.sample), round(limit.sample * part))
    measured = limit.measure(limit.scenario(), sample)
    return Outcome(limit, sample, measured, time.monotonic() - began)


def validate(limits: Sequence[Limit], part: float = 1.0, progress: Callable[[Limit], None] | None = None) -> list[Outcome]:
    """Measure all these limits."""
    found = []
    for limit in limits:
        if progress:
            progress(limit)
        found.append(compare(limit, part))
    return found


# ---- telling -----------------------------------------------------------------------------------------------------------


def record(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain values."""
    limit, m = outcome.limit, outcome.measured
    return {
        "name": limit.name, "says": limit.says, "theory": m.theory, "measured": m.value, "standard_error": m.error, "z": m.z,
        "met": outcome.met, "sample": outcome.sample, "unit": limit.unit, "kernels": list(limit.kernels),
        "source": limit.source, "note": limit.note,
    }  # fmt: skip


def print_outcomes(outcomes: Sequence[Outcome], console: Console, as_json: bool) -> None:
    """A line for each limit; or all as JSON."""
    if as_json:
        console.out(json.dumps([{**record(o), "z": f"{o.measured.z:.3f}"} for o in outcomes], indent=1), highlight=False)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("limit", "theory", "measured", "error", "z", "", "sample", "what"):
        table.add_column(
            head, justify="right" if head in ("theory", "measured", "error", "z") else "left", no_wrap=head != "what"
        )
    for outcome in outcomes:
        limit, m = outcome.limit, outcome.measured
        verdict = "" if outcome.met else "[bold red]NOT MET[/]"
        table.add_row(
            limit.name, f"{m.theory:.5g}", f"{m.value:.5g}", f"{m.error:.1g}" if m.error else "exact", f"{m.z:+.1f}", verdict,
            f"{outcome.sample:,} {limit.unit}", limit.says,
        )  # fmt: skip
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
    failed = [o for o in outcomes if not o.met]
    for outcome in failed:
        console.print(f"{outcome.limit.name}: not met. {outcome.limit.note or 'No reason is known.'}")
    took = sum(o.seconds for o in outcomes)
    console.print(f"{len(outcomes) - len(failed)} of {len(outcomes)} limits are met (|z| < 4), {took:.0f} s")


def print_list(limits: Sequence[Limit], console: Console, as_json: bool) -> None:
    """What is compared, and what is left out."""
    if as_json:
        rows = [
            {"name": one.name, "says": one.says, "tier": "quick" if one.quick else "full", "kernels": list(one.kernels),
             "source": one.source}
            for one in limits
        ]  # fmt: skip
        console.out(json.dumps({"limits": rows, "left_out": dict(LEFT_OUT)}, indent=1), highlight=False)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("limit", "tier", "what", "kernels", "source"):
        table.add_column(head, no_wrap=head != "kernels")
    for one in limits:
        table.add_row(one.name, "quick" if one.quick else "full", one.says, ", ".join(one.kernels), one.source)
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
    for what, why in LEFT_OUT:
        console.print(f"left out: {what}: {why}")


__all__ = ["LEFT_OUT", "LIMITS", "choose", "compare", "print_list", "print_outcomes", "record", "validate"]
