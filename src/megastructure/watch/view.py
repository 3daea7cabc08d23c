"""A run opened for looking: its city, matter, boxes and chronicle as of one commit, and the next one when it comes."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..annals import Annals
from ..archive import Archive
from ..boxes import boxes
from ..codes import P_RELEASED
from ..ledger import Ledger
from ..library import Library
from ..lots import BIAS, sectors_in_use
from ..run import load_city
from ..state import City
from ..tables import F_HEIGHT, F_NAME, F_PHASE, F_PITCH, F_X, F_Z, LOT, YEAR
from .chunks import Chunks
from .tiles import Tiles

SAMPLED_LOTS = 512  # to estimate how many cells stand
SILENT_SECONDS = 90  # without a commit for so long, nobody lives this run on
LAYERS = ((40, 1, 0x1111111111111111), (20, 4, 0x000F000F000F000F), (0, 16, 0xFFFF))  # of a sector along x, y, z: bits
OF_LIBRARY = ("events", "series")  # what a city forgets once it is written


class View:
    """Everything that a viewer may ask of one commit. It never changes; `following` gives the next one."""

    def __init__(self, directory: str | Path, words: str = "seed", chunks: Chunks | None = None) -> None:
        """errors   BadRun: no run, damaged, nothing committed; MegastructureError: it was made in outline and has no matter"""
        self.library = Library(directory, words)
        try:
            self.city: City = load_city(self.library.archive)
            self.ledger = Ledger(self.city)
        except BaseException:
            self.library.close()
            raise
        self.directory = self.library.directory
        self.last = max(0, self.library.day - 1)  # the last day lived
        self.tiles = Tiles(boxes(self.city))
        self.chunks = chunks or Chunks(self.ledger, self.last)
        if chunks is not None:
            chunks.renew(self.ledger, self.last)

    def close(self) -> None:
        """Give everything back."""
        self.library.close()

    def following(self) -> View | None:
        """The run as of its newest commit, or None when there is none since. The caches of chunks go over to it."""
        with Archive.open_to_read(self.directory) as archive:
            last = archive.last_commit
        if last is None or last.day <= self.library.day:
            return None
        return View(self.directory, self.library.words, self.chunks)

    # ---- what there is -------------------------------------------------------------------------------------------------

    def table(self, name: str) -> NDArray[Any]:
        """Rows of a table."""
        return self.library.table(name) if name in OF_LIBRARY else self.city.table(name)

    @cached_property
    def annals(self) -> Annals:
        """All events, and what anybody may be told of them."""
        return Annals(self.library)

    @property
    def living(self) -> bool:
        """Whether somebody lives this run on: it has years to go, and was written to a moment ago."""
        archive = self.library.archive
        last = archive.last_commit
        if last is None or last.day >= archive.scenario.years * YEAR:
            return False
        try:
            written = datetime.fromisoformat(last.written)
        except ValueError:
            return False
        written = written if written.tzinfo else written.replace(tzinfo=UTC)
        return abs((datetime.now(UTC) - written).total_seconds()) < SILENT_SECONDS

    @cached_property
    def bays(self) -> NDArray[np.int64]:
        """Middles (n, 3) of the bays of all foremen."""
        f = self.table("foremen").astype(np.int64)
        middle = f[:, F_X : F_Z + 1].copy()
        middle[:, :2] += f[:, F_PITCH, None] // 2
        middle[:, 2] += f[:, F_HEIGHT] // 4
        return middle

    @cached_property
    def serial_of_bay(self) -> dict[int, int]:
        """Serials of foremen by name."""
        return {int(name): serial for serial, name in enumerate(self.table("foremen")[:, F_NAME])}

    @cached_property
    def box(self) -> tuple[list[int], list[int]]:
        """Low and high corner of all that was ever built, ends not included."""
        city = self.city
        key, row = sectors_in_use(city.keys, city.slots)
        mask = city.filled[row].view(np.uint64)
        key, mask = key[mask != 0], mask[mask != 0]
        low, high = [0, 0, 0], [LOT, LOT, LOT]
        for axis, (shift, step, layer) in enumerate(LAYERS):
            if len(key):  # the outermost sectors, and of their lots the outermost that has a work
                sector = (key >> shift & 0xFFFFF) - BIAS
                ends = [int(np.bitwise_or.reduce(mask[sector == s])) for s in (sector.min(), sector.max())]
                there = [[end >> step * i & layer != 0 for i in range(4)] for end in ends]
                low[axis] = (int(sector.min()) * 4 + there[0].index(True)) * LOT
                high[axis] = (int(sector.max()) * 4 + 4 - there[1][::-1].index(True)) * LOT
        return low, high

    @cached_property
    def cells(self) -> int:
        """About how many cells stand on the last day."""
        return self.ledger.estimate(SAMPLED_LOTS, self.last)[0]

    @cached_property
    def living_bays(self) -> int:
        """Bays that are not released on the last day."""
        return int((self.table("foremen")[:, F_PHASE] != P_RELEASED).sum())


__all__ = ["View"]
