"""One part on disk: a matrix of integers as a Parquet file, always written the same way and never trusted when read.

A part is read from memory, after its length and digest were compared. Even so it may be hostile: a few bytes of zstd
can promise gigabytes. Therefore everything that a decoder would allocate is compared with the declared columns first,
down to the sizes in the header of every page.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..ground.limits import Limits
from ..ground.tables import TABLES
from ..words.declare import columns
from ..words.errors import BadRun
from .disk import one_line

GROUP_ROWS = 1 << 18  # rows of a row group: what a reader holds at once
PAGE_ROWS_MIN = 1024  # fewer rows in a page than this would be an attack on the time of the reader
OVERHEAD_BYTES = 1 << 16  # footer and headers of a part, generously


class Field(NamedTuple):
    """A column of a part: name, dtype as it is stored, and its meaning with the unit in brackets."""

    name: str
    dtype: str
    says: str


@cache
def fields_of(table: str, width: int = -1) -> tuple[Field, ...]:
    """The columns of a table; those of an undeclared matrix of `width` columns are c0, c1, ... in int64."""
    if table not in TABLES:
        return tuple(Field(f"c{number}", "i8", "[-]") for number in range(width))
    declared = tuple(Field(c.name, c.col.dtype, f"[{c.col.unit}] {c.col.says}") for c in columns(TABLES[table]))
    assert width in (-1, len(declared)), f"{table}: {width} columns given, {len(declared)} declared"
    return declared


def row_bytes(table: str, width: int = -1) -> int:
    """Bytes of a row when its columns have their declared dtypes."""
    return sum(np.dtype(f.dtype).itemsize for f in fields_of(table, width))


def bytes_max(table: str, width: int, rows: int) -> int:
    """No honest part is longer: compression never adds more than a fraction."""
    return rows * row_bytes(table, width) * 9 // 8 + rows * width + OVERHEAD_BYTES


def pack(table: str, width: int, matrices: Iterable[np.ndarray]) -> bytes:
    """The rows of all matrices, in order, as one Parquet file.

    matrices   (n, width) int32 or int64 each; that a value does not fit its declared dtype is a fault of ours (assert)
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = fields_of(table, width)
    meaning = {f"column.{f.name}": f.says for f in fields}
    if table in TABLES:
        meaning["table"] = f"{table}: {' '.join((TABLES[table].__doc__ or '').split())}"
    schema = pa.schema([pa.field(f.name, _arrow(f), nullable=False) for f in fields])
    packed = io.BytesIO()
    with pq.ParquetWriter(
        packed, schema, compression="zstd", compression_level=1, store_schema=False,
        use_dictionary=False, column_encoding={f.name: "DELTA_BINARY_PACKED" for f in fields},
    ) as writer:  # fmt: skip
        writer.add_key_value_metadata(meaning)
        for group in _groups(matrices):
            by_column = np.ascontiguousarray(group.T)
            arrays = [_column(_narrow(values, f, table), f) for f, values in zip(fields, by_column)]
            writer.write_table(pa.table(arrays, schema=schema), row_group_size=GROUP_ROWS)
    return packed.getvalue()


def _arrow(f: Field) -> Any:
    import pyarrow as pa

    return pa.from_numpy_dtype(np.dtype(f.dtype))


def _column(values: np.ndarray, f: Field) -> Any:
    """A column as Arrow reads it: the same bytes (`pa.array` would import pandas, where there is one, to ask about it)."""
    import pyarrow as pa

    return pa.Array.from_buffers(_arrow(f), len(values), [None, pa.py_buffer(values)])


def _groups(matrices: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The same rows in pieces of GROUP_ROWS, so that merged parts have few row groups."""
    held: list[np.ndarray] = []
    count = 0
    for matrix in matrices:
        held.append(matrix)
        count += len(matrix)
        while count >= GROUP_ROWS:
            joined = np.concatenate(held)
            yield joined[:GROUP_ROWS]
            held, count = [joined[GROUP_ROWS:]], count - GROUP_ROWS
    if count:
        yield np.concatenate(held)


def _narrow(values: np.ndarray, f: Field, table: str) -> np.ndarray:
    dtype = np.dtype(f.dtype)
    if values.dtype == dtype:
        return values
    if dtype.itemsize < values.dtype.itemsize:
        range_ = np.iinfo(dtype)
        low, high = int(values.min()), int(values.max())
        assert range_.min <= low and high <= range_.max, f"{table}.{f.name}: {low}..{high} does not fit {f.dtype}"
    return values.astype(dtype)


def unpack(
    data: bytes, table: str, width: int, rows: int, where: str, limits: Limits | None = None, first: int = 0
) -> Iterator[np.ndarray]:
    """The rows of a part, a row group at a time, as (n, width) of int32 (works) or int64.

    limits   what the columns may hold; None: whatever fits their dtypes. Columns are compared as they come, narrow and whole
    first    the number of the first row in its table
    errors   BadRun when the part is not exactly `rows` rows of the declared columns, or a number breaks `limits`
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = fields_of(table, width)
    dtype = np.int32 if table == "works" else np.int64
    try:
        sizes = {"thrift_string_size_limit": 1 << 20, "thrift_container_size_limit": 100_000}
        part = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False, **sizes)
        _check_shape(part.metadata, part.schema, part.schema_arrow.types, fields, rows)
        for number in range(part.metadata.num_row_groups):
            group = part.metadata.row_group(number)
            for at, f in enumerate(fields):
                _check_pages(data, group.column(at), group.num_rows, f.name)
            matrix = np.empty((group.num_rows, width), dtype)
            read = part.read_row_group(number, use_threads=False)
            if read.num_rows != group.num_rows or read.schema.types != [_arrow(f) for f in fields]:
                raise ValueError(f"row group {number} does not hold what the footer says")
            values = [column.to_numpy() for column in read.columns]
            for at, column in enumerate(values):
                matrix[:, at] = column
            fault = limits.fault(matrix, first, values) if limits is not None else None
            if fault is not None:
                raise BadRun(f"{where}: {table}.{fault.words()}")
            first += len(matrix)
            del read, column, values
            pa.default_memory_pool().release_unused()  # it would keep a hundred megabytes
            yield matrix
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError) as problem:
        raise BadRun(f"{where}: {table}: {one_line(problem)}") from None


