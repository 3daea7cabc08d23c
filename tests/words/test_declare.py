"""A table is declared once: from the declaration follow its columns, its rows, and that no other name is one of its columns."""

from __future__ import annotations

import numpy as np
import pytest

from megastructure.words.declare import Annotated, Col, Gene, Rows, Span, Table, Words, column, columns


class Pots(Table, word="i4"):
    """Pots on a shelf."""

    name: Annotated[int, Col("i8", "-", "what is written on it")]
    x: Annotated[int, Col("i4", "cell", "where it stands")]
    y: Annotated[int, Col("i4", "cell", "where it stands")]
    wide: Annotated[int, Gene("i4", "cell", "how wide it is", "", 1, 9, 4)]
    owner: Annotated[int, Col("i4", "-", "whose it is", "foremen")]
    place: Annotated[Words, Span("x", 2)]


class Lids(Table, columns=("high", "low")):
    """A table whose columns are named elsewhere."""


def shelf() -> Rows[Pots]:
    """Three pots, whose numbers are all different."""
    return Rows(Pots, np.arange(15, dtype=np.int32).reshape(3, 5))


def test_columns_are_numbered_in_the_order_of_their_declaration():
    assert Pots.column_names == ("name", "x", "y", "wide", "owner") and Pots.word == "i4"
    assert [(c.name, c.number) for c in columns(Pots)] == [(name, n) for n, name in enumerate(Pots.column_names)]
    assert (Pots.name, Pots.x, Pots.owner, Pots.place) == (0, 1, 4, slice(1, 3))
    wide = column(Pots, "wide").col
    assert isinstance(wide, Gene) and (wide.low, wide.high, wide.founder) == (1, 9, 4)
    assert column(Pots, "owner").col.refers == "foremen"
    assert (Lids.column_names, Lids.high, Lids.low, Lids.word) == (("high", "low"), 0, 1, "i8")


def test_a_row_is_read_and_written_in_the_matrix():
    pots = shelf()
    assert (pots[1].name, pots[1].wide, pots[1].place.tolist()) == (5, 8, [6, 7])
    pots[1].wide = 80
    pots[1].place = 60, 70
    pots[1].place[1] += 1
    assert pots.matrix[1].tolist() == [5, 60, 71, 80, 9] == pots[1].words.tolist()
    assert pots.matrix[[0, 2]].tolist() == [[0, 1, 2, 3, 4], [10, 11, 12, 13, 14]]


def test_rows_are_a_matrix_for_numpy():
    pots = shelf()
    assert len(pots) == 3 and [pot.name for pot in pots] == [0, 5, 10]
    assert pots[:2, Pots.y].tolist() == [2, 7] and pots[2, Pots.y] == 12
    pots[:, Pots.y] = 1, 2, 3
    pots[1:, Pots.place] += 10
    assert pots[:, Pots.place].tolist() == [[1, 1], [16, 12], [21, 13]]


@pytest.mark.parametrize("row", [-1, 3, np.int64(-1), np.int32(3)])
def test_a_row_that_is_not_there_is_a_mistake(row):
    with pytest.raises(AssertionError, match="of Pots, which has 3"):
        shelf()[row]


@pytest.mark.parametrize("pot", [Pots, shelf()[0]])
def test_a_mistyped_column_is_an_error_when_it_is_read(pot):
    with pytest.raises(AttributeError):
        pot.widht  # noqa: B018 - it is read


def test_a_mistyped_column_is_an_error_when_it_is_written():
    pot = shelf()[0]
    with pytest.raises(AttributeError):
        pot.widht = 3
    with pytest.raises(AttributeError):
        Lids(np.zeros(2, np.int64)).name = 3  # a column of another table
    with pytest.raises(StopIteration):
        column(Pots, "widht")
