"""A city on one day, as data: its tables and all that follows from them. What a law is handed.

`city.villages[v].people`, `city.knobs.safeguard_units`: the same words for compiled kernels, for plain Python and for a type
checker. A kernel may write rows and numbers, never a table itself; from Python an array is replaced by `put` alone, so the
addresses that kernels are handed are always those of today's arrays.

Registers are matrices that are longer than what is in use (`sizes`). What is not a table follows from the tables and is
made from them anew when a stored city is opened (time/rebuild.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from ..words.declare import Rows, Table, columns
from ..words.kernel import ByteVector, Int32Matrix, Int32Vector, IntVector, numba_type, settings
from .scenario import Scenario, knob_vector, knobs
from .tables import (
    FRONTS,
    HOMES_VILLAGE,
    LOT,
    RING,
    TABLES,
    Charters,
    Claims,
    Events,
    Foremen,
    Persons,
    Plan,
    Powers,
    Reigns,
    Schools,
    Series,
    Shots,
    Sizes,
    Tally,
    Units,
    Villages,
    Wanderers,
    Works,
)
from .working import Candidates, Carried, Desk, Draft, Gifts, Needs, Proposals, Reached, Today, Turning, Walked

Array = NDArray[Any]
# Tables that are equal in full and outline mode; `works` and the queue `plan` exist in full mode alone.
LAW_TABLES = (
    "foremen", "charters", "schools", "claims", "shots", "persons", "villages", "units", "wanderers", "powers", "events",
    "series", "tally", "reigns",
)  # fmt: skip
MATTER_TABLES = ("works", "plan")
APPENDED = ("works", "charters", "claims", "shots", "events", "series")  # rows never change once written
FRAMED = (  # whole, at a commit
    "foremen", "schools", "persons", "villages", "units", "wanderers", "powers", "plan", "tally", "reigns",
)  # fmt: skip

if TYPE_CHECKING:
    Knobs = Scenario
else:

    class Knobs(Table, columns=[k.name for k in knobs()]):
        """The knobs of a scenario as one row."""


class Wide:
    """How many columns a matrix has that is no table."""

    def __init__(self, columns: int) -> None:
        self.columns = columns


class City:
    """One city on one day. `day` is the first day that has not been lived yet; matter is seen at the end of `day - 1`."""

    # What decides, what is counted, and the tables:
    knobs: Knobs
    sizes: Sizes
    tally: Tally
    powers: Powers
    foremen: Rows[Foremen]
    charters: Rows[Charters]
    schools: Rows[Schools]
    claims: Rows[Claims]
    shots: Rows[Shots]
    persons: Rows[Persons]
    villages: Rows[Villages]
    units: Rows[Units]
    wanderers: Rows[Wanderers]
    reigns: Rows[Reigns]
    events: Rows[Events]
    series: Rows[Series]
    works: Rows[Works]
    plan: Rows[Plan]
    orders: Rows[Shots]  # the shots that the scenario orders
    # What follows from the tables. Who owns a lot (land/lots.py), and in which lots a work is registered (matter/index.py):
    keys: IntVector
    slots: Int32Vector
    owners: Annotated[Int32Matrix, Wide(64)]
    heads: Annotated[Int32Matrix, Wide(3)]
    filled: IntVector
    chunks: Annotated[Int32Matrix, Wide(16)]
    # Who decides when (ground/dates.py):
    calendar: Int32Vector
    links: Annotated[Int32Matrix, Wide(2)]
    ring: Int32Vector
    kin: Annotated[Int32Matrix, Wide(4)]
    estates: Annotated[Int32Matrix, Wide(2)]
    homes: Int32Vector
    fronts: Int32Vector
    borders: Annotated[Int32Matrix, Wide(2)]
    # Working memory (ground/working.py):
    today: Today
    needs: Needs
    room: Needs
    desk: Desk
    draft: Draft
    proposals: Rows[Proposals]
    gifts: Rows[Gifts]
    reached: Rows[Reached]
    candidates: Rows[Candidates]
    carried: Rows[Carried]
    turning: Rows[Turning]
    marks: IntVector  # of a search: which bays it has seen
    acting: IntVector  # rows of those who act on a day
    rank: IntVector  # what they are put in order by
    party: IntVector  # rows of persons who are on their way together
    ranked: IntVector  # the same of proposals, and then which of them stand
    works_here: IntVector  # works of one lot
    works_met: IntVector  # of them, those that a ray or a box meets
    works_holed: IntVector  # works that a hole meets
    walked: Rows[Walked]
    lot_material: ByteVector  # of the lot that was folded last, cell by cell: what stands there,
    lot_work: Int32Vector  # who laid it,
    lot_laid: Int32Vector  # when,
    lot_gone: Int32Vector  # when it vanishes
    lot_remover: Int32Vector  # and by which work
    folded: IntVector  # of the cell that was looked at last: its work, the day it was laid, who removes it and when

    scenario: Scenario
    day: int
    address: int  # of the block of addresses that a kernel is handed
    hashed: dict[str, tuple[int, int]]  # of tables that are only appended to: rows in the digest, and the sum of their hashes

    def __init__(self, scenario: Scenario, room: int = 1 << 10) -> None:
        """An empty city. `room`: rows that its arrays begin with."""
        self.scenario = scenario
        self.day = 0
        self.hashed = {}
        self._own_block()
        own = {
            "wanderers": 8, "calendar": RING, "ring": RING, "homes": HOMES_VILLAGE + room, "fronts": 2 * FRONTS,
            "keys": power_of_two(2 * room), "slots": power_of_two(2 * room), "works_met": room + 8, "marks": room + 1,
            "gifts": 6 * room, "folded": 4, "walked": COLUMNS, **dict.fromkeys(OF_A_LOT, LOT**3),
        }  # fmt: skip
        for name in FIELDS:
            matter = name in ("works", "plan", "heads", "filled", "chunks")
            self.blank(name, own.get(name, 1 if matter and not scenario.works else room))
        self.put("knobs", knob_vector(scenario))
        self.order_shots(scenario)
        self.fronts[FRONTS:] = 0  # how many are in each list
        self.sizes.chunks = 1
        for name in NOT_YET:
            setattr(self.powers, name, -1)

    def _own_block(self) -> None:
        self._block = np.zeros((len(FIELDS), 2), np.int64)
        self.address = int(self._block.ctypes.data)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIELDS:
            raise AttributeError(f"{name}: an array of a city is replaced by `put`, so that kernels find the new one")
        object.__setattr__(self, name, value)

    def put(self, name: str, array: Array) -> None:
        """Let a city have this array instead of the one of that name. It becomes the city's own.

        errors   AssertionError for another dtype, another number of columns, or gaps between the numbers
        """
        field = FIELDS[name]
        assert array.dtype == field.word and array.flags.c_contiguous, f"{name}: {array.dtype}, expected {field.word}, no gaps"
        shape = array.shape if field.alone else array.shape[1:]
        assert shape == field.inner, f"{name}: {array.shape}, expected {field.inner} for one row"
        value: Any = array
        if field.kind is not None:
            value = field.kind(array) if field.alone else Rows(field.kind, array)
        object.__setattr__(self, name, value)
        self._block[field.number] = array.ctypes.data, len(array)

    def array(self, name: str) -> Array:
        """The whole array of that name as it is in memory; a single row as a vector."""
        held = getattr(self, name)
        bare: Array = held.matrix if isinstance(held, Rows) else held.words if isinstance(held, Table) else held
        return bare

    def grow(self, name: str, least: int) -> None:
        """Make an array at least so long, and longer by a fifth if it must grow at all.

        errors   MemoryError: which array, how long; it is as it was
        """
        array = self.array(name)
        if len(array) >= least:
            return
        rows = max(int(least), len(array) + len(array) // 5 + 64)
        try:
            longer = _blank(name, rows)
        except MemoryError:
            size = rows * (array.nbytes // max(len(array), 1))
            raise MemoryError(f"{name} would need {rows:,} rows, {size / 1e6:,.0f} MB") from None
        longer[: len(array)] = array
        self.put(name, longer)

    def blank(self, name: str, rows: int) -> None:
        """Begin an array anew: so many rows of zeros, or of nobody."""
        self.put(name, _blank(name, rows))

    def _beside(self) -> City:
        """Another city of the same day, with a block of its own that says nothing yet."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, hashed=dict(self.hashed))
        other._own_block()
        return other

    def frozen(self) -> City:
        """The city as it is now, for readers in other threads: it keeps today's arrays and numbers while this one lives on.

        What is appended later is not seen; rows that laws write in place (of foremen, say) are the same rows.
        """
        still = self._beside()
        for name, field in FIELDS.items():
            if name in OF_A_READER:
                still.blank(name, len(self.array(name)))
            else:
                still.put(name, self.array(name).copy() if field.alone else self.array(name))
        still.grow("works_here", int(self.heads[:, 2].max(initial=0)) + 8)
        return still

    def __deepcopy__(self, _: dict[int, Any]) -> City:
        """A city of its own with the same numbers, to be lived on in another way."""
        other = self._beside()
        for name in FIELDS:
            other.put(name, self.array(name).copy())
        return other

    def order_shots(self, scenario: Scenario) -> None:
        """Take over the shots that a scenario orders."""
        orders = np.full((len(scenario.shots), len(Shots.column_names)), -1, np.int64)
        for row, shot in zip(orders, scenario.shots):
            row[: len(shot)] = shot
        self.put("orders", orders)

    # ---- reading -----------------------------------------------------------------------------------------------------------

    def table(self, name: str) -> Array:
        """The rows in use of a table (a view; of the plan a copy of its pending rows, whose order means nothing)."""
        array = self.array(name)
        if FIELDS[name].alone:
            return array.reshape(1, -1)
        if name == "plan":
            rows = array[1 : self.sizes.plan + 1]
            rows = rows[rows[:, Plan.day] >= 0]
            rows[:, Plan.next] = 0
            return rows
        return array[: getattr(self.sizes, name)]

    def column(self, name: str, column: str) -> Array:
        """One column of a table, by its declared name."""
        number = next(c.number for c in columns(TABLES[name]) if c.name == column)
        return self.table(name)[:, number]

    @property
    def bays(self) -> int:
        """Bays that have not been released."""
        return int(self.sizes.foremen - self.tally.died)

    def memory(self) -> dict[str, int]:
        """Bytes of every array."""
        return {name: self.array(name).nbytes for name in FIELDS}