def _check_shape(metadata: Any, schema: Any, types: list[Any], fields: tuple[Field, ...], rows: int) -> None:
    """Compare what the footer says with the declared columns. Nothing has been allocated by its word yet."""
    names = [schema.column(i).path for i in range(min(metadata.num_columns, 1000))]
    if names != [f.name for f in fields]:
        missing = [f.name for f in fields if f.name not in names]
        extra = [n for n in names if n not in [f.name for f in fields]]
        raise ValueError(f"its columns are not the declared ones (missing {missing[:3]}, unknown {extra[:3]})")
    if metadata.num_rows != rows:
        raise ValueError(f"{metadata.num_rows} rows; expected {rows}")
    for i, f in enumerate(fields):
        column = schema.column(i)
        plain = column.max_definition_level == 0 and column.max_repetition_level == 0
        if types[i] != _arrow(f) or not plain:
            raise ValueError(f"column {f.name} is {types[i]}{'' if plain else ', or nothing'}; expected {_arrow(f)}")
    sizes = [metadata.row_group(i).num_rows for i in range(min(metadata.num_row_groups, 2 + 2 * rows // PAGE_ROWS_MIN))]
    if sum(sizes) != rows or any(not 0 < n <= GROUP_ROWS for n in sizes) or len(sizes) != metadata.num_row_groups:
        raise ValueError(f"{metadata.num_row_groups} row groups do not make {rows} rows of at most {GROUP_ROWS} each")


def _check_pages(data: bytes, chunk: Any, rows: int, name: str) -> None:
    """Walk over the page headers of a column: its pages must unfold to about as many bytes as its rows need."""
    at, length = chunk.data_page_offset, chunk.total_compressed_size
    foreign = chunk.has_dictionary_page or chunk.num_values != rows or chunk.file_path
    if foreign or at < 4 or not 0 < length <= len(data) - at:
        raise ValueError(f"column {name} is not stored as this program stores it")
    end, pages, values, unfolded = at + length, 0, 0, 0
    while at < end:
        try:
            header, at = _thrift_struct(data, at, 0)
            kind, grown, packed = header[1], header[2], header[3]
            values += header[{0: 5, 3: 8}[kind]][1]
        except (IndexError, KeyError, TypeError):
            raise ValueError(f"column {name} has a broken page") from None
        pages, unfolded, at = pages + 1, unfolded + max(grown, 0), at + max(packed, 0)
        if pages > 1 + rows // PAGE_ROWS_MIN or min(grown, packed) < 0 or unfolded > 10 * rows + 4096 or at > end:
            raise ValueError(f"column {name} has pages of {unfolded} bytes for {rows} rows")
    if values != rows:
        raise ValueError(f"column {name} has {values} values for {rows} rows")


def _thrift_struct(data: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """A struct in Thrift's compact protocol as {field: value}, and the offset behind it. Page headers hold no lists."""
    found: dict[int, Any] = {}
    field = 0
    while data[at]:
        step, kind = data[at] >> 4, data[at] & 15
        at += 1
        if step == 0:
            step, at = _varint(data, at)
            field, step = 0, (step >> 1) ^ -(step & 1)
        field += step
        value: Any = None
        if kind in (1, 2):
            value = kind == 1
        elif kind == 3:
            at += 1
        elif kind in (4, 5, 6):
            value, at = _varint(data, at)
            value = (value >> 1) ^ -(value & 1)
        elif kind == 7:
            at += 8
        elif kind == 8:
            size, at = _varint(data, at)
            at += size
        elif kind == 12 and depth < 4:
            value, at = _thrift_struct(data, at, depth + 1)
        else:
            raise KeyError(kind)
        if field in found:
            raise KeyError(field)
        found[field] = value
    return found, at + 1


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
    raise KeyError("varint")
