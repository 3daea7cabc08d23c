"""The digest of a city: a sum of keyed hashes of rows, free of their order, cheap to extend, equal everywhere."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from ..words.declare import columns
from .city import APPENDED, LAW_TABLES, MATTER_TABLES, Array, City
from .tables import TABLES

M128 = (1 << 128) - 1


def digests(city: City) -> dict[str, str]:
    """A 128-bit digest of every table: the sum of keyed hashes of its rows, whatever their order (hexadecimal)."""
    names = LAW_TABLES + (MATTER_TABLES if city.scenario.works else ())
    return {name: f"{_table_sum(city, name):032x}" for name in names}


def digest(city: City) -> str:
    """Digest of the whole state and of the day. Run length, commits and memory do not enter."""
    return _combine(city, digests(city))


def law_digest(city: City) -> str:
    """Digest of every table but the works: equal in full and outline mode."""
    return _combine(city, {name: f"{_table_sum(city, name):032x}" for name in LAW_TABLES})


def forget_events(city: City) -> None:
    """Drop the events in memory, once they are written and in the digest; no law reads them."""
    _table_sum(city, "events")
    city.sizes.events_before += city.sizes.events
    city.sizes.events = 0


def rows_sum(table: str, rows: Array) -> int:
    """Sum modulo 2^128 of the keyed hashes of rows (n, columns) of int64. Free of order; empty rows give 0."""
    if len(rows) == 0:
        return 0
    names = [c.name for c in columns(TABLES[table])]
    total = 0
    for lane in range(2):
        key = blake2b(f"{table}/{lane}/{','.join(names)}".encode(), digest_size=16).digest()
        h = np.full(len(rows), int.from_bytes(key[:8], "little"), np.uint64)
        odd = np.uint64(int.from_bytes(key[8:], "little") | 1)
        for c in range(rows.shape[1]):
            h ^= (
                rows[:, c].view(np.uint64)
                if rows.flags.c_contiguous and rows.dtype == np.int64
                else rows[:, c].astype(np.uint64)
            )
            h *= odd
            h ^= h >> np.uint64(29)
            h *= np.uint64(0xBF58476D1CE4E5B9)
            h ^= h >> np.uint64(32)
        low = int((h & np.uint64(0xFFFFFFFF)).sum(dtype=np.uint64)) + (int((h >> np.uint64(32)).sum(dtype=np.uint64)) << 32)
        total += low << (64 * lane)
    return total & M128


def _combine(city: City, parts: dict[str, str]) -> str:
    text = f"{city.day}\n" + "\n".join(f"{name} {digest}" for name, digest in sorted(parts.items()))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _table_sum(city: City, name: str) -> int:
    if name not in APPENDED:
        return rows_sum(name, _named(city, name, 0))
    seen, total = city.hashed.get(name, (0, 0))
    offset = int(city.sizes.events_before) if name == "events" else 0
    rows = len(city.table(name)) + offset
    if rows > seen:
        total = (total + rows_sum(name, _named(city, name, seen - offset))) & M128
        city.hashed[name] = (rows, total)
    return total


def _named(city: City, name: str, first: int) -> Array:
    """Rows from `first` on, with serials of foremen, charters and schools replaced by their names."""
    rows = city.table(name)[first:].astype(np.int64)
    for c in columns(TABLES[name]):
        if c.col.refers:
            serials = rows[:, c.number]
            names = city.table(c.col.refers)[:, 0]
            known = serials >= 0
            rows[known, c.number] = names[serials[known]]
    return rows


__all__ = ["digest", "digests", "forget_events", "law_digest", "rows_sum"]
