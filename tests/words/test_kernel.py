"""Kernels that stand apart: callers know only their name, and get the same as from plain Python."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from megastructure.words import kernel as k
from megastructure.words.declare import Annotated, Col, Span, Table, Words

CALLEE = """
from megastructure.words import kernel as k
from megastructure.words.kernel import IntMatrix, IntVector
k.LONG = 0

@k.kernel
def callee(table: IntMatrix, row: IntVector, n: int) -> tuple[int, int, int]:
    total = 0
    for i in range(len(row)):
        table[n, i] += row[i] * {factor}
        total += table[n, i]
    return total, len(table), n // 3

@k.kernel
def fill(row: IntVector, much: float) -> None:
    row[:] = int(much * 4)

@k.kernel
def times(n: int) -> int:
    return n * {factor}
"""
CALLER = """
import numpy as np
from callee import callee, fill, times
from megastructure.words import kernel as k
from megastructure.words.kernel import IntMatrix, IntVector

@k.kernel(entry=True)
def caller(table: IntMatrix, row: IntVector) -> int:
    a, b, c = callee(table, row, 1)
    fill(table[0], 2.5)
    return a * 100 + b * 10 + c + callee(table, row, 3)[0] + times(7)

def asked(f):
    table = np.arange(12).reshape(4, 3)
    return int(f(table, np.array([5, 6, 7]))), table.tolist()
"""
CACHED = 0 if k.settings.DISABLE_JIT else 1
ASK = """
import caller as c
print(c.asked(c.caller))
print(sum(c.caller.made().stats[1].values()) if hasattr(c.caller, 'made') else 0)
"""


def ask(folder: Path, factor: int, **environment: str) -> tuple[str, int]:
    """What a new process gets from the caller, and how often it was found in the cache."""
    (folder / "callee.py").write_text(CALLEE.format(factor=factor))
    if not (folder / "caller.py").exists():
        (folder / "caller.py").write_text(CALLER)
    path = os.pathsep.join([str(folder), *(p for p in sys.path if p)])
    told = subprocess.run(
        [sys.executable, "-c", ASK], check=False, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path, "MEGASTRUCTURE_CACHE_DIR": str(folder / "cache"), **environment},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-3000:]
    answer, found = told.stdout.splitlines()
    return answer, int(found)


def answer(factor: int) -> str:
    """The same by hand."""
    table, row = np.arange(12).reshape(4, 3), np.array([5, 6, 7])
    table[1] += row * factor
    a = int(table[1].sum())
    table[0] = 10
    table[3] += row * factor
    return str((a * 100 + 40 + int(table[3].sum()) + 7 * factor, table.tolist()))


def test_a_caller_gets_the_same_compiled_cached_and_in_plain_python(tmp_path):
    compiled, found = ask(tmp_path, 2)
    assert (compiled, found) == (answer(2), 0)
    assert ask(tmp_path, 2) == (answer(2), CACHED)
    assert ask(tmp_path, 2, NUMBA_DISABLE_JIT="1") == (answer(2), 0)


def test_an_edit_of_a_callee_reaches_a_caller_from_the_cache(tmp_path):
    assert ask(tmp_path, 2)[0] == answer(2)
    assert ask(tmp_path, 13) == (answer(13), CACHED)  # numba alone would go on with the copy of the callee inside the caller


def test_an_edit_of_any_kernel_makes_another_cache(tmp_path, monkeypatch):
    package = tmp_path / "megastructure"
    (package / "laws").mkdir(parents=True)
    (package / "laws" / "law.py").write_text(
        "from ..words.kernel import kernel\n\n\n@kernel\ndef one() -> int:\n    return 1\n"
    )
    monkeypatch.setattr(k, "HOUSE", package)
    before = k._sources_digest("engine")
    (package / "memory").mkdir()
    (package / "memory" / "cli.py").write_text("# it only speaks of a kernel\n")
    assert k._sources_digest("engine") == before
    (package / "laws" / "law.py").write_text(
        "from ..words.kernel import kernel\n\n\n@kernel\ndef one() -> int:\n    return 2\n"
    )
    assert k._sources_digest("engine") != before


compiled_only = pytest.mark.skipif(bool(k.settings.DISABLE_JIT), reason="nothing is compiled")


@compiled_only
def test_long_kernels_stand_apart_and_short_ones_do_not():
    from megastructure.ground.rng import draw
    from megastructure.matter.fold import fold_cell

    def copies(kernel: Any) -> list[Any]:
        made = kernel.made()
        (compiled,) = made.overloads.values()
        return list(made.targetctx.get_function(compiled.entry_point, compiled.signature).libs)

    assert not copies(fold_cell)
    assert copies(draw)


@compiled_only
def test_a_kernel_that_makes_an_array_does_not_compile():
    def makes(n: int) -> int:
        return int(np.empty(n, np.int64)[0])

    made = k.kernel(makes)
    for _ in range(2):  # whoever calls it is told so, not only the first
        with pytest.raises(Exception, match="empty"):
            made(3)


@compiled_only
def test_compiling_leaves_numba_as_it_was():
    look_up, folder = k.functions.get_call_type, k.settings.CACHE_DIR

    def twice(n: int) -> int:
        return 2 * n

    assert k.kernel(entry=True)(twice)(4) == 8
    assert k.functions.get_call_type is look_up
    assert folder == k.settings.CACHE_DIR


@compiled_only
def test_a_start_from_a_full_cache_reads_only_what_is_called():
    asked = """
import sys
from megastructure.land import lots
from megastructure.laws import struggle
from megastructure.words import kernel as k
late = lambda: [v for m in list(sys.modules.values()) for v in vars(m).values() if isinstance(v, k._Late) and v.ready]
assert not late()
struggle.struggle.made()
assert struggle.struggle in late() and lots.owner_of_seat in late()  # that stands apart, and is found by name
assert struggle.bid not in late()  # of which `struggle` holds a copy
"""
    for _ in range(2):  # once at least from the cache
        told = subprocess.run([sys.executable, "-c", asked], check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr[-3000:]


@compiled_only
def test_threads_that_call_a_kernel_at_once_compile_it_once():
    def twice(n: int) -> int:
        return 2 * n

    made = k.kernel(entry=True)(twice)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(made, range(64))) == [2 * n for n in range(64)]
    assert len(made.dispatcher.overloads) == 1


class Pots(Table, word="i4"):
    """A table that no city has."""

    full: Annotated[int, Col("i4", "-", "pots with something in them")]
    empty: Annotated[int, Col("i4", "-", "pots with nothing in them")]
    all: Annotated[Words, Span("full", 2)]


@k.kernel
def fill_all(pots: Pots) -> int:
    pots.full += pots.empty
    pots.all[1] = 0
    return pots.full


def test_a_kernel_is_pickled_by_its_name():
    assert pickle.loads(pickle.dumps(fill_all)) is fill_all


def test_a_kernel_is_handed_rows_of_any_table():
    pots = Pots(np.array([3, 4], np.int32))
    assert fill_all(pots) == 7 and pots.words.tolist() == [7, 0]