NOT_YET = (  # columns of the powers that begin with -1
    "era_day", "struck", "override_since", "override_bay", "override_person", "overridden", "obeyed_since", "restored",
    "relapsed", "extinct", "locked", "spread_since", "purged",
)  # fmt: skip
OF_A_LOT = ("lot_material", "lot_work", "lot_laid", "lot_gone", "lot_remover")
COLUMNS = 25 * 25  # through which a body is followed
OF_A_READER = (*OF_A_LOT, "works_here", "works_met", "folded")  # working memory that each reader of matter has for itself
FILLED = ("links", "borders", "kin", "estates", "homes", "calendar", "fronts")  # lists that begin with nobody: -1


class Field:
    """An array of a city: its place in the block, dtype, the shape of one row, what a row is, whether there is only one."""

    def __init__(self, number: int, hint: Any) -> None:
        self.number = number
        self.hint = hint
        self.kind: Any = None
        self.alone = isinstance(hint, type)
        self.inner: tuple[int, ...] = ()
        if self.alone or get_origin(hint) is Rows:
            self.kind = hint if self.alone else get_args(hint)[0]
            self.word = np.dtype(self.kind.word)
            self.inner = (len(self.kind.column_names),)
        else:
            _, *said = get_args(hint)
            self.word = np.dtype(get_args(get_args(get_args(hint)[0])[1])[0])
            self.inner = tuple(wide.columns for wide in said if isinstance(wide, Wide))


