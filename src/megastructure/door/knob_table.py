"""What `megastructure knobs` prints. It needs no engine."""

from __future__ import annotations

from rich.table import Table

from ..ground.scenario import Scenario, knobs
from .screen import Screen

MEANING_LEAST = 24  # columns of characters


def print_knobs(scenario: Scenario, console: Screen) -> None:
    """Every knob with its value in a scenario, its unit, range and meaning."""
    table = Table(box=None, pad_edge=False)
    for head in ("knob", "value", "unit", "range", "meaning"):
        table.add_column(
            head, justify="right" if head == "value" else "left", no_wrap=head != "meaning",
            min_width=MEANING_LEAST if head == "meaning" else None,
        )  # fmt: skip
    for k in knobs():
        high = f"2^{(k.high + 1).bit_length() - 1} - 1" if k.high > 10**15 else f"{k.high}"
        table.add_row(k.name, str(getattr(scenario, k.name)), k.unit, f"{k.low}..{high}", k.says)
    console.print_whole(table)


__all__ = ["print_knobs"]
