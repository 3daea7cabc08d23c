"""Whoever acts on the same day acts in order of a key, never in the order in which they were found."""

from __future__ import annotations

from ..words.kernel import IntVector, kernel


@kernel
def sort_rows(keys: IntVector, rows: IntVector, n: int) -> None:
    """Sort n rows by their keys (Shell's method: short lists, nothing to compile but this)."""
    gap = 1
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            k = keys[i]
            r = rows[i]
            j = i
            while j >= gap and keys[j - gap] > k:
                keys[j] = keys[j - gap]
                rows[j] = rows[j - gap]
                j -= gap
            keys[j] = k
            rows[j] = r
        gap //= 3
