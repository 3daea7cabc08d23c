"""How far what was counted is from what chance makes."""

from __future__ import annotations

from math import sqrt


def z_of(count, number, p):
    return (count - number * p) / sqrt(number * p * (1 - p))


def chi_square(counts, expected):
    """Sum over cells that expect at least five, the rest pooled; and how many cells there were."""
    rare = [k for k, e in enumerate(expected) if e < 5]
    cells = [(counts.get(k, 0), e) for k, e in enumerate(expected) if e >= 5]
    cells.append((sum(counts.get(k, 0) for k in rare), sum(expected[k] for k in rare) + 1e-9))
    return sum((got - e) ** 2 / e for got, e in cells if e >= 5), len(cells)
