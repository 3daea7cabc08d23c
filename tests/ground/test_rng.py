"""Draws: known answers, the same in compiled and in plain Python, and as even as chance would have them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground.rng import MASK, draw, draws, lineage, mix, philox
from megastructure.words.kernel import IntMatrix, IntVector, kernel

WORDS = st.integers(0, MASK)
NAMES = st.integers(-(2**63), 2**63 - 1)


@kernel(entry=True)
def draws_of(seed: int, stream: int, day: int, names: IntVector, index: int, into: IntMatrix) -> None:
    for i in range(names.shape[0]):
        into[i, 0], into[i, 1], into[i, 2], into[i, 3] = draws(seed, stream, day, names[i], index)


def plain(compiled):
    """The Python function under a kernel; with compilation off it is the kernel itself."""
    return getattr(compiled, "py_func", compiled)


@pytest.mark.parametrize("version", [philox, plain(philox)])
@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((MASK, MASK, MASK, MASK), (MASK, MASK), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_answers_that_its_authors_publish(version, counter, key, answer):
    """Philox4x32-10 in `kat_vectors` of Random123."""
    assert tuple(version(*counter, *key)) == answer


@given(WORDS, WORDS, WORDS, WORDS, WORDS, WORDS)
def test_philox_is_the_same_compiled_and_plain(c0, c1, c2, c3, k0, k1):
    assert tuple(philox(c0, c1, c2, c3, k0, k1)) == tuple(plain(philox)(c0, c1, c2, c3, k0, k1))


@given(NAMES, st.integers(1, 255), st.integers(0, 2**31), NAMES, st.integers(0, 2**24 - 1))
def test_draws_are_the_same_compiled_and_plain(seed, stream, day, name, index):
    four = tuple(draws(seed, stream, day, name, index))
    assert four == tuple(plain(draws)(seed, stream, day, name, index))
    assert all(0 <= word <= MASK for word in four)
    assert draw(seed, stream, day, name, index) == four[0] == plain(draw)(seed, stream, day, name, index)
    # NumPy integers, as kernels meet them when compilation is off, give the same.
    assert tuple(plain(draws)(np.int64(seed), stream, np.int64(day), np.int64(name), np.int32(index))) == four


@given(NAMES, NAMES, NAMES, NAMES)
def test_mix_is_the_same_compiled_and_plain(a, b, x, y):
    compiled = mix(a, b, x, y)
    assert compiled == plain(mix)(a, b, x, y) == plain(mix)(*(np.int64(v) for v in (a, b, x, y)))
    assert 0 <= compiled <= MASK
    assert compiled == mix(a & MASK, b & MASK, x & MASK, y & MASK)


@pytest.mark.parametrize("version", [mix, plain(mix)])
def test_mix_has_known_answers(version):
    """Recorded once; a change of them changes the look of every city."""
    answers = {
        (0, 0, 0, 0): 0x3580B17F,
        (1, 2, 3, 4): 0xDE89C172,
        (-1, -2, -3, -4): 0x5C042B6C,
        (2**40 + 5, -(2**33), 7, 2**31): 0x12C1AEBE,
    }
    assert {names: version(*names) for names in answers} == answers


def test_mix_tells_neighbouring_places_apart():
    assert len({mix(a, b, 0, 0) for a in range(128) for b in range(128)}) == 128 * 128


@given(NAMES, st.integers(0, 2**31), st.integers(0, 2**31))
def test_a_name_is_odd_positive_and_the_same_compiled_and_plain(parent, day, ordinal):
    name = lineage(parent, day, ordinal)
    assert name == plain(lineage)(parent, day, ordinal) == plain(lineage)(np.int64(parent), np.int64(day), ordinal)
    assert 0 < name < 2**63 and name % 2 == 1


def test_no_two_of_a_large_family_have_one_name():
    names = {lineage(33, 0x5EED, 0)}
    parents = list(names)
    for generation in range(4):
        parents = [lineage(p, day, side) for p in parents for day in (1, 64, 65 + generation) for side in range(6)]
        assert not names & set(parents)
        names |= set(parents)
    assert len(names) == 1 + 18 + 18**2 + 18**3 + 18**4


def test_the_upper_half_of_a_name_and_of_a_seed_counts():
    assert draws(1, 1, 0, 1, 0) != draws(1, 1, 0, 1 + (1 << 40), 0)
    assert draws(1, 1, 0, 1, 0) != draws(1 + (1 << 40), 1, 0, 1, 0)
    assert lineage(1, 5, 0) != lineage(1 + (1 << 40), 5, 0)


def chi_square(values: np.ndarray, bins: int) -> float:
    counts = np.bincount(values, minlength=bins)
    expected = len(values) / bins
    return float(((counts - expected) ** 2 / expected).sum())


def most(bins: int) -> float:
    """What chi-square exceeds once in about 10^6 times (normal approximation of Wilson and Hilferty)."""
    k = bins - 1
    return k * (1 - 2 / (9 * k) + 4.75 * (2 / (9 * k)) ** 0.5) ** 3


@pytest.mark.parametrize("stream", list(c.Stream))
def test_each_stream_is_even_and_free_of_its_neighbours(stream):
    """Over names and over days, high bits and low bits, remainders by six; and jointly with the next stream and day."""
    n = 60_000
    names = np.array([lineage(7, 0, i) for i in range(n)], np.int64)
    here, next_stream, next_day = (np.zeros((n, 4), np.int64) for _ in range(3))
    draws_of(33, stream, 1000, names, 0, here)
    draws_of(33, stream + 1, 1000, names, 0, next_stream)
    draws_of(33, stream, 1001, names, 0, next_day)
    for word in range(4):
        assert chi_square(here[:, word] >> 26, 64) < most(64)
        assert chi_square(here[:, word] & 63, 64) < most(64)
        assert chi_square(here[:, word] % 6, 6) < most(6)
        for other in (next_stream, next_day, np.roll(here, 1, 0), np.roll(here, 1, 1)):
            assert chi_square((here[:, word] >> 29 << 3) | other[:, word] >> 29, 64) < most(64)


def test_few_names_and_many_days_are_even_too():
    one = np.zeros((1, 4), np.int64)
    words = []
    for day in range(20_000):
        draws_of(1, c.R_CLAIM, day, np.array([4711], np.int64), 0, one)
        words.append(int(one[0, 0]))
    assert chi_square(np.array(words) >> 26, 64) < most(64)
    assert len(set(words)) > 19_990


def test_the_numbers_of_streams_are_distinct_and_fit_a_byte():
    numbers = [int(s) for s in c.Stream]
    assert len(set(numbers)) == len(numbers) and all(0 < n < 256 for n in numbers)
