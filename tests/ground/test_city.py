"""A city and its arrays: kernels are handed those of today, by the same names as Python, and what is frozen stays."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.city import APPENDED, FIELDS, City
from megastructure.ground.digest import digests
from megastructure.ground.scenario import Scenario
from megastructure.land.lots import take_lots
from megastructure.laws.office import begin_entry, enter, place_entry
from megastructure.matter.ledger import Ledger, fold_lots
from megastructure.time.years import advance
from megastructure.words.declare import Table
from megastructure.words.kernel import IntVector, kernel, numba_type, settings
from worlds.fast_cities import fast, grown

LONGER = [name for name, field in FIELDS.items() if not field.alone]
TABLES: dict[str, type[Table]] = {f.kind.__name__: f.kind for f in FIELDS.values() if f.kind is not None}


def plain(compiled: Any) -> Any:
    """The Python function under a kernel; with compilation off it is the kernel itself."""
    return getattr(compiled, "py_func", compiled)


def a_city(room: int = 4) -> City:
    return City(Scenario(works=0), room)


# ---- arrays that are replaced --------------------------------------------------------------------------------------------


@kernel
def look(city: City, into: IntVector) -> None:
    """One number of a table, a row, a vector and a matrix, and how many rows the three have."""
    into[0], into[1] = city.villages[2].people, len(city.villages)
    into[2] = city.powers.alert
    into[3], into[4] = city.marks[2], len(city.marks)
    into[5], into[6] = city.owners[2, 63], len(city.owners)


@kernel
def touch(city: City, n: int) -> None:
    """Write the numbers that `look` reads."""
    city.villages[2].people = n
    city.powers.alert = n + 1
    city.marks[2] = n + 2
    city.owners[2, 63] = n + 3


def seen(city: City) -> list[int]:
    into = np.zeros(7, np.int64)
    look(city, into)
    return into.tolist()


def lengths(city: City) -> list[int]:
    return [len(city.villages), len(city.marks), len(city.owners)]


def test_a_kernel_reads_and_writes_the_array_that_was_made_longer():
    city = a_city()
    touch(city, 10)
    old = {name: city.array(name) for name in ("villages", "marks", "owners")}
    for name, array in old.items():
        city.grow(name, 100)
        assert len(city.array(name)) >= 100 and city.array(name) is not array
    v, m, o = lengths(city)
    assert seen(city) == [10, v, 11, 12, m, 13, o]
    touch(city, 20)
    assert (city.villages[2].people, city.powers.alert, city.marks[2], city.owners[2, 63]) == (20, 21, 22, 23)
    assert (old["villages"][2, t.Villages.people], old["marks"][2], old["owners"][2, 63]) == (10, 12, 13)
    city.grow("marks", 50)
    assert len(city.marks) == m  # it is long enough


def test_a_kernel_reads_the_array_that_was_put_or_begun_anew():
    city = a_city()
    touch(city, 10)
    for name in ("villages", "powers", "marks", "owners"):
        other = city.array(name) * 3
        city.put(name, other)
        assert city.array(name) is other
    v, m, o = lengths(city)
    assert seen(city) == [30, v, 33, 36, m, 39, o]
    for name in ("villages", "powers", "marks", "owners"):
        city.blank(name, 9)
    assert seen(city) == [0, 9, 0, 0, 9, 0, 9]


@pytest.mark.parametrize("name", FIELDS)
def test_every_array_stands_in_the_block_as_it_is_now(name: str) -> None:
    city = a_city()
    before = city.address
    for step in range(3):
        held = city.array(name)
        assert city._block[FIELDS[name].number].tolist() == [held.ctypes.data, len(held)] and city.address == before
        city.put(name, held.copy()) if FIELDS[name].alone or step else city.grow(name, len(held) + 1)


@pytest.mark.parametrize("name", FIELDS)
def test_an_array_is_not_assigned(name: str) -> None:
    city = a_city()
    held = city.array(name)
    with pytest.raises(AttributeError, match="put"):
        setattr(city, name, held.copy())
    assert city.array(name) is held


@pytest.mark.parametrize("name", FIELDS)
def test_an_array_of_another_dtype_width_or_with_gaps_is_refused(name: str) -> None:
    city = a_city()
    held = city.array(name)
    rows, wide = (0, held.shape) if FIELDS[name].alone else (4, held.shape[1:])
    shape = (rows, *wide) if rows else wide
    gaps = np.zeros((2 * shape[0], *shape[1:]), held.dtype)[::2]
    wrong = [held.astype(np.uint16), held.astype(np.float64), gaps, np.zeros((*shape, 1), held.dtype)]
    if wide:
        wrong += [np.zeros((*shape[:-1], wide[-1] + n), held.dtype) for n in (-1, 1)]
    for array in wrong:
        with pytest.raises(AssertionError, match=name):
            city.put(name, array)
    assert city.array(name) is held


@pytest.mark.parametrize("name", [name for name in LONGER if FIELDS[name].kind is not None])
def test_a_row_that_is_not_there_is_a_mistake_in_plain_python(name: str) -> None:
    city = a_city()
    rows = getattr(city, name)
    for n in (-1, len(rows), np.int64(-1)):
        with pytest.raises(AssertionError, match=f"row {n} of {FIELDS[name].kind.__name__}"):
            rows[n]
    with pytest.raises(AssertionError):
        plain(touch)(City(city.scenario, 2), 1)


# ---- a frozen city -------------------------------------------------------------------------------------------------------


def standing(city: City, lots: np.ndarray, day: int) -> list[int]:
    counts = np.zeros(len(lots), np.int64)
    fold_lots(city, lots, day, np.zeros((1, 4096), np.uint8), counts)
    return counts.tolist()


def test_a_frozen_city_stays_while_the_city_lives_on_and_others_read_it() -> None:
    city = grown(fast(3), 140, room=1)
    city.put("chunks", city.chunks[: city.sizes.chunks + 1].copy())  # it must be made longer while they read
    day = city.day - 1
    lots = Ledger(city).lots()
    expected = standing(city, lots, day)
    digests(city)
    hashed = dict(city.hashed)
    stills = [city.frozen() for _ in range(3)]
    before = {name: city.array(name) for name in FIELDS}
    sizes = city.sizes.words.copy()
    rows = {name: city.table(name).copy() for name in APPENDED}
    answers: list[list[list[int]]] = [[] for _ in stills]
    over = threading.Event()

    def read(n: int) -> None:
        while not over.is_set() or not answers[n]:
            answers[n].append(standing(stills[n], lots, day))

    readers = [threading.Thread(target=read, args=(n,)) for n in range(len(stills))]
    for reader in readers:
        reader.start()
    try:
        for year in range(141, 260, 4):
            advance(city, year * t.YEAR)
            city.grow("chunks", len(city.chunks) + 1)  # they had room for all of it
        digests(city)
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert all(answer == expected for known in answers for answer in known)
    assert all(city.array(name) is not before[name] for name in ("works", "chunks"))
    for still in stills:
        assert standing(still, lots, day) == expected
        assert still.day == day + 1 and still.sizes.words.tolist() == sizes.tolist()
        assert all(still.array(name) is before[name] for name in ("works", "foremen", "charters", "claims", "chunks", "heads"))
        assert all(np.array_equal(still.table(name), rows[name]) for name in APPENDED) and still.hashed == hashed
    assert standing(city, lots, day) == expected and city.sizes.works > sizes[t.Sizes.works]


def lay(city: City, day: int, x: int, count: int) -> None:
    """So many layers of the lot at x, one above the other, laid on a day."""
    for _ in range(count):
        begin_entry(city, 0, day, c.K_MASS)
        place_entry(city, x, 0, city.sizes.works % 16, 16, 16, 1)
        city.works[city.sizes.works].a = c.SLAB
        assert enter(city, c.CLIP_OWN)


def test_a_frozen_city_does_not_see_what_is_appended_later() -> None:
    """Neither in the lists of its own sectors, which are those of the city that lives on, nor in new ones."""
    city = City(Scenario(), 8)
    take_lots(city, 0, 0, 0, 0, 4, 4, 0)
    city.grow("chunks", 100)  # so the lists stay where they are, and the works do not
    lay(city, 1, 0, 3)
    still = city.frozen()
    city.grow("works", 100)
    city.grow("works_here", 100)
    lay(city, 2, 0, 40)
    take_lots(city, 0, 4, 0, 0, 4, 4, 0)
    lay(city, 2, 64, 5)
    lots = np.array([[0, 0, 0], [4, 0, 0]])
    assert standing(city, lots, 9) == [16 * 256, 5 * 256]
    assert standing(still, lots, 9) == standing(city, lots, 1) == [3 * 256, 0]


# ---- columns by number and by name ---------------------------------------------------------------------------------------


@kernel
def by_number(city: City, into: IntVector) -> None:
    """The numbers of four spans, one after another."""
    for k in range(6):
        into[k] = city.powers.loci[k]
    for k in range(3):
        into[6 + k] = city.foremen[1].corner[k]
        into[9 + k] = city.works[1].size[k]
    village = city.villages[1]
    for k in range(len(village.words)):
        into[12 + k] = village.words[k]


@kernel
def write_by_number(city: City, n: int) -> None:
    """Write what the next kernel reads by name."""
    city.powers.loci[5] = n
    city.foremen[1].corner[2] = n + 1
    city.works[1].size[1] = n + 2
    city.villages[1].words[3] = n + 3


@kernel
def by_name(city: City, into: IntVector) -> None:
    """The first of each of the four spans, and what was written by number."""
    foreman, work, village = city.foremen[1], city.works[1], city.villages[1]
    into[0], into[1], into[2], into[3] = city.powers.locus0, foreman.x, work.sx, village.name
    into[4], into[5], into[6], into[7] = city.powers.locus5, foreman.z, work.sy, village.founded


@pytest.mark.parametrize("form", ["compiled", "plain"])
def test_columns_by_number_are_columns_by_name(form: str) -> None:
    numbers, write, names = (plain(f) if form == "plain" else f for f in (by_number, write_by_number, by_name))
    city = City(Scenario(), 4)
    for name in ("powers", "foremen", "works", "villages"):
        array = city.array(name)
        array.ravel()[:] = np.arange(array.size) + 1000 * FIELDS[name].number
    powers, foreman, work, village = city.powers, city.foremen[1], city.works[1], city.villages[1]
    into = np.zeros(12 + len(village.words), np.int64)
    numbers(city, into)
    assert into[:6].tolist() == [getattr(powers, f"locus{k}") for k in range(6)] == powers.loci.tolist()
    assert into[6:9].tolist() == [foreman.x, foreman.y, foreman.z] == foreman.corner.tolist()
    assert into[9:12].tolist() == [work.sx, work.sy, work.sz] == work.size.tolist()
    assert into[12:].tolist() == [getattr(village, name) for name in t.Villages.column_names]
    write(city, 70)
    names(city, into)
    assert into[:8].tolist() == [powers.locus0, foreman.x, work.sx, village.name, 70, 71, 72, 73]
    assert (powers.locus5, foreman.z, work.sy, village.founded) == (70, 71, 72, 73)


@pytest.mark.parametrize("name", TABLES)
def test_no_column_is_hidden_by_another_attribute(name: str) -> None:
    """A row is never an `np.record`, in which `size` and `flags` would be hidden: neither here nor in compiled code."""
    table = TABLES[name]
    names = [*table.column_names, *table.spans]
    assert len(set(names)) == len(names) and not (set(names) - {"words"}) & set(dir(Table))
    row = table(np.arange(len(table.column_names), dtype=table.word))
    assert [getattr(row, n) for n in table.column_names] == [getattr(table, n) for n in table.column_names]
    for span, (first, count) in table.spans.items():
        assert getattr(row, span).tolist() == list(range(first, first + count))
    if not settings.DISABLE_JIT:
        from numba.core.registry import cpu_target

        record = numba_type(table)
        for number, column in enumerate(table.column_names):
            assert cpu_target.typing_context.resolve_getattr(record, column) == record.typeof(column)
            assert record.offset(column) == number * record.typeof(column).bitwidth // 8
        for span in table.spans:
            assert cpu_target.typing_context.resolve_getattr(record, span) == record.typeof(span)


@pytest.mark.skipif(bool(settings.DISABLE_JIT), reason="nothing is compiled")
def test_a_mistyped_column_or_table_does_not_compile() -> None:
    def column(city: City) -> int:
        return city.villages[0].poeple

    def table(city: City) -> int:
        return city.vilages[0].people

    for mistyped in (column, table):
        with pytest.raises(Exception, match=r"poeple|vilages"):
            kernel(mistyped)(City(Scenario(), 8))
