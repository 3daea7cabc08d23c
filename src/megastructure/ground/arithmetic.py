"""What whole numbers are asked for more than once: a root, a count of bits, Poisson's law."""

from __future__ import annotations

from math import factorial

from ..words.kernel import kernel


def poisson_cutoffs(mean: int, length: int) -> tuple[int, ...]:
    """floor(2^32 P(X <= k)) for k below `length`, in whole numbers, from 400 terms of the exponential series.

    So X is the number of cutoffs that a 32-bit word has reached (good for means up to 64).
    """
    common = factorial(400)
    weights = [mean**k * (common // factorial(k)) for k in range(401)]
    total = sum(weights)
    return tuple((sum(weights[: k + 1]) << 32) // total for k in range(length))


@kernel(entry=True)
def root(n: int) -> int:
    """The square root of a whole number, rounded down, bit by bit."""
    found = 0
    bit = 1 << 60
    while bit > n:
        bit >>= 2
    while bit > 0:
        if n >= found + bit:
            n -= found + bit
            found = (found >> 1) + bit
        else:
            found >>= 1
        bit >>= 2
    return found


@kernel(entry=True)
def bits(mask: int) -> int:
    """How many of the eight lowest bits of a mask are set: how many loci it holds."""
    count = 0
    for locus in range(8):
        count += (mask >> locus) & 1
    return count
