"""A draw is a pure function of (seed, stream, day, name, index); a name is a hash of its lineage.

The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011); the
known-answer vectors of its authors' Random123 library are in the tests. It is written in int64 arithmetic that is masked
to 32 bits after every step, so that the compiled and the plain Python version agree bit for bit.
"""

from __future__ import annotations

from ..words.kernel import kernel

MASK = 0xFFFFFFFF


@kernel(entry=True)
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: four words of counter, two of key -> four words (each 0 .. 2^32 - 1, as int64)."""
    c0 = int(c0) & MASK
    c1 = int(c1) & MASK
    c2 = int(c2) & MASK
    c3 = int(c3) & MASK
    k0 = int(k0) & MASK
    k1 = int(k1) & MASK
    for _ in range(10):
        p0 = 0xD2511F53 * c0  # may wrap in int64; the two halves below are right all the same
        p1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = ((p1 >> 32) & MASK) ^ c1 ^ k0, p1 & MASK, ((p0 >> 32) & MASK) ^ c3 ^ k1, p0 & MASK
        k0 = (k0 + 0x9E3779B9) & MASK
        k1 = (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


@kernel(entry=True)
def draws(seed: int, stream: int, day: int, name: int, index: int) -> tuple[int, int, int, int]:
    """Four independent 32-bit words for one decision. `index` (below 2^24) tells apart the choices of one day."""
    return philox(name, int(name) >> 32, day, (int(index) << 8) | stream, seed, int(seed) >> 32)


@kernel(entry=True)
def draw(seed: int, stream: int, day: int, name: int, index: int) -> int:
    """One 32-bit word for one decision: 0 .. 2^32 - 1."""
    return philox(name, int(name) >> 32, day, (int(index) << 8) | stream, seed, int(seed) >> 32)[0]


@kernel(entry=True)
def lineage(parent: int, day: int, ordinal: int) -> int:
    """The name (1 .. 2^63 - 1) of what `parent` brings forth on `day`; `ordinal` tells the siblings of one day apart."""
    a, b, _, _ = philox(day, ordinal, 0x4E414D45, 0, parent, int(parent) >> 32)
    return ((a & 0x7FFFFFFF) << 32) | b | 1


@kernel(entry=True)
def mix(a: int, b: int, c: int, d: int) -> int:
    """A cheap 32-bit mix for the texture of patterns and the survey of schools; never for a decision of the day."""
    a = int(a) & MASK
    b = int(b) & MASK
    c = int(c) & MASK
    d = int(d) & MASK
    a = (a + 0x68E31DA4) & MASK  # or the products of a and -a would mirror each other
    b = (b + 0xB5297A4D) & MASK
    h = (a * 0x9E3779B1) & MASK
    h ^= (b * 0x85EBCA77) & MASK
    h = ((h << 13) & MASK) | (h >> 19)
    h = (h * 5) & MASK
    h ^= (c * 0xC2B2AE3D) & MASK
    h = ((h << 11) & MASK) | (h >> 21)
    h = (h * 0x27D4EB2F) & MASK
    h ^= (d * 0x165667B1) & MASK
    h ^= h >> 15
    h = (h * 0x2C1B3C6D) & MASK
    h ^= h >> 12
    h = (h * 0x297A2D39) & MASK
    h ^= h >> 15
    return h
