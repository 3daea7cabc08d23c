"""What every writer of matter is handed, tells and gives back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..codes import Material
from ..errors import MegastructureError
from ..tables import YEAR

if TYPE_CHECKING:
    from .region import Cells, Matter

Told = Callable[[int, int], None]  # pieces that are done, and all of them; what it raises ends the export
Counts = NDArray[np.int64]


class Written(NamedTuple):
    """An export that is finished.

    path     the file or folder
    bytes    of all of it
    counts   (32,) cells of each material in it, by `Material`; of tables and logs none
    words    what else is worth saying, such as `41 models`
    """

    path: Path
    bytes: int
    counts: Counts
    words: str

    @property
    def cells(self) -> int:
        """Cells that are not void."""
        return int(self.counts[1:].sum())


def count(cells: Cells) -> Counts:
    """Cells of each material, (32,)."""
    return np.bincount(cells.ravel(), minlength=32)


def refuse_empty(counts: Counts, matter: Matter) -> None:
    """errors   MegastructureError: nothing stands in the box"""
    if not counts[1:].any():
        raise MegastructureError(
            f"--box {box_in_words(matter)}: nothing stands there at the end of {day_in_words(matter.day)}; "
            "choose another box or a later --year, or leave --box out"
        )


def box_in_words(matter: Matter) -> str:
    """A box as one types it."""
    return ",".join(f"{low}:{high}" for low, high in matter.box)


def day_in_words(day: int) -> str:
    """A day as people say it: the last of year 600 is `year 600`, others have their number."""
    return f"year {(day + 1) // YEAR:,}" if (day + 1) % YEAR == 0 else f"day {day:,}"


def names(counts: Counts) -> list[Material]:
    """The materials that occur, in order of their numbers; void does not count."""
    return [Material(int(m)) for m in np.flatnonzero(counts) if m]


__all__ = ["Counts", "Told", "Written", "box_in_words", "count", "day_in_words", "names", "refuse_empty"]
