"""Whole division by a gene, without a division.

A pattern is asked for every cell of a city, and dividing by a number that is not known when the kernel is compiled is
the dearest thing it could do (3.5 ns; the rest of a typical cell is 5). Genes are small, so the reciprocal is read
from a table instead: exact while n x d < 2^20, which a test proves for all n < 4,096 and d < 128.
"""

from __future__ import annotations

import numpy as np

from ...words.kernel import kernel

DIVISORS = 128  # a power of two: the mask below keeps every index inside the table
RECIPROCAL = np.array([0] + [(1 << 20) // d + 1 for d in range(1, DIVISORS)], dtype=np.int64)


@kernel(entry=True)
def quotient(n: int, d: int) -> int:
    """n // d for 0 <= n < 4,096 and 1 <= d < 128; 0 for d = 0."""
    return (n * RECIPROCAL[d & (DIVISORS - 1)]) >> 20
