"""How compiled code is handed a whole city: by one address, its tables read as records.

In memory a table is a matrix of integers with one row per thing, and compiled code sees the same bytes as records. A city is
the address of a block of (address, rows) pairs, one for each of its arrays; so a call hands on 8 bytes, whatever a law reads.
The block is read again after each call that could have changed it: no kernel can, for it changes only between two calls.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Mapping
from typing import Any

import numba
import numpy as np
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_borrowed, lower_builtin, lower_getattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import NativeValue, models, register_model, unbox
from numba.np.arrayobj import make_array, populate_array

from .declare import Table


def record_type(table: type[Table]) -> Any:
    """The numba type of one row of a table."""
    word = np.dtype(table.word)
    size = word.itemsize
    names = [*table.column_names, *table.spans]
    formats: list[Any] = [word] * len(table.column_names) + [(word, (count,)) for _, count in table.spans.values()]
    offsets = [size * n for n in range(len(table.column_names))] + [size * first for first, _ in table.spans.values()]
    layout: Any = {"names": names, "formats": formats, "offsets": offsets, "itemsize": size * len(table.column_names)}
    return numba.from_dtype(np.dtype(layout))


class RowsType(types.Type):
    """A table: the place in the block where its address and its number of rows stand."""

    def __init__(self, name: str, row: Any) -> None:
        super().__init__(name=f"Rows_{name}")
        self.name_of_table = name
        self.row = row

    def __reduce__(self) -> Any:
        """As of the city."""
        return _the_rows, (self.name_of_table,)


def _the_rows(name: str) -> Any:
    return _the_city().slots[name][1]


class CityType(types.Type):
    """The address of a block.

    fields   name -> the numba type of a row of one, of a table (RowsType) or of an array, in the order of the block
    widths   name -> columns of an array with two dimensions
    """

    def __init__(self, fields: Mapping[str, Any], widths: Mapping[str, int]) -> None:
        super().__init__(name="City")
        self.slots = {name: (number, field) for number, (name, field) in enumerate(fields.items())}
        self.widths = dict(widths)
        _declared.append(self)

    def __reduce__(self) -> Any:
        """In the cache of compiled kernels stands only that it is the city: the cache is named after what declares it."""
        return _the_city, ()


_declared: list[CityType] = []


def _the_city() -> CityType:
    (city,) = _declared
    return city


register_model(RowsType)(models.OpaqueModel)
register_model(CityType)(models.OpaqueModel)


def _load(context: Any, builder: Any, block: Any, number: int) -> Any:
    """A word of the block. It never changes while a kernel runs, which LLVM is told, so that it reads it once."""
    word = context.get_value_type(types.intp)
    base = builder.bitcast(block, word.as_pointer())
    got = builder.load(builder.gep(base, [context.get_constant(types.intp, number)]))
    got.set_metadata("invariant.load", builder.module.add_metadata([]))
    return got


@infer_getattr
class _Field(AttributeTemplate):
    key = CityType

    def generic_resolve(self, city: Any, name: str) -> Any:
        """The type of `city.name`."""
        return city.slots[name][1] if name in city.slots else None


@lower_getattr_generic(CityType)
def _field(context: Any, builder: Any, city: Any, block: Any, name: str) -> Any:
    number, field = city.slots[name]
    if isinstance(field, RowsType):
        word = context.get_value_type(types.intp)
        place = builder.gep(builder.bitcast(block, word.as_pointer()), [context.get_constant(types.intp, 2 * number)])
        return builder.bitcast(place, context.get_value_type(field))
    address = _load(context, builder, block, 2 * number)
    if isinstance(field, types.Record):
        return builder.inttoptr(address, context.get_value_type(field))
    item = context.get_abi_sizeof(context.get_data_type(field.dtype))
    size = context.get_constant(types.intp, item)
    shape, strides = [_load(context, builder, block, 2 * number + 1)], [size]
    if field.ndim == 2:
        shape.append(context.get_constant(types.intp, city.widths[name]))
        strides.insert(0, context.get_constant(types.intp, item * city.widths[name]))
    array = make_array(field)(context, builder)
    data = builder.inttoptr(address, array.data.type)
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=size, meminfo=None)
    return impl_ret_borrowed(context, builder, field, array._getvalue())


@infer_global(operator.getitem)
class _RowOf(AbstractTemplate):
    def generic(self, args: Any, _: Any) -> Any:
        """The type of `table[n]`."""
        if isinstance(args[0], RowsType) and isinstance(args[1], types.Integer):
            return signature(args[0].row, args[0], types.intp)
        return None


@lower_builtin(operator.getitem, RowsType, types.Integer)
def _row_of(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    start = _load(context, builder, args[0], 0)
    size = context.get_constant(types.intp, sig.args[0].row.size)
    at = builder.add(start, builder.mul(args[1], size, flags=["nsw"]), flags=["nsw"])
    return builder.inttoptr(at, context.get_value_type(sig.return_type))


@infer_global(builtins.len)
class _Length(AbstractTemplate):
    def generic(self, args: Any, _: Any) -> Any:
        """The type of `len(table)`."""
        if len(args) == 1 and isinstance(args[0], RowsType):
            return signature(types.intp, args[0])
        return None


@lower_builtin(builtins.len, RowsType)
def _length(context: Any, builder: Any, _: Any, args: Any) -> Any:
    return _load(context, builder, args[0], 1)


@unbox(CityType)
def _unbox(_: Any, city: Any, c: Any) -> Any:
    """From Python a city hands over its `address`; it keeps the arrays alive while the call lasts."""
    number = c.pyapi.object_getattr_string(city, "address")
    pointer = c.pyapi.long_as_voidptr(number)
    c.pyapi.decref(number)
    return NativeValue(pointer, is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


__all__ = ["CityType", "RowsType", "record_type"]
