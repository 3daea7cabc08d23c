"""Chunks as a viewer is sent them: quads of one level on one day, the days for which they hold, the hash of their bytes.

Three caches, each with a bound: lots (materials, with the days on which they hold, so a step in time folds only what changed),
what is known of chunks (spans of days with a hash), and bytes by their hash. All may be forgotten at any time.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..codes import DOOR, LADDER, RAIL
from ..ledger import Ledger, Memory
from ..mesh import CHUNK, PADDED, QUADS_MAX, greedy
from .matter import assemble, fold_spans, have_works, origins

LEVELS = 3
LOTS_KEPT = 12_288  # 4 KB each
KNOWN_KEPT = 100_000  # chunks
SPANS_KEPT = 12  # of one chunk
BYTES_KEPT = 64 << 20
GROUP = 8  # lots along the edge of a group of chunks that share what lies around them
REACH = 1 << 24  # cells: the world that a run can have
SOLID = ~((1 << DOOR) | (1 << LADDER) | (1 << RAIL) | 1) & 0xFFFFFFFF  # what stops a body; a stair is a step

Key = tuple[int, int, int, int]  # level, cx, cy, cz


class Span(NamedTuple):
    """What a chunk looks like on the days first..last: `hash` (0: nothing is there) and number of its quads."""

    first: int
    last: int
    hash: int
    quads: int


class Chunks:
    """Meshes of a ledger. Any thread may ask; one works at a time."""

    def __init__(self, ledger: Ledger, last: int) -> None:
        self.ledger = ledger
        self.last = last  # day
        self._turn = threading.RLock()
        self._known: OrderedDict[Key, list[Span]] = OrderedDict()
        self._bytes: OrderedDict[int, bytes] = OrderedDict()
        self._held = 0
        self._rows: OrderedDict[tuple[int, int, int], int] = OrderedDict()
        self._cells = np.empty((LOTS_KEPT, 4096), np.uint8)
        self._spans = np.zeros((LOTS_KEPT, 2), np.int64)
        self._padded = np.empty((PADDED,) * 3, np.uint8)
        self._bits, self._faces = np.empty(PADDED * PADDED, np.int64), np.empty(CHUNK * CHUNK, np.int64)
        self._made, self._sent = np.empty((QUADS_MAX, 2), np.int32), np.empty((QUADS_MAX, 3), np.int32)

    # ---- asking --------------------------------------------------------------------------------------------------------

    def spans(self, wanted: Sequence[Key], day: int) -> list[Span]:
        """The span around a day of each chunk; its bytes are kept for `mesh`."""
        with self._turn:
            self._work_out([key for key in wanted if self._recall(key, day) is None], day)
            found = [self._recall(key, day) for key in wanted]
        assert all(found), "a chunk that was worked out a moment ago is known"
        return [s for s in found if s]

    def bytes_of(self, key: Key, span: Span, day: int) -> bytes:
        """The quads of a chunk, 12 bytes each, as docs/reference/viewer-protocol.md says; worked out again if forgotten."""
        with self._turn:
            if span.hash and span.hash not in self._bytes:
                self._known.pop(key, None)
                self._work_out([key], day)
            return self._bytes[span.hash] if span.hash else b""

    def mesh(self, name: int) -> bytes | None:
        """The quads with that hash, if they are kept."""
        with self._turn:
            if name in self._bytes:
                self._bytes.move_to_end(name)
            return self._bytes.get(name)

    def solid(self, corners: NDArray[np.int64], day: int) -> bytes:
        """Of chunks (n, 3) of 32^3 cells which cells stop a body: one bit each, 4,096 bytes a chunk, in order z, y, x."""
        parts = []
        with self._turn:
            for cx, cy, cz in corners.tolist():
                lots, rows = self._lots((cx * 2, cy * 2, cz * 2), (2, 2, 2), day)
                cells = np.zeros((2, 2, 2, 16, 16, 16), np.uint8)
                at = lots - np.array([cx, cy, cz]) * 2
                cells[at[:, 2], at[:, 1], at[:, 0]] = self._cells[rows].reshape(-1, 16, 16, 16)
                dense = cells.transpose(0, 3, 1, 4, 2, 5).reshape(-1)
                parts.append(np.packbits((SOLID >> dense.astype(np.int64) & 1).astype(bool), bitorder="little").tobytes())
        return b"".join(parts)

    def renew(self, ledger: Ledger, last: int) -> None:
        """The run has gone on: what holds to the end of its time may hold no longer."""
        with self._turn:
            self._known.clear()
            self._rows.clear()
            self.ledger, self.last = ledger, last

    # ---- working out ---------------------------------------------------------------------------------------------------

    def _recall(self, key: Key, day: int) -> Span | None:
        spans = self._known.get(key)
        if spans is None:
            return None
        self._known.move_to_end(key)
        return next((s for s in spans if s.first <= day <= s.last), None)

    def _work_out(self, wanted: list[Key], day: int) -> None:
        """Neighbours together, so that the lots at their borders are folded once."""

        def group(key: Key) -> tuple[int, ...]:
            chunks = max(1, GROUP * 16 // (CHUNK << key[0]))
            return key[0], *(c // chunks for c in key[1:])

        for _, keys in groupby(sorted(set(wanted), key=lambda k: (group(k), k)), group):
            members = np.array(list(keys), np.int64)
            level = int(members[0, 0])
            size = CHUNK << level
            low = (members[:, 1:].min(0) * size - (1 << level)) >> 4
            high = (members[:, 1:].max(0) * size + size + (1 << level) - 1) >> 4
            lots, rows = self._lots(tuple(low.tolist()), tuple((high - low + 1).tolist()), day)
            for key in members.tolist():
                self._mesh_one((key[0], key[1], key[2], key[3]), lots, rows, day)

    def _mesh_one(self, key: Key, lots: NDArray[np.int64], rows: NDArray[np.int64], day: int) -> None:
        level, size = key[0], CHUNK << key[0]
        corner = np.array(key[1:], np.int64) * size
        near = ((lots * 16 < corner + size + (1 << level)) & (lots * 16 + 16 > corner - (1 << level))).all(1)
        lots, rows = np.ascontiguousarray(lots[near]), np.ascontiguousarray(rows[near])
        first = int(self._spans[rows, 0].max(initial=0))
        last = min(int(self._spans[rows, 1].min(initial=self.last)), self.last)
        n = 0
        x, y, z = (int(c) for c in corner)
        if len(lots) and assemble(self._cells, lots, rows, level, x, y, z, self._padded):
            n = int(greedy(self._padded, self._bits, self._faces, self._made))
        name, data = 0, b""
        if n:
            m = self._memory()
            origins(*m.arrays, self._made, n, level, x, y, z, day, m.listed, m.out, self._sent)
            data = self._sent[:n].tobytes()
            name = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") or 1
        self._keep(name, data)
        spans = self._known.setdefault(key, [])
        spans.append(Span(first, last, name, n))
        del spans[:-SPANS_KEPT]
        while len(self._known) > KNOWN_KEPT:
            self._known.popitem(last=False)

    def _keep(self, name: int, data: bytes) -> None:
        if name in self._bytes:
            self._bytes.move_to_end(name)
        elif name:
            self._bytes[name] = data
            self._held += len(data)
            while self._held > BYTES_KEPT and len(self._bytes) > 1:
                self._held -= len(self._bytes.popitem(last=False)[1])

    def _lots(
        self, low: tuple[int, ...], counts: tuple[int, ...], day: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Those lots of a box of lots that have works: coordinates (n, 3), and their rows in `_cells` as of a day."""
        grid = np.stack(np.meshgrid(*(np.arange(a, a + n) for a, n in zip(low, counts)), indexing="ij"), -1).reshape(-1, 3)
        coords = np.ascontiguousarray(grid, np.int64)
        m = self._memory()
        some = np.zeros(len(coords), np.uint8)
        have_works(m.arrays[0], m.arrays[1], m.arrays[3], coords, some)
        coords = coords[some != 0]
        assert len(coords) <= LOTS_KEPT, f"{len(coords)} lots at once"
        keys = [(x, y, z) for x, y, z in coords.tolist()]
        rows = np.empty(len(keys), np.int64)
        for i, key in enumerate(keys):  # first all that are there, so that none of them is given away below
            rows[i] = self._rows.get(key, -1)
            if rows[i] >= 0:
                self._rows.move_to_end(key)
        for i in np.flatnonzero(rows < 0).tolist():
            rows[i] = len(self._rows) if len(self._rows) < LOTS_KEPT else self._rows.popitem(last=False)[1]
            self._rows[keys[i]] = rows[i]
            self._spans[rows[i]] = 1, 0  # holds on no day
        stale = (self._spans[rows, 0] > day) | (self._spans[rows, 1] < day)
        if stale.any():
            fold_spans(
                *m.arrays, np.ascontiguousarray(coords[stale]), np.ascontiguousarray(rows[stale]), day, m.listed,
                self._cells, self._spans, *m.scratch,
            )  # fmt: skip
        return coords, rows

    def _memory(self) -> Memory:
        return self.ledger._memory()  # the arrays of the city, and scratch of this thread


__all__ = ["LEVELS", "REACH", "Chunks", "Key", "Span"]