def _fields() -> dict[str, Field]:
    hints = get_type_hints(City, include_extras=True)
    own = ("scenario", "day", "address", "hashed")
    return {name: Field(number, hint) for number, (name, hint) in enumerate((n, h) for n, h in hints.items() if n not in own)}


FIELDS = _fields()
if not settings.DISABLE_JIT:
    from ..words.pointer import CityType, RowsType

    City._numba_type_ = CityType(  # type: ignore[attr-defined]
        {
            name: RowsType(name, numba_type(field.kind)) if field.kind is not None and not field.alone
            else numba_type(field.hint)
            for name, field in FIELDS.items()
        },
        {name: field.inner[0] for name, field in FIELDS.items() if field.kind is None and field.inner},
    )  # fmt: skip


def _blank(name: str, rows: int) -> Array:
    field = FIELDS[name]
    if field.alone:
        return np.zeros(field.inner, field.word)
    return np.full((rows, *field.inner), -1 if name in FILLED else 0, field.word)


def power_of_two(least: int) -> int:
    """The least power of two, from 16 on, that is not below a number."""
    return max(16, 1 << (int(least) - 1).bit_length())


__all__ = ["APPENDED", "FIELDS", "FRAMED", "LAW_TABLES", "MATTER_TABLES", "City", "power_of_two"]
